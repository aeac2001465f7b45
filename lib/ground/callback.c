/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the host's functions, from inside of which the library may not be called. */
#include "ground/ctx_layout.h"

int32_t sztp__enter(sztp_ctx_t *ctx) {
  if (ctx->in_callback != 0) return SZTP_ERR_REENTRY;
  sztp__trail_clear(ctx);
  return SZTP_OK;
}

int sztp__in_callback(const sztp_ctx_t *ctx) { return ctx->in_callback != 0; }

void sztp__callback_begins(sztp_ctx_t *ctx) { ctx->in_callback++; }

void sztp__callback_ends(sztp_ctx_t *ctx) { ctx->in_callback--; }

int32_t sztp__host_random(sztp_ctx_t *ctx, uint8_t *out, size_t len) {
  if (ctx->random == NULL) return SZTP_ERR_NOT_FOUND;
  sztp__callback_begins(ctx);
  int32_t rc = ctx->random(ctx->random_user, out, len);
  sztp__callback_ends(ctx);
  if (rc == SZTP_OK) return SZTP_OK;
  sztp__wipe(out, len);
  return sztp__fail(ctx, SZTP_ERR_RANDOM, "random", "the host's random function returned %ld", (long)rc);
}
