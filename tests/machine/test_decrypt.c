/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted artifacts step by step (ENC group): every combination and shape, what may be inside, whom it is
 * encrypted to, and what is refused before any key is asked for. */
#include "decrypt_set.h"

#include "artifacts/signer.h"
#include "ground/text.h"

/* ---- combinations -------------------------------------------------------------------------------- */

/* ENC-01, ENC-02, ENC-15, ENC-19: each of the three by itself; one operation of the private key for each that
 * is encrypted; the step tells which and how. The identity's key usage is digitalSignature only. */
static void test_combinations(void **state) {
  (void)state;
  artifact_set_t s = open_set(NULL);
  counted_t c;
  count_keys(&s, &c);
  const sztp__blob_t clear[3] = {s.ci, s.oc, s.ov};
  for (unsigned mask = 0; mask < 8; mask++) {
    sztp_verdict_t *v = NULL;
    sztp__blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
    unsigned encrypted = 0;
    for (unsigned i = 0; i < 3; i++) {
      *slots[i] = (mask >> i & 1) != 0 ? artifact_encrypt(clear[i], "idevid") : clear[i];
      encrypted += mask >> i & 1;
    }
    c.calls = 0;
    assert_int_equal(artifact_set_verify(&s, &v), SZTP_OK);
    assert_int_equal(sztp_verdict_trusted(v), 1);
    assert_int_equal(sztp_verdict_kind(v), SZTP_INFO_ONBOARDING);
    assert_int_equal(c.calls, encrypted);
    assert_int_equal(state_of(v, SZTP_STEP_DECRYPTION), mask == 0 ? SZTP_STEP_SKIPPED : SZTP_STEP_PASSED);
    const char *detail = sztp_verdict_text(v, SZTP_STEP_DECRYPTION, SZTP_TEXT_DETAIL);
    static const char *const names[3] = {"conveyed-information: ", "owner-certificate: ", "voucher: "};
    for (unsigned i = 0; i < 3; i++) assert_int_equal(strstr(detail, names[i]) != NULL, (mask >> i & 1) != 0);
    if (mask != 0) assert_non_null(strstr(detail, "ECDH with sha256kdf and aes256-wrap, aes256-CBC"));
    const uint8_t *data = NULL;
    size_t len = 0;
    assert_int_equal(sztp_info_bytes(sztp_verdict_info(v), SZTP_INFO_CONFIG, 0, &data, &len), SZTP_OK);
    assert_int_equal(len, 6);
    assert_memory_equal(data, "config", 7);
    sztp_verdict_free(v);
  }
  /* a voucher alone, and an owner certificate under it */
  s.ci.data = NULL;
  expect(&s, 0, "", "");
  s.oc.data = NULL;
  expect(&s, 0, "", "");
  close_set(&s);
}

/* CONV-01, CONV-02: unsigned and signed, in clear and encrypted, with each content type: twelve shapes, and
 * XML that is only said to be data (D-67) */
static void test_shapes(void **state) {
  (void)state;
  static const char json[] = "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":"
                             "[{\"address\":\"192.0.2.1\"}]}}";
  static const char xml[] =
      "<redirect-information xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info"
      "\"><bootstrap-server><address>192.0.2.1</address></bootstrap-server>"
      "</redirect-information>";
  static const struct {
    uint32_t type;
    const char *document;
    const char *name;
  } contents[] = {{SZTP__CMS_DATA, json, "id-data"},
                  {SZTP__CMS_DATA, xml, "id-data"},
                  {SZTP__CMS_CONVEYED_JSON, json, "id-ct-sztpConveyedInfoJSON"},
                  {SZTP__CMS_CONVEYED_XML, xml, "id-ct-sztpConveyedInfoXML"}};
  artifact_set_t s = open_set(NULL);
  for (int is_signed = 0; is_signed < 2; is_signed++) {
    for (size_t i = 0; i < TEST_COUNT_OF(contents); i++) {
      const char *document = contents[i].document;
      s.ci = is_signed ? sign(document, contents[i].type) : content(contents[i].type, document);
      for (int encrypted = 0; encrypted < 2; encrypted++) {
        char format[80];
        sztp_verdict_t *v = NULL;
        if (encrypted) s.ci = artifact_encrypt(s.ci, "idevid");
        /* unsigned and encrypted, it is taken from who is authenticated alone */
        s.channel = encrypted && !is_signed ? SZTP_CHANNEL_TRUSTED : SZTP_CHANNEL_UNTRUSTED;
        assert_int_equal(artifact_set_verify(&s, &v), SZTP_OK);
        assert_int_equal(sztp_verdict_kind(v), SZTP_INFO_REDIRECT);
        assert_int_equal(sztp_verdict_trusted(v), is_signed || encrypted);
        (void)snprintf(format, sizeof format, "%s%s, %s", encrypted ? "encrypted, " : "",
                       is_signed ? "signed" : "unsigned", contents[i].name);
        assert_string_equal(sztp_verdict_text(v, SZTP_STEP_INFO_FORMAT, SZTP_TEXT_DETAIL), format);
        sztp_verdict_free(v);
      }
    }
  }
  close_set(&s);
}

/* ---- what openssl(1) makes of it ----------------------------------------------------------------- */

/* ENC-12 (D-92), ENC-14: which plaintexts are taken for what, by the type that they are said to have */
static void test_plaintexts(void **state) {
  (void)state;
  static const struct {
    const char *name;
    uint32_t step;
    const char *reason;
    int asks_key;
    const char *format; /* part of the format step's detail */
  } cases[] = {
      {"cbc128", 0, "", 1, "encrypted, unsigned, id-data"},
      {"gcm256", 0, "", 1, "encrypted, unsigned, id-data"},
      {"signed", 0, "", 1, "encrypted, signed, id-ct-sztpConveyedInfoJSON"},
      {"signed-labelled", 0, "", 1, "encrypted, signed, id-ct-sztpConveyedInfoJSON"},
      {"bare-labelled", 0, "", 1, "encrypted, signed, id-ct-sztpConveyedInfoJSON"},
      {"signed-ber", 0, "", 1, "encrypted, signed, id-ct-sztpConveyedInfoJSON"},
      {"bare", SZTP_STEP_DECRYPTION, "enc-decrypt-failed", 1, ""}, /* said to be id-data, and is none */
      {"data", SZTP_STEP_DECRYPTION, "enc-decrypt-failed", 1, ""},
      {"stream", SZTP_STEP_DECRYPTION, "enc-decrypt-failed", 1, ""}, /* decrypts, but is no document */
      {"document-labelled-signed", SZTP_STEP_DECRYPTION, "enc-decrypt-failed", 1, ""},
      {"labelled-digested", SZTP_STEP_DECRYPTION, "cms-type-unexpected", 0, ""},
      {"twice", SZTP_STEP_DECRYPTION, "enc-decrypt-failed", 1,
       ""}, /* one reason for all that is inside (D-93) */
      {"twice-gcm", SZTP_STEP_DECRYPTION, "enc-decrypt-failed", 1, ""},
      {"twice-labelled", SZTP_STEP_DECRYPTION, "enc-nested", 0, ""},
      {"des3", SZTP_STEP_DECRYPTION, "enc-alg-unsupported", 0, ""},
      {"stranger", SZTP_STEP_DECRYPTION, "enc-no-recipient", 0, ""},
  };
  artifact_set_t s = open_set("rsa");
  counted_t c;
  count_keys(&s, &c);
  s.channel = SZTP_CHANNEL_TRUSTED;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp_verdict_t *v = NULL;
    s.ci = theirs(cases[i].name);
    c.calls = 0;
    expect(&s, cases[i].step, cases[i].reason, cases[i].step == 0 ? "" : "conveyed-information");
    if ((int)c.calls != cases[i].asks_key) fail_msg("%s: the key was asked %u times", cases[i].name, c.calls);
    (void)artifact_set_verify(&s, &v);
    if (strstr(sztp_verdict_text(v, SZTP_STEP_INFO_FORMAT, SZTP_TEXT_DETAIL), cases[i].format) == NULL)
      fail_msg("%s: %s", cases[i].name, sztp_verdict_text(v, SZTP_STEP_INFO_FORMAT, SZTP_TEXT_DETAIL));
    sztp_verdict_free(v);
  }
  close_set(&s);
}

/* CONV-01, ENC-03, ENC-12: types that do not belong there, and text that must not be taken for anything */
static void test_types(void **state) {
  (void)state;
  static const uint8_t compressed[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x09};
  static const uint8_t digested[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x05};
  artifact_set_t s = open_set("rsa");
  sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
  s.channel = SZTP_CHANNEL_TRUSTED;
  const sztp__blob_t clear[3] = {s.ci, s.oc, s.ov};
  static const char *const names[3] = {"conveyed-information", "owner-certificate", "voucher"};
  const struct {
    uint32_t etype;
    sztp__span_t oid;
    const char *text;
    const char *reasons[3]; /* for each artifact; "" is accepted */
  } cases[] = {
      {0,
       sztp__span(compressed, sizeof compressed),
       MOCK_EMPTY,
       {"cms-type-unexpected", "cms-type-unexpected", "cms-type-unexpected"}},
      {0,
       sztp__span(digested, sizeof digested),
       MOCK_EMPTY,
       {"cms-type-unexpected", "cms-type-unexpected", "cms-type-unexpected"}},
      {SZTP__CMS_VOUCHER_JSON,
       {NULL, 0},
       MOCK_EMPTY,
       {"cms-type-unexpected", "cms-type-unexpected", "cms-type-unexpected"}},
      {SZTP__CMS_ENVELOPED, {NULL, 0}, MOCK_EMPTY, {"enc-nested", "enc-nested", "enc-nested"}},
      {SZTP__CMS_AUTH_ENVELOPED, {NULL, 0}, MOCK_EMPTY, {"enc-nested", "enc-nested", "enc-nested"}},
      {SZTP__CMS_CONVEYED_JSON, {NULL, 0}, MOCK_EMPTY, {"", "cms-type-unexpected", "cms-type-unexpected"}},
      {SZTP__CMS_DATA, {NULL, 0}, MOCK_EMPTY, {"", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_DATA, {NULL, 0}, " \n" MOCK_EMPTY, {"", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_DATA, {NULL, 0}, "\x04\x35" MOCK_EMPTY, {"", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_CONVEYED_JSON,
       {NULL, 0},
       "\x04\x35" MOCK_EMPTY,
       {"", "cms-type-unexpected", "cms-type-unexpected"}},
      {SZTP__CMS_DATA,
       {NULL, 0},
       "\x04\x34" MOCK_EMPTY,
       {"enc-decrypt-failed", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_CONVEYED_XML,
       {NULL, 0},
       MOCK_EMPTY,
       {"enc-decrypt-failed", "cms-type-unexpected", "cms-type-unexpected"}},
      {SZTP__CMS_DATA, {NULL, 0}, "0{}", {"enc-decrypt-failed", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_DATA, {NULL, 0}, "", {"enc-decrypt-failed", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_DATA, {NULL, 0}, "{}", {"enc-decrypt-failed", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_SIGNED,
       {NULL, 0},
       MOCK_EMPTY,
       {"enc-decrypt-failed", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_SIGNED, {NULL, 0}, "", {"enc-decrypt-failed", "enc-decrypt-failed", "enc-decrypt-failed"}},
      {SZTP__CMS_SIGNED,
       {NULL, 0},
       "\x30\x03\x02\x01\x03",
       {"enc-decrypt-failed", "enc-decrypt-failed", "enc-decrypt-failed"}},
  };
  assert_int_equal(strlen(MOCK_EMPTY), 0x35);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int gcm = 0; gcm < 2; gcm++) {
      parts_t p = parts_of(&cert, cases[i].etype, sztp__span_of(cases[i].text));
      p.etype_oid = cases[i].oid;
      if (gcm) p = parts_gcm(p);
      stub_t stub = stub_of(&p);
      assert_int_equal(sztp_device_set_key(s.mock->dev, stub_key, &stub), SZTP_OK);
      sztp__blob_t sealed = build(&p);
      for (size_t which = 0; which < 3; which++) {
        s.ci = which == 0 ? sealed : clear[0];
        s.oc = which == 1 ? sealed : clear[1];
        s.ov = which == 2 ? sealed : clear[2];
        int good = cases[i].reasons[which][0] == '\0';
        expect(&s, good ? 0 : SZTP_STEP_DECRYPTION, cases[i].reasons[which], good ? "" : names[which]);
      }
    }
  }
  close_set(&s);
}

/* CONV-01, CONV-06, VERIFY: what is inside is judged as if it had come in clear */
static void test_inside(void **state) {
  (void)state;
  artifact_set_t s = open_set(NULL);
  sztp__blob_t good = s.ci;
  s.ci = artifact_encrypt(sign(MOCK_EMPTY, SZTP__CMS_VOUCHER_JSON), "idevid");
  expect(&s, SZTP_STEP_INFO_FORMAT, "cms-type-unexpected", "conveyed-information");
  s.ci = artifact_encrypt(s.oc, "idevid"); /* a SignedData without content or signer */
  expect(&s, SZTP_STEP_INFO_FORMAT, "cms-detached", "conveyed-information");
  s.ci = artifact_encrypt(artifact_conveyed(MOCK_ONBOARDING, "other"), "idevid");
  expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", "owner-certificate");
  s.ci = artifact_encrypt(artifact_conveyed("{\"neither\":{}}", "owner"), "idevid");
  expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", "conveyed-information");
  s.ci = artifact_encrypt(good, "idevid");
  sztp__blob_t ov = s.ov;
  s.ov = artifact_encrypt(s.oc, "idevid"); /* swapped */
  expect(&s, SZTP_STEP_VOUCHER_FORMAT, "cms-detached", "voucher");
  s.ov = ov;
  s.oc = artifact_encrypt(ov, "idevid");
  expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", "owner-certificate");
  close_set(&s);
}

/* ENC-16, TRUST-05: encryption adds no trust; what stands beside unsigned information is not even decrypted
 */
static void test_no_trust(void **state) {
  (void)state;
  artifact_set_t s = open_set(NULL);
  counted_t c;
  count_keys(&s, &c);
  s.ci = artifact_encrypt(artifact_conveyed(MOCK_ONBOARDING, NULL), "idevid");
  s.oc = artifact_encrypt(s.oc, "idevid");
  s.ov = artifact_encrypt(s.ov, "idevid");
  expect(&s, SZTP_STEP_DECRYPTION, "unsigned-onboarding-untrusted", "conveyed-information");
  assert_int_equal(c.calls, 0);
  s.channel = SZTP_CHANNEL_TRUSTED;
  expect(&s, 0, "", "");
  assert_int_equal(c.calls, 1);
  s.ci = artifact_conveyed(MOCK_ONBOARDING, NULL);
  expect(&s, 0, "", "");
  assert_int_equal(c.calls, 1);
  /* nor does it hide what is not signed from who must not send it: not even a redirect is decrypted, whatever
   * it is said to be */
  const char *redirect = artifact_redirect("localhost", 4002, "server-root");
  s.channel = SZTP_CHANNEL_UNTRUSTED;
  s.ci = artifact_encrypt(artifact_conveyed(redirect, NULL), "idevid");
  expect(&s, SZTP_STEP_DECRYPTION, "unsigned-onboarding-untrusted", "conveyed-information");
  assert_int_equal(c.calls, 1);
  s.ci = artifact_encrypt(content(SZTP__CMS_DATA, redirect), "idevid");
  s.ov.data = NULL;
  expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", "");
  assert_int_equal(c.calls, 1);
  s.ov = owner_artifacts()
             ->voucher; /* with a voucher in clear that holds, it is decrypted, and is no SignedData */
  expect(&s, SZTP_STEP_DECRYPTION, "enc-decrypt-failed", "conveyed-information");
  assert_int_equal(c.calls, 3); /* both artifacts, since nobody may see which of them failed */
  close_set(&s);
}

/* ENC-02, ENC-03, ENC-04, STATE-16, IDEV-06: for whom it is, and who has the key */
static void test_recipients(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  counted_t c;
  sztp_verdict_t *v = NULL;
  count_keys(&s, &c);
  const sztp__blob_t clear[3] = {s.ci, s.oc, s.ov};
  sztp__blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
  static const char *const names[3] = {"conveyed-information", "owner-certificate", "voucher"};
  for (size_t i = 0; i < 3; i++) {
    *slots[i] = artifact_encrypt(clear[i], "enc/rsa2");
    expect(&s, SZTP_STEP_DECRYPTION, "enc-no-recipient", names[i]);
    assert_int_equal(c.calls, 0);
    assert_int_not_equal(artifact_set_verify(&s, &v), SZTP_OK);
    assert_string_equal(sztp_verdict_text(v, SZTP_STEP_DECRYPTION, SZTP_TEXT_DETAIL),
                        "none of its 1 recipients is this device");
    sztp_verdict_free(v);
    *slots[i] = artifact_encrypt(clear[i], "enc/rsa"); /* the separate decryption certificate */
    expect(&s, 0, "", "");
    assert_int_equal(c.calls, 1);
    c.calls = 0;
    *slots[i] = clear[i];
  }
  /* no key function: nothing encrypted is for this device */
  s.ov = artifact_encrypt(clear[2], "idevid");
  assert_int_equal(sztp_device_set_key(s.mock->dev, NULL, NULL), SZTP_OK);
  expect(&s, SZTP_STEP_DECRYPTION, "enc-no-recipient", "voucher");
  assert_int_not_equal(artifact_set_verify(&s, &v), SZTP_OK);
  assert_string_equal(sztp_verdict_text(v, SZTP_STEP_DECRYPTION, SZTP_TEXT_DETAIL),
                      "the device has no key to decrypt it with");
  sztp_verdict_free(v);
  /* a function that has not this key */
  count_keys(&s, &c);
  c.rc = SZTP_ERR_NOT_FOUND;
  expect(&s, SZTP_STEP_DECRYPTION, "enc-no-recipient", "voucher");
  assert_int_equal(c.calls, 1);
  close_set(&s);
}

/* For both certificates of the device. */
static sztp__blob_t encrypt_to_both(sztp__blob_t artifact) {
  sztp__blob_t sealed = {NULL, 0};
  sztp_envelope_t *e = NULL;
  assert_int_equal(sztp_envelope_new(artifact_maker, &e), SZTP_OK);
  for (int i = 0; i < 2; i++) {
    sztp__blob_t cert = pki_file(i == 0 ? "idevid.pem" : "enc/rsa.pem");
    assert_int_equal(sztp_envelope_add(e, cert.data, cert.len), SZTP_OK);
    free(cert.data);
  }
  assert_int_equal(sztp_envelope_make(e, artifact.data, artifact.len, &sealed.data, &sealed.len), SZTP_OK);
  sztp_envelope_free(e);
  kept[kept_count++] = sealed.data;
  return sealed;
}

/* ENC-04, ENC-15: an entry whose key is missing is passed over, and only then another one asked */
static void test_one_of_two_keys(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  counted_t c;
  sztp__blob_t sealed = encrypt_to_both(s.ov);
  s.ov = sealed;
  count_keys(&s, &c);
  expect(&s, 0, "", "");
  assert_int_equal(c.calls, 1);
  sztp_software_key_t *only_identity = NULL;
  assert_int_equal(sztp_software_key_new(&only_identity), SZTP_OK);
  sztp__blob_t key = pki_file("idevid.key");
  assert_int_equal(sztp_software_key_add(only_identity, s.mock->dev, key.data, key.len), SZTP_OK);
  free(key.data);
  c.keys = only_identity;
  c.calls = 0;
  expect(&s, 0, "", "");
  assert_in_range(c.calls, 1, 2);
  sztp_software_key_t *no_key = NULL;
  assert_int_equal(sztp_software_key_new(&no_key), SZTP_OK);
  c.keys = no_key;
  c.calls = 0;
  expect(&s, SZTP_STEP_DECRYPTION, "enc-no-recipient", "voucher");
  assert_int_equal(c.calls, 2);
  sztp_software_key_free(no_key);
  sztp_software_key_free(only_identity);
  close_set(&s);
}

/* VERIFY (V0, V1), DISC-06: what is missing is told before a key is asked, if it can be known */
static void test_missing(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  counted_t c;
  sztp_verdict_t *v = NULL;
  count_keys(&s, &c);
  s.ov.data = NULL;
  s.ci = artifact_encrypt(s.ci, "idevid");
  expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", "");
  assert_int_equal(c.calls, 0);
  s.ci = theirs("signed"); /* said to be id-data; from who is not authenticated that must be signed data */
  expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", "");
  assert_int_equal(c.calls, 0);
  s.channel = SZTP_CHANNEL_TRUSTED; /* else that it is signed comes out with it */
  expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", "");
  assert_int_equal(c.calls, 1);
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_ERR_ARTIFACT_MISSING);
  assert_int_equal(state_of(v, SZTP_STEP_DECRYPTION), SZTP_STEP_PASSED);
  assert_int_equal(state_of(v, SZTP_STEP_INFO_FORMAT), SZTP_STEP_PASSED);
  assert_int_equal(state_of(v, SZTP_STEP_INFO_CONTENT), SZTP_STEP_SKIPPED);
  sztp_verdict_free(v);
  close_set(&s);
}

/* CMS-01: broken structures are told as that, with the artifact; a broken one beside it does not confuse */
static void test_malformed(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
  sztp__buf_t many;
  sztp_verdict_t *v = NULL;
  s.channel = SZTP_CHANNEL_TRUSTED;
  sztp__blob_t good = s.ci;
  s.ci = content(SZTP__CMS_ENVELOPED, "not what belongs there");
  expect(&s, SZTP_STEP_INFO_FORMAT, "cms-malformed", "conveyed-information");
  parts_t p = parts_of(&cert, SZTP__CMS_SIGNED, sztp__span_of("x"));
  p.recipients = sztp__span("\x04\x00", 2);
  s.ci = build(&p);
  expect(&s, SZTP_STEP_DECRYPTION, "cms-malformed", "conveyed-information");
  sztp__buf_init(&many, artifact_maker, 1 << 16);
  for (int i = 0; i < 17; i++) sztp__buf_add(&many, "\xa3\x00", 2);
  p.recipients = sztp__buf_span(&many);
  s.ci = build(&p);
  expect(&s, SZTP_STEP_DECRYPTION, "limit", "conveyed-information");
  sztp__buf_clear(&many);
  s.ci = good;
  s.oc = content(SZTP__CMS_ENVELOPED, "broken");
  s.ov = artifact_encrypt(s.ov, "enc/rsa2");
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_ERR_ENC_NO_RECIPIENT);
  assert_string_equal(sztp_verdict_text(v, SZTP_STEP_DECRYPTION, SZTP_TEXT_DETAIL),
                      "none of its 1 recipients is this device");
  sztp_verdict_free(v);
  close_set(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_combinations), cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_plaintexts),   cmocka_unit_test(test_types),
      cmocka_unit_test(test_inside),       cmocka_unit_test(test_no_trust),
      cmocka_unit_test(test_recipients),   cmocka_unit_test(test_one_of_two_keys),
      cmocka_unit_test(test_missing),      cmocka_unit_test(test_malformed),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, teardown);
}
