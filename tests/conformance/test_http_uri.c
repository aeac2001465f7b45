/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP responses beside llhttp's reading of its own examples, and URIs beside the Web Platform Tests, whose
 * language is much larger than the one that is read here. */
#include "conformance/table.h"

#include <cjson/cJSON.h>
#include <ctype.h>

#include "formats/uri.h"
#include "https/http.h"

/* ---- llhttp -------------------------------------------------------------------------------------- */

typedef struct example {
  char text[8192];
  size_t len;
  int refused;
  int complete;
  uint32_t status;
  size_t body_len;
  char where[300];
} example_t;

static const exception_t differences[] = {
    {"sample.md: RTSP response", "another protocol"},
    {"sample.md: ICE response", "another protocol"},
    {"sample.md: HTTP version 0.9", "another protocol"},
    {"sample.md: Response starting with CRLF", "nothing stands before the status line"},
    {"connection.md: HTTP 100 first, then 400", "nothing stands before the status line"},
    {"transfer-encoding.md: `chunked` before other transfer-encoding",
     "not understood, so not read to the end"},
    {"transfer-encoding.md: multiple transfer-encoding where chunked is not the last one",
     "not understood, so not read to the end"},
    {"transfer-encoding.md: `chunkedchunked` transfer-encoding does not enable chunked enconding",
     "not understood, so not read to the end"},
    {"transfer-encoding.md: No extension after semicolon",
     "chunk extensions are passed over; no line end hides in one"},
    {"transfer-encoding.md: Unbalanced chunk extensions quoting",
     "chunk extensions are passed over; no line end hides in one"},
};

/* The escapes of llhttp's examples: lines end with CRLF unless escaped, \r \n \t \f \xHH stand for octets. */
static void unescape(example_t *e, const char *from, const char *to) {
  e->len = 0;
  if (to > from && to[-1] == '\n') to--;
  for (const char *p = from; p < to && e->len + 2 < sizeof e->text; p++) {
    char c = *p;
    if (c == '\n') {
      e->text[e->len++] = '\r';
    } else if (c == '\\' && p + 1 < to) {
      p++;
      switch (*p) {
      case '\n': continue;
      case 'r': c = '\r'; break;
      case 'n': c = '\n'; break;
      case 't': c = '\t'; break;
      case 'f': c = '\f'; break;
      case 'x':
        c = (char)strtoul((char[]){p[1], p[2], 0}, NULL, 16);
        p += 2;
        break;
      default: e->text[e->len++] = '\\'; c = *p;
      }
    }
    e->text[e->len++] = c;
  }
}

/* What llhttp made of the first message that is not an interim one. */
static void read_log(example_t *e, const char *from, const char *to) {
  e->refused = e->complete = 0;
  e->status = 0;
  e->body_len = 0;
  for (const char *line = from; line < to; line = strchr(line, '\n') + 1) {
    unsigned long off, len, status;
    char rest[32];
    if (sscanf(line, "off=%lu len=%lu span[%4s", &off, &len, rest) == 3 && strcmp(rest, "body") == 0)
      e->body_len += len;
    if (sscanf(line, "off=%lu headers complete status=%lu", &off, &status) == 2) e->status = (uint32_t)status;
    if (sscanf(line, "off=%lu error code=%lu", &off, &status) == 2) e->refused = 1;
    if (sscanf(line, "off=%lu message %8s", &off, rest) == 2 && strcmp(rest, "complete") == 0) {
      e->complete = e->status >= 200;
      if (e->complete) return;
    }
  }
}

/* Reads the example to its end, or until it is refused. Returns the body's length in *body_len. */
static uint32_t read_response(sztp__http_t *r, const example_t *e, size_t *body_len) {
  sztp__span_t in = sztp__span(e->text, e->len);
  sztp__span_t piece;
  uint32_t event = SZTP__HTTP_HEAD;
  *body_len = 0;
  sztp__http_begin(r, 32768, 100);
  while (event == SZTP__HTTP_HEAD || event == SZTP__HTTP_BODY) {
    event = sztp__http_next(r, &in, &piece);
    if (event == SZTP__HTTP_BODY) *body_len += piece.len;
  }
  return event;
}

/* Both refuse, or both read the same. */
static void compare(const example_t *e, table_t *t) {
  sztp__http_t r;
  size_t body_len = 0;
  uint32_t event = read_response(&r, e, &body_len);
  int bad = event == SZTP__HTTP_BAD;
  table_count(t, e->where, !e->refused, bad ? SZTP_ERR_SERVER_FAIL : SZTP_OK, bad ? r.why : "");
  if (bad || e->refused) return;
  if ((event == SZTP__HTTP_END) != e->complete || r.status != e->status || body_len != e->body_len)
    fail_msg("%s: ended %d, status %u, body %zu; llhttp: %d, %u, %zu", e->where, event == SZTP__HTTP_END,
             (unsigned)r.status, body_len, e->complete, (unsigned)e->status, e->body_len);
}

static size_t compare_file(const char *name, table_t *t) {
  char path[128];
  snprintf(path, sizeof path, "http/llhttp-response/%s", name);
  size_t len;
  char *text = (char *)test_read_corpus(path, &len);
  if (text == NULL) return 0;
  size_t n = 0;
  char title[200] = "";
  int plain = 0;
  char *next;
  for (char *line = text; *line != 0; line = next) {
    next = strchr(line, '\n');
    next = next != NULL ? next + 1 : line + strlen(line);
    if (line[0] == '#')
      snprintf(title, sizeof title, "%.*s", (int)(next - line - 1), line + strspn(line, "# "));
    title[strcspn(title, "\n")] = 0;
    if (strncmp(line, "<!-- meta=", 10) == 0) plain = strncmp(line + 10, "{\"type\": \"response\"}", 20) == 0;
    if (strncmp(line, "```http", 7) != 0 || !plain) continue;
    example_t e;
    char *end = strstr(next, "\n```");
    char *log = strstr(end, "```log\n") + 7;
    char *log_end = strstr(log, "```");
    snprintf(e.where, sizeof e.where, "%s: %s", name, title);
    unescape(&e, next, end + 1);
    read_log(&e, log, log_end);
    compare(&e, t);
    n++;
    next = log_end + 3;
    plain = 0;
  }
  free(text);
  return n;
}

/* REST-23 */
static void test_llhttp(void **state) {
  static const char *const files[] = {"connection.md", "content-length.md", "invalid.md",
                                      "pipelining.md", "sample.md",         "transfer-encoding.md"};
  size_t n = 0;
  table_t t;
  (void)state;
  table_begin(&t, "llhttp", LISTED(differences));
  for (size_t i = 0; i < TEST_COUNT_OF(files); i++) n += compare_file(files[i], &t);
  if (n == 0) {
    print_message("skipped: no http/llhttp-response in CORPORA\n");
    skip();
  }
  assert_true(n > 40);
  table_finish(&t);
}

/* ---- Web Platform Tests -------------------------------------------------------------------------- */

/* A host without brackets, in lower case. */
static void plain_host(char *out, size_t cap, sztp__span_t host) {
  size_t n = 0;
  for (size_t i = 0; i < host.len && n + 1 < cap; i++)
    if (host.data[i] != '[' && host.data[i] != ']') out[n++] = (char)tolower(host.data[i]);
  out[n] = '\0';
}

/* 1 if the test is about one of ours: https, a host, perhaps a port, and nothing else. */
static int is_server(const cJSON *test) {
  return strcmp(corpus_text(test, "protocol"), "https:") == 0 && corpus_text(test, "username")[0] == '\0' &&
         corpus_text(test, "password")[0] == '\0' && strcmp(corpus_text(test, "pathname"), "/") == 0 &&
         corpus_text(test, "search")[0] == '\0' && corpus_text(test, "hash")[0] == '\0';
}

/* What is no URL is refused; what is accepted has the host and port that it has there. D-26: much that
 * browsers put right is refused, so that only the canonical form of a server is asked to be accepted. */
static void count_url(table_t *t, sztp_ctx_t *ctx, const cJSON *test) {
  const char *input = corpus_text(test, "input");
  sztp__authority_t a;
  char ours[300];
  char theirs[300];
  sztp__trail_clear(ctx);
  int32_t rc = sztp__uri_server(ctx, sztp__span_of(input), &a);
  if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(test, "failure"))) {
    table_count(t, input, 0, rc, test_detail(ctx));
    return;
  }
  if (rc == SZTP_OK) {
    const char *port = corpus_text(test, "port");
    plain_host(ours, sizeof ours, a.host);
    plain_host(theirs, sizeof theirs, sztp__span_of(corpus_text(test, "hostname")));
    if (!is_server(test) || strcmp(ours, theirs) != 0 ||
        a.port != (port[0] == '\0' ? 443 : strtol(port, NULL, 10)))
      fail_msg("%s: accepted as %s port %u", input, ours, (unsigned)a.port);
  }
  if (!is_server(test)) return;
  const char *href = corpus_text(test, "href");
  rc = sztp__uri_server(ctx, sztp__span_of(href), &a);
  table_count(t, href, 1, rc, test_detail(ctx));
}

/* DHCP-05, D-26 */
static void test_urls(void **state) {
  static const char *const files[] = {"url/urltestdata.json", "url/ada_extra_urltestdata.json"};
  static const exception_t known[] = {
      {"https://www.google.com", "what is broken is the base that it is relative to"},
      {"https://xn--/", "a label does not end with '-' (RFC 952)"},
  };
  test_memory_t m;
  table_t t;
  (void)state;
  table_begin(&t, "Web Platform Tests, URLs", LISTED(known));
  for (size_t i = 0; i < TEST_COUNT_OF(files); i++) {
    const cJSON *test = NULL;
    cJSON *root = corpus_json(files[i]);
    if (root == NULL) skip();
    sztp_ctx_t *ctx = test_ctx_new(&m);
    cJSON_ArrayForEach(test, root) {
      const cJSON *href = cJSON_GetObjectItemCaseSensitive(test, "href");
      int has_nul = cJSON_IsString(href) && strstr(href->valuestring, "%00") != NULL; /* cut short by cJSON */
      if (cJSON_IsObject(test) && !has_nul) count_url(&t, ctx, test);
    }
    test_ctx_free(&m, ctx);
    cJSON_Delete(root);
  }
  table_finish(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_llhttp), cmocka_unit_test(test_urls)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
