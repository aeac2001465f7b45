/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps state in small files that are replaced as a whole: after a power cut, either the old or the new
 * contents are there. */
#define _DEFAULT_SOURCE 1
#include "state.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "floors.h"
#include "folders.h"
#include "running.h"
#include "saved.h"

#define LOCK_FILE "lock"

enum { LOCK_LOOKS = 50, LOCK_LOOK_MS = 20, MAX_TEXT = 1024 };

/* Written by a program of an attempt, which may still fail; the attempt's name follows. */
#define OFF_BY "off by "

/* What an attempt's file says of it, behind its name. The words have the same length, so that one can be
 * written over the other without any room on the disk. */
#define BEGUN " begun\n"
#define ENDED " ended\n"
enum { WORD = sizeof BEGUN - 1, NAME = STATE_ATTEMPT - 1 };

/* What may be half written in the state folder and the status folder. */
static const char *const state_files[] = {STATE_FLAG,        SAVED_COPY,        SAVED_FILE,
                                          STATE_TRYING,      RUNNING_FILE,      FLOORS_FILE,
                                          STATE_RESULT_FILE, STATE_OUTPUT_FILE, NULL};
static const char *const status_files[] = {"status.json", "result.json", NULL};

char *state_path(const state_t *s, const char *name) { return file_path(s->config->folders.state, name); }

int state_open(const config_t *config, state_t *out, char *error, size_t room) {
  out->config = config;
  out->lock = -1;
  return folder_make(config->folders.state, 0700, error, room);
}

/* A process that an agent was about to start a program in keeps the lock for a moment when the agent is
 * killed. */
static int lock_soon(int fd) {
  const struct timespec pause = {0, LOCK_LOOK_MS * 1000000L};
  int result = flock(fd, LOCK_EX | LOCK_NB);
  for (int i = 0; i < LOCK_LOOKS && result != 0 && errno == EWOULDBLOCK; i++) {
    (void)nanosleep(&pause, NULL);
    result = flock(fd, LOCK_EX | LOCK_NB);
  }
  return result;
}

int state_lock(state_t *s, char *error, size_t room) {
  char *path = state_path(s, LOCK_FILE);
  int result = -1;
  s->lock = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (s->lock >= 0) result = lock_soon(s->lock);
  if (result != 0 && s->lock >= 0 && errno == EWOULDBLOCK)
    result = 1;
  else if (result != 0)
    (void)snprintf(error, room, "%s/%s: can't be locked: %s", s->config->folders.state, LOCK_FILE,
                   folder_why(errno));
  free(path);
  if (result != 0) state_close(s);
  return result;
}

void state_close(state_t *s) {
  if (s->lock >= 0) (void)close(s->lock);
  s->lock = -1;
}

int state_read(const state_t *s, const char *name, size_t limit, uint8_t **data, size_t *len) {
  char *path = state_path(s, name);
  int result = path == NULL ? -1 : file_read_plain(path, limit, data, len);
  int why = path == NULL ? ENOMEM : errno;
  free(path);
  errno = why;
  return result;
}

int state_write(const state_t *s, const char *name, const void *data, size_t len) {
  char *path = state_path(s, name);
  int result = path == NULL ? -1 : file_replace(path, data, len, 0600, 1);
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

int state_remove(const state_t *s, const char *name) { return remove_named(s->config->folders.state, name); }

/* ---- attempts ------------------------------------------------------------------------------------ */

/* 1 if an attempt is under way, 0 if it is being undone or there is none; -1 with errno if it can't be known.
 */
static int read_attempt(const state_t *s, char name[STATE_ATTEMPT]) {
  uint8_t *text = NULL;
  size_t len = 0;
  name[0] = '\0';
  if (state_read(s, STATE_TRYING, MAX_TEXT, &text, &len) != 0) return errno == ENOENT ? 0 : -1;
  int begun = len == NAME + WORD && memcmp(text + NAME, BEGUN, WORD) == 0;
  if (len == NAME + WORD) memcpy(name, text, NAME);
  name[len == NAME + WORD ? NAME : 0] = '\0';
  free(text);
  return begun;
}

int state_attempt(const state_t *s, char name[STATE_ATTEMPT]) {
  uint8_t random[NAME / 2];
  char text[NAME + WORD + 1];
  if (read_attempt(s, name) == 1) return 0;
  if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return -1;
  for (size_t i = 0; i < sizeof random; i++) (void)snprintf(name + 2 * i, 3, "%02x", random[i]);
  (void)snprintf(text, sizeof text, "%s" BEGUN, name);
  return state_write(s, STATE_TRYING, text, sizeof text - 1);
}

/* Writes over the word in its place; tells the name, "" if there is no attempt. */
static int mark_ended(const state_t *s, char name[STATE_ATTEMPT]) {
  int under_way = read_attempt(s, name);
  if (under_way <= 0) return under_way;
  char *path = state_path(s, STATE_TRYING);
  int fd = path == NULL ? -1 : open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  int result = fd >= 0 && pwrite(fd, ENDED, WORD, NAME) == WORD ? fsync(fd) : -1;
  int why = path == NULL ? ENOMEM : errno;
  if (fd >= 0) (void)close(fd);
  free(path);
  errno = why;
  return result;
}

/* ---- the flag ------------------------------------------------------------------------------------ */

/* STATE_*; *by_attempt is 1 if a program of an attempt, whichever, wrote it last. */
static int read_flag(const state_t *s, int *by_attempt) {
  uint8_t *octets = NULL;
  size_t len = 0;
  char name[STATE_ATTEMPT];
  *by_attempt = 0;
  if (state_read(s, STATE_FLAG, MAX_TEXT, &octets, &len) != 0)
    return errno == ENOENT ? STATE_UNSET : STATE_UNREADABLE;
  const char *text = (const char *)octets;
  int flag = STATE_UNREADABLE;
  if (strcmp(text, "on\n") == 0) flag = STATE_ON;
  if (strcmp(text, "off\n") == 0) flag = STATE_OFF;
  if (len == strlen(OFF_BY) + NAME + 1 && memcmp(text, OFF_BY, strlen(OFF_BY)) == 0) {
    int under_way = read_attempt(s, name);
    int own = under_way == 1 && memcmp(text + strlen(OFF_BY), name, NAME) == 0;
    *by_attempt = 1;
    flag = under_way < 0 ? STATE_UNREADABLE : own ? STATE_OFF : STATE_ON;
  }
  free(octets);
  return flag;
}

int state_enabled(const state_t *s) {
  int by_attempt;
  return read_flag(s, &by_attempt);
}

static int write_flag(const state_t *s, const char *text) {
  int result = state_write(s, STATE_FLAG, text, strlen(text));
  /* A run that begins at this moment may have taken the new file for a leftover. */
  if (result != 0 && errno == ENOENT) result = state_write(s, STATE_FLAG, text, strlen(text));
  return result;
}

int state_enable(const state_t *s, int on, const char *attempt) {
  char text[STATE_ATTEMPT + sizeof OFF_BY + 1], name[STATE_ATTEMPT];
  if (on || attempt == NULL) return write_flag(s, on ? "on\n" : "off\n");
  int under_way = read_attempt(s, name);
  if (under_way < 0) return -1;
  if (!under_way || strcmp(attempt, name) != 0) {
    errno = ESTALE;
    return -1;
  }
  (void)snprintf(text, sizeof text, OFF_BY "%s\n", name);
  return write_flag(s, text);
}

/* Once the attempt is marked, SZTP is on, whatever a program of it still writes. That the flag says so, too,
 * is for those who read it; and it needs no new file to be unset. */
int state_undo(const state_t *s, char name[STATE_ATTEMPT]) {
  int by_attempt, result = mark_ended(s, name);
  if (result != 0) return result;
  (void)read_flag(s, &by_attempt);
  if (!by_attempt || write_flag(s, "on\n") == 0) return 0;
  return state_remove(s, STATE_FLAG);
}

int state_settle(const state_t *s) {
  int by_attempt, flag = read_flag(s, &by_attempt);
  if (by_attempt && flag == STATE_UNREADABLE) return -1;
  if (by_attempt && write_flag(s, flag == STATE_OFF ? "off\n" : "on\n") != 0) return -1;
  return state_remove(s, STATE_TRYING);
}

/* ---- cleaning ------------------------------------------------------------------------------------ */

/* 1 for the name of a file that was being written in the place of @p whole (file_replace()). */
static int is_temporary(const char *name, const char *whole) {
  size_t len = strlen(whole);
  if (strncmp(name, whole, len) != 0 || name[len] != '.' || strlen(name) != len + strlen(".XXXXXX")) return 0;
  for (const char *c = name + len + 1; *c != '\0'; c++)
    if (!isalnum((unsigned char)*c)) return 0;
  return 1;
}

static void clean_folder(const char *folder, const char *const *names) {
  DIR *all = opendir(folder);
  if (all == NULL) return;
  for (const struct dirent *e; (e = readdir(all)) != NULL;)
    for (size_t i = 0; names[i] != NULL; i++)
      if (is_temporary(e->d_name, names[i])) (void)unlinkat(dirfd(all), e->d_name, 0);
  (void)closedir(all);
}

void state_clean(const state_t *s) {
  clean_folder(s->config->folders.state, state_files);
  clean_folder(s->config->folders.status, status_files);
}
