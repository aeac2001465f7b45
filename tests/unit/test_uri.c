/* SPDX-License-Identifier: Apache-2.0 */
/* Host names, addresses and the server list's URI form: uri.c. */
#include "common/with_ctx.h"

#include "formats/uri.h"

#define L63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"
#define N253                                                                                                 \
  L63 "." L63 "." L63 "."                                                                                    \
      "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy"

/* DHCP-04 */
static void test_server_uris(void **state) {
  (void)state;
  static const struct {
    const char *uri;
    const char *host; /* NULL: refused for the reason below */
    uint16_t port;
    uint32_t kind;
    const char *reason;
  } rows[] = {
      {"https://h.example", "h.example", 443, SZTP__HOST_NAME, ""},
      {"HTTPS://h.example/", "h.example", 443, SZTP__HOST_NAME, ""},
      {"hTtPs://H.Example:8443", "H.Example", 8443, SZTP__HOST_NAME, ""},
      {"https://h:", "h", 443, SZTP__HOST_NAME, ""},
      {"https://h:/", "h", 443, SZTP__HOST_NAME, ""},
      {"https://h.example.", "h.example.", 443, SZTP__HOST_NAME, ""},
      {"https://192.0.2.1:1", "192.0.2.1", 1, SZTP__HOST_IPV4, ""},
      {"https://[2001:db8::1]:8443", "2001:db8::1", 8443, SZTP__HOST_IPV6, ""},
      {"https://[::]", "::", 443, SZTP__HOST_IPV6, ""},
      {"https://[::1]:/", "::1", 443, SZTP__HOST_IPV6, ""},
      {"https://h:65535", "h", 65535, SZTP__HOST_NAME, ""},
      {"", NULL, 0, 0, "does not start with https://"},
      {"h.example", NULL, 0, 0, "does not start with https://"},
      {"http://h", NULL, 0, 0, "does not start with https://"},
      {"https:/h", NULL, 0, 0, "does not start with https://"},
      {" https://h", NULL, 0, 0, "does not start with https://"},
      {"https://", NULL, 0, 0, "the host is empty"},
      {"https:///", NULL, 0, 0, "the host is empty"},
      {"https://:443", NULL, 0, 0, "the host is empty"},
      {"https://h.example/restconf", NULL, 0, 0, "path"},
      {"https://h//", NULL, 0, 0, "path"},
      {"https://h?q", NULL, 0, 0, "query"},
      {"https://h#f", NULL, 0, 0, "fragment"},
      {"https://u@h", NULL, 0, 0, "user information"},
      {"https://u:p@h", NULL, 0, 0, "user information"},
      {"https://h:0", NULL, 0, 0, "no port from 1 to 65535"},
      {"https://h:65536", NULL, 0, 0, "no port from 1 to 65535"},
      {"https://h:0443", NULL, 0, 0, "no port from 1 to 65535"},
      {"https://h:+1", NULL, 0, 0, "no port from 1 to 65535"},
      {"https://h:443x", NULL, 0, 0, "no port from 1 to 65535"},
      {"https://2001:db8::1", NULL, 0, 0, "without brackets"},
      {"https://h:1:2", NULL, 0, 0, "without brackets"},
      {"https://[2001:db8::1", NULL, 0, 0, "bracket that is not closed"},
      {"https://[]", NULL, 0, 0, "no IPv6 address"},
      {"https://[192.0.2.1]", NULL, 0, 0, "no IPv6 address"},
      {"https://[h]", NULL, 0, 0, "no IPv6 address"},
      {"https://[fe80::1%eth0]", NULL, 0, 0, "no IPv6 address"},
      {"https://[fe80::1%25eth0]", NULL, 0, 0, "no IPv6 address"},
      {"https://[::1]x", NULL, 0, 0, "no port"},
      {"https://[::1]]", NULL, 0, 0, "no port"},
      {"https://h%2eexample", NULL, 0, 0, "a character other than"},
      {"https://h example", NULL, 0, 0, "a character other than"},
      {"https://h\n", NULL, 0, 0, "a character other than"},
      {"https://h\xc3\xa4user", NULL, 0, 0, "a character other than"},
      {"https://h..example", NULL, 0, 0, "empty label"},
      {"https://h\\x", NULL, 0, 0, "a character other than"},
      {"https://256.1.1.1", NULL, 0, 0, "a number as the last label"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    sztp__authority_t a = {{NULL, 0}, 0, 0};
    sztp__trail_clear(ctx);
    int32_t rc = sztp__uri_server(ctx, sztp__span_of(rows[i].uri), &a);
    if (rows[i].host == NULL) {
      test_expect_fail(ctx, rc, SZTP_ERR_URI, rows[i].reason);
      assert_null(a.host.data);
      continue;
    }
    if (rc != 0) fail_msg("%s: %s", rows[i].uri, test_detail(ctx));
    assert_true(sztp__span_is(a.host, rows[i].host));
    assert_int_equal(a.port, rows[i].port);
    assert_int_equal(a.kind, rows[i].kind);
  }
}

/* DHCP-04: trailing NUL octets are removed, others are not */
static void test_nul_octets(void **state) {
  (void)state;
  sztp__authority_t a;
  assert_int_equal(sztp__uri_server(ctx, sztp__span("https://h\0\0", 11), &a), SZTP_OK);
  assert_true(sztp__span_is(a.host, "h"));
  assert_int_equal(sztp__uri_server(ctx, sztp__span("https://h/\0", 11), &a), SZTP_OK);
  test_expect_fail(ctx, sztp__uri_server(ctx, sztp__span("https://h\0x", 11), &a), SZTP_ERR_URI,
                   "a character other than");
  assert_int_equal(sztp__uri_server(ctx, sztp__span("\0\0", 2), &a), SZTP_ERR_URI);
}

/* DATA-18, CONV-12 */
static void test_hosts(void **state) {
  (void)state;
  static const struct {
    const char *host;
    uint32_t kind; /* 0: refused */
    const char *reason;
  } rows[] = {
      {"h", SZTP__HOST_NAME, ""},
      {"a-b.c_d.example", SZTP__HOST_NAME, ""},
      {"_srv.example", SZTP__HOST_NAME, ""},
      {"1.example", SZTP__HOST_NAME, ""},
      {"4you", SZTP__HOST_NAME, ""},
      {"xn--bcher-kva.example", SZTP__HOST_NAME, ""},
      {"h.example.", SZTP__HOST_NAME, ""},
      {"0xample.example", SZTP__HOST_NAME, ""},
      {L63 ".x", SZTP__HOST_NAME, ""},
      {N253, SZTP__HOST_NAME, ""},
      {"0.0.0.0", SZTP__HOST_IPV4, ""},
      {"255.255.255.255", SZTP__HOST_IPV4, ""},
      {"::", SZTP__HOST_IPV6, ""},
      {"1:2:3:4:5:6:7:8", SZTP__HOST_IPV6, ""},
      {"::ffff:192.0.2.1", SZTP__HOST_IPV6, ""},
      {"fe80::1%eth0", SZTP__HOST_IPV6, ""},
      {"fe80::1%br-lan.7_~", SZTP__HOST_IPV6, ""},
      {"", 0, "the host is empty"},
      {".", 0, "empty label"},
      {"..", 0, "empty label"},
      {".h", 0, "empty label"},
      {"h..", 0, "empty label"},
      {"-h", 0, "'-' at its start or end"},
      {"h-", 0, "'-' at its start or end"},
      {"h h", 0, "a character other than"},
      {"http://h", 0, "a character other than"},
      {"h:443", 0, "a character other than"},
      {"[::1]", 0, "a character other than"},
      {L63 "1", 0, "a label of more than 63"},
      {N253 ".", 0, "more than 253"},
      {N253 "x", 0, "more than 253"},
      {"1.2.3", 0, "a number as the last label"},
      {"1.2.3.4.5", 0, "a number as the last label"},
      {"01.2.3.4", 0, "a number as the last label"},
      {"1.2.3.4.", 0, "a number as the last label"},
      {"h.7", 0, "a number as the last label"},
      {"0x7f000001", 0, "a number as the last label"},
      {"h.0XaF", 0, "a number as the last label"},
      {"fe80::1%", 0, "a character other than"},
      {"fe80::1%a%b", 0, "a character other than"},
      {"fe80::1%a/b", 0, "a character other than"},
      {"fe80::1%" L63 "x", 0, "a label of more than 63"},
      {"192.0.2.1%eth0", 0, "a character other than"},
      {"h\xc2\xa0", 0, "a character other than"},
  };
  assert_int_equal(strlen(N253), 253);
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint32_t kind = 99;
    sztp__trail_clear(ctx);
    int32_t rc = sztp__host_kind(ctx, sztp__span_of(rows[i].host), &kind);
    if (rows[i].kind == 0) {
      test_expect_fail(ctx, rc, SZTP_ERR_URI, rows[i].reason);
      assert_int_equal(kind, 99);
    } else {
      if (rc != 0) fail_msg("%s: %s", rows[i].host, test_detail(ctx));
      assert_int_equal(kind, rows[i].kind);
    }
  }
}

static void test_host_octets(void **state) {
  (void)state;
  static const struct {
    const char *host;
    size_t len; /* 0: no address */
    const char *octets;
  } rows[] = {
      {"192.0.2.1", 4, "\xc0\x00\x02\x01"},
      {"::", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
      {"::1", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"},
      {"1::", 16, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
      {"1:2:3:4:5:6:7::", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\0"},
      {"::2:3:4:5:6:7:8", 16, "\0\0\0\2\0\3\0\4\0\5\0\6\0\7\0\x08"},
      {"1:2:3:4:5:6:7:8", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\x08"},
      {"2001:DB8::aBcD:0:1", 16, "\x20\x01\x0d\xb8\0\0\0\0\0\0\xab\xcd\0\0\0\1"},
      {"::ffff:1.2.3.4", 16, "\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4"},
      {"1:2:3:4:5:6:1.2.3.4", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\1\2\3\4"},
      {"::1.2.3.4", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4"},
      {"fe80::1%eth0", 16, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"},
      {"", 0, ""},
      {"h", 0, ""},
      {":", 0, ""},
      {":::", 0, ""},
      {":1", 0, ""},
      {"1:", 0, ""},
      {"::1:", 0, ""},
      {"1::2::3", 0, ""},
      {"1:2:3:4:5:6:7", 0, ""},
      {"1:2:3:4:5:6:7:8:9", 0, ""},
      {"1:2:3:4:5:6:7:8::", 0, ""},
      {"1:2:3:4::5:6:7:8", 0, ""}, /* "::" stands for at least one group */
      {"12345::", 0, ""},
      {"g::", 0, ""},
      {"1.2.3.4::", 0, ""},
      {"1.2.3.4", 4, "\1\2\3\4"},
      {"1:2:3:4:5:6:7:1.2.3.4", 0, ""},
      {"::1.2.3", 0, ""},
      {"::1.2.3.04", 0, ""},
      {"1.2.3.", 0, ""},
      {"1..2.3", 0, ""},
      {"1.2.3.256", 0, ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t out[16];
    size_t len = 0;
    int32_t rc = sztp__host_octets(sztp__span_of(rows[i].host), out, &len);
    if (rc != (rows[i].len > 0 ? SZTP_OK : SZTP_ERR_URI)) fail_msg("%s", rows[i].host);
    assert_int_equal(len, rows[i].len);
    assert_memory_equal(out, rows[i].octets, len);
  }
}

/* TLS-11, DATA-18 */
static void test_equal_names(void **state) {
  (void)state;
  assert_int_equal(sztp__host_equal(sztp__span_of("H.Example"), sztp__span_of("h.eXAMPLE")), 1);
  assert_int_equal(sztp__host_equal(sztp__span_of("h.example."), sztp__span_of("h.example")), 1);
  assert_int_equal(sztp__host_equal(sztp__span_of("h.example"), sztp__span_of("h.example.")), 1);
  assert_int_equal(sztp__host_equal(sztp__span_of("h.example.."), sztp__span_of("h.example")), 0);
  assert_int_equal(sztp__host_equal(sztp__span_of("h.example"), sztp__span_of("i.example")), 0);
  assert_int_equal(sztp__host_equal(sztp__span_of("h.example"), sztp__span_of("h.example2")), 0);
  assert_int_equal(sztp__host_equal(sztp__span_of("@"), sztp__span_of("`")), 0);
  assert_int_equal(sztp__host_equal(sztp__span(NULL, 0), sztp__span(NULL, 0)), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_server_uris, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_nul_octets, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_hosts, set_up, tear_down),
      cmocka_unit_test(test_host_octets),
      cmocka_unit_test(test_equal_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
