/* SPDX-License-Identifier: Apache-2.0 */
/* The device's own certificates, read where a stranger's is refused: own_cert.c. */
#include "common/with_ctx.h"

#include "common/pki.h"
#include "cryptography/own_cert.h"

/* Changes the first @p from in the certificate; the octets lie in a buffer of the test's. */
static void change(sztp__span_t der, const char *from, const char *to, size_t len) {
  uint8_t *p = (uint8_t *)(uintptr_t)der.data;
  for (size_t i = 0; i + len <= der.len; i++)
    if (memcmp(p + i, from, len) == 0) {
      memcpy(p + i, to, len);
      return;
    }
  fail_msg("not in the certificate: %s", from);
}

/* Where the validity's first time begins. */
static size_t find_time(sztp__span_t der) {
  for (size_t i = 0; i + 2 < der.len; i++)
    if (der.data[i] == SZTP__DER_UTC_TIME && der.data[i + 1] == 13) return i + 2;
  fail_msg("no time");
  return 0;
}

static void expect_lenient(sztp__span_t der, const sztp__cert_t *right, const char *why) {
  sztp__cert_t cert;
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, sztp__cert_parse(ctx, der, &cert), SZTP_ERR_DER, why);
  sztp__trail_clear(ctx);
  assert_int_equal(sztp__own_cert_parse(ctx, der, &cert), SZTP_OK);
  assert_int_equal(sztp__trail_len(ctx), 0);
  assert_true(sztp__span_equal(cert.der, der));
  assert_true(sztp__span_equal(cert.subject, right->subject) && sztp__span_equal(cert.issuer, right->issuer));
  assert_true(sztp__span_equal(cert.serial, right->serial) && sztp__span_equal(cert.spki, right->spki));
  assert_int_equal(cert.key.type, right->key.type);
  assert_true(sztp__span_equal(cert.subject_key_id, right->subject_key_id));
  assert_true(right->authority_key_id.len > 0);
  assert_true(sztp__span_equal(cert.authority_key_id, right->authority_key_id));
  assert_true(sztp__span_equal(cert.authority_key_id_octets, right->authority_key_id_octets));
}

/* IDEV-01, PKIX-02: nobody relies on it, so what names it is enough */
static void test_broken_in_a_detail(void **state) {
  (void)state;
  sztp__buf_t der;
  sztp__cert_t right;
  sztp__buf_init(&der, ctx, 65536);
  sztp__span_t whole = pki_cert(ctx, "idevid-aki", &der, &right);
  uint8_t *octets = (uint8_t *)(uintptr_t)whole.data;
  change(whole, "\x01\x01\xff", "\x01\x01\x01", 3);
  expect_lenient(whole, &right, "BOOLEAN");
  change(whole, "\x01\x01\x01", "\x01\x01\xff", 3);
  size_t time = find_time(whole);
  octets[time + 12] = '0'; /* for the Z */
  expect_lenient(whole, &right, "a time that is not in the form of RFC 5280");
  octets[time + 12] = 'Z';
  sztp__cert_t cert;
  sztp__trail_clear(ctx);
  assert_int_equal(sztp__cert_parse(ctx, whole, &cert), SZTP_OK);
  sztp__buf_clear(&der);
}

/* What does name nothing is refused here as well, for the same reason. */
static void test_broken_in_what_counts(void **state) {
  (void)state;
  sztp__buf_t der;
  sztp__cert_t right;
  sztp__cert_t cert;
  sztp__buf_init(&der, ctx, 65536);
  sztp__span_t whole = pki_cert(ctx, "idevid-aki", &der, &right);
  uint8_t *octets = (uint8_t *)(uintptr_t)whole.data;
  size_t key = (size_t)(right.spki.data - whole.data);
  octets[key] = SZTP__DER_SET;
  test_expect_fail(ctx, sztp__own_cert_parse(ctx, whole, &cert), SZTP_ERR_DER, "tag 0x31, expected 0x30");
  octets[key] = SZTP__DER_SEQUENCE;
  for (size_t len = 0; len < whole.len; len++) {
    sztp__trail_clear(ctx);
    assert_int_equal(sztp__own_cert_parse(ctx, sztp__span(whole.data, len), &cert), SZTP_ERR_DER);
  }
  sztp__buf_clear(&der);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_broken_in_a_detail, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_broken_in_what_counts, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
