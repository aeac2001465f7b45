/* SPDX-License-Identifier: Apache-2.0 */
/* sztp_verify() step by step (VERIFY, VOUCH, CONV, CLK groups): for each step artifacts that fail there and
 * nowhere else, each with its reason; every octet cut (changed: test_flips.c); memory failing at every
 * allocation. */
#include "artifact_set.h"

#include <time.h>

#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "formats/armor.h"
#include "formats/cbor.h"
#include "ground/text.h"
#include "trust/device_private.h"
#include "trust/voucher.h"

/* --- making artifacts --- */

static artifact_blob_t content(uint32_t type, const char *document) {
  sztp__buf_t out;
  artifact_blob_t blob = {NULL, 0};
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__cms_write_content(&out, type, sztp__span_of(document)), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  return blob;
}

/* Wraps what is in @p b in one more tag. */
static void wrap(sztp__buf_t *b, uint8_t tag) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__der_put(&out, tag, sztp__buf_span(b)), 0);
  sztp__buf_clear(b);
  *b = out;
}

static void put_before(sztp__buf_t *b, const void *data, size_t len) {
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  (void)sztp__buf_add(&out, data, len);
  assert_int_equal(sztp__buf_add_span(&out, sztp__buf_span(b)), 0);
  sztp__buf_clear(b);
  *b = out;
}

/* A SignedData around @p document that nobody signed; @p oid is the content's whole type. */
static artifact_blob_t without_signers(const uint8_t *oid, size_t oid_len, const char *document) {
  static const uint8_t signed_data[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2};
  artifact_blob_t blob = {NULL, 0};
  sztp__buf_t b;
  sztp__buf_init(&b, artifact_maker, 1 << 20);
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

static sztp__span_t der_of(const char *name, sztp__buf_t *der) {
  artifact_blob_t pem = pki_file(name);
  sztp__span_t text = sztp__span(pem.data, pem.len);
  sztp__span_t label;
  sztp__buf_init(der, artifact_maker, 1 << 16);
  assert_int_equal(sztp__pem_next(artifact_maker, &text, &label, der), 0);
  free(pem.data);
  return sztp__buf_span(der);
}

/* The DER of owner.pem's issuer, and of crowd.pem as often as there is room: with another signature each, and
 * one key and name, that of owner-root. */
#define CROWD 31
static void crowd(sztp__buf_t *certs) {
  sztp__buf_t der;
  sztp__buf_init(certs, artifact_maker, 1 << 16);
  assert_int_equal(sztp__buf_add_span(certs, der_of("owner-int.pem", &der)), 0);
  sztp__buf_clear(&der);
  for (uint8_t n = 0; n < CROWD; n++) {
    assert_int_equal(sztp__buf_add_span(certs, der_of("cms/crowd.pem", &der)), 0);
    certs->data[certs->len - 1] ^= n;
    sztp__buf_clear(&der);
  }
}

/* @p document signed by that crowd: its one signer as often as there may be signers. */
static artifact_blob_t sign_as_crowd(const char *document, uint32_t type) {
  static const uint8_t head[] = {2, 1, 3, 0x31, 0}; /* version, no digest algorithm */
  static const uint8_t signed_data[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2};
  artifact_blob_t one = artifact_sign(document, type, "cms/crowd", NULL);
  artifact_blob_t blob = {NULL, 0};
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
  wrap(&b, 0x30);
  wrap(&b, 0xa0);
  put_before(&b, signed_data, sizeof signed_data);
  wrap(&b, 0x30);
  assert_int_equal(sztp__buf_take(&b, &blob.data, &blob.len), 0);
  sztp__buf_clear(&certs);
  sztp__buf_clear(&signers);
  sztp_artifacts_free(artifact_maker, one.data);
  return blob;
}

static uint64_t operations(const artifact_set_t *s) {
  int64_t n = 0;
  assert_int_equal(sztp_ctx_i64(s->mock->ctx, SZTP_USAGE_OPERATIONS, &n), 0);
  return (uint64_t)n;
}

static void trust_for_vouchers(artifact_set_t *s, const char *name) {
  artifact_blob_t anchor = pki_file(name);
  assert_int_equal(sztp_device_add_cert(s->mock->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
  free(anchor.data);
}

/* The detail of the step that fails. */
static void expect_detail(const artifact_set_t *s, uint32_t step, const char *part) {
  sztp_verdict_t *v = NULL;
  (void)artifact_set_verify(s, &v);
  assert_non_null(v);
  if (strstr(sztp_verdict_text(v, step, SZTP_TEXT_DETAIL), part) == NULL)
    fail_msg("\"%s\", expected \"%s\"", sztp_verdict_text(v, step, SZTP_TEXT_DETAIL), part);
  sztp_verdict_free(v);
}

/* --- the tests --- */

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
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

/* V0: DISC-06; V1: STATE-16, ENC-02 */
static void test_artifacts(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_blob_t kept = s.ov;
  s.ov.data = NULL;
  artifact_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.ov = kept;
  kept = s.oc;
  s.oc.data = NULL;
  artifact_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.oc = kept;
  artifact_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
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
    artifact_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
    artifact_blob_t *slot = slots[cases[i].which];
    uint32_t wrong = cases[i].which == 0 ? SZTP__CMS_VOUCHER_JSON : SZTP__CMS_CONVEYED_JSON;
    switch (cases[i].how) {
    case 0: slot->len -= 1; break;
    case 1: artifact_replace(slot, content(SZTP__CMS_VOUCHER_JSON, "{}")); break;
    case 2: artifact_replace(slot, artifact_sign("{}", wrong, "owner", NULL)); break;
    case 3: artifact_replace(slot, artifact_owner_cert("owner.pem")); break;
    case 5: artifact_replace(slot, content(SZTP__CMS_DATA, artifact_voucher_document(NULL, NULL))); break;
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

/* A device without identity, to which mfr-root is an anchor in that role. */
static void other_device(artifact_set_t *s, uint32_t role) {
  artifact_blob_t root = pki_file("mfr-root.pem");
  sztp_device_free(s->mock->dev);
  assert_int_equal(sztp_device_new(s->mock->ctx, &s->mock->dev), 0);
  assert_int_equal(sztp_device_add_cert(s->mock->dev, role, root.data, root.len), 0);
  assert_int_equal(sztp_device_set_text(s->mock->dev, SZTP_DEVICE_SERIAL, MOCK_SERIAL), 0);
  free(root.data);
}

/* V3: VOUCH-04, VOUCH-06, STATE-14, CMS-16; the reason is voucher-untrusted, whatever else is wrong */
static void test_voucher_signature(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document("serial-number", "\"another\""),
                                        SZTP__CMS_VOUCHER_JSON, "other", "other-root.pem"));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON,
                                        "voucher-signer", NULL));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
                      "pkix-no-path"); /* the intermediate is missing */
  artifact_replace(&s.ov, artifact_voucher_with(NULL, NULL));
  s.ov.data[s.ov.len - 1] ^= 1;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  artifact_set_close(&s);
  /* an anchor for servers is none for vouchers */
  s = artifact_set_open();
  other_device(&s, SZTP_CERT_SERVER_ANCHOR);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", NULL);
  /* an intermediate may be the anchor (STATE-17), and so may the signer itself */
  static const char *const anchors[] = {"mfr-int.pem", "voucher-signer.pem"};
  for (size_t i = 0; i < 2; i++) {
    artifact_blob_t anchor = pki_file(anchors[i]);
    assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
    artifact_set_expect(&s, 0, "", NULL);
    free(anchor.data);
    if (i > 0) continue;
    artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON,
                                          "voucher-signer", NULL));
    artifact_set_expect(&s, 0, "", NULL); /* the signer's certificate alone, below that anchor */
  }
  /* the signer's key usage (VOUCH-06) */
  artifact_replace(
      &s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON, "mfr-int", NULL));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-keyusage");
  artifact_set_close(&s);
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
  sztp__buf_init(&octets, artifact_maker, room);
  sztp__buf_init(&text, artifact_maker, room);
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
  artifact_blob_t root = pki_file("owner-root.pem");
  uint8_t *der = NULL;
  size_t len = 0;
  assert_int_equal(sztp_artifacts_make_der(artifact_maker, root.data, root.len, &der, &len), 0);
  quote_base64(trailing, sizeof trailing, sztp__span(der, len), sztp__span("", 1));
  quote_base64(two, sizeof two, sztp__span(der, len), sztp__span(der, len));
  quote_base64(pem, sizeof pem, sztp__span(root.data, root.len), sztp__span(NULL, 0));
  sztp_artifacts_free(artifact_maker, der);
  free(root.data);
  (void)snprintf(soon, sizeof soon, "\"%s\"", artifact_date(now + 60));
  (void)snprintf(later, sizeof later, "\"%s\"", artifact_date(now + 600));
  (void)snprintf(past, sizeof past, "\"%s\"", artifact_date(now - 10));
  (void)snprintf(future, sizeof future, "\"%s\"", artifact_date(now + 100000));
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
    artifact_set_t s = artifact_set_open();
    artifact_replace(&s.ov, artifact_voucher_with(cases[i].leaf, cases[i].value));
    artifact_set_expect(&s, cases[i].step, cases[i].reason, NULL);
    artifact_set_close(&s);
  }
}

/* VOUCH-07, VOUCH-08, D-104: to the second; without the optional leaves only behind the switch */
static void test_voucher_dates(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  int64_t now = s.time;
  char value[40];
  (void)snprintf(value, sizeof value, "\"%s\"", artifact_date(now + 1000));
  artifact_replace(&s.ov, artifact_voucher_with("expires-on", value));
  s.time = now + 999;
  artifact_set_expect(&s, 0, "", NULL);
  s.time = now + 1000;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  artifact_replace(&s.ov, artifact_voucher_with("created-on", value));
  s.time = now + 1000 - 300;
  artifact_set_expect(&s, 0, "", NULL);
  s.time = now + 1000 - 301;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-not-yet-valid", NULL);
  s.time = now;
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVISED_VOUCHER, 1), 0);
  artifact_replace(&s.ov, artifact_voucher_with("created-on", NULL));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, artifact_voucher_with("assertion", NULL));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, artifact_voucher_with("assertion", "\"logged\""));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion", NULL);
  artifact_set_close(&s);
}

/* VOUCH-09, D-105: what policy adds, and no more */
static void test_assertions(void **state) {
  (void)state;
  static const struct {
    const char *value;
    uint32_t bit;
  } assertions[] = {{"\"verified\"", SZTP_ASSERTION_VERIFIED},
                    {"\"logged\"", SZTP_ASSERTION_LOGGED},
                    {"\"proximity\"", SZTP_ASSERTION_PROXIMITY},
                    {"\"agent-proximity\"", SZTP_ASSERTION_AGENT_PROXIMITY},
                    {"\"foo\"", 0}};
  artifact_set_t s = artifact_set_open();
  for (size_t i = 0; i < TEST_COUNT_OF(assertions); i++) {
    uint32_t bit = assertions[i].bit;
    artifact_replace(&s.ov, artifact_voucher_with("assertion", assertions[i].value));
    assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_ASSERTIONS, bit), 0);
    artifact_set_expect(&s, bit != 0 ? 0 : SZTP_STEP_VOUCHER_ASSERTION, bit != 0 ? "" : "voucher-assertion",
                        NULL);
    assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_ASSERTIONS, 15 & ~bit), 0);
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion", NULL);
  }
  artifact_set_close(&s);
}

/* VOUCH-20, D-112: told and no fault; the certificate's own end counts */
static void test_expiry_beyond_certificate(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ov, artifact_voucher_with("expires-on", "\"2099-12-31T23:59:59Z\""));
  artifact_set_expect(&s, 0, "", NULL);
  assert_null(strstr(s.mock->log, "is after the end of the certificate that it pins"));
  artifact_replace(&s.ov, artifact_voucher_with("expires-on", "\"2100-01-01T00:00:00Z\""));
  artifact_set_expect(&s, 0, "", NULL);
  assert_non_null(strstr(s.mock->log,
                         "expires-on, 2100-01-01T00:00:00Z, is after the end of the certificate that "
                         "it pins, 2099-12-31T23:59:59Z"));
  artifact_set_close(&s);
}

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
  artifact_blob_t pem = pki_file("owner.pem"); /* without attribute 2.5.4.5 */
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
    artifact_set_t s = artifact_set_open();
    artifact_replace(
        &s.ov, artifact_sign(cases[i].document, SZTP__CMS_VOUCHER_JSON, "voucher-signer", "mfr-int.pem"));
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_CONTENT, cases[i].reason, NULL);
    artifact_set_close(&s);
  }
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_DATA,
                                        "voucher-signer", "mfr-int.pem"));
  artifact_set_expect(&s, 0, "", NULL); /* id-data with attributes */
  /* VOUCH-02, D-101: other content types, and the arc of all of them */
  artifact_replace(&s.ov, artifact_sign(artifact_voucher_document(NULL, NULL), SZTP__CMS_CONVEYED_XML,
                                        "voucher-signer", "mfr-int.pem"));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "cms-type-unexpected", NULL);
  artifact_blob_t kept = s.ov;
  s.ov = pki_file("cms/ec-voucher-arc.cms");
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "cms-type-unexpected", NULL);
  free(s.ov.data);
  s.ov = kept;
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
    other_device(&s, SZTP_CERT_VOUCHER_ANCHOR);
    if (cases[i].identity != NULL) {
      artifact_blob_t pem = pki_file(cases[i].identity);
      assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_IDENTITY, pem.data, pem.len), 0);
      free(pem.data);
    }
    sztp__buf_t der;
    assert_int_equal(sztp__cert_parse(artifact_maker, der_of("idevid-aki.pem", &der), &named), 0);
    assert_true(named.authority_key_id.len > named.authority_key_id_octets.len + 20); /* issuer and serial */
    quote_base64(value, sizeof value, cases[i].whole ? named.authority_key_id : named.authority_key_id_octets,
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

/* CLK-01, CLK-02, CLK-03, CLK-04, CLK-08, PKIX-04, VERIFY-15, CONV-24 */
static void test_clock(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_replace(&s.ov, artifact_voucher_with("expires-on", "\"2001-01-01T00:00:00Z\""));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  s.time = SZTP_TIME_UNKNOWN;
  artifact_set_expect(&s, 0, "", NULL);
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
  artifact_blob_t all = pki_file(files[0]);
  for (size_t i = 1; i < TEST_COUNT_OF(files); i++) {
    artifact_blob_t next = pki_file(files[i]);
    assert_true(all.len + next.len <= 65536);
    memcpy(all.data + all.len, next.data, next.len);
    all.len += next.len;
    free(next.data);
  }
  artifact_blob_t mixed = {NULL, 0};
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

/* CMS-13, D-82, PKIX-12, SEC-04: as many signers and certificates as there may be, each pair with a good
 * signature and nowhere a path. The work is that of a few pairs, and that others were left out is told; an
 * anchor of the device's can't be hidden so. */
static void test_crowd(void **state) {
  (void)state;
  static const char told[] = "of more than 8 pairs of signer and certificate 8 were tried; the signature of";
  /* each pair costs its own signature and one for each certificate, over which a path would go to the root */
  const uint64_t most = SZTP__CMS_MAX_SIGNERS * (1 + CROWD);
  artifact_set_t s = artifact_set_open();
  trust_for_vouchers(&s, "owner-root.pem");
  artifact_replace(&s.ov, sign_as_crowd(artifact_voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON));
  uint64_t before = operations(&s);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  assert_true(operations(&s) - before <= most);
  expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE, told);
  trust_for_vouchers(&s, "cms/crowd.pem");
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
  artifact_replace(&s.oc, (artifact_blob_t){NULL, 0});
  assert_int_equal(sztp__buf_take(&bag, &s.oc.data, &s.oc.len), 0);
  before = operations(&s);
  artifact_set_expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  assert_true(operations(&s) - before <=
              3 + most + CROWD); /* the voucher; the one that is told of once more */
  expect_detail(&s, SZTP_STEP_OWNER_CHAIN, told);
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
  artifact_replace(&s.ci, content(SZTP__CMS_CONVEYED_JSON, MOCK_ONBOARDING));
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  artifact_replace(&s.ci,
                   content(SZTP__CMS_CONVEYED_JSON,
                           "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"configuration\":7}}"));
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  s.channel = SZTP_CHANNEL_TRUSTED;
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", NULL);
  artifact_replace(&s.ci, content(SZTP__CMS_DATA, MOCK_ONBOARDING));
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_SIGNED_ONLY, 1), 0);
  artifact_set_expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  artifact_set_close(&s);
}

/* What the command-line tool rests on: a voucher alone, an owner certificate against a pinned certificate or
 * a voucher */
static void test_parts(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  artifact_blob_t ci = s.ci;
  artifact_blob_t oc = s.oc;
  artifact_blob_t ov = s.ov;
  s.ci.data = NULL;
  artifact_set_expect(&s, 0, "", NULL);
  s.oc.data = NULL;
  artifact_set_expect(&s, 0, "", NULL);
  s.ov.data = NULL;
  artifact_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.oc = oc;
  artifact_set_expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  artifact_blob_t pem = pki_file("owner-root.pem");
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
  artifact_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
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
    unsigned without_verdict = 0;
    if (bad) artifact_replace(&s.ci, artifact_sign("{}", SZTP__CMS_CONVEYED_JSON, "owner", NULL));
    for (size_t n = 1;; n += TEST_SAMPLE) {
      sztp_verdict_t *v = NULL;
      size_t blocks = s.mock->memory.blocks;
      s.mock->memory.fail_at = s.mock->memory.calls + n;
      int32_t rc = artifact_set_verify(&s, &v);
      int met = s.mock->memory.calls >= s.mock->memory.fail_at;
      s.mock->memory.fail_at = 0;
      if (v == NULL) {
        assert_int_equal(rc, SZTP_ERR_MEMORY);
        without_verdict++;
      } else {
        assert_int_equal(rc, bad ? SZTP_ERR_MODEL_INVALID : SZTP_OK);
      }
      sztp_verdict_free(v);
      assert_int_equal(s.mock->memory.blocks, blocks);
      if (!met) break;
    }
    assert_true(without_verdict > 30 / TEST_SAMPLE);
    artifact_set_expect(&s, bad ? SZTP_STEP_INFO_CONTENT : 0, bad ? "model-invalid" : "", NULL);
    artifact_set_close(&s);
  }
}

/* --- vouchers in COSE --- */

/* The document of a usual voucher in CBOR: node @p replaced has @p value (one CBOR item; an empty one leaves
 * it out). */
static artifact_blob_t cbor_document(uint32_t replaced, sztp__span_t value) {
  sztp__buf_t out;
  sztp__buf_t root;
  artifact_blob_t blob = {NULL, 0};
  sztp__buf_init(&out, artifact_maker, 1 << 16);
  (void)sztp__buf_add(&out, "\xa1\x19\x09\x93\xbf", 5);
  for (uint32_t node = 1; node < 16; node++) {
    int usual = node == SZTP__NODE_ASSERTION || node == SZTP__NODE_CREATED_ON ||
                node == SZTP__NODE_PINNED_CERT || node == SZTP__NODE_SERIAL;
    if (node == replaced ? value.len == 0 : !usual) continue;
    (void)sztp__cbor_put_uint(&out, node);
    if (node == replaced) {
      (void)sztp__buf_add_span(&out, value);
    } else if (node == SZTP__NODE_ASSERTION) {
      (void)sztp__cbor_put_uint(&out, 0);
    } else if (node == SZTP__NODE_CREATED_ON) {
      (void)sztp__cbor_put_text(&out, sztp__span_of(artifact_date((int64_t)time(NULL) - 3600)));
    } else if (node == SZTP__NODE_SERIAL) {
      (void)sztp__cbor_put_text(&out, sztp__span_of(MOCK_SERIAL));
    } else {
      (void)sztp__cbor_put_bytes(&out, der_of("owner-root.pem", &root));
      sztp__buf_clear(&root);
    }
  }
  assert_int_equal(sztp__buf_add_u8(&out, 0xff), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  return blob;
}

static artifact_blob_t cose_around(artifact_blob_t document, const char *signer_name, const char *chain,
                                   int no_certs) {
  sztp__buf_t out;
  artifact_blob_t blob = {NULL, 0};
  sztp_signer_t *signer = pki_signer(artifact_maker, signer_name, chain);
  signer->no_certs = (uint8_t)no_certs;
  sztp__buf_init(&out, artifact_maker, 1 << 20);
  assert_int_equal(sztp__cose_sign1_write(signer, sztp__span(document.data, document.len), &out), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  sztp_signer_free(signer);
  sztp_artifacts_free(artifact_maker, document.data);
  return blob;
}

static artifact_blob_t cose_with(uint32_t node, sztp__span_t value) {
  return cose_around(cbor_document(node, value), "voucher-signer", "mfr-int.pem", 0);
}

static artifact_blob_t usual_cose(void) { return cose_with(0, sztp__span(NULL, 0)); }

/* With the policy that accepts such vouchers. */
static artifact_set_t open_constrained(void) {
  artifact_set_t s = artifact_set_open();
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1), 0);
  artifact_replace(&s.ov, usual_cose());
  return s;
}

/* VOUCH-21, D-113, COSE group: off by default, and then refused with a hint; on, the whole set is accepted,
 * with as few public-key operations as with CMS */
static void test_cose_good(void **state) {
  (void)state;
  artifact_set_t s = artifact_set_open();
  int64_t before = 0;
  int64_t after = 0;
  artifact_replace(&s.ov, usual_cose());
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "voucher-malformed", "");
  expect_detail(&s, SZTP_STEP_VOUCHER_FORMAT, "only with the policy SZTP_POLICY_CONSTRAINED_VOUCHER");
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1), 0);
  assert_int_equal(sztp_ctx_i64(s.mock->ctx, SZTP_USAGE_OPERATIONS, &before), 0);
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_ctx_i64(s.mock->ctx, SZTP_USAGE_OPERATIONS, &after), 0);
  assert_int_equal(after - before, 6);
  expect_detail(&s, SZTP_STEP_VOUCHER_FORMAT, "COSE_Sign1 with ES256, 2 certificates");
  expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE, "CN=MASA");
  expect_detail(&s, SZTP_STEP_VOUCHER_CONTENT, "in CBOR");
  s.ov.data++; /* without its tag */
  s.ov.len--;
  artifact_set_expect(&s, 0, "", NULL);
  s.ov.data--;
  artifact_replace(&s.ov, artifact_voucher_with(NULL, NULL)); /* JSON in CMS as ever */
  artifact_set_expect(&s, 0, "", NULL);
  /* signed by another implementation, in three forms (COSE-07) */
  static const char *const made[] = {"cose/voucher-delta.cose", "cose/voucher-named.cose",
                                     "cose/voucher-mixed.cose"};
  artifact_blob_t kept = s.ov;
  for (size_t i = 0; i < TEST_COUNT_OF(made); i++) {
    s.ov = pki_file(made[i]);
    artifact_set_expect(&s, 0, "", NULL);
    free(s.ov.data);
  }
  s.ov = kept;
  artifact_set_close(&s);
}

/* COSE-01, COSE-03, COSE-06, COSE-09: structures that are refused, at the step and with the reason of CMS */
static void test_cose_containers(void **state) {
  (void)state;
  artifact_set_t s = open_constrained();
  static const struct {
    const char *octets;
    size_t len;
    const char *reason;
    const char *detail;
  } cases[] = {
#define CASE(literal, reason, detail) {literal, sizeof(literal) - 1, reason, detail}
      CASE("\xd2", "voucher-malformed", "the end of data"),
      CASE("\x84\x43\xa1\x01\x26\xa0\xf6\x41s", "cms-detached", "the payload is not in it"),
      CASE("\x84\x40\xa1\x01\x26\x41p\x41s", "voucher-malformed", "names no algorithm"),
      CASE("\x84\x43\xa1\x01\x26\xa1\x01\x26\x41p\x41s", "voucher-malformed", "in both headers"),
      CASE("\x84\x46\xa2\x01\x26\x02\x81\x0a\xa0\x41p\x41s", "voucher-malformed", "not understood"),
      CASE("\xd2\x84\x43\xa1\x01\x26\xa0\x41p\x41s\x00", "voucher-malformed", "behind the item"),
      CASE("\x9f\x43\xa1\x01\x26\xa0\x41p\x41s\xff", "voucher-malformed", "first octet 0x9f"),
      CASE("eyJhbGciOiJFUzI1NiJ9.e30.AA", "voucher-malformed", "first octet 0x65"),
  };
  artifact_blob_t kept = s.ov;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t octets[64];
    memcpy(octets, cases[i].octets, cases[i].len);
    s.ov.data = octets;
    s.ov.len = cases[i].len;
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, cases[i].reason, "");
    expect_detail(&s, SZTP_STEP_VOUCHER_FORMAT, cases[i].detail);
  }
  /* CMS-26 */
  sztp__buf_t b;
  sztp__buf_init(&b, artifact_maker, 4096);
  (void)sztp__buf_add(&b, "\x84\x43\xa1\x01\x26\xa1\x18\x20\x98\x21", 10);
  for (int i = 0; i < 33; i++) (void)sztp__cbor_put_bytes(&b, sztp__span_of("c"));
  assert_int_equal(sztp__buf_add(&b, "\x41p\x41s", 4), 0);
  s.ov.data = b.data;
  s.ov.len = b.len;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_FORMAT, "limit", "");
  sztp__buf_clear(&b);
  s.ov = kept;
  artifact_set_close(&s);
}

/* COSE-02, COSE-03, COSE-04, COSE-05, COSE-10; VOUCH-06, CMS-16, PKIX-14: who signed */
static void test_cose_signature(void **state) {
  (void)state;
  artifact_set_t s = open_constrained();
  artifact_replace(&s.ov, cose_around(cbor_document(SZTP__NODE_SERIAL, sztp__span("\x61x", 2)), "other",
                                      "other-root.pem", 0));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  artifact_replace(&s.ov, cose_around(cbor_document(0, sztp__span(NULL, 0)), "voucher-signer", NULL, 0));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
                      "pkix-no-path"); /* its issuer is missing */
  artifact_replace(&s.ov, cose_around(cbor_document(0, sztp__span(NULL, 0)), "mfr-int", NULL, 0));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
                      "pkix-keyusage"); /* keyCertSign alone */
  artifact_replace(&s.ov, usual_cose());
  s.ov.data[s.ov.len - 1] ^= 1;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  artifact_replace(&s.ov, usual_cose());
  s.time = 7258118400; /* 2200 */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  s.time = (int64_t)time(NULL);
  /* without certificates: only an anchor may have signed (COSE-05) */
  artifact_replace(&s.ov, cose_around(cbor_document(0, sztp__span(NULL, 0)), "voucher-signer", NULL, 1));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  artifact_blob_t anchor = pki_file("voucher-signer.pem");
  assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
  artifact_set_expect(&s, 0, "", NULL);
  /* certificates of others beside it stand in nobody's way */
  artifact_blob_t kept = s.ov;
  s.ov = cose_around(cbor_document(0, sztp__span(NULL, 0)), "voucher-signer", NULL, 1);
  assert_int_equal(s.ov.data[6], 0xa0);
  sztp__buf_t with;
  sztp__buf_t stray;
  sztp__buf_init(&with, artifact_maker, 1 << 16);
  (void)sztp__buf_add(&with, s.ov.data, 6);
  (void)sztp__buf_add(&with, "\xa1\x18\x20", 3);
  (void)sztp__cbor_put_bytes(&with, der_of("other.pem", &stray));
  assert_int_equal(sztp__buf_add(&with, s.ov.data + 7, s.ov.len - 7), 0);
  sztp__buf_clear(&stray);
  artifact_replace(&s.ov, kept);
  kept = s.ov;
  s.ov.data = with.data;
  s.ov.len = with.len;
  artifact_set_expect(&s, 0, "", NULL);
  s.ov = kept;
  sztp__buf_clear(&with);
  /* a direct signer is judged like any: its validity */
  s.time = 7258118400;
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  free(anchor.data);
  artifact_set_close(&s);
  /* and its key usage */
  s = open_constrained();
  anchor = pki_file("mfr-int.pem");
  assert_int_equal(sztp_device_add_cert(s.mock->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
  artifact_replace(&s.ov, cose_around(cbor_document(0, sztp__span(NULL, 0)), "mfr-int", NULL, 1));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-keyusage");
  free(anchor.data);
  /* algorithms: those of CMS have reasons, and so have these */
  static const struct {
    const char *file;
    const char *cause;
  } made[] = {{"cose/eddsa.cose", "cms-alg-unsupported"},     {"cose/es512-p256.cose", "cms-alg-unsupported"},
              {"cose/es256-p224.cose", "cms-alg-weak"},       {"cose/alg-text.cose", "cms-alg-unsupported"},
              {"cose/es256-rsa.cose", "cms-alg-unsupported"}, {"cose/ps256.cose", "cms-alg-unsupported"},
              {"cose/der.cose", "cms-signature-invalid"},     {"cose/zeros.cose", "cms-signature-invalid"}};
  kept = s.ov;
  for (size_t i = 0; i < TEST_COUNT_OF(made); i++) {
    s.ov = pki_file(made[i].file);
    artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", made[i].cause);
    free(s.ov.data);
  }
  s.ov = pki_file("cose/es256.cose"); /* signed well, but no voucher */
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed", "");
  free(s.ov.data);
  s.ov = kept;
  artifact_set_close(&s);
  s = open_constrained();
  other_device(&s, SZTP_CERT_SERVER_ANCHOR);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_CONSTRAINED_VOUCHER, 1), 0);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "");
  expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE, "no voucher anchor");
  artifact_set_close(&s);
}

static sztp__span_t as_text(sztp__buf_t *b, const char *text) {
  sztp__buf_init(b, artifact_maker, 1 << 16);
  assert_int_equal(sztp__cbor_put_text(b, sztp__span_of(text)), 0);
  return sztp__buf_span(b);
}

static sztp__span_t as_bytes(sztp__buf_t *b, sztp__span_t first, sztp__span_t second) {
  sztp__buf_init(b, artifact_maker, 1 << 16);
  (void)sztp__cbor_put_bytes_head(b, first.len + second.len);
  (void)sztp__buf_add_span(b, first);
  assert_int_equal(sztp__buf_add_span(b, second), 0);
  return sztp__buf_span(b);
}

/* The certificates of @p certs as the x5bag of @p cose, which has no certificates. */
static artifact_blob_t with_bag(artifact_blob_t cose, sztp__span_t certs) {
  sztp__buf_t out;
  sztp__der_t d;
  sztp__tlv_t tlv;
  artifact_blob_t blob = {NULL, 0};
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
  artifact_set_t s = open_constrained();
  sztp__buf_t certs;
  trust_for_vouchers(&s, "owner-root.pem");
  crowd(&certs);
  artifact_replace(&s.ov, with_bag(cose_around(cbor_document(0, sztp__span(NULL, 0)), "cms/crowd", NULL, 1),
                                   sztp__buf_span(&certs)));
  sztp__buf_clear(&certs);
  uint64_t before = operations(&s);
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  /* each certificate's key and each anchor's, and the paths */
  assert_true(operations(&s) - before <= 1 + CROWD + 2 + SZTP__CMS_MAX_SIGNERS * CROWD);
  expect_detail(&s, SZTP_STEP_VOUCHER_SIGNATURE,
                "of more than 8 pairs of signer and certificate 8 were tried");
  trust_for_vouchers(&s, "cms/crowd.pem");
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

/* COSE-08, COSE-10: the leaves of test_voucher_leaves() once more */
static void test_cose_leaves(void **state) {
  (void)state;
  int64_t now = (int64_t)time(NULL);
  sztp__buf_t root, pem_octets, soon, later, past, future, trailing, two, pem;
  sztp__span_t der = der_of("owner-root.pem", &root);
  artifact_blob_t file = pki_file("owner-root.pem");
  sztp__buf_init(&pem_octets, artifact_maker, 1 << 16);
  assert_int_equal(sztp__buf_add(&pem_octets, file.data, file.len), 0);
  free(file.data);
  const sztp__span_t nothing = {NULL, 0};
#define RAW(literal) sztp__span(literal, sizeof(literal) - 1)
  const struct {
    uint32_t node;
    sztp__span_t value; /* empty: left out */
    uint32_t step;      /* 0: accepted */
    const char *reason;
  } cases[] = {
      {SZTP__NODE_CREATED_ON, as_text(&soon, artifact_date(now + 60)), 0, ""},
      {SZTP__NODE_CREATED_ON, as_text(&later, artifact_date(now + 600)), SZTP_STEP_VOUCHER_DATES,
       "voucher-not-yet-valid"},
      {SZTP__NODE_CREATED_ON, nothing, SZTP_STEP_VOUCHER_DATES, "voucher-malformed"},
      {SZTP__NODE_CREATED_ON, RAW("\xf6"), SZTP_STEP_VOUCHER_DATES, "voucher-malformed"},
      {SZTP__NODE_CREATED_ON, RAW("\x11"), SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_CREATED_ON,
       RAW("\x6a"
           "2030-02-29"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_EXPIRES_ON, as_text(&future, artifact_date(now + 100000)), 0, ""},
      {SZTP__NODE_EXPIRES_ON, as_text(&past, artifact_date(now - 10)), SZTP_STEP_VOUCHER_DATES,
       "voucher-expired"},
      {SZTP__NODE_ASSERTION, RAW("\x68verified"), 0, ""},
      {SZTP__NODE_ASSERTION, RAW("\x01"), SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_ASSERTION, RAW("\x04"), SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_ASSERTION, RAW("\x20"), SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_ASSERTION, RAW("\x68Verified"), SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_ASSERTION, nothing, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion"},
      {SZTP__NODE_SERIAL,
       RAW("\x69"
           "ex4200-17"),
       SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {SZTP__NODE_SERIAL,
       RAW("\x6a"
           "EX4200-17 "),
       SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {SZTP__NODE_SERIAL, RAW("\x61*"), SZTP_STEP_VOUCHER_SERIAL, "voucher-serial"},
      {SZTP__NODE_SERIAL,
       RAW("\x81\x69"
           "EX4200-17"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_SERIAL,
       RAW("\x49"
           "EX4200-17"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_SERIAL,
       RAW("\x69"
           "EX4200-17\x0b\x69"
           "EX4200-17"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_SERIAL,
       RAW("\x69"
           "EX4200-17\x6dserial-number\x61x"),
       SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_SERIAL, nothing, SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_IDEVID_ISSUER, RAW("\x43\0\0\0"), SZTP_STEP_VOUCHER_ISSUER, "voucher-idevid-issuer"},
      {SZTP__NODE_NONCE, RAW("\x48nnnnnnnn"), SZTP_STEP_VOUCHER_NONCE, "voucher-nonce"},
      {SZTP__NODE_PINNED_CERT, RAW("\x44\0\1\2\3"), SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, RAW("\x40"), SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, as_bytes(&trailing, der, RAW("\0")), SZTP_STEP_PINNED_CERT,
       "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, as_bytes(&two, der, der), SZTP_STEP_PINNED_CERT, "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, as_bytes(&pem, sztp__buf_span(&pem_octets), nothing), SZTP_STEP_PINNED_CERT,
       "voucher-malformed"},
      {SZTP__NODE_PINNED_CERT, nothing, SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_REVOCATION, RAW("\xf4"), 0, ""},
      {SZTP__NODE_REVOCATION,
       RAW("\x65"
           "false"),
       0, ""},
      {SZTP__NODE_REVOCATION, RAW("\xf6"), 0, ""},
      {SZTP__NODE_REVOCATION, RAW("\xf5"), SZTP_STEP_REVOCATION, "pkix-revocation-unknown"},
      {SZTP__NODE_REVOCATION, RAW("\x64true"), SZTP_STEP_REVOCATION, "pkix-revocation-unknown"},
      {SZTP__NODE_REVOCATION, RAW("\x63yes"), SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_REVOCATION, RAW("\x01"), SZTP_STEP_VOUCHER_CONTENT, "voucher-malformed"},
      {SZTP__NODE_LAST_RENEWAL, RAW("\x68whatever"), 0, ""},
      {13, RAW("\x6dother.example"), 0, ""}, /* est-domain */
      {15, RAW("\x81\xa1\x01\xf9\x3c\x00"), 0, ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    artifact_set_t s = open_constrained();
    artifact_replace(&s.ov, cose_with(cases[i].node, cases[i].value));
    artifact_set_expect(&s, cases[i].step, cases[i].reason, NULL);
    artifact_set_close(&s);
  }
  sztp__buf_t *const buffers[] = {&root, &pem_octets, &soon, &later, &past, &future, &trailing, &two, &pem};
  for (size_t i = 0; i < TEST_COUNT_OF(buffers); i++) sztp__buf_clear(buffers[i]);
}

/* COSE-10 with VOUCH-11, VOUCH-12, VOUCH-07 and VOUCH-09 (the revised format) */
static void test_cose_comparisons(void **state) {
  (void)state;
  artifact_set_t s = open_constrained();
  static uint8_t sent[8] = {'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n'};
  s.nonce.data = sent;
  s.nonce.len = sizeof sent;
  artifact_replace(&s.ov, cose_with(SZTP__NODE_NONCE, RAW("\x48nnnnnnnn")));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, cose_with(SZTP__NODE_NONCE, RAW("\x48nnnnnnno")));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  artifact_replace(&s.ov, cose_with(SZTP__NODE_NONCE, RAW("\x47nnnnnnn")));
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  sztp__buf_t issuer;
  const sztp__cert_t *idevid = &s.mock->dev->certs[SZTP_CERT_IDENTITY].v[0];
  artifact_replace(&s.ov, cose_with(SZTP__NODE_IDEVID_ISSUER,
                                    as_bytes(&issuer, idevid->authority_key_id, sztp__span(NULL, 0))));
  artifact_set_expect(&s, 0, "", NULL);
  sztp__buf_clear(&issuer);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_ASSERTIONS, SZTP_ASSERTION_AGENT_PROXIMITY),
                   0);
  artifact_replace(&s.ov, cose_with(SZTP__NODE_ASSERTION, RAW("\x03")));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_replace(&s.ov, usual_cose());
  artifact_set_expect(&s, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_REVISED_VOUCHER, 1), 0);
  artifact_replace(&s.ov, cose_with(SZTP__NODE_ASSERTION, sztp__span(NULL, 0)));
  artifact_set_expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_i64(s.mock->dev, SZTP_POLICY_ASSERTIONS, SZTP_ASSERTION_VERIFIED), 0);
  artifact_replace(&s.ov, cose_with(SZTP__NODE_CREATED_ON, sztp__span(NULL, 0)));
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

/* COSE-02, COSE-10: every octet changed, cut anywhere; what is accepted all the same means the same */
static void test_cose_changed(void **state) {
  (void)state;
  artifact_set_t s = open_constrained();
  for (size_t n = 0; n < s.ov.len; n += TEST_SAMPLE) {
    sztp_verdict_t *v = NULL;
    s.ov.data[n] ^= (uint8_t)(1U << (n % 8));
    int32_t rc = artifact_set_verify(&s, &v);
    assert_non_null(v);
    if (rc < 0) assert_string_not_equal(sztp_error_label(rc), "");
    if (rc == SZTP_OK) assert_true(n == 8 && s.ov.data[n] == 33); /* x5bag has become x5chain */
    sztp_verdict_free(v);
    s.ov.data[n] ^= (uint8_t)(1U << (n % 8));
  }
  size_t len = s.ov.len;
  for (s.ov.len = 0; s.ov.len < len; s.ov.len += TEST_SAMPLE) {
    sztp_verdict_t *v = NULL;
    assert_int_equal(artifact_set_verify(&s, &v), SZTP_ERR_VOUCHER_MALFORMED);
    sztp_verdict_free(v);
  }
  s.ov.len = len;
  artifact_set_close(&s);
}

/* SEC-05 */
static void test_cose_memory_failure(void **state) {
  (void)state;
  artifact_set_t s = open_constrained();
  unsigned without_verdict = 0;
  for (size_t n = 1;; n += TEST_SAMPLE) {
    sztp_verdict_t *v = NULL;
    size_t blocks = s.mock->memory.blocks;
    s.mock->memory.fail_at = s.mock->memory.calls + n;
    int32_t rc = artifact_set_verify(&s, &v);
    int met = s.mock->memory.calls >= s.mock->memory.fail_at;
    s.mock->memory.fail_at = 0;
    assert_int_equal(rc, v == NULL ? SZTP_ERR_MEMORY : SZTP_OK);
    without_verdict += v == NULL;
    sztp_verdict_free(v);
    assert_int_equal(s.mock->memory.blocks, blocks);
    if (!met) break;
  }
  assert_true(without_verdict > 30 / TEST_SAMPLE);
  artifact_set_expect(&s, 0, "", NULL);
  artifact_set_close(&s);
}

/* --- pinned public keys --- */

static sztp__span_t spki_of(const char *name, sztp__buf_t *der) {
  sztp__cert_t cert;
  assert_int_equal(sztp__cert_parse(artifact_maker, der_of(name, der), &cert), 0);
  return cert.spki;
}

/* A voucher in JSON or CBOR that pins @p octets as @p node, and a certificate only if @p cert. */
static artifact_blob_t pinning(int cbor, uint32_t node, sztp__span_t octets, int cert) {
  char value[2048];
  sztp__buf_t item;
  if (cbor) {
    artifact_blob_t with = cbor_document(node, as_bytes(&item, octets, sztp__span(NULL, 0)));
    artifact_blob_t without = cbor_document(SZTP__NODE_PINNED_CERT, sztp__span(NULL, 0));
    if (!cert) { /* the document without the certificate, and the node behind its last one */
      sztp__buf_t b;
      sztp__buf_init(&b, artifact_maker, 1 << 16);
      (void)sztp__buf_add(&b, without.data, without.len - 1);
      (void)sztp__cbor_put_uint(&b, node);
      (void)sztp__buf_add_span(&b, sztp__buf_span(&item));
      assert_int_equal(sztp__buf_add_u8(&b, 0xff), 0);
      artifact_replace(&with, (artifact_blob_t){NULL, 0});
      assert_int_equal(sztp__buf_take(&b, &with.data, &with.len), 0);
    }
    sztp_artifacts_free(artifact_maker, without.data);
    sztp__buf_clear(&item);
    return cose_around(with, "voucher-signer", "mfr-int.pem", 0);
  }
  quote_base64(value, sizeof value, octets, sztp__span(NULL, 0));
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
    artifact_set_t s = open_constrained();
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
    expect_detail(&s, SZTP_STEP_PINNED_CERT, "only with the policy SZTP_POLICY_CONSTRAINED_VOUCHER");
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
  artifact_set_t s = open_constrained();
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
      cmocka_unit_test(test_good),
      cmocka_unit_test(test_artifacts),
      cmocka_unit_test(test_containers),
      cmocka_unit_test(test_without_signers),
      cmocka_unit_test(test_voucher_signature),
      cmocka_unit_test(test_voucher_leaves),
      cmocka_unit_test(test_voucher_documents),
      cmocka_unit_test(test_idevid_issuer),
      cmocka_unit_test(test_voucher_dates),
      cmocka_unit_test(test_assertions),
      cmocka_unit_test(test_expiry_beyond_certificate),
      cmocka_unit_test(test_idevid_kinds),
      cmocka_unit_test(test_serial_override),
      cmocka_unit_test(test_no_serial),
      cmocka_unit_test(test_bag_order),
      cmocka_unit_test(test_crowd),
      cmocka_unit_test(test_trail),
      cmocka_unit_test(test_nonce),
      cmocka_unit_test(test_clock),
      cmocka_unit_test(test_owner),
      cmocka_unit_test(test_info),
      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_truncated),
      cmocka_unit_test(test_memory_failure),
      cmocka_unit_test(test_cose_good),
      cmocka_unit_test(test_cose_containers),
      cmocka_unit_test(test_cose_signature),
      cmocka_unit_test(test_cose_crowd),
      cmocka_unit_test(test_cose_leaves),
      cmocka_unit_test(test_cose_comparisons),
      cmocka_unit_test(test_cose_changed),
      cmocka_unit_test(test_cose_memory_failure),
      cmocka_unit_test(test_pinned_key),
      cmocka_unit_test(test_pinned_key_owner),
  };
  return cmocka_run_group_tests(tests, artifact_set_setup, artifact_set_teardown);
}
