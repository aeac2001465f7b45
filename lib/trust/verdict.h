/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict's inside. */
#ifndef SZTP_TRUST_VERDICT_H
#define SZTP_TRUST_VERDICT_H

#include "trust/info.h"

#define SZTP__STEPS          19 /* SZTP_STEP_* are below */
#define SZTP__STEP_BIT(step) ((uint32_t)1 << (step))

typedef struct sztp__step_result {
  uint32_t state;
  int32_t code;
  int32_t cause;
  char *detail; /* NULL is "" */
  char *found;
  char *expected;
  const char *artifact; /* static; NULL: the step's own */
} sztp__step_result_t;

struct sztp_verdict {
  sztp_ctx_t *ctx;
  /* Acceptance is the equality of two masks, each kept twice (as itself and inverted), so that neither a
   * skipped check nor a flipped bit can turn a rejection into an acceptance. The required ones come from the
   * inputs, the passed ones only from a check that was made. */
  uint32_t required;
  uint32_t required_inverse;
  uint32_t passed;
  uint32_t passed_inverse;
  uint32_t kind;
  int key_asked; /* a private key was: then nobody who may have chosen the ciphertext learns why (ENC-13) */
  int trusted;
  int64_t voucher_created; /* SZTP_TIME_UNKNOWN: no voucher that could be judged says */
  sztp_info_t *info;
  sztp__step_result_t steps[SZTP__STEPS];
};

int32_t sztp__verdict_new(sztp_ctx_t *ctx, sztp_verdict_t **out);
void sztp__verdict_require(sztp_verdict_t *v, uint32_t mask);
/* Records how a step ended, with texts copied ("" or NULL for none). */
int32_t sztp__verdict_record(sztp_verdict_t *v, uint32_t step, int32_t code, int32_t cause,
                             const char *detail, const char *found, const char *expected);
/* HARDENED: 0 if the verdict accepts, reckoned without a branch that could be left out. */
uint32_t sztp__verdict_missing(const sztp_verdict_t *v);

#endif
