/* SPDX-License-Identifier: Apache-2.0 */
/* Signs with private keys and encrypts to public ones, by the PSA interface of mbedTLS 3.6 alone. A key is
 * PSA's for the time of one operation, since PSA binds a key to one algorithm. The random octets of RSA
 * padding are PSA's own: it has no call that takes them. */
#include "artifacts/encrypt.h"
#include "artifacts/sign.h"

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER < 0x03060600 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "this mbedTLS is not supported: libsztp-artifacts with CRYPTO=psa works with 3.6, from 3.6.6 on"
#endif

#include <psa/crypto.h>

#include "formats/der.h"
#include "formats/plain_key.h"

#define WHERE         "artifacts.key"
#define SIGNATURE_MAX PSA_BITS_TO_BYTES(PSA_VENDOR_RSA_MAX_KEY_BITS)
#define EC_PAIR       PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)

#if defined(PSA_WANT_ALG_DETERMINISTIC_ECDSA)
#define ECDSA(hash) PSA_ALG_DETERMINISTIC_ECDSA(hash)
#else
#define ECDSA(hash) PSA_ALG_ECDSA(hash)
#endif

struct sztp__signing_key {
  sztp_ctx_t *ctx;
  uint32_t curve_bits; /* EC; 0: RSA */
  size_t len;
  uint8_t *octets; /* as PSA imports it */
};

/* PSA has no keys of other sizes. */
static int32_t rsa_refused(sztp_ctx_t *ctx, int32_t code) {
  return sztp__fail(ctx, code, WHERE,
                    "PSA does not take this RSA key; its keys are whole octets, up to %u bits",
                    (unsigned)PSA_VENDOR_RSA_MAX_KEY_BITS);
}

static int32_t key_failed(sztp_ctx_t *ctx, int32_t code, const char *what, psa_status_t status) {
  return sztp__fail(ctx, code, WHERE, "%s (PSA %d)", what, (int)status);
}

static psa_algorithm_t hash_of(uint32_t hash) {
  if (hash == SZTP__HASH_SHA1) return PSA_ALG_SHA_1; /* of OAEP only */
  if (hash == SZTP__HASH_SHA256) return PSA_ALG_SHA_256;
  if (hash == SZTP__HASH_SHA384) return PSA_ALG_SHA_384;
  return hash == SZTP__HASH_SHA512 ? PSA_ALG_SHA_512 : PSA_ALG_NONE;
}

/* What a key is imported as, for one algorithm. */
typedef struct role {
  psa_key_type_t type;
  size_t bits; /* 0: as the octets say */
  psa_key_usage_t usage;
  psa_algorithm_t alg;
} role_t;

static psa_status_t import_as(const role_t *role, sztp__span_t octets, psa_key_id_t *id) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_status_t status = psa_crypto_init(); /* again does no harm */
  if (status != PSA_SUCCESS) return status;
  psa_set_key_type(&attributes, role->type);
  psa_set_key_bits(&attributes, role->bits);
  psa_set_key_usage_flags(&attributes, role->usage);
  psa_set_key_algorithm(&attributes, role->alg);
  return psa_import_key(&attributes, octets.data, octets.len, id);
}

static psa_status_t import_signer(const sztp__signing_key_t *key, psa_key_usage_t usage, psa_algorithm_t alg,
                                  psa_key_id_t *id) {
  const role_t role = {key->curve_bits != 0 ? EC_PAIR : PSA_KEY_TYPE_RSA_KEY_PAIR, key->curve_bits, usage,
                       alg};
  return import_as(&role, sztp__span(key->octets, key->len), id);
}

/* ---- signing ------------------------------------------------------------------------------------- */

static int32_t keep(sztp__signing_key_t *key, const sztp__plain_key_t *plain) {
  int ec = plain->curve_bits != 0;
  key->curve_bits = plain->curve_bits;
  key->len = ec ? sztp__plain_key_field(plain->curve_bits) : plain->octets.len;
  key->octets = sztp__alloc(key->ctx, ec ? SZTP__SCALAR_MAX : key->len);
  if (key->octets == NULL) return SZTP_ERR_MEMORY;
  if (ec)
    sztp__plain_key_number(plain, key->octets);
  else
    memcpy(key->octets, plain->octets.data, key->len);
  return SZTP_OK;
}

static int32_t try_key(const sztp__signing_key_t *key) {
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_status_t status = import_signer(key, 0, PSA_ALG_NONE, &id);
  (void)psa_destroy_key(id);
  if (status == PSA_SUCCESS) return SZTP_OK;
  if (status == PSA_ERROR_NOT_SUPPORTED && key->curve_bits == 0) return rsa_refused(key->ctx, SZTP_ERR_KEY);
  return key_failed(key->ctx, SZTP_ERR_KEY, "not a plain RSA or EC private key", status);
}

int32_t sztp__signing_key_new(sztp_ctx_t *ctx, sztp__span_t der, sztp__signing_key_t **out) {
  sztp__plain_key_t plain;
  if (sztp__plain_key_read(der, &plain) != SZTP_OK)
    return sztp__fail(ctx, SZTP_ERR_KEY, WHERE, "not a plain RSA or EC private key");
  sztp__signing_key_t *key = sztp__alloc(ctx, sizeof *key);
  if (key == NULL) return SZTP_ERR_MEMORY;
  key->ctx = ctx;
  key->octets = NULL;
  int32_t rc = keep(key, &plain);
  if (rc == SZTP_OK) rc = try_key(key);
  if (rc != SZTP_OK) {
    sztp__signing_key_free(key);
    return rc;
  }
  *out = key;
  return SZTP_OK;
}

void sztp__signing_key_free(sztp__signing_key_t *key) {
  if (key == NULL) return;
  sztp__free_secret(key->ctx, key->octets);
  sztp__free(key->ctx, key);
}

/* RSAPublicKey, or a point that is not compressed: what SubjectPublicKeyInfo has as well. */
static psa_status_t is_half(const sztp__signing_key_t *key, sztp__span_t public_key, int *same) {
  uint8_t own[PSA_EXPORT_PUBLIC_KEY_MAX_SIZE];
  size_t len = 0;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_status_t status = import_signer(key, 0, PSA_ALG_NONE, &id);
  if (status == PSA_SUCCESS) status = psa_export_public_key(id, own, sizeof own, &len);
  (void)psa_destroy_key(id);
  *same = status == PSA_SUCCESS && sztp__span_equal(public_key, sztp__span(own, len));
  return status;
}

int32_t sztp__signing_key_fits(sztp__signing_key_t *key, sztp__span_t spki) {
  sztp__keyinfo_t info;
  psa_status_t status = PSA_SUCCESS;
  int same = 0;
  int32_t rc = sztp__key_info(key->ctx, spki, &info);
  if (rc != SZTP_OK) return rc;
  if (info.type == (key->curve_bits != 0 ? SZTP__KEY_EC : SZTP__KEY_RSA) &&
      (key->curve_bits == 0 || info.bits == key->curve_bits))
    status = is_half(key, info.bits_value, &same);
  return same ? SZTP_OK
              : key_failed(key->ctx, SZTP_ERR_KEY, "the private key is not the certificate's", status);
}

static psa_algorithm_t signing_alg(uint32_t scheme, uint32_t hash) {
  if (scheme == SZTP__SIG_RSA_PSS) return PSA_ALG_RSA_PSS(hash_of(hash));
  return scheme == SZTP__SIG_ECDSA ? ECDSA(hash_of(hash)) : PSA_ALG_RSA_PKCS1V15_SIGN(hash_of(hash));
}

/* ECDSA-Sig-Value of r and s (RFC 5480 A). */
static int32_t put_ecdsa(sztp__buf_t *out, sztp__span_t raw) {
  size_t half = raw.len / 2;
  size_t mark = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_unsigned(out, sztp__span(raw.data, half));
  sztp__der_put_unsigned(out, sztp__span_from(raw, half));
  return sztp__der_close(out, mark);
}

int32_t sztp__signing_key_sign(sztp__signing_key_t *key, uint32_t scheme, uint32_t hash, sztp__span_t digest,
                               sztp__buf_t *out) {
  uint8_t signature[SIGNATURE_MAX];
  size_t len = 0;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_algorithm_t alg = signing_alg(scheme, hash);
  sztp__count_operation(key->ctx);
  psa_status_t status = import_signer(key, PSA_KEY_USAGE_SIGN_HASH, alg, &id);
  if (status == PSA_SUCCESS)
    status = psa_sign_hash(id, alg, digest.data, digest.len, signature, sizeof signature, &len);
  (void)psa_destroy_key(id);
  if (status != PSA_SUCCESS) return key_failed(key->ctx, SZTP_ERR_CRYPTO, "could not sign", status);
  if (scheme == SZTP__SIG_ECDSA) return put_ecdsa(out, sztp__span(signature, len));
  return sztp__buf_add(out, signature, len);
}

/* ---- encryption ---------------------------------------------------------------------------------- */

int32_t sztp__rsa_encrypt(sztp_ctx_t *ctx, sztp__span_t spki, uint32_t hash, sztp__span_t message,
                          sztp__buf_t *out) {
  uint8_t block[SIGNATURE_MAX];
  size_t len = 0;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  sztp__keyinfo_t info;
  const role_t role = {PSA_KEY_TYPE_RSA_PUBLIC_KEY, 0, PSA_KEY_USAGE_ENCRYPT,
                       hash == SZTP__HASH_NONE ? PSA_ALG_RSA_PKCS1V15_CRYPT
                                               : PSA_ALG_RSA_OAEP(hash_of(hash))};
  int32_t rc = sztp__key_info(ctx, spki, &info);
  if (rc != SZTP_OK) return rc;
  sztp__count_operation(ctx);
  psa_status_t status = import_as(&role, info.bits_value, &id);
  if (status == PSA_ERROR_NOT_SUPPORTED) return rsa_refused(ctx, SZTP_ERR_CRYPTO);
  if (status == PSA_SUCCESS)
    status =
        psa_asymmetric_encrypt(id, role.alg, message.data, message.len, NULL, 0, block, sizeof block, &len);
  (void)psa_destroy_key(id);
  if (status != PSA_SUCCESS)
    return key_failed(ctx, SZTP_ERR_CRYPTO, "could not encrypt to the recipient's RSA key", status);
  return sztp__buf_add(out, block, len);
}

#define NUMBERS_TRIED 8 /* the share of those that are no key is below 2^-32 */

/* An ephemeral key, made of random octets of the context. */
static int32_t make_ephemeral(sztp_ctx_t *ctx, uint32_t curve_bits, psa_key_id_t *id) {
  uint8_t number[SZTP__AGREED_MAX];
  size_t field = sztp__plain_key_field(curve_bits);
  const role_t role = {EC_PAIR, curve_bits, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH};
  psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;
  int32_t rc = SZTP_OK;
  for (int i = 0; rc == SZTP_OK && status == PSA_ERROR_INVALID_ARGUMENT && i < NUMBERS_TRIED; i++) {
    rc = sztp__random(ctx, number, field);
    number[0] &= (uint8_t)(0xff >> (8 * field - curve_bits));
    if (rc == SZTP_OK) status = import_as(&role, sztp__span(number, field), id);
  }
  sztp__wipe(number, sizeof number);
  if (rc != SZTP_OK || status == PSA_SUCCESS) return rc;
  return key_failed(ctx, SZTP_ERR_CRYPTO, "could not make an ephemeral key", status);
}

int32_t sztp__ec_agree(sztp_ctx_t *ctx, sztp__span_t spki, sztp__buf_t *point,
                       uint8_t secret[SZTP__AGREED_MAX], size_t *secret_len) {
  uint8_t octets[1 + 2 * SZTP__AGREED_MAX];
  size_t len = 0;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  sztp__keyinfo_t info;
  int32_t rc = sztp__key_info(ctx, spki, &info);
  if (rc == SZTP_OK && (info.type != SZTP__KEY_EC || info.curve == SZTP__CURVE_NONE))
    rc = sztp__fail(ctx, SZTP_ERR_CRYPTO, WHERE, "could not agree with the recipient's EC key");
  if (rc == SZTP_OK) rc = make_ephemeral(ctx, info.bits, &id);
  if (rc != SZTP_OK) return rc;
  sztp__count_operation(ctx);
  psa_status_t status = psa_export_public_key(id, octets, sizeof octets, &len);
  if (status == PSA_SUCCESS)
    status = psa_raw_key_agreement(PSA_ALG_ECDH, id, info.bits_value.data, info.bits_value.len, secret,
                                   SZTP__AGREED_MAX, secret_len);
  (void)psa_destroy_key(id);
  if (status != PSA_SUCCESS)
    return key_failed(ctx, SZTP_ERR_CRYPTO, "could not agree with the recipient's EC key", status);
  return sztp__buf_add(point, octets, len);
}
