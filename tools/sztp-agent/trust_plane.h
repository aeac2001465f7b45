/* SPDX-License-Identifier: Apache-2.0 */
/* The trust plane: what decides on trust, in a file of its own that is apart from all that the agent writes.
 */
#ifndef SZTP_AGENT_TRUST_PLANE_H
#define SZTP_AGENT_TRUST_PLANE_H

#include <stddef.h>

#include "config.h"

/* Reads the file that the field "trust" names, if it is given. Neither it nor the files that it names may be
 * written by anybody but root or the agent's user, or lie in a folder that the agent writes. 0, or -1 with
 * one line in @p error. */
int trust_plane_read(config_t *config, char *error, size_t room);

#endif
