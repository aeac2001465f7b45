/* SPDX-License-Identifier: Apache-2.0 */
/* The library context of OpenSSL that the server's TLS works in. */
#ifndef SZTP_SERVER_LIBRARY_OPENSSL_H
#define SZTP_SERVER_LIBRARY_OPENSSL_H

/* NULL: the default context. To be freed by OSSL_LIB_CTX_free(). */
struct ossl_lib_ctx_st *library_new(void);

#endif
