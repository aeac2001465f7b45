/* SPDX-License-Identifier: Apache-2.0 */
/* What private keys can be beyond private_key.h where the cryptographic library has providers: OpenSSL.
 * key_openssl.c implements it; key_providers_mbedtls.c says for all others that they can't. */
#ifndef SZTP_HTTPS_KEY_PROVIDERS_H
#define SZTP_HTTPS_KEY_PROVIDERS_H

#include "https/private_key.h"

/* Keys that are read or made from now on are so in this library context (an OSSL_LIB_CTX), which outlives
 * them; NULL: the default one. 0, SZTP_ERR_UNSUPPORTED. */
int32_t sztp__key_engine_set_library(sztp__key_engine_t *e, void *library);
/* The key that a provider has under @p uri; it stays where it is. 0, SZTP_ERR_KEY (there is none, or nobody
 * knows such a URI), SZTP_ERR_MEMORY, SZTP_ERR_UNSUPPORTED. */
int32_t sztp__private_key_open(sztp__key_engine_t *e, const char *uri, sztp__private_key_t **out);

#endif
