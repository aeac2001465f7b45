/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict: one result per step, and the one place that says "accepted". */
#include "trust/verdict.h"

int32_t sztp__verdict_new(sztp_ctx_t *ctx, sztp_verdict_t **out) {
  sztp_verdict_t *v = sztp__alloc(ctx, sizeof *v);
  if (v == NULL) return SZTP_ERR_MEMORY;
  v->ctx = ctx;
  v->required = UINT32_MAX; /* nothing satisfies it until the inputs are known */
  v->required_inverse = 0;
  v->passed = 0;
  v->passed_inverse = UINT32_MAX;
  v->voucher_created = SZTP_TIME_UNKNOWN;
  *out = v;
  return SZTP_OK;
}

void sztp_verdict_free(sztp_verdict_t *v) {
  if (v == NULL || sztp__in_callback(v->ctx)) return;
  for (size_t i = 0; i < SZTP__STEPS; i++) {
    sztp__free(v->ctx, v->steps[i].detail);
    sztp__free(v->ctx, v->steps[i].found);
    sztp__free(v->ctx, v->steps[i].expected);
  }
  sztp_info_free(v->info);
  sztp__free(v->ctx, v);
}

void sztp__verdict_require(sztp_verdict_t *v, uint32_t mask) {
  v->required = mask;
  v->required_inverse = ~mask;
}

static int32_t keep_copy(sztp_verdict_t *v, char **slot, const char *text) {
  sztp__free(v->ctx, *slot);
  *slot = NULL;
  if (text == NULL || text[0] == '\0') return SZTP_OK;
  *slot = (char *)sztp__copy(v->ctx, text, strlen(text));
  return *slot == NULL ? SZTP_ERR_MEMORY : SZTP_OK;
}

int32_t sztp__verdict_record(sztp_verdict_t *v, uint32_t step, int32_t code, int32_t cause,
                             const char *detail, const char *found, const char *expected) {
  sztp__step_result_t *r = &v->steps[step];
  int32_t rc = keep_copy(v, &r->detail, detail);
  if (rc == SZTP_OK) rc = keep_copy(v, &r->found, found);
  if (rc == SZTP_OK) rc = keep_copy(v, &r->expected, expected);
  if (rc < 0) return rc;
  r->code = code;
  r->cause = cause;
  r->state = code == SZTP_OK ? SZTP_STEP_PASSED : SZTP_STEP_FAILED;
  if (code == SZTP_OK) {
    v->passed |= SZTP__STEP_BIT(step);
    v->passed_inverse &= ~SZTP__STEP_BIT(step);
  } else {
    v->passed &= ~SZTP__STEP_BIT(step);
    v->passed_inverse |= SZTP__STEP_BIT(step);
  }
  return SZTP_OK;
}

int32_t sztp_verdict_accepted(const sztp_verdict_t *v) {
  if (v == NULL || v->required == 0) return 0;
  if ((v->required ^ v->required_inverse) != UINT32_MAX || (v->passed ^ v->passed_inverse) != UINT32_MAX)
    return 0;
  if ((v->passed & v->required) != v->required) return 0;
  if ((v->passed_inverse | v->required_inverse) != v->required_inverse) return 0;
  for (size_t i = 0; i < SZTP__STEPS; i++)
    if (v->steps[i].state == SZTP_STEP_FAILED) return 0;
  return 1;
}

#if SZTP__HARDENED
uint32_t sztp__verdict_missing(const sztp_verdict_t *v) {
  uint32_t missing = (uint32_t)(v->required == 0) | (v->required & ~v->passed) |
                     ~(v->required ^ v->required_inverse) | ~(v->passed ^ v->passed_inverse);
  for (size_t i = 0; i < SZTP__STEPS; i++) missing |= (uint32_t)v->steps[i].code;
  return missing;
}
#endif

int32_t sztp_verdict_trusted(const sztp_verdict_t *v) { return sztp_verdict_accepted(v) && v->trusted; }

int32_t sztp_verdict_i64(const sztp_verdict_t *v, uint32_t what, int64_t *out) {
  if (v == NULL || out == NULL || what != SZTP_VERDICT_VOUCHER_CREATED) return SZTP_ERR_ARG;
  if (!sztp_verdict_accepted(v) || v->voucher_created == SZTP_TIME_UNKNOWN) return SZTP_ERR_NOT_FOUND;
  *out = v->voucher_created;
  return SZTP_OK;
}

uint32_t sztp_verdict_kind(const sztp_verdict_t *v) { return v == NULL ? SZTP_INFO_NONE : v->kind; }

/* The order in which steps are taken; their numbers only name them. */
static const uint8_t ORDER[] = {
    SZTP_STEP_INFO_FORMAT,    SZTP_STEP_ARTIFACTS,         SZTP_STEP_DECRYPTION,
    SZTP_STEP_VOUCHER_FORMAT, SZTP_STEP_VOUCHER_SIGNATURE, SZTP_STEP_VOUCHER_CONTENT,
    SZTP_STEP_VOUCHER_DATES,  SZTP_STEP_VOUCHER_ASSERTION, SZTP_STEP_VOUCHER_SERIAL,
    SZTP_STEP_VOUCHER_ISSUER, SZTP_STEP_VOUCHER_NONCE,     SZTP_STEP_PINNED_CERT,
    SZTP_STEP_OWNER_FORMAT,   SZTP_STEP_OWNER_SIGNER,      SZTP_STEP_OWNER_CHAIN,
    SZTP_STEP_REVOCATION,     SZTP_STEP_INFO_SIGNATURE,    SZTP_STEP_INFO_CONTENT,
};

int32_t sztp_verdict_at(const sztp_verdict_t *v, size_t index, uint32_t *step) {
  (void)v; /* so far every verdict has the same steps */
  if (step == NULL) return SZTP_ERR_ARG;
  if (index >= sizeof ORDER) return SZTP_ERR_NOT_FOUND;
  *step = ORDER[index];
  return SZTP_OK;
}

int32_t sztp_verdict_step(const sztp_verdict_t *v, uint32_t step, uint32_t *state, int32_t *code) {
  if (v == NULL || step == 0 || step >= SZTP__STEPS) return SZTP_ERR_ARG;
  if (state != NULL) *state = v->steps[step].state;
  if (code != NULL) *code = v->steps[step].code;
  return SZTP_OK;
}

const sztp_info_t *sztp_verdict_info(const sztp_verdict_t *v) {
  return sztp_verdict_accepted(v) ? v->info : NULL;
}
