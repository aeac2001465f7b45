/* SPDX-License-Identifier: Apache-2.0 */
/* base64, hex, UTF-8, numbers, dates and PEM: what is decoded and encoded again decodes to the same. */
#include "fuzzing.h"

#include "formats/armor.h"
#include "ground/text.h"

static void check_base64(sztp_ctx_t *ctx, sztp__span_t in, uint32_t mode) {
  sztp__buf_t octets;
  sztp__buf_t text;
  sztp__buf_t again;
  sztp__buf_init(&octets, ctx, SIZE_MAX / 4);
  sztp__buf_init(&text, ctx, SIZE_MAX / 4);
  sztp__buf_init(&again, ctx, SIZE_MAX / 4);
  sztp__trail_clear(ctx);
  int32_t rc = sztp__base64_decode(ctx, in, mode, &octets);
  if (rc == 0) {
    CHECK(octets.len <= in.len / 4 * 3 + 2 && octets.cap == octets.len);
    CHECK(sztp__base64_encode(&text, sztp__buf_span(&octets)) == 0);
    CHECK(sztp__base64_decode(ctx, sztp__buf_span(&text), SZTP__BASE64_STRICT, &again) == 0);
    CHECK(sztp__span_equal(sztp__buf_span(&octets), sztp__buf_span(&again)));
  } else {
    CHECK(octets.len == 0);
    fuzz_check_failure(ctx, rc);
  }
  sztp__buf_clear(&octets);
  sztp__buf_clear(&text);
  sztp__buf_clear(&again);
}

static void check_hex(sztp_ctx_t *ctx, sztp__span_t in) {
  uint8_t octets[64];
  uint8_t again[64];
  size_t len = 0;
  size_t again_len = 0;
  sztp__buf_t text;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__hex_decode(ctx, in, octets, sizeof octets, &len);
  if (rc != 0) {
    fuzz_check_failure(ctx, rc);
    return;
  }
  CHECK(len <= in.len / 2);
  sztp__buf_init(&text, ctx, SIZE_MAX / 4);
  CHECK(sztp__hex_encode(&text, sztp__span(octets, len), ':') == 0);
  CHECK(sztp__hex_decode(ctx, sztp__buf_span(&text), again, sizeof again, &again_len) == 0);
  CHECK(len == again_len && memcmp(octets, again, len) == 0);
  sztp__buf_clear(&text);
}

static void check_printable(sztp__span_t in) {
  char out[40];
  sztp__printable(out, sizeof out, in);
  CHECK(memchr(out, 0, sizeof out) != NULL);
  sztp__span_t shown = sztp__span_of(out);
  CHECK(sztp__utf8_valid(shown));
  for (size_t i = 0; i < shown.len; i++) CHECK(shown.data[i] >= 0x20 && shown.data[i] != 0x7f);
  size_t cut = sztp__utf8_cut(in, 7);
  CHECK(cut <= 7 && cut <= in.len);
  if (sztp__utf8_valid(in)) CHECK(sztp__utf8_valid(sztp__span(in.data, cut)));
}

static void check_numbers(sztp__span_t in) {
  uint64_t n = 0;
  int64_t t = 0;
  int64_t again = 0;
  char text[24];
  if (sztp__decimal(in, 65535, &n) == 0) CHECK(n <= 65535 && in.len <= 5);
  if (sztp__decimal(in, UINT64_MAX, &n) == 0) CHECK(in.len <= 20);
  if (sztp__time_parse(in, &t) != 0) return;
  sztp__time_format(text, t);
  if (text[0] != 'o')
    CHECK(sztp__time_parse(sztp__span_of(text), &again) == 0 && again == t); /* "out of range" */
}

static void check_pem(sztp_ctx_t *ctx, sztp__span_t in) {
  sztp__buf_t der;
  sztp__span_t label;
  int32_t rc = 0;
  sztp__buf_init(&der, ctx, SIZE_MAX / 4);
  sztp__trail_clear(ctx);
  while (rc == 0) {
    sztp__span_t before = in;
    rc = sztp__pem_next(ctx, &in, &label, &der);
    if (rc == 0) CHECK(in.len < before.len && fuzz_inside(label, before) && label.len > 0 && label.len <= 64);
  }
  CHECK(rc == SZTP_ERR_NOT_FOUND || rc == SZTP_ERR_TEXT);
  if (rc == SZTP_ERR_TEXT) fuzz_check_failure(ctx, rc);
  sztp__buf_clear(&der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t in = sztp__span(data, size);
  check_base64(ctx, in, SZTP__BASE64_STRICT);
  check_base64(ctx, in, SZTP__BASE64_URL_TOO);
  check_hex(ctx, in);
  check_printable(in);
  check_numbers(in);
  check_pem(ctx, in);
  fuzz_ctx_free(ctx, held);
  return 0;
}
