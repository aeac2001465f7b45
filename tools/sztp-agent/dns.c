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
#include "mdns.h"
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

typedef struct hearing {
  agent_t *agent;
  const sztp_action_t *action;
  sztp_dns_t *lookups[MDNS_QUESTIONS]; /* in place of the action's question */
  size_t lookup_count;
  unsigned usable, parts; /* messages that were enough, and such that are a part of it */
  char last[WHY];         /* why the last message was not used */
} hearing_t;

static int hear_answer(void *user, const char *from, const uint8_t *message, size_t len) {
  hearing_t *h = user;
  int32_t rc = give(h->agent, h->action, SZTP_F_ADDRESS, from, strlen(from));
  if (rc == SZTP_OK) rc = give(h->agent, h->action, SZTP_F_DATA, message, len);
  int32_t code = SZTP_OK;
  const char *why = "";
  (void)sztp_ctx_trail(h->agent->setup.ctx, 0, &code, NULL, &why);
  if (code != SZTP_OK && code != SZTP_ERR_NOT_FOUND) /* about something else are many on a link */
    (void)snprintf(h->last, sizeof h->last, "%s: %s", from, why);
  if (code == SZTP_OK) h->parts++;
  if (rc == SZTP_OK) h->usable++;
  return rc == SZTP_OK ? MDNS_ENOUGH : MDNS_WAIT;
}

static void write_outcome(const hearing_t *h, const mdns_told_t *told, char *out, size_t room) {
  if (told->links == 0)
    (void)snprintf(out, room, "no link with an address is up");
  else if (h->last[0] != 0)
    (void)snprintf(out, room, "%s", h->last);
  else if (told->foreign > 0)
    (void)snprintf(out, room, "no answer in 3 s but of %s, which is not from the link", told->last_foreign);
  else
    (void)snprintf(out, room, "no answer in 3 s");
}

static uint32_t ask_multicast(agent_t *agent, const sztp_action_t *a, const char *where,
                              const uint8_t *question, size_t len) {
  hearing_t h = {.agent = agent, .action = a};
  mdns_ask_t ask = {.question = {question},
                    .len = {len},
                    .count = 1,
                    .links = &agent->config->mdns.interfaces,
                    .hear = hear_answer,
                    .user = &h,
                    .stopped = signals_stopped};
  mdns_told_t told;
  char why[WHY + 64];
  if (mdns_exchange(&ask, &told) != 0) {
    agent_source(agent, SZTP_LOG_WARN, SZTP_SOURCE_MDNS, where, "can't be asked", strerror(errno));
    return SZTP_OUTCOME_FAILED;
  }
  if (told.left_out)
    agent_source(agent, SZTP_LOG_WARN, SZTP_SOURCE_MDNS, where, "some links are left out", LINKS_TOO_MANY);
  write_outcome(&h, &told, why, sizeof why);
  if (h.parts == 0 && h.last[0] == 0) return nothing(agent, a, where, why);
  agent_source(agent, SZTP_LOG_INFO, SZTP_SOURCE_MDNS, where, h.parts > 0 ? "answered" : "nothing usable",
               h.parts > 0 ? NULL : h.last);
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
  hearing_t *h = user;
  return give(h->agent, h->action, SZTP_F_DATA, answer, len);
}

static uint32_t ask_unicast(agent_t *agent, const sztp_action_t *a, const char *where,
                            const uint8_t *question, size_t len) {
  hearing_t h = {.agent = agent, .action = a};
  char why[WHY];
  if (ask_servers(agent, question, len, take_answer, &h, why) != 0) return nothing(agent, a, where, why);
  (void)snprintf(why, sizeof why, "%s", detail(agent));
  agent_source(agent, SZTP_LOG_INFO, SZTP_SOURCE_DNS, where, why[0] == 0 ? "answered" : "nothing there",
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
  return source == SZTP_SOURCE_MDNS ? ask_multicast(agent, a, where, question, len)
                                    : ask_unicast(agent, a, where, question, len);
}

/* ---- names of servers ---------------------------------------------------------------------------- */

static void free_lookups(hearing_t *h) {
  for (size_t i = 0; i < h->lookup_count; i++) sztp_dns_free(h->lookups[i]);
}

/* AAAA and A, which are asked together. 0, or -1. */
static int make_lookups(hearing_t *h, uint32_t how, const char *name, size_t len,
                        uint8_t questions[][SZTP_DNS_QUESTION_MAX], size_t lens[MDNS_QUESTIONS]) {
  static const uint32_t types[MDNS_QUESTIONS] = {SZTP_DNS_AAAA, SZTP_DNS_A};
  for (size_t i = 0; i < MDNS_QUESTIONS; i++) {
    uint8_t id[2];
    if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id) return -1;
    if (sztp_dns_new(h->agent->setup.ctx, types[i], how, name, len, (uint32_t)(id[0] << 8 | id[1]),
                     &h->lookups[i]) != SZTP_OK)
      return -1;
    h->lookup_count++;
    if (sztp_dns_question(h->lookups[i], 1, questions[i], SZTP_DNS_QUESTION_MAX, &lens[i]) != SZTP_OK)
      return -1;
  }
  return 0;
}

static int hear_address(void *user, const char *from, const uint8_t *message, size_t len) {
  hearing_t *h = user;
  int result = MDNS_WAIT;
  for (size_t i = 0; i < h->lookup_count; i++)
    if (sztp_dns_add(h->lookups[i], from, strlen(from), message, len) == SZTP_OK) result = MDNS_ENOUGH;
  return result;
}

static int32_t take_address(void *user, const uint8_t *answer, size_t len) {
  return sztp_dns_add(user, "", 0, answer, len);
}

/* Gives the session what was found. How many addresses that are. */
static size_t give_addresses(hearing_t *h) {
  const char *address = NULL;
  size_t len = 0, count = 0;
  for (size_t i = 0; i < h->lookup_count; i++)
    for (size_t r = 0; r < sztp_dns_count(h->lookups[i]); r++)
      for (size_t n = 0; sztp_dns_address(h->lookups[i], r, n, &address, &len) == SZTP_OK; n++)
        if (give(h->agent, h->action, SZTP_F_ADDRESS, address, len) == SZTP_OK) count++;
  return count;
}

static int is_local(const uint8_t *name, size_t len) {
  static const char local[] = ".local";
  if (len > 0 && name[len - 1] == '.') len--;
  return len >= sizeof local - 1 &&
         strncasecmp((const char *)name + len - (sizeof local - 1), local, sizeof local - 1) == 0;
}

static void look_up(hearing_t *h, int local, uint8_t questions[][SZTP_DNS_QUESTION_MAX], const size_t *lens,
                    char why[WHY]) {
  if (local) {
    mdns_ask_t ask = {.question = {questions[0], questions[1]},
                      .len = {lens[0], lens[1]},
                      .count = MDNS_QUESTIONS,
                      .links = &h->agent->config->mdns.interfaces,
                      .hear = hear_address,
                      .user = h,
                      .stopped = signals_stopped};
    mdns_told_t told;
    if (mdns_exchange(&ask, &told) != 0)
      (void)snprintf(why, WHY, "%s", strerror(errno));
    else
      write_outcome(h, &told, why, WHY);
    return;
  }
  for (size_t i = 0; i < MDNS_QUESTIONS; i++)
    (void)ask_servers(h->agent, questions[i], lens[i], take_address, h->lookups[i], why);
}

/* DNS-19: names in "local" are multicast DNS's. Others are the system's affair, unless the configuration says
 * who knows them; what those don't know the system may. */
uint32_t dns_resolve(agent_t *agent, const sztp_action_t *a) {
  hearing_t h = {.agent = agent, .action = a};
  uint8_t questions[MDNS_QUESTIONS][SZTP_DNS_QUESTION_MAX];
  size_t lens[MDNS_QUESTIONS], len = 0, found = 0;
  const uint8_t *name = NULL;
  char why[WHY] = "no address";
  if (sztp_action_bytes(a, SZTP_F_NAME, 0, &name, &len) != SZTP_OK) return SZTP_OUTCOME_FAILED;
  int local = is_local(name, len);
  int configured = agent->config->dns.servers.count > 0 || agent->config->dns.file != NULL;
  if (!local && !configured) return sztp_https_handle(agent->setup.https, agent->session, a);
  if (make_lookups(&h, local ? SZTP_DNS_MULTICAST : SZTP_DNS_UNICAST, (const char *)name, len, questions,
                   lens) == 0) {
    look_up(&h, local, questions, lens, why);
    found = give_addresses(&h);
  }
  free_lookups(&h);
  if (found > 0) return SZTP_OUTCOME_OK;
  if (!local) return sztp_https_handle(agent->setup.https, agent->session, a);
  agent_say(agent, SZTP_LOG_INFO, "multicast DNS has no address of %.253s: %s", (const char *)name, why);
  (void)give(agent, a, SZTP_F_MESSAGE, why, strlen(why));
  return SZTP_OUTCOME_NOTHING;
}
