/* SPDX-License-Identifier: Apache-2.0 */
/* The leaves of a voucher that is to be issued again (RFC 8366 6.1): the same but for its dates. */
#include "artifacts/make_voucher.h"
#include "cryptography/cms.h"
#include "cryptography/cose.h"
#include "formats/cbor.h"

static int32_t read_cms(sztp_ctx_t *ctx, sztp__span_t data, sztp__voucher_t **out) {
  sztp__cms_t *cms = NULL;
  int32_t rc = sztp__cms_parse(ctx, data, &cms);
  if (rc == SZTP_OK && (cms->type != SZTP__CMS_SIGNED || !cms->has_econtent))
    rc = sztp__fail(ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, "artifacts.voucher",
                    "not signed data with a voucher in it; an encrypted one is renewed from its original");
  if (rc == SZTP_OK) rc = sztp__voucher_parse_json(ctx, cms->econtent, out);
  sztp__cms_free(ctx, cms);
  return rc;
}

static int32_t read_any(sztp_ctx_t *ctx, sztp__span_t data, sztp__voucher_t **out) {
#if SZTP__CONSTRAINED
  sztp__cose_t *cose = NULL;
  if (sztp__cbor_is_cose(data.data[0])) {
    int32_t rc = sztp__cose_parse(ctx, data, &cose);
    if (rc == SZTP_OK) rc = sztp__voucher_parse_cbor(ctx, cose->payload, out);
    sztp__cose_free(ctx, cose);
    return rc;
  }
#endif
  return read_cms(ctx, data, out);
}

static int32_t refuse_renewal(sztp_ctx_t *ctx, const char *why) {
  return sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, "artifacts.voucher", "%s", why);
}

static int32_t check_renewable(const sztp__voucher_t *old, int64_t created_on) {
  if (sztp__voucher_value(old, SZTP__NODE_NONCE).data != NULL)
    return refuse_renewal(old->ctx, "a voucher with a nonce was for one request, and can't be renewed");
  if (old->assertion == 0 && old->assertion_text[0] != '\0')
    return refuse_renewal(old->ctx, "its assertion is not one that is known");
  if (old->has_created_on && created_on <= old->created_on)
    return refuse_renewal(old->ctx, "the new created-on is not after that of the voucher that is renewed");
  return SZTP_OK;
}

static int32_t take_pinned(sztp_voucher_t *v) {
  sztp__cert_t cert;
  if (v->value[SZTP__NODE_PINNED_CERT].data == NULL) return SZTP_OK;
  int32_t rc = sztp__cert_parse(v->ctx, sztp__blob_span(&v->value[SZTP__NODE_PINNED_CERT]), &cert);
  if (rc == SZTP_OK) v->pinned_not_after = cert.not_after;
  return rc;
}

/* As long a life as before. */
static void set_dates(sztp_voucher_t *v, const sztp__voucher_t *old, int64_t created_on) {
  v->created_on = created_on;
  if (old->has_created_on && old->has_expires_on)
    v->expires_on = created_on + (old->expires_on - old->created_on);
}

static int32_t take_leaves(sztp_voucher_t *v, const sztp__voucher_t *old) {
  int32_t rc = SZTP_OK;
  for (uint32_t node = 1; rc == SZTP_OK && node < SZTP__NODES; node++)
    if (old->value[node].data != NULL)
      rc = sztp__blob_set(v->ctx, &v->value[node], sztp__blob_span(&old->value[node]));
  if (old->assertion != 0) v->assertion = old->assertion;
  if (old->revocation != SZTP__REVOCATION_ABSENT) v->revocation = old->revocation == SZTP__REVOCATION_TRUE;
  return rc == SZTP_OK ? take_pinned(v) : rc;
}

int32_t sztp_voucher_renew(sztp_ctx_t *ctx, const uint8_t *data, size_t len, int64_t created_on,
                           sztp_voucher_t **out) {
  sztp__voucher_t *old = NULL;
  sztp_voucher_t *v = NULL;
  if (ctx == NULL || data == NULL || len == 0 || created_on < 0 || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  int32_t rc = read_any(ctx, sztp__span(data, len), &old);
  if (rc == SZTP_OK) rc = check_renewable(old, created_on);
  if (rc == SZTP_OK) rc = sztp_voucher_new(ctx, &v);
  if (rc == SZTP_OK) rc = take_leaves(v, old);
  if (rc == SZTP_OK) {
    set_dates(v, old, created_on);
    *out = v;
  } else {
    sztp_voucher_free(v);
  }
  sztp__voucher_free(old);
  return rc;
}
