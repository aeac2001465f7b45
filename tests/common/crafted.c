/* SPDX-License-Identifier: Apache-2.0 */
#include "crafted.h"

#include "artifacts/sign.h"
#include "common/testing.h"
#include "cryptography/cms.h"
#include "formats/armor.h"
#include "formats/der.h"

#define ROOM ((size_t)4 * 1024 * 1024)
#define VALIDITY                                                                                             \
  "30 1e 17 0d 32 30 30 31 30 31 30 30 30 30 30 30 5a 17 0d 34 39 31 32 33 31 32 33 35 39 35 39 5a"
#define ECDSA_SHA256 "30 0a 06 08 2a 86 48 ce 3d 04 03 02"
#define SHA256       "30 0b 06 09 60 86 48 01 65 03 04 02 01"

sztp_ctx_t *crafted_ctx(void) {
  static sztp_ctx_t *ctx;
  if (ctx == NULL) assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  return ctx;
}

/* What tests borrow until the program ends stays reachable. */
static sztp__span_t keep(sztp__buf_t *b) {
  static void *kept[1 << 20];
  static size_t count;
  uint8_t *data = NULL;
  size_t len = 0;
  assert_true(count < TEST_COUNT_OF(kept));
  assert_int_equal(sztp__buf_take(b, &data, &len), SZTP_OK);
  kept[count++] = data;
  return sztp__span(data, len);
}

static void begin(sztp__buf_t *b) { sztp__buf_init(b, crafted_ctx(), ROOM); }

static unsigned digit(char c) { return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10); }

sztp__span_t crafted_hex(const char *hex) {
  sztp__buf_t b;
  begin(&b);
  for (; *hex != '\0'; hex++) {
    if (*hex == ' ') continue;
    sztp__buf_add_u8(&b, (uint8_t)(digit(hex[0]) << 4 | digit(hex[1])));
    hex++;
  }
  return keep(&b);
}

sztp__span_t crafted_joined(sztp__span_t a, sztp__span_t b) {
  sztp__buf_t out;
  begin(&out);
  sztp__buf_add_span(&out, a);
  sztp__buf_add_span(&out, b);
  return keep(&out);
}

sztp__span_t crafted_tlv(uint8_t tag, sztp__span_t value) {
  sztp__buf_t b;
  begin(&b);
  sztp__der_put(&b, tag, value);
  return keep(&b);
}

/* Several levels around @p inside, the innermost tag first. */
static sztp__span_t wrapped(sztp__span_t inside, const char *tags) {
  for (; *tags != '\0'; tags++) inside = crafted_tlv((uint8_t)*tags, inside);
  return inside;
}

sztp__span_t crafted_name(uint8_t type, uint8_t tag, const char *value) {
  uint8_t oid[] = {0x06, 0x03, 0x55, 0x04, type};
  sztp__span_t text = sztp__span_of(value);
  if (tag == SZTP__DER_BMP) {
    sztp__buf_t b;
    begin(&b);
    for (const char *c = value; *c != '\0'; c++) {
      sztp__buf_add_u8(&b, 0);
      sztp__buf_add_u8(&b, (uint8_t)*c);
    }
    text = keep(&b);
  }
  return wrapped(crafted_joined(sztp__span(oid, sizeof oid), crafted_tlv(tag, text)), "\x30\x31\x30");
}

static sztp__span_t contents(sztp__span_t tlv) {
  sztp__der_t d;
  sztp__tlv_t read;
  sztp__der_init(&d, crafted_ctx(), tlv);
  assert_int_equal(sztp__der_any(&d, &read), SZTP_OK);
  return read.value;
}

sztp__span_t crafted_names(sztp__span_t first, sztp__span_t second) {
  return crafted_tlv(SZTP__DER_SEQUENCE, crafted_joined(contents(first), contents(second)));
}

static void read_cert(const char *name, sztp__cert_t *cert) {
  sztp__buf_t der;
  (void)pki_cert(crafted_ctx(), name, &der, cert);
  sztp__span_t kept = keep(&der);
  assert_int_equal(sztp__cert_parse(crafted_ctx(), kept, cert), SZTP_OK);
}

sztp__span_t crafted_subject_of(const char *name) {
  sztp__cert_t cert;
  read_cert(name, &cert);
  return cert.subject;
}

sztp__span_t crafted_extension(uint8_t number, int critical, sztp__span_t value) {
  uint8_t oid[] = {0x06, 0x03, 0x55, 0x1d, number};
  sztp__span_t head = sztp__span(oid, sizeof oid);
  if (critical) head = crafted_joined(head, crafted_hex("01 01 ff"));
  return crafted_tlv(SZTP__DER_SEQUENCE, crafted_joined(head, crafted_tlv(SZTP__DER_OCTET_STRING, value)));
}

sztp__span_t crafted_ca(void) {
  return crafted_joined(crafted_extension(19, 1, crafted_hex("30 03 01 01 ff")),
                        crafted_extension(15, 1, crafted_hex("03 02 01 06")));
}

static void sign_with(const char *name, sztp__span_t message, sztp__buf_t *out) {
  char file[64];
  sztp__signing_key_t *key = NULL;
  sztp__buf_t der;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  (void)snprintf(file, sizeof file, "%s.key", name);
  assert_int_equal(sztp__signing_key_new(crafted_ctx(), pki_der(crafted_ctx(), file, &der), &key), SZTP_OK);
  assert_int_equal(sztp__hash_once(crafted_ctx(), SZTP__HASH_SHA256, message, digest, &len), SZTP_OK);
  assert_int_equal(
      sztp__signing_key_sign(key, SZTP__SIG_ECDSA, SZTP__HASH_SHA256, sztp__span(digest, len), out), SZTP_OK);
  sztp__signing_key_free(key);
  sztp__buf_clear(&der);
}

/* @p tbs, its algorithm and its signature. */
static sztp__span_t signed_by(sztp__span_t tbs, const char *name) {
  sztp__buf_t signature;
  begin(&signature);
  sztp__buf_add_u8(&signature, 0);
  sign_with(name, tbs, &signature);
  sztp__span_t bits = crafted_tlv(SZTP__DER_BIT_STRING, keep(&signature));
  return crafted_tlv(SZTP__DER_SEQUENCE,
                     crafted_joined(crafted_joined(tbs, crafted_hex(ECDSA_SHA256)), bits));
}

static sztp__span_t number(uint32_t value) {
  sztp__buf_t b;
  begin(&b);
  sztp__der_put_small(&b, value);
  return keep(&b);
}

sztp__span_t crafted_cert(const crafted_t *c) {
  sztp__cert_t key;
  sztp__buf_t b;
  key.spki = c->spki;
  if (c->spki.len == 0) read_cert(c->key, &key);
  begin(&b);
  sztp__buf_add_span(&b, crafted_hex("a0 03 02 01 02"));
  sztp__buf_add_span(&b, number(c->serial));
  sztp__buf_add_span(&b, crafted_hex(ECDSA_SHA256));
  sztp__buf_add_span(&b, c->issuer);
  sztp__buf_add_span(&b, crafted_hex(VALIDITY));
  sztp__buf_add_span(&b, c->subject);
  sztp__buf_add_span(&b, key.spki);
  if (c->extensions.len > 0) sztp__buf_add_span(&b, wrapped(c->extensions, "\x30\xa3"));
  return signed_by(crafted_tlv(SZTP__DER_SEQUENCE, keep(&b)), c->signer);
}

sztp__span_t crafted_entry(sztp__span_t serial, sztp__span_t extensions) {
  sztp__buf_t b;
  begin(&b);
  sztp__buf_add_span(&b, crafted_tlv(SZTP__DER_INTEGER, serial));
  sztp__buf_add_span(&b, crafted_hex("17 0d 32 35 31 31 30 31 30 30 30 30 30 30 5a"));
  if (extensions.len > 0) sztp__buf_add_span(&b, crafted_tlv(SZTP__DER_SEQUENCE, extensions));
  return crafted_tlv(SZTP__DER_SEQUENCE, keep(&b));
}

sztp__span_t crafted_crl(sztp__span_t issuer, const char *signer, sztp__span_t entries,
                         sztp__span_t extensions) {
  sztp__buf_t b;
  begin(&b);
  sztp__buf_add_span(&b, crafted_hex("02 01 01 " ECDSA_SHA256));
  sztp__buf_add_span(&b, issuer);
  sztp__buf_add_span(&b, crafted_hex("17 0d 32 35 31 32 30 31 30 30 30 30 30 30 5a"));
  sztp__buf_add_span(&b, crafted_hex("17 0d 34 39 31 32 33 31 32 33 35 39 35 39 5a"));
  if (entries.len > 0) sztp__buf_add_span(&b, crafted_tlv(SZTP__DER_SEQUENCE, entries));
  if (extensions.len > 0) sztp__buf_add_span(&b, wrapped(extensions, "\x30\xa0"));
  return signed_by(crafted_tlv(SZTP__DER_SEQUENCE, keep(&b)), signer);
}

static sztp__span_t attribute(const char *oid, sztp__span_t value) {
  return crafted_tlv(SZTP__DER_SEQUENCE, crafted_joined(crafted_hex(oid), crafted_tlv(SZTP__DER_SET, value)));
}

static sztp__span_t signer_info(uint32_t type, sztp__span_t document, const char *key, sztp__span_t der) {
  sztp__cert_t cert;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__buf_t signature;
  sztp__buf_t b;
  assert_int_equal(sztp__cert_parse(crafted_ctx(), der, &cert), SZTP_OK);
  assert_int_equal(sztp__hash_once(crafted_ctx(), SZTP__HASH_SHA256, document, digest, &len), SZTP_OK);
  sztp__span_t attrs = crafted_joined(
      attribute("06 09 2a 86 48 86 f7 0d 01 09 03", crafted_tlv(SZTP__DER_OID, sztp__cms_type_oid(type))),
      attribute("06 09 2a 86 48 86 f7 0d 01 09 04",
                crafted_tlv(SZTP__DER_OCTET_STRING, sztp__span(digest, len))));
  begin(&signature);
  sign_with(key, crafted_tlv(SZTP__DER_SET, attrs), &signature);
  begin(&b);
  sztp__buf_add_span(&b, number(1));
  sztp__buf_add_span(&b,
                     crafted_tlv(SZTP__DER_SEQUENCE,
                                 crafted_joined(cert.issuer, crafted_tlv(SZTP__DER_INTEGER, cert.serial))));
  sztp__buf_add_span(&b, crafted_hex(SHA256));
  sztp__buf_add_span(&b, crafted_tlv(0xa0, attrs));
  sztp__buf_add_span(&b, crafted_hex(ECDSA_SHA256));
  sztp__buf_add_span(&b, crafted_tlv(SZTP__DER_OCTET_STRING, keep(&signature)));
  return crafted_tlv(SZTP__DER_SEQUENCE, keep(&b));
}

sztp__blob_t crafted_signed(uint32_t type, const char *document, sztp__span_t certs, sztp__span_t crls,
                            const char *key, sztp__span_t cert, size_t signers) {
  sztp__buf_t b;
  sztp__buf_t infos;
  sztp__span_t content =
      crafted_tlv(SZTP__DER_OID, sztp__cms_type_oid(document == NULL ? SZTP__CMS_DATA : type));
  begin(&infos);
  if (document != NULL) content = crafted_joined(content, wrapped(sztp__span_of(document), "\x04\xa0"));
  sztp__span_t info =
      signers > 0 ? signer_info(type, sztp__span_of(document), key, cert) : sztp__span(NULL, 0);
  for (size_t i = 0; i < signers; i++) sztp__buf_add_span(&infos, info);
  begin(&b);
  sztp__buf_add_span(&b, number(1));
  sztp__buf_add_span(&b, crafted_tlv(SZTP__DER_SET, signers > 0 ? crafted_hex(SHA256) : sztp__span(NULL, 0)));
  sztp__buf_add_span(&b, crafted_tlv(SZTP__DER_SEQUENCE, content));
  if (certs.len > 0) sztp__buf_add_span(&b, crafted_tlv(0xa0, certs));
  if (crls.len > 0) sztp__buf_add_span(&b, crafted_tlv(0xa1, crls));
  sztp__buf_add_span(&b, crafted_tlv(SZTP__DER_SET, signers > 0 ? keep(&infos) : sztp__span(NULL, 0)));
  sztp__buf_clear(&infos);
  sztp__span_t body = wrapped(keep(&b), "\x30\xa0");
  sztp__span_t all =
      crafted_tlv(SZTP__DER_SEQUENCE,
                  crafted_joined(crafted_tlv(SZTP__DER_OID, sztp__cms_type_oid(SZTP__CMS_SIGNED)), body));
  sztp__blob_t blob = {(uint8_t *)(uintptr_t)all.data, all.len};
  return blob;
}
