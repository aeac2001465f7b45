/* SPDX-License-Identifier: Apache-2.0 */
/* Removable storage as a source (RFC 8572 4.1). */
#ifndef SZTP_AGENT_SOURCE_REMOVABLE_H
#define SZTP_AGENT_SOURCE_REMOVABLE_H

#include "agent.h"

/* Looks at the next medium. SZTP_OUTCOME_*. */
uint32_t source_removable(agent_t *agent, const sztp_action_t *a);
/* Closes the medium once its data is no longer used. */
void source_removable_close(agent_t *agent);

#endif
