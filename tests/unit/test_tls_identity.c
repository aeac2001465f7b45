/* SPDX-License-Identifier: Apache-2.0 */
/* Judging bootstrap servers: names in certificates, purposes, exact certificates as anchors, redirects'
 * anchors: trust/tls_identity.c, over the certificates of tests/make-paths. */
#include "common/testing.h"

#include "common/pki.h"
#include "cryptography/cms_write.h"
#include "ground/text.h"
#include "trust/tls_identity.h"

#define NOW ((int64_t)1767225600) /* 2026-01-01 */

static void read_der(sztp_ctx_t *ctx, const char *name, sztp__buf_t *der) {
  char file[128];
  (void)snprintf(file, sizeof file, "paths/%s.pem", name);
  (void)pki_der(ctx, file, der);
}

/* The server presents @p name and "int"; @p anchor is trusted; the device called @p host. */
static int32_t check(sztp_device_t *dev, const char *anchor, const char *name, const char *host,
                     int64_t now) {
  sztp_ctx_t *ctx = dev->ctx;
  sztp__buf_t anchor_der;
  sztp__buf_t chain;
  sztp__buf_t above;
  sztp__cert_t cert;
  read_der(ctx, anchor, &anchor_der);
  read_der(ctx, name, &chain);
  read_der(ctx, "int", &above);
  assert_int_equal(sztp__buf_add_span(&chain, sztp__buf_span(&above)), SZTP_OK);
  assert_int_equal(sztp__cert_parse(ctx, sztp__buf_span(&anchor_der), &cert), SZTP_OK);
  sztp__server_rules_t rules = {dev,  &cert, 1, 0, sztp__device_clock(ctx, dev, now), sztp__span_of(host),
                                NULL, 0};
  int32_t rc = sztp__server_check(ctx, &rules, sztp__buf_span(&chain));
  sztp__buf_clear(&anchor_der);
  sztp__buf_clear(&chain);
  sztp__buf_clear(&above);
  return rc;
}

/* PKIX-02: an intermediate of a server's chain that can't be decoded is named where its absence is the
 * reason. */
static void a_broken_intermediate_is_named(void **state) {
  (void)state;
  static const char utc_time[] = {0x17, 0x0d};
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_device_t *dev = NULL;
  sztp__buf_t anchor, chain, above;
  sztp__cert_t cert;
  assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
  read_der(ctx, "root", &anchor);
  read_der(ctx, "host_names", &chain);
  read_der(ctx, "int", &above);
  uint8_t *time = above.data;
  while (memcmp(time, utc_time, sizeof utc_time) != 0) assert_true(++time + 15 < above.data + above.len);
  time[14] = '+'; /* in the place of Z */
  assert_int_equal(sztp__buf_add_span(&chain, sztp__buf_span(&above)), SZTP_OK);
  assert_int_equal(sztp__cert_parse(ctx, sztp__buf_span(&anchor), &cert), SZTP_OK);
  sztp__server_rules_t rules = {
      dev, &cert, 1, 0, sztp__device_clock(ctx, dev, NOW), sztp__span_of("sztp.example.com"), NULL, 0};
  assert_int_equal(sztp__server_check(ctx, &rules, sztp__buf_span(&chain)), SZTP_ERR_TLS_UNTRUSTED);
  if (strstr(test_detail(ctx), "a certificate of the server's chain (") == NULL ||
      strstr(test_detail(ctx), "can't be decoded: a time that is not in the form of RFC 5280") == NULL)
    fail_msg("%s", test_detail(ctx));
  sztp__buf_clear(&anchor);
  sztp__buf_clear(&chain);
  sztp__buf_clear(&above);
  sztp_device_free(dev);
  test_ctx_free(&m, ctx);
}

struct server_case {
  const char *anchor;
  const char *cert;
  const char *host;
  int32_t code;
};

static void run(const struct server_case *cases, size_t count, uint32_t policy) {
  for (size_t i = 0; i < count; i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp_device_t *dev = NULL;
    assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
    if (policy != 0) assert_int_equal(sztp_device_set_i64(dev, policy, 1), SZTP_OK);
    int32_t rc = check(dev, cases[i].anchor, cases[i].cert, cases[i].host, NOW);
    if (rc != cases[i].code)
      fail_msg("%s called %s: %s, %s; expected %s", cases[i].cert, cases[i].host, sztp_error_name(rc),
               test_detail(ctx), sztp_error_name(cases[i].code));
    sztp_device_free(dev);
    test_ctx_free(&m, ctx);
  }
}

#define MISMATCH  SZTP_ERR_TLS_NAME_MISMATCH
#define UNTRUSTED SZTP_ERR_TLS_UNTRUSTED

/* TLS-10, TLS-11, TLS-12, TLS-13: which name or address a certificate is good for */
static void names_are_compared(void **state) {
  (void)state;
  static const struct server_case cases[] = {
      {"root", "host_names", "sztp.example.com", 0},
      {"root", "host_names", "SZTP.Example.COM", 0},
      {"root", "host_names", "sztp.example.com.", 0},
      {"root", "host_names", "www.sztp.example.com", MISMATCH},
      {"root", "host_names", "example.com", MISMATCH},
      {"root", "host_names", "sztp.example.co", MISMATCH},
      {"root", "host_names", "xn--bcher-kva.example", 0},
      /* a wildcard is one whole left-most label */
      {"root", "host_names", "a.wild.example.com", 0},
      {"root", "host_names", "a.b.wild.example.com", MISMATCH},
      {"root", "host_names", "wild.example.com", MISMATCH},
      {"root", "host_names", "www.part.example", MISMATCH},
      {"root", "host_names", "localhost", MISMATCH},
      /* addresses octet for octet */
      {"root", "host_names", "192.0.2.1", 0},
      {"root", "host_names", "192.0.2.2", MISMATCH},
      {"root", "host_names", "2001:db8::1", 0},
      {"root", "host_names", "2001:DB8:0:0:0:0:0:1", 0},
      {"root", "host_names", "2001:db8::2", MISMATCH},
      {"root", "host_names", "::ffff:192.0.2.1", MISMATCH},
      /* names where none belong: an address as text, a mailbox, a URI, the common name */
      {"root", "host_others", "192.0.2.1", MISMATCH},
      {"root", "host_others", "sztp.example.com", MISMATCH},
      {"root", "host-common-name", "sztp.example.com", MISMATCH},
      {"root", "host_unnamed", "host_unnamed", MISMATCH},
  };
  static const struct server_case with_switch[] = {
      {"root", "host-common-name", "sztp.example.com", 0},
      {"root", "host-common-name", "www.example.com", MISMATCH},
      {"root", "host_others", "host_others", MISMATCH}, /* it has names where they belong */
  };
  run(cases, TEST_COUNT_OF(cases), 0);
  run(with_switch, TEST_COUNT_OF(with_switch), SZTP_POLICY_COMMON_NAME);
}

/* TLS-16: made for something else */
static void purposes_are_checked(void **state) {
  (void)state;
  static const struct server_case cases[] = {
      {"root", "host_client", "sztp.example.com", UNTRUSTED},
      {"root", "host_repudiation", "sztp.example.com", UNTRUSTED},
      {"root", "host-common-name", "sztp.example.com", MISMATCH}, /* serverAuth: only its name is wrong */
      {"other-root", "host_names", "sztp.example.com", UNTRUSTED},
  };
  run(cases, TEST_COUNT_OF(cases), 0);
}

/* TLS-18: a self-signed server certificate that is itself the anchor */
static void a_certificate_is_its_own_anchor(void **state) {
  (void)state;
  static const struct server_case cases[] = {
      {"host-own", "host-own", "sztp.example.com", 0},
      {"host-own", "host-own", "other.example.com", MISMATCH},
      {"host-own", "host-own-again", "sztp.example.com", UNTRUSTED}, /* the same key */
      {"host_client", "host_client", "sztp.example.com", UNTRUSTED},
  };
  run(cases, TEST_COUNT_OF(cases), 0);
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_device_t *dev = NULL;
  assert_int_equal(sztp_device_new(ctx, &dev), SZTP_OK);
  assert_int_equal(check(dev, "host-own", "host-own", "sztp.example.com", 4102444800), UNTRUSTED); /* 2100 */
  sztp_device_free(dev);
  test_ctx_free(&m, ctx);
}

struct anchor_case {
  const char *certs[3];
  const char *part; /* of why it can't be used, or NULL: it can */
};

/* REDIR-07, CMS-16: a redirect's trust anchor is one chain from a self-signed root down */
static void a_redirects_anchor_is_one_chain(void **state) {
  (void)state;
  static const struct anchor_case cases[] = {
      {{"root", NULL, NULL}, NULL},
      {{"int", "root", NULL}, NULL},
      {{"host-own", NULL, NULL}, NULL},
      {{"root-sha1", NULL, NULL}, NULL}, /* what a root is signed with does not matter */
      {{"root", "int-sha1", NULL}, "signature is not its issuer's"},
      {{"int", NULL, NULL}, "no self-signed root"},
      {{"root", "other-root", NULL}, "more than one self-signed root"},
      {{"root", "int2", NULL}, "do not belong"},
      {{"root", "int", "names"}, "more than one chain"},
      {{"root", "leaf-root", NULL}, "not a CA"},
      {{"root", "int-forged", "other-root"}, "more than one self-signed root"},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    sztp__buf_t certs;
    sztp__buf_t bag;
    sztp__anchor_t *anchor = NULL;
    sztp__buf_init(&certs, ctx, 1 << 16);
    sztp__buf_init(&bag, ctx, 1 << 16);
    for (size_t n = 0; n < 3 && cases[i].certs[n] != NULL; n++) {
      sztp__buf_t der;
      read_der(ctx, cases[i].certs[n], &der);
      assert_int_equal(sztp__buf_add_span(&certs, sztp__buf_span(&der)), SZTP_OK);
      sztp__buf_clear(&der);
    }
    assert_int_equal(sztp__cms_write_bag(&bag, sztp__buf_span(&certs), sztp__span(NULL, 0)), SZTP_OK);
    int32_t rc = sztp__anchor_read(ctx, sztp__buf_span(&bag), 0, &anchor);
    if (cases[i].part == NULL)
      assert_int_equal(rc, SZTP_OK);
    else
      test_expect_fail(ctx, rc, UNTRUSTED, cases[i].part);
    assert_int_equal(anchor != NULL, rc == SZTP_OK);
    sztp__anchor_free(ctx, anchor);
    sztp__buf_clear(&certs);
    sztp__buf_clear(&bag);
    test_ctx_free(&m, ctx);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_broken_intermediate_is_named),
      cmocka_unit_test(names_are_compared),
      cmocka_unit_test(purposes_are_checked),
      cmocka_unit_test(a_certificate_is_its_own_anchor),
      cmocka_unit_test(a_redirects_anchor_is_one_chain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
