/* SPDX-License-Identifier: Apache-2.0 */
/* Names of bootstrap servers and of images' hosts: looked up by multicast DNS, by the DNS servers of the
 * configuration, or as the system is configured to. */
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
enum { ADDRESS_TYPES = 2, ADDRESSES_ROOM = 4096 };

/* Addresses as text, each with a NUL behind it. */
typedef struct addresses {
  char *text;
  size_t room, len;
} addresses_t;

static void take_addresses(const sztp_dns_t *lookup, addresses_t *out) {
  const char *address = NULL;
  size_t len = 0;
  for (size_t r = 0; r < sztp_dns_answers(lookup); r++)
    for (size_t n = 0; sztp_dns_address(lookup, r, n, &address, &len) == SZTP_OK; n++) {
      if (len + 1 > out->room - out->len) return;
      memcpy(out->text + out->len, address, len);
      out->text[out->len + len] = '\0';
      out->len += len + 1;
    }
}

static int is_local(const uint8_t *name, size_t len) {
  static const char local[] = ".local";
  if (len > 0 && name[len - 1] == '.') len--;
  return len >= sizeof local - 1 &&
         strncasecmp((const char *)name + len - (sizeof local - 1), local, sizeof local - 1) == 0;
}

static void look_up_multicast(const agent_t *agent, const char *name, size_t len, uint64_t deadline,
                              addresses_t *out, char why[DNS_WHY]) {
  mdns_t *m = mdns_new(agent->setup.ctx, &agent->config->mdns.interfaces);
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
      if (deadline < until) until = deadline;
      poll_turn(&x, 1, until);
    } while (until > clock_ms() && !signals_stopped());
    mdns_outcome("", mdns_told(m), why, DNS_WHY);
    for (size_t i = 0; i < ADDRESS_TYPES; i++) take_addresses(mdns_lookup(m, i), out);
  }
  mdns_free(m);
}

static uint32_t take_address(void *user, const uint8_t *answer, size_t len) {
  return dns_read_answer(user, answer, len);
}

static void look_up_unicast(const agent_t *agent, const char *name, size_t len, uint64_t until,
                            addresses_t *out, char why[DNS_WHY]) {
  uint8_t questions[ADDRESS_TYPES][SZTP_DNS_QUESTION_MAX];
  sztp_dns_t *lookups[ADDRESS_TYPES] = {NULL, NULL};
  dns_query_t queries[ADDRESS_TYPES];
  size_t count = 0;
  memset(queries, 0, sizeof queries);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) {
    if (dns_make_question(agent, address_types[i], name, len, &lookups[i], questions[i],
                          &queries[count].len) != 0)
      continue;
    queries[count].question = questions[i];
    queries[count].take = take_address;
    queries[count++].user = lookups[i];
  }
  dns_ask_servers(agent, queries, count, until);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) take_addresses(lookups[i], out);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) sztp_dns_free(lookups[i]);
  if (count > 0) (void)snprintf(why, DNS_WHY, "%s", queries[0].why);
}

static uint64_t deadline_of(const sztp_action_t *a) {
  uint64_t deadline = UINT64_MAX;
  (void)agent_number(a, SZTP_F_DEADLINE, &deadline);
  return deadline;
}

/* What the system may take: as long as one server, and no longer than the action. */
static uint64_t time_until(const agent_t *agent, uint64_t deadline) {
  uint64_t now = clock_ms(), most = 2 * agent->config->dns_ms;
  uint64_t left = deadline > now ? deadline - now : 0;
  return left < most ? left : most;
}

/* DNS-19: names in "local" are looked up by multicast DNS. Others are left to the system, unless the
 * configuration names servers; the system is then asked for what these don't know. SZTP_OUTCOME_* */
static uint32_t look_up(const agent_t *agent, const sztp_action_t *a, const char *name, size_t len,
                        addresses_t *out, char why[DNS_WHY]) {
  char fault[RESOLVER_FAULT] = "";
  uint64_t deadline = deadline_of(a);
  int local = is_local((const uint8_t *)name, len);
  int configured = agent->config->dns.servers.count > 0 || agent->config->dns.file != NULL;
  (void)snprintf(why, DNS_WHY, "no address");
  if (local) look_up_multicast(agent, name, len, deadline, out, why);
  if (!local && configured) look_up_unicast(agent, name, len, deadline, out, why);
  if (out->len > 0) return SZTP_OUTCOME_OK;
  if (local || signals_stopped() || clock_ms() >= deadline) return SZTP_OUTCOME_NOTHING;
  int result = resolver_look_up(name, time_until(agent, deadline), signals_stopped, out->text, out->room,
                                &out->len, fault);
  if (result < 0) (void)snprintf(why, DNS_WHY, "%s", fault);
  return result == 0 ? SZTP_OUTCOME_OK : result > 0 ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_FAILED;
}

uint32_t dns_resolve(agent_t *agent, const sztp_action_t *a) {
  char name[SZTP_DNS_QUESTION_MAX], why[DNS_WHY], text[ADDRESSES_ROOM];
  const uint8_t *octets = NULL;
  addresses_t found = {text, sizeof text, 0};
  size_t len = 0;
  if (sztp_action_bytes(a, SZTP_F_NAME, 0, &octets, &len) != SZTP_OK || len >= sizeof name)
    return SZTP_OUTCOME_FAILED;
  memcpy(name, octets, len);
  name[len] = '\0';
  uint32_t outcome = look_up(agent, a, name, len, &found, why);
  for (size_t at = 0; at < found.len; at += strlen(text + at) + 1)
    (void)agent_give(agent, a, SZTP_F_ADDRESS, text + at, strlen(text + at));
  if (outcome == SZTP_OUTCOME_OK) return outcome;
  if (is_local(octets, len))
    agent_say(agent, SZTP_LOG_INFO, "multicast DNS has no address of %.253s: %s", name, why);
  (void)sztp_reply_i64(agent->session, sztp_action_ticket(a), SZTP_F_REASON, SZTP_ERR_SERVER_FAIL);
  (void)agent_give(agent, a, SZTP_F_MESSAGE, why, strlen(why));
  return outcome;
}

int32_t dns_resolver(void *agent, sztp_session_t *s, const sztp_action_t *a, const char *name, char *out,
                     size_t out_cap, size_t *out_len) {
  char why[DNS_WHY];
  addresses_t found = {out, out_cap, 0};
  (void)s;
  uint32_t outcome = look_up(agent, a, name, strlen(name), &found, why);
  *out_len = found.len;
  if (outcome == SZTP_OUTCOME_OK) return SZTP_OK;
  agent_say(agent, SZTP_LOG_WARN, "no address of %.253s: %s", name, why);
  return outcome == SZTP_OUTCOME_NOTHING ? SZTP_ERR_NOT_FOUND : SZTP_ERR_SERVER_FAIL;
}
