/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted artifacts in sztp_verify(): every combination and shape, what is refused and at which step, and
 * that failures of decryption can't be told apart: not by what is said, and not by what is done. */
#include "artifact_set.h"

#include <cjson/cJSON.h>
#include <malloc.h>
#include <time.h>

#include "../unit/enveloped.h"
#include "artifacts/signer.h"
#include "ground/text.h"
#include "trust/conveyed.h"

/* --- a bench for one verification --- */

/* Artifacts that live as long as the program: those in a set are borrowed here. */
static void *kept[2048];
static size_t kept_count;

static artifact_blob_t keep(artifact_blob_t blob) {
  assert_true(kept_count < TEST_COUNT_OF(kept));
  kept[kept_count++] = blob.data;
  return blob;
}

static void add_cert(mock_host_t *mock, uint32_t role, const char *name) {
  artifact_blob_t pem = pki_file(name);
  assert_int_equal(sztp_device_add_cert(mock->dev, role, pem.data, pem.len), SZTP_OK);
  free(pem.data);
}

/* Signed artifacts in clear, and a device whose identity key decrypts; with @p decryption also the
 * certificate and key enc/NAME of the test PKI. */
static artifact_set_t open_set(const char *decryption) {
  char file[64];
  artifact_set_t s = artifact_set_open();
  mock_key(s.mock, "idevid");
  if (decryption != NULL) {
    (void)snprintf(file, sizeof file, "enc/%s.pem", decryption);
    add_cert(s.mock, SZTP_CERT_DECRYPTION, file);
    (void)snprintf(file, sizeof file, "enc/%s.key", decryption);
    artifact_blob_t key = pki_file(file);
    assert_int_equal(sztp_software_key_add(s.mock->keys, s.mock->dev, key.data, key.len), SZTP_OK);
    free(key.data);
  }
  assert_int_equal(sztp_device_set_key(s.mock->dev, sztp_software_key, s.mock->keys), SZTP_OK);
  keep(s.ci);
  keep(s.oc);
  keep(s.ov);
  return s;
}

static void close_set(artifact_set_t *s) {
  s->ci.data = s->oc.data = s->ov.data = NULL;
  artifact_set_close(s);
}

static uint32_t failed_step(const sztp_verdict_t *v) {
  uint32_t state = 0;
  for (uint32_t i = 1; sztp_step_name(i)[0] != '\0'; i++)
    if (sztp_verdict_step(v, i, &state, NULL) == SZTP_OK && state == SZTP_STEP_FAILED) return i;
  return 0;
}

static uint32_t state_of(const sztp_verdict_t *v, uint32_t step) {
  uint32_t state = 99;
  assert_int_equal(sztp_verdict_step(v, step, &state, NULL), SZTP_OK);
  return state;
}

/* Verifies and asserts the step that failed, its reason and the artifact. @p step 0: accepted. */
static void expect(const artifact_set_t *s, uint32_t step, const char *reason, const char *artifact) {
  sztp_verdict_t *v = NULL;
  int32_t rc = artifact_set_verify(s, &v);
  if (v == NULL) fail_msg("%s instead of a verdict", sztp_error_name(rc));
  uint32_t failed = failed_step(v);
  if (failed != step || strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_REASON), reason) != 0 ||
      strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_ARTIFACT), artifact) != 0)
    fail_msg("%s at %s: %s, %s: %s; expected %s, %s, %s", sztp_error_name(rc), sztp_step_name(failed),
             sztp_verdict_text(v, failed, SZTP_TEXT_REASON), sztp_verdict_text(v, failed, SZTP_TEXT_ARTIFACT),
             sztp_verdict_text(v, failed, SZTP_TEXT_DETAIL), sztp_step_name(step), reason, artifact);
  assert_int_equal(rc == SZTP_OK, step == 0);
  assert_int_equal(sztp_verdict_accepted(v), step == 0);
  if (step != 0) assert_null(sztp_verdict_info(v));
  sztp_verdict_free(v);
}

/* A key function that counts, in front of the real one. */
typedef struct counted {
  sztp_software_key_t *keys;
  unsigned calls;
  int32_t rc; /* instead, unless it is 0 */
} counted_t;

static int32_t count_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                         size_t *out_len) {
  counted_t *c = user;
  c->calls++;
  return c->rc != 0 ? c->rc : sztp_software_key(c->keys, request, out, out_cap, out_len);
}

static void count_keys(artifact_set_t *s, counted_t *c) {
  memset(c, 0, sizeof *c);
  c->keys = s->mock->keys;
  assert_int_equal(sztp_device_set_key(s->mock->dev, count_key, c), SZTP_OK);
}

static artifact_blob_t take(sztp__buf_t *out) {
  artifact_blob_t blob = {NULL, 0};
  assert_int_equal(sztp__buf_take(out, &blob.data, &blob.len), SZTP_OK);
  return keep(blob);
}

static artifact_blob_t sign(const char *document, uint32_t type) {
  return keep(artifact_sign(document, type, "owner", NULL));
}

static artifact_blob_t content(uint32_t type, const char *document) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__cms_write_content(&out, type, sztp__span_of(document)), SZTP_OK);
  return take(&out);
}

/* --- combinations --- */

/* ENC-01, ENC-02, ENC-15, ENC-19: each of the three by itself; one operation of the private key for each that
 * is encrypted; the step tells which and how. The identity's key usage is digitalSignature only. */
static void test_combinations(void **state) {
  (void)state;
  artifact_set_t s = open_set(NULL);
  counted_t c;
  count_keys(&s, &c);
  const artifact_blob_t clear[3] = {s.ci, s.oc, s.ov};
  for (unsigned mask = 0; mask < 8; mask++) {
    sztp_verdict_t *v = NULL;
    artifact_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
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
        assert_int_equal(artifact_set_verify(&s, &v), SZTP_OK);
        assert_int_equal(sztp_verdict_kind(v), SZTP_INFO_REDIRECT);
        assert_int_equal(sztp_verdict_trusted(v), is_signed); /* ENC-16 */
        (void)snprintf(format, sizeof format, "%s%s, %s", encrypted ? "encrypted, " : "",
                       is_signed ? "signed" : "unsigned", contents[i].name);
        assert_string_equal(sztp_verdict_text(v, SZTP_STEP_INFO_FORMAT, SZTP_TEXT_DETAIL), format);
        sztp_verdict_free(v);
      }
    }
  }
  close_set(&s);
}

/* --- what openssl(1) makes of it --- */

static artifact_blob_t theirs(const char *name) {
  char file[64];
  sztp__buf_t out;
  (void)snprintf(file, sizeof file, "enc/%s.cms", name);
  artifact_blob_t blob = pki_file(file);
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__buf_add(&out, blob.data, blob.len), 0);
  free(blob.data);
  return take(&out);
}

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
      {"twice", SZTP_STEP_DECRYPTION, "enc-nested", 1, ""},
      {"twice-gcm", SZTP_STEP_DECRYPTION, "enc-nested", 1, ""},
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

/* An artifact with a content key that a stub answers, for the RSA certificate of the set. */
static artifact_blob_t build(const parts_t *p) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, 1 << 24);
  parts_put(&out, p);
  return take(&out);
}

static sztp__cert_t cert_of(const artifact_set_t *s, uint32_t role) {
  const uint8_t *der = NULL;
  size_t len = 0;
  sztp__cert_t cert;
  assert_int_equal(sztp_device_cert(s->mock->dev, role, 0, &der, &len), SZTP_OK);
  assert_int_equal(sztp__cert_parse(artifact_maker, sztp__span(der, len), &cert), 0);
  return cert;
}

/* CONV-01, ENC-03, ENC-12: types that do not belong there, and text that must not be taken for anything */
static void test_types(void **state) {
  (void)state;
  static const uint8_t compressed[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x09};
  static const uint8_t digested[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x05};
  artifact_set_t s = open_set("rsa");
  sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
  s.channel = SZTP_CHANNEL_TRUSTED;
  const artifact_blob_t clear[3] = {s.ci, s.oc, s.ov};
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
      artifact_blob_t sealed = build(&p);
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
  artifact_blob_t good = s.ci;
  s.ci = artifact_encrypt(sign(MOCK_EMPTY, SZTP__CMS_VOUCHER_JSON), "idevid");
  expect(&s, SZTP_STEP_INFO_FORMAT, "cms-type-unexpected", "conveyed-information");
  s.ci = artifact_encrypt(s.oc, "idevid"); /* a SignedData without content or signer */
  expect(&s, SZTP_STEP_INFO_FORMAT, "cms-detached", "conveyed-information");
  s.ci = artifact_encrypt(artifact_conveyed(MOCK_ONBOARDING, "other"), "idevid");
  expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", "owner-certificate");
  s.ci = artifact_encrypt(artifact_conveyed("{\"neither\":{}}", "owner"), "idevid");
  expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", "conveyed-information");
  s.ci = artifact_encrypt(good, "idevid");
  artifact_blob_t ov = s.ov;
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
  expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", "conveyed-information");
  assert_int_equal(c.calls, 1);
  s.channel = SZTP_CHANNEL_TRUSTED;
  expect(&s, 0, "", "");
  assert_int_equal(c.calls, 2);
  s.ci = artifact_conveyed(MOCK_ONBOARDING, NULL);
  expect(&s, 0, "", "");
  assert_int_equal(c.calls, 2);
  s.ci = artifact_encrypt(artifact_conveyed(artifact_redirect("localhost", 4002, "server-root"), NULL),
                          "idevid");
  s.channel = SZTP_CHANNEL_UNTRUSTED;
  sztp_verdict_t *v = NULL;
  const uint8_t *anchor = NULL;
  size_t len = 0;
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_OK);
  assert_int_equal(sztp_verdict_trusted(v), 0);
  assert_int_equal(sztp_info_bytes(sztp_verdict_info(v), SZTP_INFO_SERVER_ANCHOR, 0, &anchor, &len),
                   SZTP_ERR_NOT_FOUND);
  sztp_verdict_free(v);
  close_set(&s);
}

/* ENC-02, ENC-03, ENC-04, STATE-16, IDEV-06: for whom it is, and who has the key */
static void test_recipients(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  counted_t c;
  sztp_verdict_t *v = NULL;
  count_keys(&s, &c);
  const artifact_blob_t clear[3] = {s.ci, s.oc, s.ov};
  artifact_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
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
static artifact_blob_t encrypt_to_both(artifact_blob_t artifact) {
  artifact_blob_t sealed = {NULL, 0};
  sztp_envelope_t *e = NULL;
  assert_int_equal(sztp_envelope_new(artifact_maker, &e), SZTP_OK);
  for (int i = 0; i < 2; i++) {
    artifact_blob_t cert = pki_file(i == 0 ? "idevid.pem" : "enc/rsa.pem");
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
  artifact_blob_t sealed = encrypt_to_both(s.ov);
  s.ov = sealed;
  count_keys(&s, &c);
  expect(&s, 0, "", "");
  assert_int_equal(c.calls, 1);
  sztp_software_key_t *only_identity = NULL;
  assert_int_equal(sztp_software_key_new(&only_identity), SZTP_OK);
  artifact_blob_t key = pki_file("idevid.key");
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
  s.ci = theirs("signed"); /* said to be id-data: that it is signed comes out with it */
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
  artifact_blob_t good = s.ci;
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

/* --- failures that can't be told apart --- */

/* Everything of the seams that a failure could change: which functions are called, in which order. The
 * Makefile wraps them. */
static char calls[4096];
static size_t call_count;

static void note(char what) {
  if (call_count + 1 < sizeof calls) calls[call_count++] = what;
  calls[call_count] = '\0';
}

#define WRAP_AS(letter, type, result, name, params, args)                                                    \
  type __real_##name params;                                                                                 \
  type __wrap_##name params;                                                                                 \
  type __wrap_##name params {                                                                                \
    note(letter);                                                                                            \
    result __real_##name args;                                                                               \
  }
#define WRAP(letter, type, name, params, args) WRAP_AS(letter, type, return, name, params, args)
#define WRAP_VOID(letter, name, params, args)  WRAP_AS(letter, void, , name, params, args)

WRAP('r', int32_t, sztp__random, (sztp_ctx_t * ctx, uint8_t *out, size_t len), (ctx, out, len))
WRAP('h', int32_t, sztp__hash_new, (sztp_ctx_t * ctx, uint32_t hash, sztp__hash_t **out), (ctx, hash, out))
WRAP('u', int32_t, sztp__hash_update, (sztp__hash_t * h, const void *data, size_t len), (h, data, len))
WRAP('f', int32_t, sztp__hash_finish, (sztp__hash_t * h, uint8_t out[SZTP__HASH_MAX], size_t *len),
     (h, out, len))
WRAP('b', int32_t, sztp__aes_block, (sztp_ctx_t * ctx, sztp__span_t key, int direction, uint8_t block[16]),
     (ctx, key, direction, block))
WRAP('c', int32_t, sztp__aes_cbc,
     (sztp_ctx_t * ctx, sztp__span_t key, int direction, const uint8_t iv[16], uint8_t *data, size_t len),
     (ctx, key, direction, iv, data, len))
WRAP('g', int32_t, sztp__aes_gcm,
     (sztp_ctx_t * ctx, sztp__span_t key, int direction, sztp__span_t nonce, sztp__span_t aad, uint8_t *data,
      size_t len, uint8_t *tag, size_t tag_len, uint32_t *good),
     (ctx, key, direction, nonce, aad, data, len, tag, tag_len, good))
WRAP_VOID('s', sztp__ct_select, (uint32_t mask, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t len),
          (mask, a, b, out, len))
WRAP('p', uint32_t, sztp__ct_block_padding, (const uint8_t *text, size_t len, size_t *padding),
     (text, len, padding))
WRAP('m', int32_t, sztp__cms_parse, (sztp_ctx_t * ctx, sztp__span_t input, sztp__cms_t **out),
     (ctx, input, out))
WRAP_VOID('w', sztp__free_secret, (sztp_ctx_t * ctx, void *p), (ctx, p))

/* One way in which decryption fails, and what was seen of it. */
typedef struct failure {
  const char *name;
  artifact_blob_t ci;
  int32_t key_rc; /* what the key function says */
  size_t answer;  /* octets that it gives */
  int wrong_key;
} failure_t;

typedef struct seen {
  char texts[16384];
  char calls[4096];
  size_t allocations;
  unsigned keys;
} seen_t;

/* Everything that a verdict says. */
static void tell(const sztp_verdict_t *v, int32_t rc, char *out, size_t cap) {
  int n =
      snprintf(out, cap, "%d %d %u\n", (int)rc, (int)sztp_verdict_trusted(v), (unsigned)sztp_verdict_kind(v));
  size_t at = (size_t)n;
  for (uint32_t step = 1; sztp_step_name(step)[0] != '\0'; step++) {
    uint32_t state = 0;
    int32_t code = 0;
    assert_int_equal(sztp_verdict_step(v, step, &state, &code), SZTP_OK);
    at += (size_t)snprintf(out + at, cap - at, "%s %u %d", sztp_step_name(step), (unsigned)state, (int)code);
    for (uint32_t what = SZTP_TEXT_REASON; what <= SZTP_TEXT_ARTIFACT; what++)
      at += (size_t)snprintf(out + at, cap - at, " [%s]", sztp_verdict_text(v, step, what));
    at += (size_t)snprintf(out + at, cap - at, "\n");
  }
  assert_true(at < cap);
}

static void see(artifact_set_t *s, const failure_t *f, const parts_t *p, seen_t *seen) {
  sztp_verdict_t *v = NULL;
  stub_t stub = stub_of(p);
  memset(seen, 0, sizeof *seen);
  stub.rc = f->key_rc;
  if (f->answer != 0) stub.len = f->answer;
  if (f->wrong_key) stub.answer[0] ^= 1;
  assert_int_equal(sztp_device_set_key(s->mock->dev, stub_key, &stub), SZTP_OK);
  s->ci = f->ci;
  call_count = 0;
  size_t before = s->mock->memory.calls;
  int32_t rc = artifact_set_verify(s, &v);
  seen->allocations = s->mock->memory.calls - before;
  (void)snprintf(seen->calls, sizeof seen->calls, "%.*s", (int)call_count, calls);
  if (v == NULL) fail_msg("%s: %s instead of a verdict", f->name, sztp_error_name(rc));
  tell(v, rc, seen->texts, sizeof seen->texts);
  seen->keys = stub.calls;
  sztp_verdict_free(v);
}

static artifact_blob_t flipped(artifact_blob_t blob, size_t from_end) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, blob.len);
  assert_int_equal(sztp__buf_add(&out, blob.data, blob.len), 0);
  out.data[blob.len - 1 - from_end] ^= 1;
  return take(&out);
}

/* The failures of one form of artifact: all must look and work alike, and none be accepted. */
static void compare(artifact_set_t *s, const char *form, const parts_t *p, const failure_t *failures,
                    size_t count) {
  static seen_t first;
  static seen_t other;
  for (size_t i = 0; i < count; i++) {
    seen_t *seen = i == 0 ? &first : &other;
    see(s, &failures[i], p, seen);
    assert_int_equal(seen->keys, 1);
    assert_non_null(strstr(seen->texts,
                           "decryption 2 -525 [enc-decrypt-failed] [] [it does not decrypt to what "
                           "it must be] [] [] [conveyed-information]\n"));
    if (i == 0) continue;
    if (strcmp(first.texts, other.texts) != 0 || strcmp(first.calls, other.calls) != 0 ||
        first.allocations != other.allocations)
      fail_msg("%s: \"%s\" can be told from \"%s\":\n%s\n%s\n%zu allocations\n%s\n%s\n%zu allocations", form,
               failures[i].name, failures[0].name, first.texts, first.calls, first.allocations, other.texts,
               other.calls, other.allocations);
  }
  assert_non_null(
      strchr(first.calls, p->mode == SZTP__CIPHER_CBC ? 'c' : 'g')); /* so that the test can fail */
  assert_non_null(strchr(first.calls, 's'));
}

/* What is encrypted here is signed information, bare. */
static sztp__span_t bare_signed(void) {
  sztp__cms_t *cms = NULL;
  artifact_blob_t artifact = sign(MOCK_ONBOARDING, SZTP__CMS_CONVEYED_JSON);
  assert_int_equal(sztp__cms_parse(artifact_maker, sztp__span(artifact.data, artifact.len), &cms), 0);
  sztp__span_t body = cms->body;
  sztp__cms_free(artifact_maker, cms);
  return body;
}

/* ENC-13, ENC-09, ENC-11, D-93: key transport */
static void test_failures_alike(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
  sztp__span_t text = bare_signed();
  for (int gcm = 0; gcm < 2; gcm++) {
    parts_t p = parts_of(&cert, SZTP__CMS_SIGNED, text);
    if (gcm) p = parts_gcm(p);
    artifact_blob_t good = build(&p);
    parts_t cut = p;
    cut.text.len--;
    parts_t garbage = p;
    garbage.text = sztp__span_of("no SignedData, but well encrypted");
    /* The first octet that is encrypted: elsewhere in CBC, garbage may happen to be well-formed. */
    size_t first = gcm ? 200 : (text.len / 16 + 1) * 16 - 1;
    failure_t failures[] = {
        {"the key function fails", good, SZTP_ERR_KEY, 0, 0},
        {"it fails otherwise", good, SZTP_ERR_CRYPTO, 0, 0},
        {"a wrong key", good, 0, 0, 1},
        {"a key of another length", good, 0, 16, 0},
        {"a key longer than there is room", good, 0, 500, 0},
        {"content padding, or the tag", flipped(good, 0), 0, 0, 0},
        {"garbage at the beginning", flipped(good, first), 0, 0, 0},
        {"a SignedData cut short", build(&cut), 0, 0, 0},
        {"no SignedData", build(&garbage), 0, 0, 0},
    };
    compare(&s, gcm ? "GCM" : "CBC", &p, failures, TEST_COUNT_OF(failures));
    /* and the good one is good, with the same done up to the end of decryption */
    static seen_t seen;
    failure_t none = {"none", good, 0, 0, 0};
    see(&s, &none, &p, &seen);
    assert_non_null(strstr(seen.texts, "info-content 1 0"));
  }
  close_set(&s);
}

/* ENC-13, ENC-07, D-93: key agreement, with real keys: another point, a point off the curve, a changed
 * wrapped key look like a wrong content key */
static void test_agreements_alike(void **state) {
  (void)state;
  static char texts[6][16384];
  static char sequence[6][4096];
  static const char *const names[] = {"wrapped key", "another point",          "no point of the curve",
                                      "content",     "the key function fails", "an answer too short"};
  artifact_set_t s = open_set(NULL);
  counted_t c;
  artifact_blob_t good = artifact_encrypt(s.ci, "idevid");
  artifact_blob_t another = artifact_encrypt(s.ci, "idevid");
  sztp__cms_t *cms[2] = {NULL, NULL};
  sztp__enveloped_t *env[2] = {NULL, NULL};
  const artifact_blob_t both[2] = {good, another};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(sztp__cms_parse(artifact_maker, sztp__span(both[i].data, both[i].len), &cms[i]), 0);
    assert_int_equal(sztp__enveloped_parse(artifact_maker, cms[i], &env[i]), 0);
  }
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    sztp_verdict_t *v = NULL;
    stub_t stub;
    sztp__buf_t out;
    sztp__buf_init(&out, artifact_maker, 1 << 20);
    assert_int_equal(sztp__buf_add(&out, good.data, good.len), 0);
    const sztp__recipient_t *r = &env[0]->recipients[0];
    size_t key_at = (size_t)(r->encrypted_key.data - good.data);
    size_t point_at = (size_t)(r->point.data - good.data);
    if (i == 0) out.data[key_at + 3] ^= 1;
    if (i == 1) memcpy(out.data + point_at, env[1]->recipients[0].point.data, r->point.len);
    if (i == 2) out.data[point_at + 40] ^= 1;
    if (i == 3) out.data[out.len - 1] ^= 1;
    s.ci = take(&out);
    count_keys(&s, &c);
    if (i == 4) c.rc = SZTP_ERR_KEY;
    memset(&stub, 0x55, sizeof stub);
    stub.len = 31;
    stub.rc = 0;
    if (i == 5) assert_int_equal(sztp_device_set_key(s.mock->dev, stub_key, &stub), SZTP_OK);
    call_count = 0;
    int32_t rc = artifact_set_verify(&s, &v);
    (void)snprintf(sequence[i], sizeof sequence[i], "%.*s", (int)call_count, calls);
    tell(v, rc, texts[i], sizeof texts[i]);
    sztp_verdict_free(v);
    assert_int_equal(rc, SZTP_ERR_ENC_DECRYPT_FAILED);
    if (i < 5) assert_int_equal(c.calls, i == 2 ? 0 : 1); /* a key that does not look is not asked */
    if (strcmp(texts[0], texts[i]) != 0 || strcmp(sequence[0], sequence[i]) != 0)
      fail_msg("\"%s\" can be told from \"%s\":\n%s\n%s\n%s\n%s", names[i], names[0], texts[0], sequence[0],
               texts[i], sequence[i]);
  }
  assert_non_null(strstr(sequence[0], "bbbbbbbbbbbbbbbbbbbbbbbb")); /* four blocks, six times */
  for (int i = 0; i < 2; i++) {
    sztp__free(artifact_maker, env[i]);
    sztp__cms_free(artifact_maker, cms[i]);
  }
  close_set(&s);
}

/* ENC-09: every padding, of a whole block of it and of less, right and wrong */
static void test_padding(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
  s.channel = SZTP_CHANNEL_TRUSTED;
  uint8_t text[96];
  size_t document_len = strlen(MOCK_EMPTY);
  for (unsigned said = 0; said < 256; said++) {
    for (int broken = 0; broken < (said >= 1 && said <= 16 ? 2 : 1); broken++) {
      size_t n = said >= 1 && said <= 16 ? said : 1;
      size_t len = (document_len + n + 15) / 16 * 16;
      memset(text, ' ', sizeof text); /* which may stand behind a document */
      memcpy(text, MOCK_EMPTY, document_len);
      memset(text + len - n, (int)said, n);
      if (broken) text[len - n] ^= 0x40;
      parts_t p = parts_of(&cert, SZTP__CMS_DATA, sztp__span(text, len));
      p.padded_already = 1;
      stub_t stub = stub_of(&p);
      assert_int_equal(sztp_device_set_key(s.mock->dev, stub_key, &stub), SZTP_OK);
      sztp__buf_t out;
      sztp__buf_init(&out, artifact_maker, 1 << 16);
      parts_put(&out, &p);
      s.ci.data = out.data;
      s.ci.len = out.len;
      int right = !broken && said >= 1 && said <= 16;
      expect(&s, right ? 0 : SZTP_STEP_DECRYPTION, right ? "" : "enc-decrypt-failed",
             right ? "" : "conveyed-information");
      sztp__buf_clear(&out);
    }
  }
  close_set(&s);
}

/* --- the key function --- */

/* A key function that is slow: it is asked @p pending times before it answers. */
typedef struct slow {
  sztp_software_key_t *keys;
  unsigned pending;
  unsigned calls;
  uint32_t artifacts; /* certificates asked about so far, as a check of order */
  size_t input_len[8];
} slow_t;

static int32_t slow_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                        size_t *out_len) {
  slow_t *s = user;
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_INPUT, &data, &len), SZTP_OK);
  if (s->calls < 8) s->input_len[s->calls] = len;
  s->calls++;
  if (s->pending > 0) {
    s->pending--;
    return SZTP_PENDING;
  }
  return sztp_software_key(s->keys, request, out, out_cap, out_len);
}

/* ENC-15: a verdict comes when the key has answered; until then nothing is judged, and nothing is kept */
static void test_pending(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  slow_t slow;
  sztp_verdict_t *v = NULL;
  memset(&slow, 0, sizeof slow);
  slow.keys = s.mock->keys;
  slow.pending = 2;
  s.ci = artifact_encrypt(s.ci, "enc/rsa");
  s.ov = artifact_encrypt(s.ov, "idevid");
  assert_int_equal(sztp_device_set_key(s.mock->dev, slow_key, &slow), SZTP_OK);
  size_t blocks = s.mock->memory.blocks;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(artifact_set_verify(&s, &v), SZTP_PENDING);
    assert_null(v);
    assert_int_equal(s.mock->memory.blocks, blocks);
  }
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_OK);
  sztp_verdict_free(v);
  assert_int_equal(slow.calls, 4);
  assert_int_equal(slow.input_len[0], 256);
  assert_int_equal(slow.input_len[2], 256);
  assert_int_equal(slow.input_len[3], 65);
  /* the second request is the slow one: the first is asked again */
  slow.calls = 0;
  s.ci = artifact_conveyed(MOCK_ONBOARDING, "owner");
  s.oc = artifact_encrypt(s.oc, "enc/rsa");
  slow.pending = 0;
  assert_int_equal(artifact_set_verify(&s, &v), SZTP_OK);
  sztp_verdict_free(v);
  assert_int_equal(slow.calls, 2);
  close_set(&s);
}

/* What a request says of each operation. */
typedef struct requested {
  unsigned operations;
  sztp_software_key_t *keys;
} requested_t;

static int32_t reading_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                           size_t *out_len) {
  requested_t *r = user;
  int64_t number = 0;
  const uint8_t *data = NULL;
  size_t len = 99;
  uint32_t operation = sztp_key_request_operation(request);
  r->operations |= 1u << operation;
  int oaep = operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP;
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_HASH, &number),
                   oaep ? SZTP_OK : SZTP_ERR_NOT_FOUND);
  if (oaep) assert_true(number == 256);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_MGF_HASH, &number),
                   oaep ? SZTP_OK : SZTP_ERR_NOT_FOUND);
  if (oaep) assert_true(number == 1 || number == 256);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_LABEL, &data, &len),
                   oaep ? SZTP_OK : SZTP_ERR_NOT_FOUND);
  if (oaep && len > 0) assert_memory_equal(data, "label", 5);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_INPUT, &data, &len), SZTP_OK);
  assert_int_equal(len, operation == SZTP_KEY_OP_AGREE_ECDH ? 65 : 256);
  if (operation == SZTP_KEY_OP_AGREE_ECDH) assert_int_equal(data[0], 4);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, &data, &len), SZTP_OK);
  assert_int_equal(data[0], 0x30);
  assert_int_equal(out_cap, operation == SZTP_KEY_OP_AGREE_ECDH ? 32 : 16);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_INPUT, &number), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_i64(request, 0, &number), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_i64(request, SZTP_KEY_F_HASH, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_i64(NULL, SZTP_KEY_F_HASH, &number), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_HASH, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, 41, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_CERT, &data, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(NULL, SZTP_KEY_F_CERT, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_key_request_bytes(request, SZTP_KEY_F_KEY_ID, &data, &len), SZTP_ERR_NOT_FOUND);
  return sztp_software_key(r->keys, request, out, out_cap, out_len);
}

/* ENC-15, ENC-06 */
static void test_requests(void **state) {
  (void)state;
  static const char *const names[][2] = {{"cbc128", "rsa"},
                                         {"oaep256", "rsa"},
                                         {"oaep256-1", "rsa"},
                                         {"oaep-label", "rsa"},
                                         {"ecdh-cbc128", "p256"}};
  requested_t r = {0, NULL};
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    artifact_set_t s = open_set(names[i][1]);
    r.keys = s.mock->keys;
    s.ci = theirs(names[i][0]);
    s.channel = SZTP_CHANNEL_TRUSTED;
    assert_int_equal(sztp_device_set_key(s.mock->dev, reading_key, &r), SZTP_OK);
    expect(&s, 0, "", "");
    close_set(&s);
  }
  assert_int_equal(r.operations, 1u << SZTP_KEY_OP_DECRYPT_RSA_PKCS1 | 1u << SZTP_KEY_OP_DECRYPT_RSA_OAEP |
                                     1u << SZTP_KEY_OP_AGREE_ECDH);
  assert_int_equal(sztp_key_request_operation(NULL), 0);
  assert_int_equal(sztp_device_set_key(NULL, reading_key, &r), SZTP_ERR_ARG);
}

/* --- secrets and memory --- */

/* What must not be in memory that is given back: to the C library by anyone, cJSON and expat too. */
static sztp__span_t secrets[3];
static int watching;
static unsigned secrets_seen;
static unsigned keys_wiped; /* the first secret, in memory of any kind */

static void look_into(const uint8_t *memory) {
  size_t size = watching && memory != NULL ? malloc_usable_size((void *)(uintptr_t)memory) : 0;
  for (size_t i = 0; i < TEST_COUNT_OF(secrets); i++)
    for (size_t at = 0; secrets[i].len > 0 && at + secrets[i].len <= size; at++)
      secrets_seen += memcmp(memory + at, secrets[i].data, secrets[i].len) == 0;
}

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p) {
  look_into(p);
  __real_free(p);
}

void __real_sztp__wipe(void *p, size_t len);
void __wrap_sztp__wipe(void *p, size_t len);
void __wrap_sztp__wipe(void *p, size_t len) {
  sztp__span_t key = secrets[0];
  for (size_t at = 0; watching && at + key.len <= len; at++)
    keys_wiped += memcmp((const uint8_t *)p + at, key.data, key.len) == 0;
  __real_sztp__wipe(p, len);
}

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size) {
  look_into(p);
  return __real_realloc(p, size);
}

/* ENC-17, SEC-08: neither the content key nor what was decrypted is in memory that was given back, whether it
 * was accepted, refused for what it holds, or failed to decrypt */
static void test_wiped(void **state) {
  (void)state;
  static const char json[] =
      "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"configuration\":"
      "\"QSBzZWNyZXQgdGhhdCBub2JvZHkgbWF5IHNlZSwgbG9uZyBlbm91Z2ggZm9yIGEgcmVmZXJlbmNl\""
      ",\"configuration-handling\":\"merge\",\"pre-configuration-script\":\"YSBzaG9ydCBzZWNyZXQ=\"}}";
  static const char xml[] =
      "<onboarding-information xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info\"><configuration>"
      "QSBzZWNyZXQgdGhhdCBub2JvZHkgbWF5IHNlZSwgbG9uZyBlbm91Z2ggZm9yIGEgcmVmZXJlbmNl</configuration>"
      "<configuration-handling>merge</configuration-handling><pre-configuration-script>YSBzaG9ydCBzZWNyZXQ="
      "</pre-configuration-script></onboarding-information>";
  static const struct {
    const char *document;
    int gcm;
    int broken;
    uint32_t channel;
    int32_t rc;
  } cases[] = {
      {json, 0, 0, SZTP_CHANNEL_TRUSTED, SZTP_OK},
      {json, 0, 0, SZTP_CHANNEL_UNTRUSTED, SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED},
      {json, 0, 1, SZTP_CHANNEL_TRUSTED, SZTP_ERR_ENC_DECRYPT_FAILED},
      {json, 1, 0, SZTP_CHANNEL_TRUSTED, SZTP_OK},
      {xml, 0, 0, SZTP_CHANNEL_TRUSTED, SZTP_OK},
      {xml, 1, 1, SZTP_CHANNEL_TRUSTED, SZTP_ERR_ENC_DECRYPT_FAILED},
  };
  /* decoded and not */
  const sztp__span_t in_configuration[2] = {sztp__span_of("nobody may see, long enough"),
                                            sztp__span_of("dGhhdCBub2JvZHkgbWF5IHNlZSwgbG9u")};
  const sztp__span_t in_script[2] = {sztp__span_of("a short secret"), sztp__span_of("YSBzaG9ydCBzZWNyZXQ=")};
  cJSON_Hooks hooks = {malloc, free}; /* those of this file, which look */
  cJSON_InitHooks(&hooks);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int encoded = 0; encoded < 2; encoded++) {
      artifact_set_t s = open_set("rsa");
      sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
      parts_t p = parts_of(&cert, SZTP__CMS_DATA, sztp__span_of(cases[i].document));
      if (cases[i].gcm) p = parts_gcm(p);
      stub_t stub = stub_of(&p);
      s.ci = build(&p);
      if (cases[i].broken) s.ci = flipped(s.ci, 0);
      s.channel = cases[i].channel;
      assert_int_equal(sztp_device_set_key(s.mock->dev, stub_key, &stub), SZTP_OK);
      sztp_verdict_t *v = NULL;
      secrets[0] = p.key;
      secrets[1] = in_configuration[encoded];
      secrets[2] = in_script[encoded];
      secrets_seen = 0;
      keys_wiped = 0;
      watching = 1;
      int32_t rc = artifact_set_verify(&s, &v);
      sztp_verdict_free(v);
      watching = 0;
      assert_int_equal(rc, cases[i].rc);
      assert_true(keys_wiped > 0); /* what was on the stack */
      if (secrets_seen != 0) fail_msg("case %zu: seen %u times", i, secrets_seen);
      close_set(&s);
    }
  }
  cJSON_InitHooks(NULL);
}

/* SEC-05: memory that fails leaves no verdict, or (where only a text for people got shorter) the right one */
static void test_memory(void **state) {
  (void)state;
  for (int hidden = 0; hidden < 2; hidden++) {
    artifact_set_t s = open_set("nokeyid");
    unsigned without_verdict = 0;
    s.ci = hidden ? theirs("nokeyid") : artifact_encrypt(s.ci, "idevid");
    if (hidden) s.channel = SZTP_CHANNEL_TRUSTED;
    s.oc = artifact_encrypt(s.oc, "enc/nokeyid");
    s.ov = artifact_encrypt(s.ov, "idevid");
    for (size_t n = 1;; n += TEST_SAMPLE) {
      sztp_verdict_t *v = NULL;
      size_t blocks = s.mock->memory.blocks;
      s.mock->memory.fail_at = s.mock->memory.calls + n;
      int32_t rc = artifact_set_verify(&s, &v);
      int met = s.mock->memory.calls >= s.mock->memory.fail_at;
      s.mock->memory.fail_at = 0;
      if (rc != (v == NULL ? SZTP_ERR_MEMORY : SZTP_OK))
        fail_msg("allocation %zu: %s", n, sztp_error_name(rc));
      without_verdict += v == NULL;
      sztp_verdict_free(v);
      assert_int_equal(s.mock->memory.blocks, blocks);
      if (!met) break;
    }
    assert_true(without_verdict > 10 / TEST_SAMPLE);
    expect(&s, 0, "", "");
    close_set(&s);
  }
}

/* What was kept until the program ends is borrowed from it. */
static int teardown(void **state) {
  for (size_t i = 0; i < kept_count; i++) sztp_artifacts_free(artifact_maker, kept[i]);
  return artifact_set_teardown(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_combinations),   cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_plaintexts),     cmocka_unit_test(test_types),
      cmocka_unit_test(test_inside),         cmocka_unit_test(test_no_trust),
      cmocka_unit_test(test_recipients),     cmocka_unit_test(test_one_of_two_keys),
      cmocka_unit_test(test_missing),        cmocka_unit_test(test_malformed),
      cmocka_unit_test(test_failures_alike), cmocka_unit_test(test_agreements_alike),
      cmocka_unit_test(test_padding),        cmocka_unit_test(test_pending),
      cmocka_unit_test(test_requests),       cmocka_unit_test(test_wiped),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, teardown);
}
