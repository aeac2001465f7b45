/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes "TSS2 PRIVATE KEY":
 *
 *   TPMKey ::= SEQUENCE {
 *     type        OBJECT IDENTIFIER,
 *     emptyAuth   [0] EXPLICIT BOOLEAN OPTIONAL,
 *     policy      [1] EXPLICIT SEQUENCE OF TPMPolicy OPTIONAL,
 *     secret      [2] EXPLICIT OCTET STRING OPTIONAL,
 *     authPolicy  [3] EXPLICIT SEQUENCE OF TPMAuthPolicy OPTIONAL,
 *     description [4] EXPLICIT UTF8String OPTIONAL,
 *     rsaParent   [5] EXPLICIT BOOLEAN OPTIONAL,
 *     parent      INTEGER,
 *     pubkey      OCTET STRING,
 *     privkey     OCTET STRING } */
#include "tpm2/keyfile.h"

#include "formats/armor.h"
#include "formats/der.h"
#include "ground/text.h"

#define WHERE          "tpm2.keyfile"
#define MAX_PERSISTENT 0x81ffffffu
#define OID_LOADABLE   "\x67\x81\x05\x0a\x01\x03"
#define MAX_DER        8192

static const char *const labels[] = {"TSS2 PRIVATE KEY", NULL};

int32_t sztp__keyfile_find(sztp_ctx_t *ctx, sztp__span_t file, sztp__buf_t *der) {
  return sztp__armor_remove(ctx, file, labels, der);
}

/* 2.23.133.10.1.N: 3 loadable, 4 importable, 5 sealed */
static int32_t read_type(sztp_ctx_t *ctx, sztp__der_t *d) {
  sztp__span_t oid;
  int32_t rc = sztp__der_oid(d, &oid);
  if (rc != SZTP_OK || sztp__span_is(oid, OID_LOADABLE)) return rc;
  char text[SZTP__NAME_SIZE];
  return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, WHERE,
                    "the key is of type %s, not a loadable one (2.23.133.10.1.3)",
                    sztp__der_oid_text(text, sizeof text, oid));
}

/* Writers of other people's files put any octet there for "true", as BER allows. */
static int32_t read_flag(sztp__der_t *d, unsigned tag, int *out) {
  sztp__der_t inside;
  sztp__tlv_t tlv;
  int found = 0;
  *out = 0;
  int32_t rc = sztp__der_enter_optional(d, (uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + tag), &found, &inside);
  if (rc != SZTP_OK || !found) return rc;
  rc = sztp__der_expect(&inside, SZTP__DER_BOOLEAN, &tlv);
  if (rc != SZTP_OK) return rc;
  if (tlv.value.len != 1)
    return sztp__fail(d->ctx, SZTP_ERR_DER, WHERE, "a BOOLEAN of %zu octets", tlv.value.len);
  *out = tlv.value.data[0] != 0;
  return sztp__der_finish(&inside);
}

/* What the key would need of us and does not get. */
static int32_t refuse_fields(sztp_ctx_t *ctx, sztp__der_t *d) {
  static const char *const names[] = {"a policy", "a secret of an importable key", "an authorization policy"};
  uint8_t tag = sztp__der_peek(d);
  if (tag < SZTP__DER_CONTEXT_CONSTRUCTED + 1 || tag > SZTP__DER_CONTEXT_CONSTRUCTED + 3) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, WHERE, "the key has %s",
                    names[tag - SZTP__DER_CONTEXT_CONSTRUCTED - 1]);
}

/* Handles begin with 0x81, and writers disagree on whether an INTEGER then has a zero in front. Parent 0 is
 * an old name of the owner hierarchy. */
static int32_t read_parent(sztp_ctx_t *ctx, sztp__der_t *d, uint32_t *out) {
  sztp__tlv_t tlv;
  uint32_t parent = 0;
  int32_t rc = sztp__der_expect(d, SZTP__DER_INTEGER, &tlv);
  if (rc != SZTP_OK) return rc;
  sztp__span_t v = tlv.value;
  if (v.len == 5 && v.data[0] == 0) v = sztp__span_from(v, 1);
  if (v.len == 0 || v.len > 4)
    return sztp__fail(ctx, SZTP_ERR_DER, WHERE, "the parent is an INTEGER of %zu octets, not a handle",
                      tlv.value.len);
  for (size_t i = 0; i < v.len; i++) parent = parent << 8 | v.data[i];
  if (parent == 0) parent = SZTP__TPM_OWNER;
  if (parent != SZTP__TPM_OWNER && parent != SZTP__TPM_NULL && parent != SZTP__TPM_ENDORSEMENT &&
      (parent < 0x81000000u || parent > MAX_PERSISTENT))
    return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, WHERE,
                      "the parent is 0x%x, neither a hierarchy nor a persistent handle", (unsigned)parent);
  *out = parent;
  return SZTP_OK;
}

/* A structure with its size in front, which TPMs write as two octets. */
static int32_t read_sized(sztp_ctx_t *ctx, sztp__der_t *d, const char *what, sztp__span_t *out) {
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_expect(d, SZTP__DER_OCTET_STRING, &tlv);
  if (rc != SZTP_OK) return rc;
  const uint8_t *p = tlv.value.data;
  if (tlv.value.len < 3 || ((size_t)p[0] << 8 | p[1]) != tlv.value.len - 2)
    return sztp__fail(ctx, SZTP_ERR_DER, WHERE, "the %s area has not the size that it says", what);
  *out = tlv.value;
  return SZTP_OK;
}

int32_t sztp__keyfile_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__keyfile_t *out) {
  sztp__keyfile_t key;
  sztp__der_t d;
  sztp__der_t in;
  sztp__tlv_t description;
  int found = 0;
  memset(&key, 0, sizeof key);
  sztp__der_init(&d, ctx, der);
  int32_t rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &in);
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  if (rc == SZTP_OK) rc = read_type(ctx, &in);
  if (rc == SZTP_OK) rc = read_flag(&in, 0, &key.empty_auth);
  if (rc == SZTP_OK) rc = refuse_fields(ctx, &in);
  if (rc == SZTP_OK) rc = sztp__der_optional(&in, SZTP__DER_CONTEXT_CONSTRUCTED + 4, &found, &description);
  if (rc == SZTP_OK) rc = read_flag(&in, 5, &key.rsa_parent);
  if (rc == SZTP_OK) rc = read_parent(ctx, &in, &key.parent);
  if (rc == SZTP_OK) rc = read_sized(ctx, &in, "public", &key.public_);
  if (rc == SZTP_OK) rc = read_sized(ctx, &in, "private", &key.private_);
  if (rc == SZTP_OK) rc = sztp__der_finish(&in);
  if (rc == SZTP_OK) *out = key;
  return rc;
}

/* ---- writing ------------------------------------------------------------------------------------- */

static int32_t put_key(sztp__buf_t *out, const sztp__keyfile_t *key) {
  static const uint8_t yes = 0xff;
  const uint8_t parent[4] = {(uint8_t)(key->parent >> 24), (uint8_t)(key->parent >> 16),
                             (uint8_t)(key->parent >> 8), (uint8_t)key->parent};
  size_t whole = 0;
  size_t flag = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &whole);
  sztp__der_put_oid(out, sztp__span_of(OID_LOADABLE));
  sztp__der_open(out, SZTP__DER_CONTEXT_CONSTRUCTED, &flag);
  sztp__der_put(out, SZTP__DER_BOOLEAN, sztp__span(&yes, 1));
  sztp__der_close(out, flag);
  sztp__der_put_unsigned(out, sztp__span(parent, sizeof parent));
  sztp__der_put(out, SZTP__DER_OCTET_STRING, key->public_);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, key->private_);
  return sztp__der_close(out, whole);
}

int32_t sztp__keyfile_write(sztp_ctx_t *ctx, const sztp__keyfile_t *key, sztp__buf_t *out) {
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, MAX_DER);
  int32_t rc = put_key(&der, key);
  if (rc == SZTP_OK) rc = sztp__pem_put(out, "TSS2 PRIVATE KEY", sztp__buf_span(&der));
  sztp__buf_clear(&der);
  return rc;
}
