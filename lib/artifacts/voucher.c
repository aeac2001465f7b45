/* SPDX-License-Identifier: Apache-2.0 */
/* Ownership vouchers: the leaves of RFC 8366 5.3, what it demands of an issuer, and the signed artifact
 * of 5.4. */
#include <sztp/artifacts.h>
#include <sztp/device.h>

#include "artifacts/input.h"
#include "artifacts/leaf.h"
#include "artifacts/limit.h"
#include "artifacts/signer.h"
#include "formats/yang_write.h"
#include "ground/text.h"

#define SERIAL_MAX 256
#define NONCE_MIN  8
#define NONCE_MAX  32
#define TIME_MAX   253402300799 /* the end of the year 9999 */
#define NO_TIME    SZTP_TIME_UNKNOWN

struct sztp_voucher {
  sztp_ctx_t *ctx;
  sztp__leaf_t serial;
  sztp__leaf_t pinned;
  sztp__leaf_t nonce;
  sztp__leaf_t idevid_issuer;
  int64_t created_on;
  int64_t expires_on;
  int64_t pinned_not_after;
  uint32_t assertion;
  int revocation; /* -1: never set */
};

int32_t sztp_voucher_new(sztp_ctx_t *ctx, sztp_voucher_t **out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  sztp__trail_clear(ctx);
  sztp_voucher_t *v = sztp__alloc(ctx, sizeof *v);
  if (v == NULL) return SZTP_ERR_MEMORY;
  v->ctx = ctx;
  v->created_on = NO_TIME;
  v->expires_on = NO_TIME;
  v->assertion = SZTP_ASSERTION_VERIFIED;
  v->revocation = -1;
  *out = v;
  return SZTP_OK;
}

void sztp_voucher_free(sztp_voucher_t *v) {
  if (v == NULL) return;
  sztp__leaf_clear(v->ctx, &v->serial);
  sztp__leaf_clear(v->ctx, &v->pinned);
  sztp__leaf_clear(v->ctx, &v->nonce);
  sztp__leaf_clear(v->ctx, &v->idevid_issuer);
  sztp__free(v->ctx, v);
}

static int32_t set_pinned(sztp_voucher_t *v, sztp__span_t certs) {
  sztp__cert_t cert;
  sztp__span_t only = certs;
  (void)sztp__input_next(v->ctx, &certs, &only);
  if (certs.len > 0)
    return sztp__fail(v->ctx, SZTP_ERR_ARG, "artifacts.voucher.pinned",
                      "several certificates; exactly one is pinned");
  int32_t rc = sztp__cert_parse(v->ctx, only, &cert);
  if (rc == SZTP_OK) rc = sztp__leaf_set(v->ctx, &v->pinned, only);
  if (rc == SZTP_OK) v->pinned_not_after = cert.not_after;
  return rc;
}

/* The whole extension value: RFC 8366 leaves the form open, this one is what its revision wants (D-108). */
static int32_t set_idevid(sztp_voucher_t *v, sztp__span_t certs) {
  sztp__cert_t cert;
  sztp__span_t first = certs;
  (void)sztp__input_next(v->ctx, &certs, &first);
  int32_t rc = sztp__cert_parse(v->ctx, first, &cert);
  if (rc < 0) return rc;
  if (cert.authority_key_id.len == 0)
    return sztp__fail(v->ctx, SZTP_ERR_NOT_FOUND, "artifacts.voucher.idevid",
                      "the identity certificate has no authority key identifier");
  return sztp__leaf_set(v->ctx, &v->idevid_issuer, cert.authority_key_id);
}

static int32_t set_cert(sztp_voucher_t *v, uint32_t leaf, sztp__span_t data) {
  sztp__buf_t certs;
  sztp__buf_init(&certs, v->ctx, SZTP__INPUT_MAX);
  int32_t rc = sztp__input_certs(v->ctx, data, &certs);
  if (rc == SZTP_OK)
    rc = leaf == SZTP_VOUCHER_PINNED ? set_pinned(v, sztp__buf_span(&certs))
                                     : set_idevid(v, sztp__buf_span(&certs));
  sztp__buf_clear(&certs);
  return rc;
}

static int32_t set_nonce(sztp_voucher_t *v, sztp__span_t nonce) {
  if (nonce.len < NONCE_MIN || nonce.len > NONCE_MAX)
    return sztp__fail(v->ctx, SZTP_ERR_ARG, "artifacts.voucher.nonce", "%zu octets; %d to %d are allowed",
                      nonce.len, NONCE_MIN, NONCE_MAX);
  return sztp__leaf_set(v->ctx, &v->nonce, nonce);
}

static int32_t set_serial(sztp_voucher_t *v, sztp__span_t serial) {
  int32_t rc = sztp__text_check(v->ctx, "artifacts.voucher.serial", serial, SERIAL_MAX);
  return rc < 0 ? rc : sztp__leaf_set(v->ctx, &v->serial, serial);
}

int32_t sztp_voucher_set_bytes(sztp_voucher_t *v, uint32_t leaf, const uint8_t *data, size_t len) {
  if (v == NULL || (data == NULL && len > 0)) return SZTP_ERR_ARG;
  sztp__span_t value = sztp__span(data, len);
  sztp__trail_clear(v->ctx);
  switch (leaf) {
  case SZTP_VOUCHER_SERIAL: return set_serial(v, value);
  case SZTP_VOUCHER_NONCE: return set_nonce(v, value);
  case SZTP_VOUCHER_PINNED:
  case SZTP_VOUCHER_IDEVID: return set_cert(v, leaf, value);
  default:
    return sztp__fail(v->ctx, SZTP_ERR_ARG, "artifacts.voucher", "leaf %u does not hold octets",
                      (unsigned)leaf);
  }
}

static const char *assertion_name(uint64_t bit) {
  switch (bit) {
  case SZTP_ASSERTION_VERIFIED: return "verified";
  case SZTP_ASSERTION_LOGGED: return "logged";
  case SZTP_ASSERTION_PROXIMITY: return "proximity";
  case SZTP_ASSERTION_AGENT_PROXIMITY: return "agent-proximity";
  default: return NULL;
  }
}

int32_t sztp_voucher_set_u64(sztp_voucher_t *v, uint32_t leaf, uint64_t value) {
  if (v == NULL) return SZTP_ERR_ARG;
  sztp__trail_clear(v->ctx);
  if (leaf == SZTP_VOUCHER_CREATED_ON && value <= TIME_MAX)
    v->created_on = (int64_t)value;
  else if (leaf == SZTP_VOUCHER_EXPIRES_ON && value <= TIME_MAX)
    v->expires_on = (int64_t)value;
  else if (leaf == SZTP_VOUCHER_ASSERTION && assertion_name(value) != NULL)
    v->assertion = (uint32_t)value;
  else if (leaf == SZTP_VOUCHER_REVOCATION && value <= 1)
    v->revocation = (int)value;
  else
    return sztp__fail(v->ctx, SZTP_ERR_ARG, "artifacts.voucher", "leaf %u does not hold this number",
                      (unsigned)leaf);
  return SZTP_OK;
}

static int32_t refuse(const sztp_voucher_t *v, const char *why) {
  return sztp__fail(v->ctx, SZTP_ERR_MODEL_INVALID, "artifacts.voucher", "%s", why);
}

/* What RFC 8366 5.3 demands of a voucher, and of whoever issues one. */
static int32_t check_model(const sztp_voucher_t *v) {
  if (v->serial.data == NULL) return refuse(v, "serial-number is missing");
  if (v->pinned.data == NULL) return refuse(v, "pinned-domain-cert is missing");
  if (v->created_on == NO_TIME) return refuse(v, "created-on is missing");
  if (v->expires_on == NO_TIME) return SZTP_OK;
  if (v->nonce.data != NULL) return refuse(v, "expires-on and nonce exclude each other");
  if (v->expires_on <= v->created_on) return refuse(v, "expires-on is not after created-on");
  if (v->expires_on > v->pinned_not_after)
    return refuse(v, "expires-on is after the end of the pinned certificate");
  return SZTP_OK;
}

static void put_time(sztp__yang_writer_t *w, const char *name, int64_t value) {
  char text[24];
  if (value != NO_TIME) sztp__write_text(w, name, sztp__span_of(sztp__time_format(text, value)));
}

static void put_binary_leaf(sztp__yang_writer_t *w, const char *name, const sztp__leaf_t *leaf) {
  if (leaf->data != NULL) sztp__write_binary(w, name, sztp__leaf_span(leaf));
}

static int32_t write_document(const sztp_voucher_t *v, sztp__buf_t *out) {
  sztp__yang_writer_t w;
  sztp__write_begin(&w, out, SZTP__ENCODING_JSON, "ietf-voucher", "voucher");
  put_time(&w, "created-on", v->created_on);
  put_time(&w, "expires-on", v->expires_on);
  sztp__write_text(&w, "assertion", sztp__span_of(assertion_name(v->assertion)));
  sztp__write_text(&w, "serial-number", sztp__leaf_span(&v->serial));
  put_binary_leaf(&w, "idevid-issuer", &v->idevid_issuer);
  put_binary_leaf(&w, "pinned-domain-cert", &v->pinned);
  if (v->revocation >= 0)
    sztp__write_plain(&w, "domain-cert-revocation-checks", v->revocation ? "true" : "false");
  put_binary_leaf(&w, "nonce", &v->nonce);
  sztp__write_end(&w, "voucher");
  return out->status;
}

int32_t sztp_voucher_issue(const sztp_voucher_t *v, const sztp_signer_t *signer, uint8_t **out,
                           size_t *out_len) {
  if (v == NULL || signer == NULL || out == NULL || out_len == NULL || signer->ctx != v->ctx)
    return SZTP_ERR_ARG;
  sztp__trail_clear(v->ctx);
  int32_t rc = check_model(v);
  if (rc < 0) return rc;
  sztp__buf_t document;
  sztp__buf_t artifact;
  size_t max = sztp__limit_size(v->ctx, SZTP_LIMIT_VOUCHER);
  sztp__buf_init(&document, v->ctx, max);
  sztp__buf_init(&artifact, v->ctx, max);
  rc = write_document(v, &document);
  if (rc == SZTP_OK)
    rc = sztp__signed_data_write(signer, SZTP__CMS_VOUCHER_JSON, sztp__buf_span(&document), &artifact);
  if (rc == SZTP_OK) rc = sztp__buf_take(&artifact, out, out_len);
  sztp__buf_clear(&artifact);
  sztp__buf_clear(&document);
  return rc;
}
