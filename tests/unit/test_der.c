/* SPDX-License-Identifier: Apache-2.0 */
/* The DER reader and writer: der.c. */
#include "common/with_ctx.h"

#include "formats/der.h"

#define OCTETS(literal) sztp__span(literal, sizeof(literal) - 1)

static sztp__der_t reader(sztp__span_t input) {
  sztp__der_t d;
  sztp__trail_clear(ctx);
  sztp__der_init(&d, ctx, input);
  return d;
}

static void test_walk(void **state) {
  (void)state;
  sztp__der_t d = reader(OCTETS("\x30\x08\x02\x01\x05\x04\x03\x41\x42\x43\x05\x00"));
  sztp__der_t in;
  sztp__tlv_t tlv;
  int found = 7;
  int32_t small = 0;
  assert_int_equal(sztp__der_peek(&d), 0x30);
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &in), SZTP_OK);
  assert_int_equal(sztp__der_optional(&in, SZTP__DER_OCTET_STRING, &found, &tlv), SZTP_OK);
  assert_int_equal(found, 0);
  assert_int_equal(sztp__der_small(&in, &small), SZTP_OK);
  assert_int_equal(small, 5);
  test_expect_fail(ctx, sztp__der_finish(&in), SZTP_ERR_DER, "5 octets too many at offset 5");
  assert_int_equal(sztp__der_optional(&in, SZTP__DER_OCTET_STRING, &found, &tlv), SZTP_OK);
  assert_int_equal(found, 1);
  assert_true(sztp__span_is(tlv.value, "ABC"));
  assert_int_equal(tlv.whole.len, 5);
  assert_int_equal(sztp__der_finish(&in), SZTP_OK);
  assert_int_equal(sztp__der_peek(&in), 0);
  assert_int_equal(sztp__der_optional(&in, SZTP__DER_NULL, &found, &tlv), SZTP_OK);
  assert_int_equal(found, 0);
  assert_int_equal(sztp__der_any(&d, &tlv), SZTP_OK);
  assert_int_equal(tlv.tag, SZTP__DER_NULL);
  assert_int_equal(sztp__der_at_end(&d), 1);
}

/* SEC-04, CMS-02: what is not DER is told with its place */
static void test_element_faults(void **state) {
  (void)state;
  static const struct {
    sztp__span_t input;
    const char *reason;
  } rows[] = {
      {{NULL, 0}, "the end of data where an element should be at offset 0"},
      {{(const uint8_t *)"\x02", 1}, "the end of data where a length should be at offset 1"},
      {{(const uint8_t *)"\x30\x80\x00\x00", 4}, "BER, indefinite length at offset 1"},
      {{(const uint8_t *)"\x24\x80\x00\x00", 4}, "BER, constructed string at offset 0"},
      {{(const uint8_t *)"\x00\x00", 2}, "end-of-contents octets (BER) at offset 0"},
      {{(const uint8_t *)"\x1f\x81\x01\x00", 4}, "a high tag number at offset 0"},
      {{(const uint8_t *)"\xbf\x1f\x00", 3}, "a high tag number at offset 0"},
      {{(const uint8_t *)"\x10\x00", 2}, "a primitive SEQUENCE or SET at offset 0"},
      {{(const uint8_t *)"\x11\x00", 2}, "a primitive SEQUENCE or SET at offset 0"},
      {{(const uint8_t *)"\x04\x02\x41", 3}, "a length of 2, but 1 octets are left, at offset 0"},
      {{(const uint8_t *)"\x04\x81\x7f", 3}, "BER, a length that is not minimal at offset 1"},
      {{(const uint8_t *)"\x04\x82\x00\x80", 4}, "BER, a length that is not minimal at offset 1"},
      {{(const uint8_t *)"\x04\x82\x01", 3}, "the end of data inside a length at offset 1"},
      {{(const uint8_t *)"\x04\x85\x01\x00\x00\x00\x00", 7}, "a length of more than 4 octets at offset 1"},
      {{(const uint8_t *)"\x04\xff", 2}, "a length of more than 4 octets at offset 1"},
      {{(const uint8_t *)"\x04\x84\xff\xff\xff\xff\x00", 7}, "a length of 4294967295, but 1 octets are left"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__tlv_t tlv = {0, {NULL, 0}, {NULL, 0}};
    sztp__der_t d = reader(rows[i].input);
    const uint8_t *start = d.p;
    test_expect_fail(ctx, sztp__der_any(&d, &tlv), SZTP_ERR_DER, rows[i].reason);
    assert_ptr_equal(d.p, start);
    assert_null(tlv.value.data);
    sztp__trail_clear(ctx);
    test_expect_fail(ctx, sztp__der_check(ctx, rows[i].input),
                     rows[i].input.len == 0 ? SZTP_OK : SZTP_ERR_DER,
                     rows[i].input.len == 0 ? "" : rows[i].reason);
  }
}

static void test_offsets_count_from_the_outermost_start(void **state) {
  (void)state;
  sztp__der_t d = reader(OCTETS("\x30\x06\x30\x04\x02\x02\x00\x01"));
  sztp__der_t in;
  sztp__der_t inner;
  sztp__span_t v;
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &in), SZTP_OK);
  assert_int_equal(sztp__der_enter(&in, SZTP__DER_SEQUENCE, &inner), SZTP_OK);
  test_expect_fail(ctx, sztp__der_integer(&inner, &v), SZTP_ERR_DER, "not minimal at offset 4");
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__der_enter(&inner, SZTP__DER_SET, &in), SZTP_ERR_DER,
                   "tag 0x02, expected 0x31, at offset 4");
}

/* Which of the typed readers; all share the rows' form. */
typedef enum kind { INTEGER, SMALL, OID, BOOLEAN, BITS, TIME } kind_t;

static int32_t read_as(kind_t kind, sztp__der_t *d, int64_t *value) {
  sztp__span_t span = {NULL, 0};
  int32_t small = 0;
  int truth = 0;
  unsigned unused = 0;
  int32_t rc = SZTP_OK;
  switch (kind) {
  case INTEGER: rc = sztp__der_integer(d, &span); break;
  case SMALL: rc = sztp__der_small(d, &small); break;
  case OID: rc = sztp__der_oid(d, &span); break;
  case BOOLEAN: rc = sztp__der_boolean(d, &truth); break;
  case BITS: rc = sztp__der_bits(d, &span, &unused); break;
  case TIME: return sztp__der_time(d, value);
  }
  if (rc == SZTP_OK)
    *value = kind == SMALL     ? small
             : kind == BOOLEAN ? truth
             : kind == BITS    ? (int64_t)(span.len * 8 - unused)
                               : (int64_t)span.len;
  return rc;
}

#define REFUSED INT64_MIN
static void test_typed_readers(void **state) {
  (void)state;
  static const struct {
    kind_t kind;
    sztp__span_t input;
    int64_t value; /* INTEGER, OID: octets; BITS: bits; else what it says */
    const char *reason;
  } rows[] = {
#define ROW(kind, literal, value, reason)                                                                    \
  {kind, {(const uint8_t *)literal, sizeof(literal) - 1}, value, reason}
      ROW(INTEGER, "\x02\x01\x00", 1, ""),
      ROW(INTEGER, "\x02\x02\x00\x80", 2, ""),
      ROW(INTEGER, "\x02\x01\x80", 1, ""),
      ROW(INTEGER, "\x02\x02\xff\x7f", 2, ""),
      ROW(INTEGER, "\x02\x00", REFUSED, "INTEGER without contents"),
      ROW(INTEGER, "\x02\x02\x00\x7f", REFUSED, "not minimal"),
      ROW(INTEGER, "\x02\x02\xff\x80", REFUSED, "not minimal"),
      ROW(INTEGER, "\x04\x01\x00", REFUSED, "tag 0x04, expected 0x02"),
      ROW(SMALL, "\x02\x01\x00", 0, ""),
      ROW(SMALL, "\x02\x04\x7f\xff\xff\xff", INT32_MAX, ""),
      ROW(SMALL, "\x02\x05\x00\x80\x00\x00\x00", REFUSED, "too large"),
      ROW(SMALL, "\x02\x01\xff", REFUSED, "negative"),
      ROW(SMALL, "\x02\x04\x80\x00\x00\x00", REFUSED, "negative"),
      ROW(SMALL, "\x02\x02\x00\x01", REFUSED, "not minimal"),
      ROW(OID, "\x06\x03\x2a\x86\x48", 3, ""),
      ROW(OID, "\x06\x00", REFUSED, "without contents"),
      ROW(OID, "\x06\x02\x2a\x86", REFUSED, "ends inside an arc"),
      ROW(OID, "\x06\x02\x80\x01", REFUSED, "arc that is not minimal"),
      ROW(OID, "\x06\x03\x2a\x80\x01", REFUSED, "arc that is not minimal"),
      ROW(OID, "\x06\x03\x2a\x81\x80", REFUSED, "ends inside an arc"),
      ROW(OID, "\x06\x04\x2a\x81\x80\x01", 4, ""),
      ROW(BOOLEAN, "\x01\x01\x00", 0, ""),
      ROW(BOOLEAN, "\x01\x01\xff", 1, ""),
      ROW(BOOLEAN, "\x01\x01\x01", REFUSED, "BER, a BOOLEAN"),
      ROW(BOOLEAN, "\x01\x00", REFUSED, "not one octet"),
      ROW(BOOLEAN, "\x01\x02\x00\x00", REFUSED, "not one octet"),
      ROW(BITS, "\x03\x01\x00", 0, ""),
      ROW(BITS, "\x03\x02\x07\x80", 1, ""),
      ROW(BITS, "\x03\x03\x00\xff\xff", 16, ""),
      ROW(BITS, "\x03\x00", REFUSED, "without contents"),
      ROW(BITS, "\x03\x01\x01", REFUSED, "wrong count of unused"),
      ROW(BITS, "\x03\x02\x08\x00", REFUSED, "wrong count of unused"),
      ROW(BITS, "\x03\x02\x01\x01", REFUSED, "unused bits that are not zero"),
      ROW(TIME,
          "\x17\x0d"
          "700101000000Z",
          0, ""),
      ROW(TIME,
          "\x17\x0d"
          "491231235959Z",
          INT64_C(2524607999), ""),
      ROW(TIME,
          "\x17\x0d"
          "500101000000Z",
          INT64_C(-631152000), ""),
      ROW(TIME,
          "\x18\x0f"
          "20500101000000Z",
          INT64_C(2524608000), ""),
      ROW(TIME,
          "\x18\x0f"
          "99991231235959Z",
          INT64_C(253402300799), ""),
      ROW(TIME,
          "\x17\x0b"
          "7001010000Z",
          REFUSED, "form of RFC 5280"),
      ROW(TIME,
          "\x17\x0d"
          "7001010000000",
          REFUSED, "form of RFC 5280"),
      ROW(TIME,
          "\x17\x11"
          "700101000000+0100",
          REFUSED, "form of RFC 5280"),
      ROW(TIME,
          "\x18\x11"
          "20500101000000.5Z",
          REFUSED, "form of RFC 5280"),
      ROW(TIME,
          "\x17\x0d"
          "70010100 000Z",
          REFUSED, "form of RFC 5280"),
      ROW(TIME,
          "\x17\x0d"
          "7001010000:0Z",
          REFUSED, "form of RFC 5280"),
      ROW(TIME,
          "\x17\x0d"
          "700230000000Z",
          REFUSED, "does not exist"),
      ROW(TIME,
          "\x17\x0d"
          "700101000060Z",
          REFUSED, "does not exist"),
      ROW(TIME, "\x17\x00", REFUSED, "form of RFC 5280"),
      ROW(TIME, "\x04\x00", REFUSED, "expected a time"),
      ROW(TIME, "\x17", REFUSED, "where a length should be"),
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    int64_t value = 4711;
    sztp__der_t d = reader(rows[i].input);
    int32_t rc = read_as(rows[i].kind, &d, &value);
    if (rows[i].value == REFUSED) {
      test_expect_fail(ctx, rc, SZTP_ERR_DER, rows[i].reason);
      assert_int_equal(value, 4711);
      assert_ptr_equal(d.p, d.base); /* stays where it was */
    } else {
      if (rc != 0) fail_msg("row %zu: %s", i, test_detail(ctx));
      assert_true(value == rows[i].value);
      assert_int_equal(sztp__der_at_end(&d), 1);
      assert_int_equal(sztp__der_check(ctx, rows[i].input), SZTP_OK);
    }
  }
}

static void test_oid_text(void **state) {
  (void)state;
  static const struct {
    sztp__span_t oid;
    size_t cap;
    const char *text;
  } rows[] = {
      {{(const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9}, 64, "1.2.840.113549.1.7.2"},
      {{(const uint8_t *)"\x55\x1d\x0f", 3}, 64, "2.5.29.15"},
      {{(const uint8_t *)"\x00", 1}, 64, "0.0"},
      {{(const uint8_t *)"\x27", 1}, 64, "0.39"},
      {{(const uint8_t *)"\x4f", 1}, 64, "1.39"},
      {{(const uint8_t *)"\x50", 1}, 64, "2.0"},
      {{(const uint8_t *)"\x88\x37", 2}, 64, "2.999"},
      {{(const uint8_t *)"\x2a\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11}, 64, "1.2.18446744073709551615"},
      {{(const uint8_t *)"\x2a\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00\x01", 12}, 64, "1.2..."}, /* 2^64 */
      {{(const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9}, 21, "1.2.840.113549.1..."},
      {{(const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9}, 24, "1.2.840.113549.1.7.2"},
      {{(const uint8_t *)"\x2a", 1}, 4, "..."},
      {{(const uint8_t *)"\x2a", 1}, 6, "1..."},
      {{(const uint8_t *)"\x2a", 1}, 7, "1.2"},
      {{(const uint8_t *)"\x2a", 1}, 3, ""},
      {{NULL, 0}, 64, ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    char out[64];
    memset(out, 'Z', sizeof out);
    assert_ptr_equal(sztp__der_oid_text(out, rows[i].cap, rows[i].oid), out);
    assert_string_equal(out, rows[i].text);
  }
  char untouched = 'Z';
  sztp__der_oid_text(&untouched, 0, rows[0].oid);
  assert_int_equal(untouched, 'Z');
}

/* SEC-16: depth is bounded */
static void test_check_depth(void **state) {
  (void)state;
  uint8_t nested[80];
  for (size_t depth = 1; depth <= 40; depth++) {
    for (size_t i = 0; i < depth; i++) {
      nested[2 * i] = i % 2 == 0 ? 0x30 : 0xa0;
      nested[2 * i + 1] = (uint8_t)(2 * (depth - 1 - i));
    }
    sztp__trail_clear(ctx);
    int32_t rc = sztp__der_check(ctx, sztp__span(nested, 2 * depth));
    test_expect_fail(ctx, rc, depth <= 32 ? SZTP_OK : SZTP_ERR_DER,
                     depth <= 32 ? "" : "more than 32 deep at offset 64");
  }
}

static void test_check_looks_inside(void **state) {
  (void)state;
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__der_check(ctx, OCTETS("\x30\x05\x31\x03\x02\x01\x05")), SZTP_OK, "");
  test_expect_fail(ctx, sztp__der_check(ctx, OCTETS("\x30\x05\x31\x03\x02\x02\x05")), SZTP_ERR_DER,
                   "a length of 2, but 1 octets are left, at offset 4");
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__der_check(ctx, OCTETS("\xa0\x03\x05\x01\x00")), SZTP_ERR_DER,
                   "a NULL with contents at offset 2");
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__der_check(ctx, OCTETS("\x0a\x02\x00\x01")), SZTP_ERR_DER,
                   "not minimal at offset 0");
  sztp__trail_clear(ctx);
  assert_int_equal(sztp__der_check(ctx, OCTETS("\x80\x02\x30\x80\x05\x00")), SZTP_OK); /* [0] is opaque */
}

/* ---- writer -------------------------------------------------------------------------------------- */

static void expect_written(sztp__buf_t *b, sztp__span_t expected) {
  assert_int_equal(b->status, 0);
  assert_true(sztp__span_equal(sztp__buf_span(b), expected));
  sztp__buf_clear(b);
}

static void test_writer(void **state) {
  (void)state;
  sztp__buf_t b;
  size_t outer;
  size_t inner;
  sztp__buf_init(&b, ctx, 1000);
  assert_int_equal(sztp__der_open(&b, SZTP__DER_SEQUENCE, &outer), SZTP_OK);
  assert_int_equal(sztp__der_put_small(&b, 3), SZTP_OK);
  assert_int_equal(sztp__der_open(&b, SZTP__DER_CONTEXT_CONSTRUCTED, &inner), SZTP_OK);
  assert_int_equal(sztp__der_put_null(&b), SZTP_OK);
  assert_int_equal(sztp__der_put_oid(&b, OCTETS("\x2a\x03")), SZTP_OK);
  assert_int_equal(sztp__der_close(&b, inner), SZTP_OK);
  assert_int_equal(sztp__der_close(&b, outer), SZTP_OK);
  expect_written(&b, OCTETS("\x30\x0b\x02\x01\x03\xa0\x06\x05\x00\x06\x02\x2a\x03"));

  static const struct {
    uint32_t value;
    sztp__span_t expected;
  } rows[] = {
      {0, {(const uint8_t *)"\x02\x01\x00", 3}},
      {127, {(const uint8_t *)"\x02\x01\x7f", 3}},
      {128, {(const uint8_t *)"\x02\x02\x00\x80", 4}},
      {256, {(const uint8_t *)"\x02\x02\x01\x00", 4}},
      {0xffffffff, {(const uint8_t *)"\x02\x05\x00\xff\xff\xff\xff", 7}},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__der_put_small(&b, rows[i].value);
    expect_written(&b, rows[i].expected);
  }
  sztp__der_put_unsigned(&b, sztp__span(NULL, 0));
  sztp__der_put_unsigned(&b, OCTETS("\x00\x00\x80"));
  expect_written(&b, OCTETS("\x02\x01\x00\x02\x02\x00\x80"));
}

/* Every length around the steps of the length octets, by put and by open and close, is read back. */
static void test_lengths(void **state) {
  (void)state;
  static const size_t lengths[] = {0, 1, 127, 128, 129, 255, 256, 257, 65535, 65536, 0xffffff, 0x1000000};
  for (size_t i = 0; i < TEST_COUNT_OF(lengths); i++) {
    uint8_t *data = (uint8_t *)calloc(1, lengths[i] + 1);
    sztp__buf_t put;
    sztp__buf_t closed;
    size_t mark;
    sztp__buf_init(&put, ctx, SIZE_MAX / 4);
    sztp__buf_init(&closed, ctx, SIZE_MAX / 4);
    sztp__der_put(&put, SZTP__DER_OCTET_STRING, sztp__span(data, lengths[i]));
    sztp__der_open(&closed, SZTP__DER_OCTET_STRING, &mark);
    sztp__buf_add(&closed, data, lengths[i]);
    assert_int_equal(sztp__der_close(&closed, mark), SZTP_OK);
    assert_true(sztp__span_equal(sztp__buf_span(&put), sztp__buf_span(&closed)));
    sztp__tlv_t tlv;
    sztp__der_t d = reader(sztp__buf_span(&put));
    assert_int_equal(sztp__der_any(&d, &tlv), SZTP_OK);
    assert_int_equal(tlv.value.len, lengths[i]);
    assert_int_equal(sztp__der_finish(&d), SZTP_OK);
    sztp__buf_clear(&put);
    sztp__buf_clear(&closed);
    free(data);
  }
}

static void test_set_of_is_sorted(void **state) {
  (void)state;
  sztp__buf_t b;
  size_t mark;
  sztp__buf_init(&b, ctx, 1000);
  sztp__buf_add_text(&b, "x"); /* what stands before is left alone */
  sztp__der_open(&b, SZTP__DER_SET, &mark);
  sztp__buf_add_span(&b, OCTETS("\x04\x02\x42\x41\x02\x01\x09\x04\x01\x43\x04\x02\x41\x42\x02\x01\x01"));
  assert_int_equal(sztp__der_close_set_of(&b, mark), SZTP_OK);
  expect_written(&b, OCTETS("x\x31\x11\x02\x01\x01\x02\x01\x09\x04\x01\x43\x04\x02\x41\x42\x04\x02\x42\x41"));

  sztp__der_open(&b, SZTP__DER_SET, &mark); /* empty */
  assert_int_equal(sztp__der_close_set_of(&b, mark), SZTP_OK);
  expect_written(&b, OCTETS("\x31\x00"));

  sztp__trail_clear(ctx);
  sztp__der_open(&b, SZTP__DER_SET, &mark);
  sztp__buf_add_span(&b, OCTETS("\x02\x01\x05\x02\x05")); /* not elements */
  test_expect_fail(ctx, sztp__der_close_set_of(&b, mark), SZTP_ERR_DER, "a length of 5");
  assert_int_equal(sztp__der_close_set_of(&b, mark), SZTP_ERR_DER); /* sticks */
  assert_int_equal(sztp__der_close(&b, mark), SZTP_ERR_DER);
  sztp__buf_clear(&b);
}

static void test_writer_limits(void **state) {
  (void)state;
  sztp__buf_t b;
  size_t mark;
  sztp__buf_init(&b, ctx, 3);
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__der_put(&b, SZTP__DER_OCTET_STRING, OCTETS("ab")), SZTP_ERR_LIMIT, "at most 3");
  sztp__buf_clear(&b);
  sztp__der_open(&b, SZTP__DER_SEQUENCE, &mark);
  sztp__buf_add_text(&b, "ab");
  assert_int_equal(sztp__der_close(&b, mark), SZTP_ERR_LIMIT);
  sztp__buf_clear(&b);
#if SIZE_MAX > UINT32_MAX
  sztp__trail_clear(ctx);
  b.max = SIZE_MAX;
  test_expect_fail(ctx, sztp__der_put(&b, SZTP__DER_OCTET_STRING, sztp__span("", (size_t)UINT32_MAX + 1)),
                   SZTP_ERR_LIMIT, "an element of 4294967296 octets");
  sztp__buf_clear(&b);
#endif
}

static int32_t work(sztp_ctx_t *c, void *user) {
  (void)user;
  sztp__buf_t b;
  size_t mark;
  sztp__buf_init(&b, c, 1000);
  sztp__der_open(&b, SZTP__DER_SET, &mark);
  sztp__der_put_small(&b, 7);
  sztp__der_put_small(&b, 5);
  int32_t rc = sztp__der_close_set_of(&b, mark);
  sztp__buf_clear(&b);
  return rc;
}

/* SEC-05 */
static void test_every_allocation_may_fail(void **state) {
  (void)state;
  assert_int_equal(test_every_allocation(work, NULL), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_walk, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_element_faults, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_offsets_count_from_the_outermost_start, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_typed_readers, set_up, tear_down),
      cmocka_unit_test(test_oid_text),
      cmocka_unit_test_setup_teardown(test_check_depth, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_check_looks_inside, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_writer, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_lengths, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_set_of_is_sorted, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_writer_limits, set_up, tear_down),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
