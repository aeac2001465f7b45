/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict: accepted only if everything that is required was passed, and nothing else can make it so. */
#include "common/testing.h"

#include "trust/verdict.h"

#define BIT(step) SZTP__STEP_BIT(step)

static const uint32_t needed[] = {SZTP_STEP_ARTIFACTS, SZTP_STEP_VOUCHER_SIGNATURE, SZTP_STEP_OWNER_CHAIN,
                                  SZTP_STEP_INFO_SIGNATURE, SZTP_STEP_INFO_CONTENT};

static uint32_t mask_of_needed(void) {
  uint32_t mask = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(needed); i++) mask |= BIT(needed[i]);
  return mask;
}

/* A verdict that requires the steps above and passed all but @p without (0: all). */
static sztp_verdict_t *verdict(sztp_ctx_t *ctx, uint32_t without) {
  sztp_verdict_t *v = NULL;
  assert_int_equal(sztp__verdict_new(ctx, &v), 0);
  sztp__verdict_require(v, mask_of_needed());
  for (size_t i = 0; i < TEST_COUNT_OF(needed); i++)
    if (needed[i] != without) assert_int_equal(sztp__verdict_record(v, needed[i], 0, 0, "seen", "", ""), 0);
  v->trusted = 1;
  return v;
}

/* VERIFY-02, VERIFY-12, TRUST-01: nothing is accepted until its checks were made, and one that was left out
 * is enough to refuse */
static void test_skipped(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_verdict_t *v = NULL;
  assert_int_equal(sztp__verdict_new(ctx, &v), 0);
  assert_int_equal(sztp_verdict_accepted(v), 0);
  sztp__verdict_require(v, 0);
  assert_int_equal(sztp_verdict_accepted(v), 0); /* requiring nothing proves nothing */
  sztp_verdict_free(v);
  v = verdict(ctx, 0);
  assert_int_equal(sztp_verdict_accepted(v), 1);
  assert_int_equal(sztp_verdict_trusted(v), 1);
  sztp_verdict_free(v);
  for (size_t i = 0; i < TEST_COUNT_OF(needed); i++) {
    v = verdict(ctx, needed[i]);
    assert_int_equal(sztp_verdict_accepted(v), 0);
    assert_int_equal(sztp_verdict_trusted(v), 0);
    assert_null(sztp_verdict_info(v));
    sztp_verdict_free(v);
  }
  assert_int_equal(sztp_verdict_accepted(NULL), 0);
  test_ctx_free(&m, ctx);
}

/* VERIFY-12: a step that failed refuses, whatever the masks say; so does one that is not required */
static void test_failed(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (uint32_t step = 1; step < SZTP__STEPS; step++) {
    sztp_verdict_t *v = verdict(ctx, 0);
    assert_int_equal(
        sztp__verdict_record(v, step, SZTP_ERR_PKIX_REVOKED, SZTP_ERR_PKIX_REVOKED, "listed", "a", "b"), 0);
    assert_int_equal(sztp_verdict_accepted(v), 0);
    assert_string_equal(sztp_verdict_text(v, step, SZTP_TEXT_REASON), "pkix-revoked");
    assert_string_equal(sztp_verdict_text(v, step, SZTP_TEXT_CAUSE), "");
    assert_string_equal(sztp_verdict_text(v, step, SZTP_TEXT_DETAIL), "listed");
    assert_string_equal(sztp_verdict_text(v, step, SZTP_TEXT_FOUND), "a");
    assert_string_equal(sztp_verdict_text(v, step, SZTP_TEXT_EXPECTED), "b");
    sztp_verdict_free(v);
  }
  test_ctx_free(&m, ctx);
}

/* TRUST-01: each mask is kept twice; a bit that changes in one copy refuses, wherever it is */
static void test_flipped_bits(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (unsigned bit = 0; bit < 32; bit++) {
    for (unsigned which = 0; which < 4; which++) {
      sztp_verdict_t *v = verdict(ctx, SZTP_STEP_VOUCHER_SIGNATURE);
      uint32_t *masks[4] = {&v->required, &v->required_inverse, &v->passed, &v->passed_inverse};
      *masks[which] ^= (uint32_t)1 << bit;
      assert_int_equal(sztp_verdict_accepted(v), 0);
      sztp_verdict_free(v);
      v = verdict(ctx, 0);
      masks[0] = &v->required;
      masks[1] = &v->required_inverse;
      masks[2] = &v->passed;
      masks[3] = &v->passed_inverse;
      *masks[which] ^= (uint32_t)1 << bit;
      assert_int_equal(sztp_verdict_accepted(v), 0);
      sztp_verdict_free(v);
    }
  }
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_skipped),
      cmocka_unit_test(test_failed),
      cmocka_unit_test(test_flipped_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
