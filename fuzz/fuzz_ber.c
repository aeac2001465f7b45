/* SPDX-License-Identifier: Apache-2.0 */
/* BER made DER: looking and converting agree, and what was converted stays as it is. The first octet says
 * where certificates are kept. */
#include "fuzzing.h"

#include "formats/ber.h"

static void convert(sztp_ctx_t *ctx, sztp__span_t input, int level) {
  const sztp__span_t any = {NULL, 0};
  int looked = -1;
  int changed = -1;
  int again = -1;
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, input.len + input.len / 1024 + 64);
  int32_t rc = sztp__ber_to_der(ctx, input, level, any, NULL, &looked);
  sztp__trail_clear(ctx);
  CHECK(sztp__ber_to_der(ctx, input, level, any, &der, &changed) == rc);
  if (rc == 0) {
    sztp__span_t out = sztp__buf_span(&der);
    CHECK(looked == changed);
    CHECK(changed == !sztp__span_equal(out, input));
    CHECK(sztp__ber_to_der(ctx, out, level, any, NULL, &again) == 0 && !again);
  } else {
    CHECK(rc == SZTP_ERR_DER);
    fuzz_check_failure(ctx, rc);
  }
  sztp__buf_clear(&der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held = 0;
  if (size == 0) return 0;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  convert(ctx, sztp__span(data + 1, size - 1), data[0] % 5 - 1);
  fuzz_ctx_free(ctx, held);
  return 0;
}
