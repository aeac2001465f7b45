/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text and its escapes for JSON, XML and log lines. */
#define _POSIX_C_SOURCE 200809L
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/utf8.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

void text_free(text_t *t) {
  free(t->data);
  memset(t, 0, sizeof *t);
}

static int reserve(text_t *t, size_t more) {
  if (t->failed || more >= SIZE_MAX / 4 - t->len) t->failed = 1;
  if (t->failed) return 0;
  if (t->len + more < t->room) return 1;
  size_t room = t->room == 0 ? 256 : t->room;
  while (room <= t->len + more) room *= 2;
  char *larger = realloc(t->data, room);
  if (larger == NULL) {
    t->failed = 1;
    return 0;
  }
  t->data = larger;
  t->room = room;
  return 1;
}

void text_add(text_t *t, const char *data, size_t len) {
  if (!reserve(t, len)) return;
  if (len > 0) memcpy(t->data + t->len, data, len);
  t->len += len;
  t->data[t->len] = '\0';
}

void text_put(text_t *t, const char *string) { text_add(t, string, strlen(string)); }

void text_printf(text_t *t, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int len = vsnprintf(NULL, 0, format, list);
  va_end(list);
  if (len < 0 || !reserve(t, (size_t)len)) {
    t->failed = 1;
    return;
  }
  va_start(list, format);
  vsnprintf(t->data + t->len, (size_t)len + 1, format, list);
  va_end(list);
  t->len += (size_t)len;
}

void text_json(text_t *t, const char *string) {
  size_t left = strlen(string);
  text_put(t, "\"");
  while (left > 0) {
    size_t step = utf8_length(string, left);
    unsigned char c = (unsigned char)*string;
    if (step == 0)
      text_put(t, replacement);
    else if (c == '"' || c == '\\')
      text_printf(t, "\\%c", c);
    else if (c == '\n')
      text_put(t, "\\n");
    else if (c < 0x20 || c == 0x7f)
      text_printf(t, "\\u%04x", c);
    else
      text_add(t, string, step);
    if (step == 0) step = 1;
    string += step;
    left -= step;
  }
  text_put(t, "\"");
}

/* U+FFFE and U+FFFF are the only characters beyond U+001F that XML 1.0 lacks and UTF-8 allows. */
static int xml_lacks(const char *s, size_t step) {
  unsigned char c = (unsigned char)*s;
  if (step == 1) return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
  return step == 3 && memcmp(s, "\xef\xbf", 2) == 0 && (unsigned char)s[2] >= 0xbe;
}

static void xml_character(text_t *t, const char *s, size_t step) {
  switch (*s) {
  case '<': text_put(t, "&lt;"); break;
  case '>': text_put(t, "&gt;"); break;
  case '&': text_put(t, "&amp;"); break;
  case '"': text_put(t, "&quot;"); break;
  case '\r': text_put(t, "&#13;"); break;
  default: text_add(t, s, step);
  }
}

void text_xml(text_t *t, const char *string) {
  size_t left = strlen(string);
  while (left > 0) {
    size_t step = utf8_length(string, left);
    if (step == 0 || xml_lacks(string, step))
      text_put(t, replacement);
    else
      xml_character(t, string, step);
    if (step == 0) step = 1;
    string += step;
    left -= step;
  }
}

void text_neutral(text_t *t, const char *string, size_t max) {
  size_t left = strlen(string);
  while (left > 0) {
    size_t step = utf8_length(string, left);
    unsigned char c = (unsigned char)*string;
    /* U+0080 to U+009F are control characters too: their sequences begin with 0xc2. */
    int control = c < 0x20 || c == 0x7f || (c == 0xc2 && step == 2 && (unsigned char)string[1] < 0xa0);
    if (step > max) {
      text_put(t, "...");
      return;
    }
    if (step == 0 || control)
      text_put(t, "?");
    else
      text_add(t, string, step);
    if (step == 0) step = 1;
    string += step;
    left -= step;
    max -= step < max ? step : max;
  }
}

void text_now(text_t *t) {
  char stamp[32] = "";
  time_t now = time(NULL);
  struct tm parts;
  if (gmtime_r(&now, &parts) != NULL) strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &parts);
  text_put(t, stamp);
}
