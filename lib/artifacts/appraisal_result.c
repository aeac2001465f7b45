/* SPDX-License-Identifier: Apache-2.0 */
/* How the steps of an appraisal ended: written by the steps, read by whoever asked. */
#include <stdarg.h>
#include <sztp/verify.h>

#include "artifacts/appraisal.h"
#include "ground/printable.h"

#define WHERE "appraisal"

static const char *const names[] = {"",        "request", "bundle", "signer",  "serial",
                                    "certify", "key",     "quote",  "measured"};
#define STEPS (sizeof names / sizeof names[0])

const char *sztp_appraisal_step_name(uint32_t step) { return step < STEPS ? names[step] : ""; }

int32_t sztp_appraisal_step(const sztp_appraisal_t *a, uint32_t step, uint32_t *state, int32_t *code) {
  if (a == NULL || step == 0 || step >= STEPS) return SZTP_ERR_ARG;
  if (a->verdict != NULL) return sztp_verdict_step(a->verdict, step, state, code);
  if (state != NULL) *state = SZTP_STEP_SKIPPED;
  if (code != NULL) *code = SZTP_OK;
  return SZTP_OK;
}

const char *sztp_appraisal_text(const sztp_appraisal_t *a, uint32_t step, uint32_t what) {
  if (a == NULL || step >= STEPS || what == SZTP_TEXT_ARTIFACT) return "";
  return sztp_verdict_text(a->verdict, step, what);
}

/* ---- for the steps ------------------------------------------------------------------------------- */

int sztp__appraisal_fatal(int32_t rc) {
  return rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO || rc == SZTP_ERR_RANDOM || rc == SZTP_ERR_ARG;
}

int32_t sztp__appraisal_refuse(sztp_appraisal_t *a, int32_t code, const char *found, const char *expected,
                               const char *fmt, ...) {
  char text[SZTP__PARAGRAPH_SIZE];
  va_list args;
  va_start(args, fmt);
  (void)sztp__vformat(text, sizeof text, fmt, args);
  va_end(args);
  int32_t rc = sztp__verdict_record(a->verdict, a->step, code, a->cause, text, found, expected);
  if (rc < 0) return rc;
  return sztp__fail(a->ctx, code, WHERE, "%s: %s", sztp_appraisal_step_name(a->step), text);
}

int32_t sztp__appraisal_refuse_for(sztp_appraisal_t *a, int32_t code, int32_t cause) {
  char detail[SZTP__SENTENCE_SIZE];
  if (sztp__appraisal_fatal(cause)) return cause;
  int32_t innermost = sztp__trail_cause(a->ctx);
  a->cause = innermost != SZTP_OK ? innermost : cause;
  (void)sztp__printable(detail, sizeof detail, sztp__span_of(sztp__trail_detail(a->ctx)));
  return sztp__appraisal_refuse(a, cause == SZTP_ERR_LIMIT ? cause : code, "", "", "%s",
                                detail[0] != '\0' ? detail : sztp_error_text(cause));
}

void sztp__appraisal_say(sztp_appraisal_t *a, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  (void)sztp__vformat(a->said, sizeof a->said, fmt, args);
  va_end(args);
}
