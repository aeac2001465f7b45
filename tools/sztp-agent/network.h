/* SPDX-License-Identifier: Apache-2.0 */
/* Watches for links that come up and for new addresses, which cut a pause short */
#ifndef SZTP_AGENT_NETWORK_H
#define SZTP_AGENT_NETWORK_H

#include <stddef.h>
#include <stdint.h>

enum { NETWORK_FACTS = 512, NETWORK_FACT = 24 };

typedef struct network {
  int fd;                         /* to poll for reading, or -1 */
  uint8_t (*facts)[NETWORK_FACT]; /* links that were up, and their addresses; at most NETWORK_FACTS */
  size_t count;
} network_t;

/* Records the present state. Without netlink there is nothing to watch. */
void network_open(network_t *n);
void network_close(network_t *n);
/* Compares again: 1 if there is something that was not there the last time. */
int network_has_news(network_t *n);

#endif
