/* SPDX-License-Identifier: Apache-2.0 */
/* DHCP as a source: the option's value as the configuration has it, as the system's DHCP clients left it, or
 * as the servers of the links tell when they are asked. */
#define _POSIX_C_SOURCE 200809L
#include "dhcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "common/file.h"
#include "leases.h"
#include "links.h"
#include "signals.h"

enum { MAX_OPTION = 65535, MAX_OPTION_FILE = 4 * MAX_OPTION, GATHER_MS = 1000, OF_LINK = 8 };

static uint32_t source_of(uint32_t family) { return family == 4 ? SZTP_SOURCE_DHCP4 : SZTP_SOURCE_DHCP6; }

static uint32_t bit(uint32_t family) { return (uint32_t)1 << family; }

static int option_of(uint32_t family) { return family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION; }

static const config_dhcp_t *config_of(const config_t *c, uint32_t family) {
  return family == 4 ? &c->dhcp4 : &c->dhcp6;
}

static uint32_t reply_value(agent_t *agent, const sztp_action_t *a, const uint8_t *data, size_t len) {
  int32_t code = agent_give(agent, a, SZTP_F_DATA, data, len);
  if (code == SZTP_OK) return SZTP_OUTCOME_OK;
  agent_say(agent, SZTP_LOG_WARN, "%s", sztp_error_text(code));
  return SZTP_OUTCOME_FAILED;
}

/* ---- the configuration's own value ---------------------------------------------------------------- */

static uint32_t reply_configured(agent_t *agent, const sztp_action_t *a, uint32_t family) {
  const config_dhcp_t *dhcp = config_of(agent->config, family);
  uint8_t *text = NULL, *value = NULL;
  size_t len = dhcp->value != NULL ? strlen(dhcp->value) : 0;
  const char *written = dhcp->value;
  const char *fault = NULL;
  if (dhcp->file != NULL && file_read(dhcp->file, MAX_OPTION_FILE, &text, &len) != 0) {
    int none = errno == ENOENT; /* no lease (D-11) */
    agent_source(agent, none ? SZTP_LOG_INFO : SZTP_LOG_WARN, source_of(family), dhcp->file,
                 none ? "nothing there" : "can't be read", none ? "no lease" : strerror(errno));
    return none ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_FAILED;
  }
  if (written == NULL) written = (const char *)text;
  uint32_t outcome = len == 0 ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_FAILED;
  if (len > 0 && leases_value(written, len, dhcp->value != NULL, &value, &len, &fault) != 0) {
    agent_source(agent, SZTP_LOG_WARN, source_of(family), dhcp->file, "nothing usable", fault);
  } else if (len > 0) {
    agent_source(agent, SZTP_LOG_INFO, source_of(family), dhcp->file, "option found", NULL);
    outcome = reply_value(agent, a, value, len);
  }
  free(value);
  free(text);
  return outcome;
}

/* ---- places ---------------------------------------------------------------------------------------- */

static void drop_ask(dhcp_t *d) {
  if (d->ask != NULL) dhcp_ask_close(d->ask);
  free(d->ask);
  d->ask = NULL;
}

void dhcp_forget(dhcp_t *d) {
  drop_ask(d);
  for (size_t i = 0; i < d->count; i++) free(d->places[i].value);
  memset(d, 0, sizeof *d);
}

/* Takes over a value from malloc(). One that is there already says nothing new. Whoever answers without end
 * on one link does not use up what other links, and the other family, have a right to. */
static void add_place(dhcp_t *d, uint32_t family, const char *link, const char *how, const char *from,
                      uint8_t *value, size_t len) {
  int known = 0;
  size_t of_link = 0;
  for (size_t i = 0; i < d->count; i++) {
    const dhcp_place_t *p = &d->places[i];
    if (p->family != family) continue;
    known = known || (p->len == len && memcmp(p->value, value, len) == 0);
    if (strcmp(p->link, link) == 0) of_link++;
  }
  if (known || of_link == OF_LINK || d->count == DHCP_PLACES) {
    free(value);
    return;
  }
  dhcp_place_t *p = &d->places[d->count++];
  p->family = family;
  p->value = value;
  p->len = len;
  (void)snprintf(p->link, sizeof p->link, "%s", link);
  (void)snprintf(p->where, sizeof p->where, "%s %s %.250s", link, how, from);
}

static const dhcp_place_t *nth_place(const dhcp_t *d, uint32_t family, size_t n) {
  for (size_t i = 0; i < d->count; i++)
    if (d->places[i].family == family && n-- == 0) return &d->places[i];
  return NULL;
}

static void say_absent(agent_t *agent, uint32_t level, uint32_t family, const char *where, const char *why) {
  char result[32];
  (void)snprintf(result, sizeof result, "option %d absent", option_of(family));
  agent_source(agent, level, source_of(family), where, result, why);
}

/* ---- leases ---------------------------------------------------------------------------------------- */

static void read_leases(agent_t *agent, const links_t *links, uint32_t family) {
  char path[LEASES_PATH];
  if ((agent->dhcp.looked & bit(family)) != 0) return;
  agent->dhcp.looked |= bit(family);
  for (size_t i = 0; i < links->count; i++)
    for (size_t client = 0; client < LEASES_CLIENTS; client++) {
      uint8_t *value = NULL;
      size_t len = 0;
      const char *fault = NULL;
      int found = leases_read(agent->config, client, &links->at[i], family, path, &value, &len, &fault);
      if (found > 0) add_place(&agent->dhcp, family, links->at[i].name, "in", path, value, len);
      if (found < 0) agent_source(agent, SZTP_LOG_WARN, source_of(family), path, "can't be read", fault);
    }
}

/* ---- questions ------------------------------------------------------------------------------------- */

static int hear(void *user, const dhcp_question_t *q, const uint8_t *message, size_t len) {
  agent_t *agent = user;
  uint8_t *value = malloc(len);
  size_t value_len = 0;
  if (value != NULL && sztp_dhcp_read(agent->setup.ctx, q->family, (uint32_t)option_of(q->family), message,
                                      len, value, len, &value_len) == SZTP_OK) {
    add_place(&agent->dhcp, q->family, q->link, "from", q->from, value, value_len);
    return DHCP_FOUND;
  }
  free(value);
  return DHCP_WITHOUT;
}

/* What came of a question that found nothing. */
static void tell_question(agent_t *agent, const dhcp_question_t *q) {
  char why[160];
  if (q->fault[0] != 0) {
    agent_source(agent, q->has_address ? SZTP_LOG_WARN : SZTP_LOG_INFO, /* not ready (D-11) */
                 source_of(q->family), q->link, "can't be asked", q->fault);
    return;
  }
  if (q->answers > 0)
    (void)snprintf(why, sizeof why, "%s answers without it", q->from);
  else if (q->sent == 0)
    (void)snprintf(why, sizeof why, "its link-local address is not ready");
  else
    (void)snprintf(why, sizeof why, "no answer to %u question%s in %.1f s", q->sent, q->sent == 1 ? "" : "s",
                   (double)(agent_now() - q->begin) / 1000);
  say_absent(agent, SZTP_LOG_INFO, q->family, q->link, why);
}

static void tell_family(agent_t *agent, uint32_t family) {
  const dhcp_ask_t *ask = agent->dhcp.ask;
  agent->dhcp.asked |= bit(family);
  if (nth_place(&agent->dhcp, family, 0) != NULL) return;
  for (size_t i = 0; i < ask->count; i++)
    if (ask->at[i].family == family) tell_question(agent, &ask->at[i]);
}

/* All that there is to hear of a family was heard, and it has not been told yet. Who had no address may have
 * one when the family's turn comes. */
static int is_news(const dhcp_t *d, uint32_t family) {
  int asked = 0;
  for (size_t i = 0; d->ask != NULL && i < d->ask->count; i++)
    asked = asked || (d->ask->at[i].family == family && d->ask->at[i].has_address);
  return asked && (d->asked & bit(family)) == 0 && dhcp_ask_until(d->ask, family) <= agent_now();
}

void dhcp_leave(agent_t *agent) {
  for (uint32_t family = 4; family <= 6; family += 2)
    if (is_news(&agent->dhcp, family)) tell_family(agent, family);
  drop_ask(&agent->dhcp);
}

static void ask_family(agent_t *agent, uint32_t family, int all) {
  dhcp_t *d = &agent->dhcp;
  if (d->ask == NULL) {
    d->ask = calloc(1, sizeof *d->ask);
    if (d->ask == NULL) return;
    d->ask->ctx = agent->setup.ctx;
    d->ask->only = &agent->config->dhcp.interfaces;
    d->ask->most_ms = agent->config->dhcp_ms;
    d->ask->gather_ms = all ? GATHER_MS : 0;
    d->ask->hear = hear;
    d->ask->user = agent;
  }
  dhcp_ask_family(d->ask, family);
}

static void ask_servers(agent_t *agent, uint32_t family, int all) {
  dhcp_t *d = &agent->dhcp;
  if (all) drop_ask(d);
  ask_family(agent, family, all);
  if (d->ask == NULL) return;
  if (!all) sources_along(agent, source_of(family));
  do {
    sources_go_on(agent, dhcp_ask_until(d->ask, family));
    d->ask->found_elsewhere = dns_has_answer(agent);
  } while (dhcp_ask_until(d->ask, family) > agent_now() && !signals_stopped());
  if (all)
    d->asked_all |= bit(family);
  else
    tell_family(agent, family);
  if (all || (d->ask->families & ~d->asked) == 0) drop_ask(d);
}

/* ---- the source ------------------------------------------------------------------------------------ */

/* Interfaces that were named and are not there to be looked at. */
static void tell_missing(agent_t *agent, const links_t *links, uint32_t family) {
  const text_list_t *named = &agent->config->dhcp.interfaces;
  for (size_t i = 0; i < named->count; i++) {
    int there = 0;
    for (size_t k = 0; k < links->count; k++) there = there || strcmp(links->at[k].name, named->at[i]) == 0;
    if (!there)
      agent_source(agent, SZTP_LOG_INFO, source_of(family), named->at[i], "nothing there",
                   if_nametoindex(named->at[i]) == 0 ? "no such interface" : "no link");
  }
  if (named->count == 0 && links->count == 0)
    agent_source(agent, SZTP_LOG_INFO, source_of(family), NULL, "nothing there", "no link is up");
  if (links->left_out)
    agent_source(agent, SZTP_LOG_WARN, source_of(family), NULL, "some links are left out", LINKS_TOO_MANY);
}

/* Until there is an @p n-th place, or nobody left to ask. */
static void look_further(agent_t *agent, uint32_t family, size_t n) {
  dhcp_t *d = &agent->dhcp;
  links_t links;
  if (nth_place(d, family, n) != NULL || (d->asked_all & bit(family)) != 0) return;
  if (links_read(&agent->config->dhcp.interfaces, &links) != 0) {
    agent_source(agent, SZTP_LOG_WARN, source_of(family), NULL, "can't be asked", strerror(errno));
    return;
  }
  if (n == 0) {
    tell_missing(agent, &links, family);
    read_leases(agent, &links, family);
  }
  for (size_t i = 0;
       i < links.count && n == 0 && !agent->config->dhcp.request && nth_place(d, family, 0) == NULL; i++)
    say_absent(agent, SZTP_LOG_INFO, family, links.at[i].name, "no lease has it, and nobody is asked");
  int known = n == 0 && (d->asked & bit(family)) != 0;
  if (nth_place(d, family, n) == NULL && !known && agent->config->dhcp.request && links.count > 0)
    ask_servers(agent, family, n > 0);
  links_free(&links);
}

static int is_configured(const agent_t *agent, uint32_t family) {
  const config_dhcp_t *c = config_of(agent->config, family);
  return c->value != NULL || c->file != NULL;
}

void dhcp_ask_along(agent_t *agent, uint32_t family) {
  links_t links;
  if (is_configured(agent, family) || !agent->config->dhcp.request ||
      links_read(&agent->config->dhcp.interfaces, &links) != 0)
    return;
  read_leases(agent, &links, family);
  if ((agent->dhcp.asked & bit(family)) == 0 && nth_place(&agent->dhcp, family, 0) == NULL)
    ask_family(agent, family, 0);
  links_free(&links);
}

uint32_t dhcp_discover(agent_t *agent, const sztp_action_t *a, uint32_t family) {
  uint64_t n = 0;
  if (is_configured(agent, family)) return reply_configured(agent, a, family);
  (void)sztp_action_i64(a, SZTP_F_INDEX, 0, &n);
  look_further(agent, family, (size_t)n);
  const dhcp_place_t *place = nth_place(&agent->dhcp, family, (size_t)n);
  if (place == NULL) return SZTP_OUTCOME_NOTHING;
  char result[32];
  (void)snprintf(result, sizeof result, "option %d found", option_of(family));
  agent_source(agent, SZTP_LOG_INFO, source_of(family), place->where, result, NULL);
  (void)sztp_reply_i64(agent->session, sztp_action_ticket(a), SZTP_F_MORE, 1);
  return reply_value(agent, a, place->value, place->len);
}
