/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the system clock is right enough for what clock.mode says, before anything is judged ("strict") or
 * applied ("ntp-first"). */
#ifndef SZTP_AGENT_TIME_ANCHOR_H
#define SZTP_AGENT_TIME_ANCHOR_H

#include <stddef.h>

#include "agent.h"

enum { /* what becomes of the session */
       ANCHOR_GO_ON = 0,
       ANCHOR_AGAIN = 1, /* the clock is right now: a new session judges all of it once more */
       ANCHOR_LATER = 2  /* the clock is not right: the run ends, or the daemon begins anew */
};

/* Before the session's start: whether it is judged by the system clock. */
int anchor_begin(agent_t *agent);
/* The session has accepted onboarding information. */
void anchor_accepted(agent_t *agent);
/* Before each action is carried out. What is to be dropped has stored and begun nothing; with ANCHOR_LATER
 * @p why says which clock is wrong. */
int anchor_check(agent_t *agent, const sztp_action_t *a, char *why, size_t room);

#endif
