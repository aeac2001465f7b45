/* SPDX-License-Identifier: Apache-2.0 */
/* The running SHA-256 of boot images: digest.c. */
#include "common/testing.h"

#include <sztp/artifacts.h>

/* The digest of @p text, given in pieces of @p piece octets, @p times over. */
static void digest(sztp_ctx_t *ctx, const char *text, size_t times, size_t piece, uint8_t out[32]) {
  sztp_digest_t *d = NULL;
  assert_int_equal(sztp_digest_new(ctx, &d), SZTP_OK);
  size_t len = strlen(text);
  for (size_t n = 0; n < times; n++)
    for (size_t at = 0; at < len; at += piece) {
      size_t now = len - at < piece ? len - at : piece;
      assert_int_equal(sztp_digest_update(d, (const uint8_t *)text + at, now), SZTP_OK);
    }
  assert_int_equal(sztp_digest_finish(d, out), SZTP_OK);
  sztp_digest_free(d);
}

/* Examples of FIPS 180-4. ONB-10 */
static void test_known_digests(void **state) {
  (void)state;
  static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  static const struct {
    const char *text;
    size_t times;
    uint8_t digest[32];
  } known[] = {
      {"", 1, {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
               0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
               0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}},
      {"abc", 1, {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                  0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                  0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}},
      {two_blocks, 1, {0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26,
                       0x93, 0x0c, 0x3e, 0x60, 0x39, 0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff,
                       0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1}},
      {"aaaaaaaaaa", 100000, {0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7,
                              0xe2, 0x84, 0xd7, 0x3e, 0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97,
                              0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0}},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    for (size_t piece = 1; piece <= 64; piece += 21) {
      uint8_t out[SZTP_DIGEST_LEN];
      digest(ctx, known[i].text, known[i].times, piece, out);
      assert_memory_equal(out, known[i].digest, sizeof out);
    }
  test_ctx_free(&m, ctx);
}

static void test_order_and_arguments(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  sztp_digest_t *d = NULL;
  uint8_t out[SZTP_DIGEST_LEN];
  assert_int_equal(sztp_digest_new(NULL, &d), SZTP_ERR_ARG);
  assert_int_equal(sztp_digest_new(ctx, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_digest_new(ctx, &d), SZTP_OK);
  assert_int_equal(sztp_digest_update(NULL, out, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_digest_update(d, NULL, 1), SZTP_ERR_ARG);
  assert_int_equal(sztp_digest_update(d, NULL, 0), SZTP_OK);
  assert_int_equal(sztp_digest_finish(NULL, out), SZTP_ERR_ARG);
  assert_int_equal(sztp_digest_finish(d, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_digest_finish(d, out), SZTP_OK);
  assert_int_equal(sztp_digest_finish(d, out), SZTP_ERR_SEQUENCE);
  assert_int_equal(sztp_digest_update(d, out, 1), SZTP_ERR_SEQUENCE);
  assert_int_equal(sztp_digest_update(d, NULL, 0), SZTP_ERR_SEQUENCE);
  sztp_digest_free(d);
  sztp_digest_free(NULL);
  test_ctx_free(&m, ctx);
}

static int32_t whole_digest(sztp_ctx_t *ctx, void *user) {
  (void)user;
  sztp_digest_t *d = NULL;
  uint8_t out[SZTP_DIGEST_LEN];
  int32_t rc = sztp_digest_new(ctx, &d);
  if (rc != SZTP_OK) {
    assert_null(d);
    return rc;
  }
  rc = sztp_digest_update(d, (const uint8_t *)"abc", 3);
  if (rc == SZTP_OK) rc = sztp_digest_finish(d, out);
  sztp_digest_free(d);
  return rc;
}

/* SEC-05 */
static void test_no_memory(void **state) {
  (void)state;
  assert_true(test_every_allocation(whole_digest, NULL) >= 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_digests),
      cmocka_unit_test(test_order_and_arguments),
      cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
