/* SPDX-License-Identifier: Apache-2.0 */
/* What answers from DNS and multicast DNS lead to (DNS, DISC, TRUST groups), and that nobody on the link can
 * hold a device up. */
#define _POSIX_C_SOURCE 200809L
#include "dns_net.h"

/* DNS-02: the question that leads to a bootstrap is the last one; what did not do so is followed by the next
 */
static void test_until_it_works(void **state) {
  static const char works[] = "1 4001 localhost";
  static const answer_t answers[] = {
      {"mdns TXT", FROM("1"), signed_txt, MOCK_ONBOARDING, 0},
      {"dns TXT a.example", NULL, signed_txt, MOCK_ONBOARDING, 0},
      {"mdns SRV", FROM("1"), srv, works, 0},
      {"dns SRV a.example", NULL, srv, works, 0},
  };
  static const char *const traces[] = {
      ASK_TXT STAGES,
      ASK_TXT "ask dns TXT a.example\n" STAGES,
      ASK_TXT "ask dns TXT a.example\n" ASK_SRV "data localhost:4001 provisional\n" STAGES,
      ASK_TXT "ask dns TXT a.example\n" ASK_SRV
              "ask dns SRV a.example\ndata localhost:4001 provisional\n" STAGES,
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(answers); i++) { /* nothing answers before the i-th question */
    net_t *net = open_net((int)(i & 1), answers + i, TEST_COUNT_OF(answers) - i);
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
    mock_give_signed(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_ONBOARDING);
    assert_int_equal(run(net), SZTP_RESULT_DONE);
    mock_expect(&net->mock, traces[i]);
    done(net);
  }
  /* "corrupt", "refused", "failed" and "dead" are not successful either */
  static const answer_t failing[] = {
      {"mdns TXT", FROM("1"), two_values, NULL, SZTP_ASK_WAIT},
      {"dns TXT a.example", NULL, without_voucher, MOCK_ONBOARDING, 0},
      {"dns TXT b.example", NULL, garbage, NULL, SZTP_ASK_WAIT},
      {"dns TXT c.example", NULL, flags, "\x81\x83", 0}, /* NXDOMAIN */
      {"dns TXT d.example", NULL, flags, "\x81\x82", SZTP_ASK_OTHER_SERVER},
      {"mdns SRV", FROM("1"), srv, "1 4009 localhost", 0},
      {"dns SRV a.example", NULL, srv, works, 0},
  };
  net_t *net = OPEN(0, failing);
  static const char *const domains[] = {"a.example", "b.example", "c.example", "d.example"};
  for (size_t i = 0; i < 4; i++) assert_int_equal(sztp_device_add_domain(net->mock.dev, domains[i]), 0);
  mock_give_signed(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_ONBOARDING);
  assert_int_equal(run(net), SZTP_RESULT_DONE);
  mock_expect(&net->mock,
              ASK_TXT "ask dns TXT a.example\nask dns TXT b.example\nask dns TXT c.example\nask dns TXT "
                      "d.example\n" ASK_SRV "no connection localhost:4009\n"
                      "ask dns SRV a.example\ndata localhost:4001 provisional\n" STAGES);
  static const char *const told[] = {
      "multicast DNS, " FROM("1") ": ov: there are two different values of it", "artifact-missing",
      "DNS b.example: 1 message was dropped; the last one: malformed message: an answer has",
      "DNS c.example: the server answers NXDOMAIN (3)", "DNS d.example: the server answers SERVFAIL (2)"};
  for (size_t i = 0; i < TEST_COUNT_OF(told); i++)
    if (strstr(net->mock.log, told[i]) == NULL)
      fail_msg("\"%s\" is not in the log:\n%s", told[i], net->mock.log);
  done(net);
}

/* DNS-02: processed, but the owner's script failed: undone, and the next question follows (STATE-11) */
static void test_attempt_fails(void **state) {
  static const answer_t answers[] = {{"mdns TXT", FROM("1"), signed_txt, MOCK_ONBOARDING, 0},
                                     {"mdns TXT", FROM("2"), signed_txt, MOCK_ONBOARDING, 0}};
  (void)state;
  net_t *net = OPEN(1, answers);
  net->mock.post_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(net->mock.reason, SZTP_ERR_SCRIPT);
  mock_expect(&net->mock, ASK_TXT STAGES "undo post\nundo config\nundo pre\n" STAGES
                                         "undo post\nundo config\nundo pre\nask domains\n" ASK_SRV);
  done(net);
}

/* DNS-11 (D-19), DISC-07 (D-08), DNS-13, TRUST-09: several responders, each by itself: liars lead nowhere,
 * and what two of them said is not put together */
static void test_responders(void **state) {
  static const answer_t answers[] = {
      {"mdns TXT", FROM("60"), plain_txt, MOCK_ONBOARDING, 0},
      {"mdns TXT", FROM("61"), garbage, NULL, SZTP_ASK_WAIT},
      {"mdns TXT", FROM("62"), two_values, NULL, SZTP_ASK_WAIT},
      {"mdns TXT", FROM("63"), part_txt, "ci", SZTP_ASK_WAIT},
      {"mdns TXT", FROM("64"), part_txt, "oc", SZTP_ASK_WAIT},
      {"mdns TXT", FROM("65"), part_txt, "ov", SZTP_ASK_WAIT},
      {"mdns TXT", FROM("7"), part_txt, "ov", SZTP_ASK_WAIT}, /* the owner's, in three messages */
      {"mdns TXT", FROM("7"), part_txt, "ci", SZTP_ASK_WAIT},
      {"mdns TXT", FROM("60"), plain_txt, MOCK_ONBOARDING, 0}, /* said twice, since it is asked twice */
      {"mdns TXT", FROM("7"), part_txt, "oc", 0},
  };
  (void)state;
  for (size_t owner = 0; owner < 2; owner++) { /* with the owner and without */
    net_t *net = open_net((int)owner, answers, owner ? TEST_COUNT_OF(answers) : 6);
    assert_int_equal(sztp_ctx_set_random(net->mock.ctx, in_order, NULL), SZTP_OK);
    uint32_t result = run(net);
    assert_int_equal(result, owner ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(&net->mock, owner ? ASK_TXT STAGES : ASK_TXT "ask domains\n" ASK_SRV);
    if (!owner) assert_int_equal(net->mock.reason, SZTP_ERR_ARTIFACT_MISSING);
    static const char *const told[] = {"unsigned-onboarding-untrusted", "1 message was dropped",
                                       FROM("62") ": ov: there are two different values", "artifact-missing",
                                       FROM("64") ": no TXT record with conveyed information (ci)"};
    for (size_t i = 0; i < TEST_COUNT_OF(told); i++)
      if (strstr(net->mock.log, told[i]) == NULL)
        fail_msg("\"%s\" is not in the log:\n%s", told[i], net->mock.log);
    done(net);
  }
}

/* DNS-13, DISC-04: what TXT records are worth: rows 9 to 16 of the TRUST table; never a report about them */
static void test_worth(void **state) {
  static const struct {
    void (*make)(dns_message_t *m, const char *owner, const void *what);
    int redirect;
    const char *trace;
    int32_t reason;
  } cases[] = {
      {plain_txt, 0, "", SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED},
      {plain_txt, 1, "data localhost:4001 provisional\n", SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED},
      {signed_txt, 0, STAGES, SZTP_OK},
      {signed_txt, 1, "data localhost:4001 trusted\n", SZTP_OK},
      {without_voucher, 0, "", SZTP_ERR_ARTIFACT_MISSING},
      {without_voucher, 1, "", SZTP_ERR_ARTIFACT_MISSING},
  };
  static const char *const to[] = {"mdns TXT", "dns TXT a.example"};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    for (int unicast = 0; unicast < 2; unicast++) {
      const char *document =
          cases[i].redirect ? artifact_redirect("localhost", 4001, "server-root") : MOCK_ONBOARDING;
      uint32_t then = cases[i].make == without_voucher && !unicast ? SZTP_ASK_WAIT : 0;
      answer_t answer = {to[unicast], unicast ? NULL : FROM("1"), cases[i].make, document, then};
      net_t *net = open_net(unicast, &answer, 1);
      net->quiet = 1;
      assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
      mock_give_unsigned(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_EMPTY);
      uint32_t result = run(net);
      assert_int_equal(result, cases[i].reason == SZTP_OK ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
      if (cases[i].reason != SZTP_OK) assert_int_equal(net->mock.reason, cases[i].reason);
      assert_int_equal(strncmp(net->mock.trace, cases[i].trace, strlen(cases[i].trace)), 0);
      if (cases[i].trace[0] == 0) mock_expect(&net->mock, "");
      if (!cases[i].redirect) mock_expect_not(&net->mock, "report");
      done(net);
    }
}

/* DNS-14, DNS-15, DNS-17, DNS-21, REDIR-01, REDIR-11: servers of SRV records, in their order, none of them
 * trusted, be they well-known or not */
static void test_servers(void **state) {
  static const answer_t answers[] = {{"mdns SRV", FROM("1"), srv,
                                      "10 4003 localhost; 0 4001 localhost; 5 0 localhost; 5 4002 localhost",
                                      0}};
  (void)state;
  net_t *net = OPEN(0, answers);
  mock_well_known(&net->mock, "localhost", 4002);
  mock_server(&net->mock, "localhost", 4001, "server")->data_status = 404;
  mock_give_unsigned(mock_server(&net->mock, "localhost", 4002, "server"), MOCK_ONBOARDING);
  mock_give_signed(mock_server(&net->mock, "localhost", 4003, "server"), MOCK_ONBOARDING);
  assert_int_equal(run(net), SZTP_RESULT_DONE);
  mock_expect(&net->mock,
              ASK_TXT "ask domains\n" ASK_SRV "data localhost:4001 provisional\ndata localhost:4002 "
                      "provisional\ndata localhost:4003 provisional\n" STAGES);
  done(net);
  static const answer_t absent[] = {{"dns SRV a.example", NULL, srv, "0 0 .", 0}};
  net = OPEN(1, absent);
  net->quiet = 1;
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(net->mock.reason, SZTP_ERR_NOT_BOOTSTRAPPED); /* an empty source is no fault */
  assert_non_null(strstr(net->mock.log, "DNS a.example: the domain says that it has no bootstrap server"));
  done(net);
}

/* Every address that is contacted, and every name that is looked up, in order. */
static const char *contacts(const net_t *net) {
  static char out[1024];
  out[0] = 0;
  for (const char *p = net->mock.log; (p = strstr(p, "asking ")) != NULL;) {
    char host[64], address[64];
    if (sscanf(p, "asking %63s (%63[^)])", host, address) == 2) {
      size_t at = strlen(out);
      (void)snprintf(out + at, sizeof out - at, "%s%s", at == 0 ? "" : " ", address);
    }
    p++;
  }
  return out;
}

/* DNS-19, REDIR-05: addresses that came along are tried first, all of them; then those that a look-up gives
 * besides; names without any are looked up */
static void test_hints(void **state) {
  static const struct {
    const char *srv, *looked_up, *contacts;
  } cases[] = {
      {"1 4001 a.example=192.0.2.1,192.0.2.2", "192.0.2.2 192.0.2.3", "192.0.2.1 192.0.2.2 192.0.2.3"},
      {"1 4001 a.example=192.0.2.1", "192.0.2.1", "192.0.2.1"},
      {"1 4001 a.example=192.0.2.1", "", "192.0.2.1"},
      {"1 4001 a.example", "192.0.2.4 192.0.2.5", "192.0.2.4 192.0.2.5"},
      {"1 4001 a.example=192.0.2.1;2 4001 b.example=192.0.2.2", "", "192.0.2.1 192.0.2.2"},
      {"1 4001 a.example;2 4001 b.example=192.0.2.2", "192.0.2.4", "192.0.2.4 192.0.2.2 192.0.2.4"},
      {"1 4001 192.0.2.9", "192.0.2.4", "192.0.2.9"}, /* not a name, and meant as what it looks like */
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    answer_t answer = {"mdns SRV", FROM("1"), srv, cases[i].srv, 0};
    net_t *net = open_net((int)(i & 1), &answer, 1);
    net->mock.addresses = cases[i].looked_up;
    assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_string_equal(contacts(net), cases[i].contacts);
    done(net);
  }
  /* data from an address ends the visit, whatever becomes of it (REDIR-06) */
  static const answer_t answer = {"mdns SRV", FROM("1"), srv, "1 4001 localhost=192.0.2.1,192.0.2.2", 0};
  net_t *net = open_net(0, &answer, 1);
  mock_give_unsigned(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_ONBOARDING);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_string_equal(contacts(net), "192.0.2.1");
  done(net);
}

static size_t count_of(const char *text, const char *part) {
  size_t n = 0;
  for (; (text = strstr(text, part)) != NULL; text++) n++;
  return n;
}

/* DISC-12 (D-12): a responder that names servers without end keeps nobody busy, and takes nothing from the
 * others: each gets its share of what one source may cost, and unicast DNS has its own */
static void test_budget(void **state) {
  static const answer_t answers[] = {
      {"mdns TXT", FROM("1"), signed_txt, "{\"ietf-sztp-conveyed-info:redirect-information\":{}}", 0},
      {"mdns SRV", FROM("60"), many_servers, NULL, 0},
      {"mdns SRV", FROM("61"), many_servers, NULL, 0},
      {"mdns SRV", FROM("7"), srv, "1 4009 localhost", 0},
      {"dns SRV a.example", NULL, many_servers, NULL, 0}};
  (void)state;
  net_t *net = OPEN(0, answers);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
  assert_int_equal(sztp_ctx_set_random(net->mock.ctx, in_order, NULL), SZTP_OK);
  assert_int_equal(sztp_ctx_set_i64(net->mock.ctx, SZTP_LIMIT_SOURCE_SERVERS, 32), 0);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  const char *after = strstr(net->mock.trace, ASK_SRV);
  const char *dns = strstr(net->mock.trace, "ask dns SRV");
  const char *true_one = strstr(net->mock.trace, "no connection localhost:4009");
  assert_non_null(after);
  assert_non_null(dns);
  assert_non_null(true_one);
  assert_true(true_one < dns);
  assert_int_equal(count_of(net->mock.trace, "no connection"), 55); /* 11 and 11 and 1 of 32, then 32 */
  assert_int_equal(count_of(dns, "no connection"), 32);
  done(net);
  /* the pass has its own limit, beyond which artifacts are still looked at: they cost nothing */
  static const answer_t dead[] = {{"mdns TXT", FROM("60"), plain_txt, "", 0},
                                  {"mdns TXT", FROM("7"), signed_txt, MOCK_ONBOARDING, 0}};
  answer_t first[2] = {dead[0], dead[1]};
  first[0].what = artifact_redirect("localhost", 4009, NULL);
  net = open_net(1, first, 2);
  assert_int_equal(sztp_ctx_set_random(net->mock.ctx, in_order, NULL), SZTP_OK);
  assert_int_equal(sztp_ctx_set_i64(net->mock.ctx, SZTP_LIMIT_PASS_SERVERS, 1), 0);
  assert_int_equal(run(net), SZTP_RESULT_DONE);
  mock_expect(&net->mock, ASK_TXT "no connection localhost:4009\n" STAGES);
  done(net);
}

/* STATE-12 (D-04): what one answer taught is forgotten before the next */
static void test_nothing_learned(void **state) {
  answer_t answers[] = {{"mdns TXT", FROM("1"), signed_txt, NULL, 0},
                        {"mdns SRV", FROM("2"), srv, "1 4001 localhost", 0}};
  (void)state;
  answers[0].what = artifact_redirect("localhost", 4001, "server-root");
  net_t *net = OPEN(0, answers);
  mock_server(&net->mock, "localhost", 4001, "server")->data_status = 404;
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(&net->mock, ASK_TXT "data localhost:4001 trusted\nask domains\n" ASK_SRV
                                  "data localhost:4001 provisional\n");
  done(net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_until_it_works), cmocka_unit_test(test_attempt_fails),
      cmocka_unit_test(test_responders),     cmocka_unit_test(test_worth),
      cmocka_unit_test(test_servers),        cmocka_unit_test(test_hints),
      cmocka_unit_test(test_budget),         cmocka_unit_test(test_nothing_learned),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
