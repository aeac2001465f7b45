/* SPDX-License-Identifier: Apache-2.0 */
/* What a verdict says to people: the names of its steps, their reasons and details. A file of its own, so
 * that who shows none does not carry the names. */
#include "trust/verdict.h"

static const struct {
  const char *name;
  const char *artifact;
} STEPS[SZTP__STEPS] = {
    [SZTP_STEP_INFO_FORMAT] = {"info-format", "conveyed-information"},
    [SZTP_STEP_ARTIFACTS] = {"artifacts", ""},
    [SZTP_STEP_DECRYPTION] = {"decryption", ""},
    [SZTP_STEP_VOUCHER_FORMAT] = {"voucher-format", "voucher"},
    [SZTP_STEP_VOUCHER_SIGNATURE] = {"voucher-signature", "voucher"},
    [SZTP_STEP_VOUCHER_CONTENT] = {"voucher-content", "voucher"},
    [SZTP_STEP_VOUCHER_DATES] = {"voucher-dates", "voucher"},
    [SZTP_STEP_VOUCHER_ASSERTION] = {"voucher-assertion", "voucher"},
    [SZTP_STEP_VOUCHER_SERIAL] = {"voucher-serial", "voucher"},
    [SZTP_STEP_VOUCHER_ISSUER] = {"voucher-issuer", "voucher"},
    [SZTP_STEP_VOUCHER_NONCE] = {"voucher-nonce", "voucher"},
    [SZTP_STEP_PINNED_CERT] = {"pinned-cert", "voucher"},
    [SZTP_STEP_OWNER_FORMAT] = {"owner-format", "owner-certificate"},
    [SZTP_STEP_OWNER_SIGNER] = {"owner-signer", "owner-certificate"},
    [SZTP_STEP_OWNER_CHAIN] = {"owner-chain", "owner-certificate"},
    [SZTP_STEP_REVOCATION] = {"revocation", "owner-certificate"},
    [SZTP_STEP_INFO_SIGNATURE] = {"info-signature", "conveyed-information"},
    [SZTP_STEP_INFO_CONTENT] = {"info-content", "conveyed-information"},
};

const char *sztp_verdict_text(const sztp_verdict_t *v, uint32_t step, uint32_t what) {
  if (v == NULL || step == 0 || step >= SZTP__STEPS) return "";
  const sztp__step_result_t *r = &v->steps[step];
  const char *text = NULL;
  switch (what) {
  case SZTP_TEXT_REASON: text = r->code == SZTP_OK ? "" : sztp_error_label(r->code); break;
  case SZTP_TEXT_CAUSE:
    text = r->cause == r->code || r->cause == SZTP_OK ? "" : sztp_error_label(r->cause);
    break;
  case SZTP_TEXT_DETAIL: text = r->detail; break;
  case SZTP_TEXT_FOUND: text = r->found; break;
  case SZTP_TEXT_EXPECTED: text = r->expected; break;
  case SZTP_TEXT_ARTIFACT: text = r->artifact != NULL ? r->artifact : STEPS[step].artifact; break;
  default: break;
  }
  return text == NULL ? "" : text;
}

const char *sztp_step_name(uint32_t step) { return step == 0 || step >= SZTP__STEPS ? "" : STEPS[step].name; }
