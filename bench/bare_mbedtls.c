/* SPDX-License-Identifier: Apache-2.0 */
/* The bare operations with mbedTLS; the one file of the benchmark that knows it. */
#include "bench/bare.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

typedef struct piece {
  uint8_t spki[600];
  size_t spki_len;
  uint8_t signature[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
  size_t signature_len;
} piece_t;

struct bare {
  piece_t pieces[BARE_MAX];
  size_t count;
  uint8_t digest[32];
};

static int make_piece(piece_t *p, const uint8_t *key, size_t len, const uint8_t digest[32],
                      mbedtls_ctr_drbg_context *random) {
  mbedtls_pk_context pk;
  int rc;
  mbedtls_pk_init(&pk);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  rc = mbedtls_pk_parse_key(&pk, key, len + 1, NULL, 0, mbedtls_ctr_drbg_random, random);
  if (rc == 0)
    rc = mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, digest, 32, p->signature, sizeof p->signature,
                         &p->signature_len, mbedtls_ctr_drbg_random, random);
#else
  rc = mbedtls_pk_parse_key(&pk, key, len + 1, NULL, 0);
  if (rc == 0)
    rc = mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, digest, 32, p->signature, &p->signature_len,
                         mbedtls_ctr_drbg_random, random);
#endif
  if (rc == 0) {
    int written = mbedtls_pk_write_pubkey_der(&pk, p->spki, sizeof p->spki);
    if (written > 0) {
      memmove(p->spki, p->spki + sizeof p->spki - (size_t)written, (size_t)written);
      p->spki_len = (size_t)written;
    } else {
      rc = -1;
    }
  }
  mbedtls_pk_free(&pk);
  return rc;
}

bare_t *bare_new(const uint8_t *const keys[], const size_t lens[], size_t count) {
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  bare_t *b = count <= BARE_MAX ? (bare_t *)calloc(1, sizeof *b) : NULL;
  int rc = b ? 0 : -1;
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  if (rc == 0) rc = mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
  if (rc == 0) rc = mbedtls_ctr_drbg_random(&random, b->digest, sizeof b->digest);
  for (size_t i = 0; rc == 0 && i < count; i++)
    rc = make_piece(&b->pieces[i], keys[i], lens[i], b->digest, &random);
  if (rc == 0) b->count = count;
  mbedtls_ctr_drbg_free(&random);
  mbedtls_entropy_free(&entropy);
  if (rc == 0) return b;
  free(b);
  return NULL;
}

int bare_verify(const bare_t *b) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < b->count; i++) {
    const piece_t *p = &b->pieces[i];
    mbedtls_pk_context pk;
    mbedtls_pk_init(&pk);
    rc = mbedtls_pk_parse_public_key(&pk, p->spki, p->spki_len);
    if (rc == 0)
      rc = mbedtls_pk_verify(&pk, MBEDTLS_MD_SHA256, b->digest, sizeof b->digest, p->signature,
                             p->signature_len);
    mbedtls_pk_free(&pk);
  }
  return rc;
}

void bare_free(bare_t *b) { free(b); }

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

int bare_hash(const uint8_t *chunk, size_t len, size_t count, uint8_t out[32]) {
  mbedtls_sha256_context sha;
  int rc;
  mbedtls_sha256_init(&sha);
  rc = mbedtls_sha256_starts(&sha, 0);
  for (size_t i = 0; rc == 0 && i < count; i++) rc = mbedtls_sha256_update(&sha, chunk, len);
  if (rc == 0) rc = mbedtls_sha256_finish(&sha, out);
  mbedtls_sha256_free(&sha);
  return rc;
}
