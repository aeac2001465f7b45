/* SPDX-License-Identifier: Apache-2.0 */
/* A build without decryption (make DECRYPT=0): V1 refuses everything that is encrypted, before any key is
 * asked. */
#include "trust/verification.h"

int32_t sztp__verify_declared(sztp__verification_t *r, uint32_t *type) {
  (void)r;
  *type = SZTP__CMS_OTHER;
  return SZTP_OK;
}

int32_t sztp__step_decryption(sztp__verification_t *r) {
  return sztp__fail(r->ctx, SZTP_ERR_ENC_ALG_UNSUPPORTED, "decryption",
                    "encrypted, and this library was built without decryption (SZTP_FEATURE_DECRYPT)");
}

int32_t sztp__verify_as_much(sztp__verification_t *r) {
  (void)r;
  return SZTP_OK;
}
