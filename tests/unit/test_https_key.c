/* SPDX-License-Identifier: Apache-2.0 */
/* The software keys of libsztp-https as a key function: which key is used for what, and what is refused. */
#include <sztp/https.h>

#include "artifacts/encrypt.h"
#include "common/testing.h"
#include "cryptography/cms_open.h"

typedef struct env {
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  sztp_https_t *https;
} env_t;

static sztp__cert_t add_cert(const env_t *e, uint32_t role, const char *name) {
  size_t len = 0;
  sztp__span_t der;
  sztp__cert_t cert;
  uint8_t *pem = test_read_pki(name, &len);
  size_t at = 0;
  while (sztp_device_cert(e->dev, role, at, &der.data, &der.len) == SZTP_OK) at++;
  assert_int_equal(sztp_device_add_cert(e->dev, role, pem, len), SZTP_OK);
  free(pem);
  assert_int_equal(sztp_device_cert(e->dev, role, at, &der.data, &der.len), SZTP_OK);
  assert_int_equal(sztp__cert_parse(e->ctx, der, &cert), SZTP_OK);
  return cert;
}

typedef int32_t (*set_fn)(sztp_https_t *h, const uint8_t *data, size_t len);

static int32_t set_key(const env_t *e, set_fn set, const char *name) {
  size_t len = 0;
  uint8_t *pem = test_read_pki(name, &len);
  int32_t rc = set(e->https, pem, len);
  free(pem);
  return rc;
}

static int set_up(void **state) {
  env_t *e = calloc(1, sizeof *e);
  assert_non_null(e);
  assert_int_equal(sztp_ctx_new(NULL, &e->ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(e->ctx, &e->dev), SZTP_OK);
  assert_int_equal(sztp_https_new(e->dev, &e->https), SZTP_OK);
  *state = e;
  return 0;
}

static int tear_down(void **state) {
  env_t *e = *state;
  sztp_https_free(e->https);
  sztp_device_free(e->dev);
  sztp_ctx_free(e->ctx);
  free(e);
  return 0;
}

/* The same request as a decryption makes it. */
static int32_t ask(const env_t *e, uint32_t operation, const sztp__cert_t *cert, sztp__span_t input,
                   uint8_t *out, size_t cap) {
  sztp_key_request_t r;
  size_t len = 0;
  memset(&r, 0, sizeof r);
  r.operation = operation;
  r.hash = r.mgf_hash = 256;
  r.input = input;
  r.cert = cert->der;
  int32_t rc = sztp_https_key(e->https, &r, out, cap, &len);
  if (rc == SZTP_OK) assert_int_equal(len, cap);
  return rc;
}

static const uint8_t message[] = "0123456789abcdef0123456789abcdef"; /* a content key */
#define MESSAGE sztp__span(message, 32)

/* STATE-16, IDEV-06: the second key belongs to any one of the decryption certificates */
static void sets_keys(void **state) {
  const env_t *e = *state;
  static const uint8_t garbage[] = "garbage";
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/rsa.key"), SZTP_ERR_KEY); /* of nothing */
  add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
  add_cert(e, SZTP_CERT_DECRYPTION, "enc/p384.pem");
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/rsa2.key"), SZTP_ERR_KEY);
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/p256.key"), SZTP_ERR_KEY);
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/rsa.pem"), SZTP_ERR_KEY);
  assert_int_equal(set_key(e, sztp_https_set_key, "enc/rsa.key"), SZTP_ERR_KEY); /* no identity */
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/rsa.key"), SZTP_OK);
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/p384.key"), SZTP_OK);
  assert_int_equal(sztp_https_set_decryption_key(NULL, garbage, 7), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_decryption_key(e->https, NULL, 7), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_decryption_key(e->https, garbage, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_decryption_key(e->https, garbage, 65537), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_decryption_key(e->https, garbage, 7), SZTP_ERR_KEY);
}

static void takes_arguments(void **state) {
  const env_t *e = *state;
  sztp__cert_t cert = add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
  sztp_key_request_t r;
  uint8_t out[32];
  size_t len = 0;
  memset(&r, 0, sizeof r);
  r.operation = SZTP_KEY_OP_DECRYPT_RSA_PKCS1;
  r.cert = cert.der;
  assert_int_equal(sztp_https_key(NULL, &r, out, sizeof out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_key(e->https, NULL, out, sizeof out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_key(e->https, &r, NULL, sizeof out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_key(e->https, &r, out, sizeof out, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_key(e->https, &r, out, sizeof out, &len), SZTP_ERR_NOT_FOUND); /* no key */
}

/* ENC-15, IDEV-06: the key of the certificate that is meant, be it the identity's or the other one */
static void uses_the_right_key(void **state) {
  const env_t *e = *state;
  assert_int_equal(sztp_device_set_text(e->dev, SZTP_DEVICE_SERIAL, "EX4200-17"), SZTP_OK);
  sztp__cert_t identity = add_cert(e, SZTP_CERT_IDENTITY, "enc/rsa.pem");
  sztp__cert_t first = add_cert(e, SZTP_CERT_DECRYPTION, "enc/p256.pem");
  sztp__cert_t second = add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa2.pem");
  sztp__buf_t sealed[2];
  uint8_t out[32];
  for (int i = 0; i < 2; i++) {
    sztp__buf_init(&sealed[i], e->ctx, 4096);
    assert_int_equal(
        sztp__rsa_encrypt(e->ctx, (i == 0 ? identity : second).spki, SZTP__HASH_SHA256, MESSAGE, &sealed[i]),
        SZTP_OK);
  }
  assert_int_equal(set_key(e, sztp_https_set_key, "enc/rsa.key"), SZTP_OK);
  const uint32_t oaep = SZTP_KEY_OP_DECRYPT_RSA_OAEP;
  assert_int_equal(ask(e, oaep, &identity, sztp__buf_span(&sealed[0]), out, 32), SZTP_OK);
  assert_memory_equal(out, message, 32);
  assert_int_equal(ask(e, oaep, &second, sztp__buf_span(&sealed[1]), out, 32), SZTP_ERR_NOT_FOUND);
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/rsa2.key"), SZTP_OK);
  memset(out, 0, sizeof out);
  assert_int_equal(ask(e, oaep, &second, sztp__buf_span(&sealed[1]), out, 32), SZTP_OK);
  assert_memory_equal(out, message, 32);
  assert_int_equal(ask(e, oaep, &identity, sztp__buf_span(&sealed[1]), out, 32), SZTP_ERR_KEY);
  assert_int_equal(ask(e, oaep, &first, sztp__buf_span(&sealed[0]), out, 32), SZTP_ERR_NOT_FOUND);
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/p256.key"), SZTP_OK); /* replaces */
  assert_int_equal(ask(e, oaep, &second, sztp__buf_span(&sealed[1]), out, 32), SZTP_ERR_NOT_FOUND);
  for (int i = 0; i < 2; i++) sztp__buf_clear(&sealed[i]);
}

/* ENC-06, D-93: what can't be a right answer */
static void refuses_rsa(void **state) {
  const env_t *e = *state;
  sztp__cert_t cert = add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
  uint8_t out[256];
  sztp__buf_t sealed;
  assert_int_equal(set_key(e, sztp_https_set_decryption_key, "enc/rsa.key"), SZTP_OK);
  for (int oaep = 0; oaep < 2; oaep++) {
    uint32_t operation = oaep ? SZTP_KEY_OP_DECRYPT_RSA_OAEP : SZTP_KEY_OP_DECRYPT_RSA_PKCS1;
    uint32_t other = oaep ? SZTP_KEY_OP_DECRYPT_RSA_PKCS1 : SZTP_KEY_OP_DECRYPT_RSA_OAEP;
    sztp__buf_init(&sealed, e->ctx, 4096);
    assert_int_equal(
        sztp__rsa_encrypt(e->ctx, cert.spki, oaep ? SZTP__HASH_SHA256 : SZTP__HASH_NONE, MESSAGE, &sealed),
        SZTP_OK);
    sztp__span_t right = sztp__buf_span(&sealed);
    assert_int_equal(ask(e, operation, &cert, right, out, 32), SZTP_OK);
    assert_memory_equal(out, message, 32);
    assert_int_equal(ask(e, operation, &cert, right, out, 31), SZTP_ERR_KEY);
    assert_int_equal(ask(e, operation, &cert, right, out, 33), SZTP_ERR_KEY);
    assert_int_equal(ask(e, operation, &cert, right, out, 256), SZTP_ERR_KEY);
    assert_int_equal(ask(e, other, &cert, right, out, 32), SZTP_ERR_KEY);
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, right, out, 32), SZTP_ERR_UNSUPPORTED);
    assert_int_equal(ask(e, 0, &cert, right, out, 32), SZTP_ERR_UNSUPPORTED);
    assert_int_equal(ask(e, SZTP_KEY_OP_GENERATE, &cert, right, out, 32), SZTP_ERR_UNSUPPORTED);
    assert_int_equal(ask(e, 99, &cert, right, out, 32), SZTP_ERR_UNSUPPORTED);
    assert_int_equal(ask(e, operation, &cert, sztp__span(right.data, 255), out, 32), SZTP_ERR_KEY);
    assert_int_equal(ask(e, operation, &cert, sztp__span(NULL, 0), out, 32), SZTP_ERR_KEY);
    sealed.data[128] ^= 1;
    assert_int_equal(ask(e, operation, &cert, right, out, 32), SZTP_ERR_KEY);
    memset(sealed.data, 0xff, sealed.len); /* not below the modulus */
    assert_int_equal(ask(e, operation, &cert, right, out, 32), SZTP_ERR_KEY);
    sztp__buf_clear(&sealed);
  }
}

/* ENC-07: points that are none of the curve's, and lengths that are not those of its field */
static void refuses_points(void **state) {
  const env_t *e = *state;
  static const struct {
    const char *name;
    size_t field;
  } curves[] = {{"p256", 32}, {"p384", 48}, {"p521", 66}};
  for (size_t i = 0; i < TEST_COUNT_OF(curves); i++) {
    char file[32];
    uint8_t out[SZTP__AGREED_MAX + 1], theirs[SZTP__AGREED_MAX];
    size_t len = 0;
    sztp__buf_t point;
    (void)snprintf(file, sizeof file, "enc/%s.pem", curves[i].name);
    sztp__cert_t cert = add_cert(e, SZTP_CERT_DECRYPTION, file);
    (void)snprintf(file, sizeof file, "enc/%s.key", curves[i].name);
    assert_int_equal(set_key(e, sztp_https_set_decryption_key, file), SZTP_OK);
    sztp__buf_init(&point, e->ctx, 256);
    assert_int_equal(sztp__ec_agree(e->ctx, cert.spki, &point, theirs, &len), SZTP_OK);
    assert_int_equal(len, curves[i].field);
    assert_int_equal(point.len, 2 * len + 1);
    sztp__span_t right = sztp__buf_span(&point);
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, right, out, len), SZTP_OK);
    assert_memory_equal(out, theirs, len);
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, right, out, len - 1), SZTP_ERR_KEY);
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, right, out, len + 1), SZTP_ERR_KEY);
    assert_int_equal(ask(e, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, &cert, right, out, len), SZTP_ERR_UNSUPPORTED);
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, sztp__span(right.data, right.len - 1), out, len),
                     SZTP_ERR_KEY);
    point.data[point.len - 1] ^= 1; /* off the curve */
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, right, out, len), SZTP_ERR_KEY);
    memset(point.data + 1, 0, point.len - 1);
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, right, out, len), SZTP_ERR_KEY);
    memset(point.data + 1, 0xff, point.len - 1); /* not below the prime */
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, right, out, len), SZTP_ERR_KEY);
    static const uint8_t infinity[1] = {0};
    assert_int_equal(ask(e, SZTP_KEY_OP_AGREE_ECDH, &cert, sztp__span(infinity, 1), out, len), SZTP_ERR_KEY);
    sztp__buf_clear(&point);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {TEST(sets_keys), TEST(takes_arguments), TEST(uses_the_right_key),
                                     TEST(refuses_rsa), TEST(refuses_points)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
