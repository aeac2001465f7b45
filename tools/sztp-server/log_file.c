/* SPDX-License-Identifier: Apache-2.0 */
/* Looks with each line whether the file is still the one of that name, which costs a third of opening it. */
#define _POSIX_C_SOURCE 200809L
#include "log_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "folder.h"

int log_file_init(log_file_t *log, const char *folder, const char *name) {
  log->fd = -1;
  log->path = file_path(folder, name);
  return log->path != NULL ? 0 : -1;
}

static void shut(log_file_t *log) {
  if (log->fd >= 0) (void)close(log->fd);
  log->fd = -1;
}

void log_file_free(log_file_t *log) {
  shut(log);
  free(log->path);
  log->path = NULL;
}

static int is_current(const log_file_t *log) {
  struct stat there;
  return log->fd >= 0 && stat(log->path, &there) == 0 && there.st_dev == log->device &&
         there.st_ino == log->inode;
}

static int reopen(log_file_t *log) {
  struct stat opened;
  shut(log);
  log->fd = folder_open_log(log->path);
  if (log->fd < 0) return -1;
  if (fstat(log->fd, &opened) != 0) {
    shut(log);
    return -1;
  }
  log->device = opened.st_dev;
  log->inode = opened.st_ino;
  return 0;
}

int log_file_add(log_file_t *log, const uint8_t *line, size_t len) {
  if (!is_current(log) && reopen(log) != 0) return -1;
  return folder_write_line(log->fd, line, len);
}
