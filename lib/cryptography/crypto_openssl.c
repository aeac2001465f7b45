/* SPDX-License-Identifier: Apache-2.0 */
/* crypto.h with OpenSSL 3: EVP alone, out of the library context that the context works in. */
#include "cryptography/engine_openssl.h"

#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

/* ---- hashes -------------------------------------------------------------------------------------- */

struct sztp__hash {
  sztp_ctx_t *ctx;
  EVP_MD_CTX *md;
};

static int32_t hash_failed(sztp_ctx_t *ctx, sztp__openssl_errors_t *errors) {
  sztp__openssl_look(errors);
  return sztp__openssl_fail(ctx, errors, errors->no_memory ? SZTP_ERR_MEMORY : SZTP_ERR_CRYPTO, "crypto.hash",
                            "it could not hash");
}

/* No provider has it, or there is no memory. */
static int32_t no_hash(sztp_ctx_t *ctx, sztp__openssl_errors_t *errors) {
  sztp__openssl_look(errors);
  if (errors->no_memory || sztp__ctx_kept(ctx) == NULL)
    return sztp__fail(ctx, SZTP_ERR_MEMORY, "crypto.hash", "no memory in the cryptographic library");
  return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, "crypto.hash",
                    "the cryptographic library has no such hash");
}

int32_t sztp__hash_new(sztp_ctx_t *ctx, uint32_t hash, sztp__hash_t **out) {
  *out = NULL;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  sztp__openssl_t *o = sztp__openssl(ctx);
  EVP_MD *md = o != NULL ? sztp__openssl_hash(o, hash) : NULL;
  if (md == NULL) return no_hash(ctx, &errors);
  sztp__hash_t *h = sztp__alloc(ctx, sizeof *h);
  if (h == NULL) {
    sztp__openssl_end();
    return SZTP_ERR_MEMORY;
  }
  h->ctx = ctx;
  h->md = EVP_MD_CTX_new();
  if (h->md == NULL || EVP_DigestInit_ex2(h->md, md, NULL) != 1) {
    sztp__hash_free(h);
    return hash_failed(ctx, &errors);
  }
  sztp__openssl_end();
  *out = h;
  return SZTP_OK;
}

int32_t sztp__hash_update(sztp__hash_t *h, const void *data, size_t len) {
  if (len == 0) return SZTP_OK;
  if (!sztp__work_hash(h->ctx, len))
    return sztp__fail(h->ctx, SZTP_ERR_LIMIT, "crypto.hash", "more to hash than one verification may cost");
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  if (EVP_DigestUpdate(h->md, data, len) != 1) return hash_failed(h->ctx, &errors);
  sztp__openssl_end();
  return SZTP_OK;
}

int32_t sztp__hash_finish(sztp__hash_t *h, uint8_t out[SZTP__HASH_MAX], size_t *len) {
  unsigned written = 0;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  if (EVP_DigestFinal_ex(h->md, out, &written) != 1) return hash_failed(h->ctx, &errors);
  sztp__openssl_end();
  *len = written;
  return SZTP_OK;
}

void sztp__hash_free(sztp__hash_t *h) {
  if (h == NULL) return;
  EVP_MD_CTX_free(h->md);
  sztp__free(h->ctx, h);
}

/* ---- signatures ---------------------------------------------------------------------------------- */

/* What mbedTLS refuses as a key, which OpenSSL would take and then verify nothing with. */
#define RSA_BITS_LEAST 128
static int has_sense(const sztp__keyinfo_t *key) {
  return key->type != SZTP__KEY_RSA ||
         (key->bits >= RSA_BITS_LEAST && (key->modulus.data[key->modulus.len - 1] & 1) != 0);
}

/* An ECDSA signature is over octets: what hash they come from is no part of it. */
static int choose_rsa(sztp__openssl_t *o, EVP_PKEY_CTX *c, const sztp__sigalg_t *alg) {
  int pss = alg->scheme == SZTP__SIG_RSA_PSS;
  return EVP_PKEY_CTX_set_rsa_padding(c, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(c, sztp__openssl_hash(o, alg->hash)) == 1 &&
         (!pss || (EVP_PKEY_CTX_set_rsa_pss_saltlen(c, (int)alg->salt_len) == 1 &&
                   EVP_PKEY_CTX_set_rsa_mgf1_md(c, sztp__openssl_hash(o, alg->mgf_hash)) == 1));
}

enum { VERIFY_BAD = 0, VERIFY_GOOD = 1, VERIFY_UNKNOWN = 2 };

static int verify(sztp__openssl_t *o, EVP_PKEY *key, const sztp__sigalg_t *alg, sztp__span_t digest,
                  sztp__span_t signature) {
  int result = VERIFY_UNKNOWN;
  /* what does not fit is in no signature; and to OpenSSL numbers below zero are no lengths */
  if (alg->scheme == SZTP__SIG_RSA_PSS && alg->salt_len > signature.len) return VERIFY_BAD;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(o->library, key, NULL);
  if (c != NULL && EVP_PKEY_verify_init(c) == 1 &&
      (alg->scheme == SZTP__SIG_ECDSA || choose_rsa(o, c, alg))) {
    /* below 0 where there is no memory, but also where a bad signature leads to no point on the curve */
    int answer = EVP_PKEY_verify(c, signature.data, signature.len, digest.data, digest.len);
    result = answer == 1 ? VERIFY_GOOD : VERIFY_BAD;
  }
  EVP_PKEY_CTX_free(c);
  return result;
}

static int32_t not_verified(sztp_ctx_t *ctx, sztp__openssl_errors_t *errors, int32_t code, const char *what) {
  sztp__openssl_look(errors);
  if (code == SZTP_ERR_CMS_SIGNATURE_INVALID && !errors->no_memory)
    return sztp__fail(ctx, code, "crypto.verify", "the signature does not verify with this key");
  return sztp__openssl_fail(ctx, errors, errors->no_memory ? SZTP_ERR_CRYPTO : code, "crypto.verify", what);
}

int32_t sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                             const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature) {
  (void)spki;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  sztp__openssl_t *o = sztp__openssl(ctx);
  EVP_PKEY *public_key = o != NULL && has_sense(key) ? sztp__openssl_public(o, key) : NULL;
  if (public_key == NULL)
    return not_verified(ctx, &errors, o == NULL ? SZTP_ERR_CRYPTO : SZTP_ERR_CMS_ALG_UNSUPPORTED,
                        "OpenSSL does not take the public key");
  int result = verify(o, public_key, alg, digest, signature);
  EVP_PKEY_free(public_key);
  switch (result) {
  case VERIFY_GOOD: sztp__openssl_end(); return SZTP_OK;
  case VERIFY_BAD: return not_verified(ctx, &errors, SZTP_ERR_CMS_SIGNATURE_INVALID, "");
  default:
    return not_verified(ctx, &errors, SZTP_ERR_CMS_ALG_UNSUPPORTED, "OpenSSL verifies no such signatures");
  }
}

/* ---- points -------------------------------------------------------------------------------------- */

int32_t sztp__point_check(sztp_ctx_t *ctx, uint32_t curve, sztp__span_t point, int *valid) {
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  sztp__openssl_t *o = sztp__openssl(ctx);
  EVP_PKEY *key = o != NULL ? sztp__openssl_point(o, curve, point) : NULL;
  EVP_PKEY_free(key);
  *valid = key != NULL;
  sztp__openssl_look(&errors);
  if (o != NULL && !errors.no_memory) return SZTP_OK;
  return sztp__openssl_fail(ctx, &errors, SZTP_ERR_CRYPTO, "crypto.point",
                            "no memory in the cryptographic library");
}

/* ---- AES ----------------------------------------------------------------------------------------- */

enum { MODE_ECB = 0, MODE_CBC, MODE_GCM };

static EVP_CIPHER *cipher_of(sztp__openssl_t *o, int mode, size_t key_len) {
  static const char *const names[3][3] = {{"AES-128-ECB", "AES-192-ECB", "AES-256-ECB"},
                                          {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"},
                                          {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"}};
  size_t size = key_len / 8 - 2;
  if (key_len % 8 != 0 || size > 2) return NULL;
  EVP_CIPHER **kept = &o->ciphers[mode][size];
  if (*kept == NULL) *kept = EVP_CIPHER_fetch(o->library, names[mode][size], NULL);
  return *kept;
}

/* A cipher with its key, ready for data; NULL if it can't be had. */
static EVP_CIPHER_CTX *cipher_new(sztp_ctx_t *ctx, int mode, int direction, sztp__span_t key,
                                  sztp__span_t iv) {
  sztp__openssl_t *o = sztp__openssl(ctx);
  EVP_CIPHER *cipher = o != NULL ? cipher_of(o, mode, key.len) : NULL;
  EVP_CIPHER_CTX *c = cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;
  size_t iv_len = iv.len;
  const OSSL_PARAM lengths[] = {OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_IVLEN, &iv_len),
                                OSSL_PARAM_construct_end()};
  if (c != NULL &&
      EVP_CipherInit_ex2(c, cipher, NULL, NULL, direction == SZTP__AES_ENCRYPT,
                         mode == MODE_GCM ? lengths : NULL) == 1 &&
      EVP_CipherInit_ex2(c, NULL, key.data, iv.data, direction == SZTP__AES_ENCRYPT, NULL) == 1 &&
      EVP_CIPHER_CTX_set_padding(c, 0) == 1)
    return c;
  EVP_CIPHER_CTX_free(c);
  return NULL;
}

/* In place, or without @p out what is authenticated only. */
static int cipher_update(EVP_CIPHER_CTX *c, uint8_t *out, sztp__span_t in) {
  const size_t most = INT_MAX / SZTP__AES_BLOCK * SZTP__AES_BLOCK;
  for (size_t at = 0, step = 0; at < in.len; at += step) {
    int written = 0;
    step = in.len - at < most ? in.len - at : most;
    if (EVP_CipherUpdate(c, out != NULL ? out + at : NULL, &written, in.data + at, (int)step) != 1) return 0;
  }
  return 1;
}

/* Ends what began with sztp__openssl_begin(), and the cipher. */
static int32_t cipher_end(sztp_ctx_t *ctx, sztp__openssl_errors_t *errors, EVP_CIPHER_CTX *c, int done) {
  EVP_CIPHER_CTX_free(c); /* wipes it */
  sztp__openssl_look(errors);
  if (done) return SZTP_OK;
  return sztp__openssl_fail(ctx, errors, SZTP_ERR_CRYPTO, "crypto.aes", "it could not work with AES");
}

static int32_t whole_blocks(sztp_ctx_t *ctx, int mode, int direction, sztp__span_t key, sztp__span_t iv,
                            uint8_t *data, size_t len) {
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_CIPHER_CTX *c = cipher_new(ctx, mode, direction, key, iv);
  return cipher_end(ctx, &errors, c, c != NULL && cipher_update(c, data, sztp__span(data, len)));
}

int32_t sztp__aes_block(sztp_ctx_t *ctx, sztp__span_t key, int direction, uint8_t block[SZTP__AES_BLOCK]) {
  return whole_blocks(ctx, MODE_ECB, direction, key, sztp__span(NULL, 0), block, SZTP__AES_BLOCK);
}

int32_t sztp__aes_cbc(sztp_ctx_t *ctx, sztp__span_t key, int direction, const uint8_t iv[SZTP__AES_BLOCK],
                      uint8_t *data, size_t len) {
  return whole_blocks(ctx, MODE_CBC, direction, key, sztp__span(iv, SZTP__AES_BLOCK), data, len);
}

int32_t sztp__aes_gcm(sztp_ctx_t *ctx, sztp__span_t key, int direction, sztp__span_t nonce, sztp__span_t aad,
                      uint8_t *data, size_t len, uint8_t *tag, size_t tag_len, uint32_t *good) {
  uint8_t none[SZTP__AES_BLOCK];
  int written = 0;
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  EVP_CIPHER_CTX *c = cipher_new(ctx, MODE_GCM, direction, key, nonce);
  int done = c != NULL && cipher_update(c, NULL, aad) && cipher_update(c, data, sztp__span(data, len));
  *good = 0;
  if (done && direction == SZTP__AES_ENCRYPT) {
    done = EVP_CipherFinal_ex(c, none, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, (int)tag_len, tag) == 1;
    *good = (uint32_t)done;
  } else if (done) {
    done = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)tag_len, tag) == 1;
    *good = done && EVP_CipherFinal_ex(c, none, &written) == 1;
  }
  if (!*good) sztp__wipe(data, len);
  return cipher_end(ctx, &errors, c, done);
}

/* ---- random -------------------------------------------------------------------------------------- */

/* OpenSSL's generator sees itself that a process has forked. */
int32_t sztp__default_random(sztp_ctx_t *ctx, uint8_t *out, size_t len) {
  sztp__openssl_errors_t errors = sztp__openssl_begin();
  sztp__openssl_t *o = sztp__openssl(ctx);
  int good = o != NULL && RAND_priv_bytes_ex(o->library, out, len, 0) == 1;
  sztp__openssl_look(&errors);
  if (good) return SZTP_OK;
  return sztp__openssl_fail(ctx, &errors, SZTP_ERR_RANDOM, "crypto.random", "there are no random octets");
}
