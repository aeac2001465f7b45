/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration of another client that is being read, and what is made of it. */
#ifndef SZTP_AGENT_IMPORT_FILE_H
#define SZTP_AGENT_IMPORT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/json.h"

enum { IMPORT_NOTES = 24, IMPORT_NOTE = 400, IMPORT_WORDS = 128 };

typedef struct import {
  const char *path; /* as the user named it */
  char *text;       /* what is in it, a NUL behind it; readers may write into it */
  size_t len;
  char *folder;                          /* where relative paths begin */
  json_t out;                            /* to be filled in */
  char notes[IMPORT_NOTES][IMPORT_NOTE]; /* what is not carried over, and why */
  size_t note_count;
  char error[1200];
  int refused; /* with an error: for a security reason */
} import_t;

#if defined(__GNUC__)
#define IMPORT_PRINTF __attribute__((format(printf, 2, 3)))
#else
#define IMPORT_PRINTF
#endif
/* Reads the file that @p path names, and finds out its folder. 0, or -1 with the error. */
int import_open(import_t *in, const char *path);
void import_close(import_t *in);
/* Adds a note. */
void import_note(import_t *in, const char *format, ...) IMPORT_PRINTF;
/* Writes the error and returns -1. The second is for what would weaken trust. */
int import_wrong(import_t *in, const char *format, ...) IMPORT_PRINTF;
int import_refuse(import_t *in, const char *format, ...) IMPORT_PRINTF;
/* Adds a path, which begins at the folder if it is relative. */
void import_path(import_t *in, json_node_t *to, const char *name, const char *path);

#endif
