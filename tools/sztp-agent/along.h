/* SPDX-License-Identifier: Apache-2.0 */
/* Sources that can be asked at the same time: servers and responders on the links. */
#ifndef SZTP_AGENT_ALONG_H
#define SZTP_AGENT_ALONG_H

#include "agent.h"

/* Starts asking the sources that come right after @p source in the order and are on the links, too. */
void along_begin(agent_t *agent, uint32_t source);
/* Continues all questions on the links, until @p until at most. */
void along_go_on(agent_t *agent, uint64_t until);

#endif
