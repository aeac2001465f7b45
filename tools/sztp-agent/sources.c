/* SPDX-License-Identifier: Apache-2.0 */
/* Hands each source to the file that deals with it. */
#include "sources.h"

#include "dhcp_servers.h"
#include "dns_multicast.h"
#include "source_dhcp.h"
#include "source_dns.h"
#include "source_removable.h"

int32_t sources_add(const config_t *config, sztp_session_t *session) {
  int32_t code = SZTP_OK;
  for (uint64_t i = 1; i <= config->source[0] && code == SZTP_OK; i++)
    code = sztp_session_add_source(session, (uint32_t)config->source[i]);
  return code;
}

void sources_leave(agent_t *agent) {
  dhcp_leave(agent);
  dns_multicast_leave(agent);
}

void sources_forget(agent_t *agent) {
  dhcp_forget(agent);
  dns_multicast_forget(agent);
  source_dns_forget(agent);
}

uint32_t sources_discover(agent_t *agent, const sztp_action_t *a) {
  uint64_t source = 0;
  if (agent_number(a, SZTP_F_SOURCE, &source) != SZTP_OK) return SZTP_OUTCOME_FAILED;
  if (source == SZTP_SOURCE_DHCP4) return source_dhcp(agent, a, 4);
  if (source == SZTP_SOURCE_DHCP6) return source_dhcp(agent, a, 6);
  if (source == SZTP_SOURCE_REMOVABLE) return source_removable(agent, a);
  return SZTP_OUTCOME_NOTHING;
}
