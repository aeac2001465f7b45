/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends old ciphertext in a new order learns its text if he can tell whether it decrypted (ENC-13, D-93).
 * So whatever comes of a decryption that ends in a refusal costs the same: as many public-key operations, as
 * much hashing, the same requests to the private key, the same answer. Run with a form's number and an
 * outcome's, this program does one of them, for tests/interop/decrypt_work.sh, which counts instructions. */
#include "decrypt_set.h"

#include "common/crafted.h"
#include "cryptography/cms.h"
#include "trust/verdict.h"

static uint64_t hashed;

int32_t __real_sztp__hash_update(sztp__hash_t *h, const void *data, size_t len);
int32_t __wrap_sztp__hash_update(sztp__hash_t *h, const void *data, size_t len);
int32_t __wrap_sztp__hash_update(sztp__hash_t *h, const void *data, size_t len) {
  hashed += len;
  return __real_sztp__hash_update(h, data, len);
}

/* --- what is decrypted, and what comes of it --- */

/* A form: which artifact is encrypted, as what, how. */
typedef struct form {
  const char *name;
  uint32_t artifact;
  uint32_t etype;
  int gcm;
  int rsa; /* the owner's key is an RSA key, all above it are not */
} form_t;

static const form_t forms[] = {
    {"information, said to be signed", SZTP_ARTIFACT_CONVEYED_INFO, SZTP__CMS_SIGNED, 0, 0},
    {"information, said to be data", SZTP_ARTIFACT_CONVEYED_INFO, SZTP__CMS_DATA, 0, 0},
    {"an owner certificate, said to be signed", SZTP_ARTIFACT_OWNER_CERT, SZTP__CMS_SIGNED, 0, 0},
    {"an owner certificate, said to be data", SZTP_ARTIFACT_OWNER_CERT, SZTP__CMS_DATA, 0, 0},
    {"a voucher, said to be signed", SZTP_ARTIFACT_VOUCHER, SZTP__CMS_SIGNED, 0, 0},
    {"a voucher, said to be data", SZTP_ARTIFACT_VOUCHER, SZTP__CMS_DATA, 0, 0},
    {"information in GCM", SZTP_ARTIFACT_CONVEYED_INFO, SZTP__CMS_SIGNED, 1, 0},
    {"a voucher in GCM", SZTP_ARTIFACT_VOUCHER, SZTP__CMS_SIGNED, 1, 0},
    {"information of an RSA key", SZTP_ARTIFACT_CONVEYED_INFO, SZTP__CMS_SIGNED, 0, 1},
    {"an owner certificate of an RSA key", SZTP_ARTIFACT_OWNER_CERT, SZTP__CMS_SIGNED, 0, 1},
};

/* Outcomes of a form: what decrypts and is refused later, in two ways, and what does not. */
enum { REFUSED_EARLY, REFUSED_LATE, PADDING, GARBAGE, WRONG_KEY, NESTED, OUTCOMES };
static const char *const outcomes[] = {"refused early", "refused late",      "the padding is wrong",
                                       "garbage",       "the key was wrong", "encrypted once more"};

static const char *document = MOCK_ONBOARDING; /* of the information */

static sztp__blob_t signed_info(const form_t *form) {
  return keep(artifact_sign(document, SZTP__CMS_CONVEYED_JSON, form->rsa ? "owner-rsa" : "owner", NULL));
}

/* What the artifact is in clear. */
static sztp__blob_t clear_text(const artifact_set_t *s, const form_t *form, int outcome) {
  int late = outcome == REFUSED_LATE;
  if (outcome == NESTED) return artifact_encrypt(s->ci, "idevid");
  switch (form->artifact) {
  case SZTP_ARTIFACT_CONVEYED_INFO: {
    sztp__blob_t info = signed_info(form);
    /* of the owner's, with a signature that is broken; or of nobody's */
    return late ? flipped(info, 0) : keep(artifact_sign(document, SZTP__CMS_CONVEYED_JSON, "other", NULL));
  }
  case SZTP_ARTIFACT_OWNER_CERT: return keep(artifact_owner_cert(late ? "owner-rsa-chain.pem" : "other.pem"));
  default:
    return keep(artifact_sign(
        artifact_voucher_document(late ? "serial-number" : NULL, late ? "\"another\"" : NULL),
        SZTP__CMS_VOUCHER_JSON, late ? "voucher-signer" : "other", late ? "mfr-int.pem" : NULL));
  }
}

/* Said to be signed data, it is the SignedData alone; else the whole ContentInfo. */
static sztp__span_t inside(const form_t *form, sztp__blob_t text) {
  sztp__cms_t *cms = NULL;
  sztp__span_t whole = sztp__span(text.data, text.len);
  if (form->etype != SZTP__CMS_SIGNED) return whole;
  assert_int_equal(sztp__cms_parse(artifact_maker, whole, &cms), SZTP_OK);
  sztp__span_t body = cms->body;
  sztp__cms_free(artifact_maker, cms);
  return body;
}

typedef struct seen {
  int32_t rc;
  uint64_t operations;
  uint64_t hashed;
  uint8_t made[SZTP__WORK_KINDS];
  unsigned keys;
  char report[512];
} seen_t;

/* A set in which one artifact is encrypted so. */
static artifact_set_t set_of(const form_t *form, int outcome, stub_t *stub) {
  artifact_set_t s = open_set("rsa");
  sztp__cert_t cert = cert_of(&s, SZTP_CERT_DECRYPTION);
  parts_t p = parts_of(&cert, form->etype, inside(form, clear_text(&s, form, outcome)));
  if (form->gcm) p = parts_gcm(p);
  sztp__blob_t sealed = build(&p);
  if (outcome == PADDING) sealed = flipped(sealed, 0);
  if (outcome == GARBAGE) sealed = flipped(sealed, form->gcm ? 100 : (p.text.len / 16 + 1) * 16 - 1);
  *stub = stub_of(&p);
  if (outcome == WRONG_KEY) stub->answer[0] ^= 1;
  assert_int_equal(sztp_device_set_key(s.mock->dev, stub_key, stub), SZTP_OK);
  if (form->rsa) { /* in clear; and the signature is broken */
    s.oc = keep(artifact_owner_cert("owner-rsa-chain.pem"));
    s.ci = flipped(signed_info(form), 0);
  }
  if (form->artifact == SZTP_ARTIFACT_CONVEYED_INFO) s.ci = sealed;
  if (form->artifact == SZTP_ARTIFACT_OWNER_CERT) s.oc = sealed;
  if (form->artifact == SZTP_ARTIFACT_VOUCHER) s.ov = sealed;
  return s;
}

static void see(const form_t *form, int outcome, seen_t *seen) {
  sztp_verdict_t *v = NULL;
  stub_t stub;
  artifact_set_t s = set_of(form, outcome, &stub);
  uint64_t before = test_operations(s.mock->ctx);
  hashed = 0;
  seen->rc = artifact_set_verify(&s, &v);
  seen->hashed = hashed;
  seen->operations = test_operations(s.mock->ctx) - before;
  for (uint32_t kind = 0; kind < SZTP__WORK_KINDS; kind++)
    seen->made[kind] = (uint8_t)sztp__work_made(s.mock->ctx, kind);
  seen->keys = stub.calls;
  assert_non_null(v);
  assert_int_equal(v->key_asked, 1);
  assert_int_equal(sztp_verdict_kind(v), SZTP_INFO_NONE); /* which would decide whether there is a report */
  (void)snprintf(seen->report, sizeof seen->report, "%s %s",
                 sztp_verdict_text(v, SZTP_STEP_DECRYPTION, SZTP_TEXT_REASON),
                 sztp_verdict_text(v, SZTP_STEP_DECRYPTION, SZTP_TEXT_ARTIFACT));
  sztp_verdict_free(v);
  close_set(&s);
}

/* ENC-13, D-93: operations with each kind of key, requests to the key, and hashing but for certificates' */
static void test_same_work(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(forms); i++) {
    seen_t first;
    for (int outcome = 0; outcome < OUTCOMES; outcome++) {
      seen_t seen;
      if (outcome == NESTED && forms[i].etype == SZTP__CMS_SIGNED) continue;
      see(&forms[i], outcome, outcome == 0 ? &first : &seen);
      if (outcome == 0) {
        assert_true(first.rc < 0 && first.rc != SZTP_ERR_ENC_DECRYPT_FAILED);
        continue;
      }
      if (seen.rc >= 0 || (outcome >= PADDING) != (seen.rc == SZTP_ERR_ENC_DECRYPT_FAILED))
        fail_msg("%s, %s: %s", forms[i].name, outcomes[outcome], sztp_error_name(seen.rc));
      uint64_t more = seen.hashed > first.hashed ? seen.hashed - first.hashed : first.hashed - seen.hashed;
      if (seen.operations != first.operations || seen.keys != first.keys || more > 8192)
        fail_msg("%s: \"%s\" makes %u operations, asks %u times, hashes %u octets; \"%s\" %u, %u, %u",
                 forms[i].name, outcomes[0], (unsigned)first.operations, first.keys, (unsigned)first.hashed,
                 outcomes[outcome], (unsigned)seen.operations, seen.keys, (unsigned)seen.hashed);
      for (uint32_t kind = 0; kind < SZTP__WORK_KINDS; kind++)
        if (seen.made[kind] != first.made[kind])
          fail_msg("%s: \"%s\" makes %u operations with keys of kind %u, \"%s\" %u", forms[i].name,
                   outcomes[0], first.made[kind], kind, outcomes[outcome], seen.made[kind]);
    }
  }
}

/* ENC-13, D-93: large content is hashed whatever came of it. */
static void test_large_content(void **state) {
  (void)state;
  static char large[200000];
  seen_t late;
  memset(large, ' ', sizeof large - 1); /* behind the document */
  memcpy(large, MOCK_ONBOARDING, strlen(MOCK_ONBOARDING));
  document = large;
  see(&forms[0], REFUSED_LATE, &late);
  assert_true(late.hashed >= sizeof large);
  for (int outcome = PADDING; outcome <= WRONG_KEY; outcome++) {
    seen_t seen;
    see(&forms[0], outcome, &seen);
    assert_int_equal(seen.rc, SZTP_ERR_ENC_DECRYPT_FAILED);
    assert_int_equal(seen.operations, late.operations);
    if (seen.hashed + 8192 < late.hashed || seen.hashed > late.hashed + 8192)
      fail_msg("\"%s\" hashes %u octets, \"%s\" %u", outcomes[REFUSED_LATE], (unsigned)late.hashed,
               outcomes[outcome], (unsigned)seen.hashed);
  }
  document = MOCK_ONBOARDING;
}

/* ENC-02: who has no voucher that holds gets nothing decrypted. */
static void test_voucher_first(void **state) {
  (void)state;
  artifact_set_t s = open_set("rsa");
  counted_t c;
  count_keys(&s, &c);
  s.ci = artifact_encrypt(s.ci, "idevid");
  s.oc = artifact_encrypt(s.oc, "idevid");
  sztp__blob_t good = s.ov;
  s.ov = keep(artifact_voucher_with("serial-number", "\"another\""));
  expect(&s, SZTP_STEP_VOUCHER_SERIAL, "voucher-serial", "voucher");
  assert_int_equal(c.calls, 0);
  s.ov = artifact_encrypt(s.ov, "idevid");
  expect(&s, SZTP_STEP_VOUCHER_SERIAL, "voucher-serial", "voucher");
  assert_int_equal(c.calls, 1); /* its own */
  s.ov = good;
  expect(&s, 0, "", "");
  assert_int_equal(c.calls, 3);
  close_set(&s);
}

/* ENC-13, STATE-16: in a session the next step is the same, at the same cost, whatever came of a stick's
 * artifacts */
static void test_session(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(forms); i++) {
    char first[4096] = "";
    uint64_t operations = 0;
    for (int outcome = 0; outcome < NESTED; outcome++) {
      stub_t stub;
      artifact_set_t s = set_of(&forms[i], outcome, &stub);
      mock_host_t *mock = mock_new(1);
      test_add_cert(mock->dev, SZTP_CERT_DECRYPTION, "enc/rsa.pem");
      assert_int_equal(sztp_device_set_key(mock->dev, stub_key, &stub), SZTP_OK);
      mock->usb[0] = s.ci;
      mock->usb[1] = s.oc;
      mock->usb[2] = s.ov;
      uint64_t before = test_operations(mock->ctx);
      assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      uint64_t made = test_operations(mock->ctx) - before;
      assert_int_equal(stub.calls, 1);
      if (outcome == 0) {
        (void)snprintf(first, sizeof first, "%.4000s", mock->trace);
        operations = made;
      }
      assert_string_equal(mock->trace, first);
      if (made != operations)
        fail_msg("%s, %s: %u operations, not %u", forms[i].name, outcomes[outcome], (unsigned)made,
                 (unsigned)operations);
      mock_free(mock);
      close_set(&s);
    }
  }
}

/* --- one by itself --- */

static int alone(const char *form, const char *outcome) {
  sztp_verdict_t *v = NULL;
  stub_t stub;
  size_t i = (size_t)atoi(form);
  if (i >= TEST_COUNT_OF(forms) || artifact_set_setup(NULL) != 0) return 2;
  artifact_set_t s = set_of(&forms[i], atoi(outcome), &stub);
  int32_t rc = artifact_set_verify(&s, &v);
  printf("%s, %s: %s\n", forms[i].name, outcomes[atoi(outcome)], sztp_error_name(rc));
  sztp_verdict_free(v);
  return rc >= 0;
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_work),
      cmocka_unit_test(test_large_content),
      cmocka_unit_test(test_voucher_first),
      cmocka_unit_test(test_session),
  };
  if (argc == 3) return alone(argv[1], argv[2]);
  return cmocka_run_group_tests(tests, artifact_set_setup, teardown);
}
