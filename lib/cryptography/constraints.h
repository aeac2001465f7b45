/* SPDX-License-Identifier: Apache-2.0 */
/* What a CA's name constraints say about names (RFC 5280 4.2.1.10). */
#ifndef SZTP_CRYPTOGRAPHY_CONSTRAINTS_H
#define SZTP_CRYPTOGRAPHY_CONSTRAINTS_H

#include "cryptography/cert.h"

/* Checks the contents of a NameConstraints SEQUENCE: 0 or SZTP_ERR_DER. */
int32_t sztp__name_constraints_check(sztp__der_t contents);

/* Whether all names of @p cert satisfy @p constraints (cert.h: name_constraints); @p common_name: its common
 * names count as DNS names if it has none where names belong. What cannot be compared is inside what is
 * excluded, and outside what is permitted (D-96). Paid for with sztp__work_look(). 0 or
 * SZTP_ERR_PKIX_NAME_CONSTRAINT. */
int32_t sztp__name_constraints_apply(sztp_ctx_t *ctx, sztp__span_t constraints, const sztp__cert_t *cert,
                                     int common_name);

#endif
