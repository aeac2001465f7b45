/* SPDX-License-Identifier: Apache-2.0 */
/* Tells what a COSE_Sign1 is made of, and the nodes of the voucher in it. */
#include "artifacts/inspect.h"
#include "cryptography/cose.h"
#include "formats/cbor.h"
#include "trust/voucher.h"

/* A value that is not shown as what its node holds. */
static void tell_plain(sztp__look_t *l, uint32_t depth, const char *name, const sztp__cbor_item_t *item) {
  switch (item->type) {
  case SZTP__CBOR_UINT: sztp__tellf(l, depth, name, "%llu", (unsigned long long)item->number); break;
  case SZTP__CBOR_NEGINT: sztp__tellf(l, depth, name, "-1 - %llu", (unsigned long long)item->number); break;
  case SZTP__CBOR_BYTES: sztp__tell_hex(l, depth, name, item->bytes); break;
  case SZTP__CBOR_TEXT: sztp__tell(l, depth, name, item->bytes); break;
  case SZTP__CBOR_BOOL: sztp__tellf(l, depth, name, "%s", item->number ? "true" : "false"); break;
  case SZTP__CBOR_NULL: sztp__tellf(l, depth, name, "null"); break;
  default: sztp__tellf(l, depth, name, "(neither a number, a string nor a boolean)"); break;
  }
}

static void tell_node(sztp__look_t *l, uint32_t depth, uint32_t node, const sztp__cbor_item_t *item) {
  const char *name = sztp__voucher_node_name(node);
  if (node == SZTP__NODE_PINNED_CERT && item->type == SZTP__CBOR_BYTES) {
    sztp__tell_group(l, depth, name);
    sztp__look_at_cert(l, depth + 1, item->bytes);
  } else if (node == SZTP__NODE_ASSERTION && item->type == SZTP__CBOR_UINT &&
             sztp__voucher_assertion_name(item->number) != NULL) {
    sztp__tellf(l, depth, name, "%s", sztp__voucher_assertion_name(item->number));
  } else {
    tell_plain(l, depth, name, item);
  }
}

static void tell_unknown_node(sztp__look_t *l, uint32_t depth, const sztp__voucher_key_t *key) {
  if (key->name.len > 0)
    sztp__tell(l, depth, "unknown-node", key->name);
  else
    sztp__tellf(l, depth, "unknown-node", "SID %llu", (unsigned long long)key->sid);
}

/* The pairs of a map below the node with SID @p parent. */
static int32_t tell_pairs(sztp__look_t *l, uint32_t depth, sztp__span_t in, uint64_t parent) {
  sztp__cbor_list_t list;
  int32_t rc = sztp__cbor_enter(l->ctx, &in, SZTP__CBOR_MAP, "the document", &list);
  while (rc == SZTP_OK && l->status == SZTP_OK && sztp__cbor_more(&in, &list)) {
    sztp__voucher_key_t key;
    sztp__cbor_item_t item;
    rc = sztp__voucher_read_key(l->ctx, &in, parent, &key);
    sztp__span_t value = in;
    if (rc == SZTP_OK) rc = sztp__cbor_next(l->ctx, &value, &item);
    if (rc != SZTP_OK) break;
    if (parent != 0 && key.sid > SZTP__VOUCHER_SID && key.sid < SZTP__VOUCHER_SID + SZTP__NODES)
      tell_node(l, depth, (uint32_t)(key.sid - SZTP__VOUCHER_SID), &item);
    else if (key.sid != SZTP__VOUCHER_SID)
      tell_unknown_node(l, depth, &key);
    rc = sztp__cbor_skip(l->ctx, &in);
  }
  return rc;
}

/* Where the voucher is in the document; {NULL, 0} if it has none. */
static sztp__span_t find_voucher(sztp__look_t *l, sztp__span_t in) {
  sztp__cbor_list_t list;
  int32_t rc = sztp__cbor_enter(l->ctx, &in, SZTP__CBOR_MAP, "the document", &list);
  while (rc == SZTP_OK && sztp__cbor_more(&in, &list)) {
    sztp__voucher_key_t key;
    rc = sztp__voucher_read_key(l->ctx, &in, 0, &key);
    if (rc == SZTP_OK && key.sid == SZTP__VOUCHER_SID) return in;
    if (rc == SZTP_OK) rc = sztp__cbor_skip(l->ctx, &in);
  }
  sztp__trail_clear(l->ctx);
  return sztp__span(NULL, 0);
}

/* @p rc and @p document are what became of the payload. */
static void tell_payload(sztp__look_t *l, int32_t rc, sztp__span_t document, sztp__span_t voucher) {
  if (rc == SZTP_OK) rc = tell_pairs(l, 0, document, 0);
  if (rc == SZTP_OK && voucher.data != NULL) {
    sztp__tell_group(l, 0, "voucher");
    rc = tell_pairs(l, 1, voucher, SZTP__VOUCHER_SID);
  }
  if (rc < 0) sztp__tell_fault(l, 0, rc);
}

static void tell_structure(sztp__look_t *l, const sztp__cose_t *cose) {
  const sztp__cose_alg_t *alg = sztp__cose_alg(cose->alg, SZTP__CURVE_NONE);
  sztp__tellf(l, 0, "tag", cose->tagged ? "18" : "none");
  sztp__tellf(l, 0, "signature-algorithm", "%s (%lld)", alg != NULL ? alg->name : "unknown",
              (long long)cose->alg);
  if (cose->kid.len > 0) sztp__tell_hex(l, 0, "key-identifier", cose->kid);
  if (cose->other_labels > 0) sztp__tellf(l, 0, "other-header-parameters", "%zu", cose->other_labels);
  sztp__tellf(l, 0, "signature-octets", "%zu", cose->signature.len);
  for (size_t i = 0; i < cose->cert_count; i++) {
    sztp__tell_group(l, 0, "certificate");
    sztp__look_at_cert(l, 1, cose->certs[i]);
  }
}

static void tell_cose(sztp__look_t *l, sztp__span_t input, const sztp__cose_t *cose) {
  sztp__buf_t joined;
  sztp__span_t document;
  sztp__span_t voucher = {NULL, 0};
  sztp__buf_init(&joined, l->ctx, cose->payload.len);
  int32_t rc = sztp__cbor_whole(l->ctx, cose->payload, &joined, &document);
  if (rc == SZTP_OK) voucher = find_voucher(l, document);
  sztp__tellf(l, 0, "artifact", "%s",
              voucher.data != NULL ? "constrained ownership voucher (COSE)"
                                   : "COSE structure without a voucher");
  sztp__tellf(l, 0, "octets", "%zu", input.len);
  sztp__tell_sha256(l, 0, "sha-256", input);
  tell_structure(l, cose);
  sztp__tellf(l, 0, "content-octets", "%zu", cose->payload.len);
  tell_payload(l, rc, document, voucher);
  sztp__buf_clear(&joined);
}

void sztp__look_at_cose(sztp__look_t *l, sztp__span_t input) {
  sztp__cose_t *cose = NULL;
  int32_t rc = sztp__cose_parse(l->ctx, input, &cose);
  if (rc < 0) {
    sztp__tellf(l, 0, "artifact", "COSE, broken");
    sztp__tell_fault(l, 0, rc);
    return;
  }
  tell_cose(l, input, cose);
  sztp__cose_free(l->ctx, cose);
}
