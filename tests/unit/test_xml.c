/* SPDX-License-Identifier: Apache-2.0 */
/* XML documents: xml.c. */
#include "common/with_ctx.h"

#include <malloc.h>
#include <pthread.h>

#include "formats/xml.h"

/* Writes down what happens: [prefix=ns] <ns|name@1 attr=value> text </ns|name@1>. */
typedef struct record {
  char text[2000];
  size_t len;
  sztp__span_t document;
  char copied[200];    /* text that the document does not hold as it is */
  const char *stop_at; /* the handler of this name ends the parse with SZTP_ERR_CANCELLED */
  int stop_in_text;
  int calls_after_stop;
  int stopped;
} record_t;

static void note(record_t *r, const void *data, size_t len) {
  assert_true(r->len + len < sizeof r->text);
  memcpy(r->text + r->len, data, len);
  r->len += len;
  r->text[r->len] = 0;
  r->calls_after_stop += r->stopped;
}

static void note_name(record_t *r, const char *open, const sztp__xml_event_t *e) {
  char depth[16];
  note(r, open, strlen(open));
  note(r, e->ns.data, e->ns.len);
  note(r, "|", 1);
  note(r, e->name.data, e->name.len);
  snprintf(depth, sizeof depth, "@%u", e->depth);
  note(r, depth, strlen(depth));
}

static int32_t stop_if(record_t *r, const char *open, sztp__span_t name) {
  if (r->stop_at == NULL || r->stop_at[0] != open[0] || !sztp__span_is(name, r->stop_at + 1)) return 0;
  r->stopped = 1;
  return SZTP_ERR_CANCELLED;
}

static int32_t on_start(void *user, const sztp__xml_event_t *e) {
  record_t *r = (record_t *)user;
  note_name(r, "<", e);
  for (size_t i = 0; e->attrs[i] != NULL; i += 2) {
    note(r, " ", 1);
    note(r, e->attrs[i], strlen(e->attrs[i]));
    note(r, "=", 1);
    note(r, e->attrs[i + 1], strlen(e->attrs[i + 1]));
  }
  note(r, ">", 1);
  return stop_if(r, "<", e->name);
}

static int32_t on_end(void *user, const sztp__xml_event_t *e) {
  record_t *r = (record_t *)user;
  note_name(r, "</", e);
  assert_null(e->attrs[0]);
  note(r, ">", 1);
  return stop_if(r, "/", e->name);
}

static int32_t on_text(void *user, sztp__span_t text, int literal) {
  record_t *r = (record_t *)user;
  note(r, text.data, text.len);
  size_t copied = strlen(r->copied);
  if (literal) {
    assert_true(text.data >= r->document.data);
    assert_true((size_t)(text.data - r->document.data) <= r->document.len - text.len);
  } else {
    assert_true(copied + text.len < sizeof r->copied);
    memcpy(r->copied + copied, text.data, text.len);
  }
  if (!r->stop_in_text) return 0;
  r->stopped = 1;
  return SZTP_ERR_CANCELLED;
}

static int32_t on_binding(void *user, sztp__span_t prefix, sztp__span_t ns) {
  record_t *r = (record_t *)user;
  note(r, "[", 1);
  note(r, prefix.data, prefix.len);
  note(r, "=", 1);
  note(r, ns.data, ns.len);
  note(r, "]", 1);
  return stop_if(r, "[", prefix);
}

static int32_t parse(sztp__span_t text, record_t *r) {
  sztp__xml_handler_t handler = {r, on_start, on_end, on_text, on_binding};
  r->document = text;
  sztp__trail_clear(ctx);
  return sztp__xml_parse(ctx, text, &handler);
}

/* DATA-11 */
static void test_events(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected, *copied;
  } rows[] = {
      {"<a/>", "<|a@1></|a@1>", ""},
      {"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><a>x</a>\n", "<|a@1>x</|a@1>", ""},
      {"<?xml version='1.0' encoding='US-ASCII'?><a/>", "<|a@1></|a@1>", ""},
      {"<?xml version='1.0' encoding='UTF-8' standalone='yes'?><a/>", "<|a@1></|a@1>", ""},
      {"<a xmlns='urn:x' b='1' c='2'><b>t</b></a>", "<urn:x|a@1 b=1 c=2><urn:x|b@2>t</urn:x|b@2></urn:x|a@1>",
       ""},
      {"<p:a xmlns:p='urn:x' p:b='1'><c/></p:a>", "[p=urn:x]<urn:x|a@1 urn:x|b=1><|c@2></|c@2></urn:x|a@1>",
       ""},
      {"<a xmlns='urn:x' xmlns:p='urn:p'><b xmlns='' xmlns:p='urn:q'/><p:c/></a>",
       "[p=urn:p]<urn:x|a@1>[p=urn:q]<|b@2></|b@2><urn:p|c@2></urn:p|c@2></urn:x|a@1>", ""},
      {"<a><!-- no --><?pi no?>x<![CDATA[<&]]>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a>",
       "<|a@1>x<&<&>\"'AB</|a@1>", "<>\"'AB"},
      {"<a>1\r\n2\r3\n4</a>", "<|a@1>1\n2\n3\n4</|a@1>", "\n\n"},
      {"<a>\xc3\xa9\xf0\x9f\x98\x80</a>", "<|a@1>\xc3\xa9\xf0\x9f\x98\x80</|a@1>", ""},
      {"<a><b><c/></b><b/></a>", "<|a@1><|b@2><|c@3></|c@3></|b@2><|b@2></|b@2></|a@1>", ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    record_t r;
    memset(&r, 0, sizeof r);
    if (parse(sztp__span_of(rows[i].text), &r) != 0) fail_msg("%s: %s", rows[i].text, test_detail(ctx));
    assert_string_equal(r.text, rows[i].expected);
    assert_string_equal(r.copied, rows[i].copied);
  }
}

static void test_handlers_may_be_absent(void **state) {
  (void)state;
  sztp__xml_handler_t none = {NULL, NULL, NULL, NULL, NULL};
  assert_int_equal(sztp__xml_parse(ctx, sztp__span_of("<a xmlns:p='q'>x<b c='d'/></a>"), &none), SZTP_OK);
}

/* DATA-12, DATA-13, SEC-04 */
static void test_refused_documents(void **state) {
  (void)state;
  static const struct {
    const char *text, *reason;
  } rows[] = {
      {"", "line 1 column 1: no element found"},
      {" ", "no element found"},
      {"{}", "line 1 column 1: not well-formed"},
      {"<a>", "no element found"},
      {"<a></b>", "mismatched tag"},
      {"<a/><b/>", "line 1 column 5: junk after document element"},
      {"<a/>x", "junk after document element"},
      {"<a>\n <b x=1/></a>", "line 2 column 7: not well-formed"},
      {"<a b='1' b='2'/>", "duplicate attribute"},
      {"<p:a/>", "unbound prefix"},
      {"<a xmlns='urn:x|y'/>", "syntax error"},
      {"<a>&nbsp;</a>", "undefined entity"},
      {"<a>&#0;</a>", "reference to invalid character number"},
      {"<a>&#xD800;</a>", "reference to invalid character number"},
      {"<a>\x01</a>", "not well-formed"},
      {"<a>\xff</a>", "not well-formed"},
      {"<a>\xc3(</a>", "not well-formed"},
      {"<a>\xed\xa0\x80</a>", "not well-formed"},
      {"<!DOCTYPE a><a/>", "a DOCTYPE, which is refused"},
      {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "a DOCTYPE, which is refused"},
      {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "a DOCTYPE, which is refused"},
      {"<!DOCTYPE a PUBLIC 'p' 'http://127.0.0.1/x'><a/>", "a DOCTYPE, which is refused"},
      {"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "an encoding other than UTF-8"},
      {"<?xml version='1.0' encoding='UTF-16'?><a/>", "an encoding other than UTF-8"},
      {"<?xml version='1.0' encoding='UTF-8x'?><a/>", "an encoding other than UTF-8"},
      {"<?xml version='1.0' encoding='UTF'?><a/>", "an encoding other than UTF-8"},
      {" <?xml version='1.0'?><a/>", "XML or text declaration not at start of entity"},
      {"\xef\xbb\xbf\xef\xbb\xbf<a/>", "not well-formed"},
      {"\xfe\xff", "an encoding other than UTF-8"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    record_t r;
    memset(&r, 0, sizeof r);
    test_expect_fail(ctx, parse(sztp__span_of(rows[i].text), &r), SZTP_ERR_XML, rows[i].reason);
  }
  record_t r;
  memset(&r, 0, sizeof r);
  static const sztp__span_t utf16[] = {{(const uint8_t *)"<\0a\0/\0>\0", 8},
                                       {(const uint8_t *)"\0<\0a\0/\0>", 8},
                                       {(const uint8_t *)"\xff\xfe<\0a\0/\0>\0", 10},
                                       {(const uint8_t *)"\xfe\xff\0<\0a\0/\0>", 10}};
  for (size_t i = 0; i < TEST_COUNT_OF(utf16); i++)
    test_expect_fail(ctx, parse(utf16[i], &r), SZTP_ERR_XML, "an encoding other than UTF-8");
  test_expect_fail(ctx, parse(sztp__span("<a>\0</a>", 8), &r), SZTP_ERR_XML, "not well-formed");
  test_expect_fail(ctx, parse(sztp__span(NULL, 0), &r), SZTP_ERR_XML, "no element found");
}

static void test_a_handler_ends_the_parse(void **state) {
  (void)state;
  static const struct {
    const char *stop_at;
    int in_text;
    const char *seen;
  } rows[] = {{"<b", 0, "<|a@1><|b@2>"},
              {"/b", 0, "<|a@1><|b@2></|b@2>"},
              {NULL, 1, "<|a@1><|b@2></|b@2>x"},
              {"[p", 0, "<|a@1><|b@2></|b@2>x[p=q]"}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    record_t r;
    memset(&r, 0, sizeof r);
    r.stop_at = rows[i].stop_at;
    r.stop_in_text = rows[i].in_text;
    assert_int_equal(parse(sztp__span_of("<a><b/>x<c xmlns:p='q'/>y</a>"), &r), SZTP_ERR_CANCELLED);
    assert_string_equal(r.text, rows[i].seen);
    assert_int_equal(r.calls_after_stop, 0);
  }
}

static int32_t ignore_event(void *user, const sztp__xml_event_t *e) {
  (void)user;
  (void)e;
  return 0;
}

/* DATA-15, SEC-16 */
static void test_limits(void **state) {
  (void)state;
  static char text[200000];
  sztp__xml_handler_t handler = {NULL, ignore_event, ignore_event, NULL, NULL};
  for (size_t depth = 31; depth < 10000; depth = depth < 34 ? depth + 1 : depth * 10) {
    size_t len = 0;
    for (size_t i = 0; i < depth; i++) len += (size_t)sprintf(text + len, "<a>");
    for (size_t i = 0; i < depth; i++) len += (size_t)sprintf(text + len, "</a>");
    sztp__trail_clear(ctx);
    int32_t rc = sztp__xml_parse(ctx, sztp__span(text, len), &handler);
    test_expect_fail(ctx, rc, depth <= 32 ? SZTP_OK : SZTP_ERR_LIMIT, depth <= 32 ? "" : "nested too deep");
  }
  for (int children = 4094; children <= 4096; children++) { /* with the document element 4095 to 4097 */
    size_t len = (size_t)sprintf(text, "<r>");
    for (int i = 0; i < children; i++) len += (size_t)sprintf(text + len, "<a/>");
    len += (size_t)sprintf(text + len, "</r>");
    sztp__trail_clear(ctx);
    int32_t rc = sztp__xml_parse(ctx, sztp__span(text, len), &handler);
    test_expect_fail(ctx, rc, children <= 4095 ? SZTP_OK : SZTP_ERR_LIMIT,
                     children <= 4095 ? "" : "too many elements");
  }
  size_t len = (size_t)sprintf(text, "<r");
  for (int i = 0; i < 4096; i++) len += (size_t)sprintf(text + len, " a%d=''", i);
  len += (size_t)sprintf(text + len, "/>");
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__xml_parse(ctx, sztp__span(text, len), &handler), SZTP_ERR_LIMIT,
                   "too many elements");
  len = (size_t)sprintf(text, "<r");
  for (int i = 0; i < 4096; i++) len += (size_t)sprintf(text + len, " xmlns:a%d='u'", i);
  len += (size_t)sprintf(text + len, "/>");
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__xml_parse(ctx, sztp__span(text, len), &handler), SZTP_ERR_LIMIT,
                   "too many elements");
#if SIZE_MAX > UINT32_MAX
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__xml_parse(ctx, sztp__span("<a/>", (size_t)INT32_MAX + 1), &handler),
                   SZTP_ERR_LIMIT, "a document of 2147483648 octets");
#endif
}

/* A document is given to the parser in pieces: wherever they end, the same is heard. */
static void test_pieces(void **state) {
  (void)state;
  static char text[9000];
  for (size_t before = 4000; before < 4200; before++) {
    record_t r;
    memset(&r, 0, sizeof r);
    memset(text, ' ', before);
    memcpy(text, "<!--", 4);
    memcpy(text + before - 3, "-->", 3);
    (void)sprintf(text + before,
                  "<a><b x='1' y=\"2\">\xc3\xa9\xf0\x9f\x98\x80\r\n&amp;<![CDATA[z]]></b></a>");
    if (parse(sztp__span_of(text), &r) != 0) fail_msg("%zu: %s", before, test_detail(ctx));
    assert_string_equal(r.text, "<|a@1><|b@2 x=1 y=2>\xc3\xa9\xf0\x9f\x98\x80\n&z</|b@2></|a@1>");
    assert_string_equal(r.copied, "\n");
  }
}

static int32_t count_text(void *user, sztp__span_t text, int literal) {
  *(size_t *)user += literal ? text.len : 0;
  return 0;
}

/* SEC-06: text of any length is told from where it stands; markup, which a parser can only read as a whole,
 * has a most */
static void test_long_markup(void **state) {
  (void)state;
  static const struct {
    const char *open, *close;
    size_t most; /* octets between them that are surely read; 0: any */
  } rows[] = {{"<a>", "</a>", 0},           {"<a><![CDATA[", "]]></a>", 0}, {"<!--", "--><a/>", 65536},
              {"<a><?p ", "?></a>", 65536}, {"<a b='", "'/>", 65536},       {"<", "/>", 65536}};
  const size_t size = 4000000;
  char *text = malloc(size + 100);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    for (int full = 0; full < 2; full++) {
      size_t n = full ? size : 65536;
      size_t heard = 0;
      size_t len = (size_t)sprintf(text, "%s", rows[i].open);
      sztp__xml_handler_t handler = {&heard, NULL, NULL, count_text, NULL};
      memset(text + len, 'x', n);
      len += n;
      len += (size_t)sprintf(text + len, "%s", rows[i].close);
      int refused = rows[i].most != 0 && n > rows[i].most;
      sztp__trail_clear(ctx);
      test_expect_fail(ctx, sztp__xml_parse(ctx, sztp__span(text, len), &handler),
                       refused ? SZTP_ERR_LIMIT : SZTP_OK, refused ? "is too long" : "");
      if (rows[i].most == 0) assert_int_equal(heard, n);
    }
  }
  free(text);
}

/* DATA-19 */
static void test_put_text(void **state) {
  (void)state;
  static const struct {
    sztp__span_t text;
    const char *expected;
  } rows[] = {
      {{NULL, 0}, ""},
      {{(const uint8_t *)"plain \xc3\xa9\xf0\x9f\x98\x80\t\n", 14}, "plain \xc3\xa9\xf0\x9f\x98\x80\t\n"},
      {{(const uint8_t *)"<&>\"'\r", 6}, "&lt;&amp;&gt;&quot;&apos;&#13;"},
      {{(const uint8_t *)"a\0b\x1b"
                         "c",
        5},
       "a\xef\xbf\xbd"
       "b\xef\xbf\xbd"
       "c"},
      {{(const uint8_t *)"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", 9}, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
      {{(const uint8_t *)"\xffz\xc3", 3}, "\xef\xbf\xbdz\xef\xbf\xbd"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__buf_t out;
    sztp__buf_init(&out, ctx, 1000);
    assert_int_equal(sztp__xml_put_text(&out, rows[i].text), SZTP_OK);
    assert_true(sztp__span_is(sztp__buf_span(&out), rows[i].expected));
    sztp__buf_clear(&out);
  }
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 4);
  assert_int_equal(sztp__xml_put_text(&out, sztp__span_of("12<34")), SZTP_ERR_LIMIT);
  sztp__buf_clear(&out);
}

/* Any octets at all give a document that parses. */
static void test_put_and_parse_agree(void **state) {
  (void)state;
  uint32_t seed = 7;
  for (int round = 0; round < 500; round++) {
    uint8_t noise[40];
    for (size_t i = 0; i < sizeof noise; i++) {
      seed = seed * 1664525u + 1013904223u;
      noise[i] = (uint8_t)(seed >> 24);
    }
    record_t r;
    sztp__buf_t out;
    memset(&r, 0, sizeof r);
    sztp__buf_init(&out, ctx, 1000);
    sztp__buf_add_text(&out, "<a>");
    sztp__xml_put_text(&out, sztp__span(noise, sizeof noise));
    assert_int_equal(sztp__buf_add_text(&out, "</a>"), SZTP_OK);
    if (parse(sztp__buf_span(&out), &r) != 0) fail_msg("%s", test_detail(ctx));
    sztp__buf_clear(&out);
  }
}

static int32_t work(sztp_ctx_t *c, void *user) {
  (void)user;
  sztp__buf_t out;
  sztp__xml_handler_t none = {NULL, NULL, NULL, NULL, NULL};
  sztp__buf_init(&out, c, 1000);
  sztp__buf_add_text(&out, "<a>");
  sztp__xml_put_text(&out, sztp__span_of("<>"));
  int32_t rc = sztp__buf_add_text(&out, "</a>");
  if (rc == 0) rc = sztp__xml_parse(c, sztp__buf_span(&out), &none);
  sztp__buf_clear(&out);
  return rc;
}

/* SEC-05 */
static void test_every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(test_every_allocation(work, NULL) >= 1);
}

/* What expat holds on the C library's heap at each event, beside what is counted for it. */
typedef struct heap_watch {
  size_t before;
  int64_t counted_before;
  size_t most;
  unsigned events;
} heap_watch_t;

static size_t heap_now(void) {
#if defined(__GLIBC__)
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

static int32_t watch(void *user, const sztp__xml_event_t *e) {
  heap_watch_t *w = user;
  int64_t counted = 0;
  (void)e;
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_NOW, &counted), SZTP_OK);
  size_t held = heap_now() - w->before;
  if (held > w->most) w->most = held;
  w->events++;
  if (held > (size_t)(counted - w->counted_before))
    fail_msg("event %u: expat holds %zu octets, %zu are counted", w->events, held,
             (size_t)(counted - w->counted_before));
  return SZTP_OK;
}

static char *repeated(const char *head, const char *format, unsigned times, const char *tail, size_t *len) {
  char *text = malloc(times * 300 + 1000);
  *len = (size_t)sprintf(text, "%s", head);
  for (unsigned i = 32; i < times + 32; i++) *len += (size_t)sprintf(text + *len, format, i, i);
  *len += (size_t)sprintf(text + *len, "%s", tail);
  return text;
}

/* SEC-05, SEC-06: what the parser takes is counted within the budget, however much of it a short document
 * takes */
static void test_budget_bounds_the_parser(void **state) {
  static const struct {
    const char *head, *format, *tail;
    unsigned times;
  } rows[] = {
      {"<a>", "<b xmlns:p%u='urn:u%u'/>", "</a>", 2000},
      {"<a>", "<b%u c%u='d'/>", "</a>", 2000},
      {"<a ", "c%u='d%u' ", "/>", 2000},
      {"<a ", "xmlns:p%u='u%u' ", "/>", 2000},
      {"<a>", "<an-element-with-a-long-name-that-nobody-knows-%u n='%u'/>", "</a>", 2000},
      {"<a b='", "0123456789abcdef%u%u", "'/>", 4000},
      {"<a><!--", "0123456789abcdef%u%u", "--></a>", 4000},
      {"<a>", "text %u %u ", "</a>", 4000},
      {"<a b='", "&amp;&#%u;&#x%x;", "'/>", 2000},
      {"<a>", "<p%u:b xmlns:p%u='u'/>", "</a>", 2000},
      {"<a>", "<b xmlns='urn:a-namespace-of-some-length:%u' c='%u'/>", "</a>", 1200},
      {"<a><?p ", "0123456789abcdef%u%u", "?></a>", 4000},
      {"<a><![CDATA[", "0123456789abcdef\n%u%u", "]]></a>", 4000},
      {"<", "a%u-%u-", " b='c'/>", 4000},
  };
  (void)state;
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
  skip(); /* their heaps don't tell */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  skip();
#endif
#endif
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    size_t len = 0;
    char *text = repeated(rows[i].head, rows[i].format, rows[i].times, rows[i].tail, &len);
    heap_watch_t w = {0, 0, 0, 0};
    sztp__xml_handler_t handler = {&w, watch, watch, NULL, NULL};
    assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_NOW, &w.counted_before), SZTP_OK);
    w.before = heap_now();
    if (sztp__xml_parse(ctx, sztp__span(text, len), &handler) != SZTP_OK)
      fail_msg("row %zu: %s", i, test_detail(ctx));
    assert_true(w.events > 0 && w.most > 0);
    int64_t after = 0;
    assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_NOW, &after), SZTP_OK);
    assert_int_equal(after, w.counted_before);
    assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMORY, w.counted_before + 8 * 1024), SZTP_OK);
    test_expect_fail(ctx, sztp__xml_parse(ctx, sztp__span(text, len), &handler), SZTP_ERR_MEMORY,
                     "of the budget of");
    assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMORY, INT64_MAX), SZTP_OK);
    free(text);
  }
}

/* Parses in one thread, on a context of its own; what is left of its memory at the end. */
static void *parse_many(void *user) {
  test_memory_t *m = user;
  sztp__xml_handler_t none = {NULL, NULL, NULL, NULL, NULL};
  sztp_ctx_t *c = NULL;
  test_memory_init(m);
  if (sztp_ctx_new(&m->allocator, &c) != SZTP_OK) return NULL;
  size_t blocks = m->blocks;
  for (int i = 0; i < 500; i++)
    if (sztp__xml_parse(c, sztp__span_of("<a xmlns='u'><b>x</b><c d='e'/></a>"), &none) != SZTP_OK)
      return NULL;
  if (m->blocks != blocks) return NULL;
  sztp_ctx_free(c);
  return m;
}

/* Contexts in several threads have nothing to do with each other. */
static void test_threads(void **state) {
  (void)state;
  test_memory_t memories[4];
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, parse_many, &memories[i]), 0);
  for (size_t i = 0; i < 4; i++) {
    void *result = NULL;
    assert_int_equal(pthread_join(threads[i], &result), 0);
    assert_ptr_equal(result, &memories[i]);
    assert_int_equal(memories[i].blocks, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_events, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_handlers_may_be_absent, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_refused_documents, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_a_handler_ends_the_parse, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_pieces, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_long_markup, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_put_text, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_put_and_parse_agree, set_up, tear_down),
      cmocka_unit_test(test_every_allocation_may_fail),
      cmocka_unit_test_setup_teardown(test_budget_bounds_the_parser, set_up, tear_down),
      cmocka_unit_test(test_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
