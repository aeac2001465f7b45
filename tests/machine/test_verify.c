/* SPDX-License-Identifier: Apache-2.0 */
/* sztp_verify() on whole sets (VERIFY, CONV, CMS groups): what may come together, what the containers must
 * be, every octet cut (changed: test_flips.c), memory failing at every allocation. Of single artifacts there
 * is more in test_verify_voucher.c, _device.c, _owner.c, _crowd.c, _cose.c and _pinned_key.c. */
#include "artifact_forms.h"

/* ---- making artifacts ---------------------------------------------------------------------------- */

/* A SignedData around @p document that nobody signed; @p oid is the content's whole type. */
static sztp__blob_t without_signers(const uint8_t *oid, size_t oid_len, const char *document) {
  static const uint8_t signed_data[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2};
  sztp__blob_t blob = {NULL, 0};
  sztp__buf_t b;
  sztp__buf_init(&b, artifact_maker, 1 << 20);
  assert_int_equal(sztp__buf_add_text(&b, document), 0);
  forms_wrap(&b, 0x04);
  forms_wrap(&b, 0xa0);
  forms_put_before(&b, oid, oid_len);
  forms_wrap(&b, 0x30);
  forms_put_before(&b, "\x02\x01\x03\x31\x00", 5);       /* version, no digest algorithm */
  assert_int_equal(sztp__buf_add(&b, "\x31\x00", 2), 0); /* no signer */
  forms_wrap(&b, 0x30);
  forms_wrap(&b, 0xa0);
  forms_put_before(&b, signed_data, sizeof signed_data);
  forms_wrap(&b, 0x30);
  assert_int_equal(sztp__buf_take(&b, &blob.data, &blob.len), 0);
  return blob;
}

/* ---- the tests ----------------------------------------------------------------------------------- */

/* VERIFY-03, VERIFY-04, VERIFY-14, SEC-07; the least possible number of public-key operations */
static void test_good(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp_verdict_t *v = NULL;
  int64_t before = 0;
  int64_t after = 0;
  assert_int_equal(sztp_ctx_i64(s.mock->ctx, SZTP_USAGE_OPERATIONS, &before), 0);
  assert_int_equal(artifact_set_verify(&s, &v), 0);
  assert_int_equal(sztp_ctx_i64(s.mock->ctx, SZTP_USAGE_OPERATIONS, &after), 0);
  assert_int_equal(after - before,
                   TO_ACCEPT *
                       6); /* voucher, its signer, its intermediate; owner, its intermediate, information */
  assert_int_equal(sztp_verdict_trusted(v), 1);
  const sztp_info_t *info = sztp_verdict_info(v);
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_info_kind(info), SZTP_INFO_ONBOARDING);
  assert_int_equal(sztp_info_bytes(info, SZTP_INFO_CONFIG, 0, &data, &len), 0);
  assert_int_equal(len, 6);
  assert_memory_equal(data, "config", 7); /* followed by a NUL */
  sztp_verdict_free(v);
  s.channel = SZTP_CHANNEL_TRUSTED;
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

/* V0: DISC-06; V1: STATE-16, ENC-02 */
static void test_artifacts(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp__blob_t kept = s.ov;
  s.ov.data = NULL;
  artifact_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.ov = kept;
  kept = s.oc;
  s.oc.data = NULL;
  artifact_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.oc = kept;
  sztp__blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
  for (size_t i = 0; i < 3; i++) {
    kept = *slots[i];
    *slots[i] = artifact_encrypt(kept, "idevid");
    artifact_set_expect(&s, SZTP_STEP_DECRYPTION, "enc-no-recipient", NULL);
    *slots[i] = kept;
  }
  artifact_set_close(&s);
}

/* CONV-01 to -05, CMS-05, CMS-24, VOUCH-01: what is wrong with the containers */
static void test_containers(void **state) {
  (void)state;
  static const struct {
    int which; /* 0 conveyed information, 1 owner certificate, 2 voucher */
    int how;
    uint32_t step;
    const char *reason;
  } cases[] = {
      {0, 0, SZTP_STEP_INFO_FORMAT, "cms-malformed"},
      {0, 1, SZTP_STEP_INFO_FORMAT, "cms-type-unexpected"},
      {0, 2, SZTP_STEP_INFO_FORMAT, "cms-type-unexpected"},
      {0, 3, SZTP_STEP_INFO_FORMAT, "cms-detached"},
      {1, 0, SZTP_STEP_OWNER_FORMAT, "cms-malformed"},
      {1, 1, SZTP_STEP_OWNER_FORMAT, "cms-type-unexpected"},
      {2, 0, SZTP_STEP_VOUCHER_FORMAT, "cms-malformed"},
      {2, 2, SZTP_STEP_VOUCHER_FORMAT, "cms-type-unexpected"},
      {2, 3, SZTP_STEP_VOUCHER_FORMAT, "cms-detached"},
      {2, 4, SZTP_STEP_VOUCHER_FORMAT, "voucher-malformed"},
      {2, 5, SZTP_STEP_VOUCHER_FORMAT, "cms-type-unexpected"}, /* a right voucher that nobody signed */
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    artifact_set_t s = artifact_set_open();
    sztp__blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
    sztp__blob_t *slot = slots[cases[i].which];
    uint32_t wrong = cases[i].which == 0 ? SZTP__CMS_VOUCHER_JSON : SZTP__CMS_CONVEYED_JSON;
    switch (cases[i].how) {
    case 0: slot->len -= 1; break;
    case 1: artifact_replace(slot, artifact_content(SZTP__CMS_VOUCHER_JSON, "{}")); break;
    case 2: artifact_replace(slot, artifact_sign("{}", wrong, "owner", NULL)); break;
    case 3: artifact_replace(slot, artifact_owner_cert("owner.pem")); break;
    case 5:
      artifact_replace(slot, artifact_content(SZTP__CMS_DATA, artifact_voucher_document(NULL, NULL)));
      break;
    default: memcpy(slot->data, "{", 1); break;
    }
    artifact_set_expect(&s, cases[i].step, cases[i].reason, NULL);
    artifact_set_close(&s);
  }
}

/* CONV-06: a SignedData that nobody signed is neither signed nor unsigned data; VOUCH-01: nor a voucher. A
 * content type is compared to its end: the arc of all of them is none of them. */
static void test_without_signers(void **state) {
  (void)state;
  static const uint8_t info[] = {6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 16, 1, 43};
  static const uint8_t voucher[] = {6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 16, 1, 40};
  static const uint8_t arc[] = {6, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 16, 1};
  static const uint32_t channels[] = {SZTP_CHANNEL_UNTRUSTED, SZTP_CHANNEL_TRUSTED};
  for (size_t i = 0; i < 2; i++) {
    artifact_set_t s = artifact_set_open();
    s.channel = channels[i];
    artifact_replace(&s.ci, without_signers(info, sizeof info, MOCK_ONBOARDING));
    artifact_set_expect(&s, SZTP_STEP_INFO_FORMAT, "cms-signer-unknown", NULL);
    artifact_replace(&s.ci, without_signers(arc, sizeof arc, MOCK_ONBOARDING));
    artifact_set_expect(&s, SZTP_STEP_INFO_FORMAT, "cms-type-unexpected", NULL);
    artifact_replace(&s.ci, artifact_sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL));
    artifact_replace(&s.ov, without_signers(voucher, sizeof voucher, artifact_voucher_document(NULL, NULL)));
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "cms-signer-unknown", NULL);
    artifact_set_close(&s);
  }
}

/* SEC-07: the trail ends with the code that is returned, though the rejected information, whose kind is
 * looked at (PROG-05), is broken as well. */
static void test_trail(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp_verdict_t *v = NULL;
  int32_t code = 0;
  artifact_replace(&s.ci, artifact_sign("{\"broken", SZTP__CMS_CONVEYED_JSON, "owner", NULL));
  s.ov.data[s.ov.len - 1] ^= 1;
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_ERR_VOUCHER_UNTRUSTED);
  for (size_t i = 0; sztp_ctx_trail(s.mock->ctx, i, &code, NULL, NULL) == SZTP_OK; i++) continue;
  assert_int_equal(code, SZTP_ERR_VOUCHER_UNTRUSTED);
  sztp_verdict_free(v);
  artifact_set_close(&s);
}

/* What the command-line tool rests on: a voucher alone, an owner certificate against a pinned certificate or
 * a voucher */
static void test_parts(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp__blob_t ci = s.ci;
  sztp__blob_t oc = s.oc;
  sztp__blob_t ov = s.ov;
  s.ci.data = NULL;
  artifact_set_expect(&s, 0, "", NULL);
  s.oc.data = NULL;
  artifact_set_expect(&s, 0, "", NULL);
  s.ov.data = NULL;
  artifact_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.oc = oc;
  artifact_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  sztp__blob_t pem = pki_file("owner-root.pem");
  assert_int_equal(sztp_artifacts_make_der(artifact_maker, pem.data, pem.len, &s.pinned.data, &s.pinned.len),
                   0);
  artifact_set_expect(&s, 0, "", NULL);
  s.ci = ci;
  artifact_set_expect(&s, 0, "", NULL);
  s.ov = ov;
  sztp_artifacts_free(artifact_maker, s.pinned.data);
  free(pem.data);
  artifact_set_close(&s);
}

/* Every artifact cut at every octet: rejected with a reason, nothing given out. */
static void test_truncated(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp__blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
  for (size_t i = 0; i < 3; i++) {
    size_t len = slots[i]->len;
    for (size_t n = 0; n < len; n += TEST_SAMPLE) {
      sztp_verdict_t *v = NULL;
      slots[i]->len = n;
      int32_t rc = artifact_set_verify(&s, &v);
      assert_true(rc < 0);
      assert_non_null(v);
      assert_string_not_equal(sztp_error_label(rc), "");
      assert_null(sztp_verdict_info(v));
      sztp_verdict_free(v);
    }
    slots[i]->len = len;
  }
  artifact_set_close(&s);
}

/* SEC-05, for an accepted and for a rejected set: memory that fails leaves no verdict, or (where only a text
 * for people got shorter) the right one. */
static void test_memory_failure(void **state) {
  (void)state;
  for (int bad = 0; bad < 2; bad++) {
    artifact_set_t s = artifact_set_open();
    if (bad) artifact_replace(&s.ci, artifact_sign("{}", SZTP__CMS_CONVEYED_JSON, "owner", NULL));
    assert_true(artifact_set_every_allocation(&s, bad ? SZTP_ERR_MODEL_INVALID : SZTP_OK) > 30 / TEST_SAMPLE);
    artifact_set_expect(&s, bad ? SZTP_STEP_INFO_CONTENT : 0, bad ? "model-invalid" : "", NULL);
    artifact_set_close(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good),       cmocka_unit_test(test_artifacts),
      cmocka_unit_test(test_containers), cmocka_unit_test(test_without_signers),
      cmocka_unit_test(test_trail),      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_truncated),  cmocka_unit_test(test_memory_failure),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
