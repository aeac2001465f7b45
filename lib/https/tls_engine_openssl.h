/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the engine, for the files of the TLS seam that know OpenSSL: tls_openssl.c has the
 * connections, tls_key_openssl.c the private key that is somewhere else. */
#ifndef SZTP_HTTPS_TLS_ENGINE_OPENSSL_H
#define SZTP_HTTPS_TLS_ENGINE_OPENSSL_H

#include <openssl/evp.h>

#include "ground/format.h"
#include "https/tls.h"

/* Where keys are that are outside: a library context with nothing but their provider. */
typedef struct sztp__outside_home sztp__outside_home_t;

/* 0, SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO */
int32_t sztp__outside_home_new(sztp__outside_home_t **out);
/* After every key that was made there. NULL is allowed. */
void sztp__outside_home_free(sztp__outside_home_t *home);

/* A private key as one connection sees it. */
typedef struct sztp__outside_key {
  OSSL_LIB_CTX *library; /* who hashes, and verifies the first signature */
  sztp__tls_signer_t signer;
  EVP_PKEY *certified;         /* the public key of the certificate, borrowed */
  int proved;                  /* a signature has been held against it */
  int32_t result;              /* why there was no signature, and won't be any; 0 */
  char why[SZTP__PHRASE_SIZE]; /* "" where the signer knows why */
} sztp__outside_key_t;

/* Makes *out, a private key whose signatures come from @p key, which is filled in and outlives it. 0,
 * SZTP_ERR_CONFIG (neither an RSA nor an EC key), SZTP_ERR_MEMORY */
int32_t sztp__outside_key_new(const sztp__outside_home_t *home, sztp__outside_key_t *key, EVP_PKEY **out);
/* SZTP_ABLE_* that a signature takes: @p hash is 256, 384 or 512, and anything else takes 0. */
int64_t sztp__outside_ability(uint32_t operation, uint32_t hash);

#endif
