/* SPDX-License-Identifier: Apache-2.0 */
/* Ownership vouchers: the leaves of RFC 8366 5.3, what it demands of an issuer, and the signed artifact
 * of 5.4, or that of the constrained-voucher draft. */
#include "artifacts/make_voucher.h"

#include <sztp/device.h>

#include "artifacts/input.h"
#include "artifacts/limit.h"
#include "artifacts/signer.h"
#include "ground/text.h"

#define SERIAL_MAX 256
#define NONCE_MIN  8
#define NONCE_MAX  32
#define TIME_MAX   253402300799 /* the end of the year 9999 */
#define NO_TIME    SZTP_TIME_UNKNOWN

int32_t sztp_voucher_new(sztp_ctx_t *ctx, sztp_voucher_t **out) {
  if (ctx == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_voucher_t *v = sztp__alloc(ctx, sizeof *v);
  if (v == NULL) return SZTP_ERR_MEMORY;
  v->ctx = ctx;
  v->created_on = NO_TIME;
  v->expires_on = NO_TIME;
  v->last_renewal = NO_TIME;
  v->assertion = SZTP_ASSERTION_VERIFIED;
  v->revocation = -1;
  *out = v;
  return SZTP_OK;
}

void sztp_voucher_free(sztp_voucher_t *v) {
  if (v == NULL || sztp__in_callback(v->ctx)) return;
  for (size_t i = 0; i < SZTP__NODES; i++) sztp__blob_free(v->ctx, &v->value[i]);
  sztp__free(v->ctx, v);
}

static int32_t set_value(sztp_voucher_t *v, uint32_t node, sztp__span_t value) {
  return sztp__blob_set(v->ctx, &v->value[node], value);
}

static int32_t set_pinned(sztp_voucher_t *v, sztp__span_t data) {
  sztp__buf_t certs;
  sztp__cert_t cert;
  sztp__buf_init(&certs, v->ctx, SZTP__INPUT_MAX);
  int32_t rc = sztp__input_certs(v->ctx, data, &certs);
  sztp__span_t list = sztp__buf_span(&certs);
  sztp__span_t only = list;
  if (rc == SZTP_OK) (void)sztp__input_next(v->ctx, &list, &only);
  if (rc == SZTP_OK && list.len > 0)
    rc = sztp__fail(v->ctx, SZTP_ERR_ARG, "artifacts.voucher.pinned",
                    "several certificates; exactly one is pinned");
  if (rc == SZTP_OK) rc = sztp__cert_parse(v->ctx, only, &cert);
  if (rc == SZTP_OK) rc = set_value(v, SZTP__NODE_PINNED_CERT, only);
  if (rc == SZTP_OK) v->pinned_not_after = cert.not_after;
  sztp__buf_clear(&certs);
  return rc;
}

/* The whole extension value: RFC 8366 leaves the form open, this one is what its revision wants (D-108). */
static int32_t set_idevid(sztp_voucher_t *v, sztp__span_t data) {
  sztp__buf_t der;
  sztp__cert_t cert;
  sztp__buf_init(&der, v->ctx, SZTP__INPUT_MAX);
  int32_t rc = sztp__input_device_cert(v->ctx, data, &der, &cert);
  if (rc == SZTP_OK && cert.authority_key_id.len == 0)
    rc = sztp__fail(v->ctx, SZTP_ERR_NOT_FOUND, "artifacts.voucher.idevid",
                    "the identity certificate has no authority key identifier");
  if (rc == SZTP_OK) rc = set_value(v, SZTP__NODE_IDEVID_ISSUER, cert.authority_key_id);
  sztp__buf_clear(&der);
  return rc;
}

/* The key itself, or its SHA-256. */
static int32_t set_pinned_key(sztp_voucher_t *v, uint32_t leaf, sztp__span_t data) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__buf_t der;
  sztp__span_t spki = {NULL, 0};
  sztp__buf_init(&der, v->ctx, SZTP__INPUT_MAX);
  int32_t rc = sztp__input_public_key(v->ctx, data, &der, &spki);
  if (rc == SZTP_OK && leaf == SZTP_VOUCHER_PINNED_PUBK) rc = set_value(v, SZTP__NODE_PINNED_PUBK, spki);
  if (rc == SZTP_OK && leaf == SZTP_VOUCHER_PINNED_PUBK_SHA256) {
    rc = sztp__hash_once(v->ctx, SZTP__HASH_SHA256, spki, digest, &len);
    if (rc == SZTP_OK) rc = set_value(v, SZTP__NODE_PINNED_PUBK_SHA256, sztp__span(digest, len));
  }
  sztp__buf_clear(&der);
  return rc;
}

static int32_t set_nonce(sztp_voucher_t *v, sztp__span_t nonce) {
  if (nonce.len < NONCE_MIN || nonce.len > NONCE_MAX)
    return sztp__fail(v->ctx, SZTP_ERR_ARG, "artifacts.voucher.nonce", "%zu octets; %d to %d are allowed",
                      nonce.len, NONCE_MIN, NONCE_MAX);
  return set_value(v, SZTP__NODE_NONCE, nonce);
}

static int32_t set_serial(sztp_voucher_t *v, sztp__span_t serial) {
  int32_t rc = sztp__text_check(v->ctx, "artifacts.voucher.serial", serial, SERIAL_MAX);
  return rc < 0 ? rc : set_value(v, SZTP__NODE_SERIAL, serial);
}

int32_t sztp_voucher_set_bytes(sztp_voucher_t *v, uint32_t leaf, const uint8_t *data, size_t len) {
  if (v == NULL || (data == NULL && len > 0)) return SZTP_ERR_ARG;
  sztp__span_t value = sztp__span(data, len);
  if (sztp__enter(v->ctx) < 0) return SZTP_ERR_REENTRY;
  switch (leaf) {
  case SZTP_VOUCHER_SERIAL: return set_serial(v, value);
  case SZTP_VOUCHER_NONCE: return set_nonce(v, value);
  case SZTP_VOUCHER_PINNED: return set_pinned(v, value);
  case SZTP_VOUCHER_IDEVID: return set_idevid(v, value);
  case SZTP_VOUCHER_PINNED_PUBK:
  case SZTP_VOUCHER_PINNED_PUBK_SHA256: return set_pinned_key(v, leaf, value);
  default:
    return sztp__fail(v->ctx, SZTP_ERR_ARG, "artifacts.voucher", "leaf %u does not hold octets",
                      (unsigned)leaf);
  }
}

int32_t sztp_voucher_set_i64(sztp_voucher_t *v, uint32_t leaf, int64_t value) {
  uint64_t number = 0;
  if (v == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(v->ctx) < 0) return SZTP_ERR_REENTRY;
  if (leaf == SZTP_VOUCHER_CREATED_ON && value >= 0 && value <= TIME_MAX)
    v->created_on = value;
  else if (leaf == SZTP_VOUCHER_EXPIRES_ON && value >= 0 && value <= TIME_MAX)
    v->expires_on = value;
  else if (leaf == SZTP_VOUCHER_LAST_RENEWAL && value >= 0 && value <= TIME_MAX)
    v->last_renewal = value;
  else if (leaf == SZTP_VOUCHER_ASSERTION && value > 0 &&
           sztp__voucher_assertion((uint64_t)value, &number) != NULL)
    v->assertion = (uint32_t)value;
  else if (leaf == SZTP_VOUCHER_REVOCATION && (value == 0 || value == 1))
    v->revocation = (int)value;
  else
    return sztp__fail(v->ctx, SZTP_ERR_ARG, "artifacts.voucher", "leaf %u does not hold this number",
                      (unsigned)leaf);
  return SZTP_OK;
}

static int32_t refuse_voucher(const sztp_voucher_t *v, const char *why) {
  return sztp__fail(v->ctx, SZTP_ERR_MODEL_INVALID, "artifacts.voucher", "%s", why);
}

/* What RFC 8366 5.3 demands of a voucher, and of whoever issues one; its revision has keys to be pinned. */
static int32_t check_voucher(const sztp_voucher_t *v) {
  int pinned_cert = v->value[SZTP__NODE_PINNED_CERT].data != NULL;
  int pinned_key =
      v->value[SZTP__NODE_PINNED_PUBK].data != NULL || v->value[SZTP__NODE_PINNED_PUBK_SHA256].data != NULL;
  if (v->value[SZTP__NODE_SERIAL].data == NULL) return refuse_voucher(v, "serial-number is missing");
  if (!pinned_cert && !pinned_key) return refuse_voucher(v, "pinned-domain-cert is missing");
  if (v->created_on == NO_TIME) return refuse_voucher(v, "created-on is missing");
  if (v->expires_on == NO_TIME && v->last_renewal != NO_TIME)
    return refuse_voucher(v, "last-renewal-date goes with expires-on");
  if (v->expires_on == NO_TIME) return SZTP_OK;
  if (v->value[SZTP__NODE_NONCE].data != NULL)
    return refuse_voucher(v, "expires-on and nonce exclude each other");
  if (v->expires_on <= v->created_on) return refuse_voucher(v, "expires-on is not after created-on");
  if (pinned_cert && v->expires_on > v->pinned_not_after)
    return refuse_voucher(v, "expires-on is after the end of the pinned certificate");
  return SZTP_OK;
}

/* Writes the document and signs it, as COSE or as CMS. */
static int32_t write_artifact(const sztp_voucher_t *v, const sztp_signer_t *signer, int cose,
                              sztp__buf_t *document, sztp__buf_t *artifact) {
  int32_t rc = cose ? sztp__voucher_write_cbor(v, document) : sztp__voucher_write_json(v, document);
  if (rc < 0) return rc;
  if (cose) return sztp__cose_sign1_write(signer, sztp__buf_span(document), artifact);
  return sztp__signed_data_write(signer, SZTP__CMS_VOUCHER_JSON, sztp__buf_span(document), artifact);
}

static int32_t issue(const sztp_voucher_t *v, const sztp_signer_t *signer, int cose, uint8_t **out,
                     size_t *out_len) {
  if (v == NULL || signer == NULL || out == NULL || out_len == NULL || signer->ctx != v->ctx)
    return SZTP_ERR_ARG;
  sztp__trail_clear(v->ctx);
  int32_t rc = check_voucher(v);
  if (rc < 0) return rc;
  sztp__buf_t document;
  sztp__buf_t artifact;
  size_t max = sztp__limit_size(v->ctx, SZTP_LIMIT_VOUCHER);
  sztp__buf_init(&document, v->ctx, max);
  sztp__buf_init(&artifact, v->ctx, max);
  rc = write_artifact(v, signer, cose, &document, &artifact);
  if (rc == SZTP_OK) rc = sztp__buf_take(&artifact, out, out_len);
  sztp__buf_clear(&artifact);
  sztp__buf_clear(&document);
  return rc;
}

int32_t sztp_voucher_make(const sztp_voucher_t *v, const sztp_signer_t *signer, uint8_t **out,
                          size_t *out_len) {
  return issue(v, signer, 0, out, out_len);
}

int32_t sztp_voucher_make_cose(const sztp_voucher_t *v, const sztp_signer_t *signer, uint8_t **out,
                               size_t *out_len) {
  return issue(v, signer, 1, out, out_len);
}
