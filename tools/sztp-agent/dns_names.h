/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of bootstrap servers. */
#ifndef SZTP_AGENT_DNS_NAMES_H
#define SZTP_AGENT_DNS_NAMES_H

#include "agent.h"

/* Looks up the name of a server. SZTP_OUTCOME_*. */
uint32_t dns_resolve(agent_t *agent, const sztp_action_t *a);

#endif
