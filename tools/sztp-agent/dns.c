/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and multicast DNS: carries the library's questions, and looks up names of servers that need it (RFC
 * 8572 4.2). */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "agent.h"
#include "links.h"
#include "resolv_conf.h"
#include "resolver.h"
#include "signals.h"

enum { WHY = 160, EDNS_OCTETS = 11 };

/* ---- what is known of the network --------------------------------------------------------------- */

/* Where DNS servers and domains are taken from when the configuration does not name them. It is read anew
 * each time: a lease may have come meanwhile. */
static const char *resolv_file(const config_t *c) {
  return c->dns.file != NULL ? c->dns.file : RESOLV_CONF_DEFAULT_FILE;
}

static void read_network(const agent_t *agent, resolv_conf_t *out) {
  memset(out, 0, sizeof *out);
  (void)resolv_conf_read(resolv_file(agent->config), out); /* without it there is no resolver (D-11) */
}

static const text_list_t *servers_of(const agent_t *agent, const resolv_conf_t *network) {
  return agent->config->dns.servers.count > 0 ? &agent->config->dns.servers : &network->servers;
}

/* ---- replying ------------------------------------------------------------------------------------ */

static int32_t give(agent_t *agent, const sztp_action_t *a, uint32_t field, const void *data, size_t len) {
  return sztp_reply_bytes(agent->session, sztp_action_ticket(a), field, data, len);
}

/* What the library made of the octets it was given last. */
static const char *detail(const agent_t *agent) {
  const char *text = "";
  return sztp_ctx_trail(agent->setup.ctx, 0, NULL, NULL, &text) == SZTP_OK ? text : "";
}

/* Tells people and the library why there is nothing. */
static uint32_t nothing(agent_t *agent, const sztp_action_t *a, const char *where, const char *why) {
  uint64_t source = 0;
  (void)sztp_action_u64(a, SZTP_F_SOURCE, 0, &source);
  agent_source(agent, SZTP_LOG_INFO, (uint32_t)source, where, "nothing there", why);
  (void)give(agent, a, SZTP_F_MESSAGE, why, strlen(why));
  return SZTP_OUTCOME_NOTHING;
}

/* ---- multicast ----------------------------------------------------------------------------------- */

/* The library's own questions, which all follow from the serial number: they are asked together. A serial
 * number that can't be asked for, or must not be, is the library's to tell of. */
static int add_question(const agent_t *agent, mdns_t *m, uint32_t type, const char *serial) {
  char name[SZTP_DNS_TEXT_MAX];
  size_t len = 0;
  if (sztp_dns_name(agent->setup.ctx, serial, "local", name, sizeof name, &len) != SZTP_OK) return -1;
  return mdns_add(m, type, name, len) == SZTP_OK ? 0 : -1;
}

static void add_questions(const agent_t *agent, mdns_t *m) {
  const char *serial = NULL;
  if (agent->config->policy[SZTP_POLICY_NO_DNS_SERIAL] != 1 &&
      sztp_device_get(agent->setup.device, SZTP_DEVICE_SERIAL, &serial) == SZTP_OK)
    (void)add_question(agent, m, SZTP_DNS_TXT, serial);
  (void)add_question(agent, m, SZTP_DNS_SRV, NULL);
}

void dns_forget(agent_t *agent) {
  mdns_free(agent->mdns);
  agent->mdns = NULL;
}

void dns_ask_along(agent_t *agent) {
  if (agent->mdns != NULL && agent->mdns_pass == agent->status.pass) return;
  dns_forget(agent);
  agent->mdns = mdns_new(agent->setup.ctx, &agent->config->mdns.interfaces);
  agent->mdns_pass = agent->status.pass;
  if (agent->mdns != NULL) add_questions(agent, agent->mdns);
}

int dns_has_answer(const agent_t *agent) {
  for (size_t i = 0; agent->mdns != NULL && i < mdns_count(agent->mdns); i++)
    if (mdns_is_answered(agent->mdns, i)) return 1;
  return 0;
}

/* What was heard to the end is kept for the pass. */
void dns_leave(agent_t *agent) {
  int is_over = agent->mdns != NULL;
  for (size_t i = 0; is_over && i < mdns_count(agent->mdns); i++)
    is_over = mdns_until(agent->mdns, i) <= agent_now();
  if (is_over)
    mdns_close(agent->mdns);
  else
    dns_forget(agent);
}

typedef struct hearing {
  agent_t *agent;
  const sztp_action_t *action;
  unsigned parts; /* messages that were enough, or a part of it */
  char last[WHY]; /* why the last message was not used */
} hearing_t;

static void give_message(hearing_t *h, const mdns_message_t *message) {
  int32_t code = SZTP_OK;
  const char *why = "";
  int32_t rc = give(h->agent, h->action, SZTP_F_ADDRESS, message->from, strlen(message->from));
  if (rc == SZTP_OK) (void)give(h->agent, h->action, SZTP_F_DATA, message->data, message->len);
  (void)sztp_ctx_trail(h->agent->setup.ctx, 0, &code, NULL, &why);
  if (code != SZTP_OK && code != SZTP_ERR_NOT_FOUND) /* about something else are many on a link */
    (void)snprintf(h->last, sizeof h->last, "%s: %s", message->from, why);
  if (code == SZTP_OK) h->parts++;
}

static void write_outcome(const char *last, const mdns_told_t *told, char *out, size_t room) {
  if (last[0] != 0)
    (void)snprintf(out, room, "%s", last);
  else if (told->links == 0)
    (void)snprintf(out, room, "no link with an address is up");
  else if (told->foreign > 0)
    (void)snprintf(out, room, "no answer in 3 s but of %s, which is not from the link", told->last_foreign);
  else
    (void)snprintf(out, room, "no answer in 3 s");
}

/* The place of the action's question among those that are asked; one that this agent does not know is asked
 * by itself. MDNS_QUESTIONS without memory. */
static size_t find_question(agent_t *agent, uint32_t type, const char *name, const uint8_t *question,
                            size_t len) {
  dns_ask_along(agent);
  size_t place = agent->mdns == NULL ? MDNS_QUESTIONS : mdns_find(agent->mdns, question, len);
  if (place < MDNS_QUESTIONS) return place;
  dns_forget(agent);
  agent->mdns = mdns_new(agent->setup.ctx, &agent->config->mdns.interfaces);
  if (agent->mdns == NULL || mdns_add(agent->mdns, type, name, strlen(name)) != SZTP_OK)
    return MDNS_QUESTIONS;
  return 0;
}

static uint32_t ask_multicast(agent_t *agent, const sztp_action_t *a, uint32_t type, const char *name,
                              const char *where, const uint8_t *question, size_t len) {
  hearing_t h = {.agent = agent, .action = a};
  const mdns_message_t *message;
  char why[WHY + 64];
  size_t place = find_question(agent, type, name, question, len);
  if (place == MDNS_QUESTIONS) {
    agent_source(agent, SZTP_LOG_WARN, SZTP_SOURCE_MDNS, where, "can't be asked", "no memory");
    return SZTP_OUTCOME_FAILED;
  }
  sources_along(agent, SZTP_SOURCE_MDNS);
  do sources_go_on(agent, mdns_until(agent->mdns, place));
  while (mdns_until(agent->mdns, place) > agent_now() && !signals_stopped());
  for (size_t i = 0; (message = mdns_message(agent->mdns, i)) != NULL; i++) give_message(&h, message);
  if (mdns_told(agent->mdns)->left_out)
    agent_source(agent, SZTP_LOG_WARN, SZTP_SOURCE_MDNS, where, "some links are left out", LINKS_TOO_MANY);
  write_outcome(h.last, mdns_told(agent->mdns), why, sizeof why);
  if (h.parts == 0 && h.last[0] == 0) return nothing(agent, a, where, why);
  agent_source(agent, SZTP_LOG_INFO, SZTP_SOURCE_MDNS, where,
               h.parts > 0 ? STATUS_ANSWERED : "nothing usable", h.parts > 0 ? NULL : h.last);
  return SZTP_OUTCOME_OK;
}

/* ---- unicast ------------------------------------------------------------------------------------- */

/* Takes an answer; returns as sztp_reply_bytes() for a message from DNS. */
typedef int32_t (*take_fn)(void *user, const uint8_t *answer, size_t len);

/* Asks one server, once more without EDNS if it does not understand that (D-24). 0, or -1 with why in @p why.
 */
static int ask_server(const agent_t *agent, const char *server, const uint8_t *question, size_t len,
                      take_fn take, void *user, char why[WHY]) {
  uint8_t plain[SZTP_DNS_QUESTION_MAX];
  uint8_t *answer = malloc(RESOLVER_ROOM);
  char fault[WHY - 64] = "no memory";
  int result = -1;
  for (int edns = 1; answer != NULL && edns >= 0; edns--) {
    size_t answer_len = 0;
    size_t n = edns ? len : len - EDNS_OCTETS;
    if (n > sizeof plain) break;
    memcpy(plain, question, n);
    plain[11] = (uint8_t)edns;
    result = resolver_ask(server, agent->config->dns_ms, plain, n, answer, &answer_len, signals_stopped,
                          fault, sizeof fault);
    if (result != 0) break;
    int32_t rc = take(user, answer, answer_len);
    if (rc == SZTP_OK) break;
    result = -1;
    (void)snprintf(fault, sizeof fault, "%s", detail(agent));
    if (rc != SZTP_ERR_UNSUPPORTED) break;
  }
  free(answer);
  if (result != 0) (void)snprintf(why, WHY, "%s: %s", server, fault);
  return result;
}

/* Asks one server after another until one answers. 0, or -1 with why in @p why. */
static int ask_servers(const agent_t *agent, const uint8_t *question, size_t len, take_fn take, void *user,
                       char why[WHY]) {
  resolv_conf_t network;
  int result = -1;
  read_network(agent, &network);
  const text_list_t *servers = servers_of(agent, &network);
  (void)snprintf(why, WHY, "no DNS server is known");
  for (size_t i = 0; i < servers->count && result != 0 && !signals_stopped(); i++)
    result = ask_server(agent, servers->at[i], question, len, take, user, why);
  resolv_conf_free(&network);
  return result;
}

static int32_t take_answer(void *user, const uint8_t *answer, size_t len) {
  const hearing_t *h = user;
  return give(h->agent, h->action, SZTP_F_DATA, answer, len);
}

static uint32_t ask_unicast(agent_t *agent, const sztp_action_t *a, const char *where,
                            const uint8_t *question, size_t len) {
  hearing_t h = {.agent = agent, .action = a};
  char why[WHY];
  if (ask_servers(agent, question, len, take_answer, &h, why) != 0) return nothing(agent, a, where, why);
  (void)snprintf(why, sizeof why, "%s", detail(agent));
  agent_source(agent, SZTP_LOG_INFO, SZTP_SOURCE_DNS, where, why[0] == 0 ? STATUS_ANSWERED : "nothing there",
               why[0] == 0 ? NULL : why);
  return SZTP_OUTCOME_OK;
}

/* ---- the library's questions --------------------------------------------------------------------- */

static uint32_t name_domains(agent_t *agent, const sztp_action_t *a) {
  resolv_conf_t network;
  size_t given = 0;
  read_network(agent, &network);
  size_t servers = servers_of(agent, &network)->count;
  for (size_t i = 0; i < network.domains.count && servers > 0; i++) {
    const char *domain = network.domains.at[i];
    if (give(agent, a, SZTP_F_NAME, domain, strlen(domain)) == SZTP_OK)
      given++;
    else
      agent_say(agent, SZTP_LOG_WARN, "%s: the domain \"%s\" is not used: %s", resolv_file(agent->config),
                domain, detail(agent));
  }
  resolv_conf_free(&network);
  if (servers == 0) return nothing(agent, a, resolv_file(agent->config), "no DNS server is known");
  if (given == 0) return nothing(agent, a, resolv_file(agent->config), "no domain is known");
  return SZTP_OUTCOME_OK;
}

uint32_t dns_discover(agent_t *agent, const sztp_action_t *a) {
  const uint8_t *name = NULL, *question = NULL;
  size_t name_len = 0, len = 0;
  uint64_t source = 0, type = 0;
  char where[STATUS_TEXT];
  (void)sztp_action_u64(a, SZTP_F_SOURCE, 0, &source);
  if (sztp_action_u64(a, SZTP_F_MODE, 0, &type) != SZTP_OK) return name_domains(agent, a);
  if (sztp_action_bytes(a, SZTP_F_NAME, 0, &name, &name_len) != SZTP_OK ||
      sztp_action_bytes(a, SZTP_F_DATA, 0, &question, &len) != SZTP_OK)
    return SZTP_OUTCOME_FAILED;
  (void)snprintf(where, sizeof where, "%s %.250s", type == SZTP_DNS_TXT ? "TXT" : "SRV", (const char *)name);
  return source == SZTP_SOURCE_MDNS
             ? ask_multicast(agent, a, (uint32_t)type, (const char *)name, where, question, len)
             : ask_unicast(agent, a, where, question, len);
}

/* ---- names of servers ---------------------------------------------------------------------------- */

static const uint32_t address_types[] = {SZTP_DNS_AAAA, SZTP_DNS_A}; /* which are asked together */
enum { ADDRESS_TYPES = 2 };

/* Gives the session the addresses that were found. How many they are. */
static size_t give_addresses(agent_t *agent, const sztp_action_t *a, const sztp_dns_t *lookup) {
  const char *address = NULL;
  size_t len = 0, count = 0;
  for (size_t r = 0; r < sztp_dns_count(lookup); r++)
    for (size_t n = 0; sztp_dns_address(lookup, r, n, &address, &len) == SZTP_OK; n++)
      if (give(agent, a, SZTP_F_ADDRESS, address, len) == SZTP_OK) count++;
  return count;
}

static int is_local(const uint8_t *name, size_t len) {
  static const char local[] = ".local";
  if (len > 0 && name[len - 1] == '.') len--;
  return len >= sizeof local - 1 &&
         strncasecmp((const char *)name + len - (sizeof local - 1), local, sizeof local - 1) == 0;
}

static size_t resolve_multicast(agent_t *agent, const sztp_action_t *a, const char *name, size_t len,
                                char why[WHY]) {
  mdns_t *m = mdns_new(agent->setup.ctx, &agent->config->mdns.interfaces);
  size_t found = 0;
  int rc = m == NULL ? -1 : 0;
  for (size_t i = 0; i < ADDRESS_TYPES && rc == 0; i++)
    rc = mdns_add(m, address_types[i], name, len) == SZTP_OK ? 0 : -1;
  if (rc == 0) {
    exchange_t x = mdns_exchange(m);
    uint64_t until;
    do {
      uint64_t other = mdns_until(m, 1);
      until = mdns_until(m, 0);
      if (other < until) until = other; /* one of the two families will do */
      exchange_go_on(&x, 1, until);
    } while (until > agent_now() && !signals_stopped());
    write_outcome("", mdns_told(m), why, WHY);
    for (size_t i = 0; i < ADDRESS_TYPES; i++) found += give_addresses(agent, a, mdns_lookup(m, i));
  }
  mdns_free(m);
  return found;
}

static int32_t take_address(void *user, const uint8_t *answer, size_t len) {
  return sztp_dns_add(user, "", 0, answer, len);
}

static size_t resolve_unicast(agent_t *agent, const sztp_action_t *a, const char *name, size_t name_len,
                              char why[WHY]) {
  size_t found = 0;
  for (size_t i = 0; i < ADDRESS_TYPES; i++) {
    sztp_dns_t *lookup = NULL;
    uint8_t id[2], question[SZTP_DNS_QUESTION_MAX];
    size_t len = 0;
    if (getrandom(id, sizeof id, 0) == (ssize_t)sizeof id &&
        sztp_dns_new(agent->setup.ctx, address_types[i], SZTP_DNS_UNICAST, name, name_len,
                     (uint32_t)(id[0] << 8 | id[1]), &lookup) == SZTP_OK &&
        sztp_dns_question(lookup, 1, question, sizeof question, &len) == SZTP_OK &&
        ask_servers(agent, question, len, take_address, lookup, why) == 0)
      found += give_addresses(agent, a, lookup);
    sztp_dns_free(lookup);
  }
  return found;
}

/* DNS-19: names in "local" are multicast DNS's. Others are the system's affair, unless the configuration says
 * who knows them; what those don't know the system may. */
uint32_t dns_resolve(agent_t *agent, const sztp_action_t *a) {
  const uint8_t *octets = NULL;
  size_t len = 0;
  char why[WHY] = "no address";
  if (sztp_action_bytes(a, SZTP_F_NAME, 0, &octets, &len) != SZTP_OK) return SZTP_OUTCOME_FAILED;
  const char *name = (const char *)octets;
  int local = is_local(octets, len);
  int configured = agent->config->dns.servers.count > 0 || agent->config->dns.file != NULL;
  if (local && resolve_multicast(agent, a, name, len, why) > 0) return SZTP_OUTCOME_OK;
  if (!local && configured && resolve_unicast(agent, a, name, len, why) > 0) return SZTP_OUTCOME_OK;
  if (!local) return sztp_https_handle(agent->setup.https, agent->session, a);
  agent_say(agent, SZTP_LOG_INFO, "multicast DNS has no address of %.253s: %s", name, why);
  (void)give(agent, a, SZTP_F_MESSAGE, why, strlen(why));
  return SZTP_OUTCOME_NOTHING;
}
