/* SPDX-License-Identifier: Apache-2.0 */
/* Signers: keys in every form, keys that are refused, and every way to sign. */
#include "artifact_files.h"

#include "artifact_keys.h"

/* ---- signers ------------------------------------------------------------------------------------- */

static int32_t try_signer(const file_t *cert, const file_t *key) {
  sztp_signer_t *s = NULL;
  int32_t rc = sztp_signer_new(ctx, cert->data, cert->len, key->data, key->len, NULL, 0, &s);
  sztp_signer_free(s);
  return rc;
}

static void keys_in_every_form(void **state) {
  (void)state;
  file_t der = der_of(&pki.signer_key);
  file_t cert = der_of(&pki.signer);
  sztp__buf_t base64;
  sztp__buf_init(&base64, ctx, 10000);
  assert_int_equal(sztp__base64_encode(&base64, sztp__span(der.data, der.len)), SZTP_OK);
  file_t text = {base64.data, base64.len};
  file_t params = {
      (uint8_t *)"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n", 73};
  params.len = strlen((const char *)params.data);
  file_t both = joined(&params, &pki.signer_key);
  assert_int_equal(try_signer(&pki.signer, &pki.signer_key), SZTP_OK);
  assert_int_equal(try_signer(&cert, &der), SZTP_OK);
  assert_int_equal(try_signer(&pki.signer, &text), SZTP_OK);
  assert_int_equal(try_signer(&pki.signer, &both), SZTP_OK);
  assert_int_equal(try_signer(&pki.signer_rsa, &pki.signer_rsa_key), SZTP_OK);
  free(both.data);
  sztp__buf_clear(&base64);
  sztp_artifacts_free(ctx, der.data);
  sztp_artifacts_free(ctx, cert.data);
}

static void refused_signers(void **state) {
  static const uint8_t encrypted[] =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAMCAQE=\n-----END ENCRYPTED PRIVATE KEY-----\n";
  static const uint8_t old_encrypted[] =
      "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMAMCAQE=\n"
      "-----END EC PRIVATE KEY-----\n";
  static const uint8_t no_key[] = "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n";
  const struct {
    file_t cert;
    file_t key;
    int32_t code;
    const char *why;
  } cases[] = {
      {pki.signer, pki.other_key, SZTP_ERR_KEY, "not the certificate's"},
      {pki.signer, pki.signer_rsa_key, SZTP_ERR_KEY, "not the certificate's"},
      {pki.signer_rsa, pki.signer_key, SZTP_ERR_KEY, "not the certificate's"},
      {pki.signer, pki.signer, SZTP_ERR_KEY, "no PEM block \"PRIVATE KEY\""},
      {pki.signer,
       {(uint8_t *)(uintptr_t)encrypted, sizeof encrypted - 1},
       SZTP_ERR_KEY,
       "ENCRYPTED PRIVATE KEY"},
      {pki.signer,
       {(uint8_t *)(uintptr_t)old_encrypted, sizeof old_encrypted - 1},
       SZTP_ERR_KEY,
       "encrypted"},
      {pki.signer,
       {(uint8_t *)(uintptr_t)no_key, sizeof no_key - 1},
       SZTP_ERR_KEY,
       "not a plain RSA or EC private key"},
      {pki.signer, {(uint8_t *)(uintptr_t) "", 0}, SZTP_ERR_KEY, "empty"},
      {pki.signer_key, pki.signer_key, SZTP_ERR_TEXT, "no PEM block \"CERTIFICATE\""},
      {{(uint8_t *)(uintptr_t) "\x30\x03\x02\x01\x01", 5}, pki.signer_key, SZTP_ERR_DER, ""},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    test_expect_fail(ctx, try_signer(&cases[i].cert, &cases[i].key), cases[i].code, cases[i].why);
}

/* CMS-14, CMS-16: keys that devices refuse are refused here already. */
static void refused_keys(void **state) {
  static const struct {
    const char *cert;
    int32_t code;
  } cases[] = {
      {KEYS_RSA1024_PEM, SZTP_ERR_CMS_ALG_WEAK},
      {KEYS_K256_PEM, SZTP_ERR_CMS_ALG_UNSUPPORTED},
      {KEYS_ED25519_PEM, SZTP_ERR_CMS_ALG_UNSUPPORTED},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    file_t cert = text_file(cases[i].cert);
    test_expect_fail(ctx, try_signer(&cert, &pki.signer_key), cases[i].code, "");
  }
}

static int heard_key_usage;
static void hear_key_usage(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)user;
  (void)len;
  if (level == SZTP_LOG_WARN && topic == SZTP_TOPIC_ARTIFACT && strstr(line, "key usage") != NULL)
    heard_key_usage++;
}

static void signer_options(void **state) {
  file_t plain = text_file(KEYS_PLAIN_PEM);
  file_t plain_key = text_file(KEYS_PLAIN_KEY);
  (void)state;
  sztp_signer_t *ec = signer_of(ctx, &pki.signer, &pki.signer_key, NULL);
  test_expect_fail(ctx, sztp_signer_set_i64(ec, SZTP_SIGNER_PSS, 1), SZTP_ERR_ARG, "RSA key");
  test_expect_fail(ctx, sztp_signer_set_i64(ec, SZTP_SIGNER_HASH, 224), SZTP_ERR_ARG, "256, 384 or 512");
  test_expect_fail(ctx, sztp_signer_set_i64(ec, SZTP_SIGNER_KEY_ID, 2), SZTP_ERR_ARG, "0 and 1");
  test_expect_fail(ctx, sztp_signer_set_i64(ec, 0, 1), SZTP_ERR_ARG, "no such option");
  test_expect_fail(ctx, sztp_signer_set_i64(ec, 6, 1), SZTP_ERR_ARG, "no such option");
  assert_int_equal(sztp_signer_set_i64(ec, SZTP_SIGNER_PSS, 0), SZTP_OK);
  assert_int_equal(sztp_signer_set_i64(ec, SZTP_SIGNER_KEY_ID, 1), SZTP_OK);
  assert_int_equal(sztp_signer_set_i64(NULL, SZTP_SIGNER_PSS, 0), SZTP_ERR_ARG);
  sztp_signer_free(ec);
  heard_key_usage = 0;
  assert_int_equal(sztp_ctx_set_log(ctx, SZTP_LOG_WARN, hear_key_usage, NULL), SZTP_OK);
  sztp_signer_t *no_id = signer_of(ctx, &plain, &plain_key, NULL);
  assert_int_equal(heard_key_usage, 1);
  test_expect_fail(ctx, sztp_signer_set_i64(no_id, SZTP_SIGNER_KEY_ID, 1), SZTP_ERR_NOT_FOUND,
                   "no subject key identifier");
  sztp_signer_free(no_id);
  sztp_signer_free(NULL);
}

/* ---- what was signed ----------------------------------------------------------------------------- */

/* CMS-04 to CMS-15 from the other side: each way to sign verifies and is written as RFC 5652 5.1 and 5.3 say.
 */
static void every_way_to_sign(void **state) {
  enum { EC, RSA, P384, P521 };
  file_t p384 = text_file(KEYS_P384_PEM);
  file_t p384_key = text_file(KEYS_P384_KEY);
  file_t p521 = text_file(KEYS_P521_PEM);
  file_t p521_key = text_file(KEYS_P521_KEY);
  const file_t *certs[] = {&pki.signer, &pki.signer_rsa, &p384, &p521};
  const file_t *keys[] = {&pki.signer_key, &pki.signer_rsa_key, &p384_key, &p521_key};
  static const struct {
    int key;
    uint64_t pss, hash, key_id, no_certs, no_attrs;
    expected_t expected;
  } cases[] = {
      {EC, 0, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {EC, 0, 384, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA384}},
      {EC, 0, 512, 1, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 1, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA512}},
      {EC, 0, 0, 0, 1, 0, {SZTP__CMS_VOUCHER_JSON, 0, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {EC, 0, 0, 0, 0, 1, {SZTP__CMS_DATA, 1, 1, 0, 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {EC, 0, 0, 1, 0, 1, {SZTP__CMS_DATA, 1, 3, 1, 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {P384, 0, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA384}},
      {P521, 0, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA512}},
      {P521, 0, 256, 1, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 1, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {RSA, 0, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256}},
      {RSA, 0, 384, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA384}},
      {RSA, 0, 512, 0, 0, 1, {SZTP__CMS_DATA, 1, 1, 0, 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA512}},
      {RSA, 1, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256}},
      {RSA, 1, 384, 1, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 1, 1, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA384}},
      {RSA, 1, 512, 0, 1, 1, {SZTP__CMS_DATA, 0, 1, 0, 0, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA512}},
  };
  (void)state;
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp_signer_t *s = signer_of(ctx, certs[cases[i].key], keys[cases[i].key], NULL);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_PSS, (int64_t)cases[i].pss), SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_KEY_ID, (int64_t)cases[i].key_id), SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_NO_CERTS, (int64_t)cases[i].no_certs), SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_NO_ATTRS, (int64_t)cases[i].no_attrs), SZTP_OK);
    if (cases[i].hash != 0)
      assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_HASH, (int64_t)cases[i].hash), SZTP_OK);
    for (int twice = 0; twice < 2; twice++) { /* one signer signs again and again */
      uint8_t *out = NULL;
      size_t len = 0;
      assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
      free(verified(out, len, certs[cases[i].key], &cases[i].expected));
      sztp_artifacts_free(ctx, out);
    }
    sztp_signer_free(s);
  }
  sztp_voucher_free(v);
}

/* One signature is one public-key operation; a certificate given twice is there once. */
static void chains_and_counting(void **state) {
  int64_t before = 0;
  int64_t after = 0;
  uint8_t *out = NULL;
  size_t len = 0;
  static const expected_t three = {SZTP__CMS_VOUCHER_JSON, 3, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  (void)state;
  file_t chain = joined(&pki.signer_chain, &pki.mfr_root);
  sztp_signer_t *s = signer_of(ctx, &pki.signer, &pki.signer_key, &chain);
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &before), SZTP_OK);
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &after), SZTP_OK);
  assert_int_equal(after - before, 1);
  free(verified(out, len, &pki.signer, &three));
  sztp_artifacts_free(ctx, out);
  sztp_signer_free(s);
  s = signer_of(ctx, &chain, &pki.signer_key, NULL); /* the signer's own comes first in a file of several */
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
  free(verified(out, len, &pki.signer, &three));
  sztp_artifacts_free(ctx, out);
  sztp_signer_free(s);
  sztp_voucher_free(v);
  free(chain.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(keys_in_every_form), TEST(refused_signers),   TEST(refused_keys),
      TEST(signer_options),     TEST(every_way_to_sign), TEST(chains_and_counting),
  };
  return cmocka_run_group_tests(tests, read_files, free_files);
}
