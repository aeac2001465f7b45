/* SPDX-License-Identifier: Apache-2.0 */
/* Signs with mbedTLS (2.28 and 3.6). */
#include "artifacts/sign.h"

#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#if defined(MBEDTLS_USE_PSA_CRYPTO)
#include <psa/crypto.h>
#endif

#define SIGNATURE_MAX 1024 /* RSA of 8192 bits */

struct sztp__signing_key {
  sztp_ctx_t *ctx;
  int32_t random_status; /* why random octets could not be had, else 0 */
  mbedtls_pk_context pk;
};

/* Random octets come from the context, so that a host's generator is used here too. */
static int random_octets(void *user, unsigned char *out, size_t len) {
  sztp__signing_key_t *key = (sztp__signing_key_t *)user;
  key->random_status = sztp__random(key->ctx, out, len);
  return key->random_status == SZTP_OK ? 0 : MBEDTLS_ERR_ERROR_GENERIC_ERROR;
}

/* A failure of mbedTLS, unless it was the random octets: then that one, which the trail has already. */
static int32_t failed(const sztp__signing_key_t *key, int32_t code, const char *what, int rc) {
  if (key->random_status < 0) return key->random_status;
  return sztp__fail(key->ctx, code, "artifacts.key", "%s (mbedTLS -0x%04x)", what, (unsigned)-rc);
}

/* The 3.x functions want random octets for blinding, and room for a signature, where the 2.28 ones did not.
 */
static int parse_key(sztp__signing_key_t *key, sztp__span_t der) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_parse_key(&key->pk, der.data, der.len, NULL, 0, random_octets, key);
#else
  return mbedtls_pk_parse_key(&key->pk, der.data, der.len, NULL, 0);
#endif
}

static int check_pair(sztp__signing_key_t *key, const mbedtls_pk_context *public_key) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_check_pair(public_key, &key->pk, random_octets, key);
#else
  return mbedtls_pk_check_pair(public_key, &key->pk);
#endif
}

static int sign_plain(sztp__signing_key_t *key, mbedtls_md_type_t md, sztp__span_t digest, uint8_t *out,
                      size_t *len) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_sign(&key->pk, md, digest.data, digest.len, out, SIGNATURE_MAX, len, random_octets, key);
#else
  return mbedtls_pk_sign(&key->pk, md, digest.data, digest.len, out, len, random_octets, key);
#endif
}

/* The padding is set for this one signature only: PKCS#1 v1.5 is what the next one expects to find. */
static int sign_pss(sztp__signing_key_t *key, mbedtls_md_type_t md, sztp__span_t digest, uint8_t *out,
                    size_t *len) {
  mbedtls_rsa_context *rsa = mbedtls_pk_rsa(key->pk);
  *len = mbedtls_rsa_get_len(rsa);
  (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, (int)md);
  int rc = mbedtls_rsa_rsassa_pss_sign_ext(rsa, random_octets, key, md, (unsigned)digest.len, digest.data,
                                           (int)digest.len, out);
  (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, 0);
  return rc;
}

static mbedtls_md_type_t md_of(uint32_t hash) {
  if (hash == SZTP__HASH_SHA256) return MBEDTLS_MD_SHA256;
  if (hash == SZTP__HASH_SHA384) return MBEDTLS_MD_SHA384;
  return hash == SZTP__HASH_SHA512 ? MBEDTLS_MD_SHA512 : MBEDTLS_MD_NONE;
}

int32_t sztp__signing_key_new(sztp_ctx_t *ctx, sztp__span_t der, sztp__signing_key_t **out) {
  sztp__signing_key_t *key = sztp__alloc(ctx, sizeof *key);
  if (key == NULL) return SZTP_ERR_MEMORY;
  key->ctx = ctx;
  mbedtls_pk_init(&key->pk);
#if defined(MBEDTLS_USE_PSA_CRYPTO)
  (void)psa_crypto_init();
#endif
  int rc = parse_key(key, der);
  if (rc != 0) {
    int32_t code = failed(key, SZTP_ERR_KEY, "not a plain RSA or EC private key", rc);
    sztp__signing_key_free(key);
    return code;
  }
  *out = key;
  return SZTP_OK;
}

void sztp__signing_key_free(sztp__signing_key_t *key) {
  if (key == NULL) return;
  mbedtls_pk_free(&key->pk);
  sztp__free_secret(key->ctx, key);
}

int32_t sztp__signing_key_fits(sztp__signing_key_t *key, sztp__span_t spki) {
  mbedtls_pk_context public_key;
  mbedtls_pk_init(&public_key);
  int rc = mbedtls_pk_parse_public_key(&public_key, spki.data, spki.len);
  if (rc == 0) rc = check_pair(key, &public_key);
  mbedtls_pk_free(&public_key);
  return rc == 0 ? SZTP_OK : failed(key, SZTP_ERR_KEY, "the private key is not the certificate's", rc);
}

int32_t sztp__signing_key_sign(sztp__signing_key_t *key, uint32_t scheme, uint32_t hash, sztp__span_t digest,
                               sztp__buf_t *out) {
  uint8_t signature[SIGNATURE_MAX];
  size_t len = 0;
  mbedtls_md_type_t md = md_of(hash);
  if (mbedtls_pk_get_bitlen(&key->pk) > (size_t)SIGNATURE_MAX * 8)
    return sztp__fail(key->ctx, SZTP_ERR_KEY, "artifacts.key", "a key of more than %d bits",
                      SIGNATURE_MAX * 8);
  sztp__count_operation(key->ctx);
  int rc = scheme == SZTP__SIG_RSA_PSS ? sign_pss(key, md, digest, signature, &len)
                                       : sign_plain(key, md, digest, signature, &len);
  if (rc != 0) return failed(key, SZTP_ERR_CRYPTO, "could not sign", rc);
  return sztp__buf_add(out, signature, len);
}
