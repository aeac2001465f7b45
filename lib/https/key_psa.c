/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in software, by the PSA interface alone: read, checked against their certificate, used to
 * decrypt and to sign. A key is PSA's for the time of one operation, since PSA binds a key to one algorithm.
 * PSA takes encryption padding off itself; RSA keys that it does not take, and OAEP with two hashes, it has
 * no call for. */
#include <stdlib.h>

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER < 0x03060600 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "this mbedTLS is not supported: libsztp-https with CRYPTO=psa works with 3.6, from 3.6.6 on"
#endif

#include <psa/crypto.h>

#include <sztp/ctx.h>
#include <sztp/device.h>
#include <sztp/error.h>

#include "formats/armor.h"
#include "formats/der.h"
#include "formats/plain_key.h"
#include "https/certified_key.h"
#include "https/private_key.h"
#include "https/random_source.h"

#define RSA_MAX      PSA_BITS_TO_BYTES(PSA_VENDOR_RSA_MAX_KEY_BITS) /* octets of a modulus */
#define KEY_FILE_MAX 65536
#define PUBLIC_MAX   PSA_EXPORT_PUBLIC_KEY_MAX_SIZE
#define EC_PAIR      PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)
#define RSA_BITS     3072 /* D-172 */
#define RSA_EXPORTED PSA_KEY_EXPORT_RSA_KEY_PAIR_MAX_SIZE(RSA_BITS)

#if defined(PSA_WANT_ALG_DETERMINISTIC_ECDSA)
#define ECDSA(hash) PSA_ALG_DETERMINISTIC_ECDSA(hash)
#else
#define ECDSA(hash) PSA_ALG_ECDSA(hash)
#endif

struct sztp__key_engine {
  sztp_ctx_t *ctx; /* for memory that readers and writers want */
  sztp__random_source_t *random;
};

struct sztp__private_key {
  uint32_t curve_bits; /* EC; 0: RSA */
  size_t len;
  uint8_t *octets; /* as PSA imports it */
  int64_t matched; /* SZTP_ABLE_MATCHED, or 0 */
};

/* ---- PSA ----------------------------------------------------------------------------------------- */

static int32_t use_failed(psa_status_t status) {
  switch (status) {
  case PSA_SUCCESS: return SZTP_OK;
  case PSA_ERROR_INSUFFICIENT_MEMORY: return SZTP_ERR_MEMORY;
  case PSA_ERROR_NOT_SUPPORTED: return SZTP_ERR_UNSUPPORTED;
  default: return SZTP_ERR_KEY;
  }
}

/* PSA takes random octets without asking: its generator is made another one in a child of fork() than in the
 * parent first, by an octet that nobody needs. */
static int32_t own_random(sztp__key_engine_t *e) {
  uint8_t octet;
  return sztp__random_octets(e->random, &octet, sizeof octet) == 0 ? SZTP_OK : SZTP_ERR_KEY;
}

/* The key as PSA's own, for one algorithm. */
static psa_status_t import_key(const sztp__private_key_t *key, psa_key_usage_t usage, psa_algorithm_t alg,
                               psa_key_id_t *out) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, key->curve_bits != 0 ? EC_PAIR : PSA_KEY_TYPE_RSA_KEY_PAIR);
  psa_set_key_bits(&attributes, key->curve_bits);
  psa_set_key_usage_flags(&attributes, usage);
  psa_set_key_algorithm(&attributes, alg);
  return psa_import_key(&attributes, key->octets, key->len, out);
}

/* ---- reading ------------------------------------------------------------------------------------- */

int32_t sztp__key_engine_new(sztp__key_engine_t **out) {
  sztp__key_engine_t *e = calloc(1, sizeof *e);
  if (e == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = sztp__random_source_new(&e->random);
  if (rc == SZTP_OK) rc = sztp_ctx_new(NULL, &e->ctx);
  if (rc != SZTP_OK) {
    sztp__key_engine_free(e);
    return rc;
  }
  *out = e;
  return SZTP_OK;
}

void sztp__key_engine_free(sztp__key_engine_t *e) {
  if (e == NULL) return;
  sztp_ctx_free(e->ctx);
  sztp__random_source_free(e->random);
  free(e);
}

static int32_t keep(const sztp__plain_key_t *plain, sztp__private_key_t *key) {
  int ec = plain->curve_bits != 0;
  key->curve_bits = plain->curve_bits;
  key->len = ec ? sztp__plain_key_field(plain->curve_bits) : plain->octets.len;
  key->octets = malloc(ec ? SZTP__SCALAR_MAX : key->len);
  if (key->octets == NULL) return SZTP_ERR_MEMORY;
  if (ec)
    sztp__plain_key_number(plain, key->octets);
  else
    memcpy(key->octets, plain->octets.data, key->len);
  return SZTP_OK;
}

/* What PSA does not take is no key to it. */
static int32_t try_key(const sztp__private_key_t *key) {
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_status_t status = import_key(key, 0, PSA_ALG_NONE, &id);
  (void)psa_destroy_key(id);
  return status == PSA_ERROR_NOT_SUPPORTED ? SZTP_ERR_KEY : use_failed(status);
}

int32_t sztp__private_key_read(sztp__key_engine_t *e, const uint8_t *data, size_t len,
                               sztp__private_key_t **out) {
  sztp__buf_t der;
  sztp__plain_key_t plain;
  sztp__private_key_t *key = calloc(1, sizeof *key);
  if (key == NULL) return SZTP_ERR_MEMORY;
  sztp__buf_init(&der, e->ctx, KEY_FILE_MAX);
  sztp__trail_clear(e->ctx);
  int32_t rc = sztp__armor_remove(e->ctx, sztp__span(data, len), sztp__armor_key, &der);
  if (rc == SZTP_OK) rc = sztp__plain_key_read(sztp__buf_span(&der), &plain);
  if (rc == SZTP_OK) rc = keep(&plain, key);
  if (rc == SZTP_OK) rc = try_key(key);
  sztp__buf_clear(&der); /* wipes it */
  if (rc == SZTP_OK) {
    *out = key;
    return SZTP_OK;
  }
  sztp__private_key_free(key);
  return rc == SZTP_ERR_MEMORY ? rc : SZTP_ERR_KEY;
}

void sztp__private_key_free(sztp__private_key_t *key) {
  if (key == NULL) return;
  if (key->octets != NULL) sztp__wipe(key->octets, key->len);
  free(key->octets);
  free(key);
}

/* The public half, as PSA has it: RSAPublicKey, or a point that is not compressed. */
static psa_status_t public_half(psa_key_id_t id, uint8_t out[PUBLIC_MAX], size_t *len) {
  return psa_export_public_key(id, out, PUBLIC_MAX, len);
}

/* PSA computes the public half of an EC key. */
int32_t sztp__private_key_fits(sztp__key_engine_t *e, sztp__private_key_t *key, sztp__span_t certificate) {
  uint8_t own[PUBLIC_MAX];
  size_t len = 0;
  sztp__span_t wanted;
  uint32_t curve_bits = 0;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  (void)e;
  if (sztp__certified_key(certificate, &curve_bits, &wanted) != SZTP_OK || curve_bits != key->curve_bits)
    return SZTP_ERR_KEY;
  psa_status_t status = import_key(key, 0, PSA_ALG_NONE, &id);
  if (status == PSA_SUCCESS) status = public_half(id, own, &len);
  (void)psa_destroy_key(id);
  if (status != PSA_SUCCESS) return use_failed(status);
  if (!sztp__span_equal(wanted, sztp__span(own, len))) return SZTP_ERR_KEY;
  key->matched = curve_bits != 0 ? SZTP_ABLE_MATCHED : 0;
  return SZTP_OK;
}

/* ---- making -------------------------------------------------------------------------------------- */

static psa_status_t generate_key(uint32_t curve_bits, psa_key_id_t *out) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, curve_bits != 0 ? EC_PAIR : PSA_KEY_TYPE_RSA_KEY_PAIR);
  psa_set_key_bits(&attributes, curve_bits != 0 ? curve_bits : RSA_BITS);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
  return psa_generate_key(&attributes, out);
}

static int32_t put_private(sztp__buf_t *pem, sztp__span_t identifier, const sztp__plain_key_t *key) {
  sztp__buf_t der;
  sztp__buf_init(&der, pem->ctx, KEY_FILE_MAX);
  int32_t rc = sztp__plain_key_put(&der, identifier, key);
  if (rc == SZTP_OK) rc = sztp__pem_put(pem, "PRIVATE KEY", sztp__buf_span(&der));
  sztp__buf_clear(&der); /* wipes it */
  return rc;
}

static int32_t put_public(sztp__buf_t *spki, sztp__span_t identifier, sztp__span_t key) {
  size_t whole = 0;
  size_t bits = 0;
  sztp__der_open(spki, SZTP__DER_SEQUENCE, &whole);
  sztp__buf_add_span(spki, identifier);
  sztp__der_open(spki, SZTP__DER_BIT_STRING, &bits);
  sztp__buf_add_u8(spki, 0);
  sztp__buf_add_span(spki, key);
  sztp__der_close(spki, bits);
  return sztp__der_close(spki, whole);
}

/* Both halves of a key that PSA holds, each in its form. */
static int32_t tell_key(psa_key_id_t id, sztp__span_t identifier, uint32_t curve_bits, sztp__buf_t *pem,
                        sztp__buf_t *spki) {
  uint8_t octets[RSA_EXPORTED];
  uint8_t public_key[PUBLIC_MAX];
  size_t len = 0;
  size_t public_len = 0;
  psa_status_t status = psa_export_key(id, octets, sizeof octets, &len);
  if (status == PSA_SUCCESS) status = public_half(id, public_key, &public_len);
  int32_t rc = use_failed(status);
  const sztp__plain_key_t key = {curve_bits, sztp__span(octets, len), sztp__span(NULL, 0)};
  if (rc == SZTP_OK) rc = put_private(pem, identifier, &key);
  if (rc == SZTP_OK) rc = put_public(spki, identifier, sztp__span(public_key, public_len));
  sztp__wipe(octets, sizeof octets);
  return rc;
}

/* Moves what was made to the caller's memory. */
static int32_t hand_out(const sztp__buf_t *made, uint8_t *out, size_t *len) {
  if (made->len > *len) return SZTP_ERR_KEY;
  memcpy(out, made->data, made->len);
  *len = made->len;
  return SZTP_OK;
}

int32_t sztp__private_key_make(sztp__key_engine_t *e, sztp__span_t identifier, uint8_t *pem, size_t *pem_len,
                               uint8_t *spki, size_t *spki_len) {
  psa_key_id_t id = PSA_KEY_ID_NULL;
  uint32_t curve_bits = 0;
  sztp__buf_t text;
  sztp__buf_t octets;
  if (sztp__plain_key_kind(identifier, &curve_bits) != SZTP_OK) return SZTP_ERR_UNSUPPORTED;
  sztp__trail_clear(e->ctx);
  sztp__buf_init(&text, e->ctx, KEY_FILE_MAX);
  sztp__buf_init(&octets, e->ctx, KEY_FILE_MAX);
  int32_t rc = own_random(e);
  if (rc == SZTP_OK) rc = use_failed(generate_key(curve_bits, &id));
  if (rc == SZTP_OK) rc = tell_key(id, identifier, curve_bits, &text, &octets);
  if (rc == SZTP_OK) rc = hand_out(&text, pem, pem_len);
  if (rc == SZTP_OK) rc = hand_out(&octets, spki, spki_len);
  (void)psa_destroy_key(id);
  sztp__buf_clear(&text); /* wipes it */
  sztp__buf_clear(&octets);
  return rc;
}

/* ---- hashes -------------------------------------------------------------------------------------- */

static psa_algorithm_t hash_alg(int64_t bits) {
  switch (bits) {
  case 1: return PSA_ALG_SHA_1;
  case 256: return PSA_ALG_SHA_256;
  case 384: return PSA_ALG_SHA_384;
  case 512: return PSA_ALG_SHA_512;
  default: return PSA_ALG_NONE;
  }
}

/* The hash that a digest to sign is by; NONE if it is not one to sign, or not as long. */
static psa_algorithm_t digest_alg(const sztp__key_use_t *use) {
  psa_algorithm_t alg = use->hash == 1 ? PSA_ALG_NONE : hash_alg(use->hash);
  return alg != PSA_ALG_NONE && use->input.len == PSA_HASH_LENGTH(alg) ? alg : PSA_ALG_NONE;
}

/* ---- decryption ---------------------------------------------------------------------------------- */

/* What PSA says of the padding goes into the result alone: the rest is done whether it is right or not. */
static int32_t decrypt_rsa(psa_key_id_t id, psa_algorithm_t alg, const sztp__key_use_t *use, uint8_t *out,
                           size_t wanted) {
  uint8_t block[RSA_MAX] = {0};
  size_t len = 0;
  sztp__span_t label = use->operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP ? use->label : sztp__span(NULL, 0);
  if (wanted > sizeof block) return SZTP_ERR_KEY;
  psa_status_t status = psa_asymmetric_decrypt(id, alg, use->input.data, use->input.len, label.data,
                                               label.len, block, sizeof block, &len);
  memcpy(out, block, wanted);
  sztp__wipe(block, sizeof block);
  if (status == PSA_ERROR_INSUFFICIENT_MEMORY) return SZTP_ERR_MEMORY;
  return status == PSA_SUCCESS && len == wanted ? SZTP_OK : SZTP_ERR_KEY;
}

/* NONE for OAEP with two hashes, which PSA has no name for. */
static psa_algorithm_t decrypt_alg(const sztp__key_use_t *use) {
  if (use->operation == SZTP_KEY_OP_DECRYPT_RSA_PKCS1) return PSA_ALG_RSA_PKCS1V15_CRYPT;
  if (use->hash != use->mgf_hash || hash_alg(use->hash) == PSA_ALG_NONE) return PSA_ALG_NONE;
  return PSA_ALG_RSA_OAEP(hash_alg(use->hash));
}

/* ---- one use ------------------------------------------------------------------------------------- */

static int32_t signed_or_agreed(psa_status_t status, size_t len, size_t wanted) {
  if (status == PSA_SUCCESS && len != wanted) return SZTP_ERR_KEY;
  return status == PSA_SUCCESS ? SZTP_OK : use_failed(status);
}

static int32_t sign(const sztp__private_key_t *key, psa_algorithm_t alg, const sztp__key_use_t *use,
                    uint8_t *out, size_t wanted) {
  psa_key_id_t id = PSA_KEY_ID_NULL;
  size_t len = 0;
  if (digest_alg(use) == PSA_ALG_NONE) return SZTP_ERR_KEY;
  psa_status_t status = import_key(key, PSA_KEY_USAGE_SIGN_HASH, alg, &id);
  if (status == PSA_SUCCESS)
    status = psa_sign_hash(id, alg, use->input.data, use->input.len, out, wanted, &len);
  (void)psa_destroy_key(id);
  return signed_or_agreed(status, len, wanted);
}

static int32_t agree(const sztp__private_key_t *key, const sztp__key_use_t *use, uint8_t *out,
                     size_t wanted) {
  psa_key_id_t id = PSA_KEY_ID_NULL;
  size_t len = 0;
  psa_status_t status = import_key(key, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, &id);
  if (status == PSA_SUCCESS)
    status = psa_raw_key_agreement(PSA_ALG_ECDH, id, use->input.data, use->input.len, out, wanted, &len);
  (void)psa_destroy_key(id);
  return signed_or_agreed(status, len, wanted);
}

static int32_t decrypt(const sztp__private_key_t *key, const sztp__key_use_t *use, uint8_t *out,
                       size_t wanted) {
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_algorithm_t alg = decrypt_alg(use);
  if (alg == PSA_ALG_NONE) return SZTP_ERR_UNSUPPORTED;
  int32_t rc = use_failed(import_key(key, PSA_KEY_USAGE_DECRYPT, alg, &id));
  if (rc == SZTP_OK) rc = decrypt_rsa(id, alg, use, out, wanted);
  (void)psa_destroy_key(id);
  return rc;
}

static int32_t use_rsa(const sztp__private_key_t *key, const sztp__key_use_t *use, uint8_t *out,
                       size_t wanted) {
  switch (use->operation) {
  case SZTP_KEY_OP_DECRYPT_RSA_PKCS1:
  case SZTP_KEY_OP_DECRYPT_RSA_OAEP: return decrypt(key, use, out, wanted);
  case SZTP_KEY_OP_SIGN_RSA_PKCS1:
    return sign(key, PSA_ALG_RSA_PKCS1V15_SIGN(digest_alg(use)), use, out, wanted);
  case SZTP_KEY_OP_SIGN_RSA_PSS: return sign(key, PSA_ALG_RSA_PSS(digest_alg(use)), use, out, wanted);
  case SZTP_KEY_OP_QUERY: return sztp__private_key_abilities(SZTP__RSA_ABLE, out, wanted);
  default: return SZTP_ERR_UNSUPPORTED;
  }
}

static int32_t use_ec(const sztp__private_key_t *key, const sztp__key_use_t *use, uint8_t *out,
                      size_t wanted) {
  switch (use->operation) {
  case SZTP_KEY_OP_AGREE_ECDH: return agree(key, use, out, wanted);
  case SZTP_KEY_OP_SIGN_ECDSA: return sign(key, ECDSA(digest_alg(use)), use, out, wanted);
  case SZTP_KEY_OP_QUERY: return sztp__private_key_abilities(SZTP__EC_ABLE | key->matched, out, wanted);
  default: return SZTP_ERR_UNSUPPORTED;
  }
}

int32_t sztp__private_key_use(sztp__key_engine_t *e, sztp__private_key_t *key, const sztp__key_use_t *use,
                              uint8_t *out, size_t wanted) {
  int32_t rc = own_random(e);
  if (rc != SZTP_OK) return rc;
  return key->curve_bits != 0 ? use_ec(key, use, out, wanted) : use_rsa(key, use, out, wanted);
}
