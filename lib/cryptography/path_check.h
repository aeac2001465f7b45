/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of a certification path that need no signature (RFC 5280 6.1). */
#ifndef SZTP_CRYPTOGRAPHY_PATH_CHECK_H
#define SZTP_CRYPTOGRAPHY_PATH_CHECK_H

#include "cryptography/path_input.h"

/* Everything that costs little about chain[0], the leaf, to chain[count - 1], an anchor, with at least one
 * certificate between or below. @p budget is that of name constraints, which the call lessens. 0;
 * SZTP_ERR_PKIX_*; SZTP_ERR_CMS_ALG_WEAK or _UNSUPPORTED; SZTP_ERR_MEMORY. */
int32_t sztp__path_check(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *const *chain,
                         size_t count, uint32_t *budget);
/* The part of it that is about the leaf alone. */
int32_t sztp__path_check_leaf(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf);
/* Checks one validity period against the clock: 0, SZTP_ERR_PKIX_EXPIRED, SZTP_ERR_PKIX_NOT_YET_VALID. */
int32_t sztp__clock_check(sztp_ctx_t *ctx, const sztp__clock_t *clock, const sztp__cert_t *cert);

/* Fails with @p code, telling @p what of a certificate. */
int32_t sztp__path_refuse(sztp_ctx_t *ctx, int32_t code, const char *what, const sztp__cert_t *cert);
/* Failures of the machine, which no other path can mend. */
int sztp__path_fatal(int32_t rc);

#endif
