/* SPDX-License-Identifier: Apache-2.0 */
/* One server after another, several questions at the same time, each repeated without EDNS if the server does
 * not understand it (D-24). */
#define _GNU_SOURCE 1
#include "dns_servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "signals.h"

enum { EDNS_OCTETS = 11 };

/* ---- what is known of the network ---------------------------------------------------------------- */

const char *dns_resolv_file(const config_t *c) {
  return c->dns.file != NULL ? c->dns.file : RESOLV_CONF_DEFAULT_FILE;
}

void dns_read_network(const agent_t *agent, resolv_conf_t *out) {
  memset(out, 0, sizeof *out);
  (void)resolv_conf_read(dns_resolv_file(agent->config), out); /* a missing file means no resolver (D-11) */
}

const text_list_t *dns_servers_of(const agent_t *agent, const resolv_conf_t *network) {
  return agent->config->dns.servers.count > 0 ? &agent->config->dns.servers : &network->servers;
}

const char *dns_detail(const agent_t *agent) {
  const char *text = "";
  return sztp_ctx_trail(agent->setup.ctx, 0, NULL, NULL, &text) == SZTP_OK ? text : "";
}

/* ---- questions ----------------------------------------------------------------------------------- */

int dns_make_question(const agent_t *agent, uint32_t type, const char *name, size_t name_len,
                      sztp_dns_t **lookup, uint8_t octets[SZTP_DNS_QUESTION_MAX], size_t *len) {
  uint8_t id[2];
  *lookup = NULL;
  if (getrandom(id, sizeof id, 0) == (ssize_t)sizeof id &&
      sztp_dns_new(agent->setup.ctx, type, SZTP_DNS_UNICAST, name, name_len, (uint32_t)(id[0] << 8 | id[1]),
                   lookup) == SZTP_OK &&
      sztp_dns_question(*lookup, 1, octets, SZTP_DNS_QUESTION_MAX, len) == SZTP_OK)
    return 0;
  sztp_dns_free(*lookup);
  *lookup = NULL;
  return -1;
}

uint32_t dns_read_answer(sztp_dns_t *lookup, const uint8_t *answer, size_t len) {
  switch (sztp_dns_add(lookup, "", 0, answer, len)) {
  case SZTP_OK: return SZTP_ASK_ENOUGH;
  case SZTP_ERR_UNSUPPORTED: return SZTP_ASK_NO_EDNS;
  default: return SZTP_ASK_OTHER_SERVER;
  }
}

/* ---- asking -------------------------------------------------------------------------------------- */

/* Takes the result of a query at one server: it is repeated without EDNS if that was not understood (D-24).
 */
static void take_result(const agent_t *agent, const char *server, dns_query_t *q,
                        const resolver_question_t *r) {
  uint32_t then = r->result == 0 ? q->take(q->user, r->answer, r->answer_len) : SZTP_ASK_OTHER_SERVER;
  q->answered = then == SZTP_ASK_ENOUGH;
  q->again = then == SZTP_ASK_NO_EDNS;
  if (q->answered)
    (void)snprintf(q->why, sizeof q->why, "%s", dns_detail(agent));
  else
    (void)snprintf(q->why, sizeof q->why, "%s: %s", server, r->result == 0 ? dns_detail(agent) : r->fault);
}

/* Asks the unanswered queries; in the second round only those to be repeated. */
static void ask_round(const agent_t *agent, const char *server, dns_query_t *queries, size_t count,
                      uint64_t until, int edns) {
  uint8_t octets[RESOLVER_QUESTIONS][SZTP_DNS_QUESTION_MAX];
  resolver_question_t asked[RESOLVER_QUESTIONS];
  dns_query_t *of[RESOLVER_QUESTIONS];
  uint64_t now = clock_ms(), most = agent->config->dns_ms;
  size_t n = 0;
  if (now >= until) return;
  if (most > until - now) most = until - now;
  for (size_t i = 0; i < count; i++) {
    dns_query_t *q = &queries[i];
    size_t len = edns ? q->len : q->len - EDNS_OCTETS;
    if (q->answered || (!edns && !q->again) || len > sizeof octets[n]) continue;
    memcpy(octets[n], q->question, len);
    octets[n][11] = (uint8_t)edns;
    resolver_question_t r = {.octets = octets[n], .len = len, .answer = malloc(RESOLVER_ROOM)};
    if (r.answer == NULL) {
      (void)snprintf(q->why, sizeof q->why, "%s: no memory", server);
      continue;
    }
    of[n] = q;
    asked[n++] = r;
  }
  if (n > 0) resolver_ask(server, most, asked, n, signals_stopped);
  for (size_t i = 0; i < n; i++) {
    take_result(agent, server, of[i], &asked[i]);
    free(asked[i].answer);
  }
}

void dns_ask_servers(const agent_t *agent, dns_query_t *queries, size_t count, uint64_t until) {
  resolv_conf_t network;
  int open = 1;
  dns_read_network(agent, &network);
  const text_list_t *servers = dns_servers_of(agent, &network);
  for (size_t i = 0; i < count; i++)
    (void)snprintf(queries[i].why, sizeof queries[i].why, "no DNS server is known");
  for (size_t i = 0; i < servers->count && open && clock_ms() < until && !signals_stopped(); i++) {
    for (size_t k = 0; k < count; k++) queries[k].again = 0;
    for (int edns = 1; edns >= 0; edns--) ask_round(agent, servers->at[i], queries, count, until, edns);
    open = 0;
    for (size_t k = 0; k < count; k++) open = open || !queries[k].answered;
  }
  resolv_conf_free(&network);
}
