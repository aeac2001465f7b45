/* SPDX-License-Identifier: Apache-2.0 */
/* RESOLVE and DOWNLOAD: names, images by HTTP and HTTPS, and downloads that end badly. */
#define _POSIX_C_SOURCE 200809L
#include <sztp/image.h>

#include "https_bench.h"

/* ---- RESOLVE ------------------------------------------------------------------------------------- */

static uint32_t resolve(env_t *e, const char *name) {
  sztp_action_t *a = begin(e, SZTP_ACTION_RESOLVE);
  put(a, SZTP_F_NAME, name);
  return sztp_https_handle(e->https, e->session, a);
}

static void resolves_names(void **state) {
  env_t *e = *state;
  static const struct {
    const char *name;
    const char *addresses[3];
  } cases[] = {{"localhost", {"127.0.0.1", NULL, NULL}},
               {"192.0.2.9", {"192.0.2.9", NULL, NULL}},
               {"2001:DB8::9", {"2001:db8::9", NULL, NULL}},
               {"two.test", {"127.0.0.2", "127.0.0.1", NULL}}, /* without the double */
               {"mixed.test", {"2001:db8::7", "192.0.2.7", NULL}}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    assert_int_equal(resolve(e, cases[i].name), SZTP_OUTCOME_OK);
    const sztp__reply_t *r = &e->session->reply;
    size_t n = 0;
    for (; cases[i].addresses[n] != NULL; n++)
      assert_string_equal((const char *)r->addresses[n].data, cases[i].addresses[n]);
    assert_int_equal(r->address_count, n);
  }
  assert_int_equal(resolve(e, "many.test"), SZTP_OUTCOME_OK);
  assert_int_equal(e->session->reply.address_count, 32);
  expect_failed(e, resolve(e, "nobody.test"), SZTP_OUTCOME_NOTHING, SZTP_ERR_SERVER_FAIL, "\"nobody.test\"");
  expect_failed(e, resolve(e, "down.test"), SZTP_OUTCOME_FAILED, SZTP_ERR_SERVER_FAIL, "\"down.test\"");
  expect_failed(e, resolve(e, ""), SZTP_OUTCOME_FAILED, SZTP_ERR_HOST, "host name");
}

/* What a resolver of an integrator's own does. */
typedef struct resolver {
  const char *text;
  size_t len;
  int32_t result;
  unsigned asked;
  char name[64];
} resolver_t;

static int32_t resolver(void *user, sztp_session_t *s, const sztp_action_t *a, const char *name, char *out,
                        size_t out_cap, size_t *out_len) {
  resolver_t *r = user;
  assert_non_null(s);
  assert_true(sztp_action_kind(a) == SZTP_ACTION_RESOLVE || sztp_action_kind(a) == SZTP_ACTION_DOWNLOAD);
  assert_true(r->len <= out_cap && strlen(name) < sizeof r->name);
  memcpy(out, r->text, r->len);
  *out_len = r->len;
  snprintf(r->name, sizeof r->name, "%s", name);
  r->asked++;
  return r->result;
}

/* Names are the resolver's, addresses are nobody's; what it says is looked at. */
static void asks_the_resolver(void **state) {
  env_t *e = *state;
  static const struct {
    const char *text;
    size_t len;
    int32_t result;
    uint32_t outcome;
    size_t count;
    const char *why;
  } cases[] = {
      {"192.0.2.1\0002001:db8::1\0", 22, SZTP_OK, SZTP_OUTCOME_OK, 2, NULL},
      {"192.0.2.1\000192.0.2.2", 19, SZTP_OK, SZTP_OUTCOME_OK, 1, NULL}, /* the second has no end */
      {"", 0, SZTP_OK, SZTP_OUTCOME_NOTHING, 0, "no such name"},
      {"", 0, SZTP_ERR_NOT_FOUND, SZTP_OUTCOME_NOTHING, 0, "no such name"},
      {"192.0.2.1\0", 10, SZTP_ERR_HOST, SZTP_OUTCOME_FAILED, 0, "\"boot.test\""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    resolver_t r = {cases[i].text, cases[i].len, cases[i].result, 0, ""};
    assert_int_equal(sztp_https_set_resolver(e->https, resolver, &r), SZTP_OK);
    uint32_t outcome = resolve(e, "boot.test");
    assert_string_equal(r.name, "boot.test");
    if (cases[i].why != NULL)
      expect_failed(e, outcome, cases[i].outcome, SZTP_ERR_SERVER_FAIL, cases[i].why);
    else
      assert_int_equal(outcome, cases[i].outcome);
    assert_int_equal(e->session->reply.address_count, cases[i].count);
    assert_int_equal(resolve(e, "192.0.2.9"), SZTP_OUTCOME_OK);
    assert_int_equal(r.asked, 1);
  }
  assert_int_equal(sztp_https_set_resolver(NULL, resolver, NULL), SZTP_ERR_ARG);
}

/* ---- DOWNLOAD ------------------------------------------------------------------------------------ */

/* ONB-13: over TLS with any certificate and over plain HTTP, to the session and to the stage, anonymously */
static void downloads(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, S(IMAGE_HEAD "01234"), {PEER_PAUSE, NULL, 20}, S("56789"), HOLD};
  for (int secure = 0; secure < 2; secure++) {
    staged_t st;
    memset(&st, 0, sizeof st);
    peer_plan_t plan = PLAN(steps);
    plan.certificate = secure ? other_crt.text : NULL;
    plan.key = other_key.text;
    start(e, &plan);
    assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
    uint32_t outcome = download(e, secure ? "https" : "http", "127.0.0.1", 10);
    if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
    expect_image(e, &st, "0123456789");
    assert_int_equal(st.total, 10);
    assert_int_equal(st.opened, 1);
    peer_stop(e->peer);
    char expected[128];
    snprintf(expected, sizeof expected,
             "GET /images/a.bin?v=1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept-Encoding: identity\r\n\r\n",
             (unsigned)peer_port(e->peer));
    assert_string_equal(peer_seen(e->peer, 0)->request, expected);
    assert_int_equal(peer_seen(e->peer, 0)->chain_count, 0);
  }
  expect_counts(e, 2, 1, 2);
}

/* A transfer that breaks off begins again at the next address, with hash and stage emptied. */
static void downloads_from_the_next_address(void **state) {
  env_t *e = *state;
  static const peer_step_t broken[] = {R, S(IMAGE_HEAD "XXXXX"), {PEER_CUT, NULL, 0}};
  static const peer_step_t good[] = {
      R, S("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"), HOLD};
  staged_t st;
  memset(&st, 0, sizeof st);
  peer_plan_t plan = PLAN(broken);
  plan.certificate = NULL;
  plan.second = "127.0.0.2";
  plan.script_count = 2;
  memcpy(plan.scripts[1], good, sizeof good);
  start(e, &plan);
  resolver_t r = {"127.0.0.2\000127.0.0.1\0", 20, SZTP_OK, 0, ""};
  assert_int_equal(sztp_https_set_resolver(e->https, resolver, &r), SZTP_OK);
  assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
  uint32_t outcome = download(e, "http", "two.test", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_image(e, &st, "0123456789");
  assert_int_equal(st.opened, 2);
  assert_int_equal(st.total, 0);
  expect_counts(e, 2, 0, 1);
  /* nobody at the first address */
  memset(&st, 0, sizeof st);
  plan.second = NULL;
  plan.script_count = 1;
  memcpy(plan.scripts[0], good, sizeof good);
  start(e, &plan);
  assert_int_equal(download(e, "http", "two.test", 10), SZTP_OUTCOME_OK);
  expect_image(e, &st, "0123456789");
  assert_int_equal(st.opened, 1);
}

/* A system's look-up has no time limit, a download has one. */
static void leaves_names_to_a_resolver(void **state) {
  env_t *e = *state;
  staged_t st;
  memset(&st, 0, sizeof st);
  assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
  resolver_asked = NULL;
  expect_failed(e, download(e, "http", "localhost", 10), SZTP_OUTCOME_FAILED, SZTP_ERR_IMAGE,
                "nobody is set to look it up in time");
  assert_null(resolver_asked);
}

/* TLS-19: an image of the server that is being visited takes no second handshake, and no look-up either.
 * Another port or scheme is another server. */
static void comes_over_the_connection_of_the_visit(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {
      R, S("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), R,   S(IMAGE_HEAD "0123456789"),
      R, S("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), HOLD};
  staged_t st;
  memset(&st, 0, sizeof st);
  peer_plan_t plan = PLAN(steps);
  start(e, &plan);
  assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
  ask_t q = {.visit = 1, .name = "localhost"};
  expect_ok(e, fetch(e, &q), 200, "ok");
  uint32_t outcome = download(e, "https", "LocalHost", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_image(e, &st, "0123456789");
  expect_ok(e, fetch(e, &q), 200, "ok"); /* the reports of the visit go on with it */
  expect_counts(e, 1, 1, 3);
  expect_failed(e, download(e, "http", "localhost", 10), SZTP_OUTCOME_FAILED, SZTP_ERR_IMAGE, "it is a name");
}

/* A connection that the server has closed meanwhile is no reason to fail. */
static void a_closed_connection_is_made_anew(void **state) {
  env_t *e = *state;
  static const peer_step_t first[] = {
      R, S("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), {PEER_CUT, NULL, 0}};
  static const peer_step_t second[] = {R, S(IMAGE_HEAD "0123456789"), HOLD};
  staged_t st;
  memset(&st, 0, sizeof st);
  peer_plan_t plan = PLAN(first);
  plan.script_count = 2;
  memcpy(plan.scripts[1], second, sizeof second);
  start(e, &plan);
  assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
  ask_t q = {.visit = 1};
  expect_ok(e, fetch(e, &q), 200, "ok");
  uint32_t outcome = download(e, "https", "127.0.0.1", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_image(e, &st, "0123456789");
  expect_counts(e, 2, 2, 2);
}

/* ---- signatures beside images (FW-04) ------------------------------------------------------------ */

static void believe(env_t *e) {
  pem_t anchor = read_pem("mfr-root.pem");
  sztp_session_free(e->session);
  assert_int_equal(sztp_device_add_firmware_anchors(e->dev, (const uint8_t *)anchor.text, anchor.len),
                   SZTP_OK);
  assert_int_equal(sztp_session_new(e->ctx, e->dev, &e->session), SZTP_OK);
  assert_int_equal(sztp_session_set_clock(e->session, clock_ms, NULL), SZTP_OK);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IMAGE_SIGNATURES, 1), SZTP_OK);
  free(anchor.text);
}

static uint32_t download_signed(env_t *e, const char *host, int wanted) {
  sztp_action_t *a = begin(e, SZTP_ACTION_DOWNLOAD);
  char uri[256];
  snprintf(uri, sizeof uri, "http://%s:%u/images/a.bin?v=1#part", host, (unsigned)peer_port(e->peer));
  put(a, SZTP_F_URI, uri);
  sztp__action_put_u64(a, SZTP_F_LIMIT, 1000);
  sztp__action_put_u64(a, SZTP_F_DEADLINE, now_ms() + 5000);
  sztp__action_put_i64(a, SZTP_F_CHECK_SIGNATURE, wanted);
  assert_int_equal(sztp__hash_new(e->ctx, SZTP__HASH_SHA256, &e->session->reply.hash), SZTP_OK);
  e->session->in_handler = 1;
  uint32_t outcome = sztp_https_handle(e->https, e->session, a);
  e->session->in_handler = 0;
  return outcome;
}

#define SIGNATURE_REQUEST "GET /images/a.bin.p7s?v=1 HTTP/1.1\r\n"

/* A missing one is none, and the image follows; what is no signature ends the download before the image. */
static void looks_beside_the_image(void **state) {
  env_t *e = *state;
  static char long_one[100 + 65537 + 1];
  int head = snprintf(long_one, 100, "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n");
  memset(long_one + head, '0', 65537);
  const struct {
    const char *reply;
    uint32_t outcome;
    const char *why;
  } rows[] = {
      {"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nnone", SZTP_OUTCOME_OK, "HTTP status 404 in its place"},
      {"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", SZTP_OUTCOME_OK, "HTTP status 403 in its place"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n<!DOCTYPE html><p>no</p>", FAILED,
       "the image's signature: "},
      {long_one, FAILED, "the image's signature: "},
      {"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n<!", FAILED, "before the response did"}};
  believe(e);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    peer_step_t steps[] = {R, S(rows[i].reply), {PEER_END, NULL, 0}};
    static const peer_step_t second[] = {R, S(IMAGE_HEAD "0123456789"), HOLD};
    staged_t st;
    memset(&st, 0, sizeof st);
    peer_plan_t plan = PLAN(steps);
    plan.certificate = NULL;
    plan.script_count = 2;
    memcpy(plan.scripts[1], second, sizeof second);
    start(e, &plan);
    assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
    uint32_t outcome = download_signed(e, "127.0.0.1", 1);
    if (outcome != rows[i].outcome || strstr(message(e), rows[i].why) == NULL)
      fail_msg("row %zu: outcome %u, \"%s\"", i, (unsigned)outcome, message(e));
    if (outcome == SZTP_OUTCOME_OK) expect_image(e, &st, "0123456789");
    if (outcome != SZTP_OUTCOME_OK) assert_int_equal(st.opened, 0);
    peer_stop(e->peer);
    assert_memory_equal(peer_seen(e->peer, 0)->request, SIGNATURE_REQUEST, strlen(SIGNATURE_REQUEST));
  }
  assert_null(e->session->reply.check);
}

/* IMG-09: one look-up and one connection for the signature and the image; a second one where the server ends
 * the first, and none too many. */
static void looks_up_and_connects_once(void **state) {
  env_t *e = *state;
  static const char none[] = "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nnone";
  believe(e);
  for (int hangs_up = 0; hangs_up < 2; hangs_up++) {
    const peer_step_t both[] = {R, S(none), R, S(IMAGE_HEAD "0123456789"), HOLD};
    const peer_step_t one[] = {R, S(none), {PEER_END, NULL, 0}};
    const peer_step_t other[] = {R, S(IMAGE_HEAD "0123456789"), HOLD};
    staged_t st;
    memset(&st, 0, sizeof st);
    peer_plan_t plan = hangs_up ? PLAN(one) : PLAN(both);
    plan.certificate = NULL;
    plan.script_count = 2;
    memcpy(plan.scripts[1], other, sizeof other);
    start(e, &plan);
    resolver_t r = {"127.0.0.1\0", 10, SZTP_OK, 0, ""};
    assert_int_equal(sztp_https_set_resolver(e->https, resolver, &r), SZTP_OK);
    assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
    assert_int_equal(download_signed(e, "images.test", 1), SZTP_OUTCOME_OK);
    expect_image(e, &st, "0123456789");
    assert_int_equal(r.asked, 1);
    peer_stop(e->peer);
    assert_int_equal(peer_connections(e->peer), 1 + hangs_up);
  }
}

/* It is asked for by whoever was told to, and where one is wanted. */
static void looks_nowhere_unless_told(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, S(IMAGE_HEAD "0123456789"), HOLD};
  believe(e);
  for (int told = 0; told < 2; told++) {
    staged_t st;
    memset(&st, 0, sizeof st);
    peer_plan_t plan = PLAN(steps);
    plan.certificate = NULL;
    start(e, &plan);
    assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
    assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IMAGE_SIGNATURES, told), SZTP_OK);
    assert_int_equal(download_signed(e, "127.0.0.1", !told), SZTP_OUTCOME_OK);
    expect_image(e, &st, "0123456789");
  }
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IMAGE_SIGNATURES, 2), SZTP_ERR_ARG);
  assert_int_equal(sztp_https_set_i64(e->https, SZTP_HTTPS_IMAGE_SIGNATURES, -1), SZTP_ERR_ARG);
}

/* D-133 and the limits: what ends a download */
static void ends_bad_downloads(void **state) {
  env_t *e = *state;
  static const struct {
    const char *reply;
    unsigned refuse_at;
    uint64_t max;
    int32_t reason;
    const char *why;
  } cases[] = {
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0, 10, SZTP_ERR_IMAGE, "HTTP status 404"},
      {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2/\r\nContent-Length: 0\r\n\r\n", 0, 10,
       SZTP_ERR_IMAGE, "HTTP status 302"},
      {"HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\nab", 0, 10, SZTP_ERR_IMAGE, "HTTP status 206"},
      {IMAGE_HEAD "0123456789", 0, 9, SZTP_ERR_IMAGE, "10 octets; 9 are allowed"},
      {"HTTP/1.1 200 OK\r\n\r\n0123456789", 0, 9, SZTP_ERR_IMAGE, "9 are allowed"},
      {IMAGE_HEAD "0123456789", 1, 10, SZTP_ERR_IMAGE, "could not be staged"},
      {IMAGE_HEAD "0123456789", 2, 10, SZTP_ERR_IMAGE, "could not be staged"},
      {IMAGE_HEAD "01234", 0, 10, SZTP_ERR_IMAGE, "after 5 octets"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_step_t steps[] = {R, S(cases[i].reply), {PEER_END, NULL, 0}};
    staged_t st;
    memset(&st, 0, sizeof st);
    st.refuse_at = cases[i].refuse_at;
    peer_plan_t plan = PLAN(steps);
    plan.certificate = NULL;
    start(e, &plan);
    assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
    expect_failed(e, download(e, "http", "127.0.0.1", cases[i].max), SZTP_OUTCOME_FAILED, cases[i].reason,
                  cases[i].why);
    peer_stop(e->peer);
    assert_int_equal(peer_connections(e->peer), 1);
  }
  end_peer(e);
  expect_failed(e, download(e, "ftp", "127.0.0.1", 10), SZTP_OUTCOME_FAILED, SZTP_ERR_URI,
                "neither https nor http");
  expect_failed(e, download(e, "http", "nobody.test", 10), SZTP_OUTCOME_FAILED, SZTP_ERR_IMAGE,
                "\"nobody.test\"");
  assert_int_equal(sztp_https_set_stage(e->https, NULL, NULL), SZTP_OK);
  expect_failed(e, download(e, "http", "127.0.0.1", 10), SZTP_OUTCOME_FAILED, SZTP_ERR_HOST,
                "sztp_https_set_stage");
}

/* Frees its transport, and has it serve while it serves. */
static int32_t misuse(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total,
                      const uint8_t *data, size_t len) {
  env_t *e = user;
  (void)offset;
  (void)total;
  (void)data;
  (void)len;
  sztp_https_free(e->https);
  assert_int_equal(sztp_https_handle(e->https, e->session, a), SZTP_OUTCOME_FAILED);
  return 0;
}

static void stays_while_it_serves(void **state) {
  env_t *e = *state;
  static const peer_step_t steps[] = {R, S(IMAGE_HEAD "0123456789"), HOLD};
  peer_plan_t plan = PLAN(steps);
  start(e, &plan);
  assert_int_equal(sztp_https_set_stage(e->https, misuse, e), SZTP_OK);
  uint32_t outcome = download(e, "https", "127.0.0.1", 10);
  if (outcome != SZTP_OUTCOME_OK) fail_msg("%s", message(e));
  expect_counts(e, 1, 1, 1);
}

/* What a server announces may have more than 32 bits, and so may what is allowed. */
static void tells_of_large_images(void **state) {
  env_t *e = *state;
  static const struct {
    const char *reply;
    uint64_t max, total;
    const char *why;
  } cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 4294967306\r\n\r\n0123456789", 17179869184, 4294967306,
       "after 10 octets of the image"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 17179869185\r\n\r\n0123456789", 17179869184, 0,
       "17179869185 octets; 17179869184 are allowed"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000a\r\n0123456789", 17179869184, 0,
       "after 10 octets of the image"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400000001\r\n0123456789", 17179869184, 0,
       "the connection ended before the response did"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    peer_step_t steps[] = {R, S(cases[i].reply), {PEER_END, NULL, 0}};
    staged_t st;
    memset(&st, 0, sizeof st);
    peer_plan_t plan = PLAN(steps);
    plan.certificate = NULL;
    start(e, &plan);
    assert_int_equal(sztp_https_set_stage(e->https, stage, &st), SZTP_OK);
    expect_failed(e, download(e, "http", "127.0.0.1", cases[i].max), SZTP_OUTCOME_FAILED, SZTP_ERR_IMAGE,
                  cases[i].why);
    assert_true(st.total == cases[i].total);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(resolves_names),
      TEST(downloads),
      TEST(downloads_from_the_next_address),
      TEST(asks_the_resolver),
      TEST(leaves_names_to_a_resolver),
      TEST(comes_over_the_connection_of_the_visit),
      TEST(a_closed_connection_is_made_anew),
      TEST(ends_bad_downloads),
      TEST(looks_beside_the_image),
      TEST(looks_up_and_connects_once),
      TEST(looks_nowhere_unless_told),
      TEST(tells_of_large_images),
      TEST(stays_while_it_serves),
  };
  return cmocka_run_group_tests(tests, read_server, forget_server);
}
