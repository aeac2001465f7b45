/* SPDX-License-Identifier: Apache-2.0 */
/* Who signs vouchers and conveyed information: not the devices, whoever has what policy demands, and nobody
 * at a cost without bounds (D-97, D-117, VERIFY-07). */
#include "artifact_set.h"

#include "common/crafted.h"
#include "cryptography/cms.h"

#define CLIENT_AUTH  "06 08 2b 06 01 05 05 07 03 02"
#define CODE_SIGNING "06 08 2b 06 01 05 05 07 03 03"
/* an otherName: id-on-hardwareModuleName, a type and a serial number */
#define HARDWARE                                                                                             \
  "30 1f a0 1d 06 08 2b 06 01 05 05 07 08 04 a0 11 30 0f 06 09 2b 06 01 04 01 86 8d 1f 01 04 02 53 4e"

/* A voucher by a certificate of mfr-root with these extensions. */
static sztp__blob_t voucher_by(sztp__span_t extensions, size_t signers) {
  crafted_t c = {crafted_name(3, 0x0c, "Signer"),
                 crafted_subject_of("mfr-root"),
                 "other",
                 "mfr-root",
                 {NULL, 0},
                 7,
                 extensions};
  sztp__span_t cert = crafted_cert(&c);
  return crafted_signed(SZTP__CMS_VOUCHER_JSON, artifact_voucher_document(NULL, NULL), cert,
                        (sztp__span_t){NULL, 0}, "other", cert, signers);
}

/* What was crafted is not the set's to free. */
static void close_set(artifact_set_t *s) {
  s->ov.data = NULL;
  artifact_set_close(s);
}

/* Puts it in the place of the voucher, asserts how it is refused (NULL: it is accepted), and with which
 * words. */
static void expect(artifact_set_t *s, sztp__blob_t voucher, const char *cause, const char *part) {
  s->ov = voucher;
  if (cause == NULL) {
    artifact_set_expect(s, 0, "", NULL);
    return;
  }
  artifact_set_expect(s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", cause);
  artifact_set_expect_detail(s, SZTP_STEP_VOUCHER_SIGNATURE, part);
}

static sztp__span_t usage(int critical, const char *purposes) {
  return crafted_extension(37, critical, crafted_tlv(0x30, crafted_hex(purposes)));
}

/* D-117: a device whose key was taken out of it signs no vouchers for the others. */
static void test_devices(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp__blob_t kept = s.ov;
  sztp__span_t hardware = crafted_extension(17, 0, crafted_hex(HARDWARE));
  expect(&s, voucher_by((sztp__span_t){NULL, 0}, 1), NULL, "");
  expect(&s, voucher_by(usage(0, CLIENT_AUTH), 1), "pkix-keyusage", "for clients only");
  expect(&s, voucher_by(usage(1, CLIENT_AUTH), 1), "pkix-keyusage", "allows other purposes only");
  expect(&s, voucher_by(usage(0, CLIENT_AUTH " " CODE_SIGNING), 1), NULL, "");
  expect(&s, voucher_by(hardware, 1), "pkix-keyusage", "names a hardware module");
  /* one root for devices and vouchers: whoever looks like this device is none that signs vouchers */
  test_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, "idevid-root.pem");
  sztp__blob_t sibling =
      artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON, "idevid-two", NULL);
  expect(&s, sibling, "pkix-keyusage", "the issuer of this device's own certificate");
  /* unless the integrator says so */
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_DEVICES_SIGN_VOUCHERS, 1), SZTP_OK);
  expect(&s, sibling, NULL, "");
  expect(&s, voucher_by(hardware, 1), NULL, "");
  expect(&s, voucher_by(usage(1, CLIENT_AUTH), 1), "pkix-keyusage", "allows other purposes only");
  sztp_artifacts_free(artifact_maker, sibling.data);
  sztp_artifacts_free(artifact_maker, kept.data);
  close_set(&s);
}

/* VERIFY-07, D-117: purposes and policies that the integrator demands */
static void test_required(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp__blob_t kept = s.ov;
  sztp_device_t *dev = s.mock->dev;
  sztp__span_t policy = crafted_extension(32, 0, crafted_hex("30 08 30 06 06 04 2a 03 84 04"));
  assert_int_equal(sztp_device_require(dev, SZTP_REQUIRE_VOUCHER_PURPOSE, "1.3.6.1.5.5.7.3.28"), SZTP_OK);
  assert_int_equal(sztp_device_require(dev, SZTP_REQUIRE_VOUCHER_PURPOSE, "1.3.6.1.5.5.7.3.3"), SZTP_OK);
  expect(&s, voucher_by((sztp__span_t){NULL, 0}, 1), "pkix-keyusage",
         "lacks the purpose that policy demands");
  expect(&s, voucher_by(usage(0, "06 04 55 1d 25 00"), 1), "pkix-keyusage",
         "lacks the purpose that policy demands");
  expect(&s, voucher_by(usage(1, CODE_SIGNING), 1), NULL, "");
  assert_int_equal(sztp_device_require(dev, SZTP_REQUIRE_VOUCHER_POLICY, "1.2.3.516"), SZTP_OK);
  expect(&s, voucher_by(usage(1, CODE_SIGNING), 1), "pkix-no-path", "that the device demands");
  expect(&s, voucher_by(crafted_joined(usage(1, CODE_SIGNING), policy), 1), NULL, "");
  assert_int_equal(sztp_device_require(dev, SZTP_REQUIRE_OWNER_PURPOSE, "1.3.6.1.5.5.7.3.3"), SZTP_OK);
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-keyusage");
  sztp_artifacts_free(artifact_maker, kept.data);
  close_set(&s);
  s = artifact_set_open();
  assert_int_equal(sztp_device_require(s.mock->dev, SZTP_REQUIRE_OWNER_POLICY, "2.999.1"), SZTP_OK);
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  artifact_set_close(&s);
}

/* What is no object identifier, and when nothing can be demanded */
static void test_require(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "",
      "1",
      "1.",
      ".1",
      "1..2",
      "1.2.",
      "3.1",
      "1.40",
      "01.2",
      "1.2.03",
      "1.2 ",
      "1.2.4294967296",
      "serverAuth",
      ("1.2.4294967295.4294967295.4294967295.4294967295.4294967295.4294967295."
       "4294967295.4294967295.4294967295.4294967295.4294967295.4294967295.4294967295")};
  artifact_set_t s = artifact_set_open();
  sztp_device_t *dev = s.mock->dev;
  for (size_t i = 0; i < TEST_COUNT_OF(wrong); i++)
    test_expect_fail(s.mock->ctx, sztp_device_require(dev, SZTP_REQUIRE_OWNER_POLICY, wrong[i]),
                     SZTP_ERR_TEXT, "is no object identifier");
  assert_int_equal(sztp_device_require(dev, 0, "1.2"), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_require(dev, 5, "1.2"), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_require(NULL, 1, "1.2"), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_require(dev, 1, NULL), SZTP_ERR_ARG);
  for (int i = 0; i < 8; i++) assert_int_equal(sztp_device_require(dev, 1, "2.47.4294967295"), SZTP_OK);
  test_expect_fail(s.mock->ctx, sztp_device_require(dev, 1, "2.47"), SZTP_ERR_LIMIT, "more than 8");
  assert_int_equal(sztp_device_freeze(dev), SZTP_OK);
  test_expect_fail(s.mock->ctx, sztp_device_require(dev, 2, "1.2"), SZTP_ERR_SEQUENCE, "frozen");
  artifact_set_close(&s);
}

/* D-97, SEC-04: CAs that the anchor has issued multiply with forged certificates below them. The work for all
 * of it ends at its bound, with a refusal that says so. */
static void test_bound(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp__blob_t kept = s.ov;
  sztp__span_t certs = {NULL, 0};
  sztp__span_t name = crafted_name(3, 0x0c, "One of many");
  crafted_t c = {name, crafted_subject_of("mfr-root"), "other", "mfr-root", {NULL, 0}, 0, crafted_ca()};
  for (uint32_t i = 0; i < 12; i++) {
    c.serial = 100 + i;
    certs = crafted_joined(certs, crafted_cert(&c));
  }
  c = (crafted_t){crafted_name(3, 0x0c, "Forged"), name, "server", "server", {NULL, 0}, 7, {NULL, 0}};
  sztp__span_t signer = crafted_cert(&c);
  c.subject = name;
  c.extensions = crafted_ca();
  for (uint32_t i = 0; i < 19; i++) {
    c.serial = 200 + i;
    certs = crafted_joined(certs, crafted_cert(&c));
  }
  s.ov = crafted_signed(SZTP__CMS_VOUCHER_JSON, artifact_voucher_document(NULL, NULL),
                        crafted_joined(signer, certs), (sztp__span_t){NULL, 0}, "server", signer, 8);
  uint64_t before = test_operations(s.mock->ctx);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "limit", "");
  artifact_set_expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE, "more than 100 public-key operations");
  assert_int_equal(test_operations(s.mock->ctx) - before, 2 * 100);
  sztp_artifacts_free(artifact_maker, kept.data);
  close_set(&s);
}

/* VERIFY-02: a voucher beside a certificate that takes its place would be judged by nobody. */
static void test_both(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp_verdict_t *v = NULL;
  sztp__buf_t der;
  sztp__span_t pinned = pki_der(artifact_maker, "owner-root.pem", &der);
  s.pinned = (sztp__blob_t){(uint8_t *)(uintptr_t)pinned.data, pinned.len};
  test_expect_fail(s.mock->ctx, artifact_set_verify(&s, &v), SZTP_ERR_ARG, "takes its place");
  assert_null(v);
  sztp__blob_t kept = s.ov;
  s.ov.data = NULL;
  artifact_set_expect(&s, 0, "", NULL);
  s.ov = kept;
  sztp__buf_clear(&der);
  s.pinned.data = NULL;
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_devices), cmocka_unit_test(test_required), cmocka_unit_test(test_require),
      cmocka_unit_test(test_bound),   cmocka_unit_test(test_both),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
