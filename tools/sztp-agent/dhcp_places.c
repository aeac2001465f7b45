/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the values that DHCP brings. */
#include "dhcp_places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dhcp_places_free(dhcp_places_t *places) {
  for (size_t i = 0; i < places->count; i++) free(places->at[i].value);
  places->count = 0;
}

/* A value that is known already adds nothing. A flood of answers on one link can't use up the places of other
 * links and the other family. */
void dhcp_places_add(dhcp_places_t *places, uint32_t family, const char *link, const char *how,
                     const char *from, uint8_t *value, size_t len) {
  int known = 0;
  size_t of_link = 0;
  for (size_t i = 0; i < places->count; i++) {
    const dhcp_place_t *p = &places->at[i];
    if (p->family != family) continue;
    known = known || (p->len == len && memcmp(p->value, value, len) == 0);
    if (strcmp(p->link, link) == 0) of_link++;
  }
  if (known || of_link == DHCP_OF_LINK || places->count == DHCP_PLACES) {
    free(value);
    return;
  }
  dhcp_place_t *p = &places->at[places->count++];
  p->family = family;
  p->value = value;
  p->len = len;
  (void)snprintf(p->link, sizeof p->link, "%s", link);
  (void)snprintf(p->where, sizeof p->where, "%s %s %.250s", link, how, from);
}

const dhcp_place_t *dhcp_places_nth(const dhcp_places_t *places, uint32_t family, size_t n) {
  for (size_t i = 0; i < places->count; i++)
    if (places->at[i].family == family && n-- == 0) return &places->at[i];
  return NULL;
}
