/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation and key wrap against published vectors; AES as the seam gives it. */
#include "common/testing.h"

#include "cryptography/key_wrap.h"
#include "ground/text.h"

typedef struct octets {
  uint8_t data[256];
  size_t len;
} octets_t;

static sztp__span_t hex(octets_t *out, const char *text) {
  assert_int_equal(sztp__hex_decode(NULL, sztp__span_of(text), out->data, sizeof out->data, &out->len), 0);
  return sztp__span(out->data, out->len);
}

/* RFC 3394 4 */
static void test_wrap(void **state) {
  (void)state;
  static const struct {
    const char *kek, *key, *wrapped;
  } cases[] = {
      {"000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF",
       "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"},
      {"000102030405060708090A0B0C0D0E0F1011121314151617", "00112233445566778899AABBCCDDEEFF",
       "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"},
      {"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "00112233445566778899AABBCCDDEEFF",
       "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"},
      {"000102030405060708090A0B0C0D0E0F1011121314151617", "00112233445566778899AABBCCDDEEFF0001020304050607",
       "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2"},
      {"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
       "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
       "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    octets_t kek;
    octets_t key;
    octets_t wrapped;
    uint8_t out[40];
    uint32_t good = 7;
    hex(&kek, cases[i].kek);
    hex(&key, cases[i].key);
    hex(&wrapped, cases[i].wrapped);
    assert_int_equal(sztp__aes_wrap(ctx, sztp__span(kek.data, kek.len), sztp__span(key.data, key.len), out),
                     0);
    assert_memory_equal(out, wrapped.data, wrapped.len);
    assert_int_equal(wrapped.len, key.len + SZTP__WRAP_EXTRA);
    assert_int_equal(sztp__aes_unwrap(ctx, sztp__span(kek.data, kek.len),
                                      sztp__span(wrapped.data, wrapped.len), out, &good),
                     0);
    assert_int_equal(good, UINT32_MAX);
    assert_memory_equal(out, key.data, key.len);
    for (size_t bit = 0; bit < wrapped.len * 8; bit++) {
      wrapped.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
      assert_int_equal(sztp__aes_unwrap(ctx, sztp__span(kek.data, kek.len),
                                        sztp__span(wrapped.data, wrapped.len), out, &good),
                       0);
      assert_int_equal(good, 0);
      wrapped.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
  }
  test_ctx_free(&m, ctx);
}

/* ENC-07: vectors of NIST's CAVP for the derivation of ANSI X9.63 */
static void test_kdf(void **state) {
  (void)state;
  static const struct {
    uint32_t hash;
    const char *secret, *info, *key;
  } cases[] = {
      {SZTP__HASH_SHA256, "96c05619d56c328ab95fe84b18264b08725b85e33fd34f08", "",
       "443024c3dae66b95e6f5670601558f71"},
      {SZTP__HASH_SHA1, "1c7d7b5f0597b03d06a018466ed1a93e30ed4b04dc64ccdd", "",
       "bf71dffd8f4d99223936beb46fee8ccc"},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    octets_t secret;
    octets_t info;
    octets_t key;
    uint8_t out[SZTP__AES_KEY_MAX];
    hex(&key, cases[i].key);
    assert_int_equal(sztp__kdf_x963(ctx, cases[i].hash, hex(&secret, cases[i].secret),
                                    hex(&info, cases[i].info), out, key.len),
                     0);
    assert_memory_equal(out, key.data, key.len);
  }
  uint8_t out[SZTP__AES_KEY_MAX];
  assert_int_equal(sztp__kdf_x963(ctx, SZTP__HASH_NONE, sztp__span_of("x"), sztp__span_of(""), out, 16),
                   SZTP_ERR_CMS_ALG_UNSUPPORTED);
  test_ctx_free(&m, ctx);
}

/* ENC-07: more than one round, as SHA-1 has to make for keys above 20 octets: each is hash(Z, counter, info)
 */
static void test_kdf_rounds(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint8_t out[SZTP__AES_KEY_MAX];
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  assert_int_equal(
      sztp__kdf_x963(ctx, SZTP__HASH_SHA1, sztp__span_of("secret"), sztp__span_of("info"), out, sizeof out),
      0);
  assert_int_equal(sztp__hash_once(ctx, SZTP__HASH_SHA1, sztp__span("secret\0\0\0\1info", 14), digest, &len),
                   0);
  assert_memory_equal(out, digest, 20);
  assert_int_equal(sztp__hash_once(ctx, SZTP__HASH_SHA1, sztp__span("secret\0\0\0\2info", 14), digest, &len),
                   0);
  assert_memory_equal(out + 20, digest, 12);
  test_ctx_free(&m, ctx);
}

/* ENC-07: keyInfo, [0] ukm if there is one, [2] the key's bits (RFC 5753 7.2) */
static void test_shared_info(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  octets_t expected;
  sztp__buf_t out;
  sztp__span_t alg = sztp__span("\x30\x02\x06\x00", 4);
  sztp__buf_init(&out, ctx, 100);
  assert_int_equal(sztp__shared_info(&out, alg, sztp__span(NULL, 0), 16), 0);
  hex(&expected, "300c"
                 "30020600"
                 "a206040400000080");
  assert_int_equal(out.len, expected.len);
  assert_memory_equal(out.data, expected.data, out.len);
  sztp__buf_clear(&out);
  assert_int_equal(sztp__shared_info(&out, alg, sztp__span_of("ukm"), 32), 0);
  hex(&expected, "3013"
                 "30020600"
                 "a0050403756b6d"
                 "a206040400000100");
  assert_int_equal(out.len, expected.len);
  assert_memory_equal(out.data, expected.data, out.len);
  sztp__buf_clear(&out);
  test_ctx_free(&m, ctx);
}

/* FIPS 197 C; in both directions, and the modes undo themselves */
static void test_aes(void **state) {
  (void)state;
  static const struct {
    const char *key, *sealed;
  } cases[] = {
      {"000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"},
      {"000102030405060708090a0b0c0d0e0f1011121314151617", "dda97ca4864cdfe06eaf70a0ec0d7191"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "8ea2b7ca516745bfeafc49904b496089"},
  };
  static const uint8_t iv[16] = "initial vector.";
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    octets_t key;
    octets_t text;
    octets_t sealed;
    uint8_t data[48] = "forty-eight octets of text, no more and no less";
    uint8_t copy[48];
    uint8_t tag[16];
    uint32_t good = 0;
    sztp__span_t k = hex(&key, cases[i].key);
    hex(&text, "00112233445566778899aabbccddeeff");
    hex(&sealed, cases[i].sealed);
    assert_int_equal(sztp__aes_block(ctx, k, SZTP__AES_ENCRYPT, text.data), 0);
    assert_memory_equal(text.data, sealed.data, 16);
    assert_int_equal(sztp__aes_block(ctx, k, SZTP__AES_DECRYPT, text.data), 0);
    hex(&sealed, "00112233445566778899aabbccddeeff");
    assert_memory_equal(text.data, sealed.data, 16);
    memcpy(copy, data, sizeof copy);
    assert_int_equal(sztp__aes_cbc(ctx, k, SZTP__AES_ENCRYPT, iv, data, sizeof data), 0);
    assert_memory_not_equal(data, copy, 16);
    assert_int_equal(sztp__aes_cbc(ctx, k, SZTP__AES_DECRYPT, iv, data, sizeof data), 0);
    assert_memory_equal(data, copy, sizeof data);
    for (size_t tag_len = 12; tag_len <= 16; tag_len++) {
      assert_int_equal(sztp__aes_gcm(ctx, k, SZTP__AES_ENCRYPT, sztp__span(iv, 12), sztp__span_of("aad"),
                                     data, 41, tag, tag_len, &good),
                       0);
      tag[tag_len - 1] ^= 1;
      memcpy(copy, data, sizeof copy);
      assert_int_equal(sztp__aes_gcm(ctx, k, SZTP__AES_DECRYPT, sztp__span(iv, 12), sztp__span_of("aad"),
                                     copy, 41, tag, tag_len, &good),
                       0);
      assert_int_equal(good, 0);
      for (size_t n = 0; n < 41; n++) assert_int_equal(copy[n], 0); /* ENC-11: nothing comes out */
      tag[tag_len - 1] ^= 1;
      assert_int_equal(sztp__aes_gcm(ctx, k, SZTP__AES_DECRYPT, sztp__span(iv, 12), sztp__span_of("aad"),
                                     data, 41, tag, tag_len, &good),
                       0);
      assert_int_equal(good, 1);
      assert_memory_equal(data, "forty-eight octets of text, no more and n", 41);
    }
  }
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wrap),        cmocka_unit_test(test_kdf), cmocka_unit_test(test_kdf_rounds),
      cmocka_unit_test(test_shared_info), cmocka_unit_test(test_aes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
