/* SPDX-License-Identifier: Apache-2.0 */
/* mbedTLS, with PSA or without it, has no library contexts. */
#include "ground/ctx_private.h"

int32_t sztp_ctx_set_library_context(sztp_ctx_t *ctx, void *library) {
  (void)library;
  if (ctx == NULL) return SZTP_ERR_ARG;
  return sztp__in_callback(ctx) ? SZTP_ERR_REENTRY : SZTP_ERR_UNSUPPORTED;
}
