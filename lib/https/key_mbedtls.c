/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in software, by mbedTLS: read, checked against their certificate, used to decrypt. What
 * padding hides is judged here and not by mbedTLS, since the length of a right answer is known before:
 * nothing has to be looked for, and the hash of MGF1 may be another one than the label's. */
#include <stdlib.h>

#include <mbedtls/ecdh.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#include <sztp/device.h>
#include <sztp/error.h>

#include "cryptography/constant_time.h"
#include "https/tls_engine.h"

#define RSA_MAX 1024 /* octets of a modulus: 8192 bits */

/* ---- random generator and keys ------------------------------------------------------------------- */

int32_t sztp__tls_engine_new(sztp__tls_engine_t **out) {
  sztp__tls_engine_t *e = calloc(1, sizeof *e);
  if (e == NULL) return SZTP_ERR_MEMORY;
  mbedtls_entropy_init(&e->entropy);
  mbedtls_ctr_drbg_init(&e->random);
  for (size_t i = 0; i < SZTP__TLS_KEYS; i++) mbedtls_pk_init(&e->keys[i].pk);
  int32_t rc = SZTP_OK;
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  /* TLS 1.3 computes with PSA. Asking again is allowed. */
  if (psa_crypto_init() != PSA_SUCCESS) rc = SZTP_ERR_CRYPTO;
#endif
  if (rc == SZTP_OK && mbedtls_ctr_drbg_seed(&e->random, mbedtls_entropy_func, &e->entropy, NULL, 0) != 0)
    rc = SZTP_ERR_RANDOM;
  if (rc != SZTP_OK) {
    sztp__tls_engine_free(e);
    return rc;
  }
  *out = e;
  return SZTP_OK;
}

static void clear_key(sztp__tls_key_t *key) {
  mbedtls_pk_free(&key->pk); /* wipes it */
  free(key->certificate);
  key->certificate = NULL;
  key->certificate_len = 0;
}

void sztp__tls_engine_free(sztp__tls_engine_t *e) {
  if (e == NULL) return;
  for (size_t i = 0; i < SZTP__TLS_KEYS; i++) clear_key(&e->keys[i]);
  mbedtls_ctr_drbg_free(&e->random);
  mbedtls_entropy_free(&e->entropy);
  free(e);
}

int sztp__tls_engine_has_key(const sztp__tls_engine_t *e) {
  return e->keys[SZTP__TLS_KEY_IDENTITY].certificate != NULL;
}

/* PEM is told from DER by a NUL behind it, which is put there. */
static int parse_key(sztp__tls_engine_t *e, mbedtls_pk_context *key, const uint8_t *data, size_t len) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_parse_key(key, data, len, NULL, 0, mbedtls_ctr_drbg_random, &e->random);
#else
  (void)e;
  return mbedtls_pk_parse_key(key, data, len, NULL, 0);
#endif
}

static int is_pair(sztp__tls_engine_t *e, const mbedtls_pk_context *pub, const mbedtls_pk_context *key) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_check_pair(pub, key, mbedtls_ctr_drbg_random, &e->random) == 0;
#else
  (void)e;
  return mbedtls_pk_check_pair(pub, key) == 0;
#endif
}

static int32_t read_key(sztp__tls_engine_t *e, mbedtls_pk_context *key, const uint8_t *data, size_t len) {
  static const char dashes[] = "-----BEGIN";
  int pem = 0;
  for (size_t i = 0; !pem && i + sizeof dashes - 1 <= len; i++)
    pem = memcmp(data + i, dashes, sizeof dashes - 1) == 0;
  uint8_t *copy = malloc(len + 1);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  memcpy(copy, data, len);
  copy[len] = '\0';
  int rc = parse_key(e, key, copy, pem ? len + 1 : len);
  mbedtls_platform_zeroize(copy, len);
  free(copy);
  if (rc == MBEDTLS_ERR_PK_ALLOC_FAILED || rc == MBEDTLS_ERR_MPI_ALLOC_FAILED) return SZTP_ERR_MEMORY;
  return rc == 0 ? SZTP_OK : SZTP_ERR_KEY;
}

int32_t sztp__tls_engine_set_key(sztp__tls_engine_t *e, uint32_t which, sztp__span_t certificate,
                                 const uint8_t *key, size_t len) {
  mbedtls_x509_crt crt;
  sztp__tls_key_t fresh = {{0}, NULL, 0};
  mbedtls_x509_crt_init(&crt);
  mbedtls_pk_init(&fresh.pk);
  int32_t rc = read_key(e, &fresh.pk, key, len);
  if (rc == SZTP_OK && mbedtls_x509_crt_parse_der(&crt, certificate.data, certificate.len) != 0)
    rc = SZTP_ERR_KEY;
  if (rc == SZTP_OK && !is_pair(e, &crt.pk, &fresh.pk)) rc = SZTP_ERR_KEY;
  mbedtls_x509_crt_free(&crt);
  if (rc == SZTP_OK) {
    fresh.certificate = malloc(certificate.len);
    if (fresh.certificate == NULL) rc = SZTP_ERR_MEMORY;
  }
  if (rc != SZTP_OK) {
    clear_key(&fresh);
    return rc;
  }
  memcpy(fresh.certificate, certificate.data, certificate.len);
  fresh.certificate_len = certificate.len;
  clear_key(&e->keys[which]);
  e->keys[which] = fresh; /* moved: the inside of a key is behind a pointer */
  return SZTP_OK;
}

/* ---- decryption ---------------------------------------------------------------------------------- */

/* mbedTLS adds a lower module's code to a higher one's. */
static int32_t engine_failed(int code) {
  return -(-code & 0x7f) == MBEDTLS_ERR_MPI_ALLOC_FAILED || code == MBEDTLS_ERR_MD_ALLOC_FAILED
             ? SZTP_ERR_MEMORY
             : SZTP_ERR_KEY;
}

static const mbedtls_md_info_t *engine_md(uint64_t bits) {
  switch (bits) {
  case 1: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
  case 256: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
  case 384: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
  case 512: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
  default: return NULL;
  }
}

/* The next block of MGF1 (RFC 8017 B.2.1). */
static int mask_block(mbedtls_md_context_t *md, const uint8_t *seed, size_t seed_len, size_t counter,
                      uint8_t *out) {
  uint8_t number[4] = {0, 0, (uint8_t)(counter >> 8), (uint8_t)counter};
  int code = mbedtls_md_starts(md);
  if (code == 0) code = mbedtls_md_update(md, seed, seed_len);
  if (code == 0) code = mbedtls_md_update(md, number, sizeof number);
  return code == 0 ? mbedtls_md_finish(md, out) : code;
}

/* Takes the mask that MGF1 makes of @p seed off @p data. */
static int unmask(const mbedtls_md_info_t *hash, const uint8_t *seed, size_t seed_len, uint8_t *data,
                  size_t len) {
  uint8_t mask[MBEDTLS_MD_MAX_SIZE];
  size_t step = mbedtls_md_get_size(hash);
  mbedtls_md_context_t md;
  mbedtls_md_init(&md);
  int code = mbedtls_md_setup(&md, hash, 0);
  for (size_t at = 0; code == 0 && at < len; at++) {
    if (at % step == 0) code = mask_block(&md, seed, seed_len, at / step, mask);
    data[at] = (uint8_t)(data[at] ^ mask[at % step]);
  }
  mbedtls_md_free(&md);
  mbedtls_platform_zeroize(mask, sizeof mask);
  return code;
}

/* EME-OAEP decoding (RFC 8017 7.1.2, step 3) of @p block, in place. */
static int unpad_oaep(const sztp__key_use_t *use, uint8_t *block, size_t len, size_t wanted, uint32_t *good) {
  uint8_t label[MBEDTLS_MD_MAX_SIZE];
  const mbedtls_md_info_t *hash = engine_md(use->hash);
  const mbedtls_md_info_t *mgf = engine_md(use->mgf_hash);
  if (hash == NULL || mgf == NULL) return MBEDTLS_ERR_MD_FEATURE_UNAVAILABLE;
  size_t hash_len = mbedtls_md_get_size(hash);
  if (len < 2 * hash_len + 2) return MBEDTLS_ERR_RSA_BAD_INPUT_DATA;
  uint8_t *seed = block + 1;
  uint8_t *db = seed + hash_len;
  size_t db_len = len - hash_len - 1;
  int code = mbedtls_md(hash, use->label.data, use->label.len, label);
  if (code == 0) code = unmask(mgf, db, db_len, seed, hash_len);
  if (code == 0) code = unmask(mgf, seed, hash_len, db, db_len);
  *good = sztp__ct_oaep(block, len, label, hash_len, wanted);
  return code;
}

/* Whether the padding is right shows in nothing but the result, which is found without a branch (D-93). */
static int32_t decrypt_rsa(sztp__tls_engine_t *e, mbedtls_rsa_context *rsa, const sztp__key_use_t *use,
                           uint8_t *out, size_t wanted) {
  uint8_t block[RSA_MAX];
  uint32_t good = 0;
  size_t len = mbedtls_rsa_get_len(rsa);
  if (len > sizeof block || use->input.len != len || wanted > len) return SZTP_ERR_KEY;
  int code = mbedtls_rsa_private(rsa, mbedtls_ctr_drbg_random, &e->random, use->input.data, block);
  if (code == 0 && use->operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP)
    code = unpad_oaep(use, block, len, wanted, &good);
  else if (code == 0)
    good = sztp__ct_pkcs1(block, len, wanted);
  if (code == 0) memcpy(out, block + len - wanted, wanted);
  mbedtls_platform_zeroize(block, sizeof block);
  if (code != 0) return engine_failed(code);
  return (int32_t)sztp__ct_choose(good, (uint32_t)SZTP_OK, (uint32_t)SZTP_ERR_KEY);
}

static int32_t agree(sztp__tls_engine_t *e, mbedtls_ecp_keypair *pair, const sztp__key_use_t *use,
                     uint8_t *out, size_t wanted) {
  mbedtls_ecp_group *group = &pair->MBEDTLS_PRIVATE(grp);
  mbedtls_ecp_point peer;
  mbedtls_mpi secret;
  if (wanted != (group->pbits + 7) / 8) return SZTP_ERR_KEY;
  mbedtls_ecp_point_init(&peer);
  mbedtls_mpi_init(&secret);
  int code = mbedtls_ecp_point_read_binary(group, &peer, use->input.data, use->input.len);
  if (code == 0) code = mbedtls_ecp_check_pubkey(group, &peer);
  if (code == 0)
    code = mbedtls_ecdh_compute_shared(group, &secret, &peer, &pair->MBEDTLS_PRIVATE(d),
                                       mbedtls_ctr_drbg_random, &e->random);
  if (code == 0) code = mbedtls_mpi_write_binary(&secret, out, wanted);
  mbedtls_mpi_free(&secret); /* wipes it */
  mbedtls_ecp_point_free(&peer);
  return code == 0 ? SZTP_OK : engine_failed(code);
}

static int is_decryption(uint64_t operation) {
  return operation == SZTP_KEY_OP_DECRYPT_RSA_PKCS1 || operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP;
}

int32_t sztp__tls_engine_use_key(sztp__tls_engine_t *e, const sztp__key_use_t *use, uint8_t *out,
                                 size_t wanted) {
  sztp__tls_key_t *key = NULL;
  if (!is_decryption(use->operation) && use->operation != SZTP_KEY_OP_AGREE_ECDH) return SZTP_ERR_UNSUPPORTED;
  for (size_t i = 0; i < SZTP__TLS_KEYS && key == NULL; i++) {
    sztp__tls_key_t *k = &e->keys[i];
    if (k->certificate != NULL &&
        sztp__span_equal(use->certificate, sztp__span(k->certificate, k->certificate_len)))
      key = k;
  }
  if (key == NULL) return SZTP_ERR_NOT_FOUND;
  if (use->operation == SZTP_KEY_OP_AGREE_ECDH && mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_ECKEY_DH))
    return agree(e, mbedtls_pk_ec(key->pk), use, out, wanted);
  if (is_decryption(use->operation) && mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_RSA))
    return decrypt_rsa(e, mbedtls_pk_rsa(key->pk), use, out, wanted);
  return SZTP_ERR_UNSUPPORTED;
}
