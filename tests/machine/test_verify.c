/* SPDX-License-Identifier: Apache-2.0 */
/* sztp_verify() step by step (VERIFY, VOUCH, CONV, CLK groups): for each step artifacts that fail there and
 * nowhere else, each with its reason; every octet cut and changed; memory failing at every allocation. */
#include "lab_set.h"

#include <time.h>

#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "ground/text.h"
#include "trust/device.h"

/* --- making artifacts --- */

static lab_blob_t content(uint32_t type, const char *document) {
  sztp__buf_t out;
  lab_blob_t blob = {NULL, 0};
  sztp__buf_init(&out, lab_maker, 1 << 20);
  assert_int_equal(sztp__cms_write_content(&out, type, sztp__span_of(document)), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  return blob;
}

/* Wraps what is in @p b in one more tag. */
static void wrap(sztp__buf_t *b, uint8_t tag) {
  sztp__buf_t out;
  sztp__buf_init(&out, lab_maker, 1 << 20);
  assert_int_equal(sztp__der_put(&out, tag, sztp__buf_span(b)), 0);
  sztp__buf_clear(b);
  *b = out;
}

static void put_before(sztp__buf_t *b, const void *data, size_t len) {
  sztp__buf_t out;
  sztp__buf_init(&out, lab_maker, 1 << 20);
  (void)sztp__buf_add(&out, data, len);
  assert_int_equal(sztp__buf_add_span(&out, sztp__buf_span(b)), 0);
  sztp__buf_clear(b);
  *b = out;
}

/* A SignedData around @p document that nobody signed; @p oid is the content's whole type. */
static lab_blob_t without_signers(const uint8_t *oid, size_t oid_len, const char *document) {
  static const uint8_t signed_data[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2};
  lab_blob_t blob = {NULL, 0};
  sztp__buf_t b;
  sztp__buf_init(&b, lab_maker, 1 << 20);
  assert_int_equal(sztp__buf_add_text(&b, document), 0);
  wrap(&b, 0x04);
  wrap(&b, 0xa0);
  put_before(&b, oid, oid_len);
  wrap(&b, 0x30);
  put_before(&b, "\x02\x01\x03\x31\x00", 5);             /* version, no digest algorithm */
  assert_int_equal(sztp__buf_add(&b, "\x31\x00", 2), 0); /* no signer */
  wrap(&b, 0x30);
  wrap(&b, 0xa0);
  put_before(&b, signed_data, sizeof signed_data);
  wrap(&b, 0x30);
  assert_int_equal(sztp__buf_take(&b, &blob.data, &blob.len), 0);
  return blob;
}

/* --- the tests --- */

/* VERIFY-03, VERIFY-04, VERIFY-14, SEC-07; the least possible number of public-key operations */
static void test_good(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  sztp_verdict_t *v = NULL;
  uint64_t before = 0;
  uint64_t after = 0;
  assert_int_equal(sztp_ctx_usage(s.lab->ctx, SZTP_USAGE_OPERATIONS, &before), 0);
  assert_int_equal(lab_set_verify(&s, &v), 0);
  assert_int_equal(sztp_ctx_usage(s.lab->ctx, SZTP_USAGE_OPERATIONS, &after), 0);
  assert_int_equal(after - before,
                   6); /* voucher, its signer, its intermediate; owner, its intermediate, information */
  assert_int_equal(sztp_verdict_trusted(v), 1);
  const sztp_info_t *info = sztp_verdict_info(v);
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_info_kind(info), SZTP_INFO_ONBOARDING);
  assert_int_equal(sztp_info_bytes(info, SZTP_INFO_CONFIG, 0, &data, &len), 0);
  assert_int_equal(len, 6);
  assert_memory_equal(data, "config", 7); /* a NUL stands behind */
  sztp_verdict_free(v);
  s.channel = SZTP_CHANNEL_TRUSTED;
  lab_set_expect(&s, 0, "", NULL);
  lab_set_close(&s);
}

/* V0: DISC-06; V1: STATE-16, ENC-02 */
static void test_artifacts(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  lab_blob_t kept = s.ov;
  s.ov.data = NULL;
  lab_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.ov = kept;
  kept = s.oc;
  s.oc.data = NULL;
  lab_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.oc = kept;
  lab_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
  for (size_t i = 0; i < 3; i++) {
    kept = *slots[i];
    *slots[i] = content(SZTP__CMS_ENVELOPED, "x");
    lab_set_expect(&s, SZTP_STEP_DECRYPTION, "enc-no-recipient", NULL);
    sztp_artifacts_free(lab_maker, slots[i]->data);
    *slots[i] = kept;
  }
  lab_set_close(&s);
}

/* CONV-01 to -05, CMS-24, VOUCH-01: what is wrong with the containers */
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
    lab_set_t s = lab_set_open();
    lab_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
    lab_blob_t *slot = slots[cases[i].which];
    uint32_t wrong = cases[i].which == 0 ? SZTP__CMS_VOUCHER_JSON : SZTP__CMS_CONVEYED_JSON;
    switch (cases[i].how) {
    case 0: slot->len -= 1; break;
    case 1: lab_replace(slot, content(SZTP__CMS_VOUCHER_JSON, "{}")); break;
    case 2: lab_replace(slot, lab_sign("{}", wrong, "owner", NULL)); break;
    case 3: lab_replace(slot, lab_owner_cert("owner.pem")); break;
    case 5: lab_replace(slot, content(SZTP__CMS_DATA, lab_voucher_document(NULL, NULL))); break;
    default: memcpy(slot->data, "{", 1); break;
    }
    lab_set_expect(&s, cases[i].step, cases[i].reason, NULL);
    lab_set_close(&s);
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
    lab_set_t s = lab_set_open();
    s.channel = channels[i];
    lab_replace(&s.ci, without_signers(info, sizeof info, LAB_ONBOARDING));
    lab_set_expect(&s, SZTP_STEP_INFO_FORMAT, "cms-signer-unknown", NULL);
    lab_replace(&s.ci, without_signers(arc, sizeof arc, LAB_ONBOARDING));
    lab_set_expect(&s, SZTP_STEP_INFO_FORMAT, "cms-type-unexpected", NULL);
    lab_replace(&s.ci, lab_sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL));
    lab_replace(&s.ov, without_signers(voucher, sizeof voucher, lab_voucher_document(NULL, NULL)));
    lab_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "cms-signer-unknown", NULL);
    lab_set_close(&s);
  }
}

/* V3: VOUCH-04, VOUCH-06, STATE-14, CMS-16; the reason is voucher-untrusted, whatever else is wrong */
static void test_voucher_signature(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  lab_replace(&s.ov, lab_sign(lab_voucher_document("serial-number", "\"another\""), SZTP__CMS_VOUCHER_JSON,
                              "other", "other-root.pem"));
  lab_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  lab_replace(&s.ov,
              lab_sign(lab_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON, "voucher-signer", NULL));
  lab_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
                 "pkix-no-path"); /* the intermediate is missing */
  lab_replace(&s.ov, lab_voucher_with(NULL, NULL));
  s.ov.data[s.ov.len - 1] ^= 1;
  lab_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  lab_set_close(&s);
  /* an anchor for servers is none for vouchers */
  s = lab_set_open();
  sztp_device_free(s.lab->dev);
  assert_int_equal(sztp_device_new(s.lab->ctx, &s.lab->dev), 0);
  lab_blob_t root = lab_file("mfr-root.pem");
  assert_int_equal(sztp_device_add_cert(s.lab->dev, SZTP_CERT_SERVER_ANCHOR, root.data, root.len), 0);
  assert_int_equal(sztp_device_set(s.lab->dev, SZTP_DEVICE_SERIAL, LAB_SERIAL), 0);
  lab_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", NULL);
  /* an intermediate may be the anchor (STATE-17), and so may the signer itself */
  static const char *const anchors[] = {"mfr-int.pem", "voucher-signer.pem"};
  for (size_t i = 0; i < 2; i++) {
    lab_blob_t anchor = lab_file(anchors[i]);
    assert_int_equal(sztp_device_add_cert(s.lab->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
    lab_set_expect(&s, 0, "", NULL);
    free(anchor.data);
  }
  free(root.data);
  lab_set_close(&s);
}

struct leaf_case {
  const char *leaf;
  const char *value; /* NULL leaves it out */
  uint32_t step;     /* 0: accepted */
  const char *reason;
};

/* Two spans, one behind the other, as a JSON string of base64. */
static void quote_base64(char *out, size_t room, sztp__span_t a, sztp__span_t b) {
  sztp__buf_t octets;
  sztp__buf_t text;
  sztp__buf_init(&octets, lab_maker, room);
  sztp__buf_init(&text, lab_maker, room);
  (void)sztp__buf_add_span(&octets, a);
  assert_int_equal(sztp__buf_add_span(&octets, b), 0);
  assert_int_equal(sztp__base64_encode(&text, sztp__buf_span(&octets)), 0);
  assert_true((size_t)snprintf(out, room, "\"%s\"", (const char *)text.data) < room);
  sztp__buf_clear(&octets);
  sztp__buf_clear(&text);
}

/* V4 to V10: VOUCH-02, VOUCH-03, VOUCH-05, VOUCH-07, VOUCH-08, VOUCH-09, VOUCH-10, VOUCH-12, VOUCH-13,
 * VOUCH-14, VOUCH-16, VOUCH-18, DATA-03, DATA-04, DATA-05, DATA-09, DATA-17 */
static void test_voucher_leaves(void **state) {
  (void)state;
  int64_t now = (int64_t)time(NULL);
  char soon[40], later[40], past[40], future[40];
  char trailing[6000], two[12000], pem[6000];
  lab_blob_t root = lab_file("owner-root.pem");
  uint8_t *der = NULL;
  size_t len = 0;
  assert_int_equal(sztp_artifacts_to_der(lab_maker, root.data, root.len, &der, &len), 0);
  quote_base64(trailing, sizeof trailing, sztp__span(der, len), sztp__span("", 1));
  quote_base64(two, sizeof two, sztp__span(der, len), sztp__span(der, len));
  quote_base64(pem, sizeof pem, sztp__span(root.data, root.len), sztp__span(NULL, 0));
  sztp_artifacts_free(lab_maker, der);
  free(root.data);
  (void)snprintf(soon, sizeof soon, "\"%s\"", lab_date(now + 60));
  (void)snprintf(later, sizeof later, "\"%s\"", lab_date(now + 600));
  (void)snprintf(past, sizeof past, "\"%s\"", lab_date(now - 10));
  (void)snprintf(future, sizeof future, "\"%s\"", lab_date(now + 100000));
  const struct leaf_case cases[] = {
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
    lab_set_t s = lab_set_open();
    lab_replace(&s.ov, lab_voucher_with(cases[i].leaf, cases[i].value));
    lab_set_expect(&s, cases[i].step, cases[i].reason, NULL);
    lab_set_close(&s);
  }
}

/* VOUCH-07, VOUCH-08, D-104: to the second; without the optional leaves only behind the switch */
static void test_voucher_dates(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  int64_t now = s.time;
  char value[40];
  (void)snprintf(value, sizeof value, "\"%s\"", lab_date(now + 1000));
  lab_replace(&s.ov, lab_voucher_with("expires-on", value));
  s.time = now + 999;
  lab_set_expect(&s, 0, "", NULL);
  s.time = now + 1000;
  lab_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  lab_replace(&s.ov, lab_voucher_with("created-on", value));
  s.time = now + 1000 - 300;
  lab_set_expect(&s, 0, "", NULL);
  s.time = now + 1000 - 301;
  lab_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-not-yet-valid", NULL);
  s.time = now;
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_REVISED_VOUCHER, 1), 0);
  lab_replace(&s.ov, lab_voucher_with("created-on", NULL));
  lab_set_expect(&s, 0, "", NULL);
  lab_replace(&s.ov, lab_voucher_with("assertion", NULL));
  lab_set_expect(&s, 0, "", NULL);
  lab_replace(&s.ov, lab_voucher_with("assertion", "\"logged\""));
  lab_set_expect(&s, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion", NULL);
  lab_set_close(&s);
}

/* IDEV-05, VOUCH-10: the serial number that the integrator gave is compared, and no other; VOUCH-16: unknown
 * nodes are told */
static void test_serial_override(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  lab_set_expect(&s, 0, "", NULL);
  assert_non_null(strstr(s.lab->log, "unknown node \"x\" is ignored"));
  lab_replace(&s.ov, lab_voucher_with("serial-number", "\"17\""));
  lab_set_expect(&s, SZTP_STEP_VOUCHER_SERIAL, "voucher-serial", NULL);
  assert_null(strstr(s.lab->log, "differs from the identity certificate's"));
  assert_int_equal(sztp_device_set(s.lab->dev, SZTP_DEVICE_SERIAL, "17"), 0);
  assert_non_null(strstr(s.lab->log, "differs from the identity certificate's"));
  lab_set_expect(&s, 0, "", NULL);
  lab_replace(&s.ov, lab_voucher_with(NULL, NULL));
  lab_set_expect(&s, SZTP_STEP_VOUCHER_SERIAL, "voucher-serial", NULL);
  lab_set_close(&s);
}

/* IDEV-02: a certificate's own number is no device's serial number */
static void test_no_serial(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  sztp_device_t *dev = NULL;
  const char *serial = NULL;
  lab_blob_t pem = lab_file("owner.pem"); /* without attribute 2.5.4.5 */
  assert_int_equal(sztp_device_new(s.lab->ctx, &dev), 0);
  test_expect_fail(s.lab->ctx, sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, pem.data, pem.len),
                   SZTP_ERR_CONFIG, "0 serialNumber attributes");
  assert_int_equal(sztp_device_get(dev, SZTP_DEVICE_SERIAL, &serial), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_device_set(dev, SZTP_DEVICE_SERIAL, "17"), 0);
  assert_int_equal(sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, pem.data, pem.len), 0);
  assert_int_equal(sztp_device_get(dev, SZTP_DEVICE_SERIAL, &serial), 0);
  assert_string_equal(serial, "17");
  sztp_device_free(dev);
  free(pem.data);
  lab_set_close(&s);
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
    lab_set_t s = lab_set_open();
    lab_replace(&s.ov, lab_sign(cases[i].document, SZTP__CMS_VOUCHER_JSON, "voucher-signer", "mfr-int.pem"));
    lab_set_expect(&s, SZTP_STEP_VOUCHER_CONTENT, cases[i].reason, NULL);
    lab_set_close(&s);
  }
  lab_set_t s = lab_set_open();
  lab_replace(&s.ov,
              lab_sign(lab_voucher_document(NULL, NULL), SZTP__CMS_DATA, "voucher-signer", "mfr-int.pem"));
  lab_set_expect(&s, 0, "", NULL); /* id-data with attributes */
  lab_set_close(&s);
}

/* VOUCH-12, D-108: the three forms of idevid-issuer */
static void test_idevid_issuer(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  const sztp__cert_t *idevid = &s.lab->dev->certs[SZTP_CERT_IDENTITY].v[0];
  sztp__buf_t forms[3];
  for (size_t i = 0; i < 3; i++) sztp__buf_init(&forms[i], lab_maker, 256);
  assert_true(idevid->authority_key_id_octets.len > 0);
  (void)sztp__buf_add_span(&forms[0], idevid->authority_key_id_octets);
  (void)sztp__buf_add_span(&forms[1], idevid->authority_key_id);
  (void)sztp__der_put(&forms[2], SZTP__DER_OCTET_STRING, idevid->authority_key_id);
  for (size_t i = 0; i < 3; i++) {
    for (int broken = 0; broken < 2; broken++) {
      char value[512] = "\"";
      sztp__buf_t text;
      if (broken) forms[i].data[forms[i].len - 1] ^= 1;
      sztp__buf_init(&text, lab_maker, 400);
      assert_int_equal(sztp__base64_encode(&text, sztp__buf_span(&forms[i])), 0);
      (void)snprintf(value, sizeof value, "\"%s\"", (const char *)text.data);
      sztp__buf_clear(&text);
      lab_replace(&s.ov, lab_voucher_with("idevid-issuer", value));
      lab_set_expect(&s, broken ? SZTP_STEP_VOUCHER_ISSUER : 0, broken ? "voucher-idevid-issuer" : "", NULL);
    }
    sztp__buf_clear(&forms[i]);
  }
  lab_set_close(&s);
}

/* VOUCH-11, VOUCH-15, CLK-04, D-58: nonces */
static void test_nonce(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  uint8_t sent[32];
  for (uint8_t i = 0; i < 32; i++) sent[i] = (uint8_t)(0xf8 + i);
  s.nonce.data = sent;
  s.nonce.len = 32;
  lab_set_expect(&s, 0, "", NULL); /* none in the voucher */
  lab_replace(&s.ov, lab_voucher_with("nonce", "\"+Pn6+/z9/v8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc=\""));
  lab_set_expect(&s, 0, "", NULL);
  lab_replace(&s.ov, lab_voucher_with("nonce", "\"-Pn6-_z9_v8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc\""));
  lab_set_expect(&s, 0, "", NULL); /* the URL-safe alphabet, in this leaf alone */
  sent[31] ^= 1;
  lab_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  s.nonce.len = 31;
  lab_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  lab_replace(&s.ov, lab_voucher_with("nonce", "\"AAECAwQF\""));
  lab_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL); /* 6 octets */
  lab_replace(&s.ov, lab_voucher_with(NULL, NULL));
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_NONCE_REQUIRED, 1), 0);
  lab_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  lab_set_close(&s);
}

/* CLK-01, CLK-02, CLK-03, CLK-04, CLK-08, PKIX-04, VERIFY-15, CONV-24 */
static void test_clock(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  lab_replace(&s.ov, lab_voucher_with("expires-on", "\"2001-01-01T00:00:00Z\""));
  lab_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  s.time = SZTP_TIME_UNKNOWN;
  lab_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_TIME_FLOOR, 946684800), 0); /* 2000 */
  lab_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_EXPIRY_NEEDS_CLOCK, 1), 0);
  lab_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_EXPIRY_NEEDS_CLOCK, 0), 0);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_TIME_FLOOR, 1000000000),
                   0); /* late in 2001 */
  lab_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  lab_replace(&s.ov, lab_voucher_with(NULL, NULL));
  s.time = 7258118400; /* 2200: every certificate of the test PKI but the identity has ended */
  lab_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  s.time = 1000000000; /* the floor itself */
  lab_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-not-yet-valid");
  lab_set_close(&s);
}

/* V11 to V14: VERIFY-04, VERIFY-05, VERIFY-06, VERIFY-11, PKIX-01, PKIX-14 */
static void test_owner(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  lab_replace(&s.ci, lab_sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "other", NULL));
  lab_set_expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  lab_replace(&s.oc, lab_owner_cert("other.pem"));
  lab_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  lab_replace(&s.ci, lab_sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL));
  lab_set_expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  lab_replace(&s.oc, lab_owner_cert("owner.pem"));
  lab_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted",
                 "pkix-no-path"); /* its intermediate is nowhere */
  lab_replace(&s.ci, lab_sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", "owner-int.pem"));
  lab_set_expect(&s, 0, "", NULL); /* D-115: it comes with the conveyed information */
  /* the signer's certificate inside the conveyed information alone is not enough (D-116) */
  lab_replace(&s.oc, lab_owner_cert("owner-int.pem"));
  lab_set_expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  lab_replace(&s.oc, lab_owner_cert("owner-chain.pem"));
  /* pinned: the intermediate, and the owner certificate itself */
  static const char *const pins[] = {"owner-int.pem", "owner.pem"};
  for (size_t i = 0; i < 2; i++) {
    char value[6000];
    (void)snprintf(value, sizeof value, "\"%s\"", lab_base64(pins[i]));
    lab_replace(&s.ov, lab_voucher_with("pinned-domain-cert", value));
    lab_set_expect(&s, 0, "", NULL);
  }
  char value[6000];
  (void)snprintf(value, sizeof value, "\"%s\"", lab_base64("other-root.pem"));
  lab_replace(&s.ov, lab_voucher_with("pinned-domain-cert", value));
  lab_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  lab_set_close(&s);
}

/* VERIFY-05, VERIFY-06: the owner certificate is the one that signed, wherever it lies in the bag,
 * and it must be made for signing */
static void test_bag_order(void **state) {
  (void)state;
  static const char *const files[] = {"other.pem", "owner-int.pem", "owner.pem", "other-root.pem"};
  lab_set_t s = lab_set_open();
  lab_blob_t all = lab_file(files[0]);
  for (size_t i = 1; i < TEST_COUNT_OF(files); i++) {
    lab_blob_t next = lab_file(files[i]);
    assert_true(all.len + next.len <= 65536);
    memcpy(all.data + all.len, next.data, next.len);
    all.len += next.len;
    free(next.data);
  }
  lab_blob_t mixed = {NULL, 0};
  assert_int_equal(sztp_owner_cert_pack(lab_maker, all.data, all.len, NULL, 0, &mixed.data, &mixed.len), 0);
  free(all.data);
  lab_replace(&s.oc, mixed);
  lab_set_expect(&s, 0, "", NULL);
  lab_replace(&s.ci, lab_sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "other", NULL));
  lab_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted",
                 "pkix-no-path"); /* in the bag, but of another owner */
  lab_replace(&s.ci, lab_sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner-int", NULL));
  lab_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-keyusage",
                 NULL); /* a CA that may sign certificates only */
  lab_set_close(&s);
}

/* V15, V16: CMS-16 apart, CONV-02, CONV-03, CONV-07, TRUST-05, TRUST-06, TRUST-09, TRUST-10 */
static void test_info(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  s.ci.data[s.ci.len - 1] ^= 1;
  lab_set_expect(&s, SZTP_STEP_INFO_SIGNATURE, "cms-signature-invalid", NULL);
  lab_replace(&s.ci, lab_sign("<onboarding-information/>", SZTP__CMS_CONVEYED_JSON, "owner", NULL));
  lab_set_expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-mismatch", NULL);
  lab_replace(&s.ci, lab_sign("hostname x", SZTP__CMS_DATA, "owner", NULL));
  lab_set_expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-unknown", NULL);
  lab_replace(&s.ci, lab_sign("{\"both\":1}", SZTP__CMS_DATA, "owner", NULL));
  lab_set_expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", NULL);
  lab_replace(&s.ci, lab_sign(" \xef\xbb\xbf{}", SZTP__CMS_DATA, "owner", NULL));
  lab_set_expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-unknown", NULL);
  lab_replace(&s.ci, lab_sign("\xef\xbb\xbf \n" LAB_ONBOARDING, SZTP__CMS_DATA, "owner", NULL));
  lab_set_expect(&s, 0, "", NULL);
  /* unsigned data: the companions do not matter, the channel does */
  lab_replace(&s.ci, content(SZTP__CMS_CONVEYED_JSON, LAB_ONBOARDING));
  lab_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  lab_replace(&s.ci, content(SZTP__CMS_CONVEYED_JSON,
                             "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"configuration\":7}}"));
  lab_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  s.channel = SZTP_CHANNEL_TRUSTED;
  lab_set_expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", NULL);
  lab_replace(&s.ci, content(SZTP__CMS_DATA, LAB_ONBOARDING));
  lab_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_SIGNED_ONLY, 1), 0);
  lab_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  lab_set_close(&s);
}

/* What the command-line tool rests on: a voucher alone, an owner certificate against a pinned certificate or
 * a voucher */
static void test_parts(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  lab_blob_t ci = s.ci;
  lab_blob_t oc = s.oc;
  lab_blob_t ov = s.ov;
  s.ci.data = NULL;
  lab_set_expect(&s, 0, "", NULL);
  s.oc.data = NULL;
  lab_set_expect(&s, 0, "", NULL);
  s.ov.data = NULL;
  lab_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.oc = oc;
  lab_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  lab_blob_t pem = lab_file("owner-root.pem");
  assert_int_equal(sztp_artifacts_to_der(lab_maker, pem.data, pem.len, &s.pinned.data, &s.pinned.len), 0);
  lab_set_expect(&s, 0, "", NULL);
  s.ci = ci;
  lab_set_expect(&s, 0, "", NULL);
  s.ov = ov;
  sztp_artifacts_free(lab_maker, s.pinned.data);
  free(pem.data);
  lab_set_close(&s);
}

/* Every artifact cut at every octet: rejected with a reason, nothing given out. */
static void test_truncated(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  lab_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
  for (size_t i = 0; i < 3; i++) {
    size_t len = slots[i]->len;
    for (size_t n = 0; n < len; n += LAB_SAMPLE) {
      sztp_verdict_t *v = NULL;
      slots[i]->len = n;
      int32_t rc = lab_set_verify(&s, &v);
      assert_true(rc < 0);
      assert_non_null(v);
      assert_string_not_equal(sztp_error_label(rc), "");
      assert_null(sztp_verdict_info(v));
      sztp_verdict_free(v);
    }
    slots[i]->len = len;
  }
  lab_set_close(&s);
}

/* Every octet changed: whatever is accepted all the same means the same. */
static void test_changed(void **state) {
  (void)state;
  lab_set_t s = lab_set_open();
  lab_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
  for (size_t i = 0; i < 3; i++) {
    for (size_t n = 0; n < slots[i]->len; n += LAB_SAMPLE) {
      sztp_verdict_t *v = NULL;
      const uint8_t *data = NULL;
      size_t len = 0;
      uint8_t kept = slots[i]->data[n];
      slots[i]->data[n] ^= (uint8_t)(1U << (n % 8));
      int32_t rc = lab_set_verify(&s, &v);
      assert_non_null(v);
      if (rc == SZTP_OK) {
        assert_int_equal(sztp_info_bytes(sztp_verdict_info(v), SZTP_INFO_CONFIG, 0, &data, &len), 0);
        assert_int_equal(len, 6);
        assert_memory_equal(data, "config", 6);
      } else {
        assert_string_not_equal(sztp_error_label(rc), "");
        assert_null(sztp_verdict_info(v));
      }
      sztp_verdict_free(v);
      slots[i]->data[n] = kept;
    }
  }
  lab_set_close(&s);
}

/* SEC-05, for an accepted and for a rejected set: memory that fails leaves no verdict, or (where only a text
 * for people got shorter) the right one. */
static void test_memory_failure(void **state) {
  (void)state;
  for (int bad = 0; bad < 2; bad++) {
    lab_set_t s = lab_set_open();
    unsigned without_verdict = 0;
    if (bad) lab_replace(&s.ci, lab_sign("{}", SZTP__CMS_CONVEYED_JSON, "owner", NULL));
    for (size_t n = 1;; n += LAB_SAMPLE) {
      sztp_verdict_t *v = NULL;
      size_t blocks = s.lab->memory.blocks;
      s.lab->memory.fail_at = s.lab->memory.calls + n;
      int32_t rc = lab_set_verify(&s, &v);
      int met = s.lab->memory.calls >= s.lab->memory.fail_at;
      s.lab->memory.fail_at = 0;
      if (v == NULL) {
        assert_int_equal(rc, SZTP_ERR_MEMORY);
        without_verdict++;
      } else {
        assert_int_equal(rc, bad ? SZTP_ERR_MODEL_INVALID : SZTP_OK);
      }
      sztp_verdict_free(v);
      assert_int_equal(s.lab->memory.blocks, blocks);
      if (!met) break;
    }
    assert_true(without_verdict > 30 / LAB_SAMPLE);
    lab_set_expect(&s, bad ? SZTP_STEP_INFO_CONTENT : 0, bad ? "model-invalid" : "", NULL);
    lab_set_close(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good),
      cmocka_unit_test(test_artifacts),
      cmocka_unit_test(test_containers),
      cmocka_unit_test(test_without_signers),
      cmocka_unit_test(test_voucher_signature),
      cmocka_unit_test(test_voucher_leaves),
      cmocka_unit_test(test_voucher_documents),
      cmocka_unit_test(test_idevid_issuer),
      cmocka_unit_test(test_voucher_dates),
      cmocka_unit_test(test_serial_override),
      cmocka_unit_test(test_no_serial),
      cmocka_unit_test(test_bag_order),
      cmocka_unit_test(test_nonce),
      cmocka_unit_test(test_clock),
      cmocka_unit_test(test_owner),
      cmocka_unit_test(test_info),
      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_truncated),
      cmocka_unit_test(test_changed),
      cmocka_unit_test(test_memory_failure),
  };
  return cmocka_run_group_tests(tests, lab_set_setup, lab_set_teardown);
}
