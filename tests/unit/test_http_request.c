/* SPDX-License-Identifier: Apache-2.0 */
/* The lab server's HTTP request reader: what it takes, what it refuses and why, however the octets are cut.
 */
#include "common/testing.h"

#include "sztp-server/http_request.c"

static const http_limits_t small = {512, 64};

typedef struct outcome {
  int result;
  int heads; /* how often HTTP_HEAD was told */
  size_t used;
} outcome_t;

/* Feeds pieces of @p step octets until the request is complete or refused. */
static outcome_t feed(http_request_t *r, const char *data, size_t len, size_t step) {
  outcome_t o = {HTTP_MORE, 0, 0};
  while (o.used < len && o.result != HTTP_COMPLETE && o.result != HTTP_REFUSED) {
    size_t piece = len - o.used < step ? len - o.used : step;
    size_t used = 0;
    uint8_t *copy = malloc(piece); /* of the exact size, so that a sanitizer sees a step too far */
    assert_non_null(copy);
    memcpy(copy, data + o.used, piece);
    o.result = http_request_feed(r, copy, piece, &used);
    free(copy);
    assert_true(used <= piece);
    assert_true(used > 0 || o.result == HTTP_REFUSED);
    o.used += used;
    o.heads += o.result == HTTP_HEAD;
  }
  return o;
}

typedef struct taken {
  const char *request;
  const char *method;
  const char *path;
  const char *body;
  int keep_alive;
  int expect_continue;
} taken_t;

static const taken_t taken[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/", "", 1, 0},
    {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/", "", 1, 0},
    {"GET /a%2fb%3A?q=%zz HTTP/1.1\r\nHost:\r\n\r\n", "GET", "/a/b:", "", 1, 0},
    {"GET https://a:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/x", "", 1, 0},
    {"GET https://a HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/", "", 1, 0},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS", "*", "", 1, 0},
    {"M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n", "M-SEARCH", "/", "", 1, 0},
    {"GET / HTTP/1.0\r\n\r\n", "GET", "/", "", 0, 0},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET", "/", "", 1, 0},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, Close\r\n\r\n", "GET", "/", "", 0, 0},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", "GET", "/", "", 1, 0},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "POST", "/", "abc", 1, 0},
    {"POST / HTTP/1.1\r\nHost: a\r\ncontent-LENGTH:\t 003 \r\n\r\nabc", "POST", "/", "abc", 1, 0},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST", "/", "", 1, 0},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\nx", "POST", "/", "x", 1,
     1},
    {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", "POST", "/", "", 1, 0},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "POST", "/", "", 1, 0},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0002;n=\"v\"\r\nde\r\n0\r\n"
     "Trailer: x\r\n\r\n",
     "POST", "/", "abcde", 1, 0},
};

/* Keep-alive, lengths, chunks, target forms (RFC 9112; the server's side of REST-23, REST-30). */
static void test_requests_are_taken(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(taken); i++) {
    const taken_t *t = &taken[i];
    for (size_t step = 1; step <= strlen(t->request); step++) {
      http_request_t r;
      http_request_init(&r, &small);
      outcome_t o = feed(&r, t->request, strlen(t->request), step);
      if (o.result != HTTP_COMPLETE)
        fail_msg("request %zu in pieces of %zu: %d, %d %s", i, step, o.result, r.status, r.why);
      assert_int_equal(o.used, strlen(t->request));
      assert_int_equal(o.heads, r.has_body);
      assert_string_equal(r.method, t->method);
      assert_string_equal(r.path, t->path);
      assert_int_equal(r.body_len, strlen(t->body));
      if (r.body_len > 0) assert_memory_equal(r.body, t->body, r.body_len);
      assert_int_equal(r.keep_alive, t->keep_alive);
      assert_int_equal(r.expect_continue, t->expect_continue);
      http_request_reset(&r);
    }
  }
}

typedef struct refused {
  const char *request;
  size_t len; /* 0: up to the NUL */
  int status;
  const char *why;
} refused_t;

#define HEAD    "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

static const refused_t refused[] = {
    {"\r\n\r\n\r\n\r\n\r\n", 0, 400, "empty lines"},
    {"GET\r\n\r\n", 0, 400, "no method"},
    {" / HTTP/1.1\r\n\r\n", 0, 400, "no method"},
    {"GET /\r\n\r\n", 0, 400, "no protocol version"},
    {"GET / HTTP/1.1 \r\n\r\n", 0, 400, "protocol version"},
    {"GET / HTTP/11\r\n\r\n", 0, 400, "protocol version"},
    {"GET / http/1.1\r\n\r\n", 0, 400, "protocol version"},
    {"GET  / HTTP/1.1\r\n\r\n", 0, 400, "protocol version"},
    {"PRI * HTTP/2.0\r\n\r\n", 0, 505, "HTTP/1.1"},
    {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "not a path"},
    {"GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "percent-encoding"},
    {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "percent-encoding"},
    {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "control character in the request target"},
    {"GET /%0a HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "control character in the request target"},
    {"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "not allowed in the request target"},
    {"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "not allowed in the request target"},
    {"GET / HTTP/1.1\r\n\r\n", 0, 400, "no Host"},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 0, 400, "more than one Host"},
    {"GET / HTTP/1.1\nHost: a\r\n\r\n", 0, 400, "CR LF|control character"},
    {"GET / HTTP/1.1\r\nHost: a\r\rb\r\n\r\n", 0, 400, "CR LF|control character"},
    {"GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n", 0, 400, "control character"},
    {"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29, 400, "NUL in the head"},
    {"GET / HTTP/1.1\r\n\0Host: a\r\n\r\n", 28, 400, "NUL in the head"},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 0, 400, "no name"},
    {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 0, 400, "no name"},
    {"GET / HTTP/1.1\r\n: a\r\n\r\n", 0, 400, "no name"},
    {HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 0, 400, "more than one Content-Length"},
    {HEAD "Content-Length: +1\r\n\r\nx", 0, 400, "not a number"},
    {HEAD "Content-Length: 1, 1\r\n\r\nx", 0, 400, "not a number"},
    {HEAD "Content-Length:\r\n\r\n", 0, 400, "Content-Length is empty"},
    {HEAD "Content-Length: 65\r\n\r\n", 0, 413, "larger"},
    {HEAD "Content-Length: 18446744073709551617\r\n\r\n", 0, 413, "larger"},
    {HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, "both Content-Length and"},
    {HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400,
     "more than one Transfer"},
    {HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", 0, 501, "other than chunked"},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, "in HTTP/1.0"},
    {HEAD "Content-Length: 1\r\nExpect: miracles\r\n\r\n", 0, 417, "expectation"},
    {CHUNKED "\r\n", 0, 400, "without size"},
    {CHUNKED "-1\r\n", 0, 400, "without size"},
    {CHUNKED "1g\r\n", 0, 400, "not a number"},
    {CHUNKED "000000001\r\n", 0, 400, "too many digits"},
    {CHUNKED "41\r\n", 0, 413, "larger"},
    {CHUNKED "ffffffff\r\n", 0, 413, "larger"},
    {CHUNKED "1\rx", 0, 400, "CR without LF in a chunk size"},
    {CHUNKED "1\n", 0, 400, "not a number"},
    {CHUNKED "1;a\n", 0, 400, "chunk extension"},
    {CHUNKED "1\r\nab", 0, 400, "longer than its size"},
    {CHUNKED "1\r\na\rb", 0, 400, "after a chunk"},
    {CHUNKED "0\r\nX: y\n", 0, 400, "bad trailer"},
    {CHUNKED "0\r\nX: y\rz", 0, 400, "in a trailer"},
};

/* 1 if @p why holds one of the alternatives of @p parts. */
static int tells(const char *why, const char *parts) {
  char part[64];
  for (;;) {
    size_t len = strcspn(parts, "|");
    assert_true(len < sizeof part);
    memcpy(part, parts, len);
    part[len] = '\0';
    if (strstr(why, part) != NULL) return 1;
    if (parts[len] == '\0') return 0;
    parts += len + 1;
  }
}

/* What two readers could understand differently is refused (the server's side of REST-23). */
static void test_requests_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(refused); i++) {
    const refused_t *t = &refused[i];
    size_t len = t->len != 0 ? t->len : strlen(t->request);
    for (size_t step = 1; step <= len; step++) {
      http_request_t r;
      http_request_init(&r, &small);
      outcome_t o = feed(&r, t->request, len, step);
      if (o.result != HTTP_REFUSED || r.status != t->status || !tells(r.why, t->why))
        fail_msg("request %zu in pieces of %zu: result %d, %d \"%s\", expected %d \"%s\"", i, step, o.result,
                 r.status, r.why == NULL ? "" : r.why, t->status, t->why);
      http_request_reset(&r);
    }
  }
}

/* SEC-06, SEC-07: heads, fields, bodies and chunk framing are bounded, however slowly they come. */
static void test_limits(void **state) {
  (void)state;
  static const struct {
    const char *start, *piece;
    int times, status;
    const char *why;
  } endless[] = {
      {"GET /", "a", 600, 431, "head is larger"},
      {"GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n", 600, 431, "head is larger"},
      {CHUNKED, "1\r\na\r\n", 65, 413, "body is larger"},
      {CHUNKED "1;", "x", 9000, 400, "chunk framing"},
      {CHUNKED "0\r\n", "X: y\r\n", 9000, 400, "chunk framing"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(endless); i++) {
    http_request_t r;
    http_request_init(&r, &small);
    outcome_t o = feed(&r, endless[i].start, strlen(endless[i].start), 1);
    for (int n = 0; n < endless[i].times && o.result != HTTP_REFUSED; n++)
      o = feed(&r, endless[i].piece, strlen(endless[i].piece), 7);
    assert_int_equal(o.result, HTTP_REFUSED);
    assert_int_equal(r.status, endless[i].status);
    assert_true(tells(r.why, endless[i].why));
    assert_true(r.head_room <= 1024 && r.content_room <= 4096);
    http_request_reset(&r);
  }
}

static void test_field_count(void **state) {
  (void)state;
  static const http_limits_t wide = {4096, 64};
  for (int fields = HTTP_MAX_FIELDS; fields <= HTTP_MAX_FIELDS + 1; fields++) {
    http_request_t r;
    http_request_init(&r, &wide);
    feed(&r, "GET / HTTP/1.1\r\nHost: a\r\n", 25, 25);
    for (int n = 1; n < fields; n++) feed(&r, "X: y\r\n", 6, 6);
    outcome_t o = feed(&r, "\r\n", 2, 2);
    assert_int_equal(o.result, fields == HTTP_MAX_FIELDS ? HTTP_COMPLETE : HTTP_REFUSED);
    if (o.result == HTTP_REFUSED) assert_int_equal(r.status, 431);
    http_request_reset(&r);
  }
}

/* What follows a request belongs to the next one; a refused one stays refused. */
static void test_one_after_another(void **state) {
  (void)state;
  static const char two[] =
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\nHost: b\r\n\r\nX";
  http_request_t r;
  http_request_init(&r, &small);
  assert_false(http_request_started(&r));
  outcome_t first = feed(&r, two, sizeof two - 1, sizeof two);
  assert_true(http_request_started(&r));
  assert_int_equal(first.result, HTTP_COMPLETE);
  assert_string_equal(r.path, "/1");
  http_request_reset(&r);
  assert_false(http_request_started(&r));
  outcome_t second = feed(&r, two + first.used, sizeof two - 1 - first.used, sizeof two);
  assert_int_equal(second.result, HTTP_COMPLETE);
  assert_string_equal(r.path, "/2");
  assert_string_equal(r.host, "b");
  assert_int_equal(r.body_len, 0);
  assert_int_equal(first.used + second.used, sizeof two - 2);
  http_request_reset(&r);

  size_t used = 1;
  assert_int_equal(feed(&r, "\n\r\n\r\n", 5, 5).result, HTTP_REFUSED);
  assert_int_equal(http_request_feed(&r, (const uint8_t *)"GET", 3, &used), HTTP_REFUSED);
  assert_int_equal(used, 0);
  http_request_reset(&r);
}

static void test_fields_repeat(void **state) {
  (void)state;
  static const char request[] = "GET / HTTP/1.1\r\nAccept: a\r\nhost: h\r\nACCEPT:  b c \r\nEmpty:\r\n\r\n";
  http_request_t r;
  size_t from = 0;
  http_request_init(&r, &small);
  assert_int_equal(feed(&r, request, sizeof request - 1, sizeof request).result, HTTP_COMPLETE);
  assert_string_equal(http_request_field(&r, "accept", &from), "a");
  assert_string_equal(http_request_field(&r, "accept", &from), "b c");
  assert_null(http_request_field(&r, "accept", &from));
  from = 0;
  assert_string_equal(http_request_field(&r, "empty", &from), "");
  from = 0;
  assert_null(http_request_field(&r, "range", &from));
  http_request_reset(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_requests_are_taken),
      cmocka_unit_test(test_requests_are_refused),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_field_count),
      cmocka_unit_test(test_one_after_another),
      cmocka_unit_test(test_fields_repeat),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
