/* SPDX-License-Identifier: Apache-2.0 */
/* The bundle's inside. */
#ifndef SZTP_TRUST_BUNDLE_H
#define SZTP_TRUST_BUNDLE_H

#include <sztp/verify.h>

#include "trust/device_private.h"

#define SZTP__BUNDLE_SLOTS 6

struct sztp_bundle {
  sztp_ctx_t *ctx;
  sztp__blob_t slots[SZTP__BUNDLE_SLOTS];
};

/* An artifact's octets; {NULL, 0} if it is not there. */
sztp__span_t sztp__bundle_span(const sztp_bundle_t *b, uint32_t artifact);
/* Octets that an artifact may have (SEC-06). */
uint64_t sztp__bundle_limit(const sztp_ctx_t *ctx, uint32_t artifact);
/* As sztp_bundle_set(), but takes over memory that was allocated on the context. */
int32_t sztp__bundle_take(sztp_bundle_t *b, uint32_t artifact, uint8_t *data, size_t len);

#endif
