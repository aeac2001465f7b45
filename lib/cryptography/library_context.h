/* SPDX-License-Identifier: Apache-2.0 */
/* The library context that a context works in, for components that compute as well. */
#ifndef SZTP_CRYPTOGRAPHY_LIBRARY_CONTEXT_H
#define SZTP_CRYPTOGRAPHY_LIBRARY_CONTEXT_H

#include <sztp/types.h>

/* What sztp_ctx_set_library_context() was given last; NULL: nothing. With OpenSSL only. */
void *sztp__library_context(const sztp_ctx_t *ctx);

#endif
