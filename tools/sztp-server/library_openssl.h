/* SPDX-License-Identifier: Apache-2.0 */
/* The library context of OpenSSL that the server's TLS works in. */
#ifndef SZTP_SERVER_LIBRARY_OPENSSL_H
#define SZTP_SERVER_LIBRARY_OPENSSL_H

#include <openssl/types.h>

/* NULL: the default context. To be freed. */
OSSL_LIB_CTX *library_new(void);

#endif
