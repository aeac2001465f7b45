/* SPDX-License-Identifier: Apache-2.0 */
/* V1: encrypted artifacts (RFC 8572 3.4). */
#include "trust/run.h"

/* V1: STATE-16. Without a decryption key nothing encrypted is for this device. */
int32_t sztp__step_decryption(sztp__run_t *r) {
  return sztp__fail(r->ctx, SZTP_ERR_ENC_NO_RECIPIENT, "decryption",
                    "an artifact is encrypted, and this device has no key to decrypt it with");
}
