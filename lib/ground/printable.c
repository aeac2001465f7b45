/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, and text from outside made safe to show. */
#include "ground/printable.h"

#include "ground/format.h"

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

/* Controls, line and paragraph separators, what reverses the direction of text, and what is not seen at all.
 */
static int is_unprintable(uint32_t c) {
  static const struct {
    uint32_t first, last;
  } ranges[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
                {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x206f},
                {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
  if (c >= 0x20 && c < 0x7f) return 0; /* nearly all */
  for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
    if (c >= ranges[i].first && c <= ranges[i].last) return 1;
  return 0;
}

uint32_t sztp__unprintable(sztp__span_t text) {
  uint32_t c = code_point(text.data, sztp__utf8_step(text));
  return is_unprintable(c) ? c : 0;
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

char *sztp__exact(char *out, size_t cap, sztp__span_t text) {
  size_t len = 0;
  size_t fits = 0;
  while (text.len > 0) {
    size_t n = sztp__utf8_step(text);
    char shown[16];
    if (n == 1 && text.data[0] >= 0x20 && text.data[0] < 0x7f)
      (void)sztp__format(shown, sizeof shown, "%c", text.data[0]);
    else if (n > 0)
      (void)sztp__format(shown, sizeof shown, "<U+%04x>", (unsigned)code_point(text.data, n));
    else
      (void)sztp__format(shown, sizeof shown, "<0x%02x>", text.data[0]);
    size_t need = strlen(shown);
    if (need > cap - 1 - len) {
      memcpy(out + fits, "...", 4);
      return out;
    }
    memcpy(out + len, shown, need);
    len += need;
    if (len <= cap - 4) fits = len;
    text = sztp__span_from(text, n > 0 ? n : 1);
  }
  out[len] = '\0';
  return out;
}
