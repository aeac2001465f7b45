/* SPDX-License-Identifier: Apache-2.0 */
/* The ownership voucher's nodes, whatever the document's format: what each one holds, and reading its text.
 */
#include "trust/voucher.h"

static const struct {
  const char *name;
  uint32_t kind;
} nodes[SZTP__NODES] = {
    [0] = {"voucher", SZTP__AS_NOTHING},
    [SZTP__NODE_ASSERTION] = {"assertion", SZTP__AS_TEXT},
    [SZTP__NODE_CREATED_ON] = {"created-on", SZTP__AS_TEXT},
    [SZTP__NODE_REVOCATION] = {"domain-cert-revocation-checks", SZTP__AS_BOOLEAN},
    [SZTP__NODE_EXPIRES_ON] = {"expires-on", SZTP__AS_TEXT},
    [SZTP__NODE_IDEVID_ISSUER] = {"idevid-issuer", SZTP__AS_BINARY},
    [SZTP__NODE_LAST_RENEWAL] = {"last-renewal-date", SZTP__AS_NOTHING},
    [SZTP__NODE_NONCE] = {"nonce", SZTP__AS_BINARY},
    [SZTP__NODE_PINNED_CERT] = {"pinned-domain-cert", SZTP__AS_BINARY},
    [SZTP__NODE_PINNED_PUBK] = {"pinned-domain-pubk", SZTP__AS_BINARY},
    [SZTP__NODE_PINNED_PUBK_SHA256] = {"pinned-domain-pubk-sha256", SZTP__AS_BINARY},
    [SZTP__NODE_SERIAL] = {"serial-number", SZTP__AS_TEXT},
};

uint32_t sztp__voucher_node_kind(uint32_t node) { return nodes[node].kind; }

const char *sztp__voucher_node_name(uint32_t node) { return nodes[node].name; }

int32_t sztp__voucher_malformed(const sztp__voucher_t *v, uint32_t node, const char *what) {
  return sztp__fail(v->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher", "%s: %s", nodes[node].name, what);
}

static int32_t take_date(const sztp__voucher_t *v, uint32_t node, sztp__span_t text, int *found,
                         int64_t *out) {
  char shown[SZTP__NAME_SIZE];
  *found = 1;
  if (sztp__time_parse(text, out) == SZTP_OK) return SZTP_OK;
  return sztp__fail(v->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                    "%s: \"%s\" is no date-and-time with time zone", nodes[node].name,
                    sztp__printable(shown, sizeof shown, text));
}

const char *sztp__voucher_assertion_name(uint64_t number) {
  static const char *const names[] = {"verified", "logged", "proximity", "agent-proximity"};
  return number < sizeof names / sizeof names[0] ? names[number] : NULL;
}

static void take_assertion(sztp__voucher_t *v, sztp__span_t text) {
  sztp__shown(v->assertion_text, sizeof v->assertion_text, text);
  if (v->assertion_text[0] == '\0') memcpy(v->assertion_text, "\"\"", 3);
  for (uint32_t i = 0; sztp__voucher_assertion_name(i) != NULL; i++)
    if (sztp__span_is(text, sztp__voucher_assertion_name(i))) v->assertion = (uint32_t)1 << i;
}

int32_t sztp__voucher_take_bytes(sztp__voucher_t *v, uint32_t node, sztp__span_t octets) {
  v->value[node].data = sztp__copy(v->ctx, octets.data, octets.len);
  v->value[node].len = octets.len;
  return v->value[node].data == NULL ? SZTP_ERR_MEMORY : SZTP_OK;
}

int32_t sztp__voucher_take_text(sztp__voucher_t *v, uint32_t node, sztp__span_t text) {
  switch (node) {
  case SZTP__NODE_CREATED_ON: return take_date(v, node, text, &v->has_created_on, &v->created_on);
  case SZTP__NODE_EXPIRES_ON: return take_date(v, node, text, &v->has_expires_on, &v->expires_on);
  case SZTP__NODE_ASSERTION: take_assertion(v, text); return SZTP_OK;
  case SZTP__NODE_REVOCATION:
    v->revocation = sztp__span_is(text, "true") ? SZTP__REVOCATION_TRUE : SZTP__REVOCATION_FALSE;
    if (sztp__span_is(text, "true") || sztp__span_is(text, "false")) return SZTP_OK;
    return sztp__voucher_malformed(v, node, "neither true nor false");
  default: return sztp__voucher_take_bytes(v, node, text);
  }
}

int32_t sztp__voucher_complete(const sztp__voucher_t *v) {
  if (v->value[SZTP__NODE_SERIAL].data == NULL)
    return sztp__voucher_malformed(v, SZTP__NODE_SERIAL, "missing");
  if (v->value[SZTP__NODE_PINNED_CERT].data == NULL && v->value[SZTP__NODE_PINNED_PUBK].data == NULL &&
      v->value[SZTP__NODE_PINNED_PUBK_SHA256].data == NULL)
    return sztp__voucher_malformed(v, SZTP__NODE_PINNED_CERT, "missing");
  return SZTP_OK;
}

sztp__span_t sztp__voucher_value(const sztp__voucher_t *v, uint32_t node) {
  return sztp__blob_span(&v->value[node]);
}

void sztp__voucher_free(sztp__voucher_t *v) {
  if (v == NULL) return;
  for (size_t i = 0; i < SZTP__NODES; i++) sztp__free_secret(v->ctx, v->value[i].data);
  sztp__free(v->ctx, v);
}
