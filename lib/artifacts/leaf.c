/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps leaves. */
#include "artifacts/leaf.h"

int32_t sztp__leaf_set(sztp_ctx_t *ctx, sztp__leaf_t *leaf, sztp__span_t value) {
  uint8_t *copy = sztp__copy(ctx, value.data, value.len);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  sztp__leaf_clear(ctx, leaf);
  leaf->data = copy;
  leaf->len = value.len;
  return SZTP_OK;
}

void sztp__leaf_clear(sztp_ctx_t *ctx, sztp__leaf_t *leaf) {
  sztp__free_secret(ctx, leaf->data);
  leaf->data = NULL;
  leaf->len = 0;
}
