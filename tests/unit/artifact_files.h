/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of what libsztp-artifacts makes: the test PKI's files in memory, and looks into what was made of
 * them. */
#ifndef SZTP_TESTS_ARTIFACT_FILES_H
#define SZTP_TESTS_ARTIFACT_FILES_H

#include "common/with_ctx.h"

#include <sztp/artifacts.h>

#include "artifacts/signer.h"
#include "cryptography/crl.h"
#include "ground/text.h"

#define CREATED 1898582400 /* 2030-03-01T08:00:00Z */
#define EXPIRES 1914480000 /* 2030-09-01T08:00:00Z */

typedef struct file {
  uint8_t *data;
  size_t len;
} file_t;

/* Files of the test PKI. */
static struct pki {
  file_t signer, signer_key, signer_chain, signer_rsa, signer_rsa_key, mfr_int, mfr_root;
  file_t owner, owner_key, owner_int, owner_root, other, other_key, other_root, idevid, idevid_root,
      server_root;
} pki;

static const struct {
  const char *name;
  file_t *file;
} FILES[] = {
    {"voucher-signer.pem", &pki.signer},
    {"voucher-signer.key", &pki.signer_key},
    {"voucher-signer-chain.pem", &pki.signer_chain},
    {"voucher-signer-rsa.pem", &pki.signer_rsa},
    {"voucher-signer-rsa.key", &pki.signer_rsa_key},
    {"mfr-int.pem", &pki.mfr_int},
    {"mfr-root.pem", &pki.mfr_root},
    {"owner.pem", &pki.owner},
    {"owner.key", &pki.owner_key},
    {"owner-int.pem", &pki.owner_int},
    {"owner-root.pem", &pki.owner_root},
    {"other.pem", &pki.other},
    {"other.key", &pki.other_key},
    {"other-root.pem", &pki.other_root},
    {"idevid.pem", &pki.idevid},
    {"idevid-root.pem", &pki.idevid_root},
    {"server-root.pem", &pki.server_root},
};

static inline int read_files(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(FILES); i++)
    FILES[i].file->data = test_read_pki(FILES[i].name, &FILES[i].file->len);
  return 0;
}

static inline int free_files(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(FILES); i++) free(FILES[i].file->data);
  return 0;
}

/* Two files, one after the other; freed by the caller. */
static inline file_t joined(const file_t *a, const file_t *b) {
  file_t out = {(uint8_t *)malloc(a->len + b->len), a->len + b->len};
  assert_non_null(out.data);
  memcpy(out.data, a->data, a->len);
  memcpy(out.data + a->len, b->data, b->len);
  return out;
}

static inline file_t der_of(const file_t *pem) {
  file_t out = {NULL, 0};
  assert_int_equal(sztp_artifacts_make_der(ctx, pem->data, pem->len, &out.data, &out.len), SZTP_OK);
  return out;
}

static inline sztp_signer_t *signer_of(sztp_ctx_t *in, const file_t *cert, const file_t *key,
                                       const file_t *chain) {
  sztp_signer_t *s = NULL;
  const file_t none = {NULL, 0};
  if (chain == NULL) chain = &none;
  assert_int_equal(
      sztp_signer_new(in, cert->data, cert->len, key->data, key->len, chain->data, chain->len, &s), SZTP_OK);
  return s;
}

static inline file_t text_file(const char *text) {
  file_t f = {(uint8_t *)(uintptr_t)text, strlen(text)};
  return f;
}

/* What an artifact should be. */
typedef struct expected {
  uint32_t type;
  size_t certs;
  int32_t version;
  int by_key_id;
  int attrs;
  uint32_t scheme;
  uint32_t hash;
} expected_t;

/* Decodes and verifies @p der; the document is given out, freed by the caller. */
static inline char *verified(const uint8_t *der, size_t len, const file_t *signer_pem, const expected_t *e) {
  sztp__cms_t *cms = NULL;
  sztp__cert_t cert;
  file_t signer = der_of(signer_pem);
  assert_int_equal(sztp__der_check(ctx, sztp__span(der, len)), SZTP_OK);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(der, len), &cms), SZTP_OK);
  assert_int_equal(sztp__cert_parse(ctx, sztp__span(signer.data, signer.len), &cert), SZTP_OK);
  assert_int_equal(cms->type, SZTP__CMS_SIGNED);
  assert_int_equal(cms->etype, e->type);
  assert_int_equal(cms->version, e->version);
  assert_int_equal(cms->cert_count, e->certs);
  assert_int_equal(cms->crl_count, 0);
  assert_int_equal(cms->signer_count, 1);
  const sztp__cms_signer_t *s = &cms->signers[0];
  assert_int_equal(s->key_id.len > 0, e->by_key_id);
  assert_int_equal(s->signed_attrs.len > 0, e->attrs);
  assert_int_equal(s->sigalg.scheme, e->scheme);
  assert_int_equal(s->sigalg.hash, e->hash);
  assert_int_equal(s->hash, e->hash);
  int named = 0;
  assert_int_equal(sztp__cms_signer_is(ctx, s, &cert, &named), SZTP_OK);
  assert_true(named);
  int32_t rc = sztp__cms_verify(ctx, cms, 0, &cert, 0, 0);
  if (rc != SZTP_OK) fail_msg("%s: %s", sztp_error_name(rc), test_detail(ctx));
  char *document = (char *)malloc(cms->econtent.len + 1);
  assert_non_null(document);
  memcpy(document, cms->econtent.data, cms->econtent.len);
  document[cms->econtent.len] = '\0';
  sztp__cms_free(ctx, cms);
  sztp_artifacts_free(ctx, signer.data);
  return document;
}

static inline sztp_voucher_t *voucher_of(sztp_ctx_t *in, const file_t *pinned) {
  sztp_voucher_t *v = NULL;
  assert_int_equal(sztp_voucher_new(in, &v), SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)"EX4200-17", 9), SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED, pinned->data, pinned->len), SZTP_OK);
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, CREATED), SZTP_OK);
  return v;
}

/* Replaces the value behind "name":" up to the next quote by "*", after checking that it is base64 of @p
 * octets. */
static inline void take_binary(char *document, const char *name, const uint8_t *octets, size_t len) {
  sztp__buf_t base64;
  sztp__buf_init(&base64, ctx, 100000);
  assert_int_equal(sztp__base64_encode(&base64, sztp__span(octets, len)), SZTP_OK);
  char *at = strstr(document, name);
  assert_non_null(at);
  at += strlen(name);
  assert_memory_equal(at, "\":\"", 3);
  at += 3;
  assert_memory_equal(at, base64.data, base64.len);
  assert_int_equal(at[base64.len], '"');
  at[0] = '*';
  memmove(at + 1, at + base64.len, strlen(at + base64.len) + 1);
  sztp__buf_clear(&base64);
}

/* A CRL with one entry and one extension; its signature is none. */
static inline file_t make_crl(void) {
  static const uint8_t crl[] = {
      0x30, 0x61, 0x30, 0x4e, 0x02, 0x01, 0x01, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04,
      0x03, 0x02, 0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 0x52, 0x17,
      0x0d, '2',  '6',  '0',  '1',  '0',  '1',  '0',  '0',  '0',  '0',  '0',  '0',  'Z',  0x30, 0x14, 0x30,
      0x12, 0x02, 0x01, 0x07, 0x17, 0x0d, '2',  '6',  '0',  '1',  '0',  '1',  '0',  '0',  '0',  '0',  '0',
      '0',  'Z',  0xa0, 0x0a, 0x30, 0x08, 0x30, 0x06, 0x06, 0x01, 0x2a, 0x04, 0x01, 0x00, 0x30, 0x0a, 0x06,
      0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x03, 0x03, 0x00, 0x01, 0x02};
  file_t f = {(uint8_t *)(uintptr_t)crl, sizeof crl};
  return f;
}

static inline sztp_conveyed_t *conveyed_of(uint32_t kind) {
  sztp_conveyed_t *c = NULL;
  assert_int_equal(sztp_conveyed_new(ctx, kind, &c), SZTP_OK);
  return c;
}

static inline void set_text(sztp_conveyed_t *c, uint32_t field, const char *text) {
  assert_int_equal(sztp_conveyed_set_bytes(c, field, (const uint8_t *)text, strlen(text)), SZTP_OK);
}

#define NS         "urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
