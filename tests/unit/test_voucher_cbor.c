/* SPDX-License-Identifier: Apache-2.0 */
/* The voucher's document in CBOR: voucher_cbor.c and voucher.c. */
#include "common/testing.h"
#include "formats/cbor.h"
#include "trust/voucher.h"

static test_memory_t memory;
static sztp_ctx_t *ctx;
static char told[4096];

static void hear(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)user;
  (void)level;
  (void)topic;
  assert_true(strlen(told) + len + 2 < sizeof told);
  (void)strcat(strcat(told, line), "\n");
}

static int set_up(void **state) {
  (void)state;
  told[0] = '\0';
  ctx = test_ctx_new(&memory);
  return sztp_ctx_set_log(ctx, SZTP_LOG_WARN, hear, NULL);
}

static int tear_down(void **state) {
  (void)state;
  test_ctx_free(&memory, ctx);
  return 0;
}

#define SPAN(literal) sztp__span(literal, sizeof(literal) - 1)

static int32_t parse(sztp__span_t document, sztp__voucher_t **v) {
  *v = NULL;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__voucher_parse_cbor(ctx, document, v);
  assert_int_equal(*v == NULL, rc != 0);
  return rc;
}

/* A document of a voucher whose nodes are @p pairs pairs of octets; serial-number and pinned-domain-cert
 * stand before them. */
static sztp__span_t around(sztp__buf_t *b, size_t pairs, sztp__span_t nodes) {
  sztp__buf_init(b, ctx, 1 << 20);
  (void)sztp__buf_add(b, "\xa1\x19\x09\x93", 4);
  (void)sztp__cbor_put_map(b, 2 + pairs);
  (void)sztp__buf_add(b, "\x0b\x62SN\x08\x42PC", 8);
  assert_int_equal(sztp__buf_add_span(b, nodes), 0);
  return sztp__buf_span(b);
}

/* ---- forms of keys ------------------------------------------------------------------------------- */

#define PAIRS_OF(nodes)                                                                                      \
  nodes(ASSERTION, "\x00") nodes(CREATED_ON, "\x74"                                                          \
                                             "2024-01-01T00:00:00Z") nodes(REVOCATION, "\xf5")               \
      nodes(EXPIRES_ON, "\x74"                                                                               \
                        "2030-01-01T00:00:00Z") nodes(IDEVID_ISSUER, "\x42ii") nodes(NONCE, "\x48nnnnnnnn")  \
          nodes(PINNED_CERT, "\x42PC") nodes(PINNED_PUBK, "\x42pk") nodes(PINNED_PUBK_SHA256, "\x42hh")      \
              nodes(SERIAL, "\x62SN")

#define DELTA_ASSERTION             "\x01"
#define DELTA_CREATED_ON            "\x02"
#define DELTA_REVOCATION            "\x03"
#define DELTA_EXPIRES_ON            "\x04"
#define DELTA_IDEVID_ISSUER         "\x05"
#define DELTA_NONCE                 "\x07"
#define DELTA_PINNED_CERT           "\x08"
#define DELTA_PINNED_PUBK           "\x09"
#define DELTA_PINNED_PUBK_SHA256    "\x0a"
#define DELTA_SERIAL                "\x0b"
#define ABSOLUTE(low)               "\xd8\x2f\x19\x09" low
#define ABSOLUTE_ASSERTION          ABSOLUTE("\x94")
#define ABSOLUTE_CREATED_ON         ABSOLUTE("\x95")
#define ABSOLUTE_REVOCATION         ABSOLUTE("\x96")
#define ABSOLUTE_EXPIRES_ON         ABSOLUTE("\x97")
#define ABSOLUTE_IDEVID_ISSUER      ABSOLUTE("\x98")
#define ABSOLUTE_NONCE              ABSOLUTE("\x9a")
#define ABSOLUTE_PINNED_CERT        ABSOLUTE("\x9b")
#define ABSOLUTE_PINNED_PUBK        ABSOLUTE("\x9c")
#define ABSOLUTE_PINNED_PUBK_SHA256 ABSOLUTE("\x9d")
#define ABSOLUTE_SERIAL             ABSOLUTE("\x9e")
#define NAME_ASSERTION                                                                                       \
  "\x69"                                                                                                     \
  "assertion"
#define NAME_CREATED_ON                                                                                      \
  "\x6a"                                                                                                     \
  "created-on"
#define NAME_REVOCATION                                                                                      \
  "\x78\x1d"                                                                                                 \
  "domain-cert-revocation-checks"
#define NAME_EXPIRES_ON                                                                                      \
  "\x6a"                                                                                                     \
  "expires-on"
#define NAME_IDEVID_ISSUER                                                                                   \
  "\x6d"                                                                                                     \
  "idevid-issuer"
#define NAME_NONCE                                                                                           \
  "\x65"                                                                                                     \
  "nonce"
#define NAME_PINNED_CERT                                                                                     \
  "\x72"                                                                                                     \
  "pinned-domain-cert"
#define NAME_PINNED_PUBK                                                                                     \
  "\x72"                                                                                                     \
  "pinned-domain-pubk"
#define NAME_PINNED_PUBK_SHA256                                                                              \
  "\x78\x19"                                                                                                 \
  "pinned-domain-pubk-sha256"
#define NAME_SERIAL                                                                                          \
  "\x6d"                                                                                                     \
  "serial-number"

#define AS_DELTA(node, value)    DELTA_##node value
#define AS_ABSOLUTE(node, value) ABSOLUTE_##node value
#define AS_NAME(node, value)     NAME_##node value
#define TOP_SID                  "\x19\x09\x93"
#define TOP_TAGGED               "\xd8\x2f\x19\x09\x93"
#define TOP_NAME                                                                                             \
  "\x74"                                                                                                     \
  "ietf-voucher:voucher"

static void expect_all(const sztp__voucher_t *v) {
  assert_int_equal(v->assertion, SZTP_ASSERTION_VERIFIED);
  assert_string_equal(v->assertion_text, "verified");
  assert_true(v->has_created_on && v->created_on == 1704067200);
  assert_true(v->has_expires_on && v->expires_on == 1893456000);
  assert_int_equal(v->revocation, SZTP__REVOCATION_TRUE);
  assert_true(sztp__span_is(sztp__voucher_value(v, SZTP__NODE_IDEVID_ISSUER), "ii"));
  assert_true(sztp__span_is(sztp__voucher_value(v, SZTP__NODE_NONCE), "nnnnnnnn"));
  assert_true(sztp__span_is(sztp__voucher_value(v, SZTP__NODE_PINNED_CERT), "PC"));
  assert_true(sztp__span_is(sztp__voucher_value(v, SZTP__NODE_PINNED_PUBK), "pk"));
  assert_true(sztp__span_is(sztp__voucher_value(v, SZTP__NODE_PINNED_PUBK_SHA256), "hh"));
  assert_true(sztp__span_is(sztp__voucher_value(v, SZTP__NODE_SERIAL), "SN"));
}

/* COSE-07, COSE-08: every node in each form, and the forms mixed, with lengths and without */
static void test_forms(void **state) {
  (void)state;
  static const char delta[] = "\xa1" TOP_SID "\xaa" PAIRS_OF(AS_DELTA);
  static const char absolute[] = "\xa1" TOP_TAGGED "\xaa" PAIRS_OF(AS_ABSOLUTE);
  static const char named[] = "\xa1" TOP_NAME "\xaa" PAIRS_OF(AS_NAME);
  static const char mixed[] = "\xbf" TOP_NAME "\xbf\x00\x00\x20\x00" AS_ABSOLUTE(SERIAL, "\x7f\x61S\x61N\xff")
      AS_NAME(ASSERTION, "\x68verified") AS_DELTA(CREATED_ON, "\x78\x19"
                                                              "2024-01-01T00:00:00+00:00")
          AS_NAME(REVOCATION, "\xf5") AS_ABSOLUTE(EXPIRES_ON, "\x74"
                                                              "2030-01-01T00:00:00Z")
              AS_DELTA(IDEVID_ISSUER, "\x5f\x42ii\x40\xff") "\x72ietf-voucher:nonce\x48nnnnnnnn" AS_NAME(
                  PINNED_CERT, "\x42PC") "\x7f\x6a"
                                         "pinned-dom\x68"
                                         "ain-pubk\xff\x42pk" AS_ABSOLUTE(PINNED_PUBK_SHA256,
                                                                          "\x42hh") "\xff\xff";
  const sztp__span_t documents[] = {SPAN(delta), SPAN(absolute), SPAN(named), SPAN(mixed)};
  for (size_t i = 0; i < TEST_COUNT_OF(documents); i++) {
    sztp__voucher_t *v = NULL;
    int32_t rc = parse(documents[i], &v);
    if (rc != 0) fail_msg("form %zu: %s", i, test_detail(ctx));
    expect_all(v);
    sztp__voucher_free(v);
  }
}

/* ---- the top ------------------------------------------------------------------------------------- */

/* VOUCH-05, D-103: a voucher request has other SIDs and names, and is never taken for a voucher */
static void test_tops(void **state) {
  (void)state;
#define ONE "\xa2\x0b\x62SN\x08\x42PC"
  static const struct {
    sztp__span_t document;
    const char *fault;
  } rows[] = {
#define TOP(literal, fault) {{(const uint8_t *)(literal), sizeof(literal) - 1}, fault}
      TOP("\xa1" TOP_SID ONE, NULL),
      TOP("\xa2\x01\x02" TOP_SID ONE, NULL),
      TOP("\xa2\x19\x09\xc5\xa0" TOP_SID ONE, NULL),
      TOP("\xa1\x19\x09\xc5" ONE, "missing"),
      TOP("\xa1\xd8\x2f\x19\x09\xc5" ONE, "missing"),
      TOP("\xa1\x78\x1cietf-voucher-request:voucher" ONE, "missing"),
      TOP("\xa1\x67voucher" ONE, "missing"),
      TOP("\xa1\x75ietf-voucher:vouchers" ONE, "missing"),
      TOP("\xa1\x39\x09\x92" ONE, "neither a SID nor a name"),
      TOP("\xa0", "missing"),
      TOP("\xa2" TOP_SID ONE TOP_NAME ONE, "two vouchers"),
      TOP("\xa2" TOP_SID ONE TOP_TAGGED ONE, "two vouchers"),
      TOP("\xa2" TOP_SID ONE TOP_SID ONE, "a key appears twice"),
      TOP("\xa1" TOP_SID "\x81" ONE, "the voucher is not a map"),
      TOP("\xa1" TOP_SID "\xf6", "the voucher is not a map"),
      TOP("\x81\xa1" TOP_SID ONE, "the document is not a map"),
      TOP("\xa1\x41v" ONE, "neither a SID nor a name"),
      TOP("\xa1\xc1" TOP_SID ONE, "neither a SID nor a name"),
      TOP("\xa1\xd8\x2f\x67voucher" ONE, "something other than a SID"),
      TOP("\xa1\xd8\x2f\x20" ONE, "something other than a SID"),
      TOP("\xa1\x00" ONE, "neither a SID nor a name"),
      TOP("\xa1\x1b\xff\xff\xff\xff\xff\xff\xff\xff" ONE, "neither a SID nor a name"),
      TOP("\xa1" TOP_SID ONE "\x00", "1 octets after the item"),
      TOP("", "the end of data"),
      TOP("{\"ietf-voucher:voucher\":{}}", ""),
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__voucher_t *v = NULL;
    int32_t rc = parse(rows[i].document, &v);
    if (rows[i].fault != NULL)
      test_expect_fail(ctx, rc, SZTP_ERR_VOUCHER_MALFORMED, rows[i].fault);
    else if (rc != 0)
      fail_msg("row %zu: %s", i, test_detail(ctx));
    sztp__voucher_free(v);
  }
}

/* ---- values, and nodes that stand twice ---------------------------------------------------------- */

/* COSE-08, COSE-09, VOUCH-14, VOUCH-16, VOUCH-18, DATA-09 */
static void test_nodes(void **state) {
  (void)state;
  static const struct {
    size_t pairs;
    sztp__span_t nodes;
    const char *fault;
  } rows[] = {
#define NODES(pairs, literal, fault) {pairs, {(const uint8_t *)(literal), sizeof(literal) - 1}, fault}
      NODES(0, "", NULL),
      NODES(1, "\x01\x04", NULL), /* whether it is accepted is not decided here */
      NODES(1, "\x01\x20", NULL),
      NODES(1, "\x01\x1b\xff\xff\xff\xff\xff\xff\xff\xff", NULL),
      NODES(1,
            "\x01\x63"
            "foo",
            NULL),
      NODES(1, "\x01\x40", "assertion: not a text"),
      NODES(1, "\x01\xf4", "assertion: not a text"),
      NODES(1, "\x02\xf6", NULL),
      NODES(1, "\x02\x1a\x5f\x56\xd1\x77", "created-on: not a text"),
      NODES(1, "\x02\xc1\x1a\x5f\x56\xd1\x77", "created-on: not a text"),
      NODES(1,
            "\x02\xc0\x74"
            "2024-01-01T00:00:00Z",
            "created-on: not a text"),
      NODES(1,
            "\x02\x6a"
            "2024-01-01",
            "created-on: \"2024-01-01\" is no date-and-time"),
      NODES(1,
            "\x04\x54"
            "2024-01-01T00:00:00Z",
            "expires-on: not a text"),
      NODES(1, "\x03\xf4", NULL),
      NODES(1, "\x03\x64true", NULL),
      NODES(1,
            "\x03\x65"
            "false",
            NULL),
      NODES(1, "\x03\x63yes", "neither true nor false"),
      NODES(1, "\x03\x01", "neither true nor false"),
      NODES(1, "\x03\xf7", "neither true nor false"),
      NODES(1,
            "\x05\x64"
            "AAAA",
            "idevid-issuer: not a byte string"),
      NODES(1,
            "\x07\x66"
            "AAECAw",
            "nonce: not a byte string"),
      NODES(1, "\x09\x81\x40", "pinned-domain-pubk: not a byte string"),
      NODES(1, "\x06\xa1\x01\x02", NULL), /* last-renewal-date, whatever it holds */
      NODES(1, "\x0c\x6bhttps://x.y", NULL),
      NODES(1, "\x0f\xa1\x01\x82\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a\xd9\xd9\xf7\xf7", NULL),
      NODES(1, "\xd8\x2f\x1a\x00\x01\x00\x00\x00", NULL),
      NODES(1,
            "\x6a"
            "est-domain\x61x",
            NULL),
      NODES(1, "\x66x:nonc\x61x", NULL),
      NODES(1, "\x67x:nonce\x61x", NULL), /* another module's */
      NODES(1, "\x0b\x62SN", "a key appears twice"),
      NODES(1, NAME_SERIAL "\x62SN", "SID 2462 is given twice"),
      NODES(1, ABSOLUTE_SERIAL "\x62SN", "SID 2462 is given twice"),
      NODES(1, "\x78\x1aietf-voucher:serial-number\x62SN", "SID 2462 is given twice"),
      NODES(2, NAME_NONCE "\x40\x72ietf-voucher:nonce\x40", "SID 2458 is given twice"),
      NODES(2,
            "\x02\xf6" NAME_CREATED_ON "\x74"
            "2024-01-01T00:00:00Z",
            "SID 2453 is given twice"),
      NODES(2,
            "\x0d\x61x\x6a"
            "est-domain\x61x",
            "SID 2464 is given twice"),
      NODES(2, "\x19\x10\x00\x00\xd8\x2f\x19\x19\x93\x00", "SID 6547 is given twice"),
      NODES(2, "\x20\x00\xd8\x2f\x19\x09\x92\x00", "SID 2450 is given twice"),
      NODES(1, "\x39\x09\x92\x00", "neither a SID nor a name"), /* below 0 */
      NODES(1, "\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x00", "neither a SID nor a name"),
      NODES(1, "\x41x\x00", "neither a SID nor a name"),
      NODES(1, "\x18\x40\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x00", NULL), /* 16 deep */
      NODES(1, "\x18\x40\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x00",
            "nested more than 16"),
      NODES(1, "\x18\x40\xa2\x01\x00\x01\x00", "a key appears twice"),
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__buf_t b;
    sztp__voucher_t *v = NULL;
    int32_t rc = parse(around(&b, rows[i].pairs, rows[i].nodes), &v);
    if (rows[i].fault != NULL)
      test_expect_fail(ctx, rc, SZTP_ERR_VOUCHER_MALFORMED, rows[i].fault);
    else if (rc != 0)
      fail_msg("row %zu: %s", i, test_detail(ctx));
    sztp__voucher_free(v);
    sztp__buf_clear(&b);
  }
}

/* COSE-08 */
static void test_assertions(void **state) {
  (void)state;
  static const struct {
    sztp__span_t nodes;
    uint32_t bit;
    const char *text;
  } rows[] = {
#define SAYS(literal, bit, text) {{(const uint8_t *)(literal), sizeof(literal) - 1}, bit, text}
      SAYS("\x01\x00", SZTP_ASSERTION_VERIFIED, "verified"),
      SAYS("\x01\x01", SZTP_ASSERTION_LOGGED, "logged"),
      SAYS("\x01\x02", SZTP_ASSERTION_PROXIMITY, "proximity"),
      SAYS("\x01\x03", SZTP_ASSERTION_AGENT_PROXIMITY, "agent-proximity"),
      SAYS("\x01\x04", 0, "4"),
      SAYS("\x01\x20", 0, "negative"),
      SAYS("\x01\x1b\xff\xff\xff\xff\xff\xff\xff\xff", 0, "18446744073709551615"),
      SAYS("\x01\x68verified", SZTP_ASSERTION_VERIFIED, "verified"),
      SAYS(NAME_ASSERTION "\x66logged", SZTP_ASSERTION_LOGGED, "logged"),
      SAYS("\x01\x61"
           "0",
           0, "0"),
      SAYS("\x01\x60", 0, "\"\""),
      SAYS("\x01\xf6", 0, ""),
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__buf_t b;
    sztp__voucher_t *v = NULL;
    assert_int_equal(parse(around(&b, 1, rows[i].nodes), &v), 0);
    assert_int_equal(v->assertion, rows[i].bit);
    assert_string_equal(v->assertion_text, rows[i].text);
    sztp__voucher_free(v);
    sztp__buf_clear(&b);
  }
}

/* What must be there: a serial number, and something pinned (VOUCH-13, VOUCH-17). */
static void test_incomplete(void **state) {
  (void)state;
  sztp__voucher_t *v = NULL;
  test_expect_fail(ctx, parse(SPAN("\xa1" TOP_SID "\xa1\x08\x42PC"), &v), SZTP_ERR_VOUCHER_MALFORMED,
                   "serial-number: missing");
  test_expect_fail(ctx, parse(SPAN("\xa1" TOP_SID "\xa1\x0b\x62SN"), &v), SZTP_ERR_VOUCHER_MALFORMED,
                   "pinned-domain-cert: missing");
  test_expect_fail(ctx, parse(SPAN("\xa1" TOP_SID "\xa0"), &v), SZTP_ERR_VOUCHER_MALFORMED, "missing");
  static const char *const keys[] = {"\xa1" TOP_SID "\xa2\x0b\x62SN\x09\x42PK",
                                     "\xa1" TOP_SID "\xa2\x0b\x62SN\x0a\x42PK"};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(parse(sztp__span_of(keys[i]), &v), 0);
    assert_null(v->value[SZTP__NODE_PINNED_CERT].data);
    sztp__voucher_free(v);
  }
}

/* VOUCH-16: unknown nodes are ignored with one warning; nothing known is told so */
static void test_unknown_nodes(void **state) {
  (void)state;
  sztp__buf_t b;
  sztp__voucher_t *v = NULL;
  assert_int_equal(parse(around(&b, 2,
                                SPAN("\x0f\xa0\x6a"
                                     "est-domain\x61x")),
                         &v),
                   0);
  assert_string_equal(told, "voucher: unknown node \"SID 2466\" is ignored\n");
  sztp__voucher_free(v);
  sztp__buf_clear(&b);
  told[0] = '\0';
  assert_int_equal(parse(around(&b, 1, SPAN("\x66x\n:foo\x61x")), &v), 0);
  assert_string_equal(told, "voucher: unknown node \"x?:foo\" is ignored\n");
  sztp__voucher_free(v);
  sztp__buf_clear(&b);
  told[0] = '\0';
  assert_int_equal(parse(around(&b, 1, SPAN("\x06\x61x")), &v), 0); /* last-renewal-date is known */
  assert_string_equal(told, "");
  sztp__voucher_free(v);
  sztp__buf_clear(&b);
}

/* SEC-06: a text is bounded as in JSON */
static void test_long_text(void **state) {
  (void)state;
  for (size_t n = 64; n <= 65; n++) {
    sztp__buf_t b;
    sztp__voucher_t *v = NULL;
    char text[66];
    memset(text, 'S', sizeof text);
    assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_LEAF, 64), 0);
    sztp__buf_init(&b, ctx, 200);
    (void)sztp__buf_add(&b, "\xa1" TOP_SID "\xa2\x08\x42PC\x0b", 10);
    assert_int_equal(sztp__cbor_put_text(&b, sztp__span(text, n)), 0);
    int32_t rc = parse(sztp__buf_span(&b), &v);
    if (n > 64)
      test_expect_fail(ctx, rc, SZTP_ERR_LIMIT, "serial-number: 65 octets of text");
    else
      assert_int_equal(rc, 0);
    sztp__voucher_free(v);
    sztp__buf_clear(&b);
  }
}

static int32_t work(sztp_ctx_t *c, void *user) {
  static const char document[] = "\xa1" TOP_NAME "\xbf" PAIRS_OF(AS_NAME) "\x7f\x61x\xff\x00\xff";
  sztp__voucher_t *v = NULL;
  (void)user;
  int32_t rc = sztp__voucher_parse_cbor(c, SPAN(document), &v);
  if (rc == 0) sztp__voucher_free(v);
  return rc;
}

/* SEC-05 */
static void test_every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(test_every_allocation(work, NULL) >= 9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_forms, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_tops, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_nodes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_assertions, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_incomplete, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_unknown_nodes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_long_text, set_up, tear_down),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
