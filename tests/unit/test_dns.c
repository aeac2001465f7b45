/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to DNS, octet by octet, and which messages answer them (DNS group). */
#include "common/dns_message.h"
#include "common/testing.h"

#define OWNER "EX4200-17._sztp.example.net"

static sztp_dns_t *ask(sztp_ctx_t *ctx, uint32_t type, uint32_t how, const char *name, uint32_t id) {
  sztp_dns_t *q = NULL;
  assert_int_equal(sztp_dns_new(ctx, type, how, name, strlen(name), id, &q), 0);
  return q;
}

static int32_t add(sztp_dns_t *q, const dns_message_t *m) { return sztp_dns_add(q, "", 0, m->data, m->len); }

/* DNS-03, DNS-05, DNS-23 (D-24), DNS-25: the octets that are sent */
static void test_question(void **state) {
  static const uint8_t multicast[] =
      "\0\0\0\0\0\1\0\0\0\0\0\0\x09"
      "EX4200-17\x05_sztp\x05local\0\0\x10\x80\x01"; /* wire examples, section 10 */
  static const uint8_t unicast[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\1\x09"
                                   "EX4200-17\x05_sztp\x07"
                                   "example\x03net\0\0\x10\0\1\0\0\x29\x04\xd0\0\0\0\0\0\0";
  static const uint8_t srv[] = "\0\0\0\0\0\1\0\0\0\0\0\0\x05_sztp\x04_tcp\x05local\0\0\x21\x80\x01";
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint8_t out[SZTP_DNS_QUESTION_MAX];
  char name[SZTP_DNS_TEXT_MAX];
  size_t len = 0;
  assert_int_equal(sztp_dns_name(ctx, "EX4200-17", "local", name, sizeof name, &len), 0);
  assert_string_equal(name, "EX4200-17._sztp.local.");
  assert_int_equal(len, strlen(name));
  sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_MULTICAST, name, 77);
  for (uint32_t edns = 0; edns < 2; edns++) { /* never announced by multicast, nor an identifier */
    assert_int_equal(sztp_dns_question(q, edns, out, sizeof out, &len), 0);
    assert_int_equal(len, sizeof multicast - 1);
    assert_memory_equal(out, multicast, len);
  }
  sztp_dns_free(q);
  assert_int_equal(sztp_dns_name(ctx, "EX4200-17", "example.net.", name, sizeof name, NULL), 0);
  q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST, name, 0xabcd);
  assert_int_equal(sztp_dns_question(q, 1, out, sizeof out, &len), 0);
  assert_int_equal(len, sizeof unicast - 1);
  assert_memory_equal(out, unicast, len);
  assert_int_equal(sztp_dns_question(q, 0, out, sizeof out, &len), 0); /* for servers that don't know it */
  assert_int_equal(len, sizeof unicast - 1 - 11);
  assert_int_equal(out[11], 0);
  assert_memory_equal(out + 12, unicast + 12, len - 12);
  test_expect_fail(ctx, sztp_dns_question(q, 1, out, sizeof unicast - 2, &len), SZTP_ERR_BUFFER,
                   "are needed");
  sztp_dns_free(q);
  assert_int_equal(sztp_dns_name(ctx, NULL, "local", name, sizeof name, &len), 0);
  assert_string_equal(name, "_sztp._tcp.local.");
  q = ask(ctx, SZTP_DNS_SRV, SZTP_DNS_MULTICAST, name, 0);
  assert_int_equal(sztp_dns_question(q, 1, out, sizeof out, &len), 0);
  assert_int_equal(len, sizeof srv - 1);
  assert_memory_equal(out, srv, len);
  sztp_dns_free(q);
  test_ctx_free(&m, ctx);
}

/* DNS-04 (D-16): a serial number is one label, whatever it is made of, or no label at all */
static void test_serial(void **state) {
  static const struct {
    const char *serial, *text, *label;
    size_t len;
  } good[] = {{"AB.12", "AB\\.12._sztp.d.", "\5AB.12", 6},
              {"a\\b\"c", "a\\\\b\\\"c._sztp.d.", "\5a\\b\"c", 6},
              {" x\xc3\xa9", "\\032x\\195\\169._sztp.d.", "\4 x\xc3\xa9", 5},
              {"0123456789012345678901234567890123456789012345678901234567890ab",
               "0123456789012345678901234567890123456789012345678901234567890ab._sztp.d.",
               "\x3f"
               "0123456789012345678901234567890123456789012345678901234567890ab",
               64}};
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  char name[SZTP_DNS_TEXT_MAX];
  for (size_t i = 0; i < TEST_COUNT_OF(good); i++) {
    uint8_t out[SZTP_DNS_QUESTION_MAX];
    size_t len = 0;
    assert_int_equal(sztp_dns_name(ctx, good[i].serial, "d", name, sizeof name, NULL), 0);
    assert_string_equal(name, good[i].text);
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_MULTICAST, name, 0);
    assert_int_equal(sztp_dns_question(q, 0, out, sizeof out, &len), 0);
    assert_memory_equal(out + 12, good[i].label, good[i].len);
    assert_memory_equal(out + 12 + good[i].len, "\5_sztp\1d", 9);
    sztp_dns_free(q);
  }
  test_expect_fail(ctx, sztp_dns_name(ctx, "", "d", name, sizeof name, NULL), SZTP_ERR_LIMIT, "empty");
  test_expect_fail(ctx,
                   sztp_dns_name(ctx, "0123456789012345678901234567890123456789012345678901234567890abc", "d",
                                 name, sizeof name, NULL),
                   SZTP_ERR_LIMIT, "63");
  test_ctx_free(&m, ctx);
}

/* Names in text: escapes, the root, limits */
static void test_names(void **state) {
  static const struct {
    const char *text;
    int32_t rc;
    const char *wire; /* after the header */
    size_t len;
  } cases[] = {{"a.b", 0, "\1a\1b", 5},
               {"a.b.", 0, "\1a\1b", 5},
               {"a\\.b", 0, "\3a.b", 5},
               {"a\\046b.", 0, "\3a.b", 5},
               {"a\\\\.b", 0, "\2a\\\1b", 6},
               {".", 0, "", 1},
               {"", 0, "", 1},
               {"\\000\\255", 0, "\2\0\xff", 4},
               {"a..b", SZTP_ERR_LIMIT, NULL, 0},
               {".a", SZTP_ERR_LIMIT, NULL, 0},
               {"..", SZTP_ERR_LIMIT, NULL, 0},
               {"a\\", SZTP_ERR_TEXT, NULL, 0},
               {"a\\2", SZTP_ERR_TEXT, NULL, 0},
               {"a\\25", SZTP_ERR_TEXT, NULL, 0},
               {"a\\256", SZTP_ERR_TEXT, NULL, 0},
               {"a\\2x6", SZTP_ERR_TEXT, NULL, 0}};
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t out[SZTP_DNS_QUESTION_MAX];
    size_t len = 0;
    sztp_dns_t *q = NULL;
    assert_int_equal(
        sztp_dns_new(ctx, SZTP_DNS_A, SZTP_DNS_MULTICAST, cases[i].text, strlen(cases[i].text), 0, &q),
        cases[i].rc);
    if (cases[i].rc < 0) continue;
    assert_int_equal(sztp_dns_question(q, 0, out, sizeof out, &len), 0);
    assert_int_equal(len, 12 + cases[i].len + 4);
    assert_memory_equal(out + 12, cases[i].wire, cases[i].len);
    sztp_dns_free(q);
  }
  /* 255 octets are the most that a name may have: four labels of 63, 63, 63 and 61, with lengths and root */
  char name[300];
  memset(name, 'a', sizeof name);
  for (size_t at = 63; at < 255; at += 64) name[at] = '.';
  for (size_t len = 250; len < 256; len++) {
    sztp_dns_t *q = NULL;
    if (name[len - 1] == '.') continue;
    int32_t rc = sztp_dns_new(ctx, SZTP_DNS_A, SZTP_DNS_UNICAST, name, len, 0, &q);
    assert_int_equal(rc, len <= 253 ? 0 : SZTP_ERR_LIMIT);
    if (rc == 0) sztp_dns_free(q);
  }
  char text[SZTP_DNS_TEXT_MAX];
  test_expect_fail(ctx, sztp_dns_name(ctx, "EX4200-17", "example.net", text, 27, NULL), SZTP_ERR_BUFFER,
                   "needed");
  assert_int_equal(sztp_dns_name(ctx, "EX4200-17", "example.net", text, 29, NULL), 0);
  name[253] = 0;
  test_expect_fail(ctx, sztp_dns_name(ctx, "EX4200-17", name, text, sizeof text, NULL), SZTP_ERR_LIMIT,
                   "255");
  sztp_dns_t *q = NULL;
  assert_int_equal(sztp_dns_new(ctx, 15, 0, "a", 1, 0, &q), SZTP_ERR_ARG);
  assert_int_equal(sztp_dns_new(ctx, SZTP_DNS_A, 2, "a", 1, 0, &q), SZTP_ERR_ARG);
  assert_int_equal(sztp_dns_new(ctx, SZTP_DNS_A, 0, "a", 1, 65536, &q), SZTP_ERR_ARG);
  test_ctx_free(&m, ctx);
}

/* What is changed in a message that is right otherwise. */
enum {
  AS_IT_IS,
  OTHER_ID,
  NO_QUESTION,
  TWO_QUESTIONS,
  OTHER_NAME,
  OTHER_TYPE,
  OTHER_CLASS,
  OTHER_CASE,
  A_QUESTION,
  OPCODE,
  NXDOMAIN,
  SERVFAIL,
  REFUSED,
  FORMERR,
  BARE_FORMERR,
  NOTIMP,
  TRUNCATED,
  OTHER_BITS, /* AA, RD, RA, Z, AD, CD */
  NO_RECORD,
  CHANGES
};

static void change(dns_message_t *m, int what) {
  static const unsigned flags[CHANGES] = {
      [A_QUESTION] = 0x0100, [OPCODE] = 0xa400,    [NXDOMAIN] = 0x8183,     [SERVFAIL] = 0x8182,
      [REFUSED] = 0x8185,    [FORMERR] = 0x8181,   [BARE_FORMERR] = 0x8181, [NOTIMP] = 0x8184,
      [TRUNCATED] = 0x8600,  [OTHER_BITS] = 0x85f0};
  const char *name = what == OTHER_NAME ? "EX4200-18._sztp.example.net" : OWNER;
  if (what == OTHER_CASE) name = "ex4200-17._SZTP.Example.NET";
  dns_begin(m, what == OTHER_ID ? 0x1235 : 0x1234, flags[what] != 0 ? flags[what] : 0x8180);
  if (what == A_QUESTION) m->data[2] = 1;
  if (what != NO_QUESTION && what != BARE_FORMERR)
    dns_question(m, name, what == OTHER_TYPE ? SZTP_DNS_SRV : SZTP_DNS_TXT, what == OTHER_CLASS ? 3 : DNS_IN);
  if (what == TWO_QUESTIONS) dns_question(m, name, SZTP_DNS_TXT, DNS_IN);
  if (what != NO_RECORD && what != BARE_FORMERR) dns_txt(m, OWNER, "ci", "0", 1, 255);
}

/* DNS-22, DNS-23, DNS-24, DNS-28: what counts as an answer, by unicast and by multicast */
static void test_matching(void **state) {
  static const struct {
    int32_t unicast;
    const char *detail;
    int32_t multicast;
  } expected[CHANGES] = {
      [AS_IT_IS] = {0, NULL, SZTP_PENDING},
      [OTHER_ID] = {SZTP_ERR_DNS, "identifier 1235, expected 1234", SZTP_PENDING},
      [NO_QUESTION] = {SZTP_ERR_DNS, "does not repeat", SZTP_PENDING},
      [TWO_QUESTIONS] = {SZTP_ERR_DNS, "does not repeat", SZTP_PENDING},
      [OTHER_NAME] = {SZTP_ERR_DNS, "another question", SZTP_PENDING},
      [OTHER_TYPE] = {SZTP_ERR_DNS, "another question", SZTP_PENDING},
      [OTHER_CLASS] = {SZTP_ERR_DNS, "another question", SZTP_PENDING},
      [OTHER_CASE] = {0, NULL, SZTP_PENDING},
      [A_QUESTION] = {SZTP_ERR_DNS, "it is a question", SZTP_ERR_DNS},
      [OPCODE] = {SZTP_ERR_DNS, "opcode", SZTP_ERR_DNS},
      [NXDOMAIN] = {SZTP_ERR_NOT_FOUND, "NXDOMAIN (3)", SZTP_ERR_DNS},
      [SERVFAIL] = {SZTP_ERR_SERVER_FAIL, "SERVFAIL (2)", SZTP_ERR_DNS},
      [REFUSED] = {SZTP_ERR_SERVER_FAIL, "REFUSED (5)", SZTP_ERR_DNS},
      [FORMERR] = {SZTP_ERR_UNSUPPORTED, "FORMERR (1)", SZTP_ERR_DNS},
      [BARE_FORMERR] = {SZTP_ERR_UNSUPPORTED, "FORMERR (1)", SZTP_ERR_DNS},
      [NOTIMP] = {SZTP_ERR_UNSUPPORTED, "NOTIMP (4)", SZTP_ERR_DNS},
      [TRUNCATED] = {SZTP_ERR_TRUNCATED, "did not fit", SZTP_PENDING},
      [OTHER_BITS] = {0, NULL, SZTP_PENDING},
      [NO_RECORD] = {SZTP_ERR_NOT_FOUND, "no TXT record", SZTP_ERR_NOT_FOUND},
  };
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (int what = 0; what < CHANGES; what++) {
    change(m, what);
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST, OWNER, 0x1234);
    int32_t rc = add(q, m);
    assert_int_equal(rc, expected[what].unicast);
    if (rc < 0) test_expect_fail(ctx, rc, expected[what].unicast, expected[what].detail);
    assert_int_equal(sztp_dns_answers(q), rc == 0);
    if (rc < 0) { /* waiting goes on: the true answer is still taken */
      change(m, AS_IT_IS);
      assert_int_equal(add(q, m), 0);
    }
    test_expect_fail(ctx, add(q, m), SZTP_ERR_DNS, "answered before");
    sztp_dns_free(q);
    change(m, what);
    q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_MULTICAST, OWNER, 0);
    assert_int_equal(add(q, m), expected[what].multicast);
    assert_int_equal(sztp_dns_answers(q), expected[what].multicast >= 0 && what != NO_RECORD);
    sztp_dns_free(q);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-22: a truncated message is told before anybody looks at its broken end */
static void test_truncated(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST, OWNER, 0x1234);
  change(m, TRUNCATED);
  m->len -= 5;
  assert_int_equal(add(q, m), SZTP_ERR_TRUNCATED);
  m->data[2] = (uint8_t)(m->data[2] & ~2);
  assert_int_equal(add(q, m), SZTP_ERR_DNS);
  sztp_dns_free(q);
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-28, DNS-30: class and TTL, where the top bit of one and zero in the other mean something and where not
 */
static void test_class_and_ttl(void **state) {
  static const struct {
    unsigned class_in;
    uint32_t ttl;
    int unicast, multicast;
  } cases[] = {{DNS_IN, 1, 1, 1},       {DNS_IN_FLUSH, 120, 0, 1},  {3, 120, 0, 0},
               {0x8003, 120, 0, 0},     {255, 120, 0, 0},           {DNS_IN, 0, 1, 0},
               {DNS_IN_FLUSH, 0, 0, 0}, {DNS_IN, 0x80000000u, 1, 1}};
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    for (uint32_t how = 0; how < 2; how++) {
      sztp_dns_t *q = ask(ctx, SZTP_DNS_A, how, OWNER, 1);
      dns_begin(m, 1, DNS_RESPONSE);
      dns_question(m, OWNER, SZTP_DNS_A, DNS_IN);
      size_t start = dns_start(m, DNS_ANSWER, OWNER, SZTP_DNS_A, cases[i].class_in, cases[i].ttl);
      dns_octets(m, "\xc0\0\2\1", 4);
      dns_end(m, start);
      int taken = how == SZTP_DNS_UNICAST ? cases[i].unicast : cases[i].multicast;
      assert_int_equal(add(q, m), taken ? 0 : SZTP_ERR_NOT_FOUND);
      assert_int_equal(sztp_dns_answers(q), taken);
      sztp_dns_free(q);
    }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-29: a multicast message of up to 9000 octets, a unicast one of up to 65535 */
static void test_sizes(void **state) {
  static const struct {
    uint32_t how;
    size_t len;
    int fits;
  } cases[] = {{SZTP_DNS_MULTICAST, 8900, 1}, {SZTP_DNS_MULTICAST, 9000, 1}, {SZTP_DNS_MULTICAST, 9001, 0},
               {SZTP_DNS_UNICAST, 9001, 1},   {SZTP_DNS_UNICAST, 65535, 1},  {SZTP_DNS_UNICAST, 65536, 0}};
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  uint8_t *value = malloc(66000);
  memset(value, 0x30, 66000);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    dns_begin(m, 7, DNS_RESPONSE);
    dns_question(m, OWNER, SZTP_DNS_TXT, DNS_IN);
    dns_pointer(m, 12);
    size_t start = dns_start_unnamed(m, DNS_ANSWER, SZTP_DNS_TXT, DNS_IN, 120);
    dns_octets(m, "\3ci=", 4);
    while (m->len < cases[i].len) {
      size_t room = cases[i].len - m->len - 1;
      uint8_t n = (uint8_t)(room < 255 ? room : 255);
      dns_octets(m, &n, 1);
      dns_octets(m, value, n);
    }
    dns_end(m, start);
    assert_int_equal(m->len, cases[i].len);
    memory.peak = memory.octets;
    size_t before = memory.octets;
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, cases[i].how, OWNER, 7);
    int32_t rc = add(q, m);
    assert_true(memory.peak <
                before + cases[i].len + 4096); /* the value, and what is known of the question */
    if (!cases[i].fits) {
      test_expect_fail(ctx, rc, SZTP_ERR_DNS, "longer than");
    } else {
      sztp_bundle_t *bundle = NULL;
      const uint8_t *data = NULL;
      size_t len = 0;
      size_t strings = (cases[i].len - start - 4 + 255) / 256;
      assert_int_equal(rc, cases[i].how == SZTP_DNS_UNICAST ? 0 : SZTP_PENDING);
      assert_int_equal(sztp_dns_bundle(q, 0, &bundle), 0);
      assert_int_equal(sztp_bundle_get(bundle, SZTP_ARTIFACT_CONVEYED_INFO, &data, &len), 0);
      assert_int_equal(len, cases[i].len - start - 4 - strings);
      assert_memory_equal(data, value, len);
      sztp_bundle_free(bundle);
    }
    sztp_dns_free(q);
  }
  free(value);
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-32: CNAME records of the same message are followed, eight of them, by unicast */
static void test_cname(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (int links = 0; links <= 10; links++)
    for (int backwards = 0; backwards < 2; backwards++) {
      char from[32], to[32];
      sztp_dns_t *q = ask(ctx, SZTP_DNS_A, SZTP_DNS_UNICAST, "h0.d", 1);
      dns_begin(m, 1, 0x8180);
      dns_question(m, "h0.d", SZTP_DNS_A, DNS_IN);
      (void)snprintf(to, sizeof to, "H%d.d", links);
      if (backwards) dns_address(m, DNS_ANSWER, to, "\xc0\0\2\1", 4);
      for (int i = 0; i < links; i++) { /* in whatever order */
        int n = backwards ? links - 1 - i : i;
        (void)snprintf(from, sizeof from, "h%d.d", n);
        (void)snprintf(to, sizeof to, "h%d.D", n + 1);
        dns_cname(m, from, to);
      }
      (void)snprintf(to, sizeof to, "h%d.d", links);
      if (!backwards) dns_address(m, DNS_ANSWER, to, "\xc0\0\2\1", 4);
      int32_t rc = add(q, m);
      assert_int_equal(rc, links <= 8 ? 0 : SZTP_ERR_DNS);
      if (rc < 0) test_expect_fail(ctx, rc, SZTP_ERR_DNS, "more than 8 CNAME");
      sztp_dns_free(q);
      q = ask(ctx, SZTP_DNS_A, SZTP_DNS_MULTICAST, "h0.d", 1); /* where there is no such thing */
      assert_int_equal(add(q, m), links == 0 ? 0 : SZTP_ERR_NOT_FOUND);
      sztp_dns_free(q);
    }
  sztp_dns_t *q = ask(ctx, SZTP_DNS_A, SZTP_DNS_UNICAST, "a.d", 1);
  dns_begin(m, 1, 0x8180); /* in a circle */
  dns_question(m, "a.d", SZTP_DNS_A, DNS_IN);
  dns_cname(m, "a.d", "b.d");
  dns_cname(m, "b.d", "a.d");
  dns_address(m, DNS_ANSWER, "a.d", "\xc0\0\2\1", 4);
  test_expect_fail(ctx, add(q, m), SZTP_ERR_DNS, "more than 8 CNAME");
  dns_begin(m, 1, 0x8180); /* to nowhere */
  dns_question(m, "a.d", SZTP_DNS_A, DNS_IN);
  dns_cname(m, "a.d", "b.d");
  test_expect_fail(ctx, add(q, m), SZTP_ERR_NOT_FOUND, "no A record");
  sztp_dns_free(q);
  free(m);
  test_ctx_free(&memory, ctx);
}

/* Addresses, IPv4 and IPv6, as text; link-local ones with the link they came by. DNS-18: whose they are */
static void test_addresses(void **state) {
  static const struct {
    const char *octets;
    const char *text; /* NULL: left out */
  } cases[] = {{"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", "2001:db8::1"},
               {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "::"},
               {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", "::1"},
               {"\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "ff02::"},
               {"\x20\x01\0\0\0\1\0\0\0\0\0\1\0\1\0\1", "2001:0:1::1:1:1"},
               {"\x20\x01\0\1\0\0\0\1\0\2\0\3\0\4\0\5", "2001:1:0:1:2:3:4:5"},
               {"\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x66", "fe80::66%eth0"},
               {"\xfe\xc0\0\0\0\0\0\0\0\0\0\0\0\0\0\x66", "fec0::66"},
               {"\xfe\xbf\0\0\0\0\0\0\0\0\0\0\0\0\0\x66", "febf::66%eth0"}};
  static const char responder[] = "192.0.2.9%eth0";
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  const char *text = NULL;
  size_t len = 0;
  dns_begin(m, 0, DNS_RESPONSE);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    dns_address(m, DNS_ANSWER, "boot.local", cases[i].octets, 16);
    dns_address(m, DNS_ANSWER, "Boot.LOCAL", cases[i].octets, 16); /* the same once more */
    dns_address(m, DNS_ANSWER, "other.local", "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x99", 16);
    dns_address(m, DNS_ANSWER, "boot.local", "\xc0\0\2\1", 4);
  }
  dns_address(m, DNS_ADDITIONAL, "boot.local", "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x77", 16);
  for (int zoned = 0; zoned < 2; zoned++) {
    size_t n = 0;
    sztp_dns_t *q = ask(ctx, SZTP_DNS_AAAA, SZTP_DNS_MULTICAST, "boot.local", 0);
    assert_int_equal(sztp_dns_add(q, responder, zoned ? strlen(responder) : 9, m->data, m->len), 0);
    assert_int_equal(sztp_dns_answers(q), 1);
    for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
      if (!zoned && strchr(cases[i].text, '%') != NULL) continue;
      assert_int_equal(sztp_dns_address(q, 0, n++, &text, &len), 0);
      assert_string_equal(text, cases[i].text);
      assert_int_equal(len, strlen(text));
    }
    assert_int_equal(sztp_dns_address(q, 0, n, &text, &len), SZTP_ERR_NOT_FOUND);
    assert_int_equal(sztp_dns_address(q, 1, 0, &text, &len), SZTP_ERR_NOT_FOUND);
    assert_int_equal(sztp_dns_responder(q, 0, &text, &len), 0);
    assert_int_equal(len, zoned ? strlen(responder) : 9);
    assert_memory_equal(text, responder, len);
    assert_int_equal(sztp_dns_responder(q, 1, &text, &len), SZTP_ERR_NOT_FOUND);
    sztp_dns_free(q);
  }
  sztp_dns_t *q = ask(ctx, SZTP_DNS_A, SZTP_DNS_MULTICAST, "boot.local", 0);
  assert_int_equal(sztp_dns_add(q, "", 0, m->data, m->len), 0);
  assert_int_equal(sztp_dns_address(q, 0, 0, &text, &len), 0);
  assert_string_equal(text, "192.0.2.1");
  assert_int_equal(sztp_dns_address(q, 0, 1, &text, &len), SZTP_ERR_NOT_FOUND);
  sztp_dns_free(q);
  dns_begin(m, 0, DNS_RESPONSE); /* no more than 32 */
  for (uint8_t i = 0; i < 40; i++) {
    uint8_t octets[4] = {192, 0, 2, i};
    dns_address(m, DNS_ANSWER, "boot.local", octets, 4);
  }
  q = ask(ctx, SZTP_DNS_A, SZTP_DNS_MULTICAST, "boot.local", 0);
  assert_int_equal(sztp_dns_add(q, "", 0, m->data, m->len), 0);
  assert_int_equal(sztp_dns_address(q, 0, 31, &text, &len), 0);
  assert_string_equal(text, "192.0.2.31");
  assert_int_equal(sztp_dns_address(q, 0, 32, &text, &len), SZTP_ERR_NOT_FOUND);
  sztp_dns_free(q);
  free(m);
  test_ctx_free(&memory, ctx);
}

static int32_t ask_and_hear(sztp_ctx_t *ctx, void *user) {
  const dns_message_t *m = user;
  sztp_dns_t *q = NULL;
  int32_t rc = sztp_dns_new(ctx, SZTP_DNS_A, SZTP_DNS_MULTICAST, "boot.local", 10, 0, &q);
  if (rc < 0) return rc;
  rc = sztp_dns_add(q, "192.0.2.9", 9, m->data, m->len);
  /* the same call again makes up for what is missing */
  if (rc == SZTP_ERR_MEMORY) assert_int_equal(sztp_dns_add(q, "192.0.2.9", 9, m->data, m->len), 0);
  assert_int_equal(sztp_dns_answers(q), 1);
  const char *text = NULL;
  size_t len = 0;
  assert_int_equal(sztp_dns_address(q, 0, 1, &text, &len), 0);
  assert_int_equal(sztp_dns_address(q, 0, 2, &text, &len), SZTP_ERR_NOT_FOUND);
  sztp_dns_free(q);
  return rc;
}

/* SEC-05 */
static void test_memory(void **state) {
  (void)state;
  dns_message_t *m = malloc(sizeof *m);
  dns_begin(m, 0, DNS_RESPONSE);
  dns_address(m, DNS_ANSWER, "boot.local", "\xc0\0\2\1", 4);
  dns_address(m, DNS_ANSWER, "boot.local", "\xc0\0\2\2", 4);
  assert_true(test_every_allocation(ask_and_hear, m) >= 6);
  free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_question), cmocka_unit_test(test_serial),    cmocka_unit_test(test_names),
      cmocka_unit_test(test_matching), cmocka_unit_test(test_truncated), cmocka_unit_test(test_class_and_ttl),
      cmocka_unit_test(test_sizes),    cmocka_unit_test(test_cname),     cmocka_unit_test(test_addresses),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
