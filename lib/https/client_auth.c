/* SPDX-License-Identifier: Apache-2.0 */
/* Client authentication: what is presented, what the key can do, and its signatures. A handshake can't be put
 * off, so a key function that is not finished is waited for (TPM-06). */
#include "https/client_auth.h"

#include <stdlib.h>

static int32_t read_chain(sztp__client_auth_t *auth) {
  const sztp_device_t *dev = auth->h->dev;
  sztp__span_t c;
  size_t n = 0;
  free(auth->chain);
  auth->chain_len = 0;
  while (sztp_device_cert(dev, SZTP_CERT_IDENTITY_CHAIN, n, &c.data, &c.len) == SZTP_OK) n++;
  auth->chain = calloc(n + 1, sizeof *auth->chain);
  if (auth->chain == NULL) return SZTP_ERR_MEMORY;
  if (sztp_device_cert(dev, SZTP_CERT_IDENTITY, 0, &auth->chain[0].data, &auth->chain[0].len) != SZTP_OK)
    return SZTP_ERR_CONFIG;
  for (size_t i = 0; i < n; i++) {
    sztp__span_t *to = &auth->chain[i + 1];
    if (sztp_device_cert(dev, SZTP_CERT_IDENTITY_CHAIN, i, &to->data, &to->len) != SZTP_OK)
      return SZTP_ERR_CONFIG;
  }
  auth->chain_len = n + 1;
  return SZTP_OK;
}

/* Between two questions to a key function that is not finished: SZTP__NET_OK, or how the waiting ends. */
static int wait_for_key(const sztp_https_t *h, uint64_t until) {
  uint64_t now = sztp__socket_now();
  if (now >= until) return SZTP__NET_TIMEOUT;
  uint64_t next = sztp__socket_after(now, h->limits.key_poll_ms);
  int rc = sztp__socket_wait(SZTP__NO_SOCKET, 0, next < until ? next : until, &h->stop);
  return rc == SZTP__NET_TIMEOUT ? SZTP__NET_OK : SZTP__NET_FAILED;
}

static const char *why_waiting_ended(int rc) {
  return rc == SZTP__NET_TIMEOUT ? "no answer of the device's key in time" : "stopped on request";
}

/* A sign function of a sztp__tls_signer_t. */
static int32_t sign_handshake(void *user, uint32_t operation, uint32_t hash, sztp__span_t digest,
                              uint8_t *out, size_t *out_len) {
  sztp__client_auth_t *auth = user;
  sztp_https_t *h = auth->h;
  for (;;) {
    int32_t rc = sztp_device_sign(auth->ctx, h->dev, auth->chain[0].data, auth->chain[0].len, operation, hash,
                                  digest.data, digest.len, out, out_len);
    if (rc == SZTP_OK) return rc;
    if (rc != SZTP_PENDING) {
      const char *detail = NULL;
      if (sztp_ctx_trail(auth->ctx, 0, NULL, NULL, &detail) != SZTP_OK) detail = sztp_error_text(rc);
      (void)sztp__format(auth->why, sizeof auth->why, "no signature of the device's key: %s", detail);
      return rc;
    }
    int waited = wait_for_key(h, *auth->until);
    if (waited == SZTP__NET_OK) continue;
    auth->late = waited == SZTP__NET_TIMEOUT;
    (void)sztp__format(auth->why, sizeof auth->why, "%s", why_waiting_ended(waited));
    return SZTP_ERR_KEY;
  }
}

/* What the key can do, once its function is finished. */
static int ask_abilities(sztp__client_auth_t *auth, uint64_t until, int64_t *able, int32_t *code) {
  const sztp_https_t *h = auth->h;
  for (;;) {
    *code = sztp_device_able(auth->ctx, h->dev, auth->chain[0].data, auth->chain[0].len, able);
    if (*code == SZTP_OK) return SZTP__NET_OK;
    if (*code != SZTP_PENDING) return SZTP__NET_LOCAL;
    *code = SZTP_OK;
    int waited = wait_for_key(h, until);
    if (waited == SZTP__NET_OK) continue;
    (void)sztp__format(auth->why, sizeof auth->why, "%s", why_waiting_ended(waited));
    return waited;
  }
}

int sztp__client_auth(sztp__client_auth_t *auth, uint64_t until, const uint64_t *handshake,
                      sztp__tls_peer_t *peer, int32_t *code) {
  const char *detail = NULL;
  auth->until = handshake;
  *code = read_chain(auth);
  int rc = *code == SZTP_OK ? ask_abilities(auth, until, &peer->signer.able, code) : SZTP__NET_LOCAL;
  if (rc == SZTP__NET_LOCAL) {
    if (auth->chain_len == 0 || sztp_ctx_trail(auth->ctx, 0, NULL, NULL, &detail) != SZTP_OK)
      detail = sztp_error_text(*code);
    if (*code == SZTP_ERR_NOT_FOUND) *code = SZTP_ERR_CONFIG;
    (void)sztp__format(auth->why, sizeof auth->why,
                       "the device's identity certificate and its private key are needed (TLS-07): %s",
                       detail);
  }
  peer->chain = auth->chain;
  peer->chain_len = auth->chain_len;
  peer->signer.sign = sign_handshake;
  peer->signer.user = auth;
  return rc;
}
