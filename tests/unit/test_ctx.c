/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, usage, log, random octets, version and features of a context: ctx.c and log.c. */
#include "common/testing.h"

#include "cryptography/crypto.h"

static void test_version_is_that_of_the_header(void **state) {
  (void)state;
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", SZTP_VERSION_MAJOR, SZTP_VERSION_MINOR, SZTP_VERSION_PATCH);
  assert_string_equal(sztp_version_string(), text);
  assert_int_equal(sztp_version(), SZTP_VERSION_MAJOR << 16 | SZTP_VERSION_MINOR << 8 | SZTP_VERSION_PATCH);
}

static void test_features(void **state) {
  (void)state;
  assert_int_equal(sztp_has_feature(0), 0);
  for (uint32_t f = SZTP_FEATURE_JSON; f <= SZTP_FEATURE_APART; f++) assert_int_equal(sztp_has_feature(f), 1);
  assert_int_equal(sztp_has_feature(SZTP_FEATURE_APART + 1), 0);
  assert_int_equal(sztp_has_feature(UINT32_MAX), 0);
}

/* SEC-06, REST-24, ONB-27, DATA-15, REDIR-03, DISC-12 */
static void test_limits(void **state) {
  (void)state;
  static const struct {
    uint32_t limit;
    uint64_t value, most;
  } rows[] = {
      {SZTP_LIMIT_MEMORY, INT64_MAX, INT64_MAX},
      {SZTP_LIMIT_CONVEYED, 12582912, SIZE_MAX / 2},
      {SZTP_LIMIT_OWNER_CERT, 1048576, SIZE_MAX / 2},
      {SZTP_LIMIT_VOUCHER, 262144, SIZE_MAX / 2},
      {SZTP_LIMIT_DATA_REPLY, 16777216, SIZE_MAX / 2},
      {SZTP_LIMIT_OTHER_REPLY, 65536, SIZE_MAX / 2},
      {SZTP_LIMIT_IMAGE, UINT64_C(17179869184), INT64_MAX},
      {SZTP_LIMIT_PART, 8388608, SIZE_MAX / 2},
      {SZTP_LIMIT_DEPTH, 32, 128},
      {SZTP_LIMIT_MEMBERS, 4096, UINT32_MAX},
      {SZTP_LIMIT_LEAF, 65536, SIZE_MAX / 2},
      {SZTP_LIMIT_REDIRECTS, 10, 10},
      {SZTP_LIMIT_SOURCE_SERVERS, 40, UINT32_MAX},
      {SZTP_LIMIT_PASS_SERVERS, 64, UINT32_MAX},
      {SZTP_LIMIT_UNPROVEN_MS, 20000, UINT32_MAX},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    assert_true(sztp__limit(ctx, rows[i].limit) == rows[i].value);
    assert_int_equal(sztp_ctx_set_i64(ctx, rows[i].limit, 0), SZTP_ERR_ARG);
    if (rows[i].most != INT64_MAX)
      assert_int_equal(sztp_ctx_set_i64(ctx, rows[i].limit, (int64_t)rows[i].most + 1), SZTP_ERR_ARG);
    assert_true(sztp__limit(ctx, rows[i].limit) == rows[i].value);
    assert_int_equal(sztp_ctx_set_i64(ctx, rows[i].limit, (int64_t)rows[i].most), SZTP_OK);
    assert_true(sztp__limit(ctx, rows[i].limit) == rows[i].most);
    assert_int_equal(sztp_ctx_set_i64(ctx, rows[i].limit, 1), SZTP_OK);
    assert_true(sztp__limit(ctx, rows[i].limit) == 1);
  }
  assert_int_equal(sztp_ctx_set_i64(ctx, 0, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_i64(ctx, 16, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_i64(NULL, SZTP_LIMIT_DEPTH, 1), SZTP_ERR_ARG);
  test_ctx_free(&m, ctx);
}

static void test_usage(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  int64_t n = 99;
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &n), SZTP_OK);
  assert_true(n == 0);
  sztp__count_operation(ctx);
  sztp__count_operation(ctx);
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &n), SZTP_OK);
  assert_true(n == 2);
  assert_int_equal(sztp_ctx_i64(ctx, 0, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS + 1, &n), SZTP_ERR_ARG);
  /* a limit is no usage, and a usage no limit */
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_LIMIT_MEMORY, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_USAGE_NOW, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_i64(NULL, SZTP_USAGE_NOW, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_NOW, NULL), SZTP_ERR_ARG);
  assert_true(n == 2);
  test_ctx_free(&m, ctx);
}

/* STATE-21 */
static void test_one_session_at_a_time(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  assert_int_equal(sztp__ctx_enter_session(ctx), SZTP_OK);
  test_expect_fail(ctx, sztp__ctx_enter_session(ctx), SZTP_ERR_BUSY, "another session");
  sztp__ctx_leave_session(ctx);
  assert_int_equal(sztp__ctx_enter_session(ctx), SZTP_OK);
  sztp__ctx_leave_session(ctx);
  test_ctx_free(&m, ctx);
}

typedef struct heard {
  size_t lines;
  uint32_t level, topic;
  size_t len;
  char line[600];
} heard_t;

static void hear(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  heard_t *h = (heard_t *)user;
  h->lines++;
  h->level = level;
  h->topic = topic;
  h->len = len;
  assert_int_equal(strlen(line), len);
  assert_true(len < sizeof h->line);
  memcpy(h->line, line, len + 1);
}

static void test_log_levels(void **state) {
  (void)state;
  test_memory_t m;
  heard_t h;
  memset(&h, 0, sizeof h);
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__log(ctx, SZTP_LOG_ERROR, SZTP_TOPIC_TRUST, "nobody listens");
  assert_int_equal(sztp_ctx_set_log(ctx, 0, hear, &h), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_log(ctx, 5, hear, &h), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_log(NULL, SZTP_LOG_INFO, hear, &h), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_log(ctx, SZTP_LOG_WARN, hear, &h), SZTP_OK);
  sztp__log(ctx, SZTP_LOG_INFO, SZTP_TOPIC_TRUST, "not wanted");
  assert_int_equal(h.lines, 0);
  sztp__log(ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "wanted %d", 7);
  assert_int_equal(h.lines, 1);
  assert_int_equal(h.level, SZTP_LOG_WARN);
  assert_int_equal(h.topic, SZTP_TOPIC_SOURCE);
  assert_string_equal(h.line, "wanted 7");
  assert_int_equal(sztp_ctx_set_log(ctx, 0, NULL, NULL), SZTP_OK);
  sztp__log(ctx, SZTP_LOG_ERROR, SZTP_TOPIC_SOURCE, "off again");
  assert_int_equal(h.lines, 1);
  test_ctx_free(&m, ctx);
}

/* SEC-11 */
static void test_log_lines_are_neutralised_and_cut(void **state) {
  (void)state;
  test_memory_t m;
  heard_t h;
  memset(&h, 0, sizeof h);
  sztp_ctx_t *ctx = test_ctx_new(&m);
  assert_int_equal(sztp_ctx_set_log(ctx, SZTP_LOG_DEBUG, hear, &h), SZTP_OK);
  sztp__log(ctx, SZTP_LOG_DEBUG, SZTP_TOPIC_DEVICE, "serial %s",
            "A\n\x1b[31m\xff\x7f\xc2\x9b"
            "B");
  assert_string_equal(h.line, "serial A??[31m???B");
  char much[2000];
  memset(much, 'x', sizeof much - 1);
  much[sizeof much - 1] = 0;
  sztp__log(ctx, SZTP_LOG_DEBUG, SZTP_TOPIC_DEVICE, "%s", much);
  assert_int_equal(h.len, 511);
  assert_string_equal(h.line + 508, "...");
  much[511] = 0; /* fits exactly */
  sztp__log(ctx, SZTP_LOG_DEBUG, SZTP_TOPIC_DEVICE, "%s", much);
  assert_string_equal(h.line, much);
  test_ctx_free(&m, ctx);
}

static int32_t count_up(void *user, uint8_t *out, size_t len) {
  uint8_t *next = (uint8_t *)user;
  for (size_t i = 0; i < len; i++) out[i] = (*next)++;
  return 0;
}

static int32_t broken(void *user, uint8_t *out, size_t len) {
  (void)user;
  memset(out, 0x55, len);
  return -7;
}

/* SEC-09 */
static void test_random(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint8_t next = 1;
  uint8_t a[32];
  uint8_t b[32];
  assert_int_equal(sztp_ctx_set_random(NULL, count_up, &next), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_random(ctx, count_up, &next), SZTP_OK);
  assert_int_equal(sztp__random(ctx, a, 3), SZTP_OK);
  assert_memory_equal(a, "\1\2\3", 3);
  assert_int_equal(sztp_ctx_set_random(ctx, broken, NULL), SZTP_OK);
  test_expect_fail(ctx, sztp__random(ctx, a, 4), SZTP_ERR_RANDOM, "returned -7");
  assert_memory_equal(a, "\0\0\0\0", 4); /* nothing that looks like a nonce is left */
  assert_int_equal(sztp_ctx_set_random(ctx, NULL, NULL), SZTP_OK);
  assert_int_equal(sztp__random(ctx, a, sizeof a), SZTP_OK);
  assert_int_equal(sztp__random(ctx, b, sizeof b), SZTP_OK);
  assert_memory_not_equal(a, b, sizeof a);
  test_ctx_free(&m, ctx);
}

/* SEC-15 */
static void test_contexts_share_nothing(void **state) {
  (void)state;
  test_memory_t m1;
  test_memory_t m2;
  sztp_ctx_t *a = test_ctx_new(&m1);
  sztp_ctx_t *b = test_ctx_new(&m2);
  assert_int_equal(sztp_ctx_set_i64(a, SZTP_LIMIT_DEPTH, 3), SZTP_OK);
  sztp__fail(a, SZTP_ERR_ARG, "here", "only here");
  assert_int_equal(sztp__ctx_enter_session(a), SZTP_OK);
  assert_true(sztp__limit(b, SZTP_LIMIT_DEPTH) == 32);
  assert_int_equal(sztp__trail_cause(b), 0);
  assert_int_equal(sztp__ctx_enter_session(b), SZTP_OK);
  test_ctx_free(&m1, a);
  test_ctx_free(&m2, b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_version_is_that_of_the_header),
      cmocka_unit_test(test_features),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_usage),
      cmocka_unit_test(test_one_session_at_a_time),
      cmocka_unit_test(test_log_levels),
      cmocka_unit_test(test_log_lines_are_neutralised_and_cut),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_contexts_share_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
