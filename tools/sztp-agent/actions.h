/* SPDX-License-Identifier: Apache-2.0 */
/* What the library asks for. */
#ifndef SZTP_AGENT_ACTIONS_H
#define SZTP_AGENT_ACTIONS_H

#include "agent.h"

/* Carries out an action. SZTP_OUTCOME_*. */
uint32_t actions_do(agent_t *agent, const sztp_action_t *a);

#endif
