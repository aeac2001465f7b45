/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT and SIGTERM: stop, but cleanly. */
#ifndef SZTP_AGENT_SIGNALS_H
#define SZTP_AGENT_SIGNALS_H

#include <sztp/session.h>

/* From now on the first of the two signals cancels @p session, which then rolls back what is unfinished; the
 * second one ends the agent at once. NULL ends that. */
void signals_watch(sztp_session_t *session);
/* 1 once a signal came. */
int signals_stopped(void);

#endif
