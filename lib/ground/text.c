/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of data. */
#include "ground/text.h"

/* ---- base64 -------------------------------------------------------------------------------------- */

#define INVALID 0xff
#define SPACE   0xfe
#define PADDING 0xfd

static uint8_t base64_value(uint8_t c, uint32_t mode) {
  if (c >= 'A' && c <= 'Z') return (uint8_t)(c - 'A');
  if (c >= 'a' && c <= 'z') return (uint8_t)(c - 'a' + 26);
  if (c >= '0' && c <= '9') return (uint8_t)(c - '0' + 52);
  switch (c) {
  case '+': return 62;
  case '/': return 63;
  case '-': return mode == SZTP__BASE64_URL_TOO ? 62 : INVALID;
  case '_': return mode == SZTP__BASE64_URL_TOO ? 63 : INVALID;
  case '=': return PADDING;
  case ' ':
  case '\t':
  case '\r':
  case '\n': return SPACE;
  default: return INVALID;
  }
}

static int32_t base64_fail(sztp_ctx_t *ctx, const char *what, size_t position) {
  return sztp__fail(ctx, SZTP_ERR_TEXT, "base64", "%s at octet %zu", what, position);
}

/* Checks the form and counts the digits; @p last is the last one's value. */
static int32_t base64_check(sztp_ctx_t *ctx, sztp__span_t text, uint32_t mode, size_t *digits,
                            uint8_t *last) {
  size_t padding = 0;
  *digits = 0;
  *last = 0;
  for (size_t i = 0; i < text.len; i++) {
    uint8_t v = base64_value(text.data[i], mode);
    if (v == SPACE) continue;
    if (v == INVALID) return base64_fail(ctx, "a character outside the base64 alphabet", i);
    if (v == PADDING) {
      if (++padding > 2) return base64_fail(ctx, "more than two padding characters", i);
      continue;
    }
    if (padding > 0) return base64_fail(ctx, "data after the padding", i);
    (*digits)++;
    *last = v;
  }
  if (padding == 0 && mode == SZTP__BASE64_URL_TOO ? *digits % 4 == 1 : (*digits + padding) % 4 != 0)
    return base64_fail(ctx, "data or padding is missing", text.len);
  if (padding > 0 && *digits % 4 < 2) return base64_fail(ctx, "padding without data", text.len);
  unsigned unused = *digits % 4 == 2 ? 0x0f : *digits % 4 == 3 ? 0x03 : 0;
  if ((*last & unused) != 0) return base64_fail(ctx, "unused bits that are not zero", text.len);
  return SZTP_OK;
}

int32_t sztp__base64_decode(sztp_ctx_t *ctx, sztp__span_t text, uint32_t mode, sztp__buf_t *out) {
  size_t digits;
  uint8_t last;
  int32_t rc = base64_check(ctx, text, mode, &digits, &last);
  if (rc != SZTP_OK) return rc;
  size_t size = digits / 4 * 3 + (digits % 4 > 1 ? digits % 4 - 1 : 0);
  rc = sztp__buf_reserve(out, size);
  if (rc != SZTP_OK) return rc;
  uint32_t bits = 0;
  unsigned held = 0;
  for (size_t i = 0; i < text.len; i++) {
    uint8_t v = base64_value(text.data[i], mode);
    if (v >= PADDING) continue;
    bits = bits << 6 | v;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out->data[out->len++] = (uint8_t)(bits >> held);
  }
  out->data[out->len] = '\0';
  return SZTP_OK;
}

int32_t sztp__base64_encode(sztp__buf_t *out, sztp__span_t data) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t groups = data.len / 3 + (data.len % 3 != 0);
  int32_t rc = sztp__buf_reserve(out, groups <= SIZE_MAX / 4 ? groups * 4 : SIZE_MAX);
  if (rc != SZTP_OK) return rc;
  uint8_t *four = out->data + out->len;
  for (size_t i = 0; i < data.len; i += 3, four += 4) {
    size_t have = data.len - i < 3 ? data.len - i : 3;
    uint32_t bits = (uint32_t)data.data[i] << 16;
    if (have > 1) bits |= (uint32_t)data.data[i + 1] << 8;
    if (have > 2) bits |= data.data[i + 2];
    four[0] = (uint8_t)alphabet[bits >> 18 & 63];
    four[1] = (uint8_t)alphabet[bits >> 12 & 63];
    four[2] = (uint8_t)(have > 1 ? alphabet[bits >> 6 & 63] : '=');
    four[3] = (uint8_t)(have > 2 ? alphabet[bits & 63] : '=');
  }
  *four = '\0';
  out->len += groups * 4;
  return SZTP_OK;
}

/* ---- hex ----------------------------------------------------------------------------------------- */

static int hex_value(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int32_t sztp__hex_decode(sztp_ctx_t *ctx, sztp__span_t text, uint8_t *out, size_t cap, size_t *len) {
  size_t step = text.len > 2 && text.data[2] == ':' ? 3 : 2;
  size_t n = 0;
  for (size_t i = 0; i < text.len; i += step) {
    int high = hex_value(text.data[i]);
    int low = text.len - i > 1 ? hex_value(text.data[i + 1]) : -1;
    if (high < 0 || low < 0)
      return sztp__fail(ctx, SZTP_ERR_TEXT, "hex", "no pair of hex digits at octet %zu", i);
    if (step == 3 && text.len - i > 2 && (text.data[i + 2] != ':' || text.len - i == 3))
      return sztp__fail(ctx, SZTP_ERR_TEXT, "hex", "expected ':' and a pair at octet %zu", i + 2);
    if (n == cap) return sztp__fail(ctx, SZTP_ERR_LIMIT, "hex", "more than the %zu octets expected", cap);
    out[n++] = (uint8_t)(high << 4 | low);
  }
  *len = n;
  return SZTP_OK;
}

static void put_pair(char *out, uint8_t octet) {
  static const char digits[] = "0123456789abcdef";
  out[0] = digits[octet >> 4];
  out[1] = digits[octet & 15];
}

int32_t sztp__hex_encode(sztp__buf_t *out, sztp__span_t data, char separator) {
  for (size_t i = 0; i < data.len; i++) {
    char three[3];
    three[0] = separator;
    put_pair(three + 1, data.data[i]);
    int with = i > 0 && separator != 0;
    sztp__buf_add(out, with ? three : three + 1, with ? 3 : 2);
  }
  return out->status;
}

char *sztp__hex_text(char *out, size_t cap, sztp__span_t data) {
  size_t len = 0;
  while (len < data.len && 2 * len + 2 < cap) {
    put_pair(out + 2 * len, data.data[len]);
    len++;
  }
  if (cap > 0) out[2 * len] = '\0';
  return out;
}

/* ---- plain text and numbers ---------------------------------------------------------------------- */

int32_t sztp__text_check(sztp_ctx_t *ctx, const char *where, sztp__span_t text, size_t max) {
  if (text.len == 0 || text.len > max)
    return sztp__fail(ctx, SZTP_ERR_TEXT, where, "%zu octets of text; 1 to %zu are allowed", text.len, max);
  if (!sztp__utf8_valid(text)) return sztp__fail(ctx, SZTP_ERR_TEXT, where, "the text is not UTF-8");
  for (size_t i = 0; i < text.len; i++)
    if (text.data[i] < 0x20 || text.data[i] == 0x7f)
      return sztp__fail(ctx, SZTP_ERR_TEXT, where, "a control character at octet %zu", i);
  return SZTP_OK;
}

int32_t sztp__decimal(sztp__span_t text, uint64_t max, uint64_t *out) {
  if (text.len == 0 || (text.len > 1 && text.data[0] == '0')) return SZTP_ERR_TEXT;
  uint64_t value = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.data[i] < '0' || text.data[i] > '9') return SZTP_ERR_TEXT;
    uint64_t digit = (uint64_t)(text.data[i] - '0');
    if (value > max / 10 || digit > max || value * 10 > max - digit) return SZTP_ERR_TEXT;
    value = value * 10 + digit;
  }
  *out = value;
  return SZTP_OK;
}
