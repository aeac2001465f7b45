/* SPDX-License-Identifier: Apache-2.0 */
/* An appraisal's inside, and its steps. */
#ifndef SZTP_ARTIFACTS_APPRAISAL_H
#define SZTP_ARTIFACTS_APPRAISAL_H

#include <sztp/attest.h>

#include "artifacts/attestation.h"
#include "artifacts/reference.h"
#include "artifacts/tpm_structures.h"
#include "trust/verdict.h"

#define SZTP__APPRAISAL_REFERENCES 16

struct sztp_appraisal {
  sztp_ctx_t *ctx;

  /* what is expected */
  sztp__buf_t anchors, attesters; /* DER one after another */
  sztp__buf_t identity_der;
  sztp__cert_t identity; /* borrowed from it; none while it is empty */
  uint8_t nonce[SZTP_EVIDENCE_NONCE_MAX];
  size_t nonce_len; /* 0: none is set */
  sztp__reference_t *references[SZTP__APPRAISAL_REFERENCES];
  size_t reference_count;
  uint32_t wanted; /* SZTP_EVIDENCE_* */

  /* the run: what was read, all of it borrowed from the request */
  int64_t unix_time;
  sztp__buf_t csr;
  sztp__p10_t p10;
  sztp__attestation_t evidence;
  sztp__cert_t *certs; /* of the evidence, the signer's first */
  size_t cert_count;
  sztp__tpm_attest_t certify, quote;
  sztp__tpm_public_t area;

  /* and how it went; the verdict's steps are SZTP_APPRAISAL_* */
  sztp_verdict_t *verdict; /* NULL before the first run */
  uint32_t step;           /* that is taken */
  int32_t cause;           /* of its refusal, if it is another code */
  char said[SZTP__PARAGRAPH_SIZE];
};

/* The steps: 0; the code with which the step is refused, which is recorded; a failure of the machine. */
int32_t sztp__appraise_signer(sztp_appraisal_t *a);
int32_t sztp__appraise_serial(sztp_appraisal_t *a);
int32_t sztp__appraise_certify(sztp_appraisal_t *a);
int32_t sztp__appraise_key(sztp_appraisal_t *a);
int32_t sztp__appraise_quote(sztp_appraisal_t *a);
int32_t sztp__appraise_measured(sztp_appraisal_t *a);

/* 1 for a failure of the machine. */
int sztp__appraisal_fatal(int32_t rc);
/* Refuses the step that is taken, and returns @p code; values that differ may be given ("" for none). */
int32_t sztp__appraisal_refuse(sztp_appraisal_t *a, int32_t code, const char *found, const char *expected,
                               const char *fmt, ...) SZTP__PRINTF(5, 6);
/* The same for what a function below returned: its words are the detail, it is the cause. Failures of the
 * machine, and SZTP_ERR_LIMIT, stay what they are. */
int32_t sztp__appraisal_refuse_for(sztp_appraisal_t *a, int32_t code, int32_t cause);
/* What a step that is passed says. */
void sztp__appraisal_say(sztp_appraisal_t *a, const char *fmt, ...) SZTP__PRINTF(2, 3);

/* The values of a quote, which follow each other as its selection says: the next one at *at (0 at first),
 * with its bank and its number; 0 at the end. */
typedef struct sztp__pcr_value {
  uint32_t hash;
  uint32_t pcr;
  sztp__span_t octets;
} sztp__pcr_value_t;
int sztp__quote_next(const sztp_appraisal_t *a, size_t *at, sztp__pcr_value_t *out);

#endif
