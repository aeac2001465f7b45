/* SPDX-License-Identifier: Apache-2.0 */
/* While one of the host's functions for log, random octets, keys or events is at work, nothing of ours may be
 * called back. */
#include "ground/ctx_layout.h"

int32_t sztp__enter(sztp_ctx_t *ctx) {
  if (ctx->in_callback != 0) return SZTP_ERR_REENTRY;
  sztp__trail_clear(ctx);
  return SZTP_OK;
}

void sztp__callback_begins(sztp_ctx_t *ctx) { ctx->in_callback++; }

void sztp__callback_ends(sztp_ctx_t *ctx) { ctx->in_callback--; }
