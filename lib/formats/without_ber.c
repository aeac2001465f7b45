/* SPDX-License-Identifier: Apache-2.0 */
/* A build without BER (make BER=0): what is not DER is malformed. */
#include "formats/ber.h"

int32_t sztp__ber_to_der(sztp_ctx_t *ctx, sztp__span_t input, int keep_level, sztp__span_t keep_type,
                         sztp__buf_t *out, int *changed) {
  (void)input;
  (void)keep_level;
  (void)keep_type;
  (void)out;
  (void)changed;
  return sztp__fail(ctx, SZTP_ERR_DER, "ber",
                    "not DER, and this library was built without BER (SZTP_FEATURE_BER)");
}
