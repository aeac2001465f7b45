/* SPDX-License-Identifier: Apache-2.0 */
/* What TXT and SRV records mean (DNS group): artifacts, and bootstrap servers in their order. */
#include "common/dns_message.h"
#include "common/testing.h"

#define OWNER "EX4200-17._sztp.example.net"
#define SRV   "_sztp._tcp.example.net"

static sztp_dns_t *ask(sztp_ctx_t *ctx, uint32_t type, uint32_t how) {
  sztp_dns_t *q = NULL;
  const char *name = type == SZTP_DNS_TXT ? OWNER : SRV;
  assert_int_equal(sztp_dns_new(ctx, type, how, name, strlen(name), 1, &q), 0);
  return q;
}

static void begin(dns_message_t *m, uint32_t type) {
  dns_begin(m, 1, DNS_RESPONSE);
  dns_question(m, type == SZTP_DNS_TXT ? OWNER : SRV, type, DNS_IN);
}

static int32_t add(sztp_dns_t *q, const char *responder, const dns_message_t *m) {
  return sztp_dns_add(q, responder, strlen(responder), m->data, m->len);
}

static void expect_artifact(const sztp_bundle_t *bundle, uint32_t artifact, const void *value, size_t len) {
  const uint8_t *data = NULL;
  size_t n = 0;
  int32_t rc = sztp_bundle_get(bundle, artifact, &data, &n);
  assert_int_equal(rc, value == NULL ? SZTP_ERR_NOT_FOUND : 0);
  if (value == NULL) return;
  assert_int_equal(n, len);
  assert_memory_equal(data, value, len);
}

/* ---- TXT ----------------------------------------------------------------------------------------- */

/* The RDATA and artifact of the wire examples, sections 10 and 7.1 */
static const uint8_t example[] = "\x3c"
                                 "ci=0F\x06\x0b*\x86H\x86\xf7\x0d\x01\x09\x10\x01+\xa0"
                                 "7\x04"
                                 "5{\"ietf-sztp-conveyed-info:onboarding-i\x0fnformation\":{}}";

/* DNS-07, DNS-08 (D-18): strings are put together, wherever they were cut, and split at the first '=' */
static void test_strings(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  uint8_t value[3000];
  for (size_t i = 0; i < sizeof value; i++) value[i] = (uint8_t)(i * 7 + i / 256);
  value[0] = 0x30;
  static const size_t chunks[] = {1, 2, 3, 4, 5, 60, 254, 255};
  for (size_t i = 0; i < TEST_COUNT_OF(chunks); i++) {
    sztp_bundle_t *bundle = NULL;
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST);
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, "ci", value, sizeof value, chunks[i]);
    assert_int_equal(add(q, "", m), 0);
    assert_int_equal(sztp_dns_bundle(q, 0, &bundle), 0);
    expect_artifact(bundle, SZTP_ARTIFACT_CONVEYED_INFO, value, sizeof value);
    expect_artifact(bundle, SZTP_ARTIFACT_OWNER_CERT, NULL, 0);
    sztp_bundle_free(bundle);
    test_expect_fail(ctx, sztp_dns_bundle(q, 0, &bundle), SZTP_ERR_NOT_FOUND,
                     "no TXT record"); /* given out */
    sztp_dns_free(q);
  }
  sztp_bundle_t *bundle = NULL;
  sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST);
  begin(m, SZTP_DNS_TXT);
  size_t start = dns_start(m, DNS_ANSWER, OWNER, SZTP_DNS_TXT, DNS_IN, 3600);
  dns_octets(m, example, sizeof example - 1);
  dns_octets(m, "\0", 1); /* an empty string adds nothing */
  dns_end(m, start);
  assert_int_equal(sizeof example - 1, 77);
  assert_int_equal(add(q, "", m), 0);
  assert_int_equal(sztp_dns_bundle(q, 0, &bundle), 0);
  uint8_t artifact[72];
  memcpy(artifact, example + 4, 57);
  memcpy(artifact + 57, example + 62, 15);
  expect_artifact(bundle, SZTP_ARTIFACT_CONVEYED_INFO, artifact, sizeof artifact);
  sztp_bundle_free(bundle);
  sztp_dns_free(q);
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-07: three records, in any order, are one set */
static void test_set(void **state) {
  static const char *const keys[] = {"ci", "oc", "ov"};
  static const char *const values[] = {"0ci", "0oc", "0ov"};
  static const uint32_t kinds[] = {SZTP_ARTIFACT_CONVEYED_INFO, SZTP_ARTIFACT_OWNER_CERT,
                                   SZTP_ARTIFACT_VOUCHER};
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (size_t order = 0; order < 6; order++) {
    sztp_bundle_t *bundle = NULL;
    size_t first = order / 2;
    size_t second = (first + 1 + order % 2) % 3;
    size_t at[3] = {first, second, 3 - first - second};
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST);
    begin(m, SZTP_DNS_TXT);
    for (size_t i = 0; i < 3; i++) dns_txt(m, OWNER, keys[at[i]], values[at[i]], 3, 255);
    assert_int_equal(add(q, "", m), 0);
    assert_int_equal(sztp_dns_bundle(q, 0, &bundle), 0);
    for (size_t i = 0; i < 3; i++) expect_artifact(bundle, kinds[i], values[i], 3);
    sztp_bundle_free(bundle);
    sztp_dns_free(q);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

struct txt_case {
  const char *record; /* all strings, as they stand in the data, but for lengths: '|' divides them */
  size_t len;
  const char *value; /* NULL: the record is ignored */
  size_t value_len;
};
#define RECORD(record, value)                                                                                \
  { record, sizeof(record) - 1, value, sizeof(value) - 1 }
#define IGNORED(record)                                                                                      \
  { record, sizeof(record) - 1, NULL, 0 }

/* DNS-09, DNS-10: keys, values, and what is no key with a value */
static void test_keys(void **state) {
  static const struct txt_case cases[] = {RECORD("CI=0a", "0a"),
                                          RECORD("cI=0=", "0="),
                                          RECORD("Ci=0\"\0 =x=", "0\"\0 =x="),
                                          RECORD("c|i|=|0|=|a", "0=a"),
                                          RECORD("ci=0\xff", "0\xff"),
                                          IGNORED("v=1"),
                                          IGNORED("ci"),
                                          IGNORED("=x"),
                                          IGNORED("ci="),
                                          IGNORED("ci|="),
                                          IGNORED("ci =0a"),
                                          IGNORED(" ci=0a"),
                                          IGNORED("cix=0a"),
                                          IGNORED("c=0a"),
                                          IGNORED("cj=0a"),
                                          IGNORED("\xc3\xa9=0"),
                                          IGNORED("#i=0a"),
                                          IGNORED("CI\0=0a"),
                                          IGNORED("=ci=0a"),
                                          IGNORED("")};
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    const struct txt_case *c = &cases[i];
    sztp_bundle_t *bundle = NULL;
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST);
    begin(m, SZTP_DNS_TXT);
    size_t start = dns_start(m, DNS_ANSWER, OWNER, SZTP_DNS_TXT, DNS_IN, 60);
    for (size_t at = 0; at < c->len;) {
      const char *bar = memchr(c->record + at, '|', c->len - at);
      uint8_t n = (uint8_t)(bar == NULL ? c->len - at : (size_t)(bar - c->record) - at);
      dns_octets(m, &n, 1);
      dns_octets(m, c->record + at, n);
      at += (size_t)n + 1;
    }
    dns_end(m, start);
    dns_txt(m, OWNER, "oc", "0", 1, 255); /* a good one beside it */
    assert_int_equal(add(q, "", m), 0);
    int32_t rc = sztp_dns_bundle(q, 0, &bundle);
    if (c->value == NULL) {
      test_expect_fail(ctx, rc, SZTP_ERR_NOT_FOUND, "conveyed information");
    } else {
      assert_int_equal(rc, 0);
      expect_artifact(bundle, SZTP_ARTIFACT_CONVEYED_INFO, c->value, c->value_len);
      expect_artifact(bundle, SZTP_ARTIFACT_OWNER_CERT, "0", 1);
    }
    sztp_bundle_free(bundle);
    sztp_dns_free(q);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-12 (D-20): DER, base64 of DER, nothing else */
static void test_base64(void **state) {
  static const struct {
    const char *text, *value;
  } cases[] = {{"MAMCAQA=", "\x30\x03\x02\x01"},
               {"MAMC\r\nAQA=\n", "\x30\x03\x02\x01"},
               {"0AMCAQA=", "0AMCAQA="}, /* 0x30 is DER's first octet, and no base64 of it begins so */
               {"3003020100", NULL},     /* hex */
               {"AgEA", NULL},           /* base64, but of no SEQUENCE */
               {"MAMCAQA", NULL},
               {"MAMCAQB=", NULL},
               {"MAMC*QA=", NULL},
               {"-----BEGIN CMS-----\nMAMCAQA=\n-----END CMS-----\n", NULL},
               {"{}", NULL}};
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp_bundle_t *bundle = NULL;
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST);
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, "ci", "0", 1, 255);
    dns_txt(m, OWNER, "ov", cases[i].text, strlen(cases[i].text), 4);
    assert_int_equal(add(q, "", m), 0);
    int32_t rc = sztp_dns_bundle(q, 0, &bundle);
    if (cases[i].value == NULL) {
      test_expect_fail(ctx, rc, SZTP_ERR_DNS, "ov: it is neither DER nor base64 of DER");
    } else {
      assert_int_equal(rc, 0);
      /* the NUL that ends the value in the table is the last octet of what is decoded */
      expect_artifact(bundle, SZTP_ARTIFACT_VOUCHER, cases[i].value, cases[i].text[0] == '0' ? 8 : 5);
    }
    sztp_bundle_free(bundle);
    sztp_dns_free(q);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-11 (D-19), DISC-07: a value that is repeated counts once, two values spoil the answer, and only that
 * one */
static void test_repeated(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  sztp_bundle_t *bundle = NULL;
  sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST);
  begin(m, SZTP_DNS_TXT);
  dns_txt(m, OWNER, "ci", "0123", 4, 255);
  dns_txt(m, OWNER, "CI", "0123", 4, 2);
  dns_txt(m, OWNER, "ov", "0\3\2\1", 4, 255);
  dns_txt(m, OWNER, "ov", "MAMCAQ==", 8, 255); /* the same in base64 */
  assert_int_equal(add(q, "", m), 0);
  assert_int_equal(sztp_dns_bundle(q, 0, &bundle), 0);
  expect_artifact(bundle, SZTP_ARTIFACT_CONVEYED_INFO, "0123", 4);
  sztp_bundle_free(bundle);
  sztp_dns_free(q);
  q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST);
  begin(m, SZTP_DNS_TXT);
  dns_txt(m, OWNER, "ci", "0123", 4, 255);
  dns_txt(m, OWNER, "ov", "01", 2, 255);
  dns_txt(m, OWNER, "ov", "02", 2, 255);
  assert_int_equal(add(q, "", m), 0);
  test_expect_fail(ctx, sztp_dns_bundle(q, 0, &bundle), SZTP_ERR_DNS, "ov: there are two different values");
  sztp_dns_free(q);

  /* by multicast: a liar with two values, one with a part only, and the true one in three messages that the
   * others' messages stand between */
  q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_MULTICAST);
  begin(m, SZTP_DNS_TXT);
  dns_txt(m, OWNER, "ci", "0liar", 5, 255);
  dns_txt(m, OWNER, "ci", "0other", 6, 255);
  dns_txt(m, OWNER, "oc", "0", 1, 255);
  dns_txt(m, OWNER, "ov", "0", 1, 255);
  assert_int_equal(add(q, "192.0.2.66%eth0", m), SZTP_PENDING);
  static const char *const keys[] = {"ov", "ci", "oc"};
  static const char *const values[] = {"0voucher", "0info", "0owner"};
  for (size_t i = 0; i < 3; i++) {
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, keys[i], values[i], strlen(values[i]), 255);
    assert_int_equal(add(q, "192.0.2.1%eth0", m), i < 2 ? SZTP_PENDING : 0); /* now it is whole (DNS-26) */
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, "oc", "0", 1, 255);
    assert_int_equal(add(q, "192.0.2.1%eth1", m), SZTP_PENDING); /* the same address on another link */
  }
  assert_int_equal(sztp_dns_answers(q), 3);
  test_expect_fail(ctx, sztp_dns_bundle(q, 0, &bundle), SZTP_ERR_DNS, "ci: there are two different values");
  test_expect_fail(ctx, sztp_dns_bundle(q, 2, &bundle), SZTP_ERR_NOT_FOUND, "conveyed information");
  assert_int_equal(sztp_dns_bundle(q, 1, &bundle), 0);
  expect_artifact(bundle, SZTP_ARTIFACT_CONVEYED_INFO, "0info", 5);
  expect_artifact(bundle, SZTP_ARTIFACT_OWNER_CERT, "0owner", 6);
  expect_artifact(bundle, SZTP_ARTIFACT_VOUCHER, "0voucher", 8);
  sztp_bundle_free(bundle);
  test_expect_fail(ctx, sztp_dns_bundle(q, 3, &bundle), SZTP_ERR_NOT_FOUND, "");
  sztp_dns_free(q);
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-26: what is not signed needs nothing else; what is signed, encrypted or broken may need more */
static void test_complete(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  static const char *const objects[] = {
      "\x06\x0b*\x86H\x86\xf7\x0d\x01\x09\x10\x01+\xa0\x04\x04\x02{}", /* in clear */
      "\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x01\xa0\x04\x04\x02{}",
      "\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x03\xa0\x02\x30", /* encrypted */
      "\x04\x03nix"};
  static const size_t lens[] = {19, 17, 15, 5};
  static const int32_t expected[] = {0, 0, SZTP_PENDING, SZTP_PENDING};
  for (size_t i = 0; i < TEST_COUNT_OF(objects); i++) {
    uint8_t ci[64] = {0x30, (uint8_t)lens[i]};
    memcpy(ci + 2, objects[i], lens[i]);
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_MULTICAST);
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, "ci", ci, lens[i] + 2, 255);
    assert_int_equal(add(q, "a", m), expected[i]);
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, "ov", "0", 1, 255);
    assert_int_equal(add(q, "a", m), expected[i]);
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, "oc", "0", 1, 255);
    assert_int_equal(add(q, "a", m), 0);
    sztp_dns_free(q);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* SEC-06: artifacts above their limits */
static void test_artifact_limit(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_VOUCHER, 100), 0);
  uint8_t value[101];
  memset(value, 0x30, sizeof value);
  for (size_t len = 100; len < 102; len++) {
    sztp_bundle_t *bundle = NULL;
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST);
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, "ci", "0", 1, 255);
    dns_txt(m, OWNER, "ov", value, len, 255);
    assert_int_equal(add(q, "", m), 0);
    int32_t rc = sztp_dns_bundle(q, 0, &bundle);
    if (len == 100)
      assert_int_equal(rc, 0);
    else
      test_expect_fail(ctx, rc, SZTP_ERR_LIMIT, "ov: it has more octets");
    sztp_bundle_free(bundle);
    sztp_dns_free(q);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-11: at most 96 responders are kept, and those that are kept are heard on. The first half stays, however
 * many come later; who comes later takes a place of the other half by chance, fairly. */
static void test_responders(void **state) {
  (void)state;
  unsigned kept_of[4] = {0, 0, 0, 0}; /* quarters of 192 responders */
  for (unsigned run = 0; run < 50; run++) {
    test_memory_t memory;
    sztp_ctx_t *ctx = test_ctx_new(&memory);
    dns_message_t *m = malloc(sizeof *m);
    sztp_dns_t *q = ask(ctx, SZTP_DNS_TXT, SZTP_DNS_MULTICAST);
    begin(m, SZTP_DNS_TXT);
    dns_txt(m, OWNER, "ci", "0", 1, 255);
    for (int i = 0; i < 192; i++) {
      char responder[16];
      (void)snprintf(responder, sizeof responder, "10.0.0.%d", i);
      int32_t rc = add(q, responder, m);
      if (i < 96)
        assert_int_equal(rc, SZTP_PENDING);
      else if (rc != SZTP_PENDING)
        test_expect_fail(ctx, rc, SZTP_ERR_LIMIT, "more than 96 responders");
    }
    assert_int_equal(add(q, "10.0.0.3", m), SZTP_PENDING);
    assert_int_equal(sztp_dns_answers(q), 96);
    for (size_t i = 0; i < 96; i++) {
      const char *from = NULL;
      size_t len = 0;
      assert_int_equal(sztp_dns_responder(q, i, &from, &len), SZTP_OK);
      kept_of[atoi(from + strlen("10.0.0.")) / 48]++;
    }
    sztp_dns_free(q);
    free(m);
    test_ctx_free(&memory, ctx);
  }
  assert_int_equal(kept_of[0], 50 * 48);
  for (size_t i = 1; i < 4; i++)
    assert_in_range(kept_of[i], 50 * 16 - 150, 50 * 16 + 150); /* 16 of 48 each */
}

/* ---- SRV ----------------------------------------------------------------------------------------- */

/* Random octets as the test wants them: one number of four octets per draw. */
typedef struct numbers {
  const uint32_t *v;
  size_t n, next;
  int fails;
} numbers_t;

static int32_t draw(void *user, uint8_t *out, size_t len) {
  numbers_t *numbers = user;
  if (numbers->fails) return -1;
  assert_int_equal(len, 4);
  assert_true(numbers->next < numbers->n);
  uint32_t v = numbers->v[numbers->next++];
  for (size_t i = 0; i < 4; i++) out[i] = (uint8_t)(v >> (24 - 8 * i));
  return 0;
}

/* The servers as "a:1 b:2". */
static const char *servers(sztp_dns_t *q, size_t index) {
  static char text[4096];
  sztp_info_t *info = NULL;
  text[0] = 0;
  if (sztp_dns_info(q, index, &info) < 0) return "";
  assert_int_equal(sztp_info_kind(info), SZTP_INFO_REDIRECT);
  for (size_t i = 0; i < sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS); i++) {
    const uint8_t *host = NULL;
    size_t len = 0, at = strlen(text);
    int64_t port = 0;
    assert_int_equal(sztp_info_bytes(info, SZTP_INFO_SERVER_ADDRESS, i, &host, &len), 0);
    assert_int_equal(sztp_info_i64(info, SZTP_INFO_SERVER_PORT, i, &port), 0);
    (void)snprintf(text + at, sizeof text - at, "%s%.*s:%u", i == 0 ? "" : " ", (int)len, (const char *)host,
                   (unsigned)port);
    assert_int_equal(sztp_info_bytes(info, SZTP_INFO_SERVER_ANCHOR, i, &host, &len),
                     SZTP_ERR_NOT_FOUND); /* DNS-14 */
  }
  sztp_info_free(info);
  return text;
}

/* DNS-14, DNS-15, DNS-16: priorities, and weights with numbers that were drawn by hand */
static void test_order(void **state) {
  static const uint32_t fair[] = {7, 4};
  static const uint32_t zero_first[] = {0, 4};
  static const uint32_t last[] = {10, 9, 4};
  static const uint32_t beyond[] = {0xffffffff, 3};
  static const struct {
    const char *records; /* priority weight target, ... */
    const uint32_t *numbers;
    size_t count;
    const char *order;
  } cases[] = {
      {"10 0 c 0 0 a 5 0 b", NULL, 0, "a:443 b:443 c:443"},
      {"65535 65535 b 0 65535 a", NULL, 0, "a:443 b:443"},
      {"1 0 b 1 0 a", NULL, 0, "b:443 a:443"}, /* nothing to choose by */
      /* running sums 2, 6, 10: 7 is c; then 2, 6: 4 is b */
      {"1 2 a 1 4 b 1 4 c", fair, 2, "c:443 b:443 a:443"},
      /* z in front, running sums 0, 3, 8: 0 is z; then 3, 8: 4 is b */
      {"1 3 a 1 0 z 1 5 b", zero_first, 2, "z:443 b:443 a:443"},
      /* running sums 0, 1, 5, 10: 10 is c, 9 of 0 to 5 is 3 (b), 4 of 0 to 1 is 0 (z) */
      {"1 1 a 1 4 b 1 5 c 1 0 z", last, 3, "c:443 b:443 z:443 a:443"},
      /* numbers from which a fair one can't be made are drawn again: sum 4, 2^32 is not a multiple of 5 */
      {"1 1 a 1 3 b", beyond, 2, "b:443 a:443"},
  };
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    unsigned priority = 0, weight = 0;
    char target[16];
    int used = 0;
    numbers_t numbers = {cases[i].numbers, cases[i].count, 0, 0};
    assert_int_equal(sztp_ctx_set_random(ctx, draw, &numbers), 0);
    begin(m, SZTP_DNS_SRV);
    for (const char *p = cases[i].records; sscanf(p, "%u %u %15s%n", &priority, &weight, target, &used) == 3;
         p += used)
      dns_srv(m, SRV, priority, weight, 443, target);
    sztp_dns_t *q = ask(ctx, SZTP_DNS_SRV, SZTP_DNS_UNICAST);
    assert_int_equal(add(q, "", m), 0);
    assert_string_equal(servers(q, 0), cases[i].order);
    assert_int_equal(numbers.next, numbers.n);
    sztp_dns_free(q);
  }
  /* SEC-09: without random numbers there is no order */
  numbers_t broken = {NULL, 0, 0, 1};
  sztp_info_t *info = NULL;
  assert_int_equal(sztp_ctx_set_random(ctx, draw, &broken), 0);
  sztp_dns_t *q = ask(ctx, SZTP_DNS_SRV, SZTP_DNS_UNICAST);
  assert_int_equal(add(q, "", m), 0);
  test_expect_fail(ctx, sztp_dns_info(q, 0, &info), SZTP_ERR_RANDOM, "");
  sztp_dns_free(q);
  free(m);
  test_ctx_free(&memory, ctx);
}

/* A generator that gives the same numbers in every run of the test (xorshift64). */
static int32_t mix(void *user, uint8_t *out, size_t len) {
  uint64_t *x = user;
  for (size_t i = 0; i < len; i++) {
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    out[i] = (uint8_t)(*x >> 32);
  }
  return 0;
}

/* DNS-16: over many runs, weights 1 and 3 are first about 1:3, as RFC 2782's sum of 0 to 4 has it (2 of 5
 * numbers choose the first), and a weight of 0 beside 9 once in ten */
static void test_statistics(void **state) {
  static const struct {
    unsigned first, second;
    double share; /* of the first */
  } cases[] = {
      {1, 3, 2.0 / 5}, {3, 1, 4.0 / 5}, {0, 9, 1.0 / 10}, {100, 300, 101.0 / 401}, {65535, 65535, 0.5}};
  enum { RUNS = 20000 };
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  uint64_t seed = 88172645463325252u;
  assert_int_equal(sztp_ctx_set_random(ctx, mix, &seed), 0);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    begin(m, SZTP_DNS_SRV);
    dns_srv(m, SRV, 1, cases[i].first, 443, "a");
    dns_srv(m, SRV, 1, cases[i].second, 443, "b");
    sztp_dns_t *q = ask(ctx, SZTP_DNS_SRV, SZTP_DNS_UNICAST);
    assert_int_equal(add(q, "", m), 0);
    int first = 0;
    for (int run = 0; run < RUNS; run++) first += servers(q, 0)[0] == 'a';
    double share = (double)first / RUNS;
    if (share < cases[i].share - 0.018 || share > cases[i].share + 0.018)
      fail_msg("weights %u and %u: the first came first in %.4f of all runs, expected %.4f", cases[i].first,
               cases[i].second, share, cases[i].share);
    sztp_dns_free(q);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-17 (D-21), DNS-18, DNS-20, DNS-21 (D-23), DHCP-16's rule for lists: which records count */
static void test_which(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  sztp_info_t *info = NULL;
  begin(m, SZTP_DNS_SRV);
  dns_srv(m, SRV, 1, 0, 443, "a.example.net");
  dns_srv(m, SRV, 2, 0, 443, "");
  dns_srv(m, SRV, 3, 0, 0, "port-zero.example.net");
  dns_srv(m, "_http._tcp.example.net", 0, 0, 80, "unrelated.example.net");
  dns_srv(m, "_sztp._tcp.example.org", 0, 0, 80, "elsewhere.example.net");
  dns_txt(m, SRV, "a", "b", 1, 255);
  dns_srv(m, SRV, 4, 0, 443, "with space.example.net");
  dns_srv(m, SRV, 4, 0, 443, "a\\.dot.example.net");
  dns_srv(m, SRV, 5, 0, 443, "A.example.NET"); /* the same server again is attempted once */
  dns_srv(m, SRV, 6, 0, 8443, "a.example.net");
  size_t start = dns_start(m, DNS_ANSWER, SRV, SZTP_DNS_SRV, 3, 60); /* another class */
  dns_octets(m, "\0\0\0\0\1\xbb\1x", 9);
  dns_end(m, start);
  start = dns_start(m, DNS_AUTHORITY, SRV, SZTP_DNS_SRV, DNS_IN, 60); /* not in the answer */
  dns_octets(m, "\0\0\0\0\1\xbb\1y", 9);
  dns_end(m, start);
  sztp_dns_t *q = ask(ctx, SZTP_DNS_SRV, SZTP_DNS_UNICAST);
  assert_int_equal(add(q, "", m), 0);
  assert_string_equal(servers(q, 0), "a.example.net:443 a.example.net:8443");
  sztp_dns_free(q);
  /* nothing but the root: there is no such service; nothing usable; no record at all */
  for (int i = 0; i < 3; i++) {
    static const char *const why[] = {"says that it has no bootstrap server", "no usable SRV record",
                                      "no SRV record"};
    begin(m, SZTP_DNS_SRV);
    if (i == 0) dns_srv(m, SRV, 0, 0, 0, "");
    if (i == 1) dns_srv(m, SRV, 0, 0, 0, "a.example.net");
    q = ask(ctx, SZTP_DNS_SRV, SZTP_DNS_UNICAST);
    int32_t rc = add(q, "", m);
    assert_int_equal(rc, i < 2 ? 0 : SZTP_ERR_NOT_FOUND);
    if (i < 2) rc = sztp_dns_info(q, 0, &info);
    test_expect_fail(ctx, rc, SZTP_ERR_NOT_FOUND, why[i]);
    sztp_dns_free(q);
    q = ask(ctx, SZTP_DNS_SRV, SZTP_DNS_MULTICAST); /* somebody else may know better */
    assert_int_equal(add(q, "", m), i < 2 ? SZTP_PENDING : SZTP_ERR_NOT_FOUND);
    sztp_dns_free(q);
  }
  begin(m, SZTP_DNS_SRV); /* 64 are kept */
  for (unsigned i = 0; i < 100; i++) {
    char target[16];
    (void)snprintf(target, sizeof target, "h%u", i);
    dns_srv(m, SRV, i, 0, 443, target);
    dns_srv(m, SRV, i, 0, 443, target); /* said twice */
  }
  q = ask(ctx, SZTP_DNS_SRV, SZTP_DNS_UNICAST);
  assert_int_equal(add(q, "", m), 0);
  assert_int_equal(sztp_dns_info(q, 0, &info), 0);
  assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), 64);
  sztp_info_free(info);
  sztp_dns_free(q);
  free(m);
  test_ctx_free(&memory, ctx);
}

static const char *hints(const sztp_info_t *info, size_t index) {
  const uint8_t *data = NULL;
  size_t len = 0;
  if (sztp_info_bytes(info, SZTP_INFO_SERVER_HINTS, index, &data, &len) < 0) return "-";
  assert_int_equal(data[len], 0);
  return (const char *)data;
}

/* DNS-21, SEC-11: whoever sends records without end that can't be used does not fill the log with them */
static void test_log_flood(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  test_lines_t lines = {"not logged", 0, 0};
  sztp_dns_t *q = NULL;
  assert_int_equal(sztp_ctx_set_log(ctx, SZTP_LOG_WARN, test_count_line, &lines), SZTP_OK);
  assert_int_equal(sztp_dns_new(ctx, SZTP_DNS_SRV, SZTP_DNS_MULTICAST, "x.local", 7, 0, &q), 0);
  dns_begin(m, 0, DNS_RESPONSE);
  for (int i = 0; i < 100; i++) dns_srv(m, "x.local", 1, 1, 0, "boot.local"); /* its port is 0 */
  for (int i = 0; i < 100; i++)
    assert_int_equal(sztp_dns_add(q, "192.0.2.1%a", 11, m->data, m->len), SZTP_PENDING);
  assert_int_equal(lines.all, 9);
  assert_int_equal(lines.with_text, 1);
  sztp_dns_free(q);
  free(m);
  test_ctx_free(&memory, ctx);
}

/* DNS-19, DNS-28: addresses of the additional section, names compressed */
static void test_hints(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  sztp_info_t *info = NULL;
  for (uint32_t how = 0; how < 2; how++) {
    begin(m, SZTP_DNS_SRV);
    size_t example_net = 12 + 11; /* behind "_sztp" and "_tcp" of the question */
    dns_pointer(m, 12);
    size_t start =
        dns_start_unnamed(m, DNS_ANSWER, SZTP_DNS_SRV, how == SZTP_DNS_MULTICAST ? DNS_IN_FLUSH : DNS_IN, 60);
    dns_octets(m, "\0\1\0\0\x20\xfb\5boot1", 12);
    dns_pointer(m, example_net);
    dns_end(m, start);
    size_t target = start + 6;
    dns_srv(m, SRV, 2, 0, 443, "boot2.example.net");
    dns_address(m, DNS_AUTHORITY, "boot2.example.net", "\xc0\0\2\4", 4); /* says nothing here */
    dns_pointer(m, target);
    start = dns_start_unnamed(m, DNS_ADDITIONAL, SZTP_DNS_A, DNS_IN, 60);
    dns_octets(m, "\xc0\0\2\1", 4);
    dns_end(m, start);
    dns_address(m, DNS_ADDITIONAL, "BOOT1.example.net", "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    dns_address(m, DNS_ADDITIONAL, "boot1.example.net", "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    dns_address(m, DNS_ADDITIONAL, "other.example.net", "\xc0\0\2\3", 4);
    sztp_dns_t *q = ask(ctx, SZTP_DNS_SRV, how);
    assert_int_equal(add(q, "fe80::9%eth0", m), 0);
    assert_int_equal(sztp_dns_info(q, 0, &info), 0);
    assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_HINTS), 2);
    /* which link a unicast answer speaks of nobody knows */
    assert_string_equal(hints(info, 0), how == SZTP_DNS_MULTICAST ? "2001:db8::1 fe80::1%eth0 192.0.2.1"
                                                                  : "2001:db8::1 192.0.2.1");
    assert_string_equal(hints(info, 1), "-");
    sztp_info_free(info);
    assert_string_equal(servers(q, 0), "boot1.example.net:8443 boot2.example.net:443");
    sztp_dns_free(q);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* ---- memory -------------------------------------------------------------------------------------- */

static int32_t work_txt(sztp_ctx_t *ctx, void *user) {
  const dns_message_t *m = user;
  sztp_dns_t *q = NULL;
  sztp_bundle_t *bundle = NULL;
  int32_t rc = sztp_dns_new(ctx, SZTP_DNS_TXT, SZTP_DNS_MULTICAST, OWNER, strlen(OWNER), 1, &q);
  int32_t first = rc;
  if (rc == 0 && (rc = add(q, "a", m)) == SZTP_ERR_MEMORY) {
    first = rc;
    rc = add(q, "a", m); /* the same again makes up for it */
  }
  if (rc == 0 && (rc = sztp_dns_bundle(q, 0, &bundle)) == SZTP_ERR_MEMORY) {
    first = rc;
    rc = sztp_dns_bundle(q, 0, &bundle);
  }
  if (rc == 0) expect_artifact(bundle, SZTP_ARTIFACT_CONVEYED_INFO, "\x30\x03\x02\x01\x00", 5);
  if (rc == 0) expect_artifact(bundle, SZTP_ARTIFACT_VOUCHER, "0", 1);
  sztp_bundle_free(bundle);
  sztp_dns_free(q);
  return rc < 0 ? rc : first;
}

static int32_t work_srv(sztp_ctx_t *ctx, void *user) {
  const dns_message_t *m = user;
  sztp_dns_t *q = NULL;
  sztp_info_t *info = NULL;
  int32_t rc = sztp_dns_new(ctx, SZTP_DNS_SRV, SZTP_DNS_UNICAST, SRV, strlen(SRV), 1, &q);
  int32_t first = rc;
  if (rc == 0 && (rc = add(q, "", m)) == SZTP_ERR_MEMORY) {
    first = rc;
    rc = add(q, "", m);
  }
  if (rc == 0 && (rc = sztp_dns_info(q, 0, &info)) == SZTP_ERR_MEMORY) {
    first = rc;
    rc = sztp_dns_info(q, 0, &info);
  }
  if (rc == 0) {
    assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), 2);
    assert_string_equal(hints(info, 0), "192.0.2.1");
  }
  sztp_info_free(info);
  sztp_dns_free(q);
  return rc < 0 ? rc : first;
}

/* SEC-05: every allocation may fail once; the same call then does what it should */
static void test_memory(void **state) {
  (void)state;
  dns_message_t *m = malloc(sizeof *m);
  begin(m, SZTP_DNS_TXT);
  dns_txt(m, OWNER, "ci", "MAMCAQA=", 8, 255);
  dns_txt(m, OWNER, "oc", "0", 1, 255);
  dns_txt(m, OWNER, "ov", "0", 1, 255);
  assert_true(test_every_allocation(work_txt, m) >= 8);
  begin(m, SZTP_DNS_SRV);
  dns_srv(m, SRV, 1, 0, 443, "a.example.net");
  dns_srv(m, SRV, 2, 0, 443, "b.example.net");
  dns_address(m, DNS_ADDITIONAL, "a.example.net", "\xc0\0\2\1", 4);
  assert_true(test_every_allocation(work_srv, m) >= 10);
  free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_strings),        cmocka_unit_test(test_set),
      cmocka_unit_test(test_keys),           cmocka_unit_test(test_base64),
      cmocka_unit_test(test_repeated),       cmocka_unit_test(test_complete),
      cmocka_unit_test(test_artifact_limit), cmocka_unit_test(test_responders),
      cmocka_unit_test(test_order),          cmocka_unit_test(test_statistics),
      cmocka_unit_test(test_which),          cmocka_unit_test(test_hints),
      cmocka_unit_test(test_memory),         cmocka_unit_test(test_log_flood),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
