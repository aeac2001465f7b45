/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a session. */
#ifndef SZTP_AGENT_ENDING_H
#define SZTP_AGENT_ENDING_H

#include "agent.h"

/* The session ended with the action DONE or FAILED. Returns the exit status; one line in @p error unless that
 * is 0 or 3. */
int ending_of(agent_t *agent, const sztp_action_t *a, char *error, size_t room);
/* The session was dropped, since the clock is not right, as @p why says, or the agent was told to stop
 * meanwhile. As ending_of(). */
int ending_later(agent_t *agent, const char *why, char *error, size_t room);
/* The library could not go on, with SZTP_ERR_*. As ending_of(). */
int ending_early(agent_t *agent, int32_t code, char *error, size_t room);
/* Writes the end into the status files. Returns its exit status, whether or not they could be written. */
int ending_write(agent_t *agent, const status_end_t *end);

#endif
