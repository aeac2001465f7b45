/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, and text from outside made safe to show. */
#include "ground/printable.h"

size_t sztp__utf8_step(sztp__span_t text) {
  if (text.len == 0) return 0;
  uint8_t first = text.data[0];
  if (first < 0x80) return 1;
  size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.len < len) return 0;
  uint8_t low = 0x80; /* bounds of the second octet: no overlong form, no surrogate, no more than U+10FFFF */
  uint8_t high = 0xbf;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  if (text.data[1] < low || text.data[1] > high) return 0;
  for (size_t i = 2; i < len; i++)
    if ((text.data[i] & 0xc0) != 0x80) return 0;
  return len;
}

int sztp__utf8_valid(sztp__span_t text) {
  while (text.len > 0) {
    size_t n = sztp__utf8_step(text);
    if (n == 0) return 0;
    text = sztp__span_from(text, n);
  }
  return 1;
}

size_t sztp__utf8_cut(sztp__span_t text, size_t max) {
  if (text.len <= max) return text.len;
  size_t at = max;
  while (at > 0 && max - at < 3 && (text.data[at] & 0xc0) == 0x80) at--;
  return at;
}

/* The code point of a well-formed sequence. */
static uint32_t code_point(const uint8_t *p, size_t n) {
  if (n == 1) return p[0];
  uint32_t c = p[0] & (0x7fu >> n);
  for (size_t i = 1; i < n; i++) c = c << 6 | (p[i] & 0x3fu);
  return c;
}

/* Controls, line and paragraph separators, and what reverses the direction of text. */
static int is_unprintable(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

char *sztp__printable(char *out, size_t cap, sztp__span_t text) {
  size_t len = 0;
  size_t fits = 0; /* where the dots go if the rest does not fit */
  while (text.len > 0) {
    size_t n = sztp__utf8_step(text);
    int plain = n > 0 && !is_unprintable(code_point(text.data, n));
    size_t need = plain ? n : 1;
    if (need > cap - 1 - len) {
      memcpy(out + fits, "...", 4);
      return out;
    }
    if (plain)
      memcpy(out + len, text.data, n);
    else
      out[len] = '?';
    len += need;
    if (len <= cap - 4) fits = len;
    text = sztp__span_from(text, n > 0 ? n : 1);
  }
  out[len] = '\0';
  return out;
}
