/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed run of octets. Data from outside travels as this, never as a C string. */
#ifndef SZTP_GROUND_SPAN_H
#define SZTP_GROUND_SPAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct sztp__span {
  const uint8_t *data;
  size_t len;
} sztp__span_t;

static inline sztp__span_t sztp__span(const void *data, size_t len) {
  sztp__span_t s = {(const uint8_t *)data, len};
  return s;
}

/* Of a text that this program wrote itself. */
static inline sztp__span_t sztp__span_of(const char *text) { return sztp__span(text, strlen(text)); }

/* What follows the first @p n octets of @p s, which has at least as many. */
static inline sztp__span_t sztp__span_from(sztp__span_t s, size_t n) {
  return sztp__span(s.data + n, s.len - n);
}

static inline int sztp__span_equal(sztp__span_t a, sztp__span_t b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline int sztp__span_is(sztp__span_t a, const char *text) {
  return sztp__span_equal(a, sztp__span_of(text));
}

#endif
