/* SPDX-License-Identifier: Apache-2.0 */
/* The public key that a certificate certifies, for libraries that have no need to read the certificate. */
#ifndef SZTP_HTTPS_CERTIFIED_KEY_H
#define SZTP_HTTPS_CERTIFIED_KEY_H

#include "ground/span.h"

/* @p key borrows the bits of the SubjectPublicKeyInfo: a point of the curve with *curve_bits (256, 384, 521),
 * or RSAPublicKey (0). An error for what is no such certificate. */
int32_t sztp__certified_key(sztp__span_t certificate, uint32_t *curve_bits, sztp__span_t *key);

#endif
