/* SPDX-License-Identifier: Apache-2.0 */
/* What status.json says about each action: its source and server, and what became of it. */
#ifndef SZTP_AGENT_NOTES_H
#define SZTP_AGENT_NOTES_H

#include "agent.h"

/* A pass begins: nothing is known of it yet. */
void notes_pass(agent_t *agent);
/* An action begins. */
void notes_action(agent_t *agent, const sztp_action_t *a);
/* An action has ended. */
void notes_outcome(agent_t *agent, const sztp_action_t *a, uint32_t outcome);
/* What became of something that the session tried. */
void notes_event(agent_t *agent, const sztp_session_t *session, const sztp_event_t *event);

#endif
