/* SPDX-License-Identifier: Apache-2.0 */
/* Signing with the device's key, and what it can do, by a key function that answers what it is told to. */
#include <sztp/device.h>

#include "common/testing.h"
#include "ground/span.h"

typedef struct env {
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  /* the key function */
  int32_t rc;
  size_t len;    /* that it says to have written; 0: all */
  uint64_t able; /* its answer to a query */
  unsigned calls;
  uint32_t operation; /* of the last call, */
  int64_t hash;       /* 0: none */
  uint8_t digest[64];
  size_t digest_len;
  size_t wanted;
} env_t;

static const uint8_t DIGEST[64] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde";

static void add_cert(const env_t *e, uint32_t role, const char *name) {
  size_t len = 0;
  uint8_t *pem = test_read_pki(name, &len);
  assert_int_equal(sztp_device_add_cert(e->dev, role, pem, len), SZTP_OK);
  free(pem);
}

static sztp__span_t cert_of(const env_t *e, uint32_t role) {
  sztp__span_t der;
  assert_int_equal(sztp_device_cert(e->dev, role, 0, &der.data, &der.len), SZTP_OK);
  return der;
}

/* The key of nothing but a certificate is ever asked for, and of no other certificate than the device's. */
static int32_t use_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                       size_t *out_len) {
  env_t *e = user;
  sztp__span_t cert;
  sztp__span_t input = sztp__span(NULL, 0);
  e->calls++;
  e->operation = sztp_key_request_operation(request);
  e->wanted = out_cap;
  e->hash = 0;
  (void)sztp_key_request_i64(request, SZTP_KEY_F_HASH, &e->hash);
  (void)sztp_key_request_bytes(request, SZTP_KEY_F_INPUT, &input.data, &input.len);
  assert_true(input.len <= sizeof e->digest);
  e->digest_len = input.len;
  if (input.len > 0) memcpy(e->digest, input.data, input.len);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, &cert.data, &cert.len), SZTP_OK);
  assert_true(sztp__span_equal(cert, cert_of(e, SZTP_CERT_IDENTITY)) ||
              sztp__span_equal(cert, cert_of(e, SZTP_CERT_DECRYPTION)));
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_KEY_ID, &cert.data, &cert.len),
                   SZTP_ERR_NOT_FOUND);
  memset(out, 0x5a, out_cap);
  if (e->operation == SZTP_KEY_OP_QUERY)
    for (size_t i = 0; i < out_cap; i++) out[i] = (uint8_t)(e->able >> (56 - 8 * i));
  *out_len = e->len != 0 ? e->len : out_cap;
  return e->rc;
}

static int set_up(void **state) {
  env_t *e = calloc(1, sizeof *e);
  assert_non_null(e);
  assert_int_equal(sztp_ctx_new(NULL, &e->ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(e->ctx, &e->dev), SZTP_OK);
  assert_int_equal(sztp_device_set_text(e->dev, SZTP_DEVICE_SERIAL, "EX4200-17"), SZTP_OK);
  add_cert(e, SZTP_CERT_IDENTITY, "enc/p256.pem");
  add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
  assert_int_equal(sztp_device_set_key(e->dev, use_key, e), SZTP_OK);
  *state = e;
  return 0;
}

static int tear_down(void **state) {
  env_t *e = *state;
  sztp_device_free(e->dev);
  sztp_ctx_free(e->ctx);
  free(e);
  return 0;
}

static int32_t sign(const env_t *e, sztp__span_t cert, uint32_t operation, uint32_t hash, uint8_t *out,
                    size_t *len) {
  return sztp_device_sign(e->ctx, e->dev, cert.data, cert.len, operation, hash, DIGEST, hash / 8, out, len);
}

/* TLS-21: what goes to the key function and what comes back, exactly as long as the key has it */
static void signs(void **state) {
  env_t *e = *state;
  static const struct {
    const char *cert;
    uint32_t operation;
    size_t len;
  } rows[] = {{"enc/p256.pem", SZTP_KEY_OP_SIGN_ECDSA, 64},
              {"enc/p384.pem", SZTP_KEY_OP_SIGN_ECDSA, 96},
              {"enc/p521.pem", SZTP_KEY_OP_SIGN_ECDSA, 132},
              {"enc/rsa.pem", SZTP_KEY_OP_SIGN_RSA_PKCS1, 256},
              {"enc/rsa.pem", SZTP_KEY_OP_SIGN_RSA_PSS, 256}};
  static const uint32_t hashes[] = {256, 384, 512};
  for (size_t i = 0; i < TEST_COUNT_OF(rows) * 3; i++) {
    uint8_t out[300];
    size_t len = sizeof out;
    uint32_t hash = hashes[i % 3];
    add_cert(e, SZTP_CERT_IDENTITY, rows[i / 3].cert);
    memset(out, 0, sizeof out);
    assert_int_equal(sign(e, cert_of(e, SZTP_CERT_IDENTITY), rows[i / 3].operation, hash, out, &len),
                     SZTP_OK);
    assert_int_equal(len, rows[i / 3].len);
    assert_int_equal(e->wanted, len);
    assert_int_equal(e->operation, rows[i / 3].operation);
    assert_int_equal(e->hash, hash);
    assert_int_equal(e->digest_len, hash / 8);
    assert_memory_equal(e->digest, DIGEST, hash / 8);
    assert_true(out[0] == 0x5a && out[len - 1] == 0x5a && out[len] == 0);
  }
}

/* The other kind of key, and room that does not do: the key function is not even asked */
static void refuses_what_cannot_be(void **state) {
  env_t *e = *state;
  uint8_t out[300];
  size_t len = sizeof out;
  sztp__span_t own = cert_of(e, SZTP_CERT_IDENTITY);
  const char *detail = NULL;
  assert_int_equal(sign(e, own, SZTP_KEY_OP_SIGN_RSA_PKCS1, 256, out, &len), SZTP_ERR_UNSUPPORTED);
  assert_int_equal(sztp_ctx_trail(e->ctx, 0, NULL, NULL, &detail), SZTP_OK);
  assert_string_equal(detail, "sign-rsa-pkcs1 with the identity certificate's kind of key");
  len = 63;
  assert_int_equal(sign(e, own, SZTP_KEY_OP_SIGN_ECDSA, 256, out, &len), SZTP_ERR_BUFFER);
  assert_int_equal(len, 64);
  static const uint32_t operations[] = {0,
                                        SZTP_KEY_OP_DECRYPT_RSA_PKCS1,
                                        SZTP_KEY_OP_DECRYPT_RSA_OAEP,
                                        SZTP_KEY_OP_AGREE_ECDH,
                                        SZTP_KEY_OP_QUERY,
                                        SZTP_KEY_OP_GENERATE,
                                        SZTP_KEY_OP_DELETE,
                                        SZTP_KEY_OP_ATTEST,
                                        11};
  for (size_t i = 0; i < TEST_COUNT_OF(operations); i++)
    assert_int_equal(sign(e, own, operations[i], 256, out, &len), SZTP_ERR_ARG);
  static const uint32_t hashes[] = {0, 1, 128, 224, 255, 257, 1024};
  for (size_t i = 0; i < TEST_COUNT_OF(hashes); i++)
    assert_int_equal(sign(e, own, SZTP_KEY_OP_SIGN_ECDSA, hashes[i], out, &len), SZTP_ERR_ARG);
#define SIGN(dev, cert, digest, n, to, room)                                                                 \
  sztp_device_sign(e->ctx, dev, cert, own.len, SZTP_KEY_OP_SIGN_ECDSA, 256, digest, n, to, room)
  assert_int_equal(SIGN(NULL, own.data, DIGEST, 32, out, &len), SZTP_ERR_ARG);
  assert_int_equal(SIGN(e->dev, NULL, DIGEST, 32, out, &len), SZTP_ERR_ARG);
  assert_int_equal(SIGN(e->dev, own.data, NULL, 32, out, &len), SZTP_ERR_ARG);
  assert_int_equal(SIGN(e->dev, own.data, DIGEST, 31, out, &len), SZTP_ERR_ARG);
  assert_int_equal(SIGN(e->dev, own.data, DIGEST, 33, out, &len), SZTP_ERR_ARG);
  assert_int_equal(SIGN(e->dev, own.data, DIGEST, 32, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(SIGN(e->dev, own.data, DIGEST, 32, out, NULL), SZTP_ERR_ARG);
#undef SIGN
  assert_int_equal(e->calls, 0);
}

/* CSR-38: nothing but the identity signs for the device, whatever other certificates it has */
static void signs_with_the_identity_alone(void **state) {
  env_t *e = *state;
  uint8_t out[300];
  size_t len = sizeof out;
  const char *detail = NULL;
  sztp__span_t decryption = cert_of(e, SZTP_CERT_DECRYPTION);
  assert_int_equal(sign(e, decryption, SZTP_KEY_OP_SIGN_RSA_PKCS1, 256, out, &len), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_ctx_trail(e->ctx, 0, NULL, NULL, &detail), SZTP_OK);
  assert_string_equal(detail, "not the device's identity certificate");
  add_cert(e, SZTP_CERT_VOUCHER_ANCHOR, "enc/rsa2.pem");
  sztp__span_t anchor = cert_of(e, SZTP_CERT_VOUCHER_ANCHOR);
  int64_t able = 0;
  assert_int_equal(sign(e, anchor, SZTP_KEY_OP_SIGN_RSA_PKCS1, 256, out, &len), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_device_able(e->ctx, e->dev, anchor.data, anchor.len, &able), SZTP_ERR_NOT_FOUND);
  sztp__span_t own = cert_of(e, SZTP_CERT_IDENTITY);
  assert_int_equal(sztp_device_able(e->ctx, e->dev, own.data, own.len - 1, &able), SZTP_ERR_NOT_FOUND);
  assert_int_equal(e->calls, 0);
}

/* Every answer that is none leaves what the caller has as it was, and tells why. */
static void tells_failures(void **state) {
  env_t *e = *state;
  static const struct {
    int32_t answer;
    size_t len;
    int32_t rc;
    const char *detail;
  } rows[] = {
      {SZTP_PENDING, 0, SZTP_PENDING, NULL},
      {SZTP_ERR_MEMORY, 0, SZTP_ERR_MEMORY, NULL},
      {SZTP_ERR_NOT_FOUND, 0, SZTP_ERR_NOT_FOUND,
       "sign-ecdsa: the key function does not have the certificate's private key"},
      {SZTP_ERR_UNSUPPORTED, 0, SZTP_ERR_UNSUPPORTED, "sign-ecdsa: the key can't do that"},
      {SZTP_ERR_KEY_LOCKED, 0, SZTP_ERR_KEY_LOCKED,
       "sign-ecdsa: the key is locked for some time"}, /* TPM-17 */
      {SZTP_ERR_KEY, 0, SZTP_ERR_KEY, "sign-ecdsa: the key function returned -539"},
      {-4711, 0, SZTP_ERR_KEY, "sign-ecdsa: the key function returned -4711"},
      {2, 0, SZTP_ERR_KEY, "sign-ecdsa: the key function returned 2"},
      {SZTP_OK, 63, SZTP_ERR_KEY, "sign-ecdsa: the key function gave 63 octets instead of 64"},
      {SZTP_OK, SIZE_MAX, SZTP_ERR_KEY, NULL},
  };
  sztp__span_t own = cert_of(e, SZTP_CERT_IDENTITY);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t out[64];
    size_t len = sizeof out;
    const char *detail = NULL;
    memset(out, 0x11, sizeof out);
    e->rc = rows[i].answer;
    e->len = rows[i].len;
    assert_int_equal(sign(e, own, SZTP_KEY_OP_SIGN_ECDSA, 256, out, &len), rows[i].rc);
    for (size_t n = 0; n < sizeof out; n++) assert_int_equal(out[n], 0x11);
    assert_int_equal(len, sizeof out);
    if (rows[i].detail == NULL) continue;
    assert_int_equal(sztp_ctx_trail(e->ctx, 0, NULL, NULL, &detail), SZTP_OK);
    assert_string_equal(detail, rows[i].detail);
  }
  e->calls = 0;
  assert_int_equal(sztp_device_set_key(e->dev, NULL, NULL), SZTP_OK);
  uint8_t out[64];
  size_t len = sizeof out;
  int64_t able = 0;
  assert_int_equal(sign(e, own, SZTP_KEY_OP_SIGN_ECDSA, 256, out, &len), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_device_able(e->ctx, e->dev, own.data, own.len, &able), SZTP_ERR_NOT_FOUND);
  assert_int_equal(e->calls, 0);
}

/* TPM-05: what the key can do; of a function that does not know the question the usual is supposed */
static void asks_what_it_can_do(void **state) {
  env_t *e = *state;
  int64_t able = 7;
  sztp__span_t own = cert_of(e, SZTP_CERT_IDENTITY);
  sztp__span_t other = cert_of(e, SZTP_CERT_DECRYPTION);
  e->able = UINT64_C(0x0102030405060708);
  assert_int_equal(sztp_device_able(e->ctx, e->dev, own.data, own.len, &able), SZTP_OK);
  assert_true(able == INT64_C(0x0102030405060708));
  assert_int_equal(e->operation, SZTP_KEY_OP_QUERY);
  assert_int_equal(e->wanted, 8);
  assert_int_equal(e->digest_len, 0);
  e->able = SZTP_ABLE_DECRYPT;
  assert_int_equal(sztp_device_able(e->ctx, e->dev, other.data, other.len, &able), SZTP_OK);
  assert_true(able == SZTP_ABLE_DECRYPT);
  e->able = UINT64_C(1) << 63;
  assert_int_equal(sztp_device_able(e->ctx, e->dev, own.data, own.len, &able), SZTP_ERR_KEY);
  e->len = 7;
  assert_int_equal(sztp_device_able(e->ctx, e->dev, own.data, own.len, &able), SZTP_ERR_KEY);
  static const int32_t answers[] = {SZTP_PENDING, SZTP_ERR_NOT_FOUND, SZTP_ERR_MEMORY, SZTP_ERR_KEY};
  for (size_t i = 0; i < TEST_COUNT_OF(answers); i++) {
    e->rc = answers[i];
    assert_int_equal(sztp_device_able(e->ctx, e->dev, own.data, own.len, &able), answers[i]);
  }
  assert_true(able == SZTP_ABLE_DECRYPT); /* untouched by failures */
  e->rc = SZTP_ERR_UNSUPPORTED;
  assert_int_equal(sztp_device_able(e->ctx, e->dev, own.data, own.len, &able), SZTP_OK);
  assert_true(able == (SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_ECDSA_SHA384 | SZTP_ABLE_ECDSA_SHA512));
  assert_int_equal(sztp_device_able(e->ctx, e->dev, other.data, other.len, &able), SZTP_OK);
  assert_true(able == (SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PKCS1_SHA384 | SZTP_ABLE_RSA_PKCS1_SHA512));
  assert_int_equal(sztp_device_able(NULL, e->dev, own.data, own.len, &able), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_able(e->ctx, NULL, own.data, own.len, &able), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_able(e->ctx, e->dev, NULL, own.len, &able), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_able(e->ctx, e->dev, own.data, own.len, NULL), SZTP_ERR_ARG);
}

/* Another context than the device's is its own as soon as nothing changes any more. */
static void serves_other_contexts_when_frozen(void **state) {
  env_t *e = *state;
  sztp_ctx_t *other = NULL;
  uint8_t out[64];
  size_t len = sizeof out;
  int64_t able = 0;
  const char *detail = NULL;
  sztp__span_t own = cert_of(e, SZTP_CERT_IDENTITY);
  assert_int_equal(sztp_ctx_new(NULL, &other), SZTP_OK);
  for (int frozen = 0; frozen < 2; frozen++) {
    if (frozen) assert_int_equal(sztp_device_freeze(e->dev), SZTP_OK);
    int32_t expected = frozen ? SZTP_OK : SZTP_ERR_SEQUENCE;
    assert_int_equal(sztp_device_sign(other, e->dev, own.data, own.len, SZTP_KEY_OP_SIGN_ECDSA, 256, DIGEST,
                                      32, out, &len),
                     expected);
    assert_int_equal(sztp_device_able(other, e->dev, own.data, own.len, &able), expected);
  }
  /* whose trail has the reason */
  assert_int_equal(sztp_device_able(other, e->dev, own.data, 1, &able), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_ctx_trail(other, 0, NULL, NULL, &detail), SZTP_OK);
  assert_string_equal(detail, "not a certificate of the device with a private key");
  assert_int_equal(sztp_ctx_trail(e->ctx, 0, NULL, NULL, &detail), SZTP_ERR_NOT_FOUND);
  sztp_ctx_free(other);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(signs),          TEST(refuses_what_cannot_be), TEST(signs_with_the_identity_alone),
      TEST(tells_failures), TEST(asks_what_it_can_do),    TEST(serves_other_contexts_when_frozen)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
