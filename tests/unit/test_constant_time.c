/* SPDX-License-Identifier: Apache-2.0 */
/* Answers without branches: every padding that there can be, right and wrong. */
#include "common/testing.h"

#include "cryptography/constant_time.h"

#define YES UINT32_MAX

static void test_numbers(void **state) {
  (void)state;
  static const uint32_t numbers[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0x80000001, UINT32_MAX - 1, UINT32_MAX};
  for (size_t i = 0; i < TEST_COUNT_OF(numbers); i++)
    for (size_t k = 0; k < TEST_COUNT_OF(numbers); k++)
      assert_int_equal(sztp__ct_equal(numbers[i], numbers[k]), i == k ? YES : 0);
  assert_int_equal(sztp__ct_choose(YES, 0x12345678, 0x9abcdef0), 0x12345678);
  assert_int_equal(sztp__ct_choose(0, 0x12345678, 0x9abcdef0), 0x9abcdef0);
  uint8_t a[4] = "yes";
  const uint8_t b[4] = "no!";
  sztp__ct_select(YES, a, b, a, sizeof a);
  assert_string_equal((const char *)a, "yes");
  sztp__ct_select(0, a, b, a, sizeof a);
  assert_string_equal((const char *)a, "no!");
}

/* ENC-09: 1 to 16 equal octets, all of them checked */
static void test_block_padding(void **state) {
  (void)state;
  uint8_t text[32];
  size_t padding = 0;
  for (unsigned said = 0; said < 256; said++) {
    memset(text, 0xee, sizeof text);
    for (unsigned i = 0; i < said && i < sizeof text; i++) text[sizeof text - 1 - i] = (uint8_t)said;
    text[sizeof text - 1] = (uint8_t)said;
    int right = said >= 1 && said <= 16;
    assert_int_equal(sztp__ct_block_padding(text, sizeof text, &padding), right ? YES : 0);
    assert_int_equal(padding, right ? said : 16);
    for (unsigned at = 1; right && at < 16; at++) {
      text[sizeof text - 1 - at] ^= 1;
      assert_int_equal(sztp__ct_block_padding(text, sizeof text, &padding), at < said ? 0 : YES);
      assert_int_equal(padding, at < said ? 16 : said);
      text[sizeof text - 1 - at] ^= 1;
    }
  }
  memset(text, 16, 16);
  assert_int_equal(sztp__ct_block_padding(text, 16, &padding), YES);
  assert_int_equal(padding, 16);
}

/* ENC-05: 00 02, eight or more octets that are not zero, 00, and as much behind as is wanted */
static void test_pkcs1(void **state) {
  (void)state;
  uint8_t block[64];
  for (size_t wanted = 0; wanted <= 64; wanted++) {
    memset(block, 0xff, sizeof block);
    block[0] = 0;
    block[1] = 2;
    size_t separator = sizeof block - wanted - 1;
    if (wanted < sizeof block) block[separator] = 0;
    int fits = wanted + 11 <= sizeof block;
    assert_int_equal(sztp__ct_pkcs1(block, sizeof block, wanted), fits ? YES : 0);
    for (size_t at = 0; fits && at < sizeof block; at++) {
      uint8_t kept = block[at];
      for (unsigned value = 0; value < 256; value++) {
        block[at] = (uint8_t)value;
        int right = at > separator || (at < 2 || at == separator ? value == kept : value != 0);
        assert_int_equal(sztp__ct_pkcs1(block, sizeof block, wanted), right ? YES : 0);
      }
      block[at] = kept;
    }
  }
  assert_int_equal(sztp__ct_pkcs1(block, sizeof block, SIZE_MAX), 0);
}

/* ENC-06: 00, any seed, the label's hash, zeros, 01, the message */
static void test_oaep(void **state) {
  (void)state;
  static const uint8_t label_hash[20] = "label label label 1";
  uint8_t block[64];
  size_t most = sizeof block - 2 * sizeof label_hash - 2;
  for (size_t wanted = 0; wanted <= 64; wanted++) {
    memset(block, 0, sizeof block);
    memset(block + 1, 0x5a, sizeof label_hash);
    memcpy(block + 1 + sizeof label_hash, label_hash, sizeof label_hash);
    size_t separator = sizeof block - wanted - 1;
    if (wanted <= most) block[separator] = 1;
    assert_int_equal(sztp__ct_oaep(block, sizeof block, label_hash, sizeof label_hash, wanted),
                     wanted <= most ? YES : 0);
    for (size_t at = 0; wanted <= most && at < sizeof block; at++) {
      int free = (at >= 1 && at <= sizeof label_hash) || at > separator;
      for (unsigned bit = 0; bit < 8; bit++) {
        block[at] ^= (uint8_t)(1u << bit);
        assert_int_equal(sztp__ct_oaep(block, sizeof block, label_hash, sizeof label_hash, wanted),
                         free ? YES : 0);
        block[at] ^= (uint8_t)(1u << bit);
      }
    }
  }
  assert_int_equal(sztp__ct_oaep(block, sizeof block, label_hash, sizeof label_hash, SIZE_MAX), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_block_padding),
      cmocka_unit_test(test_pkcs1),
      cmocka_unit_test(test_oaep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
