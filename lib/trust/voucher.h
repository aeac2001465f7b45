/* SPDX-License-Identifier: Apache-2.0 */
/* The ownership voucher's document (RFC 8366 and its revision): decoding of its nodes, in JSON and in CBOR.
 * Whether they are acceptable is step_voucher.c's business. */
#ifndef SZTP_TRUST_VOUCHER_H
#define SZTP_TRUST_VOUCHER_H

#include "ground/text.h"
#include "trust/device_private.h"

/* Nodes, each numbered by how far its SID is from the voucher's own (RFC 9254: a delta). */
#define SZTP__VOUCHER_SID 2451
enum {
  SZTP__NODE_ASSERTION = 1,
  SZTP__NODE_CREATED_ON = 2,
  SZTP__NODE_REVOCATION = 3, /* domain-cert-revocation-checks */
  SZTP__NODE_EXPIRES_ON = 4,
  SZTP__NODE_IDEVID_ISSUER = 5,
  SZTP__NODE_LAST_RENEWAL = 6,
  SZTP__NODE_NONCE = 7,
  SZTP__NODE_PINNED_CERT = 8,
  SZTP__NODE_PINNED_PUBK = 9,
  SZTP__NODE_PINNED_PUBK_SHA256 = 10,
  SZTP__NODE_SERIAL = 11,
  SZTP__NODES = 12
};

enum { SZTP__AS_NOTHING = 0, SZTP__AS_TEXT, SZTP__AS_BINARY, SZTP__AS_BOOLEAN };

enum { SZTP__REVOCATION_ABSENT = 0, SZTP__REVOCATION_FALSE = 1, SZTP__REVOCATION_TRUE = 2 };

typedef struct sztp__voucher {
  sztp_ctx_t *ctx;
  int has_created_on;
  int has_expires_on;
  int64_t created_on;
  int64_t expires_on;
  char assertion_text[24]; /* as it stands, neutralised; "" if absent */
  uint32_t assertion;      /* one bit of SZTP_ASSERTION_*, 0 if absent or unknown */
  uint32_t revocation;     /* SZTP__REVOCATION_* */
  /* of binary nodes and of the serial number, by SZTP__NODE_*; followed by a NUL; data is NULL if absent */
  sztp__blob_t value[SZTP__NODES];
} sztp__voucher_t;

/* Decodes the document inside a voucher's CMS. SZTP_ERR_ENCODING_UNKNOWN, SZTP_ERR_VOUCHER_MALFORMED,
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__voucher_parse_json(sztp_ctx_t *ctx, sztp__span_t document, sztp__voucher_t **out);
/* Decodes the payload of a COSE voucher (COSE-07, -08, -09). SZTP_ERR_VOUCHER_MALFORMED, SZTP_ERR_LIMIT,
 * SZTP_ERR_MEMORY. */
int32_t sztp__voucher_parse_cbor(sztp_ctx_t *ctx, sztp__span_t document, sztp__voucher_t **out);
/* A key in such a document. */
typedef struct sztp__voucher_key {
  uint64_t sid;      /* 0: a name that is not known */
  sztp__span_t name; /* empty if it was given as a number */
} sztp__voucher_key_t;
/* Reads the key at the start of *in, below the node with SID @p parent: 0 at the top, where the voucher must
 * be named with its module (VOUCH-05), or SZTP__VOUCHER_SID. SZTP_ERR_VOUCHER_MALFORMED. */
int32_t sztp__voucher_read_key(sztp_ctx_t *ctx, sztp__span_t *in, uint64_t parent, sztp__voucher_key_t *out);
void sztp__voucher_free(sztp__voucher_t *v);
/* A node's octets, {NULL, 0} if it is absent. */
sztp__span_t sztp__voucher_value(const sztp__voucher_t *v, uint32_t node);

/* ---- for the two readers ------------------------------------------------------------------------- */

/* What a node holds (SZTP__AS_*), and its name; nodes that are ignored (VOUCH-16) hold nothing. */
uint32_t sztp__voucher_node_kind(uint32_t node);
const char *sztp__voucher_node_name(uint32_t node);
/* The name of the assertion that has @p number in CBOR and the bit 1 << number of SZTP_ASSERTION_*; NULL if
 * there is none. */
const char *sztp__voucher_assertion_name(uint64_t number);
/* Takes a node that is given as text: dates, assertion, serial number, and true or false (D-109). */
int32_t sztp__voucher_take_text(sztp__voucher_t *v, uint32_t node, sztp__span_t text);
/* Takes a copy of a binary node's octets. SZTP_ERR_MEMORY. */
int32_t sztp__voucher_take_bytes(sztp__voucher_t *v, uint32_t node, sztp__span_t octets);
/* What a voucher must have in either format: serial number, and something pinned. */
int32_t sztp__voucher_complete(const sztp__voucher_t *v);
/* SZTP_ERR_VOUCHER_MALFORMED, saying @p what is wrong with a node. */
int32_t sztp__voucher_malformed(const sztp__voucher_t *v, uint32_t node, const char *what);

#endif
