/* SPDX-License-Identifier: Apache-2.0 */
/* Such characters stand in a document's strings only, so that its structure needs no look. */
#include "escape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ground/printable.h"

enum { ESCAPE = 12 }; /* octets of the longest: two of \uXXXX */

static size_t put_escape(char *out, uint32_t c) {
  if (c < 0x10000) return (size_t)snprintf(out, ESCAPE + 1, "\\u%04" PRIx32, c);
  c -= 0x10000;
  return (size_t)snprintf(out, ESCAPE + 1, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + (c >> 10),
                          0xdc00 + (c & 0x3ff));
}

/* The character at the start that must be escaped, of *len octets, or 0 for an octet that stays. White space
 * of the document stays. */
static uint32_t look(sztp__span_t text, size_t *len) {
  size_t n = sztp__utf8_step(text);
  uint32_t c = n > 0 && text.data[0] >= 0x7f ? sztp__unprintable(text) : 0;
  *len = c != 0 ? n : 1;
  return c;
}

char *escape_json(const char *text, size_t len) {
  size_t n = 0, room = 1;
  for (sztp__span_t rest = sztp__span(text, len); rest.len > 0; rest = sztp__span_from(rest, n))
    room += look(rest, &n) != 0 ? ESCAPE : 1;
  char *out = malloc(room), *at = out;
  if (out == NULL) return NULL;
  for (sztp__span_t rest = sztp__span(text, len); rest.len > 0; rest = sztp__span_from(rest, n)) {
    uint32_t c = look(rest, &n);
    if (c != 0)
      at += put_escape(at, c);
    else
      *at++ = (char)rest.data[0];
  }
  *at = '\0';
  return out;
}
