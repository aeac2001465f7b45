/* SPDX-License-Identifier: Apache-2.0 */
/* The attribute id-aa-attestation: found where it asks, and written where it answers. */
#include "exchange/evidence.h"

#include <sztp/device.h>

#include "formats/der.h"

#define NONCE_LEAST 8
#define NONCE_MOST  64
#define WHERE       "cert-req-info"

static uint32_t kind_of(sztp__span_t type) {
  return sztp__span_is(type, SZTP__OID_CERTIFY) ? SZTP_EVIDENCE_CERTIFY
         : sztp__span_is(type, SZTP__OID_QUOTE) ? SZTP_EVIDENCE_QUOTE
                                                : 0;
}

/* ---- asking -------------------------------------------------------------------------------------- */

/* The SEQUENCE of statements in an attribute that is id-aa-attestation and holds one bundle without
 * certificates. */
static int enter_bundle(sztp__span_t attribute, sztp__der_t *statements) {
  sztp__der_t d, in, values, bundle;
  sztp__span_t type;
  sztp__der_init(&d, NULL, attribute);
  return sztp__der_enter(&d, SZTP__DER_SEQUENCE, &in) == SZTP_OK && sztp__der_oid(&in, &type) == SZTP_OK &&
         sztp__span_is(type, SZTP__OID_ATTESTATION) &&
         sztp__der_enter(&in, SZTP__DER_SET, &values) == SZTP_OK && sztp__der_finish(&in) == SZTP_OK &&
         sztp__der_enter(&values, SZTP__DER_SEQUENCE, &bundle) == SZTP_OK &&
         sztp__der_finish(&values) == SZTP_OK &&
         sztp__der_enter(&bundle, SZTP__DER_SEQUENCE, statements) == SZTP_OK &&
         sztp__der_finish(&bundle) == SZTP_OK && !sztp__der_at_end(statements);
}

/* The next statement, if it is a nonce. */
static int next_nonce(sztp__der_t *statements, sztp__span_t *type, sztp__span_t *nonce) {
  sztp__der_t in;
  sztp__tlv_t octets;
  if (sztp__der_enter(statements, SZTP__DER_SEQUENCE, &in) != SZTP_OK ||
      sztp__der_oid(&in, type) != SZTP_OK ||
      sztp__der_expect(&in, SZTP__DER_OCTET_STRING, &octets) != SZTP_OK || sztp__der_finish(&in) != SZTP_OK)
    return 0;
  *nonce = octets.value;
  return 1;
}

/* 1 if the attribute asks: all of its statements are nonces. */
static int asks(sztp__span_t attribute) {
  sztp__der_t statements;
  sztp__span_t type;
  sztp__span_t nonce;
  if (!enter_bundle(attribute, &statements)) return 0;
  while (!sztp__der_at_end(&statements))
    if (!next_nonce(&statements, &type, &nonce)) return 0;
  return 1;
}

static int32_t take_statements(sztp_ctx_t *ctx, sztp__span_t attribute, sztp__evidence_wish_t *out) {
  sztp__der_t statements;
  sztp__span_t type;
  sztp__span_t nonce;
  if (out->attribute.data != NULL)
    return sztp__fail(ctx, SZTP_ERR_CSR_REFUSED, WHERE, "two attributes ask for evidence");
  out->attribute = attribute;
  if (!enter_bundle(attribute, &statements)) return SZTP_ERR_CSR_REFUSED;
  while (next_nonce(&statements, &type, &nonce)) {
    if (nonce.len < NONCE_LEAST || nonce.len > NONCE_MOST)
      return sztp__fail(ctx, SZTP_ERR_CSR_REFUSED, WHERE,
                        "evidence is asked for with a nonce of %zu octets; %d to %d are right", nonce.len,
                        NONCE_LEAST, NONCE_MOST);
    if (out->count > 0 && !sztp__span_equal(nonce, out->nonce))
      return sztp__fail(ctx, SZTP_ERR_CSR_REFUSED, WHERE,
                        "evidence is asked for with different nonces, which nothing would join");
    if (out->count == SZTP__EVIDENCE_MAX)
      return sztp__fail(ctx, SZTP_ERR_CSR_REFUSED, WHERE, "more than %d statements of evidence are asked for",
                        SZTP__EVIDENCE_MAX);
    out->nonce = nonce;
    out->kinds[out->count++] = (uint8_t)kind_of(type);
  }
  return SZTP_OK;
}

int32_t sztp__evidence_find(sztp_ctx_t *ctx, sztp__span_t attributes, sztp__evidence_wish_t *out) {
  sztp__der_t d;
  sztp__tlv_t attribute;
  int32_t rc = SZTP_OK;
  memset(out, 0, sizeof *out);
  sztp__der_init(&d, ctx, attributes);
  while (rc == SZTP_OK && !sztp__der_at_end(&d)) {
    rc = sztp__der_any(&d, &attribute);
    if (rc == SZTP_OK && asks(attribute.whole)) rc = take_statements(ctx, attribute.whole, out);
  }
  return rc;
}

/* ---- answering ----------------------------------------------------------------------------------- */

int sztp__evidence_is(sztp__span_t der, uint32_t kind) {
  sztp__der_t d, in;
  sztp__tlv_t statement;
  sztp__span_t type;
  if (sztp__der_check(NULL, der) != SZTP_OK) return 0;
  sztp__der_init(&d, NULL, der);
  return sztp__der_enter(&d, SZTP__DER_SEQUENCE, &in) == SZTP_OK && sztp__der_finish(&d) == SZTP_OK &&
         sztp__der_oid(&in, &type) == SZTP_OK && kind_of(type) == kind &&
         sztp__der_any(&in, &statement) == SZTP_OK && sztp__der_finish(&in) == SZTP_OK;
}

static void put_attribute(sztp__buf_t *out, sztp__span_t statements, sztp__span_t certs) {
  size_t marks[3] = {0, 0, 0};
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__der_put_oid(out, sztp__span_of(SZTP__OID_ATTESTATION));
  sztp__der_open(out, SZTP__DER_SET, &marks[1]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[2]);
  sztp__der_put(out, SZTP__DER_SEQUENCE, statements);
  if (certs.len > 0) sztp__der_put(out, SZTP__DER_SEQUENCE, certs);
  for (size_t i = sizeof marks / sizeof marks[0]; i > 0; i--) sztp__der_close(out, marks[i - 1]);
}

int32_t sztp__evidence_put(sztp__buf_t *out, sztp__span_t attributes, const sztp__evidence_wish_t *wish,
                           sztp__span_t statements, sztp__span_t certs) {
  const uint8_t *behind = wish->attribute.data + wish->attribute.len;
  size_t before = (size_t)(wish->attribute.data - attributes.data);
  size_t set = 0;
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &set);
  sztp__buf_add_span(out, sztp__span(attributes.data, before));
  if (statements.len > 0) put_attribute(out, statements, certs);
  sztp__buf_add_span(out, sztp__span(behind, attributes.len - before - wish->attribute.len));
  return sztp__der_close_set_of(out, set);
}
