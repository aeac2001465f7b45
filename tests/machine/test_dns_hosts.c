/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that ask DNS for a session (DNS group): what they hear of each message, hosts that read answers
 * themselves, a cancel meanwhile, and memory that fails. */
#define _POSIX_C_SOURCE 200809L
#include "dns_net.h"

/* ---- hosts --------------------------------------------------------------------------------------- */

/* DNS-22, DNS-23, DNS-24: what a host hears about a message: wait on, ask again otherwise, enough */
static void test_reply_codes(void **state) {
  static const answer_t answers[] = {
      {"dns TXT a.example", NULL, flags, "\x01\x00", SZTP_ASK_WAIT}, /* a question */
      {"dns TXT a.example", NULL, garbage, NULL, SZTP_ASK_WAIT},
      {"dns TXT a.example", NULL, flags, "\x86\x00", SZTP_ASK_TCP},
      {"dns TXT a.example", NULL, flags, "\x81\x81", SZTP_ASK_NO_EDNS},
      {"dns TXT a.example", NULL, signed_txt, MOCK_ONBOARDING, 0},
      {"dns TXT a.example", NULL, signed_txt, MOCK_ONBOARDING, SZTP_ASK_WAIT}, /* answered before */
  };
  (void)state;
  net_t *net = OPEN(0, answers);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
  assert_int_equal(run(net), SZTP_RESULT_DONE);
  mock_expect(&net->mock, ASK_TXT "ask dns TXT a.example\n" STAGES);
  assert_non_null(strstr(net->mock.log, "DNS a.example: 3 messages were dropped"));
  done(net);
}

/* A host that says that it failed is not believed, whatever it gave before */
static void test_outcomes(void **state) {
  static const uint32_t outcomes[] = {SZTP_OUTCOME_OK, SZTP_OUTCOME_WARNING, SZTP_OUTCOME_NOTHING,
                                      SZTP_OUTCOME_FAILED, SZTP_OUTCOME_TIMEOUT};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(outcomes); i++) {
    net_t *net = open_net(0, NULL, 0);
    const sztp_action_t *a = NULL;
    sztp_session_t *s = NULL;
    dns_message_t *m = malloc(sizeof *m);
    size_t len = 0;
    assert_int_equal(sztp_session_new(sztp_device_ctx(net->mock.dev), net->mock.dev, &s), 0);
    assert_int_equal(sztp_session_add_source(s, SZTP_SOURCE_MDNS), 0);
    assert_int_equal(sztp_session_next(s, 1, &a), 0);
    assert_int_equal(sztp_reply_end(s, sztp_action_ticket(a), SZTP_OUTCOME_OK), 0);
    assert_int_equal(sztp_session_next(s, 1, &a), 0);
    uint64_t ticket = sztp_action_ticket(a);
    const uint8_t *question = bytes(a, SZTP_F_DATA, &len);
    dns_reply(m, question, len, DNS_RESPONSE);
    signed_txt(m, MOCK_SERIAL "._sztp.local", MOCK_ONBOARDING);
    uint32_t then = 0;
    assert_int_equal(sztp_reply_answer(s, ticket, NULL, 0, m->data, m->len, &then), 0);
    assert_int_equal(then, SZTP_ASK_ENOUGH);
    assert_int_equal(sztp_reply_end(s, ticket, outcomes[i]), 0);
    assert_int_equal(sztp_session_next(s, 1, &a), 0);
    int believed = outcomes[i] <= SZTP_OUTCOME_WARNING;
    assert_int_equal(sztp_session_verdict(s) != NULL, believed);
    assert_int_equal(sztp_action_kind(a), believed ? SZTP_ACTION_SAVE : SZTP_ACTION_ASK);
    sztp_session_free(s); /* in the middle of it all */
    free(m);
    done(net);
  }
}

typedef struct reader {
  int artifacts, servers, ignores;
} reader_t;

/* A host whose resolver reads answers itself, or that knows nothing of questions at all. */
static uint32_t discover_reading(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  const reader_t *r = mock->discover_user;
  int64_t type = 0;
  size_t at = strlen(mock->trace);
  (void)sztp_action_i64(a, SZTP_F_TYPE, 0, &type);
  (void)snprintf(mock->trace + at, sizeof mock->trace - at, "ask %u\n", (unsigned)type);
  if (sztp_action_kind(a) == SZTP_ACTION_DOMAINS) { /* which are all that it asks for */
    assert_int_equal(give(s, a, SZTP_F_ARTIFACT_CI, mock->usb[0].data, mock->usb[0].len), SZTP_ERR_ARG);
    return SZTP_OUTCOME_NOTHING;
  }
  if (r->artifacts && (r->ignores || type == SZTP_DNS_TXT)) {
    assert_int_equal(give(s, a, SZTP_F_ARTIFACT_CI, mock->usb[0].data, mock->usb[0].len), 0);
    return SZTP_OUTCOME_OK;
  }
  if (!r->servers || type != SZTP_DNS_SRV) return SZTP_OUTCOME_NOTHING;
  static const char *const uris[] = {"https://localhost:4002", "https://LOCALHOST:4002/",
                                     "https://localhost:4001"};
  for (size_t i = 0; i < TEST_COUNT_OF(uris); i++)
    assert_int_equal(give(s, a, SZTP_F_URI, uris[i], strlen(uris[i])), 0);
  assert_int_equal(give(s, a, SZTP_F_URI, "http://localhost", 16), SZTP_ERR_URI);
  return SZTP_OUTCOME_OK;
}

/* Hosts that read answers themselves, and those that give the same to every question: what they give is used,
 * once */
static void test_readers(void **state) {
  static const uint32_t dns[] = {SZTP_SOURCE_DNS};
  static const uint32_t mdns[] = {SZTP_SOURCE_MDNS};
  static const struct {
    reader_t reader;
    const uint32_t *source;
    int has_domain;
    const char *trace;
  } cases[] = {
      {{1, 0, 1}, dns, 0, "ask 0\n"},
      {{1, 0, 1}, mdns, 0, "ask 16\ndata localhost:4001 provisional\nask 33\n"},
      {{1, 0, 1}, dns, 1, "ask 16\ndata localhost:4001 provisional\nask 33\n"},
      {{1, 0, 0}, mdns, 0, "ask 16\ndata localhost:4001 provisional\nask 33\n"},
      {{0, 1, 0},
       mdns,
       0,
       "ask 16\nask 33\ndata localhost:4002 provisional\ndata localhost:4001 provisional\n"},
      {{1, 1, 0},
       dns,
       1,
       "ask 16\ndata localhost:4001 provisional\nask 33\ndata localhost:4002 provisional\ndata "
       "localhost:4001 "
       "provisional\n"},
      {{0, 0, 0}, dns, 0, "ask 0\n"},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    net_t *net = open_net((int)(i & 1), NULL, 0);
    reader_t reader = cases[i].reader;
    net->mock.sources = cases[i].source;
    net->mock.source_count = 1;
    net->mock.discover = discover_reading;
    net->mock.discover_user = &reader;
    if (cases[i].has_domain) assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
    net->mock.usb[0] = artifact_conveyed(artifact_redirect("localhost", 4001, NULL), NULL);
    mock_server(&net->mock, "localhost", 4001, "server")->data_status = 404;
    mock_server(&net->mock, "localhost", 4002, "server")->data_status = 404;
    assert_int_equal(mock_run(&net->mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(&net->mock, cases[i].trace);
    done(net);
  }
}

static uint32_t discover_too_many(mock_host_t *mock, sztp_session_t *s, const sztp_action_t *a) {
  (void)mock;
  if (sztp_action_kind(a) != SZTP_ACTION_ASK) return SZTP_OUTCOME_NOTHING;
  for (int i = 0; i < 65; i++) {
    char uri[32];
    (void)snprintf(uri, sizeof uri, "https://h%d.example", i);
    assert_int_equal(give(s, a, SZTP_F_URI, uri, strlen(uri)), i < 64 ? 0 : SZTP_ERR_LIMIT);
  }
  char address[400];
  memset(address, 'a', sizeof address);
  uint64_t ticket = sztp_action_ticket(a);
  uint32_t then = 0;
  assert_int_equal(sztp_reply_answer(s, ticket, address, 320, (const uint8_t *)"x", 1, &then), 0);
  assert_int_equal(then, SZTP_ASK_WAIT);
  assert_int_equal(sztp_reply_answer(s, ticket, address, 321, (const uint8_t *)"x", 1, &then), SZTP_ERR_ARG);
  assert_int_equal(sztp_reply_answer(s, ticket, NULL, 1, (const uint8_t *)"x", 1, &then), SZTP_ERR_ARG);
  assert_int_equal(sztp_reply_answer(s, ticket, "", 0, NULL, 1, &then), SZTP_ERR_ARG);
  assert_int_equal(sztp_reply_answer(s, ticket, "", 0, (const uint8_t *)"x", 1, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_reply_answer(s, ticket + 1, "", 0, (const uint8_t *)"x", 1, &then), SZTP_ERR_STALE);
  return SZTP_OUTCOME_NOTHING;
}

static void test_limits(void **state) {
  (void)state;
  net_t *net = open_net(0, NULL, 0);
  net->mock.discover = discover_too_many;
  assert_int_equal(mock_run(&net->mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(&net->mock, "");
  done(net);
}

/* STATE-08: a cancel while a question is out, and while answers are looked at */
static void test_cancel(void **state) {
  static const answer_t answers[] = {{"mdns TXT", FROM("60"), plain_txt, MOCK_ONBOARDING, 0},
                                     {"mdns TXT", FROM("7"), signed_txt, MOCK_ONBOARDING, 0},
                                     {"mdns TXT", FROM("8"), signed_txt, MOCK_ONBOARDING, 0}};
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    net_t *net = OPEN(runner, answers);
    net->mock.cancel_at = "pre-script pre";
    assert_int_equal(run(net), SZTP_RESULT_CANCELLED);
    mock_expect(&net->mock, ASK_TXT "pre-script pre\nundo pre\n");
    done(net);
  }
}

/* ---- memory -------------------------------------------------------------------------------------- */

/* SEC-05: memory fails at every allocation of a bootstrap by multicast TXT, and of one by unicast SRV */
static void test_memory_failure(void **state) {
  if (mock_is_apart()) skip();
  static const answer_t answers[] = {
      {"mdns TXT", FROM("60"), plain_txt, MOCK_ONBOARDING, 0},
      {"mdns TXT", FROM("7"), signed_txt, MOCK_ONBOARDING, 0},
      {"dns SRV a.example", NULL, srv, "2 4002 localhost; 1 4001 localhost=127.0.0.1,127.0.0.2", 0}};
  (void)state;
  for (size_t by_srv = 0; by_srv < 2; by_srv++) {
    for (size_t n = 1;; n += TEST_SAMPLE) {
      net_t *net = open_net(0, answers + (by_srv ? 2 : 0), by_srv ? 1 : 2);
      net->domains = "a.example";
      mock_server(&net->mock, "localhost", 4001, "server")->data_status = 404;
      mock_give_signed(mock_server(&net->mock, "localhost", 4002, "server"), MOCK_ONBOARDING);
      net->mock.memory.fail_at = net->mock.memory.calls + n;
      uint32_t result = run(net);
      int met = net->mock.memory.calls >= net->mock.memory.fail_at;
      for (unsigned again = 0; result == 0 && again < 3; again++) {
        assert_int_equal(net->mock.reason, SZTP_ERR_MEMORY);
        result = mock_resume(&net->mock);
      }
      if (result != SZTP_RESULT_DONE)
        fail_msg("allocation %zu: result %u; trace:\n%s\nlog:\n%s", n, (unsigned)result, net->mock.trace,
                 net->mock.log);
      mock_expect(&net->mock, by_srv ? ASK_TXT
                                  "ask domains\nask dns TXT a.example\n" ASK_SRV
                                  "ask dns SRV a.example\ndata localhost:4001 provisional\ndata "
                                  "localhost:4001 provisional\ndata localhost:4002 provisional\n" STAGES
                                     : ASK_TXT STAGES);
      done(net);
      if (!met) break;
      assert_true(n < 10000);
    }
  }
}

/* An answer for which there is never memory enough is given up, and the next one taken (session.h) */
static void test_shortage(void **state) {
  if (mock_is_apart()) skip();
  static const answer_t answers[] = {{"mdns SRV", FROM("60"), many_servers, NULL, 0},
                                     {"mdns SRV", FROM("7"), srv, "1 4001 localhost", 0}};
  (void)state;
  net_t *net = OPEN(0, answers);
  mock_give_signed(mock_server(&net->mock, "localhost", 4001, "server"), MOCK_ONBOARDING);
  assert_int_equal(sztp_ctx_set_random(net->mock.ctx, in_order, NULL), SZTP_OK);
  net->mock.stop_after = 4; /* flag, TXT, domains; the SRV question is answered, but not ended */
  assert_int_equal(run(net), 0);
  net->mock.stop_after = 0;
  const sztp_action_t *a = NULL;
  assert_int_equal(sztp_session_next(net->mock.session, net->mock.clock, &a), 0);
  assert_int_equal(sztp_reply_end(net->mock.session, sztp_action_ticket(a), SZTP_OUTCOME_OK), 0);
  int64_t now = 0;
  assert_int_equal(sztp_ctx_i64(net->mock.ctx, SZTP_USAGE_NOW, &now), 0);
  assert_int_equal(sztp_ctx_set_i64(net->mock.ctx, SZTP_LIMIT_MEMORY, now + 1500),
                   0); /* 64 servers want more */
  for (int i = 0; i < 2; i++)
    assert_int_equal(sztp_session_next(net->mock.session, net->mock.clock, &a), SZTP_ERR_MEMORY);
  assert_int_equal(sztp_session_next(net->mock.session, net->mock.clock, &a), 0);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_RESOLVE);
  assert_int_equal(sztp_ctx_set_i64(net->mock.ctx, SZTP_LIMIT_MEMORY, now << 8), 0);
  assert_int_equal(mock_resume(&net->mock), SZTP_RESULT_DONE);
  mock_expect(&net->mock, ASK_TXT "ask domains\n" ASK_SRV "data localhost:4001 provisional\n" STAGES);
  assert_non_null(strstr(net->mock.log, "given up for want of memory"));
  done(net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reply_codes), cmocka_unit_test(test_outcomes),
      cmocka_unit_test(test_readers),     cmocka_unit_test(test_limits),
      cmocka_unit_test(test_cancel),      cmocka_unit_test(test_memory_failure),
      cmocka_unit_test(test_shortage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
