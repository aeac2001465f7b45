/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1: from octets to spans, and from spans to a verdict on the signature. */
#include "cryptography/cose.h"
#include "formats/cbor.h"

#define WHERE          "cose"
#define LABELS_MAX     64  /* of a header: those of both are compared with each other */
#define SIGNATURE_ROOM 160 /* of an ECDSA-Sig-Value on P-521 */

/* What is being decoded. */
typedef struct cose_reading {
  sztp_ctx_t *ctx;
  sztp__cose_t *cose;
  size_t protected_count;
  sztp__span_t crit; /* the array, whole; empty if absent */
  int has_alg;
  sztp__cbor_item_t protected_labels[LABELS_MAX];
} cose_reading_t;

static int32_t cose_malformed(const cose_reading_t *r, const char *what) {
  return sztp__fail(r->ctx, SZTP_ERR_CBOR, WHERE, "%s", what);
}

/* ---- header labels ------------------------------------------------------------------------------- */

/* A label is a number or a text; as a number, if it is one that means something here. */
static int64_t label_number(const sztp__cbor_item_t *label) {
  return label->type == SZTP__CBOR_UINT && label->number <= SZTP__COSE_X5CHAIN ? (int64_t)label->number : 0;
}

static int same_label(const sztp__cbor_item_t *a, const sztp__cbor_item_t *b) {
  return a->type == b->type && a->number == b->number && sztp__span_equal(a->bytes, b->bytes);
}

static int32_t read_label(const cose_reading_t *r, sztp__span_t *in, sztp__cbor_item_t *label) {
  int32_t rc = sztp__cbor_next(r->ctx, in, label);
  if (rc != SZTP_OK) return rc;
  if (label->type == SZTP__CBOR_UINT || label->type == SZTP__CBOR_NEGINT || label->type == SZTP__CBOR_TEXT)
    return SZTP_OK;
  return cose_malformed(r, "a label is neither a number nor a text");
}

static int is_protected(const cose_reading_t *r, const sztp__cbor_item_t *label) {
  for (size_t i = 0; i < r->protected_count; i++)
    if (same_label(&r->protected_labels[i], label)) return 1;
  return 0;
}

/* COSE-06; RFC 9052 3.1: what is critical is in the protected header, too. */
static int32_t check_crit(const cose_reading_t *r) {
  sztp__span_t in = r->crit;
  sztp__cbor_list_t list;
  sztp__cbor_item_t label;
  if (in.len == 0) return SZTP_OK;
  int32_t rc = sztp__cbor_enter(r->ctx, &in, SZTP__CBOR_ARRAY, "crit", &list);
  if (rc != SZTP_OK) return rc;
  if (!sztp__cbor_more(&in, &list)) return cose_malformed(r, "crit names no label");
  do {
    rc = read_label(r, &in, &label);
    if (rc != SZTP_OK) return rc;
    int64_t number = label_number(&label);
    if (number != SZTP__COSE_ALG && number != SZTP__COSE_KID && number != SZTP__COSE_X5BAG &&
        number != SZTP__COSE_X5CHAIN)
      return cose_malformed(r, "crit names a header parameter that is not understood");
    if (!is_protected(r, &label))
      return cose_malformed(r, "crit names a header parameter that is not in the protected header");
  } while (sztp__cbor_more(&in, &list));
  return SZTP_OK;
}

/* ---- header values ------------------------------------------------------------------------------- */

static int32_t read_bytes(const cose_reading_t *r, sztp__span_t *in, const char *what, sztp__span_t *out) {
  sztp__cbor_item_t item;
  int32_t rc = sztp__cbor_next(r->ctx, in, &item);
  if (rc != SZTP_OK) return rc;
  *out = item.bytes;
  if (item.type == SZTP__CBOR_BYTES) return SZTP_OK;
  return sztp__fail(r->ctx, SZTP_ERR_CBOR, WHERE, "%s is not a byte string", what);
}

static int32_t read_alg(cose_reading_t *r, sztp__span_t *in) {
  sztp__cbor_item_t item;
  int32_t rc = sztp__cbor_next(r->ctx, in, &item);
  if (rc != SZTP_OK) return rc;
  r->has_alg = 1;
  if (item.type == SZTP__CBOR_NEGINT && item.number < INT64_MAX)
    r->cose->alg = -1 - (int64_t)item.number;
  else if (item.type == SZTP__CBOR_UINT && item.number <= INT64_MAX)
    r->cose->alg = (int64_t)item.number;
  else if (item.type != SZTP__CBOR_UINT && item.type != SZTP__CBOR_NEGINT && item.type != SZTP__CBOR_TEXT)
    return cose_malformed(r, "alg is neither a number nor a text");
  return SZTP_OK;
}

static int32_t read_cert(cose_reading_t *r, sztp__span_t *in) {
  sztp__cose_t *cose = r->cose;
  if (cose->cert_count == SZTP__CMS_MAX_CERTS)
    return sztp__fail(r->ctx, SZTP_ERR_LIMIT, WHERE, "more than %d certificates", SZTP__CMS_MAX_CERTS);
  return read_bytes(r, in, "a certificate", &cose->certs[cose->cert_count++]);
}

/* COSE_X509 (RFC 9360 2): one certificate, or an array of them. An array of one, which should not be, is what
 * the drafts' own examples have. */
static int32_t read_cose_certs(cose_reading_t *r, sztp__span_t *in) {
  sztp__span_t ahead = *in;
  sztp__cbor_list_t list;
  sztp__cbor_item_t item;
  int32_t rc = sztp__cbor_next(r->ctx, &ahead, &item);
  if (rc == SZTP_OK && item.type == SZTP__CBOR_BYTES) return read_cert(r, in);
  if (rc == SZTP_OK) rc = sztp__cbor_enter(r->ctx, in, SZTP__CBOR_ARRAY, "x5bag or x5chain", &list);
  while (rc == SZTP_OK && sztp__cbor_more(in, &list)) rc = read_cert(r, in);
  return rc;
}

static int32_t read_parameter(cose_reading_t *r, sztp__span_t *in, const sztp__cbor_item_t *label,
                              int is_protected_header) {
  sztp__span_t value = *in;
  switch (label_number(label)) {
  case SZTP__COSE_ALG:
    /* an unprotected one is not signed, and so is none (COSE-03) */
    return is_protected_header ? read_alg(r, in) : sztp__cbor_skip(r->ctx, in);
  case SZTP__COSE_CRIT: {
    if (!is_protected_header) return cose_malformed(r, "crit is not in the protected header");
    int32_t rc = sztp__cbor_skip(r->ctx, in);
    r->crit = sztp__span(value.data, value.len - in->len);
    return rc;
  }
  case SZTP__COSE_KID: return read_bytes(r, in, "kid", &r->cose->kid);
  case SZTP__COSE_X5BAG:
  case SZTP__COSE_X5CHAIN: return read_cose_certs(r, in);
  default: r->cose->other_labels++; return sztp__cbor_skip(r->ctx, in);
  }
}

static int32_t read_header(cose_reading_t *r, sztp__span_t *in, sztp__cbor_list_t list,
                           int is_protected_header) {
  for (size_t count = 0; sztp__cbor_more(in, &list); count++) {
    sztp__cbor_item_t label;
    if (count == LABELS_MAX)
      return sztp__fail(r->ctx, SZTP_ERR_LIMIT, WHERE, "more than %d header parameters", LABELS_MAX);
    int32_t rc = read_label(r, in, &label);
    if (rc != SZTP_OK) return rc;
    if (is_protected_header) r->protected_labels[r->protected_count++] = label;
    if (!is_protected_header && is_protected(r, &label))
      return cose_malformed(r, "a label appears in both headers");
    rc = read_parameter(r, in, &label, is_protected_header);
    if (rc != SZTP_OK) return rc;
  }
  return SZTP_OK;
}

/* An empty string stands for an empty map. */
static int32_t read_protected(cose_reading_t *r) {
  sztp__cose_t *cose = r->cose;
  sztp__span_t in = cose->protected_header;
  sztp__cbor_list_t list;
  if (in.len == 0) return SZTP_OK;
  sztp__buf_init(&cose->joined[1], r->ctx, in.len);
  int32_t rc = sztp__cbor_whole(r->ctx, in, &cose->joined[1], &in);
  if (rc == SZTP_OK) rc = sztp__cbor_enter(r->ctx, &in, SZTP__CBOR_MAP, "the protected header", &list);
  return rc == SZTP_OK ? read_header(r, &in, list, 1) : rc;
}

static int32_t check_headers(const cose_reading_t *r) {
  int32_t rc = check_crit(r);
  if (rc == SZTP_OK && !r->has_alg) rc = cose_malformed(r, "the protected header names no algorithm");
  return rc;
}

/* ---- the structure ------------------------------------------------------------------------------- */

static int32_t read_payload(cose_reading_t *r, sztp__span_t *in) {
  sztp__cbor_item_t item;
  sztp__span_t ahead = *in;
  int32_t rc = sztp__cbor_next(r->ctx, &ahead, &item);
  if (rc == SZTP_OK && item.type == SZTP__CBOR_NULL)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_DETACHED, WHERE, "the payload is not in it");
  return rc == SZTP_OK ? read_bytes(r, in, "the payload", &r->cose->payload) : rc;
}

/* The next element of the array of four. */
static int32_t element(cose_reading_t *r, sztp__span_t *in, sztp__cbor_list_t *list) {
  return sztp__cbor_more(in, list) ? SZTP_OK : cose_malformed(r, "an array of fewer than four elements");
}

static int32_t read_tag(cose_reading_t *r, sztp__span_t *in) {
  sztp__span_t ahead = *in;
  sztp__cbor_item_t item;
  int32_t rc = sztp__cbor_next(r->ctx, &ahead, &item);
  if (rc != SZTP_OK || item.type != SZTP__CBOR_TAG) return rc;
  *in = ahead;
  r->cose->tagged = 1;
  if (item.number == SZTP__COSE_TAG) return SZTP_OK;
  return sztp__fail(r->ctx, SZTP_ERR_CBOR, WHERE, "tag %llu, expected %d (COSE_Sign1)",
                    (unsigned long long)item.number, SZTP__COSE_TAG);
}

/* Any encoding of the array is taken: what is signed is the Sig_structure, which has its own. */
static int32_t read_structure(cose_reading_t *r, sztp__span_t in) {
  sztp__cose_t *cose = r->cose;
  sztp__cbor_list_t list = {0, 0};
  sztp__cbor_list_t unprotected = {0, 0};
  int32_t rc = read_tag(r, &in);
  if (rc == SZTP_OK) rc = sztp__cbor_enter(r->ctx, &in, SZTP__CBOR_ARRAY, "the structure", &list);
  if (rc == SZTP_OK) rc = element(r, &in, &list);
  if (rc == SZTP_OK) rc = read_bytes(r, &in, "the protected header", &cose->protected_header);
  if (rc == SZTP_OK) rc = read_protected(r);
  if (rc == SZTP_OK) rc = element(r, &in, &list);
  if (rc == SZTP_OK)
    rc = sztp__cbor_enter(r->ctx, &in, SZTP__CBOR_MAP, "the unprotected header", &unprotected);
  if (rc == SZTP_OK) rc = read_header(r, &in, unprotected, 0);
  if (rc == SZTP_OK) rc = check_headers(r);
  if (rc == SZTP_OK) rc = element(r, &in, &list);
  if (rc == SZTP_OK) rc = read_payload(r, &in);
  if (rc == SZTP_OK) rc = element(r, &in, &list);
  if (rc == SZTP_OK) rc = read_bytes(r, &in, "the signature", &cose->signature);
  if (rc == SZTP_OK && sztp__cbor_more(&in, &list))
    rc = cose_malformed(r, "an array of more than four elements");
  return rc;
}

int32_t sztp__cose_parse(sztp_ctx_t *ctx, sztp__span_t input, sztp__cose_t **out) {
  cose_reading_t r;
  memset(&r, 0, sizeof r);
  *out = NULL;
  r.ctx = ctx;
  r.cose = sztp__alloc(ctx, sizeof *r.cose);
  if (r.cose == NULL) return SZTP_ERR_MEMORY;
  sztp__buf_init(&r.cose->joined[0], ctx, input.len);
  sztp__buf_init(&r.cose->joined[1], ctx, 0);
  int32_t rc = sztp__cbor_whole(ctx, input, &r.cose->joined[0], &input);
  if (rc == SZTP_OK) rc = read_structure(&r, input);
  if (rc == SZTP_OK)
    *out = r.cose;
  else
    sztp__cose_free(ctx, r.cose);
  return rc;
}

void sztp__cose_free(sztp_ctx_t *ctx, sztp__cose_t *cose) {
  if (cose == NULL) return;
  sztp__buf_clear(&cose->joined[0]);
  sztp__buf_clear(&cose->joined[1]);
  sztp__free(ctx, cose);
}

/* ---- the signature ------------------------------------------------------------------------------- */

static int32_t unsupported(sztp_ctx_t *ctx, int64_t alg, const char *name) {
  return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, WHERE,
                    "signature algorithm %s (%lld), expected ES256, ES384 or ES512", name, (long long)alg);
}

/* r and s side by side (RFC 9053 2.1) to an ECDSA-Sig-Value. */
static int32_t to_sig_value(sztp_ctx_t *ctx, sztp__span_t signature, size_t expected, sztp__buf_t *out) {
  size_t mark = 0;
  size_t half = expected / 2;
  if (signature.len != expected)
    return sztp__fail(ctx, SZTP_ERR_CMS_SIGNATURE_INVALID, WHERE, "a signature of %zu octets, expected %zu",
                      signature.len, expected);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_unsigned(out, sztp__span(signature.data, half));
  sztp__der_put_unsigned(out, sztp__span(signature.data + half, half));
  return sztp__der_close(out, mark);
}

int32_t sztp__cose_fits(sztp_ctx_t *ctx, const sztp__cose_t *cose, sztp__span_t spki) {
  sztp__keyinfo_t key;
  const sztp__cose_alg_t *known = sztp__cose_alg(cose->alg, SZTP__CURVE_NONE);
  if (known == NULL || known->curve == SZTP__CURVE_NONE)
    return unsupported(ctx, cose->alg, known == NULL ? "unknown" : known->name);
  sztp__sigalg_t alg = sztp__sigalg_ecdsa(known->hash);
  int32_t rc = sztp__key_info(ctx, spki, &key);
  if (rc == SZTP_OK) rc = sztp__alg_policy(ctx, &alg, &key, 0);
  if (rc != SZTP_OK || key.curve == known->curve) return rc;
  return sztp__fail(ctx, SZTP_ERR_CMS_ALG_UNSUPPORTED, WHERE, "%s with a key of %u bits: they do not fit",
                    known->name, (unsigned)key.bits);
}

int32_t sztp__cose_verify(sztp_ctx_t *ctx, const sztp__cose_t *cose, sztp__span_t spki) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__keyinfo_t key;
  sztp__buf_t signature;
  int32_t rc = sztp__cose_fits(ctx, cose, spki);
  if (rc == SZTP_OK) rc = sztp__key_info(ctx, spki, &key);
  if (rc != SZTP_OK) return rc;
  const sztp__cose_alg_t *known = sztp__cose_alg(cose->alg, SZTP__CURVE_NONE);
  sztp__sigalg_t alg = sztp__sigalg_ecdsa(known->hash);
  sztp__buf_init(&signature, ctx, SIGNATURE_ROOM);
  rc = to_sig_value(ctx, cose->signature, 2 * ((size_t)(key.bits + 7) / 8), &signature);
  if (rc == SZTP_OK)
    rc = sztp__cose_digest(ctx, known->hash, cose->protected_header, cose->payload, digest, &len);
  if (rc == SZTP_OK)
    rc = sztp__verify_digest(ctx, spki, &alg, sztp__span(digest, len), sztp__buf_span(&signature));
  sztp__buf_clear(&signature);
  return rc;
}
