/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds a random generator of mbedTLS from the system's entropy; and again in a child of fork(), which would
 * give the same octets as its parent. */
#define _POSIX_C_SOURCE 200809L
#include "https/random_mbedtls.h"

#include <unistd.h>

#if SZTP__TLS_USES_PSA
#include <psa/crypto.h>
#include <psa/crypto_extra.h>
#endif

#include <sztp/error.h>

int32_t sztp__random_source_begin(sztp__random_source_t *r) {
  mbedtls_entropy_init(&r->entropy);
  mbedtls_ctr_drbg_init(&r->drbg);
  r->process = getpid();
#if SZTP__TLS_USES_PSA
  /* TLS 1.3 computes with PSA. Asking again is allowed. */
  if (psa_crypto_init() != PSA_SUCCESS) return SZTP_ERR_CRYPTO;
#endif
  return mbedtls_ctr_drbg_seed(&r->drbg, mbedtls_entropy_func, &r->entropy, NULL, 0) == 0 ? SZTP_OK
                                                                                          : SZTP_ERR_RANDOM;
}

void sztp__random_source_end(sztp__random_source_t *r) {
  mbedtls_ctr_drbg_free(&r->drbg);
  mbedtls_entropy_free(&r->entropy);
}

/* PSA has a generator of its own, for the keys of TLS 1.3. Before 3.6.6 nobody could have it seeded again. */
static int reseed(sztp__random_source_t *r) {
#if SZTP__TLS_USES_PSA && MBEDTLS_VERSION_NUMBER < 0x03060600
  (void)r;
  return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
#else
#if SZTP__TLS_USES_PSA
  psa_status_t status = psa_random_reseed(NULL, 0);
  if (status != PSA_SUCCESS && status != PSA_ERROR_NOT_SUPPORTED) /* not supported: it is somebody else's */
    return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
#endif
  return mbedtls_ctr_drbg_reseed(&r->drbg, NULL, 0);
#endif
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
