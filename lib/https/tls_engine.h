/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the engine, for the two files of the TLS seam that know mbedTLS: tls_mbedtls.c has the
 * connections, tls_key_mbedtls.c the private key that is somewhere else. */
#ifndef SZTP_HTTPS_TLS_ENGINE_H
#define SZTP_HTTPS_TLS_ENGINE_H

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>

#include "ground/format.h"
#include "https/random_mbedtls.h"
#include "https/tls.h"

/* mbedTLS keeps what this is to itself: see tls_key_mbedtls.c. */
typedef struct sztp__outside_kind sztp__outside_kind_t;

struct sztp__tls_engine {
  sztp__random_source_t random;
  sztp__outside_kind_t *outside_ec;
  uint8_t
      *proved; /* the certificate, DER, whose private key has made a signature that fits; NULL: none yet */
  size_t proved_len;
};

/* A private key as one connection sees it. */
typedef struct sztp__outside_key {
  mbedtls_ecp_keypair public_half; /* of an EC key; first, since mbedTLS looks for it there */
  sztp__tls_engine_t *engine;
  sztp__tls_signer_t signer;
  mbedtls_pk_context *certificate; /* the public key, borrowed, */
  sztp__span_t der;                /* and the whole certificate */
  int32_t result;                  /* why there was no signature, and won't be any; 0 */
  char why[SZTP__PHRASE_SIZE];     /* "" where the signer knows why */
} sztp__outside_key_t;

/* Makes the kind of key that an EC key outside of mbedTLS is, and makes sure that mbedTLS understands it.
 * 0, SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO */
int32_t sztp__outside_kind_new(sztp__outside_kind_t **out);

void sztp__outside_key_init(sztp__outside_key_t *key);
void sztp__outside_key_free(sztp__outside_key_t *key);
/* Makes @p pk a private key whose signatures come from key->signer; all but public_half is filled in. 0, or
 * SZTP_ERR_CONFIG (neither an RSA nor an EC key), SZTP_ERR_MEMORY */
int32_t sztp__outside_key_use(sztp__outside_key_t *key, mbedtls_pk_context *pk);

#endif
