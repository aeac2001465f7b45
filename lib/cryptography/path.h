/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths by RFC 5280 6, as the PKIX group decides it: from a leaf, over untrusted certificates,
 * to an anchor that may be a root, an intermediate or the leaf itself. */
#ifndef SZTP_CRYPTOGRAPHY_PATH_H
#define SZTP_CRYPTOGRAPHY_PATH_H

#include "cryptography/path_input.h"

/* Finds and validates a path. On success chain[0] is the leaf and chain[*chain_len - 1] the anchor (pointers
 * into the caller's arrays). With several possible paths the first that validates wins; if none does, the
 * code and trail are those of the candidate that came furthest (so "expired" is said rather than "no path").
 * A path that holds but for revocation came furthest of all. 0; SZTP_ERR_PKIX_*; SZTP_ERR_CMS_ALG_WEAK or
 * _UNSUPPORTED; SZTP_ERR_LIMIT (no work is left); SZTP_ERR_CRYPTO; SZTP_ERR_MEMORY. */
int32_t sztp__path_validate(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf,
                            const sztp__cert_t *chain[SZTP__PATH_MAX], size_t *chain_len);

/* Forgets: before it, the anchors, others and CRLs of the paths that a memory serves must stay as they are.
 */
void sztp__path_memory_clear(sztp_ctx_t *ctx, sztp__path_memory_t *memory);

#endif
