/* SPDX-License-Identifier: Apache-2.0 */
/* Servers on the links need seconds to answer, so they are asked at the same time; their answers are still
 * used in the configured order. */
#include "along.h"

#include "dhcp_servers.h"
#include "dns_multicast.h"
#include "poll.h"

static int is_on_links(uint64_t source) {
  return source == SZTP_SOURCE_DHCP4 || source == SZTP_SOURCE_DHCP6 || source == SZTP_SOURCE_MDNS;
}

void along_begin(agent_t *agent, uint32_t source) {
  const uint64_t *order = agent->config->source + 1;
  uint64_t count = agent->config->source[0], i = 0;
  while (i < count && order[i] != source) i++;
  for (i++; i < count && is_on_links(order[i]); i++) {
    if (order[i] == SZTP_SOURCE_MDNS)
      dns_multicast_begin(agent);
    else
      dhcp_ask_along(agent, order[i] == SZTP_SOURCE_DHCP4 ? 4 : 6);
  }
}

void along_go_on(agent_t *agent, uint64_t until) {
  polled_t all[POLLED];
  size_t count = 0;
  if (agent->dhcp.ask != NULL) all[count++] = dhcp_ask_polled(agent->dhcp.ask);
  if (agent->mdns != NULL) all[count++] = mdns_polled(agent->mdns);
  poll_turn(all, count, until);
}
