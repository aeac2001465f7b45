/* SPDX-License-Identifier: Apache-2.0 */
/* The server's certificates, for the core's eyes and not for mbedTLS's. */
#ifndef SZTP_HTTPS_TLS_CHAIN_MBEDTLS_H
#define SZTP_HTTPS_TLS_CHAIN_MBEDTLS_H

#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ssl.h>

typedef struct sztp__tls_chain {
  uint8_t *message; /* Certificate, from its handshake header on; NULL until it came */
  size_t len;
  int tls13;
} sztp__tls_chain_t;

/* To be called before mbedTLS's step in the state MBEDTLS_SSL_SERVER_CERTIFICATE: reads the message, keeps
 * it, and takes from mbedTLS's copy what mbedTLS would judge. 0, or mbedTLS's error, as WANT_READ; then call
 * it again. */
int sztp__tls_chain_take(sztp__tls_chain_t *c, mbedtls_ssl_context *ssl);
/* To be called when mbedTLS verifies: undoes it. */
void sztp__tls_chain_put_back(const sztp__tls_chain_t *c, mbedtls_ssl_context *ssl);
/* What the server sent, DER certificates one after another in its order; free(*out). 0, SZTP_ERR_MEMORY. */
int32_t sztp__tls_chain_octets(const sztp__tls_chain_t *c, uint8_t **out, size_t *out_len);
void sztp__tls_chain_free(sztp__tls_chain_t *c);

#endif
