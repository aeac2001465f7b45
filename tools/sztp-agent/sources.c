/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of bootstrapping data: which there are, and who looks at each. */
#include "agent.h"

int32_t sources_add(const config_t *config, sztp_session_t *session) {
  int32_t code = SZTP_OK;
  for (uint64_t i = 1; i <= config->source[0] && code == SZTP_OK; i++)
    code = sztp_session_add_source(session, (uint32_t)config->source[i]);
  return code;
}

static int is_on_links(uint64_t source) {
  return source == SZTP_SOURCE_DHCP4 || source == SZTP_SOURCE_DHCP6 || source == SZTP_SOURCE_MDNS;
}

void sources_along(agent_t *agent, uint32_t source) {
  const uint64_t *order = agent->config->source + 1;
  uint64_t count = agent->config->source[0], i = 0;
  while (i < count && order[i] != source) i++;
  for (i++; i < count && is_on_links(order[i]); i++) {
    if (order[i] == SZTP_SOURCE_MDNS)
      dns_ask_along(agent);
    else
      dhcp_ask_along(agent, order[i] == SZTP_SOURCE_DHCP4 ? 4 : 6);
  }
}

void sources_go_on(agent_t *agent, uint64_t until) {
  exchange_t all[EXCHANGES];
  size_t count = 0;
  if (agent->dhcp.ask != NULL) all[count++] = dhcp_ask_exchange(agent->dhcp.ask);
  if (agent->mdns != NULL) all[count++] = mdns_exchange(agent->mdns);
  exchange_go_on(all, count, until);
}

void sources_leave(agent_t *agent) {
  dhcp_leave(agent);
  dns_leave(agent);
}

void sources_forget(agent_t *agent) {
  dhcp_forget(&agent->dhcp);
  dns_forget(agent);
}

uint32_t sources_discover(agent_t *agent, const sztp_action_t *a) {
  uint64_t source = 0;
  if (sztp_action_i64(a, SZTP_F_SOURCE, 0, &source) != SZTP_OK) return SZTP_OUTCOME_FAILED;
  if (source == SZTP_SOURCE_DHCP4) return dhcp_discover(agent, a, 4);
  if (source == SZTP_SOURCE_DHCP6) return dhcp_discover(agent, a, 6);
  if (source == SZTP_SOURCE_MDNS || source == SZTP_SOURCE_DNS) return dns_discover(agent, a);
  if (source == SZTP_SOURCE_REMOVABLE) return media_discover(agent, a);
  return SZTP_OUTCOME_NOTHING;
}
