/* SPDX-License-Identifier: Apache-2.0 */
/* The bare operations with mbedTLS; the one file of the benchmark that knows it. */
#include "bench/bare.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

const char *bare_name(void) { return MBEDTLS_VERSION_STRING_FULL; }

typedef struct piece {
  uint8_t spki[600];
  size_t spki_len;
  uint8_t signature[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
  size_t signature_len;
} piece_t;

/* For the agreement. */
typedef struct agreement {
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_ecp_group group;
  mbedtls_mpi d, z;
  mbedtls_ecp_point q;
} agreement_t;

struct bare {
  piece_t pieces[BARE_MAX];
  size_t count;
  uint8_t digest[32];
  agreement_t *agreement; /* or NULL */
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

int bare_agree_prepare(bare_t *b) {
  agreement_t *a = (agreement_t *)calloc(1, sizeof *a);
  if (a == NULL) return -1;
  b->agreement = a;
  mbedtls_entropy_init(&a->entropy);
  mbedtls_ctr_drbg_init(&a->random);
  mbedtls_ecp_group_init(&a->group);
  mbedtls_mpi_init(&a->d);
  mbedtls_mpi_init(&a->z);
  mbedtls_ecp_point_init(&a->q);
  int rc = mbedtls_ctr_drbg_seed(&a->random, mbedtls_entropy_func, &a->entropy, NULL, 0);
  if (rc == 0) rc = mbedtls_ecp_group_load(&a->group, MBEDTLS_ECP_DP_SECP256R1);
  if (rc == 0) rc = mbedtls_ecdh_gen_public(&a->group, &a->d, &a->q, mbedtls_ctr_drbg_random, &a->random);
  return rc;
}

int bare_agree(bare_t *b, size_t count) {
  agreement_t *a = b->agreement;
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < count; i++)
    rc = mbedtls_ecdh_compute_shared(&a->group, &a->z, &a->q, &a->d, mbedtls_ctr_drbg_random, &a->random);
  return rc;
}

static void free_agreement(agreement_t *a) {
  if (a == NULL) return;
  mbedtls_ecp_point_free(&a->q);
  mbedtls_mpi_free(&a->z);
  mbedtls_mpi_free(&a->d);
  mbedtls_ecp_group_free(&a->group);
  mbedtls_ctr_drbg_free(&a->random);
  mbedtls_entropy_free(&a->entropy);
  free(a);
}

void bare_free(bare_t *b) {
  if (b != NULL) free_agreement(b->agreement);
  free(b);
}

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
