/* SPDX-License-Identifier: Apache-2.0 */
/* As many signers and certificates as there may be, each pair with a good signature and none with a path:
 * what that costs is one operation for each certificate, and hides nothing (CMS-13, COSE-05, PKIX-12,
 * SEC-04). */
#include "artifact_forms.h"

/* ---- making artifacts ---------------------------------------------------------------------------- */

/* The DER of owner.pem's issuer, and of crowd.pem as often as there is room: with another signature each, and
 * one key and name, that of owner-root. */
#define CROWD 31
static void crowd(sztp__buf_t *certs) {
  sztp__buf_t der;
  sztp__buf_init(certs, artifact_maker, 1 << 16);
  assert_int_equal(sztp__buf_add_span(certs, pki_der(artifact_maker, "owner-int.pem", &der)), 0);
  sztp__buf_clear(&der);
  for (uint8_t n = 0; n < CROWD; n++) {
    assert_int_equal(sztp__buf_add_span(certs, pki_der(artifact_maker, "cms/crowd.pem", &der)), 0);
    certs->data[certs->len - 1] ^= n;
    sztp__buf_clear(&der);
  }
}

/* @p document signed by that crowd: its one signer as often as there may be signers. */
static sztp__blob_t sign_as_crowd(const char *document, uint32_t type) {
  static const uint8_t head[] = {2, 1, 3, 0x31, 0}; /* version, no digest algorithm */
  static const uint8_t signed_data[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2};
  sztp__blob_t one = artifact_sign(document, type, "cms/crowd", NULL);
  sztp__blob_t blob = {NULL, 0};
  sztp__buf_t b, certs, signers;
  sztp__der_t d;
  sztp__tlv_t field, content;
  sztp__der_init(&d, artifact_maker, sztp__span(one.data, one.len));
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &d), 0);
  assert_int_equal(sztp__der_any(&d, &field), 0);
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_CONTEXT_CONSTRUCTED, &d), 0);
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &d), 0);
  for (int i = 0; i < 3; i++) assert_int_equal(sztp__der_any(&d, &content), 0); /* up to the content */
  while (!sztp__der_at_end(&d)) assert_int_equal(sztp__der_any(&d, &field), 0); /* the signers */
  sztp__buf_init(&b, artifact_maker, 1 << 20);
  sztp__buf_init(&signers, artifact_maker, 1 << 16);
  for (int i = 0; i < SZTP__CMS_MAX_SIGNERS; i++) (void)sztp__buf_add_span(&signers, field.value);
  crowd(&certs);
  (void)sztp__buf_add(&b, head, sizeof head);
  (void)sztp__buf_add_span(&b, content.whole);
  (void)sztp__der_put(&b, 0xa0, sztp__buf_span(&certs));
  assert_int_equal(sztp__der_put(&b, 0x31, sztp__buf_span(&signers)), 0);
  forms_wrap(&b, 0x30);
  forms_wrap(&b, 0xa0);
  forms_put_before(&b, signed_data, sizeof signed_data);
  forms_wrap(&b, 0x30);
  assert_int_equal(sztp__buf_take(&b, &blob.data, &blob.len), 0);
  sztp__buf_clear(&certs);
  sztp__buf_clear(&signers);
  sztp_artifacts_free(artifact_maker, one.data);
  return blob;
}

/* ---- the tests ----------------------------------------------------------------------------------- */

/* CMS-13, D-82, PKIX-12, SEC-04: as many signers and certificates as there may be, each pair with a good
 * signature and nowhere a path. Each certificate costs one operation, which finds that the anchor did not
 * sign it, and no signature is verified; nobody can be hidden so. */
static void test_crowd(void **state) {
  (void)state;
  static const char told[] = "does not verify with the key of";
  artifact_set_t s = artifact_set_open();
  test_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, "owner-root.pem");
  artifact_replace(&s.ov, sign_as_crowd(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON));
  uint64_t before = test_operations(s.mock->ctx);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  assert_int_equal(test_operations(s.mock->ctx) - before,
                   CROWD + 1); /* one of them is owner-int, which is the root's */
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE, told);
  test_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, "cms/crowd.pem");
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
  s = artifact_set_open();
  artifact_replace(&s.ci, sign_as_crowd(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON));
  sztp__buf_t certs;
  sztp__buf_t bag;
  crowd(&certs);
  sztp__buf_init(&bag, artifact_maker, 1 << 20);
  assert_int_equal(sztp__cms_write_bag(&bag, sztp__buf_span(&certs), sztp__span(NULL, 0)), 0);
  sztp__buf_clear(&certs);
  artifact_replace(&s.oc, (sztp__blob_t){NULL, 0});
  assert_int_equal(sztp__buf_take(&bag, &s.oc.data, &s.oc.len), 0);
  before = test_operations(s.mock->ctx);
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  assert_int_equal(test_operations(s.mock->ctx) - before, 3 + CROWD + 1); /* the voucher, and as before */
  artifact_set_expect_detail(&s, SZTP_STEP_OWNER_CHAIN, told);
  artifact_set_close(&s);
}

/* ---- vouchers in COSE ---------------------------------------------------------------------------- */

/* The certificates of @p certs as the x5bag of @p cose, which has no certificates. */
static sztp__blob_t with_bag(sztp__blob_t cose, sztp__span_t certs) {
  sztp__buf_t out;
  sztp__der_t d;
  sztp__tlv_t tlv;
  sztp__blob_t blob = {NULL, 0};
  assert_int_equal(cose.data[6], 0xa0);
  sztp__buf_init(&out, artifact_maker, 1 << 18);
  (void)sztp__buf_add(&out, cose.data, 6);
  (void)sztp__buf_add(&out, "\xa1\x18\x20\x9f", 4);
  sztp__der_init(&d, artifact_maker, certs);
  while (!sztp__der_at_end(&d)) {
    assert_int_equal(sztp__der_any(&d, &tlv), 0);
    (void)sztp__cbor_put_bytes(&out, tlv.whole);
  }
  (void)sztp__buf_add_u8(&out, 0xff);
  assert_int_equal(sztp__buf_add(&out, cose.data + 7, cose.len - 7), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  sztp_artifacts_free(artifact_maker, cose.data);
  return blob;
}

/* COSE-04, COSE-05, D-114, PKIX-12: certificates in the unprotected header are anybody's. Many that bear the
 * signer's key and lead nowhere cost little, are told of, and hide no anchor of the device's. */
static void test_cose_crowd(void **state) {
  (void)state;
  artifact_set_t s = forms_open_constrained();
  sztp__buf_t certs;
  test_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, "owner-root.pem");
  crowd(&certs);
  artifact_replace(
      &s.ov, with_bag(forms_cose_around(forms_cbor_document(0, sztp__span(NULL, 0)), "cms/crowd", NULL, 1),
                      sztp__buf_span(&certs)));
  sztp__buf_clear(&certs);
  uint64_t before = test_operations(s.mock->ctx);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  /* each certificate's own signature, and each anchor's key */
  assert_int_equal(test_operations(s.mock->ctx) - before, CROWD + 1 + 2);
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE, "does not verify with the key of");
  test_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, "cms/crowd.pem");
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_crowd),
      cmocka_unit_test(test_cose_crowd),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
