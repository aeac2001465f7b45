/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP request writer and response reader of libsztp-https, without a socket. */
#include "common/testing.h"

#include "https/http.h"
#include "https/image_uri.h"

#define BODY_MAX 4096

typedef struct outcome {
  int bad;
  int ended;
  int heads;
  char body[BODY_MAX];
  size_t body_len;
  size_t left; /* octets behind the end */
  sztp__http_t r;
} outcome_t;

/* Feeds @p in, which must be the next octets. Returns 1 when nothing more can come. */
static int feed(outcome_t *o, const char *data, size_t len) {
  sztp__span_t in = sztp__span(data, len);
  for (;;) {
    sztp__span_t piece;
    switch (sztp__http_next(&o->r, &in, &piece)) {
    case SZTP__HTTP_MORE: assert_int_equal(in.len, 0); return 0;
    case SZTP__HTTP_HEAD: o->heads++; break;
    case SZTP__HTTP_BODY:
      assert_int_equal(o->heads, 1);
      assert_true(piece.len > 0 && o->body_len + piece.len <= BODY_MAX);
      memcpy(o->body + o->body_len, piece.data, piece.len);
      o->body_len += piece.len;
      break;
    case SZTP__HTTP_END:
      o->ended = 1;
      o->left = in.len;
      return 1;
    default: o->bad = 1; return 1;
    }
  }
}

/* Reads a response that arrives in two pieces, of which the first has @p split octets. */
static void read_split(outcome_t *o, const char *data, size_t len, size_t split) {
  memset(o, 0, sizeof *o);
  sztp__http_begin(&o->r, 1000, 10);
  size_t left = 0;
  if (feed(o, data, split))
    left = len - split;
  else
    feed(o, data + split, len - split);
  o->left += left;
}

static void read_octets(outcome_t *o, const char *data, size_t len) {
  memset(o, 0, sizeof *o);
  sztp__http_begin(&o->r, 1000, 10);
  for (size_t i = 0; i < len; i++)
    if (feed(o, data + i, 1)) {
      o->left += len - i - 1;
      return;
    }
}

/* ---- what is accepted ---------------------------------------------------------------------------- */

#define OK_200 "HTTP/1.1 200 OK\r\n"

typedef struct good {
  const char *text;
  uint32_t status;
  const char *body;
  int until_close; /* ends with the connection */
  int reusable;
  const char *type; /* NULL: not looked at */
} good_t;

static const good_t good[] = {
    {OK_200 "Content-Length: 5\r\n\r\nhello", 200, "hello", 0, 1, ""},
    {OK_200 "content-LENGTH:5   \r\n\r\nhello", 200, "hello", 0, 1, NULL},
    {OK_200 "Content-Length: 0\r\n\r\n", 200, "", 0, 1, NULL},
    {OK_200 "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 200, "ab", 0, 1, NULL},
    {OK_200 "Content-Length: 2, 2\r\n\r\nab", 200, "ab", 0, 1, NULL},
    {OK_200 "Content-Length: 2\r\nConnection: close\r\n\r\nab", 200, "ab", 0, 0, NULL},
    {OK_200 "Content-Length: 2\r\nConnection: x, Close ,y\r\n\r\nab", 200, "ab", 0, 0, NULL},
    {OK_200 "Content-Length: 2\r\nConnection: keep-alive\r\n\r\nab", 200, "ab", 0, 1, NULL},
    {OK_200 "Content-Length: 2\r\nConnection: closed\r\n\r\nab", 200, "ab", 0, 1, NULL},
    {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", 200, "ab", 0, 0, NULL},
    {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab", 200, "ab", 0, 1, NULL},
    {"HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nab", 404, "ab", 0, 1, NULL},
    {"HTTP/1.1 503 Zu viel los \xc3\xa4\r\nContent-Length: 0\r\n\r\n", 503, "", 0, 1, NULL},
    {OK_200 "Content-Type: application/yang-data+json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", 200,
     "{}", 0, 1, "application/yang-data+json; charset=utf-8"},
    {OK_200 "Content-Type:\t application/json \t\r\nX:\r\nContent-Length: 2\r\n\r\n{}", 200, "{}", 0, 1,
     "application/json"},
    /* until the connection closes */
    {OK_200 "\r\nall the rest", 200, "all the rest", 1, 0, NULL},
    {"HTTP/1.0 200 OK\r\n\r\n", 200, "", 1, 0, NULL},
    /* chunked */
    {OK_200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "hello", 0, 1, NULL},
    {OK_200 "Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n00A\r\n0123456789\r\n0\r\n\r\n", 200, "a0123456789",
     0, 1, NULL},
    {OK_200 "Transfer-Encoding: chunked\r\n\r\n3;a=b;c=\"d;e\"\r\nabc\r\n0 \t;x\r\n\r\n", 200, "abc", 0, 1,
     NULL},
    {OK_200 "Transfer-Encoding: chunked\r\n\r\n2\r\n\r\n\r\n0\r\nExpires: 1\r\nContent-Length: 9\r\n\r\n",
     200, "\r\n", 0, 1, NULL},
    {OK_200 "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n", 200, "", 0, 0, NULL},
    /* interim responses */
    {"HTTP/1.1 100 Continue\r\n\r\n" OK_200 "Content-Length: 2\r\n\r\nok", 200, "ok", 0, 1, NULL},
    {"HTTP/1.1 103 Early Hints\r\nContent-Type: a/b\r\nLink: </x>\r\n\r\nHTTP/1.1 100\r\n\r\n" OK_200
     "Content-Length: 2\r\n\r\nok",
     200, "ok", 0, 1, ""},
    /* no body */
    {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", 0, 1, NULL},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, "", 0, 1, NULL},
    {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", 204, "", 0, 0, NULL},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", 204, "", 0, 0, NULL},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 304, "", 0, 1, NULL},
};

static void check_good(const good_t *g, outcome_t *o, const char *how) {
  if (o->bad) fail_msg("refused (%s) %s: %s", o->r.why, how, g->text);
  if (g->until_close) {
    assert_int_equal(o->ended, 0);
    assert_int_equal(sztp__http_closed(&o->r), SZTP__HTTP_END);
  } else {
    if (!o->ended) fail_msg("no end %s: %s", how, g->text);
    assert_int_equal(o->left, 0);
  }
  assert_int_equal(o->heads, 1);
  assert_int_equal(o->r.status, g->status);
  assert_int_equal(o->body_len, strlen(g->body));
  assert_memory_equal(o->body, g->body, o->body_len);
  assert_int_equal(sztp__http_reusable(&o->r), g->reusable);
  if (g->type != NULL) {
    assert_int_equal(o->r.content_type_len, strlen(g->type));
    assert_memory_equal(o->r.content_type, g->type, o->r.content_type_len);
  }
}

/* REST-23: framing, however the network cuts it */
static void accepts_at_every_split(void **state) {
  (void)state;
  outcome_t o;
  for (size_t i = 0; i < TEST_COUNT_OF(good); i++) {
    size_t len = strlen(good[i].text);
    for (size_t split = 0; split <= len; split++) {
      read_split(&o, good[i].text, len, split);
      check_good(&good[i], &o, "split");
    }
    read_octets(&o, good[i].text, len);
    check_good(&good[i], &o, "octet by octet");
  }
}

/* REST-23: a premature close is an error at every octet */
static void refuses_every_truncation(void **state) {
  (void)state;
  outcome_t o;
  for (size_t i = 0; i < TEST_COUNT_OF(good); i++) {
    size_t len = strlen(good[i].text);
    for (size_t cut = 0; cut < len; cut++) {
      read_split(&o, good[i].text, cut, 0);
      assert_int_equal(o.bad, 0);
      assert_int_equal(o.ended, 0);
      if (good[i].until_close && o.heads == 1) continue; /* shorter, but whole */
      assert_int_equal(sztp__http_closed(&o.r), SZTP__HTTP_BAD);
      assert_non_null(strstr(o.r.why, "the connection ended before"));
      assert_int_equal(sztp__http_reusable(&o.r), 0);
    }
  }
}

/* Octets behind a response are left alone: they are not of it. */
static void stops_at_the_end(void **state) {
  (void)state;
  outcome_t o;
  for (size_t i = 0; i < TEST_COUNT_OF(good); i++) {
    if (good[i].until_close) continue;
    char text[1024];
    int len = snprintf(text, sizeof text, "%sHTTP/1.1 500 smuggled\r\n\r\n", good[i].text);
    read_split(&o, text, (size_t)len, 0);
    assert_int_equal(o.ended, 1);
    assert_int_equal(o.left, strlen("HTTP/1.1 500 smuggled\r\n\r\n"));
    assert_int_equal(o.r.status, good[i].status);
  }
}

/* ---- what is refused ----------------------------------------------------------------------------- */

typedef struct bad {
  const char *text;
  size_t len; /* 0: up to the NUL */
  const char *why;
} bad_t;

#define CHUNKED OK_200 "Transfer-Encoding: chunked\r\n\r\n"
#define LINE_100                                                                                             \
  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

static const bad_t bad[] = {
    /* status line */
    {"HTTP/2 200\r\n\r\n", 0, "status line"},
    {"HTTP/1.2 200 OK\r\n\r\n", 0, "version"},
    {"HTTP/11.1 200 OK\r\n\r\n", 0, "status line"},
    {"HTTP/1.01 200 OK\r\n\r\n", 0, "after the version"},
    {"http/1.1 200 OK\r\n\r\n", 0, "status line"},
    {"\r\nHTTP/1.1 200 OK\r\n\r\n", 0, "status line"},
    {"ICY 200 OK\r\n\r\n", 0, "status line"},
    {"<html>", 0, "status line"},
    {"\x15\x03\x01\x00\x02\x02\x46", 7, "status line"},
    {"HTTP/1.1  200 OK\r\n\r\n", 0, "not a number"},
    {"HTTP/1.1\t200 OK\r\n\r\n", 0, "after the version"},
    {"HTTP/1.1 20 OK\r\n\r\n", 0, "not a number"},
    {"HTTP/1.1 2000 OK\r\n\r\n", 0, "after the status"},
    {"HTTP/1.1 099 OK\r\n\r\n", 0, "outside 100"},
    {"HTTP/1.1 600 OK\r\n\r\n", 0, "outside 100"},
    {"HTTP/1.1 200 OK\n\r\n", 0, "control character in the status"},
    {"HTTP/1.1 200 O\0K\r\n\r\n", 20, "control character in the status"},
    {"HTTP/1.1 200 OK\rX", 0, "bare CR"},
    {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", 0, "switch of protocols"},
    {"HTTP/1.1 100 C\r\nContent-Length: 3\r\n\r\n", 0, "interim response with a body"},
    {"HTTP/1.1 100 C\r\nTransfer-Encoding: chunked\r\n\r\n", 0, "interim response with a body"},
    /* header section */
    {OK_200 "X : y\r\n\r\n", 0, "white space in or after"},
    {OK_200 "X y: z\r\n\r\n", 0, "white space in or after"},
    {OK_200 "X: y\r\n z\r\n\r\n", 0, "folded"},
    {OK_200 "X: y\r\n\tz\r\n\r\n", 0, "folded"},
    {OK_200 " X: y\r\n\r\n", 0, "folded"},
    {OK_200 ": y\r\n\r\n", 0, "without name"},
    {OK_200 "X(: y\r\n\r\n", 0, "bad field name"},
    {OK_200 "X\r\n\r\n", 0, "bad field name"},
    {OK_200 "X\0: y\r\n\r\n", 27, "bad field name"},
    {OK_200 "X: a\0b\r\n\r\n", 28, "control character in a header"},
    {OK_200 "X: a\x7f\r\n\r\n", 0, "control character in a header"},
    {OK_200 "X: a\nY: b\r\n\r\n", 0, "bare LF"},
    {OK_200 "X: a\rb\r\n\r\n", 0, "bare CR"},
    {OK_200 "X: a\r\n\n", 0, "bare LF"},
    {OK_200 "X: a\r\n\rb", 0, "bare CR"},
    {OK_200 "a:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n", 0, "too many"},
    {OK_200 "X: " LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100,
     0, "too long"},
    {"HTTP/1.1 200 " LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100
         LINE_100,
     0, "too long"},
    {OK_200 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100, 0,
     "too long"},
    /* framing */
    {OK_200 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 0, "both Content-Length"},
    {OK_200 "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", 0, "both Content-Length"},
    {OK_200 "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 0, "two different"},
    {OK_200 "Content-Length: 5, 6\r\n\r\n", 0, "two different"},
    {OK_200 "Content-Length: 5 6\r\n\r\n", 0, "not a number"},
    {OK_200 "Content-Length: 5,\r\n\r\n", 0, "not a number"},
    {OK_200 "Content-Length:\r\n\r\n", 0, "not a number"},
    {OK_200 "Content-Length: +5\r\n\r\n", 0, "not a number"},
    {OK_200 "Content-Length: -1\r\n\r\n", 0, "not a number"},
    {OK_200 "Content-Length: 0x5\r\n\r\n", 0, "not a number"},
    {OK_200 "Content-Length: 9223372036854775808\r\n\r\n", 0, "not a number"},
    {OK_200 "Content-Length: 18446744073709551621\r\n\r\n", 0, "not a number"},
    {OK_200 "Content-Length: 5" LINE_100 LINE_100 LINE_100 "\r\n\r\n", 0, "framing field is too long"},
    {OK_200 "Transfer-Encoding: gzip\r\n\r\n", 0, "other than chunked"},
    {OK_200 "Transfer-Encoding: gzip, chunked\r\n\r\n", 0, "other than chunked"},
    {OK_200 "Transfer-Encoding: chunked, chunked\r\n\r\n", 0, "other than chunked"},
    {OK_200 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 0, "other than chunked"},
    {OK_200 "Transfer-Encoding: xchunked\r\n\r\n", 0, "other than chunked"},
    {OK_200 "Transfer-Encoding: identity\r\n\r\n", 0, "other than chunked"},
    {OK_200 "Transfer-Encoding:\r\n\r\n", 0, "other than chunked"},
    {OK_200 "Transfer-Encoding: \x0b"
            "chunked\r\n\r\n",
     0, "control character"},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, "HTTP/1.0"},
    /* chunks */
    {CHUNKED "\r\n", 0, "without size"},
    {CHUNKED ";x\r\n", 0, "without size"},
    {CHUNKED " 5\r\nhello\r\n", 0, "without size"},
    {CHUNKED "-5\r\nhello\r\n", 0, "without size"},
    {CHUNKED "0x5\r\nhello\r\n", 0, "bad chunk size"},
    {CHUNKED "5 \r\nhello\r\n", 0, "bad chunk size"},
    {CHUNKED "5g\r\nhello\r\n", 0, "bad chunk size"},
    {CHUNKED "5\nhello\r\n", 0, "bad chunk size"},
    {CHUNKED "5\r\nhello!\r\n", 0, "longer than its size"},
    {CHUNKED "5\r\nhello\n0\r\n\r\n", 0, "longer than its size"},
    {CHUNKED "5\r\nhello\rx", 0, "bare CR"},
    {CHUNKED "5\rhello", 0, "bare CR"},
    {CHUNKED "5;a\nhello\r\n", 0, "control character in a chunk"},
    {CHUNKED "10000000000000000\r\n", 0, "beyond all measure"},
    {CHUNKED "8000000000000000\r\n", 0, "beyond all measure"},
    {CHUNKED
     "5;" LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100,
     0, "extension is too long"},
    {CHUNKED "0\r\nX : y\r\n\r\n", 0, "white space in or after"},
    {CHUNKED "0\r\nX: y\nZ: z\r\n\r\n", 0, "bare LF"},
    {CHUNKED
     "0\r\n" LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100,
     0, "too long"},
    {CHUNKED "0\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n", 0, "too many"},
};

/* REST-23, REST-24: each refusal with its reason, however the network cuts the octets */
static void refuses_at_every_split(void **state) {
  (void)state;
  outcome_t o;
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++) {
    size_t len = bad[i].len != 0 ? bad[i].len : strlen(bad[i].text);
    for (size_t split = 0; split <= len; split++) {
      read_split(&o, bad[i].text, len, split);
      if (!o.bad || strstr(o.r.why, bad[i].why) == NULL)
        fail_msg("case %zu: \"%s\", expected \"%s\"", i, o.bad ? o.r.why : "accepted", bad[i].why);
      /* It sticks. */
      sztp__span_t in = sztp__span_of(OK_200 "\r\n");
      sztp__span_t piece;
      assert_int_equal(sztp__http_next(&o.r, &in, &piece), SZTP__HTTP_BAD);
      assert_int_equal(sztp__http_closed(&o.r), SZTP__HTTP_BAD);
    }
  }
}

/* REST-24: the limits count all interim responses together, so that they can't go on without end */
static void limits_interim_responses(void **state) {
  (void)state;
  static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
  outcome_t o;
  memset(&o, 0, sizeof o);
  sztp__http_begin(&o.r, 1000, 10);
  size_t n = 0;
  while (!feed(&o, interim, sizeof interim - 1)) n++;
  assert_int_equal(o.bad, 1);
  assert_string_equal(o.r.why, "the header section is too long");
  assert_int_equal(n, 1000 / (sizeof interim - 1));
}

/* REST-24: exactly at the limits */
static void accepts_up_to_the_limits(void **state) {
  (void)state;
  static const char text[] = OK_200 "Content-Length: 0\r\nX: y\r\n\r\n";
  for (uint32_t less = 0; less < 2; less++) {
    outcome_t o;
    memset(&o, 0, sizeof o);
    sztp__http_begin(&o.r, (uint32_t)sizeof text - 1 - less, 2);
    assert_int_equal(feed(&o, text, sizeof text - 1), 1);
    assert_int_equal(o.ended, less == 0);
    memset(&o, 0, sizeof o);
    sztp__http_begin(&o.r, 1000, 2 - less);
    assert_int_equal(feed(&o, text, sizeof text - 1), 1);
    assert_int_equal(o.ended, less == 0);
  }
}

/* REST-21: seconds only; REST-29: a date would need a clock, and the server's is not taken */
static void reads_retry_after(void **state) {
  (void)state;
  static const struct {
    const char *value;
    int known;
    uint64_t seconds;
  } cases[] = {{"120", 1, 120}, {"0", 1, 0}, {"Fri, 31 Dec 2049 23:59:59 GMT", 0, 0}, {"12s", 0, 0},
               {"-1", 0, 0},    {"", 0, 0},  {"99999999999999999999", 0, 0}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char text[256];
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nDate: Fri, 31 Dec 2049 23:59:59 GMT\r\n"
                       "Content-Length: 0\r\n\r\n",
                       cases[i].value);
    outcome_t o;
    read_split(&o, text, (size_t)len, 0);
    assert_int_equal(o.ended, 1);
    assert_int_equal(o.r.has_retry_after, cases[i].known);
    assert_int_equal(o.r.retry_after, cases[i].seconds);
  }
}

/* A long name must not pass for its beginning, and a long Content-Type counts as none (REST-22). */
static void keeps_names_apart(void **state) {
  (void)state;
  outcome_t o;
  static const char prefix[] = OK_200 "Content-Lengthx: 3\r\nContent-Lengt: 4\r\nContent-Length: 2\r\n\r\nab";
  read_split(&o, prefix, sizeof prefix - 1, 0);
  assert_int_equal(o.ended, 1);
  assert_int_equal(o.body_len, 2);
  static const char type[] =
      OK_200 "Content-Type: text/" LINE_100 LINE_100 LINE_100 "\r\nContent-Length: 2\r\n\r\nab";
  read_split(&o, type, sizeof type - 1, 0);
  assert_int_equal(o.ended, 1);
  assert_int_equal(o.r.content_type_len, 0);
}

/* ---- requests ------------------------------------------------------------------------------------ */

static sztp__http_request_t request(const char *method, const char *host, uint16_t port) {
  sztp__http_request_t q;
  memset(&q, 0, sizeof q);
  q.method = sztp__span_of(method);
  q.target = sztp__span_of("/restconf");
  q.host = sztp__span_of(host);
  q.port = port;
  q.default_port = 443;
  return q;
}

static void expect_request(const sztp__http_request_t *q, const char *text) {
  uint8_t *out = NULL;
  size_t len = 0;
  assert_int_equal(sztp__http_write(q, &out, &len), SZTP_OK);
  assert_int_equal(len, strlen(text));
  assert_memory_equal(out, text, len);
  free(out);
}

/* REST-25: name, IPv4, IPv6, zone, port; REST-26: nothing that tells who we are */
static void writes_host(void **state) {
  (void)state;
  static const struct {
    const char *host;
    uint16_t port;
    const char *expected;
  } cases[] = {{"sztp.example.com", 443, "sztp.example.com"},
               {"SZTP.Example.com", 8443, "SZTP.Example.com:8443"},
               {"192.0.2.1", 443, "192.0.2.1"},
               {"192.0.2.1", 80, "192.0.2.1:80"},
               {"2001:db8::1", 443, "[2001:db8::1]"},
               {"2001:db8::1", 9443, "[2001:db8::1]:9443"},
               {"fe80::1%eth0", 443, "[fe80::1]"}};
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    char text[256];
    sztp__http_request_t q = request("GET", cases[i].host, cases[i].port);
    snprintf(text, sizeof text, "GET /restconf HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].expected);
    expect_request(&q, text);
  }
}

static void writes_body_and_headers(void **state) {
  (void)state;
  sztp__span_t headers[] = {sztp__span_of("Accept: application/yang-data+json"), sztp__span_of("X-Y: z")};
  sztp__http_request_t q = request("POST", "a", 443);
  q.headers = headers;
  q.header_count = 2;
  expect_request(&q, "POST /restconf HTTP/1.1\r\nHost: a\r\nAccept: application/yang-data+json\r\nX-Y: z\r\n"
                     "Content-Length: 0\r\n\r\n");
  q.body = sztp__span_of("{\"a\":\r\n1}");
  expect_request(&q, "POST /restconf HTTP/1.1\r\nHost: a\r\nAccept: application/yang-data+json\r\nX-Y: z\r\n"
                     "Content-Length: 9\r\n\r\n{\"a\":\r\n1}");
}

/* No text breaks out of its line, and nobody but the transport frames and addresses the message. */
static void refuses_bad_requests(void **state) {
  (void)state;
  static const char *const headers[] = {"Host: evil",
                                        "content-length: 5",
                                        "Transfer-Encoding: chunked",
                                        "Connection: x",
                                        "X: a\r\nY: b",
                                        "X: a\nb",
                                        "no colon",
                                        ": no name",
                                        "X : space",
                                        "",
                                        "Expect: 100-continue"};
  uint8_t *out = NULL;
  size_t len;
  for (size_t i = 0; i < TEST_COUNT_OF(headers); i++) {
    sztp__span_t h = sztp__span_of(headers[i]);
    sztp__http_request_t q = request("GET", "a", 443);
    q.headers = &h;
    q.header_count = 1;
    assert_int_equal(sztp__http_write(&q, &out, &len), SZTP_ERR_ARG);
  }
  static const char *const targets[] = {"", "x", "/a b", "/a\r\nX: y", "/\x7f"};
  for (size_t i = 0; i < TEST_COUNT_OF(targets); i++) {
    sztp__http_request_t q = request("GET", "a", 443);
    q.target = sztp__span_of(targets[i]);
    assert_int_equal(sztp__http_write(&q, &out, &len), SZTP_ERR_ARG);
  }
  sztp__http_request_t q = request("GET X", "a", 443);
  assert_int_equal(sztp__http_write(&q, &out, &len), SZTP_ERR_ARG);
  q = request("GET", "a\r\nX: y", 443);
  assert_int_equal(sztp__http_write(&q, &out, &len), SZTP_ERR_ARG);
  assert_null(out);
}

/* ---- image URIs ---------------------------------------------------------------------------------- */

/* ONB-08: where an image may be */
static void reads_image_uris(void **state) {
  (void)state;
  static const struct {
    const char *uri;
    int secure;
    const char *host;
    uint16_t port;
    const char *path;
  } ok[] = {{"https://example.com/image.bin", 1, "example.com", 443, "/image.bin"},
            {"HTTP://Example.com", 0, "Example.com", 80, ""},
            {"http://192.0.2.1:8080/a/b?c=d%20e&f#frag", 0, "192.0.2.1", 8080, "/a/b?c=d%20e&f"},
            {"https://[2001:db8::1]:9443/x", 1, "2001:db8::1", 9443, "/x"},
            {"https://[fe80::1%25eth0]/x", 1, "fe80::1%eth0", 443, "/x"},
            {"https://example.com:?q", 1, "example.com", 443, "?q"},
            {"https://a/b@c:d", 1, "a", 443, "/b@c:d"}};
  sztp__image_uri_t u;
  for (size_t i = 0; i < TEST_COUNT_OF(ok); i++) {
    const char *why = sztp__image_uri(sztp__span_of(ok[i].uri), &u);
    if (why != NULL) fail_msg("%s: %s", ok[i].uri, why);
    assert_int_equal(u.secure, ok[i].secure);
    assert_string_equal(u.host, ok[i].host);
    assert_int_equal(u.port, ok[i].port);
    assert_int_equal(u.path.len, strlen(ok[i].path));
    assert_memory_equal(u.path.data, ok[i].path, u.path.len);
  }
  static const struct {
    const char *uri;
    const char *why;
  } no[] = {{"", "neither"},
            {"ftp://example.com/x", "neither"},
            {"https:/example.com/x", "neither"},
            {"file:///etc/passwd", "neither"},
            {"https:///x", "missing"},
            {"https://user@example.com/", "user information"},
            {"https://user:pw@example.com/", "user information"},
            {"https://example.com:0/", "not a port"},
            {"https://example.com:65536/", "not a port"},
            {"https://example.com:44x/", "not a port"},
            {"https://exa mple.com/", "no URI has"},
            {"https://example.com/\r\nX: y", "no URI has"},
            {"https://ex\xc3\xa4mple.com/", "no URI has"},
            {"https://exa%6dple.com/", "not a host name"},
            {"https://[2001:db8::1/", "not closed"},
            {"https://[example.com]/", "not an IPv6"},
            {"https://[192.0.2.1]/", "not an IPv6"},
            {"https://[2001:db8::1]x/", "after the host"},
            {"https://2001:db8::1/", "not a port"}};
  for (size_t i = 0; i < TEST_COUNT_OF(no); i++) {
    const char *why = sztp__image_uri(sztp__span_of(no[i].uri), &u);
    if (why == NULL || strstr(why, no[i].why) == NULL)
      fail_msg("%s: %s, expected %s", no[i].uri, why != NULL ? why : "accepted", no[i].why);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_at_every_split),
      cmocka_unit_test(refuses_every_truncation),
      cmocka_unit_test(stops_at_the_end),
      cmocka_unit_test(refuses_at_every_split),
      cmocka_unit_test(limits_interim_responses),
      cmocka_unit_test(accepts_up_to_the_limits),
      cmocka_unit_test(reads_retry_after),
      cmocka_unit_test(keeps_names_apart),
      cmocka_unit_test(writes_host),
      cmocka_unit_test(writes_body_and_headers),
      cmocka_unit_test(refuses_bad_requests),
      cmocka_unit_test(reads_image_uris),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
