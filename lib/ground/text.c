/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of data. */
#include "ground/text.h"

/* --- base64 --- */

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
  return sztp__fail(ctx, SZTP_ERR_TEXT, "base64", "%s at octet %lu", what, (unsigned long)position);
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
    if (padding > 0) return base64_fail(ctx, "data behind the padding", i);
    (*digits)++;
    *last = v;
  }
  if (padding == 0 && mode == SZTP__BASE64_URL_TOO ? *digits % 4 == 1 : (*digits + padding) % 4 != 0)
    return base64_fail(ctx, "data or padding is missing", text.len);
  if (padding > 0 && *digits % 4 < 2) return base64_fail(ctx, "padding without data", text.len);
  unsigned unused = *digits % 4 == 2 ? 0x0f : *digits % 4 == 3 ? 0x03 : 0;
  if ((*last & unused) != 0) return base64_fail(ctx, "unused bits that are not zero", text.len);
  return 0;
}

int32_t sztp__base64_decode(sztp_ctx_t *ctx, sztp__span_t text, uint32_t mode, sztp__buf_t *out) {
  size_t digits;
  uint8_t last;
  int32_t rc = base64_check(ctx, text, mode, &digits, &last);
  if (rc != 0) return rc;
  size_t size = digits / 4 * 3 + (digits % 4 > 1 ? digits % 4 - 1 : 0);
  rc = sztp__buf_reserve(out, size);
  if (rc != 0) return rc;
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
  out->data[out->len] = 0;
  return 0;
}

int32_t sztp__base64_encode(sztp__buf_t *out, sztp__span_t data) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t groups = data.len / 3 + (data.len % 3 != 0);
  int32_t rc = sztp__buf_reserve(out, groups <= SIZE_MAX / 4 ? groups * 4 : SIZE_MAX);
  for (size_t i = 0; i < data.len && rc == 0; i += 3) {
    size_t have = data.len - i < 3 ? data.len - i : 3;
    uint32_t bits = (uint32_t)data.data[i] << 16;
    if (have > 1) bits |= (uint32_t)data.data[i + 1] << 8;
    if (have > 2) bits |= data.data[i + 2];
    char four[4];
    four[0] = alphabet[bits >> 18 & 63];
    four[1] = alphabet[bits >> 12 & 63];
    four[2] = '=';
    four[3] = '=';
    if (have > 1) four[2] = alphabet[bits >> 6 & 63];
    if (have > 2) four[3] = alphabet[bits & 63];
    rc = sztp__buf_add(out, four, 4);
  }
  return rc;
}

/* --- hex --- */

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
      return sztp__fail(ctx, SZTP_ERR_TEXT, "hex", "no pair of hex digits at octet %lu", (unsigned long)i);
    if (step == 3 && text.len - i > 2 && (text.data[i + 2] != ':' || text.len - i == 3))
      return sztp__fail(ctx, SZTP_ERR_TEXT, "hex", "expected ':' and a pair at octet %lu",
                        (unsigned long)(i + 2));
    if (n == cap)
      return sztp__fail(ctx, SZTP_ERR_LIMIT, "hex", "more than the %lu octets expected", (unsigned long)cap);
    out[n++] = (uint8_t)(high << 4 | low);
  }
  *len = n;
  return 0;
}

int32_t sztp__hex_encode(sztp__buf_t *out, sztp__span_t data, char separator) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < data.len; i++) {
    char three[3];
    three[0] = separator;
    three[1] = digits[data.data[i] >> 4];
    three[2] = digits[data.data[i] & 15];
    int with = i > 0 && separator != 0;
    sztp__buf_add(out, with ? three : three + 1, with ? 3 : 2);
  }
  return out->status;
}

/* --- UTF-8 --- */

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

static sztp__span_t behind(sztp__span_t s, size_t n) { return sztp__span(s.data + n, s.len - n); }

int sztp__utf8_valid(sztp__span_t text) {
  while (text.len > 0) {
    size_t n = sztp__utf8_step(text);
    if (n == 0) return 0;
    text = behind(text, n);
  }
  return 1;
}

int32_t sztp__text_check(sztp_ctx_t *ctx, const char *where, sztp__span_t text, size_t max) {
  if (text.len == 0 || text.len > max)
    return sztp__fail(ctx, SZTP_ERR_TEXT, where, "%zu octets of text; 1 to %zu are allowed", text.len, max);
  if (!sztp__utf8_valid(text)) return sztp__fail(ctx, SZTP_ERR_TEXT, where, "the text is not UTF-8");
  for (size_t i = 0; i < text.len; i++)
    if (text.data[i] < 0x20 || text.data[i] == 0x7f)
      return sztp__fail(ctx, SZTP_ERR_TEXT, where, "a control character at octet %zu", i);
  return SZTP_OK;
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

/* Controls, line and paragraph separators, and what turns the direction of text around. */
static int is_unprintable(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

char *sztp__printable(char *out, size_t cap, sztp__span_t text) {
  size_t len = 0;
  size_t fits = 0; /* where the dots go if the rest has no room */
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
    text = behind(text, n > 0 ? n : 1);
  }
  out[len] = 0;
  return out;
}

/* --- numbers and dates --- */

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
  return 0;
}

/* @p count decimal digits at @p at, -1 if they are not there. */
static int digits_at(sztp__span_t text, size_t at, size_t count) {
  int value = 0;
  if (at > text.len || count > text.len - at) return -1;
  for (size_t i = at; i < at + count; i++) {
    if (text.data[i] < '0' || text.data[i] > '9') return -1;
    value = value * 10 + (text.data[i] - '0');
  }
  return value;
}

static int char_at(sztp__span_t text, size_t at, char lower, char upper) {
  return at < text.len && (text.data[at] == (uint8_t)lower || text.data[at] == (uint8_t)upper);
}

/* Seconds east of UTC in the offset that is all of @p text; 0 or SZTP_ERR_TEXT. */
static int32_t parse_offset(sztp__span_t text, int64_t *out) {
  *out = 0;
  if (text.len == 1 && char_at(text, 0, 'z', 'Z')) return 0;
  if (text.len != 6 || !char_at(text, 0, '+', '-') || !char_at(text, 3, ':', ':')) return SZTP_ERR_TEXT;
  int hour = digits_at(text, 1, 2);
  int minute = digits_at(text, 4, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return SZTP_ERR_TEXT;
  *out = (int64_t)hour * 3600 + (int64_t)minute * 60;
  if (text.data[0] == '-') *out = -*out;
  return 0;
}

int32_t sztp__time_parse(sztp__span_t text, int64_t *out) {
  if (!char_at(text, 4, '-', '-') || !char_at(text, 7, '-', '-') || !char_at(text, 10, 't', 'T') ||
      !char_at(text, 13, ':', ':') || !char_at(text, 16, ':', ':'))
    return SZTP_ERR_TEXT;
  int second = digits_at(text, 17, 2);
  size_t at = 19;
  if (char_at(text, at, '.', '.')) {
    if (digits_at(text, ++at, 1) < 0) return SZTP_ERR_TEXT;
    while (digits_at(text, at, 1) >= 0) at++;
  }
  if (second < 0 || at > text.len) return SZTP_ERR_TEXT;
  int64_t offset;
  int64_t local;
  if (parse_offset(behind(text, at), &offset) != 0) return SZTP_ERR_TEXT;
  if (sztp__time_make(digits_at(text, 0, 4), digits_at(text, 5, 2), digits_at(text, 8, 2),
                      digits_at(text, 11, 2), digits_at(text, 14, 2), second == 60 ? 59 : second,
                      &local) != 0)
    return SZTP_ERR_TEXT;
  *out = local - offset;
  return 0;
}

static int is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/* Days before January 1st of @p year (0 to 9999), counted from that of year 0. */
static int64_t days_before(int64_t year) {
  return year == 0 ? 0 : year * 365 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1;
}

#define DAYS_TO_1970 719528

static const uint16_t month_start[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

/* Days of the year before month @p month (1 to 13). */
static int days_to_month(int year, int month) {
  return month_start[month - 1] + (month > 2 && is_leap(year) ? 1 : 0);
}

int32_t sztp__time_make(int year, int month, int day, int hour, int minute, int second, int64_t *out) {
  if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1) return SZTP_ERR_TEXT;
  if (day > days_to_month(year, month + 1) - days_to_month(year, month)) return SZTP_ERR_TEXT;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return SZTP_ERR_TEXT;
  int64_t days = days_before(year) - DAYS_TO_1970 + days_to_month(year, month) + day - 1;
  *out = days * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
  return 0;
}

/* Writes @p value with @p width digits and @p mark behind them; returns the end. */
static char *put_digits(char *out, size_t width, int value, char mark) {
  for (size_t i = width; i > 0; i--) {
    out[i - 1] = (char)('0' + value % 10);
    value /= 10;
  }
  out[width] = mark;
  return out + width + 1;
}

char *sztp__time_format(char out[24], int64_t unix_time) {
  static const int64_t first = -(int64_t)DAYS_TO_1970 * 86400;
  static const int64_t last = (3652425 - (int64_t)DAYS_TO_1970) * 86400 - 1; /* end of the year 9999 */
  if (unix_time < first || unix_time > last) {
    const char *word = unix_time == SZTP_TIME_UNKNOWN ? "unknown" : "out of range";
    memcpy(out, word, strlen(word) + 1);
    return out;
  }
  int64_t seconds = unix_time - first;
  int64_t day = seconds / 86400;
  int left = (int)(seconds % 86400);
  int year = (int)(day / 366); /* too small by a few years at most */
  while (year < 9999 && days_before(year + 1) <= day) year++;
  int of_year = (int)(day - days_before(year));
  int month = 1;
  while (month < 12 && days_to_month(year, month + 1) <= of_year) month++;
  int of_month = of_year - days_to_month(year, month) + 1;
  char *p = put_digits(out, 4, year, '-');
  p = put_digits(p, 2, month, '-');
  p = put_digits(p, 2, of_month, 'T');
  p = put_digits(p, 2, left / 3600, ':');
  p = put_digits(p, 2, left / 60 % 60, ':');
  p = put_digits(p, 2, left % 60, 'Z');
  *p = 0;
  return out;
}

/* --- PEM (RFC 7468, lax about text around the blocks) --- */

#define LABEL_MAX 64
static const char pem_begin[] = "-----BEGIN ";
static const char pem_end[] = "-----END ";
static const char pem_dashes[] = "-----";

static int starts_with(sztp__span_t s, const char *prefix) {
  size_t n = strlen(prefix);
  return s.len >= n && memcmp(s.data, prefix, n) == 0;
}

/* Takes the next line off @p text, without its end and trailing white space. */
static sztp__span_t take_line(sztp__span_t *text) {
  size_t n = 0;
  while (n < text->len && text->data[n] != '\n' && text->data[n] != '\r') n++;
  sztp__span_t line = sztp__span(text->data, n);
  if (n < text->len) n++;
  *text = behind(*text, n);
  while (line.len > 0 && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t')) line.len--;
  return line;
}

/* The label between @p prefix and the dashes at the end of @p line; 0 if it is no such line. */
static int boundary(sztp__span_t line, const char *prefix, sztp__span_t *label) {
  size_t before = strlen(prefix);
  size_t after = strlen(pem_dashes);
  if (!starts_with(line, prefix) || line.len <= before + after || line.len > before + after + LABEL_MAX)
    return 0;
  *label = sztp__span(line.data + before, line.len - before - after);
  if (memcmp(label->data + label->len, pem_dashes, after) != 0) return 0;
  for (size_t i = 0; i < label->len; i++)
    if (label->data[i] < 0x20 || label->data[i] > 0x7e || label->data[i] == '-') return 0;
  return 1;
}

int32_t sztp__pem_next(sztp_ctx_t *ctx, sztp__span_t *text, sztp__span_t *label, sztp__buf_t *der) {
  sztp__buf_clear(der);
  sztp__span_t rest = *text;
  sztp__span_t name = {NULL, 0};
  int found = 0;
  while (rest.len > 0 && !found) found = boundary(take_line(&rest), pem_begin, &name);
  if (!found) return SZTP_ERR_NOT_FOUND;
  sztp__span_t body = sztp__span(rest.data, 0);
  sztp__span_t end_name = {NULL, 0};
  while (rest.len > 0) {
    size_t body_len = (size_t)(rest.data - body.data);
    sztp__span_t line = take_line(&rest);
    if (memchr(line.data, ':', line.len) != NULL)
      return sztp__fail(ctx, SZTP_ERR_TEXT, "pem",
                        "headers inside a PEM block (an encrypted key?) are not read");
    if (!boundary(line, pem_end, &end_name)) continue;
    if (!sztp__span_equal(name, end_name))
      return sztp__fail(ctx, SZTP_ERR_TEXT, "pem", "the END line's label differs from the BEGIN line's");
    body.len = body_len;
    int32_t rc = sztp__base64_decode(ctx, body, SZTP__BASE64_STRICT, der);
    if (rc != 0) return rc;
    *text = rest;
    *label = name;
    return 0;
  }
  return sztp__fail(ctx, SZTP_ERR_TEXT, "pem", "a BEGIN line without its END line");
}
