/* SPDX-License-Identifier: Apache-2.0 */
/* Owner certificates: bags of certificates and CRLs that are made, and those that are not. */
#include "artifact_files.h"

static void expect_bag(const uint8_t *der, size_t len, size_t certs, size_t crls) {
  sztp__cms_t *cms = NULL;
  assert_int_equal(sztp__der_check(ctx, sztp__span(der, len)), SZTP_OK);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(der, len), &cms), SZTP_OK);
  assert_int_equal(cms->type, SZTP__CMS_SIGNED);
  assert_int_equal(cms->etype, SZTP__CMS_DATA);
  assert_int_equal(cms->version, 1);
  assert_int_equal(cms->has_econtent, 0);
  assert_int_equal(cms->signer_count, 0);
  assert_int_equal(cms->cert_count, certs);
  assert_int_equal(cms->crl_count, crls);
  for (size_t i = 1; i < certs; i++) { /* X.690 11.6: ascending, the shorter padded with zeros */
    sztp__span_t a = cms->certs[i - 1];
    sztp__span_t b = cms->certs[i];
    assert_true(memcmp(a.data, b.data, a.len < b.len ? a.len : b.len) < 0);
  }
  sztp__cms_free(ctx, cms);
}

/* CMS-21, CMS-23: order and repetition of the input do not matter; a bag can be packed again. */
static void bags(void **state) {
  const file_t *orders[][3] = {{&pki.owner, &pki.owner_int, &pki.owner_root},
                               {&pki.owner_root, &pki.owner, &pki.owner_int},
                               {&pki.owner_int, &pki.owner_root, &pki.owner}};
  uint8_t *first = NULL;
  size_t first_len = 0;
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(orders); i++) {
    file_t two = joined(orders[i][0], orders[i][1]);
    file_t three = joined(&two, orders[i][2]);
    file_t all = joined(&three, orders[i][0]);
    uint8_t *out = NULL;
    size_t len = 0;
    assert_int_equal(sztp_owner_cert_make(ctx, all.data, all.len, NULL, 0, &out, &len), SZTP_OK);
    expect_bag(out, len, 3, 0);
    if (first == NULL) {
      first = out;
      first_len = len;
    } else {
      assert_int_equal(len, first_len);
      assert_memory_equal(out, first, len);
      sztp_artifacts_free(ctx, out);
    }
    free(two.data);
    free(three.data);
    free(all.data);
  }
  uint8_t *again = NULL;
  size_t len = 0;
  assert_int_equal(sztp_owner_cert_make(ctx, first, first_len, NULL, 0, &again, &len), SZTP_OK);
  assert_int_equal(len, first_len);
  assert_memory_equal(again, first, len);
  sztp_artifacts_free(ctx, again);
  sztp_artifacts_free(ctx, first);
}

static void bags_with_crls(void **state) {
  file_t crl = make_crl();
  sztp__crl_t read;
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  assert_int_equal(sztp__crl_parse(ctx, sztp__span(crl.data, crl.len), &read), SZTP_OK);
  assert_int_equal(read.revoked_count, 1);
  assert_true(read.next_update == SZTP_TIME_UNKNOWN);
  file_t twice = joined(&crl, &crl);
  assert_int_equal(
      sztp_owner_cert_make(ctx, pki.owner.data, pki.owner.len, twice.data, twice.len, &out, &len), SZTP_OK);
  expect_bag(out, len, 1, 1);
  sztp_artifacts_free(ctx, out);
  out = NULL;
  twice.data[1]++;
  test_expect_fail(ctx,
                   sztp_owner_cert_make(ctx, pki.owner.data, pki.owner.len, twice.data, crl.len, &out, &len),
                   SZTP_ERR_DER, "");
  test_expect_fail(
      ctx,
      sztp_owner_cert_make(ctx, pki.owner.data, pki.owner.len, pki.owner.data, pki.owner.len, &out, &len),
      SZTP_ERR_TEXT, "no PEM block \"X509 CRL\"");
  assert_null(out);
  free(twice.data);
}

static void refused_bags(void **state) {
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, pki.owner_key.data, pki.owner_key.len, NULL, 0, &out, &len),
                   SZTP_ERR_TEXT, "no PEM block \"CERTIFICATE\"");
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, (const uint8_t *)"\x30\x01", 2, NULL, 0, &out, &len),
                   SZTP_ERR_DER, "");
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, (const uint8_t *)"", 0, NULL, 0, &out, &len), SZTP_ERR_TEXT,
                   "empty");
  assert_int_equal(sztp_owner_cert_make(ctx, NULL, 0, NULL, 0, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_owner_cert_make(ctx, pki.owner.data, 1, NULL, 1, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_OWNER_CERT, 300), SZTP_OK);
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, pki.owner.data, pki.owner.len, NULL, 0, &out, &len),
                   SZTP_ERR_LIMIT, "");
  assert_null(out);
}

/* CMS-26: 33 different certificates; only the serial number's last octet differs. */
static void too_many_certificates(void **state) {
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  file_t der = der_of(&pki.owner);
  sztp__cert_t cert;
  assert_int_equal(sztp__cert_parse(ctx, sztp__span(der.data, der.len), &cert), SZTP_OK);
  size_t at = (size_t)(cert.serial.data - der.data) + cert.serial.len - 1;
  uint8_t *all = (uint8_t *)malloc(33 * der.len);
  assert_non_null(all);
  for (size_t i = 0; i < 33; i++) {
    memcpy(all + i * der.len, der.data, der.len);
    all[i * der.len + at] = (uint8_t)i;
  }
  assert_int_equal(sztp_owner_cert_make(ctx, all, 32 * der.len, NULL, 0, &out, &len), SZTP_OK);
  expect_bag(out, len, 32, 0);
  sztp_artifacts_free(ctx, out);
  out = NULL;
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, all, 33 * der.len, NULL, 0, &out, &len), SZTP_ERR_LIMIT,
                   "more than 32");
  free(all);
  sztp_artifacts_free(ctx, der.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(bags),
      TEST(bags_with_crls),
      TEST(refused_bags),
      TEST(too_many_certificates),
  };
  return cmocka_run_group_tests(tests, read_files, free_files);
}
