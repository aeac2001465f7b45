/* SPDX-License-Identifier: Apache-2.0 */
/* Signs with private keys and encrypts to public ones, with OpenSSL 3. */
#include "artifacts/encrypt.h"
#include "artifacts/sign.h"

#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "cryptography/engine_openssl.h"
#include "formats/pkcs8.h"

#define SIGNATURE_MAX 1024 /* RSA of 8192 bits */

struct sztp__signing_key {
  sztp_ctx_t *ctx;
  EVP_PKEY *pkey;
};

static int32_t key_failed(sztp_ctx_t *ctx, sztp__openssl_errors_t *errors, int32_t code, const char *what) {
  sztp__openssl_look(errors);
  return sztp__openssl_fail(ctx, errors, errors->no_memory ? SZTP_ERR_MEMORY : code, "artifacts.key", what);
}

static EVP_PKEY *read_key(sztp_ctx_t *ctx, const uint8_t *der, size_t len) {
  sztp__openssl_t *o = sztp__openssl(ctx);
  const unsigned char *at = der;
  EVP_PKEY *pkey =
      o != NULL && len <= INT_MAX ? d2i_AutoPrivateKey_ex(NULL, &at, (long)len, o->library, NULL) : NULL;
  if (pkey != NULL && (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "EC"))) return pkey;
  EVP_PKEY_free(pkey);
  return NULL;
}

int32_t sztp__signing_key_new(sztp_ctx_t *ctx, sztp__span_t der, sztp__signing_key_t **out) {
  sztp__signing_key_t *key = sztp__alloc(ctx, sizeof *key);
  if (key == NULL) return SZTP_ERR_MEMORY;
  uint8_t *plain = sztp__copy(ctx, der.data, der.len);
  if (plain == NULL) {
    sztp__free(ctx, key);
    return SZTP_ERR_MEMORY;
  }
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  key->ctx = ctx;
  key->pkey = read_key(ctx, plain, sztp__pkcs8_plain(plain, der.len));
  sztp__free_secret(ctx, plain);
  if (key->pkey == NULL) {
    sztp__signing_key_free(key);
    return key_failed(ctx, &errors, SZTP_ERR_KEY, "not a plain RSA or EC private key");
  }
  sztp__openssl_end();
  *out = key;
  return SZTP_OK;
}

void sztp__signing_key_free(sztp__signing_key_t *key) {
  if (key == NULL) return;
  EVP_PKEY_free(key->pkey); /* wipes it */
  sztp__free_secret(key->ctx, key);
}

/* Its halves belong together, too. Of RSA that would take a proof of primes. */
static int is_whole(sztp__openssl_t *o, EVP_PKEY *pkey) {
  if (!EVP_PKEY_is_a(pkey, "EC")) return 1;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(o->library, pkey, NULL);
  int whole = c != NULL && EVP_PKEY_pairwise_check(c) == 1;
  EVP_PKEY_CTX_free(c);
  return whole;
}

int32_t sztp__signing_key_fits(sztp__signing_key_t *key, sztp__span_t spki) {
  sztp__keyinfo_t info;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  sztp__openssl_t *o = sztp__openssl(key->ctx);
  EVP_PKEY *pub =
      o != NULL && sztp__key_info(key->ctx, spki, &info) == SZTP_OK ? sztp__openssl_public(o, &info) : NULL;
  int fits = pub != NULL && EVP_PKEY_eq(pub, key->pkey) == 1 && is_whole(o, key->pkey);
  EVP_PKEY_free(pub);
  if (!fits) return key_failed(key->ctx, &errors, SZTP_ERR_KEY, "the private key is not the certificate's");
  sztp__openssl_end();
  return SZTP_OK;
}

/* PSS with salt as long as the digest, and MGF1 by the same hash; ECDSA is over octets, whatever hash they
 * come from. */
static int choose_padding(EVP_PKEY_CTX *c, uint32_t scheme, EVP_MD *md) {
  int pss = scheme == SZTP__SIG_RSA_PSS;
  if (scheme == SZTP__SIG_ECDSA) return 1;
  return EVP_PKEY_CTX_set_rsa_padding(c, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(c, md) == 1 &&
         (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1);
}

int32_t sztp__signing_key_sign(sztp__signing_key_t *key, uint32_t scheme, uint32_t hash, sztp__span_t digest,
                               sztp__buf_t *out) {
  uint8_t signature[SIGNATURE_MAX];
  size_t len = sizeof signature;
  if (EVP_PKEY_get_bits(key->pkey) > SIGNATURE_MAX * 8)
    return sztp__fail(key->ctx, SZTP_ERR_KEY, "artifacts.key", "a key of more than %d bits",
                      SIGNATURE_MAX * 8);
  sztp__count_operation(key->ctx);
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  sztp__openssl_t *o = sztp__openssl(key->ctx);
  EVP_PKEY_CTX *c = o != NULL ? EVP_PKEY_CTX_new_from_pkey(o->library, key->pkey, NULL) : NULL;
  int good = c != NULL && EVP_PKEY_sign_init(c) == 1 &&
             choose_padding(c, scheme, sztp__openssl_hash(o, hash)) &&
             EVP_PKEY_sign(c, signature, &len, digest.data, digest.len) == 1;
  EVP_PKEY_CTX_free(c);
  if (!good) return key_failed(key->ctx, &errors, SZTP_ERR_CRYPTO, "could not sign");
  sztp__openssl_end();
  return sztp__buf_add(out, signature, len);
}

/* ---- encryption ---------------------------------------------------------------------------------- */

/* The key in @p spki, if it is of SZTP__KEY_* @p type; else NULL. */
static EVP_PKEY *recipient(sztp_ctx_t *ctx, sztp__span_t spki, uint32_t type) {
  sztp__keyinfo_t info;
  sztp__openssl_t *o = sztp__openssl(ctx);
  if (o == NULL || sztp__key_info(ctx, spki, &info) != SZTP_OK || info.type != type) return NULL;
  return sztp__openssl_public(o, &info);
}

static int rsa_encrypt(sztp__openssl_t *o, EVP_PKEY *pkey, uint32_t hash, sztp__span_t message, uint8_t *out,
                       size_t *len) {
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(o->library, pkey, NULL);
  int oaep = hash != SZTP__HASH_NONE;
  EVP_MD *md = sztp__openssl_hash(o, hash);
  int good = c != NULL && EVP_PKEY_encrypt_init(c) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(c, oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING) == 1 &&
             (!oaep || (md != NULL && EVP_PKEY_CTX_set_rsa_oaep_md(c, md) == 1 &&
                        EVP_PKEY_CTX_set_rsa_mgf1_md(c, md) == 1)) &&
             EVP_PKEY_encrypt(c, out, len, message.data, message.len) == 1;
  EVP_PKEY_CTX_free(c);
  return good;
}

int32_t sztp__rsa_encrypt(sztp_ctx_t *ctx, sztp__span_t spki, uint32_t hash, sztp__span_t message,
                          sztp__buf_t *out) {
  uint8_t block[SIGNATURE_MAX];
  size_t len = sizeof block;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_PKEY *pkey = recipient(ctx, spki, SZTP__KEY_RSA);
  int good = pkey != NULL && rsa_encrypt(sztp__openssl(ctx), pkey, hash, message, block, &len);
  EVP_PKEY_free(pkey);
  sztp__count_operation(ctx);
  if (!good) return key_failed(ctx, &errors, SZTP_ERR_CRYPTO, "could not encrypt to the recipient's RSA key");
  sztp__openssl_end();
  return sztp__buf_add(out, block, len);
}

/* A key of the moment, on the same curve. */
static EVP_PKEY *ephemeral(sztp__openssl_t *o, EVP_PKEY *peer) {
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(o->library, peer, NULL);
  if (c != NULL && EVP_PKEY_keygen_init(c) == 1) (void)EVP_PKEY_keygen(c, &pkey);
  EVP_PKEY_CTX_free(c);
  return pkey;
}

static int agree_with(sztp__openssl_t *o, EVP_PKEY *own, EVP_PKEY *peer, uint8_t secret[SZTP__AGREED_MAX],
                      size_t *secret_len) {
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(o->library, own, NULL);
  *secret_len = SZTP__AGREED_MAX;
  int good = c != NULL && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, peer) == 1 &&
             EVP_PKEY_derive(c, secret, secret_len) == 1;
  EVP_PKEY_CTX_free(c);
  return good;
}

int32_t sztp__ec_agree(sztp_ctx_t *ctx, sztp__span_t spki, sztp__buf_t *point,
                       uint8_t secret[SZTP__AGREED_MAX], size_t *secret_len) {
  uint8_t octets[1 + 2 * SZTP__AGREED_MAX];
  size_t len = 0;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_PKEY *peer = recipient(ctx, spki, SZTP__KEY_EC);
  EVP_PKEY *own = peer != NULL ? ephemeral(sztp__openssl(ctx), peer) : NULL;
  int good = own != NULL && agree_with(sztp__openssl(ctx), own, peer, secret, secret_len) &&
             EVP_PKEY_get_octet_string_param(own, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, octets, sizeof octets,
                                             &len) == 1;
  EVP_PKEY_free(own);
  EVP_PKEY_free(peer);
  sztp__count_operation(ctx);
  if (!good) return key_failed(ctx, &errors, SZTP_ERR_CRYPTO, "could not agree with the recipient's EC key");
  sztp__openssl_end();
  return sztp__buf_add(point, octets, len);
}
