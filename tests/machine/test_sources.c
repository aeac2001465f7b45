/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of bootstrapping data (DISC, STATE, TRUST groups): which are asked, in what order, and what their
 * data is worth. */
#include "mock_host.h"

/* Traces every source that is asked, by wrapping the mock host's answer. */
static mock_host_t *open_mock(int runner) {
  mock_host_t *mock = mock_new(runner);
  mock->trace_sources = 1;
  return mock;
}

/* DISC-01, DISC-02, DISC-05, STATE-05: the default order; an empty source is no error */
static void test_default_order(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    mock_host_t *mock = open_mock(runner);
    mock_well_known(mock, "localhost", 4001);
    mock_give_signed(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect_has(
        mock, "source 1\nsource 5\nsource 4\nsource 2\nsource 3\nsource 2\ndata localhost:4001 trusted\n");
    mock_free(mock);
  }
}

/* DISC-01, DISC-03, STATE-05, STATE-06: the order given, nothing else, and nothing after the one that worked
 */
static void test_given_order(void **state) {
  (void)state;
  static const uint32_t order[] = {SZTP_SOURCE_CUSTOM + 3, SZTP_SOURCE_DHCP4, SZTP_SOURCE_REMOVABLE};
  mock_host_t *mock = open_mock(0);
  mock->sources = order;
  mock->source_count = TEST_COUNT_OF(order);
  mock->dhcp = "https://localhost:4001";
  mock_give_signed(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock, "source 67\nsource 4\ndata localhost:4001 provisional\n");
  mock_free(mock);
}

/* DISC-08, REDIR-11: what is done at a server says which source led there, at the first list and further down
 */
static void test_servers_name_their_source(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(0);
  mock->dhcp = "https://localhost:4001";
  mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"),
                     artifact_redirect("localhost", 4002, NULL));
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect_has(mock, "no connection localhost:4002\n");
  assert_int_equal(mock->resolve_ms, 30000); /* D-12: a resolver that hangs is bounded, too */
  assert_int_equal(mock->resolve_source, SZTP_SOURCE_DHCP4);
  assert_int_equal(mock->fetch_source, SZTP_SOURCE_DHCP4);
  mock_free(mock);
  mock = open_mock(1);
  mock->dhcp = "https://localhost:4001"; /* the same server, for another reason */
  mock_well_known(mock, "localhost", 4001);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->resolve_source, SZTP_SOURCE_WELL_KNOWN);
  assert_int_equal(mock->fetch_source, SZTP_SOURCE_WELL_KNOWN);
  mock_free(mock);
}

/* DISC-04, DISC-06, DISC-07, DISC-13, TRUST-01, TRUST-04, TRUST-05, TRUST-09, PROG-02, ONB-22: local
 * artifacts are trusted only when signed, and never reported */
static void test_local_artifacts(void **state) {
  static const struct {
    int is_signed;
    int complete; /* all three artifacts */
    int redirect;
    const char *trace;
  } cases[] = {
      {0, 0, 0, ""},
      {0, 1, 0, ""}, /* companions change nothing */
      {1, 0, 0, ""},
      {1, 1, 0, "pre-script pre\nmerge config\npost-script post\n"},
      {0, 0, 1, "data localhost:4001 provisional\n"},
      {1, 1, 1,
       "data localhost:4001 trusted\nreport localhost:4001 bootstrap-initiated\nreport localhost:4001 "
       "bootstrap-complete\n"},
      {1, 0, 1, ""},
  };
  static const uint32_t kinds[] = {SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_DNS, SZTP_SOURCE_MDNS,
                                   SZTP_SOURCE_CUSTOM};
  (void)state;
  for (size_t k = 0; k < TEST_COUNT_OF(kinds); k++) {
    for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
      mock_host_t *mock = open_mock((int)(i & 1));
      mock->trace_sources = 0;
      mock->flag = "10";
      mock->sources = &kinds[k];
      mock->source_count = 1;
      mock->usb_source = kinds[k];
      const char *document =
          cases[i].redirect ? artifact_redirect("localhost", 4001, "server-root") : MOCK_ONBOARDING;
      mock->usb[0] = artifact_conveyed(document, cases[i].is_signed ? "owner" : NULL);
      if (cases[i].complete) {
        mock->usb[1] = owner_artifacts()->owner_cert;
        mock->usb[2] = owner_artifacts()->voucher;
      }
      mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
      uint32_t result = mock_run(mock);
      mock_expect(mock, cases[i].trace);
      int works = strstr(cases[i].trace, "post-script") != NULL || strstr(cases[i].trace, "complete") != NULL;
      assert_int_equal(result, works ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
      mock_free(mock);
    }
  }
}

static mock_place_t place(const char *document, const char *signer) {
  mock_place_t p = {
      {artifact_conveyed(document, signer), owner_artifacts()->owner_cert, owner_artifacts()->voucher}};
  return p;
}

/* USB-11, USB-05, USB-06, USB-10, DISC-07: several media, each tried until one leads to success; nothing is
 * reported. Media for another owner, without companions, or with nothing at all are none */
static void test_several_media(void **state) {
  (void)state;
  mock_place_t media[] = {place(MOCK_ONBOARDING, "other"), place(MOCK_ONBOARDING, NULL),
                          place(MOCK_ONBOARDING, "owner"), {{{NULL, 0}, {NULL, 0}, {NULL, 0}}},
                          place(MOCK_ONBOARDING, "owner"), place(MOCK_EMPTY, "owner")};
  media[2].artifacts[1].data = NULL;
  for (int runner = 0; runner < 2; runner++) {
    mock_host_t *mock = open_mock(runner);
    mock->places = media;
    mock->place_count = TEST_COUNT_OF(media);
    mock->dhcp = "https://localhost:4001";
    mock->flag = "10";
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    mock_expect(
        mock,
        "source 1\nplace 1\nplace 2\nplace 3\nplace 4\npre-script pre\nmerge config\npost-script post\n");
    assert_string_equal(mock->paths, "");
    mock_free(mock);
  }
  mock_host_t *mock = open_mock(0);
  mock->places = media;
  mock->place_count = 4; /* none that is right: the next source is asked */
  mock->flag = "10";
  mock->dhcp = "https://localhost:4001";
  mock_give_signed(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock,
              "source 1\nplace 1\nplace 2\nplace 3\nsource 5\nsource 4\ndata localhost:4001 provisional\n");
  mock_free(mock);
}

/* USB-11, DISC-12, STATE-10: media without end keep nobody busy, each may name as many servers as a source
 * may, and an attempt that failed is undone before the next medium is looked at */
static void test_media_are_bounded(void **state) {
  (void)state;
  mock_place_t bad = place(MOCK_ONBOARDING, NULL);
  mock_host_t *mock = open_mock(0);
  mock->places = &bad;
  mock->place_count = 1;
  mock->places_without_end = 1;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), 0);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  size_t asked = 0;
  for (const char *at = mock->trace; (at = strstr(at, "place ")) != NULL; at++) asked++;
  assert_int_equal(asked, 2 * 31);
  mock_expect_has(mock, "place 31\nsource 5\n");
  assert_non_null(strstr(mock->log, "removable storage: 32 places were looked at; the rest is skipped"));
  mock_free(mock);

  mock_place_t media[] = {place(MOCK_ONBOARDING, "owner"), place(MOCK_ONBOARDING, "owner")};
  mock = open_mock(0);
  mock->places = media;
  mock->place_count = 2;
  mock->post_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect_has(
      mock, "source 1\npre-script pre\nmerge config\npost-script post\nundo post\nundo config\nundo pre\n"
            "place 1\npre-script pre\n");
  mock_free(mock);
}

/* DISC-12: media that name dead servers without end leave something of the pass to each source after them */
static void test_pass_is_shared(void **state) {
  (void)state;
  static char list[8000] = "{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[";
  for (int i = 0; i < 64; i++) {
    size_t at = strlen(list);
    (void)snprintf(list + at, sizeof list - at, "%s{\"address\":\"localhost\",\"port\":%d}",
                   i == 0 ? "" : ",", 6000 + i);
  }
  strcat(list, "]}}");
  mock_place_t bad = place(list, NULL);
  mock_host_t *mock = open_mock(0);
  mock->places = &bad;
  mock->place_count = 1;
  mock->places_without_end = 1;
  mock_well_known(mock, "localhost", 4001);
  mock_give_signed(mock_server(mock, "localhost", 4001, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect_has(mock, "data localhost:4001 trusted\n");
  size_t tried = 0;
  for (const char *at = mock->trace; (at = strstr(at, "no connection ")) != NULL; at++) tried++;
  assert_int_equal(tried, 64 - 5 * 5); /* five sources are still to come */
  mock_free(mock);
}

/* TRUST-02, REDIR-09: trust does not leak from one entry to the next, nor from a trusted list to an entry
 * without anchor */
static void test_trust_does_not_leak(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(0);
  mock->trace_sources = 0;
  mock_well_known(mock, "localhost", 4001); /* trusted, but gives nothing */
  mock_server(mock, "localhost", 4001, "server")->data_status = 404;
  mock->dhcp = "https://localhost:4002 https://localhost:4003";
  mock_server(mock, "localhost", 4002, "server")->data_status = 500;
  mock_give_unsigned(mock_server(mock, "localhost", 4003, "server"), MOCK_ONBOARDING);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(mock->reason, SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED);
  mock_expect_not(mock, "script");
  mock_free(mock);
}

/* STATE-12, D-04, TLS-04: an anchor that was learned in one pass is forgotten in the next */
static void test_nothing_learned_persists(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(0);
  mock->trace_sources = 0;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), 0);
  mock->usb[0] = artifact_conveyed(artifact_redirect("localhost", 4002, "server-root"), "owner");
  mock->usb[1] = owner_artifacts()->owner_cert;
  mock->usb[2] = owner_artifacts()->voucher;
  mock->usb_once = 1;
  mock->dhcp = "https://localhost:4002";
  mock_server(mock, "localhost", 4002, "server")->data_status = 404;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(
      mock,
      "data localhost:4002 trusted\ndata localhost:4002 provisional\ndata localhost:4002 provisional\n");
  mock_free(mock);
}

/* STATE-13 to -15, TLS-07: not fit to start */
static void test_not_fit(void **state) {
  (void)state;
  static const uint32_t well_known = SZTP_SOURCE_WELL_KNOWN;
  mock_host_t *mock = open_mock(0);
  mock->sources = &well_known;
  mock->source_count = 1;
  assert_int_equal(mock_run(mock), 0); /* no server */
  test_expect_fail(mock->ctx, mock->reason, SZTP_ERR_CONFIG, "none is given");
  mock_free(mock);
  mock = open_mock(0);
  assert_int_equal(sztp_device_add_server(mock->dev, "localhost", 4001), 0);
  assert_int_equal(mock_run(mock), 0); /* no anchor for it */
  test_expect_fail(mock->ctx, mock->reason, SZTP_ERR_CONFIG, "no trust anchor");
  mock_free(mock);
  mock = open_mock(0);
  sztp_device_free(mock->dev);
  assert_int_equal(sztp_device_new(mock->ctx, &mock->dev), 0);
  assert_int_equal(sztp_device_set_text(mock->dev, SZTP_DEVICE_SERIAL, MOCK_SERIAL), 0);
  assert_int_equal(mock_run(mock), 0); /* nothing to authenticate with */
  test_expect_fail(mock->ctx, mock->reason, SZTP_ERR_CONFIG, "no identity certificate");
  mock_expect(mock, "");
  mock_free(mock);
}

/* STATE-18: the session reads the flag and never writes it; SEC-17: switches that weaken are told at the
 * start */
static void test_switches_are_told(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(0);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_null(strstr(mock->log, "weakened"));
  mock_free(mock);
  static const struct {
    uint32_t policy;
    const char *line;
  } switches[] = {
      {SZTP_POLICY_ALLOW_SHA1, "SHA-1"},        {SZTP_POLICY_REVISED_VOUCHER, "created-on"},
      {SZTP_POLICY_COMMON_NAME, "common name"}, {SZTP_POLICY_PROVISIONAL_FALLBACK, "without authentication"},
      {SZTP_POLICY_LENIENT_DHCP, "DHCP"},       {SZTP_POLICY_IMAGE_SIGNATURE, "fingerprint"}};
  for (size_t i = 0; i < TEST_COUNT_OF(switches); i++) {
    mock = open_mock(0);
    assert_int_equal(sztp_device_set_i64(mock->dev, switches[i].policy, 1), 0);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    const char *told = strstr(mock->log, "a check is weakened: ");
    assert_non_null(told);
    assert_non_null(strstr(told, switches[i].line));
    mock_free(mock);
  }
}

/* SEC-14: "signed data only" holds at every depth */
static void test_policy_at_depth(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(0);
  mock->trace_sources = 0;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_SIGNED_ONLY, 1), 0);
  mock->dhcp = "https://localhost:4001";
  mock_give_unsigned(mock_server(mock, "localhost", 4001, "server"),
                     artifact_redirect("localhost", 4002, NULL));
  mock_give_signed(mock_server(mock, "localhost", 4002, "server"),
                   artifact_redirect("localhost", 4003, "server-root"));
  mock_give_unsigned(mock_server(mock, "localhost", 4003, "server"), MOCK_ONBOARDING);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(
      mock, "data localhost:4001 provisional\ndata localhost:4002 provisional\ndata localhost:4003 trusted\n"
            "report localhost:4003 bootstrap-initiated\nreport localhost:4003 parsing-error\n");
  mock_free(mock);
}

#define XRD(links) "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>" links "</XRD>"

/* REST-04, REST-05, REST-06, REST-07, REST-08, REST-27, REST-28: paths under the root that was found, and no
 * others */
static void test_paths(void **state) {
  static const struct {
    uint32_t status;
    const char *body;
    const char *root;
    const char *warning; /* in the log, or NULL */
  } cases[] = {
      {404, "", "/restconf", NULL},
      {500, "<html/>", "/restconf", NULL},
      {200, "<html/>", "/restconf", NULL},
      {302, "", "/restconf", NULL}, /* wherever it points: nobody follows */
      {200, XRD("<Link rel='restconf' href='https://other.example/rc'/>"), "/restconf", "is not used"},
      {200, XRD("<Link rel='restconf' href='/a'/><Link rel='restconf' href='/b'/>"), "/a",
       "several restconf links"},
      {200, XRD("<Link rel='lrdd' href='/a'/>"), "/restconf", NULL},
      {200, XRD(""), "/restconf", NULL},
      {200,
       "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'><Link rel='restconf' href='/top/rc/'/></XRD>",
       "/top/rc", NULL},
      {200, "{\"links\":[{\"rel\":\"restconf\",\"href\":\"/\"}]}", "", NULL},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char expected[400];
    mock_host_t *mock = open_mock(0);
    mock_well_known(mock, "localhost", 4001);
    mock_server_t *server = mock_server(mock, "localhost", 4001, "server");
    server->root_status = cases[i].status;
    server->root_body = cases[i].body;
    mock_give_unsigned(server, MOCK_EMPTY);
    mock->flag = "10";
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    (void)snprintf(
        expected, sizeof expected,
        "GET /.well-known/host-meta\nPOST %s/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data\n"
        "POST %s/operations/ietf-sztp-bootstrap-server:report-progress\n"
        "POST %s/operations/ietf-sztp-bootstrap-server:report-progress\n",
        cases[i].root, cases[i].root, cases[i].root);
    assert_string_equal(mock->paths, expected);
    if (cases[i].warning != NULL) assert_non_null(strstr(mock->log, cases[i].warning));
    mock_free(mock);
  }
}

/* REST-16, REST-18, REST-19, REST-20, TLS-08: what is no data leads to the next address; who refuses
 * strangers is not asked again, trusted or not, since there are no HTTP credentials */
static void test_no_data(void **state) {
  static const uint32_t statuses[] = {204, 301, 307, 400, 401, 403, 404, 429, 500, 503};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(statuses); i++) {
    for (int trusted = 0; trusted < 2; trusted++) {
      mock_host_t *mock = open_mock(0);
      mock->trace_sources = 0;
      mock->addresses = "127.0.0.1 ::1";
      if (trusted)
        mock_well_known(mock, "localhost", 4001);
      else
        mock->dhcp = "https://localhost:4001";
      mock_server(mock, "localhost", 4001, "server")->data_status = statuses[i];
      assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      mock_expect(mock, trusted ? "data localhost:4001 trusted\ndata localhost:4001 trusted\n"
                                : "data localhost:4001 provisional\ndata localhost:4001 provisional\n");
      assert_int_equal(mock->reason, SZTP_ERR_SERVER_FAIL);
      assert_non_null(strstr(mock->headers, "Content-Type"));
      assert_null(strstr(mock->headers, "uthorization"));
      mock_free(mock);
    }
  }
}

/* DISC-09, DISC-11, TLS-22: a name without address, or a resolver that fails, leads on */
static void test_no_address(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(1);
  mock->trace_sources = 0;
  mock->addresses = "";
  mock_well_known(mock, "localhost", 4001);
  mock_well_known(mock, "127.0.0.1", 4002); /* a literal needs no resolver */
  mock_give_signed(mock_server(mock, "127.0.0.1", 4002, "server"), MOCK_EMPTY);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect_has(mock, "data 127.0.0.1:4002 trusted\n");
  mock_free(mock);
}

/* DISC-09, D-09: all addresses of a well-known server before the next one */
static void test_addresses_before_entries(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(1);
  mock->trace_sources = 0;
  mock->addresses = "127.0.0.1 ::1";
  mock_well_known(mock, "localhost", 4001);
  mock_well_known(mock, "localhost", 4002);
  mock_server(mock, "localhost", 4001, "server")->refuses = 1;
  mock_give_signed(mock_server(mock, "localhost", 4002, "server"), MOCK_EMPTY);
  mock->flag = "10";
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect(mock,
              "no connection localhost:4001\nno connection localhost:4001\ndata localhost:4002 trusted\n"
              "report localhost:4002 bootstrap-initiated\nreport localhost:4002 bootstrap-complete\n");
  mock_free(mock);
}

/* DISC-08: a well-known server without a port is asked at 443 */
static void test_ports(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(0);
  mock->trace_sources = 0;
  mock_well_known(mock, "sztp.example.com", 0);
  mock_well_known(mock, "192.0.2.7", 0);
  mock_well_known(mock, "sztp.example.com", 8443);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(mock, "no connection sztp.example.com:443\nno connection 192.0.2.7:443\nno connection "
                    "sztp.example.com:8443\n");
  mock_free(mock);
}

/* TLS-14: the name that a source gave is the one that the certificate must have, wherever it leads */
static void test_alias(void **state) {
  (void)state;
  static const char *const targets[] = {"127.0.0.1", "localhost"}; /* both of them in the certificate */
  for (size_t i = 0; i < TEST_COUNT_OF(targets); i++) {
    mock_host_t *mock = open_mock((int)i);
    mock->trace_sources = 0;
    mock->addresses = targets[i];
    mock_well_known(mock, "alias.example.com", 4001);
    mock_give_unsigned(mock_server(mock, "alias.example.com", 4001, "server"), MOCK_ONBOARDING);
    assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, "refused tls-name-mismatch\n");
    assert_int_equal(mock->reason, SZTP_ERR_TLS_NAME_MISMATCH);
    mock_free(mock);
  }
}

static size_t count_certs(const mock_host_t *mock) {
  size_t count = 0;
  const uint8_t *der = NULL;
  size_t len = 0;
  for (uint32_t role = SZTP_CERT_IDENTITY; role <= SZTP_CERT_REPORT_ANCHOR; role++)
    for (size_t i = 0; sztp_device_cert(mock->dev, role, i, &der, &len) == SZTP_OK; i++)
      count += len + role; /* so that an exchange is seen, too */
  return count;
}

/* VERIFY-13: whatever a device is told, it trusts afterwards whom it trusted before */
static void test_stores_are_left_alone(void **state) {
  (void)state;
  mock_host_t *mock = open_mock(0);
  mock_well_known(mock, "localhost", 4009);
  mock->dhcp = "https://localhost:4001";
  mock->flag = "10";
  mock_give_signed(mock_server(mock, "localhost", 4001, "server"),
                   artifact_redirect("localhost", 4002, "server2-root"));
  mock_give_unsigned(mock_server(mock, "localhost", 4002, "server2"), MOCK_ONBOARDING);
  size_t before = count_certs(mock);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_expect_has(mock, "data localhost:4002 trusted\n");
  assert_int_equal(count_certs(mock), before);
  mock_free(mock);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_default_order),
      cmocka_unit_test(test_given_order),
      cmocka_unit_test(test_servers_name_their_source),
      cmocka_unit_test(test_local_artifacts),
      cmocka_unit_test(test_several_media),
      cmocka_unit_test(test_media_are_bounded),
      cmocka_unit_test(test_pass_is_shared),
      cmocka_unit_test(test_trust_does_not_leak),
      cmocka_unit_test(test_nothing_learned_persists),
      cmocka_unit_test(test_not_fit),
      cmocka_unit_test(test_switches_are_told),
      cmocka_unit_test(test_policy_at_depth),
      cmocka_unit_test(test_paths),
      cmocka_unit_test(test_no_data),
      cmocka_unit_test(test_no_address),
      cmocka_unit_test(test_addresses_before_entries),
      cmocka_unit_test(test_ports),
      cmocka_unit_test(test_alias),
      cmocka_unit_test(test_stores_are_left_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
