/* SPDX-License-Identifier: Apache-2.0 */
/* The library's questions are all known once the serial number is, so they are asked together. */
#include "dns_multicast.h"

#include <string.h>

#include "clock.h"

/* If the serial number can't or must not be asked for, the library reports that. */
static int add_question(const agent_t *agent, mdns_t *m, uint32_t type, const char *serial) {
  char name[SZTP_DNS_TEXT_MAX];
  size_t len = 0;
  if (sztp_dns_name(agent->setup.ctx, serial, "local", name, sizeof name, &len) != SZTP_OK) return -1;
  return mdns_add(m, type, name, len) == SZTP_OK ? 0 : -1;
}

static void add_questions(const agent_t *agent, mdns_t *m) {
  const char *serial = NULL;
  if (agent->config->policy[SZTP_POLICY_NO_DNS_SERIAL] != 1 &&
      sztp_device_text(agent->setup.device, SZTP_DEVICE_SERIAL, &serial) == SZTP_OK)
    (void)add_question(agent, m, SZTP_DNS_TXT, serial);
  (void)add_question(agent, m, SZTP_DNS_SRV, NULL);
}

void dns_multicast_forget(agent_t *agent) {
  mdns_free(agent->mdns);
  agent->mdns = NULL;
}

void dns_multicast_begin(agent_t *agent) {
  if (agent->mdns != NULL) return;
  agent->mdns = mdns_new(agent->setup.ctx, &agent->config->mdns.interfaces);
  if (agent->mdns != NULL) add_questions(agent, agent->mdns);
}

int dns_multicast_has_answer(const agent_t *agent) {
  return agent->mdns != NULL && mdns_has_answer(agent->mdns);
}

/* Complete results are kept for the pass. */
void dns_multicast_leave(agent_t *agent) {
  if (agent->mdns != NULL && mdns_is_over(agent->mdns, clock_ms()))
    mdns_close(agent->mdns);
  else
    dns_multicast_forget(agent);
}

/* The place of the action's question among those that are asked; one that is not among them is asked on its
 * own. MDNS_QUESTIONS without memory. */
size_t dns_multicast_find(agent_t *agent, uint32_t type, const char *name, const uint8_t *question,
                          size_t len) {
  dns_multicast_begin(agent);
  size_t place = agent->mdns == NULL ? MDNS_QUESTIONS : mdns_find(agent->mdns, question, len);
  if (place < MDNS_QUESTIONS) return place;
  dns_multicast_forget(agent);
  agent->mdns = mdns_new(agent->setup.ctx, &agent->config->mdns.interfaces);
  if (agent->mdns == NULL || mdns_add(agent->mdns, type, name, strlen(name)) != SZTP_OK)
    return MDNS_QUESTIONS;
  return 0;
}
