/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that devices have had when they bootstrapped, one test for each family: none of them may come back.
 * What other tests show anyway is not shown here again. */
#include "mock_host.h"

#include "cryptography/cms.h"
#include "formats/json.h"
#include "ground/text.h"

#define OPEN "{\"ietf-sztp-conveyed-info:onboarding-information\":{"

/* A device that followed redirects and found nothing at their end went on with nothing, and reported success.
 * (STATE-11, REDIR-06) */
static void test_a_dead_end_is_no_success(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_host_t *mock = mock_new(runner);
    assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
    mock_well_known(mock, "localhost", 4001);
    mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"),
                       artifact_redirect("localhost", 4002, "server-root"));
    mock_give_unsigned(mock_server(mock, "localhost", 4002, "server"),
                       artifact_redirect("localhost", 4003, "server-root"));
    mock_server(mock, "localhost", 4003, "server")->data_status = 404;
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    /* the second pass begins where the first one began: no redirect stays behind */
    mock_expect(mock,
                "data localhost:4001 trusted\ndata localhost:4002 trusted\ndata localhost:4003 trusted\n"
                "data localhost:4001 trusted\ndata localhost:4002 trusted\ndata localhost:4003 trusted\n");
    mock_free(mock);
  }
}

/* An empty document passed for onboarding information in which there is nothing to do. (CONV-08, PROG-05) */
static void test_nothing_is_no_onboarding_information(void **state) {
  (void)state;
  static const char *const documents[] = {"{}", "{\"onboarding-information\":{}}", "null", "\"\"", ""};
  for (size_t i = 0; i < TEST_COUNT_OF(documents); i++) {
    mock_host_t *mock = mock_new((int)(i & 1));
    mock_well_known(mock, "localhost", 4001);
    mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"), documents[i]);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, "data localhost:4001 trusted\nreport localhost:4001 bootstrap-initiated\nreport "
                      "localhost:4001 parsing-error\n");
    mock_free(mock);
  }
}

/* The root that one server named was used with the next, or none was looked for. (REST-01, REST-05) */
static void test_each_server_names_its_root(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  mock->flag = "10";
  mock->trace_roots = 1;
  mock_well_known(mock, "localhost", 4001);
  mock_server_t *first = mock_server(mock, "localhost", 4001, "server");
  first->root_status = 200;
  first->root_body = "{\"links\":[{\"rel\":\"restconf\",\"href\":\"/first\"}]}";
  mock_give_unsigned(first, artifact_redirect("localhost", 4002, "server-root"));
  mock_give_unsigned(mock_server(mock, "localhost", 4002, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect_has(mock, "root localhost:4001\ndata localhost:4001 trusted\nroot localhost:4002\ndata "
                        "localhost:4002 trusted\n");
#define POST(root, rpc) "POST " root "/operations/ietf-sztp-bootstrap-server:" rpc "\n"
  assert_string_equal(
      mock->paths,
      "GET /.well-known/host-meta\n" POST(
          "/first", "get-bootstrapping-data") "GET /.well-known/host-meta\n" POST("/restconf",
                                                                                  "get-bootstrapping-data")
          POST("/restconf", "report-progress") POST("/restconf", "report-progress"));
  mock_free(mock);
}

/* What a device could not do it left out, and reported success all the same. (ONB-07, ONB-13, ONB-18, ONB-20)
 */
static void test_what_can_not_be_done_is_not_left_out(void **state) {
  (void)state;
  static const struct {
    const char *document;
    const char *report;
  } cases[] = {
      {OPEN "\"boot-image\":{\"os-version\":\"9\",\"download-uri\":\"https://a/1\",\"image-verification\":"
            "{\"hash-algorithm\":\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":"
            "\"6105d6cc76af400325e94d588ce511be"
            "5bfdbb73b437dc51eca43917d7a43e3d\"}}}}",
       "boot-image-error"},
      {OPEN "\"pre-configuration-script\":\"cHJl\"}}", "pre-script-error"},
      {OPEN "\"configuration\":\"Y29uZmln\",\"configuration-handling\":\"merge\"}}", "config-error"},
      {OPEN "\"post-configuration-script\":\"cG9zdA==\"}}", "post-script-error"},
  };
  static const uint32_t outcomes[] = {SZTP_OUTCOME_NOTHING, SZTP_OUTCOME_FAILED, SZTP_OUTCOME_TIMEOUT};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    for (size_t o = 0; o < TEST_COUNT_OF(outcomes); o++) {
      mock_host_t *mock = mock_new((int)(o & 1));
      mock_well_known(mock, "localhost", 4001);
      mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"), cases[i].document);
      mock->install_outcome = mock->pre_outcome = mock->config_outcome = mock->post_outcome = outcomes[o];
      assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      mock_expect_has(mock, cases[i].report);
      mock_expect_not(mock, "bootstrap-complete");
      mock_expect_not(mock, "reboot");
      mock_free(mock);
    }
  }
}

/* Empty text and empty containers were sent for what a device did not have: a nonce of no octets, a body of
 * no octets, host keys and trust anchors without any. (REST-11, REST-15, PROG-11) */
static void test_nothing_empty_is_sent(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  mock->flag = "10";
  mock_well_known(mock, "localhost", 4001);
  mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  assert_string_equal(
      mock->bodies,
      "\n" /* of host-meta */
      "{\"ietf-sztp-bootstrap-server:input\":{\"hw-model\":\"EX4200\",\"os-name\":\"ExampleOS\","
      "\"os-version\":\"4.2.1\"}}\n"
      "{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"bootstrap-initiated\"}}\n"
      "{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"bootstrap-complete\"}}\n");
  mock_free(mock);
}

/* Requests did not say what they hold nor what may be answered, and held a password that was the same in
 * every device. (REST-09, REST-26, SEC-12) */
static void test_requests_say_what_they_are(void **state) {
  (void)state;
  for (int trusted = 0; trusted < 2; trusted++) {
    mock_host_t *mock = mock_new(0);
    mock->flag = "10";
    if (trusted)
      mock_well_known(mock, "localhost", 4001);
    else
      mock->dhcp = "https://localhost:4001";
    mock_give_signed(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
#define JSON_BOTH                                                                                            \
  "Accept: application/yang-data+json, application/yang-data+xml;q=0.5\n"                                    \
  "Content-Type: application/yang-data+json\n\n"
    assert_string_equal(
        mock->headers,
        trusted ? "Accept: application/xrd+xml, application/jrd+json;q=0.5\n\n" JSON_BOTH JSON_BOTH JSON_BOTH
                : "Accept: application/xrd+xml, application/jrd+json;q=0.5\n\n" JSON_BOTH);
    mock_free(mock);
  }
}

/* Text was sent in the place of a trust anchor. A trust anchor is a CMS with a chain. (PROG-15) */
static void test_a_reported_anchor_is_a_cms(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  mock->flag = "10";
  mock_well_known(mock, "localhost", 4001);
  mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
  static const uint8_t text[] = "a secret";
  assert_true(sztp_device_add_cert(mock->dev, SZTP_CERT_REPORT_ANCHOR, text, sizeof text - 1) < 0);
  sztp__blob_t lone = pki_file("owner-int.pem");
  test_expect_fail(mock->ctx, sztp_device_add_cert(mock->dev, SZTP_CERT_REPORT_ANCHOR, lone.data, lone.len),
                   SZTP_ERR_CONFIG, "self-signed root");
  sztp__blob_t root = pki_file("owner-root.pem");
  assert_int_equal(sztp_device_add_cert(mock->dev, SZTP_CERT_REPORT_ANCHOR, root.data, root.len), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  const char *at = strstr(mock->bodies, "\"trust-anchor-certs\":{\"trust-anchor-cert\":[\"");
  assert_non_null(at);
  at = strchr(at, '[') + 2;
  sztp__buf_t bag;
  uint8_t *expected = NULL;
  size_t len = 0;
  sztp__buf_init(&bag, mock->ctx, 65536);
  assert_int_equal(
      sztp__base64_decode(mock->ctx, sztp__span(at, strcspn(at, "\"")), SZTP__BASE64_STRICT, &bag), SZTP_OK);
  assert_int_equal(sztp_owner_cert_make(mock->ctx, root.data, root.len, NULL, 0, &expected, &len), SZTP_OK);
  assert_int_equal(bag.len, len);
  assert_memory_equal(bag.data, expected, len);
  sztp_artifacts_free(mock->ctx, expected);
  sztp__buf_clear(&bag);
  free(lone.data);
  free(root.data);
  mock_free(mock);
}

static void put_base64(char *out, sztp__blob_t blob) {
  sztp_ctx_t *ctx = NULL;
  sztp__buf_t text;
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  sztp__buf_init(&text, ctx, 16384);
  assert_int_equal(sztp__base64_encode(&text, sztp__span(blob.data, blob.len)), SZTP_OK);
  memcpy(out, text.data, text.len + 1);
  sztp__buf_clear(&text);
  sztp_ctx_free(ctx);
}

/* The members of a reply had to come in one order, unknown members made it unreadable, and some of them went
 * into the names of files. (DATA-02, REST-16) */
static void test_members_in_any_order(void **state) {
  (void)state;
  static char parts[3][16384];
  static char body[65536];
  mock_server_t all;
  memset(&all, 0, sizeof all);
  mock_give_signed(&all, MOCK_ONBOARDING);
  put_base64(parts[0], all.ci);
  put_base64(parts[1], all.oc);
  put_base64(parts[2], all.ov);
  static const char *const names[] = {"conveyed-information", "owner-certificate", "ownership-voucher"};
  static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (size_t o = 0; o < 6; o++) {
    size_t at = (size_t)snprintf(
        body, sizeof body, "{\"ietf-sztp-bootstrap-server:output\":{\"InfoTimestampReference\":\"../../x\"");
    for (size_t i = 0; i < 3; i++)
      at += (size_t)snprintf(body + at, sizeof body - at, ",\"%s\":\"%s\"", names[orders[o][i]],
                             parts[orders[o][i]]);
    (void)snprintf(body + at, sizeof body - at, ",\"x:new\":[{\"a\":null}]}}");
    mock_host_t *mock = mock_new((int)(o & 1));
    mock->flag = "10";
    mock->dhcp = "https://localhost:4001";
    mock_server(mock, "localhost", 4001, "server")->data_body = body;
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, "data localhost:4001 provisional\npre-script pre\nmerge config\npost-script post\n");
    mock_free(mock);
  }
}

/* Octets from the network were read as text that ends with a NUL. Here what is read ends where its memory
 * ends, so that a sanitizer sees any octet read behind it. (SEC-01) */
static void test_no_octet_behind_the_end(void **state) {
  (void)state;
  mock_server_t all;
  memset(&all, 0, sizeof all);
  mock_give_signed(&all, MOCK_ONBOARDING);
  const sztp__blob_t given[3] = {all.ci, all.oc, all.ov};
  mock_host_t *mock = mock_new(0);
  for (size_t i = 0; i < 3; i++) {
    sztp__cms_t *cms = NULL;
    uint8_t *exact = malloc(given[i].len);
    memcpy(exact, given[i].data, given[i].len);
    assert_int_equal(sztp__cms_parse(mock->ctx, sztp__span(exact, given[i].len), &cms), SZTP_OK);
    sztp__cms_free(mock->ctx, cms);
    free(exact);
  }
  for (size_t n = 1; n <= strlen(MOCK_ONBOARDING); n++) {
    sztp__json_t *doc = NULL;
    uint8_t *exact = malloc(n);
    memcpy(exact, MOCK_ONBOARDING, n);
    int32_t rc = sztp__json_parse(mock->ctx, sztp__span(exact, n), &doc);
    assert_int_equal(rc == SZTP_OK, n == strlen(MOCK_ONBOARDING));
    sztp__json_free(doc);
    free(exact);
  }
  mock_free(mock);
}

/* A server that nobody configured was asked when all else failed. (DISC-03, SEC-14) */
static void test_no_server_of_its_own(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, "");
  assert_string_equal(mock->paths, "");
  mock_free(mock);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_dead_end_is_no_success),
      cmocka_unit_test(test_nothing_is_no_onboarding_information),
      cmocka_unit_test(test_each_server_names_its_root),
      cmocka_unit_test(test_what_can_not_be_done_is_not_left_out),
      cmocka_unit_test(test_nothing_empty_is_sent),
      cmocka_unit_test(test_requests_say_what_they_are),
      cmocka_unit_test(test_a_reported_anchor_is_a_cms),
      cmocka_unit_test(test_members_in_any_order),
      cmocka_unit_test(test_no_octet_behind_the_end),
      cmocka_unit_test(test_no_server_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
