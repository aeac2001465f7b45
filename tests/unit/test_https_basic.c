/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP Basic beside the client certificate: who gets the password, when, and how often (TLS-08, TLS-09,
 * REST-20).
 */
#define _POSIX_C_SOURCE 200809L
#include "https_bench.h"

#define NO_BODY    "Content-Length: 0\r\n\r\n"
#define UNTIL_AUTH "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"lab\"\r\n" NO_BODY
#define HEADER     "\r\nAuthorization: Basic RVg0MjAwLTE3OmxldC1tZS1pbg==\r\n" /* EX4200-17:let-me-in */

typedef struct secret {
  const char *text; /* NULL: none now */
  unsigned asked;
} secret_t;

static int32_t password(void *user, uint8_t *out, size_t cap, size_t *len) {
  secret_t *s = user;
  s->asked++;
  if (s->text == NULL) return -1;
  assert_true(strlen(s->text) <= cap);
  memcpy(out, s->text, strlen(s->text));
  *len = strlen(s->text);
  return 0;
}

static unsigned times(const char *text, const char *part) {
  unsigned n = 0;
  for (; (text = strstr(text, part)) != NULL; text++) n++;
  return n;
}

static secret_t begin_with(env_t *e, const peer_step_t *steps, size_t count) {
  secret_t s = {"let-me-in", 0};
  peer_plan_t plan = plan_of(steps, count);
  start(e, &plan);
  return s;
}

/* REST-20: the challenge, then the same request with credentials on the same connection; then from the
 * beginning, for as long as that connection and visit last. */
static void is_answered(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, S(UNTIL_AUTH), R, S(OK_HELLO), R, S(OK_HELLO), HOLD};
  secret_t s = begin_with(e, steps, TEST_COUNT_OF(steps));
  assert_int_equal(sztp_https_set_basic(e->https, "EX4200-17", password, &s), SZTP_OK);
  ask_t q = {.visit = 1, .body = "{}"};
  expect_ok(e, fetch(e, &q), 200, "hello");
  expect_ok(e, fetch(e, &q), 200, "hello");
  assert_int_equal(e->session->reply.peer_verified, 1);
  assert_int_equal(s.asked, 2);
  expect_counts(e, 1, 1, 3);
  peer_stop(e->peer);
  const char *seen = peer_seen(e->peer, 0)->request;
  assert_int_equal(times(seen, "POST "), 3);
  assert_int_equal(times(seen, HEADER), 2);
  assert_true(strstr(strstr(seen, "{}"), "Authorization") != NULL); /* not in the first one */
  assert_true(strstr(seen, "Authorization") > strstr(seen, "{}"));
}

/* Another visit begins without credentials, on a connection of its own (TLS-19). */
static void is_of_one_visit(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, S(UNTIL_AUTH), R, S(OK_HELLO), HOLD};
  secret_t s = begin_with(e, steps, TEST_COUNT_OF(steps));
  assert_int_equal(sztp_https_set_basic(e->https, "EX4200-17", password, &s), SZTP_OK);
  for (uint64_t visit = 1; visit <= 2; visit++) {
    ask_t q = {.visit = visit, .body = "{}"};
    expect_ok(e, fetch(e, &q), 200, "hello");
  }
  peer_stop(e->peer);
  for (size_t i = 0; i < 2; i++) {
    const char *seen = peer_seen(e->peer, i)->request;
    assert_int_equal(times(seen, HEADER), 1);
    assert_true(strstr(seen, HEADER) > strstr(seen, "{}"));
  }
}

/* REST-20: one retry, not more; what comes then is the answer, and so it is of a request that had credentials
 * from the beginning. */
static void is_tried_once(void **state) {
  env_t *e = *state;
  static const char again[] = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno";
  static const peer_step_t steps[] = {R, S(UNTIL_AUTH), R, S(again), R, S(again), HOLD};
  secret_t s = begin_with(e, steps, TEST_COUNT_OF(steps));
  assert_int_equal(sztp_https_set_basic(e->https, "EX4200-17", password, &s), SZTP_OK);
  ask_t q = {.visit = 1, .body = "{}"};
  expect_ok(e, fetch(e, &q), 401, "no");
  assert_int_equal(s.asked, 1);
  expect_ok(e, fetch(e, &q), 401, "no");
  assert_int_equal(s.asked, 2);
  peer_stop(e->peer);
  assert_int_equal(times(peer_seen(e->peer, 0)->request, "POST "), 3);
}

/* A server that closes the connection after its challenge is met again, and authenticated again. */
static void is_verified_again(void **state) {
  env_t *e = *state;
  static const peer_step_t first[] = {
      R, S("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\nConnection: close\r\n" NO_BODY)};
  static const peer_step_t second[] = {R, S(OK_HELLO), HOLD};
  secret_t s = {"let-me-in", 0};
  peer_plan_t plan = PLAN(first);
  memcpy(plan.scripts[1], second, sizeof second);
  plan.script_count = 2;
  start(e, &plan);
  assert_int_equal(sztp_https_set_basic(e->https, "EX4200-17", password, &s), SZTP_OK);
  ask_t q = {.visit = 1, .body = "{}"};
  expect_ok(e, fetch(e, &q), 200, "hello");
  assert_int_equal(e->session->reply.peer_verified, 1);
  expect_counts(e, 2, 2, 2);
  peer_stop(e->peer);
  assert_null(strstr(peer_seen(e->peer, 0)->request, "Authorization"));
  assert_int_equal(times(peer_seen(e->peer, 1)->request, HEADER), 1);
}

/* TLS-08, D-33: whoever was not authenticated may demand what he likes. */
static void stays_from_strangers(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, S(UNTIL_AUTH), HOLD};
  secret_t s = begin_with(e, steps, TEST_COUNT_OF(steps));
  assert_int_equal(sztp_https_set_basic(e->https, "EX4200-17", password, &s), SZTP_OK);
  ask_t q = {.visit = 1, .body = "{}", .provisional = 1};
  expect_ok(e, fetch(e, &q), 401, "");
  q.provisional = 0;
  q.anchor = 1; /* of another root: the handshake ends */
  expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, SZTP_ERR_TLS_UNTRUSTED, "");
  assert_int_equal(s.asked, 0);
  peer_stop(e->peer);
  for (size_t i = 0; i < peer_connections(e->peer); i++)
    assert_null(strstr(peer_seen(e->peer, i)->request, "Authorization"));
}

/* What is no challenge of this scheme, or no 401, gets nothing. */
static void needs_a_challenge(void **state) {
  env_t *e = *state;
  static const struct {
    const char *reply;
    int answered;
  } cases[] = {
      {"401 Who\r\n", 0},
      {"403 No\r\nWWW-Authenticate: Basic realm=\"lab\"\r\n", 0},
      {"401 Who\r\nWWW-Authenticate: Digest realm=\"Basic\", nonce=\"a, Basic \\\" b\"\r\n", 0},
      {"401 Who\r\nWWW-Authenticate: Digest realm=\"x\", basic = 1\r\n", 0},
      {"401 Who\r\nWWW-Authenticate: Basics realm=\"x\"\r\n", 0},
      {"401 Who\r\nWWW-Authenticate: Digest realm=\"x\", bAsIc realm=\"y\"\r\n", 1},
      {"401 Who\r\nWWW-Authenticate: Digest realm=\"x\"\r\nwww-authenticate: , BASIC\r\n", 1},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char text[512];
    (void)snprintf(text, sizeof text, "HTTP/1.1 %s" NO_BODY, cases[i].reply);
    const peer_step_t steps[] = {R, {PEER_SEND, text, 0}, R, S(OK_HELLO), HOLD};
    secret_t s = begin_with(e, steps, TEST_COUNT_OF(steps));
    assert_int_equal(sztp_https_set_basic(e->https, "EX4200-17", password, &s), SZTP_OK);
    ask_t q = {.visit = 10 + i, .body = "{}"};
    assert_int_equal(fetch(e, &q), SZTP_OUTCOME_OK);
    if ((e->session->reply.status == 200) != (cases[i].answered != 0))
      fail_msg("case %zu: status %u", i, (unsigned)e->session->reply.status);
    peer_stop(e->peer);
    assert_int_equal(times(peer_seen(e->peer, 0)->request, "Authorization"), cases[i].answered);
  }
}

/* Without a password the exchange fails and says so; one that can't stand in a header is not sent. */
static void says_what_is_missing(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, S(UNTIL_AUTH), HOLD};
  static const struct {
    const char *password, *says;
    int32_t reason;
  } cases[] = {{NULL, "and the device has none", SZTP_ERR_NOT_FOUND},
               {"line\nend", "and it can't be sent", SZTP_ERR_TEXT},
               {"", "and it can't be sent", SZTP_ERR_TEXT}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    secret_t s = begin_with(e, steps, TEST_COUNT_OF(steps));
    s.text = cases[i].password;
    assert_int_equal(sztp_https_set_basic(e->https, "EX4200-17", password, &s), SZTP_OK);
    ask_t q = {.visit = 20 + i, .body = "{}"};
    expect_failed(e, fetch(e, &q), SZTP_OUTCOME_FAILED, cases[i].reason, cases[i].says);
    peer_stop(e->peer);
    assert_null(strstr(peer_seen(e->peer, 0)->request, "Authorization"));
  }
}

/* TLS-09, D-34: the credentials stand for the serial number of the certificate. */
static void names_the_same_device(void **state) {
  env_t *e = *state;
  sztp_device_t *dev = NULL;
  sztp_https_t *h = NULL;
  secret_t s = {"x", 0};
  const char *text = NULL;
  assert_int_equal(sztp_device_new(e->ctx, &dev), SZTP_OK);
  test_add_cert(dev, SZTP_CERT_IDENTITY, "idevid.pem");
  assert_int_equal(sztp_https_new(dev, &h), SZTP_OK);
  assert_int_equal(sztp_https_set_basic(h, "EX4200-17", password, &s), SZTP_OK);
  assert_int_equal(sztp_https_set_basic(h, "EX4200-18", password, &s), SZTP_ERR_CONFIG);
  assert_int_equal(sztp_ctx_trail(e->ctx, 0, NULL, NULL, &text), SZTP_OK);
  assert_string_equal(text,
                      "the credentials stand for the serial number 'EX4200-18', the identity certificate "
                      "for 'EX4200-17' (TLS-09)");
  assert_int_equal(sztp_device_text(dev, SZTP_DEVICE_CERT_SERIAL, &text), SZTP_OK);
  assert_string_equal(text, "EX4200-17");
  assert_int_equal(sztp_device_set_text(dev, SZTP_DEVICE_CERT_SERIAL, "X"), SZTP_ERR_ARG);
  /* One that was set in its place names another device, too. */
  assert_int_equal(sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, "EX4200-18"), SZTP_OK);
  assert_int_equal(sztp_https_set_basic(h, "EX4200-18", password, &s), SZTP_ERR_CONFIG);
  assert_int_equal(sztp_https_set_basic(h, "EX4200-17", password, &s), SZTP_ERR_CONFIG);
  assert_int_equal(sztp_https_set_basic(h, "EX4200-18", NULL, NULL), SZTP_OK);
  assert_int_equal(sztp_https_set_basic(NULL, "EX4200-18", NULL, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_basic(h, NULL, password, &s), SZTP_ERR_ARG);
  assert_int_equal(sztp_device_text(e->dev, SZTP_DEVICE_CERT_SERIAL, &text), SZTP_ERR_NOT_FOUND);
  sztp_https_free(h);
  sztp_device_free(dev);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(is_answered),          TEST(is_of_one_visit),       TEST(is_tried_once),
      TEST(is_verified_again),    TEST(stays_from_strangers),  TEST(needs_a_challenge),
      TEST(says_what_is_missing), TEST(names_the_same_device),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
