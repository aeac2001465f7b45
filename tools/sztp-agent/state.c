/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps state in small files that are replaced as a whole: after a power cut, either the old or the new
 * contents are there. */
#define _DEFAULT_SOURCE 1
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/file.h"
#include "folders.h"

#define FLAG_FILE  "enabled"
#define SAVED_FILE "session"
#define LOCK_FILE  "lock"

/* Written by a script that runs as part of an attempt, which may still fail. */
#define OFF_BY_ATTEMPT "off by attempt\n"

/* What reset removes from the state folder and the status folder. The lock stays, since it is held. */
static const char *const state_files[] = {FLAG_FILE, SAVED_FILE, "configuration.before",
                                          "configuration.absent", NULL};
static const char *const status_files[] = {"status.json", "result.json", NULL};

int state_open(const config_t *config, state_t *out, char *error, size_t room) {
  out->config = config;
  out->lock = -1;
  return folder_make(config->folders.state, 0700, error, room);
}

int state_lock(state_t *s, char *error, size_t room) {
  char *path = file_path(s->config->folders.state, LOCK_FILE);
  int result = -1;
  s->lock = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (s->lock >= 0) result = flock(s->lock, LOCK_EX | LOCK_NB);
  if (result != 0 && s->lock >= 0 && errno == EWOULDBLOCK)
    result = 1;
  else if (result != 0)
    (void)snprintf(error, room, "%s/%s: can't be locked: %s", s->config->folders.state, LOCK_FILE,
                   strerror(errno));
  free(path);
  if (result != 0) state_close(s);
  return result;
}

void state_close(state_t *s) {
  if (s->lock >= 0) (void)close(s->lock);
  s->lock = -1;
}

static int read_small(const state_t *s, const char *name, uint8_t **data, size_t *len) {
  char *path = file_path(s->config->folders.state, name);
  int result = path == NULL ? -1 : file_read(path, STATE_MAX_SAVED, data, len);
  int why = path == NULL ? ENOMEM : errno;
  free(path);
  errno = why;
  return result;
}

static int write_small(const state_t *s, const char *name, const void *data, size_t len) {
  char *path = file_path(s->config->folders.state, name);
  int result = path == NULL ? -1 : file_write(path, data, len, 0600);
  int why = path == NULL ? ENOMEM : errno;
  free(path);
  errno = why;
  return result;
}

static int remove_named(const char *folder, const char *name) {
  char *path = file_path(folder, name);
  int result = path == NULL ? -1 : unlink(path);
  int why = path == NULL ? ENOMEM : errno;
  free(path);
  errno = why;
  return result == 0 || why == ENOENT ? 0 : -1;
}

int state_enabled(const state_t *s) {
  uint8_t *text = NULL;
  size_t len = 0;
  if (read_small(s, FLAG_FILE, &text, &len) != 0) return errno == ENOENT ? STATE_UNSET : STATE_UNREADABLE;
  int flag = STATE_UNREADABLE;
  if (strcmp((char *)text, "on\n") == 0) flag = STATE_ON;
  if (strcmp((char *)text, "off\n") == 0 || strcmp((char *)text, OFF_BY_ATTEMPT) == 0) flag = STATE_OFF;
  free(text);
  return flag;
}

int state_enable(const state_t *s, int on, int attempt) {
  const char *text = on ? "on\n" : attempt ? OFF_BY_ATTEMPT : "off\n";
  return write_small(s, FLAG_FILE, text, strlen(text));
}

int state_settle(const state_t *s, int keep) {
  uint8_t *text = NULL;
  size_t len = 0;
  if (read_small(s, FLAG_FILE, &text, &len) != 0) return errno == ENOENT ? 0 : -1;
  int by_attempt = strcmp((char *)text, OFF_BY_ATTEMPT) == 0;
  free(text);
  return by_attempt ? state_enable(s, !keep, 0) : 0;
}

int state_save(const state_t *s, const uint8_t *data, size_t len) {
  if (len > STATE_MAX_SAVED) {
    errno = EFBIG;
    return -1;
  }
  return len == 0 ? remove_named(s->config->folders.state, SAVED_FILE)
                  : write_small(s, SAVED_FILE, data, len);
}

int state_load(const state_t *s, uint8_t data[STATE_MAX_SAVED], size_t *len) {
  uint8_t *saved = NULL;
  *len = 0;
  if (read_small(s, SAVED_FILE, &saved, len) != 0) return errno == ENOENT ? 0 : -1;
  memcpy(data, saved, *len);
  free(saved);
  return 0;
}

static int remove_all(const char *folder, const char *const *names, char *error, size_t room) {
  for (; *names != NULL; names++) {
    if (remove_named(folder, *names) == 0) continue;
    (void)snprintf(error, room, "%s/%s: can't be removed: %s", folder, *names, strerror(errno));
    return -1;
  }
  return 0;
}

int state_reset(const state_t *s, char *error, size_t room) {
  if (remove_all(s->config->folders.state, state_files, error, room) != 0) return -1;
  return remove_all(s->config->folders.status, status_files, error, room);
}
