/* SPDX-License-Identifier: Apache-2.0 */
/* Names of bootstrap servers: looked up by multicast DNS, by the DNS servers of the configuration, or by the
 * system (RESOLVE). */
#define _GNU_SOURCE 1
#include "dns_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "dns_servers.h"
#include "poll.h"
#include "signals.h"

static const uint32_t address_types[] = {SZTP_DNS_AAAA, SZTP_DNS_A}; /* asked together */
enum { ADDRESS_TYPES = 2 };

/* Replies the addresses that were found and returns their number. */
static size_t give_addresses(agent_t *agent, const sztp_action_t *a, const sztp_dns_t *lookup) {
  const char *address = NULL;
  size_t len = 0, count = 0;
  for (size_t r = 0; r < sztp_dns_answers(lookup); r++)
    for (size_t n = 0; sztp_dns_address(lookup, r, n, &address, &len) == SZTP_OK; n++)
      if (agent_give(agent, a, SZTP_F_ADDRESS, address, len) == SZTP_OK) count++;
  return count;
}

static int is_local(const uint8_t *name, size_t len) {
  static const char local[] = ".local";
  if (len > 0 && name[len - 1] == '.') len--;
  return len >= sizeof local - 1 &&
         strncasecmp((const char *)name + len - (sizeof local - 1), local, sizeof local - 1) == 0;
}

static size_t resolve_multicast(agent_t *agent, const sztp_action_t *a, const char *name, size_t len,
                                char why[DNS_WHY]) {
  mdns_t *m = mdns_new(agent->setup.ctx, &agent->config->mdns.interfaces);
  size_t found = 0;
  int rc = m == NULL ? -1 : 0;
  for (size_t i = 0; i < ADDRESS_TYPES && rc == 0; i++)
    rc = mdns_add(m, address_types[i], name, len) == SZTP_OK ? 0 : -1;
  if (rc == 0) {
    polled_t x = mdns_polled(m);
    uint64_t until;
    do {
      uint64_t other = mdns_until(m, 1);
      until = mdns_until(m, 0);
      if (other < until) until = other; /* one of the two families is enough */
      poll_turn(&x, 1, until);
    } while (until > clock_ms() && !signals_stopped());
    mdns_outcome("", mdns_told(m), why, DNS_WHY);
    for (size_t i = 0; i < ADDRESS_TYPES; i++) found += give_addresses(agent, a, mdns_lookup(m, i));
  }
  mdns_free(m);
  return found;
}

static uint32_t take_address(void *user, const uint8_t *answer, size_t len) {
  return dns_read_answer(user, answer, len);
}

static size_t resolve_unicast(agent_t *agent, const sztp_action_t *a, const char *name, size_t len,
                              char why[DNS_WHY]) {
  uint8_t questions[ADDRESS_TYPES][SZTP_DNS_QUESTION_MAX];
  sztp_dns_t *lookups[ADDRESS_TYPES] = {NULL, NULL};
  dns_query_t queries[ADDRESS_TYPES];
  size_t count = 0, found = 0;
  memset(queries, 0, sizeof queries);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) {
    if (dns_make_question(agent, address_types[i], name, len, &lookups[i], questions[i],
                          &queries[count].len) != 0)
      continue;
    queries[count].question = questions[i];
    queries[count].take = take_address;
    queries[count++].user = lookups[i];
  }
  dns_ask_servers(agent, queries, count);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) found += give_addresses(agent, a, lookups[i]);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) sztp_dns_free(lookups[i]);
  if (count > 0) (void)snprintf(why, DNS_WHY, "%s", queries[0].why);
  return found;
}

/* DNS-19: names in "local" are looked up by multicast DNS. Others are left to the system, unless the
 * configuration names servers; the system is then asked for what these don't know. */
uint32_t dns_resolve(agent_t *agent, const sztp_action_t *a) {
  const uint8_t *octets = NULL;
  size_t len = 0;
  char why[DNS_WHY] = "no address";
  if (sztp_action_bytes(a, SZTP_F_NAME, 0, &octets, &len) != SZTP_OK) return SZTP_OUTCOME_FAILED;
  const char *name = (const char *)octets;
  int local = is_local(octets, len);
  int configured = agent->config->dns.servers.count > 0 || agent->config->dns.file != NULL;
  if (local && resolve_multicast(agent, a, name, len, why) > 0) return SZTP_OUTCOME_OK;
  if (!local && configured && resolve_unicast(agent, a, name, len, why) > 0) return SZTP_OUTCOME_OK;
  if (!local) return sztp_https_handle(agent->setup.https, agent->session, a);
  agent_say(agent, SZTP_LOG_INFO, "multicast DNS has no address of %.253s: %s", name, why);
  (void)agent_give(agent, a, SZTP_F_MESSAGE, why, strlen(why));
  return SZTP_OUTCOME_NOTHING;
}
