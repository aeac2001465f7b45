/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to systemd's journal with fields beside its text, so that it can be searched by them: why
 * artifacts were refused, and how a session ended. */
#ifndef SZTP_AGENT_ENTRIES_H
#define SZTP_AGENT_ENTRIES_H

#include "agent.h"

/* 1 if the library's line is told with fields, by entries_event(), so that it needs no line. */
int entries_replace(const agent_t *agent, uint32_t topic, const char *line);
void entries_event(agent_t *agent, const sztp_session_t *session, const sztp_event_t *event);

#endif
