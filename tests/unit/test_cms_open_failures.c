/* SPDX-License-Identifier: Apache-2.0 */
/* A decryption that fails: what it looks like, whatever the key function said; what is left in memory; memory
 * that fails; damaged input. */
#include "cms_open_bench.h"

/* ---- what the key function says ------------------------------------------------------------------ */

/* ENC-13, ENC-15: anything but a right answer is a failure like any other, found only in the end */
static void test_answers(void **state) {
  (void)state;
  static const struct {
    int32_t rc;
    int len; /* more or less than is wanted */
    int32_t result;
    int good;
  } cases[] = {
      {0, 0, 0, 1},
      {0, -1, 0, 0},
      {0, 1, 0, 0},
      {0, 200, 0, 0},
      {0, -16, 0, 0},
      {SZTP_ERR_KEY, 0, 0, 0},
      {SZTP_ERR_CRYPTO, 0, 0, 0},
      {SZTP_ERR_RANDOM, 0, 0, 0},
      {SZTP_ERR_ARG, 0, 0, 0},
      {SZTP_ERR_ENC_ALG_UNSUPPORTED, 0, 0, 0},
      {INT32_MIN, 0, 0, 0},
      {-70000, 0, 0, 0},
      {2, 0, 0, 0},
      {INT32_MAX, 0, 0, 0},
      {SZTP_PENDING, 0, SZTP_PENDING, 0},
      {SZTP_ERR_NOT_FOUND, 0, SZTP_ERR_NOT_FOUND, 0},
      {SZTP_ERR_MEMORY, 0, SZTP_ERR_MEMORY, 0},
  };
  for (int ec = 0; ec < 2; ec++) {
    bench_t b;
    sztp__opened_t o;
    agreed_t a;
    bench_open(&b, ec ? "enc/p256" : "enc/rsa");
    for (size_t i = 0; i < TEST_COUNT_OF(cases); i++) {
      parts_t p = usual(&b);
      stub_t stub = stub_of(&p);
      size_t blocks = b.memory.blocks;
      agree(&b, &a, &p, &stub, sztp__span(NULL, 0), sztp__span(NULL, 0));
      stub.rc = cases[i].rc;
      stub.len = (size_t)((int)stub.len + cases[i].len);
      int32_t rc = ec ? open_agreed(&b, &p, &stub, &a.kari, &o) : open_parts(&b, &p, &stub, &o);
      if (rc != cases[i].result || (o.good == UINT32_MAX) != cases[i].good)
        fail_msg("case %zu: %s, good %08x", i, sztp_error_name(rc), (unsigned)o.good);
      assert_int_equal(stub.calls, 1);
      if (rc == 0) sztp__free_secret(b.ctx, o.memory);
      if (rc != 0) assert_null(o.memory);
      agree_end(&a);
      assert_int_equal(b.memory.blocks, blocks);
    }
    bench_close(&b);
  }
}

/* ENC-13: with a wrong content key the text is not the right one, and not the same twice */
static void test_random_key(void **state) {
  (void)state;
  bench_t b;
  sztp__opened_t first;
  sztp__opened_t second;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  stub.rc = SZTP_ERR_KEY; /* though the octets are right */
  assert_int_equal(open_parts(&b, &p, &stub, &first), 0);
  assert_int_equal(open_parts(&b, &p, &stub, &second), 0);
  assert_memory_not_equal(first.memory + first.start, second.memory + second.start, 16);
  assert_memory_not_equal(first.memory + first.start, TEXT, 16);
  sztp__free_secret(b.ctx, first.memory);
  sztp__free_secret(b.ctx, second.memory);
  bench_close(&b);
}

static int32_t no_random(void *user, uint8_t *out, size_t len) {
  (void)user;
  (void)out;
  (void)len;
  return -1;
}

/* SEC-09: without random octets there is nothing to hide a failure behind */
static void test_no_random(void **state) {
  (void)state;
  bench_t b;
  sztp__opened_t o;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  assert_int_equal(sztp_ctx_set_random(b.ctx, no_random, NULL), SZTP_OK);
  assert_int_equal(open_parts(&b, &p, &stub, &o), SZTP_ERR_RANDOM);
  assert_int_equal(stub.calls, 0);
  bench_close(&b);
}

static int32_t lucky_random(void *user, uint8_t *out, size_t len) {
  const parts_t *p = (const parts_t *)user;
  assert_int_equal(len, p->key.len);
  memcpy(out, p->key.data, len);
  return 0;
}

/* ENC-13: what failed has failed, even if the random key in place of the right one were that */
static void test_random_is_right(void **state) {
  (void)state;
  bench_t b;
  sztp__opened_t o;
  agreed_t a;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  assert_int_equal(sztp_ctx_set_random(b.ctx, lucky_random, &p), SZTP_OK);
  for (int gcm = 0; gcm < 2; gcm++) {
    if (gcm) p = parts_gcm(p);
    stub.rc = SZTP_ERR_KEY;
    assert_int_equal(open_parts(&b, &p, &stub, &o), 0);
    assert_memory_equal(o.memory + o.start, TEXT, strlen(TEXT)); /* it was used */
    assert_int_equal(o.good, 0);
    sztp__free_secret(b.ctx, o.memory);
    stub.rc = 0;
    expect_text(&b, "the right key", open_parts(&b, &p, &stub, &o), &o, p.text);
  }
  bench_close(&b);
  bench_open(&b, "enc/p256");
  p = usual(&b);
  stub.len = 32;
  agree(&b, &a, &p, &stub, sztp__span(NULL, 0), sztp__span(NULL, 0));
  stub.answer[0] ^= 1;
  assert_int_equal(sztp_ctx_set_random(b.ctx, lucky_random, &p), SZTP_OK);
  assert_int_equal(open_agreed(&b, &p, &stub, &a.kari, &o), 0);
  assert_memory_equal(o.memory + o.start, TEXT, strlen(TEXT));
  assert_int_equal(o.good, 0);
  sztp__free_secret(b.ctx, o.memory);
  agree_end(&a);
  bench_close(&b);
}

/* ---- secrets ------------------------------------------------------------------------------------- */

/* Memory that looks, before it is given back, for octets that must not be in it any more. */
typedef struct watch {
  test_memory_t *memory;
  sztp__span_t secrets[4];
  unsigned seen;
} watch_t;

static void *watched_alloc(void *user, size_t size) {
  return test_memory_alloc(((watch_t *)user)->memory, size);
}

static void *watched_resize(void *user, void *p, size_t old_size, size_t new_size) {
  return test_memory_resize(((watch_t *)user)->memory, p, old_size, new_size);
}

static void watched_release(void *user, void *p, size_t size) {
  watch_t *w = (watch_t *)user;
  for (size_t i = 0; i < TEST_COUNT_OF(w->secrets); i++) {
    sztp__span_t secret = w->secrets[i];
    for (size_t at = 0; secret.len > 0 && at + secret.len <= size; at++)
      w->seen += memcmp((const uint8_t *)p + at, secret.data, secret.len) == 0;
  }
  test_memory_release(w->memory, p, size);
}

/* ENC-17, SEC-08: content key, shared secret, wrapping key and text leave nothing in memory that is given
 * back, whether they were right or not */
static void test_wiped(void **state) {
  (void)state;
  for (int ec = 0; ec < 2; ec++) {
    for (int fails = 0; fails < 2; fails++) {
      bench_t b;
      watch_t w;
      sztp_allocator_t allocator;
      sztp__opened_t o;
      agreed_t a;
      memset(&w, 0, sizeof w);
      bench_open(&b, ec ? "enc/p256" : "enc/rsa");
      test_memory_t memory;
      test_memory_init(&memory);
      allocator = memory.allocator;
      w.memory = &memory;
      allocator.user = &w;
      allocator.alloc = watched_alloc;
      allocator.resize = watched_resize;
      allocator.release = watched_release;
      sztp_ctx_t *own = b.ctx;
      parts_t p = usual(&b);
      stub_t stub = stub_of(&p);
      sztp__buf_t list;
      sztp__buf_t out;
      memset(stub.answer, ec ? 0x77 : 0, ec ? 32 : 0);
      agree(&b, &a, &p, &stub, sztp__span(NULL, 0), sztp__span(NULL, 0));
      sztp__buf_init(&list, own, 1 << 16);
      sztp__buf_init(&out, own, 1 << 16);
      put_kari(&list, &b.cert, &a.kari);
      if (ec) p.recipients = sztp__buf_span(&list);
      parts_put(&out, &p);
      w.secrets[0] = p.key;
      w.secrets[1] = p.text;
      w.secrets[2] = sztp__span(stub.answer, stub.len);
      if (fails) out.data[out.len - 1] ^= 1;
      assert_int_equal(sztp_ctx_new(&allocator, &b.ctx), SZTP_OK);
      assert_int_equal(open_with(&b, sztp__buf_span(&out), stub_key, &stub, &o), 0);
      assert_int_equal(o.good, fails ? 0 : UINT32_MAX);
      assert_memory_equal(o.memory + o.start, TEXT, 15); /* so that the test can fail */
      sztp__free_secret(b.ctx, o.memory);
      sztp_ctx_free(b.ctx);
      assert_int_equal(w.seen, 0);
      assert_int_equal(memory.blocks, 0);
      b.ctx = own;
      sztp__buf_clear(&out);
      sztp__buf_clear(&list);
      agree_end(&a);
      bench_close(&b);
    }
  }
}

/* ---- memory -------------------------------------------------------------------------------------- */

typedef struct opening {
  bench_t *b;
  sztp__span_t input;
} opening_t;

static int32_t open_work(sztp_ctx_t *ctx, void *user) {
  const opening_t *job = (const opening_t *)user;
  bench_t b = *job->b;
  sztp__opened_t o;
  b.ctx = ctx;
  int32_t rc = open_with(&b, job->input, sztp_software_key, b.keys, &o);
  if (rc == 0) assert_int_equal(o.good, UINT32_MAX);
  if (rc == 0) sztp__free_secret(ctx, o.memory);
  return rc;
}

/* SEC-05 */
static void test_memory(void **state) {
  (void)state;
  static const char *const names[][2] = {{"cbc128", "rsa"},
                                         {"gcm128", "rsa"},
                                         {"ecdh256-sha256", "p256"},
                                         {"stream", "rsa"},
                                         {"oaep256", "rsa"}};
  for (size_t i = 0; i < TEST_COUNT_OF(names); i++) {
    bench_t b;
    char file[64];
    size_t len = 0;
    (void)snprintf(file, sizeof file, "enc/%s", names[i][1]);
    bench_open(&b, file);
    (void)snprintf(file, sizeof file, "enc/%s.cms", names[i][0]);
    uint8_t *cms = test_read_pki(file, &len);
    opening_t job = {&b, sztp__span(cms, len)};
    assert_true(test_every_allocation(open_work, &job) >= 3);
    free(cms);
    bench_close(&b);
  }
}

/* Every octet cut off, and every octet changed: never good, never a crash */
static void test_damaged(void **state) {
  (void)state;
  bench_t b;
  sztp__opened_t o;
  bench_open(&b, "enc/rsa");
  parts_t p = usual(&b);
  stub_t stub = stub_of(&p);
  sztp__buf_t out;
  sztp__buf_init(&out, b.ctx, 1 << 16);
  parts_put(&out, &p);
  for (size_t n = 0; n < out.len; n++) {
    int32_t rc = open_with(&b, sztp__span(out.data, n), stub_key, &stub, &o);
    assert_int_equal(rc, SZTP_ERR_CMS_MALFORMED);
  }
  for (size_t at = 0; at < out.len; at++) {
    for (unsigned value = 0; value < 256; value += 5) {
      uint8_t kept = out.data[at];
      out.data[at] = (uint8_t)value;
      int32_t rc = open_with(&b, sztp__buf_span(&out), stub_key, &stub, &o);
      if (rc == 0) sztp__free_secret(b.ctx, o.memory);
      out.data[at] = kept;
    }
  }
  sztp__buf_clear(&out);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_answers),   cmocka_unit_test(test_random_key),
      cmocka_unit_test(test_no_random), cmocka_unit_test(test_random_is_right),
      cmocka_unit_test(test_wiped),     cmocka_unit_test(test_memory),
      cmocka_unit_test(test_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
