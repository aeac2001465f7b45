/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys that are not encrypted, for libraries that take the key itself and no container: what PKCS #8
 * (RFC 5958), PKCS #1 (RFC 8017) and SEC 1 (RFC 5915) hold of RSA and EC keys. And the container, for keys
 * that are made. */
#ifndef SZTP_FORMATS_PLAIN_KEY_H
#define SZTP_FORMATS_PLAIN_KEY_H

#include "ground/buf.h"

#define SZTP__SCALAR_MAX 66 /* octets, on P-521 */

typedef struct sztp__plain_key {
  uint32_t curve_bits; /* EC: 256, 384, 521 for the curve; 0: RSA */
  sztp__span_t octets; /* RSAPrivateKey, whole TLV; or an EC key's number, at most as long as the field */
  sztp__span_t point;  /* of an EC key: the public half, if it is there too; else empty */
} sztp__plain_key_t;

/* Borrows from @p der. SZTP_ERR_KEY: none of those, or a curve that is not supported. */
int32_t sztp__plain_key_read(sztp__span_t der, sztp__plain_key_t *out);
/* Octets of a number on the curve. */
size_t sztp__plain_key_field(uint32_t curve_bits);
/* The number of an EC key, with as many octets as the field has. */
void sztp__plain_key_number(const sztp__plain_key_t *key, uint8_t out[SZTP__SCALAR_MAX]);

/* The bits of the curve in an AlgorithmIdentifier, whole TLV, as in sztp__plain_key_t; 0: rsaEncryption.
 * SZTP_ERR_UNSUPPORTED for all else. */
int32_t sztp__plain_key_kind(sztp__span_t identifier, uint32_t *curve_bits);
/* Adds PKCS #8 of the key, whose AlgorithmIdentifier @p identifier is. */
int32_t sztp__plain_key_put(sztp__buf_t *out, sztp__span_t identifier, const sztp__plain_key_t *key);

#endif
