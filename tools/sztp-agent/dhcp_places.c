/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the values that DHCP brings. */
#define _DEFAULT_SOURCE 1
#include "dhcp_places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/list.h"

/* Half of the places are not drawn for, so that a flood can neither fill all of them before others answer nor
 * wash all away that were there before it. */
#define FIRST_COME (DHCP_OF_LINK / 2)

void dhcp_places_free(dhcp_places_t *places) {
  for (size_t i = 0; i < places->count; i++) free(places->at[i].value);
  free(places->at);
  places->at = NULL;
  places->count = 0;
  places->passed_over = 0;
}

/* The place of a newcomer among those of a link and family, all of which are taken; DHCP_OF_LINK: none. */
static size_t draw_place(dhcp_places_t *places) {
  const uint32_t drawn = DHCP_OF_LINK - FIRST_COME;
  uint32_t value = 0;
  if (places->passed_over < UINT32_MAX / 2) places->passed_over++;
  if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) return DHCP_OF_LINK;
  value %= drawn + places->passed_over;
  return value < drawn ? FIRST_COME + value : DHCP_OF_LINK;
}

static int is_of_link(const dhcp_place_t *p, uint32_t family, const char *link) {
  return p->family == family && strcmp(p->link, link) == 0;
}

/* A place that nobody has yet; NULL: there is none. */
static dhcp_place_t *new_place(dhcp_places_t *places) {
  dhcp_place_t *at =
      places->count == DHCP_PLACES ? NULL : list_room(places->at, places->count, sizeof *places->at);
  if (at == NULL) return NULL;
  places->at = at;
  return &at[places->count++];
}

/* Where a value goes; NULL: nowhere. */
static dhcp_place_t *find_room(dhcp_places_t *places, uint32_t family, const char *link) {
  size_t of_link = 0;
  for (size_t i = 0; i < places->count; i++) of_link += is_of_link(&places->at[i], family, link) ? 1 : 0;
  if (of_link < DHCP_OF_LINK) return new_place(places);
  size_t left = draw_place(places);
  if (left == DHCP_OF_LINK) return NULL;
  for (size_t i = 0; i < places->count; i++)
    if (is_of_link(&places->at[i], family, link) && left-- == 0) {
      free(places->at[i].value);
      return &places->at[i];
    }
  return NULL;
}

/* A value that is known already adds nothing. A flood of answers on one link can't use up the places of other
 * links and the other family. */
void dhcp_places_add(dhcp_places_t *places, uint32_t family, const char *link, const char *how,
                     const char *from, uint8_t *value, size_t len) {
  int known = 0;
  for (size_t i = 0; i < places->count && !known; i++) {
    const dhcp_place_t *p = &places->at[i];
    known = p->family == family && p->len == len && memcmp(p->value, value, len) == 0;
  }
  dhcp_place_t *p = known ? NULL : find_room(places, family, link);
  if (p == NULL) {
    free(value);
    return;
  }
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
