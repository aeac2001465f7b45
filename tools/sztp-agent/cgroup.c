/* SPDX-License-Identifier: Apache-2.0 */
/* By the file system of cgroup v2 (cgroups(7)): a group is a folder, and its files do what is written to
 * them.
 */
#define _GNU_SOURCE 1
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "common/file.h"

enum { EMPTY_MS = 10000, EMPTY_LOOK_MS = 10, MAX_LIST = 65536, ROUNDS = 16, FILE_ROOM = CGROUP_PATH + 32 };

#define OWN "0::" /* in /proc/self/cgroup, before the path of the agent's own group of v2 */

/* Where v2 is mounted, alone or beside v1. */
static const char *mounted_at(void) {
  static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
  struct statfs about;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (statfs(places[i], &about) == 0 && (uint32_t)about.f_type == CGROUP2_SUPER_MAGIC) return places[i];
  return NULL;
}

/* 0 with the folder of the agent's own group. */
static int find_own(char *out, size_t room) {
  uint8_t *text = NULL;
  size_t len = 0;
  const char *root = mounted_at();
  if (root == NULL || file_read("/proc/self/cgroup", MAX_LIST, &text, &len) != 0) return -1;
  const char *line = (const char *)text;
  while (line != NULL && strncmp(line, OWN, strlen(OWN)) != 0) {
    line = strchr(line, '\n');
    if (line != NULL) line++;
  }
  int n = line == NULL ? -1
                       : snprintf(out, room, "%s%.*s", root, (int)strcspn(line + strlen(OWN), "\n"),
                                  line + strlen(OWN));
  free(text);
  return n > 0 && (size_t)n < room ? 0 : -1;
}

static int open_file(const char *path, const char *name, int flags) {
  char file[FILE_ROOM];
  (void)snprintf(file, sizeof file, "%s/%s", path, name);
  return open(file, flags | O_CLOEXEC);
}

static void close_files(cgroup_t *c) {
  if (c->procs >= 0) (void)close(c->procs);
  if (c->kill >= 0) (void)close(c->kill);
  if (c->folder >= 0) (void)close(c->folder);
  c->folder = c->procs = c->kill = -1;
}

void cgroup_make(cgroup_t *out) {
  char own[CGROUP_PATH - 16];
  out->path[0] = '\0';
  out->folder = out->procs = out->kill = -1;
  if (find_own(own, sizeof own) != 0) return;
  (void)snprintf(out->path, sizeof out->path, "%s/sztp-XXXXXX", own);
  if (mkdtemp(out->path) == NULL) {
    out->path[0] = '\0';
    return;
  }
  out->procs = open_file(out->path, "cgroup.procs", O_WRONLY);
  out->kill = open_file(out->path, "cgroup.kill", O_WRONLY); /* not with kernels before 5.14 */
  out->folder = open(out->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (out->procs >= 0 && out->kill >= 0) return;
  close_files(out);
  (void)rmdir(out->path);
  out->path[0] = '\0';
}

/* Moving a process makes the kernel wait until every processor has taken note; one that is born where it
 * belongs is not moved (from Linux 5.7 on). */
static pid_t born_inside(const cgroup_t *c) {
#if defined(SYS_clone3) && defined(CLONE_INTO_CGROUP)
  struct clone_args how;
  if (c->folder < 0) return -1;
  memset(&how, 0, sizeof how);
  how.flags = CLONE_INTO_CGROUP;
  how.exit_signal = SIGCHLD;
  how.cgroup = (unsigned)c->folder;
  return (pid_t)syscall(SYS_clone3, &how, sizeof how);
#else
  (void)c;
  return -1;
#endif
}

pid_t cgroup_fork(const cgroup_t *c) {
  pid_t child = born_inside(c);
  if (child >= 0) return child;
  child = fork();
  ssize_t done = child != 0 || c->procs < 0 ? 0 : write(c->procs, "0", 1);
  (void)done; /* then its process group and its lock have to do */
  return child;
}

static void pause_ms(int ms) {
  const struct timespec time = {0, ms * 1000000L};
  (void)nanosleep(&time, NULL);
}

static int has_nobody(const char *path) {
  uint8_t *text = NULL;
  size_t len = 0;
  char file[FILE_ROOM];
  (void)snprintf(file, sizeof file, "%s/cgroup.events", path);
  if (file_read(file, MAX_LIST, &text, &len) != 0) return errno == ENOENT;
  int empty = strstr((char *)text, "populated 0") != NULL;
  free(text);
  return empty;
}

/* Ends all that is in it; 0 once that has ended. */
static int end_through(int kill, const char *path) {
  uint64_t end = clock_ms() + EMPTY_MS;
  while (!has_nobody(path)) {
    if (clock_ms() >= end || write(kill, "1", 1) != 1) return -1;
    pause_ms(EMPTY_LOOK_MS);
  }
  return 0;
}

void cgroup_end(cgroup_t *c) {
  if (c->path[0] == '\0') return;
  (void)end_through(c->kill, c->path);
  close_files(c);
  (void)rmdir(c->path);
}

int cgroup_end_at(const char *path) {
  int fd = open_file(path, "cgroup.kill", O_WRONLY);
  if (fd < 0) return errno == ENOENT ? 0 : -1;
  int result = end_through(fd, path);
  (void)close(fd);
  if (result == 0) (void)rmdir(path);
  return result;
}

/* Moves the processes that are in it now; 1 if there were any. */
static int move_processes(const char *path, int to) {
  uint8_t *text = NULL;
  size_t len = 0;
  char file[FILE_ROOM];
  (void)snprintf(file, sizeof file, "%s/cgroup.procs", path);
  if (file_read(file, MAX_LIST, &text, &len) != 0) return 0;
  char *rest = NULL;
  for (char *pid = strtok_r((char *)text, "\n", &rest); pid != NULL; pid = strtok_r(NULL, "\n", &rest)) {
    ssize_t done = write(to, pid, strlen(pid));
    (void)done; /* it has ended, or is looked at in the next round */
  }
  free(text);
  return len > 0;
}

void cgroup_leave(cgroup_t *c) {
  if (c->path[0] == '\0') return;
  close_files(c);
  if (rmdir(c->path) == 0) return;
  char *slash = strrchr(c->path, '/');
  *slash = '\0';
  int own = open_file(c->path, "cgroup.procs", O_WRONLY);
  *slash = '/';
  for (int i = 0; own >= 0 && i < ROUNDS && move_processes(c->path, own); i++) continue;
  if (own >= 0) (void)close(own);
  (void)rmdir(c->path);
}
