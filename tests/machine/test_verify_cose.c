/* SPDX-License-Identifier: Apache-2.0 */
/* Vouchers in CBOR, signed by COSE (COSE group): when they are accepted, and each step's refusals with the
 * same reasons as for CMS. */
#include "artifact_forms.h"

/* VOUCH-21, D-113, COSE group: off by default, and then refused with a hint; on, the whole set is accepted,
 * with as few public-key operations as with CMS */
static void test_cose_good(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  int64_t before = 0;
  int64_t after = 0;
  artifact_replace(&s.ov, forms_usual_cose());
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "voucher-malformed", "");
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_FORMAT,
                             "only with the policy SZTP_POLICY_CONSTRAINED_VOUCHER");
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1), 0);
  assert_int_equal(sztp_ctx_i64(s.mock->ctx, SZTP_USAGE_OPERATIONS, &before), 0);
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_ctx_i64(s.mock->ctx, SZTP_USAGE_OPERATIONS, &after), 0);
  assert_int_equal(after - before, TO_ACCEPT * 6);
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_FORMAT, "COSE_Sign1 with ES256, 2 certificates");
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE, "CN=MASA");
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_CONTENT, "in CBOR");
  s.ov.data++; /* without its tag */
  s.ov.len--;
  artifact_set_expect(&s, 0, "", NULL);
  s.ov.data--;
  artifact_replace(&s.ov, artifact_voucher_with(NULL, NULL)); /* JSON in CMS as ever */
  artifact_set_expect(&s, 0, "", NULL);
  /* signed by another implementation, in three forms (COSE-07) */
  static const char *const made[] = {"cose/voucher-delta.cose", "cose/voucher-named.cose",
                                     "cose/voucher-mixed.cose"};
  sztp__blob_t kept = s.ov;
  for (size_t i = 0; i < TEST_COUNT_OF(made); i++) {
    s.ov = pki_file(made[i]);
    artifact_set_expect(&s, 0, "", NULL);
    free(s.ov.data);
  }
  s.ov = kept;
  artifact_set_close(&s);
}

/* COSE-01, COSE-03, COSE-06, COSE-09: structures that are refused, at the step and with the reason of CMS */
static void test_cose_containers(void **state) {
  (void)state;
  artifact_set_t s = forms_open_constrained();
  static const struct {
    const char *octets;
    size_t len;
    const char *reason;
    const char *detail;
  } cases[] = {
#define CASE(literal, reason, detail) {literal, sizeof(literal) - 1, reason, detail}
      CASE("\xd2", "voucher-malformed", "the end of data"),
      CASE("\x84\x43\xa1\x01\x26\xa0\xf6\x41s", "cms-detached", "the payload is not in it"),
      CASE("\x84\x40\xa1\x01\x26\x41p\x41s", "voucher-malformed", "names no algorithm"),
      CASE("\x84\x43\xa1\x01\x26\xa1\x01\x26\x41p\x41s", "voucher-malformed", "in both headers"),
      CASE("\x84\x46\xa2\x01\x26\x02\x81\x0a\xa0\x41p\x41s", "voucher-malformed", "not understood"),
      CASE("\xd2\x84\x43\xa1\x01\x26\xa0\x41p\x41s\x00", "voucher-malformed", "after the item"),
      CASE("\x9f\x43\xa1\x01\x26\xa0\x41p\x41s\xff", "voucher-malformed", "first octet 0x9f"),
      CASE("eyJhbGciOiJFUzI1NiJ9.e30.AA", "voucher-malformed", "it is text, where CMS in DER is wanted"),
  };
  sztp__blob_t kept = s.ov;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t octets[64];
    memcpy(octets, cases[i].octets, cases[i].len);
    s.ov.data = octets;
    s.ov.len = cases[i].len;
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, cases[i].reason, "");
    artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_FORMAT, cases[i].detail);
  }
  /* CMS-26 */
  sztp__buf_t b;
  sztp__buf_init(&b, artifact_maker, 4096);
  (void)sztp__buf_add(&b, "\x84\x43\xa1\x01\x26\xa1\x18\x20\x98\x21", 10);
  for (int i = 0; i < 33; i++) (void)sztp__cbor_put_bytes(&b, sztp__span_of("c"));
  assert_int_equal(sztp__buf_add(&b, "\x41p\x41s", 4), 0);
  s.ov.data = b.data;
  s.ov.len = b.len;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "limit", "");
  sztp__buf_clear(&b);
  s.ov = kept;
  artifact_set_close(&s);
}

/* COSE-02, COSE-03, COSE-04, COSE-05, COSE-10; VOUCH-06, CMS-16, PKIX-14: who signed */
static void test_cose_signature(void **state) {
  (void)state;
  artifact_set_t s = forms_open_constrained();
  artifact_replace(&s.ov, forms_cose_around(forms_cbor_document(SZTP__NODE_SERIAL, sztp__span("\x61x", 2)),
                                            "other", "other-root.pem", 0));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  artifact_replace(&s.ov,
                   forms_cose_around(forms_cbor_document(0, sztp__span(NULL, 0)), "voucher-signer", NULL, 0));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
                      "pkix-no-path"); /* its issuer is missing */
  artifact_replace(&s.ov, forms_cose_around(forms_cbor_document(0, sztp__span(NULL, 0)), "mfr-int", NULL, 0));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
                      "pkix-keyusage"); /* keyCertSign alone */
  artifact_replace(&s.ov, forms_usual_cose());
  s.ov.data[s.ov.len - 1] ^= 1;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  artifact_replace(&s.ov, forms_usual_cose());
  s.time = 7258118400; /* 2200 */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  s.time = (int64_t)time(NULL);
  /* without certificates: only an anchor may have signed (COSE-05) */
  artifact_replace(&s.ov,
                   forms_cose_around(forms_cbor_document(0, sztp__span(NULL, 0)), "voucher-signer", NULL, 1));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  sztp__blob_t anchor = pki_file("voucher-signer.pem");
  assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
  artifact_set_expect(&s, 0, "", NULL);
  /* certificates of others beside it stand in nobody's way */
  sztp__blob_t kept = s.ov;
  s.ov = forms_cose_around(forms_cbor_document(0, sztp__span(NULL, 0)), "voucher-signer", NULL, 1);
  assert_int_equal(s.ov.data[6], 0xa0);
  sztp__buf_t with;
  sztp__buf_t stray;
  sztp__buf_init(&with, artifact_maker, 1 << 16);
  (void)sztp__buf_add(&with, s.ov.data, 6);
  (void)sztp__buf_add(&with, "\xa1\x18\x20", 3);
  (void)sztp__cbor_put_bytes(&with, pki_der(artifact_maker, "other.pem", &stray));
  assert_int_equal(sztp__buf_add(&with, s.ov.data + 7, s.ov.len - 7), 0);
  sztp__buf_clear(&stray);
  artifact_replace(&s.ov, kept);
  kept = s.ov;
  s.ov.data = with.data;
  s.ov.len = with.len;
  artifact_set_expect(&s, 0, "", NULL);
  s.ov = kept;
  sztp__buf_clear(&with);
  /* a direct signer is judged like any: its validity */
  s.time = 7258118400;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  free(anchor.data);
  artifact_set_close(&s);
  /* and its key usage */
  s = forms_open_constrained();
  anchor = pki_file("mfr-int.pem");
  assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
  artifact_replace(&s.ov, forms_cose_around(forms_cbor_document(0, sztp__span(NULL, 0)), "mfr-int", NULL, 1));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-keyusage");
  free(anchor.data);
  /* algorithms: those of CMS have reasons, and so have these */
  static const struct {
    const char *file;
    const char *cause;
  } made[] = {{"cose/eddsa.cose", "cms-alg-unsupported"},     {"cose/es512-p256.cose", "cms-alg-unsupported"},
              {"cose/es256-p224.cose", "cms-alg-weak"},       {"cose/alg-text.cose", "cms-alg-unsupported"},
              {"cose/es256-rsa.cose", "cms-alg-unsupported"}, {"cose/ps256.cose", "cms-alg-unsupported"},
              {"cose/der.cose", "cms-signature-invalid"},     {"cose/zeros.cose", "cms-signature-invalid"}};
  kept = s.ov;
  for (size_t i = 0; i < TEST_COUNT_OF(made); i++) {
    s.ov = pki_file(made[i].file);
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", made[i].cause);
    free(s.ov.data);
  }
  s.ov = pki_file("cose/es256.cose"); /* signed well, but no voucher */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed", "");
  free(s.ov.data);
  s.ov = kept;
  artifact_set_close(&s);
  s = forms_open_constrained();
  artifact_set_new_device(&s, SZTP_CERT_SERVER_ANCHOR);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1), 0);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "");
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE, "no voucher anchor");
  artifact_set_close(&s);
}

/* COSE-08, COSE-10: the leaves of test_voucher_leaves() once more */
static void test_cose_leaves(void **state) {
  (void)state;
  int64_t now = (int64_t)time(NULL);
  sztp__buf_t root, pem_octets, soon, later, past, future, trailing, two, pem;
  sztp__span_t der = pki_der(artifact_maker, "owner-root.pem", &root);
  sztp__blob_t file = pki_file("owner-root.pem");
  sztp__buf_init(&pem_octets, artifact_maker, 1 << 16);
  assert_int_equal(sztp__buf_add(&pem_octets, file.data, file.len), 0);
  free(file.data);
  const sztp__span_t nothing = {NULL, 0};
#define RAW(literal) sztp__span(literal, sizeof(literal) - 1)
  const struct {
    uint32_t node;
    sztp__span_t value; /* empty: left out */
    uint32_t step;      /* 0: accepted */
    const char *reason;
  } cases[] = {
      {SZTP__NODE_CREATED_ON, forms_text(&soon, artifact_date(now + 60)), 0, ""},
      {SZTP__NODE_CREATED_ON, forms_text(&later, artifact_date(now + 600)), SZTP_STEP_VOUCHER_DATES,
       "voucher-not-yet-valid"},
      {SZTP__NODE_CREATED_ON, nothing, SZTP_STEP_VOUCHER_DATES, "voucher-malformed"},
      {SZTP__NODE_CREATED_ON, RAW("\xf6"), SZTP_STEP_VOUCHER_DATES, "voucher-malformed"},
      {SZTP__NODE_CREATED_ON, RAW("\x11"), SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_CREATED_ON,
       RAW("\x6a"
           "2030-02-29"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_EXPIRES_ON, forms_text(&future, artifact_date(now + 100000)), 0, ""},
      {SZTP__NODE_EXPIRES_ON, forms_text(&past, artifact_date(now - 10)), SZTP_STEP_VOUCHER_DATES,
       "voucher-expired"},
      {SZTP__NODE_ASSERTION, RAW("\x68verified"), 0, ""},
      {SZTP__NODE_ASSERTION, RAW("\x01"), SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_ASSERTION, RAW("\x04"), SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_ASSERTION, RAW("\x20"), SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_ASSERTION, RAW("\x68Verified"), SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_ASSERTION, nothing, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_SERIAL,
       RAW("\x69"
           "ex4200-17"),
       SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {SZTP__NODE_SERIAL,
       RAW("\x6a"
           "EX4200-17 "),
       SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {SZTP__NODE_SERIAL, RAW("\x61*"), SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {SZTP__NODE_SERIAL,
       RAW("\x81\x69"
           "EX4200-17"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_SERIAL,
       RAW("\x49"
           "EX4200-17"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_SERIAL,
       RAW("\x69"
           "EX4200-17\x0b\x69"
           "EX4200-17"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_SERIAL,
       RAW("\x69"
           "EX4200-17\x6dserial-number\x61x"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_SERIAL, nothing, SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_IDEVID_ISSUER, RAW("\x43\0\0\0"), SZTP_STEP_VOUCHER_ISSUER, "voucher-idevid-issuer"},
      {SZTP__NODE_NONCE, RAW("\x48nnnnnnnn"), SZTP_STEP_VOUCHER_NONCE, "voucher-nonce"},
      {SZTP__NODE_PINNED_CERT, RAW("\x44\0\1\2\3"), SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, RAW("\x40"), SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, forms_bytes(&trailing, der, RAW("\0")), SZTP_STEP_PINNED_CERT,
       "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, forms_bytes(&two, der, der), SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, forms_bytes(&pem, sztp__buf_span(&pem_octets), nothing), SZTP_STEP_PINNED_CERT,
       "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, nothing, SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_REVOCATION, RAW("\xf4"), 0, ""},
      {SZTP__NODE_REVOCATION,
       RAW("\x65"
           "false"),
       0, ""},
      {SZTP__NODE_REVOCATION, RAW("\xf6"), 0, ""},
      {SZTP__NODE_REVOCATION, RAW("\xf5"), SZTP_STEP_REVOCATION, "pkix-revocation-unknown"},
      {SZTP__NODE_REVOCATION, RAW("\x64true"), SZTP_STEP_REVOCATION, "pkix-revocation-unknown"},
      {SZTP__NODE_REVOCATION, RAW("\x63yes"), SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_REVOCATION, RAW("\x01"), SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_LAST_RENEWAL, RAW("\x68whatever"), 0, ""},
      {13, RAW("\x6dother.example"), 0, ""}, /* est-domain */
      {15, RAW("\x81\xa1\x01\xf9\x3c\x00"), 0, ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    artifact_set_t s = forms_open_constrained();
    artifact_replace(&s.ov, forms_cose_with(cases[i].node, cases[i].value));
    artifact_set_expect(&s, cases[i].step, cases[i].reason, NULL);
    artifact_set_close(&s);
  }
  sztp__buf_t *const buffers[] = {&root, &pem_octets, &soon, &later, &past, &future, &trailing, &two, &pem};
  for (size_t i = 0; i < TEST_COUNT_OF(buffers); i++) sztp__buf_clear(buffers[i]);
}

/* COSE-10 with VOUCH-11, VOUCH-12, VOUCH-07 and VOUCH-09 (the revised format) */
static void test_cose_comparisons(void **state) {
  (void)state;
  artifact_set_t s = forms_open_constrained();
  static uint8_t sent[8] = {'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n'};
  s.nonce.data = sent;
  s.nonce.len = sizeof sent;
  artifact_replace(&s.ov, forms_cose_with(SZTP__NODE_NONCE, RAW("\x48nnnnnnnn")));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, forms_cose_with(SZTP__NODE_NONCE, RAW("\x48nnnnnnno")));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  artifact_replace(&s.ov, forms_cose_with(SZTP__NODE_NONCE, RAW("\x47nnnnnnn")));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  sztp__buf_t issuer;
  const sztp__cert_t *idevid = &s.mock->dev->certs[SZTP_CERT_IDENTITY].v[0];
  artifact_replace(&s.ov,
                   forms_cose_with(SZTP__NODE_IDEVID_ISSUER,
                                   forms_bytes(&issuer, idevid->authority_key_id, sztp__span(NULL, 0))));
  artifact_set_expect(&s, 0, "", NULL);
  sztp__buf_clear(&issuer);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_ASSERTIONS, SZTP_ASSERTION_AGENT_PROXIMITY),
                   0);
  artifact_replace(&s.ov, forms_cose_with(SZTP__NODE_ASSERTION, RAW("\x03")));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, forms_usual_cose());
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVISED_VOUCHER, 1), 0);
  artifact_replace(&s.ov, forms_cose_with(SZTP__NODE_ASSERTION, sztp__span(NULL, 0)));
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_ASSERTIONS, SZTP_ASSERTION_VERIFIED), 0);
  artifact_replace(&s.ov, forms_cose_with(SZTP__NODE_CREATED_ON, sztp__span(NULL, 0)));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

/* COSE-02, COSE-10: every octet changed, cut anywhere; what is accepted all the same means the same */
static void test_cose_changed(void **state) {
  (void)state;
  artifact_set_t s = forms_open_constrained();
  for (size_t n = 0; n < s.ov.len; n += TEST_SAMPLE) {
    sztp_verdict_t *v = NULL;
    s.ov.data[n] ^= (uint8_t)(1U << (n % 8));
    int32_t rc = artifact_set_verify(&s, &v);
    assert_non_null(v);
    if (rc < 0) assert_string_not_equal(sztp_error_label(rc), "");
    if (rc == SZTP_OK) assert_true(n == 8 && s.ov.data[n] == 33); /* x5bag has become x5chain */
    sztp_verdict_free(v);
    s.ov.data[n] ^= (uint8_t)(1U << (n % 8));
  }
  size_t len = s.ov.len;
  for (s.ov.len = 0; s.ov.len < len; s.ov.len += TEST_SAMPLE) {
    sztp_verdict_t *v = NULL;
    assert_int_equal(artifact_set_verify(&s, &v), SZTP_ERR_VOUCHER_MALFORMED);
    sztp_verdict_free(v);
  }
  s.ov.len = len;
  artifact_set_close(&s);
}

/* SEC-05 */
static void test_cose_memory_failure(void **state) {
  (void)state;
  artifact_set_t s = forms_open_constrained();
  assert_true(artifact_set_every_allocation(&s, SZTP_OK) > 30 / TEST_SAMPLE);
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cose_good),           cmocka_unit_test(test_cose_containers),
      cmocka_unit_test(test_cose_signature),      cmocka_unit_test(test_cose_leaves),
      cmocka_unit_test(test_cose_comparisons),    cmocka_unit_test(test_cose_changed),
      cmocka_unit_test(test_cose_memory_failure),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
