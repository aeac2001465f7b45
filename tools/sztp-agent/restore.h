/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a session what the one before it asked to keep. */
#ifndef SZTP_AGENT_RESTORE_H
#define SZTP_AGENT_RESTORE_H

#include "agent.h"

/* Says what is damaged, and keeps it aside. If nothing of it can be used, the session undoes whatever there
 * may be to undo. */
void restore_session(agent_t *agent);

#endif
