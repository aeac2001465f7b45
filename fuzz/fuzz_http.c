/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP response reader: no crash, and the same verdict however the octets are cut. The first octet of the
 * input chooses the size of the pieces. Its fields tell an image, and parts of it: whatever they are, what is
 * taken for a part stands where it must. */
#include <stdint.h>
#include <stdlib.h>

#include "https/validator.h"

typedef struct outcome {
  uint32_t verdict;
  uint32_t heads;
  uint64_t body_len;
  uint32_t sum; /* of the body's octets */
  sztp__http_t r;
} outcome_t;

static int feed(outcome_t *o, const uint8_t *data, size_t len) {
  sztp__span_t in = sztp__span(data, len);
  for (;;) {
    sztp__span_t piece;
    o->verdict = sztp__http_next(&o->r, &in, &piece);
    if (o->verdict == SZTP__HTTP_HEAD) o->heads++;
    if (o->verdict == SZTP__HTTP_MORE) return 0;
    if (o->verdict == SZTP__HTTP_END || o->verdict == SZTP__HTTP_BAD) return 1;
    o->body_len += piece.len;
    for (size_t i = 0; i < piece.len; i++) o->sum = o->sum * 31 + piece.data[i];
  }
}

static void run(outcome_t *o, const uint8_t *data, size_t len, size_t step) {
  int done = 0;
  memset(o, 0, sizeof *o);
  sztp__http_begin(&o->r, 4096, 50);
  for (size_t at = 0; at < len && !done; at += step)
    done = feed(o, data + at, len - at < step ? len - at : step);
  if (!done) o->verdict = sztp__http_closed(&o->r);
}

static void look_at_fields(const sztp__http_t *r) {
  static const uint64_t firsts[] = {1, 5, INT64_MAX - 1};
  char validator[SZTP__VALIDATOR];
  sztp__validator_of(r, validator);
  if (validator[0] == '\0') return;
  if (!sztp__validator_ok(validator) || r->content_encoding.times > 0 || strncmp(validator, "W/", 2) == 0)
    abort();
  for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
    for (uint64_t total = 0; total <= 10; total += 10) {
      sztp__part_place_t place = {0, 0, 0};
      if (sztp__part_refused(r, validator, firsts[i], total, &place) != NULL) continue;
      if (place.first != firsts[i] || place.last < place.first || place.last >= place.total) abort();
      if (total != 0 && place.total != total) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  outcome_t whole;
  outcome_t cut;
  run(&whole, data + 1, size - 1, size);
  run(&cut, data + 1, size - 1, 1 + data[0] % 7u);
  if (whole.verdict != cut.verdict || whole.heads != cut.heads || whole.body_len != cut.body_len ||
      whole.sum != cut.sum || whole.r.status != cut.r.status || whole.r.why != cut.r.why)
    abort();
  if (whole.heads == 1) look_at_fields(&whole.r);
  if (whole.heads > 1 || (whole.verdict == SZTP__HTTP_END && whole.heads != 1)) abort();
  if (whole.verdict == SZTP__HTTP_END && (whole.r.status < 200 || whole.r.status > 599)) abort();
  if (whole.verdict == SZTP__HTTP_BAD && sztp__http_reusable(&whole.r)) abort();
  return 0;
}
