/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who is told what the agent does, beside its own status: another program's form of a status. */
#ifndef SZTP_AGENT_WATCHER_H
#define SZTP_AGENT_WATCHER_H

#include <sztp/sztp.h>

#include "status.h"

/* Each may be NULL. */
typedef struct watcher {
  /* An action begins, and has ended. */
  void (*action)(void *user, const sztp_action_t *a);
  void (*outcome)(void *user, const sztp_action_t *a, uint32_t outcome);
  /* What became of something that the session tried. */
  void (*event)(void *user, const sztp_session_t *session, const sztp_event_t *event);
  /* The run is over. */
  void (*end)(void *user, const status_end_t *end);
  void *user;
} watcher_t;

#endif
