/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a bootstrap server: the trust anchor that a redirect brings, the certificates that the server
 * presents, and its identity (TLS-10 to -18, REDIR-07). */
#ifndef SZTP_TRUST_TLS_IDENTITY_H
#define SZTP_TRUST_TLS_IDENTITY_H

#include "cryptography/cms.h"
#include "trust/device_private.h"

/* A redirect's trust-anchor: the anchor that it is, and the CRLs that came with it (TLS-17). */
typedef struct sztp__anchor {
  sztp__cms_t *cms; /* what the others borrow from */
  sztp__cert_t cert;
  sztp__crl_t *crls;
  size_t crl_count;
} sztp__anchor_t;

/* Reads a trust-anchor: exactly one chain from a self-signed root down to one lowest CA, which becomes the
 * anchor (D-128). @p cms_der is borrowed. SZTP_ERR_TLS_UNTRUSTED if it is unusable, with the reason;
 * SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__anchor_read(sztp_ctx_t *ctx, sztp__span_t cms_der, int allow_sha1, sztp__anchor_t **out);
void sztp__anchor_free(sztp_ctx_t *ctx, sztp__anchor_t *anchor);

/* What a server must satisfy. */
typedef struct sztp__server_rules {
  const sztp_device_t *dev; /* for policy */
  const sztp__cert_t *anchors;
  size_t anchor_count;
  int anchors_learned;
  sztp__clock_t clock;
  sztp__span_t host;       /* the reference identity */
  const sztp__crl_t *crls; /* of a learned anchor: a listed certificate is refused */
  size_t crl_count;
} sztp__server_rules_t;

/* Judges @p chain, DER certificates one after another with the server's own first. SZTP_ERR_TLS_UNTRUSTED,
 * SZTP_ERR_TLS_NAME_MISMATCH, each with its cause; SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__server_check(sztp_ctx_t *ctx, const sztp__server_rules_t *rules, sztp__span_t chain);

#endif
