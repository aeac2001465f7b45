/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 CRLs decoded, strictly as certificates are. */
#include "cryptography/crl.h"

#include "cryptography/distribution.h"
#include "cryptography/extension.h"

#define OTHER_TAG(n) ((uint8_t)(SZTP__DER_CONTEXT + (n)))
#define FIELD_TAG(n) ((uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + (n)))

#define TOLERANCE    300   /* s that thisUpdate may lie in the future */
#define WITHOUT_END  86400 /* s that a CRL without nextUpdate is fresh */

enum { /* last arcs of id-ce, 2.5.29 */
       CRL_NUMBER = 20,
       REASON_CODE = 21,
       INVALIDITY_DATE = 24,
       DELTA_INDICATOR = 27,
       DISTRIBUTION_POINT = 28,
       AUTHORITY_KEY_ID = 35
};

/* ---- extensions of entries ----------------------------------------------------------------------- */

typedef struct entry_reader {
  sztp__crl_entry_t *entry;
  sztp__span_t unknown_critical;
} entry_reader_t;

static int32_t read_reason(const sztp__extension_t *extension, int32_t *out) {
  sztp__der_t value = extension->value;
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_expect(&value, SZTP__DER_ENUMERATED, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(&value);
  if (rc != SZTP_OK) return rc;
  if (tlv.value.len != 1 || tlv.value.data[0] > 10)
    return sztp__fail(value.ctx, SZTP_ERR_DER, "crl.reason", "not a CRLReason");
  *out = tlv.value.data[0];
  return SZTP_OK;
}

static int32_t read_entry_extension(void *user, const sztp__extension_t *extension) {
  entry_reader_t *r = (entry_reader_t *)user;
  sztp__der_t value = extension->value;
  int64_t date = 0;
  switch (sztp__extension_number(extension->oid)) {
  case REASON_CODE: return read_reason(extension, &r->entry->reason);
  case INVALIDITY_DATE: {
    int32_t rc = sztp__der_time(&value, &date);
    return rc != SZTP_OK ? rc : sztp__der_finish(&value);
  }
  default: /* certificateIssuer too: it makes an entry of an indirect CRL */
    if (extension->critical && r->unknown_critical.len == 0) r->unknown_critical = extension->oid;
    return SZTP_OK;
  }
}

/* Reads one entry of revokedCertificates; extensions only in version 2. */
static int32_t read_entry(sztp__der_t *list, int32_t version, sztp__crl_entry_t *out, sztp__span_t *unknown) {
  sztp__der_t entry;
  entry_reader_t r = {out, {NULL, 0}};
  out->reason = -1;
  int32_t rc = sztp__der_enter(list, SZTP__DER_SEQUENCE, &entry);
  if (rc == SZTP_OK) rc = sztp__der_integer(&entry, &out->serial);
  if (rc == SZTP_OK) rc = sztp__der_time(&entry, &out->date);
  if (rc != SZTP_OK || sztp__der_at_end(&entry)) return rc;
  if (version < 2) return sztp__fail(list->ctx, SZTP_ERR_DER, "crl.entry", "extensions in version 1");
  rc = sztp__extensions_read(&entry, read_entry_extension, &r);
  *unknown = r.unknown_critical;
  return rc;
}

static int32_t read_revoked(sztp__der_t *tbs, sztp__crl_t *crl) {
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__der_optional(tbs, SZTP__DER_SEQUENCE, &found, &tlv);
  if (rc != SZTP_OK || !found) return rc;
  if (tlv.value.len == 0)
    return sztp__fail(tbs->ctx, SZTP_ERR_DER, "crl.entry", "an empty list, which must be left out");
  sztp__der_t list = sztp__der_inside(tbs, &tlv);
  crl->revoked = tlv.value;
  while (rc == SZTP_OK && !sztp__der_at_end(&list)) {
    sztp__crl_entry_t entry;
    sztp__span_t unknown = {NULL, 0};
    rc = read_entry(&list, crl->version, &entry, &unknown);
    if (crl->unknown_critical.len == 0) crl->unknown_critical = unknown;
    crl->revoked_count++;
  }
  return rc;
}

/* ---- extensions of the CRL ----------------------------------------------------------------------- */

/* BOOLEAN DEFAULT FALSE with a tag of its own. An encoded FALSE is found in the field. */
static int32_t read_flag(sztp__der_t *d, uint8_t n, uint8_t *out) {
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = sztp__der_optional(d, OTHER_TAG(n), &found, &tlv);
  if (rc != SZTP_OK || !found) return rc;
  if (tlv.value.len != 1 || (tlv.value.data[0] != 0xff && tlv.value.data[0] != 0))
    return sztp__fail(d->ctx, SZTP_ERR_DER, "crl.distribution-point", "a flag that is no BOOLEAN");
  *out = tlv.value.data[0] & 1;
  return SZTP_OK;
}

/* IssuingDistributionPoint (RFC 5280 5.2.5). */
static int32_t read_distribution_point(const sztp__extension_t *extension, sztp__crl_t *crl) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  int named = 0;
  int reasons = 0;
  int32_t rc = sztp__extension_enter(extension, SZTP__DER_SEQUENCE, &d);
  if (rc == SZTP_OK && sztp__der_at_end(&d))
    return sztp__fail(d.ctx, SZTP_ERR_DER, "crl.distribution-point", "nothing in it");
  if (rc == SZTP_OK) rc = sztp__der_optional(&d, FIELD_TAG(0), &named, &tlv);
  if (rc == SZTP_OK && named) {
    crl->distribution_point = tlv.value;
    rc = sztp__distribution_name_check(sztp__der_inside(&d, &tlv));
  }
  if (rc == SZTP_OK) rc = read_flag(&d, 1, &crl->only_user_certs);
  if (rc == SZTP_OK) rc = read_flag(&d, 2, &crl->only_ca_certs);
  if (rc == SZTP_OK) rc = sztp__der_optional(&d, OTHER_TAG(3), &reasons, &tlv);
  if (rc == SZTP_OK) rc = read_flag(&d, 4, &crl->is_indirect);
  if (rc == SZTP_OK) rc = read_flag(&d, 5, &crl->only_attribute_certs);
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  crl->only_some_reasons = (uint8_t)reasons;
  if (rc == SZTP_OK && crl->only_user_certs + crl->only_ca_certs + crl->only_attribute_certs > 1)
    rc = sztp__fail(d.ctx, SZTP_ERR_DER, "crl.distribution-point",
                    "for more than one kind of certificate only");
  return rc;
}

static int32_t read_crl_number(const sztp__extension_t *extension, sztp__span_t *out) {
  sztp__der_t value = extension->value;
  int32_t rc = sztp__der_integer(&value, out);
  return rc != SZTP_OK ? rc : sztp__der_finish(&value);
}

static int32_t read_crl_extension(void *user, const sztp__extension_t *extension) {
  sztp__crl_t *crl = (sztp__crl_t *)user;
  sztp__span_t base;
  sztp__der_t inside;
  switch (sztp__extension_number(extension->oid)) {
  case CRL_NUMBER:
    if (extension->critical) /* RFC 5280 5.2.3 */
      return sztp__fail(extension->value.ctx, SZTP_ERR_DER, "crl.number", "a CRL number that is critical");
    return read_crl_number(extension, &crl->number);
  case DELTA_INDICATOR: crl->is_delta = 1; return read_crl_number(extension, &base);
  case DISTRIBUTION_POINT: return read_distribution_point(extension, crl);
  case AUTHORITY_KEY_ID: return sztp__extension_enter(extension, SZTP__DER_SEQUENCE, &inside);
  default:
    if (extension->critical && crl->unknown_critical.len == 0) crl->unknown_critical = extension->oid;
    return SZTP_OK;
  }
}

/* ---- fields -------------------------------------------------------------------------------------- */

static int32_t read_list_version(sztp__der_t *tbs, int32_t *version) {
  int32_t field = 0;
  *version = 1;
  if (sztp__der_peek(tbs) != SZTP__DER_INTEGER) return SZTP_OK;
  int32_t rc = sztp__der_small(tbs, &field);
  if (rc == SZTP_OK && field != 1)
    rc = sztp__fail(tbs->ctx, SZTP_ERR_DER, "crl.version", "version field %d, expected 1", (int)field);
  *version = 2;
  return rc;
}

static int32_t read_dates(sztp__der_t *tbs, sztp__crl_t *crl) {
  int32_t rc = sztp__der_time(tbs, &crl->this_update);
  uint8_t tag = sztp__der_peek(tbs);
  crl->next_update = SZTP_TIME_UNKNOWN;
  if (rc != SZTP_OK || (tag != SZTP__DER_UTC_TIME && tag != SZTP__DER_GENERALIZED_TIME)) return rc;
  return sztp__der_time(tbs, &crl->next_update);
}

static int32_t read_tbs_list(sztp__der_t *tbs, sztp__crl_t *crl, sztp__span_t *sigalg) {
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = read_list_version(tbs, &crl->version);
  if (rc == SZTP_OK) rc = sztp__der_expect(tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) *sigalg = tlv.whole;
  if (rc == SZTP_OK) rc = sztp__der_expect(tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) crl->issuer = tlv.whole;
  if (rc == SZTP_OK) rc = sztp__name_check(tbs->ctx, crl->issuer);
  if (rc == SZTP_OK) rc = read_dates(tbs, crl);
  if (rc == SZTP_OK) rc = read_revoked(tbs, crl);
  if (rc == SZTP_OK) rc = sztp__der_optional(tbs, FIELD_TAG(0), &found, &tlv);
  if (rc == SZTP_OK && found && crl->version < 2)
    rc = sztp__fail(tbs->ctx, SZTP_ERR_DER, "crl.version", "extensions in version 1");
  if (rc == SZTP_OK && found) {
    sztp__der_t field = sztp__der_inside(tbs, &tlv);
    rc = sztp__extensions_read(&field, read_crl_extension, crl);
  }
  return rc != SZTP_OK ? rc : sztp__der_finish(tbs);
}

static int32_t read_crl(sztp__der_t *d, sztp__crl_t *crl) {
  sztp__der_t fields;
  sztp__tlv_t tlv;
  sztp__span_t inner = {NULL, 0};
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, &fields);
  if (rc == SZTP_OK) rc = sztp__der_finish(d);
  if (rc == SZTP_OK) rc = sztp__der_expect(&fields, SZTP__DER_SEQUENCE, &tlv);
  if (rc != SZTP_OK) return rc;
  crl->tbs = tlv.whole;
  sztp__der_t tbs = sztp__der_inside(&fields, &tlv);
  rc = read_tbs_list(&tbs, crl, &inner);
  return rc != SZTP_OK ? rc : sztp__signature_read(&fields, inner, &crl->sigalg, &crl->signature);
}

int32_t sztp__crl_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__crl_t *out) {
  sztp__der_t d;
  memset(out, 0, sizeof *out);
  out->der = der;
  sztp__der_init(&d, ctx, der);
  int32_t rc = read_crl(&d, out);
  return rc == SZTP_OK ? SZTP_OK : sztp__fail(ctx, rc, "crl", "the CRL cannot be decoded");
}

size_t sztp__crls_parse(sztp_ctx_t *ctx, const sztp__span_t *ders, size_t count, sztp__crl_t *out) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++)
    if (sztp__crl_parse(ctx, ders[i], &out[n]) == SZTP_OK) n++;
  sztp__trail_clear(ctx);
  return n;
}

/* ---- questions ----------------------------------------------------------------------------------- */

int sztp__crl_next(sztp__span_t *revoked, sztp__crl_entry_t *out) {
  sztp__der_t d;
  sztp__span_t unknown;
  sztp__der_init(&d, NULL, *revoked);
  if (sztp__der_at_end(&d) || read_entry(&d, 2, out, &unknown) != SZTP_OK) return 0;
  *revoked = sztp__span(d.p, (size_t)(d.end - d.p));
  return 1;
}

int sztp__crl_lists(const sztp__crl_t *crl, sztp__span_t serial, sztp__crl_entry_t *out) {
  sztp__span_t rest = crl->revoked;
  while (sztp__crl_next(&rest, out))
    if (sztp__span_equal(out->serial, serial) && out->reason != SZTP__CRL_REMOVE_FROM_CRL) return 1;
  return 0;
}

const char *sztp__crl_reason(int32_t reason) {
  static const char *const names[] = {"unspecified",        "keyCompromise", "cACompromise",
                                      "affiliationChanged", "superseded",    "cessationOfOperation",
                                      "certificateHold",    "reason 7",      "removeFromCRL",
                                      "privilegeWithdrawn", "aACompromise"};
  if (reason < 0 || (size_t)reason >= sizeof names / sizeof names[0]) return "no reason given";
  return names[reason];
}

const char *sztp__crl_unusable(sztp_ctx_t *ctx, const sztp__crl_t *crl, const sztp__cert_t *cert,
                               int32_t *status) {
  int matches = 0;
  *status = 0;
  if (crl->is_indirect) return "it is an indirect CRL";
  if (crl->only_some_reasons) return "it is for some reasons only";
  if (crl->unknown_critical.len > 0) return "it has a critical extension that is not understood";
  if (cert->version < 3 && (crl->only_user_certs || crl->only_ca_certs))
    return "it is for one kind of certificates, and those before version 3 do not say of which they are";
  if (crl->only_attribute_certs) return "it is for attribute certificates only";
  if (crl->only_user_certs && cert->is_ca) return "it is for end-entity certificates only";
  if (crl->only_ca_certs && !cert->is_ca) return "it is for CA certificates only";
  *status = sztp__distribution_matches(ctx, crl->distribution_point, cert, &matches);
  return matches ? NULL : "its distribution point is none of the certificate's";
}

int64_t sztp__crl_end(const sztp__crl_t *crl) {
  return crl->next_update != SZTP_TIME_UNKNOWN ? crl->next_update : crl->this_update + WITHOUT_END;
}

int sztp__crl_is_fresh(const sztp__crl_t *crl, int64_t now) {
  return crl->this_update <= now + TOLERANCE && now < sztp__crl_end(crl);
}

int32_t sztp__crl_verify(sztp_ctx_t *ctx, const sztp__crl_t *crl, sztp__span_t spki, int allow_sha1) {
  return sztp__tbs_verify(ctx, crl->tbs, &crl->sigalg, crl->signature, spki, allow_sha1);
}
