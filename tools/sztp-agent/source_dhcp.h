/* SPDX-License-Identifier: Apache-2.0 */
/* DHCP as a source (RFC 8572 4.3). */
#ifndef SZTP_AGENT_SOURCE_DHCP_H
#define SZTP_AGENT_SOURCE_DHCP_H

#include "agent.h"

/* Looks at DHCP of a family, 4 or 6. SZTP_OUTCOME_*. */
uint32_t source_dhcp(agent_t *agent, const sztp_action_t *a, uint32_t family);

#endif
