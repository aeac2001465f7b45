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

/* The mask of required steps, without V1 and V14, which depend on what is found. */
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

/* V14 is needed where CRLs are demanded, where some are there, readable or not, and where they refused the
 * path. */
static int needs_revocation(const sztp__verification_t *r) {
  uint32_t mode = sztp__owner_revocation(r);
  return r->owner_result.rc != SZTP_OK || mode == SZTP__CRLS_REQUIRED ||
         (mode == SZTP__CRLS_IF_PRESENT && r->owner_crl_count + r->crls_lost > 0);
}

/* Work that was not finished proves nothing, whatever the step made of it. */
static int32_t refuse_unfinished(sztp__verification_t *r, int32_t code) {
  if (!sztp__work_spent(r->ctx) || sztp__verify_fatal(code)) return code;
  sztp__trail_clear(r->ctx);
  return sztp__fail(
      r->ctx, SZTP_ERR_LIMIT, "work",
      "the artifacts need more than %d public-key operations, or more comparisons than their size "
      "allows",
      SZTP__WORK_OPERATIONS);
}

/* Runs one step and records it. Returns the step's code. */
static int32_t run_step(sztp__verification_t *r, uint32_t step) {
  r->detail[0] = r->found[0] = r->expected[0] = '\0';
  r->artifact = NULL;
  sztp__trail_clear(r->ctx);
  int32_t code = refuse_unfinished(r, CHECKS[step](r));
  if (sztp__verify_fatal(code)) return code;
  int32_t rc = SZTP_OK;
  if (code == SZTP_OK)
    rc = sztp__verdict_record(r->v, step, code, SZTP_OK, r->detail, "", "");
  else
    rc = sztp__verdict_record(r->v, step, code, sztp__trail_cause(r->ctx), sztp__trail_detail(r->ctx),
                              r->found, r->expected);
  r->v->steps[step].artifact = r->artifact;
  return rc < 0 ? rc : code;
}

/* Those of the required steps from @p first to @p last. */
static int32_t run_steps(sztp__verification_t *r, uint32_t first, uint32_t last) {
  int32_t rc = SZTP_OK;
  for (uint32_t step = first; rc == SZTP_OK && step <= last; step++)
    if ((required_steps(r) & SZTP__STEP_BIT(step)) != 0) rc = run_step(r, step);
  return rc;
}

/* V1 for some of the artifacts, looking at @p others from outside. */
static int32_t run_opening(sztp__verification_t *r, uint32_t artifacts, uint32_t others) {
  int32_t rc = sztp__verify_encrypted(r, artifacts, &r->opening);
  if (rc == SZTP_OK) rc = sztp__verify_encrypted(r, others, &r->outside);
  if (rc != SZTP_OK || r->opening == 0) return rc;
  r->opens_any = 1;
  return run_step(r, SZTP_STEP_DECRYPTION);
}

#define INFO    SZTP__ARTIFACT_BIT(SZTP_ARTIFACT_CONVEYED_INFO)
#define OWNER   SZTP__ARTIFACT_BIT(SZTP_ARTIFACT_OWNER_CERT)
#define VOUCHER SZTP__ARTIFACT_BIT(SZTP_ARTIFACT_VOUCHER)

/* Gives back what only the steps about the voucher look at. What it says stays, in copies. */
static void leave_voucher(sztp__verification_t *r) {
  if (r->container != NULL && r->container->close != NULL) r->container->close(r);
  r->container = NULL;
  sztp__cms_free(r->ctx, r->voucher_cms);
  r->voucher_cms = NULL;
  sztp__free(r->ctx, r->voucher_certs);
  r->voucher_certs = NULL;
  r->voucher_cert_count = 0;
  sztp__free(r->ctx, r->voucher_crls);
  r->voucher_crls = NULL;
  r->voucher_crl_count = 0;
  sztp__free_secret(r->ctx, r->voucher_opened);
  r->voucher_opened = NULL;
  sztp__free(r->ctx, r->broken); /* it is reported, or did no harm */
  r->broken = NULL;
  sztp__path_memory_clear(r->ctx, &r->voucher_paths);
}

/* Gives back what only the steps about the owner certificate and the signature look at. The octets of its bag
 * stay: the pinned certificate may lie in it. */
static void leave_owner(sztp__verification_t *r) {
  r->owner = NULL;
  sztp__free(r->ctx, r->owner_certs);
  r->owner_certs = NULL;
  r->bag_count = r->owner_cert_count = 0;
  sztp__free(r->ctx, r->owner_crls);
  r->owner_crls = NULL;
  r->owner_crl_count = 0;
  sztp__free(r->ctx, r->broken);
  r->broken = NULL;
  sztp__path_memory_clear(r->ctx, &r->owner_paths);
}

/* V2 to V10. The voucher is opened and judged alone: who has none that holds gets nothing of @p others
 * decrypted.
 */
static int32_t run_voucher(sztp__verification_t *r, uint32_t others) {
  int32_t rc = SZTP_OK;
  if ((required_steps(r) & SZTP__STEP_BIT(SZTP_STEP_VOUCHER_FORMAT)) != 0)
    rc = run_opening(r, VOUCHER, others);
  if (rc == SZTP_OK) rc = run_steps(r, SZTP_STEP_VOUCHER_FORMAT, SZTP_STEP_PINNED_CERT);
  if (rc == SZTP_OK) leave_voucher(r);
  return rc;
}

/* Whether encrypted information is to be opened before it is known what must come with it: an authenticated
 * server may give unsigned information, and often only what is inside tells. From anybody else it is signed,
 * or nothing. */
static int32_t is_hidden(sztp__verification_t *r, int *hidden) {
  uint32_t type = SZTP__CMS_OTHER;
  int32_t rc = sztp__verify_declared(r, &type);
  int document = type == SZTP__CMS_CONVEYED_JSON || type == SZTP__CMS_CONVEYED_XML;
  r->info_signed = !document;
  *hidden = type != SZTP__CMS_SIGNED && (document || sztp__verify_channel_trusted(r));
  return rc;
}

/* Up to where everything is in clear. What the information is, and what must come with it, is told before any
 * key is asked for, as far as it can be seen. */
static int32_t run_first(sztp__verification_t *r) {
  int info = sztp__verify_has(r, SZTP_ARTIFACT_CONVEYED_INFO);
  int hidden = 0;
  uint32_t encrypted = 0;
  int32_t rc = sztp__verify_encrypted(r, INFO, &encrypted);
  if (rc == SZTP_OK && encrypted != 0) rc = is_hidden(r, &hidden);
  if (rc == SZTP_OK && hidden) rc = run_opening(r, INFO, 0);
  if (rc == SZTP_OK && info && (encrypted == 0 || hidden)) rc = run_step(r, SZTP_STEP_INFO_FORMAT);
  if (rc == SZTP_OK) rc = run_step(r, SZTP_STEP_ARTIFACTS);
  uint32_t others = hidden ? OWNER : INFO | OWNER;
  if (rc == SZTP_OK) rc = run_voucher(r, others);
  if (rc == SZTP_OK && (!info || r->info_signed)) rc = run_opening(r, others, 0);
  if (rc == SZTP_OK && info && encrypted != 0 && !hidden) rc = run_step(r, SZTP_STEP_INFO_FORMAT);
  return rc;
}

/* Until the inputs are known, the verdict requires what nothing satisfies. */
static int32_t run_all(sztp__verification_t *r) {
  int32_t rc = run_first(r);
  if (rc != SZTP_OK) return rc;
  uint32_t required = required_steps(r) | (r->opens_any ? SZTP__STEP_BIT(SZTP_STEP_DECRYPTION) : 0);
  sztp__verdict_require(r->v, required);
  rc = run_steps(r, SZTP_STEP_OWNER_FORMAT, SZTP_STEP_OWNER_CHAIN);
  if (rc == SZTP_OK && (required & SZTP__STEP_BIT(SZTP_STEP_OWNER_CHAIN)) != 0 && needs_revocation(r)) {
    sztp__verdict_require(r->v, required | SZTP__STEP_BIT(SZTP_STEP_REVOCATION));
    rc = run_step(r, SZTP_STEP_REVOCATION);
  }
  if (rc == SZTP_OK) rc = run_steps(r, SZTP_STEP_INFO_SIGNATURE, SZTP_STEP_INFO_SIGNATURE);
  if (rc != SZTP_OK) return rc;
  leave_owner(r);
  return run_steps(r, SZTP_STEP_INFO_CONTENT, SZTP_STEP_INFO_CONTENT);
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
  leave_voucher(r);
  leave_owner(r);
  sztp__cms_free(r->ctx, r->info_cms);
  sztp__cms_free(r->ctx, r->owner_cms);
  sztp__free_secret(r->ctx, r->info_opened);
  sztp__free_secret(r->ctx, r->owner_opened);
  sztp__voucher_free(r->voucher);
  sztp__free(r->ctx, r);
}

static uint64_t size_of(const sztp_bundle_t *b) {
  static const uint32_t all[] = {SZTP_ARTIFACT_CONVEYED_INFO, SZTP_ARTIFACT_OWNER_CERT, SZTP_ARTIFACT_VOUCHER,
                                 SZTP_ARTIFACT_CRL};
  uint64_t size = 0;
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) size += sztp__bundle_span(b, all[i]).len;
  return size;
}

/* What follows a refusal, and looks the same whatever was decrypted: what kind of information it was is only
 * looked at if nothing was. */
static int32_t after_refusal(sztp__verification_t *r) {
  r->v->key_asked = r->asked.any;
  return r->asked.any ? sztp__verify_as_much(r) : sztp__info_peek_kind(r);
}

static int32_t verify_on(sztp__verification_t *r, sztp_verdict_t **out) {
  int32_t rc = sztp__verdict_new(r->ctx, &r->v);
  if (rc == SZTP_OK) rc = run_all(r);
  if (rc == SZTP_OK && !sztp_verdict_accepted(r->v))
    rc = SZTP_ERR_CRYPTO; /* can't be, so nothing is trusted */
  if (r->v != NULL && rc < 0 && !sztp__verify_fatal(rc)) {
    int32_t after = after_refusal(r);
    if (after < 0) rc = after;
  }
  if (r->v != NULL && !sztp__verify_fatal(rc)) {
    log_verdict(r, rc);
    *out = r->v;
  } else {
    sztp_verdict_free(r->v);
  }
  return rc;
}

#if !SZTP__HARDENED
#define sztp__verify_once sztp__verify
#endif
int32_t sztp__verify_once(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time,
                          uint32_t channel, sztp_key_fn key, void *key_user, sztp_verdict_t **out) {
  if (dev == NULL || b == NULL || out == NULL || (dev->ctx != b->ctx && !dev->frozen) ||
      channel > SZTP_CHANNEL_TRUSTED)
    return SZTP_ERR_ARG;
  if (sztp__enter(b->ctx) < 0) return SZTP_ERR_REENTRY;
  *out = NULL;
  if (sztp__bundle_span(b, SZTP_ARTIFACT_VOUCHER).data != NULL &&
      sztp__bundle_span(b, SZTP_ARTIFACT_PINNED).data != NULL)
    return sztp__fail(b->ctx, SZTP_ERR_ARG, "verify", "a voucher, and a certificate that takes its place");
  sztp__verification_t *r = sztp__alloc(b->ctx, sizeof *r);
  if (r == NULL) return SZTP_ERR_MEMORY;
  r->ctx = b->ctx;
  r->dev = dev;
  r->bundle = b;
  r->clock = sztp__device_clock(r->ctx, dev, unix_time);
  r->channel = channel;
  r->key = key;
  r->key_user = key_user;
  sztp__work_begin(r->ctx, size_of(b));
  int32_t rc = verify_on(r, out);
  sztp__work_end(r->ctx);
  free_run(r);
  return rc;
}
