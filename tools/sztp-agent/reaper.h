/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the agent the reaper of what its program starts (PR_SET_CHILD_SUBREAPER): whoever leaves the program
 * by a second fork() becomes the agent's child, and can be found. For where there is no control group. */
#ifndef SZTP_AGENT_REAPER_H
#define SZTP_AGENT_REAPER_H

#include <stddef.h>
#include <sys/types.h>

enum { REAPER_KNOWN = 128 };

typedef struct reaper {
  pid_t known[REAPER_KNOWN]; /* children that were there before, which earlier programs left on purpose */
  size_t count;
  int on;    /* it is one */
  int found; /* there were others */
} reaper_t;

/* Before the program is started. */
void reaper_begin(reaper_t *r);
/* The program has ended. With @p kill so does all that it left, else that lives on. */
void reaper_end(reaper_t *r, int kill);
/* Buries what earlier programs left and what has ended since. Not while a program is running. */
void reaper_bury(void);

#endif
