/* SPDX-License-Identifier: Apache-2.0 */
/* One bootstrapping of the device, from the start of a session to its end. */
#ifndef SZTP_AGENT_BOOTSTRAP_H
#define SZTP_AGENT_BOOTSTRAP_H

#include <stddef.h>

#include "config.h"
#include "watcher.h"

/* Runs a session to its end: one pass or, as a @p daemon, as many as it takes. @p watcher, or NULL, is
 * told of it. Returns the exit status; one line in @p error unless that is 0 or 3. */
int bootstrap(const config_t *config, int daemon, const watcher_t *watcher, char *error, size_t room);

#endif
