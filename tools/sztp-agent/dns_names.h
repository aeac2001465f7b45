/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of bootstrap servers and of images' hosts. */
#ifndef SZTP_AGENT_DNS_NAMES_H
#define SZTP_AGENT_DNS_NAMES_H

#include "agent.h"

/* Looks up the name of a server. SZTP_OUTCOME_*. */
uint32_t dns_resolve(agent_t *agent, const sztp_action_t *a);
/* Looks up the name of an image's host in the same way: a function for sztp_https_set_resolver(), with the
 * agent as its user. */
int32_t dns_resolver(void *agent, sztp_session_t *s, const sztp_action_t *a, const char *name, char *out,
                     size_t out_cap, size_t *out_len);

#endif
