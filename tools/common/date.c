/* SPDX-License-Identifier: Apache-2.0 */
/* Reads RFC 3339 dates without strptime() and timegm(), which are lenient and depend on locale and platform.
 */
#include "date.h"

#include <ctype.h>

static int is_digit(char c) { return c >= '0' && c <= '9'; }

/* @p count digits of a value up to @p most; moves *text behind them. */
static int number(const char **text, int count, int64_t least, int64_t most, int64_t *out) {
  int64_t value = 0;
  for (int i = 0; i < count; i++) {
    if (!is_digit(**text)) return -1;
    value = value * 10 + (*(*text)++ - '0');
  }
  if (value < least || value > most) return -1;
  *out = value;
  return 0;
}

static int letter(const char **text, char wanted) {
  if (toupper((unsigned char)**text) != wanted) return -1;
  (*text)++;
  return 0;
}

static int leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int64_t month_days(int64_t year, int64_t month) {
  static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && leap(year));
}

/* Days from 1970-01-01, by the Gregorian calendar at all times. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
  int64_t before = year - 1;
  int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
  if (year == 0) days = -719528;
  for (int64_t m = 1; m < month; m++) days += month_days(year, m);
  return days + day - 1;
}

static int read_date(const char **t, int64_t *seconds) {
  int64_t year, month, day;
  if (number(t, 4, 0, 9999, &year) != 0 || letter(t, '-') != 0) return -1;
  if (number(t, 2, 1, 12, &month) != 0 || letter(t, '-') != 0) return -1;
  if (number(t, 2, 1, month_days(year, month), &day) != 0) return -1;
  *seconds = days_since_1970(year, month, day) * 86400;
  return 0;
}

static int read_clock(const char **t, int64_t *seconds) {
  int64_t hour, minute, second;
  if (number(t, 2, 0, 23, &hour) != 0 || letter(t, ':') != 0) return -1;
  if (number(t, 2, 0, 59, &minute) != 0 || letter(t, ':') != 0) return -1;
  if (number(t, 2, 0, 60, &second) != 0) return -1;
  if (**t == '.') {
    (*t)++;
    if (!is_digit(**t)) return -1;
    while (is_digit(**t)) (*t)++;
  }
  *seconds += hour * 3600 + minute * 60 + second;
  return 0;
}

static int read_zone(const char **t, int64_t *seconds) {
  if (letter(t, 'Z') == 0) return 0;
  int64_t sign = **t == '-' ? 1 : -1, hour, minute;
  if (**t != '-' && **t != '+') return -1;
  (*t)++;
  if (number(t, 2, 0, 23, &hour) != 0 || letter(t, ':') != 0 || number(t, 2, 0, 59, &minute) != 0) return -1;
  *seconds += sign * (hour * 3600 + minute * 60);
  return 0;
}

int date_read(const char *text, int64_t *out) {
  int64_t seconds = 0;
  const char *t = text;
  if (read_date(&t, &seconds) != 0 || letter(&t, 'T') != 0) return -1;
  if (read_clock(&t, &seconds) != 0 || read_zone(&t, &seconds) != 0 || *t != 0) return -1;
  *out = seconds;
  return 0;
}
