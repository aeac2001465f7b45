/* SPDX-License-Identifier: Apache-2.0 */
/* The ownership voucher's document in CBOR (RFC 9254 with the SIDs of RFC 8366's revision): the payload of a
 * COSE voucher. */

#include "formats/cbor.h"
#include "ground/format.h"
#include "trust/voucher.h"

#define MODULE  "ietf-voucher:"
#define TAG_SID 47 /* an absolute SID (RFC 9254 3.2) */
#define REVISION_END                                                                                         \
  2466 /* extensions, the last node of the revision; those after the known ones are ignored */

/* Nodes of the revision that mean nothing here, by SID, so that one given twice is seen in any form. */
static const char *const ignored[REVISION_END - SZTP__VOUCHER_SID - SZTP__NODES + 1] = {
    "additional-configuration-url", "est-domain", "manufacturer-proprietary", "extensions"};

typedef struct voucher_reading {
  sztp__voucher_t *v;
  sztp__span_t pairs; /* of the voucher, from its first key on */
  size_t count;       /* how many of them were read */
  size_t unknown;
} voucher_reading_t;

static int32_t voucher_malformed(sztp_ctx_t *ctx, const char *what) {
  return sztp__fail(ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher", "%s", what);
}

/* ---- keys ---------------------------------------------------------------------------------------- */

/* A number is the distance from the parent's SID, which is 0 at the top (RFC 9254 3.2). */
static int32_t read_sid(sztp_ctx_t *ctx, sztp__span_t *in, uint64_t parent, sztp__voucher_key_t *out) {
  sztp__cbor_item_t item;
  int32_t rc = sztp__cbor_next(ctx, in, &item);
  if (rc == SZTP_OK && item.type == SZTP__CBOR_TEXT) {
    out->name = item.bytes;
    return SZTP_OK;
  }
  if (rc == SZTP_OK && item.type == SZTP__CBOR_TAG && item.number == TAG_SID) {
    parent = 0;
    rc = sztp__cbor_next(ctx, in, &item);
    if (rc == SZTP_OK && item.type != SZTP__CBOR_UINT)
      return voucher_malformed(ctx, "tag 47 around something other than a SID");
  }
  if (rc != SZTP_OK) return rc;
  if (item.type == SZTP__CBOR_UINT && item.number <= INT64_MAX - parent)
    out->sid = parent + item.number;
  else if (item.type == SZTP__CBOR_NEGINT && item.number < parent)
    out->sid = parent - 1 - item.number;
  return out->sid != 0 ? SZTP_OK : voucher_malformed(ctx, "a key that is neither a SID nor a name");
}

/* 1 if @p text is @p name, with the module or without it (D-54). */
static int is_named(sztp__span_t text, const char *name) {
  const size_t prefix = sizeof MODULE - 1;
  if (text.len > prefix && memcmp(text.data, MODULE, prefix) == 0)
    text = sztp__span(text.data + prefix, text.len - prefix);
  return sztp__span_is(text, name);
}

int32_t sztp__voucher_read_key(sztp_ctx_t *ctx, sztp__span_t *in, uint64_t parent, sztp__voucher_key_t *out) {
  out->sid = 0;
  out->name = sztp__span(NULL, 0);
  int32_t rc = read_sid(ctx, in, parent, out);
  if (rc != SZTP_OK || out->sid != 0) return rc;
  if (parent == 0) {
    if (sztp__span_is(out->name, MODULE "voucher")) out->sid = SZTP__VOUCHER_SID;
    return SZTP_OK;
  }
  for (uint32_t node = 1; node <= REVISION_END - SZTP__VOUCHER_SID; node++) {
    const char *name = node < SZTP__NODES ? sztp__voucher_node_name(node) : ignored[node - SZTP__NODES];
    if (is_named(out->name, name)) out->sid = SZTP__VOUCHER_SID + node;
  }
  return SZTP_OK;
}

/* COSE-09: whether one of the pairs before the one at hand has the same SID. */
static int32_t check_once(voucher_reading_t *r, uint64_t sid) {
  sztp__span_t in = r->pairs;
  for (size_t i = 0; i < r->count; i++) {
    sztp__voucher_key_t other;
    int32_t rc = sztp__voucher_read_key(r->v->ctx, &in, SZTP__VOUCHER_SID, &other);
    if (rc == SZTP_OK) rc = sztp__cbor_skip(r->v->ctx, &in);
    if (rc != SZTP_OK) return rc;
    if (other.sid == sid)
      return sztp__fail(r->v->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                        "the node with SID %llu is given twice", (unsigned long long)sid);
  }
  return SZTP_OK;
}

/* ---- values -------------------------------------------------------------------------------------- */

static int32_t take_assertion_number(sztp__voucher_t *v, const sztp__cbor_item_t *item) {
  char text[24] = "negative";
  const char *name = NULL;
  if (item->type == SZTP__CBOR_UINT) {
    name = sztp__voucher_assertion_name(item->number);
    (void)sztp__sentence(text, sizeof text, "%llu", (unsigned long long)item->number);
  }
  return sztp__voucher_take_text(v, SZTP__NODE_ASSERTION, sztp__span_of(name != NULL ? name : text));
}

static int32_t take_text(sztp__voucher_t *v, uint32_t node, sztp__span_t text) {
  if (text.len <= sztp__limit(v->ctx, SZTP_LIMIT_LEAF)) return sztp__voucher_take_text(v, node, text);
  return sztp__fail(v->ctx, SZTP_ERR_LIMIT, "voucher", "%s: %zu octets of text are too many",
                    sztp__voucher_node_name(node), text.len);
}

/* COSE-08; null counts as absent (DATA-09). */
static int32_t take_value(sztp__voucher_t *v, uint32_t node, sztp__span_t in) {
  sztp__cbor_item_t item;
  uint32_t kind = sztp__voucher_node_kind(node);
  int32_t rc = sztp__cbor_next(v->ctx, &in, &item);
  if (rc != SZTP_OK || item.type == SZTP__CBOR_NULL || kind == SZTP__AS_NOTHING) return rc;
  if (kind == SZTP__AS_BINARY)
    return item.type == SZTP__CBOR_BYTES ? sztp__voucher_take_bytes(v, node, item.bytes)
                                         : sztp__voucher_malformed(v, node, "not a byte string");
  if (node == SZTP__NODE_ASSERTION && (item.type == SZTP__CBOR_UINT || item.type == SZTP__CBOR_NEGINT))
    return take_assertion_number(v, &item);
  if (node == SZTP__NODE_REVOCATION && item.type == SZTP__CBOR_BOOL)
    return sztp__voucher_take_text(v, node, sztp__span_of(item.number ? "true" : "false"));
  if (item.type == SZTP__CBOR_TEXT) return take_text(v, node, item.bytes);
  return sztp__voucher_malformed(v, node, kind == SZTP__AS_TEXT ? "not a text" : "neither true nor false");
}

/* VOUCH-16: said once, as in JSON. */
static void tell_unknown_key(voucher_reading_t *r, const sztp__voucher_key_t *key) {
  char name[SZTP__NAME_SIZE];
  (void)sztp__sentence(name, sizeof name, "SID %llu", (unsigned long long)key->sid);
  if (key->name.len > 0) sztp__shown(name, sizeof name, key->name);
  if (r->unknown++ == 0)
    sztp__log(r->v->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ARTIFACT, "voucher: unknown node \"%s\" is ignored", name);
}

static int32_t read_pair(voucher_reading_t *r, sztp__span_t *in) {
  sztp__voucher_key_t key;
  int32_t rc = sztp__voucher_read_key(r->v->ctx, in, SZTP__VOUCHER_SID, &key);
  if (rc == SZTP_OK && key.sid != 0) rc = check_once(r, key.sid);
  if (rc != SZTP_OK) return rc;
  r->count++;
  if (key.sid > SZTP__VOUCHER_SID && key.sid < SZTP__VOUCHER_SID + SZTP__NODES)
    rc = take_value(r->v, (uint32_t)(key.sid - SZTP__VOUCHER_SID), *in);
  else
    tell_unknown_key(r, &key);
  return rc == SZTP_OK ? sztp__cbor_skip(r->v->ctx, in) : rc;
}

static int32_t read_voucher(sztp__voucher_t *v, sztp__span_t in) {
  voucher_reading_t r = {v, {NULL, 0}, 0, 0};
  sztp__cbor_list_t list;
  int32_t rc = sztp__cbor_enter(v->ctx, &in, SZTP__CBOR_MAP, "the voucher", &list);
  r.pairs = in;
  while (rc == SZTP_OK && sztp__cbor_more(&in, &list)) rc = read_pair(&r, &in);
  return rc == SZTP_OK ? sztp__voucher_complete(v) : rc;
}

/* The top: one voucher, by SID or by its whole name (VOUCH-05). A voucher request has others. */
static int32_t read_top(sztp__voucher_t *v, sztp__span_t in) {
  sztp__span_t voucher = {NULL, 0};
  sztp__cbor_list_t list;
  int32_t rc = sztp__cbor_enter(v->ctx, &in, SZTP__CBOR_MAP, "the document", &list);
  while (rc == SZTP_OK && sztp__cbor_more(&in, &list)) {
    sztp__voucher_key_t key;
    rc = sztp__voucher_read_key(v->ctx, &in, 0, &key);
    if (rc == SZTP_OK && key.sid == SZTP__VOUCHER_SID) {
      if (voucher.data != NULL) return voucher_malformed(v->ctx, "two vouchers in one document");
      voucher = in;
    }
    if (rc == SZTP_OK) rc = sztp__cbor_skip(v->ctx, &in);
  }
  if (rc == SZTP_OK && voucher.data == NULL)
    rc = voucher_malformed(v->ctx, "ietf-voucher:voucher (SID 2451): missing");
  return rc == SZTP_OK ? read_voucher(v, voucher) : rc;
}

int32_t sztp__voucher_parse_cbor(sztp_ctx_t *ctx, sztp__span_t document, sztp__voucher_t **out) {
  sztp__buf_t joined;
  sztp__voucher_t *v = sztp__alloc(ctx, sizeof *v);
  if (v == NULL) return SZTP_ERR_MEMORY;
  v->ctx = ctx;
  sztp__buf_init(&joined, ctx, document.len);
  int32_t rc = sztp__cbor_whole(ctx, document, &joined, &document);
  if (rc == SZTP_OK) rc = read_top(v, document);
  sztp__buf_clear(&joined);
  if (rc == SZTP_ERR_CBOR)
    rc = sztp__fail(ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher", "the document is not the CBOR of a voucher");
  if (rc < 0) {
    sztp__voucher_free(v);
    return rc;
  }
  *out = v;
  return SZTP_OK;
}
