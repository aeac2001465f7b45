/* SPDX-License-Identifier: Apache-2.0 */
/* AlgorithmIdentifiers read, named and judged. */
#include "common/testing.h"

#include "cryptography/algorithm.h"
#include "ground/text.h"

#define RSA(n)    "06092a864886f70d0101" n
#define ECDSA(n)  "06082a8648ce3d0403" n
#define DIGEST(n) "0609608648016503040" n
#define SHA256    "300b" DIGEST("201")
#define SHA384    "300b" DIGEST("202")
#define PSS       RSA("0a")
#define MGF1      RSA("08")

static int32_t read_hex(sztp_ctx_t *ctx, const char *hex, uint8_t *data, size_t cap, sztp__sigalg_t *alg) {
  size_t len = 0;
  sztp__der_t d;
  sztp__trail_clear(ctx);
  assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(hex), data, cap, &len), 0);
  sztp__der_init(&d, ctx, sztp__span(data, len));
  int32_t rc = sztp__sigalg_read(&d, alg);
  if (rc == 0) assert_true(sztp__der_at_end(&d));
  return rc;
}

/* CMS-14 */
static void test_signatures(void **state) {
  (void)state;
  static const struct {
    const char *hex;
    int32_t rc;
    uint32_t scheme, hash, mgf_hash, salt_len;
    const char *text;
  } cases[] = {
      {"300d" RSA("01") "0500", 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_NONE, 0, 0, "rsaEncryption"},
      {"300b" RSA("01"), 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_NONE, 0, 0, "rsaEncryption"},
      {"300d" RSA("04") "0500", 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_MD5, 0, 0, "md5WithRSAEncryption"},
      {"300d" RSA("05") "0500", 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA1, 0, 0, "sha1WithRSAEncryption"},
      {"300906052b0e03021d0500", 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA1, 0, 0, "sha1WithRSA"},
      {"300d" RSA("0b") "0500", 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, 0, 0, "sha256WithRSAEncryption"},
      {"300d" RSA("0c") "0500", 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA384, 0, 0, "sha384WithRSAEncryption"},
      {"300b" RSA("0d"), 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA512, 0, 0, "sha512WithRSAEncryption"},
      {"300d" RSA("0e") "0500", 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA224, 0, 0, "sha224WithRSAEncryption"},
      {"300906072a8648ce3d0401", 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA1, 0, 0, "ecdsa-with-SHA1"},
      {"300906072a8648ce3d0201", 0, SZTP__SIG_ECDSA, SZTP__HASH_NONE, 0, 0, "id-ecPublicKey"},
      {"301306072a8648ce3d020106082a8648ce3d030107", 0, SZTP__SIG_ECDSA, SZTP__HASH_NONE, 0, 0,
       "id-ecPublicKey"},
      {"300a" ECDSA("01"), 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA224, 0, 0, "ecdsa-with-SHA224"},
      {"300a" ECDSA("02"), 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA256, 0, 0, "ecdsa-with-SHA256"},
      {"300a" ECDSA("03"), 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA384, 0, 0, "ecdsa-with-SHA384"},
      {"300c" ECDSA("04") "0500", 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA512, 0, 0, "ecdsa-with-SHA512"},
      {"300506032b6570", 0, SZTP__SIG_ED25519, SZTP__HASH_SHA512, 0, 0, "Ed25519"},
      {"300906072a8648ce380403", 0, SZTP__SIG_NONE, SZTP__HASH_NONE, 0, 0, "1.2.840.10040.4.3"},
      {"300906032a03043002"
       "0500",
       0, SZTP__SIG_NONE, SZTP__HASH_NONE, 0, 0, "1.2.3.4"},
      /* PSS: all defaults; a hash alone; everything; the defaults written out; another mask */
      {"300d" PSS "3000", 0, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA1, SZTP__HASH_SHA1, 20, "RSASSA-PSS with sha1"},
      {"301c" PSS "300fa00d" SHA256, 0, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256, SZTP__HASH_SHA1, 20,
       "RSASSA-PSS with sha256"},
      {"303d" PSS "3030a00d" SHA256 "a11a3018" MGF1 SHA256 "a203020120", 0, SZTP__SIG_RSA_PSS,
       SZTP__HASH_SHA256, SZTP__HASH_SHA256, 32, "RSASSA-PSS with sha256"},
      {"3042" PSS "3035a00d" SHA384 "a11a3018" MGF1 SHA256 "a203020114a303020101", 0, SZTP__SIG_RSA_PSS,
       SZTP__HASH_SHA384, SZTP__HASH_SHA256, 20, "RSASSA-PSS with sha384"},
      {"3025" PSS "3018a00d" SHA256 "a107300506032a0304", 0, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256,
       SZTP__HASH_NONE, 20, "RSASSA-PSS with sha256"},
      {"3019" PSS "300ca00a300806032a0304020100", 0, SZTP__SIG_RSA_PSS, SZTP__HASH_NONE, SZTP__HASH_SHA1, 20,
       "RSASSA-PSS"},
      {"300b" PSS, SZTP_ERR_DER, 0, 0, 0, 0, ""},
      {"300d" PSS "0500", SZTP_ERR_DER, 0, 0, 0, 0, ""},
      {"3012" PSS "3005a303020102", SZTP_ERR_DER, 0, 0, 0, 0, ""},
      {"3012" PSS "3005a2030201ff", SZTP_ERR_DER, 0, 0, 0, 0, ""},
      {"3014" PSS "3007a203020114"
       "0500",
       SZTP_ERR_DER, 0, 0, 0, 0, ""},
      {"300e" RSA("0b") "020100", SZTP_ERR_DER, 0, 0, 0, 0, ""},
      {"300f" RSA("0b") "05000500", SZTP_ERR_DER, 0, 0, 0, 0, ""},
      {"300e" RSA("0b") "050100", SZTP_ERR_DER, 0, 0, 0, 0, ""},
      {"3000", SZTP_ERR_DER, 0, 0, 0, 0, ""},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t data[128];
    char text[64];
    sztp__sigalg_t alg;
    int32_t rc = read_hex(ctx, cases[i].hex, data, sizeof data, &alg);
    if (rc != cases[i].rc) fail_msg("%s: %s \"%s\"", cases[i].hex, sztp_error_name(rc), test_detail(ctx));
    if (rc != 0) continue;
    assert_int_equal(alg.scheme, cases[i].scheme);
    assert_int_equal(alg.hash, cases[i].hash);
    assert_int_equal(alg.mgf_hash, cases[i].mgf_hash);
    assert_int_equal(alg.salt_len, cases[i].salt_len);
    assert_string_equal(sztp__sigalg_text(text, sizeof text, &alg), cases[i].text);
  }
  test_ctx_free(&m, ctx);
}

/* CMS-14: NULL and absent parameters count alike. */
static void test_digests(void **state) {
  (void)state;
  static const struct {
    const char *hex;
    int32_t rc;
    uint32_t hash;
    const char *name;
  } cases[] = {
      {"300c06082a864886f70d02050500", 0, SZTP__HASH_MD5, "md5"},
      {"300706052b0e03021a", 0, SZTP__HASH_SHA1, "sha1"},
      {"300d" DIGEST("204") "0500", 0, SZTP__HASH_SHA224, "sha224"},
      {"300d" DIGEST("201") "0500", 0, SZTP__HASH_SHA256, "sha256"},
      {SHA256, 0, SZTP__HASH_SHA256, "sha256"},
      {SHA384, 0, SZTP__HASH_SHA384, "sha384"},
      {"300b" DIGEST("203"), 0, SZTP__HASH_SHA512, "sha512"},
      {"300806032a0304020100", 0, SZTP__HASH_NONE, "unknown"},
      {"300e" DIGEST("201") "020100", SZTP_ERR_DER, 0, ""},
      {"0500", SZTP_ERR_DER, 0, ""},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t data[64];
    size_t len = 0;
    sztp__der_t d;
    uint32_t hash = 99;
    sztp__span_t oid;
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(cases[i].hex), data, sizeof data, &len), 0);
    sztp__der_init(&d, ctx, sztp__span(data, len));
    assert_int_equal(sztp__digestalg_read(&d, &hash, &oid), cases[i].rc);
    if (cases[i].rc != 0) continue;
    assert_int_equal(hash, cases[i].hash);
    assert_string_equal(sztp__hash_name(hash), cases[i].name);
  }
  test_ctx_free(&m, ctx);
}

/* CMS-16: D-83 */
static void test_policy(void **state) {
  (void)state;
  enum { NO = SZTP_ERR_CMS_ALG_UNSUPPORTED, WEAK = SZTP_ERR_CMS_ALG_WEAK };
  static const struct {
    const char *name;
    uint32_t scheme, hash, mgf_hash, key, curve, bits;
    int allow_sha1;
    int32_t code;
  } cases[] = {
      {"RSA 2048", SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, 0, SZTP__KEY_RSA, 0, 2048, 0, 0},
      {"RSA 2047", SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, 0, SZTP__KEY_RSA, 0, 2047, 1, WEAK},
      {"RSA 1024", SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256, SZTP__HASH_SHA256, SZTP__KEY_RSA, 0, 1024, 0, WEAK},
      {"PSS", SZTP__SIG_RSA_PSS, SZTP__HASH_SHA512, SZTP__HASH_SHA512, SZTP__KEY_RSA, 0, 4096, 0, 0},
      {"PSS, unknown mask", SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256, SZTP__HASH_NONE, SZTP__KEY_RSA, 0, 4096, 0,
       NO},
      {"PSS, another mask", SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256, SZTP__HASH_SHA384, SZTP__KEY_RSA, 0, 4096,
       0, NO},
      {"PSS, weak mask", SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256, SZTP__HASH_SHA1, SZTP__KEY_RSA, 0, 4096, 0,
       WEAK},
      {"P-256", SZTP__SIG_ECDSA, SZTP__HASH_SHA256, 0, SZTP__KEY_EC, SZTP__CURVE_P256, 256, 0, 0},
      {"P-384 with SHA-512", SZTP__SIG_ECDSA, SZTP__HASH_SHA512, 0, SZTP__KEY_EC, SZTP__CURVE_P384, 384, 0,
       0},
      {"P-521", SZTP__SIG_ECDSA, SZTP__HASH_SHA384, 0, SZTP__KEY_EC, SZTP__CURVE_P521, 521, 0, 0},
      {"P-224", SZTP__SIG_ECDSA, SZTP__HASH_SHA256, 0, SZTP__KEY_EC, SZTP__CURVE_NONE, 224, 0, WEAK},
      {"unknown curve", SZTP__SIG_ECDSA, SZTP__HASH_SHA256, 0, SZTP__KEY_EC, SZTP__CURVE_NONE, 0, 0, NO},
      {"SHA-1", SZTP__SIG_ECDSA, SZTP__HASH_SHA1, 0, SZTP__KEY_EC, SZTP__CURVE_P256, 256, 0, WEAK},
      {"SHA-1 allowed", SZTP__SIG_ECDSA, SZTP__HASH_SHA1, 0, SZTP__KEY_EC, SZTP__CURVE_P256, 256, 1, 0},
      {"SHA-224", SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA224, 0, SZTP__KEY_RSA, 0, 2048, 1, WEAK},
      {"MD5", SZTP__SIG_RSA_PKCS1, SZTP__HASH_MD5, 0, SZTP__KEY_RSA, 0, 2048, 1, WEAK},
      {"no hash", SZTP__SIG_RSA_PKCS1, SZTP__HASH_NONE, 0, SZTP__KEY_RSA, 0, 2048, 1, NO},
      {"unknown scheme", SZTP__SIG_NONE, SZTP__HASH_NONE, 0, SZTP__KEY_RSA, 0, 2048, 1, NO},
      {"Ed25519", SZTP__SIG_ED25519, SZTP__HASH_SHA512, 0, SZTP__KEY_ED25519, 0, 256, 1, NO},
      {"ECDSA with an RSA key", SZTP__SIG_ECDSA, SZTP__HASH_SHA256, 0, SZTP__KEY_RSA, 0, 2048, 0, NO},
      {"RSA with an EC key", SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, 0, SZTP__KEY_EC, SZTP__CURVE_P256, 256,
       0, NO},
      {"another key", SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, 0, SZTP__KEY_OTHER, 0, 0, 0, NO},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp__sigalg_t alg = {cases[i].scheme, cases[i].hash, cases[i].mgf_hash, 32, {NULL, 0}};
    sztp__keyinfo_t key = {.type = cases[i].key, .curve = cases[i].curve, .bits = cases[i].bits};
    int32_t rc = sztp__alg_policy(ctx, &alg, &key, cases[i].allow_sha1);
    if (rc != cases[i].code) fail_msg("%s: %s", cases[i].name, sztp_error_name(rc));
    if (rc != 0) assert_int_equal(sztp__trail_cause(ctx), rc);
    sztp__trail_clear(ctx);
  }
  test_ctx_free(&m, ctx);
}

/* CMS-14: the hash of a key's identifier is the digest's, and of nothing else */
static void test_completed(void **state) {
  (void)state;
  sztp__sigalg_t rsa = {SZTP__SIG_RSA_PKCS1, SZTP__HASH_NONE, 0, 0, {NULL, 0}};
  sztp__sigalg_t ec = {SZTP__SIG_ECDSA, SZTP__HASH_NONE, 0, 0, {NULL, 0}};
  sztp__sigalg_t pss = {SZTP__SIG_RSA_PSS, SZTP__HASH_NONE, 0, 0, {NULL, 0}};
  sztp__sigalg_t said = {SZTP__SIG_ECDSA, SZTP__HASH_SHA384, 0, 0, {NULL, 0}};
  sztp__sigalg_complete(&rsa, SZTP__HASH_SHA256);
  sztp__sigalg_complete(&ec, SZTP__HASH_SHA512);
  sztp__sigalg_complete(&pss, SZTP__HASH_SHA256);
  sztp__sigalg_complete(&said, SZTP__HASH_SHA256);
  assert_int_equal(rsa.hash, SZTP__HASH_SHA256);
  assert_int_equal(ec.hash, SZTP__HASH_SHA512);
  assert_int_equal(pss.hash, SZTP__HASH_NONE);
  assert_int_equal(said.hash, SZTP__HASH_SHA384);
  assert_int_equal(sztp__sigalg_ecdsa(SZTP__HASH_NONE).scheme, SZTP__SIG_NONE);
}

/* CMS-14, RFC 4055 3.3: a key for RSASSA-PSS alone, and one whose parameters are fixed */
static void test_pss_keys(void **state) {
  (void)state;
  static const char fixed[] = "3030a00d" SHA256 "a11a3018" MGF1 SHA256 "a203020120";
  uint8_t data[64];
  size_t len = 0;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp__sigalg_t pss = {SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256, SZTP__HASH_SHA256, 32, {NULL, 0}};
  sztp__sigalg_t pkcs1 = {SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, 0, 0, {NULL, 0}};
  sztp__keyinfo_t key = {.type = SZTP__KEY_RSA, .bits = 2048, .pss_only = 1};
  assert_int_equal(sztp__alg_policy(ctx, &pss, &key, 0), SZTP_OK);
  test_expect_fail(ctx, sztp__alg_policy(ctx, &pkcs1, &key, 0), SZTP_ERR_CMS_ALG_UNSUPPORTED,
                   "RSASSA-PSS alone");
  assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(fixed), data, sizeof data, &len), 0);
  key.pss_parameters = sztp__span(data, len);
  assert_int_equal(sztp__alg_policy(ctx, &pss, &key, 0), SZTP_OK);
  pss.salt_len = 48;
  assert_int_equal(sztp__alg_policy(ctx, &pss, &key, 0), SZTP_OK);
  pss.salt_len = 31;
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__alg_policy(ctx, &pss, &key, 0), SZTP_ERR_CMS_ALG_UNSUPPORTED,
                   "other parameters than the signer's key");
  pss.salt_len = 48;
  pss.hash = SZTP__HASH_SHA384;
  pss.mgf_hash = SZTP__HASH_SHA384;
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__alg_policy(ctx, &pss, &key, 0), SZTP_ERR_CMS_ALG_UNSUPPORTED,
                   "other parameters than the signer's key");
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_signatures), cmocka_unit_test(test_digests),  cmocka_unit_test(test_policy),
      cmocka_unit_test(test_completed),  cmocka_unit_test(test_pss_keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
