/* SPDX-License-Identifier: Apache-2.0 */
/* Reads AttestationBundle out of a certification request. */
#include "artifacts/attestation.h"

#define WHERE "evidence"

/* TcgAttestCertify, TcgAttestQuote: three OCTET STRINGs. */
static int32_t read_tcg(sztp__der_t *d, sztp__statement_t *out) {
  sztp__der_t inside;
  sztp__tlv_t parts[3];
  if (out->attest.data != NULL)
    return sztp__fail(d->ctx, SZTP_ERR_EVIDENCE_MALFORMED, WHERE, "two statements of one type");
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &inside);
  for (size_t i = 0; rc == SZTP_OK && i < 3; i++)
    rc = sztp__der_expect(&inside, SZTP__DER_OCTET_STRING, &parts[i]);
  if (rc == SZTP_OK) rc = sztp__der_finish(&inside);
  if (rc != SZTP_OK) return rc;
  out->attest = parts[0].value;
  out->signature = parts[1].value;
  out->third = parts[2].value;
  return SZTP_OK;
}

/* AttestationStatement */
static int32_t read_statement(sztp__der_t *d, sztp__attestation_t *out) {
  sztp__der_t inside;
  sztp__span_t type;
  sztp__tlv_t other;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &inside);
  if (rc == SZTP_OK) rc = sztp__der_oid(&inside, &type);
  if (rc != SZTP_OK) return rc;
  if (sztp__span_is(type, SZTP__OID_CERTIFY)) {
    rc = read_tcg(&inside, &out->certify);
  } else if (sztp__span_is(type, SZTP__OID_QUOTE)) {
    rc = read_tcg(&inside, &out->quote);
  } else {
    out->other_count++;
    rc = sztp__der_any(&inside, &other);
  }
  return rc == SZTP_OK ? sztp__der_finish(&inside) : rc;
}

static int32_t read_statements(sztp__der_t *d, sztp__attestation_t *out) {
  sztp__der_t list;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &list);
  for (size_t i = 0; rc == SZTP_OK && !sztp__der_at_end(&list); i++)
    rc = i < SZTP__ATTESTATION_STATEMENTS_MAX
             ? read_statement(&list, out)
             : sztp__fail(d->ctx, SZTP_ERR_LIMIT, WHERE, "more than %d statements",
                          SZTP__ATTESTATION_STATEMENTS_MAX);
  return rc;
}

/* LimitedCertChoices, of which X.509 counts. */
static int32_t read_certs(sztp__der_t *d, sztp__attestation_t *out) {
  sztp__der_t list;
  sztp__tlv_t cert;
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &list);
  while (rc == SZTP_OK && !sztp__der_at_end(&list)) {
    rc = sztp__der_any(&list, &cert);
    if (rc != SZTP_OK || cert.tag != SZTP__DER_SEQUENCE) continue;
    if (out->cert_count == SZTP__ATTESTATION_CERTS_MAX)
      return sztp__fail(d->ctx, SZTP_ERR_LIMIT, WHERE, "more than %d certificates",
                        SZTP__ATTESTATION_CERTS_MAX);
    out->certs[out->cert_count++] = cert.whole;
  }
  return rc;
}

int32_t sztp__attestation_read(sztp_ctx_t *ctx, const sztp__p10_t *p10, sztp__attestation_t *out) {
  sztp__span_t value;
  sztp__der_t d;
  sztp__der_t bundle;
  memset(out, 0, sizeof *out);
  int32_t rc = sztp__p10_attribute(ctx, p10, sztp__span_of(SZTP__OID_ATTESTATION), &value);
  if (rc != SZTP_OK || value.data == NULL) return rc;
  out->present = 1;
  sztp__der_init(&d, ctx, value);
  rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &bundle);
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  if (rc == SZTP_OK) rc = read_statements(&bundle, out);
  if (rc == SZTP_OK && !sztp__der_at_end(&bundle)) rc = read_certs(&bundle, out);
  return rc == SZTP_OK ? sztp__der_finish(&bundle) : rc;
}
