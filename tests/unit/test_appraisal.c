/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence judged by its owner: good, changed in each part, and made by who should not. No TPM is needed
 * (ATT-16): keys of the test PKI stand in for an attestation key. */
#include "common/with_ctx.h"

#include "common/attested.h"

#define NOW 1800000000 /* 2027 */

static const char good_reference[] =
    "{\"name\": \"os 5\", \"sha256\": {"
    "\"0\": \"a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0\","
    "\"7\": [\"0000000000000000000000000000000000000000000000000000000000000000\","
    "        \"a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7\"]}}";

/* ---- what is expected ---------------------------------------------------------------------------- */

static void set(sztp_appraisal_t *a, uint32_t what, sztp__span_t data) {
  int32_t rc = sztp_appraisal_set(a, what, data.data, data.len);
  if (rc != SZTP_OK) fail_msg("%s: %s", sztp_error_name(rc), test_detail(ctx));
}

static void set_file(sztp_appraisal_t *a, uint32_t what, const char *name) {
  sztp__blob_t file = pki_file(name);
  set(a, what, sztp__blob_span(&file));
  free(file.data);
}

/* Of EX4200-17, both statements, no reference values. */
static sztp_appraisal_t *usual_appraisal(void) {
  sztp_appraisal_t *a = NULL;
  assert_int_equal(sztp_appraisal_new(ctx, &a), SZTP_OK);
  set_file(a, SZTP_APPRAISAL_ANCHOR, "idevid-root.pem");
  set_file(a, SZTP_APPRAISAL_IDENTITY, "idevid.pem");
  set(a, SZTP_APPRAISAL_NONCE, attested_nonce());
  assert_int_equal(sztp_appraisal_want(a, SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE), SZTP_OK);
  return a;
}

static int32_t judge(sztp_appraisal_t *a, const attested_t *t) {
  sztp__span_t csr = attested_csr(t);
  return sztp_appraisal_run(a, csr.data, csr.len, NOW);
}

static uint32_t state_of(const sztp_appraisal_t *a, uint32_t step) {
  uint32_t state = 99;
  assert_int_equal(sztp_appraisal_step(a, step, &state, NULL), SZTP_OK);
  return state;
}

/* Refused at that step, with that label and those words; the steps before are not failed, those behind not
 * taken. */
static void expect_refused(sztp_appraisal_t *a, const attested_t *t, uint32_t step, const char *label,
                           const char *words) {
  int32_t code = SZTP_OK;
  int32_t rc = judge(a, t);
  assert_int_equal(sztp_appraisal_step(a, step, NULL, &code), SZTP_OK);
  const char *detail = sztp_appraisal_text(a, step, SZTP_TEXT_DETAIL);
  const char *found = sztp_appraisal_text(a, step, SZTP_TEXT_FOUND);
  if (rc == SZTP_OK || rc != code || strcmp(sztp_appraisal_text(a, step, SZTP_TEXT_REASON), label) != 0 ||
      (strstr(detail, words) == NULL && strstr(found, words) == NULL))
    for (uint32_t s = 1; sztp_appraisal_step_name(s)[0] != '\0'; s++)
      if (state_of(a, s) == SZTP_STEP_FAILED || rc == SZTP_OK)
        fail_msg("%s at %s (%s): %s; found %s; wanted %s at %s with \"%s\"", sztp_error_name(rc),
                 sztp_appraisal_step_name(s), sztp_appraisal_text(a, s, SZTP_TEXT_REASON),
                 sztp_appraisal_text(a, s, SZTP_TEXT_DETAIL), found, label, sztp_appraisal_step_name(step),
                 words);
  assert_int_equal(rc, code);
  assert_int_equal(state_of(a, step), SZTP_STEP_FAILED);
  for (uint32_t s = 1; s < step; s++) assert_int_not_equal(state_of(a, s), SZTP_STEP_FAILED);
  for (uint32_t s = step + 1; s <= SZTP_APPRAISAL_MEASURED; s++)
    assert_int_equal(state_of(a, s), SZTP_STEP_SKIPPED);
}

static void expect_accepted(sztp_appraisal_t *a, const attested_t *t) {
  int32_t rc = judge(a, t);
  if (rc != SZTP_OK) fail_msg("%s: %s", sztp_error_name(rc), test_detail(ctx));
}

/* ---- good ---------------------------------------------------------------------------------------- */

/* ATT-13, ATT-16: good evidence passes every step, and says what it is about */
static void accepts(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  const uint8_t *data = NULL;
  size_t len = 0;
  t.certs = attested_cert(&t); /* signatures differ each time */
  expect_accepted(a, &t);
  for (uint32_t s = SZTP_APPRAISAL_REQUEST; s <= SZTP_APPRAISAL_QUOTE; s++) {
    assert_int_equal(state_of(a, s), SZTP_STEP_PASSED);
    assert_string_equal(sztp_appraisal_text(a, s, SZTP_TEXT_REASON), "");
    assert_string_not_equal(sztp_appraisal_text(a, s, SZTP_TEXT_DETAIL), "");
  }
  assert_int_equal(state_of(a, SZTP_APPRAISAL_MEASURED), SZTP_STEP_SKIPPED);
  assert_int_equal(sztp_appraisal_bytes(a, SZTP_APPRAISAL_PCR, 7, &data, &len), SZTP_OK);
  assert_int_equal(len, 32);
  assert_int_equal(data[31], 0xa7);
  assert_int_equal(sztp_appraisal_bytes(a, SZTP_APPRAISAL_PCR, 5, &data, &len), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_appraisal_bytes(a, SZTP_APPRAISAL_CLOCK, 0, &data, &len), SZTP_OK);
  assert_int_equal(len, 17);
  assert_int_equal(data[11], 2);
  assert_int_equal(sztp_appraisal_bytes(a, SZTP_APPRAISAL_PUBLIC, 0, &data, &len), SZTP_OK);
  assert_int_equal(data[1], 0x23);
  assert_int_equal(sztp_appraisal_bytes(a, SZTP_APPRAISAL_SIGNED_BY, 0, &data, &len), SZTP_OK);
  assert_true(sztp__span_equal(sztp__span(data, len), t.certs));
  assert_int_equal(sztp_appraisal_bytes(a, SZTP_APPRAISAL_SIGNED_BY, 1, &data, &len), SZTP_ERR_NOT_FOUND);
  sztp_appraisal_free(a);
}

/* ATT-16: every kind of signature that TPMs make, and of key that is certified */
static void accepts_kinds(void **state) {
  (void)state;
  static const struct {
    const char *iak, *key;
    uint32_t scheme, hash;
  } cases[] = {
      {"owner-rsa", "owner", SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256},
      {"owner-rsa", "owner", SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256},
      {"owner-rsa", "owner", SZTP__SIG_RSA_PSS, SZTP__HASH_SHA384},
      {"owner-rsa", "server-rsa", SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA512},
      {"other", "server-rsa", SZTP__SIG_ECDSA, SZTP__HASH_SHA384},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    attested_t t = attested_usual();
    sztp_appraisal_t *a = usual_appraisal();
    t.iak = cases[i].iak;
    t.key = cases[i].key;
    t.scheme = cases[i].scheme;
    t.hash = cases[i].hash;
    expect_accepted(a, &t);
    sztp_appraisal_free(a);
  }
}

/* ATT-13: what is wanted must be there; without wishes one statement will do, but not none */
static void wants(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  t.statements = 0;
  expect_refused(a, &t, SZTP_APPRAISAL_BUNDLE, "evidence-missing", "no evidence");
  assert_int_equal(sztp_appraisal_want(a, 0), SZTP_OK);
  expect_refused(a, &t, SZTP_APPRAISAL_BUNDLE, "evidence-missing", "no evidence");
  t.statements = SZTP_EVIDENCE_CERTIFY;
  expect_accepted(a, &t);
  assert_int_equal(state_of(a, SZTP_APPRAISAL_QUOTE), SZTP_STEP_SKIPPED);
  t.statements = SZTP_EVIDENCE_QUOTE;
  expect_accepted(a, &t);
  assert_int_equal(state_of(a, SZTP_APPRAISAL_KEY), SZTP_STEP_SKIPPED);
  assert_int_equal(sztp_appraisal_want(a, SZTP_EVIDENCE_CERTIFY), SZTP_OK);
  expect_refused(a, &t, SZTP_APPRAISAL_BUNDLE, "evidence-missing", "certify");
  t.statements = SZTP_EVIDENCE_CERTIFY;
  set(a, SZTP_APPRAISAL_REFERENCE, sztp__span_of(good_reference)); /* which is about a quote */
  expect_refused(a, &t, SZTP_APPRAISAL_BUNDLE, "evidence-missing", "quote");
  assert_int_equal(sztp_appraisal_want(a, 4), SZTP_ERR_ARG);
  sztp_appraisal_free(a);
}

/* ATT-13: what is not said to be expected is not taken for granted */
static void default_is_failure(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = NULL;
  assert_int_equal(sztp_appraisal_new(ctx, &a), SZTP_OK);
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "showed in TLS");
  set_file(a, SZTP_APPRAISAL_IDENTITY, "idevid.pem");
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "no anchor");
  set_file(a, SZTP_APPRAISAL_ANCHOR, "other-root.pem");
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "");
  assert_string_equal(sztp_appraisal_text(a, SZTP_APPRAISAL_SIGNER, SZTP_TEXT_CAUSE), "pkix-no-path");
  set_file(a, SZTP_APPRAISAL_ANCHOR, "idevid-root.pem");
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-nonce", "not known");
  set(a, SZTP_APPRAISAL_NONCE, attested_nonce());
  expect_accepted(a, &t);
  sztp_appraisal_free(a);
}

/* ---- refused, one step after another ------------------------------------------------------------- */

/* ATT-13: the request itself */
static void refuses_request(void **state) {
  (void)state;
  sztp_appraisal_t *a = usual_appraisal();
  attested_t t = attested_usual();
  sztp__span_t csr = attested_csr(&t);
  uint8_t *octets = malloc(csr.len);
  memcpy(octets, csr.data, csr.len);
  octets[csr.len - 1] ^= 1;
  assert_int_equal(sztp_appraisal_run(a, octets, csr.len, NOW), SZTP_ERR_EVIDENCE_SIGNATURE);
  assert_string_equal(sztp_appraisal_text(a, SZTP_APPRAISAL_REQUEST, SZTP_TEXT_CAUSE),
                      "cms-signature-invalid");
  assert_int_equal(sztp_appraisal_run(a, octets, csr.len - 1, NOW), SZTP_ERR_EVIDENCE_MALFORMED);
  assert_int_equal(sztp_appraisal_run(a, octets, 0, NOW), SZTP_ERR_EVIDENCE_MALFORMED);
  assert_int_equal(sztp_appraisal_run(a, octets, 1000000, NOW), SZTP_ERR_LIMIT);
  assert_int_equal(state_of(a, SZTP_APPRAISAL_REQUEST), SZTP_STEP_FAILED);
  assert_int_equal(sztp_appraisal_run(a, csr.data, csr.len, NOW), SZTP_OK); /* and is of use again */
  free(octets);
  sztp_appraisal_free(a);
}

/* ATT-04: policy, usage or named; not by verifiedTPMFixed, and never the key used in TLS */
static void refuses_signer(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  t.iak_extensions = attested_extensions(0, 3);
  expect_accepted(a, &t);
  assert_non_null(strstr(sztp_appraisal_text(a, SZTP_APPRAISAL_SIGNER, SZTP_TEXT_DETAIL), "2.23.133.8.3"));
  t.iak_extensions = attested_extensions(2, 0); /* verifiedTPMFixed: an IDevID */
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "not say that this key may attest");
  t.iak_extensions = attested_extensions(0, 1); /* an endorsement key's */
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "not say that this key may attest");
  t.iak_extensions = attested_extensions(0, 0);
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "not say that this key may attest");
  set(a, SZTP_APPRAISAL_ATTESTER, attested_cert(&t));
  t.certs = attested_cert(&t); /* signatures differ each time */
  set(a, SZTP_APPRAISAL_ATTESTER, t.certs);
  expect_accepted(a, &t);
  t.certs = sztp__span(NULL, 0);

  t.iak_extensions = attested_extensions(3, 0);
  t.iak_issuer = "other-root";
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "");
  assert_string_equal(sztp_appraisal_text(a, SZTP_APPRAISAL_SIGNER, SZTP_TEXT_CAUSE), "pkix-no-path");
  t.iak_issuer = "idevid-root";
  t.iak_extensions =
      crafted_joined(crafted_extension(15, 1, crafted_hex("03 02 05 20")), /* keyEncipherment */
                     crafted_extension(32, 0, crafted_hex("30 0a 30 08 06 06 67 81 05 0b 01 03")));
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "");
  assert_string_equal(sztp_appraisal_text(a, SZTP_APPRAISAL_SIGNER, SZTP_TEXT_CAUSE), "pkix-keyusage");

  t.iak_extensions = attested_extensions(3, 3);
  t.iak = "idevid"; /* a forgery by hand, which tpm2_checkquote accepts */
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "uses in TLS");
  t.certs = attested_cert(&t);
  set(a, SZTP_APPRAISAL_ATTESTER, t.certs);
  expect_refused(a, &t, SZTP_APPRAISAL_SIGNER, "evidence-signer", "uses in TLS");

  t = attested_usual();
  t.without_certs = 1;
  expect_refused(a, &t, SZTP_APPRAISAL_BUNDLE, "evidence-signer", "not in the evidence");
  sztp_appraisal_free(a);
}

/* ATT-04: an attestation key's certificate has its time as all others */
static void refuses_time(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  sztp__span_t csr = attested_csr(&t);
  assert_int_equal(sztp_appraisal_run(a, csr.data, csr.len, 1000000000), SZTP_ERR_EVIDENCE_SIGNER);
  assert_string_equal(sztp_appraisal_text(a, SZTP_APPRAISAL_SIGNER, SZTP_TEXT_CAUSE), "pkix-not-yet-valid");
  assert_int_equal(sztp_appraisal_run(a, csr.data, csr.len, SZTP_TIME_UNKNOWN), SZTP_OK);
  sztp_appraisal_free(a);
}

/* ATT-14: three serial numbers, one device */
static void refuses_serial(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  t.iak_serial = "EX4200-18";
  expect_refused(a, &t, SZTP_APPRAISAL_SERIAL, "evidence-signer", "EX4200-18");
  assert_string_equal(sztp_appraisal_text(a, SZTP_APPRAISAL_SERIAL, SZTP_TEXT_EXPECTED), "EX4200-17");
  t.iak_serial = NULL;
  expect_refused(a, &t, SZTP_APPRAISAL_SERIAL, "evidence-signer", "has 0 serial numbers");
  t = attested_usual();
  t.serial = "EX4200-18";
  expect_refused(a, &t, SZTP_APPRAISAL_SERIAL, "evidence-signer", "in the request");
  t.serial = NULL;
  expect_refused(a, &t, SZTP_APPRAISAL_SERIAL, "evidence-signer", "has 0 serial numbers");
  t = attested_usual();
  set_file(a, SZTP_APPRAISAL_IDENTITY, "idevid-two.pem");
  expect_refused(a, &t, SZTP_APPRAISAL_SERIAL, "evidence-signer", "has 2 serial numbers");
  sztp_appraisal_free(a);
}

/* D-187, ATT-05, ATT-07: mark, type, signature and nonce of the statement about the key */
static void refuses_certify(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  t.magic = 0x00544347; /* CVE-2024-29038: a restricted key signs this, if TPM2_Hash saw it */
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-malformed", "magic 00544347");
  assert_non_null(strstr(sztp_appraisal_text(a, SZTP_APPRAISAL_CERTIFY, SZTP_TEXT_EXPECTED),
                         "magic ff544347, type 8017"));
  t = attested_usual();
  t.certify_type = 0x8018; /* a quote given as certify */
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-malformed", "type 8018");
  t = attested_usual();
  t.certify_type = 0x8019; /* another kind of statement: TPM_ST_ATTEST_SESSION_AUDIT and the like */
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-malformed", "another type");
  t = attested_usual();
  t.certify_signer = "mfr-root";
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-signature", "");
  t = attested_usual();
  t.nonce = crafted_hex("00 11 22 33 44 55 66 77");
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-nonce", "0011223344556677");
  assert_int_equal(strlen(sztp_appraisal_text(a, SZTP_APPRAISAL_CERTIFY, SZTP_TEXT_EXPECTED)), 64);
  t.nonce = sztp__span(NULL, 0);
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-nonce", "not made for this request");
  t = attested_usual();
  t.named = "mfr-root"; /* the statement is about another key than the public area */
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-key", "name in the statement");
  t = attested_usual();
  t.name_algorithm = 0x04;
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-malformed", "SHA-2");
  t = attested_usual();
  t.hash = SZTP__HASH_SHA1;
  expect_refused(a, &t, SZTP_APPRAISAL_CERTIFY, "evidence-signature", "");
  assert_string_equal(sztp_appraisal_text(a, SZTP_APPRAISAL_CERTIFY, SZTP_TEXT_CAUSE), "cms-alg-weak");
  assert_non_null(
      strstr(sztp_appraisal_text(a, SZTP_APPRAISAL_CERTIFY, SZTP_TEXT_DETAIL), "ECDSA with sha1"));
  t = attested_usual();
  t.statements_twice = 1;
  expect_refused(a, &t, SZTP_APPRAISAL_BUNDLE, "evidence-malformed", "two statements");
  sztp_appraisal_free(a);
}

/* ATT-04, ATT-14: another genuine key of the TPM does not vouch for this request, nor does a key that can
 * leave it */
static void refuses_key(void **state) {
  (void)state;
  static const uint32_t attributes[] = {0x00040070, 0x00040062, 0x00040052, 0x00040040, 0};
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  t.certified = "mfr-root";
  expect_refused(a, &t, SZTP_APPRAISAL_KEY, "evidence-key", "not the one in the request");
  t.certified = "owner-rsa";
  expect_refused(a, &t, SZTP_APPRAISAL_KEY, "evidence-key", "not the one in the request");
  t = attested_usual();
  t.key = "owner-rsa";
  t.certified = "server-rsa";
  expect_refused(a, &t, SZTP_APPRAISAL_KEY, "evidence-key", "not the one in the request");
  for (size_t i = 0; i < TEST_COUNT_OF(attributes); i++) {
    t = attested_usual();
    t.attributes = attributes[i];
    expect_refused(a, &t, SZTP_APPRAISAL_KEY, "evidence-key", "may leave it");
  }
  sztp_appraisal_free(a);
}

/* D-187, ATT-05: the quote is by the same key, for the same nonce, in the same boot, and its values are those
 * it was made of */
static void refuses_quote(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  t.quote_type = 0x8017;
  expect_refused(a, &t, SZTP_APPRAISAL_QUOTE, "evidence-malformed", "");
  t = attested_usual();
  t.quote_type = 0x801a;
  expect_refused(a, &t, SZTP_APPRAISAL_QUOTE, "evidence-malformed", "another type");
  t = attested_usual();
  t.quote_signer = "mfr-root"; /* a quote of another device */
  expect_refused(a, &t, SZTP_APPRAISAL_QUOTE, "evidence-signature", "");
  t = attested_usual();
  t.quote_nonce = crafted_hex("01 02 03 04 05 06 07 08 09");
  expect_refused(a, &t, SZTP_APPRAISAL_QUOTE, "evidence-nonce", "010203040506070809");
  t = attested_usual();
  attested_t other = attested_usual();
  sztp__span_t parts[ATTESTED_PARTS];
  other.value[7] = 0x42;
  attested_make(&other, parts);
  t.values = parts[ATTESTED_VALUES];
  expect_refused(a, &t, SZTP_APPRAISAL_QUOTE, "evidence-measured", "not those that the TPM has quoted");
  t.values = sztp__span(parts[ATTESTED_VALUES].data, parts[ATTESTED_VALUES].len - 32);
  expect_refused(a, &t, SZTP_APPRAISAL_QUOTE, "evidence-malformed", "selection has 192");
  t = attested_usual();
  t.quote_resets = 3;
  expect_refused(a, &t, SZTP_APPRAISAL_QUOTE, "evidence-measured", "was reset between");
  t = attested_usual();
  t.bank = 0x04;
  expect_accepted(a, &t); /* the SHA-1 bank is told, and fits no reference value */
  sztp_appraisal_free(a);
}

/* ---- reference values ---------------------------------------------------------------------------- */

/* ATT-15: several values of a PCR, several versions of the software; what has no value is told, and not
 * judged */
static void measures(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp_appraisal_t *a = usual_appraisal();
  set(a, SZTP_APPRAISAL_REFERENCE, sztp__span_of(good_reference));
  expect_accepted(a, &t);
  assert_string_equal(sztp_appraisal_text(a, SZTP_APPRAISAL_MEASURED, SZTP_TEXT_DETAIL),
                      "as expected of os 5; not judged: PCRs 1 2 3 4");
  t.value[0] = 0xee;
  expect_refused(a, &t, SZTP_APPRAISAL_MEASURED, "evidence-measured",
                 "PCR 0 (sha256) is not as expected of os 5");
  assert_int_equal(strncmp(sztp_appraisal_text(a, SZTP_APPRAISAL_MEASURED, SZTP_TEXT_FOUND), "eeeeee", 6), 0);
  assert_int_equal(strncmp(sztp_appraisal_text(a, SZTP_APPRAISAL_MEASURED, SZTP_TEXT_EXPECTED), "a0a0a0", 6),
                   0);
  t = attested_usual();
  t.value[7] = 0;
  expect_accepted(a, &t); /* the other value of PCR 7 */
  t.value[7] = 0xee;
  expect_refused(a, &t, SZTP_APPRAISAL_MEASURED, "evidence-measured", "PCR 7");
  assert_non_null(
      strstr(sztp_appraisal_text(a, SZTP_APPRAISAL_MEASURED, SZTP_TEXT_EXPECTED), "or one of 1 others"));

  /* PCR 16 is whatever anybody wants: it does not stand in for PCR 7 (CVE-2024-29039) */
  t = attested_usual();
  t.pcrs = 1u << 16 | 1;
  t.value[16] = 0xa7;
  expect_refused(a, &t, SZTP_APPRAISAL_MEASURED, "evidence-measured",
                 "PCR 7 (sha256) has a reference value and is not in");
  t = attested_usual();
  t.bank = 0x0c; /* nor does another bank */
  expect_refused(a, &t, SZTP_APPRAISAL_MEASURED, "evidence-measured", "is not in the quote");

  /* a value of another bank, be it the same in its first octets, does not do */
  sztp_appraisal_t *banks = usual_appraisal();
  set(banks, SZTP_APPRAISAL_REFERENCE,
      sztp__span_of(
          "{\"sha256\":{\"7\":\"0000000000000000000000000000000000000000000000000000000000000000\"},"
          "\"sha384\":{\"7\":\"a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7"
          "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7\"}}"));
  t = attested_usual();
  expect_refused(banks, &t, SZTP_APPRAISAL_MEASURED, "evidence-measured",
                 "PCR 7 (sha256) is not as expected");
  sztp_appraisal_free(banks);

  /* a second version: all of it, or not */
  set(a, SZTP_APPRAISAL_REFERENCE,
      sztp__span_of("{\"name\":\"os 6\",\"sha256\":{"
                    "\"0\":\"b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0\","
                    "\"1\":\"b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1\","
                    "\"4\":\"b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4\"}}"));
  t = attested_usual();
  expect_accepted(a, &t);
  t.value[0] = 0xb0;
  t.value[1] = 0xb1;
  expect_refused(a, &t, SZTP_APPRAISAL_MEASURED, "evidence-measured", "of os 5");
  t.value[7] = 0xb7; /* now os 6 is nearer */
  expect_refused(a, &t, SZTP_APPRAISAL_MEASURED, "evidence-measured",
                 "PCR 4 (sha256) is not as expected of os 6");
  t.value[4] = 0xb4;
  expect_accepted(a, &t);
  assert_non_null(strstr(sztp_appraisal_text(a, SZTP_APPRAISAL_MEASURED, SZTP_TEXT_DETAIL), "os 6"));
  sztp_appraisal_free(a);
}

/* ATT-15: what is no reference values is refused, and says why */
static void refuses_references(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t code;
    const char *words;
  } cases[] = {
      {"", SZTP_ERR_JSON, ""},
      {"[]", SZTP_ERR_MODEL_INVALID, "an object"},
      {"{}", SZTP_ERR_MODEL_INVALID, "no value"},
      {"{\"name\":\"x\"}", SZTP_ERR_MODEL_INVALID, "no value"},
      {"{\"name\":1}", SZTP_ERR_MODEL_INVALID, "no text"},
      {"{\"sha1\":{\"0\":\"00\"}}", SZTP_ERR_MODEL_INVALID, "neither a bank"},
      {"{\"sha256\":[]}", SZTP_ERR_MODEL_INVALID, "no object of PCRs"},
      {"{\"sha256\":{\"32\":\"00\"}}", SZTP_ERR_MODEL_INVALID, "no number of a PCR"},
      {"{\"sha256\":{\"01\":\"00\"}}", SZTP_ERR_MODEL_INVALID, "no number of a PCR"},
      {"{\"sha256\":{\"0\":[]}}", SZTP_ERR_MODEL_INVALID, "without a value"},
      {"{\"sha256\":{\"0\":7}}", SZTP_ERR_MODEL_INVALID, "no text"},
      {"{\"sha256\":{\"0\":\"00\"}}", SZTP_ERR_MODEL_INVALID, "length"},
      {"{\"sha256\":{\"0\":\"zz\"}}", SZTP_ERR_TEXT, ""},
  };
  sztp_appraisal_t *a = usual_appraisal();
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    test_expect_fail(ctx,
                     sztp_appraisal_set(a, SZTP_APPRAISAL_REFERENCE, (const uint8_t *)cases[i].text,
                                        strlen(cases[i].text)),
                     cases[i].code, cases[i].words);
  for (size_t i = 0; i < 16; i++) set(a, SZTP_APPRAISAL_REFERENCE, sztp__span_of(good_reference));
  assert_int_equal(sztp_appraisal_set(a, SZTP_APPRAISAL_REFERENCE, (const uint8_t *)good_reference,
                                      strlen(good_reference)),
                   SZTP_ERR_LIMIT);
  sztp_appraisal_free(a);
}

/* ---- changed ------------------------------------------------------------------------------------- */

/* ATT-13, ATT-16: any octet of any part changed, and the request signed anew by who has its key: never
 * accepted */
static void changed_anywhere(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp__span_t parts[ATTESTED_PARTS];
  sztp_appraisal_t *a = usual_appraisal();
  set(a, SZTP_APPRAISAL_REFERENCE, sztp__span_of(good_reference));
  attested_make(&t, parts);
  size_t tried = 0;
  for (size_t part = 0; part < ATTESTED_PARTS; part++) {
    sztp__span_t good = parts[part];
    /* of values and certificates some, of the rest all */
    size_t stride = part == ATTESTED_VALUES || part == ATTESTED_CERTS ? 5 : 1;
    for (size_t i = 0; i < good.len; i += stride) {
      uint8_t *octets = malloc(good.len);
      memcpy(octets, good.data, good.len);
      octets[i] ^= (uint8_t)(1u << (i * 5 + part) % 8);
      parts[part] = sztp__span(octets, good.len);
      sztp__span_t csr = attested_request(&t, parts);
      if (sztp_appraisal_run(a, csr.data, csr.len, NOW) == SZTP_OK) fail_msg("part %zu, octet %zu", part, i);
      free(octets);
      tried++;
    }
    parts[part] = good;
  }
  assert_true(tried > 500);
  sztp__span_t csr = attested_request(&t, parts);
  assert_int_equal(sztp_appraisal_run(a, csr.data, csr.len, NOW), SZTP_OK);
  sztp_appraisal_free(a);
}

/* ATT-16: and any part cut anywhere, or with an octet more */
static void cut_anywhere(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp__span_t parts[ATTESTED_PARTS];
  sztp_appraisal_t *a = usual_appraisal();
  attested_make(&t, parts);
  for (size_t part = 0; part < ATTESTED_PARTS; part++) {
    sztp__span_t good = parts[part];
    for (size_t len = 0; len <= good.len + 1;
         len += part == ATTESTED_VALUES || part == ATTESTED_CERTS ? 13 : 1) {
      if (len == good.len) continue;
      parts[part] = len < good.len ? sztp__span(good.data, len) : crafted_joined(good, crafted_hex("00"));
      sztp__span_t csr = attested_request(&t, parts);
      if (sztp_appraisal_run(a, csr.data, csr.len, NOW) == SZTP_OK)
        fail_msg("part %zu, length %zu", part, len);
    }
    parts[part] = good;
  }
  sztp_appraisal_free(a);
}

/* ---- the interface ------------------------------------------------------------------------------- */

static void arguments(void **state) {
  (void)state;
  sztp_appraisal_t *a = NULL;
  const uint8_t *data = NULL;
  size_t len = 0;
  static const uint8_t octets[65] = {0};
  assert_int_equal(sztp_appraisal_new(NULL, &a), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_new(ctx, NULL), SZTP_ERR_ARG);
  sztp_appraisal_free(NULL);
  assert_int_equal(sztp_appraisal_new(ctx, &a), SZTP_OK);
  assert_int_equal(sztp_appraisal_set(NULL, 1, octets, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_set(a, 0, octets, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_set(a, 6, octets, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_set(a, SZTP_APPRAISAL_ANCHOR, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_set(a, SZTP_APPRAISAL_ANCHOR, octets, 1), SZTP_ERR_TEXT);
  assert_true(sztp_appraisal_set(a, SZTP_APPRAISAL_IDENTITY, octets, 9) < 0);
  assert_int_equal(sztp_appraisal_set(a, SZTP_APPRAISAL_NONCE, octets, 7), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_set(a, SZTP_APPRAISAL_NONCE, octets, 65), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_want(NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_run(NULL, octets, 1, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_run(a, NULL, 1, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_step(a, 0, NULL, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_step(a, 9, NULL, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_step(NULL, 1, NULL, NULL), SZTP_ERR_ARG);
  assert_string_equal(sztp_appraisal_text(a, 1, SZTP_TEXT_ARTIFACT), "");
  assert_string_equal(sztp_appraisal_text(NULL, 1, SZTP_TEXT_DETAIL), "");
  assert_string_equal(sztp_appraisal_step_name(SZTP_APPRAISAL_MEASURED), "measured");
  assert_string_equal(sztp_appraisal_step_name(9), "");
  for (uint32_t what = SZTP_APPRAISAL_PCR; what <= SZTP_APPRAISAL_CLOCK; what++)
    assert_int_equal(sztp_appraisal_bytes(a, what, 0, &data, &len), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_appraisal_bytes(a, 0, 0, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_bytes(a, 5, 0, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_appraisal_bytes(NULL, 1, 0, &data, &len), SZTP_ERR_ARG);
  sztp_appraisal_free(a);
}

static int32_t appraise_in(sztp_ctx_t *in, void *user) {
  sztp_appraisal_t *a = NULL;
  sztp__span_t *csr = user;
  sztp__blob_t root = pki_file("idevid-root.pem");
  sztp__blob_t identity = pki_file("idevid.pem");
  sztp__span_t nonce = attested_nonce();
  int32_t rc = sztp_appraisal_new(in, &a);
  if (rc == SZTP_OK) rc = sztp_appraisal_set(a, SZTP_APPRAISAL_ANCHOR, root.data, root.len);
  if (rc == SZTP_OK) rc = sztp_appraisal_set(a, SZTP_APPRAISAL_IDENTITY, identity.data, identity.len);
  if (rc == SZTP_OK) rc = sztp_appraisal_set(a, SZTP_APPRAISAL_NONCE, nonce.data, nonce.len);
  if (rc == SZTP_OK)
    rc = sztp_appraisal_set(a, SZTP_APPRAISAL_REFERENCE, (const uint8_t *)good_reference,
                            strlen(good_reference));
  if (rc == SZTP_OK) rc = sztp_appraisal_run(a, csr->data, csr->len, NOW);
  sztp_appraisal_free(a);
  free(root.data);
  free(identity.data);
  return rc;
}

/* SEC-05: without memory no result, and nothing left */
static void without_memory(void **state) {
  (void)state;
  attested_t t = attested_usual();
  sztp__span_t csr = attested_csr(&t);
  assert_true(test_every_allocation(appraise_in, &csr) > 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(accepts, set_up, tear_down),
      cmocka_unit_test_setup_teardown(accepts_kinds, set_up, tear_down),
      cmocka_unit_test_setup_teardown(wants, set_up, tear_down),
      cmocka_unit_test_setup_teardown(default_is_failure, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_request, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_signer, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_time, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_serial, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_certify, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_key, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_quote, set_up, tear_down),
      cmocka_unit_test_setup_teardown(measures, set_up, tear_down),
      cmocka_unit_test_setup_teardown(refuses_references, set_up, tear_down),
      cmocka_unit_test_setup_teardown(changed_anywhere, set_up, tear_down),
      cmocka_unit_test_setup_teardown(cut_anywhere, set_up, tear_down),
      cmocka_unit_test_setup_teardown(arguments, set_up, tear_down),
      cmocka_unit_test_setup_teardown(without_memory, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
