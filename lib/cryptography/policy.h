/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate policies along a path (RFC 5280 6.1), for a device to which every policy is acceptable. */
#ifndef SZTP_CRYPTOGRAPHY_POLICY_H
#define SZTP_CRYPTOGRAPHY_POLICY_H

#include "cryptography/cert.h"

/* @p chain is leaf first, anchor last; the anchor has no say. 0; SZTP_ERR_PKIX_NO_PATH if a CA requires an
 * explicit policy and none is valid for the whole path, or if anyPolicy is mapped; SZTP_ERR_MEMORY. */
int32_t sztp__policies_apply(sztp_ctx_t *ctx, const sztp__cert_t *const *chain, size_t count);

#endif
