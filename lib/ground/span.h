/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed run of octets. Data from outside travels as this, never as a C string. */
#ifndef SZTP_GROUND_SPAN_H
#define SZTP_GROUND_SPAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Where registers have 32 bits, compilers keep a structure of two of them in registers only if it is aligned
 * as a number of 64 bits is: else each span that is given to a function goes over the stack. */
#if defined(__GNUC__) && UINTPTR_MAX == UINT32_MAX
#define SZTP__IN_REGISTERS __attribute__((aligned(8)))
#else
#define SZTP__IN_REGISTERS
#endif

typedef struct sztp__span {
  const uint8_t *data;
  size_t len;
} SZTP__IN_REGISTERS sztp__span_t;

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

int sztp__span_equal(sztp__span_t a, sztp__span_t b);

/* The same with a text that this program wrote itself. */
int sztp__span_is(sztp__span_t a, const char *text);

/* Copies @p text and a NUL, if it is @p digits lower-case hexadecimal digits: 0, or -1. */
static inline int sztp__span_hex(sztp__span_t text, size_t digits, char *out) {
  if (text.len != digits) return -1;
  for (size_t i = 0; i < digits; i++) {
    uint8_t c = text.data[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return -1;
    out[i] = (char)c;
  }
  out[digits] = '\0';
  return 0;
}

#endif
