/* SPDX-License-Identifier: Apache-2.0 */
/* DHCP as a source: the option's value from the configuration, from the system's DHCP clients, or from the
 * servers on the links. */
#define _POSIX_C_SOURCE 200809L
#include "source_dhcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "along.h"
#include "clock.h"
#include "common/file.h"
#include "dhcp_servers.h"
#include "dns_multicast.h"
#include "lease_file.h"
#include "leases.h"
#include "signals.h"

enum { MAX_OPTION_FILE = 4 * LEASES_MAX_OPTION };

static uint32_t reply_value(agent_t *agent, const sztp_action_t *a, const uint8_t *data, size_t len) {
  int32_t code = agent_give(agent, a, SZTP_F_DATA, data, len);
  if (code == SZTP_OK) return SZTP_OUTCOME_OK;
  agent_say(agent, SZTP_LOG_WARN, "%s", sztp_error_text(code));
  return SZTP_OUTCOME_FAILED;
}

/* ---- the configuration's own value --------------------------------------------------------------- */

static uint32_t reply_configured(agent_t *agent, const sztp_action_t *a, uint32_t family) {
  const config_dhcp_t *dhcp = dhcp_config(agent->config, family);
  uint8_t *text = NULL, *value = NULL;
  size_t len = dhcp->value != NULL ? strlen(dhcp->value) : 0;
  const char *written = dhcp->value;
  const char *fault = NULL;
  if (dhcp->file != NULL && file_read(dhcp->file, MAX_OPTION_FILE, &text, &len) != 0) {
    int none = errno == ENOENT; /* no lease (D-11) */
    agent_source(agent, none ? SZTP_LOG_INFO : SZTP_LOG_WARN, dhcp_source_of(family), dhcp->file,
                 none ? "nothing there" : "can't be read", none ? "no lease" : strerror(errno));
    return none ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_FAILED;
  }
  if (written == NULL) written = (const char *)text;
  uint32_t outcome = len == 0 ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_FAILED;
  if (len > 0 && leases_value(written, len, dhcp->value != NULL, &value, &len, &fault) != 0) {
    agent_source(agent, SZTP_LOG_WARN, dhcp_source_of(family), dhcp->file, "nothing usable", fault);
  } else if (len > 0) {
    agent_source(agent, SZTP_LOG_INFO, dhcp_source_of(family), dhcp->file, "option found", NULL);
    outcome = reply_value(agent, a, value, len);
  }
  free(value);
  free(text);
  return outcome;
}

/* Each link's last lease, one after another. */
static uint32_t reply_lease(agent_t *agent, const sztp_action_t *a, uint32_t family) {
  const char *path = dhcp_config(agent->config, family)->lease_file;
  lease_file_t leases;
  char where[STATUS_TEXT];
  uint64_t n = 0;
  (void)agent_number(a, SZTP_F_INDEX, &n);
  if (lease_file_read(path, family, &leases) != 0) {
    int none = errno == ENOENT; /* the client has not written one yet (D-11) */
    agent_source(agent, none ? SZTP_LOG_INFO : SZTP_LOG_WARN, dhcp_source_of(family), path,
                 none ? "nothing there" : "can't be read",
                 none             ? "no lease"
                 : errno == EFBIG ? "it is larger than 1 MiB"
                                  : strerror(errno));
    return none ? SZTP_OUTCOME_NOTHING : SZTP_OUTCOME_FAILED;
  }
  uint32_t outcome = SZTP_OUTCOME_NOTHING;
  if (n < leases.count) {
    const lease_t *lease = &leases.at[n];
    (void)snprintf(where, sizeof where, "%s in %.200s", lease->link, path);
    agent_source(agent, SZTP_LOG_INFO, dhcp_source_of(family), where, "option found", NULL);
    (void)sztp_reply_i64(agent->session, sztp_action_ticket(a), SZTP_F_MORE, 1);
    outcome = reply_value(agent, a, lease->value, lease->len);
  } else if (n == 0)
    agent_source(agent, SZTP_LOG_INFO, dhcp_source_of(family), path, "nothing there",
                 "no link's last lease has the option");
  lease_file_free(&leases);
  return outcome;
}

/* ---- leases and servers -------------------------------------------------------------------------- */

/* Asks the servers of a family and waits for them; other sources are asked at the same time. */
static void ask_servers(agent_t *agent, uint32_t family, int all) {
  dhcp_t *d = &agent->dhcp;
  if (all) dhcp_drop(agent);
  dhcp_begin(agent, family, all);
  if (d->ask == NULL) return;
  agent_say(agent, SZTP_LOG_INFO, "%s: asking", sztp_source_name(dhcp_source_of(family)));
  if (!all) along_begin(agent, dhcp_source_of(family));
  do {
    along_go_on(agent, dhcp_ask_until(d->ask, family));
    d->ask->found_elsewhere = dns_multicast_has_answer(agent);
  } while (dhcp_ask_until(d->ask, family) > clock_ms() && !signals_stopped());
  if (all)
    d->asked_all |= dhcp_family_bit(family);
  else
    dhcp_end(agent, family);
  if (all || (d->ask->families & ~d->asked) == 0) dhcp_drop(agent);
}

/* Reports configured interfaces that can't be used. */
static void tell_missing(agent_t *agent, const links_t *links, uint32_t family) {
  const text_list_t *named = &agent->config->dhcp.interfaces;
  for (size_t i = 0; i < named->count; i++) {
    int there = 0;
    for (size_t k = 0; k < links->count; k++) there = there || strcmp(links->at[k].name, named->at[i]) == 0;
    if (!there)
      agent_source(agent, SZTP_LOG_INFO, dhcp_source_of(family), named->at[i], "nothing there",
                   if_nametoindex(named->at[i]) == 0 ? "no such interface" : "no link");
  }
  if (named->count == 0 && links->count == 0)
    agent_source(agent, SZTP_LOG_INFO, dhcp_source_of(family), NULL, "nothing there", "no link is up");
  if (links->left_out)
    agent_source(agent, SZTP_LOG_WARN, dhcp_source_of(family), NULL, "some links are left out",
                 LINKS_TOO_MANY);
}

/* Searches until there is an @p n-th place or nobody is left to ask. */
static void look_further(agent_t *agent, uint32_t family, size_t n) {
  dhcp_t *d = &agent->dhcp;
  links_t links;
  if (dhcp_places_nth(&d->places, family, n) != NULL || (d->asked_all & dhcp_family_bit(family)) != 0) return;
  if (links_read(&agent->config->dhcp.interfaces, &links) != 0) {
    agent_source(agent, SZTP_LOG_WARN, dhcp_source_of(family), NULL, "can't be asked", strerror(errno));
    return;
  }
  if (n == 0) {
    tell_missing(agent, &links, family);
    dhcp_read_leases(agent, &links, family);
  }
  for (size_t i = 0; i < links.count && n == 0 && !agent->config->dhcp.request &&
                     dhcp_places_nth(&d->places, family, 0) == NULL;
       i++)
    dhcp_say_absent(agent, SZTP_LOG_INFO, family, links.at[i].name, "no lease has it, and nobody is asked");
  int known = n == 0 && (d->asked & dhcp_family_bit(family)) != 0;
  if (dhcp_places_nth(&d->places, family, n) == NULL && !known && agent->config->dhcp.request &&
      links.count > 0)
    ask_servers(agent, family, n > 0);
  links_free(&links);
}

uint32_t source_dhcp(agent_t *agent, const sztp_action_t *a, uint32_t family) {
  uint64_t n = 0;
  if (dhcp_config(agent->config, family)->lease_file != NULL) return reply_lease(agent, a, family);
  if (dhcp_is_configured(agent, family)) return reply_configured(agent, a, family);
  (void)agent_number(a, SZTP_F_INDEX, &n);
  look_further(agent, family, (size_t)n);
  const dhcp_place_t *place = dhcp_places_nth(&agent->dhcp.places, family, (size_t)n);
  if (place == NULL) return SZTP_OUTCOME_NOTHING;
  char result[32];
  (void)snprintf(result, sizeof result, "option %d found", dhcp_option_of(family));
  agent_source(agent, SZTP_LOG_INFO, dhcp_source_of(family), place->where, result, NULL);
  (void)sztp_reply_i64(agent->session, sztp_action_ticket(a), SZTP_F_MORE, 1);
  return reply_value(agent, a, place->value, place->len);
}
