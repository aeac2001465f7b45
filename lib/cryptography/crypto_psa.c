/* SPDX-License-Identifier: Apache-2.0 */
/* crypto.h with the PSA interface of mbedTLS 3.6 alone: what computes may be mbedTLS's software, an
 * accelerator or a secure element. No key outlives a call. What PSA has no call for is refused with that
 * reason: RSASSA-PSS with a salt of another length than the digest, and RSA keys that it does not take. */
#include "cryptography/crypto.h"

#include <mbedtls/version.h>

#include "formats/der.h"

/* ---- which mbedTLS ------------------------------------------------------------------------------- */

/* Said before anything that such a version or configuration does not have is missed. */
#if MBEDTLS_VERSION_NUMBER < 0x03060600 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "this mbedTLS is not supported: libsztp with CRYPTO=psa works with 3.6, from 3.6.6 on"
#endif
#if !defined(MBEDTLS_PSA_CRYPTO_C)
#error "this mbedTLS lacks MBEDTLS_PSA_CRYPTO_C: CRYPTO=psa has no other interface"
#endif
#if !defined(MBEDTLS_THREADING_C) && !defined(SZTP_SINGLE_THREAD)
#error "PSA without MBEDTLS_THREADING_C: set it, or SZTP_SINGLE_THREAD (see sztp/types.h)"
#endif

#include <psa/crypto.h>

#if !defined(PSA_WANT_ALG_SHA_256)
#error "this mbedTLS lacks PSA_WANT_ALG_SHA_256: every signature and digest takes it"
#endif

/* Everything else that a configuration does not want is answered when it is asked for. */

/* PSA has to be started; again does no harm. */
static psa_status_t start(void) { return psa_crypto_init(); }

static int32_t psa_failed(sztp_ctx_t *ctx, const char *where, psa_status_t status) {
  if (status == PSA_ERROR_INSUFFICIENT_MEMORY)
    return sztp__fail(ctx, SZTP_ERR_CRYPTO, where, "no memory in the cryptographic library");
  return sztp__fail(ctx, SZTP_ERR_CRYPTO, where, "PSA error %d", (int)status);
}

static psa_algorithm_t hash_alg(uint32_t hash) {
  switch (hash) {
  case SZTP__HASH_MD5: return PSA_ALG_MD5;
  case SZTP__HASH_SHA1: return PSA_ALG_SHA_1;
  case SZTP__HASH_SHA224: return PSA_ALG_SHA_224;
  case SZTP__HASH_SHA256: return PSA_ALG_SHA_256;
  case SZTP__HASH_SHA384: return PSA_ALG_SHA_384;
  case SZTP__HASH_SHA512: return PSA_ALG_SHA_512;
  default: return PSA_ALG_NONE;
  }
}

/* ---- hashes -------------------------------------------------------------------------------------- */

struct sztp__hash {
  sztp_ctx_t *ctx;
  psa_hash_operation_t operation;
};

static int32_t hash_failed(sztp_ctx_t *ctx, psa_status_t status) {
  if (status == PSA_ERROR_INSUFFICIENT_MEMORY)
    return sztp__fail(ctx, SZTP_ERR_MEMORY, "crypto.hash", "no memory in the cryptographic library");
  return psa_failed(ctx, "crypto.hash", status);
}

int32_t sztp__hash_new(sztp_ctx_t *ctx, uint32_t hash, sztp__hash_t **out) {
  static const psa_hash_operation_t none = PSA_HASH_OPERATION_INIT;
  *out = NULL;
  psa_status_t status = start();
  if (status != PSA_SUCCESS) return hash_failed(ctx, status);
  sztp__hash_t *h = sztp__alloc(ctx, sizeof *h);
  if (h == NULL) return SZTP_ERR_MEMORY;
  h->ctx = ctx;
  h->operation = none;
  status = hash_alg(hash) == PSA_ALG_NONE ? PSA_ERROR_NOT_SUPPORTED
                                          : psa_hash_setup(&h->operation, hash_alg(hash));
  if (status != PSA_SUCCESS) sztp__hash_free(h);
  if (status == PSA_ERROR_NOT_SUPPORTED)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.hash",
                      "the cryptographic library has no such hash");
  if (status != PSA_SUCCESS) return hash_failed(ctx, status);
  *out = h;
  return SZTP_OK;
}

int32_t sztp__hash_update(sztp__hash_t *h, const void *data, size_t len) {
  if (len == 0) return SZTP_OK;
  if (!sztp__work_hash(h->ctx, len))
    return sztp__fail(h->ctx, SZTP_ERR_LIMIT, "crypto.hash", "more to hash than one verification may cost");
  psa_status_t status = psa_hash_update(&h->operation, (const uint8_t *)data, len);
  return status == PSA_SUCCESS ? SZTP_OK : hash_failed(h->ctx, status);
}

int32_t sztp__hash_finish(sztp__hash_t *h, uint8_t out[SZTP__HASH_MAX], size_t *len) {
  psa_status_t status = psa_hash_finish(&h->operation, out, SZTP__HASH_MAX, len);
  return status == PSA_SUCCESS ? SZTP_OK : hash_failed(h->ctx, status);
}

void sztp__hash_free(sztp__hash_t *h) {
  if (h == NULL) return;
  (void)psa_hash_abort(&h->operation);
  sztp__free(h->ctx, h);
}

/* ---- keys ---------------------------------------------------------------------------------------- */

/* What a key is imported as, for one algorithm. */
typedef struct purpose {
  psa_key_type_t type;
  size_t bits; /* 0: as the octets say */
  psa_key_usage_t usage;
  psa_algorithm_t alg;
} purpose_t;

static psa_status_t import_key(const purpose_t *p, sztp__span_t octets, psa_key_id_t *key) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_status_t status = start();
  if (status != PSA_SUCCESS) return status;
  psa_set_key_type(&attributes, p->type);
  psa_set_key_bits(&attributes, p->bits);
  psa_set_key_usage_flags(&attributes, p->usage);
  psa_set_key_algorithm(&attributes, p->alg);
  return psa_import_key(&attributes, octets.data, octets.len, key);
}

/* ---- signatures ---------------------------------------------------------------------------------- */

#define FIELD_MAX 66 /* octets of a number on P-521 */

/* PSA's name of a signature algorithm; NONE for one that it has none for. */
static psa_algorithm_t signature_alg(const sztp__sigalg_t *alg) {
  psa_algorithm_t hash = hash_alg(alg->hash);
  switch (alg->scheme) {
  case SZTP__SIG_RSA_PKCS1: return PSA_ALG_RSA_PKCS1V15_SIGN(hash);
  case SZTP__SIG_ECDSA: return PSA_ALG_ECDSA(hash);
  case SZTP__SIG_RSA_PSS:
    if (alg->mgf_hash != alg->hash || alg->salt_len != sztp__hash_len(alg->hash)) return PSA_ALG_NONE;
    return PSA_ALG_RSA_PSS(hash);
  default: return PSA_ALG_NONE;
  }
}

/* r and s of an ECDSA-Sig-Value, whose form is known to be right, with as many octets as the field has. 0 if
 * one is longer: then it is not below the order. */
static int raw_ecdsa(sztp__span_t signature, size_t field, uint8_t out[2 * FIELD_MAX]) {
  sztp__der_t d;
  sztp__der_t sequence;
  sztp__span_t number;
  sztp__der_init(&d, NULL, signature);
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &sequence) != SZTP_OK) return 0;
  memset(out, 0, 2 * field);
  for (size_t i = 1; i <= 2; i++) {
    if (sztp__der_integer(&sequence, &number) != SZTP_OK) return 0;
    if (number.data[0] == 0) number = sztp__span_from(number, 1);
    if (number.len > field) return 0;
    memcpy(out + i * field - number.len, number.data, number.len);
  }
  return 1;
}

static psa_status_t verify(psa_key_id_t key, psa_algorithm_t alg, const sztp__keyinfo_t *info,
                           sztp__span_t digest, sztp__span_t signature) {
  uint8_t raw[2 * FIELD_MAX];
  if (info->type == SZTP__KEY_EC) {
    size_t field = (size_t)(info->bits + 7) / 8;
    if (!raw_ecdsa(signature, field, raw)) return PSA_ERROR_INVALID_SIGNATURE;
    signature = sztp__span(raw, 2 * field);
  }
  return psa_verify_hash(key, alg, digest.data, digest.len, signature.data, signature.len);
}

static int32_t key_refused(sztp_ctx_t *ctx, const sztp__keyinfo_t *key, psa_status_t status) {
  if (status == PSA_ERROR_INSUFFICIENT_MEMORY) return psa_failed(ctx, "crypto.verify", status);
  if (status == PSA_ERROR_NOT_SUPPORTED && key->type == SZTP__KEY_RSA)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.verify",
                      "PSA does not take an RSA key of %u bits; its keys are whole octets, up to %u bits",
                      (unsigned)key->bits, (unsigned)PSA_VENDOR_RSA_MAX_KEY_BITS);
  return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.verify",
                    "PSA does not take the public key: error %d", (int)status);
}

static int32_t verdict(sztp_ctx_t *ctx, psa_status_t status) {
  switch (status) {
  case PSA_SUCCESS: return SZTP_OK;
  case PSA_ERROR_INVALID_SIGNATURE:
  case PSA_ERROR_INVALID_ARGUMENT: /* a number that is not below the modulus */
    return sztp__fail(ctx, SZTP_ERR_CMS_SIGNATURE_INVALID, "crypto.verify",
                      "the signature does not verify with this key");
  case PSA_ERROR_NOT_SUPPORTED:
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.verify",
                      "PSA does not have the signature algorithm");
  default: return psa_failed(ctx, "crypto.verify", status);
  }
}

int32_t sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                             const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature) {
  purpose_t purpose = {PSA_KEY_TYPE_RSA_PUBLIC_KEY, 0, PSA_KEY_USAGE_VERIFY_HASH, signature_alg(alg)};
  psa_key_id_t id = PSA_KEY_ID_NULL;
  (void)spki;
  if (purpose.alg == PSA_ALG_NONE)
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.verify",
                      "PSA verifies RSASSA-PSS with a salt as long as the digest alone, %zu octets; this one "
                      "has %u",
                      sztp__hash_len(alg->hash), (unsigned)alg->salt_len);
  if (key->type == SZTP__KEY_EC) {
    purpose.type = PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1);
    purpose.bits = key->bits;
  }
  psa_status_t status = import_key(&purpose, key->bits_value, &id);
  if (status != PSA_SUCCESS) return key_refused(ctx, key, status);
  status = verify(id, purpose.alg, key, digest, signature);
  (void)psa_destroy_key(id);
  return verdict(ctx, status);
}

/* ---- points -------------------------------------------------------------------------------------- */

static size_t curve_bits(uint32_t curve) {
  switch (curve) {
  case SZTP__CURVE_P256: return 256;
  case SZTP__CURVE_P384: return 384;
  case SZTP__CURVE_P521: return 521;
  default: return 0;
  }
}

int32_t sztp__point_check(sztp_ctx_t *ctx, uint32_t curve, sztp__span_t point, int *valid) {
  const purpose_t purpose = {PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), curve_bits(curve),
                             PSA_KEY_USAGE_VERIFY_HASH, PSA_ALG_ECDSA(PSA_ALG_SHA_256)};
  psa_key_id_t id = PSA_KEY_ID_NULL;
  *valid = 0;
  if (purpose.bits == 0) return SZTP_OK;
  psa_status_t status = import_key(&purpose, point, &id);
  if (status == PSA_ERROR_INVALID_ARGUMENT) return SZTP_OK;
  if (status != PSA_SUCCESS) return psa_failed(ctx, "crypto.point", status);
  *valid = 1;
  (void)psa_destroy_key(id);
  return SZTP_OK;
}

/* ---- AES ----------------------------------------------------------------------------------------- */

/* PSA does not promise that what comes out may take the place of what went in: it goes through a piece of
 * memory of its own. */
#define PIECE 512
typedef struct passage {
  uint8_t octets[PIECE + SZTP__AES_BLOCK]; /* what an implementation held back may come with the next */
  uint8_t *data;
  size_t len;
  size_t taken;
  size_t done;
} passage_t;

static size_t next_piece(const passage_t *p) { return p->len - p->taken < PIECE ? p->len - p->taken : PIECE; }

/* What came out is never more than what went in. */
static psa_status_t put_piece(passage_t *p, size_t taken, size_t came) {
  p->taken += taken;
  if (came > p->taken - p->done) return PSA_ERROR_CORRUPTION_DETECTED;
  memcpy(p->data + p->done, p->octets, came);
  p->done += came;
  return PSA_SUCCESS;
}

static int32_t aes_result(sztp_ctx_t *ctx, psa_status_t status) {
  return status == PSA_SUCCESS ? SZTP_OK : psa_failed(ctx, "crypto.aes", status);
}

static psa_status_t import_aes(sztp__span_t octets, int direction, psa_algorithm_t alg, psa_key_id_t *key) {
  purpose_t purpose = {PSA_KEY_TYPE_AES, 0, PSA_KEY_USAGE_DECRYPT, alg};
  if (direction == SZTP__AES_ENCRYPT) purpose.usage = PSA_KEY_USAGE_ENCRYPT;
  return import_key(&purpose, octets, key);
}

int32_t sztp__aes_block(sztp_ctx_t *ctx, sztp__span_t key, int direction, uint8_t block[SZTP__AES_BLOCK]) {
  const psa_algorithm_t alg = PSA_ALG_ECB_NO_PADDING;
  uint8_t out[SZTP__AES_BLOCK];
  size_t len = 0;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_status_t status = import_aes(key, direction, alg, &id);
  if (status == PSA_SUCCESS)
    status = direction == SZTP__AES_ENCRYPT
                 ? psa_cipher_encrypt(id, alg, block, SZTP__AES_BLOCK, out, sizeof out, &len)
                 : psa_cipher_decrypt(id, alg, block, SZTP__AES_BLOCK, out, sizeof out, &len);
  if (status == PSA_SUCCESS) memcpy(block, out, sizeof out);
  sztp__wipe(out, sizeof out);
  (void)psa_destroy_key(id);
  return aes_result(ctx, status);
}

static psa_status_t pass_cbc(psa_cipher_operation_t *o, passage_t *p) {
  psa_status_t status = PSA_SUCCESS;
  size_t came = 0;
  while (status == PSA_SUCCESS && p->taken < p->len) {
    size_t step = next_piece(p);
    status = psa_cipher_update(o, p->data + p->taken, step, p->octets, sizeof p->octets, &came);
    if (status == PSA_SUCCESS) status = put_piece(p, step, came);
  }
  if (status == PSA_SUCCESS) status = psa_cipher_finish(o, p->octets, sizeof p->octets, &came);
  return status == PSA_SUCCESS ? put_piece(p, 0, came) : status;
}

int32_t sztp__aes_cbc(sztp_ctx_t *ctx, sztp__span_t key, int direction, const uint8_t iv[SZTP__AES_BLOCK],
                      uint8_t *data, size_t len) {
  const psa_algorithm_t alg = PSA_ALG_CBC_NO_PADDING;
  psa_cipher_operation_t o = PSA_CIPHER_OPERATION_INIT;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  passage_t p;
  p.data = data;
  p.len = len;
  p.taken = p.done = 0;
  psa_status_t status = import_aes(key, direction, alg, &id);
  if (status == PSA_SUCCESS)
    status = direction == SZTP__AES_ENCRYPT ? psa_cipher_encrypt_setup(&o, id, alg)
                                            : psa_cipher_decrypt_setup(&o, id, alg);
  if (status == PSA_SUCCESS) status = psa_cipher_set_iv(&o, iv, SZTP__AES_BLOCK);
  if (status == PSA_SUCCESS) status = pass_cbc(&o, &p);
  (void)psa_cipher_abort(&o);
  (void)psa_destroy_key(id);
  sztp__wipe(p.octets, sizeof p.octets);
  return aes_result(ctx, status);
}

static psa_status_t pass_gcm(psa_aead_operation_t *o, passage_t *p, int direction, uint8_t *tag,
                             size_t tag_len) {
  psa_status_t status = PSA_SUCCESS;
  size_t came = 0;
  size_t written = 0;
  while (status == PSA_SUCCESS && p->taken < p->len) {
    size_t step = next_piece(p);
    status = psa_aead_update(o, p->data + p->taken, step, p->octets, sizeof p->octets, &came);
    if (status == PSA_SUCCESS) status = put_piece(p, step, came);
  }
  if (status != PSA_SUCCESS) return status;
  status = direction == SZTP__AES_ENCRYPT
               ? psa_aead_finish(o, p->octets, sizeof p->octets, &came, tag, tag_len, &written)
               : psa_aead_verify(o, p->octets, sizeof p->octets, &came, tag, tag_len);
  return status == PSA_SUCCESS ? put_piece(p, 0, came) : status;
}

int32_t sztp__aes_gcm(sztp_ctx_t *ctx, sztp__span_t key, int direction, sztp__span_t nonce, sztp__span_t aad,
                      uint8_t *data, size_t len, uint8_t *tag, size_t tag_len, uint32_t *good) {
  const psa_algorithm_t alg = PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, tag_len);
  psa_aead_operation_t o = PSA_AEAD_OPERATION_INIT;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  passage_t p;
  p.data = data;
  p.len = len;
  p.taken = p.done = 0;
  psa_status_t status = import_aes(key, direction, alg, &id);
  if (status == PSA_SUCCESS)
    status = direction == SZTP__AES_ENCRYPT ? psa_aead_encrypt_setup(&o, id, alg)
                                            : psa_aead_decrypt_setup(&o, id, alg);
  if (status == PSA_SUCCESS) status = psa_aead_set_lengths(&o, aad.len, len);
  if (status == PSA_SUCCESS) status = psa_aead_set_nonce(&o, nonce.data, nonce.len);
  if (status == PSA_SUCCESS) status = psa_aead_update_ad(&o, aad.data, aad.len);
  if (status == PSA_SUCCESS) status = pass_gcm(&o, &p, direction, tag, tag_len);
  (void)psa_aead_abort(&o);
  (void)psa_destroy_key(id);
  sztp__wipe(p.octets, sizeof p.octets);
  *good = status == PSA_SUCCESS;
  if (status != PSA_SUCCESS && len > 0) sztp__wipe(data, len);
  return status == PSA_ERROR_INVALID_SIGNATURE ? SZTP_OK : aes_result(ctx, status);
}

/* ---- random -------------------------------------------------------------------------------------- */

/* PSA's generator is the process's, so that after fork() parent and child would get the same octets: it is
 * seeded each time, unless it is somebody else's (MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG). */
int32_t sztp__default_random(sztp_ctx_t *ctx, uint8_t *out, size_t len) {
  psa_status_t status = start();
  if (status == PSA_SUCCESS) status = psa_random_reseed(NULL, 0);
  if (status == PSA_ERROR_NOT_SUPPORTED) status = PSA_SUCCESS;
  if (status == PSA_SUCCESS && len > 0) status = psa_generate_random(out, len);
  if (status == PSA_SUCCESS) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_RANDOM, "crypto.random", "PSA error %d", (int)status);
}
