/* SPDX-License-Identifier: Apache-2.0 */
/* A whole session over the HTTPS transport, and one that is stopped from outside. */
#define _POSIX_C_SOURCE 200809L
#include "https_bench.h"

#include <signal.h>
#include <unistd.h>

static uint32_t say_ok(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  (void)s;
  (void)a;
  return SZTP_OUTCOME_OK;
}

static int32_t run_session(sztp_ctx_t *ctx, sztp_device_t *dev, sztp_https_t *h, uint32_t *result) {
  sztp_session_t *s = NULL;
  sztp_host_t *host = NULL;
  assert_int_equal(sztp_session_new(sztp_device_ctx(dev), dev, &s), SZTP_OK);
  assert_int_equal(sztp_session_add_source(s, SZTP_SOURCE_WELL_KNOWN), SZTP_OK);
  assert_int_equal(sztp_host_new(ctx, clock_ms, NULL, &host), SZTP_OK);
  assert_int_equal(sztp_host_on(host, SZTP_ACTION_ENABLED, say_ok, NULL), SZTP_OK);
  assert_int_equal(sztp_host_on(host, SZTP_ACTION_SAVE, say_ok, NULL), SZTP_OK);
  assert_int_equal(sztp_host_on(host, SZTP_ACTION_RESOLVE, sztp_https_handle, h), SZTP_OK);
  assert_int_equal(sztp_host_on(host, SZTP_ACTION_FETCH, sztp_https_handle, h), SZTP_OK);
  int32_t rc = sztp_host_run(host, s, result);
  assert_int_equal(rc, SZTP_OK);
  rc = sztp_session_reason(s);
  sztp_host_free(host);
  sztp_session_free(s);
  return rc;
}

/* TLS-02, REST-30: the machine and the transport together, twice with one transport; what is untrusted the
 * second time must not profit from the first. */
static void serves_sessions(void **state) {
  env_t *e = *state;
  static const peer_step_t busy[] = {R, S("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), R,
                                     S("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), HOLD};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_https_t *h = NULL;
  uint32_t result = 0;
  peer_plan_t plan = PLAN(busy);
  start(e, &plan);
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  for (int known = 1; known >= 0; known--) {
    int64_t n;
    assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
    test_add_cert(dev, SZTP_CERT_IDENTITY, "idevid.pem");
    test_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, "mfr-root.pem");
    test_add_cert(dev, SZTP_CERT_SERVER_ANCHOR, known ? "server-root.pem" : "server2-root.pem");
    assert_int_equal(sztp_device_add_server(dev, "localhost", peer_port(e->peer)), SZTP_OK);
    assert_int_equal(sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1), SZTP_OK);
    assert_int_equal(sztp_https_new(dev, &h), SZTP_OK);
    sztp_software_key_t *keys = give_key(dev, "idevid.key");
    for (unsigned run = 1; run <= 2; run++) {
      int32_t rc = run_session(ctx, dev, h, &result);
      assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
      assert_int_equal(rc, known ? SZTP_ERR_SERVER_FAIL : SZTP_ERR_TLS_UNTRUSTED);
      assert_int_equal(sztp_https_i64(h, SZTP_HTTPS_EXCHANGES, &n), SZTP_OK);
      assert_int_equal(n, known ? 2 * run : 0);
    }
    sztp_https_free(h);
    sztp_device_free(dev);
    sztp_software_key_free(keys);
  }
  sztp_ctx_free(ctx);
  peer_stop(e->peer);
  const char *request = peer_seen(e->peer, 0)->request;
  assert_ptr_equal(strstr(request, "GET /.well-known/host-meta HTTP/1.1\r\nHost: localhost:"), request);
  assert_non_null(
      strstr(request, "POST /restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data "));
}

static sztp_session_t *to_cancel;
static void on_alarm(int number) {
  (void)number;
  (void)sztp_session_cancel(to_cancel);
}

/* STATE-08: a server that never answers does not keep a session from being stopped, by a signal even. */
static void stops_on_request(void **state) {
  env_t *e = *state;
  static const peer_step_t silent[] = {R, HOLD};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_https_t *h = NULL;
  const sztp_action_t *a = NULL;
  int64_t result = 0;
  uint64_t begun = now_ms();
  peer_plan_t plan = PLAN(silent);
  start(e, &plan);
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
  test_add_cert(dev, SZTP_CERT_IDENTITY, "idevid.pem");
  test_add_cert(dev, SZTP_CERT_SERVER_ANCHOR, "server-root.pem");
  assert_int_equal(sztp_device_add_server(dev, "127.0.0.1", peer_port(e->peer)), SZTP_OK);
  assert_int_equal(sztp_https_new(dev, &h), SZTP_OK);
  sztp_software_key_t *keys = give_key(dev, "idevid.key");
  assert_int_equal(sztp_session_new(sztp_device_ctx(dev), dev, &to_cancel), SZTP_OK);
  assert_int_equal(sztp_session_add_source(to_cancel, SZTP_SOURCE_WELL_KNOWN), SZTP_OK);
  assert_int_equal(sztp_session_cancelled(to_cancel), 0);
  void (*before)(int) = signal(SIGALRM, on_alarm);
  alarm(1);
  for (;;) {
    assert_int_equal(sztp_session_next(to_cancel, now_ms(), &a), SZTP_OK);
    uint32_t kind = sztp_action_kind(a);
    if (kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED) break;
    uint32_t outcome = kind == SZTP_ACTION_FETCH ? sztp_https_handle(h, to_cancel, a) : SZTP_OUTCOME_OK;
    assert_int_equal(sztp_reply_end(to_cancel, sztp_action_ticket(a), outcome), SZTP_OK);
  }
  (void)signal(SIGALRM, before);
  assert_int_equal(sztp_action_i64(a, SZTP_F_RESULT, 0, &result), SZTP_OK);
  assert_int_equal(result, SZTP_RESULT_CANCELLED);
  assert_true(now_ms() - begun < 5000); /* the limit for an answer is a minute */
  sztp_session_free(to_cancel);
  sztp_https_free(h);
  sztp_device_free(dev);
  sztp_software_key_free(keys);
  sztp_ctx_free(ctx);
  peer_stop(e->peer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(serves_sessions),
      TEST(stops_on_request),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
