/* SPDX-License-Identifier: Apache-2.0 */
/* A cancel at any moment (STATE-08): as a signal handler might do it, in every state in which it is heeded.
 */
#include "edges.h"
#include "mock_host.h"

#define OPEN "{\"ietf-sztp-conveyed-info:onboarding-information\":{"
#define HASH "61:05:d6:cc:76:af:40:03:25:e9:4d:58:8c:e5:11:be:5b:fd:bb:73:b4:37:dc:51:ec:a4:39:17:d7:a4:3e:3d"
#define IMAGE(version)                                                                                       \
  "\"boot-image\":{\"os-name\":\"ExampleOS\",\"os-version\":\"" version                                      \
  "\",\"download-uri\":[\"https://a/1\"],\"image-verification\":[{\"hash-algorithm\":"                       \
  "\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":\"" HASH "\"}]}"
#define PARTS                                                                                                \
  "\"configuration-handling\":\"merge\",\"pre-configuration-script\":\"cHJl\",\"configuration\":"            \
  "\"Y29uZmln\",\"post-configuration-script\":\"cG9zdA==\""

/* A trusted server that gives @p document unsigned and hears everything. */
static mock_server_t *give(mock_host_t *mock, const char *document) {
  mock_well_known(mock, "localhost", 4001);
  mock_server_t *server = mock_server(mock, "localhost", 4001, "server");
  server->level = "verbose";
  mock_give_unsigned(server, document);
  mock->flag = "10";
  return server;
}

static void configure(mock_host_t *mock) { (void)give(mock, OPEN IMAGE("4.2.1") "," PARTS "}}"); }

static void new_image(mock_host_t *mock) { (void)give(mock, OPEN IMAGE("4.3.0") "}}"); }

static void refused(mock_host_t *mock) {
  (void)give(mock, OPEN "\"configuration-handling\":7}}");
  mock->flag = "1";
}

static void not_acknowledged(mock_host_t *mock) {
  mock_server_t *server = give(mock, OPEN PARTS "}}");
  server->report_type = "bootstrap-complete";
  server->report_status = 500;
  mock->flag = "1";
}

static void dead_answer(mock_host_t *mock) {
  mock->dhcp = "https://localhost:4002";
  mock->flag = "1";
}

static void nothing(mock_host_t *mock) {
  mock->flag = "1";
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
}

/* CSR-20: a key is made for a request of a format that the host makes of it. */
static void certified(mock_host_t *mock) {
  static const mock_answer_t asks = {
      400, "{\"ietf-restconf:errors\":{\"error\":[{\"error-info\":{\"ietf-sztp-csr:csr-request\":{\"key-"
           "generation\":{"
           "\"selected-algorithm\":{\"algorithm-identifier\":\"MBMGByqGSM49AgEGCCqGSM49AwEH\"}}}}}]}}"};
  mock_server_t *server = give(mock, OPEN PARTS "}}");
  server->answers = &asks;
  server->answer_count = 1;
  mock->wrapped = "a request";
  mock_key_store(mock, 0);
  assert_int_equal(sztp_device_set_csr(mock->dev, SZTP_CSR_CMP, SZTP_ALGORITHM_P256), SZTP_OK);
}

/* What a device meets, so that every state is come to in one of these. */
static const struct {
  void (*set_up)(mock_host_t *mock);
  uint32_t result;
} WORLDS[] = {{configure, SZTP_RESULT_DONE},
              {new_image, SZTP_RESULT_REBOOT_PENDING},
              {refused, SZTP_RESULT_NOT_BOOTSTRAPPED},
              {not_acknowledged, SZTP_RESULT_NOT_BOOTSTRAPPED},
              {dead_answer, SZTP_RESULT_NOT_BOOTSTRAPPED},
              {nothing, SZTP_RESULT_NOT_BOOTSTRAPPED},
              {certified, SZTP_RESULT_DONE}};

typedef struct moment {
  sztp__state_t state;
  unsigned times; /* that it is come to before the cancel */
  int came;
} moment_t;

static void cancel_there(void *user, sztp_session_t *s, sztp__state_t state) {
  moment_t *moment = user;
  if (moment->came || state != moment->state || moment->times-- > 0) return;
  moment->came = 1;
  assert_int_equal(sztp_session_cancel(s), SZTP_OK);
  assert_int_equal(sztp_session_cancelled(s), edges_may_cancel(state));
}

static mock_host_t *world(size_t which) {
  mock_host_t *mock = malloc(sizeof *mock);
  mock_open(mock, 0);
  WORLDS[which].set_up(mock);
  return mock;
}

static void done(mock_host_t *mock) {
  mock_close(mock);
  free(mock);
}

/* Takes the line off @p *at if it begins with @p begin. */
static int skip_line(const char **at, const char *begin) {
  if (strncmp(*at, begin, strlen(begin)) != 0) return 0;
  *at += strcspn(*at, "\n") + 1;
  return 1;
}

/* What happened up to the cancel is what would have happened anyway; then the stages that ran are undone, the
 * last one first, and the server is told. */
static void expect_undone(const mock_host_t *mock, const char *whole) {
  static const char *const stages[][2] = {
      {"\npost-script", "undo post\n"}, {"\nmerge", "undo config\n"}, {"\npre-script", "undo pre\n"}};
  const char *undo = strstr(mock->trace, "\nundo");
  size_t most = undo != NULL ? (size_t)(undo + 1 - mock->trace) : strlen(mock->trace);
  size_t same = 0;
  while (same < most && mock->trace[same] == whole[same]) same++;
  while (same > 0 && mock->trace[same - 1] != '\n') same--;
  const char *at = mock->trace + same;
  for (size_t i = 0; i < 3; i++) {
    const char *ran = strstr(mock->trace, stages[i][0]);
    if (ran != NULL && !skip_line(&at, stages[i][1]))
      fail_msg("no \"%s\" in the trace:\n%s", stages[i][1], mock->trace);
  }
  (void)skip_line(&at, "report localhost:4001 bootstrap-error");
  (void)skip_line(&at, "key delete"); /* also of a key that was named and not yet made */
  if (*at != '\0') fail_msg("after the cancel: \"%s\" in the trace:\n%s", at, mock->trace);
}

/* A cancel at the n-th arrival in the state. 1 if it came to be. */
static int cancel_at(size_t which, sztp__state_t state, unsigned times, const char *whole) {
  mock_host_t *mock = world(which);
  moment_t moment = {state, times, 0};
  edges_user = &moment;
  edges_watch = cancel_there;
  uint32_t result = mock_run(mock);
  edges_watch = NULL;
  if (moment.came) {
    if (result != SZTP_RESULT_CANCELLED || mock->reason != SZTP_ERR_CANCELLED)
      fail_msg("%s: result %u, %s", edges_state_name(state), (unsigned)result, sztp_error_name(mock->reason));
    expect_undone(mock, whole);
    /* Nothing of it hinders the next attempt (STATE-10). */
    mock->trace[0] = '\0';
    mock->flag_asked = 0;
    mock->servers[0].asked = 0;
    assert_int_equal(mock_keys_made(mock), 0);
    assert_int_equal(mock_run(mock), WORLDS[which].result);
    if (strcmp(mock->trace, whole) != 0)
      fail_msg("%s: the next session:\n%s\ninstead of:\n%s", edges_state_name(state), mock->trace, whole);
  }
  done(mock);
  return moment.came;
}

/* STATE-08, STATE-10, ONB-20, PROG-21 */
static void test_every_state(void **state) {
  if (mock_is_apart()) skip();
  static char whole[32768];
  int came[SZTP__ST_COUNT] = {0};
  (void)state;
  for (size_t which = 0; which < TEST_COUNT_OF(WORLDS); which++) {
    mock_host_t *mock = world(which);
    if (mock_run(mock) != WORLDS[which].result) fail_msg("world %zu:\n%s\n%s", which, mock->trace, mock->log);
    (void)snprintf(whole, sizeof whole, "%s", mock->trace);
    done(mock);
    for (sztp__state_t at = SZTP__ST_START; at < SZTP__ST_COUNT; at++)
      for (unsigned times = 0; edges_may_cancel(at) && cancel_at(which, at, times, whole); times++)
        came[at] = 1;
  }
  for (sztp__state_t at = SZTP__ST_START; at < SZTP__ST_COUNT; at++)
    if (edges_may_cancel(at) && !came[at]) fail_msg("no session comes to %s", edges_state_name(at));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_state),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
