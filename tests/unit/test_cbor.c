/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR items: cbor.c. */
#include "common/with_ctx.h"

#include "formats/cbor.h"

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
      ROW("\x5b\x00\x00\x00\x01\x00\x00\x00\x00", 0, 0, "the data ends inside"), /* more than 32 bits */
      ROW("\x9b\x00\x00\x00\x01\x00\x00\x00", 0, 0, "the data ends inside"),
      ROW("\xbb\x00\x00\x00\x01\x00\x00\x00\x03", SZTP__CBOR_MAP, UINT64_C(0x100000003), ""),
      ROW("\x5f", SZTP__CBOR_OPEN_BYTES, 0, ""),
      ROW("\x7f", SZTP__CBOR_OPEN_TEXT, 0, ""),
      ROW("\x9f", SZTP__CBOR_OPEN_ARRAY, 0, ""),
      ROW("\xbf", SZTP__CBOR_OPEN_MAP, 0, ""),
      ROW("\xff", SZTP__CBOR_BREAK, 0, ""),
      ROW("\xf7", SZTP__CBOR_SIMPLE, 23, ""),
      ROW("\xf0", SZTP__CBOR_SIMPLE, 16, ""),
      ROW("\xe0", SZTP__CBOR_SIMPLE, 0, ""),
      ROW("\xf3", SZTP__CBOR_SIMPLE, 19, ""),
      ROW("\xf8\x20", SZTP__CBOR_SIMPLE, 32, ""),
      ROW("\xf8\xff", SZTP__CBOR_SIMPLE, 255, ""),
      ROW("\xf8\x1f", 0, 0, "0xf8 does not start an item"),
      ROW("\xf8", 0, 0, "the data ends inside"),
      ROW("\xfc", 0, 0, "0xfc"),
      ROW("\xf9\x3c\x00", SZTP__CBOR_FLOAT, 0, ""),
      ROW("\xf9\x3c", 0, 0, "the data ends inside"),
      ROW("\xfa\x47\xc3\x50\x00", SZTP__CBOR_FLOAT, 0, ""),
      ROW("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a", SZTP__CBOR_FLOAT, 0, ""),
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
  sztp__cbor_put_negint(&out, 6);
  sztp__cbor_put_negint(&out, 34);
  sztp__cbor_put_tag(&out, 18);
  sztp__cbor_put_tag(&out, 47);
  sztp__cbor_put_bool(&out, 0);
  sztp__cbor_put_bool(&out, 1);
  sztp__cbor_put_bytes_head(&out, 300);
  assert_int_equal(sztp__cbor_put_map(&out, 1), SZTP_OK);
  static const char expected[] = "\x18\x18\x61"
                                 "a\x41"
                                 "b\x82\x26\x38\x22\xd2\xd8\x2f\xf4\xf5\x59\x01\x2c\xa1";
  assert_true(sztp__span_equal(sztp__buf_span(&out), sztp__span(expected, sizeof expected - 1)));
  sztp__buf_clear(&out);
}

/* ---- whole documents ----------------------------------------------------------------------------- */

struct whole {
  sztp__span_t input;
  const char *fault; /* NULL: accepted */
};
#define WHOLE(literal, fault)                                                                                \
  { {(const uint8_t *)(literal), sizeof(literal) - 1}, fault }

static int32_t whole(sztp__span_t input, sztp__buf_t *joined, sztp__span_t *out) {
  sztp__buf_init(joined, ctx, input.len);
  sztp__trail_clear(ctx);
  return sztp__cbor_whole(ctx, input, joined, out);
}

/* COSE-09: structure, trailing octets, keys that stand there twice; and what is no fault */
static void test_whole(void **state) {
  (void)state;
  static const struct whole rows[] = {
      WHOLE("\x00", NULL),
      WHOLE("\x80", NULL),
      WHOLE("\xa0", NULL),
      WHOLE("\x82\x01\x82\x02\x03", NULL),
      WHOLE("\xa2\x01\x02\x03\x04", NULL),
      WHOLE("\x9f\xff", NULL),
      WHOLE("\xbf\xff", NULL),
      WHOLE("\xbf\x01\x9f\x02\xff\x03\xbf\xff\xff", NULL),
      WHOLE("\xd2\x84\x40\xa0\xf6\x40", NULL),
      WHOLE("\xc1\xd9\xd9\xf7\xf9\x3c\x00", NULL),
      WHOLE("\x85\xf7\xf0\xf8\x80\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a\xf6", NULL),
      WHOLE("\xa2\xd8\x2f\x01\x00\x01\x00", NULL), /* 47(1) is not 1 */
      WHOLE("\xa2\x61\x61\x00\x41\x61\x00", NULL), /* "a" is not h'61' */
      WHOLE("\xa2\x20\x00\x00\x00", NULL),         /* -1 is not 0 */
      WHOLE("\xa2\x01\xa1\x01\x02\x02\xa1\x01\x02", NULL),
      WHOLE("\x5f\xff", NULL),
      WHOLE("\x7f\x61\x61\x60\x61\x62\xff", NULL),
      WHOLE("", "the end of data"),
      WHOLE("\x00\x00", "1 octets after the item"),
      WHOLE("\x9f\xff\xff", "1 octets after the item"),
      WHOLE("\xff", "a break where an item should be"),
      WHOLE("\x81\xff", "a break where an item should be"),
      WHOLE("\xc1\xff", "a break where an item should be"),
      WHOLE("\xbf\x01\xff", "a break where an item should be"),
      WHOLE("\xa1\x01\xff", "a break where an item should be"),
      WHOLE("\x82\x01", "more elements than there are octets"),
      WHOLE("\x82\x81\x01", "the end of data"),
      WHOLE("\x9f\x01", "the end of data"),
      WHOLE("\xbf\x01\x02", "the end of data"),
      WHOLE("\xd2", "the end of data"),
      WHOLE("\x5f\x41\x01", "the end of data"),
      WHOLE("\x9a\xff\xff\xff\xff\x01", "more elements than there are octets"),
      WHOLE("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01", "more elements than there are octets"),
      WHOLE("\xbb\x80\x00\x00\x00\x00\x00\x00\x01\x01\x01", "more elements than there are octets"),
      WHOLE("\xa2\x01\x02\x03", "more elements than there are octets"),
      WHOLE("\x5f\x61\x61\xff", "a chunk of a string is not of its type"),
      WHOLE("\x7f\x41\x61\xff", "a chunk of a string is not of its type"),
      WHOLE("\x5f\x01\xff", "a chunk of a string is not of its type"),
      WHOLE("\x5f\x5f\xff\xff", "a chunk of a string is not of its type"),
      WHOLE("\x7f\x61\xc3\x61\xbc\xff", "not UTF-8"), /* a character in two chunks (RFC 8949 3.2.3) */
      WHOLE("\xa2\x01\x02\x01\x02", "a key appears twice"),
      WHOLE("\xa2\x01\x02\x18\x01\x02", "a key appears twice"),
      WHOLE("\xa2\x20\x02\x39\x00\x00\x02", "a key appears twice"),
      WHOLE("\xa2\x61\x61\x02\x78\x01\x61\x02", "a key appears twice"),
      WHOLE("\xa2\xd8\x2f\x01\x00\xd9\x00\x2f\x01\x00", "a key appears twice"),
      WHOLE("\xa2\x61\x61\x02\x7f\x61\x61\xff\x02", "a key appears twice"),
      WHOLE("\xa2\x7f\x61\x61\x61\x62\xff\x02\x7f\x62\x61\x62\xff\x02", "a key appears twice"),
      WHOLE("\x81\xa1\x00\xbf\x01\xa2\x05\x00\x06\x00\x02\x00\x01\x00\xff", "a key appears twice"),
      WHOLE("\xa1\x80\x00", "neither a number nor a string"),
      WHOLE("\xa1\xa0\x00", "neither a number nor a string"),
      WHOLE("\xa1\xf6\x00", "neither a number nor a string"),
      WHOLE("\xa1\xf9\x3c\x00\x00", "neither a number nor a string"),
      WHOLE("\xa1\xc1\xc1\x00\x00", "neither a number nor a string"),
      WHOLE("\xa1\xc1", "more elements than there are octets"),
      WHOLE("\xbf\xc1", "the end of data"),
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__buf_t joined;
    sztp__span_t out;
    int32_t rc = whole(rows[i].input, &joined, &out);
    if (rows[i].fault != NULL)
      test_expect_fail(ctx, rc, SZTP_ERR_CBOR, rows[i].fault);
    else if (rc != 0)
      fail_msg("row %zu: %s", i, test_detail(ctx));
    sztp__buf_clear(&joined);
  }
}

/* COSE-09: arrays, maps and tags 16 deep, and no deeper; a string in chunks is no level of its own */
static void test_depth(void **state) {
  (void)state;
  static const uint8_t opening[] = {0x81, 0xc1, 0x9f, 0xbf};
  for (size_t kind = 0; kind < sizeof opening; kind++) {
    for (size_t depth = 15; depth <= 17; depth++) {
      sztp__buf_t document;
      sztp__buf_t joined;
      sztp__span_t out;
      sztp__buf_init(&document, ctx, 200);
      for (size_t i = 0; i < depth; i++) {
        (void)sztp__buf_add_u8(&document, opening[kind]);
        if (opening[kind] == 0xbf) (void)sztp__buf_add_u8(&document, 1);
      }
      (void)sztp__buf_add(&document, "\x5f\x41\x01\xff", 4);
      for (size_t i = 0; opening[kind] >= 0x9f && opening[kind] <= 0xbf && i < depth; i++)
        (void)sztp__buf_add_u8(&document, 0xff);
      int32_t rc = whole(sztp__buf_span(&document), &joined, &out);
      if (depth > 16)
        test_expect_fail(ctx, rc, SZTP_ERR_CBOR, "nested more than 16 deep");
      else
        assert_int_equal(rc, 0);
      sztp__span_t in = sztp__buf_span(&document);
      sztp__trail_clear(ctx);
      rc = sztp__cbor_skip(ctx, &in);
      assert_int_equal(rc, depth > 16 ? SZTP_ERR_CBOR : 0);
      assert_int_equal(in.len == 0, depth <= 16);
      sztp__buf_clear(&joined);
      sztp__buf_clear(&document);
    }
  }
}

/* SEC-06: keys are counted over all maps that are open, those of maps that ended no longer */
static void test_number_of_keys(void **state) {
  (void)state;
  for (size_t n = SZTP__CBOR_KEYS - 1; n <= SZTP__CBOR_KEYS; n++) {
    sztp__buf_t document;
    sztp__buf_t joined;
    sztp__span_t out;
    sztp__buf_init(&document, ctx, 4096);
    (void)sztp__cbor_put_array(&document, 2);
    for (int twice = 0; twice < 2; twice++) {
      (void)sztp__cbor_put_map(&document, n);
      for (size_t i = 0; i < n; i++) {
        (void)sztp__cbor_put_uint(&document, i);
        if (i + 1 < n)
          (void)sztp__cbor_put_uint(&document, 0);
        else
          (void)sztp__buf_add(&document, "\xa1\x00\x00", 3);
      }
    }
    int32_t rc = whole(sztp__buf_span(&document), &joined, &out);
    if (n < SZTP__CBOR_KEYS)
      assert_int_equal(rc, 0);
    else
      test_expect_fail(ctx, rc, SZTP_ERR_LIMIT, "more than 128 keys");
    sztp__buf_clear(&joined);
    sztp__buf_clear(&document);
  }
}

/* COSE-09: strings in chunks come out whole, everything else as it was; without chunks nothing is copied */
static void test_chunks_are_joined(void **state) {
  (void)state;
  static const char plain[] = "\xbf\x01\x9f\x18\x02\xff\xff";
  static const char chunked[] =
      "\xbf\x7f\x61\x61\x60\x62\xc3\xbc\xff\x9f\x5f\x41\x00\x58\x02\x01\x02\xff\x5f\xff"
      "\x18\x02\xff\xff";
  static const char expected[] = "\xbf\x63\x61\xc3\xbc\x9f\x43\x00\x01\x02\x40\x18\x02\xff\xff";
  sztp__buf_t joined;
  sztp__span_t out;
  assert_int_equal(whole(sztp__span(plain, sizeof plain - 1), &joined, &out), 0);
  assert_ptr_equal(out.data, plain);
  assert_null(joined.data);
  assert_int_equal(whole(sztp__span(chunked, sizeof chunked - 1), &joined, &out), 0);
  assert_true(sztp__span_equal(out, sztp__span(expected, sizeof expected - 1)));
  sztp__buf_clear(&joined);
}

/* Elements of arrays and pairs of maps, with a length and without */
static void test_lists(void **state) {
  (void)state;
  static const struct {
    sztp__span_t input;
    uint32_t type;
    unsigned elements;
  } rows[] = {
#define LIST(literal, type, elements) {{(const uint8_t *)(literal), sizeof(literal) - 1}, type, elements}
      LIST("\x80", SZTP__CBOR_ARRAY, 0),
      LIST("\x9f\xff", SZTP__CBOR_ARRAY, 0),
      LIST("\x82\x01\x81\x02", SZTP__CBOR_ARRAY, 2),
      LIST("\x9f\x01\x9f\x02\xff\xff", SZTP__CBOR_ARRAY, 2),
      LIST("\xa2\x01\xa0\x02\xbf\xff", SZTP__CBOR_MAP, 2),
      LIST("\xbf\x01\xa0\x02\xbf\xff\xff", SZTP__CBOR_MAP, 2),
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__span_t in = rows[i].input;
    sztp__cbor_list_t list;
    unsigned n = 0;
    assert_int_equal(sztp__cbor_enter(ctx, &in, rows[i].type, "it", &list), 0);
    for (; sztp__cbor_more(&in, &list); n++) {
      assert_int_equal(sztp__cbor_skip(ctx, &in), 0);
      if (rows[i].type == SZTP__CBOR_MAP) assert_int_equal(sztp__cbor_skip(ctx, &in), 0);
    }
    assert_int_equal(n, rows[i].elements);
    assert_int_equal(in.len, 0);
    in = rows[i].input;
    int is_map = rows[i].type == SZTP__CBOR_MAP;
    sztp__trail_clear(ctx);
    test_expect_fail(
        ctx, sztp__cbor_enter(ctx, &in, is_map ? SZTP__CBOR_ARRAY : SZTP__CBOR_MAP, "the header", &list),
        SZTP_ERR_CBOR, is_map ? "the header is not an array" : "the header is not a map");
  }
}

static int32_t join_work(sztp_ctx_t *c, void *user) {
  static const char document[] = "\xa2\x7f\x61\x61\xff\x5f\x41\x62\xff\x02\x03";
  (void)user;
  sztp__buf_t joined;
  sztp__span_t out;
  sztp__buf_init(&joined, c, sizeof document);
  int32_t rc = sztp__cbor_whole(c, sztp__span(document, sizeof document - 1), &joined, &out);
  sztp__buf_clear(&joined);
  return rc;
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
  assert_int_equal(test_every_allocation(join_work, NULL), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_items, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_written_items_are_read_back, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_shortest_heads_are_written, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_whole, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_depth, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_number_of_keys, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_chunks_are_joined, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_lists, set_up, tear_down),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
