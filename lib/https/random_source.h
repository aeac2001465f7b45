/* SPDX-License-Identifier: Apache-2.0 */
/* The random generator that mbedTLS is given, for private keys and for connections. */
#ifndef SZTP_HTTPS_RANDOM_MBEDTLS_H
#define SZTP_HTTPS_RANDOM_MBEDTLS_H

#include <stdint.h>
#include <sys/types.h>

#include <mbedtls/version.h>

/* Said before anything that such a version does not have is missed. */
#if MBEDTLS_VERSION_NUMBER < 0x021c0000 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "this mbedTLS is not supported: libsztp-https works with 2.28 and 3.6"
#endif

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>

/* Whether connections compute with PSA, whose keys and generator the whole process shares. */
#if defined(MBEDTLS_PSA_CRYPTO_C) && (MBEDTLS_VERSION_NUMBER >= 0x03000000 || defined(MBEDTLS_USE_PSA_CRYPTO))
#define SZTP__TLS_USES_PSA 1
#else
#define SZTP__TLS_USES_PSA 0
#endif
#if SZTP__TLS_USES_PSA && !defined(MBEDTLS_THREADING_C) && !defined(SZTP_SINGLE_THREAD)
#error                                                                                                       \
    "mbedTLS goes through PSA without MBEDTLS_THREADING_C: set it, or SZTP_SINGLE_THREAD (see sztp/types.h)"
#endif

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

typedef struct sztp__random_source {
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context drbg;
  pid_t process; /* that it was seeded for */
} sztp__random_source_t;

/* Starts the library, and seeds. 0, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO; it is to be ended in any case. */
int32_t sztp__random_source_begin(sztp__random_source_t *r);
void sztp__random_source_end(sztp__random_source_t *r);
/* What mbedTLS calls for random octets, with a source. 0, or mbedTLS's code. */
int sztp__random_octets(void *source, unsigned char *out, size_t len);

#endif
