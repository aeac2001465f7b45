/* SPDX-License-Identifier: Apache-2.0 */
/* What a host may do with a session and what it may not: order of calls, calls from inside handlers, tickets,
 * fields, handlers that are missing or not finished, and several contexts at once. */
#include "mock_host.h"

#include <pthread.h>

#include "trust/device_private.h"

#define R         "report localhost:4001 "
#define ASK       "data localhost:4001 trusted\n"
#define INITIATED R "bootstrap-initiated\n"
#define IMAGE                                                                                                \
  "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-version\":\"4.3.0\","           \
  "\"download-uri\":\"https://a/1\"}}}"

static const uint8_t OCTET[1] = {'x'};

static mock_host_t *trusted(const char *document) {
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(document, 0, &server);
  mock->signature_good = 1;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_IMAGE_SIGNATURE, 1), SZTP_OK);
  return mock;
}

/* ---- a host of its own: handlers with a little memory -------------------------------------------- */

typedef struct host {
  mock_host_t *mock;
  sztp_host_t *runner;
  sztp_host_t *second;
  uint64_t now;
  unsigned calls;   /* of the handler under test */
  unsigned pending; /* so many of them say "not finished" */
  uint32_t outcome;
  uint64_t ticket;
  unsigned ends; /* of the session that were told */
} host_t;

static uint64_t host_clock(void *user) { return ((host_t *)user)->now; }

static void host_open(host_t *h) {
  memset(h, 0, sizeof *h);
  h->mock = mock_new(0);
  h->now = 1000;
  assert_int_equal(sztp_host_new(h->mock->ctx, host_clock, h, &h->runner), SZTP_OK);
  assert_int_equal(sztp_host_new(h->mock->ctx, host_clock, h, &h->second), SZTP_OK);
  assert_int_equal(sztp_session_new(sztp_device_ctx(h->mock->dev), h->mock->dev, &h->mock->session), SZTP_OK);
}

static void host_close(host_t *h) {
  sztp_host_free(h->runner);
  sztp_host_free(h->second);
  mock_free(h->mock);
}

static uint32_t is_on(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  return sztp_reply_i64(s, sztp_action_ticket(a), SZTP_F_VALUE, 1) < 0 ? SZTP_OUTCOME_FAILED
                                                                       : SZTP_OUTCOME_OK;
}

static uint32_t nothing(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  (void)s;
  (void)a;
  return SZTP_OUTCOME_NOTHING;
}

static uint32_t counted(void *user, sztp_session_t *s, const sztp_action_t *a) {
  host_t *h = user;
  (void)s;
  if (h->calls++ > 0 && h->calls <= h->pending + 1) assert_true(sztp_action_ticket(a) == h->ticket);
  h->ticket = sztp_action_ticket(a);
  return h->calls <= h->pending ? SZTP_OUTCOME_PENDING : h->outcome;
}

/* The same handler for all that sources ask for. */
static void on_sources(host_t *h, sztp_handler_fn fn, void *user) {
  static const uint32_t kinds[] = {SZTP_ACTION_DISCOVER, SZTP_ACTION_ASK, SZTP_ACTION_DOMAINS};
  for (size_t i = 0; i < TEST_COUNT_OF(kinds); i++)
    assert_int_equal(sztp_host_on(h->runner, kinds[i], fn, user), SZTP_OK);
}

/* From inside a handler only getters and replies may be called; the session goes on unharmed. */
static uint32_t misbehaving(void *user, sztp_session_t *s, const sztp_action_t *a) {
  host_t *h = user;
  uint64_t ticket = sztp_action_ticket(a);
  const sztp_action_t *out = NULL;
  sztp_session_t *other = NULL;
  h->calls++;
  assert_int_equal(sztp_session_next(s, h->now, &out), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_session_add_source(s, SZTP_SOURCE_CUSTOM), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_session_set_time(s, h->now, 0), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_session_restore(s, NULL, 0), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_reply_end(s, ticket, SZTP_OUTCOME_OK), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_host_run(h->runner, s, NULL), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_host_run(h->second, s, NULL), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_host_on(h->runner, SZTP_ACTION_WAIT, nothing, NULL), SZTP_ERR_REENTRY);
  assert_int_equal(sztp_session_new(sztp_device_ctx(h->mock->dev), h->mock->dev, &other), SZTP_ERR_BUSY);
  assert_int_equal(sztp_device_set_text(h->mock->dev, SZTP_DEVICE_OS_NAME, "x"), SZTP_ERR_SEQUENCE);
  sztp_session_free(s);      /* does nothing here */
  sztp_host_free(h->runner); /* nor does this */
  assert_ptr_equal(sztp_session_verdict(s), NULL);
  assert_int_equal(sztp_action_check_server(s, a, OCTET, 1), SZTP_ERR_SEQUENCE);
  assert_int_equal(sztp_session_cancelled(s), 0);
  assert_int_equal(sztp_reply_bytes(s, ticket, SZTP_F_MESSAGE, OCTET, 1), SZTP_OK);
  return SZTP_OUTCOME_NOTHING;
}

static void test_reentry(void **state) {
  (void)state;
  host_t h;
  uint32_t result = 0;
  host_open(&h);
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_ENABLED, is_on, NULL), SZTP_OK);
  on_sources(&h, misbehaving, &h);
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_OK);
  assert_int_equal(sztp_session_reason(h.mock->session), SZTP_ERR_NOT_BOOTSTRAPPED);
  assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_int_equal(h.calls, 6); /* DISC-02: five local sources, of which multicast DNS has two questions */
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_WAIT, nothing, NULL), SZTP_OK);
  host_close(&h);
}

static uint32_t cancelling(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)a;
  ((host_t *)user)->calls++;
  assert_int_equal(sztp_session_cancel(s), SZTP_OK);
  assert_int_equal(sztp_session_cancelled(s), 1);
  return SZTP_OUTCOME_FAILED;
}

/* STATE-08: a handler may cancel */
static void test_cancel_inside(void **state) {
  (void)state;
  host_t h;
  uint32_t result = 0;
  host_open(&h);
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_ENABLED, is_on, NULL), SZTP_OK);
  on_sources(&h, cancelling, &h);
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_OK);
  assert_int_equal(sztp_session_reason(h.mock->session), SZTP_ERR_CANCELLED);
  assert_int_equal(result, SZTP_RESULT_CANCELLED);
  assert_int_equal(h.calls, 1);
  assert_int_equal(sztp_session_cancel(NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_cancelled(NULL), 0);
  host_close(&h);
}

/* An action without handler fails: it is never skipped in silence. */
static void test_no_handler(void **state) {
  (void)state;
  host_t h;
  uint32_t result = 0;
  host_open(&h);
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_OK);
  assert_int_equal(sztp_session_reason(h.mock->session), SZTP_ERR_HOST); /* D-01 */
  assert_int_equal(result, SZTP_RESULT_ERROR);
  assert_non_null(strstr(h.mock->log, "no handler for \"enabled\""));
  /* the session has ended, and says so as often as it is asked */
  result = 0;
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_OK);
  assert_int_equal(sztp_session_reason(h.mock->session), SZTP_ERR_HOST);
  assert_int_equal(result, SZTP_RESULT_ERROR);
  host_close(&h);

  host_open(&h);
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_ENABLED, is_on, NULL), SZTP_OK);
  on_sources(&h, nothing, NULL);
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_DISCOVER, NULL, NULL), SZTP_OK); /* removed again */
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_OK);
  assert_int_equal(sztp_session_reason(h.mock->session), SZTP_ERR_NOT_BOOTSTRAPPED);
  assert_non_null(strstr(h.mock->log, "no handler for \"discover\""));
  host_close(&h);
}

/* STATE-07: a wait needs no handler */
static void test_wait(void **state) {
  (void)state;
  host_t h;
  const sztp_action_t *a = NULL;
  int64_t deadline = 0;
  host_open(&h);
  sztp_session_free(h.mock->session);
  assert_int_equal(sztp_device_set_i64(h.mock->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
  assert_int_equal(sztp_session_new(sztp_device_ctx(h.mock->dev), h.mock->dev, &h.mock->session), SZTP_OK);
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_ENABLED, is_on, NULL), SZTP_OK);
  on_sources(&h, counted, &h);
  h.outcome = SZTP_OUTCOME_NOTHING;
  for (int i = 0; i < 3; i++) assert_int_equal(sztp_host_run(h.runner, h.mock->session, NULL), SZTP_PENDING);
  assert_int_equal(h.calls, 6);
  assert_int_equal(sztp_session_next(h.mock->session, h.now, &a), SZTP_OK);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_WAIT);
  assert_int_equal(sztp_action_i64(a, SZTP_F_DEADLINE, 0, &deadline), SZTP_OK);
  h.now = (uint64_t)deadline - 1;
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, NULL), SZTP_PENDING);
  h.now = 5; /* a clock that goes back is not followed */
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, NULL), SZTP_PENDING);
  h.now = (uint64_t)deadline;
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, NULL), SZTP_OK);
  assert_int_equal(sztp_session_reason(h.mock->session), SZTP_ERR_NOT_BOOTSTRAPPED);
  assert_int_equal(h.calls, 12);
  host_close(&h);
}

/* Is not finished when it hears of the end for the first time. */
static uint32_t ending(void *user, sztp_session_t *s, const sztp_action_t *a) {
  host_t *h = user;
  (void)s;
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_FAILED);
  return ++h->ends == 1 ? SZTP_OUTCOME_PENDING : SZTP_OUTCOME_OK;
}

/* A handler that is not finished is called again with the same action; also the one of the end. */
static void test_pending(void **state) {
  (void)state;
  host_t h;
  uint32_t result = 0;
  host_open(&h);
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_ENABLED, is_on, NULL), SZTP_OK);
  on_sources(&h, counted, &h);
  h.pending = 3;
  h.outcome = SZTP_OUTCOME_NOTHING;
  for (unsigned i = 1; i <= 3; i++) {
    assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_PENDING);
    assert_int_equal(h.calls, i);
    assert_int_equal(sztp_reply_bytes(h.mock->session, h.ticket, SZTP_F_MESSAGE, OCTET, 1), SZTP_OK);
  }
  assert_int_equal(result, 0);
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_FAILED, ending, &h), SZTP_OK);
  assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_PENDING);
  assert_int_equal(h.calls, 9);
  assert_int_equal(result, 0);
  /* the session has ended: that is said as often as it is asked, but no handler runs again */
  for (int i = 0; i < 3; i++) {
    result = 0;
    assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_OK);
    assert_int_equal(result, SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(sztp_session_result(h.mock->session), SZTP_RESULT_NOT_BOOTSTRAPPED);
    assert_int_equal(sztp_session_reason(h.mock->session), SZTP_ERR_NOT_BOOTSTRAPPED);
    assert_string_equal(sztp_session_text(h.mock->session), "no source had anything for this device");
    assert_int_equal(h.ends, 2);
  }
  host_close(&h);
}

/* A handler's answer that is no outcome counts as a failure. */
static void test_bad_outcome(void **state) {
  (void)state;
  static const uint32_t outcomes[] = {SZTP_OUTCOME_TIMEOUT + 1, 254, 256, UINT32_MAX};
  for (size_t i = 0; i < TEST_COUNT_OF(outcomes); i++) {
    host_t h;
    uint32_t result = 0;
    host_open(&h);
    h.outcome = outcomes[i];
    assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_ENABLED, counted, &h), SZTP_OK);
    assert_int_equal(sztp_host_run(h.runner, h.mock->session, &result), SZTP_OK);
    assert_int_equal(sztp_session_reason(h.mock->session), SZTP_ERR_HOST);
    assert_int_equal(result, SZTP_RESULT_ERROR);
    assert_non_null(strstr(h.mock->log, "which is no outcome"));
    host_close(&h);
  }
}

static void test_arguments(void **state) {
  (void)state;
  host_t h;
  sztp_host_t *out = NULL;
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  test_memory_t m;
  host_open(&h);
  sztp_ctx_t *other = test_ctx_new(&m);
  assert_int_equal(sztp_host_new(NULL, host_clock, NULL, &out), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_new(other, NULL, NULL, &out), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_new(other, host_clock, NULL, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_on(NULL, SZTP_ACTION_WAIT, nothing, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_on(h.runner, 0, nothing, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_on(h.runner, SZTP_ACTION_CSR + 1, nothing, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_on(h.runner, UINT32_MAX, nothing, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_run(NULL, h.mock->session, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_run(h.runner, NULL, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_host_new(other, host_clock, &h, &out), SZTP_OK);
  assert_int_equal(sztp_host_run(out, h.mock->session, NULL), SZTP_ERR_ARG); /* of another context */
  sztp_host_free(out);
  sztp_host_free(NULL);
  sztp_session_free(NULL);
  assert_int_equal(sztp_session_new(NULL, h.mock->dev, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_new(h.mock->ctx, h.mock->dev, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_next(NULL, 0, &a), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_next(h.mock->session, 0, NULL), SZTP_ERR_ARG);
  assert_null(sztp_session_verdict(NULL));
  assert_string_equal(sztp_action_name(0), "");
  for (uint32_t kind = SZTP_ACTION_DISCOVER; kind <= SZTP_ACTION_CSR; kind++)
    assert_string_not_equal(sztp_action_name(kind), "");
  assert_string_equal(sztp_action_name(SZTP_ACTION_CSR + 1), "");
  assert_string_equal(sztp_action_name(UINT32_MAX), "");
  test_ctx_free(&m, other);
  host_close(&h);
}

/* STATE-21 */
static void test_busy(void **state) {
  (void)state;
  mock_host_t *mock = trusted(MOCK_EMPTY);
  sztp_session_t *s = NULL;
  sztp_session_t *t = NULL;
  sztp_device_t *dev = NULL;
  const sztp_action_t *a = NULL;
  assert_int_equal(sztp_device_new(mock->ctx, &dev), SZTP_OK);
  assert_int_equal(sztp_session_new(sztp_device_ctx(mock->dev), mock->dev, &s), SZTP_OK);
  assert_int_equal(sztp_session_next(s, 1, &a), SZTP_OK);
  assert_int_equal(sztp_session_new(sztp_device_ctx(mock->dev), mock->dev, &t), SZTP_ERR_BUSY);
  assert_int_equal(sztp_session_new(sztp_device_ctx(dev), dev, &t),
                   SZTP_ERR_BUSY); /* per context, not per device */
  assert_null(t);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_ENABLED);
  assert_int_equal(sztp_reply_end(s, sztp_action_ticket(a), SZTP_OUTCOME_OK), SZTP_OK);
  assert_int_equal(sztp_session_next(s, 1, &a), SZTP_OK);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_DISCOVER);
  sztp_session_free(s);
  sztp_device_free(dev);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  mock_free(mock);
}

/* DISC-01, DISC-13 */
static void test_sources(void **state) {
  (void)state;
  mock_host_t *mock = trusted(MOCK_EMPTY);
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  int64_t source = 0;
  static const uint32_t unknown[] = {0, SZTP_SOURCE_WELL_KNOWN + 1, SZTP_SOURCE_CUSTOM - 1, 128, UINT32_MAX};
  assert_int_equal(sztp_session_new(sztp_device_ctx(mock->dev), mock->dev, &s), SZTP_OK);
  assert_int_equal(sztp_session_add_source(NULL, 1), SZTP_ERR_ARG);
  for (size_t i = 0; i < TEST_COUNT_OF(unknown); i++)
    assert_int_equal(sztp_session_add_source(s, unknown[i]), SZTP_ERR_ARG);
  for (uint32_t i = 0; i < 16; i++) {
    assert_int_equal(sztp_session_add_source(s, 127 - i), SZTP_OK);
    assert_int_equal(sztp_session_add_source(s, 127 - i), SZTP_ERR_ARG);
  }
  assert_int_equal(sztp_session_add_source(s, SZTP_SOURCE_DNS), SZTP_ERR_LIMIT);
  assert_int_equal(sztp_session_restore(s, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_restore(NULL, NULL, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_restore(s, OCTET, 1), SZTP_ERR_CBOR);
  assert_int_equal(sztp_session_restore(s, NULL, 0), SZTP_OK);
  assert_int_equal(sztp_session_next(s, 1, &a), SZTP_OK);
  assert_int_equal(sztp_session_add_source(s, SZTP_SOURCE_DNS), SZTP_ERR_SEQUENCE);
  assert_int_equal(sztp_session_restore(s, NULL, 0), SZTP_ERR_SEQUENCE);
  for (uint32_t i = 0; i < 16; i++) {
    assert_int_equal(sztp_reply_end(s, sztp_action_ticket(a), SZTP_OUTCOME_OK), SZTP_OK);
    assert_int_equal(sztp_session_next(s, 1, &a), SZTP_OK);
    assert_int_equal(sztp_action_i64(a, SZTP_F_SOURCE, 0, &source), SZTP_OK);
    assert_true(source == 127 - i);
  }
  sztp_session_free(s);
  mock_free(mock);
}

/* CLK-01 */
static void test_time(void **state) {
  (void)state;
  mock_host_t *mock = trusted(MOCK_EMPTY);
  sztp_session_t *s = NULL;
  assert_int_equal(sztp_session_new(sztp_device_ctx(mock->dev), mock->dev, &s), SZTP_OK);
  assert_int_equal(sztp_session_set_time(NULL, 0, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_set_time(s, 0, INT64_MAX), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_set_time(s, 0, 253402300800LL), SZTP_ERR_ARG); /* the year 10000 */
  assert_int_equal(sztp_session_set_time(s, 0, 253402300799LL), SZTP_OK);
  assert_int_equal(sztp_session_set_time(s, 0, SZTP_TIME_UNKNOWN), SZTP_OK);
  sztp_session_free(s);
  mock_free(mock);
}

static void expect_clock(const mock_host_t *mock, int64_t unix_time, uint32_t mode, int64_t now) {
  sztp__clock_t clock = sztp__device_clock(mock->ctx, mock->dev, unix_time);
  assert_int_equal(clock.mode, mode);
  assert_int_equal(clock.now, now);
}

/* CLK-03, D-155: the time that was known last is a floor, also when a clock that can't be right comes after
 * it */
static void test_time_lost(void **state) {
  (void)state;
  const int64_t floor = 1600000000;
  const int64_t known = 1800000000;
  mock_host_t *mock = trusted(MOCK_EMPTY);
  sztp_session_t *s = NULL;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_TIME_FLOOR, floor), SZTP_OK);
  assert_int_equal(sztp_session_new(sztp_device_ctx(mock->dev), mock->dev, &s), SZTP_OK);
  assert_int_equal(sztp_session_set_time(s, 0, known), SZTP_OK);
  expect_clock(mock, known, SZTP__CLOCK_TRUSTED, known);
  assert_int_equal(sztp_session_set_time(s, 5000, 0), SZTP_OK); /* 1970 */
  expect_clock(mock, 0, SZTP__CLOCK_FLOOR, known + 5);
  assert_int_equal(sztp_session_set_time(s, 9000, SZTP_TIME_UNKNOWN), SZTP_OK);
  expect_clock(mock, SZTP_TIME_UNKNOWN, SZTP__CLOCK_FLOOR, known + 5);
  assert_int_equal(sztp_session_set_time(s, 9000, floor), SZTP_OK); /* the host says that this is right */
  expect_clock(mock, floor, SZTP__CLOCK_TRUSTED, floor);
  sztp_session_free(s);
  mock_free(mock);
}

/* ---- tickets and fields -------------------------------------------------------------------------- */

static void expect_all(sztp_session_t *s, uint64_t ticket, int32_t code) {
  assert_int_equal(sztp_reply_i64(s, ticket, SZTP_F_STATUS, 200), code);
  assert_int_equal(sztp_reply_bytes(s, ticket, SZTP_F_MESSAGE, OCTET, 1), code);
  assert_int_equal(sztp_reply_write(s, ticket, OCTET, 1), code);
  assert_int_equal(sztp_reply_restart(s, ticket), code);
  assert_int_equal(sztp_reply_end(s, ticket, SZTP_OUTCOME_OK), code);
}

static void test_tickets(void **state) {
  (void)state;
  mock_host_t *mock = trusted(MOCK_EMPTY);
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  assert_int_equal(sztp_session_new(sztp_device_ctx(mock->dev), mock->dev, &s), SZTP_OK);
  for (uint64_t ticket = 0; ticket < 3; ticket++) expect_all(s, ticket, SZTP_ERR_STALE); /* nothing is out */
  expect_all(NULL, 0, SZTP_ERR_ARG);
  assert_int_equal(sztp_session_next(s, 1, &a), SZTP_OK);
  uint64_t first = sztp_action_ticket(a);
  expect_all(s, first + 1, SZTP_ERR_STALE);
  expect_all(s, first - 1, SZTP_ERR_STALE);
  assert_int_equal(sztp_reply_end(s, first, SZTP_OUTCOME_TIMEOUT + 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_reply_end(s, first, SZTP_OUTCOME_OK), SZTP_OK);
  expect_all(s, first, SZTP_ERR_STALE); /* answered */
  assert_int_equal(sztp_session_next(s, 1, &a), SZTP_OK);
  assert_true(sztp_action_ticket(a) > first);
  expect_all(s, first, SZTP_ERR_STALE);
  sztp_session_free(s);
  /* the end wants no reply */
  mock->flag = "0";
  assert_int_equal(mock_run(mock), SZTP_RESULT_DISABLED);
  assert_int_equal(sztp_session_next(mock->session, mock->clock, &a), SZTP_OK);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_DONE);
  expect_all(mock->session, sztp_action_ticket(a), SZTP_ERR_ARG);
  mock_free(mock);
}

struct field_rule {
  uint32_t field;
  int is_bytes;
  uint32_t kinds[4]; /* the actions whose reply may have it; MESSAGE and REASON: see below */
};

static const struct field_rule FIELDS[] = {
    {SZTP_F_ADDRESS, 1, {SZTP_ACTION_RESOLVE}},
    {SZTP_F_DATA, 1, {SZTP_ACTION_DISCOVER, SZTP_ACTION_KEY, SZTP_ACTION_CSR}},
    {SZTP_F_ARTIFACT_CI, 1, {SZTP_ACTION_DISCOVER, SZTP_ACTION_ASK}},
    {SZTP_F_ARTIFACT_OC, 1, {SZTP_ACTION_DISCOVER, SZTP_ACTION_ASK}},
    {SZTP_F_ARTIFACT_OV, 1, {SZTP_ACTION_DISCOVER, SZTP_ACTION_ASK}},
    {SZTP_F_URI, 1, {SZTP_ACTION_ASK}},
    {SZTP_F_NAME, 1, {SZTP_ACTION_DOMAINS}},
    {SZTP_F_STATUS, 0, {SZTP_ACTION_FETCH}},
    {SZTP_F_PEER_VERIFIED, 0, {SZTP_ACTION_FETCH}},
    {SZTP_F_RETRY_AFTER, 0, {SZTP_ACTION_FETCH}},
    {SZTP_F_CONTENT_TYPE, 1, {SZTP_ACTION_FETCH}},
    {SZTP_F_SIGNATURE_GOOD, 0, {SZTP_ACTION_DOWNLOAD}},
    {SZTP_F_RESUMED, 0, {SZTP_ACTION_DOWNLOAD}},
    {SZTP_F_VALUE, 0, {SZTP_ACTION_ENABLED}},
    {SZTP_F_MORE, 0, {SZTP_ACTION_DISCOVER}},
};

static int allowed(uint32_t field, int is_bytes, const sztp_action_t *a) {
  uint32_t kind = sztp_action_kind(a);
  if (field == SZTP_F_MESSAGE) return is_bytes;
  if (field == SZTP_F_REASON)
    return !is_bytes && kind != SZTP_ACTION_DISCOVER && kind != SZTP_ACTION_ASK &&
           kind != SZTP_ACTION_DOMAINS && kind != SZTP_ACTION_ENABLED;
  for (size_t i = 0; i < TEST_COUNT_OF(FIELDS); i++)
    if (FIELDS[i].field == field && FIELDS[i].is_bytes == is_bytes)
      for (size_t k = 0; k < 4; k++)
        if (FIELDS[i].kinds[k] == kind) return 1;
  return 0;
}

/* Every field in the reply to the action that is out; those that belong there are left alone. */
static void try_fields(sztp_session_t *s, const sztp_action_t *a) {
  uint32_t kind = sztp_action_kind(a);
  uint64_t ticket = sztp_action_ticket(a);
  static const uint32_t others[] = {64, 65, 96, 128, 1000, UINT32_MAX, UINT32_MAX - 31};
  for (uint32_t i = 0; i < 64 + TEST_COUNT_OF(others); i++) {
    uint32_t field = i < 64 ? i : others[i - 64];
    if (!allowed(field, 1, a)) assert_int_equal(sztp_reply_bytes(s, ticket, field, OCTET, 1), SZTP_ERR_ARG);
    if (!allowed(field, 0, a)) assert_int_equal(sztp_reply_i64(s, ticket, field, 1), SZTP_ERR_ARG);
    if (field != SZTP_F_RETRY_AFTER)
      assert_int_equal(sztp_reply_i64(s, ticket, field, INT64_MAX), SZTP_ERR_ARG);
    assert_int_equal(sztp_reply_i64(s, ticket, field, INT64_MIN), SZTP_ERR_ARG);
    if (field == SZTP_F_STATUS || field == SZTP_F_REASON)
      assert_int_equal(sztp_reply_i64(s, ticket, field, 0), SZTP_ERR_ARG);
  }
  if (kind == SZTP_ACTION_FETCH) {
    assert_int_equal(sztp_reply_i64(s, ticket, SZTP_F_STATUS, 99), SZTP_ERR_ARG);
    assert_int_equal(sztp_reply_i64(s, ticket, SZTP_F_STATUS, 600), SZTP_ERR_ARG);
    assert_int_equal(sztp_reply_i64(s, ticket, SZTP_F_PEER_VERIFIED, 2), SZTP_ERR_ARG);
  } else if (kind != SZTP_ACTION_DOWNLOAD) {
    assert_int_equal(sztp_reply_write(s, ticket, OCTET, 1), SZTP_ERR_ARG);
    assert_int_equal(sztp_reply_restart(s, ticket), SZTP_ERR_ARG);
  }
  assert_int_equal(sztp_reply_bytes(s, ticket, SZTP_F_MESSAGE, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_reply_write(s, ticket, NULL, 1), SZTP_ERR_ARG);
}

/* Getters never give what is not there. */
static void try_getters(const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  int64_t number = 0;
  for (uint32_t field = 0; field < 70; field++) {
    size_t n = sztp_action_count(a, field);
    assert_int_equal(sztp_action_i64(a, field, n, &number), SZTP_ERR_NOT_FOUND);
    assert_int_equal(sztp_action_bytes(a, field, n, &data, &len), SZTP_ERR_NOT_FOUND);
    for (size_t i = 0; i < n; i++) {
      int is_u64 = sztp_action_i64(a, field, i, &number) == SZTP_OK;
      int is_bytes = sztp_action_bytes(a, field, i, &data, &len) == SZTP_OK;
      assert_int_equal(is_u64 + is_bytes, 1);
    }
  }
  assert_int_equal(sztp_action_count(NULL, SZTP_F_NAME), 0);
  assert_int_equal(sztp_action_kind(NULL), 0);
  assert_true(sztp_action_ticket(NULL) == 0);
  assert_int_equal(sztp_action_i64(NULL, SZTP_F_PORT, 0, &number), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_i64(a, SZTP_F_PORT, 0, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_bytes(NULL, SZTP_F_NAME, 0, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_bytes(a, SZTP_F_NAME, 0, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_bytes(a, SZTP_F_NAME, 0, &data, NULL), SZTP_ERR_ARG);
}

static const mock_answer_t asks_for_cmp = {
    400, "{\"ietf-restconf:errors\":{\"error\":[{\"error-info\":{\"ietf-sztp-csr:csr-request\":{}}}]}}"};

/* At every action of a whole run. */
static void test_fields(void **state) {
  (void)state;
  static const char *const documents[] = {MOCK_ONBOARDING, IMAGE};
  uint32_t seen = 0;
  for (size_t i = 0; i < TEST_COUNT_OF(documents); i++) {
    for (unsigned n = 1;; n++) {
      const sztp_action_t *a = NULL;
      mock_host_t *mock = trusted(documents[i]);
      mock->servers[0].ci = artifact_encrypt(mock->servers[0].ci, "idevid");
      mock_key_store(mock, 0);
      mock->servers[0].answers = &asks_for_cmp;
      mock->servers[0].answer_count = 1;
      mock->wrapped = "a request";
      assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_CMP, 0), SZTP_OK);
      mock->post_outcome = SZTP_OUTCOME_FAILED; /* so that something is undone */
      mock->stop_after = n;
      if (mock_run(mock) != 0) {
        mock_free(mock);
        break;
      }
      assert_int_equal(sztp_session_next(mock->session, mock->clock, &a), SZTP_OK);
      try_fields(mock->session, a);
      try_getters(a);
      seen |= 1U << sztp_action_kind(a);
      mock->stop_after = 0;
      mock_free(mock);
    }
  }
  for (uint32_t kind = SZTP_ACTION_DISCOVER; kind <= SZTP_ACTION_CSR; kind++)
    if (kind != SZTP_ACTION_WAIT && kind != SZTP_ACTION_DONE && kind != SZTP_ACTION_FAILED)
      assert_true((seen >> kind & 1U) != 0);
}

/* TLS-02: judging a server needs an action with anchors that is still out */
static void test_check_server(void **state) {
  (void)state;
  mock_host_t *mock = trusted(MOCK_EMPTY);
  const sztp_action_t *a = NULL;
  mock->stop_after = 9; /* flag, five sources with six questions, name, root */
  assert_int_equal(mock_run(mock), 0);
  assert_int_equal(sztp_session_next(mock->session, mock->clock, &a), SZTP_OK);
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_FETCH);
  sztp_action_t *wrong = (sztp_action_t *)(uintptr_t)OCTET;
  assert_int_equal(sztp_action_check_server(NULL, a, OCTET, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_check_server(mock->session, NULL, OCTET, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_check_server(mock->session, wrong, OCTET, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_check_server(mock->session, a, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_check_server(mock->session, a, OCTET, 0), SZTP_ERR_ARG);
  assert_int_equal(sztp_action_check_server(mock->session, a, OCTET, 1), SZTP_ERR_TLS_UNTRUSTED);
  mock_free(mock);
}

/* ---- SEC-15: contexts know nothing of each other ------------------------------------------------- */

typedef struct worker {
  const char *serial;
  int32_t expected;
  sztp__blob_t ci, anchor, identity;
  int wrong; /* results that were not as expected */
} worker_t;

static int32_t verify_once(const worker_t *w, sztp_device_t *dev) {
  const owner_artifacts_t *made = owner_artifacts();
  sztp_bundle_t *bundle = NULL;
  sztp_verdict_t *verdict = NULL;
  int32_t rc = sztp_bundle_new(sztp_device_ctx(dev), &bundle);
  if (rc == SZTP_OK) rc = sztp_bundle_set(bundle, SZTP_ARTIFACT_CONVEYED_INFO, w->ci.data, w->ci.len);
  if (rc == SZTP_OK)
    rc = sztp_bundle_set(bundle, SZTP_ARTIFACT_OWNER_CERT, made->owner_cert.data, made->owner_cert.len);
  if (rc == SZTP_OK)
    rc = sztp_bundle_set(bundle, SZTP_ARTIFACT_VOUCHER, made->voucher.data, made->voucher.len);
  if (rc == SZTP_OK) rc = sztp_verify(dev, bundle, SZTP_TIME_UNKNOWN, SZTP_CHANNEL_UNTRUSTED, &verdict);
  if (sztp_verdict_trusted(verdict) != (rc == SZTP_OK)) rc = SZTP_ERR_ARG;
  sztp_verdict_free(verdict);
  sztp_bundle_free(bundle);
  return rc;
}

/* A session that finds its artifacts on removable storage and has nothing to do. */
static uint32_t session_once(const worker_t *w, sztp_device_t *dev) {
  const owner_artifacts_t *made = owner_artifacts();
  const sztp__blob_t parts[3] = {w->ci, made->owner_cert, made->voucher};
  sztp_session_t *s = NULL;
  const sztp_action_t *a = NULL;
  int64_t result = 0;
  if (sztp_session_new(sztp_device_ctx(dev), dev, &s) < 0) return 0;
  while (result == 0 && sztp_session_next(s, 1, &a) == SZTP_OK) {
    uint64_t ticket = sztp_action_ticket(a);
    uint32_t outcome = SZTP_OUTCOME_OK;
    int64_t source = 0;
    switch (sztp_action_kind(a)) {
    case SZTP_ACTION_DISCOVER:
      (void)sztp_action_i64(a, SZTP_F_SOURCE, 0, &source);
      if (source != SZTP_SOURCE_REMOVABLE) outcome = SZTP_OUTCOME_NOTHING;
      for (uint32_t i = 0; i < 3 && outcome == SZTP_OUTCOME_OK; i++)
        (void)sztp_reply_bytes(s, ticket, SZTP_F_ARTIFACT_CI + i, parts[i].data, parts[i].len);
      break;
    case SZTP_ACTION_DONE:
    case SZTP_ACTION_FAILED: (void)sztp_action_i64(a, SZTP_F_RESULT, 0, &result); continue;
    default: break;
    }
    (void)sztp_reply_end(s, ticket, outcome);
  }
  sztp_session_free(s);
  return (uint32_t)result;
}

static void *work(void *user) {
  worker_t *w = user;
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  w->wrong = 1000;
  if (sztp_ctx_new(NULL, &ctx) < 0) return NULL;
  if (sztp_device_new(ctx, &dev) == SZTP_OK &&
      sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, w->serial) == SZTP_OK &&
      sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, w->identity.data, w->identity.len) == SZTP_OK &&
      sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, w->anchor.data, w->anchor.len) == SZTP_OK &&
      sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1) == SZTP_OK)
    w->wrong = 0;
  uint32_t result = w->expected == SZTP_OK ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED;
  for (int i = 0; i < 10 && w->wrong == 0; i++) {
    w->wrong += verify_once(w, dev) != w->expected;
    w->wrong += session_once(w, dev) != result;
  }
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  return NULL;
}

static void test_threads(void **state) {
  (void)state;
  pthread_t threads[3];
  worker_t workers[3] = {{.serial = MOCK_SERIAL, .expected = SZTP_OK},
                         {.serial = "EX4200-18", .expected = SZTP_ERR_VOUCHER_SERIAL},
                         {.serial = MOCK_SERIAL, .expected = SZTP_ERR_VOUCHER_UNTRUSTED}};
  sztp__blob_t ci = artifact_conveyed(MOCK_EMPTY, "owner");
  (void)owner_artifacts(); /* made here: the workers only read */
  for (size_t i = 0; i < 3; i++) {
    workers[i].ci = ci;
    workers[i].identity = pki_file("idevid.pem");
    workers[i].anchor = pki_file(i == 2 ? "other-root.pem" : "mfr-root.pem");
  }
  for (size_t i = 0; i < 3; i++) assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
  for (size_t i = 0; i < 3; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(workers[i].wrong, 0);
    free(workers[i].identity.data);
    free(workers[i].anchor.data);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reentry),    cmocka_unit_test(test_cancel_inside),
      cmocka_unit_test(test_no_handler), cmocka_unit_test(test_wait),
      cmocka_unit_test(test_pending),    cmocka_unit_test(test_bad_outcome),
      cmocka_unit_test(test_arguments),  cmocka_unit_test(test_busy),
      cmocka_unit_test(test_sources),    cmocka_unit_test(test_time),
      cmocka_unit_test(test_time_lost),  cmocka_unit_test(test_tickets),
      cmocka_unit_test(test_fields),     cmocka_unit_test(test_check_server),
      cmocka_unit_test(test_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
