/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes: what may be set and added, what is made of each kind of artifact, what is refused. That others
 * decrypt it is shown by artifacts.sh, that libsztp does by the tests of verification. */
#include "common/with_ctx.h"

#include <sztp/artifacts.h>

#include "artifact_keys.h"
#include "common/engine.h"
#include "cryptography/cms_enveloped.h"
#include "cryptography/cms_write.h"
#include "ground/text.h"

static sztp_envelope_t *envelope(const char *recipient) {
  sztp_envelope_t *e = NULL;
  assert_int_equal(sztp_envelope_new(ctx, &e), SZTP_OK);
  if (recipient == NULL) return e;
  size_t len = 0;
  uint8_t *cert = test_read_pki(recipient, &len);
  assert_int_equal(sztp_envelope_add(e, cert, len), SZTP_OK);
  free(cert);
  return e;
}

static int32_t add_text(sztp_envelope_t *e, const char *text) {
  return sztp_envelope_add(e, (const uint8_t *)text, strlen(text));
}

/* Makes one of the file @p artifact of the test PKI. */
static int32_t make(sztp_envelope_t *e, const char *artifact, uint8_t **out, size_t *out_len) {
  size_t len = 0;
  uint8_t *data = test_read_pki(artifact, &len);
  int32_t rc = sztp_envelope_make(e, data, len, out, out_len);
  free(data);
  return rc;
}

/* ---- arguments ----------------------------------------------------------------------------------- */

static void arguments(void **state) {
  (void)state;
  uint8_t *out = NULL;
  size_t len = 0;
  sztp_envelope_t *e = NULL;
  assert_int_equal(sztp_envelope_new(NULL, &e), SZTP_ERR_ARG);
  assert_int_equal(sztp_envelope_new(ctx, NULL), SZTP_ERR_ARG);
  sztp_envelope_free(NULL);
  e = envelope(NULL);
  assert_int_equal(sztp_envelope_add(NULL, (const uint8_t *)"x", 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_envelope_add(e, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_envelope_set_i64(NULL, SZTP_ENVELOPE_UKM, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_envelope_make(NULL, (const uint8_t *)"x", 1, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_envelope_make(e, NULL, 1, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_envelope_make(e, (const uint8_t *)"x", 1, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_envelope_make(e, (const uint8_t *)"x", 1, &out, NULL), SZTP_ERR_ARG);
  test_expect_fail(ctx, make(e, "cms/ec-json.cms", &out, &len), SZTP_ERR_SEQUENCE, "no recipient");
  assert_null(out);
  sztp_envelope_free(e);
}

static void options(void **state) {
  (void)state;
  static const struct {
    uint32_t option;
    uint64_t values[8]; /* that may be set; 99 ends them */
  } good[] = {{SZTP_ENVELOPE_CIPHER, {1, 2, 3, 4, 5, 6, 99, 0}},
              {SZTP_ENVELOPE_OAEP, {0, 1, 256, 384, 512, 99, 0, 0}},
              {SZTP_ENVELOPE_KDF_HASH, {1, 256, 384, 512, 99, 0, 0, 0}},
              {SZTP_ENVELOPE_UKM, {0, 1, 64, 99, 0, 0, 0, 0}},
              {SZTP_ENVELOPE_KEY_ID, {0, 1, 99, 0, 0, 0, 0, 0}}};
  static const struct {
    uint32_t option;
    uint64_t value;
  } bad[] = {{0, 0},
             {6, 0},
             {UINT32_MAX, 0},
             {SZTP_ENVELOPE_CIPHER, 0},
             {SZTP_ENVELOPE_CIPHER, 7},
             {SZTP_ENVELOPE_CIPHER, UINT64_MAX},
             {SZTP_ENVELOPE_OAEP, 224},
             {SZTP_ENVELOPE_OAEP, 2},
             {SZTP_ENVELOPE_KDF_HASH, 0},
             {SZTP_ENVELOPE_KDF_HASH, 224},
             {SZTP_ENVELOPE_UKM, 65},
             {SZTP_ENVELOPE_KEY_ID, 2}};
  sztp_envelope_t *e = envelope(NULL);
  for (size_t i = 0; i < TEST_COUNT_OF(good); i++)
    for (size_t v = 0; good[i].values[v] != 99; v++)
      assert_int_equal(sztp_envelope_set_i64(e, good[i].option, (int64_t)good[i].values[v]), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++)
    test_expect_fail(ctx, sztp_envelope_set_i64(e, bad[i].option, (int64_t)bad[i].value), SZTP_ERR_ARG,
                     "no such option");
  sztp_envelope_free(e);
}

/* ---- recipients ---------------------------------------------------------------------------------- */

static unsigned warnings;

static void count_warnings(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)user;
  (void)topic;
  (void)len;
  warnings += level == SZTP_LOG_WARN && strstr(line, "key usage without") != NULL;
}

/* ENC-19, CMS-26: RSA and EC of the sizes that protect anything; one without the right key usage is told */
static void recipients(void **state) {
  (void)state;
  sztp_envelope_t *e = envelope(NULL);
  assert_int_equal(sztp_ctx_set_log(ctx, SZTP_LOG_WARN, count_warnings, NULL), SZTP_OK);
  assert_int_equal(add_text(e, KEYS_ED25519_PEM), SZTP_ERR_CMS_ALG_UNSUPPORTED);
  assert_int_equal(add_text(e, KEYS_K256_PEM), SZTP_ERR_CMS_ALG_UNSUPPORTED);
  assert_int_equal(add_text(e, "no certificate"), SZTP_ERR_TEXT);
  assert_int_equal(add_text(e, "0\x03\x02\x01\x01"), SZTP_ERR_DER);
  size_t len = 0;
  uint8_t *weak = test_read_pki("cms/rsa1024.pem", &len);
  assert_int_equal(sztp_envelope_add(e, weak, len), SZTP_ERR_CMS_ALG_WEAK);
  free(weak);
  uint8_t *rsa = test_read_pki("enc/rsa.pem", &len);
  warnings = 0;
  for (int i = 0; i < 14; i++) assert_int_equal(sztp_envelope_add(e, rsa, len), SZTP_OK);
  assert_int_equal(warnings, 0);
  uint8_t *plain = test_read_pki("idevid.pem", &len); /* digitalSignature only */
  assert_int_equal(sztp_envelope_add(e, plain, len), SZTP_OK);
  assert_int_equal(warnings, 1);
  free(plain);
  plain = test_read_pki("enc/nokeyid.pem", &len);
  assert_int_equal(sztp_envelope_add(e, plain, len), SZTP_OK);
  assert_int_equal(warnings, 2);
  free(plain);
  assert_int_equal(sztp_envelope_add(e, rsa, len), SZTP_ERR_LIMIT);
  free(rsa);
  sztp_envelope_free(e);
}

/* Of a file with several certificates the first is meant. */
static void first_of_several(void **state) {
  (void)state;
  uint8_t *out = NULL;
  size_t len = 0;
  sztp__cms_t *cms = NULL;
  sztp__enveloped_t *env = NULL;
  char name[64];
  sztp_envelope_t *e = envelope("owner-chain.pem");
  assert_int_equal(make(e, "cms/ec-json.cms", &out, &len), SZTP_OK);
  assert_int_equal(sztp__cms_parse(ctx, sztp__span(out, len), &cms), SZTP_OK);
  assert_int_equal(sztp__enveloped_parse(ctx, cms, &env), SZTP_OK);
  assert_int_equal(env->recipient_count, 1);
  assert_string_equal(sztp__name_text(name, sizeof name, env->recipients[0].issuer),
                      "O=Example Owner, CN=Owner Intermediate");
  sztp__free(ctx, env);
  sztp__cms_free(ctx, cms);
  sztp_artifacts_free(ctx, out);
  sztp_envelope_free(e);
}

/* ---- what is made -------------------------------------------------------------------------------- */

/* ENC-01, ENC-03, RFC 8572 3.1, RFC 5083 2.1: the label inside, by the kind of artifact and the cipher */
static void labels(void **state) {
  (void)state;
  static const struct {
    const char *artifact;
    uint32_t type; /* with CBC; GCM always has id-data */
  } cases[] = {
      {"cms/ec-json.cms", SZTP__CMS_SIGNED}, {"cms/ec-voucher.cms", SZTP__CMS_SIGNED},
      {"cms/bag.cms", SZTP__CMS_SIGNED},     {"cms/stream.cms", SZTP__CMS_SIGNED}, /* BER */
      {"cms/data.cms", SZTP__CMS_DATA},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (uint64_t cipher = SZTP_CIPHER_AES128_CBC; cipher <= SZTP_CIPHER_AES256_GCM; cipher++) {
      int gcm = cipher >= SZTP_CIPHER_AES128_GCM;
      uint8_t *out = NULL;
      size_t len = 0;
      sztp__cms_t *cms = NULL;
      sztp__enveloped_t *env = NULL;
      sztp_envelope_t *e = envelope("enc/rsa.pem");
      assert_int_equal(sztp_envelope_set_i64(e, SZTP_ENVELOPE_CIPHER, (int64_t)cipher), SZTP_OK);
      assert_int_equal(make(e, cases[i].artifact, &out, &len), SZTP_OK);
      assert_int_equal(sztp__der_check(ctx, sztp__span(out, len)), SZTP_OK);
      assert_int_equal(sztp__cms_parse(ctx, sztp__span(out, len), &cms), SZTP_OK);
      assert_int_equal(cms->type, gcm ? SZTP__CMS_AUTH_ENVELOPED : SZTP__CMS_ENVELOPED);
      assert_int_equal(sztp__enveloped_parse(ctx, cms, &env), SZTP_OK);
      assert_int_equal(env->etype, gcm ? SZTP__CMS_DATA : cases[i].type);
      assert_int_equal(env->cipher.mode, gcm ? SZTP__CIPHER_GCM : SZTP__CIPHER_CBC);
      assert_int_equal(env->cipher.key_len, 16 + 8 * ((cipher - 1) % 3));
      sztp__free(ctx, env);
      sztp__cms_free(ctx, cms);
      sztp_artifacts_free(ctx, out);
      sztp_envelope_free(e);
    }
  }
}

/* SEC-09: keys, vectors and nonces are never used twice */
static void anew_each_time(void **state) {
  (void)state;
  static const char *const names[] = {"enc/rsa.pem", "enc/p256.pem"};
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    uint8_t *out[2] = {NULL, NULL};
    size_t len[2] = {0, 0};
    sztp__cms_t *cms[2] = {NULL, NULL};
    sztp__enveloped_t *env[2] = {NULL, NULL};
    sztp_envelope_t *e = envelope(names[i]);
    for (int k = 0; k < 2; k++) {
      assert_int_equal(make(e, "cms/ec-json.cms", &out[k], &len[k]), SZTP_OK);
      assert_int_equal(sztp__cms_parse(ctx, sztp__span(out[k], len[k]), &cms[k]), SZTP_OK);
      assert_int_equal(sztp__enveloped_parse(ctx, cms[k], &env[k]), SZTP_OK);
    }
    assert_memory_not_equal(env[0]->cipher.iv.data, env[1]->cipher.iv.data, 16);
    assert_memory_not_equal(env[0]->recipients[0].encrypted_key.data,
                            env[1]->recipients[0].encrypted_key.data, 16);
    assert_memory_not_equal(env[0]->content.data, env[1]->content.data, 16);
    if (i == 1)
      assert_memory_not_equal(env[0]->recipients[0].point.data, env[1]->recipients[0].point.data, 65);
    for (int k = 0; k < 2; k++) {
      sztp__free(ctx, env[k]);
      sztp__cms_free(ctx, cms[k]);
      sztp_artifacts_free(ctx, out[k]);
    }
    sztp_envelope_free(e);
  }
}

/* ---- what is refused ----------------------------------------------------------------------------- */

static void refused(void **state) {
  (void)state;
  uint8_t *out = NULL;
  size_t len = 0;
  sztp__buf_t voucher;
  sztp_envelope_t *e = envelope("enc/nokeyid.pem");
  test_expect_fail(ctx, make(e, "enc/cbc128.cms", &out, &len), SZTP_ERR_ENC_NESTED, "encrypted already");
  test_expect_fail(ctx, make(e, "enc/gcm128.cms", &out, &len), SZTP_ERR_ENC_NESTED, "encrypted already");
  test_expect_fail(ctx, make(e, "owner.pem", &out, &len), SZTP_ERR_CMS_MALFORMED, "");
  assert_int_equal(make(e, "enc/document", &out, &len), SZTP_ERR_TEXT);
  sztp__buf_init(&voucher, ctx, 1024);
  assert_int_equal(sztp__cms_write_content(&voucher, SZTP__CMS_VOUCHER_JSON, sztp__span_of("{}")), SZTP_OK);
  test_expect_fail(ctx, sztp_envelope_make(e, voucher.data, voucher.len, &out, &len),
                   SZTP_ERR_CMS_TYPE_UNEXPECTED, "id-ct-animaJSONVoucher is no artifact to be encrypted");
  sztp__buf_clear(&voucher);
  assert_int_equal(sztp_envelope_set_i64(e, SZTP_ENVELOPE_KEY_ID, 1), SZTP_OK);
  test_expect_fail(ctx, make(e, "cms/ec-json.cms", &out, &len), SZTP_ERR_NOT_FOUND,
                   "recipient 0 has no subject key identifier");
  assert_int_equal(sztp_envelope_set_i64(e, SZTP_ENVELOPE_KEY_ID, 0), SZTP_OK);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_CONVEYED, 1000), SZTP_OK);
  assert_int_equal(make(e, "cms/ec-json.cms", &out, &len), SZTP_ERR_LIMIT);
  assert_null(out);
  sztp_envelope_free(e);
}

/* ---- failures of others -------------------------------------------------------------------------- */

static unsigned random_left;

static int32_t failing_random(void *user, uint8_t *data, size_t n) {
  (void)user;
  if (random_left == 0) return -1;
  random_left--;
  memset(data, 0x41, n);
  return 0;
}

/* SEC-09: a generator that fails, at whatever time, ends it */
static void random_fails(void **state) {
  (void)state;
  static const char *const names[] = {"enc/rsa.pem", "enc/p256.pem"};
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    sztp_envelope_t *e = envelope(names[i]);
    uint8_t *out = NULL;
    size_t len = 0;
    assert_int_equal(sztp_envelope_set_i64(e, SZTP_ENVELOPE_UKM, 8), SZTP_OK);
    assert_int_equal(sztp_ctx_set_random(ctx, failing_random, NULL), SZTP_OK);
    unsigned calls = i == 0 && !ENGINE_PADS_BY_CONTEXT ? 2 : 3;
    for (unsigned n = 0; n < calls; n++) {
      random_left = n;
      assert_int_equal(make(e, "cms/ec-json.cms", &out, &len), SZTP_ERR_RANDOM);
      assert_null(out);
    }
    random_left = 1000;
    assert_int_equal(make(e, "cms/ec-json.cms", &out, &len), SZTP_OK);
    sztp_artifacts_free(ctx, out);
    assert_int_equal(sztp_ctx_set_random(ctx, NULL, NULL), SZTP_OK);
    sztp_envelope_free(e);
  }
}

static int32_t seal_work(sztp_ctx_t *own, void *user) {
  sztp_envelope_t *e = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  size_t cert_len = 0;
  size_t artifact_len = 0;
  uint8_t *cert = test_read_pki((const char *)user, &cert_len);
  uint8_t *artifact = test_read_pki("cms/ec-json.cms", &artifact_len);
  int32_t rc = sztp_envelope_new(own, &e);
  if (rc == SZTP_OK) rc = sztp_envelope_add(e, cert, cert_len);
  if (rc == SZTP_OK) rc = sztp_envelope_make(e, artifact, artifact_len, &out, &len);
  sztp_artifacts_free(own, out);
  sztp_envelope_free(e);
  free(cert);
  free(artifact);
  return rc;
}

/* SEC-05 */
static void memory_runs_out(void **state) {
  (void)state;
  assert_true(test_every_allocation(seal_work, (void *)(uintptr_t) "enc/rsa.pem") > 10);
  assert_true(test_every_allocation(seal_work, (void *)(uintptr_t) "enc/p256.pem") > 10);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(arguments),      TEST(options), TEST(recipients),   TEST(first_of_several), TEST(labels),
      TEST(anew_each_time), TEST(refused), TEST(random_fails), TEST(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
