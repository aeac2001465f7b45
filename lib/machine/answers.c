/* SPDX-License-Identifier: Apache-2.0 */
/* Several answers of one source that anybody can give: none is better than another, so that chance decides
 * which is tried first, and not who answered first. */
#include "machine/answers.h"

/* A number below @p count, which is so small that what 32 bits favour does not matter. */
static int32_t draw_below(sztp_session_t *s, size_t count, size_t *out) {
  uint8_t octets[4];
  int32_t rc = sztp__random(s->ctx, octets, sizeof octets);
  uint32_t value = 0;
  for (size_t i = 0; rc == SZTP_OK && i < sizeof octets; i++) value = value << 8 | octets[i];
  *out = (size_t)((uint64_t)value * count >> 32);
  return rc;
}

int32_t sztp__order_at_random(sztp_session_t *s, size_t count) {
  for (size_t i = 0; i < count; i++) s->order[i] = (uint8_t)i;
  for (size_t left = count; left > 1; left--) {
    size_t at = 0;
    int32_t rc = draw_below(s, left, &at);
    if (rc < 0) return rc;
    uint8_t chosen = s->order[at];
    s->order[at] = s->order[left - 1];
    s->order[left - 1] = chosen;
  }
  return SZTP_OK;
}

void sztp__order_by(sztp_session_t *s, size_t count, const uint8_t rank[SZTP__ANSWERS_MAX], uint8_t ranks) {
  uint8_t ordered[SZTP__ANSWERS_MAX];
  size_t done = 0;
  for (uint8_t r = 0; r < ranks; r++)
    for (size_t i = 0; i < count; i++)
      if (rank[s->order[i]] == r) ordered[done++] = s->order[i];
  if (done > 0) memcpy(s->order, ordered, done);
}
