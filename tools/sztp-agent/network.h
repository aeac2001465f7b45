/* SPDX-License-Identifier: Apache-2.0 */
/* Watches for a link that comes up and for an address that is new: what a pause need not be waited out for.
 */
#ifndef SZTP_AGENT_NETWORK_H
#define SZTP_AGENT_NETWORK_H

#include <stddef.h>
#include <stdint.h>

enum { NETWORK_FACTS = 512, NETWORK_FACT = 24 };

typedef struct network {
  int fd;                                     /* to be watched for reading, or -1 */
  uint8_t facts[NETWORK_FACTS][NETWORK_FACT]; /* what was there: a link that is up, or an address of one */
  size_t count;
} network_t;

/* Takes note of what is there now. Without netlink there is nothing to watch. */
void network_open(network_t *n);
void network_close(network_t *n);
/* Looks again: 1 if something is there that was not there the last time. */
int network_has_news(network_t *n);

#endif
