/* SPDX-License-Identifier: Apache-2.0 */
/* The random generator that mbedTLS is given, for private keys and for connections. */
#ifndef SZTP_HTTPS_RANDOM_MBEDTLS_H
#define SZTP_HTTPS_RANDOM_MBEDTLS_H

#include <stdint.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/version.h>

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

typedef struct sztp__random_source {
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context drbg; /* for mbedtls_ctr_drbg_random() */
} sztp__random_source_t;

/* Starts the library, and seeds. 0, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO; it is to be ended in any case. */
int32_t sztp__random_source_begin(sztp__random_source_t *r);
void sztp__random_source_end(sztp__random_source_t *r);

#endif
