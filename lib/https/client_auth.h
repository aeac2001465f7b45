/* SPDX-License-Identifier: Apache-2.0 */
/* How the device authenticates itself in TLS: its certificates, and signatures by its key function (TLS-06,
 * TLS-07, TLS-21). */
#ifndef SZTP_HTTPS_CLIENT_AUTH_H
#define SZTP_HTTPS_CLIENT_AUTH_H

#include "https/transport.h"

typedef struct sztp__client_auth {
  sztp_https_t *h;
  sztp_ctx_t *ctx;     /* the session's, for its trail */
  sztp__span_t *chain; /* the identity certificate and what stands above it; to be freed */
  size_t chain_len;
  const uint64_t *until; /* when the handshake must be done */
  int late;              /* a signature did not come before */
  char why[SZTP__PARAGRAPH_SIZE];
} sztp__client_auth_t;

/* Fills in what is not given (h, ctx): reads the device's certificates, and asks what its key can do, before
 * @p until: what a connection to @p peer presents. *handshake is when the handshake must be done, read while
 * it lasts. SZTP__NET_OK; SZTP__NET_LOCAL with the cause in *code, SZTP__NET_TIMEOUT, SZTP__NET_FAILED, and
 * why. */
int sztp__client_auth(sztp__client_auth_t *auth, uint64_t until, const uint64_t *handshake,
                      sztp__tls_peer_t *peer, int32_t *code);

#endif
