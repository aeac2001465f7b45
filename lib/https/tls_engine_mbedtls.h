/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the engine, for the files of the TLS seam that know mbedTLS: tls_mbedtls.c has the
 * connections, tls_key_mbedtls.c the private key that is somewhere else, tls_chain_mbedtls.c what the server
 * presents. */
#ifndef SZTP_HTTPS_TLS_ENGINE_MBEDTLS_H
#define SZTP_HTTPS_TLS_ENGINE_MBEDTLS_H

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>

#include "ground/format.h"
#include "https/random_source.h"
#include "https/tls.h"

#ifndef MBEDTLS_PRIVATE /* 2.x */
#define MBEDTLS_PRIVATE(member) member
#endif

/* mbedTLS keeps what this is to itself: see tls_key_mbedtls.c. */
typedef struct sztp__outside_kind sztp__outside_kind_t;

struct sztp__tls_engine {
  sztp__random_source_t *random;
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

/* The server's certificates, for the core's eyes and not for mbedTLS's. */
typedef struct sztp__tls_chain {
  uint8_t *message; /* Certificate, from its handshake header on; NULL until it came */
  size_t len;
  int tls13;
} sztp__tls_chain_t;

/* To be called before mbedTLS's step in the state MBEDTLS_SSL_SERVER_CERTIFICATE: reads the message, keeps
 * it, and takes from mbedTLS's copy what mbedTLS would judge. 0, or mbedTLS's error, as WANT_READ; then call
 * it again. */
int sztp__tls_chain_take(sztp__tls_chain_t *c, mbedtls_ssl_context *ssl);
/* What of it changes a Certificate message with its handshake header: one that is malformed stays as it is.
 */
void sztp__tls_chain_hide(uint8_t *message, size_t len, int tls13);
/* To be called when mbedTLS verifies: undoes it. */
void sztp__tls_chain_put_back(const sztp__tls_chain_t *c, mbedtls_ssl_context *ssl);
/* What the server sent, DER certificates one after another in its order; free(*out). 0, SZTP_ERR_MEMORY. */
int32_t sztp__tls_chain_octets(const sztp__tls_chain_t *c, uint8_t **out, size_t *out_len);
void sztp__tls_chain_free(sztp__tls_chain_t *c);

#endif
