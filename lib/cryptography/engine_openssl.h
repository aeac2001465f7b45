/* SPDX-License-Identifier: Apache-2.0 */
/* What OpenSSL's files of the core share: the library context that a context works in, and what was fetched
 * from it. It is kept in the context, as nothing is shared by threads. */
#ifndef SZTP_CRYPTOGRAPHY_ENGINE_OPENSSL_H
#define SZTP_CRYPTOGRAPHY_ENGINE_OPENSSL_H

#include <openssl/opensslv.h>
#if OPENSSL_VERSION_MAJOR < 3
#error "this OpenSSL is not supported: libsztp works with 3.0 and later"
#endif
#include <openssl/evp.h>

#include "cryptography/crypto.h"
#include "cryptography/errors_openssl.h"

typedef struct sztp__openssl {
  OSSL_LIB_CTX *library; /* NULL: OpenSSL's default one */
  EVP_MD *hashes[SZTP__HASH_SHA512 + 1];
  EVP_CIPHER *ciphers[3][3];              /* by mode and by octets of the key */
  EVP_PKEY *points[SZTP__CURVE_P521 + 1]; /* a key on each curve, since curves are slow to make */
} sztp__openssl_t;

/* That of @p ctx; NULL: no memory in the library. */
sztp__openssl_t *sztp__openssl(sztp_ctx_t *ctx);
/* SZTP__HASH_*, fetched once; NULL if no provider has it. Borrowed. */
EVP_MD *sztp__openssl_hash(sztp__openssl_t *o, uint32_t hash);
/* The public key that @p key holds; NULL if the library doesn't take it. EVP_PKEY_free() it, before the next
 * one is asked for: a key on a curve is the same object, with another point. */
EVP_PKEY *sztp__openssl_public(sztp__openssl_t *o, const sztp__keyinfo_t *key);
/* The same for an uncompressed point on SZTP__CURVE_*; NULL if it is none. */
EVP_PKEY *sztp__openssl_point(sztp__openssl_t *o, uint32_t curve, sztp__span_t point);

/* Adds what sztp__openssl_look() has found to the trail, behind @p what. Returns @p code. */
int32_t sztp__openssl_fail(sztp_ctx_t *ctx, const sztp__openssl_errors_t *errors, int32_t code,
                           const char *where, const char *what);

#endif
