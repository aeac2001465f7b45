/* SPDX-License-Identifier: Apache-2.0 */
/* Distribution points: where a certificate's CRLs are, and which of them one CRL is (RFC
 * 5280 4.2.1.13, 5.2.5). */
#ifndef SZTP_CRYPTOGRAPHY_DISTRIBUTION_H
#define SZTP_CRYPTOGRAPHY_DISTRIBUTION_H

#include "cryptography/cert.h"

/* Checks the contents of a certificate's cRLDistributionPoints: 0 or SZTP_ERR_DER. */
int32_t sztp__distribution_points_check(sztp__der_t points);
/* Checks the contents of the tag around a DistributionPointName: 0 or SZTP_ERR_DER. */
int32_t sztp__distribution_name_check(sztp__der_t name);

/* Whether a CRL with the distribution point name @p name (contents of the tag around it; empty: it has none)
 * is one for @p cert, by whose issuer it was issued: one of the certificate's distribution points has a name
 * in common with it, or the name is the issuer's own (RFC 5280 6.3.3 (b)(2)). Points of indirect CRLs count
 * for nothing. 0 or SZTP_ERR_MEMORY. */
int32_t sztp__distribution_matches(sztp_ctx_t *ctx, sztp__span_t name, const sztp__cert_t *cert,
                                   int *matches);

#endif
