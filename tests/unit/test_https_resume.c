/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads that break: what is gone on with, what is begun again, and how often (IMG group). */
#define _POSIX_C_SOURCE 200809L
#include <sztp/image.h>

#include "https/validator.h"
#include "https_bench.h"

#define IMAGE     "0123456789"
#define NEW_IMAGE "abcdefghij"
#define CUT                                                                                                  \
  { PEER_CUT, NULL, 0 }
#define V1                        "ETag: \"v1\"\r\n"
#define WHOLE(fields)             "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n" fields "\r\n"
#define BROKEN                    WHOLE(V1) "01234"
#define PART(range, fields, body) "HTTP/1.1 206 Part\r\n" fields "Content-Range: bytes " range "\r\n\r\n" body
#define REST                      PART("5-9/10", V1 "Content-Length: 5\r\n", "56789")

/* ---- what is told -------------------------------------------------------------------------------- */

static char said[8192];

static void hear(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)user;
  (void)level;
  (void)topic;
  size_t at = strlen(said);
  if (at + len + 2 < sizeof said) snprintf(said + at, sizeof said - at, "%.*s\n", (int)len, line);
}

static void listen_to(env_t *e, staged_t *st) {
  said[0] = '\0';
  memset(st, 0, sizeof *st);
  e->resume = 1;
  assert_int_equal(sztp_ctx_set_log(e->ctx, SZTP_LOG_DEBUG, hear, NULL), SZTP_OK);
  assert_int_equal(sztp_https_set_stage(e->https, stage, st), SZTP_OK);
}

static void serve(env_t *e, const char *const replies[PEER_SCRIPTS]) {
  peer_plan_t plan;
  memset(&plan, 0, sizeof plan);
  while (plan.script_count < PEER_SCRIPTS && replies[plan.script_count] != NULL) {
    const peer_step_t steps[] = {R, S(replies[plan.script_count]), CUT};
    memcpy(plan.scripts[plan.script_count++], steps, sizeof steps);
  }
  start(e, &plan);
}

static void expect_said(const char *part) {
  if (strstr(said, part) == NULL) fail_msg("not said: \"%s\"; but:\n%s", part, said);
}

/* The n-th request asked for what follows octet @p from, if the image is @p validator; 0: for all of it. */
static void expect_asked(const env_t *e, size_t n, unsigned from, const char *validator) {
  char fields[200];
  const char *request = peer_seen(e->peer, n)->request;
  snprintf(fields, sizeof fields, "\r\nRange: bytes=%u-\r\nIf-Range: %s\r\n", from, validator);
  if (from > 0 ? strstr(request, fields) == NULL : strstr(request, "Range") != NULL)
    fail_msg("request %zu is not for octet %u on: %s", n, from, request);
}

/* ---- within a run -------------------------------------------------------------------------------- */

/* IMG-01: hash and stage go on, and the session is told that the image is of two responses. */
static void goes_on_where_it_broke(void **state) {
  env_t *e = *state;
  staged_t st;
  static const char *const replies[PEER_SCRIPTS] = {BROKEN, REST};
  listen_to(e, &st);
  serve(e, replies);
  uint32_t outcome = download(e, "http", "127.0.0.1", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_image(e, &st, IMAGE);
  assert_int_equal(st.opened, 1);
  assert_int_equal(st.total, 10);
  assert_int_equal(e->session->reply.resumed, 1);
  expect_said("broke off after 5 octets: ");
  expect_said("goes on at octet 5 of 10");
  peer_stop(e->peer);
  expect_asked(e, 0, 0, "");
  expect_asked(e, 1, 5, "\"v1\"");
  expect_counts(e, 2, 0, 1);
}

/* IMG-02, IMG-03: what is not the rest of the very same image is not put behind it. */
static void starts_over_for_anything_else(void **state) {
  env_t *e = *state;
  static const struct {
    const char *second, *why;
  } rows[] = {
      {WHOLE("ETag: \"v2\"\r\n") NEW_IMAGE, "starts over: the validator changed from \"v1\" to \"v2\""},
      {WHOLE("") NEW_IMAGE, "starts over: the validator changed from \"v1\" to none"},
      {WHOLE("ETag: W/\"v1\"\r\n") NEW_IMAGE, "starts over: the validator changed from \"v1\" to none"},
      {WHOLE(V1) NEW_IMAGE, "starts over: the server sends no parts of it"},
      {PART("4-9/10", V1, "456789"), "starts over: the Content-Range begins at another octet"},
      {PART("6-9/10", V1, "6789"), "starts over: the Content-Range begins at another octet"},
      {PART("5-9/11", V1, "56789"), "starts over: the Content-Range is of an image of another length"},
      {PART("5-10/10", V1, "56789"), "starts over: the Content-Range ends where nothing can end"},
      {PART("5-4/10", V1, "56789"), "starts over: the Content-Range ends where nothing can end"},
      {PART("5-9/*", V1, "56789"), "starts over: the part has no Content-Range that says where it is"},
      {PART("5-9", V1, "56789"), "starts over: the part has no Content-Range that says where it is"},
      {PART("18446744073709551621-9/10", V1, "56789"), "no Content-Range that says where it is"},
      {"HTTP/1.1 206 Part\r\n" V1 "Content-Type: multipart/byteranges; boundary=x\r\n\r\n--x",
       "starts over: the part has no Content-Range that says where it is"},
      {PART("5-9/10", V1 "Content-Range: bytes 5-9/10\r\n", "56789"),
       "starts over: the part has no Content-Range that says where it is"},
      {PART("5-9/10", V1 "Content-Length: 4\r\n", "5678"),
       "starts over: Content-Range and Content-Length differ"},
      {PART("5-9/10", V1 "Transfer-Encoding: chunked\r\n", "6\r\n56789X\r\n0\r\n\r\n"),
       "starts over: the part has more octets than its Content-Range says"},
      {PART("5-9/10", "ETag: \"v2\"\r\n", "56789"), "starts over: the part has another ETag"},
      {PART("5-9/10", "ETag: W/\"v1\"\r\n", "56789"), "starts over: the part has another ETag"},
      {PART("5-9/10", "", "56789"), "starts over: the part has another ETag"},
      {PART("5-9/10", V1 "Content-Encoding: gzip\r\n", "56789"),
       "starts over: the part has a Content-Encoding"},
      {"HTTP/1.1 416 No\r\nContent-Range: bytes */10\r\nContent-Length: 0\r\n\r\n",
       "starts over: HTTP status 416"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    staged_t st;
    const char *const replies[PEER_SCRIPTS] = {BROKEN, rows[i].second, WHOLE(V1) NEW_IMAGE};
    listen_to(e, &st);
    serve(e, replies);
    uint32_t outcome = download(e, "http", "127.0.0.1", 10);
    if (outcome != SZTP_OUTCOME_OK) fail_msg("row %zu: %s", i, message(e));
    expect_said(rows[i].why);
    expect_image(e, &st, NEW_IMAGE);
    assert_int_equal(st.opened, 2);
    assert_int_equal(e->session->reply.resumed, 0);
    peer_stop(e->peer);
    expect_asked(e, 1, 5, "\"v1\"");
    if (peer_connections(e->peer) == 3) expect_asked(e, 2, 0, "");
  }
}

/* A part may be shorter than what was asked for: the rest of it is asked for in turn. */
static void takes_it_in_parts(void **state) {
  env_t *e = *state;
  staged_t st;
  static const peer_step_t first[] = {R, S(BROKEN), CUT};
  static const peer_step_t second[] = {
      R, S(PART("5-6/10", V1 "Content-Length: 2\r\n", "56")), R,
      S(PART("7-9/10", V1 "Transfer-Encoding: chunked\r\n", "3\r\n789\r\n0\r\n\r\n")), HOLD};
  peer_plan_t plan = PLAN(first);
  plan.certificate = NULL;
  plan.script_count = 2;
  memcpy(plan.scripts[1], second, sizeof second);
  listen_to(e, &st);
  start(e, &plan);
  uint32_t outcome = download(e, "http", "127.0.0.1", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_image(e, &st, IMAGE);
  expect_said("goes on at octet 7 of 10");
  expect_counts(e, 2, 0, 2);
}

/* IMG-02: only what tells each version from every other. */
static void needs_a_strong_validator(void **state) {
  env_t *e = *state;
  static const struct {
    const char *first, *validator; /* NULL: none */
  } rows[] = {
      {WHOLE(
           "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:50:37 GMT\r\n") "01234",
       "Sun, 06 Nov 1994 08:49:37 GMT"},
      {WHOLE(
           "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:50:36 GMT\r\n") "01234",
       NULL},
      {WHOLE("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n") "01234", NULL},
      {WHOLE("Last-Modified: Sunday, 06-Nov-94 08:49:37 GMT\r\nDate: Sun, 06 Nov 2022 08:50:37 GMT\r\n") "012"
                                                                                                         "34",
       NULL},
      {WHOLE(
           "Last-Modified: Sun, 31 Feb 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 2022 08:50:37 GMT\r\n") "01234",
       NULL},
      {WHOLE("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 2022 08:50:37 GMT\r\n"
             "ETag: W/\"v1\"\r\n") "01234",
       NULL},
      {WHOLE("ETag: W/\"v1\"\r\n") "01234", NULL},
      {WHOLE("ETag: v1\r\n") "01234", NULL},
      {WHOLE("ETag: \"v\"1\"\r\n") "01234", NULL},
      {WHOLE(V1 V1) "01234", NULL},
      {WHOLE("ETag: \"" LONG_100 LONG_100 "\"\r\n") "01234", NULL},
      {WHOLE(V1 "Content-Encoding: gzip\r\n") "01234", NULL},
      {WHOLE("") "01234", NULL},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    staged_t st;
    const char *const replies[PEER_SCRIPTS] = {
        rows[i].first, PART("5-9/10", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "56789")};
    listen_to(e, &st);
    serve(e, replies);
    uint32_t outcome = download(e, "http", "127.0.0.1", 10);
    if (outcome != (rows[i].validator != NULL ? SZTP_OUTCOME_OK : FAILED))
      fail_msg("row %zu: outcome %u", i, (unsigned)outcome);
    peer_stop(e->peer);
    if (rows[i].validator != NULL) expect_asked(e, 1, 5, rows[i].validator);
    if (rows[i].validator != NULL) expect_image(e, &st, IMAGE);
    if (rows[i].validator == NULL) assert_int_equal(peer_connections(e->peer), 1);
    if (rows[i].validator == NULL) expect_said("the server gave no strong validator");
  }
}

/* A part that is asked for by its date must not come with another one, nor with an entity tag all at once. */
static void compares_dates(void **state) {
  env_t *e = *state;
  static const char *const parts[] = {
      PART("5-9/10", "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\r\n", "56789"),
      PART("5-9/10", V1 "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "56789")};
  for (size_t i = 0; i < TEST_COUNT_OF(parts); i++) {
    staged_t st;
    const char *const replies[PEER_SCRIPTS] = {WHOLE("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: "
                                                     "Sun, 06 Nov 1994 08:50:37 GMT\r\n") "01234",
                                               parts[i], WHOLE(V1) NEW_IMAGE};
    listen_to(e, &st);
    serve(e, replies);
    assert_int_equal(download(e, "http", "127.0.0.1", 10), SZTP_OUTCOME_OK);
    expect_image(e, &st, NEW_IMAGE);
    expect_said(i == 0 ? "the part has another Last-Modified" : "the part has another ETag");
  }
}

/* IMG-04: no server keeps the device busy by breaking off. */
static void gives_up(void **state) {
  env_t *e = *state;
  static const struct {
    const char *replies[PEER_SCRIPTS];
    const char *why;
    size_t connections;
  } rows[] = {
      {{BROKEN}, "it would start over once too often", 4}, /* no parts, and never the whole */
      {{BROKEN, PART("6-9/10", V1, "6789"), BROKEN, PART("6-9/10", V1, "6789")},
       "HTTP status 206 instead of 200",
       5},
      {{WHOLE(V1), PART("5-9/10", V1, "56789")}, "after 0 octets", 1},
      {{BROKEN, PART("5-9/10", V1 "Content-Length: 5\r\n", ""),
        "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"},
       "HTTP status 404",
       3},
      {{BROKEN, WHOLE("ETag: \"v2\"\r\n") "abc", WHOLE("ETag: \"v3\"\r\n") "abcd",
        WHOLE("ETag: \"v4\"\r\n") "x"},
       "it would start over once too often",
       4},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    staged_t st;
    listen_to(e, &st);
    serve(e, rows[i].replies);
    expect_failed(e, download(e, "http", "127.0.0.1", 10), FAILED, SZTP_ERR_IMAGE, rows[i].why);
    peer_stop(e->peer);
    assert_int_equal(peer_connections(e->peer), rows[i].connections);
  }
}

/* What is over the limit is not asked for again and again, nor taken in parts. */
static void limits_parts(void **state) {
  env_t *e = *state;
  staged_t st;
  static const char *const replies[PEER_SCRIPTS] = {
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" V1 "\r\n5\r\n01234\r\n", REST, WHOLE(V1) IMAGE};
  listen_to(e, &st);
  serve(e, replies);
  expect_failed(e, download(e, "http", "127.0.0.1", 9), FAILED, SZTP_ERR_IMAGE, "10 octets; 9 are allowed");
  expect_said("starts over: the image is larger than is allowed");
  peer_stop(e->peer);
  assert_int_equal(peer_connections(e->peer), 3);
}

/* A server that is not there for a moment, or says so. */
static void waits_a_moment(void **state) {
  env_t *e = *state;
  staged_t st;
  static const char *const replies[PEER_SCRIPTS] = {BROKEN, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
                                                    REST};
  listen_to(e, &st);
  serve(e, replies);
  uint32_t outcome = download(e, "http", "127.0.0.1", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_image(e, &st, IMAGE);
  peer_stop(e->peer);
  expect_asked(e, 2, 5, "\"v1\"");
}

/* IMG-06: as the session wishes. */
static void does_not_go_on_if_told_so(void **state) {
  env_t *e = *state;
  staged_t st;
  static const char *const replies[PEER_SCRIPTS] = {BROKEN, REST};
  listen_to(e, &st);
  e->resume = 0;
  serve(e, replies);
  expect_failed(e, download(e, "http", "127.0.0.1", 10), FAILED, SZTP_ERR_IMAGE, "after 5 octets");
  peer_stop(e->peer);
  assert_int_equal(peer_connections(e->peer), 1);
}

/* Over TLS, and from the visit's connection that broke. */
static void goes_on_after_the_visit(void **state) {
  env_t *e = *state;
  staged_t st;
  static const peer_step_t first[] = {R, S("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), R, S(BROKEN),
                                      CUT};
  static const peer_step_t second[] = {R, S(REST), HOLD};
  peer_plan_t plan = PLAN(first);
  plan.script_count = 2;
  memcpy(plan.scripts[1], second, sizeof second);
  listen_to(e, &st);
  start(e, &plan);
  ask_t q = {.visit = 1};
  expect_ok(e, fetch(e, &q), 200, "ok");
  uint32_t outcome = download(e, "https", "127.0.0.1", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_image(e, &st, IMAGE);
  peer_stop(e->peer);
  expect_asked(e, 1, 5, "\"v1\"");
  expect_counts(e, 2, 2, 2);
}

/* ---- from an earlier run ------------------------------------------------------------------------- */

typedef struct earlier {
  const char *octets, *validator;
  size_t fails_at; /* so many octets can be read; 0: all */
  unsigned asked;
} earlier_t;

static int32_t give_earlier(void *user, const sztp_action_t *a, uint64_t offset, char *validator,
                            size_t validator_cap, uint8_t *out, size_t out_cap, size_t *out_len) {
  earlier_t *r = user;
  assert_int_equal(sztp_action_kind(a), SZTP_ACTION_DOWNLOAD);
  assert_true(offset <= strlen(r->octets));
  r->asked++;
  snprintf(validator, validator_cap, "%s", r->validator);
  size_t n = strlen(r->octets) - (size_t)offset;
  if (n > 3) n = 3;
  if (r->fails_at > 0 && offset + n > r->fails_at) return -1;
  assert_true(n <= out_cap);
  memcpy(out, r->octets + offset, n);
  *out_len = n;
  return SZTP_OK;
}

/* IMG-05: as within a run; what is staged is hashed before anything is asked for. */
static void goes_on_from_what_is_staged(void **state) {
  env_t *e = *state;
  static const struct {
    earlier_t earlier;
    const char *replies[PEER_SCRIPTS];
    const char *image;
    unsigned from, opened;
    const char *said;
  } rows[] = {
      {{"01234", "\"v1\"", 0, 0}, {REST}, IMAGE, 5, 0, "5 octets are staged from before, and hashed again"},
      {{"01234", "Sun, 06 Nov 1994 08:49:37 GMT", 0, 0},
       {PART("5-9/10", "", "56789")},
       IMAGE,
       5,
       0,
       "goes on at octet 5 of 10"},
      {{"01234", "\"v1\"", 0, 0}, {BROKEN, REST}, IMAGE, 5, 1, "the server sends no parts of it"},
      {{"01234", "\"v1\"", 0, 0},
       {WHOLE("ETag: \"v2\"\r\n") NEW_IMAGE},
       NEW_IMAGE,
       5,
       1,
       "the validator changed from \"v1\" to \"v2\""},
      {{"01234", "W/\"v1\"", 0, 0},
       {WHOLE(V1) NEW_IMAGE},
       NEW_IMAGE,
       0,
       1,
       "what is staged of it can't be used"},
      {{"01234", "", 0, 0}, {WHOLE(V1) NEW_IMAGE}, NEW_IMAGE, 0, 1, "what is staged of it can't be used"},
      {{"01234", "\"v1\"", 4, 0},
       {WHOLE(V1) NEW_IMAGE},
       NEW_IMAGE,
       0,
       1,
       "what is staged of it can't be used"},
      {{"0123456789a", "\"v1\"", 0, 0},
       {WHOLE(V1) NEW_IMAGE},
       NEW_IMAGE,
       0,
       1,
       "what is staged of it can't be used"},
      {{"", "", 0, 0}, {WHOLE(V1) NEW_IMAGE}, NEW_IMAGE, 0, 1, ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    staged_t st;
    earlier_t earlier = rows[i].earlier;
    listen_to(e, &st);
    memcpy(st.data, earlier.octets, strlen(earlier.octets));
    st.len = strlen(earlier.octets);
    assert_int_equal(sztp_https_set_staged(e->https, give_earlier, &earlier), SZTP_OK);
    serve(e, rows[i].replies);
    uint32_t outcome = download(e, "http", "127.0.0.1", 10);
    if (outcome != SZTP_OUTCOME_OK) fail_msg("row %zu: %s", i, message(e));
    expect_said(rows[i].said);
    expect_image(e, &st, rows[i].image);
    assert_int_equal(st.opened, rows[i].opened);
    peer_stop(e->peer);
    expect_asked(e, 0, rows[i].from, earlier.validator);
    end_peer(e);
    e->resume = 0; /* IMG-06 */
    earlier.asked = 0;
    (void)download(e, "http", "127.0.0.1", 10);
    assert_int_equal(earlier.asked, 0);
  }
  assert_int_equal(sztp_https_set_staged(NULL, give_earlier, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_staged(e->https, NULL, NULL), SZTP_OK);
}

/* The validator is for the stage, when it is opened. */
static char told_validator[SZTP__VALIDATOR];

static int32_t ask_validator(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total,
                             const uint8_t *data, size_t len) {
  env_t *e = user;
  (void)a;
  (void)total;
  (void)data;
  if (offset == 0 && len == 0)
    snprintf(told_validator, sizeof told_validator, "%s", sztp_https_validator(e->https));
  assert_int_equal(sztp_https_set_staged(e->https, NULL, NULL), SZTP_ERR_REENTRY);
  return SZTP_OK;
}

static void tells_the_validator(void **state) {
  env_t *e = *state;
  staged_t st;
  static const char *const replies[2][PEER_SCRIPTS] = {{WHOLE(V1) IMAGE}, {WHOLE("ETag: W/\"1\"\r\n") IMAGE}};
  for (size_t i = 0; i < 2; i++) {
    listen_to(e, &st);
    assert_int_equal(sztp_https_set_stage(e->https, ask_validator, e), SZTP_OK);
    serve(e, replies[i]);
    assert_int_equal(download(e, "http", "127.0.0.1", 10), SZTP_OUTCOME_OK);
    assert_string_equal(told_validator, i == 0 ? "\"v1\"" : "");
    assert_string_equal(sztp_https_validator(e->https), "");
  }
  assert_string_equal(sztp_https_validator(NULL), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(goes_on_where_it_broke),
      TEST(starts_over_for_anything_else),
      TEST(takes_it_in_parts),
      TEST(needs_a_strong_validator),
      TEST(compares_dates),
      TEST(gives_up),
      TEST(limits_parts),
      TEST(waits_a_moment),
      TEST(does_not_go_on_if_told_so),
      TEST(goes_on_after_the_visit),
      TEST(goes_on_from_what_is_staged),
      TEST(tells_the_validator),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
