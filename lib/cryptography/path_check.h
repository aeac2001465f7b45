/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of a certification path beside signatures and revocation (RFC 5280 6.1). */
#ifndef SZTP_CRYPTOGRAPHY_PATH_CHECK_H
#define SZTP_CRYPTOGRAPHY_PATH_CHECK_H

#include "cryptography/path_input.h"

/* Each certificate by itself of chain[0], the leaf, to chain[count - 1], an anchor, with at least one below
 * it: what costs next to nothing, and is the same in whatever path it stands. *at is the place of the one
 * that is at fault. 0; SZTP_ERR_PKIX_*; SZTP_ERR_CMS_ALG_WEAK or _UNSUPPORTED. */
int32_t sztp__path_check_each(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *const *chain,
                              size_t count, size_t *at);
/* What those above demand of those below, lengths, names and policies, for a path whose signatures hold. 0;
 * SZTP_ERR_PKIX_*; SZTP_ERR_LIMIT (no work is left); SZTP_ERR_MEMORY. */
int32_t sztp__path_check_together(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *const *chain,
                                  size_t count);
/* The part of sztp__path_check_each() that is about the leaf alone. */
int32_t sztp__path_check_leaf(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf);
/* Checks one validity period against the clock: 0, SZTP_ERR_PKIX_EXPIRED, SZTP_ERR_PKIX_NOT_YET_VALID. */
int32_t sztp__clock_check(sztp_ctx_t *ctx, const sztp__clock_t *clock, const sztp__cert_t *cert);

/* Fails with @p code, telling @p what of a certificate. */
int32_t sztp__path_refuse(sztp_ctx_t *ctx, int32_t code, const char *what, const sztp__cert_t *cert);
/* Failures which no other path can mend: of the machine, and that no work is left. */
int sztp__path_fatal(int32_t rc);

#endif
