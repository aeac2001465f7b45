/* SPDX-License-Identifier: Apache-2.0 */
/* A voucher's document, in JSON or (first octet odd) in CBOR: what is accepted is complete, and what is not
 * has a reason. */
#include "fuzzing.h"

#include "trust/voucher.h"

static void check(const sztp__voucher_t *v) {
  CHECK(v->value[SZTP__NODE_SERIAL].data != NULL);
  CHECK(v->value[SZTP__NODE_PINNED_CERT].data != NULL || v->value[SZTP__NODE_PINNED_PUBK].data != NULL ||
        v->value[SZTP__NODE_PINNED_PUBK_SHA256].data != NULL);
  CHECK(v->revocation <= SZTP__REVOCATION_TRUE && v->assertion <= SZTP_ASSERTION_AGENT_PROXIMITY);
  CHECK(v->assertion == 0 || v->assertion_text[0] != '\0');
  CHECK(memchr(v->assertion_text, 0, sizeof v->assertion_text) != NULL);
  for (uint32_t node = 0; node < SZTP__NODES; node++) {
    const sztp__blob_t *value = &v->value[node];
    int kept = sztp__voucher_node_kind(node) == SZTP__AS_BINARY || node == SZTP__NODE_SERIAL;
    CHECK(kept || value->data == NULL);
    CHECK(value->data == NULL || value->data[value->len] == 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  sztp__voucher_t *v = NULL;
  if (size == 0) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t document = sztp__span(data + 1, size - 1);
  int cbor = data[0] & 1;
  int32_t rc =
      cbor ? sztp__voucher_parse_cbor(ctx, document, &v) : sztp__voucher_parse_json(ctx, document, &v);
  if (rc != 0) {
    CHECK(v == NULL);
    CHECK(rc == SZTP_ERR_VOUCHER_MALFORMED || rc == SZTP_ERR_LIMIT ||
          (!cbor && rc == SZTP_ERR_ENCODING_UNKNOWN));
    fuzz_check_failure(ctx, rc);
  } else {
    check(v);
    sztp__voucher_free(v);
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}
