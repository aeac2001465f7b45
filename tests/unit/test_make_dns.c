/* SPDX-License-Identifier: Apache-2.0 */
/* Zone-file lines of artifacts and servers: what a name server would make of them is what a device reads. */
#include "common/dns_message.h"
#include "common/testing.h"

#include <sztp/artifacts.h>

#define SERIAL "EX4200-17"
#define OWNER  SERIAL "._sztp.example.net"

static sztp_bundle_t *make_bundle(sztp_ctx_t *ctx, const uint8_t *ci, size_t ci_len, const void *oc,
                                  size_t oc_len) {
  sztp_bundle_t *bundle = NULL;
  assert_int_equal(sztp_bundle_new(ctx, &bundle), 0);
  if (ci != NULL) assert_int_equal(sztp_bundle_set(bundle, SZTP_ARTIFACT_CONVEYED_INFO, ci, ci_len), 0);
  if (oc != NULL) assert_int_equal(sztp_bundle_set(bundle, SZTP_ARTIFACT_OWNER_CERT, oc, oc_len), 0);
  return bundle;
}

/* Reads the strings of a record as RFC 1035 5.1 has them, and puts them into a message as one TXT record.
 * Returns what stands behind the record. */
static const char *read_record(const char *p, const char *start, dns_message_t *m) {
  assert_memory_equal(p, start, strlen(start));
  p += strlen(start);
  size_t at = dns_start(m, DNS_ANSWER, OWNER, SZTP_DNS_TXT, DNS_IN, 60);
  while (*p != ')') {
    uint8_t string[256] = {0};
    while (*p == ' ' || *p == '\n') p++;
    if (*p == ')') break;
    assert_int_equal(*p++, '"');
    for (; *p != '"'; p++) {
      assert_true(*p >= 0x20 && *p < 0x7f);
      assert_true(string[0] < 255);
      uint8_t c = (uint8_t)*p;
      if (c == '\\' && p[1] >= '0' && p[1] <= '9') {
        c = (uint8_t)((p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'));
        p += 3;
      } else if (c == '\\') {
        c = (uint8_t) * ++p;
      }
      string[1 + string[0]++] = c;
    }
    p++;
    dns_octets(m, string, (size_t)string[0] + 1);
  }
  dns_end(m, at);
  assert_memory_equal(p, ")\n", 2);
  return p + 2;
}

/* DNS-07, DNS-08, DNS-09: any octets come through, of any length, in strings of 255 octets */
static void test_round_trip(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  dns_message_t *m = malloc(sizeof *m);
  uint8_t ci[3000];
  for (size_t i = 0; i < sizeof ci; i++) ci[i] = (uint8_t)i;
  ci[0] = 0x30;
  static const size_t lens[] = {1, 251, 252, 253, 506, 507, 508, 3000};
  for (size_t i = 0; i < TEST_COUNT_OF(lens); i++) {
    uint8_t *out = NULL;
    size_t len = 0;
    sztp_dns_t *q = NULL;
    sztp_bundle_t *read = NULL;
    const uint8_t *data = NULL;
    sztp_bundle_t *bundle = make_bundle(ctx, ci, lens[i], "0\"\\;\n\0\x7f\x80\xff", 9);
    assert_int_equal(sztp_dns_make(ctx, SERIAL, "example.net", bundle, 300, &out, &len), 0);
    assert_int_equal(len, strlen((const char *)out));
    dns_begin(m, 1, DNS_RESPONSE);
    dns_question(m, OWNER, SZTP_DNS_TXT, DNS_IN);
    const char *p = read_record((const char *)out, OWNER ". 300 IN TXT (", m);
    p = read_record(p, OWNER ". 300 IN TXT (", m);
    assert_string_equal(p, "");
    assert_int_equal(sztp_dns_new(ctx, SZTP_DNS_TXT, SZTP_DNS_UNICAST, OWNER, strlen(OWNER), 1, &q), 0);
    assert_int_equal(sztp_dns_add(q, "", 0, m->data, m->len), 0);
    assert_int_equal(sztp_dns_bundle(q, 0, &read), 0);
    assert_int_equal(sztp_bundle_get(read, SZTP_ARTIFACT_CONVEYED_INFO, &data, &len), 0);
    assert_int_equal(len, lens[i]);
    assert_memory_equal(data, ci, len);
    assert_int_equal(sztp_bundle_get(read, SZTP_ARTIFACT_OWNER_CERT, &data, &len), 0);
    assert_int_equal(len, 9);
    assert_memory_equal(data, "0\"\\;\n\0\x7f\x80\xff", 9);
    assert_int_equal(sztp_bundle_get(read, SZTP_ARTIFACT_VOUCHER, &data, &len), SZTP_ERR_NOT_FOUND);
    sztp_bundle_free(read);
    sztp_bundle_free(bundle);
    sztp_dns_free(q);
    sztp_artifacts_free(ctx, out);
  }
  free(m);
  test_ctx_free(&memory, ctx);
}

/* RFC 8572 4.2.4: what a record and a message can hold, to the octet */
static void test_limits(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  uint8_t *value = malloc(70000);
  uint8_t *out = NULL;
  size_t len = 0;
  memset(value, 'a', 70000);
  /* header 12, question 9+1+6+8+4+1+4, OPT 11, then 12 and the data with a length octet per 255 octets of
   * "ci=" and value: 65535 - 68 = 65467, of which 256 go over 255 */
  size_t most = 65467 - 256 - 3;
  for (size_t n = most - 1; n <= most + 1; n++) {
    sztp_bundle_t *bundle = make_bundle(ctx, value, n, NULL, 0);
    int32_t rc = sztp_dns_make(ctx, SERIAL, "example.net", bundle, 0, &out, &len);
    if (n <= most)
      assert_int_equal(rc, 0);
    else
      test_expect_fail(ctx, rc, SZTP_ERR_LIMIT,
                       "an answer with all records has 65536 octets, a DNS message at most 65535");
    if (rc == 0) sztp_artifacts_free(ctx, out);
    sztp_bundle_free(bundle);
  }
  sztp_bundle_t *bundle = make_bundle(ctx, value, 70000, NULL, 0);
  test_expect_fail(ctx, sztp_dns_make(ctx, SERIAL, "d", bundle, 0, &out, &len), SZTP_ERR_LIMIT,
                   "ci of 70000 octets makes a TXT record of more than 65535 octets");
  sztp_bundle_free(bundle);
  bundle = make_bundle(ctx, value, 40000, value, 30000); /* each of them would fit */
  test_expect_fail(ctx, sztp_dns_make(ctx, SERIAL, "d", bundle, 0, &out, &len), SZTP_ERR_LIMIT,
                   "with all records");
  sztp_bundle_free(bundle);
  free(value);
  test_ctx_free(&memory, ctx);
}

/* DNS-04: names that zone files must not read otherwise, and such that are none */
static void test_names(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  uint8_t *out = NULL;
  size_t len = 0;
  static const char too_long[] = "0123456789012345678901234567890123456789012345678901234567890abc";
  sztp_bundle_t *bundle = make_bundle(ctx, (const uint8_t *)"0", 1, NULL, 0);
  sztp_bundle_t *empty = make_bundle(ctx, NULL, 0, "0", 1);
  assert_int_equal(sztp_dns_make(ctx, "A.1 ;@", "x.example.", bundle, 2147483647, &out, &len), 0);
  assert_string_equal((const char *)out,
                      "A\\.1\\032\\;\\@._sztp.x.example. 2147483647 IN TXT ( \"ci=0\" )\n");
  sztp_artifacts_free(ctx, out);
  assert_int_equal(sztp_dns_make(ctx, SERIAL, "d", bundle, 0x80000000u, &out, &len), SZTP_ERR_ARG);
  test_expect_fail(ctx, sztp_dns_make(ctx, SERIAL, "d", empty, 0, &out, &len), SZTP_ERR_ARTIFACT_MISSING,
                   "no conveyed");
  test_expect_fail(ctx, sztp_dns_make(ctx, too_long, "d", bundle, 0, &out, &len), SZTP_ERR_LIMIT, "63");
  test_expect_fail(ctx, sztp_dns_make(ctx, "", "d", bundle, 0, &out, &len), SZTP_ERR_LIMIT, "empty");
  test_expect_fail(ctx, sztp_dns_make(ctx, SERIAL, "d\\", bundle, 0, &out, &len), SZTP_ERR_TEXT,
                   "escapes nothing");
  sztp_bundle_free(bundle);
  sztp_bundle_free(empty);
  test_ctx_free(&memory, ctx);
}

/* DNS-05, DNS-15, DNS-16 */
static void test_servers(void **state) {
  (void)state;
  test_memory_t memory;
  sztp_ctx_t *ctx = test_ctx_new(&memory);
  uint8_t *out = NULL;
  size_t len = 0;
  assert_int_equal(
      sztp_dns_make_server(ctx, "example.net", "boot1.example.net.", 8443, 10, 65535, 1800, &out, &len), 0);
  assert_string_equal((const char *)out,
                      "_sztp._tcp.example.net. 1800 IN SRV 10 65535 8443 boot1.example.net.\n");
  assert_int_equal(len, strlen((const char *)out));
  sztp_artifacts_free(ctx, out);
  assert_int_equal(sztp_dns_make_server(ctx, "local", "boot", 0, 0, 0, 0, &out, &len), 0);
  assert_string_equal((const char *)out, "_sztp._tcp.local. 0 IN SRV 0 0 443 boot.\n");
  sztp_artifacts_free(ctx, out);
  static const char *const bad[] = {"192.0.2.1", "2001:db8::1", "", "a b", "a..b", "."};
  for (size_t i = 0; i < TEST_COUNT_OF(bad); i++)
    assert_int_equal(sztp_dns_make_server(ctx, "d", bad[i], 1, 0, 0, 0, &out, &len), SZTP_ERR_URI);
  assert_int_equal(sztp_dns_make_server(ctx, "a..b", "h", 1, 0, 0, 0, &out, &len), SZTP_ERR_LIMIT);
  test_ctx_free(&memory, ctx);
}

static int32_t work(sztp_ctx_t *ctx, void *user) {
  uint8_t *out = NULL;
  size_t len = 0;
  sztp_bundle_t *bundle = NULL;
  (void)user;
  int32_t rc = sztp_bundle_new(ctx, &bundle);
  if (rc == 0) rc = sztp_bundle_set(bundle, SZTP_ARTIFACT_CONVEYED_INFO, (const uint8_t *)"0123456789", 10);
  if (rc == 0) rc = sztp_dns_make(ctx, SERIAL, "example.net", bundle, 60, &out, &len);
  sztp_artifacts_free(ctx, out);
  out = NULL;
  if (rc == 0) rc = sztp_dns_make_server(ctx, "d", "h", 1, 0, 0, 0, &out, &len);
  sztp_artifacts_free(ctx, out);
  sztp_bundle_free(bundle);
  return rc;
}

/* SEC-05 */
static void test_memory(void **state) {
  (void)state;
  assert_true(test_every_allocation(work, NULL) >= 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip), cmocka_unit_test(test_limits), cmocka_unit_test(test_names),
      cmocka_unit_test(test_servers),    cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
