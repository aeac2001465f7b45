/* SPDX-License-Identifier: Apache-2.0 */
/* sztp_verify() step by step (VERIFY, VOUCH, CONV, CLK groups): for each step artifacts that fail there and
 * nowhere else, each with its reason; every octet cut (changed: test_flips.c); memory failing at every
 * allocation. */
#include "lab.h"

#include <time.h>

#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "ground/text.h"
#include "trust/device.h"

/* --- making artifacts --- */

static sztp_ctx_t *maker;

static lab_blob_t sign(const char *document, uint32_t type, const char *signer_name, const char *chain) {
  sztp__buf_t out;
  lab_blob_t blob = {NULL, 0};
  sztp_signer_t *signer = lab_signer(maker, signer_name, chain);
  sztp__buf_init(&out, maker, 1 << 20);
  assert_int_equal(sztp__signed_data_write(signer, type, sztp__span_of(document), &out), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  sztp_signer_free(signer);
  return blob;
}

static lab_blob_t content(uint32_t type, const char *document) {
  sztp__buf_t out;
  lab_blob_t blob = {NULL, 0};
  sztp__buf_init(&out, maker, 1 << 20);
  assert_int_equal(sztp__cms_write_content(&out, type, sztp__span_of(document)), 0);
  assert_int_equal(sztp__buf_take(&out, &blob.data, &blob.len), 0);
  return blob;
}

/* Wraps what is in @p b in one more tag. */
static void wrap(sztp__buf_t *b, uint8_t tag) {
  sztp__buf_t out;
  sztp__buf_init(&out, maker, 1 << 20);
  assert_int_equal(sztp__der_put(&out, tag, sztp__buf_span(b)), 0);
  sztp__buf_clear(b);
  *b = out;
}

static void put_before(sztp__buf_t *b, const void *data, size_t len) {
  sztp__buf_t out;
  sztp__buf_init(&out, maker, 1 << 20);
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
  sztp__buf_init(&b, maker, 1 << 20);
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

static lab_blob_t bag(const char *file) {
  lab_blob_t pem = lab_file(file);
  lab_blob_t blob = {NULL, 0};
  assert_int_equal(sztp_owner_cert_pack(maker, pem.data, pem.len, NULL, 0, &blob.data, &blob.len), 0);
  free(pem.data);
  return blob;
}

static const char *base64_of(const char *name) {
  static char text[8192];
  lab_blob_t pem = lab_file(name);
  uint8_t *der = NULL;
  size_t len = 0;
  sztp__buf_t out;
  assert_int_equal(sztp_artifacts_to_der(maker, pem.data, pem.len, &der, &len), 0);
  sztp__buf_init(&out, maker, sizeof text - 1);
  assert_int_equal(sztp__base64_encode(&out, sztp__span(der, len)), 0);
  memcpy(text, out.data, out.len + 1);
  sztp__buf_clear(&out);
  sztp_artifacts_free(maker, der);
  free(pem.data);
  return text;
}

static const char *date(int64_t t) {
  static char texts[8][24];
  static unsigned n;
  return sztp__time_format(texts[n++ % 8], t);
}

/* A voucher document of a usual voucher: leaf @p name is replaced by @p value (a whole JSON value; NULL
 * leaves it out). */
static const char *voucher_document(const char *name, const char *value) {
  static char document[8192];
  char created[40];
  char pinned[6000];
  (void)snprintf(created, sizeof created, "\"%s\"", date((int64_t)time(NULL) - 3600));
  (void)snprintf(pinned, sizeof pinned, "\"%s\"", base64_of("owner-root.pem"));
  const struct {
    const char *name;
    const char *value;
  } leaves[] = {
      {"created-on", created},        {"assertion", "\"verified\""}, {"serial-number", "\"" LAB_SERIAL "\""},
      {"pinned-domain-cert", pinned}, {"expires-on", NULL},          {"nonce", NULL},
      {"idevid-issuer", NULL},        {"last-renewal-date", NULL},   {"domain-cert-revocation-checks", NULL}};
  size_t at = (size_t)snprintf(document, sizeof document, "{\"ietf-voucher:voucher\":{\"x\":0");
  for (size_t i = 0; i < TEST_COUNT_OF(leaves); i++) {
    const char *v = name != NULL && strcmp(name, leaves[i].name) == 0 ? value : leaves[i].value;
    if (v != NULL)
      at += (size_t)snprintf(document + at, sizeof document - at, ",\"%s\":%s", leaves[i].name, v);
  }
  (void)snprintf(document + at, sizeof document - at, "}}");
  return document;
}

static lab_blob_t voucher_with(const char *name, const char *value) {
  return sign(voucher_document(name, value), SZTP__CMS_VOUCHER_JSON, "voucher-signer", "mfr-int.pem");
}

/* --- a bench for one verification --- */

struct set {
  lab_t *lab;
  lab_blob_t ci, oc, ov;
  lab_blob_t nonce, pinned;
  uint32_t channel;
  int64_t time;
};

static struct set open_set(void) {
  struct set s;
  memset(&s, 0, sizeof s);
  s.lab = malloc(sizeof *s.lab);
  lab_open(s.lab, 0);
  s.ci = sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL);
  s.oc = bag("owner-chain.pem");
  s.ov = voucher_with(NULL, NULL);
  s.time = (int64_t)time(NULL);
  return s;
}

static void close_set(struct set *s) {
  lab_close(s->lab);
  free(s->lab);
  sztp_artifacts_free(maker, s->ci.data);
  sztp_artifacts_free(maker, s->oc.data);
  sztp_artifacts_free(maker, s->ov.data);
}

static void replace(lab_blob_t *slot, lab_blob_t blob) {
  sztp_artifacts_free(maker, slot->data);
  *slot = blob;
}

static int32_t fill(const struct set *s, sztp_bundle_t *b) {
  const struct {
    uint32_t artifact;
    lab_blob_t blob;
  } parts[] = {{SZTP_ARTIFACT_CONVEYED_INFO, s->ci},
               {SZTP_ARTIFACT_OWNER_CERT, s->oc},
               {SZTP_ARTIFACT_VOUCHER, s->ov},
               {SZTP_ARTIFACT_NONCE, s->nonce},
               {SZTP_ARTIFACT_PINNED, s->pinned}};
  int32_t rc = SZTP_OK;
  for (size_t i = 0; rc == SZTP_OK && i < TEST_COUNT_OF(parts); i++)
    if (parts[i].blob.data != NULL)
      rc = sztp_bundle_set(b, parts[i].artifact, parts[i].blob.data, parts[i].blob.len);
  return rc;
}

static int32_t verify(const struct set *s, sztp_verdict_t **verdict) {
  sztp_bundle_t *b = NULL;
  *verdict = NULL;
  int32_t rc = sztp_bundle_new(s->lab->ctx, &b);
  if (rc == SZTP_OK) rc = fill(s, b);
  if (rc == SZTP_OK) rc = sztp_verify(s->lab->dev, b, s->time, s->channel, verdict);
  sztp_bundle_free(b);
  return rc;
}

/* Verifies and asserts the step that failed, its reason and, unless NULL, the cause behind it. @p step 0:
 * accepted. */
static void expect(const struct set *s, uint32_t step, const char *reason, const char *cause) {
  sztp_verdict_t *v = NULL;
  int32_t rc = verify(s, &v);
  uint32_t failed = 0;
  assert_non_null(v);
  for (uint32_t i = 1; sztp_step_name(i)[0] != '\0'; i++) {
    uint32_t state = 0;
    assert_int_equal(sztp_verdict_step(v, i, &state, NULL), 0);
    if (state == SZTP_STEP_FAILED) failed = i;
    if (failed != 0 && i > failed) assert_int_equal(state, SZTP_STEP_SKIPPED); /* VERIFY-02 */
  }
  if (failed != step || strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_REASON), reason) != 0 ||
      (cause != NULL && strcmp(sztp_verdict_text(v, failed, SZTP_TEXT_CAUSE), cause) != 0))
    fail_msg("%s at %s: %s, %s: %s; expected %s, %s, %s", sztp_error_name(rc), sztp_step_name(failed),
             sztp_verdict_text(v, failed, SZTP_TEXT_REASON), sztp_verdict_text(v, failed, SZTP_TEXT_CAUSE),
             sztp_verdict_text(v, failed, SZTP_TEXT_DETAIL), sztp_step_name(step), reason,
             cause == NULL ? "-" : cause);
  assert_int_equal(rc == SZTP_OK, step == 0);
  assert_int_equal(sztp_verdict_accepted(v), step == 0);
  if (step != 0) {
    assert_null(sztp_verdict_info(v));
    assert_int_equal(sztp_verdict_trusted(v), 0);
    assert_string_not_equal(sztp_verdict_text(v, step, SZTP_TEXT_DETAIL), "");
  }
  sztp_verdict_free(v);
}

/* --- the tests --- */

/* VERIFY-03, VERIFY-04, VERIFY-14, SEC-07; the least possible number of public-key operations */
static void test_good(void **state) {
  (void)state;
  struct set s = open_set();
  sztp_verdict_t *v = NULL;
  uint64_t before = 0;
  uint64_t after = 0;
  assert_int_equal(sztp_ctx_usage(s.lab->ctx, SZTP_USAGE_OPERATIONS, &before), 0);
  assert_int_equal(verify(&s, &v), 0);
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
  expect(&s, 0, "", NULL);
  close_set(&s);
}

/* V0: DISC-06; V1: STATE-16, ENC-02 */
static void test_artifacts(void **state) {
  (void)state;
  struct set s = open_set();
  lab_blob_t kept = s.ov;
  s.ov.data = NULL;
  expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.ov = kept;
  kept = s.oc;
  s.oc.data = NULL;
  expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.oc = kept;
  lab_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
  for (size_t i = 0; i < 3; i++) {
    kept = *slots[i];
    *slots[i] = content(SZTP__CMS_ENVELOPED, "x");
    expect(&s, SZTP_STEP_DECRYPTION, "enc-no-recipient", NULL);
    sztp_artifacts_free(maker, slots[i]->data);
    *slots[i] = kept;
  }
  close_set(&s);
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
    struct set s = open_set();
    lab_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
    lab_blob_t *slot = slots[cases[i].which];
    uint32_t wrong = cases[i].which == 0 ? SZTP__CMS_VOUCHER_JSON : SZTP__CMS_CONVEYED_JSON;
    switch (cases[i].how) {
    case 0: slot->len -= 1; break;
    case 1: replace(slot, content(SZTP__CMS_VOUCHER_JSON, "{}")); break;
    case 2: replace(slot, sign("{}", wrong, "owner", NULL)); break;
    case 3: replace(slot, bag("owner.pem")); break;
    case 5: replace(slot, content(SZTP__CMS_DATA, voucher_document(NULL, NULL))); break;
    default: memcpy(slot->data, "{", 1); break;
    }
    expect(&s, cases[i].step, cases[i].reason, NULL);
    close_set(&s);
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
    struct set s = open_set();
    s.channel = channels[i];
    replace(&s.ci, without_signers(info, sizeof info, LAB_ONBOARDING));
    expect(&s, SZTP_STEP_INFO_FORMAT, "cms-signer-unknown", NULL);
    replace(&s.ci, without_signers(arc, sizeof arc, LAB_ONBOARDING));
    expect(&s, SZTP_STEP_INFO_FORMAT, "cms-type-unexpected", NULL);
    replace(&s.ci, sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL));
    replace(&s.ov, without_signers(voucher, sizeof voucher, voucher_document(NULL, NULL)));
    expect(&s, SZTP_STEP_VOUCHER_FORMAT, "cms-signer-unknown", NULL);
    close_set(&s);
  }
}

/* V3: VOUCH-04, VOUCH-06, STATE-14, CMS-16; the reason is voucher-untrusted, whatever else is wrong */
static void test_voucher_signature(void **state) {
  (void)state;
  struct set s = open_set();
  replace(&s.ov, sign(voucher_document("serial-number", "\"another\""), SZTP__CMS_VOUCHER_JSON, "other",
                      "other-root.pem"));
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-no-path");
  replace(&s.ov, sign(voucher_document(NULL, NULL), SZTP__CMS_VOUCHER_JSON, "voucher-signer", NULL));
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted",
         "pkix-no-path"); /* the intermediate is missing */
  replace(&s.ov, voucher_with(NULL, NULL));
  s.ov.data[s.ov.len - 1] ^= 1;
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "cms-signature-invalid");
  close_set(&s);
  /* an anchor for servers is none for vouchers */
  s = open_set();
  sztp_device_free(s.lab->dev);
  assert_int_equal(sztp_device_new(s.lab->ctx, &s.lab->dev), 0);
  lab_blob_t root = lab_file("mfr-root.pem");
  assert_int_equal(sztp_device_add_cert(s.lab->dev, SZTP_CERT_SERVER_ANCHOR, root.data, root.len), 0);
  assert_int_equal(sztp_device_set(s.lab->dev, SZTP_DEVICE_SERIAL, LAB_SERIAL), 0);
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", NULL);
  /* an intermediate may be the anchor (STATE-17), and so may the signer itself */
  static const char *const anchors[] = {"mfr-int.pem", "voucher-signer.pem"};
  for (size_t i = 0; i < 2; i++) {
    lab_blob_t anchor = lab_file(anchors[i]);
    assert_int_equal(sztp_device_add_cert(s.lab->dev, SZTP_CERT_VOUCHER_ANCHOR, anchor.data, anchor.len), 0);
    expect(&s, 0, "", NULL);
    free(anchor.data);
  }
  free(root.data);
  close_set(&s);
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
  sztp__buf_init(&octets, maker, room);
  sztp__buf_init(&text, maker, room);
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
  assert_int_equal(sztp_artifacts_to_der(maker, root.data, root.len, &der, &len), 0);
  quote_base64(trailing, sizeof trailing, sztp__span(der, len), sztp__span("", 1));
  quote_base64(two, sizeof two, sztp__span(der, len), sztp__span(der, len));
  quote_base64(pem, sizeof pem, sztp__span(root.data, root.len), sztp__span(NULL, 0));
  sztp_artifacts_free(maker, der);
  free(root.data);
  (void)snprintf(soon, sizeof soon, "\"%s\"", date(now + 60));
  (void)snprintf(later, sizeof later, "\"%s\"", date(now + 600));
  (void)snprintf(past, sizeof past, "\"%s\"", date(now - 10));
  (void)snprintf(future, sizeof future, "\"%s\"", date(now + 100000));
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
    struct set s = open_set();
    replace(&s.ov, voucher_with(cases[i].leaf, cases[i].value));
    expect(&s, cases[i].step, cases[i].reason, NULL);
    close_set(&s);
  }
}

/* VOUCH-07, VOUCH-08, D-104: to the second; without the optional leaves only behind the switch */
static void test_voucher_dates(void **state) {
  (void)state;
  struct set s = open_set();
  int64_t now = s.time;
  char value[40];
  (void)snprintf(value, sizeof value, "\"%s\"", date(now + 1000));
  replace(&s.ov, voucher_with("expires-on", value));
  s.time = now + 999;
  expect(&s, 0, "", NULL);
  s.time = now + 1000;
  expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  replace(&s.ov, voucher_with("created-on", value));
  s.time = now + 1000 - 300;
  expect(&s, 0, "", NULL);
  s.time = now + 1000 - 301;
  expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-not-yet-valid", NULL);
  s.time = now;
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_REVISED_VOUCHER, 1), 0);
  replace(&s.ov, voucher_with("created-on", NULL));
  expect(&s, 0, "", NULL);
  replace(&s.ov, voucher_with("assertion", NULL));
  expect(&s, 0, "", NULL);
  replace(&s.ov, voucher_with("assertion", "\"logged\""));
  expect(&s, SZTP_STEP_VOUCHER_ASSERTION, "voucher-assertion", NULL);
  close_set(&s);
}

/* IDEV-05, VOUCH-10: the serial number that the integrator gave is compared, and no other; VOUCH-16: unknown
 * nodes are told */
static void test_serial_override(void **state) {
  (void)state;
  struct set s = open_set();
  expect(&s, 0, "", NULL);
  assert_non_null(strstr(s.lab->log, "unknown node \"x\" is ignored"));
  replace(&s.ov, voucher_with("serial-number", "\"17\""));
  expect(&s, SZTP_STEP_VOUCHER_SERIAL, "voucher-serial", NULL);
  assert_null(strstr(s.lab->log, "differs from the identity certificate's"));
  assert_int_equal(sztp_device_set(s.lab->dev, SZTP_DEVICE_SERIAL, "17"), 0);
  assert_non_null(strstr(s.lab->log, "differs from the identity certificate's"));
  expect(&s, 0, "", NULL);
  replace(&s.ov, voucher_with(NULL, NULL));
  expect(&s, SZTP_STEP_VOUCHER_SERIAL, "voucher-serial", NULL);
  close_set(&s);
}

/* IDEV-02: a certificate's own number is no device's serial number */
static void test_no_serial(void **state) {
  (void)state;
  struct set s = open_set();
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
  close_set(&s);
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
    struct set s = open_set();
    replace(&s.ov, sign(cases[i].document, SZTP__CMS_VOUCHER_JSON, "voucher-signer", "mfr-int.pem"));
    expect(&s, SZTP_STEP_VOUCHER_CONTENT, cases[i].reason, NULL);
    close_set(&s);
  }
  struct set s = open_set();
  replace(&s.ov, sign(voucher_document(NULL, NULL), SZTP__CMS_DATA, "voucher-signer", "mfr-int.pem"));
  expect(&s, 0, "", NULL); /* id-data with attributes */
  close_set(&s);
}

/* VOUCH-12, D-108: the three forms of idevid-issuer */
static void test_idevid_issuer(void **state) {
  (void)state;
  struct set s = open_set();
  const sztp__cert_t *idevid = &s.lab->dev->certs[SZTP_CERT_IDENTITY].v[0];
  sztp__buf_t forms[3];
  for (size_t i = 0; i < 3; i++) sztp__buf_init(&forms[i], maker, 256);
  assert_true(idevid->authority_key_id_octets.len > 0);
  (void)sztp__buf_add_span(&forms[0], idevid->authority_key_id_octets);
  (void)sztp__buf_add_span(&forms[1], idevid->authority_key_id);
  (void)sztp__der_put(&forms[2], SZTP__DER_OCTET_STRING, idevid->authority_key_id);
  for (size_t i = 0; i < 3; i++) {
    for (int broken = 0; broken < 2; broken++) {
      char value[512] = "\"";
      sztp__buf_t text;
      if (broken) forms[i].data[forms[i].len - 1] ^= 1;
      sztp__buf_init(&text, maker, 400);
      assert_int_equal(sztp__base64_encode(&text, sztp__buf_span(&forms[i])), 0);
      (void)snprintf(value, sizeof value, "\"%s\"", (const char *)text.data);
      sztp__buf_clear(&text);
      replace(&s.ov, voucher_with("idevid-issuer", value));
      expect(&s, broken ? SZTP_STEP_VOUCHER_ISSUER : 0, broken ? "voucher-idevid-issuer" : "", NULL);
    }
    sztp__buf_clear(&forms[i]);
  }
  close_set(&s);
}

/* VOUCH-11, VOUCH-15, CLK-04, D-58: nonces */
static void test_nonce(void **state) {
  (void)state;
  struct set s = open_set();
  uint8_t sent[32];
  for (uint8_t i = 0; i < 32; i++) sent[i] = (uint8_t)(0xf8 + i);
  s.nonce.data = sent;
  s.nonce.len = 32;
  expect(&s, 0, "", NULL); /* none in the voucher */
  replace(&s.ov, voucher_with("nonce", "\"+Pn6+/z9/v8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc=\""));
  expect(&s, 0, "", NULL);
  replace(&s.ov, voucher_with("nonce", "\"-Pn6-_z9_v8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc\""));
  expect(&s, 0, "", NULL); /* the URL-safe alphabet, in this leaf alone */
  sent[31] ^= 1;
  expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  s.nonce.len = 31;
  expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  replace(&s.ov, voucher_with("nonce", "\"AAECAwQF\""));
  expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL); /* 6 octets */
  replace(&s.ov, voucher_with(NULL, NULL));
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_NONCE_REQUIRED, 1), 0);
  expect(&s, SZTP_STEP_VOUCHER_NONCE, "voucher-nonce", NULL);
  close_set(&s);
}

/* CLK-01, CLK-02, CLK-03, CLK-04, CLK-08, PKIX-04, VERIFY-15, CONV-24 */
static void test_clock(void **state) {
  (void)state;
  struct set s = open_set();
  replace(&s.ov, voucher_with("expires-on", "\"2001-01-01T00:00:00Z\""));
  expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  s.time = SZTP_TIME_UNKNOWN;
  expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_TIME_FLOOR, 946684800), 0); /* 2000 */
  expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_EXPIRY_NEEDS_CLOCK, 1), 0);
  expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_EXPIRY_NEEDS_CLOCK, 0), 0);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_TIME_FLOOR, 1000000000),
                   0); /* late in 2001 */
  expect(&s, SZTP_STEP_VOUCHER_DATES, "voucher-expired", NULL);
  replace(&s.ov, voucher_with(NULL, NULL));
  s.time = 7258118400; /* 2200: every certificate of the test PKI but the identity has ended */
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-expired");
  s.time = 0;
  expect(&s, SZTP_STEP_VOUCHER_SIGNATURE, "voucher-untrusted", "pkix-not-yet-valid");
  close_set(&s);
}

/* V11 to V14: VERIFY-04, VERIFY-05, VERIFY-06, VERIFY-11, PKIX-01, PKIX-14 */
static void test_owner(void **state) {
  (void)state;
  struct set s = open_set();
  replace(&s.ci, sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "other", NULL));
  expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  replace(&s.oc, bag("other.pem"));
  expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  replace(&s.ci, sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", NULL));
  expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  replace(&s.oc, bag("owner.pem"));
  expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path"); /* its intermediate is nowhere */
  replace(&s.ci, sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner", "owner-int.pem"));
  expect(&s, 0, "", NULL); /* D-115: it comes with the conveyed information */
  /* the signer's certificate inside the conveyed information alone is not enough (D-116) */
  replace(&s.oc, bag("owner-int.pem"));
  expect(&s, SZTP_STEP_OWNER_SIGNER, "signer-not-owner", NULL);
  replace(&s.oc, bag("owner-chain.pem"));
  /* pinned: the intermediate, and the owner certificate itself */
  static const char *const pins[] = {"owner-int.pem", "owner.pem"};
  for (size_t i = 0; i < 2; i++) {
    char value[6000];
    (void)snprintf(value, sizeof value, "\"%s\"", base64_of(pins[i]));
    replace(&s.ov, voucher_with("pinned-domain-cert", value));
    expect(&s, 0, "", NULL);
  }
  char value[6000];
  (void)snprintf(value, sizeof value, "\"%s\"", base64_of("other-root.pem"));
  replace(&s.ov, voucher_with("pinned-domain-cert", value));
  expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path");
  close_set(&s);
}

/* VERIFY-05, VERIFY-06: the owner certificate is the one that signed, wherever it lies in the bag,
 * and it must be made for signing */
static void test_bag_order(void **state) {
  (void)state;
  static const char *const files[] = {"other.pem", "owner-int.pem", "owner.pem", "other-root.pem"};
  struct set s = open_set();
  lab_blob_t all = lab_file(files[0]);
  for (size_t i = 1; i < TEST_COUNT_OF(files); i++) {
    lab_blob_t next = lab_file(files[i]);
    assert_true(all.len + next.len <= 65536);
    memcpy(all.data + all.len, next.data, next.len);
    all.len += next.len;
    free(next.data);
  }
  lab_blob_t mixed = {NULL, 0};
  assert_int_equal(sztp_owner_cert_pack(maker, all.data, all.len, NULL, 0, &mixed.data, &mixed.len), 0);
  free(all.data);
  replace(&s.oc, mixed);
  expect(&s, 0, "", NULL);
  replace(&s.ci, sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "other", NULL));
  expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-untrusted", "pkix-no-path"); /* in the bag, but of another owner */
  replace(&s.ci, sign(LAB_ONBOARDING, SZTP__CMS_CONVEYED_JSON, "owner-int", NULL));
  expect(&s, SZTP_STEP_OWNER_CHAIN, "owner-keyusage", NULL); /* a CA that may sign certificates only */
  close_set(&s);
}

/* V15, V16: CMS-16 apart, CONV-02, CONV-03, CONV-07, TRUST-05, TRUST-06, TRUST-09, TRUST-10 */
static void test_info(void **state) {
  (void)state;
  struct set s = open_set();
  s.ci.data[s.ci.len - 1] ^= 1;
  expect(&s, SZTP_STEP_INFO_SIGNATURE, "cms-signature-invalid", NULL);
  replace(&s.ci, sign("<onboarding-information/>", SZTP__CMS_CONVEYED_JSON, "owner", NULL));
  expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-mismatch", NULL);
  replace(&s.ci, sign("hostname x", SZTP__CMS_DATA, "owner", NULL));
  expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-unknown", NULL);
  replace(&s.ci, sign("{\"both\":1}", SZTP__CMS_DATA, "owner", NULL));
  expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", NULL);
  replace(&s.ci, sign(" \xef\xbb\xbf{}", SZTP__CMS_DATA, "owner", NULL));
  expect(&s, SZTP_STEP_INFO_CONTENT, "encoding-unknown", NULL);
  replace(&s.ci, sign("\xef\xbb\xbf \n" LAB_ONBOARDING, SZTP__CMS_DATA, "owner", NULL));
  expect(&s, 0, "", NULL);
  /* unsigned data: the companions do not matter, the channel does */
  replace(&s.ci, content(SZTP__CMS_CONVEYED_JSON, LAB_ONBOARDING));
  expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  replace(&s.ci, content(SZTP__CMS_CONVEYED_JSON,
                         "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"configuration\":7}}"));
  expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  s.channel = SZTP_CHANNEL_TRUSTED;
  expect(&s, SZTP_STEP_INFO_CONTENT, "model-invalid", NULL);
  replace(&s.ci, content(SZTP__CMS_DATA, LAB_ONBOARDING));
  expect(&s, 0, "", NULL);
  assert_int_equal(sztp_device_set_policy(s.lab->dev, SZTP_POLICY_SIGNED_ONLY, 1), 0);
  expect(&s, SZTP_STEP_INFO_CONTENT, "unsigned-onboarding-untrusted", NULL);
  close_set(&s);
}

/* What the command-line tool rests on: a voucher alone, an owner certificate against a pinned certificate or
 * a voucher */
static void test_parts(void **state) {
  (void)state;
  struct set s = open_set();
  lab_blob_t ci = s.ci;
  lab_blob_t oc = s.oc;
  lab_blob_t ov = s.ov;
  s.ci.data = NULL;
  expect(&s, 0, "", NULL);
  s.oc.data = NULL;
  expect(&s, 0, "", NULL);
  s.ov.data = NULL;
  expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  s.oc = oc;
  expect(&s, SZTP_STEP_ARTIFACTS, "artifact-missing", NULL);
  lab_blob_t pem = lab_file("owner-root.pem");
  assert_int_equal(sztp_artifacts_to_der(maker, pem.data, pem.len, &s.pinned.data, &s.pinned.len), 0);
  expect(&s, 0, "", NULL);
  s.ci = ci;
  expect(&s, 0, "", NULL);
  s.ov = ov;
  sztp_artifacts_free(maker, s.pinned.data);
  free(pem.data);
  close_set(&s);
}

/* Every artifact cut at every octet: rejected with a reason, nothing given out. */
static void test_truncated(void **state) {
  (void)state;
  struct set s = open_set();
  lab_blob_t *slots[3] = {&s.ci, &s.oc, &s.ov};
  for (size_t i = 0; i < 3; i++) {
    size_t len = slots[i]->len;
    for (size_t n = 0; n < len; n += LAB_SAMPLE) {
      sztp_verdict_t *v = NULL;
      slots[i]->len = n;
      int32_t rc = verify(&s, &v);
      assert_true(rc < 0);
      assert_non_null(v);
      assert_string_not_equal(sztp_error_label(rc), "");
      assert_null(sztp_verdict_info(v));
      sztp_verdict_free(v);
    }
    slots[i]->len = len;
  }
  close_set(&s);
}

/* SEC-05, for an accepted and for a rejected set: memory that fails leaves no verdict, or (where only a text
 * for people got shorter) the right one. */
static void test_memory_failure(void **state) {
  (void)state;
  for (int bad = 0; bad < 2; bad++) {
    struct set s = open_set();
    unsigned without_verdict = 0;
    if (bad) replace(&s.ci, sign("{}", SZTP__CMS_CONVEYED_JSON, "owner", NULL));
    for (size_t n = 1;; n += LAB_SAMPLE) {
      sztp_verdict_t *v = NULL;
      size_t blocks = s.lab->memory.blocks;
      s.lab->memory.fail_at = s.lab->memory.calls + n;
      int32_t rc = verify(&s, &v);
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
    expect(&s, bad ? SZTP_STEP_INFO_CONTENT : 0, bad ? "model-invalid" : "", NULL);
    close_set(&s);
  }
}

static int setup(void **state) {
  (void)state;
  return sztp_ctx_new(NULL, &maker);
}

static int teardown(void **state) {
  (void)state;
  sztp_ctx_free(maker);
  return 0;
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
      cmocka_unit_test(test_memory_failure),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
