/* SPDX-License-Identifier: Apache-2.0 */
/* Signers, vouchers, certificate bags and conveyed information: what is made, and what is refused. */
#include "with_ctx.h"

#include <sztp/artifacts.h>

#include "artifact_keys.h"
#include "artifacts/input.h"
#include "artifacts/signer.h"
#include "cryptography/cose.h"
#include "cryptography/crl.h"
#include "formats/cbor.h"
#include "formats/json.h"
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

static int read_files(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(FILES); i++)
    FILES[i].file->data = test_read_pki(FILES[i].name, &FILES[i].file->len);
  return 0;
}

static int free_files(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(FILES); i++) free(FILES[i].file->data);
  return 0;
}

/* Two files, one after the other; freed by the caller. */
static file_t joined(const file_t *a, const file_t *b) {
  file_t out = {(uint8_t *)malloc(a->len + b->len), a->len + b->len};
  assert_non_null(out.data);
  memcpy(out.data, a->data, a->len);
  memcpy(out.data + a->len, b->data, b->len);
  return out;
}

static file_t der_of(const file_t *pem) {
  file_t out = {NULL, 0};
  assert_int_equal(sztp_artifacts_make_der(ctx, pem->data, pem->len, &out.data, &out.len), SZTP_OK);
  return out;
}

static sztp_signer_t *signer_of(sztp_ctx_t *in, const file_t *cert, const file_t *key, const file_t *chain) {
  sztp_signer_t *s = NULL;
  const file_t none = {NULL, 0};
  if (chain == NULL) chain = &none;
  assert_int_equal(
      sztp_signer_new(in, cert->data, cert->len, key->data, key->len, chain->data, chain->len, &s), SZTP_OK);
  return s;
}

/* ---- signers ---- */

static int32_t try_signer(const file_t *cert, const file_t *key) {
  sztp_signer_t *s = NULL;
  int32_t rc = sztp_signer_new(ctx, cert->data, cert->len, key->data, key->len, NULL, 0, &s);
  sztp_signer_free(s);
  return rc;
}

static void keys_in_every_form(void **state) {
  (void)state;
  file_t der = der_of(&pki.signer_key);
  file_t cert = der_of(&pki.signer);
  sztp__buf_t base64;
  sztp__buf_init(&base64, ctx, 10000);
  assert_int_equal(sztp__base64_encode(&base64, sztp__span(der.data, der.len)), SZTP_OK);
  file_t text = {base64.data, base64.len};
  file_t params = {
      (uint8_t *)"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n", 73};
  params.len = strlen((const char *)params.data);
  file_t both = joined(&params, &pki.signer_key);
  assert_int_equal(try_signer(&pki.signer, &pki.signer_key), SZTP_OK);
  assert_int_equal(try_signer(&cert, &der), SZTP_OK);
  assert_int_equal(try_signer(&pki.signer, &text), SZTP_OK);
  assert_int_equal(try_signer(&pki.signer, &both), SZTP_OK);
  assert_int_equal(try_signer(&pki.signer_rsa, &pki.signer_rsa_key), SZTP_OK);
  free(both.data);
  sztp__buf_clear(&base64);
  sztp_artifacts_free(ctx, der.data);
  sztp_artifacts_free(ctx, cert.data);
}

static void refused_signers(void **state) {
  static const uint8_t encrypted[] =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAMCAQE=\n-----END ENCRYPTED PRIVATE KEY-----\n";
  static const uint8_t old_encrypted[] =
      "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMAMCAQE=\n"
      "-----END EC PRIVATE KEY-----\n";
  static const uint8_t no_key[] = "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n";
  const struct {
    file_t cert;
    file_t key;
    int32_t code;
    const char *why;
  } cases[] = {
      {pki.signer, pki.other_key, SZTP_ERR_KEY, "not the certificate's"},
      {pki.signer, pki.signer_rsa_key, SZTP_ERR_KEY, "not the certificate's"},
      {pki.signer_rsa, pki.signer_key, SZTP_ERR_KEY, "not the certificate's"},
      {pki.signer, pki.signer, SZTP_ERR_KEY, "no PEM block \"PRIVATE KEY\""},
      {pki.signer,
       {(uint8_t *)(uintptr_t)encrypted, sizeof encrypted - 1},
       SZTP_ERR_KEY,
       "ENCRYPTED PRIVATE KEY"},
      {pki.signer,
       {(uint8_t *)(uintptr_t)old_encrypted, sizeof old_encrypted - 1},
       SZTP_ERR_KEY,
       "encrypted"},
      {pki.signer,
       {(uint8_t *)(uintptr_t)no_key, sizeof no_key - 1},
       SZTP_ERR_KEY,
       "not a plain RSA or EC private key"},
      {pki.signer, {(uint8_t *)(uintptr_t) "", 0}, SZTP_ERR_KEY, "empty"},
      {pki.signer_key, pki.signer_key, SZTP_ERR_TEXT, "no PEM block \"CERTIFICATE\""},
      {{(uint8_t *)(uintptr_t) "\x30\x03\x02\x01\x01", 5}, pki.signer_key, SZTP_ERR_DER, ""},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    test_expect_fail(ctx, try_signer(&cases[i].cert, &cases[i].key), cases[i].code, cases[i].why);
}

static file_t text_file(const char *text) {
  file_t f = {(uint8_t *)(uintptr_t)text, strlen(text)};
  return f;
}

/* CMS-14, CMS-16: keys that devices refuse are refused here already. */
static void refused_keys(void **state) {
  static const struct {
    const char *cert;
    int32_t code;
  } cases[] = {
      {KEYS_RSA1024_PEM, SZTP_ERR_CMS_ALG_WEAK},
      {KEYS_K256_PEM, SZTP_ERR_CMS_ALG_UNSUPPORTED},
      {KEYS_ED25519_PEM, SZTP_ERR_CMS_ALG_UNSUPPORTED},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    file_t cert = text_file(cases[i].cert);
    test_expect_fail(ctx, try_signer(&cert, &pki.signer_key), cases[i].code, "");
  }
}

static int heard_key_usage;
static void hear_key_usage(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)user;
  (void)len;
  if (level == SZTP_LOG_WARN && topic == SZTP_TOPIC_ARTIFACT && strstr(line, "key usage") != NULL)
    heard_key_usage++;
}

static void signer_options(void **state) {
  file_t plain = text_file(KEYS_PLAIN_PEM);
  file_t plain_key = text_file(KEYS_PLAIN_KEY);
  (void)state;
  sztp_signer_t *ec = signer_of(ctx, &pki.signer, &pki.signer_key, NULL);
  test_expect_fail(ctx, sztp_signer_set_i64(ec, SZTP_SIGNER_PSS, 1), SZTP_ERR_ARG, "RSA key");
  test_expect_fail(ctx, sztp_signer_set_i64(ec, SZTP_SIGNER_HASH, 224), SZTP_ERR_ARG, "256, 384 or 512");
  test_expect_fail(ctx, sztp_signer_set_i64(ec, SZTP_SIGNER_KEY_ID, 2), SZTP_ERR_ARG, "0 and 1");
  test_expect_fail(ctx, sztp_signer_set_i64(ec, 0, 1), SZTP_ERR_ARG, "no such option");
  test_expect_fail(ctx, sztp_signer_set_i64(ec, 6, 1), SZTP_ERR_ARG, "no such option");
  assert_int_equal(sztp_signer_set_i64(ec, SZTP_SIGNER_PSS, 0), SZTP_OK);
  assert_int_equal(sztp_signer_set_i64(ec, SZTP_SIGNER_KEY_ID, 1), SZTP_OK);
  assert_int_equal(sztp_signer_set_i64(NULL, SZTP_SIGNER_PSS, 0), SZTP_ERR_ARG);
  sztp_signer_free(ec);
  heard_key_usage = 0;
  assert_int_equal(sztp_ctx_set_log(ctx, SZTP_LOG_WARN, hear_key_usage, NULL), SZTP_OK);
  sztp_signer_t *no_id = signer_of(ctx, &plain, &plain_key, NULL);
  assert_int_equal(heard_key_usage, 1);
  test_expect_fail(ctx, sztp_signer_set_i64(no_id, SZTP_SIGNER_KEY_ID, 1), SZTP_ERR_NOT_FOUND,
                   "no subject key identifier");
  sztp_signer_free(no_id);
  sztp_signer_free(NULL);
}

/* ---- what was signed ---- */

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
static char *verified(const uint8_t *der, size_t len, const file_t *signer_pem, const expected_t *e) {
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
  assert_true(sztp__cms_signer_is(ctx, s, &cert));
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

static sztp_voucher_t *voucher_of(sztp_ctx_t *in, const file_t *pinned) {
  sztp_voucher_t *v = NULL;
  assert_int_equal(sztp_voucher_new(in, &v), SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)"EX4200-17", 9), SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED, pinned->data, pinned->len), SZTP_OK);
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, CREATED), SZTP_OK);
  return v;
}

/* CMS-04 to CMS-15 from the other side: each way to sign verifies and is written as RFC 5652 5.1 and 5.3 say.
 */
static void every_way_to_sign(void **state) {
  enum { EC, RSA, P384, P521 };
  file_t p384 = text_file(KEYS_P384_PEM);
  file_t p384_key = text_file(KEYS_P384_KEY);
  file_t p521 = text_file(KEYS_P521_PEM);
  file_t p521_key = text_file(KEYS_P521_KEY);
  const file_t *certs[] = {&pki.signer, &pki.signer_rsa, &p384, &p521};
  const file_t *keys[] = {&pki.signer_key, &pki.signer_rsa_key, &p384_key, &p521_key};
  static const struct {
    int key;
    uint64_t pss, hash, key_id, no_certs, no_attrs;
    expected_t expected;
  } cases[] = {
      {EC, 0, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {EC, 0, 384, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA384}},
      {EC, 0, 512, 1, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 1, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA512}},
      {EC, 0, 0, 0, 1, 0, {SZTP__CMS_VOUCHER_JSON, 0, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {EC, 0, 0, 0, 0, 1, {SZTP__CMS_DATA, 1, 1, 0, 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {EC, 0, 0, 1, 0, 1, {SZTP__CMS_DATA, 1, 3, 1, 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {P384, 0, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA384}},
      {P521, 0, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA512}},
      {P521, 0, 256, 1, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 1, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256}},
      {RSA, 0, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256}},
      {RSA, 0, 384, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA384}},
      {RSA, 0, 512, 0, 0, 1, {SZTP__CMS_DATA, 1, 1, 0, 0, SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA512}},
      {RSA, 1, 0, 0, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256}},
      {RSA, 1, 384, 1, 0, 0, {SZTP__CMS_VOUCHER_JSON, 1, 3, 1, 1, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA384}},
      {RSA, 1, 512, 0, 1, 1, {SZTP__CMS_DATA, 0, 1, 0, 0, SZTP__SIG_RSA_PSS, SZTP__HASH_SHA512}},
  };
  (void)state;
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp_signer_t *s = signer_of(ctx, certs[cases[i].key], keys[cases[i].key], NULL);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_PSS, (int64_t)cases[i].pss), SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_KEY_ID, (int64_t)cases[i].key_id), SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_NO_CERTS, (int64_t)cases[i].no_certs), SZTP_OK);
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_NO_ATTRS, (int64_t)cases[i].no_attrs), SZTP_OK);
    if (cases[i].hash != 0)
      assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_HASH, (int64_t)cases[i].hash), SZTP_OK);
    for (int twice = 0; twice < 2; twice++) { /* one signer signs again and again */
      uint8_t *out = NULL;
      size_t len = 0;
      assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
      free(verified(out, len, certs[cases[i].key], &cases[i].expected));
      sztp_artifacts_free(ctx, out);
    }
    sztp_signer_free(s);
  }
  sztp_voucher_free(v);
}

/* One signature is one public-key operation; a certificate given twice is there once. */
static void chains_and_counting(void **state) {
  int64_t before = 0;
  int64_t after = 0;
  uint8_t *out = NULL;
  size_t len = 0;
  static const expected_t three = {SZTP__CMS_VOUCHER_JSON, 3, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  (void)state;
  file_t chain = joined(&pki.signer_chain, &pki.mfr_root);
  sztp_signer_t *s = signer_of(ctx, &pki.signer, &pki.signer_key, &chain);
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &before), SZTP_OK);
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &after), SZTP_OK);
  assert_int_equal(after - before, 1);
  free(verified(out, len, &pki.signer, &three));
  sztp_artifacts_free(ctx, out);
  sztp_signer_free(s);
  s = signer_of(ctx, &chain, &pki.signer_key, NULL); /* the signer's own comes first in a file of several */
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
  free(verified(out, len, &pki.signer, &three));
  sztp_artifacts_free(ctx, out);
  sztp_signer_free(s);
  sztp_voucher_free(v);
  free(chain.data);
}

/* ---- vouchers ---- */

/* The document that @p v is issued with. */
static char *document_of(const sztp_voucher_t *v) {
  static const expected_t e = {SZTP__CMS_VOUCHER_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  sztp_signer_t *s = signer_of(ctx, &pki.signer, &pki.signer_key, NULL);
  uint8_t *out = NULL;
  size_t len = 0;
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
  char *document = verified(out, len, &pki.signer, &e);
  sztp_artifacts_free(ctx, out);
  sztp_signer_free(s);
  return document;
}

/* Replaces the value behind "name":" up to the next quote by "*", after checking that it is base64 of @p
 * octets. */
static void take_binary(char *document, const char *name, const uint8_t *octets, size_t len) {
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

/* VOUCH-05, VOUCH-12: leaves in the model's order, dates in UTC, idevid-issuer as the whole extension value.
 */
static void voucher_with_every_leaf(void **state) {
  (void)state;
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  file_t root = der_of(&pki.owner_root);
  file_t idevid = der_of(&pki.idevid);
  sztp__cert_t cert;
  assert_int_equal(sztp__cert_parse(ctx, sztp__span(idevid.data, idevid.len), &cert), SZTP_OK);
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_EXPIRES_ON, EXPIRES), SZTP_OK);
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_REVOCATION, 0), SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_IDEVID, pki.idevid.data, pki.idevid.len), SZTP_OK);
  char *document = document_of(v);
  take_binary(document, "pinned-domain-cert", root.data, root.len);
  take_binary(document, "idevid-issuer", cert.authority_key_id.data, cert.authority_key_id.len);
  assert_string_equal(document,
                      "{\"ietf-voucher:voucher\":{\"created-on\":\"2030-03-01T08:00:00Z\","
                      "\"expires-on\":\"2030-09-01T08:00:00Z\",\"assertion\":\"verified\","
                      "\"serial-number\":\"EX4200-17\",\"idevid-issuer\":\"*\",\"pinned-domain-cert\":\"*\","
                      "\"domain-cert-revocation-checks\":false}}");
  free(document);
  sztp_artifacts_free(ctx, root.data);
  sztp_artifacts_free(ctx, idevid.data);
  sztp_voucher_free(v);
}

/* VOUCH-09, VOUCH-11, VOUCH-14. */
static void voucher_with_nonce(void **state) {
  static const uint8_t nonce[32] = {1, 2, 3};
  static const struct {
    uint64_t bit;
    const char *name;
  } assertions[] = {{SZTP_ASSERTION_VERIFIED, "\"verified\""},
                    {SZTP_ASSERTION_LOGGED, "\"logged\""},
                    {SZTP_ASSERTION_PROXIMITY, "\"proximity\""},
                    {SZTP_ASSERTION_AGENT_PROXIMITY, "\"agent-proximity\""}};
  (void)state;
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  for (size_t i = 0; i < TEST_COUNT_OF(assertions); i++) {
    size_t len = i == 0 ? 8 : 32;
    assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_ASSERTION, (int64_t)assertions[i].bit), SZTP_OK);
    assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_REVOCATION, i & 1), SZTP_OK);
    assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_NONCE, nonce, len), SZTP_OK);
    char *document = document_of(v);
    take_binary(document, "nonce", nonce, len);
    assert_non_null(strstr(document, assertions[i].name));
    assert_non_null(
        strstr(document, (i & 1) != 0 ? "-checks\":true,\"nonce\":\"*\"}}" : "-checks\":false,\"nonce\""));
    assert_null(strstr(document, "expires-on"));
    assert_null(strstr(document, "idevid-issuer"));
    free(document);
  }
  sztp_voucher_free(v);
}

/* A serial number that needs escapes is the same one when it is read. */
static void voucher_serial_is_escaped(void **state) {
  static const char serial[] = "\"a\\b\" \xc3\xa4";
  (void)state;
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)serial, strlen(serial)),
                   SZTP_OK);
  char *document = document_of(v);
  sztp__json_t *doc = NULL;
  assert_int_equal(sztp__json_parse(ctx, sztp__span_of(document), &doc), SZTP_OK);
  const sztp__json_value_t *voucher = sztp__json_member(sztp__json_root(doc), "ietf-voucher:voucher");
  assert_true(sztp__span_is(sztp__json_string(sztp__json_member(voucher, "serial-number")), serial));
  sztp__json_free(doc);
  free(document);
  sztp_voucher_free(v);
}

/* VOUCH-17: the key of a certificate, and one that is given as such, is pinned; in JSON */
static void voucher_with_pinned_key(void **state) {
  (void)state;
  file_t root = der_of(&pki.owner);
  sztp__cert_t cert;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  assert_int_equal(sztp__cert_parse(ctx, sztp__span(root.data, root.len), &cert), SZTP_OK);
  assert_int_equal(sztp__hash_once(ctx, SZTP__HASH_SHA256, cert.spki, digest, &len), SZTP_OK);
  for (int plain = 0; plain < 2; plain++) {
    sztp_voucher_t *v = NULL;
    const uint8_t *data = plain ? cert.spki.data : pki.owner.data;
    size_t data_len = plain ? cert.spki.len : pki.owner.len;
    assert_int_equal(sztp_voucher_new(ctx, &v), SZTP_OK);
    assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)"S", 1), SZTP_OK);
    assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, CREATED), SZTP_OK);
    assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED_PUBK, data, data_len), SZTP_OK);
    assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED_PUBK_SHA256, data, data_len), SZTP_OK);
    char *document = document_of(v);
    take_binary(document, "pinned-domain-pubk", cert.spki.data, cert.spki.len);
    take_binary(document, "pinned-domain-pubk-sha256", digest, len);
    assert_string_equal(document, "{\"ietf-voucher:voucher\":{\"created-on\":\"2030-03-01T08:00:00Z\","
                                  "\"assertion\":\"verified\",\"serial-number\":\"S\","
                                  "\"pinned-domain-pubk\":\"*\",\"pinned-domain-pubk-sha256\":\"*\"}}");
    free(document);
    sztp_voucher_free(v);
  }
  sztp_artifacts_free(ctx, root.data);
}

/* COSE-07, COSE-08: the payload to the octet, in deterministic encoding */
static void voucher_in_cose(void **state) {
  (void)state;
  sztp_signer_t *s = NULL;
  sztp__cose_t *cose = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  file_t root = der_of(&pki.owner_root);
  sztp__buf_t expected;
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_ASSERTION, SZTP_ASSERTION_AGENT_PROXIMITY), SZTP_OK);
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_REVOCATION, 1), SZTP_OK);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_NONCE, (const uint8_t *)"nnnnnnnn", 8), SZTP_OK);
  assert_int_equal(sztp_signer_new(ctx, pki.signer.data, pki.signer.len, pki.signer_key.data,
                                   pki.signer_key.len, pki.mfr_int.data, pki.mfr_int.len, &s),
                   SZTP_OK);
  assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_KEY_ID, 1), SZTP_OK);
  assert_int_equal(sztp_voucher_make_cose(v, s, &out, &len), SZTP_OK);
  assert_int_equal(sztp__cose_parse(ctx, sztp__span(out, len), &cose), SZTP_OK);
  assert_int_equal(sztp__cose_verify(ctx, cose, s->cert.spki), SZTP_OK);
  assert_int_equal(cose->cert_count, 2);
  assert_true(sztp__span_equal(cose->kid, s->cert.subject_key_id));
  static const char before[] = "\xa1\x19\x09\x93\xa6\x01\x03\x02\x74"
                               "2030-03-01T08:00:00Z\x03\xf5\x07\x48nnnnnnnn\x08";
  sztp__buf_init(&expected, ctx, 4096);
  (void)sztp__buf_add(&expected, before, sizeof before - 1);
  (void)sztp__cbor_put_bytes(&expected, sztp__span(root.data, root.len));
  assert_int_equal(sztp__buf_add_text(&expected, "\x0b\x69"
                                                 "EX4200-17"),
                   SZTP_OK);
  assert_true(sztp__span_equal(cose->payload, sztp__buf_span(&expected)));
  sztp__buf_clear(&expected);
  sztp__cose_free(ctx, cose);
  sztp_artifacts_free(ctx, out);
  /* what CMS is refused for, COSE is too */
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_EXPIRES_ON, EXPIRES), SZTP_OK);
  test_expect_fail(ctx, sztp_voucher_make_cose(v, s, &out, &len), SZTP_ERR_MODEL_INVALID,
                   "exclude each other");
  assert_int_equal(sztp_voucher_make_cose(v, NULL, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_make_cose(NULL, s, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_make_cose(v, s, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_make_cose(v, s, &out, NULL), SZTP_ERR_ARG);
  sztp_signer_free(s);
  sztp_voucher_free(v);
  sztp_artifacts_free(ctx, root.data);
}

static void refused_voucher_leaves(void **state) {
  uint8_t zeros[257];
  const file_t two = joined(&pki.owner, &pki.owner_int);
  const struct {
    uint32_t leaf;
    const uint8_t *data;
    size_t len;
    int32_t code;
    const char *why;
  } cases[] = {
      {SZTP_VOUCHER_SERIAL, zeros, 0, SZTP_ERR_TEXT, "0 octets"},
      {SZTP_VOUCHER_SERIAL, zeros, 257, SZTP_ERR_TEXT, "257 octets"},
      {SZTP_VOUCHER_SERIAL, zeros, 1, SZTP_ERR_TEXT, "control character"},
      {SZTP_VOUCHER_SERIAL, (const uint8_t *)"a\xff", 2, SZTP_ERR_TEXT, "not UTF-8"},
      {SZTP_VOUCHER_NONCE, zeros, 7, SZTP_ERR_ARG, "7 octets; 8 to 32"},
      {SZTP_VOUCHER_NONCE, zeros, 33, SZTP_ERR_ARG, "33 octets"},
      {SZTP_VOUCHER_PINNED, two.data, two.len, SZTP_ERR_ARG, "exactly one is pinned"},
      {SZTP_VOUCHER_PINNED, (const uint8_t *)"nothing!", 8, SZTP_ERR_TEXT, ""},
      {SZTP_VOUCHER_PINNED, (const uint8_t *)"\x30\x00", 2, SZTP_ERR_DER, ""},
      {SZTP_VOUCHER_IDEVID, pki.idevid_root.data, pki.idevid_root.len, SZTP_ERR_NOT_FOUND,
       "authority key identifier"},
      {SZTP_VOUCHER_PINNED_PUBK, two.data, two.len, SZTP_ERR_ARG, "behind the first certificate or key"},
      {SZTP_VOUCHER_PINNED_PUBK, (const uint8_t *)"nothing!", 8, SZTP_ERR_TEXT, ""},
      {SZTP_VOUCHER_PINNED_PUBK, (const uint8_t *)"\x30\x00", 2, SZTP_ERR_DER, ""},
      {SZTP_VOUCHER_PINNED_PUBK_SHA256, zeros, 32, SZTP_ERR_TEXT, ""}, /* a key is wanted, not its hash */
      {SZTP_VOUCHER_PINNED_PUBK, pki.signer_key.data, pki.signer_key.len, SZTP_ERR_TEXT, "PUBLIC KEY"},
      {SZTP_VOUCHER_CREATED_ON, zeros, 8, SZTP_ERR_ARG, "does not hold octets"},
      {0, zeros, 8, SZTP_ERR_ARG, "does not hold octets"},
  };
  static const struct {
    uint32_t leaf;
    uint64_t value;
  } numbers[] = {{SZTP_VOUCHER_CREATED_ON, 253402300800u},
                 {SZTP_VOUCHER_EXPIRES_ON, INT64_MAX},
                 {SZTP_VOUCHER_ASSERTION, 0},
                 {SZTP_VOUCHER_ASSERTION, 3},
                 {SZTP_VOUCHER_ASSERTION, 16},
                 {SZTP_VOUCHER_REVOCATION, 2},
                 {SZTP_VOUCHER_SERIAL, 1},
                 {99, 1}};
  (void)state;
  memset(zeros, 0, sizeof zeros);
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    test_expect_fail(ctx, sztp_voucher_set_bytes(v, cases[i].leaf, cases[i].data, cases[i].len),
                     cases[i].code, cases[i].why);
  for (size_t i = 0; i < TEST_COUNT_OF(numbers); i++)
    test_expect_fail(ctx, sztp_voucher_set_i64(v, numbers[i].leaf, (int64_t)numbers[i].value), SZTP_ERR_ARG,
                     "this number");
  free(document_of(v)); /* what was refused has changed nothing */
  sztp_voucher_free(v);
  free(two.data);
}

/* What RFC 8366 5.3 forbids can't be issued. */
static void refused_vouchers(void **state) {
  enum { SERIAL = 1, PINNED = 2, CREATED_ON = 4, NONCE = 8, ALL = 7 };
  static const struct {
    unsigned leaves;
    uint64_t expires;
    const char *why;
  } cases[] = {
      {ALL & ~(unsigned)SERIAL, 0, "serial-number is missing"},
      {ALL & ~(unsigned)PINNED, 0, "pinned-domain-cert is missing"},
      {ALL & ~(unsigned)CREATED_ON, 0, "created-on is missing"},
      {ALL, CREATED, "expires-on is not after created-on"},
      {ALL, CREATED - 1, "expires-on is not after created-on"},
      {ALL | NONCE, EXPIRES, "exclude each other"},
      {ALL, 4102444800, "after the end of the pinned certificate"}, /* 2100-01-01 */
      {ALL, 4102444799, NULL},                                      /* the last second of the certificate */
      {ALL, CREATED + 1, NULL},
      {ALL, 0, NULL},
      {ALL | NONCE, 0, NULL},
  };
  (void)state;
  sztp_signer_t *s = signer_of(ctx, &pki.signer, &pki.signer_key, NULL);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp_voucher_t *v = NULL;
    uint8_t *out = NULL;
    size_t len = 0;
    assert_int_equal(sztp_voucher_new(ctx, &v), SZTP_OK);
    if ((cases[i].leaves & SERIAL) != 0)
      sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)"S", 1);
    if ((cases[i].leaves & PINNED) != 0)
      sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED, pki.owner_root.data, pki.owner_root.len);
    if ((cases[i].leaves & CREATED_ON) != 0) sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, CREATED);
    if ((cases[i].leaves & NONCE) != 0) sztp_voucher_set_bytes(v, SZTP_VOUCHER_NONCE, pki.owner.data, 16);
    if (cases[i].expires != 0) sztp_voucher_set_i64(v, SZTP_VOUCHER_EXPIRES_ON, (int64_t)cases[i].expires);
    int32_t rc = sztp_voucher_make(v, s, &out, &len);
    if (cases[i].why != NULL) {
      test_expect_fail(ctx, rc, SZTP_ERR_MODEL_INVALID, cases[i].why);
      assert_null(out);
    } else {
      assert_int_equal(rc, SZTP_OK);
    }
    sztp_artifacts_free(ctx, out);
    sztp_voucher_free(v);
  }
  sztp_signer_free(s);
}

/* ---- certificate bags ---- */

static void expect_bag(const uint8_t *der, size_t len, size_t certs, size_t crls) {
  sztp__cms_t *cms = NULL;
  assert_int_equal(sztp__der_check(ctx, sztp__span(der, len)), SZTP_OK);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(der, len), &cms), SZTP_OK);
  assert_int_equal(cms->type, SZTP__CMS_SIGNED);
  assert_int_equal(cms->etype, SZTP__CMS_DATA);
  assert_int_equal(cms->version, 1);
  assert_int_equal(cms->has_econtent, 0);
  assert_int_equal(cms->signer_count, 0);
  assert_int_equal(cms->cert_count, certs);
  assert_int_equal(cms->crl_count, crls);
  for (size_t i = 1; i < certs; i++) { /* X.690 11.6: ascending, the shorter padded with zeros */
    sztp__span_t a = cms->certs[i - 1];
    sztp__span_t b = cms->certs[i];
    assert_true(memcmp(a.data, b.data, a.len < b.len ? a.len : b.len) < 0);
  }
  sztp__cms_free(ctx, cms);
}

/* CMS-21, CMS-23: order and repetition of the input do not matter; a bag can be packed again. */
static void bags(void **state) {
  const file_t *orders[][3] = {{&pki.owner, &pki.owner_int, &pki.owner_root},
                               {&pki.owner_root, &pki.owner, &pki.owner_int},
                               {&pki.owner_int, &pki.owner_root, &pki.owner}};
  uint8_t *first = NULL;
  size_t first_len = 0;
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(orders); i++) {
    file_t two = joined(orders[i][0], orders[i][1]);
    file_t three = joined(&two, orders[i][2]);
    file_t all = joined(&three, orders[i][0]);
    uint8_t *out = NULL;
    size_t len = 0;
    assert_int_equal(sztp_owner_cert_make(ctx, all.data, all.len, NULL, 0, &out, &len), SZTP_OK);
    expect_bag(out, len, 3, 0);
    if (first == NULL) {
      first = out;
      first_len = len;
    } else {
      assert_int_equal(len, first_len);
      assert_memory_equal(out, first, len);
      sztp_artifacts_free(ctx, out);
    }
    free(two.data);
    free(three.data);
    free(all.data);
  }
  uint8_t *again = NULL;
  size_t len = 0;
  assert_int_equal(sztp_owner_cert_make(ctx, first, first_len, NULL, 0, &again, &len), SZTP_OK);
  assert_int_equal(len, first_len);
  assert_memory_equal(again, first, len);
  sztp_artifacts_free(ctx, again);
  sztp_artifacts_free(ctx, first);
}

/* A CRL with one entry and one extension; its signature is none. */
static file_t make_crl(void) {
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

static void bags_with_crls(void **state) {
  file_t crl = make_crl();
  sztp__crl_t read;
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  assert_int_equal(sztp__crl_parse(ctx, sztp__span(crl.data, crl.len), &read), SZTP_OK);
  assert_int_equal(read.revoked_count, 1);
  assert_true(read.next_update == SZTP_TIME_UNKNOWN);
  file_t twice = joined(&crl, &crl);
  assert_int_equal(
      sztp_owner_cert_make(ctx, pki.owner.data, pki.owner.len, twice.data, twice.len, &out, &len), SZTP_OK);
  expect_bag(out, len, 1, 1);
  sztp_artifacts_free(ctx, out);
  out = NULL;
  twice.data[1]++;
  test_expect_fail(ctx,
                   sztp_owner_cert_make(ctx, pki.owner.data, pki.owner.len, twice.data, crl.len, &out, &len),
                   SZTP_ERR_DER, "");
  test_expect_fail(
      ctx,
      sztp_owner_cert_make(ctx, pki.owner.data, pki.owner.len, pki.owner.data, pki.owner.len, &out, &len),
      SZTP_ERR_TEXT, "no PEM block \"X509 CRL\"");
  assert_null(out);
  free(twice.data);
}

static void refused_bags(void **state) {
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, pki.owner_key.data, pki.owner_key.len, NULL, 0, &out, &len),
                   SZTP_ERR_TEXT, "no PEM block \"CERTIFICATE\"");
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, (const uint8_t *)"\x30\x01", 2, NULL, 0, &out, &len),
                   SZTP_ERR_DER, "");
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, (const uint8_t *)"", 0, NULL, 0, &out, &len), SZTP_ERR_TEXT,
                   "empty");
  assert_int_equal(sztp_owner_cert_make(ctx, NULL, 0, NULL, 0, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_owner_cert_make(ctx, pki.owner.data, 1, NULL, 1, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_OWNER_CERT, 300), SZTP_OK);
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, pki.owner.data, pki.owner.len, NULL, 0, &out, &len),
                   SZTP_ERR_LIMIT, "");
  assert_null(out);
}

/* CMS-26: 33 different certificates; only the serial number's last octet differs. */
static void too_many_certificates(void **state) {
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  file_t der = der_of(&pki.owner);
  sztp__cert_t cert;
  assert_int_equal(sztp__cert_parse(ctx, sztp__span(der.data, der.len), &cert), SZTP_OK);
  size_t at = (size_t)(cert.serial.data - der.data) + cert.serial.len - 1;
  uint8_t *all = (uint8_t *)malloc(33 * der.len);
  assert_non_null(all);
  for (size_t i = 0; i < 33; i++) {
    memcpy(all + i * der.len, der.data, der.len);
    all[i * der.len + at] = (uint8_t)i;
  }
  assert_int_equal(sztp_owner_cert_make(ctx, all, 32 * der.len, NULL, 0, &out, &len), SZTP_OK);
  expect_bag(out, len, 32, 0);
  sztp_artifacts_free(ctx, out);
  out = NULL;
  test_expect_fail(ctx, sztp_owner_cert_make(ctx, all, 33 * der.len, NULL, 0, &out, &len), SZTP_ERR_LIMIT,
                   "more than 32");
  free(all);
  sztp_artifacts_free(ctx, der.data);
}

/* ---- conveyed information ---- */

static sztp_conveyed_t *conveyed_of(uint32_t kind) {
  sztp_conveyed_t *c = NULL;
  assert_int_equal(sztp_conveyed_new(ctx, kind, &c), SZTP_OK);
  return c;
}

static void set_text(sztp_conveyed_t *c, uint32_t field, const char *text) {
  assert_int_equal(sztp_conveyed_set_bytes(c, field, (const uint8_t *)text, strlen(text)), SZTP_OK);
}

/* The document of unsigned conveyed information, freed by the caller. */
static char *unsigned_document(const sztp_conveyed_t *c) {
  uint8_t *out = NULL;
  size_t len = 0;
  sztp__cms_t *cms = NULL;
  assert_int_equal(sztp_conveyed_make(c, NULL, &out, &len), SZTP_OK);
  assert_int_equal(sztp__der_check(ctx, sztp__span(out, len)), SZTP_OK);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(out, len), &cms), SZTP_OK);
  char *document = (char *)malloc(cms->content.len + 1);
  assert_non_null(document);
  memcpy(document, cms->content.data, cms->content.len);
  document[cms->content.len] = '\0';
  assert_int_equal(cms->type, document[0] == '<' ? SZTP__CMS_CONVEYED_XML : SZTP__CMS_CONVEYED_JSON);
  sztp__cms_free(ctx, cms);
  sztp_artifacts_free(ctx, out);
  return document;
}

/* CONV-04, CONV-23: the two artifacts of the wire examples, 7.1, octet by octet. */
static void wire_examples(void **state) {
  static const uint8_t empty[] =
      "\x30\x46\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x2b\xa0\x37\x04\x35"
      "{\"ietf-sztp-conveyed-info:onboarding-information\":{}}";
  static const uint8_t redirect[] =
      "\x30\x81\x84\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x2b\xa0\x75\x04\x73"
      "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[{\"address\":\"boot2.example."
      "net\","
      "\"port\":8443}]}}";
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  assert_int_equal(sztp_conveyed_make(c, NULL, &out, &len), SZTP_OK);
  assert_int_equal(len, sizeof empty - 1);
  assert_memory_equal(out, empty, len);
  sztp_artifacts_free(ctx, out);
  sztp_conveyed_free(c);
  c = conveyed_of(SZTP_INFO_REDIRECT);
  assert_int_equal(sztp_conveyed_add_server(c, "boot2.example.net", 8443, NULL, 0), SZTP_OK);
  assert_int_equal(sztp_conveyed_make(c, NULL, &out, &len), SZTP_OK);
  assert_int_equal(len, sizeof redirect - 1);
  assert_memory_equal(out, redirect, len);
  sztp_artifacts_free(ctx, out);
  sztp_conveyed_free(c);
}

/* CMS-08, CMS-09: the signed attributes of the wire examples, 7.2. */
static void wire_example_attributes(void **state) {
  static const uint8_t attrs[] =
      "\xa0\x4d\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03\x31\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d"
      "\x01\x09\x10"
      "\x01\x2b\x30\x2f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04\x31\x22\x04\x20\x44\x48\x14\x62\x7e\x93"
      "\xa4\x86\x8f"
      "\xcf\x41\x10\x84\x60\xa7\x6a\xe9\x09\xff\x48\x3a\xe8\x14\x9d\xdd\x8b\x10\xdf\x17\x8f\x35\xe8";
  uint8_t *out = NULL;
  size_t len = 0;
  sztp__cms_t *cms = NULL;
  (void)state;
  sztp_signer_t *s = signer_of(ctx, &pki.owner, &pki.owner_key, NULL);
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  assert_int_equal(sztp_conveyed_make(c, s, &out, &len), SZTP_OK);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(out, len), &cms), SZTP_OK);
  assert_int_equal(cms->signers[0].signed_attrs.len, sizeof attrs - 1);
  assert_memory_equal(cms->signers[0].signed_attrs.data, attrs, sizeof attrs - 1);
  sztp__cms_free(ctx, cms);
  sztp_artifacts_free(ctx, out);
  sztp_conveyed_free(c);
  sztp_signer_free(s);
}

/* CONV-08 to CONV-10, CONV-14: addresses of each kind, in order, with and without port and anchor. */
static void redirect_information(void **state) {
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_REDIRECT);
  uint8_t *bag = NULL;
  size_t len = 0;
  file_t chain = joined(&pki.owner_int, &pki.owner_root);
  assert_int_equal(sztp_owner_cert_make(ctx, chain.data, chain.len, NULL, 0, &bag, &len), SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "boot2.example.net", 8443, chain.data, chain.len), SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "192.0.2.10", 0, NULL, 0), SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "2001:db8::5", 65535, bag, len), SZTP_OK);
  char *document = unsigned_document(c);
  take_binary(document, "trust-anchor", bag, len);
  char *second = strstr(document, "2001:db8::5");
  assert_non_null(second);
  take_binary(second, "trust-anchor", bag, len);
  assert_string_equal(document, "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":["
                                "{\"address\":\"boot2.example.net\",\"port\":8443,\"trust-anchor\":\"*\"},"
                                "{\"address\":\"192.0.2.10\"},"
                                "{\"address\":\"2001:db8::5\",\"port\":65535,\"trust-anchor\":\"*\"}]}}");
  free(document);
  free(chain.data);
  sztp_artifacts_free(ctx, bag);
  sztp_conveyed_free(c);
}

/* TLS-17, REDIR-16: the CRLs of an anchor go along, out of a packed file or out of PEM. */
static void anchors_with_crls(void **state) {
  file_t crl = make_crl();
  uint8_t *bag = NULL;
  size_t len = 0;
  (void)state;
  assert_int_equal(
      sztp_owner_cert_make(ctx, pki.owner_root.data, pki.owner_root.len, crl.data, crl.len, &bag, &len),
      SZTP_OK);
  for (int pem = 0; pem < 2; pem++) {
    sztp__buf_t anchor;
    sztp__buf_t text;
    sztp__buf_init(&anchor, ctx, 1 << 16);
    sztp__buf_init(&text, ctx, 1 << 16);
    if (pem) {
      sztp__buf_add(&anchor, pki.owner_root.data, pki.owner_root.len);
      sztp__buf_add_text(&anchor, "-----BEGIN X509 CRL-----\n");
      sztp__base64_encode(&anchor, sztp__span(crl.data, crl.len));
      sztp__buf_add_text(&anchor, "\n-----END X509 CRL-----\n");
    } else {
      sztp__buf_add(&anchor, bag, len);
    }
    sztp_conveyed_t *c = conveyed_of(SZTP_INFO_REDIRECT);
    assert_int_equal(sztp_conveyed_add_server(c, "h", 0, anchor.data, anchor.len), SZTP_OK);
    sztp__buf_add_text(
        &text, "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[{\"address\":"
               "\"h\",\"trust-anchor\":\"");
    sztp__base64_encode(&text, sztp__span(bag, len));
    assert_int_equal(sztp__buf_add_text(&text, "\"}]}}"), SZTP_OK);
    char *document = unsigned_document(c);
    assert_string_equal(document, (const char *)text.data);
    free(document);
    sztp_conveyed_free(c);
    sztp__buf_clear(&text);
    sztp__buf_clear(&anchor);
  }
  sztp_artifacts_free(ctx, bag);
}

static void refused_servers(void **state) {
  file_t no_root = joined(&pki.owner, &pki.owner_int);
  file_t two_roots = joined(&pki.owner_root, &pki.other_root);
  file_t stranger = joined(&pki.owner_root, &pki.other);
  file_t fork = {NULL, 0};
  const struct {
    const char *host;
    const file_t *anchor;
    int32_t code;
    const char *why;
  } cases[] = {
      {"", NULL, SZTP_ERR_URI, "empty"},
      {"[2001:db8::1]", NULL, SZTP_ERR_URI, ""},
      {"https://h", NULL, SZTP_ERR_URI, ""},
      {"h:443", NULL, SZTP_ERR_URI, ""},
      {"a b", NULL, SZTP_ERR_URI, ""},
      {"FIRST.example.", NULL, SZTP_ERR_MODEL_INVALID,
       "there already"}, /* CONV-13: the key, case and dot ignored */
      {"h", &pki.owner_key, SZTP_ERR_TEXT, "no PEM block"},
      {"h", &pki.owner_int, SZTP_ERR_MODEL_INVALID, "no self-signed root"},
      {"h", &no_root, SZTP_ERR_MODEL_INVALID, "no self-signed root"},
      {"h", &two_roots, SZTP_ERR_MODEL_INVALID, "more than one self-signed root"},
      {"h", &stranger, SZTP_ERR_MODEL_INVALID, "do not belong"},
      {"h", &fork, SZTP_ERR_MODEL_INVALID, "more than one chain"},
  };
  (void)state;
  file_t owner_rsa = {NULL, 0};
  owner_rsa.data = test_read_pki("owner-rsa.pem", &owner_rsa.len);
  file_t leaves = joined(&pki.owner, &owner_rsa); /* two below one intermediate */
  file_t branch = joined(&leaves, &pki.owner_int);
  fork = joined(&branch, &pki.owner_root);
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_REDIRECT);
  assert_int_equal(sztp_conveyed_add_server(c, "first.example", 0, NULL, 0), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const file_t none = {NULL, 0};
    const file_t *a = cases[i].anchor != NULL ? cases[i].anchor : &none;
    test_expect_fail(ctx, sztp_conveyed_add_server(c, cases[i].host, 1, a->data, a->len), cases[i].code,
                     cases[i].why);
  }
  char *document = unsigned_document(c); /* what was refused is not in it */
  assert_string_equal(document, "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":["
                                "{\"address\":\"first.example\"}]}}");
  free(document);
  sztp_conveyed_free(c);
  free(no_root.data);
  free(two_roots.data);
  free(stranger.data);
  free(owner_rsa.data);
  free(leaves.data);
  free(branch.data);
  free(fork.data);
}

/* CONV-15, CONV-19, DATA-16: all nodes, in the model's order whatever order they were set in. */
static void onboarding_information(void **state) {
  static const uint8_t digest[32] = {0x61, 0x05, 0xd6, [31] = 0x3d};
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  set_text(c, SZTP_INFO_POST_SCRIPT, "#!/bin/sh\nexit 0\n");
  set_text(c, SZTP_INFO_CONFIG, "hostname edge-17\n");
  set_text(c, SZTP_INFO_PRE_SCRIPT, "replaced");
  set_text(c, SZTP_INFO_PRE_SCRIPT, "#!/bin/sh\nexit 0\n");
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_REPLACE), SZTP_OK);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_MERGE), SZTP_OK);
  assert_int_equal(sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_SHA256, digest, sizeof digest), SZTP_OK);
  set_text(c, SZTP_INFO_IMAGE_URI, "https://img.example.net/exampleos-4.3.0.bin");
  set_text(c, SZTP_INFO_IMAGE_URI, "http://198.51.100.7/exampleos-4.3.0.bin");
  set_text(c, SZTP_INFO_OS_VERSION, "4.3.0");
  set_text(c, SZTP_INFO_OS_NAME, "ExampleOS");
  char *document = unsigned_document(c);
  assert_string_equal(
      document,
      "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-name\":\"ExampleOS\","
      "\"os-version\":\"4.3.0\",\"download-uri\":[\"https://img.example.net/exampleos-4.3.0.bin\","
      "\"http://198.51.100.7/exampleos-4.3.0.bin\"],\"image-verification\":[{\"hash-algorithm\":"
      "\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":\"61:05:d6:00:00:00:00:00:00:00:00:00:00:00:00:00:"
      "00:00:00:00:"
      "00:00:00:00:00:00:00:00:00:00:00:3d\"}]},\"configuration-handling\":\"merge\",\"pre-configuration-"
      "script\":"
      "\"IyEvYmluL3NoCmV4aXQgMAo=\",\"configuration\":\"aG9zdG5hbWUgZWRnZS0xNwo=\",\"post-configuration-"
      "script\":"
      "\"IyEvYmluL3NoCmV4aXQgMAo=\"}}");
  free(document);
  sztp_conveyed_free(c);
}

#define NS "urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info"

/* CONV-02, CONV-08, DATA-08, DATA-19: the same in XML, where an identity of the default namespace has no
 * prefix. */
static void information_in_xml(void **state) {
  static const uint8_t digest[32] = {0x61, 0x05, 0xd6, [31] = 0x3d};
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, SZTP_ENCODING_XML), SZTP_OK);
  char *document = unsigned_document(c);
  assert_string_equal(document, "<onboarding-information xmlns=\"" NS "\"/>");
  free(document);
  set_text(c, SZTP_INFO_POST_SCRIPT, "#!/bin/sh\nexit 0\n");
  set_text(c, SZTP_INFO_CONFIG, "hostname edge-17\n");
  set_text(c, SZTP_INFO_PRE_SCRIPT, "#!/bin/sh\nexit 0\n");
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_REPLACE), SZTP_OK);
  assert_int_equal(sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_SHA256, digest, sizeof digest), SZTP_OK);
  set_text(c, SZTP_INFO_IMAGE_URI, "https://img.example.net/os.bin?a=1&b=2");
  set_text(c, SZTP_INFO_IMAGE_URI, "http://198.51.100.7/os.bin");
  set_text(c, SZTP_INFO_OS_VERSION, "4.3.0");
  set_text(c, SZTP_INFO_OS_NAME, "<ExampleOS>");
  document = unsigned_document(c);
  assert_string_equal(
      document,
      "<onboarding-information xmlns=\"" NS
      "\"><boot-image><os-name>&lt;ExampleOS&gt;</os-name><os-version>4.3.0"
      "</os-version><download-uri>https://img.example.net/os.bin?a=1&amp;b=2</download-uri><download-uri>"
      "http://198.51.100.7/os.bin</download-uri><image-verification><hash-algorithm>sha-256</hash-algorithm>"
      "<hash-value>61:05:d6:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
      "00:"
      "3d</hash-value></image-verification></boot-image><configuration-handling>replace</"
      "configuration-handling>"
      "<pre-configuration-script>IyEvYmluL3NoCmV4aXQgMAo=</pre-configuration-script><configuration>"
      "aG9zdG5hbWUgZWRnZS0xNwo=</configuration><post-configuration-script>IyEvYmluL3NoCmV4aXQgMAo="
      "</post-configuration-script></onboarding-information>");
  free(document);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, SZTP_ENCODING_JSON), SZTP_OK); /* and back */
  document = unsigned_document(c);
  assert_int_equal(document[0], '{');
  free(document);
  sztp_conveyed_free(c);
  c = conveyed_of(SZTP_INFO_REDIRECT);
  uint8_t *bag = NULL;
  size_t len = 0;
  assert_int_equal(sztp_owner_cert_make(ctx, pki.owner_root.data, pki.owner_root.len, NULL, 0, &bag, &len),
                   SZTP_OK);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, SZTP_ENCODING_XML), SZTP_OK);
  assert_int_equal(
      sztp_conveyed_add_server(c, "boot2.example.net", 8443, pki.owner_root.data, pki.owner_root.len),
      SZTP_OK);
  assert_int_equal(sztp_conveyed_add_server(c, "192.0.2.10", 0, NULL, 0), SZTP_OK);
  document = unsigned_document(c);
  char *anchor = strstr(document, "<trust-anchor>");
  assert_non_null(anchor);
  sztp__buf_t base64;
  sztp__buf_init(&base64, ctx, 100000);
  assert_int_equal(sztp__base64_encode(&base64, sztp__span(bag, len)), SZTP_OK);
  assert_memory_equal(anchor + 14, base64.data, base64.len);
  anchor[14] = '\0';
  assert_string_equal(document,
                      "<redirect-information xmlns=\"" NS "\"><bootstrap-server><address>boot2.example.net"
                      "</address><port>8443</port><trust-anchor>");
  assert_string_equal(anchor + 14 + base64.len,
                      "</trust-anchor></bootstrap-server><bootstrap-server><address>192.0.2.10</address>"
                      "</bootstrap-server></redirect-information>");
  sztp__buf_clear(&base64);
  free(document);
  sztp_artifacts_free(ctx, bag);
  sztp_conveyed_free(c);
}

static void refused_onboarding_fields(void **state) {
  static const struct {
    uint32_t field;
    const char *value;
    size_t len;
    int32_t code;
    const char *why;
  } cases[] = {
      {SZTP_INFO_OS_NAME, "", 0, SZTP_ERR_TEXT, "0 octets"},
      {SZTP_INFO_OS_NAME, "a\nb", 3, SZTP_ERR_TEXT, "control character"},
      {SZTP_INFO_OS_VERSION, "\xc3", 1, SZTP_ERR_TEXT, "not UTF-8"},
      {SZTP_INFO_IMAGE_SHA256, "0123456789012345678901234567890", 31, SZTP_ERR_ARG, "31 octets"},
      {SZTP_INFO_CONFIG, "", 0, SZTP_ERR_MODEL_INVALID, "empty"}, /* CONV-22 */
      {SZTP_INFO_PRE_SCRIPT, "", 0, SZTP_ERR_MODEL_INVALID, "empty"},
      {SZTP_INFO_POST_SCRIPT, "", 0, SZTP_ERR_MODEL_INVALID, "empty"},
      {SZTP_INFO_POST_SCRIPT, "0123456789", 10, SZTP_ERR_LIMIT, "10 octets"}, /* ONB-27 */
      {SZTP_INFO_IMAGE_URI, "", 0, SZTP_ERR_URI, "with a scheme"},
      {SZTP_INFO_IMAGE_URI, "/image.bin", 10, SZTP_ERR_URI, "with a scheme"},
      {SZTP_INFO_IMAGE_URI, "http:", 5, SZTP_ERR_URI, "with a scheme"},
      {SZTP_INFO_IMAGE_URI, "http://h/a b", 12, SZTP_ERR_URI, "octet 10"},
      {SZTP_INFO_IMAGE_URI, "http://h/\0", 10, SZTP_ERR_URI, "octet 9"},
      {SZTP_INFO_IMAGE_URI, "http://h/\xc3\xa4", 11, SZTP_ERR_URI, "octet 9"},
      {SZTP_INFO_SERVER_ADDRESS, "h", 1, SZTP_ERR_ARG, "field 1"},
      {SZTP_INFO_CONFIG_HANDLING, "merge", 5, SZTP_ERR_ARG, "field 20"},
  };
  (void)state;
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_PART, 9), SZTP_OK);
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    test_expect_fail(
        ctx, sztp_conveyed_set_bytes(c, cases[i].field, (const uint8_t *)cases[i].value, cases[i].len),
        cases[i].code, cases[i].why);
  test_expect_fail(ctx, sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, 3), SZTP_ERR_ARG, "this number");
  test_expect_fail(ctx, sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, 0), SZTP_ERR_ARG, "this number");
  test_expect_fail(ctx, sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG, 1), SZTP_ERR_ARG, "this number");
  test_expect_fail(ctx, sztp_conveyed_add_server(c, "h", 1, NULL, 0), SZTP_ERR_ARG, "redirect information");
  char *document = unsigned_document(c);
  assert_string_equal(document, "{\"ietf-sztp-conveyed-info:onboarding-information\":{}}");
  free(document);
  sztp_conveyed_free(c);
  c = conveyed_of(SZTP_INFO_REDIRECT);
  test_expect_fail(ctx, sztp_conveyed_set_bytes(c, SZTP_INFO_OS_NAME, (const uint8_t *)"a", 1), SZTP_ERR_ARG,
                   "field 16");
  test_expect_fail(ctx, sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, 1), SZTP_ERR_ARG, "field 20");
  sztp_conveyed_free(c);
}

/* CONV-09, CONV-16, CONV-18: what the model forbids as a whole. */
static void refused_conveyed_information(void **state) {
  enum { SERVERLESS, CONFIG_ALONE, HANDLING_ALONE, HASH_ALONE };
  static const char *const why[] = {"without a bootstrap server", "without configuration-handling",
                                    "handling without configuration", "without download-uri"};
  (void)state;
  for (int i = SERVERLESS; i <= HASH_ALONE; i++) {
    sztp_conveyed_t *c = conveyed_of(i == SERVERLESS ? SZTP_INFO_REDIRECT : SZTP_INFO_ONBOARDING);
    uint8_t *out = NULL;
    size_t len = 0;
    if (i == CONFIG_ALONE) set_text(c, SZTP_INFO_CONFIG, "x");
    if (i == HANDLING_ALONE) sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_MERGE);
    if (i == HASH_ALONE) set_text(c, SZTP_INFO_IMAGE_SHA256, "01234567890123456789012345678901");
    test_expect_fail(ctx, sztp_conveyed_make(c, NULL, &out, &len), SZTP_ERR_MODEL_INVALID, why[i]);
    assert_null(out);
    sztp_conveyed_free(c);
  }
}

/* CONV-01, CONV-05: signed, with content type of its own or, without attributes, id-data. */
static void signed_conveyed_information(void **state) {
  static const expected_t with = {SZTP__CMS_CONVEYED_JSON, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  static const expected_t xml = {SZTP__CMS_CONVEYED_XML, 1, 3, 0, 1, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  static const expected_t without = {SZTP__CMS_DATA, 1, 1, 0, 0, SZTP__SIG_ECDSA, SZTP__HASH_SHA256};
  (void)state;
  sztp_signer_t *s = signer_of(ctx, &pki.owner, &pki.owner_key, NULL);
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_ONBOARDING);
  for (int i = 0; i < 4; i++) {
    uint8_t *out = NULL;
    size_t len = 0;
    int no_attrs = i & 1;
    uint32_t encoding = i < 2 ? SZTP_ENCODING_JSON : SZTP_ENCODING_XML;
    assert_int_equal(sztp_signer_set_i64(s, SZTP_SIGNER_NO_ATTRS, no_attrs), SZTP_OK);
    assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, encoding), SZTP_OK);
    assert_int_equal(sztp_conveyed_make(c, s, &out, &len), SZTP_OK);
    char *document = verified(out, len, &pki.owner, no_attrs ? &without : i < 2 ? &with : &xml);
    assert_string_equal(document, i < 2 ? "{\"ietf-sztp-conveyed-info:onboarding-information\":{}}"
                                        : "<onboarding-information xmlns=\"" NS "\"/>");
    free(document);
    sztp_artifacts_free(ctx, out);
  }
  sztp_conveyed_free(c);
  sztp_signer_free(s);
}

static void limits(void **state) {
  char host[32];
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  sztp_conveyed_t *c = conveyed_of(SZTP_INFO_REDIRECT);
  for (int i = 0; i < 256; i++) {
    snprintf(host, sizeof host, "h%d", i);
    assert_int_equal(sztp_conveyed_add_server(c, host, 0, NULL, 0), SZTP_OK);
  }
  test_expect_fail(ctx, sztp_conveyed_add_server(c, "h256", 0, NULL, 0), SZTP_ERR_LIMIT, "more than 256");
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_CONVEYED, 100), SZTP_OK);
  test_expect_fail(ctx, sztp_conveyed_make(c, NULL, &out, &len), SZTP_ERR_LIMIT, "");
  sztp_conveyed_free(c);
  c = conveyed_of(SZTP_INFO_ONBOARDING);
  for (int i = 0; i < 256; i++) set_text(c, SZTP_INFO_IMAGE_URI, "http://h/");
  test_expect_fail(ctx, sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_URI, (const uint8_t *)"http://h/", 9),
                   SZTP_ERR_LIMIT, "more than 256");
  sztp_conveyed_free(c);
}

/* ---- the whole interface ---- */

static void arguments(void **state) {
  sztp_signer_t *s = NULL;
  sztp_voucher_t *v = NULL;
  sztp_conveyed_t *c = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  const uint8_t *p = pki.signer.data;
  (void)state;
  assert_int_equal(sztp_signer_new(NULL, p, 1, p, 1, NULL, 0, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_signer_new(ctx, NULL, 1, p, 1, NULL, 0, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_signer_new(ctx, p, 1, NULL, 1, NULL, 0, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_signer_new(ctx, p, 1, p, 1, NULL, 1, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_signer_new(ctx, p, 1, p, 1, NULL, 0, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_new(NULL, &v), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_new(ctx, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_set_bytes(NULL, 1, p, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_set_i64(NULL, 5, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_new(ctx, SZTP_INFO_NONE, &c), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_new(ctx, 3, &c), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_new(NULL, 1, &c), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_new(ctx, 1, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_add_server(NULL, "h", 1, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_bytes(NULL, 16, p, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_i64(NULL, 20, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_make(NULL, NULL, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_i64(NULL, SZTP_INFO_ENCODING, SZTP_ENCODING_XML), SZTP_ERR_ARG);
  sztp_conveyed_free(NULL);
  sztp_voucher_free(NULL);
  v = voucher_of(ctx, &pki.owner_root);
  c = conveyed_of(SZTP_INFO_ONBOARDING);
  test_memory_t other_memory;
  sztp_ctx_t *other = test_ctx_new(&other_memory);
  s = signer_of(other, &pki.signer, &pki.signer_key, NULL);
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_ERR_ARG); /* of another context */
  assert_int_equal(sztp_voucher_make(v, NULL, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_make(c, s, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_make(c, NULL, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_add_server(c, NULL, 1, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, 3), SZTP_ERR_ARG);
  assert_null(out);
  sztp_signer_free(s);
  test_ctx_free(&other_memory, other);
  sztp_conveyed_free(c);
  sztp_voucher_free(v);
}

/* SEC-04, SEC-05: every allocation of the whole work may fail. */
static int32_t work(sztp_ctx_t *in, void *user) {
  const int rsa = *(const int *)user;
  const file_t *cert = rsa ? &pki.signer_rsa : &pki.signer;
  const file_t *key = rsa ? &pki.signer_rsa_key : &pki.signer_key;
  sztp_signer_t *s = NULL;
  sztp_voucher_t *v = NULL;
  sztp_conveyed_t *c = NULL;
  uint8_t *voucher = NULL;
  uint8_t *info = NULL;
  uint8_t *bag = NULL;
  size_t len = 0;
  file_t crl = make_crl();
  int32_t rc =
      sztp_signer_new(in, cert->data, cert->len, key->data, key->len, pki.mfr_int.data, pki.mfr_int.len, &s);
  if (rc == 0) rc = sztp_signer_set_i64(s, SZTP_SIGNER_PSS, rsa);
  if (rc == 0) rc = sztp_voucher_new(in, &v);
  if (rc == 0) rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)"S", 1);
  if (rc == 0) rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED, pki.owner_root.data, pki.owner_root.len);
  if (rc == 0) rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_IDEVID, pki.idevid.data, pki.idevid.len);
  if (rc == 0) rc = sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, CREATED);
  if (rc == 0 && !rsa)
    rc = sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED_PUBK_SHA256, pki.owner.data, pki.owner.len);
  if (rc == 0 && !rsa) rc = sztp_voucher_make_cose(v, s, &voucher, &len);
  sztp_artifacts_free(in, voucher);
  voucher = NULL;
  if (rc == 0) rc = sztp_voucher_make(v, s, &voucher, &len);
  if (rc == 0) rc = sztp_owner_cert_make(in, pki.owner.data, pki.owner.len, crl.data, crl.len, &bag, &len);
  if (rc == 0) rc = sztp_conveyed_new(in, SZTP_INFO_REDIRECT, &c);
  if (rc == 0) rc = sztp_conveyed_add_server(c, "h", 1, pki.server_root.data, pki.server_root.len);
  if (rc == 0) rc = sztp_conveyed_add_server(c, "i", 1, NULL, 0);
  if (rc == 0) rc = sztp_conveyed_make(c, s, &info, &len);
  sztp_artifacts_free(in, info);
  sztp_conveyed_free(c);
  c = NULL;
  info = NULL;
  if (rc == 0) rc = sztp_conveyed_new(in, SZTP_INFO_ONBOARDING, &c);
  if (rc == 0) rc = sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_URI, (const uint8_t *)"http://h", 8);
  if (rc == 0) rc = sztp_conveyed_set_bytes(c, SZTP_INFO_PRE_SCRIPT, (const uint8_t *)"x", 1);
  if (rc == 0) rc = sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_SHA256, pki.owner.data, 32);
  if (rc == 0 && rsa) rc = sztp_conveyed_set_i64(c, SZTP_INFO_ENCODING, SZTP_ENCODING_XML);
  if (rc == 0) rc = sztp_conveyed_make(c, NULL, &info, &len);
  sztp_artifacts_free(in, info);
  sztp_artifacts_free(in, bag);
  sztp_artifacts_free(in, voucher);
  sztp_conveyed_free(c);
  sztp_voucher_free(v);
  sztp_signer_free(s);
  return rc;
}

static void memory_runs_out(void **state) {
  (void)state;
  for (int rsa = 0; rsa < 2; rsa++) assert_true(test_every_allocation(work, &rsa) > 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(keys_in_every_form),
      TEST(refused_signers),
      TEST(refused_keys),
      TEST(signer_options),
      TEST(every_way_to_sign),
      TEST(chains_and_counting),
      TEST(voucher_with_every_leaf),
      TEST(voucher_with_nonce),
      TEST(voucher_serial_is_escaped),
      TEST(voucher_with_pinned_key),
      TEST(voucher_in_cose),
      TEST(refused_voucher_leaves),
      TEST(refused_vouchers),
      TEST(bags),
      TEST(bags_with_crls),
      TEST(refused_bags),
      TEST(too_many_certificates),
      TEST(wire_examples),
      TEST(wire_example_attributes),
      TEST(redirect_information),
      TEST(anchors_with_crls),
      TEST(refused_servers),
      TEST(onboarding_information),
      TEST(information_in_xml),
      TEST(refused_onboarding_fields),
      TEST(refused_conveyed_information),
      TEST(signed_conveyed_information),
      TEST(limits),
      TEST(arguments),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, read_files, free_files);
}
