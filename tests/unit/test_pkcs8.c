/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys of RFC 5958 in the form that every library reads: pkcs8.c; and that keys of both forms sign.
 */
#include "common/with_ctx.h"

#include <sztp/artifacts.h>

#include "common/pki.h"
#include "formats/der.h"
#include "formats/pkcs8.h"
#include "ground/text.h"

static void test_forms(void **state) {
  (void)state;
  static const struct {
    const char *name, *in, *out;
  } rows[] = {
      {"version 2 with a public key",
       "300e"
       "020101"
       "3002"
       "0500"
       "04020102"
       "810100",
       "300b"
       "020100"
       "3002"
       "0500"
       "04020102"},
      {"version 2 alone",
       "300b"
       "020101"
       "3002"
       "0500"
       "04020102",
       "300b"
       "020100"
       "3002"
       "0500"
       "04020102"},
      {"version 1 with attributes",
       "300d"
       "020100"
       "3002"
       "0500"
       "04020102"
       "a000",
       "300b"
       "020100"
       "3002"
       "0500"
       "04020102"},
      {"version 1",
       "300b"
       "020100"
       "3002"
       "0500"
       "04020102",
       "300b"
       "020100"
       "3002"
       "0500"
       "04020102"},
      {"version 3",
       "300b"
       "020102"
       "3002"
       "0500"
       "04020102",
       "300b"
       "020102"
       "3002"
       "0500"
       "04020102"},
      {"an RSA key",
       "3006"
       "020100"
       "020101",
       "3006"
       "020100"
       "020101"},
      {"cut",
       "300b"
       "020101"
       "3002",
       "300b"
       "020101"
       "3002"},
      {"octets behind",
       "300b"
       "020101"
       "3002"
       "0500"
       "04020102"
       "00",
       "300b"
       "020101"
       "3002"
       "0500"
       "04020102"
       "00"},
      {"empty", "", ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t der[64], wanted[64];
    size_t len = 0, wanted_len = 0;
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(rows[i].in), der, sizeof der, &len), 0);
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(rows[i].out), wanted, sizeof wanted, &wanted_len),
                     0);
    size_t got = sztp__pkcs8_plain(der, len);
    if (got != wanted_len || memcmp(der, wanted, got) != 0) fail_msg("%s: %zu octets", rows[i].name, got);
    for (size_t at = got; at < len; at++) assert_int_equal(der[at], 0); /* wiped */
  }
}

/* The length octets shrink with the contents. */
static void test_long(void **state) {
  (void)state;
  uint8_t der[300] = {0x30, 0x82, 0x01, 0x02, 0x02, 0x01, 0x01, 0x30,
                      0x00, 0x04, 0x02, 0x01, 0x02, 0x81, 0x81, 0xf4};
  static const uint8_t wanted[] = {0x30, 0x09, 0x02, 0x01, 0x00, 0x30, 0x00, 0x04, 0x02, 0x01, 0x02};
  assert_int_equal(sztp__pkcs8_plain(der, 4 + 0x102), sizeof wanted);
  assert_memory_equal(der, wanted, sizeof wanted);
}

/* A maker signs with a key of version 2. */
static void test_signs(void **state) {
  (void)state;
  sztp__buf_t der;
  sztp__buf_t key;
  sztp__buf_init(&der, ctx, 4096);
  sztp__buf_init(&key, ctx, 4096);
  sztp__span_t v1 = pki_der(ctx, "owner.key", &der);
  sztp__der_t d, fields;
  int32_t version = 1;
  size_t mark = 0;
  static const uint8_t public_key[] = {0x00, 0x04};
  sztp__der_init(&d, ctx, v1);
  assert_int_equal(sztp__der_enter(&d, SZTP__DER_SEQUENCE, &fields), SZTP_OK);
  assert_int_equal(sztp__der_small(&fields, &version), SZTP_OK);
  assert_int_equal(version, 0);
  sztp__der_open(&key, SZTP__DER_SEQUENCE, &mark);
  sztp__der_put_small(&key, 1);
  sztp__buf_add(&key, fields.p, (size_t)(fields.end - fields.p));
  sztp__der_put(&key, SZTP__DER_CONTEXT + 1, sztp__span(public_key, sizeof public_key));
  assert_int_equal(sztp__der_close(&key, mark), SZTP_OK);
  sztp__blob_t cert = pki_file("owner.pem");
  sztp_signer_t *signer = NULL;
  assert_int_equal(sztp_signer_new(ctx, cert.data, cert.len, key.data, key.len, NULL, 0, &signer), SZTP_OK);
  sztp_signer_free(signer);
  free(cert.data);
  sztp__buf_clear(&key);
  sztp__buf_clear(&der);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_forms, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_long, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_signs, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
