/* SPDX-License-Identifier: Apache-2.0 */
/* Appends whole lines; a file that has grown too long makes room for a new one, so that at most two are
 * there. */
#define _POSIX_C_SOURCE 200809L
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "ground/time.h"

enum { MAX_JOURNAL = 131072 };

void journal_begin(json_t *line, const char *event) {
  char now[SZTP__DATE_SIZE];
  (void)json_start(line);
  json_text(line, line->root, "time",
            sztp__time_format(now, (int64_t)time(NULL))); /* shown, not decided by */
  json_text(line, line->root, "event", event);
}

static int append(const char *path, const char *text, size_t len) {
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  int result = file_write_all(fd, text, len);
  if (result == 0) result = fsync(fd);
  int why = errno;
  (void)close(fd);
  errno = why;
  return result;
}

/* The line break goes first where a power cut has left half a line. */
static int needs_break(const char *path) {
  char last = '\n';
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return 0;
  if (lseek(fd, -1, SEEK_END) >= 0 && read(fd, &last, 1) != 1) last = '\n';
  (void)close(fd);
  return last != '\n';
}

int journal_add(const config_t *config, json_t *line) {
  struct stat there;
  char *text = json_text_of(line, 0);
  char *path = file_path(config->folders.state, JOURNAL_FILE);
  char *old = file_path(config->folders.state, JOURNAL_OLD);
  size_t len = text == NULL ? 0 : strlen(text);
  char *whole = malloc(len + 2);
  int result = -1, why = ENOMEM;
  if (text != NULL && path != NULL && old != NULL && whole != NULL) {
    if (stat(path, &there) == 0 && there.st_size + (off_t)len > MAX_JOURNAL) (void)rename(path, old);
    int n = snprintf(whole, len + 2, "%s%s", needs_break(path) ? "\n" : "", text);
    result = append(path, whole, (size_t)n);
    why = errno;
  }
  free(whole);
  free(old);
  free(path);
  free(text);
  json_free(line);
  errno = why;
  return result;
}
