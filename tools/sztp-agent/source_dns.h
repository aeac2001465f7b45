/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and multicast DNS as sources (RFC 8572 4.2). */
#ifndef SZTP_AGENT_SOURCE_DNS_H
#define SZTP_AGENT_SOURCE_DNS_H

#include "agent.h"

/* Asks one question of the library (ASK), or names the network's domains (DOMAINS). SZTP_OUTCOME_*. */
uint32_t source_dns_ask(agent_t *agent, const sztp_action_t *a);
uint32_t source_dns_domains(agent_t *agent, const sztp_action_t *a);
/* The pass is over: forgets the answers that were kept. */
void source_dns_forget(agent_t *agent);

#endif
