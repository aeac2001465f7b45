/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that break, stall, drip or flood: every fault ends with its cause, in time. */
#define _POSIX_C_SOURCE 200809L
#include "https_bench.h"

#include <fcntl.h>
#include <unistd.h>

typedef struct fault {
  peer_step_t steps[4];
  uint32_t outcome;
  const char *why;
  uint64_t at_least_ms, at_most_ms; /* how long it may take */
} fault_t;

/* with limits of 300 ms for handshake and headers, 200 ms idle, 700 ms in all, 2000 octets and 20 header
 * fields */
static const fault_t faults[] = {
    {{{PEER_END, NULL, 0}}, FAILED, "without a response", 0, 250},
    {{{PEER_CUT, NULL, 0}}, FAILED, "without a response", 0, 250},
    {{R, {PEER_END, NULL, 0}}, FAILED, "without a response", 0, 250},
    {{R, {PEER_RESET, NULL, 0}}, FAILED, "without a response", 0, 250},
    {{R, HOLD}, TIMEOUT, "no response in time", 300, 650},
    {{R, S("HTTP/1.1 2"), {PEER_END, NULL, 0}}, FAILED, "ended before the response", 0, 250},
    {{R, S(HEAD_200 "Content-Length: 9\r\n\r\nhello"), {PEER_END, NULL, 0}},
     FAILED,
     "ended before the response",
     0,
     250},
    {{R, S(HEAD_200 "Content-Length: 9\r\n\r\nhello"), {PEER_CUT, NULL, 0}}, FAILED, "broke off", 0, 250},
    /* without close_notify nobody knows whether the body was all (RFC 9112 9.8) */
    {{R, S(HEAD_200 "\r\nhello"), {PEER_CUT, NULL, 0}}, FAILED, "broke off", 0, 250},
    {{R, S(HEAD_200 "Content-Length: 9\r\n\r\nhello"), HOLD}, TIMEOUT, "stopped in its body", 200, 550},
    {{R, S(HEAD_200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZ\r\n"), HOLD},
     FAILED,
     "without size",
     0,
     250},
    {{R, S(HEAD_200 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), HOLD},
     FAILED,
     "both Content",
     0,
     250},
    {{R, S(HEAD_200 "X: " LONG_1000 LONG_1000 "\r\n\r\n"), HOLD}, FAILED, "too long", 0, 250},
    {{R, {PEER_DRIP, "a: b\r\n", 0}}, FAILED, "status line", 0, 250},
    {{R, S(HEAD_200), {PEER_DRIP, "a: b\r\n", 0}}, FAILED, "too many", 0, 250},
    {{R, S(HEAD_200 "Content-Length: 1001\r\n\r\n"), HOLD}, FAILED, "1001 octets; 1000 are", 0, 250},
    {{R, S(HEAD_200 "\r\n" LONG_1000 "!"), HOLD}, FAILED, "1000 are allowed", 0, 250},
    {{R, S(HEAD_200 "Transfer-Encoding: chunked\r\n\r\n"), {PEER_DRIP, "1\r\na\r\n", 0}},
     FAILED,
     "1000 are",
     0,
     650},
    {{R, {PEER_DRIP, "HTTP/1.1 200 slow ", 20}}, TIMEOUT, "stopped in its header", 300, 650},
    {{R, S(HEAD_200 "\r\n"), {PEER_DRIP, "abc", 20}}, TIMEOUT, "stopped in its body", 700, 1100},
    {{R, S("ICY 200 OK\r\n\r\n"), HOLD}, FAILED, "not an HTTP/1", 0, 250},
    {{{PEER_SILENT, NULL, 0}}, TIMEOUT, "handshake", 300, 650},
    {{{PEER_RAW, "HTTP/1.1 400 Plain HTTP was spoken here\r\n\r\n", 0}}, FAILED, "TLS failed", 0, 250},
};

/* REST-23, REST-24, TLS-22: every fault ends with its cause, in time, and the next server can be tried */
static void survives_faults(void **state) {
  env_t *e = *state;
  limit(e);
  for (size_t i = 0; i < TEST_COUNT_OF(faults); i++) {
    const fault_t *f = &faults[i];
    peer_plan_t plan = PLAN(f->steps);
    start(e, &plan);
    ask_t q = {.visit = i, .deadline_ms = 700};
    uint64_t began = now_ms();
    uint32_t outcome = fetch(e, &q);
    uint64_t took = now_ms() - began;
    expect_failed(e, outcome, f->outcome, SZTP_ERR_SERVER_FAIL, f->why);
    if (took + 5 < f->at_least_ms || took > f->at_most_ms + 1000)
      fail_msg("case %zu (%s) took %u ms, expected %u to %u", i, f->why, (unsigned)took,
               (unsigned)f->at_least_ms, (unsigned)f->at_most_ms);
  }
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(e, &plan);
  ask_t q = {.visit = 99};
  expect_ok(e, fetch(e, &q), 200, "hello");
}

/* REST-30: what may be sent again, and what may not */
static void reopens_once(void **state) {
  env_t *e = *state;
  const struct {
    peer_step_t scripts[3][5];
    int ok;
    const char *why;
    uint64_t connections;
  } cases[] = {
      /* the server closes after each response */
      {{{R, S(OK_HELLO), {PEER_END, NULL, 0}}, {R, S(OK_HELLO), {PEER_END, NULL, 0}}}, 1, "", 2},
      {{{R, S(OK_HELLO), {PEER_CUT, NULL, 0}}, {R, S(OK_HELLO), HOLD}}, 1, "", 2},
      /* it takes the second request, and closes then */
      {{{R, S(OK_HELLO), R, {PEER_END, NULL, 0}}, {R, S(OK_HELLO), HOLD}}, 1, "", 2},
      {{{R, S(OK_HELLO), R, {PEER_RESET, NULL, 0}}, {R, S(OK_HELLO), HOLD}}, 1, "", 2},
      /* it says so */
      {{{R, S("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"), HOLD},
        {R, S(OK_HELLO), HOLD}},
       1,
       "",
       2},
      /* once only */
      {{{R, S(OK_HELLO), {PEER_END, NULL, 0}}, {R, {PEER_END, NULL, 0}}}, 0, "without a response", 2},
      /* not after a part of a response */
      {{{R, S(OK_HELLO), R, S("HTTP/1.1 2"), {PEER_END, NULL, 0}}, {R, S(OK_HELLO), HOLD}},
       0,
       "ended before the response",
       1},
      /* not after a time-out */
      {{{R, S(OK_HELLO), R, HOLD}, {R, S(OK_HELLO), HOLD}}, 0, "no response in time", 1},
      /* octets that belong to no response spoil the connection */
      {{{R, S(OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), HOLD}, {R, S(OK_HELLO), HOLD}},
       1,
       "",
       2},
  };
  limit(e);
  uint64_t before = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_plan_t plan;
    memset(&plan, 0, sizeof plan);
    plan.certificate = server_crt.text;
    plan.key = server_key.text;
    plan.script_count = 2;
    for (size_t n = 0; n < 2; n++) memcpy(plan.scripts[n], cases[i].scripts[n], sizeof cases[i].scripts[n]);
    start(e, &plan);
    ask_t q = {.visit = i, .body = "{\"report\":1}"};
    expect_ok(e, fetch(e, &q), 200, "hello");
    uint32_t outcome = fetch(e, &q);
    if (cases[i].ok)
      expect_ok(e, outcome, 200, "hello");
    else
      expect_failed(e, outcome, cases[i].why[0] == 'n' ? TIMEOUT : FAILED, SZTP_ERR_SERVER_FAIL,
                    cases[i].why);
    assert_int_equal(count(e, SZTP_HTTPS_CONNECTIONS) - before, cases[i].connections);
    before = count(e, SZTP_HTTPS_CONNECTIONS);
  }
}

/* REST-18, REST-19, REST-21: statuses are handed on as they are, redirects too */
static void hands_on_statuses(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {
      R,   S("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 2\r\n\r\n{}"),
      R,   S("HTTP/1.1 307 Elsewhere\r\nLocation: https://127.0.0.2/\r\nContent-Length: 0\r\n\r\n"),
      R,   S("HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n\r\n"),
      HOLD};
  peer_plan_t plan = PLAN(steps);
  start(e, &plan);
  ask_t q = {.visit = 1};
  expect_ok(e, fetch(e, &q), 503, "{}");
  assert_int_equal(e->session->reply.retry_after, 120);
  assert_int_equal(sztp__reply_has(&e->session->reply, SZTP_F_CONTENT_TYPE), 0);
  expect_ok(e, fetch(e, &q), 307, "");
  assert_int_equal(sztp__reply_has(&e->session->reply, SZTP_F_RETRY_AFTER), 0);
  expect_ok(e, fetch(e, &q), 400, "bad");
  expect_counts(e, 1, 1, 3);
}

/* REST-20, TLS-08, TLS-09: a server that asks for a name and a password gets neither, be it believed or not:
 * the device's certificate is all that it is known by */
static void sends_no_credentials(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {
      R, S("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"), HOLD};
  for (int provisional = 0; provisional < 2; provisional++) {
    peer_plan_t plan = PLAN(steps);
    start(e, &plan);
    ask_t q = {.visit = 1 + (uint64_t)provisional, .provisional = provisional, .body = "{}"};
    expect_ok(e, fetch(e, &q), 401, "");
    peer_stop(e->peer);
    const peer_seen_t *seen = peer_seen(e->peer, 0);
    assert_int_equal(peer_connections(e->peer), 1);
    assert_memory_equal(seen->request, "POST /", 6);
    assert_null(strstr(seen->request, "uthorization:"));
    assert_null(strstr(seen->request + 6, "POST"));
  }
  expect_counts(e, 2, 2, 2);
}

/* TLS-22: nobody there, and nobody who answers the call */
static void gives_up_on_addresses(void **state) {
  env_t *e = *state;
  struct sockaddr_in a;
  socklen_t len = sizeof a;
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
  ask_t q = {.visit = 1, .port = ntohs(a.sin_port)};
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL, "no connection: ");
  close(fd);
  q.address = "not an address";
  q.name = "localhost";
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_ARG, "not an IPv4 or IPv6 address");
  expect_counts(e, 0, 0, 0);
}

/* TLS-22: an address where the call is never taken. A full queue of waiting connections makes one. */
static void gives_up_connecting(void **state) {
  env_t *e = *state;
  struct sockaddr_in a;
  socklen_t len = sizeof a;
  int calls[8];
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
  assert_int_equal(listen(fd, 0), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
  for (size_t i = 0; i < TEST_COUNT_OF(calls); i++) {
    calls[i] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(fcntl(calls[i], F_SETFL, O_NONBLOCK), 0);
    (void)connect(calls[i], (struct sockaddr *)&a, sizeof a);
  }
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_CONNECT_MS, 300), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_HANDSHAKE_MS, 5000), SZTP_OK);
  ask_t q = {.visit = 1, .port = ntohs(a.sin_port)};
  uint64_t began = now_ms();
  uint32_t outcome = fetch(e, &q);
  uint64_t took = now_ms() - began;
  expect_failed(e, outcome, SZTP_OUTCOME_TIMEOUT, SZTP_ERR_SERVER_FAIL, "no connection in time");
  assert_true(took >= 295 && took < 2000);
  expect_counts(e, 0, 0, 0);
  for (size_t i = 0; i < TEST_COUNT_OF(calls); i++) close(calls[i]);
  close(fd);
}

/* A session's clock with a zero of its own: DEADLINE is on it. */
static uint64_t fixed_clock(void *user) { return *(const uint64_t *)user; }

static void obeys_the_deadline(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, HOLD};
  uint64_t now = 1000000000000000u;
  peer_plan_t plan = PLAN(steps);
  start(e, &plan);
  assert_int_equal(sztp_session_set_clock(e->session, fixed_clock, &now), SZTP_OK);
  ask_t q = {.visit = 1};
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_TIMEOUT, SZTP_ERR_SERVER_FAIL, "in time");
  now = 0;
  now = now_ms() + 9700; /* the action says 10 s from now */
  uint64_t began = now_ms();
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_TIMEOUT, SZTP_ERR_SERVER_FAIL, "in time");
  uint64_t took = now_ms() - began;
  assert_true(took >= 250 && took < 2000);
  assert_int_equal(sztp_session_set_clock(e->session, clock_ms, NULL), SZTP_OK);
  assert_int_equal(sztp_session_set_clock(NULL, fixed_clock, NULL), SZTP_ERR_ARG);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(survives_faults),       TEST(reopens_once),       TEST(hands_on_statuses),
      TEST(gives_up_on_addresses), TEST(obeys_the_deadline), TEST(gives_up_connecting),
      TEST(sends_no_credentials),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
