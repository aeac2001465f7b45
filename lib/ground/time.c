/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of the proleptic Gregorian calendar in UTC. */
#include "ground/time.h"

#include <sztp/error.h>
#include <sztp/types.h>

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
static int32_t parse_offset(sztp__span_t text, int32_t *out) {
  *out = 0;
  if (text.len == 1 && char_at(text, 0, 'z', 'Z')) return SZTP_OK;
  if (text.len != 6 || !char_at(text, 0, '+', '-') || !char_at(text, 3, ':', ':')) return SZTP_ERR_TEXT;
  int hour = digits_at(text, 1, 2);
  int minute = digits_at(text, 4, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return SZTP_ERR_TEXT;
  *out = (int32_t)hour * 3600 + (int32_t)minute * 60;
  if (text.data[0] == '-') *out = -*out;
  return SZTP_OK;
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
  int32_t offset;
  int64_t local;
  if (parse_offset(sztp__span_from(text, at), &offset) != SZTP_OK) return SZTP_ERR_TEXT;
  if (sztp__time_make(digits_at(text, 0, 4), digits_at(text, 5, 2), digits_at(text, 8, 2),
                      digits_at(text, 11, 2), digits_at(text, 14, 2), second == 60 ? 59 : second,
                      &local) != SZTP_OK)
    return SZTP_ERR_TEXT;
  *out = local - offset;
  return SZTP_OK;
}

static int is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/* Days before January 1st of @p year (0 to 9999), counted from that of year 0. */
static int32_t days_before(int32_t year) {
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
  int32_t days = days_before(year) - DAYS_TO_1970 + days_to_month(year, month) + day - 1;
  *out = (int64_t)days * 86400 + (int32_t)hour * 3600 + (int32_t)minute * 60 + second;
  return SZTP_OK;
}

/* Writes @p value with @p width digits and @p mark after them; returns the end. */
static char *put_digits(char *out, size_t width, int value, char mark) {
  for (size_t i = width; i > 0; i--) {
    out[i - 1] = (char)('0' + value % 10);
    value /= 10;
  }
  out[width] = mark;
  return out + width + 1;
}

char *sztp__time_format(char out[SZTP__DATE_SIZE], int64_t unix_time) {
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
  *p = '\0';
  return out;
}
