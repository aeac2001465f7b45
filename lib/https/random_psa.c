/* SPDX-License-Identifier: Apache-2.0 */
/* PSA's random generator, which is the process's; seeded again in a child of fork(), which would give the
 * same octets as its parent. */
#define _POSIX_C_SOURCE 200809L
#include "https/random_source.h"

#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include <mbedtls/version.h>

/* Said before anything that such a version does not have is missed. */
#if MBEDTLS_VERSION_NUMBER < 0x03060600 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "this mbedTLS is not supported: libsztp-https with CRYPTO=psa works with 3.6, from 3.6.6 on"
#endif
#if !defined(MBEDTLS_USE_PSA_CRYPTO)
#error "this mbedTLS lacks MBEDTLS_USE_PSA_CRYPTO: TLS would not compute with PSA"
#endif
#if !defined(MBEDTLS_THREADING_C) && !defined(SZTP_SINGLE_THREAD)
#error "PSA without MBEDTLS_THREADING_C: set it, or SZTP_SINGLE_THREAD (see sztp/types.h)"
#endif

#include <mbedtls/error.h>
#include <psa/crypto.h>

#include <sztp/error.h>

struct sztp__random_source {
  pid_t process; /* that it was seeded for */
};

int32_t sztp__random_source_new(sztp__random_source_t **out) {
  if (psa_crypto_init() != PSA_SUCCESS) return SZTP_ERR_CRYPTO;
  sztp__random_source_t *r = malloc(sizeof *r);
  if (r == NULL) return SZTP_ERR_MEMORY;
  r->process = getpid();
  *out = r;
  return SZTP_OK;
}

void sztp__random_source_free(sztp__random_source_t *r) { free(r); }

int sztp__random_survives_fork(void) { return 1; }

/* A failure of PSA as mbedTLS names failures. */
static int code_of(psa_status_t status) {
  return status == PSA_SUCCESS ? 0 : MBEDTLS_ERR_ERROR_GENERIC_ERROR;
}

int sztp__random_octets(void *source, unsigned char *out, size_t len) {
  sztp__random_source_t *r = source;
  if (r->process != getpid()) {
    psa_status_t status = psa_random_reseed(NULL, 0);
    if (status != PSA_SUCCESS && status != PSA_ERROR_NOT_SUPPORTED) /* not supported: it is somebody else's */
      return code_of(status);
    r->process = getpid();
  }
  return code_of(psa_generate_random(out, len));
}
