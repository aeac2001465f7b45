/* SPDX-License-Identifier: Apache-2.0 */
/* Writing AlgorithmIdentifiers. */
#ifndef SZTP_CRYPTOGRAPHY_PUT_ALGORITHM_H
#define SZTP_CRYPTOGRAPHY_PUT_ALGORITHM_H

#include "cryptography/algorithm.h"

/* Adds one with NULL parameters, or with none. */
void sztp__put_algorithm(sztp__buf_t *out, sztp__span_t oid, int null_parameters);
/* Adds the signature's AlgorithmIdentifier: ECDSA, or RSASSA-PKCS1-v1_5 (SZTP__SIG_*), with SHA-2 (RFC 5758,
 * RFC 4055). */
void sztp__put_signature_algorithm(sztp__buf_t *out, uint32_t scheme, uint32_t hash);
/* Adds the fields that RSASSA-PSS-params and RSAES-OAEP-params begin with (RFC 4055): [0] @p hash and [1]
 * MGF1 with the same. */
void sztp__put_hashes(sztp__buf_t *out, uint32_t hash);

#endif
