/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner, a server or a network wrote must not command the terminal (SEC-11), nor break the status
 * file. */
#include "plain.h"

#include <stddef.h>
#include <stdint.h>

/* The octets of the character at @p p, and the character; 0 if it is no UTF-8 (RFC 3629 4). */
static size_t character(const unsigned char *p, uint32_t *out) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;
  if (len < 2) {
    *out = p[0];
    return len;
  }
  uint32_t c = p[0] & (0x7fU >> len);
  for (size_t i = 1; i < len; i++) {
    if ((p[i] & 0xc0) != 0x80) return 0; /* also the NUL at the end */
    c = c << 6 | (p[i] & 0x3fU);
  }
  *out = c;
  return c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : len;
}

/* Controls, and what turns the direction of text around. */
static int is_command(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

void plain_text(char *text) {
  for (unsigned char *p = (unsigned char *)text; *p != 0;) {
    uint32_t c = 0;
    size_t len = character(p, &c);
    if (len > 0 && !is_command(c)) {
      p += len;
      continue;
    }
    if (len == 0) len = 1;
    for (; len > 0; len--) *p++ = '?';
  }
}
