/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges of the HTTPS transport, and which of them share a connection; its object. */
#define _POSIX_C_SOURCE 200809L
#include "https_bench.h"

/* ---- exchanges ----------------------------------------------------------------------------------- */

/* TLS-02, REST-25, REST-26, REST-30: two exchanges of a visit share a connection; the octets that go out */
static void shares_a_connection_within_a_visit(void **state) {
  env_t *e = *state;
  peer_plan_t plan = PLAN(ANSWER_TWICE);
  start(e, &plan);
  ask_t q = {.visit = 1};
  expect_ok(e, fetch(e, &q), 200, "hello");
  assert_int_equal(e->session->reply.peer_verified, 1);
  assert_int_equal(e->session->reply.content_type.len, strlen("application/yang-data+json"));
  q.body = "{\"a\":1}";
  expect_ok(e, fetch(e, &q), 204, "");
  assert_int_equal(e->session->reply.peer_verified, 1);
  expect_counts(e, 1, 1, 2);
  peer_stop(e->peer);
  char expected[512];
  unsigned port = peer_port(e->peer);
  snprintf(
      expected, sizeof expected,
      "GET /.well-known/host-meta HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: "
      "application/yang-data+json\r\n\r\n"
      "POST /.well-known/host-meta HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: application/yang-data+json\r\n"
      "Content-Length: 7\r\n\r\n{\"a\":1}",
      port, port);
  assert_string_equal(peer_seen(e->peer, 0)->request, expected);
}

/* TLS-19: another visit, mode, name or set of anchors gets a connection and a full handshake of its own */
static void shares_nothing_between_visits(void **state) {
  env_t *e = *state;
  static const struct {
    ask_t q;
    uint32_t outcome;
  } cases[] = {
      {{.visit = 1}, SZTP_OUTCOME_OK},
      {{.visit = 2}, SZTP_OUTCOME_OK},
      {{.visit = 2, .name = "localhost"}, SZTP_OUTCOME_OK},
      {{.visit = 2, .name = "localhost", .provisional = 1}, SZTP_OUTCOME_OK},
      {{.visit = 2, .name = "localhost", .anchor = 1}, SZTP_OUTCOME_FAILED},
      {{.visit = 2, .name = "localhost"}, SZTP_OUTCOME_OK},
  };
  peer_plan_t plan = PLAN(ANSWER_ONCE);
  start(e, &plan);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_int_equal(fetch(e, &cases[i].q), cases[i].outcome);
    if (cases[i].outcome == SZTP_OUTCOME_OK)
      assert_int_equal(e->session->reply.peer_verified, !cases[i].q.provisional);
    assert_int_equal(count(e, SZTP_HTTPS_CONNECTIONS), i + 1);
  }
  sztp_https_free(e->https);
  e->https = NULL;
  peer_stop(e->peer);
  assert_int_equal(peer_connections(e->peer), TEST_COUNT_OF(cases));
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    size_t len = 0;
    size_t session_id = 99;
    assert_null(peer_hello_extension(peer_seen(e->peer, i), 35, &len, &session_id)); /* session ticket */
    assert_null(peer_hello_extension(peer_seen(e->peer, i), 41, &len, &session_id)); /* pre-shared key */
    assert_null(peer_hello_extension(peer_seen(e->peer, i), 42, &len, &session_id)); /* early data */
    if (peer_hello_extension(peer_seen(e->peer, i), 43, &len, &session_id) == NULL)
      assert_int_equal(session_id, 0); /* TLS 1.3 fills it for show (RFC 8446 4.1.2) */
  }
}

/* TLS-15, TLS-23, REDIR-14: what the ClientHello says */
static void says_little_in_the_hello(void **state) {
  env_t *e = *state;
  static const struct {
    const char *name;
    const char *sni;
  } cases[] = {{"localhost", "localhost"}, {"localhost.", "localhost"}, {NULL, NULL}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_plan_t plan = PLAN(ANSWER_ONCE);
    start(e, &plan);
    ask_t q = {.visit = i, .name = cases[i].name, .provisional = 1};
    expect_ok(e, fetch(e, &q), 200, "hello");
    peer_stop(e->peer);
    const peer_seen_t *seen = peer_seen(e->peer, 0);
    size_t len = 0;
    size_t session_id = 0;
    const uint8_t *alpn = peer_hello_extension(seen, 16, &len, &session_id);
    assert_non_null(alpn);
    assert_int_equal(len, 11);
    assert_memory_equal(alpn, "\x00\x09\x08http/1.1", 11);
    assert_string_equal(seen->alpn, "http/1.1");
    const uint8_t *sni = peer_hello_extension(seen, 0, &len, &session_id);
    if (cases[i].sni == NULL) {
      assert_null(sni);
      continue;
    }
    assert_non_null(sni);
    assert_int_equal(len, 5 + strlen(cases[i].sni));
    assert_memory_equal(sni + 5, cases[i].sni, strlen(cases[i].sni));
  }
}

/* ---- the object ---------------------------------------------------------------------------------- */

static void checks_arguments(void **state) {
  env_t *e = *state;
  sztp_https_t *h = NULL;
  int64_t n;
  assert_int_equal(sztp_https_new(NULL, &h), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_new(e->dev, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(NULL, SZTP_HTTPS_IDLE_MS, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, 0, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, 9, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IDLE_MS, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IDLE_MS, INT64_MAX), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_CONNECT_MS, 1), SZTP_OK);
  assert_int_equal(sztp_https_set_stage(NULL, stage, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_i64(e->https, 0, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_i64(e->https, SZTP_HTTPS_CONNECT_MS, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_i64(e->https, SZTP_HTTPS_EXCHANGES + 1, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_i64(e->https, SZTP_HTTPS_CONNECTIONS, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_handle(NULL, e->session, &e->session->action), SZTP_OUTCOME_FAILED);
  begin(e, SZTP_ACTION_KEY); /* private keys are the key function's */
  assert_int_equal(sztp_https_handle(e->https, e->session, &e->session->action), SZTP_OUTCOME_FAILED);
  begin(e, SZTP_ACTION_REBOOT);
  assert_int_equal(sztp_https_handle(e->https, e->session, &e->session->action), SZTP_OUTCOME_FAILED);
  sztp_https_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(shares_a_connection_within_a_visit),
      TEST(shares_nothing_between_visits),
      TEST(says_little_in_the_hello),
      TEST(checks_arguments),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
