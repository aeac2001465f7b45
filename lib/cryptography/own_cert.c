/* SPDX-License-Identifier: Apache-2.0 */
/* What names a certificate and its key, out of one that sztp__cert_parse() refuses. */
#include "cryptography/own_cert.h"

#include "cryptography/extension.h"
#include "ground/printable.h"

#define KEY_ID           14 /* last arcs of id-ce, 2.5.29 */
#define AUTHORITY_KEY_ID 35

#define OTHER_TAG(n)     ((uint8_t)(SZTP__DER_CONTEXT + (n)))
#define FIELD_TAG(n)     ((uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + (n)))

/* ---- extensions: those that can't be read are as absent ------------------------------------------ */

static void take_subject_key_id(sztp__der_t value, sztp__cert_t *cert) {
  sztp__tlv_t tlv;
  if (sztp__der_expect(&value, SZTP__DER_OCTET_STRING, &tlv) == SZTP_OK) cert->subject_key_id = tlv.value;
}

static void take_authority_key_id(sztp__der_t value, sztp__cert_t *cert) {
  sztp__der_t sequence;
  sztp__tlv_t tlv;
  int found = 0;
  sztp__span_t whole = sztp__span(value.p, (size_t)(value.end - value.p));
  if (sztp__der_enter(&value, SZTP__DER_SEQUENCE, &sequence) != SZTP_OK || !sztp__der_at_end(&value)) return;
  cert->authority_key_id = whole;
  if (sztp__der_optional(&sequence, OTHER_TAG(0), &found, &tlv) == SZTP_OK && found)
    cert->authority_key_id_octets = tlv.value;
}

/* An OID, whatever says whether it is critical, an OCTET STRING. 0, or that nothing more can be read. */
static int32_t take_extension(sztp__der_t *list, sztp__cert_t *cert) {
  sztp__der_t sequence;
  sztp__span_t oid;
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__der_enter(list, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_oid(&sequence, &oid);
  if (rc == SZTP_OK) rc = sztp__der_optional(&sequence, SZTP__DER_BOOLEAN, &found, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_expect(&sequence, SZTP__DER_OCTET_STRING, &tlv);
  if (rc != SZTP_OK) return rc;
  uint8_t number = sztp__extension_number(oid);
  if (number == KEY_ID) take_subject_key_id(sztp__der_inside(&sequence, &tlv), cert);
  if (number == AUTHORITY_KEY_ID) take_authority_key_id(sztp__der_inside(&sequence, &tlv), cert);
  return SZTP_OK;
}

static void take_extensions(sztp__der_t *tbs, sztp__cert_t *cert) {
  while (!sztp__der_at_end(tbs)) {
    sztp__tlv_t tlv;
    sztp__der_t list;
    if (sztp__der_any(tbs, &tlv) != SZTP_OK) return;
    if (tlv.tag != FIELD_TAG(3)) continue;
    sztp__der_t field = sztp__der_inside(tbs, &tlv);
    if (sztp__der_enter(&field, SZTP__DER_SEQUENCE, &list) != SZTP_OK) return;
    while (!sztp__der_at_end(&list))
      if (take_extension(&list, cert) != SZTP_OK) return;
  }
}

/* ---- fields -------------------------------------------------------------------------------------- */

static int32_t take_name(sztp__der_t *tbs, sztp__span_t *name) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_expect(tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) *name = tlv.whole;
  return rc == SZTP_OK ? sztp__name_check(tbs->ctx, *name) : rc;
}

static int32_t take_fields(sztp__der_t *d, sztp__cert_t *cert) {
  sztp__der_t fields;
  sztp__der_t tbs;
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__cert_enter(d, cert, &fields, &tbs);
  if (rc != SZTP_OK) return rc;
  rc = sztp__der_optional(&tbs, FIELD_TAG(0), &found, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_expect(&tbs, SZTP__DER_INTEGER, &tlv);
  if (rc == SZTP_OK) cert->serial = tlv.value;
  if (rc == SZTP_OK) rc = sztp__der_expect(&tbs, SZTP__DER_SEQUENCE, &tlv); /* signature */
  if (rc == SZTP_OK) rc = take_name(&tbs, &cert->issuer);
  if (rc == SZTP_OK) rc = sztp__der_expect(&tbs, SZTP__DER_SEQUENCE, &tlv); /* validity */
  if (rc == SZTP_OK) rc = take_name(&tbs, &cert->subject);
  if (rc == SZTP_OK) rc = sztp__der_expect(&tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc != SZTP_OK) return rc;
  cert->spki = tlv.whole;
  rc = sztp__key_info(tbs.ctx, cert->spki, &cert->key);
  if (rc == SZTP_OK) take_extensions(&tbs, cert);
  return rc;
}

int32_t sztp__cert_names(sztp__span_t der, sztp__cert_t *out) {
  sztp__der_t quiet;
  sztp__cert_begin(out, der);
  out->version = 3;
  sztp__der_init(&quiet, NULL, der);
  return take_fields(&quiet, out);
}

int32_t sztp__own_cert_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__cert_t *out) {
  char subject[SZTP__NAME_SIZE];
  int32_t rc = sztp__cert_parse(ctx, der, out);
  if (rc != SZTP_ERR_DER || sztp__cert_names(der, out) != SZTP_OK) return rc;
  sztp__log(ctx, SZTP_LOG_WARN, SZTP_TOPIC_DEVICE,
            "the device's own certificate of %s is not right (%s); it is shown to servers as it is",
            sztp__name_text(subject, sizeof subject, out->subject), sztp__trail_detail(ctx));
  sztp__trail_clear(ctx);
  return SZTP_OK;
}
