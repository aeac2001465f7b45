/* SPDX-License-Identifier: Apache-2.0 */
/* Writing AlgorithmIdentifiers. */
#ifndef SZTP_ARTIFACTS_PUT_ALGORITHM_H
#define SZTP_ARTIFACTS_PUT_ALGORITHM_H

#include "cryptography/algorithm.h"

/* Adds one with NULL parameters, or with none. */
void sztp__put_algorithm(sztp__buf_t *out, sztp__span_t oid, int null_parameters);
/* Adds the fields that RSASSA-PSS-params and RSAES-OAEP-params begin with (RFC 4055): [0] @p hash and [1]
 * MGF1 with the same. */
void sztp__put_hashes(sztp__buf_t *out, uint32_t hash);

#endif
