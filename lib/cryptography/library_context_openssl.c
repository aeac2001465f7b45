/* SPDX-License-Identifier: Apache-2.0 */
/* Which library context of OpenSSL a context works in. */
#include "cryptography/library_context.h"

#include "cryptography/engine_openssl.h"

void *sztp__library_context(const sztp_ctx_t *ctx) {
  const sztp__openssl_t *o = sztp__ctx_kept(ctx);
  return o != NULL ? o->library : NULL;
}
