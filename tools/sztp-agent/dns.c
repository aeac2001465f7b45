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

/* A question, and who takes its answer: returns as sztp_reply_bytes() for a message from DNS. */
typedef struct query {
  const uint8_t *question;
  size_t len;
  int32_t (*take)(void *user, const uint8_t *answer, size_t len);
  void *user;
  int answered, again;
  char why[WHY]; /* it was not answered, or what the library says of the answer */
} query_t;

/* What came of a query with a server: it is to be asked again, without EDNS, if that was not understood
 * (D-24). */
static void take_result(const agent_t *agent, const char *server, query_t *q, const resolver_question_t *r) {
  int32_t rc = r->result == 0 ? q->take(q->user, r->answer, r->answer_len) : SZTP_ERR_HOST;
  q->answered = rc == SZTP_OK;
  q->again = rc == SZTP_ERR_UNSUPPORTED;
  if (rc == SZTP_OK)
    (void)snprintf(q->why, sizeof q->why, "%s", detail(agent));
  else
    (void)snprintf(q->why, sizeof q->why, "%s: %s", server, r->result == 0 ? detail(agent) : r->fault);
}

/* Asks what is not answered yet; in the second round only what is to be asked again. */
static void ask_round(const agent_t *agent, const char *server, query_t *queries, size_t count, int edns) {
  uint8_t octets[RESOLVER_QUESTIONS][SZTP_DNS_QUESTION_MAX];
  resolver_question_t asked[RESOLVER_QUESTIONS];
  query_t *of[RESOLVER_QUESTIONS];
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    query_t *q = &queries[i];
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
  if (n > 0) resolver_ask(server, agent->config->dns_ms, asked, n, signals_stopped);
  for (size_t i = 0; i < n; i++) {
    take_result(agent, server, of[i], &asked[i]);
    free(asked[i].answer);
  }
}

/* Asks one server after another until all is answered; at most RESOLVER_QUESTIONS at the same time. */
static void ask_servers(const agent_t *agent, query_t *queries, size_t count) {
  resolv_conf_t network;
  int open = 1;
  read_network(agent, &network);
  const text_list_t *servers = servers_of(agent, &network);
  for (size_t i = 0; i < count; i++)
    (void)snprintf(queries[i].why, sizeof queries[i].why, "no DNS server is known");
  for (size_t i = 0; i < servers->count && open && !signals_stopped(); i++) {
    for (size_t k = 0; k < count; k++) queries[k].again = 0;
    for (int edns = 1; edns >= 0; edns--) ask_round(agent, servers->at[i], queries, count, edns);
    open = 0;
    for (size_t k = 0; k < count; k++) open = open || !queries[k].answered;
  }
  resolv_conf_free(&network);
}

static int32_t take_answer(void *user, const uint8_t *answer, size_t len) {
  const hearing_t *h = user;
  return give(h->agent, h->action, SZTP_F_DATA, answer, len);
}

/* ---- asked along: the servers of a domain, with the data for this device ---- */

void dns_forget_kept(agent_t *agent) {
  for (size_t i = 0; i < agent->kept_count; i++) free(agent->kept[i].answer);
  agent->kept_count = 0;
}

/* Whether an answer can be used is seen by reading it; it is given to the session in its turn. */
typedef struct keeping {
  sztp_dns_t *lookup;
  dns_kept_t kept;
} keeping_t;

static int32_t take_kept(void *user, const uint8_t *answer, size_t len) {
  keeping_t *k = user;
  int32_t rc = sztp_dns_add(k->lookup, "", 0, answer, len);
  if (rc != SZTP_OK && rc != SZTP_ERR_NOT_FOUND) return rc;
  k->kept.answer = malloc(len);
  if (k->kept.answer == NULL) return SZTP_ERR_MEMORY;
  memcpy(k->kept.answer, answer, len);
  k->kept.answer_len = len;
  return SZTP_OK;
}

/* The question for the servers of the domain in which @p name is this device's: 0, or -1 if there is none. */
static int make_companion(const agent_t *agent, const char *name, keeping_t *k) {
  resolv_conf_t network;
  const char *serial = NULL;
  int result = -1;
  memset(k, 0, sizeof *k);
  if (sztp_device_get(agent->setup.device, SZTP_DEVICE_SERIAL, &serial) != SZTP_OK) return -1;
  read_network(agent, &network);
  const text_list_t *domains =
      agent->config->dns.domains.count > 0 ? &agent->config->dns.domains : &network.domains;
  for (size_t i = 0; i < domains->count && result != 0; i++) {
    char text[SZTP_DNS_TEXT_MAX];
    size_t len = 0;
    uint8_t id[2];
    if (sztp_dns_name(agent->setup.ctx, serial, domains->at[i], text, sizeof text, &len) != SZTP_OK ||
        strcasecmp(text, name) != 0)
      continue;
    if (sztp_dns_name(agent->setup.ctx, NULL, domains->at[i], text, sizeof text, &len) != SZTP_OK ||
        getrandom(id, sizeof id, 0) != (ssize_t)sizeof id ||
        sztp_dns_new(agent->setup.ctx, SZTP_DNS_SRV, SZTP_DNS_UNICAST, text, len,
                     (uint32_t)(id[0] << 8 | id[1]), &k->lookup) != SZTP_OK)
      break;
    result =
        sztp_dns_question(k->lookup, 1, k->kept.question, sizeof k->kept.question, &k->kept.len) == SZTP_OK
            ? 0
            : -1;
  }
  resolv_conf_free(&network);
  return result;
}

static void keep_result(agent_t *agent, const query_t *q, keeping_t *k) {
  if (agent->kept_pass != agent->status.pass) dns_forget_kept(agent);
  agent->kept_pass = agent->status.pass;
  if (agent->kept_count == DNS_KEPT) {
    free(k->kept.answer);
    return;
  }
  (void)snprintf(k->kept.why, sizeof k->kept.why, "%s", q->why);
  agent->kept[agent->kept_count++] = k->kept;
}

/* What is kept of a question, whatever its identifier; NULL: nothing. */
static dns_kept_t *find_kept(agent_t *agent, const uint8_t *question, size_t len) {
  for (size_t i = 0; agent->kept_pass == agent->status.pass && i < agent->kept_count; i++)
    if (agent->kept[i].len == len && memcmp(agent->kept[i].question + 2, question + 2, len - 2) == 0)
      return &agent->kept[i];
  return NULL;
}

/* ---- a question ---- */

static void use_kept(const agent_t *agent, const dns_kept_t *kept, query_t *q) {
  (void)snprintf(q->why, sizeof q->why, "%s", kept->why);
  if (kept->answer == NULL) return;
  memcpy(kept->answer, q->question, 2); /* under the identifier that the session knows */
  q->answered = q->take(q->user, kept->answer, kept->answer_len) == SZTP_OK;
  (void)snprintf(q->why, sizeof q->why, "%s", detail(agent));
}

static uint32_t ask_unicast(agent_t *agent, const sztp_action_t *a, uint64_t type, const char *name,
                            const char *where, const uint8_t *question, size_t len) {
  hearing_t h = {.agent = agent, .action = a};
  keeping_t k;
  query_t queries[RESOLVER_QUESTIONS] = {{.question = question, .len = len, .take = take_answer, .user = &h}};
  const dns_kept_t *kept = find_kept(agent, question, len);
  if (kept != NULL) {
    use_kept(agent, kept, &queries[0]);
  } else if (type == SZTP_DNS_TXT && make_companion(agent, name, &k) == 0) {
    query_t other = {.question = k.kept.question, .len = k.kept.len, .take = take_kept, .user = &k};
    queries[1] = other;
    ask_servers(agent, queries, 2);
    keep_result(agent, &queries[1], &k);
    sztp_dns_free(k.lookup);
  } else {
    ask_servers(agent, queries, 1);
  }
  if (!queries[0].answered) return nothing(agent, a, where, queries[0].why);
  const char *why = queries[0].why;
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
             : ask_unicast(agent, a, type, (const char *)name, where, question, len);
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

static size_t resolve_unicast(agent_t *agent, const sztp_action_t *a, const char *name, size_t len,
                              char why[WHY]) {
  uint8_t questions[ADDRESS_TYPES][SZTP_DNS_QUESTION_MAX];
  sztp_dns_t *lookups[ADDRESS_TYPES] = {NULL, NULL};
  query_t queries[ADDRESS_TYPES];
  size_t count = 0, found = 0;
  memset(queries, 0, sizeof queries);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) {
    uint8_t id[2];
    if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id ||
        sztp_dns_new(agent->setup.ctx, address_types[i], SZTP_DNS_UNICAST, name, len,
                     (uint32_t)(id[0] << 8 | id[1]), &lookups[i]) != SZTP_OK ||
        sztp_dns_question(lookups[i], 1, questions[i], SZTP_DNS_QUESTION_MAX, &queries[count].len) != SZTP_OK)
      continue;
    queries[count].question = questions[i];
    queries[count].take = take_address;
    queries[count++].user = lookups[i];
  }
  ask_servers(agent, queries, count);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) found += give_addresses(agent, a, lookups[i]);
  for (size_t i = 0; i < ADDRESS_TYPES; i++) sztp_dns_free(lookups[i]);
  if (count > 0) (void)snprintf(why, WHY, "%s", queries[0].why);
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
