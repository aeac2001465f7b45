/* SPDX-License-Identifier: Apache-2.0 */
/* The lab server's operations: bodies in JSON and XML, as any client may send them. No crash, and what is
 * taken keeps to the limits; what is refused says why. The first octet of the input chooses operation and
 * encoding. */
#define _POSIX_C_SOURCE 200809L
#include "fuzzing.h"

#include "common/csr_request.c"
#include "common/octets.c"
#include "sztp-server/reply.c"
#include "sztp-server/rpc.c"
#include "sztp-server/tree.c"
#include "sztp-server/tree_json.c"
#include "sztp-server/tree_xml.c"

static void fuzz_data(sztp_ctx_t *ctx, const uint8_t *body, size_t len, uint32_t encoding) {
  problem_t p;
  data_input_t input;
  memset(&p, 0, sizeof p);
  int result = rpc_read_data(ctx, body, len, encoding, &input, &p);
  if (result == 0)
    CHECK(input.nonce_len == 0 || (input.nonce_len >= 16 && input.nonce_len <= 32));
  else
    CHECK(p.status >= 400 && p.message[0] != '\0');
  CHECK(result != 0 || input.csr == NULL || (input.csr_len > 0 && input.csr_formats == 0));
  rpc_free_data(&input);
}

static void fuzz_progress(sztp_ctx_t *ctx, const uint8_t *body, size_t len, uint32_t encoding) {
  problem_t p;
  progress_input_t report;
  memset(&p, 0, sizeof p);
  int result = rpc_read_progress(ctx, body, len, encoding, &report, &p);
  if (result == 0) /* a report is stored as one line */
    CHECK(report.line.data != NULL && strchr((const char *)report.line.data, '\n') == NULL);
  else
    CHECK(p.status >= 400 && p.message[0] != '\0');
  sztp__buf_clear(&report.line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  if (size == 0) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  uint32_t encoding = (data[0] & 1) != 0 ? ENCODING_XML : ENCODING_JSON;
  if ((data[0] & 2) == 0)
    fuzz_data(ctx, data + 1, size - 1, encoding);
  else
    fuzz_progress(ctx, data + 1, size - 1, encoding);
  fuzz_ctx_free(ctx, held);
  return 0;
}
