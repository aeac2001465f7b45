/* SPDX-License-Identifier: Apache-2.0 */
/* What one verification may cost. Whoever packs artifacts can make names, certificates and lists multiply,
 * and need not be anybody for that; so everything whose cost is more than proportional to the input is paid
 * for from one budget, which the verification as a whole gets. Once it is used up, it stays so: whatever was
 * found afterwards is not believed. */
#include "ground/ctx_layout.h"

/* Octets that may be looked at again: for nothing at all, and for each of the input. */
#define OCTETS_LEAST ((uint64_t)1024 * 1024)
#define OCTETS_EACH  20

void sztp__work_begin(sztp_ctx_t *ctx, uint64_t input) {
  ctx->work.limited = 1;
  ctx->work.spent = 0;
  ctx->work.operations = SZTP__WORK_OPERATIONS;
  ctx->work.octets = OCTETS_LEAST + OCTETS_EACH * input;
  ctx->work.hashed = 0;
  memset(ctx->work.made, 0, sizeof ctx->work.made);
}

void sztp__work_end(sztp_ctx_t *ctx) { ctx->work.limited = ctx->work.spent = 0; }

int sztp__work_look(sztp_ctx_t *ctx, size_t octets) {
  if (ctx == NULL || !ctx->work.limited) return 1;
  if (octets > ctx->work.octets) ctx->work.spent = 1;
  ctx->work.octets = ctx->work.spent ? 0 : ctx->work.octets - octets;
  return !ctx->work.spent;
}

int sztp__work_hash(sztp_ctx_t *ctx, size_t octets) {
  ctx->work.hashed += octets;
  return sztp__work_look(ctx, octets);
}

uint64_t sztp__work_hashed(const sztp_ctx_t *ctx) { return ctx->work.hashed; }

int32_t sztp__work_operate(sztp_ctx_t *ctx, uint32_t kind) {
  if (ctx->work.limited && (ctx->work.spent || ctx->work.operations == 0)) {
    ctx->work.spent = 1;
    return sztp__fail(ctx, SZTP_ERR_LIMIT, "work", "more work than one verification may cost");
  }
  if (ctx->work.limited) ctx->work.operations--;
  if (ctx->work.made[kind] < UINT8_MAX) ctx->work.made[kind]++;
  sztp__count_operation(ctx);
  return SZTP_OK;
}

uint32_t sztp__work_made(const sztp_ctx_t *ctx, uint32_t kind) { return ctx->work.made[kind]; }

int sztp__work_spent(const sztp_ctx_t *ctx) { return ctx != NULL && ctx->work.limited && ctx->work.spent; }

uint32_t sztp__work_operations_left(const sztp_ctx_t *ctx) {
  if (!ctx->work.limited) return UINT32_MAX;
  return ctx->work.spent ? 0 : ctx->work.operations;
}
