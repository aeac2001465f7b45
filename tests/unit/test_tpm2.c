/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in a TPM as a key function, against a software TPM: what is added, what the keys do, what a bad day of
 * the TPM looks like, and what is seen on the way to it. */
#define _POSIX_C_SOURCE 200809L
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "cryptography/key_request.h"
#include "tpm2_bench.h"

/* ---- asking -------------------------------------------------------------------------------------- */

static const uint8_t digest[64] = {0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static int32_t ask(env_t *e, uint32_t operation, int which, int64_t hash, sztp__span_t input, uint8_t *out,
                   size_t wanted) {
  sztp_key_request_t r;
  size_t len = 0;
  memset(&r, 0, sizeof r);
  r.operation = operation;
  r.hash = r.mgf_hash = hash;
  r.input = input;
  r.cert = certs[which];
  int32_t rc = sztp_tpm2_key(e->tpm, &r, out, wanted, &len);
  if (rc == SZTP_OK) assert_int_equal(len, wanted);
  return rc;
}

static int64_t able(env_t *e, int which) {
  uint8_t out[8];
  int64_t bits = 0;
  assert_int_equal(ask(e, SZTP_KEY_OP_QUERY, which, 0, sztp__span(NULL, 0), out, sizeof out), SZTP_OK);
  for (size_t i = 0; i < sizeof out; i++) bits = bits << 8 | out[i];
  return bits;
}

static size_t signature_len(int which) {
  return made[which].alg[0] == 'r' ? 256 : strcmp(made[which].alg, "p384") == 0 ? 96 : 64;
}

static int32_t sign(env_t *e, uint32_t operation, int which, int64_t hash, uint8_t *out) {
  return ask(e, operation, which, hash, sztp__span(digest, (size_t)hash / 8), out, signature_len(which));
}

/* OpenSSL's word on it; @p key may be that of another certificate. */
static int verifies(uint32_t operation, EVP_PKEY *key, int64_t hash, const uint8_t *signature, size_t len) {
  const EVP_MD *md = hash == 256 ? EVP_sha256() : hash == 384 ? EVP_sha384() : EVP_sha512();
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
  unsigned char *der = NULL;
  int der_len = 0;
  assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
  if (operation == SZTP_KEY_OP_SIGN_ECDSA) {
    ECDSA_SIG *pair = ECDSA_SIG_new();
    int half = (int)len / 2;
    ECDSA_SIG_set0(pair, BN_bin2bn(signature, half, NULL), BN_bin2bn(signature + half, half, NULL));
    der_len = i2d_ECDSA_SIG(pair, &der);
    ECDSA_SIG_free(pair);
  } else
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, operation == SZTP_KEY_OP_SIGN_RSA_PSS
                                                           ? RSA_PKCS1_PSS_PADDING
                                                           : RSA_PKCS1_PADDING),
                     1);
  assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
  if (operation == SZTP_KEY_OP_SIGN_RSA_PSS)
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
  int good = EVP_PKEY_verify(ctx, der != NULL ? der : signature, der != NULL ? (size_t)der_len : len, digest,
                             (size_t)hash / 8);
  OPENSSL_free(der);
  EVP_PKEY_CTX_free(ctx);
  return good == 1;
}

/* ---- opening and adding -------------------------------------------------------------------------- */

/* TPM-02, TPM-03: no default, and no TPM is told from a TPM */
static void opens(void **state) {
  env_t *e = *state;
  sztp_tpm2_t *t = NULL;
  int64_t value = -1;
  assert_int_equal(sztp_tpm2_new(NULL, &t), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_new(e->ctx, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_new(e->ctx, &t), SZTP_OK);
  assert_true(sztp_tpm2_idevid_handle() == SZTP_TPM2_IDEVID_HANDLE);
  assert_true(sztp_tpm2_storage_handle() == SZTP_TPM2_STORAGE_HANDLE);
  assert_int_equal(sztp_tpm2_open(t, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_open(t, ""), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_open_context(t, NULL), SZTP_ERR_ARG);
  test_expect_fail(e->ctx, sztp_tpm2_add_handle(t, certs[H1].data, certs[H1].len, made[H1].handle, NULL, 0),
                   SZTP_ERR_SEQUENCE, "not open");
  test_expect_fail(e->ctx, sztp_tpm2_i64(t, SZTP_TPM2_LOCKED, &value), SZTP_ERR_SEQUENCE, "not open");
  test_expect_fail(e->ctx, sztp_tpm2_open(t, "nonsense:"), SZTP_ERR_NOT_FOUND, "\"nonsense:\": no such TCTI");
  test_expect_fail(e->ctx, sztp_tpm2_open(t, "swtpm:path=/nowhere/sock"), SZTP_ERR_NOT_FOUND, "no TPM there");
  sztp_tpm2_free(t);
  sztp_tpm2_free(NULL);
  test_expect_fail(e->ctx, sztp_tpm2_open(e->tpm, peer.tcti), SZTP_ERR_SEQUENCE, "open already");
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_MANUFACTURER, &value), SZTP_OK);
  assert_int_equal(value, 0x49424d00); /* "IBM", as libtpms says */
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_LOCKED, &value), SZTP_OK);
  assert_int_equal(value, 0);
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_RETRIES, &value), SZTP_OK);
  assert_int_equal(value, 0);
  assert_int_equal(sztp_tpm2_i64(e->tpm, 99, &value), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, 99, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_TIMEOUT_MS, -1), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, INT64_C(1) << 32), SZTP_ERR_ARG);
}

/* A TPM by its name, as a device opens it. */
static void opens_by_name(void **state) {
  env_t *e = *state;
  sztp_tpm2_t *t = NULL;
  tpm2_peer_t other;
  assert_int_equal(sztp_tpm2_new(e->ctx, &t), SZTP_OK);
  assert_true(tpm2_peer_start(&other));
  assert_int_equal(sztp_tpm2_open(t, other.tcti), SZTP_OK);
  test_expect_fail(e->ctx, sztp_tpm2_add_handle(t, certs[H1].data, certs[H1].len, made[H1].handle, NULL, 0),
                   SZTP_ERR_NOT_FOUND, "there is no key at 0x81020000");
  sztp_tpm2_free(t);
  tpm2_peer_stop(&other);
}

/* TPM-04, TPM-19, STATE-15: the certificate's own key, and one that signs what comes from outside */
static void adds_the_certificates_key(void **state) {
  env_t *e = *state;
  static const uint8_t garbage[] = "garbage";
  test_expect_fail(e->ctx, sztp_tpm2_add_handle(e->tpm, certs[H1].data, certs[H1].len, 0x8102ffff, NULL, 0),
                   SZTP_ERR_NOT_FOUND, "there is no key at 0x8102ffff");
  test_expect_fail(e->ctx,
                   sztp_tpm2_add_handle(e->tpm, certs[H2].data, certs[H2].len, made[H1].handle, NULL, 0),
                   SZTP_ERR_KEY, "the key in the TPM is not that of the certificate of");
  test_expect_fail(
      e->ctx,
      sztp_tpm2_add_handle(e->tpm, certs[BOTH_RSA].data, certs[BOTH_RSA].len, made[H1].handle, NULL, 0),
      SZTP_ERR_KEY, "not that of the certificate");
  test_expect_fail(e->ctx, add_with(e, IAK, NULL), SZTP_ERR_KEY, "attestation key");
  test_expect_fail(e->ctx, sztp_tpm2_add_handle(e->tpm, garbage, 7, made[H1].handle, NULL, 0), SZTP_ERR_TEXT,
                   "neither PEM nor DER nor base64 of DER, but text");
  assert_int_equal(sztp_tpm2_add_handle(e->tpm, certs[H1].data, certs[H1].len, 0x01c90200, NULL, 0),
                   SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_add_handle(e->tpm, NULL, 1, made[H1].handle, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_add_handle(e->tpm, certs[H1].data, certs[H1].len, made[H1].handle, digest, 65),
                   SZTP_ERR_ARG);
  uint8_t out[256];
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_NOT_FOUND);
  add(e, H2);
  add(e, H2); /* in place of the first */
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
}

static void adds_no_more_than_fit(void **state) {
  env_t *e = *state;
  for (int i = 0; i < 9; i++) {
    sztp__span_t cert = certify(keys[H2]);
    int32_t rc = sztp_tpm2_add_handle(e->tpm, cert.data, cert.len, made[H2].handle, NULL, 0);
    OPENSSL_free((void *)(uintptr_t)cert.data);
    if (i < 8)
      assert_int_equal(rc, SZTP_OK);
    else
      test_expect_fail(e->ctx, rc, SZTP_ERR_LIMIT, "more than 8 keys");
  }
}

/* ---- signing ------------------------------------------------------------------------------------- */

/* TPM-05: what the public area allows is what the key function says and does; all else is refused */
static void signs_what_the_key_allows(void **state) {
  env_t *e = *state;
  static const struct {
    int key;
    int64_t able;
  } rows[] = {{H1, 0x770},
              {H2, 1},
              {H3, 2},
              {BOTH_RSA, 0x770 | SZTP_ABLE_DECRYPT},
              {BOTH_P256, 7 | SZTP_ABLE_AGREE},
              {OAEP_RSA, SZTP_ABLE_DECRYPT}};
  static const uint32_t operations[] = {SZTP_KEY_OP_SIGN_ECDSA, SZTP_KEY_OP_SIGN_RSA_PKCS1,
                                        SZTP_KEY_OP_SIGN_RSA_PSS};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    add(e, rows[i].key);
    assert_int_equal(able(e, rows[i].key), rows[i].able);
    for (size_t o = 0; o < 3; o++)
      for (int h = 0; h < 3; h++) {
        static const int64_t bits[] = {256, 384, 512};
        uint8_t out[256];
        int32_t rc = sign(e, operations[o], rows[i].key, bits[h], out);
        int64_t needed = INT64_C(1) << (4 * o + (size_t)h);
        if ((rows[i].able & 0xfff & needed) == 0)
          assert_int_equal(rc, SZTP_ERR_UNSUPPORTED);
        else {
          assert_int_equal(rc, SZTP_OK);
          assert_true(verifies(operations[o], keys[rows[i].key], bits[h], out, signature_len(rows[i].key)));
        }
      }
  }
}

static void refuses_other_operations(void **state) {
  env_t *e = *state;
  static const uint32_t unknown[] = {
      0, SZTP_KEY_OP_GENERATE, SZTP_KEY_OP_DELETE, SZTP_KEY_OP_ATTEST, 11, UINT32_MAX};
  uint8_t out[64];
  size_t len = 0;
  sztp_key_request_t r;
  add(e, H2);
  for (size_t i = 0; i < TEST_COUNT_OF(unknown); i++)
    assert_int_equal(ask(e, unknown[i], H2, 256, sztp__span(digest, 32), out, 64), SZTP_ERR_UNSUPPORTED);
  assert_int_equal(ask(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, sztp__span(digest, 31), out, 64),
                   SZTP_ERR_UNSUPPORTED);
  assert_int_equal(ask(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, sztp__span(digest, 32), out, 63), SZTP_ERR_KEY);
  assert_int_equal(ask(e, SZTP_KEY_OP_QUERY, H2, 0, sztp__span(NULL, 0), out, 7), SZTP_ERR_KEY);
  memset(&r, 0, sizeof r);
  assert_int_equal(sztp_tpm2_key(NULL, &r, out, 64, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_key(e->tpm, NULL, out, 64, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, NULL, 64, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, 64, NULL), SZTP_ERR_ARG);
}

/* ---- decryption ---------------------------------------------------------------------------------- */

static const uint8_t content_key[32] = "0123456789abcdef0123456789abcdef";

static size_t encrypt(int which, int padding, const EVP_MD *md, const EVP_MD *mgf, const char *label,
                      uint8_t *out) {
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(keys[which], NULL);
  size_t len = 256;
  assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
  assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, padding), 1);
  if (padding == RSA_PKCS1_OAEP_PADDING) {
    assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf), 1);
    if (*label != '\0')
      assert_int_equal(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, OPENSSL_strdup(label), (int)strlen(label)), 1);
  }
  assert_int_equal(EVP_PKEY_encrypt(ctx, out, &len, content_key, sizeof content_key), 1);
  EVP_PKEY_CTX_free(ctx);
  return len;
}

static int32_t decrypt(env_t *e, int which, uint32_t operation, int64_t hash, int64_t mgf, const char *label,
                       sztp__span_t input, uint8_t out[32]) {
  sztp_key_request_t r;
  size_t len = 0;
  memset(&r, 0, sizeof r);
  memset(out, 0, 32);
  r.operation = operation;
  r.hash = hash;
  r.mgf_hash = mgf;
  r.input = input;
  r.label = sztp__span_of(label);
  r.cert = certs[which];
  return sztp_tpm2_key(e->tpm, &r, out, 32, &len);
}

/* TPM-11: raw RSA in the TPM, every padding in software; what is wrong takes the same commands */
static void decrypts_rsa(void **state) {
  env_t *e = *state;
  static const struct {
    uint32_t operation;
    int64_t hash, mgf;
    const char *label;
  } rows[] = {
      {SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, ""},         {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 1, 1, ""},
      {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 256, ""},      {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 1, ""},
      {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 384, 512, "label"}, {SZTP_KEY_OP_DECRYPT_RSA_OAEP, 512, 256, ""}};
  add(e, BOTH_RSA);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t sealed[256], out[32];
    const EVP_MD *md[2];
    const int64_t bits[2] = {rows[i].hash, rows[i].mgf};
    for (int n = 0; n < 2; n++)
      md[n] = bits[n] == 1     ? EVP_sha1()
              : bits[n] == 384 ? EVP_sha384()
              : bits[n] == 512 ? EVP_sha512()
                               : EVP_sha256();
    int padding =
        rows[i].operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING;
    size_t len = encrypt(BOTH_RSA, padding, md[0], md[1], rows[i].label, sealed);
    unsigned before = e->shim.commands;
    assert_int_equal(decrypt(e, BOTH_RSA, rows[i].operation, bits[0], bits[1], rows[i].label,
                             sztp__span(sealed, len), out),
                     SZTP_OK);
    unsigned commands = i == 0 ? 0 : e->shim.commands - before; /* the first one looks for the storage key */
    assert_memory_equal(out, content_key, 32);
    /* another padding than the sender's */
    uint32_t other = rows[i].operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP ? SZTP_KEY_OP_DECRYPT_RSA_PKCS1
                                                                       : SZTP_KEY_OP_DECRYPT_RSA_OAEP;
    before = e->shim.commands;
    assert_int_equal(decrypt(e, BOTH_RSA, other, 256, 256, "", sztp__span(sealed, len), out), SZTP_ERR_KEY);
    if (commands != 0) assert_int_equal(e->shim.commands - before, commands);
    assert_int_equal(decrypt(e, BOTH_RSA, rows[i].operation, bits[0], bits[1], rows[i].label,
                             sztp__span(sealed, len - 1), out),
                     SZTP_ERR_KEY);
  }
}

/* TPM-11: a key for OAEP with SHA-256 alone */
static void decrypts_by_the_tpms_padding(void **state) {
  env_t *e = *state;
  uint8_t sealed[256], out[32];
  int64_t code = 0;
  add(e, OAEP_RSA);
  size_t len = encrypt(OAEP_RSA, RSA_PKCS1_OAEP_PADDING, EVP_sha256(), EVP_sha256(), "", sealed);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 256, "", sztp__span(sealed, len), out),
      SZTP_OK);
  assert_memory_equal(out, content_key, 32);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 1, "", sztp__span(sealed, len), out),
      SZTP_ERR_UNSUPPORTED);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 256, "x", sztp__span(sealed, len), out),
      SZTP_ERR_UNSUPPORTED);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, "", sztp__span(sealed, len), out),
      SZTP_ERR_UNSUPPORTED);
  sealed[len - 1] ^= 1; /* what the TPM says of its padding is told nowhere (D-93) */
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_MANUFACTURER, &code), SZTP_OK);
  assert_int_equal(
      decrypt(e, OAEP_RSA, SZTP_KEY_OP_DECRYPT_RSA_OAEP, 256, 256, "", sztp__span(sealed, len), out),
      SZTP_ERR_KEY);
  assert_string_equal(test_detail(e->ctx), "");
}

static int32_t agree(env_t *e, int which, uint8_t expected[32], uint8_t out[32]) {
  EVP_PKEY *own = EVP_EC_gen("P-256");
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
  uint8_t point[65];
  size_t len = 32, point_len = 0;
  assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
  assert_int_equal(EVP_PKEY_derive_set_peer(ctx, keys[which]), 1);
  assert_int_equal(EVP_PKEY_derive(ctx, expected, &len), 1);
  assert_int_equal(
      EVP_PKEY_get_octet_string_param(own, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &point_len), 1);
  EVP_PKEY_CTX_free(ctx);
  EVP_PKEY_free(own);
  return ask(e, SZTP_KEY_OP_AGREE_ECDH, which, 0, sztp__span(point, point_len), out, 32);
}

/* TPM-12: with the leading zeros, which some of these secrets have */
static void agrees(void **state) {
  env_t *e = *state;
  int zeros = 0;
  add(e, BOTH_P256);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, 0), SZTP_OK);
  for (int i = 0; i < 2000 && zeros < 2; i++) {
    uint8_t expected[32], out[32];
    assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_OK);
    assert_memory_equal(out, expected, 32);
    zeros += out[0] == 0;
  }
  assert_true(zeros > 0);
}

/* TPM-12: and so are those that the TPM left out, in signatures and in raw blocks, too */
static void puts_zeros_back(void **state) {
  env_t *e = *state;
  uint8_t sealed[256], out[64], expected[32];
  int zeros = 0;
  add(e, BOTH_P256);
  add(e, BOTH_RSA);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, 0), SZTP_OK);
  e->shim.stripping = 1;
  for (int i = 0; i < 3000 && zeros < 2; i++) {
    assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_OK);
    assert_memory_equal(out, expected, 32);
    zeros += out[0] == 0;
  }
  assert_true(zeros > 0);
  zeros = 0;
  for (int i = 0; i < 3000 && zeros < 3; i++) {
    assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, BOTH_P256, 256, out), SZTP_OK);
    if (out[0] != 0 && out[32] != 0) continue;
    assert_true(verifies(SZTP_KEY_OP_SIGN_ECDSA, keys[BOTH_P256], 256, out, 64));
    zeros++;
  }
  assert_true(zeros > 0);
  size_t len = encrypt(BOTH_RSA, RSA_PKCS1_PADDING, NULL, NULL, "", sealed); /* begins with a zero always */
  assert_int_equal(
      decrypt(e, BOTH_RSA, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, "", sztp__span(sealed, len), out), SZTP_OK);
  assert_memory_equal(out, content_key, 32);
}

/* TPM-13: another recipient is tried; the log says why, when such a key is added */
static void cannot_decrypt_with_identity_keys(void **state) {
  env_t *e = *state;
  test_lines_t lines = {"can only sign: what is encrypted to the device needs a decryption certificate", 0,
                        0};
  uint8_t sealed[256], out[32];
  assert_int_equal(sztp_ctx_set_log(e->ctx, SZTP_LOG_INFO, test_count_line, &lines), SZTP_OK);
  add(e, BOTH_RSA);
  add(e, BOTH_P256);
  assert_int_equal(lines.all, 0);
  add(e, H1);
  add(e, H2);
  assert_int_equal(lines.with_text, 2);
  size_t len = encrypt(H1, RSA_PKCS1_PADDING, NULL, NULL, "", sealed);
  unsigned before = e->shim.commands;
  assert_int_equal(decrypt(e, H1, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, "", sztp__span(sealed, len), out),
                   SZTP_ERR_NOT_FOUND);
  assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, H2, 0, sztp__span(sealed, 65), out, 32),
                   SZTP_ERR_NOT_FOUND);
  assert_int_equal(e->shim.commands, before);
}

/* ---- files, templates, certificates -------------------------------------------------------------- */

/* TPM-07: a file that only this TPM can use */
static void loads_files(void **state) {
  env_t *e = *state;
  static const char *const auths[] = {"", "file secret"};
  for (int i = 0; i < 2; i++) {
    uint8_t file[1024], point[65], out[64];
    size_t len = tpm2_peer_file(peer.tcti, SZTP_TPM2_STORAGE_HANDLE, "both", auths[i], file, point);
    EVP_PKEY *key = to_key("p256", point, 65);
    sztp__span_t cert = certify(key);
    sztp__span_t kept = certs[H2];
    test_expect_fail(e->ctx, sztp_tpm2_add_file(e->tpm, certs[H2].data, certs[H2].len, file, len, NULL, 0),
                     SZTP_ERR_KEY, "not that of the certificate");
    assert_int_equal(sztp_tpm2_add_file(e->tpm, cert.data, cert.len, file, len, (const uint8_t *)auths[i],
                                        strlen(auths[i])),
                     SZTP_OK);
    certs[H2] = cert;
    for (int n = 0; n < 3; n++) {
      assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 384, out), SZTP_OK);
      assert_true(verifies(SZTP_KEY_OP_SIGN_ECDSA, key, 384, out, 64));
    }
    certs[H2] = kept;
    /* CSR-24: whose key it is can be seen without the TPM */
    unsigned commands = e->shim.commands;
    assert_int_equal(sztp_tpm2_check_file(e->tpm, cert.data, cert.len, file, len), SZTP_OK);
    test_expect_fail(e->ctx, sztp_tpm2_check_file(e->tpm, certs[H2].data, certs[H2].len, file, len),
                     SZTP_ERR_KEY, "not that of the certificate");
    assert_int_equal(sztp_tpm2_check_file(e->tpm, cert.data, cert.len, file, len - 1), SZTP_ERR_DER);
    assert_int_equal(sztp_tpm2_check_file(e->tpm, cert.data, 9, file, len), SZTP_ERR_DER);
    assert_int_equal(e->shim.commands, commands);
    file[len - 1] ^= 1;
    test_expect_fail(e->ctx, sztp_tpm2_add_file(e->tpm, cert.data, cert.len, file, len, NULL, 0),
                     SZTP_ERR_KEY, "was not made by this TPM");
    OPENSSL_free((void *)(uintptr_t)cert.data);
    EVP_PKEY_free(key);
  }
  assert_int_equal(sztp_tpm2_add_file(e->tpm, certs[H2].data, certs[H2].len, NULL, 1, NULL, 0), SZTP_ERR_ARG);
}

static int32_t keep_nothing(void *user, const char *name, const uint8_t *pem, size_t len) {
  (void)user;
  (void)name;
  (void)pem;
  (void)len;
  return SZTP_OK;
}
static int32_t has_nothing(void *user, const char *name, uint8_t *pem, size_t room, size_t *len) {
  (void)user;
  (void)name;
  (void)pem;
  (void)room;
  (void)len;
  return SZTP_ERR_NOT_FOUND;
}
static int32_t remove_nothing(void *user, const char *name) {
  (void)user;
  (void)name;
  return SZTP_ERR_NOT_FOUND;
}

/* CSR-33: new RSA keys have 3072 bits, or 2048 where the TPM says that it has no more */
static void makes_the_largest_rsa(void **state) {
  env_t *e = *state;
  static const sztp_key_store_t store = {sizeof store, NULL, keep_nothing, has_nothing, remove_nothing};
  static const uint8_t rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  sztp_key_request_t r;
  uint8_t out[1024];
  size_t len = 0;
  memset(&r, 0, sizeof r);
  r.operation = SZTP_KEY_OP_GENERATE;
  r.key_id = sztp__span_of("00112233445566778899aabbccddeeff");
  r.algorithm = sztp__span(rsa, sizeof rsa);
  assert_int_equal(sztp_tpm2_set_store(e->tpm, SZTP_TPM2_STORAGE_HANDLE, &store), SZTP_OK);
  for (int small = 0; small < 2; small++) {
    e->shim.for_command = TPM2_CC_TestParms;
    e->shim.answer = TPM2_RC_VALUE + TPM2_RC_P + TPM2_RC_1;
    e->shim.answers = small ? 1 : 0;
    assert_int_equal(sztp_tpm2_key(e->tpm, &r, out, sizeof out, &len), SZTP_OK);
    const unsigned char *at = out;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)len);
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_get_bits(key), small ? 2048 : 3072);
    assert_int_equal(e->shim.answers, 0);
    EVP_PKEY_free(key);
  }
}

/* TPM-15: made again from the template, in its two readings; another key is refused */
static void makes_keys_by_template(void **state) {
  env_t *e = *state;
  static const struct {
    int key;
    uint32_t made_by, operation;
    int64_t hash;
  } rows[] = {{H1, SZTP_TPM2_H1_RSA2048, SZTP_KEY_OP_SIGN_RSA_PKCS1, 256},
              {H2, SZTP_TPM2_H2_P256, SZTP_KEY_OP_SIGN_ECDSA, 256},
              {H3, SZTP_TPM2_H3_P384, SZTP_KEY_OP_SIGN_ECDSA, 384}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__span_t cert = certs[rows[i].key];
    uint8_t out[256];
    assert_int_equal(sztp_tpm2_add_template(e->tpm, cert.data, cert.len, rows[i].made_by), SZTP_OK);
    assert_int_equal(sign(e, rows[i].operation, rows[i].key, rows[i].hash, out), SZTP_OK);
    assert_true(
        verifies(rows[i].operation, keys[rows[i].key], rows[i].hash, out, signature_len(rows[i].key)));
  }
  test_expect_fail(e->ctx,
                   sztp_tpm2_add_template(e->tpm, certs[H2].data, certs[H2].len, SZTP_TPM2_H2_P256_BOTH),
                   SZTP_ERR_KEY, "not that of the certificate");
  test_expect_fail(e->ctx,
                   sztp_tpm2_add_template(e->tpm, certs[H3].data, certs[H3].len, SZTP_TPM2_H3_P384_BOTH),
                   SZTP_ERR_KEY, "not that of the certificate");
  assert_int_equal(sztp_tpm2_add_template(e->tpm, certs[H2].data, certs[H2].len, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_tpm2_add_template(e->tpm, certs[H2].data, certs[H2].len, 6), SZTP_ERR_ARG);
}

/* TPM-16: one certificate or several, with or without padding, in pieces */
static void reads_certificates(void **state) {
  env_t *e = *state;
  uint8_t nv[2048], out[2048];
  size_t both = certs[H1].len + certs[H2].len, len = sizeof out;
  memset(nv, 0xff, sizeof nv);
  memcpy(nv, certs[H1].data, certs[H1].len);
  memcpy(nv + certs[H1].len, certs[H2].data, certs[H2].len);
  tpm2_peer_write_nv(peer.tcti, 0x01c90200, nv, sizeof nv);
  tpm2_peer_write_nv(peer.tcti, 0x01c90201, certs[H3].data, certs[H3].len);
  nv[both + 3] = 0x30;
  tpm2_peer_write_nv(peer.tcti, 0x01c90202, nv, sizeof nv);
  assert_int_equal(sztp_tpm2_read_certs(e->tpm, SZTP_TPM2_IDEVID_CERT_INDEX, out, &len), SZTP_OK);
  assert_int_equal(len, both);
  assert_memory_equal(out, nv, both);
  len = sizeof out;
  assert_int_equal(sztp_tpm2_read_certs(e->tpm, 0x01c90201, out, &len), SZTP_OK);
  assert_int_equal(len, certs[H3].len);
  assert_memory_equal(out, certs[H3].data, len);
  len = 1;
  assert_int_equal(sztp_tpm2_read_certs(e->tpm, 0x01c90201, out, &len), SZTP_ERR_BUFFER);
  assert_int_equal(len, certs[H3].len);
  test_expect_fail(e->ctx, sztp_tpm2_read_certs(e->tpm, 0x01c90202, out, &len), SZTP_ERR_DER,
                   "part of no certificate");
  test_expect_fail(e->ctx, sztp_tpm2_read_certs(e->tpm, 0x01c902ff, out, &len), SZTP_ERR_NOT_FOUND,
                   "no NV index at 0x01c902ff");
  assert_int_equal(sztp_tpm2_read_certs(e->tpm, 0x81020000, out, &len), SZTP_ERR_ARG);
}

/* ---- bad days ------------------------------------------------------------------------------------ */

/* TPM-08: asked again until it has time, or until ours is over; usable afterwards */
static void waits_for_a_busy_tpm(void **state) {
  env_t *e = *state;
  static const uint32_t codes[] = {TPM2_RC_RETRY, TPM2_RC_YIELDED, TPM2_RC_TESTING, TPM2_RC_NV_RATE};
  uint8_t out[64];
  int64_t retries = 0;
  add(e, H2);
  for (size_t i = 0; i < TEST_COUNT_OF(codes); i++) {
    e->shim.answer = codes[i];
    e->shim.answers = 8;
    assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
    assert_true(verifies(SZTP_KEY_OP_SIGN_ECDSA, keys[H2], 256, out, 64));
  }
  e->shim.answer = TPM2_RC_TESTING; /* in its self-test, for seconds */
  e->shim.busy_until = now_ms() + 3000;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
  assert_true(now_ms() >= e->shim.busy_until);
  e->shim.answers = 0;
  e->shim.answer = TPM2_RC_RETRY;
  e->shim.answers = 50;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_RETRIES, &retries), SZTP_OK);
  assert_true(retries > 8);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_TIMEOUT_MS, 150), SZTP_OK);
  e->shim.answers = 1000000;
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_CRYPTO,
                   "the TPM stays busy (0x922)");
  e->shim.answers = 0;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
}

/* TPM-08: nor is an answer waited for that does not come, through a TCTI that can tell; and as long as it is
 * owed nothing else is sent */
static void gives_a_silent_tpm_up(void **state) {
  env_t *e = *state;
  uint8_t out[64];
  int64_t begun = now_ms();
  add(e, H2);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_TIMEOUT_MS, 300), SZTP_OK);
  e->shim.deaf = 1;
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_CRYPTO,
                   "the TPM does not answer, and is not asked any more");
  assert_true(now_ms() - begun >= 300 && now_ms() - begun < 5000);
  assert_int_equal(e->shim.cancelled, 1);
  unsigned before = e->shim.commands;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_CRYPTO);
  assert_int_equal(sztp_tpm2_random(e->tpm, out, 32), SZTP_ERR_CRYPTO);
  assert_int_equal(e->shim.commands, before);
  e->shim.deaf = 0;
}

/* What each code of the TPM means to the caller. */
static void tells_what_failed(void **state) {
  env_t *e = *state;
  static const struct {
    uint32_t code;
    int32_t rc;
    const char *words;
  } rows[] = {{TPM2_RC_OBJECT_MEMORY, SZTP_ERR_LIMIT, "use a resource manager"},
              {TPM2_RC_SESSION_HANDLES, SZTP_ERR_LIMIT, "use a resource manager"},
              {TPM2_RC_FAILURE, SZTP_ERR_CRYPTO, "failed its self-test"},
              {TPM2_RC_INITIALIZE, SZTP_ERR_CRYPTO, "TPM2_Startup"},
              {TPM2_RC_AUTH_UNAVAILABLE, SZTP_ERR_UNSUPPORTED, "policy session"},
              {TPM2_RC_SCHEME | TPM2_RC_P | TPM2_RC_2, SZTP_ERR_UNSUPPORTED, "not for this scheme"},
              {TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1, SZTP_ERR_CRYPTO, "the TPM failed (0x1c4)"}};
  add(e, H2);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t out[64];
    int64_t code = 0;
    e->shim.answer = rows[i].code;
    e->shim.answers = 1;
    assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_MANUFACTURER, &code), SZTP_OK); /* begins a new trail */
    test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), rows[i].rc, rows[i].words);
    assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_LAST_CODE, &code), SZTP_OK);
    assert_int_equal(code, rows[i].code);
    assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
  }
}

/* TPM-18: a wrong authorization value is tried once: each try brings the TPM closer to lockout */
static void tries_a_wrong_value_once(void **state) {
  env_t *e = *state;
  uint8_t out[64];
  assert_int_equal(add_with(e, SECRET, "wrong"), SZTP_OK);
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_ERR_KEY,
                   "the authorization value is wrong");
  unsigned before = e->shim.commands;
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_ERR_KEY);
  assert_int_equal(e->shim.commands, before);
  add(e, SECRET); /* the right one */
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_OK);
  tpm2_peer_unlock(peer.tcti);
}

/* TPM-17: wrong guesses at one key lock the others, too */
static void tells_lockout(void **state) {
  env_t *e = *state;
  uint8_t out[64];
  int64_t locked = 0;
  tpm2_peer_set_tries(peer.tcti, 1, 1000);
  add(e, H2);
  assert_int_equal(add_with(e, SECRET, "wrong"), SZTP_OK);
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_ERR_KEY);
  assert_int_equal(sztp_tpm2_i64(e->tpm, SZTP_TPM2_LOCKED, &locked), SZTP_OK);
  assert_int_equal(locked, 1);
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_KEY_LOCKED,
                   "locked after wrong authorization values, for 1000 seconds (0x921)");
  unsigned before = e->shim.signatures; /* the next server of a session: the key is not asked again */
  test_expect_fail(e->ctx, sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_ERR_KEY_LOCKED,
                   "locked after wrong authorization values, for 1000 seconds (0x921)");
  assert_int_equal(e->shim.signatures, before);
  tpm2_peer_unlock(peer.tcti);
  tpm2_peer_set_tries(peer.tcti, 32, 10);
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
}

/* A TPM that stops answering in the middle. */
static void survives_a_tpm_that_vanishes(void **state) {
  env_t *e = *state;
  tpm2_peer_t other;
  sztp_tpm2_t *t = NULL;
  sztp_key_request_t r;
  uint8_t octets[512], out[64];
  size_t len = 0;
  assert_true(tpm2_peer_start(&other));
  tpm2_peer_make(other.tcti, "p256", "idevid", made[H2].handle, 0, "");
  EVP_PKEY *key = to_key("p256", octets, tpm2_peer_public(other.tcti, made[H2].handle, octets));
  sztp__span_t cert = certify(key);
  assert_int_equal(sztp_tpm2_new(e->ctx, &t), SZTP_OK);
  assert_int_equal(sztp_tpm2_open(t, other.tcti), SZTP_OK);
  assert_int_equal(sztp_tpm2_add_handle(t, cert.data, cert.len, made[H2].handle, NULL, 0), SZTP_OK);
  tpm2_peer_stop(&other);
  memset(&r, 0, sizeof r);
  r.operation = SZTP_KEY_OP_SIGN_ECDSA;
  r.hash = 256;
  r.input = sztp__span(digest, 32);
  r.cert = cert;
  test_expect_fail(e->ctx, sztp_tpm2_key(t, &r, out, 64, &len), SZTP_ERR_CRYPTO, "the TPM can't be reached");
  sztp_tpm2_free(t);
  OPENSSL_free((void *)(uintptr_t)cert.data);
  EVP_PKEY_free(key);
}

/* ---- what is seen, and what is left -------------------------------------------------------------- */

/* TPM-10: neither secrets nor authorization values are on the bus; without protection all are */
static void protects_secrets(void **state) {
  env_t *e = *state;
  for (int protected_ = 0; protected_ < 2; protected_++) {
    uint8_t sealed[256], out[32], expected[32], random[64], signature[64];
    assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, protected_ ? SZTP_TPM2_STORAGE_HANDLE : 0),
                     SZTP_OK);
    add(e, BOTH_RSA);
    add(e, BOTH_P256);
    add(e, SECRET);
    e->shim.seen_len = 0;
    size_t len = encrypt(BOTH_RSA, RSA_PKCS1_PADDING, NULL, NULL, "", sealed);
    assert_int_equal(
        decrypt(e, BOTH_RSA, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, 0, 0, "", sztp__span(sealed, len), out), SZTP_OK);
    assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_OK);
    assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, signature), SZTP_OK);
    assert_int_equal(sztp_tpm2_random(e->tpm, random, sizeof random), SZTP_OK);
    assert_int_equal(shim_saw(&e->shim, content_key, 32), !protected_);
    assert_int_equal(shim_saw(&e->shim, expected, 32), !protected_);
    assert_int_equal(shim_saw(&e->shim, made[SECRET].auth, strlen(made[SECRET].auth)), !protected_);
    assert_int_equal(shim_saw(&e->shim, random, 16), !protected_);
  }
}

/* TPM-10: there is no way around a session that can't be made */
static void fails_without_its_session(void **state) {
  env_t *e = *state;
  uint8_t out[64], expected[32];
  add(e, BOTH_P256);
  add(e, SECRET);
  e->shim.answer = TPM2_RC_SESSION_MEMORY;
  e->shim.for_command = TPM2_CC_StartAuthSession;
  e->shim.answers = 3;
  assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_ERR_LIMIT);
  assert_int_equal(e->shim.last, TPM2_CC_StartAuthSession);
  assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_ERR_LIMIT);
  assert_int_equal(e->shim.last, TPM2_CC_StartAuthSession);
  assert_int_equal(sztp_tpm2_random(e->tpm, out, 32), SZTP_ERR_LIMIT);
  assert_int_equal(e->shim.last, TPM2_CC_StartAuthSession);
  assert_int_equal(sztp_tpm2_set_i64(e->tpm, SZTP_TPM2_PROTECT, 0x8100ffff), SZTP_OK);
  test_expect_fail(e->ctx, agree(e, BOTH_P256, expected, out), SZTP_ERR_CRYPTO, "");
}

/* TPM-20 */
static void gives_random_octets(void **state) {
  env_t *e = *state;
  uint8_t first[100], second[100];
  memset(first, 0, sizeof first);
  memset(second, 0, sizeof second);
  assert_int_equal(sztp_tpm2_random(e->tpm, first, sizeof first), SZTP_OK);
  assert_int_equal(sztp_tpm2_random(e->tpm, second, sizeof second), SZTP_OK);
  for (size_t i = 0; i < sizeof first; i += 10) assert_memory_not_equal(first + i, second + i, 10);
  e->shim.answer = TPM2_RC_FAILURE;
  e->shim.answers = 1;
  assert_true(sztp_tpm2_random(e->tpm, first, 32) < 0);
  assert_int_equal(sztp_tpm2_random(NULL, first, 32), SZTP_ERR_ARG);
}

/* TPM-09: a thousand operations of all kinds */
static void leaves_nothing(void **state) {
  env_t *e = *state;
  uint8_t out[64], expected[32];
  assert_int_equal(sztp_tpm2_add_template(e->tpm, certs[H2].data, certs[H2].len, SZTP_TPM2_H2_P256), SZTP_OK);
  add(e, BOTH_P256);
  add(e, SECRET);
  for (int i = 0; i < 1000; i++) {
    if (i % 10 == 0)
      assert_int_equal(agree(e, BOTH_P256, expected, out), SZTP_OK);
    else if (i % 10 == 1)
      assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, SECRET, 256, out), SZTP_OK);
    else if (i % 10 == 2)
      assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, H2, 256, out), SZTP_OK);
    else
      assert_int_equal(sign(e, SZTP_KEY_OP_SIGN_ECDSA, BOTH_P256, 256, out), SZTP_OK);
  }
  assert_int_equal(tpm2_peer_leftovers(peer.tcti), 0);
}

/* TPM-09: a process that is killed while the TPM works leaves nothing, with a session or without */
static void leaves_nothing_when_killed(void **state) {
  env_t *e = *state;
  static const struct {
    int key;
    uint32_t command;
  } rows[] = {{H2, TPM2_CC_Sign}, {SECRET, TPM2_CC_Sign}, {BOTH_P256, TPM2_CC_ECDH_ZGen}};
  shim_end(&e->shim); /* the TPM serves one at a time */
  for (int i = 0; i < 12; i++) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      uint8_t out[64], expected[32];
      env_t own = {.ctx = e->ctx};
      size_t row = (size_t)i % TEST_COUNT_OF(rows);
      shim_begin(&own.shim, peer.tcti);
      own.shim.dies_at = rows[row].command;
      if (sztp_tpm2_new(own.ctx, &own.tpm) != SZTP_OK ||
          sztp_tpm2_open_context(own.tpm, &own.shim) != SZTP_OK)
        _exit(1);
      add(&own, rows[row].key);
      if (rows[row].command == TPM2_CC_Sign)
        (void)sign(&own, SZTP_KEY_OP_SIGN_ECDSA, rows[row].key, 256, out);
      else
        (void)agree(&own, rows[row].key, expected, out);
      _exit(2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(tpm2_peer_leftovers(peer.tcti), 0);
  }
  shim_begin(&e->shim, peer.tcti);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(opens, set_up, tear_down),
      cmocka_unit_test_setup_teardown(opens_by_name, set_up, tear_down),
      cmocka_unit_test_setup_teardown(adds_the_certificates_key, set_up, tear_down),
      cmocka_unit_test_setup_teardown(adds_no_more_than_fit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(signs_what_the_key_allows, set_up, tear_down),
      cmocka_unit_test_setup_teardown(makes_the_largest_rsa, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_other_operations, set_up, tear_down),
      cmocka_unit_test_setup_teardown(decrypts_rsa, set_up, tear_down),
      cmocka_unit_test_setup_teardown(decrypts_by_the_tpms_padding, set_up, tear_down),
      cmocka_unit_test_setup_teardown(agrees, set_up, tear_down),
      cmocka_unit_test_setup_teardown(puts_zeros_back, set_up, tear_down),
      cmocka_unit_test_setup_teardown(cannot_decrypt_with_identity_keys, set_up, tear_down),
      cmocka_unit_test_setup_teardown(loads_files, set_up, tear_down),
      cmocka_unit_test_setup_teardown(makes_keys_by_template, set_up, tear_down),
      cmocka_unit_test_setup_teardown(reads_certificates, set_up, tear_down),
      cmocka_unit_test_setup_teardown(waits_for_a_busy_tpm, set_up, tear_down),
      cmocka_unit_test_setup_teardown(gives_a_silent_tpm_up, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tells_what_failed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tries_a_wrong_value_once, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tells_lockout, set_up, tear_down),
      cmocka_unit_test_setup_teardown(survives_a_tpm_that_vanishes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(protects_secrets, set_up, tear_down),
      cmocka_unit_test_setup_teardown(fails_without_its_session, set_up, tear_down),
      cmocka_unit_test_setup_teardown(gives_random_octets, set_up, tear_down),
      cmocka_unit_test_setup_teardown(leaves_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(leaves_nothing_when_killed, set_up, tear_down),
  };
  return BENCH_RUN(tests);
}
