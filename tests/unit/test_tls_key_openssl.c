/* SPDX-License-Identifier: Apache-2.0 */
/* A private key outside of the process as a key of OpenSSL: what its provider passes on to the signer, and
 * what it doesn't. */
#include "common/testing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include <sztp/device.h>
#include <sztp/error.h>

#include "https/tls_engine_openssl.h"

static const char message[] = "what is signed";

typedef struct asked {
  EVP_PKEY *key; /* that signs */
  unsigned times;
  uint32_t operation;
  uint32_t hash;
} asked_t;

/* Signs like a device's key function, ECDSA as the two numbers side by side (here: zeros, which no one
 * takes). */
static int32_t sign(void *user, uint32_t operation, uint32_t hash, sztp__span_t digest, uint8_t *out,
                    size_t *out_len) {
  asked_t *a = user;
  a->times++;
  a->operation = operation;
  a->hash = hash;
  assert_int_equal(digest.len, hash / 8);
  if (operation == SZTP_KEY_OP_SIGN_ECDSA) {
    *out_len = 64;
    memset(out, 0, *out_len);
    out[31] = out[63] = 1;
    return 0;
  }
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(a->key, NULL);
  assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
  if (operation == SZTP_KEY_OP_SIGN_RSA_PSS) {
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
  }
  const EVP_MD *md = hash == 256 ? EVP_sha256() : hash == 384 ? EVP_sha384() : EVP_sha512();
  assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
  assert_int_equal(EVP_PKEY_sign(ctx, out, out_len, digest.data, digest.len), 1);
  EVP_PKEY_CTX_free(ctx);
  return 0;
}

static EVP_PKEY *read_private(const char *name) {
  size_t len = 0;
  char *pem = (char *)test_read_pki(name, &len);
  BIO *bio = BIO_new_mem_buf(pem, (int)len);
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
  BIO_free(bio);
  free(pem);
  assert_non_null(key);
  return key;
}

typedef struct row {
  const char *hash;
  int padding; /* RSA_*_PADDING; 0: what OpenSSL asks for by itself */
  int salt;    /* RSA_PSS_SALTLEN_*; 0: not said */
  int64_t able;
  uint32_t operation; /* that the signer is asked for; 0: it is not asked */
  uint32_t bits;
} row_t;

#define PSS    RSA_PKCS1_PSS_PADDING
#define PKCS1  RSA_PKCS1_PADDING
#define DIGEST RSA_PSS_SALTLEN_DIGEST

static const row_t RSA_ROWS[] = {
    {"SHA256", 0, 0, SZTP_ABLE_RSA_PKCS1_SHA256, SZTP_KEY_OP_SIGN_RSA_PKCS1, 256},
    {"SHA384", PKCS1, 0, SZTP_ABLE_RSA_PKCS1_SHA384, SZTP_KEY_OP_SIGN_RSA_PKCS1, 384},
    {"SHA256", PSS, DIGEST, SZTP_ABLE_RSA_PSS_SHA256, SZTP_KEY_OP_SIGN_RSA_PSS, 256},
    {"SHA512", PSS, DIGEST, SZTP_ABLE_RSA_PSS_SHA512, SZTP_KEY_OP_SIGN_RSA_PSS, 512},
    /* what the key can't do */
    {"SHA384", 0, 0, SZTP_ABLE_RSA_PKCS1_SHA256, 0, 0},
    {"SHA256", PSS, DIGEST, SZTP_ABLE_RSA_PKCS1_SHA256, 0, 0},
    {"SHA256", PKCS1, 0, SZTP_ABLE_RSA_PSS_SHA256, 0, 0},
    {"SHA256", 0, 0, SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_DECRYPT, 0, 0},
    /* what no signer makes */
    {"SHA1", 0, 0, -1, 0, 0},
    {"SHA256", PSS, 20, -1, 0, 0},
    {"SHA256", PSS, RSA_PSS_SALTLEN_MAX, -1, 0, 0},
    {"SHA256", RSA_NO_PADDING, 0, -1, 0, 0},
};

/* One signature through OpenSSL: its length, 0 where there is none. */
static size_t sign_by(EVP_PKEY *key, const row_t *row, unsigned char *sig, size_t cap) {
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  EVP_PKEY_CTX *pctx = NULL;
  size_t len = cap;
  int ok = EVP_DigestSignInit_ex(ctx, &pctx, row->hash, NULL, NULL, key, NULL) == 1;
  if (ok && row->padding != 0) ok = EVP_PKEY_CTX_set_rsa_padding(pctx, row->padding) == 1;
  if (ok && row->salt != 0) ok = EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, row->salt) == 1;
  if (ok) ok = EVP_DigestSign(ctx, sig, &len, (const unsigned char *)message, sizeof message) == 1;
  EVP_MD_CTX_free(ctx);
  return ok ? len : 0;
}

/* TLS-21, TPM-05: the signer is asked for what OpenSSL asks for, if it can do it; else it isn't asked */
static void asks_for_what_the_key_can(void **state) {
  (void)state;
  sztp__outside_home_t *home = NULL;
  EVP_PKEY *secret = read_private("enc/rsa.key");
  assert_int_equal(sztp__outside_home_new(&home), 0);
  for (size_t i = 0; i < TEST_COUNT_OF(RSA_ROWS); i++) {
    const row_t *row = &RSA_ROWS[i];
    asked_t asked = {.key = secret};
    sztp__outside_key_t outside = {.signer = {row->able, sign, &asked}, .certified = secret};
    EVP_PKEY *key = NULL;
    unsigned char sig[1024];
    assert_int_equal(sztp__outside_key_new(home, &outside, &key), 0);
    assert_int_equal(EVP_PKEY_get_bits(key), EVP_PKEY_get_bits(secret));
    size_t len = sign_by(key, row, sig, sizeof sig);
    if (asked.operation != row->operation || asked.hash != row->bits || (len > 0) != (row->operation != 0))
      fail_msg("row %u: asked %u times, last for operation %u with %u; %u octets", (unsigned)i, asked.times,
               (unsigned)asked.operation, (unsigned)asked.hash, (unsigned)len);
    assert_int_equal(asked.times, row->operation != 0);
    assert_int_equal(outside.proved, row->operation != 0);
    EVP_PKEY_free(key);
  }
  EVP_PKEY_free(secret);
  sztp__outside_home_free(home);
}

/* OpenSSL asks beforehand which hashes the key can sign with; that alone asks the signer for nothing. */
static void says_which_hashes_it_has(void **state) {
  (void)state;
  sztp__outside_home_t *home = NULL;
  EVP_PKEY *secret = read_private("enc/rsa.key");
  EVP_PKEY *key = NULL;
  asked_t asked = {.key = secret};
  sztp__outside_key_t outside = {
      .signer = {SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PSS_SHA512, sign, &asked}, .certified = secret};
  assert_int_equal(sztp__outside_home_new(&home), 0);
  assert_int_equal(sztp__outside_key_new(home, &outside, &key), 0);
  assert_int_equal(EVP_PKEY_digestsign_supports_digest(key, NULL, "SHA256", NULL), 1);
  assert_int_equal(EVP_PKEY_digestsign_supports_digest(key, NULL, "SHA512", NULL), 1);
  assert_int_not_equal(EVP_PKEY_digestsign_supports_digest(key, NULL, "SHA384", NULL), 1);
  assert_int_equal(asked.times, 0);
  EVP_PKEY_free(key);
  EVP_PKEY_free(secret);
  sztp__outside_home_free(home);
}

/* STATE-15: a signature that the certificate does not verify is kept back, and nothing is asked again */
static void keeps_back_what_does_not_fit(void **state) {
  (void)state;
  sztp__outside_home_t *home = NULL;
  EVP_PKEY *secret = read_private("enc/p256.key");
  asked_t asked = {.key = secret};
  sztp__outside_key_t outside = {.signer = {SZTP_ABLE_ECDSA_SHA256, sign, &asked}, .certified = secret};
  EVP_PKEY *key = NULL;
  unsigned char sig[256];
  row_t row = {"SHA256", 0, 0, 0, 0, 0};
  assert_int_equal(sztp__outside_home_new(&home), 0);
  assert_int_equal(sztp__outside_key_new(home, &outside, &key), 0);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sign_by(key, &row, sig, sizeof sig), 0);
    assert_int_equal(asked.times, 1);
    assert_int_equal(outside.result, SZTP_ERR_KEY);
  }
  EVP_PKEY_free(key);
  EVP_PKEY_free(secret);
  sztp__outside_home_free(home);
}

/* Nothing is changed for anybody: keys of the process are made and sign where they always did. */
static void touches_no_other_key(void **state) {
  (void)state;
  sztp__outside_home_t *home = NULL;
  assert_int_equal(sztp__outside_home_new(&home), 0);
  EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
  assert_non_null(own);
  unsigned char sig[256];
  row_t row = {"SHA512", 0, 0, 0, 0, 0};
  assert_true(sign_by(own, &row, sig, sizeof sig) > 0);
  assert_int_equal(OSSL_PROVIDER_available(NULL, "sztp-outside"), 0);
  EVP_PKEY_free(own);
  sztp__outside_home_free(home);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(asks_for_what_the_key_can), cmocka_unit_test(says_which_hashes_it_has),
      cmocka_unit_test(keeps_back_what_does_not_fit), cmocka_unit_test(touches_no_other_key)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
