/* SPDX-License-Identifier: Apache-2.0 */
/* Reads AlgorithmIdentifiers of encryption (RFC 3370, 3560, 3565, 4055, 5084, 5753). */
#include "cryptography/enc_algorithm.h"
#include "ground/format.h"

#define FIELD_TAG(n) ((uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + (n)))

#define PKCS1(n)                                                                                             \
  { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, (n) }
#define NIST_AES(n)                                                                                          \
  { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, (n) }
#define CERTICOM(n)                                                                                          \
  { 0x2b, 0x81, 0x04, 0x01, 0x0b, (n) }

static const uint8_t enc_oid_rsa[] = PKCS1(1);
static const uint8_t oid_oaep[] = PKCS1(7);
static const uint8_t oid_specified[] = PKCS1(9);
static const uint8_t oid_ecdh_sha1[] = {0x2b, 0x81, 0x05, 0x10, 0x86, 0x48, 0x3f, 0x00, 0x02};
static const uint8_t oid_ecdh_sha256[] = CERTICOM(1);
static const uint8_t oid_ecdh_sha384[] = CERTICOM(2);
static const uint8_t oid_ecdh_sha512[] = CERTICOM(3);
static const uint8_t oid_aes128_cbc[] = NIST_AES(2);
static const uint8_t oid_aes128_wrap[] = NIST_AES(5);
static const uint8_t oid_aes128_gcm[] = NIST_AES(6);
static const uint8_t oid_aes192_cbc[] = NIST_AES(22);
static const uint8_t oid_aes192_wrap[] = NIST_AES(25);
static const uint8_t oid_aes192_gcm[] = NIST_AES(26);
static const uint8_t oid_aes256_cbc[] = NIST_AES(42);
static const uint8_t oid_aes256_wrap[] = NIST_AES(45);
static const uint8_t oid_aes256_gcm[] = NIST_AES(46);

#define OID(name)                                                                                            \
  { (name), sizeof(name) }

/* What an OID means: two numbers, whose sense is the table's. */
typedef struct row {
  sztp__span_t oid;
  uint32_t what;
  uint32_t more;
} row_t;

static const row_t key_encryptions[] = {/* SZTP__KEYENC_*, SZTP__HASH_* */
                                        {OID(enc_oid_rsa), SZTP__KEYENC_RSA_PKCS1, SZTP__HASH_NONE},
                                        {OID(oid_oaep), SZTP__KEYENC_RSA_OAEP, SZTP__HASH_NONE},
                                        {OID(oid_ecdh_sha1), SZTP__KEYENC_ECDH, SZTP__HASH_SHA1},
                                        {OID(oid_ecdh_sha256), SZTP__KEYENC_ECDH, SZTP__HASH_SHA256},
                                        {OID(oid_ecdh_sha384), SZTP__KEYENC_ECDH, SZTP__HASH_SHA384},
                                        {OID(oid_ecdh_sha512), SZTP__KEYENC_ECDH, SZTP__HASH_SHA512}};

#define WRAP 0              /* beside SZTP__CIPHER_* */
static const row_t aes[] = {/* SZTP__CIPHER_* or WRAP, octets of the key */
                            {OID(oid_aes128_cbc), SZTP__CIPHER_CBC, 16},
                            {OID(oid_aes192_cbc), SZTP__CIPHER_CBC, 24},
                            {OID(oid_aes256_cbc), SZTP__CIPHER_CBC, 32},
                            {OID(oid_aes128_gcm), SZTP__CIPHER_GCM, 16},
                            {OID(oid_aes192_gcm), SZTP__CIPHER_GCM, 24},
                            {OID(oid_aes256_gcm), SZTP__CIPHER_GCM, 32},
                            {OID(oid_aes128_wrap), WRAP, 16},
                            {OID(oid_aes192_wrap), WRAP, 24},
                            {OID(oid_aes256_wrap), WRAP, 32}};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const row_t *by_oid(const row_t *table, size_t count, sztp__span_t oid) {
  for (size_t i = 0; i < count; i++)
    if (sztp__span_equal(table[i].oid, oid)) return &table[i];
  return NULL;
}

static sztp__span_t by_meaning(const row_t *table, size_t count, uint32_t what, uint32_t more) {
  for (size_t i = 0; i < count; i++)
    if (table[i].what == what && table[i].more == more) return table[i].oid;
  return sztp__span(NULL, 0);
}

sztp__span_t sztp__keyenc_oid(uint32_t scheme, uint32_t hash) {
  return by_meaning(key_encryptions, COUNT(key_encryptions), scheme, hash);
}

sztp__span_t sztp__wrap_oid(size_t key_len) { return by_meaning(aes, COUNT(aes), WRAP, (uint32_t)key_len); }

sztp__span_t sztp__cipher_oid(uint32_t mode, size_t key_len) {
  return by_meaning(aes, COUNT(aes), mode, (uint32_t)key_len);
}

/* ---- reading: these return 0 for what is supported, else anything -------------------------------- */

/* NULL or nothing, to the end. */
static int no_parameters(sztp__der_t *d) {
  sztp__tlv_t null;
  if (!sztp__der_at_end(d) && (sztp__der_expect(d, SZTP__DER_NULL, &null) != SZTP_OK || null.value.len != 0))
    return -1;
  return sztp__der_at_end(d) ? 0 : -1;
}

static int good_hash(uint32_t hash) {
  return hash == SZTP__HASH_SHA1 || hash == SZTP__HASH_SHA256 || hash == SZTP__HASH_SHA384 ||
         hash == SZTP__HASH_SHA512;
}

/* PSourceAlgorithm: id-pSpecified with the label. */
static int read_source(sztp__der_t *field, sztp__span_t *label) {
  sztp__der_t sequence;
  sztp__span_t oid;
  sztp__tlv_t octets;
  if (sztp__der_enter(field, SZTP__DER_SEQUENCE, &sequence) != SZTP_OK ||
      sztp__der_oid(&sequence, &oid) != SZTP_OK ||
      sztp__der_expect(&sequence, SZTP__DER_OCTET_STRING, &octets) != SZTP_OK)
    return -1;
  *label = octets.value;
  return sztp__span_equal(oid, sztp__span(oid_specified, sizeof oid_specified)) &&
                 sztp__der_at_end(&sequence) && sztp__der_at_end(field)
             ? 0
             : -1;
}

/* RSAES-OAEP-params (RFC 4055 4.1), which must be there. */
static int read_oaep(sztp__der_t *d, sztp__keyencalg_t *out) {
  sztp__der_t params;
  sztp__der_t field;
  int found = 0;
  if (sztp__der_enter(d, SZTP__DER_SEQUENCE, &params) != SZTP_OK || !sztp__der_at_end(d) ||
      sztp__hashes_read(&params, &out->hash, &out->mgf_hash) != SZTP_OK ||
      sztp__der_enter_optional(&params, FIELD_TAG(2), &found, &field) != SZTP_OK)
    return -1;
  if (found && read_source(&field, &out->label) != 0) return -1;
  return sztp__der_at_end(&params) && good_hash(out->hash) && good_hash(out->mgf_hash) ? 0 : -1;
}

/* KeyWrapAlgorithm (RFC 5753 7.1.3). */
static int read_wrap(sztp__der_t *d, sztp__keyencalg_t *out) {
  sztp__tlv_t whole;
  sztp__span_t oid;
  if (sztp__der_expect(d, SZTP__DER_SEQUENCE, &whole) != SZTP_OK || !sztp__der_at_end(d)) return -1;
  sztp__der_t inside = sztp__der_inside(d, &whole);
  if (sztp__der_oid(&inside, &oid) != SZTP_OK) return -1;
  const row_t *row = by_oid(aes, COUNT(aes), oid);
  if (row == NULL || row->what != WRAP) return -1;
  out->wrap_alg = whole.whole;
  out->wrap_len = row->more;
  return no_parameters(&inside);
}

static int read_key_encryption(sztp__der_t *d, sztp__keyencalg_t *out) {
  const row_t *row = by_oid(key_encryptions, COUNT(key_encryptions), out->oid);
  if (row == NULL) return -1;
  out->scheme = row->what;
  out->hash = row->more;
  switch (row->what) {
  case SZTP__KEYENC_RSA_OAEP: return read_oaep(d, out);
  case SZTP__KEYENC_ECDH: return read_wrap(d, out);
  default: return no_parameters(d);
  }
}

/* GCMParameters (RFC 5084 3.2). */
static int read_gcm(sztp__der_t *d, sztp__cipheralg_t *out) {
  sztp__der_t params;
  sztp__tlv_t nonce;
  int32_t tag_len = SZTP__GCM_TAG_MIN;
  if (sztp__der_enter(d, SZTP__DER_SEQUENCE, &params) != SZTP_OK ||
      sztp__der_expect(&params, SZTP__DER_OCTET_STRING, &nonce) != SZTP_OK)
    return -1;
  if (!sztp__der_at_end(&params) && sztp__der_small(&params, &tag_len) != SZTP_OK) return -1;
  out->iv = nonce.value;
  out->tag_len = (size_t)tag_len;
  return sztp__der_at_end(&params) && sztp__der_at_end(d) && nonce.value.len > 0 &&
                 nonce.value.len <= SZTP__NONCE_MAX && tag_len >= SZTP__GCM_TAG_MIN &&
                 tag_len <= SZTP__GCM_TAG_MAX
             ? 0
             : -1;
}

static int read_cipher(sztp__der_t *d, sztp__cipheralg_t *out) {
  sztp__tlv_t iv;
  const row_t *row = by_oid(aes, COUNT(aes), out->oid);
  if (row == NULL || row->what == WRAP) return -1;
  out->mode = row->what;
  out->key_len = row->more;
  if (row->what == SZTP__CIPHER_GCM) return read_gcm(d, out);
  if (sztp__der_expect(d, SZTP__DER_OCTET_STRING, &iv) != SZTP_OK) return -1;
  out->iv = iv.value;
  return sztp__der_at_end(d) && iv.value.len == SZTP__AES_BLOCK ? 0 : -1;
}

/* Enters an AlgorithmIdentifier; faults in what follows its OID go into nobody's trail. */
static int32_t enter(sztp__der_t *d, sztp__span_t *oid, sztp__der_t *inside) {
  int32_t rc = sztp__der_enter(d, SZTP__DER_SEQUENCE, inside);
  if (rc == SZTP_OK) rc = sztp__der_oid(inside, oid);
  inside->ctx = NULL;
  return rc;
}

int32_t sztp__keyencalg_read(sztp__der_t *d, sztp__keyencalg_t *out) {
  sztp__der_t inside;
  memset(out, 0, sizeof *out);
  int32_t rc = enter(d, &out->oid, &inside);
  if (rc == SZTP_OK && read_key_encryption(&inside, out) != 0) out->scheme = SZTP__KEYENC_NONE;
  return rc;
}

int32_t sztp__cipheralg_read(sztp__der_t *d, sztp__cipheralg_t *out) {
  sztp__der_t inside;
  memset(out, 0, sizeof *out);
  int32_t rc = enter(d, &out->oid, &inside);
  if (rc == SZTP_OK && read_cipher(&inside, out) != 0) out->mode = SZTP__CIPHER_NONE;
  return rc;
}

/* ---- names --------------------------------------------------------------------------------------- */

char *sztp__keyencalg_text(char *out, size_t cap, const sztp__keyencalg_t *alg) {
  switch (alg->scheme) {
  case SZTP__KEYENC_RSA_PKCS1: (void)sztp__sentence(out, cap, "RSAES-PKCS1-v1_5"); break;
  case SZTP__KEYENC_RSA_OAEP:
    (void)sztp__sentence(out, cap, "RSAES-OAEP with %s%s%s", sztp__hash_name(alg->hash),
                         alg->mgf_hash != alg->hash ? " and MGF1 " : "",
                         alg->mgf_hash != alg->hash ? sztp__hash_name(alg->mgf_hash) : "");
    break;
  case SZTP__KEYENC_ECDH:
    (void)sztp__sentence(out, cap, "ECDH with %skdf and aes%u-wrap", sztp__hash_name(alg->hash),
                         (unsigned)alg->wrap_len * 8);
    break;
  default: return sztp__der_oid_text(out, cap, alg->oid);
  }
  return out;
}

char *sztp__cipheralg_text(char *out, size_t cap, const sztp__cipheralg_t *alg) {
  if (alg->mode == SZTP__CIPHER_NONE) return sztp__der_oid_text(out, cap, alg->oid);
  (void)sztp__sentence(out, cap, "aes%u-%s", (unsigned)alg->key_len * 8,
                       alg->mode == SZTP__CIPHER_CBC ? "CBC" : "GCM");
  return out;
}
