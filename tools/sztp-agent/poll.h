/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for several exchanges with hosts on the links, which go on at the same time. */
#ifndef SZTP_AGENT_POLL_H
#define SZTP_AGENT_POLL_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "links.h"

enum { POLLED = 2, POLLED_SOCKETS = 4 * LINKS_MAX /* two families, and two ways to hear each */ };

typedef struct polled {
  void *self;
  /* Sends what is due; says when there is something to send again, at the clock of clock_ms(). */
  uint64_t (*send)(void *self, uint64_t now);
  /* Puts what is to be read from into @p fds, which has room for POLLED_SOCKETS; how many that is. */
  size_t (*watch)(const void *self, struct pollfd *fds);
  /* Reads what has come. */
  void (*hear)(void *self);
} polled_t;

/* Lets each of at most POLLED do what it has to, and waits until something has come, something is due, or
 * @p until, but no longer than is polite to somebody who wants the agent to stop. */
void poll_turn(const polled_t *all, size_t count, uint64_t until);

#endif
