/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges with hosts on the links, which can go on at the same time. */
#ifndef SZTP_AGENT_EXCHANGE_H
#define SZTP_AGENT_EXCHANGE_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "links.h"

enum { EXCHANGES = 2, EXCHANGE_SOCKETS = 4 * LINKS_MAX /* two families, and two ways to hear each */ };

typedef struct exchange {
  void *self;
  /* Sends what is due; says when there is something to send again, at the clock of agent_now(). */
  uint64_t (*send)(void *self, uint64_t now);
  /* Puts what is to be read from into @p fds, which has room for EXCHANGE_SOCKETS; how many that is. */
  size_t (*watch)(const void *self, struct pollfd *fds);
  /* Reads what has come. */
  void (*hear)(void *self);
} exchange_t;

/* Lets each of at most EXCHANGES do what it has to, and waits until something has come, something is due, or
 * @p until, but no longer than is polite to somebody who wants the agent to stop. */
void exchange_go_on(const exchange_t *all, size_t count, uint64_t until);

#endif
