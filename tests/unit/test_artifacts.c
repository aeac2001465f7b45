/* SPDX-License-Identifier: Apache-2.0 */
/* The whole interface of libsztp-artifacts: arguments that are none, and memory that runs out at every
 * allocation. What each kind is made of: test_signer.c, test_make_*.c. */
#include "artifact_files.h"

static void arguments(void **state) {
  sztp_signer_t *s = NULL;
  sztp_voucher_t *v = NULL;
  sztp_conveyed_t *c = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  const uint8_t *p = pki.signer.data;
  (void)state;
  assert_int_equal(sztp_signer_new(NULL, p, 1, p, 1, NULL, 0, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_signer_new(ctx, NULL, 1, p, 1, NULL, 0, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_signer_new(ctx, p, 1, NULL, 1, NULL, 0, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_signer_new(ctx, p, 1, p, 1, NULL, 1, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_signer_new(ctx, p, 1, p, 1, NULL, 0, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_new(NULL, &v), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_new(ctx, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_set_bytes(NULL, 1, p, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_set_i64(NULL, 5, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_new(ctx, SZTP_INFO_NONE, &c), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_new(ctx, 3, &c), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_new(NULL, 1, &c), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_new(ctx, 1, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_add_server(NULL, "h", 1, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_bytes(NULL, 16, p, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_i64(NULL, 20, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_make(NULL, NULL, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_i64(NULL, SZTP_INFO_ENCODING, SZTP_ENCODING_XML), SZTP_ERR_ARG);
  sztp_conveyed_free(NULL);
  sztp_voucher_free(NULL);
  v = voucher_of(ctx, &pki.owner_root);
  c = conveyed_of(SZTP_INFO_ONBOARDING);
  test_memory_t other_memory;
  sztp_ctx_t *other = test_ctx_new(&other_memory);
  s = signer_of(other, &pki.signer, &pki.signer_key, NULL);
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_ERR_ARG); /* of another context */
  assert_int_equal(sztp_voucher_make(v, NULL, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_make(c, s, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_make(c, NULL, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_add_server(c, NULL, 1, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, 3), SZTP_ERR_ARG);
  assert_null(out);
  sztp_signer_free(s);
  test_ctx_free(&other_memory, other);
  sztp_conveyed_free(c);
  sztp_voucher_free(v);
}

/* SEC-04, SEC-05: every allocation of the whole work may fail. */
static int32_t work(sztp_ctx_t *in, void *user) {
  const int rsa = *(const int *)user;
  const file_t *cert = rsa ? &pki.signer_rsa : &pki.signer;
  const file_t *key = rsa ? &pki.signer_rsa_key : &pki.signer_key;
  sztp_signer_t *s = NULL;
  sztp_voucher_t *v = NULL;
  sztp_conveyed_t *c = NULL;
  uint8_t *voucher = NULL;
  uint8_t *info = NULL;
  uint8_t *bag = NULL;
  size_t len = 0;
  file_t crl = make_crl();
  int32_t rc =
      sztp_signer_new(in, cert->data, cert->len, key->data, key->len, pki.mfr_int.data, pki.mfr_int.len, &s);
  if (rc == 0) rc = sztp_signer_set_i64(s, SZTP_SIGNER_PSS, rsa);
  if (rc == 0) rc = sztp_voucher_new(in, &v);
  if (rc == 0) rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)"S", 1);
  if (rc == 0) rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED, pki.owner_root.data, pki.owner_root.len);
  if (rc == 0) rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_IDEVID, pki.idevid.data, pki.idevid.len);
  if (rc == 0) rc = sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, CREATED);
  if (rc == 0 && !rsa)
    rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED_PUBK_SHA256, pki.owner.data, pki.owner.len);
  if (rc == 0 && !rsa) rc = sztp_voucher_make_cose(v, s, &voucher, &len);
  sztp_artifacts_free(in, voucher);
  voucher = NULL;
  if (rc == 0) rc = sztp_voucher_make(v, s, &voucher, &len);
  if (rc == 0) rc = sztp_owner_cert_make(in, pki.owner.data, pki.owner.len, crl.data, crl.len, &bag, &len);
  if (rc == 0) rc = sztp_conveyed_new(in, SZTP_INFO_REDIRECT, &c);
  if (rc == 0) rc = sztp_conveyed_add_server(c, "h", 1, pki.server_root.data, pki.server_root.len);
  if (rc == 0) rc = sztp_conveyed_add_server(c, "i", 1, NULL, 0);
  if (rc == 0) rc = sztp_conveyed_make(c, s, &info, &len);
  sztp_artifacts_free(in, info);
  sztp_conveyed_free(c);
  c = NULL;
  info = NULL;
  if (rc == 0) rc = sztp_conveyed_new(in, SZTP_INFO_ONBOARDING, &c);
  if (rc == 0) rc = sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_URI, (const uint8_t *)"http://h", 8);
  if (rc == 0) rc = sztp_conveyed_set_bytes(c, SZTP_INFO_PRE_SCRIPT, (const uint8_t *)"x", 1);
  if (rc == 0) rc = sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_SHA256, pki.owner.data, 32);
  if (rc == 0 && rsa) rc = sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, SZTP_ENCODING_XML);
  if (rc == 0) rc = sztp_conveyed_make(c, NULL, &info, &len);
  sztp_artifacts_free(in, info);
  sztp_artifacts_free(in, bag);
  sztp_artifacts_free(in, voucher);
  sztp_conveyed_free(c);
  sztp_voucher_free(v);
  sztp_signer_free(s);
  return rc;
}

static void memory_runs_out(void **state) {
  (void)state;
  for (int rsa = 0; rsa < 2; rsa++) assert_true(test_every_allocation(work, &rsa) > 50);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(arguments),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, read_files, free_files);
}
