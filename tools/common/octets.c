/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 and hex to octets, numbers to octets and back. */
#include "octets.h"

#include <string.h>

static int is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static int base64_value(char c) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c == 0 ? NULL : strchr(alphabet, c);
  return at == NULL ? -1 : (int)(at - alphabet);
}

int octets_from_base64(const char *text, uint8_t *out, size_t room, size_t *len) {
  uint32_t bits = 0;
  size_t digits = 0, padding = 0, count = 0;
  for (const char *t = text; *t != 0; t++) {
    if (is_space(*t)) continue;
    if (*t == '=') {
      padding++;
      continue;
    }
    int value = base64_value(*t);
    if (value < 0 || padding > 0) return -1;
    bits = bits << 6 | (uint32_t)value;
    if (++digits % 4 == 1) continue;
    if (count == room) return -1;
    out[count++] = (uint8_t)(bits >> (6 - 2 * ((digits - 1) % 4)));
  }
  /* A last group of 2 or 3 digits carries 4 or 2 bits that say nothing and must be zero. */
  static const uint32_t unused[4] = {0, 0, 0x0f, 0x03};
  if ((digits + padding) % 4 != 0 || padding > 2 || digits % 4 == 1 || (bits & unused[digits % 4]) != 0)
    return -1;
  *len = count;
  return 0;
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int octets_from_hex(const char *text, uint8_t *out, size_t room, size_t *len) {
  size_t count = 0;
  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) text += 2;
  for (const char *t = text; *t != 0; t++) {
    if (is_space(*t) || *t == ':' || *t == '.') continue;
    int high = hex_value(t[0]);
    int low = high < 0 ? -1 : hex_value(t[1]);
    if (high >= 0 && low < 0 && (t[1] == ':' || (t > text && t[-1] == ':'))) {
      if (count == room || (t[1] != ':' && t[1] != 0 && !is_space(t[1]))) return -1;
      out[count++] = (uint8_t)high;
      continue;
    }
    if (low < 0 || count == room) return -1;
    out[count++] = (uint8_t)(high << 4 | low);
    t++;
  }
  *len = count;
  return 0;
}

uint8_t *octets_put16(uint8_t *at, size_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
  return at + 2;
}

uint32_t octets_get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }
