/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL behind the seam: the caller's library context, errors that stay the caller's, a want of memory in
 * the library, keys that are kept, children of fork(). */
#define _POSIX_C_SOURCE 200809L
#include "common/testing.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "cryptography/crypto.h"

/* ---- one signature ------------------------------------------------------------------------------- */

static uint8_t spki[2][91], signature[80], digest[32];
static size_t signature_len = sizeof signature;
static const sztp__sigalg_t ecdsa = {SZTP__SIG_ECDSA, SZTP__HASH_SHA256, 0, 0, {NULL, 0}};

/* Two keys, and a signature with the first. */
static int sign_once(void **state) {
  (void)state;
  for (int i = 1; i >= 0; i--) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char *at = spki[i];
    assert_non_null(key);
    assert_int_equal(i2d_PUBKEY(key, &at), sizeof spki[i]);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    assert_int_equal(EVP_PKEY_sign_init(c), 1);
    signature_len = sizeof signature;
    assert_int_equal(EVP_PKEY_sign(c, signature, &signature_len, digest, sizeof digest), 1);
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(key);
  }
  return 0;
}

static int32_t verify(sztp_ctx_t *ctx, const uint8_t *key) {
  return sztp__verify_digest(ctx, sztp__span(key, sizeof spki[0]), &ecdsa, sztp__span(digest, sizeof digest),
                             sztp__span(signature, signature_len));
}

static int32_t hash(sztp_ctx_t *ctx, uint32_t which) {
  uint8_t out[SZTP__HASH_MAX];
  size_t len = 0;
  return sztp__hash_once(ctx, which, sztp__span_of("abc"), out, &len);
}

/* ---- tests --------------------------------------------------------------------------------------- */

/* What is computed is computed by the context's providers, and with the properties that are set there. */
static void a_library_context(void **state) {
  (void)state;
  uint8_t octets[16], block[16] = {0};
  int valid = 1;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
  assert_non_null(library);
  OSSL_PROVIDER *none = OSSL_PROVIDER_load(library, "null");
  assert_non_null(none);
  assert_int_equal(sztp_ctx_set_library_context(NULL, library), SZTP_ERR_ARG);
  assert_int_equal(verify(ctx, spki[0]), SZTP_OK);
  assert_int_equal(sztp_ctx_set_library_context(ctx, library), SZTP_OK);
  test_expect_fail(ctx, hash(ctx, SZTP__HASH_SHA256), SZTP_ERR_CMS_ALG_UNSUPPORTED, "has no such hash");
  sztp__trail_clear(ctx);
  test_expect_fail(ctx, verify(ctx, spki[0]), SZTP_ERR_CMS_ALG_UNSUPPORTED, "does not take the public key");
  sztp__trail_clear(ctx);
  assert_int_equal(sztp__default_random(ctx, octets, sizeof octets), SZTP_ERR_RANDOM);
  assert_int_equal(sztp__aes_block(ctx, sztp__span(octets, 16), SZTP__AES_ENCRYPT, block), SZTP_ERR_CRYPTO);
  assert_int_equal(sztp__point_check(ctx, SZTP__CURVE_P256, sztp__span(spki[0] + 26, 65), &valid), SZTP_OK);
  assert_int_equal(valid, 0);
  OSSL_PROVIDER *all = OSSL_PROVIDER_load(library, "default");
  assert_non_null(all);
  assert_int_equal(verify(ctx, spki[0]), SZTP_OK);
  assert_int_equal(hash(ctx, SZTP__HASH_MD5), SZTP_OK);
  assert_int_equal(EVP_set_default_properties(library, "fips=yes"), 1);
  assert_int_equal(sztp_ctx_set_library_context(ctx, library), SZTP_OK);
  assert_int_equal(hash(ctx, SZTP__HASH_SHA256), SZTP_ERR_CMS_ALG_UNSUPPORTED);
  assert_int_equal(sztp_ctx_set_library_context(ctx, NULL), SZTP_OK);
  assert_int_equal(hash(ctx, SZTP__HASH_SHA256), SZTP_OK);
  test_ctx_free(&m, ctx);
  OSSL_PROVIDER_unload(all);
  OSSL_PROVIDER_unload(none);
  OSSL_LIB_CTX_free(library);
}

/* The thread's queue of errors is the caller's: nothing is added, and nothing taken. */
static void errors_of_the_caller(void **state) {
  (void)state;
  uint8_t tag[16] = {0}, data[4] = {0};
  uint32_t good = 1;
  int valid;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (int with = 0; with < 2; with++) {
    ERR_clear_error();
    if (with) ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE);
    unsigned long last = ERR_peek_last_error();
    uint8_t bad[sizeof spki[0]];
    memcpy(bad, spki[0], sizeof bad);
    bad[sizeof bad - 1] ^= 1;
    assert_int_equal(verify(ctx, bad), SZTP_ERR_CMS_ALG_UNSUPPORTED);
    assert_int_equal(verify(ctx, spki[1]), SZTP_ERR_CMS_SIGNATURE_INVALID);
    assert_int_equal(sztp__point_check(ctx, SZTP__CURVE_P256, sztp__span(bad + 26, 65), &valid), SZTP_OK);
    assert_int_equal(sztp__aes_gcm(ctx, sztp__span(digest, 32), SZTP__AES_DECRYPT, sztp__span(digest, 12),
                                   sztp__span(NULL, 0), data, sizeof data, tag, sizeof tag, &good),
                     SZTP_OK);
    assert_int_equal(good, 0);
    assert_int_equal(sztp__aes_gcm(ctx, sztp__span(digest, 31), SZTP__AES_DECRYPT, sztp__span(digest, 12),
                                   sztp__span(NULL, 0), data, sizeof data, tag, sizeof tag, &good),
                     SZTP_ERR_CRYPTO);
    assert_int_equal(ERR_peek_last_error(), last);
    if (with) assert_int_equal(ERR_get_error(), last);
    assert_int_equal(ERR_get_error(), 0);
  }
  test_ctx_free(&m, ctx);
}

/* PKIX-04: a key on a curve is one object that takes each next point; a point that is none leaves nothing
 * behind. */
static void keys_that_are_kept(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  for (int i = 0; i < 3; i++) {
    uint8_t bad[sizeof spki[0]];
    memcpy(bad, spki[0], sizeof bad);
    bad[sizeof bad - 1] ^= 1;
    assert_int_equal(verify(ctx, spki[0]), SZTP_OK);
    assert_int_equal(verify(ctx, spki[1]), SZTP_ERR_CMS_SIGNATURE_INVALID);
    if (i == 1) assert_int_equal(verify(ctx, bad), SZTP_ERR_CMS_ALG_UNSUPPORTED);
  }
  test_ctx_free(&m, ctx);
}

/* ---- memory -------------------------------------------------------------------------------------- */

static long left = -1; /* allocations until one fails; below 0: none does */
static int met;

static int fails(void) {
  if (left < 0) return 0;
  if (left > 0) {
    left--;
    return 0;
  }
  met = 1;
  return 1; /* and all that follow */
}

static void *give(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return fails() ? NULL : malloc(size);
}

static void *give_again(void *p, size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return fails() ? NULL : realloc(p, size);
}

static void take_back(void *p, const char *file, int line) {
  (void)file;
  (void)line;
  free(p);
}

/* SEC-05: without memory in the library no signature is good, none is called bad, and the next one is judged
 * as ever. OpenSSL doesn't say of every failure that it was memory. */
static void no_memory(void **state) {
  (void)state;
  unsigned refused = 0, unsaid = 0;
  for (long n = 0;; n++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    left = n;
    met = 0;
    int32_t rc = verify(ctx, spki[0]);
    left = -1;
    if (!met) {
      assert_int_equal(rc, SZTP_OK);
      test_ctx_free(&m, ctx);
      break;
    }
    if (rc != SZTP_ERR_CRYPTO) test_expect_fail(ctx, rc, SZTP_ERR_CMS_ALG_UNSUPPORTED, "OpenSSL");
    unsaid += rc != SZTP_ERR_CRYPTO;
    refused++;
    sztp__trail_clear(ctx);
    assert_int_equal(verify(ctx, spki[0]), SZTP_OK);
    test_ctx_free(&m, ctx);
  }
  assert_true(refused > 100 && unsaid < refused / 10);
}

/* SEC-09: a child has other random octets than its parent. */
static void a_child(void **state) {
  (void)state;
  uint8_t own[32], others[32];
  int ends[2], status = 0;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  assert_int_equal(sztp__default_random(ctx, own, sizeof own), SZTP_OK);
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  int32_t rc = sztp__default_random(ctx, own, sizeof own);
  if (child == 0) _exit(rc != SZTP_OK || write(ends[1], own, sizeof own) != (ssize_t)sizeof own);
  assert_int_equal(rc, SZTP_OK);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(read(ends[0], others, sizeof others), sizeof others);
  assert_memory_not_equal(own, others, sizeof own);
  close(ends[0]);
  close(ends[1]);
  test_ctx_free(&m, ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_library_context), cmocka_unit_test(errors_of_the_caller),
      cmocka_unit_test(keys_that_are_kept), cmocka_unit_test(no_memory), cmocka_unit_test(a_child)};
  if (CRYPTO_set_mem_functions(give, give_again, take_back) != 1) return 1; /* before OpenSSL has any */
  return cmocka_run_group_tests(tests, sign_once, NULL);
}
