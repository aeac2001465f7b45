/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the DNS servers of the configuration, or of the network. */
#ifndef SZTP_AGENT_DNS_SERVERS_H
#define SZTP_AGENT_DNS_SERVERS_H

#include "agent.h"
#include "resolv_conf.h"
#include "resolver.h"

/* A question, and a function that takes its answer and returns how to go on: SZTP_ASK_*. */
typedef struct dns_query {
  const uint8_t *question; /* with EDNS */
  size_t len;
  uint32_t (*take)(void *user, const uint8_t *answer, size_t len);
  void *user;
  int answered, again;
  char why[DNS_WHY]; /* why it was not answered, or what the library says about the answer */
} dns_query_t;

/* Makes a question with EDNS and an unpredictable identifier (DNS-24): its octets, and a lookup that reads
 * the answer. 0, or -1 with *lookup NULL. */
int dns_make_question(const agent_t *agent, uint32_t type, const char *name, size_t name_len,
                      sztp_dns_t **lookup, uint8_t octets[SZTP_DNS_QUESTION_MAX], size_t *len);
/* Asks one server after another until all queries are answered, or until clock_ms() is @p until; at most
 * RESOLVER_QUESTIONS at the same time. */
void dns_ask_servers(const agent_t *agent, dns_query_t *queries, size_t count, uint64_t until);
/* Reads an answer by a lookup of the agent's own: SZTP_ASK_ENOUGH if it has what was asked for, _NO_EDNS if
 * the server did not understand, _OTHER_SERVER if it is of no use. */
uint32_t dns_read_answer(sztp_dns_t *lookup, const uint8_t *answer, size_t len);
/* What the library says about the octets it was given last. */
const char *dns_detail(const agent_t *agent);

/* Where DNS servers and domains are taken from when the configuration does not name them. */
const char *dns_resolv_file(const config_t *c);
/* Reads it anew, since a lease may have come meanwhile; to be freed with resolv_conf_free(). */
void dns_read_network(const agent_t *agent, resolv_conf_t *out);
const text_list_t *dns_servers_of(const agent_t *agent, const resolv_conf_t *network);

#endif
