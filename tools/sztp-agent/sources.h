/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of bootstrapping data: which there are, and who deals with each. */
#ifndef SZTP_AGENT_SOURCES_H
#define SZTP_AGENT_SOURCES_H

#include "agent.h"

/* Adds the sources of the configuration to a new session. 0, or SZTP_ERR_*. */
int32_t sources_add(const config_t *config, sztp_session_t *session);
/* Looks at a source. SZTP_OUTCOME_*. */
uint32_t sources_discover(agent_t *agent, const sztp_action_t *a);
/* Another action follows. Unfinished questions are asked again when their turn comes. */
void sources_leave(agent_t *agent);
/* The pass is over: forgets what was heard in it. */
void sources_forget(agent_t *agent);

#endif
