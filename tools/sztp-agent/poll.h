/* SPDX-License-Identifier: Apache-2.0 */
/* A poll loop for several exchanges with hosts on the links at the same time. */
#ifndef SZTP_AGENT_POLL_H
#define SZTP_AGENT_POLL_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "links.h"

enum { POLLED = 2, POLLED_SOCKETS = 4 * LINKS_MAX /* two families with two sockets each */ };

typedef struct polled {
  void *self;
  /* Sends what is due and returns when something will be due again, in terms of clock_ms(). */
  uint64_t (*send)(void *self, uint64_t now);
  /* Puts the sockets to read from into @p fds, which has room for POLLED_SOCKETS, and returns their number.
   */
  size_t (*watch)(const void *self, struct pollfd *fds);
  /* Reads what has arrived. */
  void (*hear)(void *self);
} polled_t;

/* Lets each of at most POLLED send what is due, then waits until something arrives, something is due, or @p
 * until, but only briefly, so that the agent can be stopped at any time. */
void poll_turn(const polled_t *all, size_t count, uint64_t until);

#endif
