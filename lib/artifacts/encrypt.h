/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to the cryptographic library for recipients' public keys; key_mbedtls.c or key_openssl.c
 * implements it. Random octets come from the context, with OpenSSL from the library's generator. @p spki is a
 * SubjectPublicKeyInfo, whole TLV. Failures are SZTP_ERR_CRYPTO, SZTP_ERR_RANDOM, SZTP_ERR_MEMORY. */
#ifndef SZTP_ARTIFACTS_ENCRYPT_H
#define SZTP_ARTIFACTS_ENCRYPT_H

#include "cryptography/crypto.h"
#include "ground/buf.h"

#define SZTP__AGREED_MAX 66 /* octets of a coordinate on P-521 */

/* Adds @p message encrypted by RSAES-PKCS1-v1_5, with @p hash NONE, or by RSAES-OAEP with @p hash for label
 * and mask and an empty label. */
int32_t sztp__rsa_encrypt(sztp_ctx_t *ctx, sztp__span_t spki, uint32_t hash, sztp__span_t message,
                          sztp__buf_t *out);

/* Agrees with the EC key on a secret (ECDH): adds an ephemeral public key, uncompressed, to @p point, and
 * writes the shared x-coordinate, as long as the field, to @p secret. */
int32_t sztp__ec_agree(sztp_ctx_t *ctx, sztp__span_t spki, sztp__buf_t *point,
                       uint8_t secret[SZTP__AGREED_MAX], size_t *secret_len);

#endif
