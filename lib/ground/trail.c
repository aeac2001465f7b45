/* SPDX-License-Identifier: Apache-2.0 */
/* The trail of the last failing call: what went wrong, from the inside out. */
#include "ground/ctx_layout.h"
#include "ground/printable.h"

void sztp__trail_clear(sztp_ctx_t *ctx) {
  if (ctx != NULL) ctx->trail_len = 0;
}

#if SZTP__TERSE
static int32_t add_entry(sztp_ctx_t *ctx, int32_t code, const char *where) {
  if (ctx == NULL || ctx->trail_len == SZTP__TRAIL_MAX) return code;
  sztp__trail_entry_t *entry = &ctx->trail[ctx->trail_len++];
  entry->code = code;
  entry->where = where;
  entry->detail[0] = '\0';
  return code;
}

#if SZTP__PLACES
int32_t sztp__fail_at(sztp_ctx_t *ctx, int32_t code, const char *where) {
  return add_entry(ctx, code, where);
}
#else
int32_t sztp__fail_with(sztp_ctx_t *ctx, int32_t code) { return add_entry(ctx, code, ""); }
#endif
#else
int32_t(sztp__fail)(sztp_ctx_t *ctx, int32_t code, const char *where, const char *fmt, ...) {
  if (ctx == NULL || ctx->trail_len == SZTP__TRAIL_MAX) return code;
  sztp__trail_entry_t *entry = &ctx->trail[ctx->trail_len++];
  char raw[SZTP__DETAIL_SIZE + 32]; /* longer than the detail, so that a cut is seen and marked */
  va_list args;
  va_start(args, fmt);
  size_t len = sztp__vformat(raw, sizeof raw, fmt, args);
  va_end(args);
  if (len >= sizeof raw) len = sizeof raw - 1;
  entry->code = code;
  entry->where = where;
  sztp__printable(entry->detail, sizeof entry->detail, sztp__span(raw, len));
  return code;
}
#endif

size_t sztp__trail_len(const sztp_ctx_t *ctx) { return ctx->trail_len; }

void sztp__trail_cut(sztp_ctx_t *ctx, size_t len) {
  if (ctx->trail_len > len) ctx->trail_len = len;
}

int32_t sztp__trail_cause(const sztp_ctx_t *ctx) { return ctx->trail_len == 0 ? 0 : ctx->trail[0].code; }

const char *sztp__trail_detail(const sztp_ctx_t *ctx) {
  return ctx->trail_len == 0 ? "" : ctx->trail[0].detail;
}

int32_t sztp_ctx_trail(const sztp_ctx_t *ctx, size_t index, int32_t *code, const char **where,
                       const char **detail) {
  if (ctx == NULL || index >= ctx->trail_len) return SZTP_ERR_NOT_FOUND;
  const sztp__trail_entry_t *entry = &ctx->trail[index];
  if (code != NULL) *code = entry->code;
  if (where != NULL) *where = entry->where;
  if (detail != NULL) *detail = entry->detail;
  return SZTP_OK;
}
