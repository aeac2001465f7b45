/* SPDX-License-Identifier: Apache-2.0 */
/* A build without PEM and base64 around DER (make PEM=0). */
#include "formats/armor.h"
#include "formats/der.h"

const char *const sztp__armor_certificate[] = {NULL};
const char *const sztp__armor_key[] = {NULL};

static int32_t no_pem(sztp_ctx_t *ctx) {
  return sztp__fail(ctx, SZTP_ERR_TEXT, "armor",
                    "not DER, and this library was built without PEM and base64 (SZTP_FEATURE_PEM)");
}

int32_t sztp__armor_remove(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, sztp__buf_t *out) {
  (void)labels;
  if (data.len == 0 || data.data[0] != SZTP__DER_SEQUENCE) return no_pem(ctx);
  return sztp__buf_add_span(out, data);
}

int32_t sztp__pem_next(sztp_ctx_t *ctx, sztp__span_t *text, sztp__span_t *label, sztp__buf_t *der) {
  (void)text;
  (void)label;
  (void)der;
  return no_pem(ctx);
}
