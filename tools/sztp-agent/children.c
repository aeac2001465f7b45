/* SPDX-License-Identifier: Apache-2.0 */
/* Finds processes by the lock that they hold, in /proc, and the first of them by its number and the time at
 * which it was started, so that a number that meanwhile belongs to another process harms nobody. */
#define _GNU_SOURCE 1
#include "children.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"
#include "common/file.h"

enum {
  AWAIT_MS = 10000,
  AWAIT_LOOK_MS = 20,
  BOOT_ID = 37,
  STAT_ROOM = 1024,
  PARENT_FIELD = 4,
  START_FIELD = 22
};

/* Lines of a record, before what /proc/self/stat says of the program. */
#define CGROUP "cgroup "
#define FOLDER "folder "
enum {
  RECORD_ROOM = 8192,
  LINES_ROOM = RECORD_ROOM - STAT_ROOM,
  MARK_ROOM = LINES_ROOM + sizeof CHILDREN_FOLDER,
  ENVIRONMENT_ROOM = 131072
};

/* ---- the record ---------------------------------------------------------------------------------- */

/* Copies a small file of /proc. Only functions that are safe between fork() and exec(). */
static size_t read_proc(const char *path, char *out, size_t room) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read(fd, out, room - 1);
  if (fd >= 0) (void)close(fd);
  out[got > 0 ? got : 0] = '\0';
  return got > 0 ? (size_t)got : 0;
}

int children_begin(const char *path, const char *cgroup, const char *folder) {
  char boot[BOOT_ID + 1], lines[LINES_ROOM] = "";
  if (unlink(path) != 0 && errno != ENOENT) return -1;
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  (void)read_proc("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
  int n = snprintf(lines, sizeof lines, "%s%s%s%s" FOLDER "%s\n", boot, cgroup[0] == '\0' ? "" : CGROUP,
                   cgroup, cgroup[0] == '\0' ? "" : "\n", folder);
  if (n < 0 || (size_t)n >= sizeof lines)
    errno = ENAMETOOLONG;
  else if (flock(fd, LOCK_EX | LOCK_NB) == 0 && write(fd, lines, (size_t)n) == n)
    return fd;
  int why = errno;
  (void)close(fd);
  (void)unlink(path);
  errno = why;
  return -1;
}

void children_enter(int record, int as) {
  char about[STAT_ROOM];
  size_t len = read_proc("/proc/self/stat", about, sizeof about);
  ssize_t done = write(record, about, len);
  (void)done; /* without room for it, the lock alone tells */
  if (record != as) (void)dup2(record, as);
  (void)fcntl(as, F_SETFD, 0);
}

void children_end(int record, const char *path) {
  if (record < 0) return;
  (void)unlink(path);
  (void)close(record);
}

/* ---- what is still there ------------------------------------------------------------------------- */

/* A number in what /proc says about a process (proc(5)), from its parent's on; its name may hold anything. 0
 * if unknown. */
static unsigned long long field_of(const char *about, int wanted) {
  const char *at = strrchr(about, ')');
  for (int field = 2; at != NULL && field < wanted; field++) {
    at = strchr(at, ' ');
    if (at != NULL) at++;
  }
  return at == NULL ? 0 : strtoull(at, NULL, 10);
}

static unsigned long long field_now(pid_t process, int wanted) {
  char path[64], about[STAT_ROOM];
  (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)process);
  return read_proc(path, about, sizeof about) == 0 ? 0 : field_of(about, wanted);
}

pid_t children_parent(pid_t process) { return (pid_t)field_now(process, PARENT_FIELD); }

typedef struct recorded {
  char text[RECORD_ROOM];
  const char *cgroup, *folder; /* or NULL */
  const char *about;           /* the first process, or "" */
} recorded_t;

/* Takes a line that begins with @p word: what follows it, or NULL. */
static const char *take_line(char **rest, const char *word) {
  char *end = strchr(*rest, '\n');
  if (end == NULL || strncmp(*rest, word, strlen(word)) != 0) return NULL;
  const char *value = *rest + strlen(word);
  *end = '\0';
  *rest = end + 1;
  return value;
}

/* Nothing, if it is of an earlier boot. */
static void read_program(int record, recorded_t *out) {
  char boot[BOOT_ID + 1];
  ssize_t got = pread(record, out->text, sizeof out->text - 1, 0);
  size_t len = read_proc("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
  out->text[got > 0 ? got : 0] = '\0';
  out->cgroup = out->folder = NULL;
  out->about = "";
  if (got <= 0 || strncmp(out->text, boot, len) != 0) return;
  char *rest = out->text + len;
  out->cgroup = take_line(&rest, CGROUP);
  out->folder = take_line(&rest, FOLDER);
  out->about = rest;
}

/* Ends the group of the recorded process, if that is still the same one. */
static void end_group(const recorded_t *r) {
  long pid = strtol(r->about, NULL, 10);
  unsigned long long start = field_of(r->about, START_FIELD);
  if (pid > 1 && start != 0 && field_now((pid_t)pid, START_FIELD) == start) (void)kill((pid_t)-pid, SIGKILL);
}

static int is_same(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* 1 if the process has the record open. */
static int holds(const char *pid, const struct stat *record) {
  char path[64];
  struct stat about;
  int found = 0;
  (void)snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
  DIR *files = opendir(path);
  if (files == NULL) return 0;
  for (const struct dirent *e; !found && (e = readdir(files)) != NULL;)
    found =
        e->d_name[0] != '.' && fstatat(dirfd(files), e->d_name, &about, 0) == 0 && is_same(&about, record);
  (void)closedir(files);
  return found;
}

/* What is looked for in processes. */
typedef struct sought {
  const struct stat *record;
  char mark[MARK_ROOM]; /* in the environment, or "" */
  int found;
} sought_t;

/* 1 if the process was started with the variable that names the program's folder. */
static int is_marked(const char *pid, const char *mark) {
  char path[64];
  uint8_t *text = NULL;
  size_t len = 0;
  if (mark[0] == '\0') return 0;
  (void)snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
  if (file_read(path, ENVIRONMENT_ROOM, &text, &len) != 0) return 0;
  int found = 0;
  for (size_t at = 0; !found && at < len; at += strlen((char *)text + at) + 1)
    found = strcmp((char *)text + at, mark) == 0;
  free(text);
  return found;
}

static int is_sought(const char *pid, sought_t *s) {
  int yes = holds(pid, s->record) || is_marked(pid, s->mark);
  s->found = s->found || yes;
  return yes;
}

/* A descriptor of the process keeps its number from being given to another one between the look and the blow.
 */
static void end_if_sought(const char *name, sought_t *s) {
  pid_t pid = (pid_t)strtol(name, NULL, 10);
  if (pid <= 1 || pid == getpid()) return;
#ifdef SYS_pidfd_open
  int fd = (int)syscall(SYS_pidfd_open, pid, 0U);
  if (fd >= 0) {
    if (is_sought(name, s)) (void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0U);
    (void)close(fd);
    return;
  }
  if (errno != ENOSYS && errno != EPERM) return;
#endif
  if (is_sought(name, s)) (void)kill(pid, SIGKILL);
}

/* 1 if there was any. */
static int end_sought(sought_t *s) {
  DIR *all = opendir("/proc");
  s->found = 0;
  if (all == NULL) return 0;
  for (const struct dirent *e; (e = readdir(all)) != NULL;)
    if (e->d_name[0] >= '1' && e->d_name[0] <= '9') end_if_sought(e->d_name, s);
  (void)closedir(all);
  return s->found;
}

static int end_all(int record, const struct stat *about) {
  recorded_t r;
  sought_t sought = {about, "", 0};
  const struct timespec pause = {0, AWAIT_LOOK_MS * 1000000L};
  uint64_t end = clock_ms() + AWAIT_MS;
  read_program(record, &r);
  if (r.folder != NULL) (void)snprintf(sought.mark, sizeof sought.mark, CHILDREN_FOLDER "=%s", r.folder);
  end_group(&r);
  if (r.cgroup != NULL && cgroup_end_at(r.cgroup) != 0) return -1;
  while (end_sought(&sought) || flock(record, LOCK_EX | LOCK_NB) != 0) {
    if (clock_ms() >= end) return -1;
    end_group(&r);
    (void)nanosleep(&pause, NULL);
  }
  return 0;
}

int children_await(const char *path, char *error, size_t room) {
  struct stat about;
  int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), result = 0;
  if (fd < 0 && errno == ENOENT) return 0;
  if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) result = end_all(fd, &about);
  if (result == 0) result = unlink(path);
  if (result != 0)
    (void)snprintf(error, room,
                   "%s: a program of an earlier run can't be ended, or its record not be removed: %s", path,
                   strerror(errno));
  if (fd >= 0) (void)close(fd);
  return result;
}
