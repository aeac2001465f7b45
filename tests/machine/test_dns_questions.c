/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and multicast DNS as sources (DNS, DISC groups): which questions are asked, and in which order. */
#define _POSIX_C_SOURCE 200809L
#include "dns_net.h"

/* DNS-01, DNS-06 (D-17), DNS-20, DISC-05: nothing answers: all of TXT before any SRV, multicast first; and
 * nobody looks up a domain itself */
static void test_order(void **state) {
  static const uint32_t backwards[] = {SZTP_SOURCE_DNS, SZTP_SOURCE_MDNS};
  static const uint32_t apart[] = {SZTP_SOURCE_DNS, SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_MDNS};
  static const uint32_t alone[] = {SZTP_SOURCE_MDNS};
  static const struct {
    const uint32_t *sources;
    size_t count;
    const char *trace;
  } cases[] = {
      {BOTH, 2,
       ASK_TXT "ask dns TXT a.example\nask dns TXT b.example\n" ASK_SRV
               "ask dns SRV a.example\nask dns SRV b.example\n"},
      {backwards, 2,
       ASK_TXT "ask dns TXT a.example\nask dns TXT b.example\n" ASK_SRV
               "ask dns SRV a.example\nask dns SRV b.example\n"},
      {apart, 3,
       "ask dns TXT a.example\nask dns TXT b.example\nask dns SRV a.example\nask dns SRV b.example\n"
       "ask place\n" ASK_TXT ASK_SRV},
      {alone, 1, ASK_TXT ASK_SRV},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    net_t *net = open_net((int)(i & 1), NULL, 0);
    net->mock.sources = cases[i].sources;
    net->mock.source_count = cases[i].count;
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "b.example."), 0);
    assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(net->mock.reason, SZTP_ERR_NOT_BOOTSTRAPPED);
    mock_expect(&net->mock, cases[i].trace);
    done(net);
  }
}

/* DNS-06, DISC-11: domains that the host learns; without one, or without a resolver, there are no unicast
 * questions */
static void test_domains(void **state) {
  (void)state;
  net_t *net = open_net(0, NULL, 0);
  assert_int_equal(sztp_device_set_i64(net->mock.dev, SZTP_POLICY_MAX_PASSES, 2), 0);
  net->mock.flag = "1";
  net->domains = "a.example b.example A.EXAMPLE."; /* the same again counts once */
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  static const char pass[] = ASK_TXT "ask domains\nask dns TXT a.example\nask dns TXT b.example\n" ASK_SRV
                                     "ask dns SRV a.example\nask dns SRV b.example\n";
  char twice[2 * sizeof pass];
  (void)snprintf(twice, sizeof twice, "%s%s", pass, pass); /* anew in each pass */
  mock_expect(&net->mock, twice);
  done(net);
  net = open_net(1, NULL, 0);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(&net->mock, ASK_TXT "ask domains\n" ASK_SRV);
  done(net);
  net = open_net(1, NULL, 0);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
  net->message = "no answer in 3 s\n";
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_non_null(strstr(net->mock.log, "multicast DNS: no answer in 3 s?\n"));
  assert_non_null(strstr(net->mock.log, "DNS a.example: no answer in 3 s?\n"));
  done(net);
}

/* What is no domain, one too many, one that is too long to ask in, and multicast's own, which no DNS server
 * must hear of (RFC 6762 22.1) */
static void test_bad_domains(void **state) {
  static const char *const bad[] = {"", ".", "a..b", "192.0.2.1", "2001:db8::1", "a b", "-a"};
  (void)state;
  const sztp_action_t *a = NULL;
  net_t *net = open_net(0, NULL, 0);
  sztp_session_t *s = NULL;
  char longest[254];
  memset(longest, 'a', sizeof longest);
  for (size_t i = 63; i < 253; i += 64) longest[i] = '.';
  longest[253] = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++)
    assert_int_equal(sztp_device_add_domain(net->mock.dev, bad[i]), SZTP_ERR_URI);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, NULL), SZTP_ERR_ARG);
  static const uint32_t source = SZTP_SOURCE_DNS;
  assert_int_equal(sztp_session_new(sztp_device_ctx(net->mock.dev), net->mock.dev, &s), 0);
  assert_int_equal(sztp_session_add_source(s, source), 0);
  assert_int_equal(sztp_session_next(s, 1, &a), 0);
  assert_int_equal(sztp_reply_end(s, sztp_action_ticket(a), SZTP_OUTCOME_OK), 0);
  assert_int_equal(sztp_session_next(s, 1, &a), 0);
  uint64_t ticket = sztp_action_ticket(a);
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++)
    assert_int_equal(sztp_reply_bytes(s, ticket, SZTP_F_NAME, (const uint8_t *)bad[i], strlen(bad[i])),
                     SZTP_ERR_URI);
  for (int i = 0; i < 17; i++) {
    char domain[16];
    (void)snprintf(domain, sizeof domain, "d%d.example", i);
    int32_t rc = sztp_reply_bytes(s, ticket, SZTP_F_NAME, (const uint8_t *)domain, strlen(domain));
    assert_int_equal(rc, i < 16 ? 0 : SZTP_ERR_LIMIT);
  }
  assert_int_equal(sztp_reply_end(s, ticket, SZTP_OUTCOME_FAILED), 0); /* then nothing of it counts */
  assert_int_equal(sztp_session_next(s, 1, &a), 0);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_FAILED);
  sztp_session_free(s);

  assert_int_equal(sztp_device_add_domain(net->mock.dev, longest), 0);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "Local"), 0);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "x.local."), 0);
  assert_int_equal(sztp_device_add_domain(net->mock.dev, "notlocal"), 0);
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  mock_expect(&net->mock, ASK_TXT "ask dns TXT notlocal\n" ASK_SRV "ask dns SRV notlocal\n");
  assert_non_null(strstr(net->mock.log, "not asked: a name with more than 255 octets"));
  assert_non_null(strstr(net->mock.log, "DNS Local: not asked: the domain is multicast DNS's"));
  done(net);
  net = open_net(0, NULL, 0);
  for (int i = 0; i < 17; i++)
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "d.example"), i < 16 ? 0 : SZTP_ERR_LIMIT);
  done(net);
}

/* DNS-33, SEC-13, DNS-04: no question holds the serial number where policy has it so, or where it can't be a
 * label */
static void test_no_serial(void **state) {
  static const char longest[] = "0123456789012345678901234567890123456789012345678901234567890ab";
  (void)state;
  for (int i = 0; i < 3; i++) {
    char serial[sizeof longest + 1];
    net_t *net = open_net(0, NULL, 0);
    assert_int_equal(sztp_device_add_domain(net->mock.dev, "a.example"), 0);
    if (i == 0) assert_int_equal(sztp_device_set_i64(net->mock.dev, SZTP_POLICY_NO_DNS_SERIAL, 1), 0);
    (void)snprintf(serial, sizeof serial, "%s%s", longest, i == 1 ? "c" : "");
    if (i > 0) assert_int_equal(sztp_device_set_text(net->mock.dev, SZTP_DEVICE_SERIAL, serial), 0);
    assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
    if (i < 2)
      mock_expect(&net->mock, ASK_SRV "ask dns SRV a.example\n");
    else
      mock_expect(&net->mock, ASK_TXT "ask dns TXT a.example\n" ASK_SRV "ask dns SRV a.example\n");
    if (i == 0) assert_non_null(strstr(net->mock.log, "as policy has it"));
    if (i == 1) assert_non_null(strstr(net->mock.log, "it has 64 octets"));
    done(net);
  }
}

/* DNS-24, SEC-09: identifiers are random numbers, and without them nothing is asked */
static void test_identifiers(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  net_t *net = open_net(0, NULL, 0);
  for (int i = 0; i < 16; i++) {
    char domain[16];
    (void)snprintf(domain, sizeof domain, "d%d.example", i);
    assert_int_equal(sztp_device_add_domain(net->mock.dev, domain), 0);
  }
  assert_int_equal(run(net), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(net->id_count, 32);
  unsigned ones = 0, same = 0;
  for (size_t i = 0; i < 32; i++) {
    for (unsigned b = 0; b < 16; b++) ones += net->ids[i] >> b & 1U;
    for (size_t k = 0; k < i; k++) same += net->ids[i] == net->ids[k];
  }
  assert_true(ones > 180 && ones < 332); /* of 512; more than six deviations off is no chance */
  assert_true(same <= 3);
  assert_int_equal(sztp_ctx_set_random(net->mock.ctx, no_random, NULL), 0);
  net->mock.trace[0] = 0;
  net->mock.flag = "1";
  assert_int_equal(run(net), 0);
  assert_int_equal(net->mock.reason, SZTP_ERR_RANDOM);
  mock_expect(&net->mock, ASK_TXT); /* which needs none */
  assert_int_equal(sztp_ctx_set_random(net->mock.ctx, NULL, NULL), 0);
  assert_int_equal(mock_resume(&net->mock), SZTP_RESULT_NOT_BOOTSTRAPPED); /* nothing was lost */
  done(net);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order),       cmocka_unit_test(test_domains),
      cmocka_unit_test(test_bad_domains), cmocka_unit_test(test_no_serial),
      cmocka_unit_test(test_identifiers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
