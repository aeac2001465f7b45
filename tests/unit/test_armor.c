/* SPDX-License-Identifier: Apache-2.0 */
/* Taking PEM and base64 off DER objects. */
#include "common/with_ctx.h"

#include <sztp/artifacts.h>

#include "formats/armor.h"

#define PEM(label, base64) "-----BEGIN " label "-----\n" base64 "\n-----END " label "-----\n"
#define ONE                "MAMCAQE=" /* SEQUENCE { INTEGER 1 } */
#define TWO                "MAMCAQI="
#define TEXT               "AgEB" /* INTEGER 1: DER, but no SEQUENCE */
#define DER_1              "\x30\x03\x02\x01\x01"
#define DER_2              "\x30\x03\x02\x01\x02"

static void certificates_from_any_form(void **state) {
  static const struct {
    const char *input;
    const char *der;
    size_t len;
  } cases[] = {
      {DER_1, DER_1, 5},
      {DER_1 DER_2, DER_1 DER_2, 10},
      {ONE, DER_1, 5},
      {" MAMC\r\n\tAQE= \n", DER_1, 5},
      {PEM("CERTIFICATE", ONE), DER_1, 5},
      {"a comment\n" PEM("CERTIFICATE", ONE) "between\n" PEM("X509 CERTIFICATE", TWO) "after", DER_1 DER_2,
       10},
      {PEM("PRIVATE KEY", TWO) PEM("CERTIFICATE", ONE) PEM("X509 CRL", TWO), DER_1, 5},
      {DER_1 "\xff\xff\xff", DER_1, 5}, /* from memory that was filled up */
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__buf_t out;
    sztp__buf_init(&out, ctx, 100);
    assert_int_equal(sztp__armor_remove(ctx, sztp__span_of(cases[i].input), sztp__armor_certificate, &out),
                     SZTP_OK);
    assert_int_equal(out.len, cases[i].len);
    assert_memory_equal(out.data, cases[i].der, cases[i].len);
    sztp__buf_clear(&out);
  }
}

/* What strlen() does not measure: zeros behind, and the head that certificates have in a TPM. */
static void certificates_from_memory(void **state) {
  (void)state;
  static const struct {
    const char *input;
    size_t len;
    size_t der_len; /* the last one's is left for the reader to refuse */
  } cases[] = {{DER_1 "\0\0\0", 8, 5},
               {DER_1 DER_2 "\0", 11, 10},
               {"\x10\x01\x00\x00\x05\x10\x02" DER_1 "\0\0", 14, 5},
               {DER_1 "\0\xff", 7, 7}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__buf_t out;
    sztp__buf_init(&out, ctx, 100);
    sztp__span_t input = sztp__span(cases[i].input, cases[i].len);
    assert_int_equal(sztp__armor_remove(ctx, input, sztp__armor_certificate, &out), SZTP_OK);
    assert_int_equal(out.len, cases[i].der_len);
    assert_memory_equal(out.data, DER_1, 5);
    sztp__buf_clear(&out);
  }
}

static void refusals(void **state) {
  static const struct {
    const char *input;
    int32_t code;
    const char *why;
  } cases[] = {
      {"", SZTP_ERR_TEXT, "empty"},
      {"hello, world", SZTP_ERR_TEXT, "but text"},
      {"{\"a\":1}", SZTP_ERR_TEXT, "but JSON"},
      {"-----BEGIN CERTIFICATE-----" ONE "-----END CERTIFICATE-----", SZTP_ERR_TEXT, "line ends were lost"},
      {"-----BEGIN CERTIFICATE-----\\n" ONE "\\n-----END CERTIFICATE-----", SZTP_ERR_TEXT,
       "line ends are written as \\n"},
      {"  -----BEGIN CERTIFICATE-----\n  " ONE "\n  -----END CERTIFICATE-----", SZTP_ERR_TEXT, "indented"},
      {"-----BEGIN CERTIFICATE-----\n  " ONE "\n  -----END CERTIFICATE-----", SZTP_ERR_TEXT, "indented"},
      {"\xff\xfe-", SZTP_ERR_TEXT, "text in UTF-16"},
      {TEXT, SZTP_ERR_TEXT, "not of a DER SEQUENCE"},
      {"   ", SZTP_ERR_TEXT, "not of a DER SEQUENCE"},
      {PEM("PRIVATE KEY", ONE), SZTP_ERR_TEXT, "but \"PRIVATE KEY\""},
      {"-----BEGIN CERTIFICATE-----\nMAMC\n", SZTP_ERR_TEXT, "END"},
      {PEM("CERTIFICATE", "M!"), SZTP_ERR_TEXT, ""},
      {"\xd2\x84", SZTP_ERR_TEXT, ""}, /* COSE is no certificate */
      {DER_1 DER_2 DER_1, SZTP_ERR_LIMIT, ""},
      {PEM("CERTIFICATE", ONE) PEM("CERTIFICATE", TWO) PEM("CERTIFICATE", TWO), SZTP_ERR_LIMIT, ""},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__buf_t out;
    sztp__buf_init(&out, ctx, 12);
    sztp__trail_clear(ctx);
    int32_t rc = sztp__armor_remove(ctx, sztp__span_of(cases[i].input), sztp__armor_certificate, &out);
    test_expect_fail(ctx, rc, cases[i].code, cases[i].why);
    sztp__buf_clear(&out);
  }
}

/* The public function takes the first PEM block, whatever it is called. */
static void to_der(void **state) {
  static const struct {
    const char *input;
    const char *der;
    size_t len;
  } cases[] = {
      {PEM("CMS", ONE) PEM("CMS", TWO), DER_1, 5},
      {PEM("ANYTHING", TEXT), "\x02\x01\x01", 3},
      {ONE, DER_1, 5},
      {DER_1 "rest", DER_1 "rest", 9}, /* what is in it is the reader's business */
      {"\xd2" PEM("CMS", ONE), "\xd2" PEM("CMS", ONE), 1 + sizeof(PEM("CMS", ONE)) - 1}, /* COSE (D-113) */
      {"\x84x", "\x84x", 2},
  };
  (void)state;
  uint8_t *out = NULL;
  size_t len = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const uint8_t *input = (const uint8_t *)cases[i].input;
    assert_int_equal(sztp_artifacts_make_der(ctx, input, strlen(cases[i].input), &out, &len), SZTP_OK);
    assert_int_equal(len, cases[i].len);
    assert_memory_equal(out, cases[i].der, len);
    sztp_artifacts_free(ctx, out);
  }
  out = NULL;
  assert_int_equal(sztp_artifacts_make_der(ctx, (const uint8_t *)"!", 1, &out, &len), SZTP_ERR_TEXT);
  assert_int_equal(sztp_artifacts_make_der(ctx, (const uint8_t *)"", 0, &out, &len), SZTP_ERR_TEXT);
  assert_int_equal(sztp_artifacts_make_der(NULL, (const uint8_t *)"!", 1, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_artifacts_make_der(ctx, NULL, 1, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_artifacts_make_der(ctx, (const uint8_t *)"!", 1, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_artifacts_make_der(ctx, (const uint8_t *)"!", 1, &out, NULL), SZTP_ERR_ARG);
  assert_null(out);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_CONVEYED, 4), SZTP_OK);
  assert_int_equal(sztp_artifacts_make_der(ctx, (const uint8_t *)ONE, strlen(ONE), &out, &len),
                   SZTP_ERR_LIMIT);
  sztp_artifacts_free(ctx, NULL);
  sztp_artifacts_free(NULL, NULL);
}

static int32_t convert(sztp_ctx_t *in, void *user) {
  const char *input = user;
  uint8_t *out = NULL;
  size_t len = 0;
  int32_t rc = sztp_artifacts_make_der(in, (const uint8_t *)input, strlen(input), &out, &len);
  sztp_artifacts_free(in, out);
  return rc;
}

static void memory_runs_out(void **state) {
  char inputs[][100] = {PEM("CMS", ONE), ONE, DER_1};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(inputs); i++)
    assert_true(test_every_allocation(convert, inputs[i]) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(certificates_from_any_form, set_up, tear_down),
      cmocka_unit_test_setup_teardown(certificates_from_memory, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
      cmocka_unit_test_setup_teardown(to_der, set_up, tear_down),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
