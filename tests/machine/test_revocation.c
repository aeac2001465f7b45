/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation in whole verifications: what the voucher and the device's policy ask for, where CRLs may come
 * from, what a refusal tells, what it costs, and the clock that freshness is judged with. */
#include "artifact_set.h"

#include <time.h>

#include "cryptography/cms_write.h"
#include "formats/armor.h"
#include "ground/text.h"

#define GOOD "owner-root owner-int"

static void demand(artifact_set_t *s, const char *value) {
  artifact_replace(&s->ov, artifact_voucher_with("domain-cert-revocation-checks", value));
}

static void staple(artifact_set_t *s, const char *crls) {
  artifact_replace(&s->oc, artifact_owner_cert_with("owner-chain.pem", crls));
}

/* VERIFY-08, VERIFY-09, VERIFY-10: what the voucher says, and what the device's owner says (D-118, D-119) */
static void what_is_demanded(void **state) {
  (void)state;
  static const struct {
    const char *leaf; /* domain-cert-revocation-checks */
    uint64_t policy;
    const char *crls;
    const char *reason; /* "": accepted */
  } cases[] = {
      {"true", SZTP_REVOCATION_AS_VOUCHER, GOOD, ""},
      {"true", SZTP_REVOCATION_AS_VOUCHER, "", "pkix-revocation-unknown"},
      {"true", SZTP_REVOCATION_AS_VOUCHER, "owner-int", "pkix-revocation-unknown"},
      {"true", SZTP_REVOCATION_AS_VOUCHER, "owner-root", "pkix-revocation-unknown"},
      {"true", SZTP_REVOCATION_AS_VOUCHER, "owner-root owner-int-ended", "pkix-revocation-unknown"},
      {"true", SZTP_REVOCATION_AS_VOUCHER, "owner-root owner-int-revokes", "pkix-revoked"},
      {"true", SZTP_REVOCATION_AS_VOUCHER, "owner-root-revokes owner-int", "pkix-revoked"},
      {"false", SZTP_REVOCATION_AS_VOUCHER, "owner-root owner-int-revokes", ""},
      {"false", SZTP_REVOCATION_AS_VOUCHER, "", ""},
      {NULL, SZTP_REVOCATION_AS_VOUCHER, "", ""},
      {NULL, SZTP_REVOCATION_AS_VOUCHER, "owner-int-ended", ""},
      {NULL, SZTP_REVOCATION_AS_VOUCHER, "owner-int-revokes", "pkix-revoked"},
      {NULL, SZTP_REVOCATION_REQUIRED, "owner-int", "pkix-revocation-unknown"},
      {"false", SZTP_REVOCATION_REQUIRED, "", "pkix-revocation-unknown"},
      {"false", SZTP_REVOCATION_REQUIRED, GOOD, ""},
      {"true", SZTP_REVOCATION_OFF, "owner-int-revokes", ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    artifact_set_t s = artifact_set_open();
    demand(&s, cases[i].leaf);
    staple(&s, cases[i].crls);
    assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVOCATION, (int64_t)cases[i].policy), 0);
    artifact_set_expect(&s, cases[i].reason[0] == '\0' ? 0 : SZTP_STEP_REVOCATION, cases[i].reason, NULL);
    artifact_set_close(&s);
  }
}

/* VERIFY-08, D-118: the pinned certificate is the owner's own */
static void the_owner_is_pinned(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  char value[6000];
  (void)snprintf(value, sizeof value, "\"%s\"", pki_base64("owner.pem"));
  artifact_replace(&s.ov, artifact_voucher_with("pinned-domain-cert", value));
  staple(&s, GOOD);
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVOCATION, SZTP_REVOCATION_REQUIRED), 0);
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  /* and the intermediate: there is one certificate below it, of which its own CRL tells */
  (void)snprintf(value, sizeof value, "\"%s\"", pki_base64("owner-int.pem"));
  artifact_replace(&s.ov, artifact_voucher_with("pinned-domain-cert", value));
  artifact_set_expect(&s, 0, "", NULL);
  staple(&s, "owner-root-revokes owner-int");
  artifact_set_expect(&s, 0, "", NULL);
  staple(&s, "owner-int-revokes");
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revoked", NULL);
  artifact_set_close(&s);
}

/* VERIFY-11, PKIX-18: CRLs of the owner certificate and of the host count, those in other artifacts don't. */
static void where_they_come_from(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  demand(&s, "true");
  s.crl = pki_crls(GOOD);
  artifact_set_expect(&s, 0, "", NULL);
  staple(&s, "owner-root");
  artifact_replace(&s.crl, pki_crls("owner-int"));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.crl, pki_crls("owner-int-revokes"));
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revoked", NULL);
  artifact_replace(&s.crl, pki_crls("owner-root owner-int owner-int")); /* some of them twice */
  artifact_set_expect(&s, 0, "", NULL);
  /* in the conveyed information's signature */
  artifact_replace(&s.crl, (sztp__blob_t){NULL, 0});
  staple(&s, "");
  artifact_replace(&s.ci, artifact_sign_with(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL, GOOD));
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  demand(&s, NULL);
  artifact_replace(&s.ci, artifact_sign_with(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL,
                                             "owner-int-revokes"));
  artifact_set_expect(&s, 0, "", NULL);
  /* and in the voucher's */
  artifact_replace(&s.ov,
                   artifact_sign_with(artifact_voucher_document("domain-cert-revocation-checks", "true"),
                                      SZTP__CMS_VOUCHER_JSON, "voucher-signer", "mfr-int.pem", GOOD));
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  artifact_set_close(&s);
}

/* VOUCH-19: in a voucher, a CRL that lists a certificate of its signer's path counts, and no other does. */
static void in_vouchers(void **state) {
  (void)state;
  static const struct {
    const char *crls;
    int good;
  } cases[] = {{"mfr-root mfr-int", 1}, {"owner-int-ended", 1},  {"owner-int-forged-revokes", 1},
               {"mfr-int-revokes", 0},  {"mfr-root-revokes", 0}, {"mfr-int mfr-root-revokes", 0}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    artifact_set_t s = artifact_set_open();
    artifact_replace(&s.ov, artifact_sign_with(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON,
                                               "voucher-signer", "mfr-int.pem", cases[i].crls));
    if (cases[i].good)
      artifact_set_expect(&s, 0, "", NULL);
    else
      artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-revoked");
    artifact_set_close(&s);
  }
}

/* PKIX-18, SEC-06: what the host fetched is taken whole or not at all. */
static void fetched_crls(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp_ctx_t *ctx = s.mock->ctx;
  sztp_bundle_t *b = NULL;
  sztp__blob_t sixteen =
      pki_crls("mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int "
               "mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int");
  sztp__blob_t more =
      pki_crls("mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int "
               "mfr-int mfr-int mfr-int mfr-int mfr-int mfr-int owner-int");
  assert_int_equal(sztp_bundle_new(ctx, &b), 0);
  assert_int_equal(sztp_bundle_set(b, SZTP_ARTIFACT_CRL, sixteen.data, sixteen.len), 0);
  test_expect_fail(ctx, sztp_bundle_set(b, SZTP_ARTIFACT_CRL, more.data, more.len), SZTP_ERR_LIMIT,
                   "more than 16 CRLs");
  test_expect_fail(ctx, sztp_bundle_set(b, SZTP_ARTIFACT_CRL, sixteen.data, sixteen.len - 1), SZTP_ERR_DER,
                   "");
  sztp_bundle_free(b);
  sztp_artifacts_free(artifact_maker, sixteen.data);
  sztp_artifacts_free(artifact_maker, more.data);
  artifact_set_close(&s);
}

static void expect_text(const artifact_set_t *s, uint32_t step, const char *part) {
  sztp_verdict_t *v = NULL;
  (void)artifact_set_verify(s, &v);
  assert_non_null(v);
  const char *detail = sztp_verdict_text(v, step, SZTP_TEXT_DETAIL);
  if (strstr(detail, part) == NULL) fail_msg("\"%s\" lacks \"%s\"", detail, part);
  sztp_verdict_free(v);
}

/* SEC-15, VERIFY-13: what people are told */
static void what_is_told(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  demand(&s, "true");
  staple(&s, "owner-root owner-int-revokes");
  expect_text(&s, SZTP_STEP_REVOCATION, "\"O=Example Owner, CN=Owner\", serial number ");
  expect_text(&s, SZTP_STEP_REVOCATION, " was revoked on 2025-11-01T00:00:00Z (keyCompromise)");
  staple(&s, "owner-root owner-int-ended");
  expect_text(&s, SZTP_STEP_REVOCATION,
              "whether \"O=Example Owner, CN=Owner\" was revoked is not known: the list "
              "of its issuer ended on 2025-06-01T00:00:00Z");
  staple(&s, GOOD);
  expect_text(
      &s, SZTP_STEP_REVOCATION,
      "2 certificates are on none of their issuers' CRLs, which are fresh until 2098-12-31T23:59:59Z");
  demand(&s, NULL);
  expect_text(&s, SZTP_STEP_REVOCATION, "no certificate is on one of the 2 CRLs");
  artifact_set_close(&s);
}

static uint64_t cost(const artifact_set_t *s) {
  int64_t before = 0;
  int64_t after = 0;
  sztp_verdict_t *v = NULL;
  assert_int_equal(sztp_ctx_i64(s->mock->ctx, SZTP_USAGE_OPERATIONS, &before), 0);
  assert_int_equal(artifact_set_verify(s, &v), 0);
  assert_int_equal(sztp_ctx_i64(s->mock->ctx, SZTP_USAGE_OPERATIONS, &after), 0);
  sztp_verdict_free(v);
  assert_int_equal((after - before) % TO_ACCEPT, 0);
  return (uint64_t)(after - before) / TO_ACCEPT;
}

/* SEC-07: one public-key operation for each certificate below an anchor, each CRL that is needed and each
 * artifact; CRLs that nobody needs cost none. */
static void what_it_costs(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  assert_int_equal(cost(&s), 6);
  staple(&s, GOOD);
  assert_int_equal(cost(&s), 6); /* nothing is demanded, nothing listed */
  demand(&s, "true");
  assert_int_equal(cost(&s), 8);
  staple(&s,
         "other-root mfr-int owner-int owner-int-ended owner-int-delta owner-int-named-another owner-root "
         "server-root");
  assert_int_equal(cost(&s), 8);
  demand(&s, "false");
  assert_int_equal(cost(&s), 6);
  artifact_set_close(&s);
}

/* The DER of a file's certificates, one after another. */
static void add_certs(sztp__buf_t *out, const char *file) {
  sztp__blob_t pem = pki_file(file);
  sztp__span_t text = sztp__span(pem.data, pem.len);
  sztp__span_t label;
  sztp__buf_t der;
  sztp__buf_init(&der, artifact_maker, 1 << 16);
  while (sztp__pem_next(artifact_maker, &text, &label, &der) == SZTP_OK)
    assert_int_equal(sztp__buf_add_span(out, sztp__buf_span(&der)), 0);
  sztp__buf_clear(&der);
  free(pem.data);
}

/* PKIX-12, PKIX-15, SEC-04: somebody puts a list of his own into the bag, and as many certificates of his own
 * as fit, all of which seem to have issued each other and the list. None of them speaks for the list's
 * issuer, which is told, and costs one operation for each. */
static void a_tangle_of_signers(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp__buf_t certs;
  sztp__buf_t bag;
  sztp__blob_t crls = pki_crls("owner-int-forged-revokes");
  sztp__buf_init(&certs, artifact_maker, 1 << 20);
  sztp__buf_init(&bag, artifact_maker, 1 << 20);
  add_certs(&certs, "owner-chain.pem");
  for (uint8_t n = 0; n < 30; n++) {
    add_certs(&certs, "crls/forger.pem");
    certs.data[certs.len - 1] ^= n;
  }
  assert_int_equal(sztp__cms_write_bag(&bag, sztp__buf_span(&certs), sztp__span(crls.data, crls.len)), 0);
  artifact_replace(&s.oc, (sztp__blob_t){NULL, 0});
  assert_int_equal(sztp__buf_take(&bag, &s.oc.data, &s.oc.len), 0);
  assert_int_equal(cost(&s), 6 + 30 + 1);
  expect_text(&s, SZTP_STEP_REVOCATION, "revocation lists not used: no key of its issuer's signed the list");
  sztp_artifacts_free(artifact_maker, crls.data);
  sztp__buf_clear(&certs);
  artifact_set_close(&s);
}

/* CLK-05, D-157; CLK-02 */
static void clocks(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp_device_t *dev = s.mock->dev;
  demand(&s, "true");
  staple(&s, GOOD);
  s.time = SZTP_TIME_UNKNOWN;
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_TIME_FLOOR, 1700000000), 0);
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_CRL_ANY_AGE, 1), 0);
  artifact_set_expect(&s, 0, "", NULL);
  staple(&s, "owner-root owner-int-ended");
  artifact_set_expect(&s, 0, "", NULL);
  staple(&s, "owner-root owner-int-revokes");
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revoked", NULL);
  staple(&s, "owner-root");
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  /* a clock that can be trusted judges in spite of the switch */
  s.time = (int64_t)time(NULL);
  staple(&s, "owner-root owner-int-ended");
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  staple(&s, GOOD);
  s.time = 4070908799; /* the second in which they end */
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  s.time -= 1;
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

/* CLK-03, D-155: the floor moves forward only; a time before it is none to rely on, and what ended before it
 * has ended. */
static void the_floor(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp_device_t *dev = s.mock->dev;
  int64_t now = s.time;
  assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_TIME_FLOOR, (int64_t)now), 0);
  test_expect_fail(s.mock->ctx, sztp_device_set_i64(dev, SZTP_POLICY_TIME_FLOOR, (int64_t)now - 1),
                   SZTP_ERR_ARG, "only moves forward");
  assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_TIME_FLOOR, (int64_t)now), 0);
  s.time = 0; /* 1970: nothing of the test PKI was valid then, and it can't be */
  artifact_set_expect(&s, 0, "", NULL);
  demand(&s, "true");
  staple(&s, GOOD);
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  demand(&s, NULL);
  assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_TIME_FLOOR, 7258118400), 0); /* 2200 */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  s.time = SZTP_TIME_UNKNOWN;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  artifact_set_close(&s);
}

/* SEC-05: memory that fails changes no verdict */
static void memory(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  demand(&s, "true");
  staple(&s, "owner-root owner-int-revokes");
  for (size_t n = 1;; n++) {
    sztp_verdict_t *v = NULL;
    test_memory_t *m = &s.mock->memory;
    size_t blocks = m->blocks;
    m->fail_at = m->calls + n;
    int32_t rc = artifact_set_verify(&s, &v);
    int met = m->calls >= m->fail_at;
    m->fail_at = 0;
    assert_true(rc == SZTP_ERR_PKIX_REVOKED || (met && rc == SZTP_ERR_MEMORY));
    assert_false(v != NULL && sztp_verdict_accepted(v));
    sztp_verdict_free(v);
    assert_int_equal(m->blocks, blocks);
    if (!met) break;
    n += TEST_SAMPLE - 1;
  }
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_demanded),
      cmocka_unit_test(the_owner_is_pinned),
      cmocka_unit_test(where_they_come_from),
      cmocka_unit_test(in_vouchers),
      cmocka_unit_test(fetched_crls),
      cmocka_unit_test(what_is_told),
      cmocka_unit_test(what_it_costs),
      cmocka_unit_test(a_tangle_of_signers),
      cmocka_unit_test(clocks),
      cmocka_unit_test(the_floor),
      cmocka_unit_test(memory),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
