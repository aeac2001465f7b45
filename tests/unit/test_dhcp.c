/* SPDX-License-Identifier: Apache-2.0 */
/* Option values of DHCPv4 and DHCPv6 (DHCP group): what is taken, what is left out, and that nothing breaks.
 */
#include "common/testing.h"

struct entry_case {
  const char *uri;
  const char *host; /* NULL: invalid */
  uint16_t port;
  const char *why;
};

/* DHCP-04 (D-26), DHCP-14 */
static const struct entry_case ENTRIES[] = {
    {"https://boot1.example.net", "boot1.example.net", 443, NULL},
    {"https://[2001:db8::5]:8443", "2001:db8::5", 8443, NULL},
    {"HTTPS://h.example/", "h.example", 443, NULL},
    {"https://h:", "h", 443, NULL},
    {"https://192.0.2.1:65535", "192.0.2.1", 65535, NULL},
    {"https://h.example/restconf", NULL, 0, "has a path, query or fragment"},
    {"http://h", NULL, 0, "does not start with https://"},
    {"https://u@h", NULL, 0, "has user information"},
    {"https://h:0", NULL, 0, "has no port from 1 to 65535"},
    {"https://h:65536", NULL, 0, "has no port from 1 to 65535"},
    {"https://h?q", NULL, 0, "has a path, query or fragment"},
    {"https://h#f", NULL, 0, "has a path, query or fragment"},
    {"https://h%41", NULL, 0, "has a character other than"},
    {"https://h h", NULL, 0, "has a character other than"},
    {"https://h\n", NULL, 0, "has a character other than"},
    {"https://", NULL, 0, "the host is empty"},
    {"https://:443", NULL, 0, "the host is empty"},
    {"https://2001:db8::1", NULL, 0, "has an IPv6 address without brackets"},
    {"https://[fe80::1%25eth0]", NULL, 0, "has no IPv6 address between the brackets"},
    {"https://h\xc3\xa9", NULL, 0, "has a character other than"},
};

static size_t put(uint8_t *out, const char *uri) {
  size_t n = strlen(uri);
  out[0] = (uint8_t)(n >> 8);
  out[1] = (uint8_t)n;
  memcpy(out + 2, uri, n);
  return n + 2;
}

static void expect_server(const sztp_info_t *info, size_t index, const char *host, uint16_t port) {
  const uint8_t *data = NULL;
  size_t len = 0;
  int64_t value = 0;
  assert_int_equal(sztp_info_bytes(info, SZTP_INFO_SERVER_ADDRESS, index, &data, &len), 0);
  assert_int_equal(len, strlen(host));
  assert_string_equal((const char *)data, host);
  assert_int_equal(sztp_info_i64(info, SZTP_INFO_SERVER_PORT, index, &value), 0);
  assert_int_equal(value, port);
  assert_int_equal(sztp_info_bytes(info, SZTP_INFO_SERVER_ANCHOR, index, &data, &len),
                   SZTP_ERR_NOT_FOUND); /* DHCP-21 */
}

static void keep_line(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  char *kept = (char *)user;
  assert_int_equal(topic, SZTP_TOPIC_SOURCE);
  assert_int_equal(level, SZTP_LOG_WARN);
  assert_true(len < 400);
  memcpy(kept, line, len + 1);
}

static void test_entries(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  char line[400];
  assert_int_equal(sztp_ctx_set_log(ctx, SZTP_LOG_WARN, keep_line, line), SZTP_OK);
  for (size_t i = 0; i < TEST_COUNT_OF(ENTRIES); i++) {
    /* between two good ones: order is kept (DHCP-05) */
    uint8_t option[512];
    size_t len = put(option, "https://first");
    len += put(option + len, ENTRIES[i].uri);
    len += put(option + len, "https://last");
    sztp_info_t *info = NULL;
    line[0] = 0;
    assert_int_equal(sztp_dhcp_parse(ctx, i % 2 ? 4 : 6, 0, option, len, &info), 0);
    if (ENTRIES[i].why == NULL) assert_int_equal(line[0], 0);
    if (ENTRIES[i].why != NULL) assert_non_null(strstr(line, ENTRIES[i].why)); /* each with its reason */
    assert_int_equal(sztp_info_kind(info), SZTP_INFO_REDIRECT);
    assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), ENTRIES[i].host == NULL ? 2 : 3);
    expect_server(info, 0, "first", 443);
    if (ENTRIES[i].host != NULL) expect_server(info, 1, ENTRIES[i].host, ENTRIES[i].port);
    expect_server(info, ENTRIES[i].host == NULL ? 1 : 2, "last", 443);
    sztp_info_free(info);
    /* alone: the whole option is dropped (DHCP-06) */
    len = put(option, ENTRIES[i].uri);
    int32_t rc = sztp_dhcp_parse(ctx, 4, 0, option, len, &info);
    assert_int_equal(rc, ENTRIES[i].host == NULL ? SZTP_ERR_NOT_FOUND : 0);
    if (rc == 0) sztp_info_free(info);
  }
  test_ctx_free(&m, ctx);
}

/* The octets of the wire examples, section 9 (DHCP-03) */
static void test_wire_example(void **state) {
  (void)state;
  static const uint8_t option[] = "\x00\x19https://boot1.example.net\x00\x1ahttps://[2001:db8::5]:8443";
  static const uint8_t nothing[] = "\x00\x08http://h\x00\x00";
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_info_t *info = NULL;
  assert_int_equal(sizeof option - 1, 55);
  assert_int_equal(sztp_dhcp_parse(ctx, 4, 0, option, 55, &info), 0);
  assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), 2);
  expect_server(info, 0, "boot1.example.net", 443);
  expect_server(info, 1, "2001:db8::5", 8443);
  sztp_info_free(info);
  test_expect_fail(ctx, sztp_dhcp_parse(ctx, 4, 0, nothing, sizeof nothing - 1, &info), SZTP_ERR_NOT_FOUND,
                   "no valid entry");
  test_ctx_free(&m, ctx);
}

/* DHCP-06, DHCP-07 (D-27): cut at every octet, stray octets, lengths beyond the end: whole entries before are
 * kept */
static void test_framing(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint8_t option[256];
  size_t first = put(option, "https://first");
  size_t len = first + put(option + first, "https://second");
  for (size_t n = 0; n <= len; n++) {
    sztp_info_t *info = NULL;
    size_t whole = (size_t)(n >= first) + (size_t)(n >= len);
    int32_t rc = sztp_dhcp_parse(ctx, 6, 0, option, n, &info);
    assert_int_equal(rc, whole == 0 ? SZTP_ERR_NOT_FOUND : 0);
    if (rc < 0) continue;
    assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), whole);
    sztp_info_free(info);
  }
  sztp_info_t *info = NULL;
  memcpy(option + first, "\xff\xff", 2);
  assert_int_equal(sztp_dhcp_parse(ctx, 4, 0, option, len, &info), 0);
  assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), 1);
  sztp_info_free(info);
  test_ctx_free(&m, ctx);
}

/* DHCP-05, DHCP-07, SEC-01: whatever an octet is changed to, the entries before its own are the same. */
static void test_changed_octets(void **state) {
  static const char *const hosts[] = {"first", "2001:db8::2", "third"};
  static const char *const uris[] = {"https://first", "https://[2001:db8::2]:8443", "https://third"};
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint8_t option[128], changed[128];
  size_t ends[3], len = 0;
  for (size_t i = 0; i < 3; i++) ends[i] = len += put(option + len, uris[i]);
  for (size_t at = 0; at < len; at++)
    for (unsigned value = 0; value < 256; value++) {
      sztp_info_t *info = NULL;
      size_t before = (size_t)(at >= ends[0]) + (size_t)(at >= ends[1]);
      memcpy(changed, option, len);
      changed[at] = (uint8_t)value;
      int32_t rc = sztp_dhcp_parse(ctx, 4, value & 1, changed, len, &info);
      assert_true(rc == SZTP_OK || (rc == SZTP_ERR_NOT_FOUND && before == 0));
      if (rc < 0) continue;
      assert_true(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS) >= (before > 0 ? before : 1));
      for (size_t i = 0; i < before; i++) expect_server(info, i, hosts[i], i == 1 ? 8443 : 443);
      sztp_info_free(info);
    }
  test_ctx_free(&m, ctx);
}

/* DHCP-16, DHCP-18 */
static void test_many(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  static uint8_t option[8192];
  size_t len = 0;
  for (int i = 0; i < 100; i++) {
    char uri[64];
    (void)snprintf(uri, sizeof uri, "https://h%d", i);
    len += put(option + len, uri);
    (void)snprintf(uri, sizeof uri, "https://H%d:443/", i); /* the same once more */
    len += put(option + len, uri);
  }
  sztp_info_t *info = NULL;
  assert_int_equal(sztp_dhcp_parse(ctx, 4, 0, option, len, &info), 0);
  assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), 64);
  expect_server(info, 63, "h63", 443);
  sztp_info_free(info);
  test_ctx_free(&m, ctx);
}

/* DHCP-05, SEC-11: whoever fills an option with 32767 invalid entries does not fill the log as well */
static void test_log_flood(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  static uint8_t option[65535];
  test_lines_t lines = {"more entries are skipped", 0, 0};
  sztp_info_t *info = NULL;
  assert_int_equal(sztp_ctx_set_log(ctx, SZTP_LOG_WARN, test_count_line, &lines), SZTP_OK);
  test_expect_fail(ctx, sztp_dhcp_parse(ctx, 6, 0, option, sizeof option, &info), SZTP_ERR_NOT_FOUND,
                   "no valid entry in 65535 octets");
  assert_int_equal(lines.all, 9); /* eight entries, and how many more there were */
  assert_int_equal(lines.with_text, 1);
  test_ctx_free(&m, ctx);
}

/* DHCP-17, DHCP-19: text without lengths is nothing, unless the switch is on; DER is nothing */
static void test_text(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *host;
  } cases[] = {{"https://h.example", "h.example"},
               {"https://h.example:8443", "h.example"},
               {"https://h.example/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data",
                "h.example"},
               {"https://h.example/elsewhere", NULL},
               {"h.example:8443", "h.example"},
               {"[2001:db8::5]:8443", "2001:db8::5"},
               {"h.example:84430", NULL},
               {"h.example:", NULL},
               {":8443", NULL},
               {"user@h.example:8443", NULL},
               {"2001:db8::5:8443", NULL},
               {"http://h.example:8443", NULL},
               {"http://h.example", NULL}};
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp_info_t *info = NULL;
    const uint8_t *text = (const uint8_t *)cases[i].text;
    size_t len = strlen(cases[i].text);
    assert_int_equal(sztp_dhcp_parse(ctx, 4, 0, text, len, &info), SZTP_ERR_NOT_FOUND);
    int32_t rc = sztp_dhcp_parse(ctx, 4, 1, text, len + 1, &info); /* with its NUL, as some servers send it */
    assert_int_equal(rc, cases[i].host == NULL ? SZTP_ERR_NOT_FOUND : 0);
    if (rc < 0) continue;
    expect_server(info, 0, cases[i].host, strstr(cases[i].text, "8443") != NULL ? 8443 : 443);
    sztp_info_free(info);
  }
  sztp_info_t *info = NULL;
  assert_int_equal(sztp_dhcp_parse(ctx, 4, 1, (const uint8_t *)"\x30\x03\x02\x01\x00", 5, &info),
                   SZTP_ERR_NOT_FOUND);
  assert_int_equal(sztp_dhcp_parse(ctx, 5, 0, (const uint8_t *)"", 0, &info), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_parse(ctx, 4, 2, (const uint8_t *)"", 0, &info), SZTP_ERR_ARG);
  test_ctx_free(&m, ctx);
}

/* DHCP-17, D-30: what people write in place of the list is called by its name */
static void test_told_forms(void **state) {
  (void)state;
  static const struct {
    const char *octets;
    size_t len;
    const char *words;
  } cases[] = {{"https://h", 9, "it is text without lengths"},
               {"h:8443\0", 7, "it is text without lengths"},
               {"\x09https://h", 10, "a length of one octet, not two"},
               {"\x09\0https://h", 11, "its length in the wrong order"},
               {"\x8f\x0b\0\x09https://h", 13, "a whole option with its code and length"},
               {"\0\x09http://hh", 11, "no valid entry in 11 octets"}};
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    sztp_info_t *info = NULL;
    test_expect_fail(ctx, sztp_dhcp_parse(ctx, 4, 0, (const uint8_t *)cases[i].octets, cases[i].len, &info),
                     SZTP_ERR_NOT_FOUND, cases[i].words);
  }
  test_ctx_free(&m, ctx);
}

static int32_t parse_two(sztp_ctx_t *ctx, void *user) {
  uint8_t option[256];
  size_t len = put(option, "https://first");
  len += put(option + len, "https://second");
  sztp_info_t *info = NULL;
  (void)user;
  int32_t rc = sztp_dhcp_parse(ctx, 4, 0, option, len, &info);
  if (rc == 0) sztp_info_free(info);
  return rc;
}

/* SEC-05 */
static void test_memory(void **state) {
  (void)state;
  assert_true(test_every_allocation(parse_two, NULL) >= 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_entries),   cmocka_unit_test(test_wire_example),
      cmocka_unit_test(test_framing),   cmocka_unit_test(test_many),
      cmocka_unit_test(test_text),      cmocka_unit_test(test_told_forms),
      cmocka_unit_test(test_memory),    cmocka_unit_test(test_changed_octets),
      cmocka_unit_test(test_log_flood),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
