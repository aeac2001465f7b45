/* SPDX-License-Identifier: Apache-2.0 */
/* A log that stays open, and follows its name: renamed or removed, it is begun anew with the next line. */
#ifndef SZTP_SERVER_LOG_FILE_H
#define SZTP_SERVER_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct log_file {
  char *path;
  int fd;       /* -1: not open */
  dev_t device; /* which file it is */
  ino_t inode;
} log_file_t;

/* The log FOLDER/NAME; nothing is opened yet. -1 without memory. */
int log_file_init(log_file_t *log, const char *folder, const char *name);
void log_file_free(log_file_t *log);
/* Adds one line with a single write, so that the lines of several servers are not mixed. 0 or -1. */
int log_file_add(log_file_t *log, const uint8_t *line, size_t len);

#endif
