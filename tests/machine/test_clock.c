/* SPDX-License-Identifier: Apache-2.0 */
/* The wall clock is looked at when it is needed (CLK group): what it says later counts later. */
#include "mock_host.h"

#include "ground/ctx_private.h"

#define YEAR      (365 * 86400LL)
#define FAR       (150 * YEAR) /* when nothing of the test PKI is valid any more */
#define ASK       "data localhost:4001 trusted\n"
#define NONCE     "data localhost:4001 trusted nonce\n"
#define INITIATED "report localhost:4001 bootstrap-initiated\n"
#define COMPLETE  "report localhost:4001 bootstrap-complete\n"
#define REFUSED   "refused tls-untrusted\n"

/* What the wall clock says in pass 0, 1, ...; the last repeats. */
static int64_t says[4];
static size_t said;
static unsigned looks;
static int32_t called_back;

static int64_t wall_clock(void *user) {
  const mock_host_t *mock = user;
  looks++;
  called_back = sztp_session_set_time(mock->session, 0, 0);
  return says[mock->waits < said ? mock->waits : said - 1];
}

static mock_host_t *with_clock(int64_t first, int64_t second) {
  mock_server_t *server = NULL;
  mock_host_t *mock = mock_with_server(MOCK_EMPTY, 0, &server);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_TIME_FLOOR, mock->time - YEAR), SZTP_OK);
  says[0] = first;
  says[1] = second;
  said = 2;
  mock->wall_clock = wall_clock;
  mock->flag = "110";
  return mock;
}

/* CLK-01, CLK-03: a clock that was wrong and is set right, by whatever, is believed from then on; while it is
 * behind the floor there is a floor, and a nonce (CLK-07) */
static void test_set_later(void **state) {
  (void)state;
  mock_host_t *mock = with_clock(0, 0);
  int64_t now = mock->time;
  const struct {
    int64_t first, second;
    unsigned server_fails; /* in the first pass, so that there is another */
    const char *trace;
  } cases[] = {
      {now + FAR, now, 0, REFUSED ASK INITIATED COMPLETE},
      {now, now + FAR, 1, "no connection localhost:4001\n" REFUSED},
      {SZTP_TIME_UNKNOWN, now, 1, "no connection localhost:4001\n" ASK INITIATED COMPLETE},
      {0, now + FAR, 1, "no connection localhost:4001\n" REFUSED},
      {now, SZTP_TIME_UNKNOWN, 1, "no connection localhost:4001\n" NONCE INITIATED COMPLETE},
      {now, 0, 1, "no connection localhost:4001\n" NONCE INITIATED COMPLETE},
      {now, INT64_MAX, 1, "no connection localhost:4001\n" NONCE INITIATED COMPLETE},
      /* a time that was believed stays a floor, above which nothing that ended before is valid again */
      {now + FAR, SZTP_TIME_UNKNOWN, 0, REFUSED REFUSED},
  };
  mock_free(mock);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    mock = with_clock(cases[i].first, cases[i].second);
    int done = strstr(cases[i].trace, COMPLETE) != NULL;
    mock->time = SZTP_TIME_UNKNOWN;
    mock->servers[0].refuses_first = cases[i].server_fails;
    assert_int_equal(mock_run(mock), done ? SZTP_RESULT_DONE : SZTP_RESULT_NOT_BOOTSTRAPPED);
    mock_expect(mock, cases[i].trace);
    mock_free(mock);
  }
}

/* CLK-08: it is looked at once for one set of artifacts; and it can't call the session */
static void test_looks(void **state) {
  (void)state;
  mock_host_t *mock = mock_new(1);
  mock->usb[0] = artifact_conveyed(MOCK_EMPTY, "owner");
  mock->usb[1] = owner_artifacts()->owner_cert;
  mock->usb[2] = owner_artifacts()->voucher;
  mock->flag = "10";
  mock->wall_clock = wall_clock;
  says[0] = mock->time;
  said = 1;
  looks = 0;
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  assert_int_equal(looks, 1);
  assert_int_equal(called_back, SZTP_ERR_REENTRY);
  mock_free(mock);
}

/* CLK-01: a clock behind the floor is told of once, not at each look, and again when it falls behind again */
static void test_told_once(void **state) {
  static const char line[] = "the time given is before the floor";
  (void)state;
  mock_host_t *mock = with_clock(0, 0);
  mock->time = SZTP_TIME_UNKNOWN;
  mock->servers[0].refuses = 1;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  const char *at = strstr(mock->log, line);
  assert_non_null(at);
  assert_null(strstr(at + 1, line));
  mock_free(mock);
}

static void test_arguments(void **state) {
  (void)state;
  assert_int_equal(sztp_session_set_unix_clock(NULL, wall_clock, NULL), SZTP_ERR_ARG);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_set_later), cmocka_unit_test(test_looks),
                                     cmocka_unit_test(test_told_once), cmocka_unit_test(test_arguments)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
