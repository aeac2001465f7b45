/* SPDX-License-Identifier: Apache-2.0 */
/* A build without constrained vouchers (make CONSTRAINED=0): a voucher that pins a public key is refused. */
#include "trust/verification.h"

int32_t sztp__step_voucher_cose_format(sztp__verification_t *r, sztp__span_t raw) {
  (void)raw;
  return sztp__verify_not_constrained(r, "a COSE voucher");
}

int32_t sztp__pinned_key_take(sztp__verification_t *r) {
  return sztp__verify_not_constrained(r, "a voucher that pins a public key and no certificate");
}

int32_t sztp__pinned_key_match(sztp__verification_t *r, const sztp__cert_t *owner) {
  (void)r;
  (void)owner;
  return SZTP_OK;
}
