/* SPDX-License-Identifier: Apache-2.0 */
/* Reads certificates and CRLs from any of their forms into plain DER. */
#include "artifacts/input.h"

#include "cryptography/chain.h"
#include "cryptography/crl.h"
#include "cryptography/own_cert.h"
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
  int32_t rc = sztp__crl_parse(ctx, der, &crl);
  if (rc == SZTP_OK && crl.fault != NULL) rc = sztp__fail(ctx, SZTP_ERR_DER, "crl", "%s", crl.fault);
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

static int32_t input_objects(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, add_fn add,
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
  return input_objects(ctx, data, sztp__armor_certificate, add_cert, out);
}

int32_t sztp__input_crls(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out) {
  return input_objects(ctx, data, sztp__armor_crl, add_crl, out);
}

int32_t sztp__input_device_cert(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *der, sztp__cert_t *cert) {
  sztp__buf_t all;
  sztp__buf_init(&all, ctx, SZTP__INPUT_MAX);
  int32_t rc = sztp__input_certs(ctx, data, &all);
  if (rc == SZTP_ERR_DER) {
    sztp__buf_clear(&all);
    sztp__trail_clear(ctx);
    rc = sztp__armor_remove(ctx, data, sztp__armor_certificate, &all);
  }
  sztp__span_t list = sztp__buf_span(&all);
  sztp__span_t first = list;
  if (rc == SZTP_OK) (void)sztp__input_next(ctx, &list, &first);
  if (rc == SZTP_OK) rc = sztp__buf_add_span(der, first);
  if (rc == SZTP_OK) rc = sztp__own_cert_parse(ctx, sztp__buf_span(der), cert);
  sztp__buf_clear(&all);
  return rc;
}

int32_t sztp__input_public_key(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *der, sztp__span_t *spki) {
  sztp__cert_t cert;
  sztp__keyinfo_t info;
  int32_t rc = sztp__armor_remove(ctx, data, sztp__armor_public_key, der);
  if (rc < 0) return rc;
  sztp__span_t list = sztp__buf_span(der);
  *spki = list;
  if (sztp__input_next(ctx, &list, spki) && list.len > 0)
    return sztp__fail(ctx, SZTP_ERR_ARG, "artifacts.input", "%zu octets after the first certificate or key",
                      list.len);
  if (sztp__key_info(ctx, *spki, &info) == SZTP_OK) return SZTP_OK;
  sztp__trail_clear(ctx);
  rc = sztp__cert_parse(ctx, *spki, &cert);
  if (rc == SZTP_OK) *spki = cert.spki;
  return rc;
}

/* Certificates among CRLs are not meant. */
static int32_t add_crl_only(sztp_ctx_t *ctx, sztp__span_t der, sztp__buf_t *out) {
  sztp__cert_t cert;
  int32_t rc = sztp__cert_parse(ctx, der, &cert);
  if (rc == SZTP_OK || rc == SZTP_ERR_MEMORY) return rc;
  sztp__trail_clear(ctx);
  return add_crl(ctx, der, out);
}

int32_t sztp__input_crls_beside(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out) {
  int32_t rc = input_objects(ctx, data, sztp__armor_crl, add_crl_only, out);
  if (rc != SZTP_ERR_TEXT) return rc;
  sztp__trail_clear(ctx);
  return SZTP_OK;
}

/* Whose signatures are weak is the receiver's affair. */
int32_t sztp__input_one_chain(sztp_ctx_t *ctx, sztp__span_t certs) {
  const sztp__cert_t *lowest = NULL;
  sztp__span_t der;
  size_t count = 0;
  sztp__cert_t *parsed = sztp__alloc_array(ctx, SZTP__CHAIN_MAX, sizeof *parsed);
  if (parsed == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = SZTP_OK;
  while (rc == SZTP_OK && count < SZTP__CHAIN_MAX && sztp__input_next(ctx, &certs, &der))
    rc = sztp__cert_parse(ctx, der, &parsed[count++]);
  if (rc == SZTP_OK) rc = sztp__chain_read(ctx, parsed, count, 1, &lowest);
  sztp__free(ctx, parsed);
  if (rc != SZTP_ERR_PKIX_NO_PATH) return rc;
  return sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, "artifacts.anchor",
                    "a trust anchor is one chain up to one self-signed root");
}
