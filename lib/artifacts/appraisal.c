/* SPDX-License-Identifier: Apache-2.0 */
/* The appraisal of a certification request with evidence: what is expected, the order of the steps, and the
 * one place that says whether it is accepted (ATT-13). */
#include "artifacts/appraisal.h"

#include <sztp/verify.h>

#include "artifacts/input.h"
#include "exchange/csr.h"
#include "formats/armor.h"

#define WHERE        "appraisal"
#define CERTS_OCTETS (256u * 1024u)

/* ---- the object ---------------------------------------------------------------------------------- */

int32_t sztp_appraisal_new(sztp_ctx_t *ctx, sztp_appraisal_t **out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_appraisal_t *a = sztp__alloc(ctx, sizeof *a);
  if (a == NULL) return SZTP_ERR_MEMORY;
  a->ctx = ctx;
  sztp__buf_init(&a->anchors, ctx, CERTS_OCTETS);
  sztp__buf_init(&a->attesters, ctx, CERTS_OCTETS);
  sztp__buf_init(&a->identity_der, ctx, CERTS_OCTETS);
  sztp__buf_init(&a->csr, ctx, SZTP__CSR_MAX);
  *out = a;
  return SZTP_OK;
}

void sztp_appraisal_free(sztp_appraisal_t *a) {
  if (a == NULL || sztp__in_callback(a->ctx)) return;
  for (size_t i = 0; i < a->reference_count; i++) sztp__free(a->ctx, a->references[i]);
  sztp_verdict_free(a->verdict);
  sztp__free(a->ctx, a->certs);
  sztp__buf_clear(&a->csr);
  sztp__buf_clear(&a->identity_der);
  sztp__buf_clear(&a->attesters);
  sztp__buf_clear(&a->anchors);
  sztp__free(a->ctx, a);
}

/* ---- what is expected ---------------------------------------------------------------------------- */

/* Nothing is added unless all of it is. */
static int32_t add_certs(sztp_appraisal_t *a, sztp__buf_t *to, sztp__span_t data) {
  size_t len = to->len;
  int32_t rc = sztp__input_certs(a->ctx, data, to);
  if (rc != SZTP_OK) {
    to->len = len;
    to->status = SZTP_OK;
  }
  return rc;
}

static int32_t set_identity(sztp_appraisal_t *a, sztp__span_t data) {
  sztp__buf_clear(&a->identity_der);
  int32_t rc = sztp__input_device_cert(a->ctx, data, &a->identity_der, &a->identity);
  if (rc != SZTP_OK) sztp__buf_clear(&a->identity_der);
  return rc;
}

static int32_t set_expected_nonce(sztp_appraisal_t *a, sztp__span_t data) {
  if (data.len < SZTP_EVIDENCE_NONCE_MIN || data.len > SZTP_EVIDENCE_NONCE_MAX)
    return sztp__fail(a->ctx, SZTP_ERR_ARG, WHERE,
                      "a nonce of %zu octets; evidence goes with one of %d to %d", data.len,
                      SZTP_EVIDENCE_NONCE_MIN, SZTP_EVIDENCE_NONCE_MAX);
  memcpy(a->nonce, data.data, data.len);
  a->nonce_len = data.len;
  return SZTP_OK;
}

static int32_t add_reference(sztp_appraisal_t *a, sztp__span_t data) {
  if (a->reference_count == SZTP__APPRAISAL_REFERENCES)
    return sztp__fail(a->ctx, SZTP_ERR_LIMIT, WHERE, "more than %d sets of reference values",
                      SZTP__APPRAISAL_REFERENCES);
  int32_t rc = sztp__reference_read(a->ctx, data, &a->references[a->reference_count]);
  if (rc == SZTP_OK) a->reference_count++;
  return rc;
}

int32_t sztp_appraisal_set(sztp_appraisal_t *a, uint32_t what, const uint8_t *data, size_t len) {
  if (a == NULL || data == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(a->ctx) < 0) return SZTP_ERR_REENTRY;
  sztp__span_t octets = sztp__span(data, len);
  switch (what) {
  case SZTP_APPRAISAL_ANCHOR: return add_certs(a, &a->anchors, octets);
  case SZTP_APPRAISAL_ATTESTER: return add_certs(a, &a->attesters, octets);
  case SZTP_APPRAISAL_IDENTITY: return set_identity(a, octets);
  case SZTP_APPRAISAL_NONCE: return set_expected_nonce(a, octets);
  case SZTP_APPRAISAL_REFERENCE: return add_reference(a, octets);
  default: return SZTP_ERR_ARG;
  }
}

int32_t sztp_appraisal_want(sztp_appraisal_t *a, uint32_t statements) {
  if (a == NULL || (statements & ~(uint32_t)(SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE)) != 0)
    return SZTP_ERR_ARG;
  a->wanted = statements;
  return SZTP_OK;
}

/* ---- the first two steps ------------------------------------------------------------------------- */

static int32_t appraise_request(sztp_appraisal_t *a) {
  int32_t rc = sztp__p10_read(a->ctx, sztp__buf_span(&a->csr), &a->p10);
  if (rc == SZTP_OK) rc = sztp__name_check(a->ctx, a->p10.subject);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_MALFORMED, rc);
  rc = sztp__p10_verify(a->ctx, &a->p10);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_SIGNATURE, rc);
  sztp__appraisal_say(a, "signed with the key in it");
  return SZTP_OK;
}

static int32_t parse_certs(sztp_appraisal_t *a) {
  const sztp__attestation_t *e = &a->evidence;
  sztp__free(a->ctx, a->certs);
  a->cert_count = 0;
  a->certs = sztp__alloc_array(a->ctx, SZTP__ATTESTATION_CERTS_MAX, sizeof *a->certs);
  if (a->certs == NULL) return SZTP_ERR_MEMORY;
  for (size_t i = 0; i < e->cert_count; i++) {
    int32_t rc = sztp__cert_parse(a->ctx, e->certs[i], &a->certs[a->cert_count]);
    if (rc == SZTP_ERR_MEMORY || (rc != SZTP_OK && i == 0)) return rc; /* the signer's own */
    if (rc == SZTP_OK) a->cert_count++;
  }
  sztp__trail_clear(a->ctx);
  return SZTP_OK;
}

/* Reference values are about a quote, so that one is wanted with them. */
static uint32_t statements_wanted(const sztp_appraisal_t *a) {
  return a->wanted | (a->reference_count > 0 ? (uint32_t)SZTP_EVIDENCE_QUOTE : 0);
}

static int32_t appraise_bundle(sztp_appraisal_t *a) {
  const sztp__attestation_t *e = &a->evidence;
  uint32_t wanted = statements_wanted(a);
  int32_t rc = sztp__attestation_read(a->ctx, &a->p10, &a->evidence);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_MALFORMED, rc);
  int has_certify = e->certify.attest.data != NULL;
  int has_quote = e->quote.attest.data != NULL;
  if (!e->present)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_MISSING, "", "", "the request has no evidence");
  if ((wanted & SZTP_EVIDENCE_CERTIFY) != 0 && !has_certify)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_MISSING, "", "",
                                  "no statement about the key (certify)");
  if ((wanted & SZTP_EVIDENCE_QUOTE) != 0 && !has_quote)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_MISSING, "", "",
                                  "no statement about what was measured (quote)");
  if (!has_certify && !has_quote)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_MISSING, "", "",
                                  "no statement of a kind that is known");
  if (e->cert_count == 0)
    return sztp__appraisal_refuse(a, SZTP_ERR_EVIDENCE_SIGNER, "", "",
                                  "the attestation key's certificate is not in the evidence");
  rc = parse_certs(a);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_MALFORMED, rc);
  sztp__appraisal_say(a, "%s%s%s, %zu certificate%s", has_certify ? "certify" : "",
                      has_certify && has_quote ? " and " : "", has_quote ? "quote" : "", e->cert_count,
                      e->cert_count == 1 ? "" : "s");
  return SZTP_OK;
}

/* ---- all of them --------------------------------------------------------------------------------- */

static int32_t take_step(sztp_appraisal_t *a, uint32_t step, int32_t (*fn)(sztp_appraisal_t *a)) {
  a->step = step;
  a->cause = SZTP_OK;
  a->said[0] = '\0';
  sztp__trail_clear(a->ctx);
  int32_t rc = fn(a);
  return rc == SZTP_OK ? sztp__verdict_record(a->verdict, step, SZTP_OK, SZTP_OK, a->said, "", "") : rc;
}

static int32_t take_steps(sztp_appraisal_t *a) {
  int32_t rc = take_step(a, SZTP_APPRAISAL_REQUEST, appraise_request);
  if (rc == SZTP_OK) rc = take_step(a, SZTP_APPRAISAL_BUNDLE, appraise_bundle);
  if (rc != SZTP_OK) return rc;
  int certify = a->evidence.certify.attest.data != NULL;
  int quote = a->evidence.quote.attest.data != NULL;
  uint32_t mask = SZTP__STEP_BIT(SZTP_APPRAISAL_REQUEST) | SZTP__STEP_BIT(SZTP_APPRAISAL_BUNDLE) |
                  SZTP__STEP_BIT(SZTP_APPRAISAL_SIGNER) | SZTP__STEP_BIT(SZTP_APPRAISAL_SERIAL);
  if (certify) mask |= SZTP__STEP_BIT(SZTP_APPRAISAL_CERTIFY) | SZTP__STEP_BIT(SZTP_APPRAISAL_KEY);
  if (quote) mask |= SZTP__STEP_BIT(SZTP_APPRAISAL_QUOTE);
  if (a->reference_count > 0) mask |= SZTP__STEP_BIT(SZTP_APPRAISAL_MEASURED);
  sztp__verdict_require(a->verdict, mask);
  rc = take_step(a, SZTP_APPRAISAL_SIGNER, sztp__appraise_signer);
  if (rc == SZTP_OK) rc = take_step(a, SZTP_APPRAISAL_SERIAL, sztp__appraise_serial);
  if (rc == SZTP_OK && certify) rc = take_step(a, SZTP_APPRAISAL_CERTIFY, sztp__appraise_certify);
  if (rc == SZTP_OK && certify) rc = take_step(a, SZTP_APPRAISAL_KEY, sztp__appraise_key);
  if (rc == SZTP_OK && quote) rc = take_step(a, SZTP_APPRAISAL_QUOTE, sztp__appraise_quote);
  if (rc == SZTP_OK && a->reference_count > 0)
    rc = take_step(a, SZTP_APPRAISAL_MEASURED, sztp__appraise_measured);
  return rc;
}

static int32_t begin(sztp_appraisal_t *a, int64_t unix_time) {
  sztp__buf_clear(&a->csr);
  memset(&a->p10, 0, sizeof a->p10);
  memset(&a->evidence, 0, sizeof a->evidence);
  memset(&a->certify, 0, sizeof a->certify);
  memset(&a->quote, 0, sizeof a->quote);
  a->cert_count = 0;
  a->unix_time = unix_time;
  a->step = SZTP_APPRAISAL_REQUEST;
  a->cause = SZTP_OK;
  sztp_verdict_free(a->verdict);
  a->verdict = NULL;
  return sztp__verdict_new(a->ctx, &a->verdict); /* nothing satisfies it until it is known what is there */
}

/* What was found in unfinished work proves nothing. */
static int32_t refuse_work(sztp_appraisal_t *a) {
  return sztp__appraisal_refuse(a, SZTP_ERR_LIMIT, "", "", "it needs too much work");
}

int32_t sztp_appraisal_run(sztp_appraisal_t *a, const uint8_t *csr, size_t len, int64_t unix_time) {
  if (a == NULL || csr == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(a->ctx) < 0) return SZTP_ERR_REENTRY;
  int32_t rc = begin(a, unix_time);
  if (rc < 0) return rc;
  rc = len > 2 * SZTP__CSR_MAX ? sztp__fail(a->ctx, SZTP_ERR_LIMIT, WHERE, "%zu octets are too many", len)
                               : sztp__armor_remove(a->ctx, sztp__span(csr, len), NULL, &a->csr);
  if (rc != SZTP_OK) return sztp__appraisal_refuse_for(a, SZTP_ERR_EVIDENCE_MALFORMED, rc);
  sztp__work_begin(a->ctx, a->csr.len);
  rc = take_steps(a);
  if (sztp__work_spent(a->ctx) && !sztp__appraisal_fatal(rc)) rc = refuse_work(a);
  sztp__work_end(a->ctx);
  if (rc != SZTP_OK) return rc;
  return sztp_verdict_accepted(a->verdict) ? SZTP_OK : SZTP_ERR_EVIDENCE_MISSING;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static int is_passed(const sztp_appraisal_t *a, uint32_t step) {
  uint32_t state = SZTP_STEP_SKIPPED;
  return sztp_appraisal_step(a, step, &state, NULL) == SZTP_OK && state == SZTP_STEP_PASSED;
}

static sztp__span_t find_pcr(const sztp_appraisal_t *a, size_t pcr) {
  sztp__pcr_value_t value;
  size_t at = 0;
  while (sztp__quote_next(a, &at, &value))
    if (value.pcr == pcr) return value.octets;
  return sztp__span(NULL, 0);
}

static sztp__span_t find_bytes(const sztp_appraisal_t *a, uint32_t what, size_t index) {
  const sztp__span_t none = {NULL, 0};
  int certified = is_passed(a, SZTP_APPRAISAL_CERTIFY);
  int quoted = is_passed(a, SZTP_APPRAISAL_QUOTE);
  if (what == SZTP_APPRAISAL_PCR) return quoted ? find_pcr(a, index) : none;
  if (index != 0) return none;
  switch (what) {
  case SZTP_APPRAISAL_PUBLIC: return certified ? a->evidence.certify.third : none;
  case SZTP_APPRAISAL_SIGNED_BY: return a->cert_count > 0 ? a->certs[0].der : none;
  case SZTP_APPRAISAL_CLOCK: return quoted ? a->quote.clock : certified ? a->certify.clock : none;
  default: return none;
  }
}

int32_t sztp_appraisal_bytes(const sztp_appraisal_t *a, uint32_t what, size_t index, const uint8_t **data,
                             size_t *len) {
  if (a == NULL || data == NULL || len == NULL || what < SZTP_APPRAISAL_PCR || what > SZTP_APPRAISAL_CLOCK)
    return SZTP_ERR_ARG;
  sztp__span_t found = find_bytes(a, what, index);
  if (found.data == NULL) return SZTP_ERR_NOT_FOUND;
  *data = found.data;
  *len = found.len;
  return SZTP_OK;
}
