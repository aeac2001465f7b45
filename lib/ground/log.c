/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines on their way to the host (SEC-11). */
#include "ground/ctx_layout.h"
#include "ground/printable.h"

#define LINE_SIZE 512

#if !SZTP__TERSE
void sztp__log(sztp_ctx_t *ctx, uint32_t level, uint32_t topic, const char *fmt, ...) {
  if (ctx->log == NULL || level > ctx->log_level || ctx->in_callback != 0) return;
  char raw[LINE_SIZE + 32]; /* longer than the line, so that a cut is seen and marked */
  va_list args;
  va_start(args, fmt);
  size_t len = sztp__vformat(raw, sizeof raw, fmt, args);
  va_end(args);
  if (len >= sizeof raw) len = sizeof raw - 1;
  char line[LINE_SIZE];
  sztp__printable(line, sizeof line, sztp__span(raw, len));
  sztp__callback_begins(ctx);
  ctx->log(ctx->log_user, level, topic, line, strlen(line));
  sztp__callback_ends(ctx);
}
#endif
