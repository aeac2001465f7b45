/* SPDX-License-Identifier: Apache-2.0 */
/* Walking redirect information (REDIR group): the next-hop table row by row, order, limits, loops and
 * promotion, in both modes. */
#include "mock_host.h"

#include "ground/text.h"

/* Device -> DHCP -> localhost:4001, which gives a redirect (signed: trusted) to localhost:4002. */
struct hop {
  int trusted;
  const char *anchor; /* NAME, "ber:NAME", "garbage" or NULL */
  const char *server_cert;
  int onboarding_signed;
  const char *trace; /* after the first server */
  const char *cause; /* of a refusal, as told */
};

#define FULL                                                                                                 \
  "data localhost:4002 trusted\nreport localhost:4002 bootstrap-initiated\nreport localhost:4002 "           \
  "bootstrap-warning\nreport localhost:4002 bootstrap-complete\n"
#define REFUSED "refused tls-untrusted\n"
#define MEAGRE  "data localhost:4002 provisional\n"

/* REDIR-07 to -10, REDIR-16, TLS-03, TLS-04, TLS-17, TRUST-07, REST-12, REST-13 */
static const struct hop HOPS[] = {
    {1, "server-root", "server", 0, FULL, NULL},     /* present, validates */
    {1, "ber:server-root", "server", 0, FULL, NULL}, /* the same in BER (CMS-02) */
    {1, "server2-root", "server", 0, REFUSED,
     "no certificate of the issuer was found"},              /* present, does not validate */
    {1, "server-root+server-root", "server", 0, FULL, NULL}, /* with a CRL that lists nothing: TLS-17 */
    {1, "server-root+server-root-revokes", "server", 0, REFUSED, "was revoked on 2025-11-01"},
    {1, "server-root+owner-int-revokes", "server", 0, FULL, NULL}, /* of somebody else */
    {0, "server-root+server-root-revokes", "server", 0, MEAGRE, NULL},
    {1, "garbage", "server", 0, "", NULL},         /* present, unusable */
    {1, "owner-int", "server", 0, "", NULL},       /* present, without self-signed root */
    {1, NULL, "server", 0, MEAGRE, NULL},          /* absent: unsigned onboarding is dropped */
    {1, NULL, "other", 1, MEAGRE, NULL},           /* absent: signed is processed, unreported */
    {0, "server-root", "server", 0, MEAGRE, NULL}, /* untrusted redirect: the anchor is not looked at */
    {0, "garbage", "other", 1, MEAGRE, NULL},
    {0, NULL, "server", 0, MEAGRE, NULL},
};

static const char *hop_document(const struct hop *hop) {
  if (hop->anchor == NULL || strcmp(hop->anchor, "garbage") != 0)
    return artifact_redirect("localhost", 4002, hop->anchor);
  return "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":"
         "[{\"address\":\"localhost\",\"port\":4002,\"trust-anchor\":\"!no base64!\"}]}}";
}

static void run_hop(const struct hop *hop, int runner) {
  mock_host_t *mock = mock_new(runner);
  char expected[1024];
  mock->dhcp = "https://localhost:4001";
  mock_server_t *first = mock_server(mock, "localhost", 4001, "server");
  mock_server_t *second = mock_server(mock, "localhost", 4002, hop->server_cert);
  if (hop->trusted)
    mock_give_signed(first, hop_document(hop));
  else
    mock_give_unsigned(first, hop_document(hop));
  if (hop->onboarding_signed)
    mock_give_signed(second, MOCK_EMPTY);
  else
    mock_give_unsigned(second, MOCK_EMPTY);
  uint32_t result = mock_run(mock);
  (void)snprintf(expected, sizeof expected, "data localhost:4001 provisional\n%s", hop->trace);
  mock_expect(mock, expected);
  if (strcmp(hop->trace, REFUSED) == 0) assert_non_null(strstr(mock->refusal, hop->cause));
  int works = hop->onboarding_signed || strstr(hop->trace, "complete") != NULL;
  assert_int_equal(result, works ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_free(mock);
}

static void test_next_hop_table(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(HOPS); i++)
    for (int runner = 0; runner < 2; runner++) run_hop(&HOPS[i], runner);
}

/* What only a trusted server hears: IDEV-09, REST-13, REST-14, REST-26, SEC-12 */
static void test_what_servers_hear(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  mock->dhcp = "https://localhost:4001";
  mock->time = SZTP_TIME_UNKNOWN;
  mock_give_signed(mock_server(mock, "localhost", 4001, "server"),
                   artifact_redirect("localhost", 4002, "server-root"));
  mock_give_unsigned(mock_server(mock, "localhost", 4002, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  char *first = strtok(mock->bodies, "\n");
  char *second = strtok(NULL, "\n");
  assert_non_null(second);
  assert_non_null(strstr(first, "\"signed-data-preferred\":[null]"));
  assert_non_null(strstr(first, "\"nonce\":\"")); /* CLK-07, REST-15 */
  assert_null(strstr(first, "EX4200"));
  assert_null(strstr(first, "ExampleOS"));
  assert_null(strstr(second, "signed-data-preferred"));
  assert_non_null(
      strstr(second, "\"hw-model\":\"EX4200\",\"os-name\":\"ExampleOS\",\"os-version\":\"4.2.1\""));
  assert_string_not_equal(strstr(first, "nonce"), strstr(second, "nonce")); /* one per visit */
  mock_free(mock);
}

/* A list of servers in one redirect document. */
static const char *list_document(const char *entries) {
  static char document[65536];
  (void)snprintf(document, sizeof document,
                 "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[%s]}}", entries);
  return document;
}

#define ENTRY(port) "{\"address\":\"localhost\",\"port\":" #port "}"

/* REDIR-01, REDIR-05, REDIR-06, REDIR-15, STATE-11, CONV-14 */
static void test_order(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_host_t *mock = mock_new(runner);
    mock->dhcp = "https://localhost:4001 https://localhost:4005";
    mock->addresses = "127.0.0.1 ::1";
    mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"),
                       list_document(ENTRY(4002) "," ENTRY(4003) "," ENTRY(4004)));
    mock_server(mock, "localhost", 4002, "server")->data_status = 404; /* both addresses are asked */
    mock_give_unsigned(mock_server(mock, "localhost", 4003, "server"),
                       MOCK_EMPTY); /* data, but not to be trusted: one is */
    mock_server(mock, "localhost", 4004, "server")->refuses = 1;
    mock_give_signed(mock_server(mock, "localhost", 4005, "server"), MOCK_EMPTY); /* the outer list goes on */
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock, "data localhost:4001 provisional\n"
                      "data localhost:4002 provisional\ndata localhost:4002 provisional\n"
                      "data localhost:4003 provisional\n"
                      "no connection localhost:4004\nno connection localhost:4004\n"
                      "data localhost:4005 provisional\n");
    mock_free(mock);
  }
}

/* A chain of @p redirects unsigned redirects, ending in signed onboarding information. */
static uint32_t run_chain(unsigned redirects, int32_t *reason) {
  mock_host_t *mock = mock_new(0);
  /* the DHCP option is the first redirect */
  mock->dhcp = "https://localhost:5001";
  for (unsigned i = 1; i < redirects; i++)
    mock_give_unsigned(mock_server(mock, "localhost", (uint16_t)(5000 + i), "server"),
                       artifact_redirect("localhost", (uint16_t)(5001 + i), NULL));
  mock_give_signed(mock_server(mock, "localhost", (uint16_t)(5000 + redirects), "server"), MOCK_EMPTY);
  uint32_t result = mock_run(mock);
  *reason = mock->reason;
  mock_free(mock);
  return result;
}

/* REDIR-03, REDIR-12, TRUST-12 */
static void test_depth(void **state) {
  (void)state;
  int32_t reason = 0;
  assert_int_equal(run_chain(10, &reason), SZTP_RESULT_DONE);
  assert_int_equal(run_chain(11, &reason), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(reason, SZTP_ERR_REDIRECT_LIMIT);
  assert_string_equal(sztp_error_label(reason), "redirect-limit");
}

/* REDIR-04 */
static void test_loop(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  mock->dhcp = "https://localhost:4001";
  mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"),
                     artifact_redirect("LOCALHOST", 4001, NULL));
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, "data localhost:4001 provisional\n");
  mock_free(mock);
}

/* TRUST-11, RFC 8572 appendix B: the same server, first untrusted, then with the anchor that it brought;
 * TLS-19 */
static void test_promotion(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_host_t *mock = mock_new(runner);
    mock->dhcp = "https://localhost:4001";
    mock->flag = "10";
    mock_server_t *server = mock_server(mock, "localhost", 4001, "server");
    mock_give_signed(server, artifact_redirect("localhost", 4001, "server-root"));
    server->promoted = artifact_conveyed(MOCK_ONBOARDING, NULL);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(mock,
                "data localhost:4001 provisional\ndata localhost:4001 trusted\n"
                "report localhost:4001 bootstrap-initiated\npre-script pre\nmerge config\npost-script post\n"
                "report localhost:4001 bootstrap-complete\n");
    mock_free(mock);
  }
}

/* DISC-12: no hostile list keeps the device busy */
static void test_budget(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  char entries[60000] = "";
  for (int i = 0; i < 1000; i++) {
    size_t at = strlen(entries);
    (void)snprintf(entries + at, sizeof entries - at, "%s{\"address\":\"localhost\",\"port\":%d}",
                   i == 0 ? "" : ",", 6000 + i);
  }
  mock->dhcp = "https://localhost:4001";
  mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"), list_document(entries));
  assert_int_equal(sztp_ctx_set_i64(mock->ctx, SZTP_LIMIT_SOURCE_SERVERS, 32), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  size_t contacted = 0;
  for (const char *p = mock->trace; (p = strchr(p, '\n')) != NULL; p++) contacted++;
  assert_int_equal(contacted, 32);
  mock_free(mock);
}

/* DISC-10, REDIR-11: a well-known server that does not authenticate is skipped, and hears nothing; with the
 * switch it is met provisionally. A known server that DHCP names is not promoted. */
static void test_no_fallback(void **state) {
  (void)state;
  for (uint64_t fallback = 0; fallback < 2; fallback++) {
    mock_host_t *mock = mock_new(0);
    mock_well_known(mock, "localhost", 4001);
    assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_PROVISIONAL_FALLBACK, (int64_t)fallback),
                     SZTP_OK);
    mock_give_unsigned(mock_server(mock, "localhost", 4001, "other"), MOCK_ONBOARDING);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, fallback ? "refused tls-untrusted\ndata localhost:4001 provisional\n"
                               : "refused tls-untrusted\n");
    if (!fallback) assert_int_equal(mock->reason, SZTP_ERR_TLS_UNTRUSTED);
    mock_free(mock);
  }
  mock_host_t *mock = mock_new(0);
  mock_well_known(mock, "localhost", 4001);
  mock->dhcp = "https://localhost:4001";
  mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect_has(mock, "data localhost:4001 provisional\ndata localhost:4001 trusted\n");
  mock_free(mock);
}

/* REDIR-11, D-130: with the switch, what DHCP names is met as a well-known server is; who can't prove
 * himself, as any that DHCP names; and nobody else is promoted. */
static void test_dhcp_anchors(void **state) {
  (void)state;
  static const struct {
    const char *certificate;
    int on, done;
    const char *trace;
  } cases[] = {{"server", 0, 0, "data localhost:4001 provisional\n"},
               {"server", 1, 1, "data localhost:4001 trusted\n"},
               {"other", 1, 0, "refused tls-untrusted\ndata localhost:4001 provisional\n"}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock_host_t *mock = mock_new(0);
    test_add_cert(mock->dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
    assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_DHCP_ANCHORS, cases[i].on), SZTP_OK);
    mock->dhcp = "https://localhost:4001";
    mock_give_unsigned(mock_server(mock, "localhost", 4001, cases[i].certificate), MOCK_EMPTY);
    assert_int_equal(mock_run(mock), cases[i].done ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect_has(mock, cases[i].trace);
    mock_free(mock);
  }
  /* An untrusted server that names one with a certificate under the anchor. */
  mock_host_t *mock = mock_new(0);
  test_add_cert(mock->dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_DHCP_ANCHORS, 1), SZTP_OK);
  mock->dhcp = "https://localhost:4001";
  mock_give_unsigned(mock_server(mock, "localhost", 4001, "other"),
                     artifact_redirect("localhost", 4002, NULL));
  mock_give_unsigned(mock_server(mock, "localhost", 4002, "server"), MOCK_ONBOARDING);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect_has(mock, "data localhost:4001 provisional\ndata localhost:4002 provisional\n");
  mock_free(mock);
}

/* A host that does not say that it authenticated the server: nothing it brings is trusted (TLS-20, TRUST-03)
 */
static void test_unverified_host(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  mock_well_known(mock, "localhost", 4001);
  mock_server_t *server = mock_server(mock, "localhost", 4001, "server");
  server->unverified = 1;
  mock_give_unsigned(server, MOCK_ONBOARDING);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->reason, SZTP_ERR_TLS_UNTRUSTED);
  mock_expect(mock, "");
  mock_free(mock);
}

/* REDIR-08: the anchor that a trusted redirect brings counts for its server, and no other does: neither one
 * that is configured nor none at all */
static void test_no_other_anchor(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_host_t *mock = mock_new(runner);
    assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_PROVISIONAL_FALLBACK, 1), SZTP_OK);
    mock_well_known(mock, "localhost", 4001); /* with server-root, under which localhost:4002 is valid */
    mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"),
                       artifact_redirect("localhost", 4002, "server2-root"));
    mock_give_signed(mock_server(mock, "localhost", 4002, "server"), MOCK_ONBOARDING);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, "data localhost:4001 trusted\nrefused tls-untrusted\n");
    assert_int_equal(mock->reason, SZTP_ERR_TLS_UNTRUSTED);
    mock_free(mock);
  }
}

/* REDIR-14: name and port go to the transport as they were given. REDIR-02: nothing but a name or an address
 * leads anywhere, least of all to a source of another kind. */
static void test_entries_as_given(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  mock->trace_sources = 1;
  mock->dhcp = "https://localhost:4001";
  mock_give_unsigned(
      mock_server(mock, "localhost", 4001, "server"),
      list_document(
          "{\"address\":\"file:///media/usb\"},{\"address\":\"/media/"
          "usb\"},{\"address\":\"dns:_sztp.example\"},"
          "{\"address\":\"dhcp:\"},{\"address\":\"https://localhost:4002\"},{\"address\":\"localhost:4002\"},"
          "{\"address\":\"user@localhost\"},{\"address\":\"localhost/x\"},"
          "{\"address\":\"Boot2.Example.NET\",\"port\":8443},{\"address\":\"2001:DB8::1\"},"
          "{\"address\":\"localhost\",\"port\":4003}"));
  mock_give_signed(mock_server(mock, "localhost", 4003, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock,
              "source 1\nsource 5\nsource 4\ndata localhost:4001 provisional\nno connection "
              "Boot2.Example.NET:8443\nno connection 2001:DB8::1:443\ndata localhost:4003 provisional\n");
  mock_free(mock);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_next_hop_table),
      cmocka_unit_test(test_dhcp_anchors),
      cmocka_unit_test(test_what_servers_hear),
      cmocka_unit_test(test_order),
      cmocka_unit_test(test_depth),
      cmocka_unit_test(test_loop),
      cmocka_unit_test(test_promotion),
      cmocka_unit_test(test_budget),
      cmocka_unit_test(test_no_fallback),
      cmocka_unit_test(test_unverified_host),
      cmocka_unit_test(test_no_other_anchor),
      cmocka_unit_test(test_entries_as_given),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
