/* SPDX-License-Identifier: Apache-2.0 */
/* tpm2-tss, linked with. A program that defines this function itself does without (see sztp-agent). */
#include "tpm2/tss2.h"

#include <sztp/error.h>

int32_t sztp__tss2_find(sztp_ctx_t *ctx, sztp__tss2_t *out) {
  (void)ctx;
#define TAKE(library, name) out->name = name;
  SZTP__TSS2_FUNCTIONS(TAKE)
  return SZTP_OK;
}
