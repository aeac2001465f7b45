/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in software as a key function: which key is used for what, and what is refused. */
#include <sztp/software_key.h>

#include "artifacts/encrypt.h"
#include "common/engine.h"
#include "common/testing.h"
#include "cryptography/cms_open.h"
#include "cryptography/key_kind.h"
#include "cryptography/key_request.h"
#include "exchange/csr.h"
#include "formats/armor.h"
#include "formats/plain_key.h"

typedef struct env {
  sztp_ctx_t *ctx;
  sztp_device_t *dev;
  sztp_software_key_t *keys;
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

static int32_t add_key(const env_t *e, const char *name) {
  size_t len = 0;
  uint8_t *pem = test_read_pki(name, &len);
  int32_t rc = sztp_software_key_add(e->keys, e->dev, pem, len);
  free(pem);
  return rc;
}

static int set_up(void **state) {
  env_t *e = calloc(1, sizeof *e);
  assert_non_null(e);
  assert_int_equal(sztp_ctx_new(NULL, &e->ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(e->ctx, &e->dev), SZTP_OK);
  assert_int_equal(sztp_software_key_new(&e->keys), SZTP_OK);
  *state = e;
  return 0;
}

static int tear_down(void **state) {
  env_t *e = *state;
  sztp_device_free(e->dev);
  sztp_software_key_free(e->keys);
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
  int32_t rc = sztp_software_key(e->keys, &r, out, cap, &len);
  if (rc == SZTP_OK) assert_int_equal(len, cap);
  return rc;
}

static const uint8_t message[] = "0123456789abcdef0123456789abcdef"; /* a content key */
#define MESSAGE sztp__span(message, 32)

/* STATE-15, STATE-16, IDEV-06: a key belongs to the identity or to any one of the decryption certificates */
static void adds_keys(void **state) {
  const env_t *e = *state;
  static const uint8_t garbage[] = "garbage";
  assert_int_equal(add_key(e, "enc/rsa.key"), SZTP_ERR_KEY); /* of nothing */
  add_cert(e, SZTP_CERT_VOUCHER_ANCHOR, "enc/rsa.pem");
  add_cert(e, SZTP_CERT_IDENTITY_CHAIN, "enc/rsa.pem");
  assert_int_equal(add_key(e, "enc/rsa.key"),
                   SZTP_ERR_KEY); /* of no certificate that the device has a key of */
  add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
  add_cert(e, SZTP_CERT_DECRYPTION, "enc/p384.pem");
  assert_int_equal(add_key(e, "enc/rsa2.key"), SZTP_ERR_KEY);
  assert_int_equal(add_key(e, "enc/p256.key"), SZTP_ERR_KEY);
  assert_int_equal(add_key(e, "enc/rsa.pem"), SZTP_ERR_KEY);
  assert_int_equal(add_key(e, "enc/rsa.key"), SZTP_OK);
  assert_int_equal(add_key(e, "enc/p384.key"), SZTP_OK);
  add_cert(e, SZTP_CERT_DECRYPTION, "other.pem"); /* of the same curve */
  assert_int_equal(add_key(e, "idevid.key"), SZTP_ERR_KEY);
  assert_int_equal(add_key(e, "other.key"), SZTP_OK);
  assert_int_equal(sztp_software_key_new(NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(NULL, e->dev, garbage, 7), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(e->keys, NULL, garbage, 7), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(e->keys, e->dev, NULL, 7), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(e->keys, e->dev, garbage, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(e->keys, e->dev, garbage, 65537), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add(e->keys, e->dev, garbage, 7), SZTP_ERR_KEY);
  sztp_software_key_free(NULL);
}

/* STATE-15: what a file says of its EC key's public half is not believed: the certificate's is computed */
static void computes_the_public_half(void **state) {
  const env_t *e = *state;
  size_t len = 0;
  sztp__buf_t der;
  sztp__plain_key_t key;
  uint8_t *pem = test_read_pki("enc/p256.key", &len);
  sztp__buf_init(&der, e->ctx, 4096);
  assert_int_equal(sztp__armor_remove(e->ctx, sztp__span(pem, len), sztp__armor_key, &der), SZTP_OK);
  assert_int_equal(sztp__plain_key_read(sztp__buf_span(&der), &key), SZTP_OK);
  assert_int_equal(key.point.len, 65);
  add_cert(e, SZTP_CERT_DECRYPTION, "enc/p256.pem");
  assert_int_equal(sztp_software_key_add(e->keys, e->dev, der.data, der.len), SZTP_OK);
  der.data[key.octets.data - der.data + 5] ^= 1;
  assert_int_equal(sztp_software_key_add(e->keys, e->dev, der.data, der.len), SZTP_ERR_KEY);
  der.data[key.octets.data - der.data + 5] ^= 1;
  assert_int_equal(sztp_software_key_add(e->keys, e->dev, der.data, der.len), SZTP_OK);
  sztp__buf_clear(&der);
  free(pem);
}

/* As many certificates may have the same key, and no more; one that has it already takes no further room. */
static void adds_no_more_than_fit(void **state) {
  const env_t *e = *state;
  for (int i = 0; i < 32; i++) add_cert(e, SZTP_CERT_DECRYPTION, "enc/p256.pem");
  assert_int_equal(add_key(e, "enc/p256.key"), SZTP_OK); /* the same certificate */
  add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
  assert_int_equal(add_key(e, "enc/rsa.key"), SZTP_OK);
}

static int32_t add_uri(const env_t *e, const char *name) {
  char uri[1024];
  int n = snprintf(uri, sizeof uri, "file:%s/%s", test_directory("PKI"), name);
  assert_true(n > 0 && (size_t)n < sizeof uri);
  return sztp_software_key_add_uri(e->keys, e->dev, uri);
}

/* STATE-15, IDEV-06: where the library has providers, a key is used where one of them has it; without such a
 * library that is said. Nobody is asked for a pass phrase. */
static void adds_keys_of_providers(void **state) {
  const env_t *e = *state;
  uint8_t out[32];
  sztp__buf_t sealed;
  sztp__cert_t cert = add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
  assert_int_equal(sztp_software_key_add_uri(NULL, e->dev, "file:/"), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add_uri(e->keys, NULL, "file:/"), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_add_uri(e->keys, e->dev, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_set_library_context(NULL, NULL), SZTP_ERR_ARG);
  if (!ENGINE_PROVIDERS) {
    assert_int_equal(add_uri(e, "enc/rsa.key"), SZTP_ERR_UNSUPPORTED);
    assert_int_equal(sztp_software_key_set_library_context(e->keys, NULL), SZTP_ERR_UNSUPPORTED);
    return;
  }
  assert_int_equal(sztp_software_key_set_library_context(e->keys, NULL), SZTP_OK);
  assert_int_equal(add_uri(e, "enc/rsa2.key"), SZTP_ERR_KEY);
  assert_int_equal(add_uri(e, "enc/rsa.pem"), SZTP_ERR_KEY); /* no private key */
  assert_int_equal(add_uri(e, "enc/there is none"), SZTP_ERR_KEY);
  assert_int_equal(sztp_software_key_add_uri(e->keys, e->dev, "nowhere:object=rsa"), SZTP_ERR_KEY);
  assert_int_equal(add_uri(e, "enc/rsa.key"), SZTP_OK);
  sztp__buf_init(&sealed, e->ctx, 1024);
  assert_int_equal(sztp__rsa_encrypt(e->ctx, cert.spki, SZTP__HASH_NONE, MESSAGE, &sealed), SZTP_OK);
  assert_int_equal(ask(e, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, &cert, sztp__buf_span(&sealed), out, 32), SZTP_OK);
  assert_memory_equal(out, message, 32);
  sztp__buf_clear(&sealed);
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
  assert_int_equal(sztp_software_key(NULL, &r, out, sizeof out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key(e->keys, NULL, out, sizeof out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key(e->keys, &r, NULL, sizeof out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key(e->keys, &r, out, sizeof out, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key(e->keys, &r, out, sizeof out, &len), SZTP_ERR_NOT_FOUND); /* no key */
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
  assert_int_equal(add_key(e, "enc/rsa.key"), SZTP_OK);
  const uint32_t oaep = SZTP_KEY_OP_DECRYPT_RSA_OAEP;
  assert_int_equal(ask(e, oaep, &identity, sztp__buf_span(&sealed[0]), out, 32), SZTP_OK);
  assert_memory_equal(out, message, 32);
  assert_int_equal(ask(e, oaep, &second, sztp__buf_span(&sealed[1]), out, 32), SZTP_ERR_NOT_FOUND);
  assert_int_equal(add_key(e, "enc/rsa2.key"), SZTP_OK);
  memset(out, 0, sizeof out);
  assert_int_equal(ask(e, oaep, &second, sztp__buf_span(&sealed[1]), out, 32), SZTP_OK);
  assert_memory_equal(out, message, 32);
  assert_int_equal(ask(e, oaep, &identity, sztp__buf_span(&sealed[1]), out, 32), SZTP_ERR_KEY);
  assert_int_equal(ask(e, oaep, &first, sztp__buf_span(&sealed[0]), out, 32), SZTP_ERR_NOT_FOUND);
  assert_int_equal(add_key(e, "enc/p256.key"), SZTP_OK); /* beside the others */
  assert_int_equal(ask(e, oaep, &second, sztp__buf_span(&sealed[1]), out, 32), SZTP_OK);
  assert_int_equal(ask(e, oaep, &first, sztp__buf_span(&sealed[0]), out, 32), SZTP_ERR_UNSUPPORTED);
  for (int i = 0; i < 2; i++) sztp__buf_clear(&sealed[i]);
}

/* ENC-06, D-93: what can't be a right answer */
static void refuses_rsa(void **state) {
  const env_t *e = *state;
  sztp__cert_t cert = add_cert(e, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
  uint8_t out[256];
  sztp__buf_t sealed;
  assert_int_equal(add_key(e, "enc/rsa.key"), SZTP_OK);
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
    assert_int_equal(add_key(e, file), SZTP_OK);
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

/* ---- signatures ---------------------------------------------------------------------------------- */

static int32_t ask_to_sign(const env_t *e, uint32_t operation, int64_t hash, const sztp__cert_t *cert,
                           sztp__span_t digest, uint8_t *out, size_t cap) {
  sztp_key_request_t r;
  size_t len = 0;
  memset(&r, 0, sizeof r);
  r.operation = operation;
  r.hash = hash;
  r.input = digest;
  r.cert = cert->der;
  int32_t rc = sztp_software_key(e->keys, &r, out, cap, &len);
  if (rc == SZTP_OK) assert_int_equal(len, cap);
  return rc;
}

/* The signature as certificates and CMS have it. */
static void put_signature(uint32_t operation, const uint8_t *raw, size_t len, sztp__buf_t *out) {
  size_t mark = 0;
  if (operation != SZTP_KEY_OP_SIGN_ECDSA) {
    assert_int_equal(sztp__buf_add(out, raw, len), SZTP_OK);
    return;
  }
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_unsigned(out, sztp__span(raw, len / 2));
  sztp__der_put_unsigned(out, sztp__span(raw + len / 2, len / 2));
  sztp__der_close(out, mark);
}

typedef struct signing {
  const char *name; /* of the test PKI */
  uint32_t operation;
  uint32_t scheme;
  size_t len;
} signing_t;

static const signing_t SIGNINGS[] = {{"enc/p256", SZTP_KEY_OP_SIGN_ECDSA, SZTP__SIG_ECDSA, 64},
                                     {"enc/p384", SZTP_KEY_OP_SIGN_ECDSA, SZTP__SIG_ECDSA, 96},
                                     {"enc/p521", SZTP_KEY_OP_SIGN_ECDSA, SZTP__SIG_ECDSA, 132},
                                     {"enc/rsa", SZTP_KEY_OP_SIGN_RSA_PKCS1, SZTP__SIG_RSA_PKCS1, 256},
                                     {"enc/rsa", SZTP_KEY_OP_SIGN_RSA_PSS, SZTP__SIG_RSA_PSS, 256}};

static sztp__cert_t add_pair(const env_t *e, const char *name) {
  char file[32];
  (void)snprintf(file, sizeof file, "%s.pem", name);
  sztp__cert_t cert = add_cert(e, SZTP_CERT_DECRYPTION, file);
  (void)snprintf(file, sizeof file, "%s.key", name);
  assert_int_equal(add_key(e, file), SZTP_OK);
  return cert;
}

/* TLS-21: every signature is right for the core, too, in which nothing of this component has a hand */
static void signs(void **state) {
  const env_t *e = *state;
  static const uint32_t hashes[] = {SZTP__HASH_SHA256, SZTP__HASH_SHA384, SZTP__HASH_SHA512};
  static const uint8_t digest[64] = "digest";
  for (size_t i = 0; i < TEST_COUNT_OF(SIGNINGS) * 3; i++) {
    const signing_t *s = &SIGNINGS[i / 3];
    uint32_t hash = hashes[i % 3];
    size_t len = sztp__hash_len(hash);
    sztp__sigalg_t alg = {s->scheme, hash, hash, (uint32_t)len, {NULL, 0}};
    uint8_t out[256];
    sztp__buf_t signature;
    sztp__cert_t cert = add_pair(e, s->name);
    assert_int_equal(
        ask_to_sign(e, s->operation, (int64_t)len * 8, &cert, sztp__span(digest, len), out, s->len), SZTP_OK);
    sztp__buf_init(&signature, e->ctx, 1024);
    put_signature(s->operation, out, s->len, &signature);
    assert_int_equal(
        sztp__verify_digest(e->ctx, cert.spki, &alg, sztp__span(digest, len), sztp__buf_span(&signature)),
        SZTP_OK);
    sztp__buf_clear(&signature);
    /* a decryption after a signature, since both have to do with the key's padding */
    if (s->operation == SZTP_KEY_OP_SIGN_ECDSA) continue;
    sztp__buf_init(&signature, e->ctx, 4096);
    assert_int_equal(sztp__rsa_encrypt(e->ctx, cert.spki, SZTP__HASH_NONE, MESSAGE, &signature), SZTP_OK);
    assert_int_equal(ask(e, SZTP_KEY_OP_DECRYPT_RSA_PKCS1, &cert, sztp__buf_span(&signature), out, 32),
                     SZTP_OK);
    sztp__buf_clear(&signature);
  }
}

/* Digests that are none, hashes that are not signed, lengths that a signature does not have */
static void refuses_to_sign(void **state) {
  const env_t *e = *state;
  static const uint8_t digest[65] = "digest";
  static const struct {
    int64_t hash;
    size_t len;
  } wrong[] = {{256, 31}, {256, 33}, {256, 0}, {384, 32}, {512, 65}, {1, 20}, {224, 28}, {0, 32}, {-256, 32}};
  for (size_t i = 0; i < TEST_COUNT_OF(SIGNINGS); i++) {
    const signing_t *s = &SIGNINGS[i];
    uint8_t out[257];
    sztp__cert_t cert = add_pair(e, s->name);
    for (size_t n = 0; n < TEST_COUNT_OF(wrong); n++)
      assert_int_equal(
          ask_to_sign(e, s->operation, wrong[n].hash, &cert, sztp__span(digest, wrong[n].len), out, s->len),
          SZTP_ERR_KEY);
    sztp__span_t right = sztp__span(digest, 32);
    assert_int_equal(ask_to_sign(e, s->operation, 256, &cert, right, out, s->len - 1), SZTP_ERR_KEY);
    assert_int_equal(ask_to_sign(e, s->operation, 256, &cert, right, out, s->len + 1), SZTP_ERR_KEY);
    assert_int_equal(ask_to_sign(e, s->operation, 256, &cert, right, out, s->len), SZTP_OK);
    uint32_t other =
        s->operation == SZTP_KEY_OP_SIGN_ECDSA ? SZTP_KEY_OP_SIGN_RSA_PKCS1 : SZTP_KEY_OP_SIGN_ECDSA;
    assert_int_equal(ask_to_sign(e, other, 256, &cert, right, out, s->len), SZTP_ERR_UNSUPPORTED);
  }
}

/* TPM-05: by way of the device, as transports ask */
static void tells_what_it_can_do(void **state) {
  const env_t *e = *state;
  int64_t able = 0;
  sztp__cert_t rsa = add_pair(e, "enc/rsa");
  sztp__cert_t ec = add_pair(e, "enc/p384");
  sztp__cert_t none = add_cert(e, SZTP_CERT_DECRYPTION, "enc/p256.pem");
  assert_int_equal(sztp_device_set_key(e->dev, sztp_software_key, e->keys), SZTP_OK);
  assert_int_equal(sztp_device_able(e->ctx, e->dev, rsa.der.data, rsa.der.len, &able), SZTP_OK);
  assert_true(able == (SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PKCS1_SHA384 | SZTP_ABLE_RSA_PKCS1_SHA512 |
                       SZTP_ABLE_RSA_PSS_SHA256 | SZTP_ABLE_RSA_PSS_SHA384 | SZTP_ABLE_RSA_PSS_SHA512 |
                       SZTP_ABLE_DECRYPT));
  assert_int_equal(sztp_device_able(e->ctx, e->dev, ec.der.data, ec.der.len, &able), SZTP_OK);
  assert_true(able == (SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_ECDSA_SHA384 | SZTP_ABLE_ECDSA_SHA512 |
                       SZTP_ABLE_AGREE | SZTP_ABLE_MATCHED));
  assert_int_equal(sztp_device_able(e->ctx, e->dev, none.der.data, none.der.len, &able), SZTP_ERR_NOT_FOUND);
}

/* ---- keys that are made -------------------------------------------------------------------------- */

#define NAME "0123456789abcdef0123456789abcdef"

typedef struct made {
  char name[40];
  uint8_t pem[8192];
  size_t len;
  int32_t code; /* what the store answers instead, unless 0 */
  unsigned calls;
} made_t;

static int32_t made_put(void *user, const char *name, const uint8_t *pem, size_t len) {
  made_t *m = user;
  m->calls++;
  if (m->code != 0) return m->code;
  (void)snprintf(m->name, sizeof m->name, "%s", name);
  memcpy(m->pem, pem, len);
  m->len = len;
  return 0;
}

static int32_t made_get(void *user, const char *name, uint8_t *pem, size_t room, size_t *len) {
  made_t *m = user;
  m->calls++;
  if (m->code != 0) return m->code;
  if (strcmp(m->name, name) != 0) return SZTP_ERR_NOT_FOUND;
  assert_true(m->len <= room);
  memcpy(pem, m->pem, m->len);
  *len = m->len;
  return 0;
}

static int32_t made_remove(void *user, const char *name) {
  made_t *m = user;
  m->calls++;
  if (m->code != 0) return m->code;
  if (strcmp(m->name, name) != 0) return SZTP_ERR_NOT_FOUND;
  m->name[0] = '\0';
  return 0;
}

static int32_t ask_made(const env_t *e, uint32_t operation, const char *name, sztp__span_t algorithm,
                        sztp__span_t input, uint8_t *out, size_t cap, size_t *len) {
  sztp_key_request_t r;
  memset(&r, 0, sizeof r);
  r.operation = operation;
  r.hash = 256;
  r.key_id = sztp__span_of(name);
  r.algorithm = algorithm;
  r.input = input;
  return sztp_software_key(e->keys, &r, out, cap, len);
}

/* CSR-12, CSR-20, CSR-22, CSR-33: keys of each kind are made, say what they can do, sign, and are deleted */
static void makes_keys(void **state) {
  const env_t *e = *state;
  static const struct {
    uint32_t algorithm, sign;
    size_t signature;
  } kinds[] = {{SZTP_ALGORITHM_P256, SZTP_KEY_OP_SIGN_ECDSA, 64},
               {SZTP_ALGORITHM_P384, SZTP_KEY_OP_SIGN_ECDSA, 96},
               {SZTP_ALGORITHM_P521, SZTP_KEY_OP_SIGN_ECDSA, 132},
               {SZTP_ALGORITHM_RSA, SZTP_KEY_OP_SIGN_RSA_PKCS1, 384}};
  const sztp__span_t none = {NULL, 0};
  made_t m = {"", {0}, 0, 0, 0};
  sztp_key_store_t store = {sizeof store, &m, made_put, made_get, made_remove};
  uint8_t out[1024];
  size_t len = 0;
  assert_int_equal(
      ask_made(e, SZTP_KEY_OP_GENERATE, NAME, sztp__key_kind_identifier(1), none, out, sizeof out, &len),
      SZTP_ERR_UNSUPPORTED); /* without a store */
  assert_int_equal(sztp_software_key_set_store(e->keys, &store), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(kinds); i++) {
    sztp__keyinfo_t key;
    sztp__sigalg_t alg = {i == 3 ? SZTP__SIG_RSA_PKCS1 : SZTP__SIG_ECDSA, SZTP__HASH_SHA256, 0, 0, {NULL, 0}};
    uint8_t spki[1024], digest[32] = {1};
    size_t spki_len = 0;
    assert_int_equal(ask_made(e, SZTP_KEY_OP_GENERATE, NAME, sztp__key_kind_identifier(kinds[i].algorithm),
                              none, spki, sizeof spki, &spki_len),
                     SZTP_OK);
    assert_int_equal(sztp__key_info(e->ctx, sztp__span(spki, spki_len), &key), SZTP_OK);
    assert_int_equal(sztp__key_kind_of(&key), kinds[i].algorithm);
    assert_int_equal(ask_made(e, SZTP_KEY_OP_QUERY, NAME, none, none, out, 8, &len), SZTP_OK);
    assert_true((out[7] & (i == 3 ? SZTP_ABLE_RSA_PKCS1_SHA256 : SZTP_ABLE_ECDSA_SHA256)) != 0);
    assert_int_equal(
        ask_made(e, kinds[i].sign, NAME, none, sztp__span(digest, 32), out, kinds[i].signature, &len),
        SZTP_OK);
    assert_int_equal(len, kinds[i].signature);
    if (i == 3) /* ECDSA as r and s is verified where requests are */
      assert_int_equal(sztp__verify_digest(e->ctx, sztp__span(spki, spki_len), &alg, sztp__span(digest, 32),
                                           sztp__span(out, len)),
                       SZTP_OK);
    assert_int_equal(ask_made(e, SZTP_KEY_OP_DELETE, NAME, none, none, out, 0, &len), SZTP_OK);
    assert_int_equal(len, 0);
    assert_int_equal(ask_made(e, SZTP_KEY_OP_DELETE, NAME, none, none, out, 0, &len), SZTP_ERR_NOT_FOUND);
    assert_int_equal(ask_made(e, SZTP_KEY_OP_QUERY, NAME, none, none, out, 8, &len), SZTP_ERR_NOT_FOUND);
  }
}

/* What is not as the library asks gets to no store; what a store says is handed on. */
static void makes_no_keys(void **state) {
  const env_t *e = *state;
  const sztp__span_t none = {NULL, 0};
  made_t m = {"", {0}, 0, 0, 0};
  sztp_key_store_t store = {sizeof store, &m, made_put, made_get, made_remove};
  sztp_key_store_t wrong = store;
  uint8_t out[1024];
  size_t len = 0;
  static const char *const names[] = {"", "0123456789abcdef", "../456789abcdef0123456789abcdef01",
                                      "0123456789ABCDEF0123456789ABCDEF", NAME "0"};
  assert_int_equal(sztp_software_key_set_store(NULL, &store), SZTP_ERR_ARG);
  wrong.struct_size = 1;
  assert_int_equal(sztp_software_key_set_store(e->keys, &wrong), SZTP_ERR_ABI);
  wrong = store;
  wrong.get = NULL;
  assert_int_equal(sztp_software_key_set_store(e->keys, &wrong), SZTP_ERR_ARG);
  assert_int_equal(sztp_software_key_set_store(e->keys, &store), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    assert_int_equal(ask_made(e, SZTP_KEY_OP_GENERATE, names[i], sztp__key_kind_identifier(1), none, out,
                              sizeof out, &len),
                     SZTP_ERR_NOT_FOUND);
    assert_int_equal(ask_made(e, SZTP_KEY_OP_DELETE, names[i], none, none, out, 0, &len), SZTP_ERR_NOT_FOUND);
  }
  assert_int_equal(m.calls, 0);
  static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
  assert_int_equal(ask_made(e, SZTP_KEY_OP_GENERATE, NAME, sztp__span(ed25519, sizeof ed25519), none, out,
                            sizeof out, &len),
                   SZTP_ERR_UNSUPPORTED);
  assert_int_equal(ask_made(e, SZTP_KEY_OP_GENERATE, NAME, none, none, out, sizeof out, &len),
                   SZTP_ERR_UNSUPPORTED);
  assert_int_equal(ask_made(e, SZTP_KEY_OP_GENERATE, NAME, sztp__key_kind_identifier(1), none, out, 20, &len),
                   SZTP_ERR_KEY);
  assert_int_equal(m.calls, 0); /* nothing is stored of which the public half can't be told */
  m.code = SZTP_ERR_HOST;
  assert_int_equal(
      ask_made(e, SZTP_KEY_OP_GENERATE, NAME, sztp__key_kind_identifier(1), none, out, sizeof out, &len),
      SZTP_ERR_KEY);
  assert_int_equal(ask_made(e, SZTP_KEY_OP_QUERY, NAME, none, none, out, 8, &len), SZTP_ERR_HOST);
  assert_int_equal(ask_made(e, SZTP_KEY_OP_DELETE, NAME, none, none, out, 0, &len), SZTP_ERR_HOST);
  assert_int_equal(sztp_software_key_set_store(e->keys, NULL), SZTP_OK);
  assert_int_equal(ask_made(e, SZTP_KEY_OP_DELETE, NAME, none, none, out, 0, &len), SZTP_ERR_UNSUPPORTED);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {TEST(adds_keys),
                                     TEST(computes_the_public_half),
                                     TEST(adds_no_more_than_fit),
                                     TEST(adds_keys_of_providers),
                                     TEST(takes_arguments),
                                     TEST(uses_the_right_key),
                                     TEST(refuses_rsa),
                                     TEST(refuses_points),
                                     TEST(signs),
                                     TEST(refuses_to_sign),
                                     TEST(tells_what_it_can_do),
                                     TEST(makes_keys),
                                     TEST(makes_no_keys)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
