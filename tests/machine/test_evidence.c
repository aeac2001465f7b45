/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in certificate signing requests: who gets which, what it is put between, what happens to what
 * can't be made, and that it stays nowhere. */
#include "mock_host.h"

#include <openssl/x509.h>

#include "cryptography/p10.h"
#include "exchange/csr.h"
#include "ground/text.h"

#define R       "report localhost:4001 "
#define SUPPORT "data localhost:4001 trusted csr-support\n"
#define P10     "data localhost:4001 trusted p10-csr\n"
#define MADE    "key generate\nkey query\n"
#define ATTEST  "key attest\n"
#define SIGN    "key sign-ecdsa\n"
#define WORKS                                                                                                \
  R "bootstrap-initiated\npre-script pre\nmerge config\npost-script post\n" R "bootstrap-complete\n"
#define BOTH_KINDS (SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE)

#define WISH                                                                                                 \
  "\"key-generation\":{\"selected-algorithm\":{\"algorithm-identifier\":\"MBMGByqGSM49AgEGCCqGSM49AwEH\"}}," \
  "\"csr-generation\":{\"selected-format\":{\"format-identifier\":\"ietf-ztp-types:p10-csr\"}}"
#define WISH_OWN "\"csr-generation\":{\"selected-format\":{\"format-identifier\":\"ietf-ztp-types:p10-csr\"}}"

/* ---- what servers ask ---------------------------------------------------------------------------- */

static const uint8_t subject[] = {0x30, 0x10, 0x31, 0x0e, 0x30, 0x0c, 0x06, 0x03, 0x55,
                                  0x04, 0x0a, 0x0c, 0x05, 'O',  'w',  'n',  'e',  'r'};
static const uint8_t dummy_p256[91] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
/* Other attributes: challengePassword "word", and one of 152 octets, which DER puts behind the one that asks,
 * and in front of the one that answers. */
static const uint8_t short_attribute[] = {0x30, 0x13, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
                                          0x09, 0x07, 0x31, 0x06, 0x0c, 0x04, 'w',  'o',  'r',  'd'};
static const uint8_t long_attribute[155] = {0x30, 0x81, 0x98, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                            0x0d, 0x01, 0x09, 0x02, 0x31, 0x81, 0x8a, 0x0c, 0x81, 0x87};
static const uint8_t nonce[80] = "a nonce that the server chose for this request and no other one";

typedef enum { NONCE, SOMETHING_ELSE } stmt_t;

/* One statement that is asked for. */
typedef struct wanted {
  const char *type; /* the last two octets of its OID */
  size_t len;       /* of the nonce */
  size_t from;      /* where in @ref nonce it begins */
  stmt_t stmt;
} wanted_t;

#define CERTIFY "\x14\x01"
#define QUOTE   "\x14\x02"
#define UNKNOWN "\x14\x63"

static void put_wanted(sztp__buf_t *out, const wanted_t *wanted, size_t count) {
  static const uint8_t id[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x3b};
  size_t marks[4] = {0, 0, 0, 0}, one = 0;
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__der_put(out, SZTP__DER_OID, sztp__span(id, sizeof id));
  sztp__der_open(out, SZTP__DER_SET, &marks[1]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[2]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[3]);
  for (size_t i = 0; i < count; i++) {
    const uint8_t type[] = {0x67, 0x81, 0x05, (uint8_t)wanted[i].type[0], (uint8_t)wanted[i].type[1]};
    sztp__der_open(out, SZTP__DER_SEQUENCE, &one);
    sztp__der_put(out, SZTP__DER_OID, sztp__span(type, sizeof type));
    sztp__der_put(out, wanted[i].stmt == NONCE ? SZTP__DER_OCTET_STRING : SZTP__DER_UTF8,
                  sztp__span(nonce + wanted[i].from, wanted[i].len));
    sztp__der_close(out, one);
  }
  for (size_t i = 4; i > 0; i--) sztp__der_close(out, marks[i - 1]);
}

static void put_attributes(sztp__buf_t *out, const wanted_t *wanted, size_t count) {
  sztp__buf_init(out, artifact_ctx(), 8192);
  sztp__buf_add(out, short_attribute, sizeof short_attribute);
  if (count > 0) put_wanted(out, wanted, count);
  sztp__buf_add(out, long_attribute, sizeof long_attribute);
  assert_int_equal(out->status, SZTP_OK);
}

/* A csr-request with such a cert-req-info around @p spki; freed by the caller. */
static char *request_for(const char *wish, sztp__span_t spki, sztp__span_t attributes) {
  sztp__buf_t info, text;
  sztp__buf_init(&info, artifact_ctx(), 16384);
  sztp__buf_init(&text, artifact_ctx(), 65536);
  assert_int_equal(sztp__p10_put_info(&info, sztp__span(subject, sizeof subject), spki, attributes), SZTP_OK);
  sztp__buf_addf(&text,
                 "{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"missing-attribute\",\"error-info\":{"
                 "\"ietf-sztp-csr:csr-request\":{%s,\"cert-req-info\":\"",
                 wish);
  sztp__base64_encode(&text, sztp__buf_span(&info));
  sztp__buf_add_text(&text, "\"}}}]}}");
  assert_int_equal(text.status, SZTP_OK);
  char *copy = malloc(text.len + 1);
  memcpy(copy, text.data, text.len + 1);
  sztp__buf_clear(&text);
  sztp__buf_clear(&info);
  return copy;
}

/* ---- the device ---------------------------------------------------------------------------------- */

/* A run with a server that asks. */
typedef struct run {
  mock_host_t *mock;
  sztp__buf_t attributes; /* that it asks with */
  char *document;
  mock_answer_t answer;
  char events[8192]; /* texts of those about evidence, a line each, with their outcome in front */
} run_t;

static void hear(void *user, const sztp_session_t *s, const sztp_event_t *e) {
  run_t *r = user;
  sztp__span_t text, host;
  int64_t outcome = 0, port = 0;
  (void)s;
  if (sztp_event_kind(e) != SZTP_EVENT_EVIDENCE) return;
  assert_int_equal(sztp_event_bytes(e, SZTP_F_MESSAGE, &text.data, &text.len), SZTP_OK);
  assert_int_equal(sztp_event_bytes(e, SZTP_F_NAME, &host.data, &host.len), SZTP_OK);
  assert_int_equal(sztp_event_i64(e, SZTP_F_OUTCOME, &outcome), SZTP_OK);
  assert_int_equal(sztp_event_i64(e, SZTP_F_PORT, &port), SZTP_OK);
  assert_true(sztp__span_is(host, "localhost") && port == 4001);
  size_t at = strlen(r->events);
  (void)snprintf(r->events + at, sizeof r->events - at, "%s %.*s\n", sztp_outcome_name((uint32_t)outcome),
                 (int)text.len, (const char *)text.data);
}

/* Policy, what the key store can, and what is asked. */
static void begin(run_t *r, uint32_t policy, uint32_t attests, const wanted_t *wanted, size_t count,
                  int as_function) {
  mock_server_t *server = NULL;
  memset(r, 0, sizeof *r);
  put_attributes(&r->attributes, wanted, count);
  r->document = request_for(WISH, sztp__span(dummy_p256, sizeof dummy_p256), sztp__buf_span(&r->attributes));
  r->answer = (mock_answer_t){400, r->document};
  r->mock = mock_with_server(MOCK_ONBOARDING, 1, &server);
  mock_key_store(r->mock, as_function);
  r->mock->attests = attests;
  r->mock->event = hear;
  r->mock->event_user = r;
  assert_int_equal(sztp_device_set_csr(r->mock->dev, SZTP_CSR_P10, SZTP_ALGORITHM_P256), SZTP_OK);
  assert_int_equal(sztp_device_set_i64(r->mock->dev, SZTP_POLICY_EVIDENCE, policy), SZTP_OK);
  server->answers = &r->answer;
  server->answer_count = 1;
}

static void end(run_t *r) {
  mock_free(r->mock);
  free(r->document);
  sztp__buf_clear(&r->attributes);
}

static void add_certs(run_t *r) {
  test_add_cert(r->mock->dev, SZTP_CERT_ATTESTATION, "owner.pem");
  test_add_cert(r->mock->dev, SZTP_CERT_ATTESTATION, "owner-int.pem");
  test_add_cert(r->mock->dev, SZTP_CERT_ATTESTATION, "owner-root.pem");
}

/* The attributes of what was sent, which OpenSSL verifies with the key in it. */
static sztp__span_t sent_attributes(const run_t *r) {
  const mock_host_t *mock = r->mock;
  const unsigned char *at = mock->lent_csr;
  sztp__p10_t sent;
  X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)mock->lent_csr_len);
  assert_non_null(request);
  assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
  X509_REQ_free(request);
  assert_int_equal(sztp__p10_read(NULL, sztp__span(mock->lent_csr, mock->lent_csr_len), &sent), SZTP_OK);
  assert_true(sztp__span_equal(sent.subject, sztp__span(subject, sizeof subject)));
  return sent.attributes;
}

/* The attribute that is expected in the place of the one that asked. */
static void put_expected(run_t *r, const uint32_t *kinds, size_t count, const char *key, size_t nonce_len,
                         int certs, sztp__buf_t *out) {
  static const uint8_t head[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                 0x0d, 0x01, 0x09, 0x10, 0x02, 0x3b};
  size_t marks[4] = {0, 0, 0, 0};
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[0]);
  sztp__buf_add(out, head, sizeof head);
  sztp__der_open(out, SZTP__DER_SET, &marks[1]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[2]);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[3]);
  for (size_t i = 0; i < count; i++) {
    uint8_t statement[512];
    size_t len = mock_statement(kinds[i], sztp__span(nonce, nonce_len), key,
                                kinds[i] == SZTP_EVIDENCE_QUOTE ? 0x9f : 0, statement);
    sztp__buf_add(out, statement, len);
  }
  sztp__der_close(out, marks[3]);
  if (certs) {
    sztp__der_open(out, SZTP__DER_SEQUENCE, &marks[3]);
    for (size_t i = 0; i < 2; i++) {
      sztp__span_t der;
      assert_int_equal(sztp_device_cert(r->mock->dev, SZTP_CERT_ATTESTATION, i, &der.data, &der.len),
                       SZTP_OK);
      sztp__buf_add_span(out, der);
    }
    sztp__der_close(out, marks[3]);
  }
  for (size_t i = 3; i > 0; i--) sztp__der_close(out, marks[i - 1]);
  assert_int_equal(out->status, SZTP_OK);
}

/* ATT-06: of what was sent all but the evidence is as the server said, in DER's order. */
static void expect_sent(run_t *r, const uint32_t *kinds, size_t count, const char *key, size_t nonce_len,
                        int certs) {
  sztp__buf_t expected, evidence;
  sztp__span_t sent = sent_attributes(r);
  sztp__buf_init(&expected, artifact_ctx(), 8192);
  sztp__buf_init(&evidence, artifact_ctx(), 8192);
  if (count > 0) put_expected(r, kinds, count, key, nonce_len, certs, &evidence);
  int first = count > 0 && memcmp(evidence.data, long_attribute, 4) < 0;
  sztp__buf_add(&expected, short_attribute, sizeof short_attribute);
  if (first) sztp__buf_add_span(&expected, sztp__buf_span(&evidence));
  sztp__buf_add(&expected, long_attribute, sizeof long_attribute);
  if (!first) sztp__buf_add_span(&expected, sztp__buf_span(&evidence));
  if (!sztp__span_equal(sent, sztp__buf_span(&expected)))
    fail_msg("%zu octets are sent, %zu expected", sent.len, expected.len);
  sztp__buf_clear(&expected);
  sztp__buf_clear(&evidence);
}

/* ---- what is given ------------------------------------------------------------------------------- */

static const wanted_t both[] = {{QUOTE, 32, 0, NONCE}, {CERTIFY, 32, 0, NONCE}};
static const uint32_t both_kinds[] = {SZTP_EVIDENCE_QUOTE, SZTP_EVIDENCE_CERTIFY};

/* ATT-02, ATT-03, ATT-05, ATT-06, ATT-07, ATT-11: statements in the order asked for, with the nonce
 * unchanged, of the key that was made, PCRs 0 to 4 and 7; then the certificates, leaf first, without the root
 */
static void test_given(void **state) {
  (void)state;
  for (int as_function = 0; as_function < 2; as_function++) {
    run_t r;
    begin(&r, BOTH_KINDS, BOTH_KINDS, both, 2, as_function);
    add_certs(&r);
    assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
    mock_expect(r.mock, SUPPORT MADE ATTEST ATTEST SIGN P10 WORKS);
    expect_sent(&r, both_kinds, 2, r.mock->told_key, 32, 1);
    assert_string_equal(r.events,
                        "ok localhost: the certificate signing request has evidence: certify, quote\n");
    assert_non_null(strstr(r.mock->log, "the certificate signing request has evidence: certify, quote"));
    end(&r);
  }
}

/* ATT-07: the shortest and the longest nonce; without certificates there are none */
static void test_nonce_lengths(void **state) {
  (void)state;
  static const size_t lengths[] = {8, 64};
  static const uint32_t kinds[] = {SZTP_EVIDENCE_CERTIFY};
  for (size_t i = 0; i < TEST_COUNT_OF(lengths); i++) {
    const wanted_t wanted[] = {{CERTIFY, lengths[i], 0, NONCE}};
    run_t r;
    begin(&r, BOTH_KINDS, BOTH_KINDS, wanted, 1, 1);
    assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
    expect_sent(&r, kinds, 1, r.mock->told_key, lengths[i], 0);
    end(&r);
  }
}

/* ATT-02: about the identity's key, where that is the one */
static void test_identity_key(void **state) {
  (void)state;
  run_t r;
  sztp__span_t der;
  sztp__cert_t cert;
  begin(&r, BOTH_KINDS, BOTH_KINDS, both, 2, 1);
  assert_int_equal(sztp_device_cert(r.mock->dev, SZTP_CERT_IDENTITY, 0, &der.data, &der.len), SZTP_OK);
  assert_int_equal(sztp__cert_parse(NULL, der, &cert), SZTP_OK);
  free(r.document);
  r.document = request_for(WISH_OWN, cert.spki, sztp__buf_span(&r.attributes));
  r.answer.body = r.document;
  assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
  mock_expect(r.mock, SUPPORT "key query\n" ATTEST ATTEST SIGN P10 WORKS);
  expect_sent(&r, both_kinds, 2, "identity", 32, 0);
  end(&r);
}

/* ATT-11: the PCRs are policy's: 0x9F unless it says otherwise */
static void test_pcrs(void **state) {
  (void)state;
  static const wanted_t wanted[] = {{QUOTE, 16, 0, NONCE}};
  uint8_t statement[512];
  run_t r;
  begin(&r, SZTP_EVIDENCE_QUOTE, BOTH_KINDS, wanted, 1, 1);
  assert_int_equal(sztp_device_set_i64(r.mock->dev, SZTP_POLICY_EVIDENCE_PCRS, 0x1000000), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_set_i64(r.mock->dev, SZTP_POLICY_EVIDENCE, 4), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_set_i64(r.mock->dev, SZTP_POLICY_EVIDENCE_PCRS, 0x800003), SZTP_OK);
  assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
  sztp__span_t sent = sent_attributes(&r);
  size_t len =
      mock_statement(SZTP_EVIDENCE_QUOTE, sztp__span(nonce, 16), r.mock->told_key, 0x800003, statement);
  int found = 0;
  for (size_t i = 0; i + len <= sent.len; i++) found |= memcmp(sent.data + i, statement, len) == 0;
  assert_true(found);
  end(&r);
}

/* ---- what is not --------------------------------------------------------------------------------- */

/* ATT-01, ATT-10: off unless policy allows a kind; then without the attribute, and told */
static void test_forbidden(void **state) {
  (void)state;
  static const uint32_t quote[] = {SZTP_EVIDENCE_QUOTE};
  run_t r;
  begin(&r, 0, BOTH_KINDS, both, 2, 1);
  assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
  mock_expect(r.mock, SUPPORT MADE SIGN P10 WORKS);
  expect_sent(&r, NULL, 0, "", 32, 0);
  assert_string_equal(
      r.events,
      "warning localhost: evidence is asked for and left out: quote: the device's policy does not allow it\n"
      "warning localhost: evidence is asked for and left out: certify: the device's policy does not allow "
      "it\n");
  assert_non_null(strstr(r.mock->log, "left out: quote: the device's policy does not allow it"));
  end(&r);
  begin(&r, SZTP_EVIDENCE_QUOTE, BOTH_KINDS, both, 2, 1);
  assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
  mock_expect(r.mock, SUPPORT MADE ATTEST SIGN P10 WORKS);
  expect_sent(&r, quote, 1, r.mock->told_key, 32, 0);
  end(&r);
}

/* ATT-01: a server that was not authenticated can't ask at all */
static void test_untrusted(void **state) {
  (void)state;
  run_t r;
  begin(&r, BOTH_KINDS, BOTH_KINDS, both, 2, 1);
  mock_host_t *mock = mock_new(0);
  mock_server_t *server = mock_server(mock, "localhost", 4001, "server");
  mock->dhcp = "https://localhost:4001";
  server->answers = &r.answer;
  server->answer_count = 1;
  mock_key_store(mock, 1);
  mock->attests = BOTH_KINDS;
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, SZTP_ALGORITHM_P256), SZTP_OK);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_EVIDENCE, BOTH_KINDS), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, "data localhost:4001 provisional\n");
  mock_free(mock);
  end(&r);
}

/* ATT-09: without cert-req-info, or without the attribute in it, nothing is asked of the key store */
static void test_not_asked(void **state) {
  (void)state;
  static const mock_answer_t bare = {
      400, "{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"missing-attribute\",\"error-info\":{"
           "\"ietf-sztp-csr:csr-request\":{" WISH "}}}]}}"};
  for (int with_info = 0; with_info < 2; with_info++) {
    run_t r;
    begin(&r, BOTH_KINDS, BOTH_KINDS, NULL, 0, 1);
    add_certs(&r);
    if (!with_info) r.answer = bare;
    assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
    mock_expect(r.mock, SUPPORT MADE SIGN P10 WORKS);
    if (with_info) expect_sent(&r, NULL, 0, "", 32, 0);
    assert_string_equal(r.events, "");
    end(&r);
  }
}

/* ATT-10: what the key store does not know, fails at or gives nonsense for is left out, and the rest is sent
 */
static void test_cannot(void **state) {
  (void)state;
  static const wanted_t three[] = {{UNKNOWN, 32, 0, NONCE}, {CERTIFY, 32, 0, NONCE}, {QUOTE, 32, 0, NONCE}};
  static const uint32_t certify[] = {SZTP_EVIDENCE_CERTIFY};
  static const struct {
    uint32_t attests, fails, nonsense;
    const char *told[2]; /* as a function, as an action */
  } cases[] = {
      {SZTP_EVIDENCE_CERTIFY,
       0,
       0,
       {"left out: quote: the key store can't make it: it does not know how\n",
        "left out: quote: the key store can't make it\n"}},
      {BOTH_KINDS,
       SZTP_EVIDENCE_QUOTE,
       0,
       {"left out: quote: the key store can't make it\n", "left out: quote: the key store can't make it\n"}},
      {BOTH_KINDS,
       0,
       SZTP_EVIDENCE_QUOTE,
       {"left out: quote: what the key store gave is no such statement",
        "left out: quote: what the key store gave is no such statement"}},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    for (int as_function = 0; as_function < 2; as_function++) {
      run_t r;
      begin(&r, BOTH_KINDS, cases[i].attests, three, 3, as_function);
      r.mock->attest_fails = cases[i].fails;
      r.mock->attest_nonsense = cases[i].nonsense;
      assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
      expect_sent(&r, certify, 1, r.mock->told_key, 32, 0);
      assert_non_null(strstr(r.events, "left out: a statement of an unknown type: only certify and quote"));
      if (strstr(r.events, cases[i].told[!as_function]) == NULL) fail_msg("case %zu: %s", i, r.events);
      assert_non_null(
          strstr(r.events, "ok localhost: the certificate signing request has evidence: certify\n"));
      end(&r);
    }
}

/* A slow key store is asked again, and what is left out is told once */
static void test_pending(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  static const wanted_t three[] = {{UNKNOWN, 32, 0, NONCE}, {CERTIFY, 32, 0, NONCE}, {QUOTE, 32, 0, NONCE}};
  static const uint32_t kinds[] = {SZTP_EVIDENCE_CERTIFY, SZTP_EVIDENCE_QUOTE};
  run_t r;
  begin(&r, BOTH_KINDS, BOTH_KINDS, three, 3, 1);
  r.mock->runner = 0;
  r.mock->attest_pending = 3;
  uint32_t result = mock_run(r.mock);
  for (int n = 0; n < 3; n++) {
    assert_int_equal(result, 0);
    assert_int_equal(r.mock->reason, SZTP_PENDING);
    result = mock_resume(r.mock);
  }
  assert_int_equal(result, SZTP_RESULT_DONE);
  mock_expect(r.mock, SUPPORT MADE ATTEST ATTEST ATTEST ATTEST ATTEST SIGN P10 WORKS);
  expect_sent(&r, kinds, 2, r.mock->told_key, 32, 0);
  assert_string_equal(
      r.events, "warning localhost: evidence is asked for and left out: a statement of an unknown type: only "
                "certify and quote are known\n"
                "ok localhost: the certificate signing request has evidence: certify, quote\n");
  end(&r);
}

/* ATT-10: a key store without any: no attribute */
static void test_cannot_at_all(void **state) {
  (void)state;
  for (int as_function = 0; as_function < 2; as_function++) {
    run_t r;
    begin(&r, BOTH_KINDS, 0, both, 2, as_function);
    add_certs(&r);
    assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
    mock_expect(r.mock, SUPPORT MADE ATTEST ATTEST SIGN P10 WORKS);
    expect_sent(&r, NULL, 0, "", 32, 0);
    assert_null(strstr(r.events, "ok "));
    end(&r);
  }
}

/* ATT-06: an attribute that does not ask stays as it is, whatever policy says */
static void test_left_as_it_is(void **state) {
  (void)state;
  static const wanted_t mixed[] = {{QUOTE, 32, 0, NONCE}, {CERTIFY, 32, 0, SOMETHING_ELSE}};
  run_t r;
  begin(&r, BOTH_KINDS, BOTH_KINDS, mixed, 2, 1);
  assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
  mock_expect(r.mock, SUPPORT MADE SIGN P10 WORKS);
  assert_true(sztp__span_equal(sent_attributes(&r), sztp__buf_span(&r.attributes)));
  end(&r);
}

/* ATT-05, ATT-07: what can't be answered as it should be is refused, before a key is made */
static void test_refused(void **state) {
  (void)state;
  static const wanted_t short_[] = {{CERTIFY, 7, 0, NONCE}};
  static const wanted_t long_[] = {{CERTIFY, 65, 0, NONCE}};
  static const wanted_t different[] = {{CERTIFY, 32, 0, NONCE}, {QUOTE, 32, 1, NONCE}};
  static const wanted_t nine[9] = {{CERTIFY, 8, 0, NONCE}, {CERTIFY, 8, 0, NONCE}, {CERTIFY, 8, 0, NONCE},
                                   {CERTIFY, 8, 0, NONCE}, {CERTIFY, 8, 0, NONCE}, {CERTIFY, 8, 0, NONCE},
                                   {CERTIFY, 8, 0, NONCE}, {CERTIFY, 8, 0, NONCE}, {CERTIFY, 8, 0, NONCE}};
  static const struct {
    const wanted_t *wanted;
    size_t count;
    const char *why;
  } cases[] = {{short_, 1, "a nonce of 7 octets; 8 to 64 are right"},
               {long_, 1, "a nonce of 65 octets; 8 to 64 are right"},
               {different, 2, "different nonces"},
               {nine, 9, "more than 8 statements"},
               {NULL, 0, "two attributes ask for evidence"}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    for (uint32_t policy = 0; policy <= BOTH_KINDS; policy += BOTH_KINDS) {
      run_t r;
      begin(&r, policy, BOTH_KINDS, cases[i].wanted, cases[i].count, 1);
      if (cases[i].count == 0) { /* it is there twice */
        sztp__buf_t attributes;
        sztp__buf_init(&attributes, artifact_ctx(), 8192);
        put_wanted(&attributes, both, 1);
        put_wanted(&attributes, both, 2);
        free(r.document);
        r.document =
            request_for(WISH, sztp__span(dummy_p256, sizeof dummy_p256), sztp__buf_span(&attributes));
        r.answer.body = r.document;
        sztp__buf_clear(&attributes);
      }
      assert_int_equal(mock_run(r.mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      assert_int_equal(r.mock->reason, SZTP_ERR_CSR_REFUSED);
      if (strstr(sztp_session_text(r.mock->session), cases[i].why) == NULL)
        fail_msg("case %zu: \"%s\"", i, sztp_session_text(r.mock->session));
      mock_expect(r.mock, SUPPORT);
      assert_int_equal(mock_keys_made(r.mock), 0);
      end(&r);
    }
}

/* ---- where it stays ------------------------------------------------------------------------------ */

static int has(const void *in, size_t len, const char *what) {
  size_t n = strlen(what);
  for (size_t i = 0; i + n <= len; i++)
    if (memcmp((const uint8_t *)in + i, what, n) == 0) return 1;
  return 0;
}

/* ATT-12: evidence is in the request, and so in what scripts are lent; not in the log, the events, what is
 * saved, or the fields of DONE, which hosts keep */
static void test_not_kept(void **state) {
  (void)state;
  run_t r;
  begin(&r, BOTH_KINDS, BOTH_KINDS, both, 2, 1);
  assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
  assert_true(has(r.mock->lent_csr, r.mock->lent_csr_len, MOCK_EVIDENCE));
  assert_true(r.mock->saves > 0);
  assert_int_equal(strlen(r.mock->told_key), 32); /* of DONE */
  assert_int_equal(r.mock->told_csr_len, 0);
  assert_false(has(r.mock->log, strlen(r.mock->log), MOCK_EVIDENCE));
  assert_false(has(r.mock->saved, sizeof r.mock->saved, MOCK_EVIDENCE));
  assert_false(has(r.events, strlen(r.events), MOCK_EVIDENCE));
  assert_false(has(r.mock->log, strlen(r.mock->log), (const char *)nonce));
  end(&r);
}

/* ATT-12, CSR-28: power is lost after any action; afterwards there is one key, and no evidence in what was
 * saved */
static void test_power_cut(void **state) {
  (void)state;
  for (int as_function = 0; as_function < 2; as_function++)
    for (unsigned n = 1;; n++) {
      run_t r;
      begin(&r, BOTH_KINDS, BOTH_KINDS, both, 2, as_function);
      r.mock->runner = 0;
      r.mock->stop_after = n;
      uint32_t result = mock_run(r.mock);
      assert_true(mock_keys_made(r.mock) <= 1);
      assert_false(has(r.mock->saved, sizeof r.mock->saved, MOCK_EVIDENCE));
      if (result == 0 && strstr(r.mock->trace, "bootstrap-complete") == NULL) {
        r.mock->stop_after = 0;
        r.mock->flag = "10";
        r.mock->flag_asked = 0;
        r.mock->servers[0].asked = 0;
        assert_int_equal(mock_run(r.mock), SZTP_RESULT_DONE);
        assert_int_equal(mock_keys_made(r.mock), 1);
      }
      end(&r);
      if (result != 0) break;
    }
}

/* Wherever memory ends, the same evidence is sent in the end */
static void test_memory(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  for (int as_function = 0; as_function < 2; as_function++)
    for (size_t n = 1;; n += TEST_SAMPLE) {
      run_t r;
      begin(&r, BOTH_KINDS, BOTH_KINDS, both, 2, as_function);
      add_certs(&r);
      int met = mock_run_short_of_memory(r.mock, n);
      expect_sent(&r, both_kinds, 2, r.mock->told_key, 32, 1);
      assert_int_equal(mock_keys_made(r.mock), 1);
      end(&r);
      if (!met) break;
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_given),         cmocka_unit_test(test_nonce_lengths),
      cmocka_unit_test(test_identity_key),  cmocka_unit_test(test_pcrs),
      cmocka_unit_test(test_forbidden),     cmocka_unit_test(test_untrusted),
      cmocka_unit_test(test_not_asked),     cmocka_unit_test(test_cannot),
      cmocka_unit_test(test_cannot_at_all), cmocka_unit_test(test_pending),
      cmocka_unit_test(test_left_as_it_is), cmocka_unit_test(test_refused),
      cmocka_unit_test(test_not_kept),      cmocka_unit_test(test_power_cut),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
