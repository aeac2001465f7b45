/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 and hex to octets, numbers to octets and back. */
#include "octets.h"

#include <string.h>

#include "ground/text.h"

static int is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

int octets_from_base64(sztp_ctx_t *ctx, const char *text, uint8_t *out, size_t room, size_t *len) {
  sztp__buf_t octets;
  sztp__buf_init(&octets, ctx, room);
  int result =
      sztp__base64_decode(ctx, sztp__span_of(text), SZTP__BASE64_STRICT, &octets) == SZTP_OK ? 0 : -1;
  if (result == 0 && octets.len > 0) memcpy(out, octets.data, octets.len);
  if (result == 0) *len = octets.len;
  sztp__buf_clear(&octets);
  return result;
}

int octets_hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int octets_from_hex(const char *text, uint8_t *out, size_t room, size_t *len) {
  size_t count = 0;
  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) text += 2;
  for (const char *t = text; *t != '\0'; t++) {
    if (is_space(*t) || *t == ':' || *t == '.') continue;
    int high = octets_hex_digit(t[0]);
    int low = high < 0 ? -1 : octets_hex_digit(t[1]);
    if (high >= 0 && low < 0 && (t[1] == ':' || (t > text && t[-1] == ':'))) {
      if (count == room || (t[1] != ':' && t[1] != '\0' && !is_space(t[1]))) return -1;
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
