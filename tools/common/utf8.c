/* SPDX-License-Identifier: Apache-2.0 */
/* What is one character, in its shortest form and no surrogate (RFC 3629 3, 4). */
#include "utf8.h"

#include <stdint.h>

size_t utf8_length(const char *s, size_t left) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (left == 0) return 0;
  unsigned char first = (unsigned char)s[0];
  size_t len = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (len == 0 || len > left || first > 0xf4) return 0;
  if (len == 1) return 1;
  uint32_t value = first & (0xffU >> (len + 1));
  for (size_t i = 1; i < len; i++) {
    unsigned char c = (unsigned char)s[i];
    if ((c & 0xc0) != 0x80) return 0;
    value = value << 6 | (c & 0x3fU);
  }
  if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
  return len;
}
