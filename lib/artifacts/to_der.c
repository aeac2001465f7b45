/* SPDX-License-Identifier: Apache-2.0 */
/* What every caller needs: input in any form as DER, and giving output back. */
#include <sztp/artifacts.h>

#include "artifacts/limit.h"
#include "formats/armor.h"
#include "ground/release.h"

int32_t sztp_artifacts_make_der(sztp_ctx_t *ctx, const uint8_t *data, size_t len, uint8_t **out,
                                size_t *out_len) {
  if (ctx == NULL || data == NULL || out == NULL || out_len == NULL) return SZTP_ERR_ARG;
  if (sztp__same_release() != SZTP__RELEASE) return SZTP_ERR_ABI;
  sztp__buf_t der;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp__buf_init(&der, ctx, sztp__limit_size(ctx, SZTP_LIMIT_CONVEYED));
  int32_t rc = sztp__armor_remove(ctx, sztp__span(data, len), NULL, &der);
  if (rc == SZTP_OK) rc = sztp__buf_take(&der, out, out_len);
  sztp__buf_clear(&der);
  return rc;
}

void sztp_artifacts_free(sztp_ctx_t *ctx, uint8_t *data) {
  if (ctx != NULL) sztp__free_secret(ctx, data);
}
