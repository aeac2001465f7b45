/* SPDX-License-Identifier: Apache-2.0 */
/* A control group (cgroup v2) for one program: whatever the program starts is in it, too, wherever it goes.
 */
#ifndef SZTP_AGENT_CGROUP_H
#define SZTP_AGENT_CGROUP_H

#include <sys/types.h>

enum { CGROUP_PATH = 512 };

typedef struct cgroup {
  char path[CGROUP_PATH]; /* "": none can be made here */
  int folder;             /* itself, open, or -1 */
  int procs, kill;        /* its files by which it is entered and killed, open, or -1 */
} cgroup_t;

/* Makes one below the agent's own. Where there is no cgroup v2, or the agent may not, there is none. */
void cgroup_make(cgroup_t *out);
/* As fork(). The child is in the group from its first moment on; what else fork() prepares in it is not, so
 * that it may call only what is safe between fork() and exec(). */
pid_t cgroup_fork(const cgroup_t *c);
/* Ends all that is in it, waits for that, and removes it. */
void cgroup_end(cgroup_t *c);
/* Lets what is in it go on as a part of the agent's own group, and removes it. */
void cgroup_leave(cgroup_t *c);
/* As cgroup_end(), with one of an earlier agent. 0, or -1 if something of it goes on; one that is gone is
 * done with. */
int cgroup_end_at(const char *path);

#endif
