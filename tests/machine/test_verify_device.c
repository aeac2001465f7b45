/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a voucher is for this device and for now (VOUCH, IDEV, CLK groups): serial numbers, the issuer of
 * the device's identity, nonces, and clocks that are wrong or unknown. */
#include "artifact_forms.h"

/* IDEV-05, VOUCH-10: the serial number that the integrator gave is compared, and no other; VOUCH-16: unknown
 * nodes are told */
static void test_serial_override(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_set_expect(&s, 0, "", NULL);
  assert_non_null(strstr(s.mock->log, "unknown node \"x\" is ignored"));
  artifact_replace(&s.ov, artifact_voucher_with("serial-number", "\"17\""));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SERIAL, "voucher-serial", NULL);
  assert_null(strstr(s.mock->log, "differs from the identity certificate's"));
  assert_int_equal(sztp_device_set_text(s.mock->dev, SZTP_DEVICE_SERIAL, "17"), 0);
  assert_non_null(strstr(s.mock->log, "differs from the identity certificate's"));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, artifact_voucher_with(NULL, NULL));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SERIAL, "voucher-serial", NULL);
  artifact_set_close(&s);
}

/* IDEV-02: a certificate's own number is no device's serial number */
static void test_no_serial(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  sztp_device_t *dev = NULL;
  const char *serial = NULL;
  sztp__blob_t pem = pki_file("owner.pem"); /* without attribute 2.5.4.5 */
  assert_int_equal(sztp_device_new(s.mock->ctx, &dev), 0);
  test_expect_fail(s.mock->ctx, sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, pem.data, pem.len),
                   SZTP_ERR_CONFIG, "0 serialNumber attributes");
  assert_int_equal(sztp_device_text(dev, SZTP_DEVICE_SERIAL, &serial), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, "17"), 0);
  assert_int_equal(sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, pem.data, pem.len), 0);
  assert_int_equal(sztp_device_text(dev, SZTP_DEVICE_SERIAL, &serial), 0);
  assert_string_equal(serial, "17");
  sztp_device_free(dev);
  free(pem.data);
  artifact_set_close(&s);
}

/* VOUCH-12, D-108: the three forms of idevid-issuer */
static void test_idevid_issuer(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  const sztp__cert_t *idevid = &s.mock->dev->certs[SZTP_CERT_IDENTITY].v[0];
  sztp__buf_t forms[3];
  for (size_t i = 0; i < 3; i++) sztp__buf_init(&forms[i], artifact_maker, 256);
  assert_true(idevid->authority_key_id_octets.len > 0);
  (void)sztp__buf_add_span(&forms[0], idevid->authority_key_id_octets);
  (void)sztp__buf_add_span(&forms[1], idevid->authority_key_id);
  (void)sztp__der_put(&forms[2], SZTP__DER_OCTET_STRING, idevid->authority_key_id);
  for (size_t i = 0; i < 3; i++) {
    for (int broken = 0; broken < 2; broken++) {
      char value[512] = "\"";
      sztp__buf_t text;
      if (broken) forms[i].data[forms[i].len - 1] ^= 1;
      sztp__buf_init(&text, artifact_maker, 400);
      assert_int_equal(sztp__base64_encode(&text, sztp__buf_span(&forms[i])), 0);
      (void)snprintf(value, sizeof value, "\"%s\"", (const char *)text.data);
      sztp__buf_clear(&text);
      artifact_replace(&s.ov, artifact_voucher_with("idevid-issuer", value));
      artifact_set_expect(&s, broken ? SZTP_STEP_VOUCHER_ISSUER : 0, broken ? "voucher-idevid-issuer" : "",
                          NULL);
    }
    sztp__buf_clear(&forms[i]);
  }
  artifact_set_close(&s);
}

/* VOUCH-12: a key identifier beside issuer and serial number; an identity without one, or none, fits nothing
 */
static void test_idevid_kinds(void **state) {
  (void)state;
  static const struct {
    const char *identity; /* NULL: the device has none */
    int whole;            /* the whole extension, not the identifier alone */
    uint32_t step;
  } cases[] = {{"idevid-aki.pem", 0, 0},
               {"idevid-aki.pem", 1, 0},
               {"idevid-no-aki.pem", 0, SZTP_STEP_VOUCHER_ISSUER},
               {NULL, 0, SZTP_STEP_VOUCHER_ISSUER}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char value[1024];
    artifact_set_t s = artifact_set_open();
    sztp__cert_t named;
    artifact_set_new_device(&s, SZTP_CERT_VOUCHER_ANCHOR);
    if (cases[i].identity != NULL) {
      sztp__blob_t pem = pki_file(cases[i].identity);
      assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_IDENTITY, pem.data, pem.len), 0);
      free(pem.data);
    }
    sztp__buf_t der;
    assert_int_equal(
        sztp__cert_parse(artifact_maker, pki_der(artifact_maker, "idevid-aki.pem", &der), &named), 0);
    assert_true(named.authority_key_id.len > named.authority_key_id_octets.len + 20); /* issuer and serial */
    forms_quote_base64(value, sizeof value,
                       cases[i].whole ? named.authority_key_id : named.authority_key_id_octets,
                       sztp__span(NULL, 0));
    sztp__buf_clear(&der);
    artifact_replace(&s.ov, artifact_voucher_with("idevid-issuer", value));
    artifact_set_expect(&s, cases[i].step, cases[i].step == 0 ? "" : "voucher-idevid-issuer", NULL);
    artifact_set_close(&s);
  }
}

/* VOUCH-11, VOUCH-15, CLK-04, D-58: nonces */
static void test_nonce(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  uint8_t sent[32];
  for (uint8_t i = 0; i < 32; i++) sent[i] = (uint8_t)(0xf8 + i);
  s.nonce.data = sent;
  s.nonce.len = 32;
  artifact_set_expect(&s, 0, "", NULL); /* none in the voucher */
  artifact_replace(&s.ov, artifact_voucher_with("nonce", "\"+Pn6+/z9/v8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc=\""));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, artifact_voucher_with("nonce", "\"-Pn6-_z9_v8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc\""));
  artifact_set_expect(&s, 0, "", NULL); /* the URL-safe alphabet, in this leaf alone */
  sent[31] ^= 1;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  s.nonce.len = 31;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  artifact_replace(&s.ov, artifact_voucher_with("nonce", "\"AAECAwQF\""));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL); /* 6 octets */
  /* D-110: with expires-on, too, and then both must pass */
  static const int32_t rest[] = {1000, 1000, -1000};
  for (size_t i = 0; i < TEST_COUNT_OF(rest); i++) {
    char value[120];
    uint8_t eight[8] = {'n', 'n', 'n', 'n', 'n', 'n', 'n', (uint8_t)(i == 1 ? 'o' : 'n')};
    (void)snprintf(value, sizeof value, "\"bm5ubm5ubm4=\",\"expires-on\":\"%s\"",
                   artifact_date(s.time + rest[i]));
    artifact_replace(&s.ov, artifact_voucher_with("nonce", value));
    s.nonce.data = eight;
    s.nonce.len = sizeof eight;
    if (i == 0) artifact_set_expect(&s, 0, "", NULL);
    if (i == 1) artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
    if (i == 2) artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
    s.nonce.data = sent;
  }
  artifact_replace(&s.ov, artifact_voucher_with(NULL, NULL));
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_NONCE_REQUIRED, 1), 0);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  artifact_set_close(&s);
}

/* CLK-01, CLK-02, CLK-03, CLK-04, CLK-08, CLK-10, PKIX-04, VERIFY-15, CONV-24 */
static void test_clock(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ov, artifact_voucher_with("expires-on", "\"2001-01-01T00:00:00Z\""));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  s.time = SZTP_TIME_UNKNOWN;
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_VOUCHER_TIME, 1), 0); /* CLK-10 */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_VOUCHER_TIME, 0), 0);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_TIME_FLOOR, 946684800), 0); /* 2000 */
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_EXPIRY_NEEDS_CLOCK, 1), 0);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_EXPIRY_NEEDS_CLOCK, 0), 0);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_TIME_FLOOR, 1000000000),
                   0); /* late in 2001 */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  artifact_replace(&s.ov, artifact_voucher_with(NULL, NULL));
  s.time = 7258118400; /* 2200: every certificate of the test PKI but the identity has ended */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  s.time = 1000000000; /* the floor itself */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-not-yet-valid");
  artifact_set_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_idevid_issuer),   cmocka_unit_test(test_idevid_kinds),
      cmocka_unit_test(test_serial_override), cmocka_unit_test(test_no_serial),
      cmocka_unit_test(test_nonce),           cmocka_unit_test(test_clock),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
