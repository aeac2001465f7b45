/* SPDX-License-Identifier: Apache-2.0 */
/* The part of crypto.h that needs no cryptographic library: kinds of keys, and everything that is checked
 * before the library is asked to verify. */
#include "cryptography/crypto.h"

#include "formats/der.h"

/* mbedTLS computes with at most 8192 bits by default; larger keys would only cost time. */
#define RSA_BITS_MAX 8192
/* A public exponent as long as the modulus makes a verification as slow as a signature, and nobody has one.
 */
#define RSA_EXPONENT_OCTETS_MAX 8
#define RSA_EXPONENT_LEAST      3

static const uint8_t key_oid_rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t key_oid_pss[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a};
static const uint8_t key_oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t key_oid_ed25519[] = {0x2b, 0x65, 0x70};
static const uint8_t oid_p192[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01};
static const uint8_t oid_p224[] = {0x2b, 0x81, 0x04, 0x00, 0x21};
static const uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_p384[] = {0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t oid_p521[] = {0x2b, 0x81, 0x04, 0x00, 0x23};

static const struct {
  sztp__span_t oid;
  uint32_t curve;
  uint32_t bits;
} curves[] = {
    /* the small ones are here so that they are called weak rather than unknown */
    {{oid_p192, sizeof oid_p192}, SZTP__CURVE_NONE, 192},
    {{oid_p224, sizeof oid_p224}, SZTP__CURVE_NONE, 224},
    {{oid_p256, sizeof oid_p256}, SZTP__CURVE_P256, 256},
    {{oid_p384, sizeof oid_p384}, SZTP__CURVE_P384, 384},
    {{oid_p521, sizeof oid_p521}, SZTP__CURVE_P521, 521},
};

size_t sztp__hash_len(uint32_t hash) {
  switch (hash) {
  case SZTP__HASH_MD5: return 16;
  case SZTP__HASH_SHA1: return 20;
  case SZTP__HASH_SHA224: return 28;
  case SZTP__HASH_SHA256: return 32;
  case SZTP__HASH_SHA384: return 48;
  case SZTP__HASH_SHA512: return 64;
  default: return 0;
  }
}

int32_t sztp__hash_once(sztp_ctx_t *ctx, uint32_t hash, sztp__span_t data, uint8_t out[SZTP__HASH_MAX],
                        size_t *len) {
  sztp__hash_t *h = NULL;
  int32_t rc = sztp__hash_new(ctx, hash, &h);
  if (rc != SZTP_OK) return rc;
  rc = sztp__hash_update(h, data.data, data.len);
  if (rc == SZTP_OK) rc = sztp__hash_finish(h, out, len);
  sztp__hash_free(h);
  return rc;
}

/* ---- keys ---------------------------------------------------------------------------------------- */

/* A positive INTEGER without its leading zero. */
static int32_t read_positive(sztp__der_t *d, sztp__span_t *out) {
  int32_t rc = sztp__der_integer(d, out);
  if (rc != SZTP_OK) return rc;
  if ((out->data[0] & 0x80) != 0 || (out->len == 1 && out->data[0] == 0))
    return sztp__fail(d->ctx, SZTP_ERR_DER, "key.integer", "a number is not positive");
  if (out->data[0] == 0) *out = sztp__span(out->data + 1, out->len - 1);
  return SZTP_OK;
}

static int usable_exponent(sztp__span_t e) {
  if (e.len > RSA_EXPONENT_OCTETS_MAX || (e.data[e.len - 1] & 1) == 0) return 0;
  return e.len > 1 || e.data[0] >= RSA_EXPONENT_LEAST;
}

/* The parameters of the key's algorithm: NULL for rsaEncryption (RFC 3279 2.3.1), which says no more than
 * their absence, in which some write it; for id-RSASSA-PSS absent, or what every signature must keep to (RFC
 * 4055 3.1). */
static int32_t read_rsa_parameters(sztp__der_t *algorithm, sztp__keyinfo_t *key) {
  sztp__tlv_t parameters;
  if (sztp__der_at_end(algorithm)) return SZTP_OK;
  int32_t rc = sztp__der_expect(algorithm, key->pss_only ? SZTP__DER_SEQUENCE : SZTP__DER_NULL, &parameters);
  if (rc == SZTP_OK && key->pss_only) key->pss_parameters = parameters.whole;
  return rc != SZTP_OK ? rc : sztp__der_finish(algorithm);
}

/* RSAPublicKey (RFC 8017 A.1.1) */
static int32_t read_rsa(sztp__der_t *algorithm, sztp__keyinfo_t *key) {
  sztp_ctx_t *ctx = algorithm->ctx;
  sztp__der_t d;
  sztp__der_t sequence;
  sztp__span_t n;
  sztp__span_t e;
  sztp__der_init(&d, ctx, key->bits_value);
  int32_t rc = read_rsa_parameters(algorithm, key);
  if (rc == SZTP_OK) rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = read_positive(&sequence, &n);
  if (rc == SZTP_OK) rc = read_positive(&sequence, &e);
  if (rc == SZTP_OK) rc = sztp__der_finish(&sequence);
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  if (rc != SZTP_OK) return sztp__fail(ctx, rc, "key.rsa", "the RSA public key cannot be decoded");
  key->unusable = n.len > RSA_BITS_MAX / 8 || !usable_exponent(e);
  if (key->unusable) return SZTP_OK;
  key->type = SZTP__KEY_RSA;
  key->modulus = n;
  key->exponent = e;
  key->bits = (uint32_t)n.len * 8;
  for (unsigned top = n.data[0]; (top & 0x80) == 0; top <<= 1) key->bits--;
  return SZTP_OK;
}

uint32_t sztp__key_kind(const sztp__keyinfo_t *key) { return key->type == SZTP__KEY_EC ? key->curve : 0; }

uint32_t sztp__curve_of(sztp__span_t oid) {
  for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
    if (sztp__span_equal(oid, curves[i].oid)) return curves[i].curve;
  return SZTP__CURVE_NONE;
}

/* A named curve with an uncompressed point (RFC 5480 2): the other forms are not supported. */
static int32_t read_ec(sztp__der_t *algorithm, sztp__keyinfo_t *key) {
  sztp__span_t oid;
  key->type = SZTP__KEY_EC;
  if (sztp__der_peek(algorithm) != SZTP__DER_OID) return SZTP_OK;
  int32_t rc = sztp__der_oid(algorithm, &oid);
  if (rc == SZTP_OK) rc = sztp__der_finish(algorithm);
  if (rc != SZTP_OK) return rc;
  for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
    if (!sztp__span_equal(oid, curves[i].oid)) continue;
    key->bits = curves[i].bits;
    size_t point_len = 1 + 2 * ((size_t)(curves[i].bits + 7) / 8);
    if (key->bits_value.len == point_len && key->bits_value.data[0] == 4) key->curve = curves[i].curve;
  }
  return SZTP_OK;
}

int32_t sztp__key_info(sztp_ctx_t *ctx, sztp__span_t spki, sztp__keyinfo_t *out) {
  sztp__der_t d;
  sztp__der_t sequence;
  sztp__der_t algorithm;
  sztp__span_t oid;
  unsigned unused = 0;
  memset(out, 0, sizeof *out);
  sztp__der_init(&d, ctx, spki);
  int32_t rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  if (rc == SZTP_OK) rc = sztp__der_enter(&sequence, SZTP__DER_SEQUENCE, &algorithm);
  if (rc == SZTP_OK) rc = sztp__der_oid(&algorithm, &oid);
  if (rc == SZTP_OK) rc = sztp__der_bits(&sequence, &out->bits_value, &unused);
  if (rc == SZTP_OK) rc = sztp__der_finish(&sequence);
  if (rc != SZTP_OK) return rc;
  if (unused != 0) return sztp__fail(ctx, SZTP_ERR_DER, "key.bits", "the public key is not whole octets");
  out->pss_only = SZTP__RSA && sztp__span_equal(oid, sztp__span(key_oid_pss, sizeof key_oid_pss));
  if (SZTP__RSA && (out->pss_only || sztp__span_equal(oid, sztp__span(key_oid_rsa, sizeof key_oid_rsa))))
    return read_rsa(&algorithm, out);
  if (SZTP__EC && sztp__span_equal(oid, sztp__span(key_oid_ec, sizeof key_oid_ec)))
    return read_ec(&algorithm, out);
  if (sztp__span_equal(oid, sztp__span(key_oid_ed25519, sizeof key_oid_ed25519))) {
    out->type = SZTP__KEY_ED25519;
    out->bits = 256;
  }
  return SZTP_OK;
}

/* ---- verification -------------------------------------------------------------------------------- */

static int key_fits(const sztp__sigalg_t *alg, const sztp__keyinfo_t *key) {
  switch (alg->scheme) {
  case SZTP__SIG_RSA_PKCS1: return SZTP__RSA && key->type == SZTP__KEY_RSA && !key->pss_only;
  case SZTP__SIG_RSA_PSS: return SZTP__RSA && key->type == SZTP__KEY_RSA;
  case SZTP__SIG_ECDSA: return key->type == SZTP__KEY_EC && key->curve != SZTP__CURVE_NONE;
  default: return 0;
  }
}

/* ECDSA-Sig-Value (RFC 5480 A). The library reads more than DER here, which would give one signature several
 * forms. What is wrong with it goes without a trail: that the signature is invalid is the cause that counts.
 */
static int strict_ecdsa(sztp__span_t signature) {
  sztp__der_t d;
  sztp__der_t sequence;
  sztp__span_t number;
  sztp__der_init(&d, NULL, signature);
  return sztp__der_enter(&d, SZTP__DER_SEQUENCE, &sequence) == SZTP_OK && sztp__der_finish(&d) == SZTP_OK &&
         read_positive(&sequence, &number) == SZTP_OK && read_positive(&sequence, &number) == SZTP_OK &&
         sztp__der_finish(&sequence) == SZTP_OK;
}

static int signature_form_ok(const sztp__keyinfo_t *key, sztp__span_t signature) {
  if (key->type == SZTP__KEY_EC) return strict_ecdsa(signature);
  return signature.len == (size_t)(key->bits + 7) / 8;
}

int32_t sztp__verify_digest(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__sigalg_t *alg,
                            sztp__span_t digest, sztp__span_t signature) {
  sztp__keyinfo_t key;
  int32_t rc = sztp__key_info(ctx, spki, &key);
  if (rc != SZTP_OK) return rc;
  if (!key_fits(alg, &key))
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.verify",
                      "the signature algorithm is not supported or the key is not one for it");
  if (sztp__hash_len(alg->hash) == 0 || digest.len != sztp__hash_len(alg->hash))
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.verify", "the hash does not fit the digest");
  if (!signature_form_ok(&key, signature))
    return sztp__fail(ctx, SZTP_ERR_CMS_SIGNATURE_INVALID, "crypto.verify",
                      "%zu octets are not in the form of such a signature", signature.len);
  rc = sztp__work_operate(ctx, sztp__key_kind(&key));
  return rc == SZTP_OK ? sztp__library_verify(ctx, spki, &key, alg, digest, signature) : rc;
}

/* ---- operations for the time that they take ------------------------------------------------------ */

/* SubjectPublicKeyInfo of the curves' base points, and the start of that of an RSA key of 2048 bits. */
static const uint8_t any_p256[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1,
    0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
    0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe,
    0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b,
    0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
static const uint8_t any_p384[] = {
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05,
    0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04, 0xaa, 0x87, 0xca, 0x22, 0xbe, 0x8b,
    0x05, 0x37, 0x8e, 0xb1, 0xc7, 0x1e, 0xf3, 0x20, 0xad, 0x74, 0x6e, 0x1d, 0x3b, 0x62, 0x8b,
    0xa7, 0x9b, 0x98, 0x59, 0xf7, 0x41, 0xe0, 0x82, 0x54, 0x2a, 0x38, 0x55, 0x02, 0xf2, 0x5d,
    0xbf, 0x55, 0x29, 0x6c, 0x3a, 0x54, 0x5e, 0x38, 0x72, 0x76, 0x0a, 0xb7, 0x36, 0x17, 0xde,
    0x4a, 0x96, 0x26, 0x2c, 0x6f, 0x5d, 0x9e, 0x98, 0xbf, 0x92, 0x92, 0xdc, 0x29, 0xf8, 0xf4,
    0x1d, 0xbd, 0x28, 0x9a, 0x14, 0x7c, 0xe9, 0xda, 0x31, 0x13, 0xb5, 0xf0, 0xb8, 0xc0, 0x0a,
    0x60, 0xb1, 0xce, 0x1d, 0x7e, 0x81, 0x9d, 0x7a, 0x43, 0x1d, 0x7c, 0x90, 0xea, 0x0e, 0x5f};
static const uint8_t any_rsa[] = {0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                  0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01,
                                  0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00};
#define ANY_MODULUS 256
#define ANY_SPKI    (sizeof any_rsa + ANY_MODULUS + 5)

int sztp__has_any_key(uint32_t kind) { return kind <= SZTP__CURVE_P384; }

/* A key of this kind, in @p room where it must be put together. */
static sztp__span_t any_key(uint32_t kind, uint8_t room[ANY_SPKI]) {
  static const uint8_t exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};
  if (kind == SZTP__CURVE_P256) return sztp__span(any_p256, sizeof any_p256);
  if (kind == SZTP__CURVE_P384) return sztp__span(any_p384, sizeof any_p384);
  memcpy(room, any_rsa, sizeof any_rsa);
  memset(room + sizeof any_rsa, 0xb5, ANY_MODULUS); /* of that length, and odd */
  memcpy(room + sizeof any_rsa + ANY_MODULUS, exponent, sizeof exponent);
  return sztp__span(room, ANY_SPKI);
}

/* A signature that has the form of one by @p key: numbers with a zero in front are below any modulus and
 * order.
 */
static size_t put_nothing(const sztp__keyinfo_t *key, uint8_t out[RSA_BITS_MAX / 8]) {
  size_t field = (size_t)(key->bits + 7) / 8;
  memset(out, 0x5a, RSA_BITS_MAX / 8);
  out[0] = 0;
  if (key->type == SZTP__KEY_RSA) return field;
  size_t number = field - 1;
  size_t head = sztp__der_head(out, SZTP__DER_SEQUENCE, 2 * (2 + number));
  for (int i = 0; i < 2; i++) { /* two numbers: equal ones would make it easy */
    out[head] = SZTP__DER_INTEGER;
    out[head + 1] = (uint8_t)number;
    memset(out + head + 2, 0x5a - i, number);
    head += 2 + number;
  }
  return head;
}

int32_t sztp__verify_nothing(sztp_ctx_t *ctx, sztp__span_t spki, uint32_t kind) {
  static const uint8_t digest[] = "an operation for the time it takes";
  uint8_t signature[RSA_BITS_MAX / 8];
  uint8_t room[ANY_SPKI];
  sztp__keyinfo_t key;
  sztp__sigalg_t alg = {SZTP__SIG_ECDSA, SZTP__HASH_SHA256, SZTP__HASH_NONE, 0, {NULL, 0}};
  size_t told = sztp__trail_len(ctx);
  if (spki.len == 0) spki = any_key(kind, room);
  (void)sztp__key_info(ctx, spki, &key);
  if (key.type == SZTP__KEY_RSA) alg.scheme = SZTP__SIG_RSA_PKCS1;
  size_t len = put_nothing(&key, signature);
  int32_t rc = sztp__verify_digest(ctx, spki, &alg, sztp__span(digest, sztp__hash_len(SZTP__HASH_SHA256)),
                                   sztp__span(signature, len));
  sztp__trail_cut(ctx, told);
  return rc == SZTP_ERR_LIMIT ? rc : SZTP_OK;
}

int32_t sztp__random(sztp_ctx_t *ctx, uint8_t *out, size_t len) {
  int32_t rc = sztp__host_random(ctx, out, len);
  return rc == SZTP_ERR_NOT_FOUND ? sztp__default_random(ctx, out, len) : rc;
}
