/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that are exactly one chain, as a trust anchor is made of (REDIR-07). */
#ifndef SZTP_CRYPTOGRAPHY_CHAIN_H
#define SZTP_CRYPTOGRAPHY_CHAIN_H

#include "cryptography/cert.h"

#define SZTP__CHAIN_MAX 32 /* certificates of a CMS (CMS-26) */

/* Checks that the certificates, in any order, are exactly one chain, by names and signatures, from a
 * self-signed root to one lowest certificate, which is given out; a CA, unless it is the root itself.
 * SZTP_ERR_PKIX_NO_PATH with the reason; SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__chain_read(sztp_ctx_t *ctx, const sztp__cert_t *certs, size_t count, int allow_sha1,
                         const sztp__cert_t **out);

#endif
