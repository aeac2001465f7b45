/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the engine, for the two files that know mbedTLS: tls_mbedtls.c has the connections,
 * key_mbedtls.c the private keys. */
#ifndef SZTP_HTTPS_TLS_ENGINE_H
#define SZTP_HTTPS_TLS_ENGINE_H

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>

#include "https/tls.h"

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

/* A private key and the certificate that it belongs to. */
typedef struct sztp__tls_key {
  mbedtls_pk_context pk;
  uint8_t *certificate; /* DER; NULL: there is no key */
  size_t certificate_len;
} sztp__tls_key_t;

struct sztp__tls_engine {
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  sztp__tls_key_t keys[SZTP__TLS_KEYS];
};

#endif
