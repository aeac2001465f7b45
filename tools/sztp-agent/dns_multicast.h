/* SPDX-License-Identifier: Apache-2.0 */
/* The library's questions to multicast DNS, asked without being waited for. */
#ifndef SZTP_AGENT_DNS_MULTICAST_H
#define SZTP_AGENT_DNS_MULTICAST_H

#include "agent.h"

/* Begins to ask, unless that is under way or over. agent->mdns stays NULL without memory. */
void dns_multicast_begin(agent_t *agent);
/* 1 if a question has an answer. */
int dns_multicast_has_answer(const agent_t *agent);
/* The place of the library's question among those that are asked (mdns.h). */
size_t dns_multicast_find(agent_t *agent, uint32_t type, const char *name, const uint8_t *question,
                          size_t len);
/* Something else comes now: what was heard to the end is kept for the pass. */
void dns_multicast_leave(agent_t *agent);
/* The pass is over, and with it what was heard. */
void dns_multicast_forget(agent_t *agent);

#endif
