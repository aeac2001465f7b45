/* SPDX-License-Identifier: Apache-2.0 */
/* Decides what may be put together: parts of one version of an image and nothing else (IMG group). */
#include "https/validator.h"

#include <sztp/error.h>

#include "ground/text.h"
#include "ground/time.h"

#define APART                                                                                                \
  60 /* seconds between Last-Modified and Date that no clock's error makes up (RFC 9110 8.8.2.2) */

/* ---- validators ---------------------------------------------------------------------------------- */

static int is_entity_tag(const char *s, size_t len) {
  if (len < 2 || s[0] != '"' || s[len - 1] != '"') return 0;
  for (size_t i = 1; i + 1 < len; i++)
    if (s[i] <= 0x20 || s[i] >= 0x7f || s[i] == '"') return 0;
  return 1;
}

static int two_digits(const char *s) {
  return s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' ? -1 : (s[0] - '0') * 10 + (s[1] - '0');
}

/* The form that everybody must send, as "Sun, 06 Nov 1994 08:49:37 GMT"; the obsolete ones count as none. */
static int is_date(const char *s, size_t len, int64_t *out) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  static const char form[] = "Www, 00 Mmm 0000 00:00:00 GMT";
  int month = 0;
  if (len != sizeof form - 1) return 0;
  for (size_t i = 0; i < len; i++) {
    int letter = (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z');
    int any = form[i] == '0' || (letter && (i < 3 || (i >= 8 && i < 11)));
    if (!any && s[i] != form[i]) return 0;
  }
  while (month < 12 && memcmp(months + 3 * month, s + 8, 3) != 0) month++;
  int day = two_digits(s + 5), century = two_digits(s + 12), year = two_digits(s + 14);
  int hour = two_digits(s + 17), minute = two_digits(s + 20), second = two_digits(s + 23);
  if (day < 0 || century < 0 || year < 0 || hour < 0 || minute < 0 || second < 0) return 0;
  return sztp__time_make(century * 100 + year, month + 1, day, hour, minute, second, out) == SZTP_OK;
}

static void copy(char out[SZTP__VALIDATOR], const sztp__http_word_t *word) {
  memcpy(out, word->text, word->len);
  out[word->len] = '\0';
}

/* Octets in a coding that we did not ask for are nothing to be put together. A response with an entity tag,
 * be it a weak one, has no date that may stand in for it (RFC 9110 13.1.5). */
void sztp__validator_of(const sztp__http_t *r, char out[SZTP__VALIDATOR]) {
  int64_t modified, sent;
  out[0] = '\0';
  if (r->content_encoding.times > 0) return;
  if (r->etag.times > 0) {
    if (is_entity_tag(r->etag.text, r->etag.len)) copy(out, &r->etag);
  } else if (is_date(r->last_modified.text, r->last_modified.len, &modified) &&
             is_date(r->date.text, r->date.len, &sent) && sent - modified >= APART) {
    copy(out, &r->last_modified);
  }
}

int sztp__validator_ok(const char *text) {
  int64_t time;
  size_t len = strlen(text);
  return len < SZTP__VALIDATOR && (is_entity_tag(text, len) || is_date(text, len, &time));
}

/* ---- parts --------------------------------------------------------------------------------------- */

static int is_word(const sztp__http_word_t *word, const char *text) {
  return word->len == strlen(text) && memcmp(word->text, text, word->len) == 0;
}

/* "bytes 5-9/10" */
static int read_range(const sztp__http_word_t *word, sztp__part_place_t *out) {
  static const char unit[] = "bytes ";
  const size_t n = sizeof unit - 1;
  if (word->len <= n || memcmp(word->text, unit, n) != 0) return 0;
  const char *at = word->text + n, *end = word->text + word->len;
  const char *dash = memchr(at, '-', (size_t)(end - at));
  const char *slash = dash == NULL ? NULL : memchr(dash, '/', (size_t)(end - dash));
  if (slash == NULL) return 0;
  sztp__span_t first = sztp__span((const uint8_t *)at, (size_t)(dash - at));
  sztp__span_t last = sztp__span((const uint8_t *)dash + 1, (size_t)(slash - dash - 1));
  sztp__span_t total = sztp__span((const uint8_t *)slash + 1, (size_t)(end - slash - 1));
  return sztp__decimal(first, INT64_MAX - 1, &out->first) == SZTP_OK &&
         sztp__decimal(last, INT64_MAX - 1, &out->last) == SZTP_OK &&
         sztp__decimal(total, INT64_MAX, &out->total) == SZTP_OK;
}

const char *sztp__part_refused(const sztp__http_t *r, const char *validator, uint64_t first, uint64_t total,
                               sztp__part_place_t *out) {
  int by_tag = validator[0] == '"';
  if (r->content_encoding.times > 0) return "the part has a Content-Encoding";
  if (by_tag ? !is_word(&r->etag, validator) : r->etag.times > 0) return "the part has another ETag";
  if (!by_tag && r->last_modified.times > 0 && !is_word(&r->last_modified, validator))
    return "the part has another Last-Modified";
  if (!read_range(&r->content_range, out)) return "the part has no Content-Range that says where it is";
  if (out->first != first) return "the Content-Range begins at another octet";
  if (out->last < first || out->last >= out->total) return "the Content-Range ends where nothing can end";
  if (total != 0 && out->total != total) return "the Content-Range is of an image of another length";
  if (r->length_known && !r->chunked && r->length != out->last - first + 1)
    return "Content-Range and Content-Length differ";
  return NULL;
}
