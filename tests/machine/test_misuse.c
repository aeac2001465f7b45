/* SPDX-License-Identifier: Apache-2.0 */
/* Misuse that the library can see is refused, not crashed on: calls from inside the host's functions, freeing
 * what is in use; and what a frozen device is for. */
#include "mock_host.h"

#include <pthread.h>

#include "artifact_set.h"

/* ---- calls from inside --------------------------------------------------------------------------- */

typedef struct inside {
  mock_host_t *mock;
  sztp_bundle_t *bundle;
  unsigned calls;
} inside_t;

/* Everything that may not be called from inside a function of the host's. */
static void call_back(inside_t *in) {
  mock_host_t *mock = in->mock;
  const sztp_action_t *a = NULL;
  sztp_device_t *dev = NULL;
  sztp_session_t *s = NULL;
  sztp_bundle_t *b = NULL;
  sztp_host_t *host = NULL;
  sztp_verdict_t *v = NULL;
  if (in->calls++ > 3) return; /* these are enough */
  assert_int_equal(sztp_session_next(mock->session, 1, &a), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_session_new(mock->ctx, mock->dev, &s), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_device_new(mock->ctx, &dev), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_device_set_text(mock->dev, SZTP_DEVICE_OS_NAME, "x"), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_device_freeze(mock->dev), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_bundle_new(mock->ctx, &b), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_host_new(mock->ctx, NULL, NULL, &host), SZTP_ERR_ARG);
  assert_int_equal(sztp_verify(mock->dev, in->bundle, SZTP_TIME_UNKNOWN, SZTP_CHANNEL_UNTRUSTED, &v),
                   SZTP_ERR_REENTRY);
  assert_int_equal(sztp_ctx_set_log(mock->ctx, SZTP_LOG_INFO, NULL, NULL), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_ctx_set_random(mock->ctx, NULL, NULL), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_ctx_set_i64(mock->ctx, SZTP_LIMIT_DEPTH, 5), SZTP_ERR_REENTRY);
  sztp_ctx_free(mock->ctx);         /* does nothing here */
  sztp_device_free(mock->dev);      /* nor does this, */
  sztp_session_free(mock->session); /* nor this, */
  sztp_bundle_free(in->bundle);     /* nor this: it is freed at the end of the test */
  if (mock->session == NULL) return;
  assert_int_equal(sztp_reply_i64(mock->session, 1, SZTP_F_MORE, 1), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_reply_bytes(mock->session, 1, SZTP_F_MESSAGE, NULL, 0), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_reply_write(mock->session, 1, NULL, 0), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_reply_restart(mock->session, 1), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_reply_end(mock->session, 1, SZTP_OUTCOME_OK), SZTP_ERR_REENTRY);
}

static void from_event(void *user, const sztp_session_t *s, const sztp_event_t *e) {
  (void)s;
  (void)e;
  call_back(user);
}

static void from_log(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)level;
  (void)topic;
  (void)line;
  (void)len;
  inside_t *in = user;
  if (in->mock->session != NULL) call_back(in);
}

static int32_t from_random(void *user, uint8_t *out, size_t len) {
  memset(out, 4, len);
  call_back(user);
  return SZTP_OK;
}

static inside_t *clock_user;

static int64_t from_wall_clock(void *user) {
  (void)user; /* the mock */
  call_back(clock_user);
  return SZTP_TIME_UNKNOWN;
}

static int32_t from_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                        size_t *len) {
  (void)request;
  (void)out;
  (void)cap;
  (void)len;
  call_back(user);
  return SZTP_ERR_NOT_FOUND;
}

/* SEC-15, STATE-21: from the log, the random octets, the wall clock and the events a call back gets
 * SZTP_ERR_REENTRY, and the session goes on as if nothing had happened */
static void test_call_backs(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  for (int which = 0; which < 4; which++) {
    mock_server_t *server = NULL;
    mock_host_t *mock = mock_with_server(MOCK_ONBOARDING, 0, &server);
    inside_t in = {mock, NULL, 0};
    assert_int_equal(sztp_bundle_new(mock->ctx, &in.bundle), SZTP_OK);
    if (which == 0) {
      mock->event = from_event;
      mock->event_user = &in;
    } else if (which == 1) {
      assert_int_equal(sztp_ctx_set_log(mock->ctx, SZTP_LOG_DEBUG, from_log, &in), SZTP_OK);
    } else if (which == 2) {
      mock->wall_clock = from_wall_clock;
      clock_user = &in;
    } else {
      mock->time = SZTP_TIME_UNKNOWN; /* for a nonce */
      assert_int_equal(sztp_ctx_set_random(mock->ctx, from_random, &in), SZTP_OK);
    }
    mock_run(mock);
    assert_int_equal(mock->result, SZTP_RESULT_DONE);
    assert_true(in.calls > 0);
    sztp_bundle_free(in.bundle);
    mock_free(mock);
  }
}

/* The same from the key function, which a transport has asked */
static void test_call_backs_of_keys(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  inside_t in = {mock, NULL, 0};
  const uint8_t *cert = NULL;
  size_t len = 0;
  int64_t able = 0;
  assert_int_equal(sztp_bundle_new(mock->ctx, &in.bundle), SZTP_OK);
  assert_int_equal(sztp_device_set_key(mock->dev, from_key, &in), SZTP_OK);
  assert_int_equal(sztp_session_new(mock->ctx, mock->dev, &mock->session), SZTP_OK);
  assert_int_equal(sztp_device_cert(mock->dev, SZTP_CERT_IDENTITY, 0, &cert, &len), SZTP_OK);
  assert_int_equal(sztp_device_able(mock->ctx, mock->dev, cert, len, &able), SZTP_ERR_NOT_FOUND);
  assert_int_equal(in.calls, 1);
  sztp_bundle_free(in.bundle);
  mock_free(mock);
}

/* ---- freeing what is in use ---------------------------------------------------------------------- */

/* A context with a device, and a device with a session, stay as they are, say so, and go on working. */
static void test_free_in_use(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  assert_int_equal(sztp_session_new(mock->ctx, mock->dev, &mock->session), SZTP_OK);
  sztp_ctx_free(mock->ctx);
  assert_non_null(
      strstr(mock->log, "the context is not freed: something that was made from it is still there"));
  sztp_device_free(mock->dev);
  assert_non_null(strstr(mock->log, "the device is not freed: a session of it is alive"));
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_free(mock); /* checks that nothing is left */
}

typedef struct freeing {
  sztp_bundle_t *bundle;
  unsigned calls;
} freeing_t;

static void free_bundle(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  freeing_t *f = user;
  (void)level;
  (void)topic;
  (void)line;
  (void)len;
  f->calls++;
  sztp_bundle_free(f->bundle);
}

/* A bundle that is being verified stays. */
static void test_free_while_verified(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  const sztp__blob_t parts[] = {artifact_conveyed(MOCK_ONBOARDING, "owner"), owner_artifacts()->owner_cert,
                                owner_artifacts()->voucher};
  freeing_t f = {NULL, 0};
  sztp_verdict_t *v = NULL;
  assert_int_equal(sztp_bundle_new(mock->ctx, &f.bundle), SZTP_OK);
  for (uint32_t i = 0; i < 3; i++)
    assert_int_equal(sztp_bundle_set(f.bundle, SZTP_ARTIFACT_CONVEYED_INFO + i, parts[i].data, parts[i].len),
                     SZTP_OK);
  assert_int_equal(sztp_ctx_set_log(mock->ctx, SZTP_LOG_DEBUG, free_bundle, &f), SZTP_OK);
  assert_int_equal(sztp_verify(mock->dev, f.bundle, SZTP_TIME_UNKNOWN, SZTP_CHANNEL_UNTRUSTED, &v), SZTP_OK);
  assert_true(f.calls > 0);
  sztp_verdict_free(v);
  sztp_bundle_free(f.bundle);
  mock_free(mock);
}

/* ---- no random octets ---------------------------------------------------------------------------- */

/* Fails as often as it is told to, then gives octets once, and so on. */
typedef struct failing {
  unsigned failures, left;
} failing_t;

static int32_t fail_often(void *user, uint8_t *out, size_t len) {
  failing_t *f = user;
  if (f->left > 0) {
    f->left--;
    return -7;
  }
  f->left = f->failures;
  memset(out, 4, len);
  return SZTP_OK;
}

/* A session that needs random octets: for a nonce, a question to DNS, the time until the next pass. */
static mock_host_t *needs_random(int what, int runner) {
  static const uint32_t dns[] = {SZTP_SOURCE_DNS};
  mock_server_t *server = NULL;
  mock_host_t *mock = what == 0 ? mock_with_server(MOCK_ONBOARDING, runner, &server) : mock_new(runner);
  if (what == 0) mock->time = SZTP_TIME_UNKNOWN;
  mock->flag = "1";
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, what == 2 ? 2 : 1), SZTP_OK);
  if (what == 1) {
    mock->sources = dns;
    mock->source_count = 1;
    assert_int_equal(sztp_device_add_domain(mock->dev, "a.example"), SZTP_OK);
  }
  return mock;
}

/* SEC-09: a random source that fails for ever ends the session, which says so; one that fails twice
 * in a row, however often, does not */
static void test_no_random(void **state) {
  (void)state;
  if (mock_is_apart()) skip();
  for (int what = 0; what < 3; what++) {
    for (int runner = 0; runner < 2; runner++) {
      failing_t f = {1000, 1000};
      mock_host_t *mock = needs_random(what, runner);
      assert_int_equal(sztp_ctx_set_random(mock->ctx, fail_often, &f), SZTP_OK);
      for (int call = 0; call < 2; call++) {
        assert_int_equal(call == 0 ? mock_run(mock) : mock_resume(mock), 0);
        assert_int_equal(mock->reason, SZTP_ERR_RANDOM);
      }
      assert_int_equal(mock_resume(mock), SZTP_RESULT_ERROR);
      assert_int_equal(sztp_session_reason(mock->session), SZTP_ERR_RANDOM);
      assert_string_equal(sztp_session_text(mock->session),
                          "there are no random octets: the host's random function returned -7");
      assert_int_equal(1000 - f.left, 3);
      mock_free(mock);

      f.failures = f.left = 2;
      mock = needs_random(what, runner);
      assert_int_equal(sztp_ctx_set_random(mock->ctx, fail_often, &f), SZTP_OK);
      uint32_t result = mock_run(mock);
      for (int call = 0; call < 100 && result == 0 && mock->reason == SZTP_ERR_RANDOM; call++)
        result = mock_resume(mock);
      assert_int_equal(result, what == 0 ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
      mock_free(mock);
    }
  }
}

/* ---- frozen devices ------------------------------------------------------------------------------ */

/* No setter works any more, for ever; what it has can be read. */
static void test_frozen(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  sztp_device_t *dev = mock->dev;
  const char *text = NULL;
  assert_int_equal(sztp_device_freeze(NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_freeze(dev), SZTP_OK);
  assert_int_equal(sztp_device_freeze(dev), SZTP_OK);
  test_expect_fail(mock->ctx, sztp_device_set_text(dev, SZTP_DEVICE_OS_NAME, "x"), SZTP_ERR_SEQUENCE,
                   "frozen");
  test_expect_fail(mock->ctx, sztp_device_set_i64(dev, SZTP_POLICY_SIGNED_ONLY, 1), SZTP_ERR_SEQUENCE,
                   "frozen");
  test_expect_fail(mock->ctx, sztp_device_add_server(dev, "localhost", 1), SZTP_ERR_SEQUENCE, "frozen");
  test_expect_fail(mock->ctx, sztp_device_add_domain(dev, "example.net"), SZTP_ERR_SEQUENCE, "frozen");
  test_expect_fail(mock->ctx, sztp_device_set_key(dev, NULL, NULL), SZTP_ERR_SEQUENCE, "frozen");
  assert_int_equal(sztp_device_text(dev, SZTP_DEVICE_SERIAL, &text), SZTP_OK);
  assert_string_equal(text, MOCK_SERIAL);
  mock_free(mock);
}

/* Another context may not use a device that can still change. */
static void test_another_context(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  sztp_ctx_t *other = NULL;
  sztp_session_t *s = NULL;
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  assert_int_equal(sztp_ctx_new(NULL, &other), SZTP_OK);
  test_expect_fail(other, sztp_session_new(other, mock->dev, &s), SZTP_ERR_SEQUENCE, "is not frozen");
  assert_int_equal(sztp_bundle_new(other, &b), SZTP_OK);
  assert_int_equal(sztp_verify(mock->dev, b, SZTP_TIME_UNKNOWN, SZTP_CHANNEL_UNTRUSTED, &v), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_freeze(mock->dev), SZTP_OK);
  assert_int_equal(sztp_session_new(other, mock->dev, &s), SZTP_OK);
  assert_int_equal(sztp_verify(mock->dev, b, SZTP_TIME_UNKNOWN, SZTP_CHANNEL_UNTRUSTED, &v),
                   SZTP_ERR_ARTIFACT_MISSING);
  sztp_verdict_free(v);
  sztp_bundle_free(b);
  sztp_session_free(s);
  sztp_ctx_free(other);
  mock_free(mock);
}

typedef struct worker {
  const sztp_device_t *dev;
  sztp__blob_t parts[3];
  int accepted;
  int ended;
} worker_t;

static void verify_once(worker_t *w, sztp_ctx_t *ctx) {
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  if (sztp_bundle_new(ctx, &b) != SZTP_OK) return;
  for (uint32_t i = 0; i < 3; i++)
    if (sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO + i, w->parts[i].data, w->parts[i].len) != SZTP_OK)
      return;
  if (sztp_verify(w->dev, b, SZTP_TIME_UNKNOWN, SZTP_CHANNEL_UNTRUSTED, &v) == SZTP_OK) w->accepted++;
  sztp_verdict_free(v);
  sztp_bundle_free(b);
}

/* A whole session in which nothing is found. */
static void run_once(worker_t *w, sztp_ctx_t *ctx) {
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  if (sztp_session_new(ctx, (sztp_device_t *)(uintptr_t)w->dev, &s) != SZTP_OK) return;
  for (int i = 0; i < 100 && sztp_session_next(s, 1, &a) == SZTP_OK; i++) {
    uint32_t kind = sztp_action_kind(a);
    if (kind == SZTP_ACTION_FAILED) break;
    (void)sztp_reply_end(s, sztp_action_ticket(a),
                         kind == SZTP_ACTION_ENABLED ? SZTP_OUTCOME_OK : SZTP_OUTCOME_NOTHING);
  }
  w->ended += sztp_session_result(s) == SZTP_RESULT_NOT_BOOTSTRAPPED;
  sztp_session_free(s);
}

static void *work_on(void *user) {
  worker_t *w = user;
  sztp_ctx_t *ctx = NULL;
  if (sztp_ctx_new(NULL, &ctx) != SZTP_OK) return NULL;
  for (int i = 0; i < 5; i++) {
    verify_once(w, ctx);
    run_once(w, ctx);
  }
  sztp_ctx_free(ctx);
  return w;
}

/* SEC-15: sessions and verifications in several threads, each on a context of its own, of one frozen device
 */
static void test_frozen_in_threads(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(0);
  worker_t workers[4];
  pthread_t threads[4];
  memset(workers, 0, sizeof workers);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 1), SZTP_OK);
  assert_int_equal(sztp_device_freeze(mock->dev), SZTP_OK);
  for (size_t i = 0; i < 4; i++) {
    workers[i].dev = mock->dev;
    workers[i].parts[0] = artifact_conveyed(MOCK_ONBOARDING, "owner");
    workers[i].parts[1] = owner_artifacts()->owner_cert;
    workers[i].parts[2] = owner_artifacts()->voucher;
  }
  for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, work_on, &workers[i]), 0);
  for (size_t i = 0; i < 4; i++) {
    void *result = NULL;
    assert_int_equal(pthread_join(threads[i], &result), 0);
    assert_ptr_equal(result, &workers[i]);
    assert_int_equal(workers[i].accepted, 5);
    assert_int_equal(workers[i].ended, 5);
  }
  mock_free(mock);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_call_backs),          cmocka_unit_test(test_call_backs_of_keys),
      cmocka_unit_test(test_free_in_use),         cmocka_unit_test(test_no_random),
      cmocka_unit_test(test_free_while_verified), cmocka_unit_test(test_frozen),
      cmocka_unit_test(test_another_context),     cmocka_unit_test(test_frozen_in_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
