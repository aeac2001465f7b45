/* SPDX-License-Identifier: Apache-2.0 */
/* Certification requests (PKCS #10, RFC 2986), read and written. */
#include "cryptography/p10.h"

#include "cryptography/cert.h"
#include "cryptography/put_algorithm.h"

#define OID_EXTENSION_REQUEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e" /* RFC 2985 5.4.2 */
#define OID_SUBJECT_ALT_NAME  "\x55\x1d\x11"
#define WHERE                 "csr"

/* ---- reading ------------------------------------------------------------------------------------- */

/* CertificationRequestInfo at @p d. */
static int32_t read_info(sztp__der_t *d, sztp__p10_t *out) {
  sztp__tlv_t whole;
  sztp__tlv_t subject;
  sztp__tlv_t spki;
  sztp__tlv_t attributes;
  int32_t version = 0;
  int32_t rc = sztp__der_expect(d, SZTP__DER_SEQUENCE, &whole);
  if (rc < 0) return rc;
  sztp__der_t inside = sztp__der_inside(d, &whole);
  rc = sztp__der_small(&inside, &version);
  if (rc == SZTP_OK && version != 0)
    rc = sztp__fail(d->ctx, SZTP_ERR_DER, WHERE, "version %d; 0 is known", (int)version);
  if (rc == SZTP_OK) rc = sztp__der_expect(&inside, SZTP__DER_SEQUENCE, &subject);
  if (rc == SZTP_OK) rc = sztp__der_expect(&inside, SZTP__DER_SEQUENCE, &spki);
  if (rc == SZTP_OK) rc = sztp__der_expect(&inside, SZTP__DER_CONTEXT_CONSTRUCTED, &attributes);
  if (rc == SZTP_OK) rc = sztp__der_finish(&inside);
  if (rc == SZTP_OK) rc = sztp__key_info(d->ctx, spki.whole, &out->key);
  if (rc < 0) return rc;
  out->info = whole.whole;
  out->subject = subject.whole;
  out->spki = spki.whole;
  out->attributes = attributes.value;
  return SZTP_OK;
}

int32_t sztp__p10_info_read(sztp_ctx_t *ctx, sztp__span_t der, sztp__p10_t *out) {
  sztp__der_t d;
  memset(out, 0, sizeof *out);
  int32_t rc = sztp__der_check(ctx, der);
  if (rc < 0) return rc;
  sztp__der_init(&d, ctx, der);
  rc = read_info(&d, out);
  return rc == SZTP_OK ? sztp__der_finish(&d) : rc;
}

int32_t sztp__p10_read(sztp_ctx_t *ctx, sztp__span_t der, sztp__p10_t *out) {
  sztp__der_t d;
  sztp__der_t inside;
  unsigned unused = 0;
  memset(out, 0, sizeof *out);
  int32_t rc = sztp__der_check(ctx, der);
  if (rc < 0) return rc;
  sztp__der_init(&d, ctx, der);
  rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &inside);
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  if (rc == SZTP_OK) rc = read_info(&inside, out);
  if (rc == SZTP_OK) rc = sztp__sigalg_read(&inside, &out->sigalg);
  if (rc == SZTP_OK) rc = sztp__der_bits(&inside, &out->signature, &unused);
  if (rc == SZTP_OK) rc = sztp__der_finish(&inside);
  if (rc == SZTP_OK && unused != 0)
    rc = sztp__fail(ctx, SZTP_ERR_DER, WHERE, "the signature is not whole octets");
  return rc;
}

int32_t sztp__p10_verify(sztp_ctx_t *ctx, const sztp__p10_t *p10) {
  return sztp__tbs_verify(ctx, p10->info, &p10->sigalg, p10->signature, p10->spki, 0);
}

/* ---- what is requested --------------------------------------------------------------------------- */

int32_t sztp__p10_attribute(sztp_ctx_t *ctx, const sztp__p10_t *p10, sztp__span_t oid, sztp__span_t *value) {
  sztp__der_t d;
  char text[SZTP__NAME_SIZE];
  *value = sztp__span(NULL, 0);
  sztp__der_init(&d, ctx, p10->attributes);
  while (!sztp__der_at_end(&d)) {
    sztp__der_t attribute;
    sztp__der_t values;
    sztp__span_t type = sztp__span(NULL, 0);
    sztp__tlv_t one;
    int32_t rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &attribute);
    if (rc == SZTP_OK) rc = sztp__der_oid(&attribute, &type);
    if (rc == SZTP_OK) rc = sztp__der_enter(&attribute, SZTP__DER_SET, &values);
    if (rc == SZTP_OK) rc = sztp__der_finish(&attribute);
    if (rc < 0) return rc;
    if (!sztp__span_equal(type, oid)) continue;
    if (value->data != NULL)
      return sztp__fail(ctx, SZTP_ERR_DER, WHERE, "an attribute is there twice: %s",
                        sztp__der_oid_text(text, sizeof text, oid));
    rc = sztp__der_any(&values, &one);
    if (rc == SZTP_OK) rc = sztp__der_finish(&values);
    if (rc < 0) return rc;
    *value = one.whole;
  }
  return SZTP_OK;
}

int32_t sztp__p10_extension(sztp_ctx_t *ctx, const sztp__p10_t *p10, sztp__span_t oid, sztp__span_t *value) {
  sztp__der_t d;
  sztp__der_t list;
  sztp__span_t all;
  *value = sztp__span(NULL, 0);
  int32_t rc = sztp__p10_attribute(ctx, p10, sztp__span_of(OID_EXTENSION_REQUEST), &all);
  if (rc < 0 || all.data == NULL) return rc;
  sztp__der_init(&d, ctx, all);
  rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &list);
  while (rc == SZTP_OK && !sztp__der_at_end(&list)) {
    sztp__der_t extension;
    sztp__span_t name;
    sztp__tlv_t octets;
    sztp__tlv_t critical;
    int found = 0;
    rc = sztp__der_enter(&list, SZTP__DER_SEQUENCE, &extension);
    if (rc == SZTP_OK) rc = sztp__der_oid(&extension, &name);
    if (rc == SZTP_OK) rc = sztp__der_optional(&extension, SZTP__DER_BOOLEAN, &found, &critical);
    if (rc == SZTP_OK) rc = sztp__der_expect(&extension, SZTP__DER_OCTET_STRING, &octets);
    if (rc == SZTP_OK) rc = sztp__der_finish(&extension);
    if (rc == SZTP_OK && sztp__span_equal(name, oid)) *value = octets.value;
  }
  return rc;
}

/* ---- writing ------------------------------------------------------------------------------------- */

int32_t sztp__p10_put_info(sztp__buf_t *out, sztp__span_t subject, sztp__span_t spki,
                           sztp__span_t attributes) {
  size_t info = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &info);
  sztp__der_put_small(out, 0);
  sztp__buf_add_span(out, subject);
  sztp__buf_add_span(out, spki);
  sztp__der_put(out, SZTP__DER_CONTEXT_CONSTRUCTED, attributes);
  return sztp__der_close(out, info);
}

int32_t sztp__p10_put_names(sztp__buf_t *out, sztp__span_t names) {
  size_t marks[5];
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__der_put_oid(out, sztp__span_of(OID_EXTENSION_REQUEST));
  sztp__der_open(out, SZTP__DER_SET, &marks[1]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[2]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[3]);
  sztp__der_put_oid(out, sztp__span_of(OID_SUBJECT_ALT_NAME));
  sztp__der_open(out, SZTP__DER_OCTET_STRING, &marks[4]);
  sztp__der_put(out, SZTP__DER_SEQUENCE, names);
  for (size_t i = sizeof marks / sizeof marks[0]; i > 0; i--) sztp__der_close(out, marks[i - 1]);
  return out->status;
}

/* The BIT STRING's octet of unused bits stands in front. ECDSA-Sig-Value (RFC 5480 A) has r and s as numbers.
 */
static void put_signature(sztp__buf_t *out, uint32_t scheme, sztp__span_t signature) {
  size_t half = signature.len / 2;
  size_t bits = 0;
  size_t numbers = 0;
  sztp__der_open(out, SZTP__DER_BIT_STRING, &bits);
  sztp__buf_add_u8(out, 0);
  if (scheme != SZTP__SIG_ECDSA) {
    sztp__buf_add_span(out, signature);
  } else {
    sztp__der_open(out, SZTP__DER_SEQUENCE, &numbers);
    sztp__der_put_unsigned(out, sztp__span(signature.data, half));
    sztp__der_put_unsigned(out, sztp__span(signature.data + half, half));
    sztp__der_close(out, numbers);
  }
  sztp__der_close(out, bits);
}

int32_t sztp__p10_put(sztp__buf_t *out, sztp__span_t info, uint32_t scheme, uint32_t hash,
                      sztp__span_t signature) {
  size_t request = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &request);
  sztp__buf_add_span(out, info);
  sztp__put_signature_algorithm(out, scheme, hash);
  put_signature(out, scheme, signature);
  return sztp__der_close(out, request);
}
