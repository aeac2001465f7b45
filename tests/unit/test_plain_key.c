/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys out of their containers, and into one; and PEM around them. */
#include "common/with_ctx.h"

#include "formats/armor.h"
#include "formats/plain_key.h"
#include "ground/text.h"

#define EC_KEY    "06072a8648ce3d0201"
#define P256      "06082a8648ce3d030107"
#define P384      "06052b81040022"
#define EC_P256   "3013" EC_KEY P256
#define RSA_NULL  "300d06092a864886f70d0101010500"
#define RSA_SMALL "3006020100020105" /* the start of an RSAPrivateKey */

static const char one_to_32[] = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";

static void test_read(void **state) {
  (void)state;
  static const struct {
    const char *name, *der;
    int32_t rc;
    uint32_t curve_bits;
    const char *octets;
  } rows[] = {
      {"SEC 1", "3014020101040311aa22a00a" P256, 0, 256, "11aa22"},
      {"SEC 1 with its public key",
       "301a02010104"
       "0311aa22a00a" P256 "a10403020004",
       0, 256, "11aa22"},
      {"SEC 1, zeros before the number",
       "30340201010423"
       "000000"
       "0102030405060708090a0b0c0d0e0f10"
       "1112131415161718191a1b1c1d1e1f20"
       "a00a" P256,
       0, 256, one_to_32},
      {"SEC 1, a number that is too long",
       "303202010104"
       "21ff"
       "0102030405060708090a0b0c0d0e0f10"
       "1112131415161718191a1b1c1d1e1f20"
       "a00a" P256,
       SZTP_ERR_KEY, 0, ""},
      {"SEC 1 without a curve",
       "30080201010403"
       "11aa22",
       SZTP_ERR_KEY, 0, ""},
      {"SEC 1 on secp256k1",
       "30110201010403"
       "11aa22"
       "a007"
       "06052b8104000a",
       SZTP_ERR_KEY, 0, ""},
      {"SEC 1 of version 0", "3014020100040311aa22a00a" P256, SZTP_ERR_KEY, 0, ""},
      {"PKCS #8, EC",
       "3022020100" EC_P256 "0408"
       "3006"
       "020101"
       "0401"
       "07",
       0, 256, "07"},
      {"PKCS #8 of version 2, EC",
       "3025020101" EC_P256 "0408"
       "3006"
       "020101"
       "0401"
       "07"
       "810100",
       0, 256, "07"},
      {"PKCS #8, EC, two curves",
       "302b020100" EC_P256 "0411"
       "300f"
       "020101"
       "0401"
       "07"
       "a007" P384,
       SZTP_ERR_KEY, 0, ""},
      {"PKCS #8, RSA", "301c020100" RSA_NULL "0408" RSA_SMALL, 0, 0, RSA_SMALL},
      {"PKCS #8, an EC key that is said to be RSA",
       "301c020100" RSA_NULL "0408"
       "3006"
       "020101"
       "0401"
       "07",
       SZTP_ERR_KEY, 0, ""},
      {"PKCS #8, an RSA key that is said to be EC", "3022020100" EC_P256 "0408" RSA_SMALL, SZTP_ERR_KEY, 0,
       ""},
      {"PKCS #8, Ed25519",
       "3010020100"
       "300506032b6570"
       "0404"
       "04020102",
       SZTP_ERR_KEY, 0, ""},
      {"PKCS #8 of version 3", "301c020102" RSA_NULL "0408" RSA_SMALL, SZTP_ERR_KEY, 0, ""},
      {"PKCS #1", RSA_SMALL, 0, 0, RSA_SMALL},
      {"octets behind", RSA_SMALL "00", SZTP_ERR_KEY, 0, ""},
      {"cut", "3006020100", SZTP_ERR_KEY, 0, ""},
      {"encrypted",
       "3008"
       "3002"
       "0500"
       "04020102",
       SZTP_ERR_KEY, 0, ""},
      {"empty", "", SZTP_ERR_KEY, 0, ""},
  };
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t der[128], wanted[128];
    size_t len = 0, wanted_len = 0;
    sztp__plain_key_t key;
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(rows[i].der), der, sizeof der, &len), 0);
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(rows[i].octets), wanted, sizeof wanted, &wanted_len),
                     0);
    int32_t rc = sztp__plain_key_read(sztp__span(der, len), &key);
    if (rc != rows[i].rc) fail_msg("%s: %s", rows[i].name, sztp_error_name(rc));
    if (rc != SZTP_OK) continue;
    if (key.curve_bits != rows[i].curve_bits || !sztp__span_equal(key.octets, sztp__span(wanted, wanted_len)))
      fail_msg("%s: %u bits, %zu octets", rows[i].name, (unsigned)key.curve_bits, key.octets.len);
  }
}

/* The public half of an EC key, which may be missing; what is no point's bits is left alone. */
static void test_point(void **state) {
  (void)state;
  static const struct {
    const char *der, *point;
  } rows[] = {{"3014020101040311aa22a00a" P256, ""},
              {"301c020101040311aa22a00a" P256 "a106030400040102", "040102"},
              {"3010020101040311aa22a106030400040102", ""}, /* without a curve */
              {"301c020101040311aa22a00a" P256 "a106030401040102", ""},
              {"301c020101040311aa22a00a" P256 "a106040400040102", ""},
              {"301c020101040311aa22a00a" P256 "a206030400040102", ""},
              {"302e020100" EC_P256 "0414"
               "3012020101040307aa22"
               "a106030400040102"
               "8000",
               "040102"}};
  for (size_t i = 0; i < TEST_COUNT_OF(rows); i++) {
    uint8_t der[128], wanted[8];
    size_t len = 0, wanted_len = 0;
    sztp__plain_key_t key;
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(rows[i].der), der, sizeof der, &len), 0);
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(rows[i].point), wanted, sizeof wanted, &wanted_len),
                     0);
    int32_t rc = sztp__plain_key_read(sztp__span(der, len), &key);
    if (rc != (i == 2 ? SZTP_ERR_KEY : SZTP_OK)) fail_msg("row %zu: %s", i, sztp_error_name(rc));
    if (rc == SZTP_OK && !sztp__span_equal(key.point, sztp__span(wanted, wanted_len))) fail_msg("row %zu", i);
  }
}

/* A short number is filled up in front. */
static void test_number(void **state) {
  (void)state;
  static const uint8_t octets[] = {0x11, 0x22};
  const sztp__plain_key_t key = {521, sztp__span(octets, sizeof octets), sztp__span(NULL, 0)};
  uint8_t out[SZTP__SCALAR_MAX];
  memset(out, 0xee, sizeof out);
  sztp__plain_key_number(&key, out);
  assert_int_equal(sztp__plain_key_field(521), sizeof out);
  for (size_t i = 0; i < sizeof out - 2; i++) assert_int_equal(out[i], 0);
  assert_memory_equal(out + sizeof out - 2, octets, 2);
}

/* What is put into PKCS #8 comes out of it. */
static void test_put(void **state) {
  (void)state;
  static const char *const identifiers[] = {EC_P256, RSA_NULL};
  static const char *const octets[] = {one_to_32, RSA_SMALL};
  for (size_t i = 0; i < TEST_COUNT_OF(identifiers); i++) {
    uint8_t identifier[64], raw[64];
    size_t len = 0, raw_len = 0;
    sztp__plain_key_t key = {99, {NULL, 0}, {NULL, 0}};
    sztp__plain_key_t again;
    sztp__buf_t out;
    assert_int_equal(
        sztp__hex_decode(ctx, sztp__span_of(identifiers[i]), identifier, sizeof identifier, &len), 0);
    assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(octets[i]), raw, sizeof raw, &raw_len), 0);
    assert_int_equal(sztp__plain_key_kind(sztp__span(identifier, len), &key.curve_bits), SZTP_OK);
    assert_int_equal(key.curve_bits, i == 0 ? 256 : 0);
    key.octets = sztp__span(raw, raw_len);
    sztp__buf_init(&out, ctx, 256);
    assert_int_equal(sztp__plain_key_put(&out, sztp__span(identifier, len), &key), SZTP_OK);
    assert_int_equal(sztp__plain_key_read(sztp__buf_span(&out), &again), SZTP_OK);
    assert_int_equal(again.curve_bits, key.curve_bits);
    assert_true(sztp__span_equal(again.octets, key.octets));
    sztp__buf_clear(&out);
    assert_int_equal(sztp__plain_key_kind(sztp__span(identifier, len - 1), &key.curve_bits),
                     SZTP_ERR_UNSUPPORTED);
  }
}

/* Lines of 64 characters, whatever the length; and back. */
static void test_pem(void **state) {
  (void)state;
  uint8_t data[200];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
  for (size_t len = 1; len <= sizeof data; len++) {
    sztp__buf_t text, der;
    sztp__buf_init(&text, ctx, 1000);
    sztp__buf_init(&der, ctx, 1000);
    assert_int_equal(sztp__pem_put(&text, "PRIVATE KEY", sztp__span(data, len)), SZTP_OK);
    sztp__span_t rest = sztp__buf_span(&text);
    sztp__span_t label;
    size_t column = 0;
    for (size_t i = 0; i < rest.len; i++) {
      column = rest.data[i] == '\n' ? 0 : column + 1;
      assert_true(column <= 64);
    }
    assert_int_equal(column, 0);
    assert_int_equal(sztp__pem_next(ctx, &rest, &label, &der), SZTP_OK);
    assert_true(sztp__span_is(label, "PRIVATE KEY"));
    assert_true(sztp__span_equal(sztp__buf_span(&der), sztp__span(data, len)));
    assert_int_equal(rest.len, 0);
    sztp__buf_clear(&text);
    sztp__buf_clear(&der);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_read, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_point, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_number, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_put, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_pem, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
