/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents: json.c. */
#include "common/with_ctx.h"

#include <cjson/cJSON.h>

#include "formats/json.h"

static int32_t parse(sztp__span_t text, sztp__json_t **doc) {
  *doc = NULL;
  sztp__trail_clear(ctx);
  return sztp__json_parse(ctx, text, doc);
}

static sztp__json_t *must_parse(sztp__span_t text) {
  sztp__json_t *doc;
  int32_t rc = parse(text, &doc);
  if (rc != 0) fail_msg("%s", test_detail(ctx));
  return doc;
}

static void expect_text(const sztp__json_value_t *v, const char *expected) {
  assert_non_null(v);
  assert_int_equal(sztp__json_type(v), SZTP__JSON_STRING);
  assert_true(sztp__span_is(sztp__json_string(v), expected));
}

static size_t count_of(const sztp__json_value_t *v) {
  size_t count = 0;
  for (const sztp__json_value_t *child = sztp__json_first(v); child != NULL; child = sztp__json_next(child))
    count++;
  return count;
}

static void test_values(void **state) {
  (void)state;
  sztp__json_t *doc = must_parse(sztp__span_of(
      "\xef\xbb\xbf { \"m:top\" : {\"n\": -12.50e+3, \"t\":true,\"f\":false, \"z\":null,\r\n\t\"s\":\"ab\","
      "\"a\":[1,\"x\",[],{}], \"\\u00e9\\n\":\"\"} } \n"));
  const sztp__json_value_t *root = sztp__json_root(doc);
  assert_int_equal(sztp__json_type(root), SZTP__JSON_OBJECT);
  assert_string_equal(sztp__json_name(root), "");
  assert_null(sztp__json_next(root));
  assert_null(sztp__json_member(root, "M:TOP")); /* exact names */
  const sztp__json_value_t *top = sztp__json_member(root, "m:top");
  assert_int_equal(count_of(top), 7);
  const sztp__json_value_t *v = sztp__json_first(top);
  assert_int_equal(sztp__json_type(v), SZTP__JSON_NUMBER);
  assert_true(sztp__span_is(sztp__json_number(v), "-12.50e+3"));
  v = sztp__json_next(v);
  assert_string_equal(sztp__json_name(v), "t");
  assert_int_equal(sztp__json_type(v), SZTP__JSON_BOOL);
  assert_int_equal(sztp__json_bool(v), 1);
  v = sztp__json_next(v);
  assert_int_equal(sztp__json_bool(v), 0);
  v = sztp__json_next(v);
  assert_int_equal(sztp__json_type(v), SZTP__JSON_NULL);
  expect_text(sztp__json_member(top, "s"), "ab");
  expect_text(sztp__json_member(top, "\xc3\xa9\n"), "");
  const sztp__json_value_t *a = sztp__json_member(top, "a");
  assert_int_equal(sztp__json_type(a), SZTP__JSON_ARRAY);
  assert_int_equal(count_of(a), 4);
  assert_null(sztp__json_member(a, "n"));
  v = sztp__json_first(a);
  assert_true(sztp__span_is(sztp__json_number(v), "1"));
  assert_string_equal(sztp__json_name(v), "");
  v = sztp__json_next(v);
  expect_text(v, "x");
  v = sztp__json_next(v);
  assert_int_equal(count_of(v), 0);
  assert_null(sztp__json_first(v));
  assert_null(sztp__json_next(sztp__json_next(v)));
  sztp__json_free(doc);
  sztp__json_free(NULL);
}

static void test_scalars_are_documents(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t type;
  } rows[] = {{"null", SZTP__JSON_NULL},   {" true\n", SZTP__JSON_BOOL},  {"-0", SZTP__JSON_NUMBER},
              {"\"\"", SZTP__JSON_STRING}, {"\"n1\"", SZTP__JSON_STRING}, {"\"r0,9\"", SZTP__JSON_STRING}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__json_t *doc = must_parse(sztp__span_of(rows[i].text));
    assert_int_equal(sztp__json_type(sztp__json_root(doc)), rows[i].type);
    sztp__json_free(doc);
  }
}

/* Short and long strings are kept in two ways; both must read alike. */
static void test_strings_of_every_length(void **state) {
  (void)state;
  for (size_t len = 0; len < 140; len++) {
    for (int escaped = 0; escaped < 2; escaped++) {
      char text[400];
      char expected[200];
      memset(expected, 'x', len);
      expected[len] = 0;
      snprintf(text, sizeof text, "{\"k\":\"%s%s\"}", expected,
               escaped ? "\\ud83d\\ude00\\/\\\"\\u0041" : "");
      if (escaped) strcat(expected, "\xf0\x9f\x98\x80/\"A");
      sztp__json_t *doc = must_parse(sztp__span_of(text));
      const sztp__json_value_t *v = sztp__json_member(sztp__json_root(doc), "k");
      expect_text(v, expected);
      assert_ptr_equal(sztp__json_string(v).data, sztp__json_string(v).data); /* resolved once */
      sztp__json_free(doc);
    }
  }
}

#define LONG64 "0123456789012345678901234567890123456789012345678901234567890123"
static void test_all_escapes(void **state) {
  (void)state;
  static const char escapes[] =
      "\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u0080\\u07FF\\u0800\\uffff\\uD800\\uDC00\\udbff\\udfff";
  static const char meaning[] =
      "\"\\/\b\f\n\r\t\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
  char text[400];
  char expected[400];
  snprintf(text, sizeof text, "[\"" LONG64 "%s\",\"\\u00e9\\u20AC\"]", escapes);
  snprintf(expected, sizeof expected, LONG64 "%s", meaning);
  sztp__json_t *doc = must_parse(sztp__span_of(text));
  const sztp__json_value_t *v = sztp__json_first(sztp__json_root(doc));
  expect_text(v, expected);
  expect_text(sztp__json_next(v), "\xc3\xa9\xe2\x82\xac");
  sztp__json_free(doc);
}

/* DATA-03, DATA-13, DATA-14, SEC-04 */
static void test_refused_documents(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *reason;
  } rows[] = {
      {"", "line 1 column 1: the end of the text where a value should be"},
      {"\xef\xbb\xbf", "the end of the text"},
      {"\xef\xbb\xbf\xef\xbb\xbf{}", "no JSON value"},
      {"\xff\xfe{\0", "no JSON value"},
      {"{} x", "line 1 column 4: text after"},
      {"{}{}", "line 1 column 3: text after"},
      {"{\"a\":1}\n\n ]", "line 3 column 2: text after"},
      {"[1,]", "line 1 column 4: no JSON value"},
      {"[,1]", "no JSON value"},
      {"[1 2]", "neither ','"},
      {"[1", "neither ','"},
      {"[", "the end of the text"},
      {"]", "no JSON value"},
      {"[}", "no JSON value"},
      {"{]", "no member name"},
      {"{", "no member name"},
      {"{a:1}", "no member name"},
      {"{\"a\" 1}", "no ':'"},
      {"{\"a\":}", "no JSON value"},
      {"{\"a\":1,}", "no member name"},
      {"{\"a\":1]", "neither ','"},
      {"{\"a\"", "no ':'"},
      {"{\"a\":", "the end of the text"},
      {"\"abc", "line 1 column 1: a string without its closing quote"},
      {"\"a\nb\"", "a control character in a string"},
      {"\"\x1f\"", "a control character"},
      {"[\"é\\x\"]", "line 1 column 4: an unknown escape"},
      {"\"\\", "an unknown escape"},
      {"\"\\u12", "without four hex digits"},
      {"\"\\u12g4\"", "without four hex digits"},
      {"\"\\u0000\"", "\\u0000, which is refused"},
      {"{\"\\u0000\":1}", "\\u0000, which is refused"},
      {"\"\\ud800\"", "unpaired surrogate"},
      {"\"\\ud800x\"", "unpaired surrogate"},
      {"\"\\ud800\\n\"", "unpaired surrogate"},
      {"\"\\ud800\\u0041\"", "unpaired surrogate"},
      {"\"\\ud800\\ud800\"", "unpaired surrogate"},
      {"\"\\udc00\\ud800\"", "unpaired surrogate"},
      {"\"\\udc00\"", "unpaired surrogate"},
      {"\"\xc3(\"", "not UTF-8"},
      {"\"\xed\xa0\x80\"", "not UTF-8"},
      {"-", "without digits"},
      {"01", "text after"},
      {"-01", "text after"},
      {"+1", "no JSON value"},
      {".5", "no JSON value"},
      {"1.", "fraction without"},
      {"1e", "exponent without"},
      {"1e+", "exponent without"},
      {"1.e1", "fraction without"},
      {"truex", "text after"},
      {"tru", "no JSON value"},
      {"True", "no JSON value"},
      {"NaN", "no JSON value"},
      {"Infinity", "no JSON value"},
      {"'a'", "no JSON value"},
      {"[1]//", "text after"},
      {"/**/1", "no JSON value"},
      {"\v1", "no JSON value"},
      {"{\"a\":1,\"a\":2}", "two members named 'a'"},
      {"{\"a\":1,\"b\":0,\"\\u0061\":2}", "two members named 'a'"},
      {"[{},{\"x\":[{\"b\":0,\"c\":{},\"b\":{}}]}]", "two members named 'b'"},
      {"{\"\":1,\"\":1}", "two members named ''"},
      {"{\"a\\n\":1,\"a\\u000a\":1}", "two members named 'a?'"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__json_t *doc;
    int32_t rc = parse(sztp__span_of(rows[i].text), &doc);
    test_expect_fail(ctx, rc, SZTP_ERR_JSON, rows[i].reason);
    assert_null(doc);
  }
  sztp__json_t *doc;
  test_expect_fail(ctx, parse(sztp__span("{\"a\0\":1}", 8), &doc), SZTP_ERR_JSON, "control character");
  test_expect_fail(ctx, parse(sztp__span("[1]\0", 4), &doc), SZTP_ERR_JSON, "text after");
  test_expect_fail(ctx, parse(sztp__span(NULL, 0), &doc), SZTP_ERR_JSON, "the end of the text");
}

static void test_equal_names_in_different_objects(void **state) {
  (void)state;
  sztp__json_free(must_parse(sztp__span_of("{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]},\"A\":0,\"b\":{\"a\":1}}")));
}

/* A text of @p count pieces made by a format with the index. */
static char *many(const char *open, const char *format, const char *close, unsigned count) {
  char *text = (char *)malloc(strlen(open) + strlen(close) + count * 24 + 1);
  assert_non_null(text);
  size_t len = (size_t)sprintf(text, "%s", open);
  for (unsigned i = 0; i < count; i++) {
    if (i > 0) text[len++] = ',';
    int n = snprintf(text + len, 24, format, i);
    assert_true(n > 0 && n < 24);
    len += (size_t)n;
  }
  strcpy(text + len, close);
  return text;
}

/* DATA-15: members */
static void test_member_limit(void **state) {
  (void)state;
  static const struct {
    const char *open, *format, *close;
    unsigned count;
    int ok;
  } rows[] = {
      {"[", "%u", "]", 4096, 1},           {"[", "%u", "]", 4097, 0},
      {"{", "\"n%u\":0", "}", 4096, 1},    {"{", "\"n%u\":0", "}", 4097, 0},
      {"{\"a\":[", "[{}]", "]}", 2047, 1}, /* the member, and two elements each */
      {"{\"a\":[", "[{}]", "]}", 2048, 0},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    char *text = many(rows[i].open, rows[i].format, rows[i].close, rows[i].count);
    sztp__json_t *doc;
    int32_t rc = parse(sztp__span_of(text), &doc);
    test_expect_fail(ctx, rc, rows[i].ok ? SZTP_OK : SZTP_ERR_LIMIT, rows[i].ok ? "" : "too many members");
    sztp__json_free(doc);
    free(text);
  }
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMBERS, 2), SZTP_OK);
  sztp__json_t *doc;
  test_expect_fail(ctx, parse(sztp__span_of("[1,2,3]"), &doc), SZTP_ERR_LIMIT, "too many members");
}

static void test_duplicate_among_thousands(void **state) {
  (void)state;
  for (unsigned count = 1; count <= 4096; count += 819) {
    char *text = many("{", "\"name-%u\":0", "}", count);
    sztp__json_free(must_parse(sztp__span_of(text)));
    free(text);
    text = many("{", "\"name-%u\":0", ",\"name-0\":1}", count - 1 > 0 ? count - 1 : 1);
    sztp__json_t *doc;
    test_expect_fail(ctx, parse(sztp__span_of(text), &doc), SZTP_ERR_JSON, "two members named 'name-0'");
    free(text);
  }
}

/* DATA-15, SEC-16: depth */
static void test_depth_limit(void **state) {
  (void)state;
  static char text[20001];
  static const struct {
    uint64_t limit;
    size_t depth;
    int ok;
  } rows[] = {{32, 32, 1}, {32, 33, 0}, {1, 1, 1}, {1, 2, 0}, {128, 128, 1}, {128, 129, 0}, {32, 10000, 0}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    memset(text, '[', rows[i].depth);
    memset(text + rows[i].depth, ']', rows[i].depth);
    assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_DEPTH, (int64_t)rows[i].limit), SZTP_OK);
    sztp__json_t *doc;
    int32_t rc = parse(sztp__span(text, 2 * rows[i].depth), &doc);
    test_expect_fail(ctx, rc, rows[i].ok ? SZTP_OK : SZTP_ERR_LIMIT, rows[i].ok ? "" : "nested too deep");
    sztp__json_free(doc);
  }
}

/* DATA-15: leaves */
static void test_leaf_limit(void **state) {
  (void)state;
  sztp__json_t *doc;
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_LEAF, 5), SZTP_OK);
  sztp__json_free(must_parse(sztp__span_of("{\"12345\":12345}")));
  test_expect_fail(ctx, parse(sztp__span_of("{\"123456\":1}"), &doc), SZTP_ERR_LIMIT,
                   "a member name too long");
  test_expect_fail(ctx, parse(sztp__span_of("[123456]"), &doc), SZTP_ERR_LIMIT, "too many digits");
  sztp__json_free(
      must_parse(sztp__span_of("\"a string may be binary, so its length is the reader's business\"")));
}

/* SEC-06: a long base64 leaf is not copied */
static void test_long_strings_cost_no_memory(void **state) {
  (void)state;
  size_t len = 1000000;
  char *text = (char *)malloc(len + 2);
  memset(text, 'A', len + 2);
  text[0] = '"';
  text[len + 1] = '"';
  size_t before = memory.peak;
  sztp__json_t *doc = must_parse(sztp__span(text, len + 2));
  sztp__span_t value = sztp__json_string(sztp__json_root(doc));
  assert_ptr_equal(value.data, text + 1);
  assert_int_equal(value.len, len);
  assert_true(memory.peak - before < 1000);
  sztp__json_free(doc);
  free(text);
}

/* The texts that libsztp writes are read back as they were, apart from what is no text. DATA-19 */
static void test_put_string(void **state) {
  (void)state;
  static const struct {
    sztp__span_t text;
    const char *expected;
  } rows[] = {
      {{(const uint8_t *)"", 0}, "\"\""},
      {{NULL, 0}, "\"\""},
      {{(const uint8_t *)"plain \xc3\xa9\xf0\x9f\x98\x80/\x7f", 14},
       "\"plain \xc3\xa9\xf0\x9f\x98\x80/\x7f\""},
      {{(const uint8_t *)"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
      {{(const uint8_t *)"\n\r\t\0\x1b<&", 7}, "\"\\n\\r\\t\\u0000\\u001b<&\""},
      {{(const uint8_t *)"x\xff\xc3(\xed\xa0\x80y", 8},
       "\"x\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__buf_t out;
    sztp__buf_init(&out, ctx, 1000);
    assert_int_equal(sztp__json_put_string(&out, rows[i].text), SZTP_OK);
    assert_string_equal((char *)out.data, rows[i].expected);
    sztp__buf_clear(&out);
  }
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 4);
  assert_int_equal(sztp__json_put_string(&out, sztp__span_of("12345")), SZTP_ERR_LIMIT);
  sztp__buf_clear(&out);
}

static void test_put_and_parse_agree(void **state) {
  (void)state;
  uint8_t text[127];
  for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)(i + 1);
  for (size_t from = 0; from < sizeof text; from++) {
    sztp__buf_t out;
    sztp__buf_init(&out, ctx, 1000);
    sztp__span_t part = sztp__span(text + from, sizeof text - from);
    assert_int_equal(sztp__json_put_string(&out, part), SZTP_OK);
    sztp__json_t *doc = must_parse(sztp__buf_span(&out));
    assert_true(sztp__span_equal(sztp__json_string(sztp__json_root(doc)), part));
    sztp__json_free(doc);
    sztp__buf_clear(&out);
  }
}

static int32_t work(sztp_ctx_t *c, void *user) {
  sztp__json_t *doc = NULL;
  int32_t rc = sztp__json_parse(c, sztp__span_of((const char *)user), &doc);
  sztp__json_free(doc);
  return rc;
}

/* SEC-05 */
static void test_every_allocation_may_fail(void **state) {
  (void)state;
  char text[] = "{\"a\":\"" LONG64 "\\n\",\"b\":[1,2,3,{\"a\":0}]}";
  assert_true(test_every_allocation(work, text) >= 9);
}

/* SEC-08: what a document gives back holds neither its texts nor the names of its members. */
static unsigned released;

static void watch_release(void *user, void *p, size_t size) {
  for (size_t i = 0; i + 6 <= size; i++) assert_memory_not_equal((uint8_t *)p + i, "secret", 6);
  released++;
  test_memory_release(user, p, size);
}

static void test_names_are_wiped(void **state) {
  (void)state;
  static const char *const documents[] = {
      "{\"a secret name\":1,\"b\":{\"another \\u0073ecret\":\"\\u0073ecret text\"}}",
      "[{\"secret\":[\"secret\",{\"\\tsecret\":null}]},\"secret\"]", "{\"secret\":1,\"\\u0073ecret\":2}",
      "{\"secret\":[{\"a \\\"secret\\\"\":"};
  test_memory_t m;
  sztp_ctx_t *c = NULL;
  test_memory_init(&m);
  m.allocator.release = watch_release;
  assert_int_equal(sztp_ctx_new(&m.allocator, &c), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(documents); i++) {
    sztp__json_t *doc = NULL;
    released = 0;
    int32_t rc = sztp__json_parse(c, sztp__span_of(documents[i]), &doc);
    assert_int_equal(rc, i < 2 ? SZTP_OK : SZTP_ERR_JSON);
    if (rc == SZTP_OK) sztp__json_free(doc);
    assert_true(released > 1);
  }
  sztp__trail_clear(c);
  m.allocator.release = test_memory_release;
  sztp_ctx_free(c);
}

/* cJSON's heap, which the library leaves alone: a test may take it over. */
static size_t foreign_calls;

static void *foreign_alloc(size_t size) {
  foreign_calls++;
  return malloc(size);
}

/* SEC-05, SEC-06: a document costs its context's memory alone, so that the budget bounds it, and a member of
 * it costs what json.h says: no small document becomes a large tree. */
static void test_all_memory_is_the_contexts(void **state) {
  (void)state;
  cJSON_Hooks hooks = {foreign_alloc, free};
  cJSON_InitHooks(&hooks);
  char *text = many("[", "{\"\":0}", "]", 2000);
  size_t before = memory.peak;
  foreign_calls = 0;
  sztp__json_t *doc = must_parse(sztp__span_of(text));
  assert_true(memory.peak - before < 4000 * 140);
  sztp__json_free(doc);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMORY, 65536), SZTP_OK);
  test_expect_fail(ctx, parse(sztp__span_of(text), &doc), SZTP_ERR_MEMORY, "of the budget of 65536");
  assert_int_equal(foreign_calls, 0);
  cJSON_InitHooks(NULL);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_scalars_are_documents, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_strings_of_every_length, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_all_escapes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_refused_documents, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_equal_names_in_different_objects, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_member_limit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_duplicate_among_thousands, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_depth_limit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_leaf_limit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_long_strings_cost_no_memory, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_put_string, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_put_and_parse_agree, set_up, tear_down),
      cmocka_unit_test(test_names_are_wiped),
      cmocka_unit_test(test_every_allocation_may_fail),
      cmocka_unit_test_setup_teardown(test_all_memory_is_the_contexts, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
