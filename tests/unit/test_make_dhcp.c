/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding bootstrap-server-list for DHCP servers. */
#include "common/with_ctx.h"

#include <sztp/artifacts.h>

#define TWO "https://boot1.example.net\0https://[2001:db8::5]:8443"

/* The value of the wire examples, section 9. */
static const uint8_t VALUE[] = {0x00, 0x19, 0x68, 0x74, 0x74, 0x70, 0x73, 0x3a, 0x2f, 0x2f, 0x62,
                                0x6f, 0x6f, 0x74, 0x31, 0x2e, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c,
                                0x65, 0x2e, 0x6e, 0x65, 0x74, 0x00, 0x1a, 0x68, 0x74, 0x74, 0x70,
                                0x73, 0x3a, 0x2f, 0x2f, 0x5b, 0x32, 0x30, 0x30, 0x31, 0x3a, 0x64,
                                0x62, 0x38, 0x3a, 0x3a, 0x35, 0x5d, 0x3a, 0x38, 0x34, 0x34, 0x33};

static void expect_text(uint32_t family, const char *uris, size_t len, uint32_t format, const char *text) {
  uint8_t *out = NULL;
  size_t out_len = 0;
  assert_int_equal(sztp_dhcp_make(ctx, family, uris, len, format, &out, &out_len), SZTP_OK);
  assert_string_equal((const char *)out, text);
  assert_int_equal(out_len, strlen(text));
  sztp_artifacts_free(ctx, out);
}

static void expect_refusal(uint32_t family, const char *uris, size_t len, uint32_t format, int32_t code,
                           const char *why) {
  uint8_t *out = NULL;
  size_t out_len = 0;
  test_expect_fail(ctx, sztp_dhcp_make(ctx, family, uris, len, format, &out, &out_len), code, why);
  assert_null(out);
}

/* DHCP-03: the octets of the wire examples, and what the decoder makes of them. */
static void octets(void **state) {
  (void)state;
  for (uint32_t family = 4; family <= 6; family += 2) {
    uint8_t *out = NULL;
    size_t len = 0;
    sztp_info_t *info = NULL;
    const uint8_t *host = NULL;
    size_t host_len = 0;
    int64_t port = 0;
    assert_int_equal(sztp_dhcp_make(ctx, family, TWO, sizeof TWO - 1, SZTP_DHCP_BYTES, &out, &len), SZTP_OK);
    assert_int_equal(len, sizeof VALUE);
    assert_memory_equal(out, VALUE, sizeof VALUE);
    assert_int_equal(sztp_dhcp_parse(ctx, family, 0, out, len, &info), SZTP_OK);
    assert_int_equal(sztp_info_count(info, SZTP_INFO_SERVER_ADDRESS), 2);
    assert_int_equal(sztp_info_bytes(info, SZTP_INFO_SERVER_ADDRESS, 1, &host, &host_len), SZTP_OK);
    assert_string_equal((const char *)host, "2001:db8::5");
    assert_int_equal(sztp_info_i64(info, SZTP_INFO_SERVER_PORT, 1, &port), SZTP_OK);
    assert_int_equal(port, 8443);
    sztp_info_free(info);
    sztp_artifacts_free(ctx, out);
  }
}

#define SHORT        "https://h.example"
#define SHORT_COLONS "00:11:68:74:74:70:73:3a:2f:2f:68:2e:65:78:61:6d:70:6c:65"
#define SHORT_PLAIN  "001168747470733a2f2f682e6578616d706c65"

static void formats(void **state) {
  static const struct {
    uint32_t family;
    uint32_t format;
    const char *text;
  } cases[] = {
      {4, SZTP_DHCP_HEX, SHORT_PLAIN},
      {6, SZTP_DHCP_HEX, SHORT_PLAIN},
      {4, SZTP_DHCP_ISC, "option sztp-redirect code 143 = string;\noption sztp-redirect " SHORT_COLONS ";"},
      {6, SZTP_DHCP_ISC,
       "option dhcp6.sztp-redirect code 136 = string;\noption dhcp6.sztp-redirect " SHORT_COLONS ";"},
      {4, SZTP_DHCP_KEA,
       "{ \"code\": 143, \"space\": \"dhcp4\", \"csv-format\": false, \"data\": \"" SHORT_PLAIN "\" }"},
      {6, SZTP_DHCP_KEA,
       "{ \"code\": 136, \"space\": \"dhcp6\", \"csv-format\": false, \"data\": \"" SHORT_PLAIN "\" }"},
      {4, SZTP_DHCP_DNSMASQ, "dhcp-option=143," SHORT_COLONS},
      {6, SZTP_DHCP_DNSMASQ, "dhcp-option=option6:136," SHORT_COLONS},
      {4, SZTP_DHCP_CISCO, "option 143 hex 0011.6874.7470.733a.2f2f.682e.6578.616d.706c.65"},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++)
    expect_text(cases[i].family, SHORT, strlen(SHORT), cases[i].format, cases[i].text);
}

/* D-26: what receivers merely tolerate is not sent. */
static void tolerated_forms_are_straightened(void **state) {
  static const char *const forms[] = {"HTTPS://h.example", "https://h.example/",
                                      "https://h.example:", "https://h.example:/"};
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(forms); i++)
    expect_text(4, forms[i], strlen(forms[i]), SZTP_DHCP_HEX, SHORT_PLAIN);
}

/* DHCP-04: other URIs are refused, wherever they stand in the list. */
static void other_uris_are_refused(void **state) {
  static const struct {
    const char *uri;
    const char *why;
  } cases[] = {
      {"https://h.example/restconf", "path"},
      {"https://h?x", "query"},
      {"https://h#x", "fragment"},
      {"http://h", "start with https://"},
      {"h.example", "start with https://"},
      {"https://u@h", "user information"},
      {"https://h:0", "no port"},
      {"https://h:65536", "no port"},
      {"https://2001:db8::1", "without brackets"},
      {"https://[fe80::1%25eth0]", "no IPv6 address"},
      {"https://", "host is empty"},
      {"https://a b", "host 'a b'"},
      {"", "start with https://"},
  };
  char list[128];
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    expect_refusal(4, cases[i].uri, strlen(cases[i].uri), SZTP_DHCP_HEX, SZTP_ERR_URI, cases[i].why);
    int n = snprintf(list, sizeof list, "%s%c%s", SHORT, 0, cases[i].uri);
    assert_true(n > 0);
    expect_refusal(4, list, (size_t)n, SZTP_DHCP_HEX, SZTP_ERR_URI, cases[i].why);
  }
  expect_refusal(4, SHORT "\0\0" SHORT, 2 * strlen(SHORT) + 2, SZTP_DHCP_HEX, SZTP_ERR_URI, "start with");
}

/* @p n URIs of @p each octets. */
static char *many(size_t n, size_t each, size_t *len) {
  char *list = (char *)malloc(n * (each + 1));
  assert_non_null(list);
  for (size_t i = 0; i < n; i++) {
    char *uri = list + i * (each + 1);
    memset(uri, 'a', each);
    memcpy(uri, "https://", 8);
    for (size_t at = 8 + 50; at < each - 1; at += 50) uri[at] = '.';
    uri[each] = '\0';
  }
  *len = n * (each + 1) - 1;
  return list;
}

/* DHCP-18: no more than receivers keep; and no more than the servers can send in one option. */
static void limits(void **state) {
  static const struct {
    size_t count;
    size_t each;
    uint32_t family;
    uint32_t format;
    const char *why; /* NULL: it can be done */
  } cases[] = {
      {64, 20, 4, SZTP_DHCP_BYTES, NULL},
      {65, 20, 4, SZTP_DHCP_BYTES, "more than 64"},
      {64, 261, 6, SZTP_DHCP_ISC, NULL},
      {1, 253, 4, SZTP_DHCP_DNSMASQ, NULL},
      {1, 254, 4, SZTP_DHCP_DNSMASQ, "256 octets"},
      {1, 253, 4, SZTP_DHCP_CISCO, NULL},
      {1, 254, 4, SZTP_DHCP_CISCO, "256 octets"},
      {1, 254, 4, SZTP_DHCP_ISC, NULL},
      {1, 254, 4, SZTP_DHCP_KEA, NULL},
      {1, 254, 6, SZTP_DHCP_DNSMASQ, NULL},
  };
  (void)state;
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    size_t len = 0;
    char *list = many(cases[i].count, cases[i].each, &len);
    uint8_t *out = NULL;
    size_t out_len = 0;
    int32_t rc = sztp_dhcp_make(ctx, cases[i].family, list, len, cases[i].format, &out, &out_len);
    if (cases[i].why != NULL)
      test_expect_fail(ctx, rc, SZTP_ERR_LIMIT, cases[i].why);
    else
      assert_int_equal(rc, SZTP_OK);
    sztp_artifacts_free(ctx, out);
    free(list);
  }
}

static void ios_has_no_v6(void **state) {
  (void)state;
  expect_refusal(6, SHORT, strlen(SHORT), SZTP_DHCP_CISCO, SZTP_ERR_UNSUPPORTED, "DHCPv6");
}

static void arguments(void **state) {
  uint8_t *out = NULL;
  size_t len = 0;
  (void)state;
  assert_int_equal(sztp_dhcp_make(NULL, 4, SHORT, 5, SZTP_DHCP_HEX, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_make(ctx, 7, SHORT, 5, SZTP_DHCP_HEX, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_make(ctx, 4, NULL, 5, SZTP_DHCP_HEX, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_make(ctx, 4, SHORT, 5, 0, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_make(ctx, 4, SHORT, 5, SZTP_DHCP_CISCO + 1, &out, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_make(ctx, 4, SHORT, 5, SZTP_DHCP_HEX, NULL, &len), SZTP_ERR_ARG);
  assert_int_equal(sztp_dhcp_make(ctx, 4, SHORT, 5, SZTP_DHCP_HEX, &out, NULL), SZTP_ERR_ARG);
}

static int32_t encode(sztp_ctx_t *in, void *user) {
  uint8_t *out = NULL;
  size_t len = 0;
  int32_t rc = sztp_dhcp_make(in, 4, TWO, sizeof TWO - 1, *(const uint32_t *)user, &out, &len);
  sztp_artifacts_free(in, out);
  return rc;
}

static void memory_runs_out(void **state) {
  (void)state;
  for (uint32_t format = SZTP_DHCP_BYTES; format <= SZTP_DHCP_CISCO; format++)
    assert_true(test_every_allocation(encode, &format) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(octets, set_up, tear_down),
      cmocka_unit_test_setup_teardown(formats, set_up, tear_down),
      cmocka_unit_test_setup_teardown(tolerated_forms_are_straightened, set_up, tear_down),
      cmocka_unit_test_setup_teardown(other_uris_are_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(limits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(ios_has_no_v6, set_up, tear_down),
      cmocka_unit_test_setup_teardown(arguments, set_up, tear_down),
      cmocka_unit_test(memory_runs_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
