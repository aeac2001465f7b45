/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the leases first: if one has the option, nobody need be asked. */
#define _POSIX_C_SOURCE 200809L
#include "dhcp_servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "leases.h"

enum { GATHER_MS = 1000 };

uint32_t dhcp_source_of(uint32_t family) { return family == 4 ? SZTP_SOURCE_DHCP4 : SZTP_SOURCE_DHCP6; }

int dhcp_option_of(uint32_t family) { return family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION; }

const config_dhcp_t *dhcp_config(const config_t *c, uint32_t family) {
  return family == 4 ? &c->dhcp4 : &c->dhcp6;
}

int dhcp_is_configured(const agent_t *agent, uint32_t family) {
  return config_has_dhcp(dhcp_config(agent->config, family));
}

void dhcp_say_absent(agent_t *agent, uint32_t level, uint32_t family, const char *where, const char *why) {
  char result[32];
  (void)snprintf(result, sizeof result, "option %d absent", dhcp_option_of(family));
  agent_source(agent, level, dhcp_source_of(family), where, result, why);
}

/* ---- leases -------------------------------------------------------------------------------------- */

void dhcp_read_leases(agent_t *agent, const links_t *links, uint32_t family) {
  char path[LEASES_PATH];
  if ((agent->dhcp.looked & dhcp_family_bit(family)) != 0) return;
  agent->dhcp.looked |= dhcp_family_bit(family);
  for (size_t i = 0; i < links->count; i++)
    for (size_t client = 0; client < LEASES_CLIENTS; client++) {
      uint8_t *value = NULL;
      size_t len = 0;
      const char *fault = NULL;
      int found = leases_read(agent->config, client, &links->at[i], family, path, &value, &len, &fault);
      if (found > 0) dhcp_places_add(&agent->dhcp.places, family, links->at[i].name, "in", path, value, len);
      if (found < 0) agent_source(agent, SZTP_LOG_WARN, dhcp_source_of(family), path, "can't be read", fault);
    }
}

/* ---- questions ----------------------------------------------------------------------------------- */

static int hear_server(void *user, const dhcp_question_t *q, const uint8_t *message, size_t len) {
  agent_t *agent = user;
  uint8_t *value = malloc(len);
  size_t value_len = 0;
  if (value != NULL && sztp_dhcp_read(agent->setup.ctx, q->family, (uint32_t)dhcp_option_of(q->family),
                                      message, len, value, len, &value_len) == SZTP_OK) {
    dhcp_places_add(&agent->dhcp.places, q->family, q->link, "from", q->from, value, value_len);
    return DHCP_FOUND;
  }
  free(value);
  return DHCP_WITHOUT;
}

/* Reports a question that found nothing. */
static void tell_question(agent_t *agent, const dhcp_question_t *q) {
  char why[160];
  if (q->fault[0] != '\0') {
    agent_source(agent, q->has_address ? SZTP_LOG_WARN : SZTP_LOG_INFO, /* not ready (D-11) */
                 dhcp_source_of(q->family), q->link, "can't be asked", q->fault);
    return;
  }
  if (q->answers > 0)
    (void)snprintf(why, sizeof why, "%s answers without it", q->from);
  else if (q->sent == 0)
    (void)snprintf(why, sizeof why, "its link-local address is not ready");
  else
    (void)snprintf(why, sizeof why, "no answer to %u question%s in %.1f s", q->sent, q->sent == 1 ? "" : "s",
                   (double)(clock_ms() - q->begin) / 1000);
  dhcp_say_absent(agent, SZTP_LOG_INFO, q->family, q->link, why);
}

void dhcp_end(agent_t *agent, uint32_t family) {
  const dhcp_ask_t *ask = agent->dhcp.ask;
  agent->dhcp.asked |= dhcp_family_bit(family);
  if (dhcp_places_nth(&agent->dhcp.places, family, 0) != NULL) return;
  for (size_t i = 0; i < ask->count; i++)
    if (ask->at[i].family == family) tell_question(agent, &ask->at[i]);
}

void dhcp_drop(agent_t *agent) {
  dhcp_t *d = &agent->dhcp;
  if (d->ask != NULL) dhcp_ask_close(d->ask);
  free(d->ask);
  d->ask = NULL;
}

void dhcp_begin(agent_t *agent, uint32_t family, int all) {
  dhcp_t *d = &agent->dhcp;
  if (d->ask == NULL) {
    d->ask = calloc(1, sizeof *d->ask);
    if (d->ask == NULL) return;
    d->ask->ctx = agent->setup.ctx;
    d->ask->only = &agent->config->dhcp.interfaces;
    d->ask->most_ms = agent->config->dhcp_ms;
    d->ask->gather_ms = all ? GATHER_MS : 0;
    d->ask->hear = hear_server;
    d->ask->user = agent;
  }
  dhcp_ask_family(d->ask, family);
}

void dhcp_ask_along(agent_t *agent, uint32_t family) {
  links_t links;
  if (dhcp_is_configured(agent, family) || !agent->config->dhcp.request ||
      links_read(&agent->config->dhcp.interfaces, &links) != 0)
    return;
  dhcp_read_leases(agent, &links, family);
  if ((agent->dhcp.asked & dhcp_family_bit(family)) == 0 &&
      dhcp_places_nth(&agent->dhcp.places, family, 0) == NULL)
    dhcp_begin(agent, family, 0);
  links_free(&links);
}

/* 1 if a family has been heard to the end and not been reported. A link without address may have one when the
 * family's turn comes. */
static int is_news(const dhcp_t *d, uint32_t family) {
  int asked = 0;
  for (size_t i = 0; d->ask != NULL && i < d->ask->count; i++)
    asked = asked || (d->ask->at[i].family == family && d->ask->at[i].has_address);
  return asked && (d->asked & dhcp_family_bit(family)) == 0 && dhcp_ask_until(d->ask, family) <= clock_ms();
}

void dhcp_leave(agent_t *agent) {
  for (uint32_t family = 4; family <= 6; family += 2)
    if (is_news(&agent->dhcp, family)) dhcp_end(agent, family);
  dhcp_drop(agent);
}

void dhcp_forget(agent_t *agent) {
  dhcp_drop(agent);
  dhcp_places_free(&agent->dhcp.places);
  agent->dhcp.looked = agent->dhcp.asked = agent->dhcp.asked_all = 0;
}
