/* SPDX-License-Identifier: Apache-2.0 */
/* Project Wycheproof's vectors: signatures and ciphers through the seam to the cryptographic library, private
 * keys through the software keys of libsztp-https. */
#include "conformance/table.h"

#include <cjson/cJSON.h>
#include <sztp/software_key.h>

#include "common/tls_peer.h"
#include "cryptography/cms_open.h"
#include "cryptography/constant_time.h"
#include "cryptography/key_wrap.h"
#include "ground/text.h"

typedef struct octets {
  uint8_t data[20000];
  size_t len;
} octets_t;

/* One corpus, and where in it we are. */
typedef struct row {
  sztp_ctx_t *ctx;
  table_t table;
  const cJSON *group;
  const cJSON *test;
  char id[16];
  /* the private key of the last case */
  const char *key;
  sztp_device_t *dev;
  sztp_software_key_t *keys;
  sztp__cert_t cert;
} row_t;

static sztp__span_t span_of(const octets_t *o) { return sztp__span(o->data, o->len); }

static void hex_of(row_t *r, const cJSON *object, const char *name, octets_t *out) {
  const char *hex = corpus_text(object, name);
  assert_int_equal(sztp__hex_decode(r->ctx, sztp__span_of(hex), out->data, sizeof out->data, &out->len), 0);
}

static int number_of(const cJSON *object, const char *name) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
  assert_true(cJSON_IsNumber(item));
  return item->valueint;
}

static uint32_t hash_of(const cJSON *group, const char *name) {
  const char *hash = corpus_text(group, name);
  if (strcmp(hash, "SHA-256") == 0) return SZTP__HASH_SHA256;
  if (strcmp(hash, "SHA-384") == 0) return SZTP__HASH_SHA384;
  assert_string_equal(hash, "SHA-512");
  return SZTP__HASH_SHA512;
}

static int says(const row_t *r, const char *result) {
  return strcmp(corpus_text(r->test, "result"), result) == 0;
}

/* What is neither valid nor invalid may be decided either way. */
static void count(row_t *r, int32_t rc) {
  if (!says(r, "acceptable")) table_count(&r->table, r->id, says(r, "valid"), rc, test_detail(r->ctx));
}

static void drop_key(row_t *r) {
  sztp_software_key_free(r->keys);
  sztp_device_free(r->dev);
  r->keys = NULL;
  r->dev = NULL;
  r->key = NULL;
}

/* Calls @p take for each test. Returns how many; 0 with a line that says so if the file is not there. */
static unsigned run(row_t *r, const char *file, const exception_t *list, size_t listed,
                    void (*take)(row_t *r)) {
  char path[128];
  unsigned tests = 0;
  test_memory_t m;
  memset(r, 0, sizeof *r);
  table_begin(&r->table, file, list, listed);
  (void)snprintf(path, sizeof path, "wycheproof/%s.json", file);
  cJSON *root = corpus_json(path);
  if (root == NULL) return 0;
  r->ctx = test_ctx_new(&m);
  cJSON_ArrayForEach(r->group, cJSON_GetObjectItemCaseSensitive(root, "testGroups")) {
    cJSON_ArrayForEach(r->test, cJSON_GetObjectItemCaseSensitive(r->group, "tests")) {
      (void)snprintf(r->id, sizeof r->id, "%d", number_of(r->test, "tcId"));
      sztp__trail_clear(r->ctx);
      take(r);
      tests++;
    }
  }
  drop_key(r);
  test_ctx_free(&m, r->ctx);
  cJSON_Delete(root);
  if (r->table.ours.cases > 0) table_finish(&r->table);
  return tests;
}

/* ---- signatures ---------------------------------------------------------------------------------- */

static int32_t verify(row_t *r, const sztp__sigalg_t *alg, const char *key) {
  static octets_t spki, message, signature;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  hex_of(r, r->group, key, &spki);
  hex_of(r, r->test, "msg", &message);
  hex_of(r, r->test, "sig", &signature);
  assert_int_equal(sztp__hash_once(r->ctx, alg->hash, span_of(&message), digest, &len), 0);
  return sztp__verify_digest(r->ctx, span_of(&spki), alg, sztp__span(digest, len), span_of(&signature));
}

static void count_signature(row_t *r, const sztp__sigalg_t *alg) {
  int32_t rc = verify(r, alg, "publicKeyDer");
  count(r, rc);
  assert_true(rc == SZTP_OK || rc == SZTP_ERR_CMS_SIGNATURE_INVALID || rc == SZTP_ERR_CMS_ALG_UNSUPPORTED);
}

static void take_ecdsa(row_t *r) {
  const sztp__sigalg_t alg = {SZTP__SIG_ECDSA, hash_of(r->group, "sha"), SZTP__HASH_NONE, 0, {NULL, 0}};
  count_signature(r, &alg);
}

static void take_pkcs1(row_t *r) {
  const sztp__sigalg_t alg = {SZTP__SIG_RSA_PKCS1, hash_of(r->group, "sha"), SZTP__HASH_NONE, 0, {NULL, 0}};
  count_signature(r, &alg);
}

static void take_pss(row_t *r) {
  const sztp__sigalg_t alg = {SZTP__SIG_RSA_PSS,
                              hash_of(r->group, "sha"),
                              hash_of(r->group, "mgfSha"),
                              (uint32_t)number_of(r->group, "sLen"),
                              {NULL, 0}};
  count_signature(r, &alg);
}

/* CMS-14 */
static void test_signatures(void **state) {
  static const struct {
    const char *file;
    void (*take)(row_t *r);
    unsigned tests;
  } files[] = {
      {"ecdsa_secp256r1_sha256_test", take_ecdsa, 484},
      {"ecdsa_secp384r1_sha384_test", take_ecdsa, 504},
      {"ecdsa_secp521r1_sha512_test", take_ecdsa, 542},
      {"rsa_signature_2048_sha256_test", take_pkcs1, 259},
      {"rsa_signature_3072_sha256_test", take_pkcs1, 259},
      {"rsa_signature_4096_sha256_test", take_pkcs1, 258},
      {"rsa_pss_2048_sha256_mgf1_32_test", take_pss, 108},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(files); i++) {
    row_t r;
    unsigned tests = run(&r, files[i].file, NULL, 0, files[i].take);
    assert_true(tests == 0 || tests >= files[i].tests);
  }
}

/* No row: valid or not, it is told as what is not supported. */
static void take_ed25519(row_t *r) {
  const sztp__sigalg_t alg = {SZTP__SIG_ED25519, SZTP__HASH_SHA512, SZTP__HASH_NONE, 0, {NULL, 0}};
  assert_int_equal(verify(r, &alg, "publicKeyDer"), SZTP_ERR_CMS_ALG_UNSUPPORTED);
}

static void test_ed25519(void **state) {
  row_t r;
  (void)state;
  unsigned tests = run(&r, "ed25519_test", NULL, 0, take_ed25519);
  assert_true(tests == 0 || tests >= 151);
}

/* ---- ciphers ------------------------------------------------------------------------------------- */

/* What is decrypted must be the message; only a right answer with the right message counts as accepted. */
static int32_t matches(sztp__span_t got, const octets_t *message) {
  return sztp__span_equal(got, span_of(message)) ? SZTP_OK : SZTP_ERR_ENC_DECRYPT_FAILED;
}

/* Lengths that are no whole blocks are refused before (ENC-09). */
static void take_cbc(row_t *r) {
  static octets_t key, iv, text, message;
  size_t padding = 0;
  hex_of(r, r->test, "key", &key);
  hex_of(r, r->test, "iv", &iv);
  hex_of(r, r->test, "ct", &text);
  hex_of(r, r->test, "msg", &message);
  int32_t rc = text.len == 0 || text.len % SZTP__AES_BLOCK != 0 ? SZTP_ERR_CMS_MALFORMED : SZTP_OK;
  if (rc == SZTP_OK)
    rc = sztp__aes_cbc(r->ctx, span_of(&key), SZTP__AES_DECRYPT, iv.data, text.data, text.len);
  if (rc == SZTP_OK && sztp__ct_block_padding(text.data, text.len, &padding) == 0)
    rc = SZTP_ERR_ENC_DECRYPT_FAILED;
  if (rc == SZTP_OK) rc = matches(sztp__span(text.data, text.len - padding), &message);
  count(r, rc);
}

/* The nonce and the tag's length come in an AlgorithmIdentifier, which may say no. */
static int32_t read_gcm(row_t *r, size_t key_len, sztp__span_t nonce, size_t tag_len) {
  sztp__buf_t out;
  sztp__der_t d;
  sztp__cipheralg_t alg;
  size_t mark = 0, inner = 0;
  sztp__buf_init(&out, r->ctx, 4096);
  sztp__der_open(&out, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_oid(&out, sztp__cipher_oid(SZTP__CIPHER_GCM, key_len));
  sztp__der_open(&out, SZTP__DER_SEQUENCE, &inner);
  sztp__der_put(&out, SZTP__DER_OCTET_STRING, nonce);
  sztp__der_put_small(&out, (uint32_t)tag_len);
  sztp__der_close(&out, inner);
  sztp__der_close(&out, mark);
  sztp__der_init(&d, r->ctx, sztp__buf_span(&out));
  assert_int_equal(sztp__cipheralg_read(&d, &alg), SZTP_OK);
  int32_t rc = alg.mode == SZTP__CIPHER_GCM ? SZTP_OK : SZTP_ERR_ENC_ALG_UNSUPPORTED;
  sztp__buf_clear(&out);
  return rc;
}

static void take_gcm(row_t *r) {
  static octets_t key, nonce, aad, text, tag, message;
  uint32_t good = 0;
  hex_of(r, r->test, "key", &key);
  hex_of(r, r->test, "iv", &nonce);
  hex_of(r, r->test, "aad", &aad);
  hex_of(r, r->test, "ct", &text);
  hex_of(r, r->test, "tag", &tag);
  hex_of(r, r->test, "msg", &message);
  int32_t rc = read_gcm(r, key.len, span_of(&nonce), tag.len);
  if (rc == SZTP_OK)
    rc = sztp__aes_gcm(r->ctx, span_of(&key), SZTP__AES_DECRYPT, span_of(&nonce), span_of(&aad), text.data,
                       text.len, tag.data, tag.len, &good);
  if (rc == SZTP_OK) rc = good == 0 ? SZTP_ERR_ENC_DECRYPT_FAILED : matches(span_of(&text), &message);
  count(r, rc);
}

static void take_wrap(row_t *r) {
  static octets_t key, wrapped, message;
  uint8_t out[SZTP__AES_KEY_MAX];
  uint32_t good = 0;
  hex_of(r, r->test, "key", &key);
  hex_of(r, r->test, "ct", &wrapped);
  hex_of(r, r->test, "msg", &message);
  int32_t rc = wrapped.len == 24 || wrapped.len == 32 || wrapped.len == 40 ? SZTP_OK : SZTP_ERR_CMS_MALFORMED;
  if (rc == SZTP_OK) rc = sztp__aes_unwrap(r->ctx, span_of(&key), span_of(&wrapped), out, &good);
  if (rc == SZTP_OK)
    rc = good == 0 ? SZTP_ERR_ENC_DECRYPT_FAILED
                   : matches(sztp__span(out, wrapped.len - SZTP__WRAP_EXTRA), &message);
  count(r, rc);
}

/* ENC-07, ENC-09, ENC-11 */
static void test_ciphers(void **state) {
  static const exception_t long_nonces[] = {
      {"267", "a nonce of more than 64 octets"}, {"268", "a nonce of more than 64 octets"},
      {"271", "a nonce of more than 64 octets"}, {"272", "a nonce of more than 64 octets"},
      {"275", "a nonce of more than 64 octets"}, {"276", "a nonce of more than 64 octets"},
  };
  static const exception_t long_keys[] = {
      {"10", "a content key of more than 32 octets"},
      {"52", "a content key of more than 32 octets"},
      {"107", "a content key of more than 32 octets"},
  };
  row_t r;
  (void)state;
  unsigned tests = run(&r, "aes_cbc_pkcs5_test", NULL, 0, take_cbc);
  assert_true(tests == 0 || tests >= 216);
  tests = run(&r, "aes_gcm_test", LISTED(long_nonces), take_gcm);
  assert_true(tests == 0 || tests >= 316);
  tests = run(&r, "aes_wrap_test", LISTED(long_keys), take_wrap);
  assert_true(tests == 0 || tests >= 165);
}

/* ---- private keys -------------------------------------------------------------------------------- */

/* Gives a device the key @p pem, with a certificate for it; @p name is the text that says which key it is. */
static void use_key(row_t *r, const char *name, const char *pem) {
  char cert[4096];
  sztp__span_t der;
  if (r->key != NULL && strcmp(r->key, name) == 0) return;
  drop_key(r);
  assert_int_equal(peer_self_signed(pem, "CN=key", "20200101000000", "99991231235959", cert, sizeof cert), 0);
  assert_int_equal(sztp_device_new(r->ctx, &r->dev), SZTP_OK);
  assert_int_equal(sztp_device_add_cert(r->dev, SZTP_CERT_DECRYPTION, (const uint8_t *)cert, strlen(cert)),
                   SZTP_OK);
  assert_int_equal(sztp_device_cert(r->dev, SZTP_CERT_DECRYPTION, 0, &der.data, &der.len), SZTP_OK);
  assert_int_equal(sztp__cert_parse(r->ctx, der, &r->cert), SZTP_OK);
  assert_int_equal(sztp_software_key_new(&r->keys), SZTP_OK);
  assert_int_equal(sztp_software_key_add(r->keys, r->dev, (const uint8_t *)pem, strlen(pem)), SZTP_OK);
  r->key = name;
}

/* Asks for @p wanted octets, which must be the message. */
static int32_t ask(row_t *r, sztp_key_request_t *request, size_t wanted, const octets_t *message) {
  uint8_t out[512];
  size_t len = 0;
  request->cert = r->cert.der;
  int32_t rc = sztp_software_key(r->keys, request, out, wanted, &len);
  return rc == SZTP_OK ? matches(sztp__span(out, len), message) : rc;
}

static void take_rsa(row_t *r, sztp_key_request_t *request) {
  static const size_t lengths[] = {0, 4, 6, 16, 24, 32, 190, 245};
  static octets_t message, sealed;
  hex_of(r, r->test, "msg", &message);
  hex_of(r, r->test, "ct", &sealed);
  request->input = span_of(&sealed);
  const char *pem = corpus_text(r->group, "privateKeyPem");
  use_key(r, pem, pem);
  int32_t rc = ask(r, request, message.len, &message);
  count(r, rc);
  /* what is broken is so for any other length too; what is right has no other length */
  for (size_t i = 0; i < TEST_COUNT_OF(lengths); i++)
    if (lengths[i] != message.len) assert_int_equal(ask(r, request, lengths[i], &message), SZTP_ERR_KEY);
}

static void take_pkcs1_decrypt(row_t *r) {
  sztp_key_request_t request;
  memset(&request, 0, sizeof request);
  request.operation = SZTP_KEY_OP_DECRYPT_RSA_PKCS1;
  take_rsa(r, &request);
}

static void take_oaep(row_t *r) {
  static octets_t label;
  sztp_key_request_t request;
  memset(&request, 0, sizeof request);
  hex_of(r, r->test, "label", &label);
  request.operation = SZTP_KEY_OP_DECRYPT_RSA_OAEP;
  request.hash = sztp__key_hash(hash_of(r->group, "sha"));
  request.mgf_hash = sztp__key_hash(hash_of(r->group, "mgfSha"));
  request.label = span_of(&label);
  take_rsa(r, &request);
}

/* ENC-06, D-93 */
static void test_key_transport(void **state) {
  row_t r;
  (void)state;
  unsigned tests = run(&r, "rsa_pkcs1_2048_test", NULL, 0, take_pkcs1_decrypt);
  assert_true(tests == 0 || tests >= 67);
  tests = run(&r, "rsa_oaep_2048_sha256_mgf1sha256_test", NULL, 0, take_oaep);
  assert_true(tests == 0 || tests >= 37);
}

/* The private number as an ECPrivateKey (RFC 5915) on P-256 in PEM. */
static void ec_pem(row_t *r, const char *hex, char *out, size_t cap) {
  static const uint8_t head[] = {0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20};
  static const uint8_t tail[] = {0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  octets_t *number = calloc(1, sizeof *number);
  assert_non_null(number);
  assert_int_equal(
      sztp__hex_decode(r->ctx, sztp__span_of(hex), number->data, sizeof number->data, &number->len), 0);
  const uint8_t *digits = number->data;
  size_t zeros = 32;
  size_t len = number->len;
  for (; len > 32; len--) assert_int_equal(*digits++, 0);
  zeros -= len;
  uint8_t der[sizeof head + 32 + sizeof tail] = {0};
  memcpy(der, head, sizeof head);
  memcpy(der + sizeof head + zeros, digits, len);
  memcpy(der + sizeof head + 32, tail, sizeof tail);
  sztp__buf_t text;
  sztp__buf_init(&text, r->ctx, 4096);
  assert_int_equal(sztp__base64_encode(&text, sztp__span(der, sizeof der)), 0);
  (void)snprintf(out, cap, "-----BEGIN EC PRIVATE KEY-----\n%.*s\n-----END EC PRIVATE KEY-----\n",
                 (int)text.len, (const char *)text.data);
  sztp__buf_clear(&text);
  free(number);
}

/* The peer's key is read as ours are; what a device is given for it is an uncompressed point. */
static void take_ecdh(row_t *r) {
  static octets_t spki, secret;
  char pem[512];
  sztp_key_request_t request;
  sztp__keyinfo_t info;
  memset(&request, 0, sizeof request);
  hex_of(r, r->test, "public", &spki);
  hex_of(r, r->test, "shared", &secret);
  const char *number = corpus_text(r->test, "private");
  ec_pem(r, number, pem, sizeof pem);
  use_key(r, number, pem);
  int32_t rc = sztp__key_info(r->ctx, span_of(&spki), &info);
  if (rc == SZTP_OK && (info.type != SZTP__KEY_EC || info.curve != SZTP__CURVE_P256))
    rc = SZTP_ERR_ENC_ALG_UNSUPPORTED;
  if (rc == SZTP_OK) {
    request.operation = SZTP_KEY_OP_AGREE_ECDH;
    request.input = info.bits_value;
    rc = ask(r, &request, 32, &secret);
  }
  count(r, rc);
  /* whatever is accepted has the right secret */
  if (says(r, "acceptable")) assert_int_not_equal(rc, SZTP_ERR_ENC_DECRYPT_FAILED);
}

/* ENC-07 */
static void test_key_agreement(void **state) {
  row_t r;
  (void)state;
  unsigned tests = run(&r, "ecdh_secp256r1_test", NULL, 0, take_ecdh);
  assert_true(tests == 0 || tests >= 612);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_signatures),    cmocka_unit_test(test_ed25519),
      cmocka_unit_test(test_ciphers),       cmocka_unit_test(test_key_transport),
      cmocka_unit_test(test_key_agreement),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
