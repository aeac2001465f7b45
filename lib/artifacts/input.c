/* SPDX-License-Identifier: Apache-2.0 */
/* Reads certificates and CRLs from any of their forms into plain DER. */
#include "artifacts/input.h"

#include "formats/armor.h"

typedef int32_t (*add_fn)(sztp_ctx_t *ctx, sztp__span_t der, sztp__buf_t *out);

int sztp__input_next(sztp_ctx_t *ctx, sztp__span_t *list, sztp__span_t *object) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  if (list->len == 0) return 0;
  sztp__der_init(&d, ctx, *list);
  if (sztp__der_any(&d, &tlv) < 0) return 0;
  *object = tlv.whole;
  *list = sztp__span(tlv.whole.data + tlv.whole.len, list->len - tlv.whole.len);
  return 1;
}

/* Adds @p der unless it is there already; a SET OF holds nothing twice. */
static int32_t add_once(sztp_ctx_t *ctx, sztp__span_t der, size_t max, sztp__buf_t *out) {
  sztp__span_t list = sztp__buf_span(out);
  sztp__span_t object;
  size_t n = 0;
  while (sztp__input_next(ctx, &list, &object)) {
    if (sztp__span_equal(object, der)) return SZTP_OK;
    n++;
  }
  if (n >= max)
    return sztp__fail(ctx, SZTP_ERR_LIMIT, "artifacts.input", "more than %zu certificates or CRLs", max);
  return sztp__buf_add_span(out, der);
}

static int32_t add_cert(sztp_ctx_t *ctx, sztp__span_t der, sztp__buf_t *out) {
  sztp__cert_t cert;
  int32_t rc = sztp__cert_parse(ctx, der, &cert);
  return rc < 0 ? rc : add_once(ctx, der, SZTP__CMS_MAX_CERTS, out);
}

static int32_t add_crl(sztp_ctx_t *ctx, sztp__span_t der, sztp__buf_t *out) {
  sztp__crl_t crl;
  int32_t rc = sztp__crl_read(ctx, der, &crl);
  return rc < 0 ? rc : add_once(ctx, der, SZTP__CMS_MAX_CRLS, out);
}

/* Adds what a certificate bag holds. */
static int32_t add_packed(sztp_ctx_t *ctx, sztp__span_t der, add_fn add, sztp__buf_t *out) {
  sztp__cms_t *cms = NULL;
  int32_t rc = sztp__cms_parse(ctx, der, &cms);
  if (rc == SZTP_ERR_CMS_MALFORMED)
    return sztp__fail(ctx, SZTP_ERR_DER, "artifacts.input", "a broken CMS structure");
  if (rc < 0) return rc;
  size_t n = add == add_cert ? cms->cert_count : cms->crl_count;
  const sztp__span_t *objects = add == add_cert ? cms->certs : cms->crls;
  for (size_t i = 0; i < n && rc == SZTP_OK; i++) rc = add(ctx, objects[i], out);
  sztp__cms_free(ctx, cms);
  return rc;
}

static int32_t add_all(sztp_ctx_t *ctx, sztp__span_t objects, add_fn add, sztp__buf_t *out) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__der_init(&d, ctx, objects);
  while (!sztp__der_at_end(&d)) {
    int32_t rc = sztp__der_expect(&d, SZTP__DER_SEQUENCE, &tlv);
    if (rc < 0) return rc;
    int packed = tlv.value.len > 0 && tlv.value.data[0] == SZTP__DER_OID;
    rc = packed ? add_packed(ctx, tlv.whole, add, out) : add(ctx, tlv.whole, out);
    if (rc < 0) return rc;
  }
  return SZTP_OK;
}

static int32_t read_objects(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, add_fn add,
                            sztp__buf_t *out) {
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, SZTP__INPUT_MAX);
  int32_t rc = sztp__armor_remove(ctx, data, labels, &der);
  if (rc == SZTP_OK) rc = add_all(ctx, sztp__buf_span(&der), add, out);
  sztp__buf_clear(&der);
  if (rc == SZTP_OK && out->len == 0)
    rc = sztp__fail(ctx, SZTP_ERR_TEXT, "artifacts.input", "nothing of that kind in it");
  return rc;
}

int32_t sztp__input_certs(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out) {
  return read_objects(ctx, data, sztp__armor_certificate, add_cert, out);
}

int32_t sztp__input_crls(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out) {
  return read_objects(ctx, data, sztp__armor_crl, add_crl, out);
}

int32_t sztp__input_public_key(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *der, sztp__span_t *spki) {
  sztp__cert_t cert;
  sztp__keyinfo_t info;
  int32_t rc = sztp__armor_remove(ctx, data, sztp__armor_public_key, der);
  if (rc < 0) return rc;
  sztp__span_t list = sztp__buf_span(der);
  *spki = list;
  if (sztp__input_next(ctx, &list, spki) && list.len > 0)
    return sztp__fail(ctx, SZTP_ERR_ARG, "artifacts.input", "%zu octets behind the first certificate or key",
                      list.len);
  if (sztp__key_info(ctx, *spki, &info) == SZTP_OK) return SZTP_OK;
  sztp__trail_clear(ctx);
  rc = sztp__cert_parse(ctx, *spki, &cert);
  if (rc == SZTP_OK) *spki = cert.spki;
  return rc;
}

/* Looks in @p certs for certificates that @p issuer issued, itself left out. */
static int32_t find_issued(sztp_ctx_t *ctx, sztp__span_t certs, const sztp__cert_t *issuer, size_t *count,
                           sztp__cert_t *issued) {
  sztp__span_t der;
  sztp__cert_t cert;
  *count = 0;
  while (sztp__input_next(ctx, &certs, &der)) {
    int32_t rc = sztp__cert_parse(ctx, der, &cert);
    if (rc < 0) return rc;
    if (sztp__span_equal(der, issuer->der) || !sztp__name_equal(cert.issuer, issuer->subject)) continue;
    rc = sztp__cert_verify(ctx, &cert, issuer->spki, 1);
    if (rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO) return rc;
    if (rc < 0) continue;
    *issued = cert;
    (*count)++;
  }
  return SZTP_OK;
}

static int32_t find_root(sztp_ctx_t *ctx, sztp__span_t certs, size_t *total, size_t *roots,
                         sztp__cert_t *root) {
  sztp__span_t der;
  sztp__cert_t cert;
  while (sztp__input_next(ctx, &certs, &der)) {
    int32_t rc = sztp__cert_parse(ctx, der, &cert);
    if (rc < 0) return rc;
    (*total)++;
    if (!sztp__cert_self_issued(&cert)) continue;
    *root = cert;
    (*roots)++;
  }
  return SZTP_OK;
}

/* Walks down from the root; every certificate must be met, each the only one that the one above it issued. */
int32_t sztp__input_one_chain(sztp_ctx_t *ctx, sztp__span_t certs) {
  sztp__cert_t at;
  size_t total = 0;
  size_t roots = 0;
  size_t met = 1;
  size_t below = 1;
  int32_t rc = find_root(ctx, certs, &total, &roots, &at);
  if (rc < 0) return rc;
  if (roots != 1)
    return sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, "artifacts.anchor",
                      "%zu self-signed certificates; a trust anchor is one chain up to one self-signed root",
                      roots);
  while (met < total && below == 1) {
    sztp__cert_t issued = at;
    rc = find_issued(ctx, certs, &at, &below, &issued);
    if (rc < 0) return rc;
    at = issued;
    if (below == 1) met++;
  }
  sztp__trail_clear(ctx); /* of signatures that did not fit */
  if (met == total) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, "artifacts.anchor",
                    "%zu certificates, of which %zu are one chain below the root", total, met);
}

/* Counts the entries of revokedCertificates, if the field is there. */
static int32_t count_revoked(sztp__der_t *d, size_t *count) {
  int found = 0;
  sztp__tlv_t list;
  sztp__tlv_t entry;
  int32_t rc = sztp__der_optional(d, SZTP__DER_SEQUENCE, &found, &list);
  if (rc < 0 || !found) return rc;
  sztp__der_t entries = sztp__der_inside(d, &list);
  while (!sztp__der_at_end(&entries)) {
    rc = sztp__der_expect(&entries, SZTP__DER_SEQUENCE, &entry);
    if (rc < 0) return rc;
    (*count)++;
  }
  return SZTP_OK;
}

static int32_t read_next_update(sztp__der_t *d, int64_t *out) {
  uint8_t tag = sztp__der_peek(d);
  *out = SZTP_TIME_UNKNOWN;
  if (tag != SZTP__DER_UTC_TIME && tag != SZTP__DER_GENERALIZED_TIME) return SZTP_OK;
  return sztp__der_time(d, out);
}

int32_t sztp__crl_read(sztp_ctx_t *ctx, sztp__span_t der, sztp__crl_t *out) {
  sztp__der_t d;
  sztp__der_t crl;
  sztp__der_t tbs;
  sztp__tlv_t tlv;
  sztp__sigalg_t outer;
  sztp__span_t signature;
  unsigned unused = 0;
  int found = 0;
  memset(out, 0, sizeof *out);
  sztp__der_init(&d, ctx, der);
  int32_t rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &crl);
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  if (rc == SZTP_OK) rc = sztp__der_enter(&crl, SZTP__DER_SEQUENCE, &tbs);
  if (rc == SZTP_OK) rc = sztp__der_optional(&tbs, SZTP__DER_INTEGER, &found, &tlv);
  if (rc == SZTP_OK) rc = sztp__sigalg_read(&tbs, &out->sigalg);
  if (rc == SZTP_OK) rc = sztp__der_expect(&tbs, SZTP__DER_SEQUENCE, &tlv);
  if (rc == SZTP_OK) out->issuer = tlv.whole;
  if (rc == SZTP_OK) rc = sztp__der_time(&tbs, &out->this_update);
  if (rc == SZTP_OK) rc = read_next_update(&tbs, &out->next_update);
  if (rc == SZTP_OK) rc = count_revoked(&tbs, &out->revoked);
  if (rc == SZTP_OK) rc = sztp__der_optional(&tbs, SZTP__DER_CONTEXT_CONSTRUCTED, &found, &tlv);
  if (rc == SZTP_OK) rc = sztp__der_finish(&tbs);
  if (rc == SZTP_OK) rc = sztp__sigalg_read(&crl, &outer);
  if (rc == SZTP_OK) rc = sztp__der_bits(&crl, &signature, &unused);
  return rc == SZTP_OK ? sztp__der_finish(&crl) : rc;
}
