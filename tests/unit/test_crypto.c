/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to the cryptographic library, whichever is behind it: hashes, random octets, kinds of keys, one
 * signature; the many are in tests/conformance/test_wycheproof.c. */
#include "common/testing.h"

#include "common/engine.h"
#include "cryptography/crypto.h"
#include "formats/der.h"
#include "ground/text.h"

typedef struct octets {
  uint8_t data[20000];
  size_t len;
} octets_t;

static sztp__span_t from_hex(sztp_ctx_t *ctx, const char *hex, octets_t *out) {
  assert_int_equal(sztp__hex_decode(ctx, sztp__span_of(hex), out->data, sizeof out->data, &out->len), 0);
  return sztp__span(out->data, out->len);
}

/* ---- hashes -------------------------------------------------------------------------------------- */

/* CMS-14: the digests of "abc", published with each algorithm. */
static void test_hashes(void **state) {
  (void)state;
  static const struct {
    uint32_t hash;
    const char *digest;
  } cases[] = {
      {SZTP__HASH_MD5, "900150983cd24fb0d6963f7d28e17f72"},
      {SZTP__HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {SZTP__HASH_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
      {SZTP__HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {SZTP__HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                          "8086072ba1e7cc2358baeca134c825a7"},
      {SZTP__HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    octets_t expected;
    uint8_t digest[SZTP__HASH_MAX];
    size_t len = 0;
    sztp__hash_t *h = NULL;
    from_hex(ctx, cases[i].digest, &expected);
    assert_int_equal(sztp__hash_len(cases[i].hash), expected.len);
    assert_int_equal(sztp__hash_once(ctx, cases[i].hash, sztp__span_of("abc"), digest, &len), 0);
    assert_int_equal(len, expected.len);
    assert_memory_equal(digest, expected.data, len);
    assert_int_equal(sztp__hash_new(ctx, cases[i].hash, &h), 0);
    assert_int_equal(sztp__hash_update(h, "a", 1), 0);
    assert_int_equal(sztp__hash_update(h, NULL, 0), 0);
    assert_int_equal(sztp__hash_update(h, "bc", 2), 0);
    assert_int_equal(sztp__hash_finish(h, digest, &len), 0);
    sztp__hash_free(h);
    assert_int_equal(len, expected.len);
    assert_memory_equal(digest, expected.data, len);
  }
  assert_int_equal(sztp__hash_len(SZTP__HASH_NONE), 0);
  sztp__hash_t *none = NULL;
  assert_int_equal(sztp__hash_new(ctx, SZTP__HASH_NONE, &none), SZTP_ERR_CMS_ALG_UNSUPPORTED);
  assert_null(none);
  sztp__hash_free(NULL);
  test_ctx_free(&m, ctx);
}

static int32_t hash_work(sztp_ctx_t *ctx, void *user) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  (void)user;
  return sztp__hash_once(ctx, SZTP__HASH_SHA256, sztp__span_of("abc"), digest, &len);
}

/* ---- random octets ------------------------------------------------------------------------------- */

/* SEC-09 */
static void test_random(void **state) {
  (void)state;
  static uint8_t first[5000];
  static uint8_t second[5000];
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  assert_int_equal(sztp__default_random(ctx, first, sizeof first), 0);
  assert_int_equal(sztp__default_random(ctx, second, sizeof second), 0);
  for (size_t i = 0; i + 16 <= sizeof first; i += 16) assert_memory_not_equal(first + i, second + i, 16);
  assert_int_equal(sztp__default_random(ctx, first, 0), 0);
  test_ctx_free(&m, ctx);
}

static int32_t random_work(sztp_ctx_t *ctx, void *user) {
  uint8_t out[16];
  (void)user;
  return sztp__default_random(ctx, out, sizeof out);
}

/* SEC-05 */
static void test_no_memory(void **state) {
  (void)state;
  assert_true(test_every_allocation(hash_work, NULL) > 0);
  /* a generator that is there already has memory of its own */
  assert_true(test_every_allocation(random_work, NULL) > 0 || !ENGINE_RANDOM_IN_CONTEXT);
}

/* ---- library contexts ---------------------------------------------------------------------------- */

/* What an engine does with them, its own test shows; those that have none say so. */
static void test_library_context(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  assert_int_equal(sztp_ctx_set_library_context(NULL, NULL), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_set_library_context(ctx, NULL),
                   ENGINE_PROVIDERS ? SZTP_OK : SZTP_ERR_UNSUPPORTED);
  sztp__callback_begins(ctx);
  assert_int_equal(sztp_ctx_set_library_context(ctx, NULL), SZTP_ERR_REENTRY);
  sztp__callback_ends(ctx);
  test_ctx_free(&m, ctx);
}

/* ---- kinds of keys ------------------------------------------------------------------------------- */

#define P256_HEAD "3059301306072a8648ce3d020106082a8648ce3d030107034200"
#define P256_X    "04aaec73635726f213fb8a9e64da3b8632e41495a944d0045b522eba7240fad5"
#define P256_Y    "87d9315798aaa3a5ba01775787ced05eaaf7b4e09fc81d6d1aa546e8365d525d"

/* CMS-14, CMS-16 */
static void test_key_kinds(void **state) {
  (void)state;
  static const struct {
    const char *name;
    const char *spki;
    int32_t rc;
    uint32_t type, curve, bits;
  } cases[] = {
      {"P-256", P256_HEAD "04" P256_X P256_Y, 0, SZTP__KEY_EC, SZTP__CURVE_P256, 256},
      {"P-256, compressed point",
       "3039301306072a8648ce3d020106082a8648ce3d030107032200"
       "03" P256_X,
       0, SZTP__KEY_EC, SZTP__CURVE_NONE, 256},
      {"P-256, hybrid point", P256_HEAD "07" P256_X P256_Y, 0, SZTP__KEY_EC, SZTP__CURVE_NONE, 256},
      {"P-192, point cut short", "301b301306072a8648ce3d020106082a8648ce3d030101030400040102", 0,
       SZTP__KEY_EC, SZTP__CURVE_NONE, 192},
      {"secp256k1", "3018301006072a8648ce3d020106052b8104000a030400040102", 0, SZTP__KEY_EC, SZTP__CURVE_NONE,
       0},
      {"Ed25519", "302a300506032b65700321007d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa",
       0, SZTP__KEY_ED25519, SZTP__CURVE_NONE, 256},
      {"an unknown kind", "300b300506032b657103020001", 0, SZTP__KEY_OTHER, SZTP__CURVE_NONE, 0},
      {"RSA of 16 bits", "301c300d06092a864886f70d0101010500030b0030080203008001020103", 0, SZTP__KEY_RSA,
       SZTP__CURVE_NONE, 16},
      {"RSA of 9 bits", "301b300d06092a864886f70d0101010500030a00300702020101020103", 0, SZTP__KEY_RSA,
       SZTP__CURVE_NONE, 9},
      {"RSA, exponent 1", "301c300d06092a864886f70d0101010500030b0030080203008001020101", 0, SZTP__KEY_OTHER,
       SZTP__CURVE_NONE, 0},
      {"RSA, exponent even", "301c300d06092a864886f70d0101010500030b0030080203008001020104", 0,
       SZTP__KEY_OTHER, SZTP__CURVE_NONE, 0},
      {"RSA, exponent of 9 octets",
       "3024300d06092a864886f70d0101010500031300301002030080010209008000000000000001", 0, SZTP__KEY_RSA,
       SZTP__CURVE_NONE, 16},
      {"RSA, exponent of 65 bits",
       "3024300d06092a864886f70d0101010500031300301002030080010209010000000000000001", 0, SZTP__KEY_OTHER,
       SZTP__CURVE_NONE, 0},
      {"RSA, negative modulus", "301b300d06092a864886f70d0101010500030a00300702028001020103", SZTP_ERR_DER, 0,
       0, 0},
      {"RSA, modulus 0", "301a300d06092a864886f70d01010105000309003006020100020103", SZTP_ERR_DER, 0, 0, 0},
      {"RSA, octets behind the key", "301d300d06092a864886f70d0101010500030c003008020300800102010300",
       SZTP_ERR_DER, 0, 0, 0},
      {"not a whole number of octets", "300b300506032b657003020100", SZTP_ERR_DER, 0, 0, 0},
      {"octets behind", "300b300506032b65700302000100", SZTP_ERR_DER, 0, 0, 0},
      {"RSA without NULL",
       "301a300b06092a864886f70d010101030b003008020300800102"
       "0103",
       0, SZTP__KEY_RSA, SZTP__CURVE_NONE, 16},
      {"RSA with a SEQUENCE for NULL", "301c300d06092a864886f70d0101013000030b0030080203008001020103",
       SZTP_ERR_DER, 0, 0, 0},
      {"RSASSA-PSS", "301a300b06092a864886f70d01010a030b0030080203008001020103", 0, SZTP__KEY_RSA,
       SZTP__CURVE_NONE, 16},
      {"RSASSA-PSS with parameters", "301c300d06092a864886f70d01010a3000030b0030080203008001020103", 0,
       SZTP__KEY_RSA, SZTP__CURVE_NONE, 16},
      {"RSASSA-PSS with NULL", "301c300d06092a864886f70d01010a0500030b0030080203008001020103", SZTP_ERR_DER,
       0, 0, 0},
      {"empty", "", SZTP_ERR_DER, 0, 0, 0},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    octets_t octets;
    sztp__keyinfo_t key;
    sztp__trail_clear(ctx);
    int32_t rc = sztp__key_info(ctx, from_hex(ctx, cases[i].spki, &octets), &key);
    if (rc != cases[i].rc) fail_msg("%s: %s \"%s\"", cases[i].name, sztp_error_name(rc), test_detail(ctx));
    if (rc != 0) continue;
    if (key.type != cases[i].type || key.curve != cases[i].curve || key.bits != cases[i].bits) {
      fail_msg("%s: type %u, curve %u, %u bits", cases[i].name, (unsigned)key.type, (unsigned)key.curve,
               (unsigned)key.bits);
    }
  }
  test_ctx_free(&m, ctx);
}

/* ---- signatures ---------------------------------------------------------------------------------- */

#define WYCHEPROOF_SPKI P256_HEAD "04" P256_X P256_Y
/* the first test of ecdsa_secp256r1_sha256_test.json, over the empty message */
#define WYCHEPROOF_R "00b292a619339f6e567a305c951c0dcbcc42d16e47f219f9e98e76e09d8770b34a"
#define WYCHEPROOF_S "0177e60492c5a8242f76f07bfe3661bde59ec2a17ce5bd2dab2abebdf89a62e2"
#define P256_ORDER   "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

/* CMS-14: what is refused before the library is asked costs no operation; what it is asked costs one. */
static void test_one_operation(void **state) {
  (void)state;
  static const struct {
    const char *name;
    uint32_t scheme, hash;
    const char *signature;
    int32_t rc;
    uint64_t operations;
  } cases[] = {
      {"good", SZTP__SIG_ECDSA, SZTP__HASH_SHA256,
       "3045"
       "0221" WYCHEPROOF_R "0220" WYCHEPROOF_S,
       0, 1},
      {"another r", SZTP__SIG_ECDSA, SZTP__HASH_SHA256,
       "3044"
       "0220" WYCHEPROOF_S "0220" WYCHEPROOF_S,
       SZTP_ERR_CMS_SIGNATURE_INVALID, 1},
      {"long length", SZTP__SIG_ECDSA, SZTP__HASH_SHA256,
       "308145"
       "0221" WYCHEPROOF_R "0220" WYCHEPROOF_S,
       SZTP_ERR_CMS_SIGNATURE_INVALID, 0},
      {"octets behind", SZTP__SIG_ECDSA, SZTP__HASH_SHA256,
       "3045"
       "0221" WYCHEPROOF_R "0220" WYCHEPROOF_S "00",
       SZTP_ERR_CMS_SIGNATURE_INVALID, 0},
      {"r not minimal", SZTP__SIG_ECDSA, SZTP__HASH_SHA256,
       "3046"
       "0222"
       "00" WYCHEPROOF_R "0220" WYCHEPROOF_S,
       SZTP_ERR_CMS_SIGNATURE_INVALID, 0},
      {"r 0", SZTP__SIG_ECDSA, SZTP__HASH_SHA256,
       "3025"
       "020100"
       "0220" WYCHEPROOF_S,
       SZTP_ERR_CMS_SIGNATURE_INVALID, 0},
      {"r is the order", SZTP__SIG_ECDSA, SZTP__HASH_SHA256,
       "3045"
       "0221" P256_ORDER "0220" WYCHEPROOF_S,
       SZTP_ERR_CMS_SIGNATURE_INVALID, 1},
      {"s is the order", SZTP__SIG_ECDSA, SZTP__HASH_SHA256,
       "3046"
       "0221" WYCHEPROOF_R "0221" P256_ORDER,
       SZTP_ERR_CMS_SIGNATURE_INVALID, 1},
      {"nothing", SZTP__SIG_ECDSA, SZTP__HASH_SHA256, "", SZTP_ERR_CMS_SIGNATURE_INVALID, 0},
      {"RSA with an EC key", SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, "00", SZTP_ERR_CMS_ALG_UNSUPPORTED, 0},
      {"PSS with an EC key", SZTP__SIG_RSA_PSS, SZTP__HASH_SHA256, "00", SZTP_ERR_CMS_ALG_UNSUPPORTED, 0},
      {"Ed25519", SZTP__SIG_ED25519, SZTP__HASH_SHA512, "00", SZTP_ERR_CMS_ALG_UNSUPPORTED, 0},
      {"no scheme", SZTP__SIG_NONE, SZTP__HASH_SHA256, "00", SZTP_ERR_CMS_ALG_UNSUPPORTED, 0},
      {"no hash", SZTP__SIG_ECDSA, SZTP__HASH_NONE, "00", SZTP_ERR_CMS_ALG_UNSUPPORTED, 0},
      {"another hash", SZTP__SIG_ECDSA, SZTP__HASH_SHA384, "00", SZTP_ERR_CMS_ALG_UNSUPPORTED, 0},
  };
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  octets_t spki;
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  from_hex(ctx, WYCHEPROOF_SPKI, &spki);
  assert_int_equal(sztp__hash_once(ctx, SZTP__HASH_SHA256, sztp__span(NULL, 0), digest, &len), 0);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    octets_t signature;
    sztp__sigalg_t alg = {cases[i].scheme, cases[i].hash, cases[i].hash, 32, {NULL, 0}};
    uint64_t before = test_operations(ctx);
    from_hex(ctx, cases[i].signature, &signature);
    sztp__trail_clear(ctx);
    int32_t rc = sztp__verify_digest(ctx, sztp__span(spki.data, spki.len), &alg, sztp__span(digest, len),
                                     sztp__span(signature.data, signature.len));
    if (rc != cases[i].rc || test_operations(ctx) - before != cases[i].operations) {
      fail_msg("%s: %s \"%s\", %u operations", cases[i].name, sztp_error_name(rc), test_detail(ctx),
               (unsigned)(test_operations(ctx) - before));
    }
  }
  spki.data[spki.len - 1] ^= 1; /* a point that is not on the curve */
  octets_t signature;
  sztp__sigalg_t alg = {SZTP__SIG_ECDSA, SZTP__HASH_SHA256, 0, 0, {NULL, 0}};
  from_hex(ctx, cases[0].signature, &signature);
  assert_int_equal(sztp__verify_digest(ctx, sztp__span(spki.data, spki.len), &alg, sztp__span(digest, len),
                                       sztp__span(signature.data, signature.len)),
                   SZTP_ERR_CMS_ALG_UNSUPPORTED);
  test_ctx_free(&m, ctx);
}

static void put_rsa_key(sztp__buf_t *spki, sztp__span_t modulus) {
  static const uint8_t rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
  static const uint8_t exponent[] = {0x01, 0x00, 0x01};
  size_t whole = 0, algorithm = 0, bits = 0, key = 0;
  sztp__der_open(spki, SZTP__DER_SEQUENCE, &whole);
  sztp__der_open(spki, SZTP__DER_SEQUENCE, &algorithm);
  sztp__der_put_oid(spki, sztp__span(rsa, sizeof rsa));
  sztp__der_put_null(spki);
  sztp__der_close(spki, algorithm);
  sztp__der_open(spki, SZTP__DER_BIT_STRING, &bits);
  sztp__buf_add_u8(spki, 0);
  sztp__der_open(spki, SZTP__DER_SEQUENCE, &key);
  sztp__der_put_unsigned(spki, modulus);
  sztp__der_put_unsigned(spki, sztp__span(exponent, sizeof exponent));
  sztp__der_close(spki, key);
  sztp__der_close(spki, bits);
  assert_int_equal(sztp__der_close(spki, whole), SZTP_OK);
}

/* CMS-14: RSA keys of sizes that an engine does not take are refused with that reason; others are put to
 * work. */
static void test_rsa_sizes(void **state) {
  (void)state;
  static const struct {
    size_t octets;
    uint8_t top;
    const char *refusal; /* of an engine that does not take it; "": each does */
  } cases[] = {{256, 0x80, ""},
               {256, 0x40, "an RSA key of 2047 bits"},
               {512, 0x80, ""},
               {513, 0x01, "an RSA key of 4097 bits"},
               {1024, 0x80, "an RSA key of 8192 bits"}};
  static const uint8_t digest[32] = {1};
  static const uint8_t signature[1024];
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
    uint8_t number[1024];
    sztp__buf_t spki;
    const sztp__sigalg_t alg = {SZTP__SIG_RSA_PKCS1, SZTP__HASH_SHA256, 0, 0, {NULL, 0}};
    memset(number, 0x5b, sizeof number);
    number[0] = cases[i].top;
    sztp__buf_init(&spki, ctx, 4096);
    put_rsa_key(&spki, sztp__span(number, cases[i].octets));
    sztp__trail_clear(ctx);
    int32_t rc = sztp__verify_digest(ctx, sztp__buf_span(&spki), &alg, sztp__span(digest, sizeof digest),
                                     sztp__span(signature, cases[i].octets));
    if (ENGINE_ANY_RSA_SIZE || cases[i].refusal[0] == '\0') {
      assert_int_equal(rc, SZTP_ERR_CMS_SIGNATURE_INVALID);
    } else {
      assert_int_equal(rc, SZTP_ERR_CMS_ALG_UNSUPPORTED);
      assert_non_null(strstr(test_detail(ctx), cases[i].refusal));
    }
    sztp__buf_clear(&spki);
  }
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hashes),        cmocka_unit_test(test_random),
      cmocka_unit_test(test_no_memory),     cmocka_unit_test(test_key_kinds),
      cmocka_unit_test(test_one_operation), cmocka_unit_test(test_library_context),
      cmocka_unit_test(test_rsa_sizes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
