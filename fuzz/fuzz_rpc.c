/* SPDX-License-Identifier: Apache-2.0 */
/* What a bootstrap server answers: output of get-bootstrapping-data, RESTCONF errors, host-meta, each in JSON
 * and XML. The first octet says which, and what media type it comes with. */
#include "fuzzing.h"

#include "exchange/rpc.h"
#include "ground/text.h"

static void check_reply(sztp_ctx_t *ctx, sztp__span_t body, uint8_t choice) {
  static const char *const types[] = {"", "application/yang-data+json", "text/xml; charset=utf-8",
                                      "text/html"};
  sztp_bundle_t *bundle = NULL;
  int verbose = 7;
  CHECK(sztp_bundle_new(ctx, &bundle) == 0);
  int32_t rc = sztp__data_reply(ctx, body, sztp__span_of(types[choice % 4]), bundle, &verbose);
  CHECK(verbose == 0 || verbose == 1);
  if (rc == 0) {
    CHECK(sztp__bundle_span(bundle, SZTP_ARTIFACT_CONVEYED_INFO).data != NULL);
  } else {
    CHECK(rc == (body.len == 0 ? SZTP_ERR_SERVER_FAIL : SZTP_ERR_MODEL_INVALID) || rc == SZTP_ERR_LIMIT);
    fuzz_check_failure(ctx, rc);
  }
  sztp_bundle_free(bundle);
}

static void check_errors(sztp_ctx_t *ctx, sztp__span_t body) {
  char text[200];
  CHECK(sztp__errors_text(ctx, body, text, sizeof text) == text);
  for (size_t i = 0; text[i] != '\0'; i++) CHECK((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

static void check_root(sztp_ctx_t *ctx, sztp__span_t body) {
  sztp__buf_t root;
  sztp__buf_init(&root, ctx, 1024);
  int32_t rc = sztp__root_read(ctx, body, sztp__span_of("boot.example.net"), 8443, &root);
  CHECK(rc == 0 || rc == SZTP_ERR_NOT_FOUND);
  CHECK(rc == 0 || root.len == 0);
  if (root.len > 0) CHECK(root.data[0] == '/' && root.data[root.len - 1] != '/');
  for (size_t i = 0; i < root.len; i++) CHECK(root.data[i] > 0x20 && root.data[i] < 0x7f);
  sztp__buf_clear(&root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  if (size == 0) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t body = sztp__span(data + 1, size - 1);
  switch (data[0] % 3) {
  case 0: check_reply(ctx, body, (uint8_t)(data[0] / 3)); break;
  case 1: check_errors(ctx, body); break;
  default: check_root(ctx, body);
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}
