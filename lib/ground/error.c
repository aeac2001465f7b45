/* SPDX-License-Identifier: Apache-2.0 */
/* The labels of error codes, and the trail of the last failing call. */
#include <stdarg.h>
#include <stdio.h>

#include "ground/context.h"
#include "ground/errors.h"
#include "ground/text.h"

#define CODE_OF(code, label, text)  SZTP_ERR_##code,
#define LABEL_OF(code, label, text) label,

size_t sztp__error_place(int32_t code) {
  static const int32_t codes[] = {SZTP_OK, SZTP_PENDING, SZTP__ERRORS(CODE_OF)};
  size_t i = 0;
  while (i < sizeof codes / sizeof codes[0] && codes[i] != code) i++;
  return i;
}

const char *sztp_error_label(int32_t code) {
  static const char *const labels[] = {"", "", SZTP__ERRORS(LABEL_OF) ""};
  return labels[sztp__error_place(code)];
}

void sztp__trail_clear(sztp_ctx_t *ctx) {
  if (ctx != NULL) ctx->trail_len = 0;
}

int32_t sztp__fail(sztp_ctx_t *ctx, int32_t code, const char *where, const char *fmt, ...) {
  if (ctx == NULL || ctx->trail_len == SZTP__TRAIL_MAX) return code;
  sztp__trail_entry_t *entry = &ctx->trail[ctx->trail_len++];
  char raw[SZTP__DETAIL_SIZE + 32]; /* longer than the detail, so that a cut is seen and marked */
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(raw, sizeof raw, fmt, args);
  va_end(args);
  size_t len = n < 0 ? 0 : (size_t)n < sizeof raw ? (size_t)n : sizeof raw - 1;
  entry->code = code;
  entry->where = where;
  sztp__printable(entry->detail, sizeof entry->detail, sztp__span(raw, len));
  return code;
}

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
  return 0;
}
