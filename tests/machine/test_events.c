/* SPDX-License-Identifier: Apache-2.0 */
/* What became of it, as data: events as they are told, the last one, the end, and the names of what they
 * hold. */
#include "mock_host.h"

#include "artifact_set.h"
#include "machine/stages.h"

typedef struct heard {
  char text[8192]; /* a line per event */
  unsigned count;
  uint32_t last;
} heard_t;

static int64_t number_of(const sztp_event_t *e, uint32_t field) {
  int64_t n = 0;
  assert_int_equal(sztp_event_i64(e, field, &n), SZTP_OK);
  return n;
}

static const char *text_of(const sztp_event_t *e, uint32_t field) {
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_event_bytes(e, field, &data, &len), SZTP_OK);
  assert_int_equal(data[len], '\0');
  return (const char *)data;
}

/* "KIND[ what it is about]: OUTCOME[ REASON]" */
static void hear(void *user, const sztp_session_t *s, const sztp_event_t *e) {
  heard_t *h = user;
  char about[300] = "";
  uint32_t kind = sztp_event_kind(e);
  int32_t reason = (int32_t)number_of(e, SZTP_F_REASON);
  const char *outcome = sztp_outcome_name((uint32_t)number_of(e, SZTP_F_OUTCOME));
  assert_ptr_equal(sztp_session_last(s), e);
  assert_string_not_equal(text_of(e, SZTP_F_MESSAGE), "");
  switch (kind) {
  case SZTP_EVENT_SOURCE:
    (void)snprintf(about, sizeof about, " %s %d", sztp_source_name((uint32_t)number_of(e, SZTP_F_SOURCE)),
                   (int)number_of(e, SZTP_F_INDEX));
    break;
  case SZTP_EVENT_SERVER:
    (void)snprintf(about, sizeof about, " %s:%d%s", text_of(e, SZTP_F_NAME), (int)number_of(e, SZTP_F_PORT),
                   number_of(e, SZTP_F_PROVISIONAL) ? " provisional" : "");
    break;
  case SZTP_EVENT_STAGE:
  case SZTP_EVENT_UNDO:
    (void)snprintf(about, sizeof about, " %s", sztp_stage_name((uint32_t)number_of(e, SZTP_F_STAGE)));
    break;
  case SZTP_EVENT_REPORT: (void)snprintf(about, sizeof about, " %s", text_of(e, SZTP_F_MESSAGE)); break;
  case SZTP_EVENT_END:
    (void)snprintf(about, sizeof about, " %s", sztp_result_name((uint32_t)number_of(e, SZTP_F_RESULT)));
    break;
  default: break;
  }
  size_t at = strlen(h->text);
  (void)snprintf(h->text + at, sizeof h->text - at, "%s%s: %s%s%s\n", sztp_event_name(kind), about, outcome,
                 reason == SZTP_OK ? "" : " ", reason == SZTP_OK ? "" : sztp_error_name(reason));
  h->count++;
  h->last = kind;
}

static mock_host_t *with_server(const char *document, int runner, mock_server_t **server, heard_t *h) {
  mock_host_t *mock = mock_with_server(document, runner, server);
  memset(h, 0, sizeof *h);
  mock->event = hear;
  mock->event_user = h;
  return mock;
}

#define NOTHING                                                                                              \
  "source removable 0: nothing\nsource dhcp6 0: nothing\nsource dhcp4 0: nothing\n"                          \
  "source mdns 0: nothing\nsource dns 0: nothing\nsource mdns 0: nothing\n"

/* A good bootstrap: every place, the server, the verdict, the stages, the reports and the end. */
static void test_good(void **state) {
  (void)state;
  for (int runner = 0; runner < 2; runner++) {
    heard_t h;
    mock_server_t *server = NULL;
    mock_host_t *mock = with_server(MOCK_ONBOARDING, runner, &server, &h);
    assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
    assert_string_equal(h.text,
                        NOTHING "server localhost:4001: ok\nverdict: ok\nreport bootstrap-initiated: ok\n"
                                "stage pre-configuration-script: ok\nstage configuration: ok\n"
                                "stage post-configuration-script: ok\nreport bootstrap-complete: ok\n"
                                "end done: ok\n");
    assert_int_equal(sztp_session_result(mock->session), SZTP_RESULT_DONE);
    assert_int_equal(sztp_session_reason(mock->session), SZTP_OK);
    assert_int_equal(sztp_event_kind(sztp_session_last(mock->session)), SZTP_EVENT_END);
    mock_free(mock);
  }
}

/* Servers that don't answer, are not who they should be, or have nothing; and how the pass and the session
 * end */
static void test_servers(void **state) {
  (void)state;
  heard_t h;
  mock_host_t *mock = mock_new(0);
  memset(&h, 0, sizeof h);
  mock->event = hear;
  mock->event_user = &h;
  mock->flag = "1";
  static const uint32_t sources[] = {SZTP_SOURCE_WELL_KNOWN};
  mock->sources = sources;
  mock->source_count = 1;
  assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_MAX_PASSES, 2), SZTP_OK);
  mock_well_known(mock, "localhost", 4001);
  mock_server(mock, "localhost", 4001, "other");
  assert_int_equal(sztp_device_add_server(mock->dev, "localhost", 4002), SZTP_OK);
  mock_server(mock, "localhost", 4002, "server")->data_status = 404;
  assert_int_equal(sztp_device_add_server(mock->dev, "localhost", 4003), SZTP_OK);
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
#define PASS                                                                                                 \
  "server localhost:4001: failed SZTP_ERR_TLS_UNTRUSTED\nserver localhost:4002: failed "                     \
  "SZTP_ERR_SERVER_FAIL\n"                                                                                   \
  "server localhost:4003: failed SZTP_ERR_SERVER_FAIL\n"
  assert_string_equal(h.text, PASS "pass: nothing SZTP_ERR_TLS_UNTRUSTED\n" PASS
                                   "end not-bootstrapped: failed SZTP_ERR_TLS_UNTRUSTED\n");
  assert_int_equal(sztp_session_reason(mock->session), SZTP_ERR_TLS_UNTRUSTED);
  assert_string_equal(sztp_session_text(mock->session),
                      text_of(sztp_session_last(mock->session), SZTP_F_MESSAGE));
  mock_free(mock);
}

/* What a transport or a resolver says of why it failed is what the event says, if it is an error code; only
 * the two of TLS say that a server failed to authenticate itself, which may be met without trust then (D-10).
 */
static void test_reasons_of_the_host(void **state) {
  (void)state;
  static const int32_t codes[] = {
      SZTP_ERR_KEY,           SZTP_ERR_LIMIT, SZTP_ERR_PKIX_EXPIRED, SZTP_ERR_SERVER_FAIL, SZTP_ERR_MEMORY,
      SZTP_ERR_TLS_UNTRUSTED, -2000 /* of a later version, maybe */};
  static const uint32_t sources[] = {SZTP_SOURCE_WELL_KNOWN};
  for (size_t i = 0; i < TEST_COUNT_OF(codes); i++)
    for (int of_resolver = 0; of_resolver < 2; of_resolver++) {
      heard_t h;
      char wanted[200];
      int32_t told = codes[i] == -2000 ? SZTP_ERR_SERVER_FAIL : codes[i];
      mock_host_t *mock = mock_new((int)(i % 2));
      memset(&h, 0, sizeof h);
      mock->event = hear;
      mock->event_user = &h;
      mock->sources = sources;
      mock->source_count = 1;
      assert_int_equal(sztp_device_set_i64(mock->dev, SZTP_POLICY_PROVISIONAL_FALLBACK, 1), SZTP_OK);
      mock_well_known(mock, "localhost", 4001);
      if (of_resolver) mock->addresses = "";
      mock->failure = codes[i];
      assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
      int again = !of_resolver && told == SZTP_ERR_TLS_UNTRUSTED;
      (void)snprintf(wanted, sizeof wanted,
                     "server localhost:4001: failed %s\n%send not-bootstrapped: failed %s\n",
                     sztp_error_name(told),
                     again ? "server localhost:4001 provisional: failed SZTP_ERR_TLS_UNTRUSTED\n" : "",
                     sztp_error_name(told));
      assert_string_equal(h.text, wanted);
      assert_int_equal(mock->reason, told);
      mock_free(mock);
    }
}

/* A line end that nothing follows begins no line. */
static void test_last_line(void **state) {
  static const char *const rows[][2] = {{"", ""},          {"all is lost", "all is lost"},
                                        {"a\nb", "b"},     {"a\nb\n", "b"},
                                        {"a\nb\r\n", "b"}, {"\n\n", ""}};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++)
    assert_true(sztp__span_is(sztp__last_line(sztp__span_of(rows[i][0])), rows[i][1]));
}

/* Artifacts that are refused, a stage that fails and what is undone then */
static void test_refused_and_undone(void **state) {
  (void)state;
  heard_t h;
  mock_server_t *server = NULL;
  mock_host_t *mock = with_server(MOCK_ONBOARDING, 0, &server, &h);
  mock->flag = "1";
  mock->config_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_non_null(
      strstr(h.text, "stage pre-configuration-script: ok\nstage configuration: failed SZTP_ERR_COMMIT\n"));
  assert_non_null(strstr(h.text, "undo pre-configuration-script: ok\n"));
  assert_non_null(strstr(h.text, "end not-bootstrapped: failed SZTP_ERR_COMMIT\n"));
  mock_free(mock);
  mock = with_server(MOCK_ONBOARDING, 0, &server, &h);
  mock->flag = "1";
  mock->pre_outcome = SZTP_OUTCOME_WARNING;
  mock->config_outcome = SZTP_OUTCOME_FAILED;
  mock->rollback_outcome = SZTP_OUTCOME_FAILED;
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_non_null(strstr(h.text, "stage pre-configuration-script: warning\n"));
  assert_non_null(strstr(h.text, "undo pre-configuration-script: failed SZTP_ERR_ROLLBACK\n"));
  mock_free(mock);
  mock = mock_new(0);
  memset(&h, 0, sizeof h);
  mock->event = hear;
  mock->event_user = &h;
  mock->usb[0] = artifact_conveyed(MOCK_ONBOARDING, NULL); /* unsigned, from a place that proves nothing */
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_non_null(
      strstr(h.text, "source removable 0: ok\nverdict: failed SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED\n"));
  mock_free(mock);
}

/* An image that is not the one announced is refused, which is not the same as one that could not be had. */
static void test_images(void **state) {
  (void)state;
  static const char document[] = "{\"ietf-sztp-conveyed-info:onboarding-information\":{\"boot-image\":{\"os-"
                                 "name\":\"ExampleOS\",\"os-version\":"
                                 "\"4.3.0\",\"download-uri\":[\"https://a/1\",\"https://a/"
                                 "2\"],\"image-verification\":[{\"hash-algorithm\":"
                                 "\"ietf-sztp-conveyed-info:sha-256\",\"hash-value\":\"00:11:22:33:44:55:66:"
                                 "77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:"
                                 "33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff\"}]}}}";
  heard_t h;
  mock_server_t *server = NULL;
  mock_host_t *mock = with_server(document, 0, &server, &h);
  mock->flag = "1";
  mock->broken_uri = "https://a/1";
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_non_null(strstr(h.text, "image: failed SZTP_ERR_IMAGE\nimage: failed SZTP_ERR_IMAGE_MISMATCH\n"));
  assert_int_equal(sztp_session_reason(mock->session), SZTP_ERR_IMAGE_MISMATCH);
  assert_int_equal(sztp_error_class(SZTP_ERR_IMAGE_MISMATCH), SZTP_CLASS_REFUSED);
  mock_free(mock);
  mock = with_server(document, 0, &server, &h);
  mock->flag = "1";
  mock->broken_uri = "https://a/1";
  mock->failure = SZTP_ERR_TLS_NAME_MISMATCH; /* the event says it; to the attempt it is no image */
  assert_int_equal(mock_run(mock), SZTP_RESULT_NOT_BOOTSTRAPPED);
  assert_non_null(
      strstr(h.text, "image: failed SZTP_ERR_TLS_NAME_MISMATCH\nimage: failed SZTP_ERR_IMAGE_MISMATCH\n"));
  mock_free(mock);
}

/* Which fields an event has, and what is no event */
static void test_getters(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  heard_t h;
  mock_host_t *mock = with_server(MOCK_EMPTY, 0, &server, &h);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  const sztp_event_t *e = sztp_session_last(mock->session);
  int64_t n = 7;
  const uint8_t *data = NULL;
  size_t len = 0;
  assert_int_equal(sztp_event_i64(e, SZTP_F_RESULT, &n), SZTP_OK);
  assert_int_equal(n, SZTP_RESULT_DONE);
  assert_int_equal(sztp_event_i64(e, SZTP_F_STAGE, &n), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_event_i64(e, SZTP_F_PORT, &n), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_event_i64(e, SZTP_F_MESSAGE, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_i64(e, 64, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_i64(e, UINT32_MAX, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_i64(NULL, SZTP_F_RESULT, &n), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_i64(e, SZTP_F_RESULT, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_bytes(e, SZTP_F_NAME, &data, &len), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_event_bytes(e, SZTP_F_RESULT, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_bytes(NULL, SZTP_F_MESSAGE, &data, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_bytes(e, SZTP_F_MESSAGE, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_bytes(e, SZTP_F_MESSAGE, &data, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_event_kind(NULL), 0);
  assert_null(sztp_session_last(NULL));
  assert_int_equal(sztp_session_on_event(NULL, hear, &h), SZTP_ERR_ARG);
  assert_int_equal(sztp_session_result(NULL), 0);
  assert_int_equal(sztp_session_reason(NULL), SZTP_OK);
  assert_string_equal(sztp_session_text(NULL), "");
  assert_int_equal(sztp_session_now(NULL), 0);
  assert_null(sztp_session_ctx(NULL));
  assert_ptr_equal(sztp_session_ctx(mock->session), mock->ctx);
  mock_free(mock);
}

/* Before the end there is none, and before the first event none is the last. */
static void test_before_the_end(void **state) {
  (void)state;
  const sztp_action_t *a = NULL;
  mock_host_t *mock = mock_new(0);
  assert_int_equal(sztp_session_new(mock->ctx, mock->dev, &mock->session), SZTP_OK);
  assert_null(sztp_session_last(mock->session));
  assert_int_equal(sztp_session_next(mock->session, 5, &a), SZTP_OK);
  assert_int_equal(sztp_session_result(mock->session), 0);
  assert_int_equal(sztp_session_reason(mock->session), SZTP_OK);
  assert_string_equal(sztp_session_text(mock->session), "");
  assert_int_equal(sztp_session_now(mock->session), 5);
  mock_free(mock);
}

/* Every constant has a name of its own, and what is none has none. */
static void test_names(void **state) {
  (void)state;
  static const struct {
    const char *(*name)(uint32_t);
    uint32_t first, last, nameless;
  } families[] = {
      {sztp_action_name, SZTP_ACTION_DISCOVER, SZTP_ACTION_CSR, 0},
      {sztp_source_name, SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_WELL_KNOWN, 0},
      {sztp_source_name, SZTP_SOURCE_CUSTOM, SZTP_SOURCE_CUSTOM, 128},
      {sztp_outcome_name, SZTP_OUTCOME_OK, SZTP_OUTCOME_TIMEOUT, UINT32_MAX},
      {sztp_result_name, SZTP_RESULT_DONE, SZTP_RESULT_ERROR, 0},
      {sztp_stage_name, SZTP_STAGE_PRE_SCRIPT, SZTP_STAGE_POST_SCRIPT, 0},
      {sztp_fetch_name, SZTP_FETCH_ROOT, SZTP_FETCH_PROGRESS, 0},
      {sztp_event_name, SZTP_EVENT_SOURCE, SZTP_EVENT_EVIDENCE, 0},
      {sztp_class_name, SZTP_CLASS_NONE, SZTP_CLASS_ONBOARDING, UINT32_MAX},
      {sztp_step_name, SZTP_STEP_INFO_FORMAT, SZTP_STEP_INFO_CONTENT, 0},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(families); i++) {
    for (uint32_t n = families[i].first; n <= families[i].last; n++) {
      assert_string_not_equal(families[i].name(n), "");
      for (uint32_t m = families[i].first; m < n; m++)
        assert_string_not_equal(families[i].name(n), families[i].name(m));
    }
    if (families[i].last != SZTP_SOURCE_CUSTOM)
      assert_string_equal(families[i].name(families[i].last + 1), "");
    assert_string_equal(families[i].name(families[i].nameless), "");
  }
}

/* VERIFY-14: the steps of a verdict by index, each once, in the order in which they are taken */
static void test_steps_by_index(void **state) {
  (void)state;
  mock_server_t *server = NULL;
  heard_t h;
  mock_host_t *mock = with_server(MOCK_EMPTY, 0, &server, &h);
  assert_int_equal(mock_run(mock), SZTP_RESULT_DONE);
  const sztp_verdict_t *v = sztp_session_verdict(mock->session);
  uint64_t seen = 0;
  uint32_t step = 0;
  size_t count = 0;
  while (sztp_verdict_at(v, count, &step) == SZTP_OK) {
    assert_true(step < 64 && (seen >> step & 1) == 0);
    assert_string_not_equal(sztp_step_name(step), "");
    seen |= (uint64_t)1 << step;
    count++;
  }
  assert_int_equal(count, SZTP_STEP_INFO_CONTENT);
  assert_int_equal(sztp_verdict_at(v, count, &step), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_verdict_at(v, SIZE_MAX, &step), SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_verdict_at(NULL, 0, &step), SZTP_OK);
  assert_int_equal(step, SZTP_STEP_INFO_FORMAT);
  assert_int_equal(sztp_verdict_at(v, 0, NULL), SZTP_ERR_ARG);
  mock_free(mock);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good),
      cmocka_unit_test(test_servers),
      cmocka_unit_test(test_reasons_of_the_host),
      cmocka_unit_test(test_last_line),
      cmocka_unit_test(test_refused_and_undone),
      cmocka_unit_test(test_images),
      cmocka_unit_test(test_getters),
      cmocka_unit_test(test_before_the_end),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_steps_by_index),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
