/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate signing requests in a session (RFC 9646): what is offered to whom, what is made as the server
 * asks, and what becomes of keys. Requests are verified by OpenSSL. */
#include "mock_host.h"

#include <openssl/x509.h>

#include "cryptography/cert.h"
#include "cryptography/key_kind.h"
#include "cryptography/key_request.h"
#include "cryptography/p10.h"
#include "edges.h"
#include "exchange/csr.h"
#include "ground/text.h"
#include "machine/shared.h"

#define R        "report localhost:4001 "
#define SUPPORT  "data localhost:4001 trusted csr-support\n"
#define P10      "data localhost:4001 trusted p10-csr\n"
#define PLAIN    "data localhost:4001 trusted\n"
#define MADE     "key generate\nkey query\nkey sign-ecdsa\n"
#define GONE     "key delete\n"
#define WORKS    R "bootstrap-initiated\n" STAGES R "bootstrap-complete\n"
#define STAGES   "pre-script pre\nmerge config\npost-script post\n"
#define P256     "MBMGByqGSM49AgEGCCqGSM49AwEH"
#define P384     "MBAGByqGSM49AgEGBSuBBAAi"
#define RSA_ID   "MA0GCSqGSIb3DQEBAQUA"
#define RSA_BARE "MAsGCSqGSIb3DQEBAQ=="

#define ERRORS(tag, info)                                                                                    \
  "{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":\"application\",\"error-tag\":\"" tag               \
  "\",\"error-info\":{" info "}}]}}"
#define REQUEST(members) ERRORS("missing-attribute", "\"ietf-sztp-csr:csr-request\":{" members "}")
#define KEY(algorithm)                                                                                       \
  "\"key-generation\":{\"selected-algorithm\":{\"algorithm-identifier\":\"" algorithm "\"}}"
#define FORMAT(name)                                                                                         \
  "\"csr-generation\":{\"selected-format\":{\"format-identifier\":\"ietf-ztp-types:" name "\"}}"
#define NEW_P256 REQUEST(KEY(P256) "," FORMAT("p10-csr"))

static const mock_answer_t one_round[] = {{400, NEW_P256}};

/* A device with a key store, and a trusted server that asks; mock_free() ends it. */
static mock_host_t *asked(const mock_answer_t *answers, size_t count, int as_function,
                          mock_server_t **server) {
  mock_server_t *first = NULL;
  mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, as_function, &first);
  mock_key_store(mock, as_function);
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, SZTP_ALGORITHM_P256 | SZTP_ALGORITHM_P384),
                   SZTP_OK);
  first->answers = answers;
  first->answer_count = count;
  if (server != NULL) *server = first;
  return mock;
}

/* The n-th body that was sent with a request for data, from 0, as one line; freed by the caller. */
static char *body_of(const mock_host_t *mock, unsigned n) {
  const char *line = mock->bodies;
  for (;; line = strchr(line, '\n') + 1) {
    assert_int_not_equal(*line, '\0');
    int data = strncmp(line, "{\"ietf-sztp-bootstrap-server:input\":{\"hw", 40) == 0 ||
               (strncmp(line, "<input", 6) == 0 && strstr(line, "<hw-model>") != NULL);
    if (data && n-- == 0) break;
  }
  size_t len = (size_t)(strchr(line, '\n') - line);
  char *copy = malloc(len + 1);
  memcpy(copy, line, len);
  copy[len] = '\0';
  return copy;
}

/* The value of a node of base64 in a body. */
static sztp__buf_t node_of(const char *body, const char *name) {
  char tag[64];
  sztp__buf_t out;
  sztp__buf_init(&out, artifact_ctx(), 65536);
  (void)snprintf(tag, sizeof tag, "%s%s", name, body[0] == '<' ? "" : "\":\"");
  const char *at = strstr(body, tag);
  assert_non_null(at);
  at = body[0] == '<' ? strchr(at, '>') + 1 : at + strlen(tag);
  assert_int_equal(sztp__base64_decode(NULL, sztp__span((const uint8_t *)at, strcspn(at, "\"<")),
                                       SZTP__BASE64_STRICT, &out),
                   SZTP_OK);
  return out;
}

/* CSR-17: an independent implementation verifies the request with the key in it. */
static void expect_verifies(sztp__span_t der) {
  const unsigned char *at = der.data;
  X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)der.len);
  assert_non_null(request);
  assert_ptr_equal(at, der.data + der.len);
  assert_int_equal(X509_REQ_get_version(request), 0);
  assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
  X509_REQ_free(request);
}

static sztp__cert_t identity_cert(mock_host_t *mock) {
  sztp__span_t der;
  sztp__cert_t cert;
  assert_int_equal(sztp_device_cert(mock->dev, SZTP_CERT_IDENTITY, 0, &der.data, &der.len), SZTP_OK);
  assert_int_equal(sztp__cert_parse(NULL, der, &cert), SZTP_OK);
  return cert;
}

/* CSR-01: without sztp_device_set_csr() nothing is offered, and a csr-request is an error like any other
 * (CSR-09) */
static void test_off(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
  mock_key_store(mock, 1);
  server->answers = one_round;
  server->answer_count = 1;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, PLAIN);
  assert_null(strstr(mock->bodies, "csr"));
  mock_free(mock);
  mock = asked(one_round, 1, 1, NULL); /* on, and off again */
  assert_int_equal(sztp_device_set_csr(mock->dev, 0, 0), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, PLAIN);
  mock_free(mock);
}

static void test_arguments(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  assert_int_equal(sztp_device_set_csr(NULL, 1, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_set_csr(mock->dev, 8, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_set_csr(mock->dev, 1, 16), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_set_csr(mock->dev, 0, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_set_csr(mock->dev, 7, 15), SZTP_OK);
  assert_int_equal(sztp_session_new(mock->ctx, mock->dev, &mock->session), SZTP_OK);
  assert_int_equal(sztp_device_set_csr(mock->dev, 1, 1), SZTP_ERR_SEQUENCE);
  mock_free(mock);
}

/* CSR-03, CSR-04, CSR-05, CSR-07, CSR-34: what csr-support says, in both encodings */
static void test_support(void **state) {
  (void)state;
  static const struct {
    uint32_t formats, algorithms;
    const char *json, *xml;
  } cases[] = {
      {SZTP_CSR_P10, SZTP_ALGORITHM_P256 | SZTP_ALGORITHM_P384 | SZTP_ALGORITHM_RSA,
       ",\"ietf-sztp-csr:csr-support\":{\"key-generation\":{\"supported-algorithms\":{\"algorithm-"
       "identifier\":"
       "[\"" P256 "\",\"" P384 "\",\"" RSA_ID "\"]}},\"csr-generation\":{\"supported-formats\":{"
       "\"format-identifier\":[\"ietf-ztp-types:p10-csr\"]}}}}}",
       "<csr-support "
       "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-csr\"><key-generation><supported-algorithms>"
       "<algorithm-identifier>" P256 "</algorithm-identifier><algorithm-identifier>" P384
       "</algorithm-identifier><algorithm-identifier>" RSA_ID
       "</algorithm-identifier></supported-algorithms></key-generation><csr-generation><supported-formats>"
       "<format-identifier xmlns:of=\"urn:ietf:params:xml:ns:yang:ietf-ztp-types\">of:p10-csr"
       "</format-identifier></supported-formats></csr-generation></csr-support></input>"},
      {SZTP_CSR_P10 | SZTP_CSR_CMP, 0,
       ",\"ietf-sztp-csr:csr-support\":{\"csr-generation\":{\"supported-formats\":{\"format-identifier\":["
       "\"ietf-ztp-types:p10-csr\",\"ietf-ztp-types:cmp-csr\"]}}}}}",
       "<csr-support xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-csr\"><csr-generation><supported-formats>"
       "<format-identifier xmlns:of=\"urn:ietf:params:xml:ns:yang:ietf-ztp-types\">of:p10-csr"
       "</format-identifier><format-identifier xmlns:of=\"urn:ietf:params:xml:ns:yang:ietf-ztp-types\">"
       "of:cmp-csr</format-identifier></supported-formats></csr-generation></csr-support></input>"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
    mock_key_store(mock, 1);
    server->json_status = 415;
    assert_int_equal(sztp_device_set_csr(mock->dev, cases[i].formats, cases[i].algorithms), SZTP_OK);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE); /* CSR-26: 200 at once is as good */
    assert_int_equal(mock_keys_made(mock), 0);
    char *json = body_of(mock, 0);
    char *xml = body_of(mock, 1);
    assert_string_equal(strstr(json, ",\"ietf-sztp-csr"), cases[i].json);
    assert_string_equal(strstr(xml, "<csr-support"), cases[i].xml);
    free(json);
    free(xml);
    mock_free(mock);
  }
}

/* CSR-06, CSR-12, CSR-16, CSR-17, CSR-20, CSR-21, CSR-22, CSR-25, CSR-28: a new key, named, made, and kept;
 * by the device's function and by actions; the same with a server that speaks XML alone */
static void test_new_key(void **state) {
  (void)state;
  static const mock_answer_t xml_round[] = {
      {400,
       "<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'><error><error-type>application</error-type>"
       "<error-tag>missing-attribute</error-tag><error-info>\n<csr-request "
       "xmlns='urn:ietf:params:xml:ns:yang:ietf-sztp-csr'><key-generation><selected-algorithm>"
       "<algorithm-identifier>" P256 "</algorithm-identifier></selected-algorithm></key-generation>"
       "<csr-generation><selected-format><format-identifier "
       "xmlns:zt='urn:ietf:params:xml:ns:yang:ietf-ztp-types'>zt:p10-csr</format-identifier>"
       "</selected-format></csr-generation></csr-request></error-info></error></errors>"}};
  char names[2][40];
  for (int as_function = 0; as_function < 2; as_function++) {
    for (int xml = 0; xml < 2; xml++) {
      mock_server_t *server = NULL;
      mock_host_t *mock = asked(xml ? xml_round : one_round, 1, as_function, &server);
      sztp__p10_t p10;
      mock->time = SZTP_TIME_UNKNOWN; /* so that there is a nonce */
      mock->trace_saves = 1;
      if (xml) server->json_status = 415;
      assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
      mock_expect(mock, xml ? "data localhost:4001 trusted nonce csr-support\n"
                              "data localhost:4001 trusted nonce xml csr-support\nsave\n" MADE
                              "data localhost:4001 trusted nonce xml p10-csr\n" R
                              "bootstrap-initiated xml\nsave\n" STAGES R "bootstrap-complete xml\nsave\n"
                            : "data localhost:4001 trusted nonce csr-support\nsave\n" MADE
                              "data localhost:4001 trusted nonce p10-csr\n" R
                              "bootstrap-initiated\nsave\n" STAGES R "bootstrap-complete\nsave\n");
      char *first = body_of(mock, xml ? 1 : 0);
      char *second = body_of(mock, xml ? 2 : 1);
      sztp__buf_t sent = node_of(second, "p10-csr");
      size_t same = (size_t)(strstr(second, "p10-csr") - second) - (xml ? 1 : strlen(",\"ietf-sztp-csr:"));
      assert_memory_equal(first, second, same);
      assert_non_null(strstr(first, "nonce"));
      assert_true((size_t)(strstr(first, "nonce") - first) < same);
      expect_verifies(sztp__buf_span(&sent));
      assert_int_equal(sztp__p10_read(NULL, sztp__buf_span(&sent), &p10), SZTP_OK);
      sztp__cert_t identity = identity_cert(mock);
      assert_true(sztp__span_equal(p10.subject, identity.subject));
      assert_false(sztp__span_equal(p10.spki, identity.spki));
      /* the host was told with script, configuration and end */
      assert_int_equal(mock->told_csr_len, sent.len);
      assert_memory_equal(mock->told_csr, sent.data, sent.len);
      assert_int_equal(mock_keys_made(mock), 1);
      assert_string_equal(mock->told_key, mock->made[0].name);
      (void)snprintf(names[xml], sizeof names[xml], "%s", mock->told_key);
      sztp__buf_clear(&sent);
      free(first);
      free(second);
      mock_free(mock);
    }
    assert_string_not_equal(names[0], names[1]);
  }
}

/* CSR-04, CSR-13: without key-generation the request is made with the identity's key, and no key is named */
static void test_identity_key(void **state) {
  (void)state;
  static const mock_answer_t round[] = {{400, REQUEST(FORMAT("p10-csr"))}};
  mock_host_t *mock = asked(round, 1, 1, NULL);
  sztp__p10_t p10;
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, 0), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, SUPPORT "key query\nkey sign-ecdsa\n" P10 WORKS);
  sztp__cert_t identity = identity_cert(mock);
  expect_verifies(sztp__span(mock->told_csr, mock->told_csr_len));
  assert_int_equal(sztp__p10_read(NULL, sztp__span(mock->told_csr, mock->told_csr_len), &p10), SZTP_OK);
  assert_true(sztp__span_equal(p10.spki, identity.spki));
  assert_string_equal(mock->told_key, "");
  mock_free(mock);
}

/* CSR-02, CSR-09: a server that is not authenticated hears nothing of it, and may ask for nothing */
static void test_untrusted(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  mock_server_t *server = mock_server(mock, "localhost", 4001, "server");
  mock->dhcp = "https://localhost:4001";
  mock->flag = "10";
  mock_give_signed(server, MOCK_ONBOARDING);
  mock_key_store(mock, 1);
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, SZTP_ALGORITHM_P256), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  assert_null(strstr(mock->bodies, "csr"));
  mock_free(mock);
  mock = mock_new(0);
  server = mock_server(mock, "localhost", 4001, "server");
  mock->dhcp = "https://localhost:4001";
  server->answers = one_round;
  server->answer_count = 1;
  mock_key_store(mock, 1);
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, SZTP_ALGORITHM_P256), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, "data localhost:4001 provisional\n");
  mock_free(mock);
}

/* ---- what a server may ask for ------------------------------------------------------------------- */

/* Base64 of a CertificationRequestInfo around @p spki, with a subject and attributes of its own; a
 * CSR-REQUEST with it.
 */
static char *request_with_info(sztp__span_t spki, const char *members, sztp__buf_t *info) {
  static const char subject[] = "\x30\x10\x31\x0e\x30\x0c\x06\x03\x55\x04\x0a\x0c\x05Owner";
  static const char attributes[] = "\x30\x13\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07\x31\x06\x0c\x04"
                                   "word";
  sztp__buf_t text;
  sztp__buf_init(info, artifact_ctx(), 65536);
  sztp__buf_init(&text, artifact_ctx(), 65536);
  assert_int_equal(sztp__p10_put_info(info, sztp__span((const uint8_t *)subject, sizeof subject - 1), spki,
                                      sztp__span((const uint8_t *)attributes, sizeof attributes - 1)),
                   SZTP_OK);
  sztp__buf_addf(&text,
                 "{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"missing-attribute\",\"error-info\":{"
                 "\"ietf-sztp-csr:csr-request\":{%s,\"cert-req-info\":\"",
                 members);
  sztp__base64_encode(&text, sztp__buf_span(info));
  sztp__buf_add_text(&text, "\"}}}]}}");
  assert_int_equal(text.status, SZTP_OK);
  char *copy = malloc(text.len + 1);
  memcpy(copy, text.data, text.len + 1);
  sztp__buf_clear(&text);
  return copy;
}

/* A SubjectPublicKeyInfo of a key that nobody has. */
static const uint8_t dummy_p256[91] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                       0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
static const uint8_t dummy_p384[120] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                        0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04};

/* CSR-14, D-152: of cert-req-info all but the key is kept, octet for octet */
static void test_info(void **state) {
  (void)state;
  sztp__buf_t info;
  sztp__p10_t wanted, sent;
  char *document =
      request_with_info(sztp__span(dummy_p256, sizeof dummy_p256), KEY(P256) "," FORMAT("p10-csr"), &info);
  const mock_answer_t round[] = {{400, document}};
  mock_host_t *mock = asked(round, 1, 1, NULL);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  expect_verifies(sztp__span(mock->told_csr, mock->told_csr_len));
  assert_int_equal(sztp__p10_info_read(NULL, sztp__buf_span(&info), &wanted), SZTP_OK);
  assert_int_equal(sztp__p10_read(NULL, sztp__span(mock->told_csr, mock->told_csr_len), &sent), SZTP_OK);
  assert_true(sztp__span_equal(sent.subject, wanted.subject));
  assert_true(sztp__span_equal(sent.attributes, wanted.attributes));
  assert_false(sztp__span_equal(sent.spki, wanted.spki));
  mock_free(mock);
  free(document);
  sztp__buf_clear(&info);
  /* CSR-13: with the identity's key that is the one in it */
  mock = asked(round, 1, 1, NULL);
  document = request_with_info(identity_cert(mock).spki, FORMAT("p10-csr"), &info);
  const mock_answer_t own[] = {{400, document}};
  mock->servers[0].answers = own;
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  assert_int_equal(sztp__p10_read(NULL, sztp__span(mock->told_csr, mock->told_csr_len), &sent), SZTP_OK);
  assert_true(sztp__span_equal(sent.info, sztp__buf_span(&info)));
  mock_free(mock);
  free(document);
  sztp__buf_clear(&info);
}

/* CSR-08, CSR-10, CSR-11, CSR-15, CSR-35, CSR-37, D-150, D-151: what is done, and what is refused with its
 * reason */
static void test_wishes(void **state) {
  (void)state;
  sztp__buf_t info;
  char *other_curve =
      request_with_info(sztp__span(dummy_p384, sizeof dummy_p384), KEY(P256) "," FORMAT("p10-csr"), &info);
  sztp__buf_clear(&info);
  char *other_key = request_with_info(sztp__span(dummy_p256, sizeof dummy_p256), FORMAT("p10-csr"), &info);
  sztp__buf_clear(&info);
  const struct {
    uint32_t status;
    const char *document;
    const char *refused; /* NULL: it is done */
  } cases[] = {
      {400, ERRORS("operation-failed", "\"ietf-sztp-csr:csr-request\":{" KEY(P256) "," FORMAT("p10-csr") "}"),
       NULL},
      {400, ERRORS("missing-attribute", "\"ietf-sztp-csr:csr-request\":{" KEY(P384) "}"), NULL},
      {400, REQUEST(KEY(RSA_ID) "," FORMAT("p10-csr")), "none of those that were offered"},
      {400, REQUEST(KEY("MAUGAytlcA==") "," FORMAT("p10-csr")), "none of those that were offered"},
      {400, REQUEST(KEY("!") "," FORMAT("p10-csr")), "not base64"},
      {400, REQUEST("\"key-generation\":{}," FORMAT("p10-csr")), "key-generation without selected-algorithm"},
      {400, REQUEST("\"key-generation\":{\"selected-algorithm\":{}}," FORMAT("p10-csr")),
       "key-generation without algorithm-identifier"},
      {400, REQUEST(KEY(P256) "," FORMAT("cmp-csr")), "the format wanted is none of those"},
      {400,
       REQUEST(
           KEY(P256) ",\"csr-generation\":{\"selected-format\":{\"format-identifier\":\"other:p10-csr\"}}"),
       "the format wanted is none of those"},
      {400, REQUEST(KEY(P256) "," FORMAT("p10-csr") ",\"cert-req-info\":\"MAA=\""), "the end of data"},
      {400, other_curve, "cert-req-info is about a key of another algorithm than P-256"},
      {400, other_key, "a key that is not the identity's"},
      {400, ERRORS("missing-attribute", "\"ietf-sztp-csr:csr-request\":7"), "no container"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const mock_answer_t round[] = {{cases[i].status, cases[i].document}};
    mock_host_t *mock = asked(round, 1, 1, NULL);
    uint32_t result = mock_run(mock);
    if (cases[i].refused == NULL) {
      assert_int_equal(result, SZTP_RESULT_DONE);
      mock_expect_has(mock, P10);
    } else {
      assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
      assert_int_equal(mock->reason, SZTP_ERR_CSR_REFUSED);
      if (strstr(sztp_session_text(mock->session), cases[i].refused) == NULL)
        fail_msg("case %zu: \"%s\"", i, sztp_session_text(mock->session));
      mock_expect(mock, SUPPORT); /* before a key is made */
      assert_int_equal(mock_keys_made(mock), 0);
    }
    mock_free(mock);
  }
  free(other_curve);
  free(other_key);
}

/* CSR-10: rsaEncryption without NULL is the same; CSR-31, CSR-33: RSA of 3072 bits with SHA-256 */
static void test_rsa(void **state) {
  (void)state;
  static const mock_answer_t round[] = {{400, REQUEST(KEY(RSA_BARE) "," FORMAT("p10-csr"))}};
  mock_host_t *mock = asked(round, 1, 0, NULL);
  sztp__p10_t p10;
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, SZTP_ALGORITHM_RSA), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, SUPPORT "key generate\nkey query\nkey sign-rsa-pkcs1\n" P10 WORKS);
  expect_verifies(sztp__span(mock->told_csr, mock->told_csr_len));
  assert_int_equal(sztp__p10_read(NULL, sztp__span(mock->told_csr, mock->told_csr_len), &p10), SZTP_OK);
  assert_int_equal(p10.key.bits, 3072);
  assert_int_equal(p10.sigalg.hash, SZTP__HASH_SHA256);
  mock_free(mock);
}

/* A key store whose RSA keys are too small. */
static int32_t make_weak(void *user, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                         size_t *len) {
  static const uint8_t tail[] = {0x02, 0x03, 0x01, 0x00, 0x01};
  static const uint8_t head[] = {0x30, 0x81, 0x9f, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x81,
                                 0x8d, 0x00, 0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00};
  mock_host_t *mock = user;
  int32_t rc = sztp_software_key(mock->keys, request, out, cap, len);
  if (rc != SZTP_OK || sztp_key_request_operation(request) != SZTP_KEY_OP_GENERATE) return rc;
  memset(out, 0xc1, sizeof head + 128);
  memcpy(out, head, sizeof head);
  memcpy(out + sizeof head + 128, tail, sizeof tail);
  *len = sizeof head + 128 + sizeof tail;
  return SZTP_OK;
}

/* CSR-33 */
static void test_weak_rsa(void **state) {
  (void)state;
  static const mock_answer_t round[] = {{400, REQUEST(KEY(RSA_BARE) "," FORMAT("p10-csr"))}};
  mock_host_t *mock = asked(round, 1, 1, NULL);
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, SZTP_ALGORITHM_RSA), SZTP_OK);
  assert_int_equal(sztp_device_set_key(mock->dev, make_weak, mock), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->reason, SZTP_ERR_KEY);
  assert_non_null(strstr(sztp_session_text(mock->session), "made another key than it was asked for"));
  assert_int_equal(mock_keys_made(mock), 0);
  mock_free(mock);
}

/* CSR-31: the hash of the curve's size */
static void test_curves(void **state) {
  (void)state;
  static const struct {
    uint32_t algorithm;
    const char *document;
    uint32_t hash;
  } cases[] = {{SZTP_ALGORITHM_P256, REQUEST(KEY(P256) "," FORMAT("p10-csr")), SZTP__HASH_SHA256},
               {SZTP_ALGORITHM_P384, REQUEST(KEY(P384) "," FORMAT("p10-csr")), SZTP__HASH_SHA384},
               {SZTP_ALGORITHM_P521, REQUEST(KEY("MBAGByqGSM49AgEGBSuBBAAj") "," FORMAT("p10-csr")),
                SZTP__HASH_SHA512}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const mock_answer_t round[] = {{400, cases[i].document}};
    mock_host_t *mock = asked(round, 1, 1, NULL);
    sztp__p10_t p10;
    assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, cases[i].algorithm), SZTP_OK);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    expect_verifies(sztp__span(mock->told_csr, mock->told_csr_len));
    assert_int_equal(sztp__p10_read(NULL, sztp__span(mock->told_csr, mock->told_csr_len), &p10), SZTP_OK);
    assert_int_equal(sztp__key_kind_of(&p10.key), cases[i].algorithm);
    assert_int_equal(p10.sigalg.hash, cases[i].hash);
    mock_free(mock);
  }
}

/* CSR-37: one octet above each limit */
static void test_limits(void **state) {
  (void)state;
  static const struct {
    const char *before, *after;
    size_t octets;
  } cases[] = {{"\"key-generation\":{\"selected-algorithm\":{\"algorithm-identifier\":\"",
                "\"}}," FORMAT("p10-csr"), SZTP__CSR_ALGORITHM_MAX + 1},
               {KEY(P256) "," FORMAT("p10-csr") ",\"cert-req-info\":\"", "\"", SZTP__CSR_INFO_MAX + 1}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    size_t room = 40000;
    char *document = malloc(room);
    uint8_t *octets = calloc(1, cases[i].octets);
    sztp__buf_t text;
    sztp__buf_init(&text, artifact_ctx(), room);
    sztp__base64_encode(&text, sztp__span(octets, cases[i].octets));
    (void)snprintf(
        document, room,
        "{\"ietf-restconf:errors\":{\"error\":[{\"error-info\":{\"ietf-sztp-csr:csr-request\":{%s%s%s}}}]}}",
        cases[i].before, (const char *)text.data, cases[i].after);
    const mock_answer_t round[] = {{400, document}};
    mock_host_t *mock = asked(round, 1, 1, NULL);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(mock->reason, SZTP_ERR_LIMIT);
    mock_expect(mock, SUPPORT);
    mock_free(mock);
    sztp__buf_clear(&text);
    free(octets);
    free(document);
  }
}

/* CSR-18, CSR-23: other formats are made by the host and carried as they are; it may fail */
static void test_formats(void **state) {
  (void)state;
  static const struct {
    const char *name;
    uint32_t format;
  } formats[] = {{"cmc-csr", SZTP_CSR_CMC}, {"cmp-csr", SZTP_CSR_CMP}};
  for (size_t i = 0; i < TEST_COUNT_OF(formats); i++) {
    for (int works = 0; works < 2; works++) {
      char document[1024], trace[1024];
      (void)snprintf(
          document, sizeof document,
          "{\"ietf-restconf:errors\":{\"error\":[{\"error-info\":{\"ietf-sztp-csr:csr-request\":{" KEY(
              P256) ",\"csr-generation\":{\"selected-format\":{\"format-identifier\":"
                    "\"ietf-ztp-types:%s\"}}}}}]}}",
          formats[i].name);
      const mock_answer_t round[] = {{400, document}};
      mock_host_t *mock = asked(round, 1, 1, NULL);
      if (works) mock->wrapped = "a request of another format";
      assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10 | formats[i].format, SZTP_ALGORITHM_P256),
                       SZTP_OK);
      assert_int_equal(mock_run(mock), works ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
      (void)snprintf(trace, sizeof trace, SUPPORT MADE "csr %u\n", (unsigned)formats[i].format);
      assert_memory_equal(mock->trace, trace, strlen(trace));
      if (works) {
        char *body = body_of(mock, 1);
        sztp__buf_t sent = node_of(body, formats[i].name);
        assert_string_equal((const char *)sent.data, mock->wrapped);
        expect_verifies(sztp__span(mock->told_csr, mock->told_csr_len)); /* what it was made of */
        sztp__buf_clear(&sent);
        free(body);
      }
      assert_int_equal(mock_keys_made(mock), works);
      mock_free(mock);
    }
  }
}

/* ---- several requests ---------------------------------------------------------------------------- */

/* CSR-12, CSR-19, CSR-35: each round its own key, the one before deleted; with any 4xx; three of them at most
 */
static void test_rounds(void **state) {
  (void)state;
  static const mock_answer_t rounds[] = {{400, NEW_P256}, {409, NEW_P256}, {422, NEW_P256}, {400, NEW_P256}};
  for (size_t count = 2; count <= 4; count++) {
    mock_host_t *mock = asked(rounds, count, (int)(count & 1), NULL);
    int works = count < 4;
    assert_int_equal(mock_run(mock), works ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, count == 2   ? SUPPORT MADE P10 GONE MADE P10 WORKS
                      : count == 3 ? SUPPORT MADE P10 GONE MADE P10 GONE MADE P10 WORKS
                                   : SUPPORT MADE P10 GONE MADE P10 GONE MADE P10 GONE);
    assert_int_equal(mock_keys_made(mock), works);
    if (!works) {
      assert_int_equal(mock->reason, SZTP_ERR_CSR_REFUSED);
      assert_non_null(strstr(sztp_session_text(mock->session), "again and again"));
    }
    if (count == 2) {
      char *first = body_of(mock, 1);
      char *second = body_of(mock, 2);
      assert_string_not_equal(first, second);
      free(first);
      free(second);
    }
    mock_free(mock);
  }
  /* then the identity's key will do */
  static const mock_answer_t second[] = {{400, NEW_P256}, {400, REQUEST(FORMAT("p10-csr"))}};
  mock_host_t *mock = asked(second, 2, 1, NULL);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, SUPPORT MADE P10 GONE "key query\nkey sign-ecdsa\n" P10 WORKS);
  assert_int_equal(mock_keys_made(mock), 0);
  assert_string_equal(mock->told_key, "");
  mock_free(mock);
  /* a request for a request is one in answer to csr-support with 400 alone; to a request not with 500 */
  static const mock_answer_t wrong[] = {{400, NEW_P256}, {500, NEW_P256}};
  mock = asked(wrong, 2, 1, NULL);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, SUPPORT MADE P10 GONE);
  mock_free(mock);
}

/* CSR-27: a server that takes no csr-support is asked once without; a second 400 is a failure. CSR-08: 403
 * with a csr-request is none. CSR-29: not if a request is required */
static void test_refuses_support(void **state) {
  (void)state;
  static const mock_answer_t refuses[] = {{400, ERRORS("unknown-element", "\"x:y\":1")}, {400, ""}};
  static const mock_answer_t forbidden[] = {{403, NEW_P256}};
  mock_host_t *mock = asked(refuses, 1, 1, NULL);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, SUPPORT PLAIN WORKS);
  mock_free(mock);
  mock = asked(refuses, 2, 1, NULL);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->reason, SZTP_ERR_SERVER_FAIL);
  mock_expect(mock, SUPPORT PLAIN);
  mock_free(mock);
  mock = asked(forbidden, 1, 1, NULL);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, SUPPORT PLAIN WORKS);
  mock_free(mock);
  mock = asked(refuses, 1, 1, NULL);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_CSR_REQUIRED, 1), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, SUPPORT);
  mock_free(mock);
}

/* CSR-29: with the policy, onboarding information without a request is not processed; redirects are, and so
 * is what comes from elsewhere, signed */
static void test_required(void **state) {
  (void)state;
  mock_host_t *mock = asked(NULL, 0, 1, NULL);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_CSR_REQUIRED, 1), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->reason, SZTP_ERR_CSR_REFUSED);
  mock_expect(mock, SUPPORT);
  mock_free(mock);
  mock = asked(one_round, 1, 1, NULL);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_CSR_REQUIRED, 1), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_free(mock);
  mock_server_t *server = NULL;
  mock = asked(NULL, 0, 1, &server);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_CSR_REQUIRED, 1), SZTP_OK);
  mock_give_unsigned(server, artifact_redirect("localhost", 4002, "server-root"));
  mock_server_t *second = mock_server(mock, "localhost", 4002, "server");
  mock_give_unsigned(second, MOCK_ONBOARDING);
  second->answers = one_round;
  second->answer_count = 1;
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_free(mock);
}

/* CSR-20: a redirect in answer to a request is the end of its key, as is data that is refused */
static void test_other_data(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = asked(one_round, 1, 0, &server);
  mock_give_unsigned(server, artifact_redirect("localhost", 4002, "server-root"));
  mock_give_unsigned(mock_server(mock, "localhost", 4002, "server"), MOCK_ONBOARDING);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  assert_int_equal(mock_keys_made(mock), 0);
  assert_int_equal(mock->told_csr_len, 0);
  mock_expect_has(mock, SUPPORT MADE P10 GONE "data localhost:4002 trusted csr-support\n");
  mock_free(mock);
}

/* ---- keys that were made in vain ----------------------------------------------------------------- */

/* CSR-20: a failure of the attempt deletes the key */
static void test_failures(void **state) {
  (void)state;
  static const struct {
    uint32_t pre, config, post;
  } cases[] = {{SZTP_OUTCOME_FAILED, 0, 0}, {0, SZTP_OUTCOME_FAILED, 0}, {0, 0, SZTP_OUTCOME_FAILED}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_host_t *mock = asked(one_round, 1, (int)(i & 1), NULL);
    mock->pre_outcome = cases[i].pre;
    mock->config_outcome = cases[i].config;
    mock->post_outcome = cases[i].post;
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(mock_keys_made(mock), 0);
    assert_int_equal(mock->saved_len, 0);
    mock_expect_has(mock, GONE);
    mock_free(mock);
  }
}

/* CSR-30: an image to be installed ends the key; the visit after the restart has its own */
static void test_reboot(void **state) {
  (void)state;
  static const char *const document =
      "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-version\":\"5\",\"download-"
      "uri\":["
      "\"https://a/1\"],\"image-verification\":[{\"hash-algorithm\":\"ietf-sztp-conveyed-info:sha-256\","
      "\"hash-value\":\"61:05:d6:cc:76:af:40:03:25:e9:4d:58:8c:e5:11:be:5b:fd:bb:73:b4:37:dc:51:ec:a4:39:17:"
      "d7:a4:3e:3d"
      "\"}]},\"configuration-handling\":\"merge\",\"configuration\":\"Y29uZmln\"}}";
  char first[40];
  mock_server_t *server = NULL;
  mock_host_t *mock = asked(one_round, 1, 0, &server);
  mock_give_unsigned(server, document);
  assert_int_equal(mock_run(mock), SZTP_RESULT_REBOOT_PENDING);
  mock_expect_has(mock, "install\n");
  mock_expect_has(mock, GONE "reboot\n");
  assert_int_equal(mock_keys_made(mock), 0);
  (void)snprintf(first, sizeof first, "%s", mock->told_key);
  assert_int_equal(sztp_session_result(mock->session), SZTP_RESULT_REBOOT_PENDING);
  sztp_session_free(mock->session);
  mock->session = NULL;
  assert_int_equal(sztp_device_set_text(mock->dev, SZTP_DEVICE_OS_VERSION, "5"), SZTP_OK);
  server->asked = 0;
  mock->flag_asked = 0;
  mock->trace[0] = '\0';
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  assert_int_equal(mock_keys_made(mock), 1);
  assert_string_equal(mock->made[0].name, mock->told_key);
  assert_string_not_equal(first, mock->told_key);
  mock_free(mock);
}

/* The name of the one key that there is. */
static const char *find_only(const mock_host_t *mock) {
  for (size_t i = 0; i < MOCK_MADE; i++)
    if (mock->made[i].name[0] != '\0') return mock->made[i].name;
  return "";
}

static sztp__saved_t kept_of(const mock_host_t *mock) {
  sztp__saved_t saved;
  assert_int_equal(sztp__saved_read(NULL, sztp__span(mock->saved, mock->saved_len), &saved), SZTP_OK);
  return saved;
}

/* What is kept says that the key @p name is the owner's, and nothing else. */
static void expect_owner(const mock_host_t *mock, const char *name) {
  char kept[40];
  sztp__saved_t saved = kept_of(mock);
  assert_int_equal(saved.has_owner, 1);
  assert_int_equal(saved.has_key, 0);
  assert_int_equal(saved.undo, 0);
  (void)sztp__hex_text(kept, sizeof kept, sztp__span(saved.owner, sizeof saved.owner));
  assert_string_equal(kept, name);
}

/* CSR-28: a loss of power after any action leaves at most one key, whose name is kept, and after the next run
 * there is the key of that run and no other */
static void test_power_cuts(void **state) {
  (void)state;
  static const mock_answer_t rounds[] = {{400, NEW_P256}, {400, NEW_P256}};
  for (int as_function = 0; as_function < 2; as_function++) {
    for (unsigned n = 1;; n++) {
      mock_host_t *mock = asked(rounds, 2, as_function, NULL);
      mock->stop_after = n;
      mock->runner = 0;
      uint32_t result = mock_run(mock);
      if (result != 0) {
        assert_int_equal(result, SZTP_RESULT_DONE);
        mock_free(mock);
        break;
      }
      assert_true(mock_keys_made(mock) <= 1);
      if (mock_keys_made(mock) == 1 && strstr(mock->trace, "bootstrap-complete") == NULL)
        assert_int_equal(kept_of(mock).has_key, 1);
      mock->stop_after = 0;
      if (mock_keys_made(mock) == 1 && kept_of(mock).has_owner) { /* it is the owner's */
        expect_owner(mock, find_only(mock));
        mock_free(mock);
        continue;
      }
      mock->flag = "10";
      mock->flag_asked = 0;
      mock->servers[0].asked = 0;
      assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
      if (mock_keys_made(mock) != 1)
        fail_msg("%u: %zu keys; trace:\n%s", n, mock_keys_made(mock), mock->trace);
      assert_string_equal(find_only(mock), mock->told_key);
      mock_free(mock);
    }
  }
}

/* Turned on again, and the server asks as the first time. */
static void turn_on_again(mock_host_t *mock) {
  mock->flag = "10";
  mock->flag_asked = 0;
  mock->servers[0].asked = 0;
  mock->trace[0] = '\0';
}

static int has_key_named(const mock_host_t *mock, const char *name) {
  for (size_t i = 0; i < MOCK_MADE; i++)
    if (strcmp(mock->made[i].name, name) == 0) return 1;
  return 0;
}

/* LIFE-07: provisioned again: the owner's key stays until the new attempt has succeeded, and goes then, also
 * if that has none. One that fails after its request leaves it alone, and its own is gone */
static void test_again(void **state) {
  (void)state;
  char first[40];
  for (int as_function = 0; as_function < 2; as_function++) {
    mock_host_t *mock = asked(one_round, 1, as_function, NULL);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    (void)snprintf(first, sizeof first, "%s", mock->told_key);
    expect_owner(mock, first);
    turn_on_again(mock);
    mock->post_outcome = SZTP_OUTCOME_FAILED;
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect_has(mock, SUPPORT MADE P10);
    mock_expect_has(mock, GONE);
    assert_string_not_equal(mock->told_key, first);
    assert_int_equal(mock_keys_made(mock), 1);
    assert_string_equal(find_only(mock), first);
    expect_owner(mock, first);
    turn_on_again(mock);
    mock->post_outcome = SZTP_OUTCOME_OK;
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, SUPPORT MADE P10 WORKS GONE);
    assert_int_equal(mock_keys_made(mock), 1);
    assert_string_not_equal(find_only(mock), first);
    assert_string_equal(find_only(mock), mock->told_key);
    expect_owner(mock, mock->told_key);
    turn_on_again(mock);
    mock->servers[0].answer_count = 0;
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, SUPPORT WORKS GONE);
    assert_int_equal(mock_keys_made(mock), 0);
    assert_int_equal(mock->saved_len, 0);
    mock_free(mock);
  }
}

/* LIFE-07: a loss of power after any action of the second bootstrap: until it is done the first key is there,
 * and after the run that follows the key of that run alone */
static void test_again_power_cuts(void **state) {
  (void)state;
  char first[40];
  for (int as_function = 0; as_function < 2; as_function++) {
    for (unsigned n = 1;; n++) {
      mock_host_t *mock = asked(one_round, 1, as_function, NULL);
      mock->runner = 0;
      assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
      (void)snprintf(first, sizeof first, "%s", mock->told_key);
      turn_on_again(mock);
      mock->actions = 0;
      mock->stop_after = n;
      uint32_t result = mock_run(mock);
      assert_true(mock_keys_made(mock) <= 2);
      sztp__saved_t saved = kept_of(mock);
      char owner[40];
      (void)sztp__hex_text(owner, sizeof owner, sztp__span(saved.owner, sizeof saved.owner));
      assert_int_equal(saved.has_owner, 1);
      assert_true(
          has_key_named(mock, owner)); /* the first one, or after its end that of the second attempt */
      assert_true(has_key_named(mock, first) || strstr(mock->trace, "bootstrap-complete") != NULL);
      assert_int_equal(strcmp(owner, first) == 0 || mock_keys_made(mock) == 1 || saved.has_key, 1);
      mock->stop_after = 0;
      if (result == 0) {
        turn_on_again(mock);
        assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
      }
      if (mock_keys_made(mock) != 1)
        fail_msg("%u: %zu keys; trace:\n%s", n, mock_keys_made(mock), mock->trace);
      assert_string_equal(find_only(mock), mock->told_key);
      expect_owner(mock, mock->told_key);
      mock_free(mock);
      if (result != 0) break;
    }
  }
}

/* LIFE-07: what can't be deleted, or not be stored, harms neither key */
static void test_again_fails(void **state) {
  (void)state;
  mock_host_t *mock = asked(one_round, 1, 1, NULL);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  turn_on_again(mock);
  mock->key_fails = SZTP_KEY_OP_DELETE;
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  assert_int_equal(mock_keys_made(mock), 2);
  assert_int_equal(kept_of(mock).has_key, 1);
  assert_non_null(strstr(mock->log, "can't be deleted"));
  mock->key_fails = 0;
  mock->flag = "0";
  mock->trace[0] = '\0';
  assert_int_equal(mock_run(mock), SZTP_RESULT_DISABLED); /* at the next start it can */
  mock_expect(mock, GONE);
  expect_owner(mock, find_only(mock));
  mock_free(mock);
}

/* CSR-28: a key that can't be deleted is tried again, at the next start and before the next pass, and no
 * other is made until then. One that is not there counts as deleted (D-170) */
static void test_stuck(void **state) {
  (void)state;
  static const mock_answer_t rounds[] = {{400, NEW_P256}, {400, NEW_P256}};
  mock_host_t *mock = asked(rounds, 2, 1, NULL);
  mock->key_fails = SZTP_KEY_OP_DELETE;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, SUPPORT MADE P10 GONE);
  assert_non_null(strstr(sztp_session_text(mock->session), "an earlier key can't be deleted"));
  assert_int_equal(mock_keys_made(mock), 1);
  assert_true(mock->saved_len > 0);
  mock->trace[0] = '\0';
  mock->flag_asked = 0;
  mock->servers[0].asked = 1;
  assert_int_equal(mock_run(mock),
                   SZTP_RESULT_NOT_BOOTSTRAPPED); /* still; it is tried at the start, and in the pass */
  mock_expect(mock, GONE GONE SUPPORT);
  mock->key_fails = 0;
  mock->trace[0] = '\0';
  mock->flag_asked = 0;
  mock->servers[0].asked = 1;
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, GONE SUPPORT MADE P10 WORKS);
  assert_int_equal(mock_keys_made(mock), 1);
  expect_owner(mock, find_only(mock));
  mock_free(mock);
  /* CSR-24, CSR-28: of a host without any key the action says NOTHING */
  static const char saved[] = "\xa7\x00\x01\x01\x40\x02\x40\x03\x00\x04\x00\x05\x02\x07\x50"
                              "0123456789abcdef";
  mock_server_t *server = NULL;
  mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
  memcpy(mock->saved, saved, sizeof saved - 1);
  mock->saved_len = sizeof saved - 1;
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, GONE PLAIN WORKS);
  assert_int_equal(mock->saved_len, 0);
  mock_free(mock);
}

/* CSR-28: no key is made whose name can't be kept; that a name can't be forgotten does no harm */
static void test_saves_fail(void **state) {
  (void)state;
  mock_host_t *mock = asked(one_round, 1, 1, NULL);
  mock->save_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, SUPPORT);
  assert_int_equal(mock->reason, SZTP_ERR_HOST);
  assert_non_null(strstr(sztp_session_text(mock->session), "could not store the name of the key"));
  mock_free(mock);
  static const char saved[] = "\xa7\x00\x01\x01\x40\x02\x40\x03\x00\x04\x00\x05\x02\x07\x50"
                              "0123456789abcdef";
  mock = asked(NULL, 0, 1, NULL);
  memcpy(mock->saved, saved, sizeof saved - 1);
  mock->saved_len = sizeof saved - 1;
  mock->save_outcome = SZTP_OUTCOME_FAILED;
  mock->trace_saves = 1;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_memory_equal(mock->trace, GONE "save nothing\nsave nothing\nsave nothing\n" SUPPORT,
                      strlen(GONE "save nothing\nsave nothing\nsave nothing\n" SUPPORT));
  mock_free(mock);
}

/* ---- key stores that fail ------------------------------------------------------------------------ */

/* CSR-20, CSR-32: each operation that fails ends the visit, with its reason, and the key */
static void test_store_fails(void **state) {
  (void)state;
  static const struct {
    uint32_t operation;
    const char *trace, *reason;
  } cases[] = {
      {SZTP_KEY_OP_GENERATE, SUPPORT "key generate\n" GONE, "the key store can't make the key"},
      {SZTP_KEY_OP_SIGN_ECDSA, SUPPORT MADE GONE, "the key store can't sign the request"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int as_function = 0; as_function < 2; as_function++) {
      mock_host_t *mock = asked(one_round, 1, as_function, NULL);
      mock->key_fails = cases[i].operation;
      assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      mock_expect(mock, cases[i].trace);
      assert_int_equal(mock->reason, SZTP_ERR_KEY);
      assert_non_null(strstr(sztp_session_text(mock->session), cases[i].reason));
      assert_int_equal(mock_keys_made(mock), 0);
      mock_free(mock);
    }
  }
}

/* A key function that does wrong at one operation. */
typedef struct liar {
  mock_host_t *mock;
  uint32_t at;
  int how;
  unsigned pending;
} liar_t;

enum { OTHER_KEY, OTHER_ALGORITHM, NO_KEY, SHORT, UNKNOWN, WAITS, LOCKED, SHA384_ALONE };

static int32_t lie(void *user, const sztp_key_request_t *request, uint8_t *out, size_t cap, size_t *len) {
  liar_t *l = user;
  uint32_t operation = sztp_key_request_operation(request);
  int32_t rc = SZTP_OK;
  sztp_key_request_t changed = *request;
  if (operation != l->at) return sztp_software_key(l->mock->keys, request, out, cap, len);
  switch (l->how) {
  case OTHER_KEY: { /* signs with the identity's */
    sztp__cert_t identity = identity_cert(l->mock);
    changed.cert = identity.der;
    changed.key_id = sztp__span(NULL, 0);
    return sztp_software_key(l->mock->keys, &changed, out, cap, len);
  }
  case OTHER_ALGORITHM:
    changed.algorithm = sztp__key_kind_identifier(SZTP_ALGORITHM_P384);
    return sztp_software_key(l->mock->keys, &changed, out, cap, len);
  case NO_KEY:
    *len = 3;
    memcpy(out, "key", 3);
    return SZTP_OK;
  case SHORT:
    rc = sztp_software_key(l->mock->keys, request, out, cap, len);
    *len -= 1;
    return rc;
  case UNKNOWN: return SZTP_ERR_UNSUPPORTED;
  case LOCKED: return SZTP_ERR_KEY_LOCKED;
  case SHA384_ALONE:
    memset(out, 0, cap);
    out[cap - 1] = SZTP_ABLE_ECDSA_SHA384;
    *len = cap;
    return SZTP_OK;
  default:
    if (l->pending++ < 3) return SZTP_PENDING;
    return sztp_software_key(l->mock->keys, request, out, cap, len);
  }
}

/* CSR-12, CSR-31, CSR-32: what a key store answers is looked at */
static void test_store_lies(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  static const struct {
    uint32_t at;
    int how;
    const char *reason; /* NULL: it works all the same */
  } cases[] = {
      {SZTP_KEY_OP_SIGN_ECDSA, OTHER_KEY, "the signature is not by the key in it; it is not sent"},
      {SZTP_KEY_OP_SIGN_ECDSA, SHORT, "the key store can't sign the request"},
      {SZTP_KEY_OP_GENERATE, OTHER_ALGORITHM, "made another key than it was asked for"},
      {SZTP_KEY_OP_GENERATE, NO_KEY, "the key store gave no public key"},
      {SZTP_KEY_OP_GENERATE, UNKNOWN, "it does not know how"},
      {SZTP_KEY_OP_GENERATE, LOCKED, "it is locked for some time"},
      {SZTP_KEY_OP_QUERY, SHORT, "the key store can't say what the key can do"},
      {SZTP_KEY_OP_QUERY, NO_KEY, "the key store can't say what the key can do"},
      {SZTP_KEY_OP_QUERY, UNKNOWN, NULL},
      {SZTP_KEY_OP_QUERY, SHA384_ALONE, NULL},
      {SZTP_KEY_OP_GENERATE, WAITS, NULL},
      {SZTP_KEY_OP_QUERY, WAITS, NULL},
      {SZTP_KEY_OP_SIGN_ECDSA, WAITS, NULL},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_host_t *mock = asked(one_round, 1, 1, NULL);
    liar_t l = {mock, cases[i].at, cases[i].how, 0};
    mock->runner = 0;
    assert_int_equal(sztp_device_set_key(mock->dev, lie, &l), SZTP_OK);
    uint32_t result = mock_run(mock);
    for (unsigned n = 0; result == 0 && mock->reason == SZTP_PENDING && n < 5; n++)
      result = mock_resume(mock);
    if (cases[i].reason == NULL) {
      assert_int_equal(result, SZTP_RESULT_DONE);
      expect_verifies(sztp__span(mock->told_csr, mock->told_csr_len));
      if (cases[i].how == WAITS) assert_int_equal(l.pending, 4);
    } else {
      assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
      assert_int_equal(mock->reason, SZTP_ERR_KEY);
      if (strstr(sztp_session_text(mock->session), cases[i].reason) == NULL)
        fail_msg("case %zu: \"%s\"", i, sztp_session_text(mock->session));
      mock_expect(mock, SUPPORT);
    }
    assert_int_equal(mock_keys_made(mock), result == SZTP_RESULT_DONE);
    mock_free(mock);
  }
}

/* CSR-20, STATE-08: a deletion that waits for its answer; a cancel at each step deletes the key */
static void test_cancels(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  static const char *const at[] = {
      "data localhost:4001 trusted csr-support", "key generate",   "key query",   "key sign-ecdsa",
      "data localhost:4001 trusted p10-csr",     "pre-script pre", "merge config"};
  for (int as_function = 0; as_function < 2; as_function++) {
    for (size_t i = 0; i < TEST_COUNT_OF(at); i++) {
      mock_host_t *mock = asked(one_round, 1, as_function, NULL);
      mock->cancel_at = at[i];
      assert_int_equal(mock_run(mock), SZTP_RESULT_CANCELLED);
      assert_int_equal(mock_keys_made(mock), 0);
      assert_int_equal(mock->saved_len, 0);
      mock_free(mock);
    }
  }
  static const mock_answer_t cmp_round[] = {{400, REQUEST(KEY(P256) "," FORMAT("cmp-csr"))}};
  mock_host_t *mock = asked(cmp_round, 1, 1, NULL);
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_CMP, SZTP_ALGORITHM_P256), SZTP_OK);
  mock->cancel_at = "key sign-ecdsa"; /* seen where the host would be asked next */
  assert_int_equal(mock_run(mock), SZTP_RESULT_CANCELLED);
  mock_expect(mock, SUPPORT MADE GONE);
  mock_free(mock);
  mock = asked(one_round, 1, 1, NULL);
  liar_t l = {mock, SZTP_KEY_OP_DELETE, WAITS, 0};
  mock->runner = 0;
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(sztp_device_set_key(mock->dev, lie, &l), SZTP_OK);
  uint32_t result = mock_run(mock);
  for (unsigned n = 0; result == 0 && mock->reason == SZTP_PENDING && n < 5; n++) result = mock_resume(mock);
  assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock_keys_made(mock), 0);
  mock_free(mock);
}

/* CSR-20: a request that gets no answer: the key is deleted, and the next address begins anew (CSR-36: with
 * the same anchors and name) */
static void test_next_address(void **state) {
  (void)state;
  static const mock_answer_t rounds[] = {{400, NEW_P256}, {500, ""}, {400, NEW_P256}};
  mock_host_t *mock = asked(rounds, 3, 1, NULL);
  mock->addresses = "127.0.0.1 127.0.0.2";
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, SUPPORT MADE P10 GONE SUPPORT MADE P10 WORKS);
  assert_int_equal(mock_keys_made(mock), 1);
  mock_free(mock);
}

/* Each allocation of a visit with a request fails once, and the same call made again goes on; and a visit for
 * which there is never enough memory is given up. */
static void test_memory(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  for (int as_function = 0; as_function < 2; as_function++) {
    for (size_t n = 1;; n += TEST_SAMPLE) {
      mock_host_t *mock = asked(one_round, 1, as_function, NULL);
      int met = mock_run_short_of_memory(mock, n);
      assert_int_equal(mock_keys_made(mock), 1);
      mock_free(mock);
      if (!met) break;
    }
  }
}

static void starve(void *user, sztp_session_t *s, sztp__state_t at) {
  mock_host_t *mock = user;
  int hungry = at == SZTP__ST_CSR_NAME || at == SZTP__ST_CSR_MAKE || at == SZTP__ST_CSR_WRAP;
  (void)s;
  mock->memory.fail_on = 1;
  mock->memory.fail_at = hungry && (int)at >= mock->signature_good ? mock->memory.calls + 1 : 0;
}

static void test_no_memory(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  static const mock_answer_t round[] = {{400, REQUEST(KEY(P256) "," FORMAT("cmp-csr"))}};
  for (int at = SZTP__ST_CSR_NAME; at <= SZTP__ST_CSR_MAKE; at++) {
    mock_host_t *mock = asked(round, 1, 1, NULL);
    assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_CMP, SZTP_ALGORITHM_P256), SZTP_OK);
    mock->wrapped = "a request of another format";
    mock->runner = 0;
    mock->signature_good = at; /* from this state on there is none */
    edges_user = mock;
    edges_watch = starve;
    uint32_t result = mock_run(mock);
    for (unsigned n = 0; result == 0 && mock->reason == SZTP_ERR_MEMORY && n < 8; n++)
      result = mock_resume(mock);
    edges_watch = NULL;
    assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(mock_keys_made(mock), 0);
    assert_non_null(strstr(mock->log, "given up for want of memory"));
    mock_free(mock);
  }
}

/* A session that offers nothing takes no memory for it, and one that is asked for nothing little. */
static void test_costs_nothing(void **state) {
  (void)state;
  size_t peaks[2];
  for (int on = 0; on < 2; on++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
    if (on) assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_P10, SZTP_ALGORITHM_P256), SZTP_OK);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    peaks[on] = mock->memory.peak;
    mock_free(mock);
  }
  assert_true(peaks[1] <= peaks[0] + 512);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_off),
                                     cmocka_unit_test(test_arguments),
                                     cmocka_unit_test(test_support),
                                     cmocka_unit_test(test_new_key),
                                     cmocka_unit_test(test_identity_key),
                                     cmocka_unit_test(test_untrusted),
                                     cmocka_unit_test(test_info),
                                     cmocka_unit_test(test_wishes),
                                     cmocka_unit_test(test_weak_rsa),
                                     cmocka_unit_test(test_rsa),
                                     cmocka_unit_test(test_curves),
                                     cmocka_unit_test(test_limits),
                                     cmocka_unit_test(test_formats),
                                     cmocka_unit_test(test_rounds),
                                     cmocka_unit_test(test_refuses_support),
                                     cmocka_unit_test(test_required),
                                     cmocka_unit_test(test_other_data),
                                     cmocka_unit_test(test_failures),
                                     cmocka_unit_test(test_reboot),
                                     cmocka_unit_test(test_power_cuts),
                                     cmocka_unit_test(test_again),
                                     cmocka_unit_test(test_again_power_cuts),
                                     cmocka_unit_test(test_again_fails),
                                     cmocka_unit_test(test_stuck),
                                     cmocka_unit_test(test_saves_fail),
                                     cmocka_unit_test(test_store_fails),
                                     cmocka_unit_test(test_store_lies),
                                     cmocka_unit_test(test_cancels),
                                     cmocka_unit_test(test_next_address),
                                     cmocka_unit_test(test_memory),
                                     cmocka_unit_test(test_no_memory),
                                     cmocka_unit_test(test_costs_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
