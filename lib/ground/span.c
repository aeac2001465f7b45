/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of octets compared. */
#include "ground/span.h"

int sztp__span_equal(sztp__span_t a, sztp__span_t b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int sztp__span_is(sztp__span_t a, const char *text) { return sztp__span_equal(a, sztp__span_of(text)); }
