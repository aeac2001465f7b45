/* SPDX-License-Identifier: Apache-2.0 */
/* A build whose sessions are in one process (make APART=0). */
#include <sztp/apart.h>

#include "ground/ctx_private.h"

static int32_t refuse(sztp_ctx_t *ctx) {
  if (ctx == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, "session",
                    "this library was built without sessions in two processes (SZTP_FEATURE_APART)");
}

int32_t sztp_session_new_apart(sztp_ctx_t *ctx, sztp_device_t *dev, const sztp_pipe_t *pipe,
                               sztp_session_t **out) {
  (void)dev;
  (void)pipe;
  (void)out;
  return refuse(ctx);
}

int32_t sztp_session_serve(sztp_ctx_t *ctx, sztp_device_t *dev, uint32_t log_level, const sztp_pipe_t *pipe) {
  (void)dev;
  (void)log_level;
  (void)pipe;
  return refuse(ctx);
}
