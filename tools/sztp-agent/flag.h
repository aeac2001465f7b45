/* SPDX-License-Identifier: Apache-2.0 */
/* The commands enable and disable. */
#ifndef SZTP_AGENT_FLAG_H
#define SZTP_AGENT_FLAG_H

#include "config.h"

/* Turns SZTP on or off, and says so. A script that runs as part of an attempt is recognised by its
 * environment. 0, or -1 with one line in @p error. */
int flag_set(const config_t *config, int on, char *error, size_t room);

#endif
