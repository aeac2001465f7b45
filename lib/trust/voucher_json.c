/* SPDX-License-Identifier: Apache-2.0 */
/* The ownership voucher's document in JSON (RFC 8366 5). */
#include "formats/yang.h"
#include "trust/voucher.h"

static int32_t read_boolean(const sztp__yang_t *y, const sztp__yang_node_t *voucher, uint32_t node,
                            sztp__voucher_t *v) {
  int found = 0;
  int value = 0;
  int32_t rc = sztp__yang_boolean(y, voucher, sztp__voucher_node_name(node), &found, &value);
  if (rc < 0 || !found) return rc;
  return sztp__voucher_take_text(v, node, sztp__span_of(value ? "true" : "false"));
}

static int32_t read_voucher_text(const sztp__yang_t *y, const sztp__yang_node_t *voucher, uint32_t node,
                                 sztp__voucher_t *v) {
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_string(y, voucher, sztp__voucher_node_name(node), &text);
  return rc == SZTP_OK && text.data != NULL ? sztp__voucher_take_text(v, node, text) : rc;
}

static int32_t read_node(const sztp__yang_t *y, const sztp__yang_node_t *voucher, uint32_t node,
                         sztp__voucher_t *v) {
  uint32_t base64 = node == SZTP__NODE_NONCE ? SZTP__BASE64_URL_TOO : SZTP__BASE64_STRICT; /* D-58 */
  switch (sztp__voucher_node_kind(node)) {
  case SZTP__AS_TEXT: return read_voucher_text(y, voucher, node, v);
  case SZTP__AS_BOOLEAN: return read_boolean(y, voucher, node, v);
  case SZTP__AS_BINARY:
    return sztp__yang_binary(y, voucher, sztp__voucher_node_name(node), base64,
                             sztp__limit(y->ctx, SZTP_LIMIT_VOUCHER), &v->value[node].data,
                             &v->value[node].len);
  default: return SZTP_OK;
  }
}

static int32_t read_nodes(const sztp__yang_t *y, const sztp__yang_node_t *voucher, sztp__voucher_t *v) {
  const char *known[SZTP__NODES] = {NULL};
  for (uint32_t node = 1; node < SZTP__NODES; node++) {
    int32_t rc = read_node(y, voucher, node, v);
    if (rc < 0) return rc;
    known[node - 1] = sztp__voucher_node_name(node);
  }
  sztp__yang_unknown(y, voucher, known);
  return sztp__voucher_complete(v);
}

int32_t sztp__voucher_parse_json(sztp_ctx_t *ctx, sztp__span_t document, sztp__voucher_t **out) {
  if (sztp__yang_encoding(document) != SZTP__ENCODING_JSON) /* in XML it has no content type (D-102) */
    return sztp__fail(ctx, SZTP_ERR_ENCODING_UNKNOWN, "voucher", "the document does not begin like JSON");
  sztp__yang_t y = {ctx, "ietf-voucher", "voucher", SZTP_ERR_VOUCHER_MALFORMED, 0, NULL, NULL};
  sztp__voucher_t *v = sztp__alloc(ctx, sizeof *v);
  if (v == NULL) return SZTP_ERR_MEMORY;
  v->ctx = ctx;
  const sztp__yang_node_t *voucher = NULL;
  int32_t rc = sztp__yang_open(&y, document, SZTP__ENCODING_JSON);
  if (rc == SZTP_OK) rc = sztp__yang_top(&y, "voucher", &voucher);
  if (rc == SZTP_OK && (voucher == NULL || !sztp__yang_is_container(&y, voucher)))
    rc = sztp__fail(ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                    "ietf-voucher:voucher: missing, or not an object");
  if (rc == SZTP_OK) rc = read_nodes(&y, voucher, v);
  sztp__yang_close(&y);
  if (rc < 0) {
    sztp__voucher_free(v);
    return rc;
  }
  *out = v;
  return SZTP_OK;
}
