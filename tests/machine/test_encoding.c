/* SPDX-License-Identifier: Apache-2.0 */
/* JSON and XML, between session and server and in conveyed information: what is asked in which encoding, and
 * what happens when a server does not take it. */
#include "mock_host.h"

#include "cryptography/cms.h"

#define NS           "urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"
#define CI           "urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info"
#define ASK          "data localhost:4001 trusted\n"
#define ASK_XML      "data localhost:4001 trusted xml\n"
#define REPORT(what) "report localhost:4001 " what "\n"
#define STAGES       "pre-script pre\nmerge config\npost-script post\n"
#define X_ONBOARDING                                                                                         \
  "<?xml version='1.0'?>\n<onboarding-information xmlns='" CI "'>\n  <configuration-handling>merge"          \
  "</configuration-handling>\n  <configuration>\n    Y29u\n    Zmln\n  </configuration>\n"                   \
  "  <pre-configuration-script>cHJl</pre-configuration-script>\n"                                            \
  "  <post-configuration-script>cG9zdA==</post-configuration-script>\n</onboarding-information>\n"
#define X_REDIRECT                                                                                           \
  "<redirect-information xmlns='" CI "'><bootstrap-server><address>localhost</address><port>4002</port>"     \
  "</bootstrap-server></redirect-information>"

static mock_host_t *open_mock(int runner) {
  mock_host_t *mock = mock_new(runner);
  mock->flag = "10";
  return mock;
}

/* CONV-01, CONV-02, CONV-08, CONV-21, DATA-11: conveyed information in XML does what it does in JSON,
 * whatever encoding is spoken with the server (CONV-03) */
static void test_conveyed_in_xml(void **state) {
  (void)state;
  static const char *const documents[] = {MOCK_ONBOARDING, X_ONBOARDING};
  for (size_t d = 0; d < TEST_COUNT_OF(documents); d++) {
    for (int is_signed = 0; is_signed < 2; is_signed++) {
      for (int xml = 0; xml < 2; xml++) {
        mock_server_t *server = NULL;
        mock_host_t *mock = mock_with_server(documents[d], xml, &server);
        if (is_signed) mock_give_signed(server, documents[d]);
        if (xml) server->json_status = 415;
        assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
        mock_expect(mock, xml ? ASK ASK_XML REPORT("bootstrap-initiated xml")
                                    STAGES REPORT("bootstrap-complete xml")
                              : ASK REPORT("bootstrap-initiated") STAGES REPORT("bootstrap-complete"));
        mock_free(mock);
      }
    }
  }
}

/* CONV-01, CONV-02, CONV-03, D-66, D-67: each content type, around a document of its encoding and of the
 * other, signed and unsigned */
static void test_content_types(void **state) {
  (void)state;
  static const struct {
    uint32_t type;
    const char *document;
    int32_t reason;
  } cases[] = {
      {SZTP__CMS_CONVEYED_JSON, MOCK_ONBOARDING, 0},
      {SZTP__CMS_CONVEYED_XML, X_ONBOARDING, 0},
      {SZTP__CMS_DATA, MOCK_ONBOARDING, 0},
      {SZTP__CMS_DATA, "\xef\xbb\xbf" X_ONBOARDING, 0},
      {SZTP__CMS_CONVEYED_JSON, X_ONBOARDING, SZTP_ERR_ENCODING_MISMATCH},
      {SZTP__CMS_CONVEYED_XML, MOCK_ONBOARDING, SZTP_ERR_ENCODING_MISMATCH},
      {SZTP__CMS_CONVEYED_XML, "hostname x", SZTP_ERR_ENCODING_MISMATCH},
      {SZTP__CMS_DATA, "hostname x", SZTP_ERR_ENCODING_UNKNOWN},
      {SZTP__CMS_VOUCHER_JSON, MOCK_ONBOARDING, SZTP_ERR_CMS_TYPE_UNEXPECTED},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (int is_signed = 0; is_signed < 2; is_signed++) {
      mock_server_t *server = NULL;
      mock_host_t *mock = mock_with_server(MOCK_EMPTY, is_signed, &server);
      server->ci = artifact_conveyed_as(cases[i].document, is_signed ? "owner" : NULL, cases[i].type);
      if (is_signed) server->oc = owner_artifacts()->owner_cert;
      if (is_signed) server->ov = owner_artifacts()->voucher;
      uint32_t result = mock_run(mock);
      if (cases[i].reason == 0) {
        assert_int_equal(result, SZTP_RESULT_DONE);
        mock_expect(mock, ASK REPORT("bootstrap-initiated") STAGES REPORT("bootstrap-complete"));
      } else {
        assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
        assert_int_equal(mock->reason, cases[i].reason);
        mock_expect(mock, ASK REPORT("bootstrap-initiated") REPORT("parsing-error"));
      }
      mock_free(mock);
    }
  }
}

/* TRUST-10, D-129, PROG-05: unsigned documents of untrusted sources are not looked into, in XML either */
static void test_untrusted_xml(void **state) {
  (void)state;
  static const char *const broken[] = {
      "<onboarding-information xmlns='" CI "'><configuration-handling>Merge</configuration-handling>"
      "<boot-image>text</boot-image></onboarding-information>",
      "<onboarding-information xmlns='" CI "'>text<boot-image/></onboarding-information>",
      "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":7}}"};
  for (size_t i = 0; i < TEST_COUNT_OF(broken); i++) {
    mock_host_t *mock = open_mock(0);
    mock->usb[0] = artifact_conveyed(broken[i], NULL);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(mock->reason, SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED);
    mock_expect(mock, "");
    mock_free(mock);
  }
  mock_host_t *mock = open_mock(0); /* an anchor that nobody may follow need not be one */
  mock->usb[0] =
      artifact_conveyed("<redirect-information xmlns='" CI "'><bootstrap-server><address>localhost</address>"
                        "<port>4001</port><trust-anchor>!<a/></trust-anchor></bootstrap-server>"
                        "</redirect-information>",
                        NULL);
  mock_give_signed(mock_server(mock, "localhost", 4001, "server"), X_ONBOARDING);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, "data localhost:4001 provisional\n" STAGES);
  mock_free(mock);
}

/* ONB-03, ONB-04: what is wrong in a document is named to the server, in its encoding, and nothing is done */
static void test_broken_xml_is_reported(void **state) {
  (void)state;
  static const struct {
    const char *document, *named;
  } cases[] = {
      {"<onboarding-information xmlns='" CI "'><pre-configuration-script>cHJl</pre-configuration-script>"
       "<configuration>eA==</configuration><configuration-handling>Merge</configuration-handling>"
       "</onboarding-information>",
       "configuration-handling: neither merge nor replace"},
      {"<onboarding-information xmlns='" CI "'><pre-configuration-script>cHJl</pre-configuration-script>"
       "<configuration><system xmlns='other'/></configuration><configuration-handling>merge"
       "</configuration-handling></onboarding-information>",
       "configuration: not a base64 string"},
      {"<conveyed-information xmlns='" CI "'/>",
       "top level: found &lt;conveyed-information&gt; of namespace &quot;" CI
       "&quot;; wanted is exactly one"},
      {"<onboarding-information xmlns='" CI "'>", "no element found"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(cases[i].document, (int)(i & 1), &server);
    server->json_status = 415;
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(mock->reason, SZTP_ERR_MODEL_INVALID);
    mock_expect(mock, ASK ASK_XML REPORT("bootstrap-initiated xml") REPORT("parsing-error xml"));
    const char *message = strstr(mock->bodies, "<message>");
    assert_non_null(message);
    assert_non_null(strstr(message, cases[i].named));
    mock_free(mock);
  }
}

/* REST-09, REST-10, REST-11, REST-27, DATA-07, D-46, D-47, D-48: a server that takes XML alone */
static void test_switch_to_xml(void **state) {
  (void)state;
  static const uint32_t statuses[] = {415, 406};
  for (size_t i = 0; i < TEST_COUNT_OF(statuses); i++) {
    for (int runner = 0; runner < 2; runner++) {
      mock_server_t *server = NULL;
      mock_host_t *mock = mock_with_server(MOCK_EMPTY, runner, &server);
      server->json_status = statuses[i];
      assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
      mock_expect(mock, ASK ASK_XML REPORT("bootstrap-initiated xml") REPORT("bootstrap-complete xml"));
#define JSON_FIELDS                                                                                          \
  "Accept: application/yang-data+json, application/yang-data+xml;q=0.5\n"                                    \
  "Content-Type: application/yang-data+json\n\n"
#define XML_FIELDS                                                                                           \
  "Accept: application/yang-data+xml, application/yang-data+json;q=0.5\n"                                    \
  "Content-Type: application/yang-data+xml\n\n"
      assert_string_equal(mock->headers,
                          "Accept: application/xrd+xml, application/jrd+json;q=0.5\n\n" JSON_FIELDS XML_FIELDS
                              XML_FIELDS XML_FIELDS);
      assert_string_equal(
          mock->bodies,
          "\n{\"ietf-sztp-bootstrap-server:input\":{\"hw-model\":\"EX4200\",\"os-name\":\"ExampleOS\","
          "\"os-version\":\"4.2.1\"}}\n"
          "<input xmlns=\"" NS "\"><hw-model>EX4200</hw-model><os-name>ExampleOS</os-name>"
          "<os-version>4.2.1</os-version></input>\n"
          "<input xmlns=\"" NS "\"><progress-type>bootstrap-initiated</progress-type></input>\n"
          "<input xmlns=\"" NS "\"><progress-type>bootstrap-complete</progress-type></input>\n");
      mock_free(mock);
    }
  }
}

/* REST-12, REST-13, REST-15: to a server that is not trusted XML tells no more than JSON; the repeated
 * request has the same nonce */
static void test_switch_untrusted(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(0);
  mock->dhcp = "https://localhost:4001";
  mock->time = SZTP_TIME_UNKNOWN;
  mock_server_t *server = mock_server(mock, "localhost", 4001, "server");
  server->json_status = 415;
  mock_give_signed(server, X_ONBOARDING);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock,
              "data localhost:4001 provisional nonce\ndata localhost:4001 provisional nonce xml\n" STAGES);
  char nonce[2][64];
  const char *xml = strstr(mock->bodies, "<input");
  assert_int_equal(
      sscanf(mock->bodies,
             "\n{\"ietf-sztp-bootstrap-server:input\":{\"signed-data-preferred\":[null],\"nonce\":"
             "\"%63[^\"]\"}}\n",
             nonce[0]),
      1);
  assert_int_equal(sscanf(xml,
                          "<input xmlns=\"" NS "\"><signed-data-preferred/><nonce>%63[^<]</nonce></input>\n",
                          nonce[1]),
                   1);
  assert_string_equal(nonce[0], nonce[1]);
  assert_int_equal(strlen(nonce[0]), 44);
  mock_free(mock);
}

/* D-47: once, and no more: a server that takes neither is given up; the next address begins with the encoding
 * that was tried last, and the next server with JSON */
static void test_neither(void **state) {
  (void)state;
  static const uint32_t second[] = {415, 406, 400, 500};
  for (size_t i = 0; i < TEST_COUNT_OF(second); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_EMPTY, (int)(i & 1), &server);
    mock_well_known(mock, "localhost", 4002);
    mock_give_unsigned(mock_server(mock, "localhost", 4002, "server"), MOCK_EMPTY);
    mock->addresses = "127.0.0.1 ::1";
    server->json_status = 415;
    server->xml_status = second[i];
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    int refuses_both = second[i] == 415 || second[i] == 406;
    mock_expect(mock, refuses_both ? ASK ASK_XML ASK_XML ASK "data localhost:4002 trusted\n"
                                                             "report localhost:4002 bootstrap-initiated\n"
                                                             "report localhost:4002 bootstrap-complete\n"
                                   : ASK ASK_XML ASK_XML "data localhost:4002 trusted\n"
                                                         "report localhost:4002 bootstrap-initiated\n"
                                                         "report localhost:4002 bootstrap-complete\n");
    mock_free(mock);
  }
}

/* REST-10, REST-18: other failures change nothing about the encoding */
static void test_no_switch(void **state) {
  (void)state;
  static const uint32_t statuses[] = {204, 400, 404, 405, 500, 501};
  for (size_t i = 0; i < TEST_COUNT_OF(statuses); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
    server->json_status = statuses[i];
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, ASK);
    assert_int_equal(mock->reason, SZTP_ERR_SERVER_FAIL);
    mock_free(mock);
  }
}

/* REST-27, PROG-10, D-47: where reports alone are refused in JSON, they are repeated like any request; the
 * attempts of D-144 are counted from there */
static void test_switch_at_a_report(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  server->report_status = 415;
  server->report_type = "bootstrap-initiated";
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, ASK REPORT("bootstrap-initiated") REPORT("bootstrap-initiated xml")
                        REPORT("bootstrap-error xml"));
  mock_free(mock);
  mock = mock_with_server(MOCK_EMPTY, 0, &server);
  server->report_status = 415;
  server->report_type = "bootstrap-warning"; /* an attempt only: its repetition is one as well */
  mock->flag = "1";
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, ASK REPORT("bootstrap-initiated") REPORT("bootstrap-warning")
                        REPORT("bootstrap-warning xml") REPORT("bootstrap-complete xml"));
  mock_free(mock);
}

/* REST-16, REST-17, REST-22: replies that are no output have the reason model-invalid, none at all
 * server-fail; the encoding of a reply need not be the request's */
static void test_replies(void **state) {
  (void)state;
  static const struct {
    const char *type, *body;
    int32_t reason;
  } cases[] = {
      {"application/yang-data+xml", "<output xmlns='" NS "'/>", SZTP_ERR_MODEL_INVALID},
      {"text/html", "<html><body>Welcome!</body></html>", SZTP_ERR_MODEL_INVALID},
      {"application/yang-data+json", "{\"ietf-sztp-bootstrap-server:output\":{}}", SZTP_ERR_MODEL_INVALID},
      {"text/plain", "Welcome!", SZTP_ERR_MODEL_INVALID},
      {"application/yang-data+xml", "", SZTP_ERR_SERVER_FAIL},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
    server->data_type = cases[i].type;
    server->data_body = cases[i].body;
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, ASK);
    assert_int_equal(mock->reason, cases[i].reason);
    mock_free(mock);
  }
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  server->data_type = "application/yang-data+xml"; /* in reply to JSON: wire example 7.1 */
  server->data_body =
      "<output xmlns='" NS "'><reporting-level>minimal</reporting-level><conveyed-information>"
      "MEYGCyqGSIb3DQEJEAEroDcENXsiaWV0Zi1zenRwLWNvbnZleWVkLWluZm86b25ib2FyZGluZy1pbmZvcm1hdGlvbiI6"
      "e319</conveyed-information></output>";
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, ASK REPORT("bootstrap-initiated") REPORT("bootstrap-complete"));
  mock_free(mock);
}

/* REST-18: the errors of a server are told in the log, in either encoding */
static void test_errors(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":\"application\",\"error-tag\":\"data-missing\","
      "\"error-message\":\"nothing staged\"}]}}",
      "<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'><error><error-type>application</error-type>"
      "<error-tag>data-missing</error-tag><error-message>nothing staged</error-message></error></errors>"};
  for (size_t i = 0; i < TEST_COUNT_OF(bodies); i++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
    server->data_status = 404;
    server->data_body = bodies[i];
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_non_null(strstr(mock->log, "localhost answered 404: data-missing: nothing staged"));
    mock_free(mock);
  }
}

/* Power fails after each action in turn: the next start knows nothing of the encoding, and finds it again. */
static void test_power_failure(void **state) {
  (void)state;
  unsigned stops = 0;
  for (unsigned n = 1;; n++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(X_ONBOARDING, 0, &server);
    server->json_status = 415;
    mock->stop_after = n;
    if (mock_run(mock) == SZTP_RESULT_DONE) {
      mock_free(mock);
      break;
    }
    stops++;
    const char *undo = mock->saved_len > 0 ? "undo post\nundo config\nundo pre\n" : "";
    char expected[400];
    (void)snprintf(expected, sizeof expected,
                   "%s" ASK ASK_XML REPORT("bootstrap-initiated xml") STAGES REPORT("bootstrap-complete xml"),
                   undo);
    mock->stop_after = 0;
    mock->trace[0] = '\0';
    mock->flag_asked = 0;
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, expected);
    mock_free(mock);
  }
  assert_true(stops > 10);
}

/* SEC-05: memory fails at every allocation; the same calls are made again, and no request is left out or made
 * in the wrong encoding. */
static void test_memory_failure(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  sztp__blob_t first = artifact_conveyed(X_REDIRECT, "owner");
  sztp__blob_t second = artifact_conveyed(X_ONBOARDING, "owner");
  for (int runner = 0; runner < 2; runner++) {
    for (size_t n = 1;; n += runner ? 7 : TEST_SAMPLE) {
      mock_host_t *mock = open_mock(runner);
      mock->dhcp = "https://localhost:4001";
      mock_server_t *servers[2] = {mock_server(mock, "localhost", 4001, "server"),
                                   mock_server(mock, "localhost", 4002, "server")};
      for (int i = 0; i < 2; i++) {
        servers[i]->ci = i == 0 ? first : second;
        servers[i]->oc = owner_artifacts()->owner_cert;
        servers[i]->ov = owner_artifacts()->voucher;
        servers[i]->json_status = 415;
      }
      int met = mock_run_short_of_memory(mock, n);
      mock_expect(mock, "data localhost:4001 provisional\ndata localhost:4001 provisional xml\n"
                        "data localhost:4002 provisional\ndata localhost:4002 provisional xml\n" STAGES);
      mock_free(mock);
      if (!met) break;
      assert_true(n < 10000);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_conveyed_in_xml),
      cmocka_unit_test(test_content_types),
      cmocka_unit_test(test_untrusted_xml),
      cmocka_unit_test(test_broken_xml_is_reported),
      cmocka_unit_test(test_switch_to_xml),
      cmocka_unit_test(test_switch_untrusted),
      cmocka_unit_test(test_neither),
      cmocka_unit_test(test_no_switch),
      cmocka_unit_test(test_switch_at_a_report),
      cmocka_unit_test(test_replies),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_power_failure),
      cmocka_unit_test(test_memory_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
