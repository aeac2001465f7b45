/* SPDX-License-Identifier: Apache-2.0 */
/* cert-req-info as a server asks with it. */
#include "common/with_ctx.h"

#include <sztp/attest.h>

#include "artifacts/attestation.h"
#include "common/attested.h"
#include "cryptography/key_kind.h"

typedef struct made {
  uint8_t *data;
  size_t len;
  sztp__p10_t p10;
} made_t;

static made_t make(const char *like, uint32_t algorithm, uint32_t wanted) {
  made_t made;
  sztp__blob_t cert = pki_file(like);
  sztp__span_t nonce = wanted != 0 ? attested_nonce() : sztp__span(NULL, 0);
  int32_t rc = sztp_csr_info_make(ctx, cert.data, cert.len, algorithm, wanted, nonce.data, nonce.len,
                                  &made.data, &made.len);
  if (rc != SZTP_OK) fail_msg("%s: %s", sztp_error_name(rc), test_detail(ctx));
  assert_int_equal(sztp__p10_info_read(ctx, sztp__span(made.data, made.len), &made.p10), SZTP_OK);
  free(cert.data);
  return made;
}

/* ATT-06: subject and names of the certificate, and a key of the kind that is wanted */
static void keeps_names(void **state) {
  (void)state;
  static const uint32_t kinds[] = {SZTP_ALGORITHM_P256, SZTP_ALGORITHM_P384, SZTP_ALGORITHM_P521,
                                   SZTP_ALGORITHM_RSA};
  sztp__cert_t cert;
  sztp__buf_t der;
  (void)pki_cert(ctx, "idevid", &der, &cert);
  for (size_t i = 0; i < TEST_COUNT_OF(kinds); i++) {
    made_t made = make("idevid.pem", kinds[i], 0);
    assert_int_equal(sztp__key_kind_of(&made.p10.key), kinds[i]);
    assert_true(sztp__span_equal(made.p10.subject, cert.subject));
    assert_false(sztp__span_equal(made.p10.spki, cert.spki));
    assert_int_equal(made.p10.attributes.len, 0);
    sztp_artifacts_free(ctx, made.data);
  }
  made_t own = make("idevid.pem", 0, 0);
  assert_true(sztp__span_equal(own.p10.spki, cert.spki));
  sztp_artifacts_free(ctx, own.data);
  sztp__buf_clear(&der);

  (void)pki_cert(ctx, "server", &der, &cert);
  made_t named = make("server.pem", SZTP_ALGORITHM_P256, SZTP_EVIDENCE_QUOTE);
  sztp__span_t value;
  sztp__der_t d;
  sztp__tlv_t names;
  assert_int_equal(sztp__p10_extension(ctx, &named.p10, sztp__span_of("\x55\x1d\x11"), &value), SZTP_OK);
  sztp__der_init(&d, ctx, value);
  assert_int_equal(sztp__der_expect(&d, SZTP__DER_SEQUENCE, &names), SZTP_OK);
  assert_true(cert.subject_alt_name.len > 0 && sztp__span_equal(names.value, cert.subject_alt_name));
  sztp_artifacts_free(ctx, named.data);
  sztp__buf_clear(&der);
}

/* ATT-06, D-176: the nonce stands in the place of each statement that is wanted, and of no other */
static void asks(void **state) {
  (void)state;
  static const struct {
    uint32_t wanted;
    const char *value;
  } cases[] = {
      {SZTP_EVIDENCE_CERTIFY, "30 2d 30 2b 30 29 06 05 67 81 05 14 01 04 20"
                              "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
      {SZTP_EVIDENCE_QUOTE, "30 2d 30 2b 30 29 06 05 67 81 05 14 02 04 20"
                            "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
      {SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE,
       "30 58 30 56 30 29 06 05 67 81 05 14 01 04 20"
       "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
       "30 29 06 05 67 81 05 14 02 04 20 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__span_t value;
    made_t made = make("idevid.pem", SZTP_ALGORITHM_P256, cases[i].wanted);
    assert_int_equal(sztp__p10_attribute(ctx, &made.p10, sztp__span_of(SZTP__OID_ATTESTATION), &value),
                     SZTP_OK);
    assert_true(sztp__span_equal(value, crafted_hex(cases[i].value)));
    assert_int_equal(sztp__der_check(ctx, sztp__span(made.data, made.len)), SZTP_OK);
    sztp_artifacts_free(ctx, made.data);
  }
}

/* ATT-07: nonces of 8 to 64 octets, with evidence and never without */
static void refuses(void **state) {
  (void)state;
  static const uint8_t nonce[65] = {0};
  static const size_t wrong[] = {0, 7, 65};
  uint8_t *out = NULL;
  size_t len = 0;
  sztp__blob_t cert = pki_file("idevid.pem");
  for (size_t i = 0; i < TEST_COUNT_OF(wrong); i++)
    test_expect_fail(ctx, sztp_csr_info_make(ctx, cert.data, cert.len, 1, 1, nonce, wrong[i], &out, &len),
                     SZTP_ERR_ARG, "8 to 64");
  assert_int_equal(sztp_csr_info_make(ctx, cert.data, cert.len, 1, 0, nonce, 32, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_info_make(ctx, cert.data, cert.len, 1, 1, NULL, 0, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_info_make(ctx, cert.data, cert.len, 1, 4, nonce, 32, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_info_make(ctx, cert.data, cert.len, 3, 0, NULL, 0, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_info_make(ctx, NULL, 1, 1, 0, NULL, 0, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_info_make(NULL, nonce, 1, 1, 0, NULL, 0, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_csr_info_make(ctx, nonce, 1, 1, 0, NULL, 0, &out, &len), SZTP_ERR_TEXT);
  free(cert.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(keeps_names, set_up, tear_down),
      cmocka_unit_test_setup_teardown(asks, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
