/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the agent's children in /proc. A child keeps its number until it is buried, so that no other process
 * is ever hit. */
#define _GNU_SOURCE 1
#include "reaper.h"

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"

enum { REAP_MS = 10000, REAP_LOOK_MS = 10 };

static int was_there(const reaper_t *r, pid_t pid) {
  for (size_t i = 0; i < r->count; i++)
    if (r->known[i] == pid) return 1;
  return 0;
}

/* Calls @p take with each child. */
static void each_child(void (*take)(reaper_t *r, pid_t child), reaper_t *r) {
  DIR *all = opendir("/proc");
  if (all == NULL) return;
  for (const struct dirent *e; (e = readdir(all)) != NULL;) {
    pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
    if (pid > 1 && children_parent(pid) == getpid()) take(r, pid);
  }
  (void)closedir(all);
}

static void remember(reaper_t *r, pid_t child) {
  if (r->count < REAPER_KNOWN) r->known[r->count++] = child;
}

static void kill_new(reaper_t *r, pid_t child) {
  if (was_there(r, child)) return;
  r->found = 1;
  (void)kill(child, SIGKILL);
  (void)waitpid(child, NULL, WNOHANG);
}

void reaper_bury(void) {
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
}

void reaper_begin(reaper_t *r) {
  reaper_bury();
  r->count = 0;
  each_child(remember, r);
  r->on = r->count < REAPER_KNOWN && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

/* What is killed leaves its own children to the agent, which finds them the next time. */
static void kill_all(reaper_t *r) {
  const struct timespec pause = {0, REAP_LOOK_MS * 1000000L};
  uint64_t end = clock_ms() + REAP_MS;
  do {
    r->found = 0;
    each_child(kill_new, r);
    if (r->found) (void)nanosleep(&pause, NULL);
  } while (r->found && clock_ms() < end);
}

void reaper_end(reaper_t *r, int kill) {
  if (!r->on) return;
  if (kill) kill_all(r);
  (void)prctl(PR_SET_CHILD_SUBREAPER, 0);
}
