/* SPDX-License-Identifier: Apache-2.0 */
/* Signs with private keys and encrypts to public ones, with mbedTLS (2.28 and 3.6). */
#include "artifacts/encrypt.h"
#include "artifacts/sign.h"

#include <mbedtls/ecdh.h>
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#if defined(MBEDTLS_USE_PSA_CRYPTO)
#include <psa/crypto.h>
#endif

#include "formats/pkcs8.h"

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

#define SIGNATURE_MAX 1024 /* RSA of 8192 bits */

/* Who asks mbedTLS for something. */
typedef struct asker {
  sztp_ctx_t *ctx;
  int32_t random_status; /* why random octets could not be had, else 0 */
} asker_t;

struct sztp__signing_key {
  asker_t asker;
  mbedtls_pk_context pk;
};

/* Random octets come from the context, so that a host's generator is used here too. */
static int random_octets(void *user, unsigned char *out, size_t len) {
  asker_t *asker = (asker_t *)user;
  asker->random_status = sztp__random(asker->ctx, out, len);
  return asker->random_status == SZTP_OK ? 0 : MBEDTLS_ERR_ERROR_GENERIC_ERROR;
}

/* A failure of mbedTLS, unless it was the random octets: then that one, which the trail has already. */
static int32_t key_failed(const asker_t *asker, int32_t code, const char *what, int rc) {
  if (asker->random_status < 0) return asker->random_status;
  return sztp__fail(asker->ctx, code, "artifacts.key", "%s (mbedTLS -0x%04x)", what, (unsigned)-rc);
}

static void start_psa(void) {
#if defined(MBEDTLS_USE_PSA_CRYPTO)
  (void)psa_crypto_init(); /* again does no harm */
#endif
}

/* 2.28 takes a hash for a number. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#define HASH_ID(md) (md)
#else
#define HASH_ID(md) (int)(md)
#endif

/* The 3.x functions want random octets for blinding, and room for a signature, where the 2.28 ones did not.
 */
static int parse_signing_key(sztp__signing_key_t *key, sztp__span_t der) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_parse_key(&key->pk, der.data, der.len, NULL, 0, random_octets, &key->asker);
#else
  return mbedtls_pk_parse_key(&key->pk, der.data, der.len, NULL, 0);
#endif
}

static int check_pair(sztp__signing_key_t *key, const mbedtls_pk_context *public_key) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_check_pair(public_key, &key->pk, random_octets, &key->asker);
#else
  return mbedtls_pk_check_pair(public_key, &key->pk);
#endif
}

static int sign_plain(sztp__signing_key_t *key, mbedtls_md_type_t md, sztp__span_t digest, uint8_t *out,
                      size_t *len) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  return mbedtls_pk_sign(&key->pk, md, digest.data, digest.len, out, SIGNATURE_MAX, len, random_octets,
                         &key->asker);
#else
  return mbedtls_pk_sign(&key->pk, md, digest.data, digest.len, out, len, random_octets, &key->asker);
#endif
}

/* The padding is set for this one signature only: PKCS#1 v1.5 is what the next one expects to find. */
static int sign_pss(sztp__signing_key_t *key, mbedtls_md_type_t md, sztp__span_t digest, uint8_t *out,
                    size_t *len) {
  mbedtls_rsa_context *rsa = mbedtls_pk_rsa(key->pk);
  *len = mbedtls_rsa_get_len(rsa);
  (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, HASH_ID(md));
  int rc = mbedtls_rsa_rsassa_pss_sign_ext(rsa, random_octets, &key->asker, md, (unsigned)digest.len,
                                           digest.data, (int)digest.len, out);
  (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, HASH_ID(MBEDTLS_MD_NONE));
  return rc;
}

static mbedtls_md_type_t md_of(uint32_t hash) {
  if (hash == SZTP__HASH_SHA1) return MBEDTLS_MD_SHA1; /* of OAEP only */
  if (hash == SZTP__HASH_SHA256) return MBEDTLS_MD_SHA256;
  if (hash == SZTP__HASH_SHA384) return MBEDTLS_MD_SHA384;
  return hash == SZTP__HASH_SHA512 ? MBEDTLS_MD_SHA512 : MBEDTLS_MD_NONE;
}

int32_t sztp__signing_key_new(sztp_ctx_t *ctx, sztp__span_t der, sztp__signing_key_t **out) {
  sztp__signing_key_t *key = sztp__alloc(ctx, sizeof *key);
  if (key == NULL) return SZTP_ERR_MEMORY;
  uint8_t *plain = sztp__copy(ctx, der.data, der.len);
  if (plain == NULL) {
    sztp__free(ctx, key);
    return SZTP_ERR_MEMORY;
  }
  key->asker.ctx = ctx;
  mbedtls_pk_init(&key->pk);
  start_psa();
  int rc = parse_signing_key(key, sztp__span(plain, sztp__pkcs8_plain(plain, der.len)));
  sztp__free_secret(ctx, plain);
  if (rc != 0) {
    int32_t code = key_failed(&key->asker, SZTP_ERR_KEY, "not a plain RSA or EC private key", rc);
    sztp__signing_key_free(key);
    return code;
  }
  *out = key;
  return SZTP_OK;
}

void sztp__signing_key_free(sztp__signing_key_t *key) {
  if (key == NULL) return;
  mbedtls_pk_free(&key->pk);
  sztp__free_secret(key->asker.ctx, key);
}

int32_t sztp__signing_key_fits(sztp__signing_key_t *key, sztp__span_t spki) {
  mbedtls_pk_context public_key;
  mbedtls_pk_init(&public_key);
  int rc = mbedtls_pk_parse_public_key(&public_key, spki.data, spki.len);
  if (rc == 0) rc = check_pair(key, &public_key);
  mbedtls_pk_free(&public_key);
  return rc == 0 ? SZTP_OK
                 : key_failed(&key->asker, SZTP_ERR_KEY, "the private key is not the certificate's", rc);
}

int32_t sztp__signing_key_sign(sztp__signing_key_t *key, uint32_t scheme, uint32_t hash, sztp__span_t digest,
                               sztp__buf_t *out) {
  uint8_t signature[SIGNATURE_MAX];
  size_t len = 0;
  mbedtls_md_type_t md = md_of(hash);
  if (mbedtls_pk_get_bitlen(&key->pk) > (size_t)SIGNATURE_MAX * 8)
    return sztp__fail(key->asker.ctx, SZTP_ERR_KEY, "artifacts.key", "a key of more than %d bits",
                      SIGNATURE_MAX * 8);
  sztp__count_operation(key->asker.ctx);
  int rc = scheme == SZTP__SIG_RSA_PSS ? sign_pss(key, md, digest, signature, &len)
                                       : sign_plain(key, md, digest, signature, &len);
  if (rc != 0) return key_failed(&key->asker, SZTP_ERR_CRYPTO, "could not sign", rc);
  return sztp__buf_add(out, signature, len);
}

/* ---- encryption ---------------------------------------------------------------------------------- */

/* Random octets in stock: PKCS#1 v1.5 padding asks for each on its own, and a generator may start slowly. */
typedef struct stock {
  asker_t asker;
  size_t left;
  uint8_t octets[256];
} stock_t;

static int stocked_octets(void *user, unsigned char *out, size_t len) {
  stock_t *s = (stock_t *)user;
  if (len > sizeof s->octets) return random_octets(&s->asker, out, len);
  if (len > s->left) {
    int rc = random_octets(&s->asker, s->octets, sizeof s->octets);
    if (rc != 0) return rc;
    s->left = sizeof s->octets;
  }
  s->left -= len;
  memcpy(out, s->octets + s->left, len);
  return 0;
}

/* 2.28 asks for the kind of key in each call. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#define PUBLIC_MODE
#else
#define PUBLIC_MODE MBEDTLS_RSA_PUBLIC,
#endif

static int rsa_encrypt(stock_t *stock, mbedtls_rsa_context *rsa, uint32_t hash, sztp__span_t message,
                       uint8_t *out) {
  if (hash == SZTP__HASH_NONE)
    return mbedtls_rsa_rsaes_pkcs1_v15_encrypt(rsa, stocked_octets, stock, PUBLIC_MODE message.len,
                                               message.data, out);
  (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, HASH_ID(md_of(hash)));
  return mbedtls_rsa_rsaes_oaep_encrypt(rsa, stocked_octets, stock, PUBLIC_MODE NULL, 0, message.len,
                                        message.data, out);
}

int32_t sztp__rsa_encrypt(sztp_ctx_t *ctx, sztp__span_t spki, uint32_t hash, sztp__span_t message,
                          sztp__buf_t *out) {
  uint8_t block[SIGNATURE_MAX];
  stock_t stock = {{ctx, SZTP_OK}, 0, {0}};
  mbedtls_pk_context pk;
  size_t len = 0;
  mbedtls_pk_init(&pk);
  start_psa();
  int rc = mbedtls_pk_parse_public_key(&pk, spki.data, spki.len);
  if (rc == 0) {
    len = mbedtls_pk_get_len(&pk);
    rc = len > sizeof block ? MBEDTLS_ERR_PK_INVALID_PUBKEY
                            : rsa_encrypt(&stock, mbedtls_pk_rsa(pk), hash, message, block);
  }
  mbedtls_pk_free(&pk);
  sztp__wipe(stock.octets, sizeof stock.octets);
  sztp__count_operation(ctx);
  if (rc != 0)
    return key_failed(&stock.asker, SZTP_ERR_CRYPTO, "could not encrypt to the recipient's RSA key", rc);
  return sztp__buf_add(out, block, len);
}

/* What ECDH needs for a while. */
typedef struct agreed {
  mbedtls_pk_context peer;
  mbedtls_mpi d; /* the ephemeral private key */
  mbedtls_ecp_point q;
  mbedtls_mpi z;
} agreed_t;

static int agree_with(asker_t *asker, agreed_t *a, sztp__span_t spki, uint8_t *point, size_t *point_len,
                      uint8_t secret[SZTP__AGREED_MAX], size_t *secret_len) {
  int rc = mbedtls_pk_parse_public_key(&a->peer, spki.data, spki.len);
  mbedtls_ecp_keypair *pair = rc == 0 ? mbedtls_pk_ec(a->peer) : NULL;
  if (pair == NULL) return rc != 0 ? rc : MBEDTLS_ERR_PK_INVALID_PUBKEY;
  mbedtls_ecp_group *group = &pair->MBEDTLS_PRIVATE(grp);
  *secret_len = (group->pbits + 7) / 8;
  if (*secret_len > SZTP__AGREED_MAX) return MBEDTLS_ERR_PK_INVALID_PUBKEY;
  rc = mbedtls_ecdh_gen_public(group, &a->d, &a->q, random_octets, asker);
  if (rc == 0)
    rc = mbedtls_ecdh_compute_shared(group, &a->z, &pair->MBEDTLS_PRIVATE(Q), &a->d, random_octets, asker);
  if (rc == 0)
    rc = mbedtls_ecp_point_write_binary(group, &a->q, MBEDTLS_ECP_PF_UNCOMPRESSED, point_len, point,
                                        1 + 2 * SZTP__AGREED_MAX);
  return rc == 0 ? mbedtls_mpi_write_binary(&a->z, secret, *secret_len) : rc;
}

int32_t sztp__ec_agree(sztp_ctx_t *ctx, sztp__span_t spki, sztp__buf_t *point,
                       uint8_t secret[SZTP__AGREED_MAX], size_t *secret_len) {
  uint8_t octets[1 + 2 * SZTP__AGREED_MAX];
  size_t len = 0;
  asker_t asker = {ctx, SZTP_OK};
  agreed_t a;
  mbedtls_pk_init(&a.peer);
  mbedtls_mpi_init(&a.d);
  mbedtls_ecp_point_init(&a.q);
  mbedtls_mpi_init(&a.z);
  start_psa();
  int rc = agree_with(&asker, &a, spki, octets, &len, secret, secret_len);
  mbedtls_mpi_free(&a.z);
  mbedtls_ecp_point_free(&a.q);
  mbedtls_mpi_free(&a.d);
  mbedtls_pk_free(&a.peer);
  sztp__count_operation(ctx);
  if (rc != 0) return key_failed(&asker, SZTP_ERR_CRYPTO, "could not agree with the recipient's EC key", rc);
  return sztp__buf_add(point, octets, len);
}
