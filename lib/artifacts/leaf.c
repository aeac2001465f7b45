/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps leaves and writes them as JSON members. */
#include "artifacts/leaf.h"

#include "formats/json.h"
#include "ground/text.h"

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

void sztp__put_name(sztp__buf_t *out, const char *name) {
  uint8_t last = out->len > 0 ? out->data[out->len - 1] : (uint8_t)'{';
  if (last != '{' && last != '[') sztp__buf_add_u8(out, ',');
  if (name != NULL) sztp__buf_addf(out, "\"%s\":", name);
}

void sztp__put_text(sztp__buf_t *out, const char *name, sztp__span_t value) {
  sztp__put_name(out, name);
  sztp__json_put_string(out, value);
}

void sztp__put_binary(sztp__buf_t *out, const char *name, sztp__span_t value) {
  sztp__put_name(out, name);
  sztp__buf_add_u8(out, '"');
  sztp__base64_encode(out, value);
  sztp__buf_add_u8(out, '"');
}
