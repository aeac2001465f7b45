/* SPDX-License-Identifier: Apache-2.0 */
/* The bare operations with OpenSSL; the one file of the benchmark that knows it. Keys come in the quickest
 * way that OpenSSL has for whoever keeps none: number by number. */
#include "bench/bare.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define POINT_MAX 133 /* on P-521 */

const char *bare_name(void) { return OpenSSL_version(OPENSSL_VERSION); }

typedef struct piece {
  char group[16];
  uint8_t point[POINT_MAX];
  size_t point_len;
  uint8_t signature[160];
  size_t signature_len;
} piece_t;

struct bare {
  piece_t pieces[BARE_MAX];
  size_t count;
  uint8_t digest[32];
  EVP_PKEY *pair; /* for the agreement, with its own public key */
};

static int sign(piece_t *p, EVP_PKEY *key, const uint8_t digest[32]) {
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  p->signature_len = sizeof p->signature;
  int good = c != NULL && EVP_PKEY_sign_init(c) == 1 &&
             EVP_PKEY_sign(c, p->signature, &p->signature_len, digest, 32) == 1;
  EVP_PKEY_CTX_free(c);
  return good;
}

static int make_piece(piece_t *p, const uint8_t *pem, size_t len, const uint8_t digest[32]) {
  BIO *bio = BIO_new_mem_buf(pem, (int)len);
  EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
  int good = key != NULL && EVP_PKEY_get_group_name(key, p->group, sizeof p->group, NULL) == 1 &&
             EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, p->point,
                                             sizeof p->point, &p->point_len) == 1 &&
             sign(p, key, digest);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return good;
}

bare_t *bare_new(const uint8_t *const keys[], const size_t lens[], size_t count) {
  bare_t *b = count <= BARE_MAX ? (bare_t *)calloc(1, sizeof *b) : NULL;
  int good = b != NULL && RAND_bytes(b->digest, sizeof b->digest) == 1;
  for (size_t i = 0; good && i < count; i++) good = make_piece(&b->pieces[i], keys[i], lens[i], b->digest);
  if (!good) {
    free(b);
    return NULL;
  }
  b->count = count;
  return b;
}

static EVP_PKEY *take_key(piece_t *p) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, p->group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, p->point, p->point_len),
      OSSL_PARAM_construct_end()};
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
  if (c != NULL && EVP_PKEY_fromdata_init(c) == 1)
    (void)EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, parameters);
  EVP_PKEY_CTX_free(c);
  return key;
}

int bare_verify(const bare_t *b) {
  int good = 1;
  for (size_t i = 0; good && i < b->count; i++) {
    piece_t p = b->pieces[i];
    EVP_PKEY *key = take_key(&p);
    EVP_PKEY_CTX *c = key != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    good = c != NULL && EVP_PKEY_verify_init(c) == 1 &&
           EVP_PKEY_verify(c, p.signature, p.signature_len, b->digest, sizeof b->digest) == 1;
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(key);
  }
  return good ? 0 : -1;
}

int bare_agree_prepare(bare_t *b) {
  b->pair = EVP_EC_gen("P-256");
  return b->pair != NULL ? 0 : -1;
}

int bare_agree(bare_t *b, size_t count) {
  uint8_t secret[32];
  int good = 1;
  for (size_t i = 0; good && i < count; i++) {
    size_t len = sizeof secret;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, b->pair, NULL);
    good = c != NULL && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, b->pair) == 1 &&
           EVP_PKEY_derive(c, secret, &len) == 1;
    EVP_PKEY_CTX_free(c);
  }
  return good ? 0 : -1;
}

void bare_free(bare_t *b) {
  if (b != NULL) EVP_PKEY_free(b->pair);
  free(b);
}

int bare_hash(const uint8_t *chunk, size_t len, size_t count, uint8_t out[32]) {
  EVP_MD *md = EVP_MD_fetch(NULL, "SHA2-256", NULL);
  EVP_MD_CTX *c = EVP_MD_CTX_new();
  int good = md != NULL && c != NULL && EVP_DigestInit_ex2(c, md, NULL) == 1;
  for (size_t i = 0; good && i < count; i++) good = EVP_DigestUpdate(c, chunk, len) == 1;
  good = good && EVP_DigestFinal_ex(c, out, NULL) == 1;
  EVP_MD_CTX_free(c);
  EVP_MD_free(md);
  return good ? 0 : -1;
}
