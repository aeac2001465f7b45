/* SPDX-License-Identifier: Apache-2.0 */
/* What status.json says of each action: which source and server it is about, and what came of it. */
#ifndef SZTP_AGENT_NOTES_H
#define SZTP_AGENT_NOTES_H

#include "agent.h"

/* A pass begins: nothing is known of it yet. */
void notes_pass(agent_t *agent);
/* An action begins. */
void notes_action(agent_t *agent, const sztp_action_t *a);
/* An action has ended. */
void notes_outcome(agent_t *agent, const sztp_action_t *a, uint32_t outcome);
/* Keeps the verdict if artifacts were judged since the last action, of kind @p before, and refused. @p
 * purpose is that action's, and then this one's. */
void notes_verdict(agent_t *agent, const sztp_action_t *a, uint64_t *purpose, uint32_t before);
/* A line of the library's log. */
void notes_hear(agent_t *agent, uint32_t level, uint32_t topic, const char *line);

#endif
