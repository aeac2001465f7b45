/* SPDX-License-Identifier: Apache-2.0 */
/* Reads Content-Type and Accept fields. */
#define _POSIX_C_SOURCE 200809L
#include "media_type.h"

#include <string.h>

#include "reply.h"

static const struct {
  const char *type;
  uint32_t encoding;
} types[] = {{"application/yang-data+json", ENCODING_JSON},
             {"application/yang.data+json", ENCODING_JSON},
             {"application/json", ENCODING_JSON},
             {"application/yang-data+xml", ENCODING_XML},
             {"application/yang.data+xml", ENCODING_XML},
             {"application/xml", ENCODING_XML},
             {"text/xml", ENCODING_XML}};

enum { TYPES = sizeof types / sizeof types[0] };

static char lower_case(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* 1 if the @p len octets at @p text are @p word, letter case ignored. */
static int same(const char *text, size_t len, const char *word) {
  size_t i = 0;
  while (i < len && word[i] != '\0' && lower_case(text[i]) == word[i]) i++;
  return i == len && word[i] == '\0';
}

/* Length of the type at @p text: up to parameters, list comma or the end, without blanks. */
static size_t type_length(const char *text) {
  size_t len = strcspn(text, ";,");
  while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) len--;
  return len;
}

uint32_t media_type_of_body(const http_request_t *request) {
  size_t at = 0;
  const char *value = http_request_field(request, "content-type", &at);
  if (value == NULL || http_request_field(request, "content-type", &at) != NULL) return ENCODING_NONE;
  for (size_t i = 0; i < TYPES; i++)
    if (same(value, type_length(value), types[i].type)) return types[i].encoding;
  return ENCODING_NONE;
}

/* "q=0.5" among the parameters of one list item, in thousandths; 1000 without. */
static int item_quality(const char *item, size_t len) {
  for (size_t i = 0; i + 2 < len; i++) {
    if (item[i] != ';') continue;
    size_t at = i + 1;
    while (at < len && (item[at] == ' ' || item[at] == '\t')) at++;
    if (at + 2 >= len || lower_case(item[at]) != 'q' || item[at + 1] != '=') continue;
    at += 2;
    if (item[at] == '1') return 1000;
    int quality = 0;
    int weight = 100;
    for (at += 2; at < len && item[at] >= '0' && item[at] <= '9' && weight > 0; at++, weight /= 10)
      quality += (item[at] - '0') * weight;
    return quality;
  }
  return 1000;
}

/* How closely a media range names a type: 3 exactly, 2 by its main type, 1 as anything, 0 not at all. */
static int closeness(const char *range, size_t len, const char *type) {
  size_t main_type = strcspn(type, "/");
  if (same(range, len, type)) return 3;
  if (same(range, len, "*/*")) return 1;
  return len == main_type + 2 && strncmp(range, type, main_type + 1) == 0 && range[len - 1] == '*' ? 2 : 0;
}

int media_type_quality(const http_request_t *request, const char *type) {
  size_t at = 0;
  int best = 0;
  int quality = 0;
  const char *item = http_request_field(request, "accept", &at);
  if (item == NULL) return 1000;
  for (; item != NULL; item = http_request_field(request, "accept", &at)) {
    while (*item != '\0') {
      item += strspn(item, " \t,");
      size_t len = strcspn(item, ",");
      int close = closeness(item, type_length(item), type);
      if (close > best) {
        best = close;
        quality = item_quality(item, len);
      }
      item += len;
    }
  }
  return quality;
}

uint32_t media_type_choose(const http_request_t *request, uint32_t offered, uint32_t first) {
  uint32_t chosen = ENCODING_NONE;
  int best = 0;
  for (size_t i = 0; i < TYPES; i++) {
    int quality = (types[i].encoding & offered) != 0 ? media_type_quality(request, types[i].type) : 0;
    if (quality > best || (quality == best && best > 0 && types[i].encoding == first)) {
      best = quality;
      chosen = types[i].encoding;
    }
  }
  return chosen;
}
