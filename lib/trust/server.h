/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a bootstrap server: the trust anchor that a redirect brings, the certificates that the server
 * presents, and its identity (TLS-10 to -18, REDIR-07). */
#ifndef SZTP_TRUST_SERVER_H
#define SZTP_TRUST_SERVER_H

#include "trust/device.h"

/* Reads a redirect's trust-anchor: exactly one chain from a self-signed root down to one lowest CA, which
 * becomes the anchor (D-128). *out borrows from @p cms_der. SZTP_ERR_TLS_UNTRUSTED if it is unusable, with
 * the reason; SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__anchor_read(sztp_ctx_t *ctx, sztp__span_t cms_der, int allow_sha1, sztp__cert_t *out);

/* Checks that the certificates, in any order, are exactly one chain from a self-signed root to one lowest
 * certificate, which is given out; a CA, unless it is the root itself. Errors as above. */
int32_t sztp__chain_read(sztp_ctx_t *ctx, const sztp__cert_t *certs, size_t count, int allow_sha1,
                         const sztp__cert_t **out);

/* What a server must satisfy. */
typedef struct sztp__server_rules {
  const sztp_device_t *dev; /* for policy */
  const sztp__cert_t *anchors;
  size_t anchor_count;
  int anchors_learned;
  sztp__clock_t clock;
  sztp__span_t host; /* the reference identity */
} sztp__server_rules_t;

/* Judges @p chain, DER certificates one after another with the server's own first. SZTP_ERR_TLS_UNTRUSTED,
 * SZTP_ERR_TLS_NAME_MISMATCH, each with its cause; SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__server_check(sztp_ctx_t *ctx, const sztp__server_rules_t *rules, sztp__span_t chain);

#endif
