/* SPDX-License-Identifier: Apache-2.0 */
/* Vouchers that are made, and those that are not, with the reason. */
#include "artifact_files.h"

#include "cryptography/cose.h"
#include "formats/cbor.h"
#include "formats/json.h"

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
      {SZTP_VOUCHER_PINNED_PUBK, two.data, two.len, SZTP_ERR_ARG, "after the first certificate or key"},
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

/* ---- renewed ------------------------------------------------------------------------------------- */

#define DAY 86400

/* @p v issued, renewed a day later, and the document of that. */
static char *renewed_document(const sztp_voucher_t *v, int last_renewal) {
  sztp_signer_t *s = signer_of(ctx, &pki.signer, &pki.signer_key, NULL);
  sztp_voucher_t *again = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
  int32_t rc = sztp_voucher_renew(ctx, out, len, CREATED + DAY, &again);
  if (rc != SZTP_OK) fail_msg("%s: %s", sztp_error_name(rc), test_detail(ctx));
  if (last_renewal)
    assert_int_equal(sztp_voucher_set_i64(again, SZTP_VOUCHER_LAST_RENEWAL, EXPIRES), SZTP_OK);
  char *document = document_of(again);
  sztp_artifacts_free(ctx, out);
  sztp_voucher_free(again);
  sztp_signer_free(s);
  return document;
}

/* LIFE-09: all leaves stay but the dates, and it lives as long as before */
static void renewed_voucher(void **state) {
  (void)state;
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root);
  file_t root = der_of(&pki.owner_root);
  file_t idevid = der_of(&pki.idevid);
  sztp__cert_t cert;
  assert_int_equal(sztp__cert_parse(ctx, sztp__span(idevid.data, idevid.len), &cert), SZTP_OK);
  for (int expires = 0; expires < 2; expires++) {
    if (expires) assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_EXPIRES_ON, EXPIRES), SZTP_OK);
    assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_ASSERTION, SZTP_ASSERTION_LOGGED), SZTP_OK);
    assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_REVOCATION, 1), SZTP_OK);
    assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_IDEVID, pki.idevid.data, pki.idevid.len),
                     SZTP_OK);
    char *document = renewed_document(v, expires);
    take_binary(document, "pinned-domain-cert", root.data, root.len);
    take_binary(document, "idevid-issuer", cert.authority_key_id.data, cert.authority_key_id.len);
    assert_string_equal(
        document,
        expires ? "{\"ietf-voucher:voucher\":{\"created-on\":\"2030-03-02T08:00:00Z\","
                  "\"expires-on\":\"2030-09-02T08:00:00Z\",\"assertion\":\"logged\","
                  "\"serial-number\":\"EX4200-17\",\"idevid-issuer\":\"*\",\"pinned-domain-cert\":\"*\","
                  "\"domain-cert-revocation-checks\":true,\"last-renewal-date\":\"2030-09-01T08:00:00Z\"}}"
                : "{\"ietf-voucher:voucher\":{\"created-on\":\"2030-03-02T08:00:00Z\","
                  "\"assertion\":\"logged\","
                  "\"serial-number\":\"EX4200-17\",\"idevid-issuer\":\"*\",\"pinned-domain-cert\":\"*\","
                  "\"domain-cert-revocation-checks\":true}}");
    free(document);
  }
  sztp_artifacts_free(ctx, root.data);
  sztp_artifacts_free(ctx, idevid.data);
  sztp_voucher_free(v);
}

/* LIFE-09: what was for one request, what is no voucher, and dates that don't move on */
static void refused_renewals(void **state) {
  static const uint8_t nonce[8] = {1};
  (void)state;
  sztp_voucher_t *v = voucher_of(ctx, &pki.owner_root), *again = NULL;
  sztp_signer_t *s = signer_of(ctx, &pki.signer, &pki.signer_key, NULL);
  uint8_t *out = NULL;
  size_t len = 0;
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
  test_expect_fail(ctx, sztp_voucher_renew(ctx, out, len, CREATED, &again), SZTP_ERR_MODEL_INVALID,
                   "not after that of the voucher");
  assert_int_equal(sztp_voucher_renew(ctx, out, len - 1, CREATED + DAY, &again), SZTP_ERR_CMS_MALFORMED);
  assert_int_equal(sztp_voucher_renew(ctx, NULL, 1, CREATED + DAY, &again), SZTP_ERR_ARG);
  assert_int_equal(sztp_voucher_renew(ctx, out, len, -1, &again), SZTP_ERR_ARG);
  sztp_artifacts_free(ctx, out);
  assert_int_equal(sztp_voucher_set_bytes(v, SZTP_VOUCHER_NONCE, nonce, sizeof nonce), SZTP_OK);
  assert_int_equal(sztp_voucher_make(v, s, &out, &len), SZTP_OK);
  test_expect_fail(ctx, sztp_voucher_renew(ctx, out, len, CREATED + DAY, &again), SZTP_ERR_MODEL_INVALID,
                   "a voucher with a nonce was for one request");
  sztp_artifacts_free(ctx, out);
  test_expect_fail(ctx, sztp_voucher_renew(ctx, pki.owner_root.data, pki.owner_root.len, CREATED, &again),
                   SZTP_ERR_CMS_MALFORMED, "it is PEM");
  assert_null(again);
  sztp_voucher_free(v);
  v = voucher_of(ctx, &pki.owner_root);
  assert_int_equal(sztp_voucher_set_i64(v, SZTP_VOUCHER_LAST_RENEWAL, EXPIRES), SZTP_OK);
  test_expect_fail(ctx, sztp_voucher_make(v, s, &out, &len), SZTP_ERR_MODEL_INVALID,
                   "last-renewal-date goes with expires-on");
  sztp_voucher_free(v);
  sztp_signer_free(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(voucher_with_every_leaf), TEST(voucher_with_nonce), TEST(voucher_serial_is_escaped),
      TEST(voucher_with_pinned_key), TEST(voucher_in_cose),    TEST(refused_voucher_leaves),
      TEST(refused_vouchers),        TEST(renewed_voucher),    TEST(refused_renewals),
  };
  return cmocka_run_group_tests(tests, read_files, free_files);
}
