/* SPDX-License-Identifier: Apache-2.0 */
/* Takes PEM and base64 off DER objects. */
#include "formats/armor.h"

#include "formats/cbor.h"
#include "formats/der.h"
#include "ground/text.h"

const char *const sztp__armor_certificate[] = {"CERTIFICATE", "X509 CERTIFICATE", NULL};
const char *const sztp__armor_public_key[] = {"PUBLIC KEY", "CERTIFICATE", "X509 CERTIFICATE", NULL};
const char *const sztp__armor_crl[] = {"X509 CRL", NULL};
const char *const sztp__armor_key[] = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", NULL};

static int listed(sztp__span_t label, const char *const *labels) {
  for (; *labels != NULL; labels++)
    if (sztp__span_is(label, *labels)) return 1;
  return 0;
}

static int has_pem(sztp__span_t data) {
  static const char mark[] = "-----BEGIN ";
  const size_t n = sizeof mark - 1;
  for (size_t i = 0; i + n <= data.len; i++)
    if (data.data[i] == '-' && memcmp(data.data + i, mark, n) == 0) return 1;
  return 0;
}

static int32_t remove_pem(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, sztp__buf_t *out) {
  sztp__buf_t der;
  sztp__span_t label = {NULL, 0};
  char found[64] = "";
  int taken = 0;
  int32_t rc = SZTP_OK;
  sztp__buf_init(&der, ctx, out->max);
  while (rc == SZTP_OK && (labels != NULL || !taken)) {
    rc = sztp__pem_next(ctx, &data, &label, &der);
    if (rc < 0) break;
    sztp__printable(found, sizeof found, label);
    if (labels != NULL && !listed(label, labels)) continue;
    rc = sztp__buf_add_span(out, sztp__buf_span(&der));
    taken = 1;
  }
  sztp__buf_clear(&der);
  if (rc < 0 && rc != SZTP_ERR_NOT_FOUND) return rc;
  if (taken) return SZTP_OK;
  if (labels == NULL) return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "a PEM block without end");
  return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "no PEM block \"%s\", but \"%s\"", labels[0], found);
}

static int32_t remove_base64(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out) {
  size_t start = out->len;
  int32_t rc = sztp__base64_decode(ctx, data, SZTP__BASE64_STRICT, out);
  if (rc == SZTP_ERR_TEXT) return sztp__fail(ctx, rc, "armor", "neither PEM nor DER nor base64 of DER");
  if (rc < 0) return rc;
  if (out->len == start || out->data[start] != SZTP__DER_SEQUENCE)
    return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "base64, but not of a DER SEQUENCE");
  return SZTP_OK;
}

int32_t sztp__armor_remove(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, sztp__buf_t *out) {
  if (data.len == 0)
    return sztp__fail(ctx, SZTP_ERR_TEXT, "armor", "empty; PEM, DER or base64 of DER is wanted");
  if (data.data[0] == SZTP__DER_SEQUENCE || (labels == NULL && sztp__cbor_is_cose(data.data[0])))
    return sztp__buf_add_span(out, data);
  return has_pem(data) ? remove_pem(ctx, data, labels, out) : remove_base64(ctx, data, out);
}
