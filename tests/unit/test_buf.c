/* SPDX-License-Identifier: Apache-2.0 */
/* Growing runs of octets: buf.c. */
#include "common/testing.h"

#include "ground/buf.h"

static void test_contents_with_a_nul_behind(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t b;
  sztp__buf_init(&b, ctx, 1000);
  assert_null(b.data);
  assert_int_equal(sztp__buf_add(&b, "ab", 2), SZTP_OK);
  assert_int_equal(sztp__buf_add(&b, NULL, 0), SZTP_OK);
  assert_int_equal(sztp__buf_add_text(&b, "cd"), SZTP_OK);
  assert_int_equal(sztp__buf_add_u8(&b, 'e'), SZTP_OK);
  assert_int_equal(sztp__buf_add_span(&b, sztp__span_of("fg")), SZTP_OK);
  assert_int_equal(sztp__buf_addf(&b, "%s%d", "h", 12), SZTP_OK);
  assert_int_equal(b.len, 10);
  assert_string_equal((char *)b.data, "abcdefgh12");
  assert_true(sztp__span_is(sztp__buf_span(&b), "abcdefgh12"));
  sztp__buf_clear(&b);
  assert_null(b.data);
  assert_int_equal(sztp__buf_add_text(&b, "again"), SZTP_OK);
  assert_string_equal((char *)b.data, "again");
  sztp__buf_clear(&b);
  test_ctx_free(&m, ctx);
}

static void test_many_small_additions(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t b;
  sztp__buf_init(&b, ctx, 100000);
  size_t calls = m.calls;
  for (unsigned i = 0; i < 100000; i++) assert_int_equal(sztp__buf_add_u8(&b, (uint8_t)(i % 251)), SZTP_OK);
  assert_true(m.calls - calls < 20);
  for (unsigned i = 0; i < 100000; i++) assert_int_equal(b.data[i], i % 251);
  sztp__buf_clear(&b);
  test_ctx_free(&m, ctx);
}

static void test_the_most_is_kept_and_the_failure_sticks(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t b;
  uint8_t *data = NULL;
  size_t len = 0;
  sztp__buf_init(&b, ctx, 5);
  assert_int_equal(sztp__buf_add_text(&b, "12345"), SZTP_OK);
  test_expect_fail(ctx, sztp__buf_add_u8(&b, '6'), SZTP_ERR_LIMIT, "at most 5");
  assert_string_equal((char *)b.data, "12345");
  assert_int_equal(sztp__buf_add(&b, NULL, 0), SZTP_ERR_LIMIT);
  assert_int_equal(sztp__buf_addf(&b, "x"), SZTP_ERR_LIMIT);
  assert_int_equal(sztp__buf_reserve(&b, 0), SZTP_ERR_LIMIT);
  assert_int_equal(sztp__buf_take(&b, &data, &len), SZTP_ERR_LIMIT);
  assert_null(data);
  sztp__buf_clear(&b);
  assert_int_equal(b.status, 0);
  assert_int_equal(sztp__buf_addf(&b, "%d", 123456), SZTP_ERR_LIMIT);
  sztp__buf_clear(&b);
  assert_int_equal(sztp__buf_reserve(&b, 6), SZTP_ERR_LIMIT);
  sztp__buf_clear(&b);
  b.max = SIZE_MAX;
  assert_int_equal(sztp__buf_reserve(&b, SIZE_MAX), SZTP_ERR_LIMIT); /* no room for the NUL */
  sztp__buf_clear(&b);
  test_ctx_free(&m, ctx);
}

static void test_reserve_is_exact(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t b;
  sztp__buf_init(&b, ctx, 100000);
  assert_int_equal(sztp__buf_reserve(&b, 1000), SZTP_OK);
  assert_int_equal(b.cap, 1000);
  size_t calls = m.calls;
  for (int i = 0; i < 1000; i++) assert_int_equal(sztp__buf_add_u8(&b, 'x'), SZTP_OK);
  assert_int_equal(sztp__buf_reserve(&b, 0), SZTP_OK);
  assert_int_equal(m.calls, calls);
  assert_int_equal(sztp__buf_reserve(&b, 1), SZTP_OK);
  assert_int_equal(b.cap, 1001);
  sztp__buf_clear(&b);
  test_ctx_free(&m, ctx);
}

static void test_take_hands_over_without_slack(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__buf_t b;
  uint8_t *data = NULL;
  size_t len = 99;
  sztp__buf_init(&b, ctx, 10000);
  size_t before = m.octets;
  assert_int_equal(sztp__buf_take(&b, &data, &len), SZTP_OK); /* empty */
  assert_non_null(data);
  assert_int_equal(len, 0);
  assert_int_equal(data[0], 0);
  sztp__free(ctx, data);
  for (int i = 0; i < 300; i++) sztp__buf_add_u8(&b, 'y');
  assert_int_equal(sztp__buf_take(&b, &data, &len), SZTP_OK);
  assert_int_equal(len, 300);
  assert_int_equal(strlen((char *)data), 300);
  assert_true(m.octets - before < 300 + 32);
  assert_null(b.data);
  assert_int_equal(b.len, 0);
  sztp__free(ctx, data);
  test_ctx_free(&m, ctx);
}

/* SEC-08 */
static void test_clear_wipes(void **state) {
  (void)state;
  static uint8_t memory[16384];
  sztp_ctx_t *ctx;
  assert_int_equal(sztp_ctx_new_in(memory, sizeof memory, &ctx), SZTP_OK);
  sztp__buf_t b;
  sztp__buf_init(&b, ctx, 1000);
  for (int i = 0; i < 60; i++) sztp__buf_add_text(&b, "SECRET");
  sztp__buf_clear(&b);
  for (size_t i = 0; i + 6 <= sizeof memory; i++) assert_memory_not_equal(memory + i, "SECRET", 6);
  sztp_ctx_free(ctx);
}

static int32_t work(sztp_ctx_t *ctx, void *user) {
  (void)user;
  sztp__buf_t b;
  sztp__buf_init(&b, ctx, 1000);
  for (int i = 0; i < 100; i++) sztp__buf_addf(&b, "%d,", i);
  uint8_t *data = NULL;
  size_t len = 0;
  int32_t rc = sztp__buf_take(&b, &data, &len);
  sztp__buf_clear(&b);
  sztp__free(ctx, data);
  return rc;
}

static int32_t work_empty(sztp_ctx_t *ctx, void *user) {
  (void)user;
  sztp__buf_t b;
  uint8_t *data = NULL;
  size_t len = 0;
  sztp__buf_init(&b, ctx, 1000);
  int32_t rc = sztp__buf_take(&b, &data, &len);
  sztp__free(ctx, data);
  return rc;
}

/* SEC-05 */
static void test_every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(test_every_allocation(work, NULL) >= 3);
  assert_int_equal(test_every_allocation(work_empty, NULL), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_contents_with_a_nul_behind),
      cmocka_unit_test(test_many_small_additions),
      cmocka_unit_test(test_the_most_is_kept_and_the_failure_sticks),
      cmocka_unit_test(test_reserve_is_exact),
      cmocka_unit_test(test_take_hands_over_without_slack),
      cmocka_unit_test(test_clear_wipes),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
