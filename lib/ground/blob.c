/* SPDX-License-Identifier: Apache-2.0 */
/* Owned runs of octets. */
#include "ground/blob.h"

int32_t sztp__blob_set(sztp_ctx_t *ctx, sztp__blob_t *blob, sztp__span_t data) {
  uint8_t *copy = sztp__copy(ctx, data.data, data.len);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  sztp__blob_free(ctx, blob);
  blob->data = copy;
  blob->len = data.len;
  return SZTP_OK;
}

sztp__blob_t sztp__blob_take(sztp__blob_t *blob) {
  sztp__blob_t taken = *blob;
  blob->data = NULL;
  blob->len = 0;
  return taken;
}

void sztp__blob_free(sztp_ctx_t *ctx, sztp__blob_t *blob) {
  sztp__free_secret(ctx, blob->data);
  blob->data = NULL;
  blob->len = 0;
}
