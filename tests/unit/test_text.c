/* SPDX-License-Identifier: Apache-2.0 */
/* base64, hex, UTF-8, numbers, dates and PEM: text.c. */
#include "common/with_ctx.h"

#include "formats/armor.h"
#include "ground/text.h"

/* ---- base64 -------------------------------------------------------------------------------------- */

/* DATA-06 */
static void test_base64_decode(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t mode;
    const char *expected; /* NULL: refused, for the reason in the next column */
    const char *reason;
  } rows[] = {
      {"", SZTP__BASE64_STRICT, "", NULL},
      {"QQ==", SZTP__BASE64_STRICT, "A", NULL},
      {"QUI=", SZTP__BASE64_STRICT, "AB", NULL},
      {"QUJD", SZTP__BASE64_STRICT, "ABC", NULL},
      {"QUJDRA==", SZTP__BASE64_STRICT, "ABCD", NULL},
      {"/+9+", SZTP__BASE64_STRICT, "\xff\xef\x7e", NULL},
      {" Q\tU\r\nJ D\n", SZTP__BASE64_STRICT, "ABC", NULL},
      {"QQ=\n=", SZTP__BASE64_STRICT, "A", NULL},
      {"QQ", SZTP__BASE64_STRICT, NULL, "missing"},
      {"QQ=", SZTP__BASE64_STRICT, NULL, "missing"},
      {"QQ===", SZTP__BASE64_STRICT, NULL, "more than two padding characters at octet 4"},
      {"QUJD=", SZTP__BASE64_STRICT, NULL, "missing"},
      {"QUJD====", SZTP__BASE64_STRICT, NULL, "more than two padding"},
      {"Q===", SZTP__BASE64_STRICT, NULL, "more than two padding"},
      {"====", SZTP__BASE64_STRICT, NULL, "more than two padding"},
      {"==", SZTP__BASE64_STRICT, NULL, "missing"},
      {"Q", SZTP__BASE64_STRICT, NULL, "missing"},
      {"QR==", SZTP__BASE64_STRICT, NULL, "unused bits"},
      {"QUJ=", SZTP__BASE64_STRICT, NULL, "unused bits"},
      {"QQ==QQ==", SZTP__BASE64_STRICT, NULL, "after the padding at octet 4"},
      {"_-9-", SZTP__BASE64_STRICT, NULL, "outside the base64 alphabet at octet 0"},
      {"QU\vJD", SZTP__BASE64_STRICT, NULL, "at octet 2"},
      {"QU.D", SZTP__BASE64_STRICT, NULL, "at octet 2"},
      {"QUJ\xc3\xa9", SZTP__BASE64_STRICT, NULL, "at octet 3"},
      {"_-9-", SZTP__BASE64_URL_TOO, "\xff\xef\x7e", NULL},
      {"/-9+", SZTP__BASE64_URL_TOO, "\xff\xef\x7e", NULL},
      {"QQ", SZTP__BASE64_URL_TOO, "A", NULL},
      {"QUI", SZTP__BASE64_URL_TOO, "AB", NULL},
      {"QUI=", SZTP__BASE64_URL_TOO, "AB", NULL},
      {"Q", SZTP__BASE64_URL_TOO, NULL, "missing"},
      {"QQ=", SZTP__BASE64_URL_TOO, NULL, "missing"},
      {"==", SZTP__BASE64_URL_TOO, NULL, "missing"},
      {"QR", SZTP__BASE64_URL_TOO, NULL, "unused bits"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__buf_t out;
    sztp__buf_init(&out, ctx, 100);
    sztp__trail_clear(ctx);
    int32_t rc = sztp__base64_decode(ctx, sztp__span_of(rows[i].text), rows[i].mode, &out);
    if (rows[i].expected == NULL) {
      test_expect_fail(ctx, rc, SZTP_ERR_TEXT, rows[i].reason);
      assert_int_equal(out.len, 0);
    } else {
      if (rc != 0) fail_msg("%s: %s", rows[i].text, test_detail(ctx));
      assert_true(sztp__span_is(sztp__buf_span(&out), rows[i].expected));
      assert_int_equal(out.cap, out.len); /* exact */
    }
    sztp__buf_clear(&out);
  }
}

static void test_base64_limit(void **state) {
  (void)state;
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 2);
  assert_int_equal(sztp__base64_decode(ctx, sztp__span_of("QUJD"), SZTP__BASE64_STRICT, &out),
                   SZTP_ERR_LIMIT);
  sztp__buf_clear(&out);
  assert_int_equal(sztp__base64_encode(&out, sztp__span_of("A")), SZTP_ERR_LIMIT);
  sztp__buf_clear(&out);
}

static void test_base64_round_trip(void **state) {
  (void)state;
  uint8_t data[300];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7 + 3);
  for (size_t len = 0; len < sizeof data; len++) {
    sztp__buf_t text;
    sztp__buf_t back;
    sztp__buf_init(&text, ctx, 1000);
    sztp__buf_init(&back, ctx, 1000);
    assert_int_equal(sztp__base64_encode(&text, sztp__span(data, len)), SZTP_OK);
    assert_int_equal(text.len, (len + 2) / 3 * 4);
    assert_int_equal(sztp__base64_decode(ctx, sztp__buf_span(&text), SZTP__BASE64_STRICT, &back), SZTP_OK);
    assert_true(sztp__span_equal(sztp__buf_span(&back), sztp__span(data, len)));
    sztp__buf_clear(&text);
    sztp__buf_clear(&back);
  }
}

/* ---- hex ----------------------------------------------------------------------------------------- */

/* DATA-16 */
static void test_hex_decode(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t len; /* SIZE_MAX: refused */
    const char *reason;
  } rows[] = {
      {"", 0, ""},
      {"00fF", 2, ""},
      {"00:fF", 2, ""},
      {"00:FF:1a", 3, ""},
      {"1", SIZE_MAX, "at octet 0"},
      {"123", SIZE_MAX, "at octet 2"},
      {"00:1", SIZE_MAX, "at octet 3"},
      {"00:", SIZE_MAX, "expected ':' and a pair at octet 2"},
      {"00:11:", SIZE_MAX, "expected ':' and a pair at octet 5"},
      {"00:1122", SIZE_MAX, "expected ':' and a pair at octet 5"},
      {"0011:22", SIZE_MAX, "at octet 4"},
      {":00", SIZE_MAX, "at octet 0"},
      {"0g", SIZE_MAX, "at octet 0"},
      {"00 11", SIZE_MAX, "at octet 2"},
      {"00:11-22", SIZE_MAX, "at octet 5"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t out[8] = {0};
    size_t len = 77;
    sztp__trail_clear(ctx);
    int32_t rc = sztp__hex_decode(ctx, sztp__span_of(rows[i].text), out, sizeof out, &len);
    if (rows[i].len == SIZE_MAX) {
      test_expect_fail(ctx, rc, SZTP_ERR_TEXT, rows[i].reason);
      assert_int_equal(len, 77);
    } else {
      assert_int_equal(rc, SZTP_OK);
      assert_int_equal(len, rows[i].len);
      assert_memory_equal(out, "\x00\xff\x1a", len);
    }
  }
  uint8_t two[2];
  size_t len = 77;
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__hex_decode(ctx, sztp__span_of("001122"), two, 2, &len), SZTP_ERR_LIMIT,
                   "more than the 2");
}

static void test_hex_encode(void **state) {
  (void)state;
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, 100);
  assert_int_equal(sztp__hex_encode(&out, sztp__span("\x00\xab\x5f", 3), ':'), SZTP_OK);
  assert_int_equal(sztp__buf_add_u8(&out, ' '), SZTP_OK);
  assert_int_equal(sztp__hex_encode(&out, sztp__span("\x00\xab\x5f", 3), 0), SZTP_OK);
  assert_int_equal(sztp__hex_encode(&out, sztp__span(NULL, 0), 0), SZTP_OK);
  assert_string_equal((char *)out.data, "00:ab:5f 00ab5f");
  sztp__buf_clear(&out);
}

/* ---- UTF-8 --------------------------------------------------------------------------------------- */

/* The definition, written out: what a code point's one encoding is. */
static size_t encode(uint32_t c, uint8_t out[4]) {
  if (c < 0x80) {
    out[0] = (uint8_t)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (uint8_t)(0xc0 | c >> 6);
    out[1] = (uint8_t)(0x80 | (c & 63));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (uint8_t)(0xe0 | c >> 12);
    out[1] = (uint8_t)(0x80 | (c >> 6 & 63));
    out[2] = (uint8_t)(0x80 | (c & 63));
    return 3;
  }
  out[0] = (uint8_t)(0xf0 | c >> 18);
  out[1] = (uint8_t)(0x80 | (c >> 12 & 63));
  out[2] = (uint8_t)(0x80 | (c >> 6 & 63));
  out[3] = (uint8_t)(0x80 | (c & 63));
  return 4;
}

/* DATA-13: every code point and no more */
static void test_utf8_of_every_code_point(void **state) {
  (void)state;
  for (uint32_t c = 0; c < 0x110800; c++) {
    uint8_t octets[5] = {0, 0, 0, 0, 0x41};
    size_t n = encode(c, octets);
    int surrogate = c >= 0xd800 && c <= 0xdfff;
    size_t expected = surrogate || c > 0x10ffff ? 0 : n;
    if (sztp__utf8_step(sztp__span(octets, 5)) != expected) fail_msg("U+%04X", (unsigned)c);
    if (n > 1 && sztp__utf8_step(sztp__span(octets, n - 1)) != 0) fail_msg("U+%04X cut", (unsigned)c);
  }
}

static void test_utf8_faults(void **state) {
  (void)state;
  static const char *const bad[] = {"\x80",
                                    "\xbf",
                                    "\xc0\x80",
                                    "\xc1\xbf",
                                    "\xe0\x80\x80",
                                    "\xe0\x9f\xbf",
                                    "\xf0\x80\x80\x80",
                                    "\xf0\x8f\xbf\xbf",
                                    "\xed\xa0\x80",
                                    "\xf4\x90\x80\x80",
                                    "\xf5\x80\x80\x80",
                                    "\xf8\x88\x80\x80\x80",
                                    "\xfe",
                                    "\xff",
                                    "\xc3(",
                                    "\xe2\x82(",
                                    "\xf0\x9f\x98(",
                                    "ok\xc3"};
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++)
    if (sztp__utf8_valid(sztp__span_of(bad[i]))) fail_msg("row %zu", i);
  assert_int_equal(sztp__utf8_valid(sztp__span_of("aß€😀")), 1);
  assert_int_equal(sztp__utf8_valid(sztp__span(NULL, 0)), 1);
  assert_int_equal(sztp__utf8_step(sztp__span(NULL, 0)), 0);
}

static void test_utf8_cut(void **state) {
  (void)state;
  static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  sztp__span_t text = sztp__span_of("aß€😀"); /* 1, 2, 3 and 4 octets */
  for (size_t max = 0; max < TEST_COUNT_OF(expected); max++)
    assert_int_equal(sztp__utf8_cut(text, max), expected[max]);
  assert_int_equal(sztp__utf8_cut(sztp__span_of("\x80\x80\x80\x80\x80\x80"), 5),
                   2); /* no text: no long way back */
}

/* SEC-11 */
static void test_printable(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
    size_t cap;
  } rows[] = {
      {"plain", "plain", 32},
      {"", "", 8},
      {"1234567", "1234567", 8},
      {"12345678", "1234...", 8},
      {"123\xe2\x82\xac\xe2\x82\xac", "123...", 8},
      {"1234\xe2\x82\xac", "1234\xe2\x82\xac", 8},
      {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", "\xe2\x82\xac...", 8},
      {"a\nb\tc\rd", "a?b?c?d", 32},
      {"\x1b[2J\x7f", "?[2J?", 32},
      {"\xc2\x80\xc2\x9f\xc2\xa0", "??\xc2\xa0", 32}, /* C1 controls, and the space behind them */
      {"a\xe2\x80\xae"
       "b\xe2\x81\xa6",
       "a?b?", 32},                                        /* turns the direction of text */
      {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\x8f", "???", 32}, /* line and paragraph separator, mark */
      {"a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad", "a???", 32},   /* not seen at all */
      {"\xff\xc3(\xed\xa0\x80", "?\?(???", 32},
      {"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80", "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80", 32},
      {"\x1b]0;x\x07\x1b[2J\r\n\t\x7f", "?]0;x?\?[2J?\?\?\?", 32},
      {"a\xc2\x9b\x32Jb", "a?2Jb", 32},                                   /* CSI as one character */
      {"a\x9b\xff\xc3", "a?\?\?", 32},                                    /* octets alone; cut at the end */
      {"\xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf", "?? ?\?\? ?\?\?\?", 32}, /* longer than need be */
      {"\xf4\x90\x80\x80 \xf8\x88\x80\x80\x80", "?\?\?\? ?\?\?\?\?", 32},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    char out[32];
    memset(out, 'Z', sizeof out);
    assert_ptr_equal(sztp__printable(out, rows[i].cap, sztp__span_of(rows[i].text)), out);
    assert_string_equal(out, rows[i].expected);
  }
  char out[16];
  sztp__printable(out, sizeof out, sztp__span("a\0b", 3));
  assert_string_equal(out, "a?b");
}

/* Texts that look alike (D-106). */
static void test_exact(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
    size_t cap;
  } rows[] = {{"LAB-0001", "LAB-0001", 32},
              {"LAB-0001\xe2\x80\x8b", "LAB-0001<U+200b>", 32},
              {"L\xd0\x90"
               "B",
               "L<U+0410>B", 32},
              {"a\xc2\xa0", "a<U+00a0>", 32},
              {"e\xcc\x81 \xc3\xa9", "e<U+0301> <U+00e9>", 32},
              {"\xf0\x9f\x98\x80", "<U+1f600>", 32},
              {"\xff\n", "<0xff><U+000a>", 32},
              {"abc\xff", "abc...", 8},
              {"1234567", "1234567", 8},
              {"12345678", "1234...", 8}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    char out[32];
    memset(out, 'Z', sizeof out);
    assert_ptr_equal(sztp__exact(out, rows[i].cap, sztp__span_of(rows[i].text)), out);
    assert_string_equal(out, rows[i].expected);
  }
}

/* ---- numbers and dates --------------------------------------------------------------------------- */

/* DATA-05 */
static void test_decimal(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t max;
    int ok;
    uint64_t value;
  } rows[] = {
      {"0", 0, 1, 0},
      {"7", 9, 1, 7},
      {"65535", 65535, 1, 65535},
      {"65536", 65535, 0, 0},
      {"99999", 65535, 0, 0},
      {"1", 0, 0, 0},
      {"9", 5, 0, 0},
      {"5", 5, 1, 5},
      {"18446744073709551615", UINT64_MAX, 1, UINT64_MAX},
      {"18446744073709551616", UINT64_MAX, 0, 0},
      {"99999999999999999999999", UINT64_MAX, 0, 0},
      {"", 9, 0, 0},
      {"00", 9, 0, 0},
      {"08443", 65535, 0, 0},
      {"+1", 9, 0, 0},
      {"-1", 9, 0, 0},
      {" 1", 9, 0, 0},
      {"1 ", 9, 0, 0},
      {"1.0", 9, 0, 0},
      {"1e0", 9, 0, 0},
      {"0x1", 9, 0, 0},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint64_t value = 4711;
    int32_t rc = sztp__decimal(sztp__span_of(rows[i].text), rows[i].max, &value);
    if (rc != (rows[i].ok ? SZTP_OK : SZTP_ERR_TEXT)) fail_msg("'%s'", rows[i].text);
    assert_true(value == (rows[i].ok ? rows[i].value : 4711));
  }
}

/* DATA-17 */
static void test_time_parse(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int ok;
    int64_t value;
  } rows[] = {
      {"1970-01-01T00:00:00Z", 1, 0},
      {"1970-01-01t00:00:00z", 1, 0},
      {"2030-01-01T02:00:00+02:00", 1, 1893456000},
      {"2030-01-01T00:00:00Z", 1, 1893456000},
      {"2029-12-31T18:30:00-05:30", 1, 1893456000},
      {"2030-01-01T00:00:00-00:00", 1, 1893456000},
      {"2030-01-01T00:00:00.123456789012345678901234567890Z", 1, 1893456000},
      {"2016-12-31T23:59:60Z", 1, 1483228799},
      {"2028-02-29T00:00:00Z", 1, 1835395200},
      {"2000-02-29T00:00:00Z", 1, 951782400},
      {"0000-01-01T00:00:00Z", 1, INT64_C(-62167219200)},
      {"0000-01-01T00:00:00+23:59", 1, INT64_C(-62167219200) - 86340},
      {"9999-12-31T23:59:59Z", 1, INT64_C(253402300799)},
      {"1969-12-31T23:59:59Z", 1, -1},
      {"2030-02-29T00:00:00Z", 0, 0},
      {"2100-02-29T00:00:00Z", 0, 0},
      {"2030-04-31T00:00:00Z", 0, 0},
      {"2030-13-01T00:00:00Z", 0, 0},
      {"2030-00-01T00:00:00Z", 0, 0},
      {"2030-01-00T00:00:00Z", 0, 0},
      {"2030-01-32T00:00:00Z", 0, 0},
      {"2030-01-01T24:00:00Z", 0, 0},
      {"2030-01-01T00:60:00Z", 0, 0},
      {"2030-01-01T00:00:61Z", 0, 0},
      {"2030-01-01T00:00:00", 0, 0}, /* no offset */
      {"2030-01-01T00:00:00.Z", 0, 0},
      {"2030-01-01T00:00:00.5", 0, 0},
      {"2030-01-01T00:00:00+24:00", 0, 0},
      {"2030-01-01T00:00:00+02:60", 0, 0},
      {"2030-01-01T00:00:00+0200", 0, 0},
      {"2030-01-01T00:00:00+02", 0, 0},
      {"2030-01-01T00:00:00+a2:00", 0, 0},
      {"2030-01-01T00:00:00*02:00", 0, 0},
      {"2030-01-01 00:00:00Z", 0, 0},
      {"2030-01-01T00:00:00ZZ", 0, 0},
      {"2030-01-01T00:00:00Z ", 0, 0},
      {" 2030-01-01T00:00:00Z", 0, 0},
      {"2030-01-01T00:00Z", 0, 0},
      {"2030-01-01T00:00:0", 0, 0},
      {"2030-01-01", 0, 0},
      {"30-01-01T00:00:00Z", 0, 0},
      {"+030-01-01T00:00:00Z", 0, 0},
      {"2030/01/01T00:00:00Z", 0, 0},
      {"2030-01/01T00:00:00Z", 0, 0},
      {"2030-01-01T00-00:00Z", 0, 0},
      {"2030-01-01T00:00-00Z", 0, 0},
      {"2030-1 -01T00:00:00Z", 0, 0},
      {"", 0, 0},
      {"now", 0, 0},
      {"2030-3-1T08:00:00Z", 0, 0},
      {"12030-03-01T08:00:00Z", 0, 0},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    int64_t value = 4711;
    int32_t rc = sztp__time_parse(sztp__span_of(rows[i].text), &value);
    if (rc != (rows[i].ok ? SZTP_OK : SZTP_ERR_TEXT)) fail_msg("'%s'", rows[i].text);
    if (value != (rows[i].ok ? rows[i].value : 4711))
      fail_msg("'%s' is %lld", rows[i].text, (long long)value);
  }
}

/* Every day from year 0 to 9999, counted by hand. */
static void test_time_of_every_day(void **state) {
  (void)state;
  static const int month_len[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t expected = INT64_C(-62167219200);
  char text[24];
  char wanted[40];
  for (int year = 0; year <= 9999; year++)
    for (int month = 1; month <= 12; month++) {
      int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
      int days = month_len[month - 1] + (month == 2 && leap);
      int64_t t = 0;
      assert_int_equal(sztp__time_make(year, month, days + 1, 0, 0, 0, &t), SZTP_ERR_TEXT);
      for (int day = 1; day <= days; day++, expected += 86400) {
        assert_int_equal(sztp__time_make(year, month, day, 0, 0, 0, &t), SZTP_OK);
        if (t != expected) fail_msg("%04d-%02d-%02d", year, month, day);
        if (day != 1 && day != days) continue;
        snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT23:59:58Z", year, month, day);
        assert_string_equal(sztp__time_format(text, t + 86398), wanted);
      }
    }
  assert_string_equal(sztp__time_format(text, expected), "out of range");
}

static void test_time_format(void **state) {
  (void)state;
  char text[24];
  assert_string_equal(sztp__time_format(text, 1898582400), "2030-03-01T08:00:00Z");
  assert_string_equal(sztp__time_format(text, 0), "1970-01-01T00:00:00Z");
  assert_string_equal(sztp__time_format(text, SZTP_TIME_UNKNOWN), "unknown");
  assert_string_equal(sztp__time_format(text, INT64_MAX), "out of range");
  assert_string_equal(sztp__time_format(text, INT64_C(-62167219201)), "out of range");
  int64_t t;
  assert_int_equal(sztp__time_make(10000, 1, 1, 0, 0, 0, &t), SZTP_ERR_TEXT);
  assert_int_equal(sztp__time_make(-1, 1, 1, 0, 0, 0, &t), SZTP_ERR_TEXT);
  assert_int_equal(sztp__time_make(2000, 1, 1, -1, 0, 0, &t), SZTP_ERR_TEXT);
  assert_int_equal(sztp__time_make(2000, 1, 1, 0, -1, 0, &t), SZTP_ERR_TEXT);
  assert_int_equal(sztp__time_make(2000, 1, 1, 0, 0, 60, &t), SZTP_ERR_TEXT);
}

/* ---- PEM ----------------------------------------------------------------------------------------- */

#define BLOCK(label, body) "-----BEGIN " label "-----\n" body "-----END " label "-----\n"

static void test_pem_blocks_in_order(void **state) {
  (void)state;
  static const char file[] = "subject=Example: a comment with a colon\r\n" BLOCK(
      "CERTIFICATE", "QUJD\n") "between\n-----BEGIN CMS-----  \r\nQUJD\r\nRA==\r\n-----END CMS-----\t\r\n"
                               "x-----BEGIN NOT AT A LINE START-----\n" BLOCK(
                                   "EC PRIVATE KEY", "") "-----BEGIN X-----\nQQ==\n-----END X-----";
  static const struct {
    const char *label, *contents;
  } rows[] = {{"CERTIFICATE", "ABC"}, {"CMS", "ABCD"}, {"EC PRIVATE KEY", ""}, {"X", "A"}};
  sztp__span_t text = sztp__span_of(file);
  sztp__span_t label;
  sztp__buf_t der;
  sztp__buf_init(&der, ctx, 100);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    assert_int_equal(sztp__pem_next(ctx, &text, &label, &der), SZTP_OK);
    assert_true(sztp__span_is(label, rows[i].label));
    assert_true(sztp__span_is(sztp__buf_span(&der), rows[i].contents));
  }
  assert_int_equal(sztp__pem_next(ctx, &text, &label, &der), SZTP_ERR_NOT_FOUND);
  assert_int_equal(der.len, 0);
  assert_int_equal(text.len, 0);
  assert_int_equal(sztp__trail_cause(ctx), 0); /* the end is no failure */
  sztp__buf_clear(&der);
}

static void test_pem_faults(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t code;
    const char *reason;
  } rows[] = {
      {"", SZTP_ERR_NOT_FOUND, ""},
      {"QUJD", SZTP_ERR_NOT_FOUND, ""},
      {"-----BEGIN A----\nQUJD\n-----END A-----\n", SZTP_ERR_NOT_FOUND, ""},
      {"-----BEGIN -----\nQUJD\n-----END -----\n", SZTP_ERR_NOT_FOUND, ""},
      {"-----BEGIN \x01-----\nQUJD\n-----END \x01-----\n", SZTP_ERR_NOT_FOUND, ""},
      {"-----BEGIN A-----", SZTP_ERR_TEXT, "without its END"},
      {"-----BEGIN A-----\nQUJD\n", SZTP_ERR_TEXT, "without its END"},
      {"-----BEGIN A-----\nQUJD\n-----END B-----\n", SZTP_ERR_TEXT, "label differs"},
      {"-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nQUJD\n-----END A-----\n", SZTP_ERR_TEXT, "headers"},
      {"-----BEGIN A-----\nQUJ*\n-----END A-----\n", SZTP_ERR_TEXT, "outside the base64 alphabet"},
      {"-----BEGIN A-----\nQUJ\n-----END A-----\n", SZTP_ERR_TEXT, "missing"},
      {"-----BEGIN A-----\nQUJDQUJDQUJD\n-----END A-----\n", SZTP_ERR_LIMIT, "at most 8"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__span_t text = sztp__span_of(rows[i].text);
    sztp__span_t label;
    sztp__buf_t der;
    sztp__buf_init(&der, ctx, 8);
    sztp__trail_clear(ctx);
    test_expect_fail(ctx, sztp__pem_next(ctx, &text, &label, &der), rows[i].code, rows[i].reason);
    assert_ptr_equal(text.data, rows[i].text); /* not moved */
    sztp__buf_clear(&der);
  }
}

static int32_t work(sztp_ctx_t *c, void *user) {
  (void)user;
  sztp__span_t text = sztp__span_of(BLOCK("A", "QUJD\n"));
  sztp__span_t label;
  sztp__buf_t der;
  sztp__buf_t hex;
  sztp__buf_init(&der, c, 100);
  sztp__buf_init(&hex, c, 100);
  int32_t rc = sztp__pem_next(c, &text, &label, &der);
  if (rc == 0) rc = sztp__hex_encode(&hex, sztp__buf_span(&der), ':');
  if (rc == 0)
    rc = sztp__base64_encode(&hex, sztp__span("0123456789012345678901234567890123456789012345", 46));
  sztp__buf_clear(&der);
  sztp__buf_clear(&hex);
  return rc;
}

/* SEC-05 */
static void test_every_allocation_may_fail(void **state) {
  (void)state;
  assert_int_equal(test_every_allocation(work, NULL), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_base64_decode, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_base64_limit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_base64_round_trip, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_hex_decode, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_hex_encode, set_up, tear_down),
      cmocka_unit_test(test_utf8_of_every_code_point),
      cmocka_unit_test(test_utf8_faults),
      cmocka_unit_test(test_utf8_cut),
      cmocka_unit_test(test_printable),
      cmocka_unit_test(test_exact),
      cmocka_unit_test(test_decimal),
      cmocka_unit_test(test_time_parse),
      cmocka_unit_test(test_time_of_every_day),
      cmocka_unit_test(test_time_format),
      cmocka_unit_test_setup_teardown(test_pem_blocks_in_order, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_pem_faults, set_up, tear_down),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
