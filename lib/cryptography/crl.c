/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 CRLs decoded: strictly as certificates are, to prove that a certificate is not revoked; as far as
 * they can be read, to find that it is. */
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
       CERTIFICATE_ISSUER = 29,
       DELTA_INDICATOR = 27,
       DISTRIBUTION_POINT = 28,
       AUTHORITY_KEY_ID = 35
};

/* ---- faults -------------------------------------------------------------------------------------- */

/* A CRL that is wrong in one detail proves nothing of what it does not list, but what it lists is revoked
 * nevertheless: so reading goes on as far as it can, and the first fault is kept. */
static void keep_fault(sztp__crl_t *crl, const char *fault) {
  if (crl->fault == NULL) crl->fault = fault;
}

/* ---- entries ------------------------------------------------------------------------------------- */

typedef struct entry_reader {
  sztp__crl_entry_t *entry;
  sztp__span_t unknown_critical;
} entry_reader_t;

/* CRLReason. Codes that nobody knows yet are as good as any: the reason is a hint (RFC 5280 5.3.1). */
static int32_t read_reason(const sztp__extension_t *extension, int32_t *out) {
  sztp__der_t value = extension->value;
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_expect(&value, SZTP__DER_ENUMERATED, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(&value);
  if (rc != SZTP_OK) return rc;
  if (tlv.value.len == 0) return sztp__fail(value.ctx, SZTP_ERR_DER, "crl.reason", "not a CRLReason");
  if (tlv.value.len == 1 && tlv.value.data[0] < 0x80) *out = tlv.value.data[0];
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
  case CERTIFICATE_ISSUER: r->entry->issuer = sztp__span(value.p, (size_t)(value.end - value.p)); break;
  default: break;
  }
  if (extension->critical && r->unknown_critical.len == 0) r->unknown_critical = extension->oid;
  return SZTP_OK;
}

/* Takes the next entry's contents and its serial number off the list; the rest of it is read by
 * read_details(). 0 if there is none, or none that can be read. */
static int take_entry(sztp__der_t *list, sztp__der_t *entry, sztp__span_t *serial) {
  sztp__tlv_t tlv;
  if (sztp__der_at_end(list) || sztp__der_enter(list, SZTP__DER_SEQUENCE, entry) != SZTP_OK) return 0;
  *serial = sztp__span(NULL, 0);
  if (sztp__der_peek(entry) == SZTP__DER_INTEGER && sztp__der_any(entry, &tlv) == SZTP_OK)
    *serial = tlv.value;
  return 1;
}

/* Date and extensions; what is wrong with them, NULL if nothing is. */
static const char *read_details(sztp__der_t *entry, int32_t version, sztp__crl_entry_t *out,
                                sztp__span_t *unknown) {
  entry_reader_t r = {out, {NULL, 0}};
  const char *fault = NULL;
  sztp__tlv_t tlv;
  out->reason = -1;
  out->date = SZTP_TIME_UNKNOWN;
  out->issuer = sztp__span(NULL, 0);
  if (out->serial.len == 0) fault = SZTP__WORDS("an entry without serial number");
  sztp__der_t date = *entry;
  if (sztp__der_any(entry, &tlv) != SZTP_OK || sztp__der_time(&date, &out->date) != SZTP_OK)
    fault = SZTP__WORDS("the date of an entry cannot be decoded");
  if (!sztp__der_at_end(entry) && version < 2) fault = SZTP__WORDS("an entry has extensions, in version 1");
  if (!sztp__der_at_end(entry) && sztp__extensions_read(entry, read_entry_extension, &r) != SZTP_OK)
    fault = SZTP__WORDS("an extension of an entry cannot be decoded");
  *unknown = r.unknown_critical;
  return fault;
}

/* Reads all entries, for what is wrong with them. */
static void check_entries(sztp__crl_t *crl) {
  sztp__der_t list;
  sztp__der_t entry;
  sztp__crl_entry_t e;
  sztp__der_init(&list, NULL, crl->revoked);
  while (take_entry(&list, &entry, &e.serial)) {
    sztp__span_t unknown = {NULL, 0};
    const char *fault = read_details(&entry, crl->version, &e, &unknown);
    if (fault != NULL) keep_fault(crl, fault);
    if (crl->unknown_critical.len == 0) crl->unknown_critical = unknown;
    crl->revoked_count++;
  }
  if (!sztp__der_at_end(&list)) keep_fault(crl, SZTP__WORDS("an entry cannot be decoded"));
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
    if (extension->critical)
      keep_fault(crl, SZTP__WORDS("a critical CRL number, which must not be")); /* RFC 5280 5.2.3 */
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

static int32_t read_list_version(sztp__der_t *tbs, sztp__crl_t *crl) {
  int32_t field = 0;
  crl->version = 1;
  if (sztp__der_peek(tbs) != SZTP__DER_INTEGER) return SZTP_OK;
  int32_t rc = sztp__der_small(tbs, &field);
  if (rc == SZTP_OK && field != 1) keep_fault(crl, SZTP__WORDS("it has a version that is not known"));
  crl->version = 2;
  return rc;
}

static int is_time(uint8_t tag) { return tag == SZTP__DER_UTC_TIME || tag == SZTP__DER_GENERALIZED_TIME; }

static void read_date(sztp__der_t *tbs, sztp__crl_t *crl, int64_t *out) {
  sztp__tlv_t tlv;
  sztp__der_t date = *tbs;
  *out = SZTP_TIME_UNKNOWN;
  if (!is_time(sztp__der_peek(tbs)) || sztp__der_any(tbs, &tlv) != SZTP_OK) return;
  if (sztp__der_time(&date, out) != SZTP_OK) keep_fault(crl, SZTP__WORDS("a date cannot be decoded"));
}

static void read_list_extensions(sztp__der_t field, sztp__crl_t *crl) {
  if (crl->version < 2) keep_fault(crl, SZTP__WORDS("it has extensions, in version 1"));
  if (sztp__extensions_read(&field, read_crl_extension, crl) != SZTP_OK)
    keep_fault(crl, SZTP__WORDS("an extension cannot be decoded"));
}

/* What says whose list it is must be right; the rest as far as it can be read. */
static int32_t read_tbs_list(sztp__der_t *tbs, sztp__crl_t *crl, sztp__span_t *sigalg) {
  sztp__tlv_t tlv;
  int found = 0;
  int32_t rc = read_list_version(tbs, crl);
  if (rc == SZTP_OK) rc = sztp__der_expect(tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) *sigalg = tlv.whole;
  if (rc == SZTP_OK) rc = sztp__der_expect(tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) crl->issuer = tlv.whole;
  if (rc == SZTP_OK) rc = sztp__name_check(tbs->ctx, crl->issuer);
  if (rc == SZTP_OK && !is_time(sztp__der_peek(tbs)))
    rc = sztp__fail(tbs->ctx, SZTP_ERR_DER, "crl.date", "there is no date where thisUpdate belongs");
  if (rc != SZTP_OK) return rc;
  sztp__der_t rest = *tbs;
  rest.ctx = NULL; /* faults are kept, not told */
  read_date(&rest, crl, &crl->this_update);
  read_date(&rest, crl, &crl->next_update);
  if (sztp__der_optional(&rest, SZTP__DER_SEQUENCE, &found, &tlv) == SZTP_OK && found) {
    crl->revoked = tlv.value;
    if (tlv.value.len == 0) keep_fault(crl, SZTP__WORDS("an empty list of entries, which must be left out"));
    check_entries(crl);
  }
  if (sztp__der_optional(&rest, FIELD_TAG(0), &found, &tlv) == SZTP_OK && found)
    read_list_extensions(sztp__der_inside(&rest, &tlv), crl);
  if (sztp__der_finish(&rest) != SZTP_OK) keep_fault(crl, SZTP__WORDS("something in it cannot be decoded"));
  return SZTP_OK;
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
  sztp__der_t list;
  sztp__der_t entry;
  sztp__span_t unknown;
  sztp__der_init(&list, NULL, *revoked);
  if (!take_entry(&list, &entry, &out->serial)) return 0;
  (void)read_details(&entry, 2, out, &unknown);
  *revoked = sztp__span(list.p, (size_t)(list.end - list.p));
  return 1;
}

/* The octets that count of an INTEGER, which in a list may have zeros too many in front. */
static sztp__span_t significant(sztp__span_t number) {
  while (number.len > 1 && number.data[0] == 0 && number.data[1] < 0x80)
    number = sztp__span(number.data + 1, number.len - 1);
  return number;
}

/* In an indirect CRL an entry may name the issuer of its own and all following certificates (RFC 5280 5.3.3).
 */
static int is_of_issuer(sztp_ctx_t *ctx, sztp__span_t general_names, const sztp__cert_t *cert) {
  sztp__der_t d;
  sztp__der_t names;
  sztp__tlv_t name;
  sztp__der_init(&d, NULL, general_names);
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &names) != SZTP_OK) return 1;
  while (!sztp__der_at_end(&names) && sztp__der_any(&names, &name) == SZTP_OK)
    if (name.tag == FIELD_TAG(4) && sztp__name_equal(ctx, name.value, cert->issuer)) return 1;
  return 0;
}

int sztp__crl_lists(sztp_ctx_t *ctx, const sztp__crl_t *crl, const sztp__cert_t *cert,
                    sztp__crl_entry_t *out) {
  const sztp__span_t serial = significant(cert->serial);
  sztp__der_t list;
  sztp__der_t entry;
  sztp__span_t found;
  sztp__span_t unknown;
  int of_issuer = 1;
  sztp__der_init(&list, NULL, crl->revoked);
  if (!sztp__work_look(ctx, crl->is_indirect ? 2 * crl->revoked.len : crl->revoked.len)) return 0;
  while (take_entry(&list, &entry, &found)) {
    int same = sztp__span_equal(significant(found), serial);
    if (!same && !crl->is_indirect) continue;
    out->serial = found;
    (void)read_details(&entry, 2, out, &unknown);
    if (crl->is_indirect && out->issuer.len > 0) of_issuer = is_of_issuer(ctx, out->issuer, cert);
    if (same && of_issuer && out->reason != SZTP__CRL_REMOVE_FROM_CRL) return 1;
  }
  return 0;
}

const char *sztp__crl_reason(int32_t reason) {
  static const char *const names[] = {"unspecified",        "keyCompromise", "cACompromise",
                                      "affiliationChanged", "superseded",    "cessationOfOperation",
                                      "certificateHold",    "reason 7",      "removeFromCRL",
                                      "privilegeWithdrawn", "aACompromise"};
  if (reason < 0 || (size_t)reason >= sizeof names / sizeof names[0]) return SZTP__WORDS("no reason given");
  return names[reason];
}

const char *sztp__crl_unusable(sztp_ctx_t *ctx, const sztp__crl_t *crl, const sztp__cert_t *cert,
                               int32_t *status) {
  int matches = 0;
  *status = 0;
  if (crl->fault != NULL) return crl->fault;
  if (crl->is_indirect) return SZTP__WORDS("it is an indirect CRL");
  if (crl->only_some_reasons) return SZTP__WORDS("it is for some reasons only");
  if (crl->unknown_critical.len > 0) return SZTP__WORDS("it has a critical extension that is not understood");
  if (cert->version < 3 && (crl->only_user_certs || crl->only_ca_certs))
    return SZTP__WORDS(
        "it is for one kind of certificates, and those before version 3 do not say of which they are");
  if (crl->only_attribute_certs) return SZTP__WORDS("it is for attribute certificates only");
  if (crl->only_user_certs && cert->is_ca) return SZTP__WORDS("it is for end-entity certificates only");
  if (crl->only_ca_certs && !cert->is_ca) return SZTP__WORDS("it is for CA certificates only");
  *status = sztp__distribution_matches(ctx, crl->distribution_point, cert, &matches);
  return matches ? NULL : SZTP__WORDS("its distribution point is none of the certificate's");
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
