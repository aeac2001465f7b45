/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to the cryptographic library for private keys. key_mbedtls.c or key_openssl.c implements it (and
 * encrypt.h), the one file of this component that knows that library. */
#ifndef SZTP_ARTIFACTS_SIGN_H
#define SZTP_ARTIFACTS_SIGN_H

#include "cryptography/crypto.h"
#include "ground/buf.h"

typedef struct sztp__signing_key sztp__signing_key_t;

/* Reads a private key: DER of PKCS#8, PKCS#1 or SEC 1, not encrypted; copied. SZTP_ERR_KEY, SZTP_ERR_MEMORY.
 */
int32_t sztp__signing_key_new(sztp_ctx_t *ctx, sztp__span_t der, sztp__signing_key_t **out);
/* Wipes and frees. NULL is allowed. */
void sztp__signing_key_free(sztp__signing_key_t *key);
/* SZTP_ERR_KEY unless it is the private key of @p spki (SubjectPublicKeyInfo, whole TLV). */
int32_t sztp__signing_key_fits(sztp__signing_key_t *key, sztp__span_t spki);
/* Adds the signature by @p scheme (SZTP__SIG_*) over a message whose @p digest by @p hash is given; the salt
 * of PSS is as long as the digest, its mask made with the same hash. SZTP_ERR_CRYPTO, SZTP_ERR_MEMORY. */
int32_t sztp__signing_key_sign(sztp__signing_key_t *key, uint32_t scheme, uint32_t hash, sztp__span_t digest,
                               sztp__buf_t *out);

#endif
