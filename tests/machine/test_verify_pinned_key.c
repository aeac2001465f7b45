/* SPDX-License-Identifier: Apache-2.0 */
/* Vouchers that pin a public key or its hash in place of a certificate (VOUCH-17, D-111), in JSON and CBOR.
 */
#include "artifact_forms.h"

static sztp__span_t spki_of(const char *name, sztp__buf_t *der) {
  sztp__cert_t cert;
  assert_int_equal(sztp__cert_parse(artifact_maker, pki_der(artifact_maker, name, der), &cert), 0);
  return cert.spki;
}

/* A voucher in JSON or CBOR that pins @p octets as @p node, and a certificate only if @p cert. */
static sztp__blob_t pinning(int cbor, uint32_t node, sztp__span_t octets, int cert) {
  char value[2048];
  sztp__buf_t item;
  if (cbor) {
    sztp__blob_t with = forms_cbor_document(node, forms_bytes(&item, octets, sztp__span(NULL, 0)));
    sztp__blob_t without = forms_cbor_document(SZTP__NODE_PINNED_CERT, sztp__span(NULL, 0));
    if (!cert) { /* the document without the certificate, and the node behind its last one */
      sztp__buf_t b;
      sztp__buf_init(&b, artifact_maker, 1 << 16);
      (void)sztp__buf_add(&b, without.data, without.len - 1);
      (void)sztp__cbor_put_uint(&b, node);
      (void)sztp__buf_add_span(&b, sztp__buf_span(&item));
      assert_int_equal(sztp__buf_add_u8(&b, 0xff), 0);
      artifact_replace(&with, (sztp__blob_t){NULL, 0});
      assert_int_equal(sztp__buf_take(&b, &with.data, &with.len), 0);
    }
    sztp_artifacts_free(artifact_maker, without.data);
    sztp__buf_clear(&item);
    return forms_cose_around(with, "voucher-signer", "mfr-int.pem", 0);
  }
  forms_quote_base64(value, sizeof value, octets, sztp__span(NULL, 0));
  char document[8192];
  (void)snprintf(document, sizeof document, "%s",
                 artifact_voucher_document(sztp__voucher_node_name(node), value));
  if (!cert) {
    char *from = strstr(document, ",\"pinned-domain-cert\":");
    char *to = strchr(from + 1, ',');
    memmove(from, to, strlen(to) + 1);
  }
  return artifact_sign(document, SZTP__CMS_VOUCHER_JSON, "voucher-signer", "mfr-int.pem");
}

/* VOUCH-17, D-111 */
static void test_pinned_key(void **state) {
  (void)state;
  for (int cbor = 0; cbor < 2; cbor++) {
    artifact_set_t s = forms_open_constrained();
    sztp__buf_t owner, other, issuer;
    uint8_t digest[SZTP__HASH_MAX];
    uint8_t other_digest[SZTP__HASH_MAX];
    size_t len = 0;
    sztp__span_t key = spki_of("owner.pem", &owner);
    sztp__span_t other_key = spki_of("other.pem", &other);
    sztp__span_t issuer_key = spki_of("owner-int.pem", &issuer);
    assert_int_equal(sztp__hash_once(artifact_maker, SZTP__HASH_SHA256, key, digest, &len), 0);
    assert_int_equal(sztp__hash_once(artifact_maker, SZTP__HASH_SHA256, other_key, other_digest, &len), 0);
    const struct {
      uint32_t node;
      sztp__span_t octets;
      int cert;
      uint32_t step;
      const char *reason;
      const char *cause;
    } cases[] = {
        {SZTP__NODE_PINNED_PUBK, key, 0, 0, "", ""},
        {SZTP__NODE_PINNED_PUBK_SHA256, sztp__span(digest, len), 0, 0, "", ""},
        {SZTP__NODE_PINNED_PUBK, other_key, 0, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path"},
        {SZTP__NODE_PINNED_PUBK, issuer_key, 0, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path"},
        {SZTP__NODE_PINNED_PUBK_SHA256, sztp__span(other_digest, len), 0, SZTP_STEP_OWNER_CHAIN,
         "owner-untrusted", "pkix-no-path"},
        {SZTP__NODE_PINNED_PUBK_SHA256, sztp__span(digest, len - 1), 0, SZTP_STEP_PINNED_CERT,
         "voucher-malformed", ""},
        {SZTP__NODE_PINNED_PUBK, sztp__span(key.data, key.len - 1), 0, SZTP_STEP_PINNED_CERT,
         "voucher-malformed", ""},
        {SZTP__NODE_PINNED_PUBK, sztp__buf_span(&owner), 0, SZTP_STEP_PINNED_CERT, "voucher-malformed", ""},
        {SZTP__NODE_PINNED_PUBK, sztp__span("", 0), 0, SZTP_STEP_PINNED_CERT, "voucher-malformed", ""},
        /* a pinned certificate wins, whatever the key is */
        {SZTP__NODE_PINNED_PUBK, other_key, 1, 0, "", ""},
        {SZTP__NODE_PINNED_PUBK, sztp__span("x", 1), 1, 0, "", ""},
    };
    for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
      artifact_replace(&s.ov, pinning(cbor, cases[i].node, cases[i].octets, cases[i].cert));
      artifact_set_expect(&s, cases[i].step, cases[i].reason,
                          cases[i].step == SZTP_STEP_OWNER_CHAIN ? cases[i].cause : NULL);
    }
    /* the policy alone makes the difference; the step says how to have it */
    artifact_replace(&s.ov, pinning(0, SZTP__NODE_PINNED_PUBK, key, 0));
    artifact_set_expect(&s, 0, "", NULL);
    assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 0), 0);
    artifact_set_expect(&s, SZTP_STEP_PINNED_CERT, "voucher-malformed", "");
    artifact_set_expect_detail(&s, SZTP_STEP_PINNED_CERT,
                               "only with the policy SZTP_POLICY_CONSTRAINED_VOUCHER");
    artifact_replace(&s.ov, pinning(0, SZTP__NODE_PINNED_PUBK, key, 1));
    artifact_set_expect(&s, 0, "", NULL);
    sztp__buf_clear(&owner);
    sztp__buf_clear(&other);
    sztp__buf_clear(&issuer);
    artifact_set_close(&s);
  }
}

/* VOUCH-17, D-118, VERIFY-06, VERIFY-15: the certificate with the pinned key is judged like any */
static void test_pinned_key_owner(void **state) {
  (void)state;
  artifact_set_t s = forms_open_constrained();
  sztp__buf_t der;
  sztp_verdict_t *v = NULL;
  /* it needs no path, and others in the bag no regard */
  artifact_replace(&s.oc, artifact_owner_cert("owner.pem"));
  artifact_replace(&s.ov, pinning(1, SZTP__NODE_PINNED_PUBK, spki_of("owner.pem", &der), 0));
  artifact_set_expect(&s, 0, "", NULL);
  /* revocation: its status could only come from a CRL by its own key */
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVOCATION, SZTP_REVOCATION_REQUIRED), 0);
  artifact_set_expect(&s, SZTP_STEP_REVOCATION, "pkix-revocation-unknown", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVOCATION, SZTP_REVOCATION_AS_VOUCHER), 0);
  /* what was expected and found is told */
  artifact_replace(&s.oc, artifact_owner_cert("other.pem"));
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "other", NULL));
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_ERR_OWNER_UNTRUSTED);
  assert_non_null(strstr(sztp_verdict_text(v, SZTP_STEP_OWNER_CHAIN, SZTP_TEXT_EXPECTED),
                         "the pinned public key (SHA-256 "));
  assert_non_null(strstr(sztp_verdict_text(v, SZTP_STEP_OWNER_CHAIN, SZTP_TEXT_FOUND), "CN=Other"));
  sztp_verdict_free(v);
  sztp__buf_clear(&der);
  /* key usage */
  artifact_replace(&s.oc, artifact_owner_cert("owner-int.pem"));
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner-int", NULL));
  artifact_replace(&s.ov, pinning(1, SZTP__NODE_PINNED_PUBK, spki_of("owner-int.pem", &der), 0));
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-keyusage", NULL);
  sztp__buf_clear(&der);
  /* validity: this one ends long before the voucher's signer */
  artifact_replace(&s.oc, artifact_owner_cert("cms/p384.pem"));
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "cms/p384", NULL));
  artifact_replace(&s.ov, pinning(1, SZTP__NODE_PINNED_PUBK, spki_of("cms/p384.pem", &der), 0));
  artifact_set_expect(&s, 0, "", NULL);
  s.time += 11 * 365 * (int64_t)86400;
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-expired");
  sztp__buf_clear(&der);
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pinned_key),
      cmocka_unit_test(test_pinned_key_owner),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
