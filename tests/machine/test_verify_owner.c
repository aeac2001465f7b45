/* SPDX-License-Identifier: Apache-2.0 */
/* The owner certificate and what it signed (VERIFY, CONV, TRUST groups): the path to the pinned certificate,
 * the order of certificates, the information's signature, content and channel. */
#include "artifact_forms.h"

/* V11 to V14: VERIFY-04, VERIFY-05, VERIFY-06, VERIFY-11, PKIX-01, PKIX-14 */
static void test_owner(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "other", NULL));
  artifact_set_expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  artifact_replace(&s.oc, artifact_owner_cert("other.pem"));
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL));
  artifact_set_expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  artifact_replace(&s.oc, artifact_owner_cert("owner.pem"));
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted",
                      "pkix-no-path"); /* its intermediate is nowhere */
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", "owner-int.pem"));
  artifact_set_expect(&s, 0, "", NULL); /* D-115: it comes with the conveyed information */
  /* the signer's certificate inside the conveyed information alone is not enough (D-116) */
  artifact_replace(&s.oc, artifact_owner_cert("owner-int.pem"));
  artifact_set_expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  artifact_replace(&s.oc, artifact_owner_cert("owner-chain.pem"));
  /* pinned: the intermediate, and the owner certificate itself */
  static const char *const pins[] = {"owner-int.pem", "owner.pem"};
  for (size_t i = 0; i < 2; i++) {
    char value[6000];
    (void)snprintf(value, sizeof value, "\"%s\"", pki_base64(pins[i]));
    artifact_replace(&s.ov, artifact_voucher_with("pinned-domain-cert", value));
    artifact_set_expect(&s, 0, "", NULL);
  }
  char value[6000];
  (void)snprintf(value, sizeof value, "\"%s\"", pki_base64("other-root.pem"));
  artifact_replace(&s.ov, artifact_voucher_with("pinned-domain-cert", value));
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  artifact_set_close(&s);
}

/* VERIFY-05, VERIFY-06: the owner certificate is the one that signed, wherever it lies in the bag,
 * and it must be made for signing */
static void test_bag_order(void **state) {
  (void)state;
  static const char *const files[] = {"other.pem", "owner-int.pem", "owner.pem", "other-root.pem"};
  artifact_set_t s = artifact_set_open();
  sztp__blob_t all = pki_file(files[0]);
  for (size_t i = 1; i < TEST_COUNT_OF(files); i++) {
    sztp__blob_t next = pki_file(files[i]);
    all.data = realloc(all.data, all.len + next.len);
    assert_non_null(all.data);
    memcpy(all.data + all.len, next.data, next.len);
    all.len += next.len;
    free(next.data);
  }
  sztp__blob_t mixed = {NULL, 0};
  assert_int_equal(sztp_owner_cert_make(artifact_maker, all.data, all.len, NULL, 0, &mixed.data, &mixed.len),
                   0);
  free(all.data);
  artifact_replace(&s.oc, mixed);
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "other", NULL));
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted",
                      "pkix-no-path"); /* in the bag, but of another owner */
  artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner-int", NULL));
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-keyusage",
                      NULL); /* a CA that may sign certificates only */
  artifact_set_close(&s);
}

/* V15, V16: CMS-16 apart, CONV-02, CONV-03, CONV-07, TRUST-05, TRUST-06, TRUST-09, TRUST-10 */
static void test_info(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  s.ci.data[s.ci.len - 1] ^= 1;
  artifact_set_expect(&s, SZTP_STEP_INFO_SIGNATURE, "cms-signature-invalid", NULL);
  artifact_replace(&s.ci, artifact_sign("<onboarding-information/>", SZTP__CMS_CONVEYED_JSON, "owner", NULL));
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-mismatch", NULL);
  artifact_replace(&s.ci, artifact_sign("hostname x", SZTP__CMS_DATA, "owner", NULL));
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-unknown", NULL);
  artifact_replace(&s.ci, artifact_sign("{\"both\":1}", SZTP__CMS_DATA, "owner", NULL));
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", NULL);
  artifact_replace(&s.ci, artifact_sign(" \xef\xbb\xbf{}", SZTP__CMS_DATA, "owner", NULL));
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-unknown", NULL);
  artifact_replace(&s.ci, artifact_sign("\xef\xbb\xbf \n" MOCK_ONBOARDING, SZTP__CMS_DATA, "owner", NULL));
  artifact_set_expect(&s, 0, "", NULL);
  /* unsigned data: the companions do not matter, the channel does */
  artifact_replace(&s.ci, artifact_content(SZTP__CMS_CONVEYED_JSON, MOCK_ONBOARDING));
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  artifact_replace(
      &s.ci, artifact_content(SZTP__CMS_CONVEYED_JSON,
                              "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"configuration\":7}}"));
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  s.channel = SZTP_CHANNEL_TRUSTED;
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", NULL);
  artifact_replace(&s.ci, artifact_content(SZTP__CMS_DATA, MOCK_ONBOARDING));
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_SIGNED_ONLY, 1), 0);
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bag_order),
      cmocka_unit_test(test_owner),
      cmocka_unit_test(test_info),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
