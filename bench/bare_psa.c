/* SPDX-License-Identifier: Apache-2.0 */
/* The bare operations with PSA; the one file of the benchmark that knows it. */
#include "bench/bare.h"

#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/version.h>
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

const char *bare_name(void) { return MBEDTLS_VERSION_STRING_FULL " by PSA"; }

typedef struct piece {
  psa_key_type_t type;
  psa_algorithm_t alg;
  uint8_t key[PSA_EXPORT_PUBLIC_KEY_MAX_SIZE];
  size_t key_len;
  uint8_t signature[PSA_SIGNATURE_MAX_SIZE];
  size_t signature_len;
} piece_t;

struct bare {
  piece_t pieces[BARE_MAX];
  size_t count;
  uint8_t digest[32];
  psa_key_id_t pair; /* for the agreement, with its own public key */
  uint8_t peer[PSA_EXPORT_PUBLIC_KEY_MAX_SIZE];
  size_t peer_len;
};

/* A private key out of PEM into PSA, to sign with. */
static psa_status_t take_key(piece_t *p, const uint8_t *pem, size_t len, psa_key_id_t *id) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  mbedtls_pk_context pk;
  mbedtls_pk_init(&pk);
  int rc = mbedtls_pk_parse_key(&pk, pem, len + 1, NULL, 0, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
  if (rc == 0) rc = mbedtls_pk_get_psa_attributes(&pk, PSA_KEY_USAGE_SIGN_HASH, &attributes);
  int rsa = PSA_KEY_TYPE_IS_RSA(psa_get_key_type(&attributes));
  p->alg = rsa ? PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256) : PSA_ALG_ECDSA(PSA_ALG_SHA_256);
  p->type = rsa ? PSA_KEY_TYPE_RSA_PUBLIC_KEY : PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1);
  psa_set_key_algorithm(&attributes, p->alg);
  if (rc == 0) rc = mbedtls_pk_import_into_psa(&pk, &attributes, id);
  mbedtls_pk_free(&pk);
  return rc == 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

static psa_status_t make_piece(piece_t *p, const uint8_t *pem, size_t len, const uint8_t digest[32]) {
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_status_t status = take_key(p, pem, len, &id);
  if (status == PSA_SUCCESS)
    status = psa_sign_hash(id, p->alg, digest, 32, p->signature, sizeof p->signature, &p->signature_len);
  if (status == PSA_SUCCESS) status = psa_export_public_key(id, p->key, sizeof p->key, &p->key_len);
  (void)psa_destroy_key(id);
  return status;
}

bare_t *bare_new(const uint8_t *const keys[], const size_t lens[], size_t count) {
  bare_t *b = count <= BARE_MAX ? (bare_t *)calloc(1, sizeof *b) : NULL;
  psa_status_t status = b != NULL ? psa_crypto_init() : PSA_ERROR_INSUFFICIENT_MEMORY;
  if (status == PSA_SUCCESS) status = psa_generate_random(b->digest, sizeof b->digest);
  for (size_t i = 0; status == PSA_SUCCESS && i < count; i++)
    status = make_piece(&b->pieces[i], keys[i], lens[i], b->digest);
  if (status == PSA_SUCCESS) {
    b->count = count;
    return b;
  }
  free(b);
  return NULL;
}

static psa_status_t verify_piece(const piece_t *p, const uint8_t digest[32]) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_key_id_t id = PSA_KEY_ID_NULL;
  psa_set_key_type(&attributes, p->type);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_HASH);
  psa_set_key_algorithm(&attributes, p->alg);
  psa_status_t status = psa_import_key(&attributes, p->key, p->key_len, &id);
  if (status == PSA_SUCCESS) status = psa_verify_hash(id, p->alg, digest, 32, p->signature, p->signature_len);
  (void)psa_destroy_key(id);
  return status;
}

int bare_verify(const bare_t *b) {
  psa_status_t status = PSA_SUCCESS;
  for (size_t i = 0; status == PSA_SUCCESS && i < b->count; i++)
    status = verify_piece(&b->pieces[i], b->digest);
  return status == PSA_SUCCESS ? 0 : -1;
}

int bare_agree_prepare(bare_t *b) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECDH);
  psa_status_t status = psa_generate_key(&attributes, &b->pair);
  if (status == PSA_SUCCESS) status = psa_export_public_key(b->pair, b->peer, sizeof b->peer, &b->peer_len);
  return status == PSA_SUCCESS ? 0 : -1;
}

int bare_agree(bare_t *b, size_t count) {
  uint8_t secret[32];
  size_t len = 0;
  psa_status_t status = PSA_SUCCESS;
  for (size_t i = 0; status == PSA_SUCCESS && i < count; i++)
    status = psa_raw_key_agreement(PSA_ALG_ECDH, b->pair, b->peer, b->peer_len, secret, sizeof secret, &len);
  return status == PSA_SUCCESS ? 0 : -1;
}

void bare_free(bare_t *b) {
  if (b != NULL) (void)psa_destroy_key(b->pair);
  free(b);
}

int bare_hash(const uint8_t *chunk, size_t len, size_t count, uint8_t out[32]) {
  psa_hash_operation_t sha = PSA_HASH_OPERATION_INIT;
  size_t done = 0;
  psa_status_t status = psa_crypto_init();
  if (status == PSA_SUCCESS) status = psa_hash_setup(&sha, PSA_ALG_SHA_256);
  for (size_t i = 0; status == PSA_SUCCESS && i < count; i++) status = psa_hash_update(&sha, chunk, len);
  if (status == PSA_SUCCESS) status = psa_hash_finish(&sha, out, 32, &done);
  (void)psa_hash_abort(&sha);
  return status == PSA_SUCCESS ? 0 : -1;
}
