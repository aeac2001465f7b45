/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds a random generator of mbedTLS from the system's entropy. */
#include "https/random_mbedtls.h"

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#include <sztp/error.h>

int32_t sztp__random_source_begin(sztp__random_source_t *r) {
  mbedtls_entropy_init(&r->entropy);
  mbedtls_ctr_drbg_init(&r->drbg);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
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
