/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate policies along a path (RFC 5280 6.1). */
#ifndef SZTP_CRYPTOGRAPHY_POLICY_H
#define SZTP_CRYPTOGRAPHY_POLICY_H

#include "cryptography/cert.h"

#define SZTP__OIDS_MAX 8
typedef struct sztp__oids {
  sztp__span_t oid[SZTP__OIDS_MAX]; /* contents octets */
  size_t count;
} sztp__oids_t;

/* @p chain is leaf first, anchor last; the anchor has no say. One of the @p wanted policies must be valid for
 * the whole path; NULL or none: every policy is acceptable, and no policy, unless a CA requires an explicit
 * one. 0; SZTP_ERR_PKIX_NO_PATH if there is none, or if anyPolicy is mapped; SZTP_ERR_MEMORY. */
int32_t sztp__policies_apply(sztp_ctx_t *ctx, const sztp__cert_t *const *chain, size_t count,
                             const sztp__oids_t *wanted);

#endif
