/* SPDX-License-Identifier: Apache-2.0 */
/* crypto.h with mbedTLS 2.28 or 3.6. No object of the library outlives a call, but for running hashes. */
#include "cryptography/crypto.h"

#include <mbedtls/version.h>

/* ---- which mbedTLS ------------------------------------------------------------------------------- */

/* Said before anything that such a version or configuration does not have is missed. */
#if MBEDTLS_VERSION_NUMBER < 0x021c0000 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "this mbedTLS is not supported: libsztp works with 2.28 and 3.6"
#endif
#if !defined(MBEDTLS_SHA256_C)
#error "this mbedTLS lacks MBEDTLS_SHA256_C: every signature and digest takes it"
#endif
#if !defined(MBEDTLS_MD_C)
#error "this mbedTLS lacks MBEDTLS_MD_C: hashes"
#endif
#if !defined(MBEDTLS_PK_PARSE_C)
#error "this mbedTLS lacks MBEDTLS_PK_PARSE_C: public keys"
#endif
#if !defined(MBEDTLS_ECP_C)
#error "this mbedTLS lacks MBEDTLS_ECP_C: keys on curves"
#endif
#if !defined(MBEDTLS_ECDSA_C)
#error "this mbedTLS lacks MBEDTLS_ECDSA_C: signatures"
#endif
#if !defined(MBEDTLS_RSA_C)
#error "this mbedTLS lacks MBEDTLS_RSA_C: signatures"
#endif
#if !defined(MBEDTLS_PKCS1_V21)
#error "this mbedTLS lacks MBEDTLS_PKCS1_V21: signatures with RSASSA-PSS"
#endif
#if !defined(MBEDTLS_AES_C)
#error "this mbedTLS lacks MBEDTLS_AES_C: encrypted artifacts"
#endif
#if !defined(MBEDTLS_CIPHER_MODE_CBC)
#error "this mbedTLS lacks MBEDTLS_CIPHER_MODE_CBC: encrypted artifacts"
#endif
#if !defined(MBEDTLS_GCM_C)
#error "this mbedTLS lacks MBEDTLS_GCM_C: encrypted artifacts"
#endif
#if !defined(MBEDTLS_CTR_DRBG_C)
#error "this mbedTLS lacks MBEDTLS_CTR_DRBG_C: the random octets of a context without a function for them"
#endif
#if !defined(MBEDTLS_ENTROPY_C)
#error "this mbedTLS lacks MBEDTLS_ENTROPY_C: the random octets of a context without a function for them"
#endif

#include <mbedtls/aes.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#if MBEDTLS_VERSION_MAJOR >= 3 && (defined(MBEDTLS_USE_PSA_CRYPTO) || defined(MBEDTLS_MD_SOME_PSA))
#include <psa/crypto.h>
#define NEEDS_PSA 1
#else
#define NEEDS_PSA 0
#endif

#include "cryptography/base_point_mbedtls.h"
#include "cryptography/entropy_mbedtls.h"

#if NEEDS_PSA && !defined(MBEDTLS_THREADING_C) && !defined(SZTP_SINGLE_THREAD)
#error                                                                                                       \
    "mbedTLS goes through PSA without MBEDTLS_THREADING_C: set it, or SZTP_SINGLE_THREAD (see sztp/types.h)"
#endif

/* A build of mbedTLS may route everything through PSA, which has to be started; again does no harm. */
static int start_library(void) {
#if NEEDS_PSA
  return psa_crypto_init() == PSA_SUCCESS;
#else
  return 1;
#endif
}

static mbedtls_md_type_t md_type(uint32_t hash) {
  switch (hash) {
  case SZTP__HASH_MD5: return MBEDTLS_MD_MD5;
  case SZTP__HASH_SHA1: return MBEDTLS_MD_SHA1;
  case SZTP__HASH_SHA224: return MBEDTLS_MD_SHA224;
  case SZTP__HASH_SHA256: return MBEDTLS_MD_SHA256;
  case SZTP__HASH_SHA384: return MBEDTLS_MD_SHA384;
  case SZTP__HASH_SHA512: return MBEDTLS_MD_SHA512;
  default: return MBEDTLS_MD_NONE;
  }
}

/* ---- hashes -------------------------------------------------------------------------------------- */

struct sztp__hash {
  sztp_ctx_t *ctx;
  mbedtls_md_context_t md;
};

static int32_t hash_failed(sztp_ctx_t *ctx, int code) {
  if (code == MBEDTLS_ERR_MD_ALLOC_FAILED)
    return sztp__fail(ctx, SZTP_ERR_MEMORY, "crypto.hash", "no memory in the cryptographic library");
  return sztp__fail(ctx, SZTP_ERR_CRYPTO, "crypto.hash", "mbedTLS error -0x%04x", (unsigned)-code);
}

int32_t sztp__hash_new(sztp_ctx_t *ctx, uint32_t hash, sztp__hash_t **out) {
  *out = NULL;
  const mbedtls_md_info_t *info = mbedtls_md_info_from_type(md_type(hash));
  if (info == NULL || !start_library())
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.hash",
                      "the cryptographic library has no such hash");
  sztp__hash_t *h = sztp__alloc(ctx, sizeof *h);
  if (h == NULL) return SZTP_ERR_MEMORY;
  h->ctx = ctx;
  mbedtls_md_init(&h->md);
  int code = mbedtls_md_setup(&h->md, info, 0);
  if (code == 0) code = mbedtls_md_starts(&h->md);
  if (code != 0) {
    sztp__hash_free(h);
    return hash_failed(ctx, code);
  }
  *out = h;
  return SZTP_OK;
}

int32_t sztp__hash_update(sztp__hash_t *h, const void *data, size_t len) {
  if (len == 0) return SZTP_OK;
  if (!sztp__work_hash(h->ctx, len))
    return sztp__fail(h->ctx, SZTP_ERR_LIMIT, "crypto.hash", "more to hash than one verification may cost");
  int code = mbedtls_md_update(&h->md, (const unsigned char *)data, len);
  return code == 0 ? SZTP_OK : hash_failed(h->ctx, code);
}

int32_t sztp__hash_finish(sztp__hash_t *h, uint8_t out[SZTP__HASH_MAX], size_t *len) {
#if MBEDTLS_VERSION_MAJOR >= 3
  const mbedtls_md_info_t *info = mbedtls_md_info_from_ctx(&h->md);
#else
  const mbedtls_md_info_t *info = h->md.md_info;
#endif
  int code = mbedtls_md_finish(&h->md, out);
  if (code != 0) return hash_failed(h->ctx, code);
  *len = mbedtls_md_get_size(info);
  return SZTP_OK;
}

void sztp__hash_free(sztp__hash_t *h) {
  if (h == NULL) return;
  mbedtls_md_free(&h->md);
  sztp__free(h->ctx, h);
}

/* ---- signatures ---------------------------------------------------------------------------------- */

/* Whether @p code (a module's code, a lower module's added to it) says that memory ran out. Every other
 * failure of a verification counts as a bad signature. */
static int out_of_memory(int code) {
  int low = -(-code & 0x7f);
  int high = -(-code & ~0x7f);
  return low == MBEDTLS_ERR_MPI_ALLOC_FAILED || high == MBEDTLS_ERR_PK_ALLOC_FAILED ||
         high == MBEDTLS_ERR_ECP_ALLOC_FAILED || high == MBEDTLS_ERR_MD_ALLOC_FAILED;
}

/* Not mbedtls_pk_verify_ext(): a build that goes through PSA accepts any salt length there. */
static int verify_pss(mbedtls_pk_context *pk, const sztp__sigalg_t *alg, sztp__span_t digest,
                      sztp__span_t signature) {
#if MBEDTLS_VERSION_MAJOR >= 3
  return mbedtls_rsa_rsassa_pss_verify_ext(mbedtls_pk_rsa(*pk), md_type(alg->hash), (unsigned)digest.len,
                                           digest.data, md_type(alg->mgf_hash), (int)alg->salt_len,
                                           signature.data);
#else
  return mbedtls_rsa_rsassa_pss_verify_ext(mbedtls_pk_rsa(*pk), NULL, NULL, MBEDTLS_RSA_PUBLIC,
                                           md_type(alg->hash), (unsigned)digest.len, digest.data,
                                           md_type(alg->mgf_hash), (int)alg->salt_len, signature.data);
#endif
}

/* An RSA key number by number: reading it whole, the library knows rsaEncryption alone, and says of want of
 * memory that the key is bad. */
static int take_rsa(mbedtls_pk_context *pk, const sztp__keyinfo_t *key) {
  int code = mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
  if (code != 0) return code;
  mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*pk);
  code = mbedtls_rsa_import_raw(rsa, key->modulus.data, key->modulus.len, NULL, 0, NULL, 0, NULL, 0,
                                key->exponent.data, key->exponent.len);
  if (code == 0) code = mbedtls_rsa_complete(rsa);
  return code != 0 ? code : mbedtls_rsa_check_pubkey(rsa);
}

static int take_key(mbedtls_pk_context *pk, sztp__span_t spki, const sztp__keyinfo_t *key) {
  unsigned char *p = (unsigned char *)(uintptr_t)spki.data; /* only read, whatever the type says */
  if (SZTP__RSA && key->type == SZTP__KEY_RSA) return take_rsa(pk, key);
  int code = mbedtls_pk_parse_subpubkey(&p, spki.data + spki.len, pk);
  if (code == 0) sztp__base_point(pk);
  return code;
}

int32_t sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                             const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature) {
  if (!start_library()) return sztp__fail(ctx, SZTP_ERR_CRYPTO, "crypto.verify", "PSA does not start");
  mbedtls_pk_context pk;
  mbedtls_pk_init(&pk);
  int code = take_key(&pk, spki, key);
  if (code != 0) {
    mbedtls_pk_free(&pk);
    if (out_of_memory(code))
      return sztp__fail(ctx, SZTP_ERR_CRYPTO, "crypto.verify", "no memory in the cryptographic library");
    return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.verify",
                      "mbedTLS does not take the public key: error -0x%04x", (unsigned)-code);
  }
  if (SZTP__RSA && alg->scheme == SZTP__SIG_RSA_PSS) {
    code = verify_pss(&pk, alg, digest, signature);
  } else if (SZTP__BASE_POINT && key->type == SZTP__KEY_EC) {
    /* mbedtls_pk_verify() copies the key, without what was computed of its curve */
    code = mbedtls_ecdsa_read_signature(mbedtls_pk_ec(pk), digest.data, digest.len, signature.data,
                                        signature.len);
  } else {
    code = mbedtls_pk_verify(&pk, md_type(alg->hash), digest.data, digest.len, signature.data, signature.len);
  }
  mbedtls_pk_free(&pk);
  if (code == 0) return SZTP_OK;
  if (out_of_memory(code))
    return sztp__fail(ctx, SZTP_ERR_CRYPTO, "crypto.verify", "no memory in the cryptographic library");
  return sztp__fail(ctx, SZTP_ERR_CMS_SIGNATURE_INVALID, "crypto.verify",
                    "the signature does not verify with this key");
}

/* ---- points -------------------------------------------------------------------------------------- */

static mbedtls_ecp_group_id group_of(uint32_t curve) {
  switch (curve) {
  case SZTP__CURVE_P256: return MBEDTLS_ECP_DP_SECP256R1;
  case SZTP__CURVE_P384: return MBEDTLS_ECP_DP_SECP384R1;
  case SZTP__CURVE_P521: return MBEDTLS_ECP_DP_SECP521R1;
  default: return MBEDTLS_ECP_DP_NONE;
  }
}

int32_t sztp__point_check(sztp_ctx_t *ctx, uint32_t curve, sztp__span_t point, int *valid) {
  mbedtls_ecp_group group;
  mbedtls_ecp_point q;
  mbedtls_ecp_group_init(&group);
  mbedtls_ecp_point_init(&q);
  int code = mbedtls_ecp_group_load(&group, group_of(curve));
  if (code == 0) code = mbedtls_ecp_point_read_binary(&group, &q, point.data, point.len);
  if (code == 0) code = mbedtls_ecp_check_pubkey(&group, &q);
  mbedtls_ecp_point_free(&q);
  mbedtls_ecp_group_free(&group);
  *valid = code == 0;
  if (!out_of_memory(code)) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_CRYPTO, "crypto.point", "no memory in the cryptographic library");
}

/* ---- AES ----------------------------------------------------------------------------------------- */

static int32_t aes_result(sztp_ctx_t *ctx, int code) {
  if (code == 0) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_CRYPTO, "crypto.aes", "mbedTLS error -0x%04x", (unsigned)-code);
}

static int aes_start(mbedtls_aes_context *aes, sztp__span_t key, int direction) {
  mbedtls_aes_init(aes);
  if (!start_library()) return MBEDTLS_ERR_AES_BAD_INPUT_DATA;
  unsigned bits = (unsigned)key.len * 8;
  return direction == SZTP__AES_ENCRYPT ? mbedtls_aes_setkey_enc(aes, key.data, bits)
                                        : mbedtls_aes_setkey_dec(aes, key.data, bits);
}

static int aes_mode(int direction) {
  return direction == SZTP__AES_ENCRYPT ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT;
}

int32_t sztp__aes_block(sztp_ctx_t *ctx, sztp__span_t key, int direction, uint8_t block[SZTP__AES_BLOCK]) {
  mbedtls_aes_context aes;
  int code = aes_start(&aes, key, direction);
  if (code == 0) code = mbedtls_aes_crypt_ecb(&aes, aes_mode(direction), block, block);
  mbedtls_aes_free(&aes);
  return aes_result(ctx, code);
}

int32_t sztp__aes_cbc(sztp_ctx_t *ctx, sztp__span_t key, int direction, const uint8_t iv[SZTP__AES_BLOCK],
                      uint8_t *data, size_t len) {
  mbedtls_aes_context aes;
  uint8_t chain[SZTP__AES_BLOCK];
  memcpy(chain, iv, sizeof chain);
  int code = aes_start(&aes, key, direction);
  if (code == 0) code = mbedtls_aes_crypt_cbc(&aes, aes_mode(direction), len, chain, data, data);
  mbedtls_aes_free(&aes);
  return aes_result(ctx, code);
}

int32_t sztp__aes_gcm(sztp_ctx_t *ctx, sztp__span_t key, int direction, sztp__span_t nonce, sztp__span_t aad,
                      uint8_t *data, size_t len, uint8_t *tag, size_t tag_len, uint32_t *good) {
  mbedtls_gcm_context gcm;
  mbedtls_gcm_init(&gcm);
  int code = start_library() ? 0 : MBEDTLS_ERR_GCM_BAD_INPUT;
  if (code == 0) code = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key.data, (unsigned)key.len * 8);
  if (code == 0 && direction == SZTP__AES_ENCRYPT)
    code = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, len, nonce.data, nonce.len, aad.data, aad.len,
                                     data, data, tag_len, tag);
  else if (code == 0)
    code = mbedtls_gcm_auth_decrypt(&gcm, len, nonce.data, nonce.len, aad.data, aad.len, tag, tag_len, data,
                                    data);
  mbedtls_gcm_free(&gcm);
  *good = code == 0;
  return code == MBEDTLS_ERR_GCM_AUTH_FAILED ? SZTP_OK : aes_result(ctx, code);
}

/* ---- random -------------------------------------------------------------------------------------- */

typedef struct generator {
  sztp__entropy_t entropy;
  mbedtls_ctr_drbg_context drbg;
} generator_t;

static int generate(generator_t *g, uint8_t *out, size_t len) {
  int code = mbedtls_ctr_drbg_seed(&g->drbg, sztp__entropy_octets, &g->entropy, NULL, 0);
  while (code == 0 && len > 0) {
    size_t step = len < MBEDTLS_CTR_DRBG_MAX_REQUEST ? len : MBEDTLS_CTR_DRBG_MAX_REQUEST;
    code = mbedtls_ctr_drbg_random(&g->drbg, out, step);
    out += step;
    len -= step;
  }
  return code;
}

int32_t sztp__default_random(sztp_ctx_t *ctx, uint8_t *out, size_t len) {
  generator_t *g = sztp__alloc(ctx, sizeof *g); /* too large for the stack */
  if (g == NULL) return SZTP_ERR_MEMORY;
  sztp__entropy_init(&g->entropy);
  mbedtls_ctr_drbg_init(&g->drbg);
  int code = generate(g, out, len);
  mbedtls_ctr_drbg_free(&g->drbg);
  sztp__entropy_free(&g->entropy);
  sztp__free_secret(ctx, g);
  if (code == 0) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_RANDOM, "crypto.random", "mbedTLS error -0x%04x", (unsigned)-code);
}
