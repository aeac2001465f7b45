/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as it stands in a certification request: AttestationBundle (draft-ietf-lamps-csr-attestation) with
 * the statements of the TCG. Decoding only; what they are worth is appraisal.c's business. */
#ifndef SZTP_ARTIFACTS_ATTESTATION_H
#define SZTP_ARTIFACTS_ATTESTATION_H

#include "cryptography/p10.h"
#include "exchange/evidence.h"

#define SZTP__ATTESTATION_CERTS_MAX      8  /* in a bundle */
#define SZTP__ATTESTATION_STATEMENTS_MAX 16 /* of any kind */

/* A statement, without what it is about. Spans are borrowed; attest is {NULL, 0} where there is no statement.
 */
typedef struct sztp__statement {
  sztp__span_t attest;    /* TPMS_ATTEST */
  sztp__span_t signature; /* TPMT_SIGNATURE */
  sztp__span_t third;     /* certify: TPMT_PUBLIC; quote: the values of the PCRs */
} sztp__statement_t;

typedef struct sztp__evidence {
  int present; /* there is an attribute */
  sztp__statement_t certify, quote;
  size_t other_count; /* statements of kinds that are not known */
  sztp__span_t certs[SZTP__ATTESTATION_CERTS_MAX];
  size_t cert_count;
} sztp__attestation_t;

/* Reads the evidence of a request, which may have none. SZTP_ERR_EVIDENCE_MALFORMED, SZTP_ERR_DER,
 * SZTP_ERR_LIMIT. */
int32_t sztp__attestation_read(sztp_ctx_t *ctx, const sztp__p10_t *p10, sztp__attestation_t *out);

#endif
