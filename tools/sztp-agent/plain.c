/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner, a server or a network wrote must not command the terminal (SEC-11), nor break the status
 * file. */
#include "plain.h"

#include <stdint.h>
#include <string.h>

#include "common/utf8.h"

/* The character of a well-formed sequence. */
static uint32_t character(const unsigned char *p, size_t len) {
  uint32_t c = len == 1 ? p[0] : p[0] & (0x7fU >> len);
  for (size_t i = 1; i < len; i++) c = c << 6 | (p[i] & 0x3fU);
  return c;
}

/* Controls, and what turns the direction of text around. */
static int is_command(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

void plain_text(char *text) {
  for (size_t left = strlen(text); left > 0;) {
    size_t len = utf8_length(text, left);
    size_t step = len > 0 ? len : 1;
    if (len == 0 || is_command(character((const unsigned char *)text, len))) memset(text, '?', step);
    text += step;
    left -= step;
  }
}
