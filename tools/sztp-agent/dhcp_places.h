/* SPDX-License-Identifier: Apache-2.0 */
/* The values of the SZTP option that DHCP brought in this pass, and where each one came from. */
#ifndef SZTP_AGENT_DHCP_PLACES_H
#define SZTP_AGENT_DHCP_PLACES_H

#include <stddef.h>
#include <stdint.h>

enum { DHCP_PLACES = 320, DHCP_WHERE = 300, DHCP_LINK = 16, DHCP_OF_LINK = 80 };

typedef struct dhcp_place {
  uint32_t family; /* 4 or 6 */
  char link[DHCP_LINK];
  char where[DHCP_WHERE]; /* "eth0 from 192.0.2.1" */
  uint8_t *value;
  size_t len;
} dhcp_place_t;

typedef struct dhcp_places {
  dhcp_place_t *at; /* at most DHCP_PLACES */
  size_t count;
  uint32_t passed_over; /* values that found all places taken */
} dhcp_places_t;

/* Takes ownership of a value from malloc() that a link has @p how ("in", "from") @p from. Where a link and
 * family have all their places taken, chance decides whether it gets one, and whose. */
void dhcp_places_add(dhcp_places_t *places, uint32_t family, const char *link, const char *how,
                     const char *from, uint8_t *value, size_t len);
/* A family's values in the order in which they came, from 0; NULL if there are no more. One stays where it is
 * until the next is added. */
const dhcp_place_t *dhcp_places_nth(const dhcp_places_t *places, uint32_t family, size_t n);
void dhcp_places_free(dhcp_places_t *places);

#endif
