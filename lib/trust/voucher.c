/* SPDX-License-Identifier: Apache-2.0 */
/* The ownership voucher's document (RFC 8366): decoding of its leaves. */
#include "trust/voucher.h"

#include "formats/yang.h"

static const char *const LEAVES[] = {"created-on",
                                     "expires-on",
                                     "assertion",
                                     "serial-number",
                                     "idevid-issuer",
                                     "pinned-domain-cert",
                                     "domain-cert-revocation-checks",
                                     "nonce",
                                     "last-renewal-date",
                                     NULL};

static int32_t malformed(const sztp__yang_t *y, const char *leaf, const char *what) {
  return sztp__fail(y->ctx, SZTP_ERR_VOUCHER_MALFORMED, y->where, "%s: %s", leaf, what);
}

static int32_t read_date(const sztp__yang_t *y, const sztp__yang_node_t *voucher, const char *leaf,
                         int *found, int64_t *out) {
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_string(y, voucher, leaf, &text);
  if (rc < 0) return rc;
  *found = text.data != NULL;
  if (!*found) return SZTP_OK;
  char shown[48];
  if (sztp__time_parse(text, out) == SZTP_OK) return SZTP_OK;
  return sztp__fail(y->ctx, SZTP_ERR_VOUCHER_MALFORMED, y->where,
                    "%s: \"%s\" is no date-and-time with time zone", leaf,
                    sztp__printable(shown, sizeof shown, text));
}

static int32_t read_assertion(const sztp__yang_t *y, const sztp__yang_node_t *voucher, sztp__voucher_t *v) {
  static const struct {
    const char *name;
    uint32_t bit;
  } names[] = {{"verified", SZTP_ASSERTION_VERIFIED},
               {"logged", SZTP_ASSERTION_LOGGED},
               {"proximity", SZTP_ASSERTION_PROXIMITY},
               {"agent-proximity", SZTP_ASSERTION_AGENT_PROXIMITY}};
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_string(y, voucher, "assertion", &text);
  if (rc < 0 || text.data == NULL) return rc;
  sztp__printable(v->assertion_text, sizeof v->assertion_text, text);
  if (v->assertion_text[0] == '\0') memcpy(v->assertion_text, "\"\"", 3);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (sztp__span_is(text, names[i].name)) v->assertion = names[i].bit;
  return SZTP_OK;
}

/* true, false, and the same as text (D-109). */
static int32_t read_revocation(const sztp__yang_t *y, const sztp__yang_node_t *voucher, sztp__voucher_t *v) {
  int found = 0;
  int value = 0;
  int32_t rc = sztp__yang_boolean(y, voucher, "domain-cert-revocation-checks", &found, &value);
  if (rc == SZTP_OK && found) v->revocation = value ? SZTP__REVOCATION_TRUE : SZTP__REVOCATION_FALSE;
  return rc;
}

static int32_t read_serial(const sztp__yang_t *y, const sztp__yang_node_t *voucher, sztp__voucher_t *v) {
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_string(y, voucher, "serial-number", &text);
  if (rc < 0) return rc;
  if (text.data == NULL) return malformed(y, "serial-number", "missing");
  v->serial = sztp__copy(y->ctx, text.data, text.len);
  v->serial_len = text.len;
  return v->serial == NULL ? SZTP_ERR_MEMORY : SZTP_OK;
}

static int32_t read_binaries(const sztp__yang_t *y, const sztp__yang_node_t *voucher, sztp__voucher_t *v) {
  uint64_t max = sztp__limit(y->ctx, SZTP_LIMIT_VOUCHER);
  int32_t rc = sztp__yang_binary(y, voucher, "idevid-issuer", SZTP__BASE64_STRICT, max, &v->idevid_issuer,
                                 &v->idevid_issuer_len);
  if (rc == SZTP_OK)
    rc = sztp__yang_binary(y, voucher, "nonce", SZTP__BASE64_URL_TOO, max, &v->nonce, &v->nonce_len);
  if (rc == SZTP_OK)
    rc = sztp__yang_binary(y, voucher, "pinned-domain-cert", SZTP__BASE64_STRICT, max, &v->pinned,
                           &v->pinned_len);
  if (rc == SZTP_OK && v->pinned == NULL) rc = malformed(y, "pinned-domain-cert", "missing");
  return rc;
}

static int32_t read_leaves(const sztp__yang_t *y, const sztp__yang_node_t *voucher, sztp__voucher_t *v) {
  int32_t rc = read_date(y, voucher, "created-on", &v->has_created_on, &v->created_on);
  if (rc == SZTP_OK) rc = read_date(y, voucher, "expires-on", &v->has_expires_on, &v->expires_on);
  if (rc == SZTP_OK) rc = read_assertion(y, voucher, v);
  if (rc == SZTP_OK) rc = read_serial(y, voucher, v);
  if (rc == SZTP_OK) rc = read_revocation(y, voucher, v);
  if (rc == SZTP_OK) rc = read_binaries(y, voucher, v);
  if (rc == SZTP_OK) sztp__yang_unknown(y, voucher, LEAVES);
  return rc;
}

int32_t sztp__voucher_parse(sztp_ctx_t *ctx, sztp__span_t document, sztp__voucher_t **out) {
  if (sztp__yang_encoding(document) != SZTP__ENCODING_JSON) /* in XML it has no content type (D-102) */
    return sztp__fail(ctx, SZTP_ERR_ENCODING_UNKNOWN, "voucher", "the document does not begin like JSON");
  sztp__yang_t y = {ctx, "ietf-voucher", "voucher", SZTP_ERR_VOUCHER_MALFORMED, 0, NULL, NULL};
  sztp__voucher_t *v = sztp__alloc(ctx, sizeof *v);
  if (v == NULL) return SZTP_ERR_MEMORY;
  v->ctx = ctx;
  const sztp__yang_node_t *voucher = NULL;
  int32_t rc = sztp__yang_open(&y, document, SZTP__ENCODING_JSON);
  if (rc == SZTP_OK) rc = sztp__yang_top(&y, "voucher", &voucher);
  if (rc == SZTP_OK && (voucher == NULL || !sztp__yang_is_container(&y, voucher)))
    rc = malformed(&y, "ietf-voucher:voucher", "missing, or not an object");
  if (rc == SZTP_OK) rc = read_leaves(&y, voucher, v);
  sztp__yang_close(&y);
  if (rc < 0) {
    sztp__voucher_free(v);
    return rc;
  }
  *out = v;
  return SZTP_OK;
}

void sztp__voucher_free(sztp__voucher_t *v) {
  if (v == NULL) return;
  sztp__free(v->ctx, v->serial);
  sztp__free(v->ctx, v->idevid_issuer);
  sztp__free_secret(v->ctx, v->nonce);
  sztp__free(v->ctx, v->pinned);
  sztp__free(v->ctx, v);
}
