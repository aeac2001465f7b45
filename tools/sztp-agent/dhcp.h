/* SPDX-License-Identifier: Apache-2.0 */
/* What DHCP brought in this pass. */
#ifndef SZTP_AGENT_DHCP_H
#define SZTP_AGENT_DHCP_H

#include <stddef.h>
#include <stdint.h>

#include "dhcp_ask.h"

enum { DHCP_PLACES = 32, DHCP_WHERE = 300, DHCP_LINK = 16 };

/* A value of the option, and where it is from. */
typedef struct dhcp_place {
  uint32_t family; /* 4 or 6 */
  char link[DHCP_LINK];
  char where[DHCP_WHERE];
  uint8_t *value;
  size_t len;
} dhcp_place_t;

/* All of it belongs to one pass. */
typedef struct dhcp {
  dhcp_place_t places[DHCP_PLACES];
  size_t count;
  /* families, as bits: whose leases were read, whose servers were asked, and whose were all heard */
  uint32_t looked, asked, asked_all;
  dhcp_ask_t *ask; /* what is being asked, or NULL */
} dhcp_t;

void dhcp_forget(dhcp_t *d);

#endif
