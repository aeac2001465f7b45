/* SPDX-License-Identifier: Apache-2.0 */
/* GeneralNames and what a CA's name constraints say about them (RFC 5280 4.2.1.10). */
#ifndef SZTP_CRYPTOGRAPHY_CONSTRAINTS_H
#define SZTP_CRYPTOGRAPHY_CONSTRAINTS_H

#include "cryptography/cert.h"

/* How many comparisons of a name with a subtree one search may cost: names and subtrees multiply. */
#define SZTP__CONSTRAINTS_BUDGET 65536

/* Check the contents of a GeneralNames and of a NameConstraints SEQUENCE: 0 or SZTP_ERR_DER. */
int32_t sztp__general_names_check(sztp__der_t contents);
int32_t sztp__name_constraints_check(sztp__der_t contents);

/* Whether all names of @p cert satisfy @p constraints (cert.h: name_constraints). 0 or
 * SZTP_ERR_PKIX_NAME_CONSTRAINT, also for a form of name that cannot be evaluated (D-96) and when @p budget,
 * which the call lessens, is used up. */
int32_t sztp__name_constraints_apply(sztp_ctx_t *ctx, sztp__span_t constraints, const sztp__cert_t *cert,
                                     uint32_t *budget);

#endif
