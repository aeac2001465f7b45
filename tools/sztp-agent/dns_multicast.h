/* SPDX-License-Identifier: Apache-2.0 */
/* The library's questions to multicast DNS, without waiting for answers. */
#ifndef SZTP_AGENT_DNS_MULTICAST_H
#define SZTP_AGENT_DNS_MULTICAST_H

#include "agent.h"

/* Starts asking, unless that is in progress or done. agent->mdns stays NULL without memory. */
void dns_multicast_begin(agent_t *agent);
/* 1 if a question has an answer. */
int dns_multicast_has_answer(const agent_t *agent);
/* The place of the library's question among those that are asked (mdns.h). */
size_t dns_multicast_find(agent_t *agent, uint32_t type, const char *name, const uint8_t *question,
                          size_t len);
/* Another action follows: complete results are kept for the pass, others dropped. */
void dns_multicast_leave(agent_t *agent);
/* The pass is over: forgets what was heard. */
void dns_multicast_forget(agent_t *agent);

#endif
