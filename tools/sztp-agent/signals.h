/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT and SIGTERM: a clean stop. */
#ifndef SZTP_AGENT_SIGNALS_H
#define SZTP_AGENT_SIGNALS_H

#include <sztp/session.h>

/* From now on the first signal cancels @p session, which then rolls back unfinished work; a second one ends
 * the agent and the program that it runs at once. With NULL no session is cancelled. */
void signals_watch(sztp_session_t *session);
/* The process group of the program that is running, and the open file by which its control group is killed,
 * or -1: both end with the agent. 0 without a program. */
void signals_group(int leader, int cgroup);
/* 1 once a signal has arrived. */
int signals_stopped(void);

#endif
