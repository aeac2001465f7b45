/* SPDX-License-Identifier: Apache-2.0 */
/* What DHCP brings in a pass without being waited for: what leases have, and what the servers of the links
 * answer when they are asked. */
#ifndef SZTP_AGENT_DHCP_SERVERS_H
#define SZTP_AGENT_DHCP_SERVERS_H

#include "agent.h"
#include "links.h"

/* Of a family, 4 or 6: SZTP_SOURCE_*, the number of the option, and what the configuration says. */
uint32_t dhcp_source_of(uint32_t family);
int dhcp_option_of(uint32_t family);
const config_dhcp_t *dhcp_config(const config_t *c, uint32_t family);
/* 1 if the configuration has the option's value, so that nobody is asked. */
int dhcp_is_configured(const agent_t *agent, uint32_t family);
/* Tells that the option was not found somewhere. */
void dhcp_say_absent(agent_t *agent, uint32_t level, uint32_t family, const char *where, const char *why);

/* Takes what the leases of these links have, once in a pass. */
void dhcp_read_leases(agent_t *agent, const links_t *links, uint32_t family);
/* Begins to ask the servers of a family unless that is under way; with @p all all of them are heard.
 * agent->dhcp.ask stays NULL without memory. */
void dhcp_begin(agent_t *agent, uint32_t family, int all);
/* Begins to ask the servers of a family whose turn is still to come, unless it is known already what it has.
 */
void dhcp_ask_along(agent_t *agent, uint32_t family);
/* A family was asked and heard: tells what came of it. */
void dhcp_end(agent_t *agent, uint32_t family);
/* Asks no more. */
void dhcp_drop(agent_t *agent);
/* Something else comes now: tells of those who were heard to the end, and asks no more. */
void dhcp_leave(agent_t *agent);
/* The pass is over, and with it what it brought. */
void dhcp_forget(agent_t *agent);

#endif
