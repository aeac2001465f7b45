/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR items: cbor.c. */
#include "testing.h"

#include "formats/cbor.h"

static test_memory_t memory;
static sztp_ctx_t *ctx;

static int set_up(void **state) {
  (void)state;
  ctx = test_ctx_new(&memory);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  test_ctx_free(&memory, ctx);
  return 0;
}

/* Values of RFC 8949's appendix A, and of its well-formedness rules. */
static void test_items(void **state) {
  (void)state;
  static const struct {
    sztp__span_t input;
    uint32_t type; /* 0: refused for the reason */
    uint64_t number;
    const char *text; /* contents of a string, or the reason */
  } rows[] = {
#define ROW(literal, type, number, text) {{(const uint8_t *)literal, sizeof(literal) - 1}, type, number, text}
      ROW("\x00", SZTP__CBOR_UINT, 0, ""),
      ROW("\x17", SZTP__CBOR_UINT, 23, ""),
      ROW("\x18\x18", SZTP__CBOR_UINT, 24, ""),
      ROW("\x19\x03\xe8", SZTP__CBOR_UINT, 1000, ""),
      ROW("\x1a\x00\x0f\x42\x40", SZTP__CBOR_UINT, 1000000, ""),
      ROW("\x1b\xff\xff\xff\xff\xff\xff\xff\xff", SZTP__CBOR_UINT, UINT64_MAX, ""),
      ROW("\x20", SZTP__CBOR_NEGINT, 0, ""),
      ROW("\x38\x63", SZTP__CBOR_NEGINT, 99, ""),
      ROW("\x39\x03\xe7", SZTP__CBOR_NEGINT, 999, ""),
      ROW("\x3a\x00\x0f\x42\x3f", SZTP__CBOR_NEGINT, 999999, ""),
      ROW("\x3b\xff\xff\xff\xff\xff\xff\xff\xff", SZTP__CBOR_NEGINT, UINT64_MAX, ""),
      ROW("\x40", SZTP__CBOR_BYTES, 0, ""),
      ROW("\x44\x01\xff\x03\x04", SZTP__CBOR_BYTES, 0, "\x01\xff\x03\x04"),
      ROW("\x58\x02QR", SZTP__CBOR_BYTES, 0, "QR"),
      ROW("\x59\x00\x02QR", SZTP__CBOR_BYTES, 0, "QR"),
      ROW("\x5a\x00\x00\x00\x02QR", SZTP__CBOR_BYTES, 0, "QR"),
      ROW("\x5b\x00\x00\x00\x00\x00\x00\x00\x02QR", SZTP__CBOR_BYTES, 0, "QR"),
      ROW("\x60", SZTP__CBOR_TEXT, 0, ""),
      ROW("\x62\xc3\xbc", SZTP__CBOR_TEXT, 0, "\xc3\xbc"),
      ROW("\x80", SZTP__CBOR_ARRAY, 0, ""),
      ROW("\x98\x19", SZTP__CBOR_ARRAY, 25, ""),
      ROW("\x9b\x00\x00\x00\x01\x00\x00\x00\x00", SZTP__CBOR_ARRAY, UINT64_C(0x100000000), ""),
      ROW("\xa2", SZTP__CBOR_MAP, 2, ""),
      ROW("\xd2", SZTP__CBOR_TAG, 18, ""),
      ROW("\xc0", SZTP__CBOR_TAG, 0, ""),
      ROW("\xd7", SZTP__CBOR_TAG, 23, ""),
      ROW("\xd8\x20", SZTP__CBOR_TAG, 32, ""),
      ROW("\xdb\xff\xff\xff\xff\xff\xff\xff\xff", SZTP__CBOR_TAG, UINT64_MAX, ""),
      ROW("\xf4", SZTP__CBOR_BOOL, 0, ""),
      ROW("\xf5", SZTP__CBOR_BOOL, 1, ""),
      ROW("\xf6", SZTP__CBOR_NULL, 0, ""),
      ROW("", 0, 0, "the end of data where an item should be"),
      ROW("\x18", 0, 0, "the data ends inside the item that starts with 0x18"),
      ROW("\x1b\xff\xff", 0, 0, "the data ends inside"),
      ROW("\x42\x01", 0, 0, "the data ends inside"),
      ROW("\x58", 0, 0, "the data ends inside"),
      ROW("\x5b\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, 0, "the data ends inside"),
      ROW("\x5b\xff\xff\xff\xff\xff\xff\xff\xf7\x01", 0, 0, "the data ends inside"),
      ROW("\x7b\x80\x00\x00\x00\x00\x00\x00\x00x", 0, 0, "the data ends inside"),
      ROW("\x99\x01", 0, 0, "the data ends inside"),
      ROW("\x1c", 0, 0, "0x1c does not start an item"),
      ROW("\x5d", 0, 0, "0x5d does not start an item"),
      ROW("\x5f\x41\x01\xff", 0, 0, "indefinite length"),
      ROW("\x7f\xff", 0, 0, "indefinite length"),
      ROW("\x9f\xff", 0, 0, "indefinite length"),
      ROW("\xbf\xff", 0, 0, "indefinite length"),
      ROW("\xff", 0, 0, "indefinite length"),
      ROW("\xf7", 0, 0, "a simple value, which is not read"),
      ROW("\xf9\x3c\x00", 0, 0, "a float"),
      ROW("\xfa\x47\xc3\x50\x00", 0, 0, "a float"),
      ROW("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a", 0, 0, "a float"),
      ROW("\xf0", 0, 0, "0xf0"),
      ROW("\xf8\xff", 0, 0, "0xf8"),
      ROW("\x62\xc3(", 0, 0, "not UTF-8"),
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__span_t input = rows[i].input;
    sztp__cbor_item_t item = {77, 0, {NULL, 0}};
    sztp__trail_clear(ctx);
    int32_t rc = sztp__cbor_next(ctx, &input, &item);
    if (rows[i].type == 0) {
      test_expect_fail(ctx, rc, SZTP_ERR_CBOR, rows[i].text);
      assert_int_equal(item.type, 77);
      assert_ptr_equal(input.data, rows[i].input.data);
      continue;
    }
    if (rc != 0) fail_msg("row %zu: %s", i, test_detail(ctx));
    assert_int_equal(item.type, rows[i].type);
    assert_true(item.number == rows[i].number);
    assert_true(sztp__span_is(item.bytes, rows[i].text));
    assert_int_equal(input.len, 0);
  }
}

static void test_written_items_are_read_back(void **state) {
  (void)state;
  static const uint64_t numbers[] = {
      0, 23, 24, 255, 256, 65535, 65536, UINT32_MAX, (uint64_t)UINT32_MAX + 1, UINT64_MAX};
  char text[300];
  memset(text, 't', sizeof text);
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 10000);
  assert_int_equal(sztp__cbor_put_map(&out, 3), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(numbers); i++)
    assert_int_equal(sztp__cbor_put_uint(&out, numbers[i]), SZTP_OK);
  assert_int_equal(sztp__cbor_put_array(&out, 1000), SZTP_OK);
  assert_int_equal(sztp__cbor_put_text(&out, sztp__span(text, sizeof text)), SZTP_OK);
  assert_int_equal(sztp__cbor_put_bytes(&out, sztp__span("\xff", 1)), SZTP_OK);
  assert_int_equal(sztp__cbor_put_bytes(&out, sztp__span(NULL, 0)), SZTP_OK);

  sztp__span_t in = sztp__buf_span(&out);
  sztp__cbor_item_t item;
  assert_int_equal(sztp__cbor_next(ctx, &in, &item), SZTP_OK);
  assert_int_equal(item.type, SZTP__CBOR_MAP);
  assert_int_equal(item.number, 3);
  for (size_t i = 0; i < TEST_COUNT_OF(numbers); i++) {
    assert_int_equal(sztp__cbor_next(ctx, &in, &item), SZTP_OK);
    assert_true(item.type == SZTP__CBOR_UINT && item.number == numbers[i]);
  }
  assert_int_equal(sztp__cbor_next(ctx, &in, &item), SZTP_OK);
  assert_true(item.type == SZTP__CBOR_ARRAY && item.number == 1000);
  assert_int_equal(sztp__cbor_next(ctx, &in, &item), SZTP_OK);
  assert_true(item.type == SZTP__CBOR_TEXT && sztp__span_equal(item.bytes, sztp__span(text, sizeof text)));
  assert_int_equal(sztp__cbor_next(ctx, &in, &item), SZTP_OK);
  assert_true(item.type == SZTP__CBOR_BYTES && sztp__span_is(item.bytes, "\xff"));
  assert_int_equal(sztp__cbor_next(ctx, &in, &item), SZTP_OK);
  assert_true(item.type == SZTP__CBOR_BYTES && item.bytes.len == 0);
  assert_int_equal(in.len, 0);
  sztp__buf_clear(&out);
}

static void test_shortest_heads_are_written(void **state) {
  (void)state;
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 100);
  sztp__cbor_put_uint(&out, 24);
  sztp__cbor_put_text(&out, sztp__span_of("a"));
  sztp__cbor_put_bytes(&out, sztp__span_of("b"));
  sztp__cbor_put_array(&out, 2);
  assert_int_equal(sztp__cbor_put_map(&out, 1), SZTP_OK);
  assert_true(sztp__span_is(sztp__buf_span(&out), "\x18\x18\x61"
                                                  "a\x41"
                                                  "b\x82\xa1"));
  sztp__buf_clear(&out);
}

static int32_t work(sztp_ctx_t *c, void *user) {
  (void)user;
  sztp__buf_t out;
  sztp__buf_init(&out, c, 100);
  sztp__cbor_put_array(&out, 1);
  int32_t rc = sztp__cbor_put_text(&out, sztp__span_of("text"));
  sztp__buf_clear(&out);
  return rc;
}

/* SEC-05 */
static void test_every_allocation_may_fail(void **state) {
  (void)state;
  assert_int_equal(test_every_allocation(work, NULL), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_items, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_written_items_are_read_back, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_shortest_heads_are_written, set_up, tear_down),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
