/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds a random generator of mbedTLS from the system's entropy; and again in a child of fork(), which would
 * give the same octets as its parent. */
#define _POSIX_C_SOURCE 200809L
#include "https/random_source.h"

#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include <mbedtls/version.h>

/* Said before anything that such a version does not have is missed. */
#if MBEDTLS_VERSION_NUMBER < 0x021c0000 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "this mbedTLS is not supported: libsztp-https works with 2.28 and 3.6"
#endif

#include <mbedtls/ctr_drbg.h>

/* Whether connections compute with PSA, whose keys and generator the whole process shares. */
#if defined(MBEDTLS_PSA_CRYPTO_C) && (MBEDTLS_VERSION_NUMBER >= 0x03000000 || defined(MBEDTLS_USE_PSA_CRYPTO))
#define USES_PSA 1
#else
#define USES_PSA 0
#endif
#if USES_PSA && !defined(MBEDTLS_THREADING_C) && !defined(SZTP_SINGLE_THREAD)
#error                                                                                                       \
    "mbedTLS goes through PSA without MBEDTLS_THREADING_C: set it, or SZTP_SINGLE_THREAD (see sztp/types.h)"
#endif
#if USES_PSA
#include <psa/crypto.h>
#include <psa/crypto_extra.h>
#endif

#include <sztp/error.h>

#include "cryptography/entropy_mbedtls.h"

struct sztp__random_source {
  mbedtls_ctr_drbg_context drbg;
  pid_t process; /* that it was seeded for */
};

/* What mbedTLS calls to seed. The pool is asked once in ten thousand times: it lives as long as it is asked.
 */
static int seed(void *user, unsigned char *out, size_t len) {
  (void)user;
  sztp__entropy_t *pool = malloc(sizeof *pool);
  if (pool == NULL) return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
  sztp__entropy_init(pool);
  int code = sztp__entropy_octets(pool, out, len);
  sztp__entropy_free(pool); /* wipes it */
  free(pool);
  return code;
}

static int32_t begin(sztp__random_source_t *r) {
  mbedtls_ctr_drbg_init(&r->drbg);
  r->process = getpid();
#if USES_PSA
  /* TLS 1.3 computes with PSA. Asking again is allowed. */
  if (psa_crypto_init() != PSA_SUCCESS) return SZTP_ERR_CRYPTO;
#endif
  return mbedtls_ctr_drbg_seed(&r->drbg, seed, NULL, NULL, 0) == 0 ? SZTP_OK : SZTP_ERR_RANDOM;
}

int32_t sztp__random_source_new(sztp__random_source_t **out) {
  sztp__random_source_t *r = malloc(sizeof *r);
  if (r == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = begin(r);
  if (rc != SZTP_OK) {
    sztp__random_source_free(r);
    return rc;
  }
  *out = r;
  return SZTP_OK;
}

void sztp__random_source_free(sztp__random_source_t *r) {
  if (r == NULL) return;
  mbedtls_ctr_drbg_free(&r->drbg); /* wipes it */
  free(r);
}

/* PSA has a generator of its own, for the keys of TLS 1.3. Before 3.6.6 nobody could have it seeded again. */
int sztp__random_survives_fork(void) { return !USES_PSA || MBEDTLS_VERSION_NUMBER >= 0x03060600; }

static int reseed(sztp__random_source_t *r) {
  if (!sztp__random_survives_fork()) return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
#if USES_PSA && MBEDTLS_VERSION_NUMBER >= 0x03060600
  psa_status_t status = psa_random_reseed(NULL, 0);
  if (status != PSA_SUCCESS && status != PSA_ERROR_NOT_SUPPORTED) /* not supported: it is somebody else's */
    return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
#endif
  return mbedtls_ctr_drbg_reseed(&r->drbg, NULL, 0);
}

int sztp__random_octets(void *source, unsigned char *out, size_t len) {
  sztp__random_source_t *r = source;
  if (r->process != getpid()) {
    int code = reseed(r);
    if (code != 0) return code;
    r->process = getpid();
  }
  return mbedtls_ctr_drbg_random(&r->drbg, out, len);
}
