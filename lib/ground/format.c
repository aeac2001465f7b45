/* SPDX-License-Identifier: Apache-2.0 */
/* Text made by a format. */
#include "ground/format.h"

#include <stdint.h>
#include <string.h>

typedef struct sink {
  char *out;
  size_t cap;
  size_t len; /* of the whole text, including what did not fit */
} sink_t;

/* What comes between a '%' and the letter of its conversion. */
typedef struct conversion {
  char fill;
  size_t width;
  size_t precision; /* SIZE_MAX: none */
  int longs;        /* how many l */
  int is_size;      /* z */
} conversion_t;

static void put(sink_t *s, const char *text, size_t n) {
  size_t room = s->len < s->cap ? s->cap - s->len : 0;
  if (room > 0) memcpy(s->out + s->len, text, n < room ? n : room);
  s->len += n;
}

static void put_number(sink_t *s, const conversion_t *c, uint64_t value, int is_negative, unsigned base) {
  char digits[20]; /* of UINT64_MAX */
  size_t at = sizeof digits;
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value > 0);
  size_t n = sizeof digits - at;
  if (is_negative && c->fill == '0') put(s, "-", 1);
  for (size_t i = n + (is_negative != 0); i < c->width; i++) put(s, &c->fill, 1);
  if (is_negative && c->fill != '0') put(s, "-", 1);
  put(s, digits + at, n);
}

static void put_string(sink_t *s, const conversion_t *c, const char *text) {
  const char *end = c->precision == SIZE_MAX ? NULL : memchr(text, '\0', c->precision);
  size_t n = end != NULL ? (size_t)(end - text) : c->precision;
  put(s, text, c->precision == SIZE_MAX ? strlen(text) : n);
}

static size_t take_digits(const char **fmt) {
  size_t value = 0;
  for (; **fmt >= '0' && **fmt <= '9'; (*fmt)++) value = value * 10 + (size_t)(**fmt - '0');
  return value;
}

/* A va_list in a structure: where it is an array, it would change its type as a parameter. */
typedef struct arguments {
  va_list list;
} arguments_t;

static uint64_t take_unsigned(const conversion_t *c, arguments_t *args) {
  if (c->is_size) return va_arg(args->list, size_t);
  if (c->longs > 1) return va_arg(args->list, unsigned long long);
  return c->longs == 1 ? va_arg(args->list, unsigned long) : va_arg(args->list, unsigned);
}

static int64_t take_signed(const conversion_t *c, arguments_t *args) {
  if (c->longs > 1) return va_arg(args->list, long long);
  return c->longs == 1 ? va_arg(args->list, long) : va_arg(args->list, int);
}

/* Reads what precedes the conversion's letter, and moves *fmt to it. */
static conversion_t take_conversion(const char **fmt, arguments_t *args) {
  conversion_t c = {' ', 0, SIZE_MAX, 0, 0};
  if (**fmt == '0') {
    c.fill = '0';
    (*fmt)++;
  }
  c.width = take_digits(fmt);
  if (**fmt == '.') {
    (*fmt)++;
    int is_argument = **fmt == '*';
    int precision = is_argument ? va_arg(args->list, int) : 0;
    *fmt += is_argument;
    c.precision = is_argument ? (size_t)(precision > 0 ? precision : 0) : take_digits(fmt);
  }
  for (; **fmt == 'l'; (*fmt)++) c.longs++;
  if (**fmt == 'z') {
    c.is_size = 1;
    (*fmt)++;
  }
  return c;
}

/* 1 if @p letter's argument was written; 0 if there is no such conversion. */
static int put_argument(sink_t *s, const conversion_t *c, char letter, arguments_t *args) {
  int64_t number;
  char octet;
  switch (letter) {
  case '%': put(s, "%", 1); return 1;
  case 's': put_string(s, c, va_arg(args->list, const char *)); return 1;
  case 'c':
    octet = (char)va_arg(args->list, int);
    put(s, &octet, 1);
    return 1;
  case 'u': put_number(s, c, take_unsigned(c, args), 0, 10); return 1;
  case 'x': put_number(s, c, take_unsigned(c, args), 0, 16); return 1;
  case 'd':
    number = take_signed(c, args);
    put_number(s, c, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, number < 0, 10);
    return 1;
  default: return 0;
  }
}

size_t sztp__vformat(char *out, size_t cap, const char *fmt, va_list args) {
  sink_t s = {out, cap > 0 ? cap - 1 : 0, 0};
  arguments_t copy;
  va_copy(copy.list, args);
  while (*fmt != '\0') {
    const char *mark = strchr(fmt, '%');
    put(&s, fmt, mark != NULL ? (size_t)(mark - fmt) : strlen(fmt));
    if (mark == NULL) break;
    fmt = mark + 1;
    conversion_t c = take_conversion(&fmt, &copy);
    if (!put_argument(&s, &c, *fmt, &copy)) break;
    fmt++;
  }
  va_end(copy.list);
  if (cap > 0) out[s.len < s.cap ? s.len : s.cap] = '\0';
  return s.len;
}

size_t sztp__format(char *out, size_t cap, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  size_t len = sztp__vformat(out, cap, fmt, args);
  va_end(args);
  return len;
}
