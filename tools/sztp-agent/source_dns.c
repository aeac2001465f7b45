/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and multicast DNS as sources: carries the library's questions (RFC 8572 4.2). */
#define _GNU_SOURCE 1
#include "source_dns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "along.h"
#include "clock.h"
#include "dns_multicast.h"
#include "dns_servers.h"
#include "links.h"
#include "signals.h"

/* Reports, also to the library, why there is nothing. */
static uint32_t nothing_there(agent_t *agent, const sztp_action_t *a, const char *where, const char *why) {
  uint64_t source = 0;
  (void)agent_number(a, SZTP_F_SOURCE, &source);
  agent_source(agent, SZTP_LOG_INFO, (uint32_t)source, where, "nothing there", why);
  (void)agent_give(agent, a, SZTP_F_MESSAGE, why, strlen(why));
  return SZTP_OUTCOME_NOTHING;
}

/* ---- multicast ----------------------------------------------------------------------------------- */

typedef struct hearing {
  agent_t *agent;
  const sztp_action_t *action;
  unsigned parts;     /* messages that answer the question, at least in part */
  char last[DNS_WHY]; /* why the last message was not used */
} hearing_t;

static void give_message(hearing_t *h, const mdns_message_t *message) {
  int32_t code = SZTP_OK;
  uint32_t then = SZTP_ASK_WAIT;
  const char *why = "";
  if (sztp_reply_answer(h->agent->session, sztp_action_ticket(h->action), message->from,
                        strlen(message->from), message->data, message->len, &then) == SZTP_OK)
    (void)sztp_ctx_trail(h->agent->setup.ctx, 0, &code, NULL, &why);
  if (code != SZTP_OK && code != SZTP_ERR_NOT_FOUND) /* many messages on a link are about something else */
    (void)snprintf(h->last, sizeof h->last, "%s: %s", message->from, why);
  if (code == SZTP_OK) h->parts++;
}

static uint32_t ask_multicast(agent_t *agent, const sztp_action_t *a, uint32_t type, const char *name,
                              const char *where, const uint8_t *question, size_t len) {
  hearing_t h = {.agent = agent, .action = a};
  const mdns_message_t *message;
  char why[DNS_WHY + 64];
  size_t place = dns_multicast_find(agent, type, name, question, len);
  if (place == MDNS_QUESTIONS) {
    agent_source(agent, SZTP_LOG_WARN, SZTP_SOURCE_MDNS, where, "can't be asked", "no memory");
    return SZTP_OUTCOME_FAILED;
  }
  along_begin(agent, SZTP_SOURCE_MDNS);
  do along_go_on(agent, mdns_until(agent->mdns, place));
  while (mdns_until(agent->mdns, place) > clock_ms() && !signals_stopped());
  for (size_t i = 0; (message = mdns_message(agent->mdns, i)) != NULL; i++) give_message(&h, message);
  if (mdns_told(agent->mdns)->left_out)
    agent_source(agent, SZTP_LOG_WARN, SZTP_SOURCE_MDNS, where, "some links are left out", LINKS_TOO_MANY);
  mdns_outcome(h.last, mdns_told(agent->mdns), why, sizeof why);
  if (h.parts == 0 && h.last[0] == '\0') return nothing_there(agent, a, where, why);
  agent_source(agent, SZTP_LOG_INFO, SZTP_SOURCE_MDNS, where,
               h.parts > 0 ? STATUS_ANSWERED : "nothing usable", h.parts > 0 ? NULL : h.last);
  return SZTP_OUTCOME_OK;
}

/* ---- asked along: the servers of a domain, with the data for this device ------------------------- */

/* An answer is read to see whether it can be used; the session receives it later, in its turn. */
typedef struct keeping {
  sztp_dns_t *lookup;
  dns_kept_t kept;
} keeping_t;

static uint32_t take_kept(void *user, const uint8_t *answer, size_t len) {
  keeping_t *k = user;
  int32_t rc = sztp_dns_add(k->lookup, "", 0, answer, len);
  if (rc == SZTP_ERR_UNSUPPORTED) return SZTP_ASK_NO_EDNS;
  if (rc != SZTP_OK && rc != SZTP_ERR_NOT_FOUND) return SZTP_ASK_OTHER_SERVER;
  k->kept.answer = malloc(len);
  if (k->kept.answer == NULL) return SZTP_ASK_OTHER_SERVER;
  memcpy(k->kept.answer, answer, len);
  k->kept.answer_len = len;
  return SZTP_ASK_ENOUGH;
}

/* The domain in which @p name is this device's name; NULL if none is known. */
static const char *domain_of(const agent_t *agent, const resolv_conf_t *network, const char *name) {
  const text_list_t *domains =
      agent->config->dns.domains.count > 0 ? &agent->config->dns.domains : &network->domains;
  const char *serial = NULL;
  char text[SZTP_DNS_TEXT_MAX];
  if (sztp_device_text(agent->setup.device, SZTP_DEVICE_SERIAL, &serial) != SZTP_OK) return NULL;
  for (size_t i = 0; i < domains->count; i++)
    if (sztp_dns_name(agent->setup.ctx, serial, domains->at[i], text, sizeof text, NULL) == SZTP_OK &&
        strcasecmp(text, name) == 0)
      return domains->at[i];
  return NULL;
}

/* The question for the servers of that domain: 0, or -1 if there is none. */
static int make_companion(const agent_t *agent, const char *name, keeping_t *k) {
  resolv_conf_t network;
  char text[SZTP_DNS_TEXT_MAX];
  size_t len = 0;
  memset(k, 0, sizeof *k);
  dns_read_network(agent, &network);
  const char *domain = domain_of(agent, &network, name);
  int result = -1;
  if (domain != NULL && sztp_dns_name(agent->setup.ctx, NULL, domain, text, sizeof text, &len) == SZTP_OK)
    result = dns_make_question(agent, SZTP_DNS_SRV, text, len, &k->lookup, k->kept.question, &k->kept.len);
  resolv_conf_free(&network);
  return result;
}

static void keep_result(agent_t *agent, const dns_query_t *q, keeping_t *k) {
  if (agent->kept_count == DNS_KEPT) {
    free(k->kept.answer);
    return;
  }
  (void)snprintf(k->kept.why, sizeof k->kept.why, "%s", q->why);
  agent->kept[agent->kept_count++] = k->kept;
}

/* The kept answer to a question, whatever its identifier; NULL if there is none. */
static dns_kept_t *find_kept(agent_t *agent, const uint8_t *question, size_t len) {
  for (size_t i = 0; i < agent->kept_count; i++)
    if (agent->kept[i].len == len && memcmp(agent->kept[i].question + 2, question + 2, len - 2) == 0)
      return &agent->kept[i];
  return NULL;
}

void source_dns_forget(agent_t *agent) {
  for (size_t i = 0; i < agent->kept_count; i++) free(agent->kept[i].answer);
  agent->kept_count = 0;
}

/* ---- unicast ------------------------------------------------------------------------------------- */

static uint32_t take_answer(void *user, const uint8_t *answer, size_t len) {
  const hearing_t *h = user;
  uint32_t then = SZTP_ASK_OTHER_SERVER;
  (void)sztp_reply_answer(h->agent->session, sztp_action_ticket(h->action), "", 0, answer, len, &then);
  return then;
}

static void use_kept(const agent_t *agent, const dns_kept_t *kept, dns_query_t *q) {
  (void)snprintf(q->why, sizeof q->why, "%s", kept->why);
  if (kept->answer == NULL) return;
  memcpy(kept->answer, q->question, 2); /* with the identifier that the session expects */
  q->answered = q->take(q->user, kept->answer, kept->answer_len) == SZTP_ASK_ENOUGH;
  (void)snprintf(q->why, sizeof q->why, "%s", dns_detail(agent));
}

static uint32_t ask_unicast(agent_t *agent, const sztp_action_t *a, uint64_t type, const char *name,
                            const char *where, const uint8_t *question, size_t len) {
  hearing_t h = {.agent = agent, .action = a};
  keeping_t k;
  dns_query_t queries[RESOLVER_QUESTIONS] = {
      {.question = question, .len = len, .take = take_answer, .user = &h}};
  const dns_kept_t *kept = find_kept(agent, question, len);
  if (kept != NULL) {
    use_kept(agent, kept, &queries[0]);
  } else if (type == SZTP_DNS_TXT && make_companion(agent, name, &k) == 0) {
    dns_query_t other = {.question = k.kept.question, .len = k.kept.len, .take = take_kept, .user = &k};
    queries[1] = other;
    dns_ask_servers(agent, queries, 2, UINT64_MAX);
    keep_result(agent, &queries[1], &k);
    sztp_dns_free(k.lookup);
  } else {
    dns_ask_servers(agent, queries, 1, UINT64_MAX);
  }
  if (!queries[0].answered) return nothing_there(agent, a, where, queries[0].why);
  const char *why = queries[0].why;
  agent_source(agent, SZTP_LOG_INFO, SZTP_SOURCE_DNS, where,
               why[0] == '\0' ? STATUS_ANSWERED : "nothing there", why[0] == '\0' ? NULL : why);
  return SZTP_OUTCOME_OK;
}

/* ---- the library's questions --------------------------------------------------------------------- */

uint32_t source_dns_domains(agent_t *agent, const sztp_action_t *a) {
  resolv_conf_t network;
  size_t given = 0;
  dns_read_network(agent, &network);
  size_t servers = dns_servers_of(agent, &network)->count;
  for (size_t i = 0; i < network.domains.count && servers > 0; i++) {
    const char *domain = network.domains.at[i];
    if (agent_give(agent, a, SZTP_F_NAME, domain, strlen(domain)) == SZTP_OK)
      given++;
    else
      agent_say(agent, SZTP_LOG_WARN, "%s: the domain \"%s\" is not used: %s", dns_resolv_file(agent->config),
                domain, dns_detail(agent));
  }
  resolv_conf_free(&network);
  if (servers == 0) return nothing_there(agent, a, dns_resolv_file(agent->config), "no DNS server is known");
  if (given == 0) return nothing_there(agent, a, dns_resolv_file(agent->config), "no domain is known");
  return SZTP_OUTCOME_OK;
}

uint32_t source_dns_ask(agent_t *agent, const sztp_action_t *a) {
  const uint8_t *name = NULL, *question = NULL;
  size_t name_len = 0, len = 0;
  uint64_t source = 0, type = 0;
  char where[STATUS_TEXT];
  (void)agent_number(a, SZTP_F_SOURCE, &source);
  if (agent_number(a, SZTP_F_TYPE, &type) != SZTP_OK ||
      sztp_action_bytes(a, SZTP_F_NAME, 0, &name, &name_len) != SZTP_OK ||
      sztp_action_bytes(a, SZTP_F_DATA, 0, &question, &len) != SZTP_OK)
    return SZTP_OUTCOME_FAILED;
  (void)snprintf(where, sizeof where, "%s %.250s", type == SZTP_DNS_TXT ? "TXT" : "SRV", (const char *)name);
  return source == SZTP_SOURCE_MDNS
             ? ask_multicast(agent, a, (uint32_t)type, (const char *)name, where, question, len)
             : ask_unicast(agent, a, type, (const char *)name, where, question, len);
}
