/* SPDX-License-Identifier: Apache-2.0 */
/* Error names, labels, classes and sentences, and the error trail: error.c, error_text.c, trail.c. */
#include "common/testing.h"

#include <ctype.h>

#include "ground/ctx_private.h"

/* Codes are -(layer * 256 + n): every one of the five layers, a little beyond the last code. */
#define FOR_EACH_CODE(code) for (int32_t code = 1; code > -1400; code--)

static int is_known(int32_t code) { return strcmp(sztp_error_name(code), "SZTP_ERR_?") != 0; }

/* SEC-07: the labels of the requirements' appendix B, each on one code */
static void test_every_label_has_one_code(void **state) {
  (void)state;
  static const char *const labels[] = {"artifact-missing",
                                       "cms-malformed",
                                       "cms-type-unexpected",
                                       "cms-detached",
                                       "cms-signedattrs-missing",
                                       "cms-contenttype-mismatch",
                                       "cms-digest-mismatch",
                                       "cms-signature-invalid",
                                       "cms-signer-unknown",
                                       "cms-alg-unsupported",
                                       "cms-alg-weak",
                                       "cms-no-certificates",
                                       "enc-no-recipient",
                                       "enc-decrypt-failed",
                                       "enc-alg-unsupported",
                                       "enc-nested",
                                       "encoding-unknown",
                                       "encoding-mismatch",
                                       "model-invalid",
                                       "limit",
                                       "pkix-no-path",
                                       "pkix-expired",
                                       "pkix-not-yet-valid",
                                       "pkix-not-ca",
                                       "pkix-pathlen",
                                       "pkix-keyusage",
                                       "pkix-name-constraint",
                                       "pkix-critical-ext",
                                       "pkix-revoked",
                                       "pkix-revocation-unknown",
                                       "voucher-untrusted",
                                       "voucher-malformed",
                                       "voucher-not-yet-valid",
                                       "voucher-expired",
                                       "voucher-assertion",
                                       "voucher-serial",
                                       "voucher-idevid-issuer",
                                       "voucher-nonce",
                                       "owner-untrusted",
                                       "owner-keyusage",
                                       "signer-not-owner",
                                       "unsigned-onboarding-untrusted",
                                       "voucher-superseded",
                                       "script-forbidden",
                                       "evidence-missing",
                                       "evidence-malformed",
                                       "evidence-signer",
                                       "evidence-signature",
                                       "evidence-nonce",
                                       "evidence-key",
                                       "evidence-measured",
                                       "redirect-limit",
                                       "tls-untrusted",
                                       "tls-name-mismatch",
                                       "server-fail",
                                       "image-loop",
                                       "csr-refused",
                                       "image-signature"};
  size_t with_label = 0;
  FOR_EACH_CODE(code) with_label += sztp_error_label(code)[0] != 0;
  assert_int_equal(with_label, TEST_COUNT_OF(labels));
  for (size_t i = 0; i < TEST_COUNT_OF(labels); i++) {
    size_t found = 0;
    FOR_EACH_CODE(code) found += strcmp(sztp_error_label(code), labels[i]) == 0;
    if (found != 1) fail_msg("label %s stands at %zu codes", labels[i], found);
  }
}

/* The name follows from the label where there is one: cms-malformed, SZTP_ERR_CMS_MALFORMED. */
static void test_names_fit_labels(void **state) {
  (void)state;
  FOR_EACH_CODE(code) {
    const char *label = sztp_error_label(code);
    char name[64] = "SZTP_ERR_";
    size_t n = strlen(name);
    if (*label == 0) continue;
    for (; *label != 0; label++) name[n++] = *label == '-' ? '_' : (char)toupper((unsigned char)*label);
    name[n] = 0;
    assert_string_equal(sztp_error_name(code), name);
  }
}

static void test_known_codes(void **state) {
  (void)state;
  static const struct {
    int32_t code;
    const char *name;
  } rows[] = {
      {SZTP_OK, "SZTP_OK"},
      {SZTP_PENDING, "SZTP_PENDING"},
      {SZTP_ERR_ARG, "SZTP_ERR_ARG"},
      {SZTP_ERR_BUSY, "SZTP_ERR_BUSY"},
      {SZTP_ERR_TEXT, "SZTP_ERR_TEXT"},
      {SZTP_ERR_KEY, "SZTP_ERR_KEY"},
      {SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED, "SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED"},
      {SZTP_ERR_NOT_BOOTSTRAPPED, "SZTP_ERR_NOT_BOOTSTRAPPED"},
      {2, "SZTP_ERR_?"},
      {-16, "SZTP_ERR_?"},
      {INT32_MIN, "SZTP_ERR_?"},
      {INT32_MAX, "SZTP_ERR_?"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++)
    assert_string_equal(sztp_error_name(rows[i].code), rows[i].name);
  assert_string_equal(sztp_error_label(-16), "");
  size_t known = 0;
  FOR_EACH_CODE(code) known += (size_t)is_known(code);
  assert_int_equal(known, 2 + 15 + 8 + 28 + 26 + 13); /* success and pending, then layer by layer */
}

/* Every code has a class, what is no error has none, and a reason that a device gives for a refusal blames
 * what came from outside. */
static void test_every_code_has_a_class(void **state) {
  (void)state;
  static const struct {
    int32_t code;
    int32_t class_of_it;
  } rows[] = {
      {SZTP_OK, SZTP_CLASS_NONE},
      {SZTP_PENDING, SZTP_CLASS_NONE},
      {-16, SZTP_CLASS_NONE},
      {INT32_MIN, SZTP_CLASS_NONE},
      {SZTP_ERR_STALE, SZTP_CLASS_CALLER},
      {SZTP_ERR_MEMORY, SZTP_CLASS_RESOURCE},
      {SZTP_ERR_CRYPTO, SZTP_CLASS_RESOURCE},
      {SZTP_ERR_KEY, SZTP_CLASS_HOST},
      {SZTP_ERR_KEY_LOCKED, SZTP_CLASS_HOST},
      {SZTP_ERR_LIMIT, SZTP_CLASS_DATA},
      {SZTP_ERR_CMS_MALFORMED, SZTP_CLASS_DATA},
      {SZTP_ERR_REDIRECT_LIMIT, SZTP_CLASS_DATA},
      {SZTP_ERR_VOUCHER_MALFORMED, SZTP_CLASS_REFUSED},
      {SZTP_ERR_TLS_NAME_MISMATCH, SZTP_CLASS_REFUSED},
      {SZTP_ERR_SERVER_FAIL, SZTP_CLASS_NETWORK},
      {SZTP_ERR_IMAGE_LOOP, SZTP_CLASS_ONBOARDING},
      {SZTP_ERR_NOT_BOOTSTRAPPED, SZTP_CLASS_NETWORK},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++)
    assert_int_equal(sztp_error_class(rows[i].code), rows[i].class_of_it);
  size_t of_class[SZTP_CLASS_ONBOARDING + 1] = {0};
  FOR_EACH_CODE(code) {
    uint32_t class_of_it = sztp_error_class(code);
    assert_in_range(class_of_it, SZTP_CLASS_NONE, SZTP_CLASS_ONBOARDING);
    if ((class_of_it != SZTP_CLASS_NONE) != (code < 0 && is_known(code)))
      fail_msg("%s has the class %d", sztp_error_name(code), (int)class_of_it);
    of_class[class_of_it]++;
    if (sztp_error_label(code)[0] == 0) continue;
    assert_true(class_of_it == SZTP_CLASS_DATA || class_of_it == SZTP_CLASS_REFUSED ||
                class_of_it == SZTP_CLASS_NETWORK || class_of_it == SZTP_CLASS_ONBOARDING);
  }
  for (size_t i = 0; i < TEST_COUNT_OF(of_class); i++) assert_true(of_class[i] > 0);
}

static void test_every_text_is_one_sentence_of_its_own(void **state) {
  (void)state;
  FOR_EACH_CODE(code) {
    const char *text = sztp_error_text(code);
    size_t len = strlen(text);
    assert_true(len > 15 && len < 200);
    assert_true(isupper((unsigned char)text[0]));
    assert_int_equal(text[len - 1], '.');
    for (int32_t other = code - 1; is_known(code) && other > -1400; other--)
      assert_true(strcmp(text, sztp_error_text(other)) != 0);
  }
}

static void test_trail_keeps_the_order(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  int32_t code = 0;
  const char *where = NULL;
  const char *detail = NULL;
  assert_int_equal(sztp_ctx_trail(ctx, 0, &code, &where, &detail), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp__trail_cause(ctx), 0);
  assert_string_equal(sztp__trail_detail(ctx), "");
  assert_int_equal(sztp__fail(ctx, SZTP_ERR_DER, "der", "at %d", 5), SZTP_ERR_DER);
  assert_int_equal(sztp__fail(ctx, SZTP_ERR_CMS_MALFORMED, "cms", "outer"), SZTP_ERR_CMS_MALFORMED);
  assert_int_equal(sztp_ctx_trail(ctx, 0, &code, &where, &detail), SZTP_OK);
  assert_int_equal(code, SZTP_ERR_DER);
  assert_string_equal(where, "der");
  assert_string_equal(detail, "at 5");
  assert_int_equal(sztp_ctx_trail(ctx, 1, &code, NULL, NULL), SZTP_OK);
  assert_int_equal(code, SZTP_ERR_CMS_MALFORMED);
  assert_int_equal(sztp_ctx_trail(ctx, 2, &code, NULL, NULL), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_ctx_trail(NULL, 0, &code, NULL, NULL), SZTP_ERR_NOT_FOUND);
  assert_int_equal(code, SZTP_ERR_CMS_MALFORMED);
  assert_int_equal(sztp__trail_cause(ctx), SZTP_ERR_DER);
  assert_string_equal(sztp__trail_detail(ctx), "at 5");
  sztp__trail_clear(ctx);
  assert_int_equal(sztp_ctx_trail(ctx, 0, NULL, NULL, NULL), SZTP_ERR_NOT_FOUND);
  sztp__trail_clear(NULL);
  assert_int_equal(sztp__fail(NULL, SZTP_ERR_URI, "uri", "nobody to tell"), SZTP_ERR_URI);
  test_ctx_free(&m, ctx);
}

static void test_trail_is_full_after_eight(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (int i = 0; i < 10; i++)
    assert_int_equal(sztp__fail(ctx, SZTP_ERR_URI, "x", "entry %d", i), SZTP_ERR_URI);
  const char *detail;
  assert_int_equal(sztp_ctx_trail(ctx, 7, NULL, NULL, &detail), SZTP_OK);
  assert_string_equal(detail, "entry 7");
  assert_int_equal(sztp_ctx_trail(ctx, 8, NULL, NULL, &detail), SZTP_ERR_NOT_FOUND);
  test_ctx_free(&m, ctx);
}

/* SEC-11 */
static void test_details_are_neutralised_and_cut(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  char much[1000];
  memset(much, 'y', sizeof much - 1);
  much[sizeof much - 1] = 0;
  sztp__fail(ctx, SZTP_ERR_URI, "x", "name '%s'", "a\r\n\x1b[2Jb\xc3\xa9\xc3");
  assert_string_equal(test_detail(ctx), "name 'a???[2Jb\xc3\xa9?'");
  sztp__trail_clear(ctx);
  sztp__fail(ctx, SZTP_ERR_URI, "x", "%s", much);
  assert_int_equal(strlen(test_detail(ctx)), 199);
  assert_string_equal(test_detail(ctx) + 196, "...");
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_label_has_one_code),
      cmocka_unit_test(test_names_fit_labels),
      cmocka_unit_test(test_known_codes),
      cmocka_unit_test(test_every_code_has_a_class),
      cmocka_unit_test(test_every_text_is_one_sentence_of_its_own),
      cmocka_unit_test(test_trail_keeps_the_order),
      cmocka_unit_test(test_trail_is_full_after_eight),
      cmocka_unit_test(test_details_are_neutralised_and_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
