/* SPDX-License-Identifier: Apache-2.0 */
/* Validating signed data (RFC 8572 5.4): which of the steps V0 to V16 the artifacts at hand require, and
 * running them in order up to the first failure. This is the one place where trust is given. */
#include "ground/format.h"
#include "trust/verification.h"
#include "trust/verify_private.h"

typedef int32_t (*step_fn)(sztp__verification_t *r);

static const step_fn CHECKS[SZTP__STEPS] = {
    [SZTP_STEP_INFO_FORMAT] = sztp__step_info_format,
    [SZTP_STEP_ARTIFACTS] = sztp__step_artifacts,
    [SZTP_STEP_DECRYPTION] = sztp__step_decryption,
    [SZTP_STEP_VOUCHER_FORMAT] = sztp__step_voucher_format,
    [SZTP_STEP_VOUCHER_SIGNATURE] = sztp__step_voucher_signature,
    [SZTP_STEP_VOUCHER_CONTENT] = sztp__step_voucher_content,
    [SZTP_STEP_VOUCHER_DATES] = sztp__step_voucher_dates,
    [SZTP_STEP_VOUCHER_ASSERTION] = sztp__step_voucher_assertion,
    [SZTP_STEP_VOUCHER_SERIAL] = sztp__step_voucher_serial,
    [SZTP_STEP_VOUCHER_ISSUER] = sztp__step_voucher_issuer,
    [SZTP_STEP_VOUCHER_NONCE] = sztp__step_voucher_nonce,
    [SZTP_STEP_PINNED_CERT] = sztp__step_pinned_cert,
    [SZTP_STEP_OWNER_FORMAT] = sztp__step_owner_format,
    [SZTP_STEP_OWNER_SIGNER] = sztp__step_owner_signer,
    [SZTP_STEP_OWNER_CHAIN] = sztp__step_owner_chain,
    [SZTP_STEP_REVOCATION] = sztp__step_revocation,
    [SZTP_STEP_INFO_SIGNATURE] = sztp__step_info_signature,
    [SZTP_STEP_INFO_CONTENT] = sztp__step_info_content,
};

/* ---- what the inputs require --------------------------------------------------------------------- */

static uint32_t span_of_steps(uint32_t first, uint32_t last) {
  uint32_t mask = 0;
  for (uint32_t step = first; step <= last; step++) mask |= SZTP__STEP_BIT(step);
  return mask;
}

/* The mask of required steps, without V1 (which run_first() knows of) and V14 (which the voucher decides).
 * What encrypted information holds must be known. */
static uint32_t required_steps(const sztp__verification_t *r) {
  int info = sztp__verify_has(r, SZTP_ARTIFACT_CONVEYED_INFO);
  int companions = !info || r->info_signed;
  uint32_t mask = SZTP__STEP_BIT(SZTP_STEP_ARTIFACTS);
  if (info) mask |= SZTP__STEP_BIT(SZTP_STEP_INFO_FORMAT) | SZTP__STEP_BIT(SZTP_STEP_INFO_CONTENT);
  if (!companions) return mask;
  if (sztp__verify_has(r, SZTP_ARTIFACT_PINNED))
    mask |= SZTP__STEP_BIT(SZTP_STEP_PINNED_CERT);
  else
    mask |= span_of_steps(SZTP_STEP_VOUCHER_FORMAT, SZTP_STEP_PINNED_CERT);
  if (info || sztp__verify_has(r, SZTP_ARTIFACT_OWNER_CERT))
    mask |= SZTP__STEP_BIT(SZTP_STEP_OWNER_FORMAT) | SZTP__STEP_BIT(SZTP_STEP_OWNER_CHAIN);
  if (info) mask |= SZTP__STEP_BIT(SZTP_STEP_OWNER_SIGNER) | SZTP__STEP_BIT(SZTP_STEP_INFO_SIGNATURE);
  return mask;
}

/* V14 is needed where CRLs are demanded, where some are there to be looked at, and where they refused the
 * path. */
static int needs_revocation(const sztp__verification_t *r) {
  uint32_t mode = sztp__owner_revocation(r);
  return r->not_known.rank > 0 || mode == SZTP__CRLS_REQUIRED ||
         (mode == SZTP__CRLS_IF_PRESENT && r->owner_crl_count > 0);
}

/* What is said of a failure. Candidates that were left out before come first: they may be why. */
static const char *failure_detail(sztp__verification_t *r) {
  if (!r->left_out) return sztp__trail_detail(r->ctx);
  (void)sztp__format(r->detail, sizeof r->detail,
                     "of more than %d pairs of signer and certificate %d were tried; %s",
                     SZTP__CMS_MAX_SIGNERS, SZTP__CMS_MAX_SIGNERS, sztp__trail_detail(r->ctx));
  return r->detail;
}

/* Runs one step and records it. Returns the step's code. */
static int32_t run_step(sztp__verification_t *r, uint32_t step) {
  r->detail[0] = r->found[0] = r->expected[0] = '\0';
  r->artifact = NULL;
  sztp__trail_clear(r->ctx);
  int32_t code = CHECKS[step](r);
  if (sztp__verify_fatal(code)) return code;
  int32_t rc = SZTP_OK;
  if (code == SZTP_OK)
    rc = sztp__verdict_record(r->v, step, code, SZTP_OK, r->detail, "", "");
  else
    rc = sztp__verdict_record(r->v, step, code, sztp__trail_cause(r->ctx), failure_detail(r), r->found,
                              r->expected);
  r->v->steps[step].artifact = r->artifact;
  return rc < 0 ? rc : code;
}

/* The order of the first three steps. What encrypted information holds is known only after V1, but whether it
 * is signed is often said in clear, and then what is missing is said before any key is asked for. */
static int32_t choose_order(sztp__verification_t *r, const uint32_t **order) {
  static const uint32_t in_clear[] = {SZTP_STEP_INFO_FORMAT, SZTP_STEP_ARTIFACTS, SZTP_STEP_DECRYPTION};
  static const uint32_t declared[] = {SZTP_STEP_ARTIFACTS, SZTP_STEP_DECRYPTION, SZTP_STEP_INFO_FORMAT};
  static const uint32_t hidden[] = {SZTP_STEP_DECRYPTION, SZTP_STEP_INFO_FORMAT, SZTP_STEP_ARTIFACTS};
  uint32_t type = SZTP__CMS_OTHER;
  *order = in_clear;
  int32_t rc = sztp__verify_look(r, SZTP_ARTIFACT_CONVEYED_INFO);
  if (rc != SZTP_OK || !sztp__verify_is_encrypted(r->info_cms)) return rc;
  rc = sztp__verify_declared(r, &type);
  r->info_signed = type == SZTP__CMS_SIGNED;
  *order = r->info_signed ? declared : hidden;
  return rc;
}

/* Runs them; *required is then what the inputs require. */
static int32_t run_first(sztp__verification_t *r, uint32_t *required) {
  const uint32_t *order = NULL;
  int encrypted = 0;
  int32_t rc = choose_order(r, &order);
  for (size_t i = 0; rc == SZTP_OK && i < 3; i++) {
    if (order[i] == SZTP_STEP_INFO_FORMAT && !sztp__verify_has(r, SZTP_ARTIFACT_CONVEYED_INFO)) continue;
    if (order[i] == SZTP_STEP_DECRYPTION) {
      rc = sztp__verify_any_encrypted(r, &encrypted);
      if (rc != SZTP_OK || !encrypted) continue;
    }
    rc = run_step(r, order[i]);
  }
  *required = required_steps(r) | (encrypted ? SZTP__STEP_BIT(SZTP_STEP_DECRYPTION) : 0);
  return rc;
}

/* Until the inputs are known, the verdict requires what nothing satisfies. */
static int32_t run_all(sztp__verification_t *r) {
  uint32_t required = 0;
  int32_t rc = run_first(r, &required);
  if (rc != SZTP_OK) return rc;
  sztp__verdict_require(r->v, required);
  for (uint32_t step = SZTP_STEP_VOUCHER_FORMAT; step < SZTP__STEPS; step++) {
    if (step == SZTP_STEP_REVOCATION && (required & SZTP__STEP_BIT(SZTP_STEP_OWNER_CHAIN)) &&
        needs_revocation(r)) {
      required |= SZTP__STEP_BIT(step);
      sztp__verdict_require(r->v, required);
    }
    if ((required & SZTP__STEP_BIT(step)) == 0) continue;
    rc = run_step(r, step);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}

static void log_verdict(const sztp__verification_t *r, int32_t code) {
  for (uint32_t step = 1; step < SZTP__STEPS; step++)
    if (r->v->steps[step].state == SZTP_STEP_FAILED)
      sztp__log(r->ctx, SZTP_LOG_WARN, SZTP_TOPIC_TRUST, "rejected at %s: %s: %s", sztp_step_name(step),
                sztp_error_label(code), sztp_verdict_text(r->v, step, SZTP_TEXT_DETAIL));
  if (code == SZTP_OK && r->v->info != NULL)
    sztp__log(r->ctx, SZTP_LOG_INFO, SZTP_TOPIC_TRUST, "accepted: %s, %s",
              sztp_verdict_text(r->v, SZTP_STEP_INFO_CONTENT, SZTP_TEXT_DETAIL),
              r->info_signed ? "signed" : "unsigned");
}

static void free_run(sztp__verification_t *r) {
  sztp__cms_free(r->ctx, r->info_cms);
  sztp__cms_free(r->ctx, r->owner_cms);
  sztp__cms_free(r->ctx, r->voucher_cms);
  if (r->container != NULL && r->container->close != NULL) r->container->close(r);
  sztp__free_secret(r->ctx, r->info_opened);
  sztp__free_secret(r->ctx, r->owner_opened);
  sztp__free_secret(r->ctx, r->voucher_opened);
  sztp__free(r->ctx, r->voucher_certs);
  sztp__free(r->ctx, r->voucher_crls);
  sztp__free(r->ctx, r->owner_certs);
  sztp__free(r->ctx, r->owner_crls);
  sztp__voucher_free(r->voucher);
  sztp__free(r->ctx, r);
}

int32_t sztp__verify(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time, uint32_t channel,
                     sztp_key_fn key, void *key_user, sztp_verdict_t **out) {
  if (dev == NULL || b == NULL || out == NULL || (dev->ctx != b->ctx && !dev->frozen) ||
      channel > SZTP_CHANNEL_TRUSTED)
    return SZTP_ERR_ARG;
  if (sztp__enter(b->ctx) < 0) return SZTP_ERR_REENTRY;
  *out = NULL;
  sztp__verification_t *r = sztp__alloc(b->ctx, sizeof *r);
  if (r == NULL) return SZTP_ERR_MEMORY;
  r->ctx = b->ctx;
  r->dev = dev;
  r->bundle = b;
  r->clock = sztp__device_clock(r->ctx, dev, unix_time);
  r->channel = channel;
  r->key = key;
  r->key_user = key_user;
  int32_t rc = sztp__verdict_new(r->ctx, &r->v);
  if (rc == SZTP_OK) rc = run_all(r);
  if (rc == SZTP_OK && !sztp_verdict_accepted(r->v))
    rc = SZTP_ERR_CRYPTO; /* can't be, so nothing is trusted */
  if (r->v != NULL && rc < 0 && !sztp__verify_fatal(rc)) {
    int32_t peeked = sztp__info_peek_kind(r);
    if (peeked < 0) rc = peeked;
  }
  if (r->v != NULL && !sztp__verify_fatal(rc)) {
    log_verdict(r, rc);
    *out = r->v;
  } else {
    sztp_verdict_free(r->v);
  }
  free_run(r);
  return rc;
}

int32_t sztp_verify(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time, uint32_t channel,
                    sztp_verdict_t **out) {
  if (dev == NULL) return SZTP_ERR_ARG;
  return sztp__verify(dev, b, unix_time, channel, dev->key, dev->key_user, out);
}
