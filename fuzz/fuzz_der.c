/* SPDX-License-Identifier: Apache-2.0 */
/* DER: an element that is read is written back octet for octet, for DER has one form only. */
#include "fuzzing.h"

#include "formats/der.h"

static void check_readers(sztp_ctx_t *ctx, sztp__span_t element) {
  sztp__der_t d;
  sztp__span_t v = {NULL, 0};
  int64_t t = 0;
  int32_t small = 0;
  int truth = 0;
  unsigned unused = 0;
  for (int kind = 0; kind < 6; kind++) {
    sztp__trail_clear(ctx);
    sztp__der_init(&d, ctx, element);
    int32_t rc = 0;
    switch (kind) {
    case 0: rc = sztp__der_integer(&d, &v); break;
    case 1: rc = sztp__der_small(&d, &small); break;
    case 2: rc = sztp__der_oid(&d, &v); break;
    case 3: rc = sztp__der_boolean(&d, &truth); break;
    case 4: rc = sztp__der_bits(&d, &v, &unused); break;
    default: rc = sztp__der_time(&d, &t); break;
    }
    CHECK(d.p == (rc == 0 ? d.end : d.base));
    if (rc != 0) {
      fuzz_check_failure(ctx, rc);
      continue;
    }
    CHECK(fuzz_inside(v, element));
    CHECK(small >= 0 && unused <= 7);
    if (kind == 2) {
      char text[40];
      sztp__der_oid_text(text, sizeof text, v);
      CHECK(memchr(text, 0, sizeof text) != NULL);
    }
  }
}

static void check_integer_writer(sztp_ctx_t *ctx, sztp__span_t element) {
  sztp__der_t d;
  sztp__span_t v;
  sztp__buf_t out;
  sztp__der_init(&d, ctx, element);
  if (sztp__der_integer(&d, &v) != 0 || (v.data[0] & 0x80)) return;
  sztp__buf_init(&out, ctx, SIZE_MAX / 4);
  CHECK(sztp__der_put_unsigned(&out, v) == 0);
  CHECK(sztp__span_equal(sztp__buf_span(&out), element));
  sztp__buf_clear(&out);
}

/* Sorts the elements as a SET OF, twice: the second time nothing changes. */
static void check_sorting(sztp_ctx_t *ctx, sztp__span_t elements) {
  sztp__buf_t first;
  sztp__buf_t second;
  size_t mark;
  sztp__buf_init(&first, ctx, SIZE_MAX / 4);
  sztp__buf_init(&second, ctx, SIZE_MAX / 4);
  sztp__der_open(&first, SZTP__DER_SET, &mark);
  sztp__buf_add_span(&first, elements);
  CHECK(sztp__der_close_set_of(&first, mark) == 0);
  sztp__der_t d;
  sztp__der_t in;
  sztp__der_init(&d, ctx, sztp__buf_span(&first));
  CHECK(sztp__der_enter(&d, SZTP__DER_SET, &in) == 0);
  CHECK((size_t)(in.end - in.p) == elements.len);
  sztp__der_open(&second, SZTP__DER_SET, &mark);
  sztp__buf_add(&second, in.p, (size_t)(in.end - in.p));
  CHECK(sztp__der_close_set_of(&second, mark) == 0);
  CHECK(sztp__span_equal(sztp__buf_span(&first), sztp__buf_span(&second)));
  sztp__buf_clear(&first);
  sztp__buf_clear(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t input = sztp__span(data, size);
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__buf_t out;
  int32_t rc = 0;
  size_t elements = 0;
  sztp__der_init(&d, ctx, input);
  while (rc == 0 && !sztp__der_at_end(&d)) {
    rc = sztp__der_any(&d, &tlv);
    if (rc != 0) break;
    CHECK(fuzz_inside(tlv.whole, input) && fuzz_inside(tlv.value, tlv.whole));
    sztp__buf_init(&out, ctx, SIZE_MAX / 4);
    CHECK(sztp__der_put(&out, tlv.tag, tlv.value) == 0);
    CHECK(sztp__span_equal(sztp__buf_span(&out), tlv.whole));
    sztp__buf_clear(&out);
    check_readers(ctx, tlv.whole);
    check_integer_writer(ctx, tlv.whole);
    elements++;
  }
  if (rc != 0) fuzz_check_failure(ctx, rc);
  if (rc == 0 && elements < 200)
    check_sorting(ctx, input); /* sorting is for the few elements that we write */
  sztp__trail_clear(ctx);
  int32_t whole = sztp__der_check(ctx, input);
  CHECK(rc == 0 || whole != 0);
  if (whole != 0) fuzz_check_failure(ctx, whole);
  fuzz_ctx_free(ctx, held);
  return 0;
}
