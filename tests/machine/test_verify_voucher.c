/* SPDX-License-Identifier: Apache-2.0 */
/* Vouchers that are refused, and those that are just right (VOUCH, DATA groups): their signature, each leaf,
 * dates, assertions, and documents as a whole. */
#include "artifact_forms.h"

/* V3: VOUCH-04, VOUCH-06, STATE-14, CMS-16; the reason is voucher-untrusted, whatever else is wrong */
static void test_voucher_signature(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document("serial-number", "\"another\""),
                                        SZTP__CMS_VOUCHER_JSON, "other", "other-root.pem"));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON,
                                        "voucher-signer", NULL));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
                      "pkix-no-path"); /* the intermediate is missing */
  artifact_replace(&s.ov, artifact_voucher_with(NULL, NULL));
  s.ov.data[s.ov.len - 1] ^= 1;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  artifact_set_close(&s);
  /* an anchor for servers is none for vouchers */
  s = artifact_set_open();
  artifact_set_new_device(&s, SZTP_CERT_SERVER_ANCHOR);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", NULL);
  /* an intermediate may be the anchor (STATE-17), and so may the signer itself */
  static const char *const anchors[] = {"mfr-int.pem", "voucher-signer.pem"};
  for (size_t i = 0; i < 2; i++) {
    sztp__blob_t anchor = pki_file(anchors[i]);
    assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
    artifact_set_expect(&s, 0, "", NULL);
    free(anchor.data);
    if (i > 0) continue;
    artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON,
                                          "voucher-signer", NULL));
    artifact_set_expect(&s, 0, "", NULL); /* the signer's certificate alone, below that anchor */
  }
  /* the signer's key usage (VOUCH-06) */
  artifact_replace(
      &s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON, "mfr-int", NULL));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-keyusage");
  artifact_set_close(&s);
}

/* V4 to V10: VOUCH-02, VOUCH-03, VOUCH-05, VOUCH-07, VOUCH-08, VOUCH-09, VOUCH-10, VOUCH-12, VOUCH-13,
 * VOUCH-14, VOUCH-16, VOUCH-18, DATA-03, DATA-04, DATA-05, DATA-09, DATA-17 */
static void test_voucher_leaves(void **state) {
  (void)state;
  int64_t now = (int64_t)time(NULL);
  char soon[40], later[40], past[40], future[40];
  char trailing[6000], two[12000], pem[6000];
  sztp__blob_t root = pki_file("owner-root.pem");
  uint8_t *der = NULL;
  size_t len = 0;
  assert_int_equal(sztp_artifacts_make_der(artifact_maker, root.data, root.len, &der, &len), 0);
  forms_quote_base64(trailing, sizeof trailing, sztp__span(der, len), sztp__span("", 1));
  forms_quote_base64(two, sizeof two, sztp__span(der, len), sztp__span(der, len));
  forms_quote_base64(pem, sizeof pem, sztp__span(root.data, root.len), sztp__span(NULL, 0));
  sztp_artifacts_free(artifact_maker, der);
  free(root.data);
  (void)snprintf(soon, sizeof soon, "\"%s\"", artifact_date(now + 60));
  (void)snprintf(later, sizeof later, "\"%s\"", artifact_date(now + 600));
  (void)snprintf(past, sizeof past, "\"%s\"", artifact_date(now - 10));
  (void)snprintf(future, sizeof future, "\"%s\"", artifact_date(now + 100000));
  const struct forms_leaf cases[] = {
      {"created-on", soon, 0, ""},
      {"created-on", later, SZTP_STEP_VOUCHER_DATES, "voucher-not-yet-valid"},
      {"created-on", NULL, SZTP_STEP_VOUCHER_DATES, "voucher-malformed"},
      {"created-on", "null", SZTP_STEP_VOUCHER_DATES, "voucher-malformed"},
      {"created-on", "\"2030-02-29T00:00:00Z\"", SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {"created-on", "17", SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {"expires-on", future, 0, ""},
      {"expires-on", past, SZTP_STEP_VOUCHER_DATES, "voucher-expired"},
      {"assertion", "\"logged\"", SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {"assertion", "\"Verified\"", SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {"assertion", "\"\"", SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {"assertion", NULL, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {"serial-number", "\"ex4200-17\"", SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {"serial-number", "\"EX4200-17 \"", SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {"serial-number", "\"0EX4200-17\"", SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {"serial-number", "\"*\"", SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {"serial-number", "[\"EX4200-17\"]", SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {"serial-number", NULL, SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {"serial-number", "\"EX4200-17\",\"serial-number\":\"EX4200-17\"", SZTP_STEP_VOUCHER_CONTENT,
       "voucher-malformed"},
      {"serial-number", "\"EX4200-17\",\"ietf-voucher:serial-number\":\"x\"", SZTP_STEP_VOUCHER_CONTENT,
       "voucher-malformed"},
      {"idevid-issuer", "\"AAAA\"", SZTP_STEP_VOUCHER_ISSUER, "voucher-idevid-issuer"},
      {"idevid-issuer", "\"AA\"", SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {"nonce", "\"AAECAwQFBgcICQoLDA0ODw==\"", SZTP_STEP_VOUCHER_NONCE, "voucher-nonce"},
      {"pinned-domain-cert", "\"AAECAw==\"", SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {"pinned-domain-cert", trailing, SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {"pinned-domain-cert", two, SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {"pinned-domain-cert", pem, SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {"pinned-domain-cert", NULL, SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {"pinned-domain-cert", "\"\"", SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {"domain-cert-revocation-checks", "false", 0, ""},
      {"domain-cert-revocation-checks", "\"false\"", 0, ""},
      {"domain-cert-revocation-checks", "null", 0, ""},
      {"domain-cert-revocation-checks", "true", SZTP_STEP_REVOCATION, "pkix-revocation-unknown"},
      {"domain-cert-revocation-checks", "\"true\"", SZTP_STEP_REVOCATION, "pkix-revocation-unknown"},
      {"domain-cert-revocation-checks", "\"yes\"", SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {"domain-cert-revocation-checks", "1", SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {"last-renewal-date", "\"whatever\"", 0, ""},
      {"last-renewal-date", past, 0, ""},
      {"last-renewal-date",
       "null,\"est-domain\":\"https://other.example/\",\"additional-configuration-url\":"
       "\"https://other.example/c\"",
       0, ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    artifact_set_t s = artifact_set_open();
    artifact_replace(&s.ov, artifact_voucher_with(cases[i].leaf, cases[i].value));
    artifact_set_expect(&s, cases[i].step, cases[i].reason, NULL);
    artifact_set_close(&s);
  }
}

/* LIFE-05: a voucher that is older than the one that was followed is refused, to the second, and so is one
 * that does not say; LIFE-03: what was followed says when it was created */
static void test_superseded_voucher(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp_verdict_t *v = NULL;
  int64_t created = 0, followed = s.time - 500;
  char value[40];
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_VOUCHER_FLOOR, followed), 0);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_VOUCHER_FLOOR, followed - 1), SZTP_ERR_ARG);
  for (int64_t older = 0; older < 2; older++) {
    (void)snprintf(value, sizeof value, "\"%s\"", artifact_date(followed - older));
    artifact_replace(&s.ov, artifact_voucher_with("created-on", value));
    artifact_set_expect(&s, older ? SZTP_STEP_VOUCHER_DATES : 0, older ? "voucher-superseded" : "", NULL);
    int32_t rc = artifact_set_verify(&s, &v);
    assert_int_equal(rc, older ? SZTP_ERR_VOUCHER_SUPERSEDED : SZTP_OK);
    assert_int_equal(sztp_verdict_i64(v, SZTP_VERDICT_VOUCHER_CREATED, &created),
                     older ? SZTP_ERR_NOT_FOUND : SZTP_OK);
    assert_int_equal(created, followed);
    assert_int_equal(sztp_verdict_i64(v, 99, &created), SZTP_ERR_ARG);
    assert_int_equal(sztp_verdict_i64(NULL, SZTP_VERDICT_VOUCHER_CREATED, &created), SZTP_ERR_ARG);
    sztp_verdict_free(v);
  }
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_DATES, "is before that of the voucher that was followed");
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVISED_VOUCHER, 1), 0);
  artifact_replace(&s.ov, artifact_voucher_with("created-on", NULL));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-superseded", NULL);
  artifact_set_close(&s);
}

/* VOUCH-07, VOUCH-08, D-104: to the second; without the optional leaves only behind the switch */
static void test_voucher_dates(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  int64_t now = s.time;
  char value[40];
  (void)snprintf(value, sizeof value, "\"%s\"", artifact_date(now + 1000));
  artifact_replace(&s.ov, artifact_voucher_with("expires-on", value));
  s.time = now + 999;
  artifact_set_expect(&s, 0, "", NULL);
  s.time = now + 1000;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  artifact_replace(&s.ov, artifact_voucher_with("created-on", value));
  s.time = now + 1000 - 300;
  artifact_set_expect(&s, 0, "", NULL);
  s.time = now + 1000 - 301;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-not-yet-valid", NULL);
  s.time = now;
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVISED_VOUCHER, 1), 0);
  artifact_replace(&s.ov, artifact_voucher_with("created-on", NULL));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, artifact_voucher_with("assertion", NULL));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, artifact_voucher_with("assertion", "\"logged\""));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion", NULL);
  artifact_set_close(&s);
}

/* VOUCH-09, D-105: what policy adds, and no more */
static void test_assertions(void **state) {
  (void)state;
  static const struct {
    const char *value;
    uint32_t bit;
  } assertions[] = {{"\"verified\"", SZTP_ASSERTION_VERIFIED},
                    {"\"logged\"", SZTP_ASSERTION_LOGGED},
                    {"\"proximity\"", SZTP_ASSERTION_PROXIMITY},
                    {"\"agent-proximity\"", SZTP_ASSERTION_AGENT_PROXIMITY},
                    {"\"foo\"", 0}};
  artifact_set_t s = artifact_set_open();
  for (size_t i = 0; i < TEST_COUNT_OF(assertions); i++) {
    uint32_t bit = assertions[i].bit;
    artifact_replace(&s.ov, artifact_voucher_with("assertion", assertions[i].value));
    assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_ASSERTIONS, bit), 0);
    artifact_set_expect(&s, bit != 0 ? 0 : SZTP_STEP_VOUCHER_ASSERTION, bit != 0 ? "" : "voucher-assertion",
                        NULL);
    assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_ASSERTIONS, 15 & ~bit), 0);
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion", NULL);
  }
  artifact_set_close(&s);
}

/* VOUCH-20, D-112: told and no fault; the certificate's own end counts */
static void test_expiry_beyond_certificate(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ov, artifact_voucher_with("expires-on", "\"2099-12-31T23:59:59Z\""));
  artifact_set_expect(&s, 0, "", NULL);
  assert_null(strstr(s.mock->log, "is after the end of the certificate that it pins"));
  artifact_replace(&s.ov, artifact_voucher_with("expires-on", "\"2100-01-01T00:00:00Z\""));
  artifact_set_expect(&s, 0, "", NULL);
  assert_non_null(strstr(s.mock->log,
                         "expires-on, 2100-01-01T00:00:00Z, is after the end of the certificate that "
                         "it pins, 2099-12-31T23:59:59Z"));
  artifact_set_close(&s);
}

/* VOUCH-03, VOUCH-05, VOUCH-21: other documents in the voucher's place */
static void test_voucher_documents(void **state) {
  (void)state;
  static const struct {
    const char *document;
    const char *reason;
  } cases[] = {
      {"<voucher/>", "encoding-unknown"},
      {"", "encoding-unknown"},
      {"{\"ietf-voucher-request:voucher\":{\"serial-number\":\"EX4200-17\"}}", "voucher-malformed"},
      {"{\"voucher\":{}}", "voucher-malformed"},
      {"{\"ietf-voucher:voucher\":[]}", "voucher-malformed"},
      {"{\"ietf-voucher:voucher\":", "voucher-malformed"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    artifact_set_t s = artifact_set_open();
    artifact_replace(
        &s.ov, artifact_sign(cases[i].document, SZTP__CMS_VOUCHER_JSON, "voucher-signer", "mfr-int.pem"));
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_CONTENT, cases[i].reason, NULL);
    artifact_set_close(&s);
  }
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_DATA,
                                        "voucher-signer", "mfr-int.pem"));
  artifact_set_expect(&s, 0, "", NULL); /* id-data with attributes */
  /* VOUCH-02, D-101: other content types, and the arc of all of them */
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_CONVEYED_XML,
                                        "voucher-signer", "mfr-int.pem"));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "cms-type-unexpected", NULL);
  sztp__blob_t kept = s.ov;
  s.ov = pki_file("cms/ec-voucher-arc.cms");
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "cms-type-unexpected", NULL);
  free(s.ov.data);
  s.ov = kept;
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_voucher_signature),         cmocka_unit_test(test_voucher_leaves),
      cmocka_unit_test(test_voucher_documents),         cmocka_unit_test(test_voucher_dates),
      cmocka_unit_test(test_superseded_voucher),        cmocka_unit_test(test_assertions),
      cmocka_unit_test(test_expiry_beyond_certificate),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
