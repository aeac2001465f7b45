/* SPDX-License-Identifier: Apache-2.0 */
/* DHCP in a pass, without waiting: what the leases hold, and what the servers on the links answer. */
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
/* Reports that the option was not found at a place. */
void dhcp_say_absent(agent_t *agent, uint32_t level, uint32_t family, const char *where, const char *why);

/* Takes the values from the leases of these links, once in a pass. */
void dhcp_read_leases(agent_t *agent, const links_t *links, uint32_t family);
/* Starts asking the servers of a family unless that is in progress; with @p all, the answers of all of them
 * are collected. agent->dhcp.ask stays NULL without memory. */
void dhcp_begin(agent_t *agent, uint32_t family, int all);
/* Begins to ask the servers of a family whose turn is still to come, unless it is known already what it has.
 */
void dhcp_ask_along(agent_t *agent, uint32_t family);
/* A family's servers have been heard to the end: reports the result. */
void dhcp_end(agent_t *agent, uint32_t family);
/* Stops asking. */
void dhcp_drop(agent_t *agent);
/* Another action follows: reports the families that were heard to the end, and stops asking. */
void dhcp_leave(agent_t *agent);
/* The pass is over: forgets what it brought. */
void dhcp_forget(agent_t *agent);

#endif
