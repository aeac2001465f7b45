/* SPDX-License-Identifier: Apache-2.0 */
/* What all tests share: cmocka's includes, an allocator that counts, checks and fails on demand, files, and
 * assertions on errors. Everything is static inline: a test program is one file. */
#ifndef SZTP_TESTS_TESTING_H
#define SZTP_TESTS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sztp/sztp.h>

#define TEST_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- an allocator that knows every block (SEC-05) ------------------------------------------------ */

typedef struct test_block {
  size_t size;
  uint64_t mark;
} test_block_t;

typedef struct test_memory {
  sztp_allocator_t allocator; /* give its address to sztp_ctx_new() */
  size_t calls;               /* allocations asked for so far */
  size_t fail_at;             /* the n-th allocation, counted from 1, fails; 0: none does */
  int fail_on;                /* with fail_at: all later ones fail too */
  size_t blocks;              /* blocks held now */
  size_t octets;              /* octets held now */
  size_t peak;
} test_memory_t;

#define TEST_BLOCK_MARK ((uint64_t)0x5a7b1c0ffee0d1ceu)
#define TEST_BLOCK_HEAD ((size_t)32) /* keeps what follows aligned for any type */

static inline void *test_memory_alloc(void *user, size_t size) {
  test_memory_t *m = (test_memory_t *)user;
  assert_true(size > 0);
  m->calls++;
  if (m->fail_at != 0 && (m->calls == m->fail_at || (m->fail_on && m->calls > m->fail_at))) return NULL;
  uint8_t *p = (uint8_t *)malloc(TEST_BLOCK_HEAD + size);
  assert_non_null(p);
  test_block_t block = {size, TEST_BLOCK_MARK};
  memcpy(p, &block, sizeof block);
  memset(p + TEST_BLOCK_HEAD, 0xa5, size); /* nobody may rely on zeros that were not promised */
  m->blocks++;
  m->octets += size;
  if (m->octets > m->peak) m->peak = m->octets;
  return p + TEST_BLOCK_HEAD;
}

/* The block's real start, after checking that it is one and that its owner knows its size. */
static inline uint8_t *test_memory_block(void *p, size_t size) {
  uint8_t *start = (uint8_t *)p - TEST_BLOCK_HEAD;
  test_block_t block;
  memcpy(&block, start, sizeof block);
  assert_true(block.mark == TEST_BLOCK_MARK);
  assert_int_equal(block.size, size);
  return start;
}

static inline void test_memory_release(void *user, void *p, size_t size) {
  test_memory_t *m = (test_memory_t *)user;
  uint8_t *start = test_memory_block(p, size);
  memset(start, 0xdd, TEST_BLOCK_HEAD + size);
  free(start);
  m->blocks--;
  m->octets -= size;
}

/* Shrinks in place, and wants nothing else. */
static inline void *test_memory_resize(void *user, void *p, size_t old_size, size_t new_size) {
  test_memory_t *m = (test_memory_t *)user;
  uint8_t *start = test_memory_block(p, old_size);
  assert_true(new_size < old_size);
  test_block_t block = {new_size, TEST_BLOCK_MARK};
  memcpy(start, &block, sizeof block);
  m->octets -= old_size - new_size;
  return p;
}

static inline void test_memory_init(test_memory_t *m) {
  memset(m, 0, sizeof *m);
  m->allocator.struct_size = (uint32_t)sizeof m->allocator;
  m->allocator.user = m;
  m->allocator.alloc = test_memory_alloc;
  m->allocator.resize = test_memory_resize;
  m->allocator.release = test_memory_release;
}

/* A context whose memory is counted in @p m. */
static inline sztp_ctx_t *test_ctx_new(test_memory_t *m) {
  sztp_ctx_t *ctx = NULL;
  test_memory_init(m);
  assert_int_equal(sztp_ctx_new(&m->allocator, &ctx), SZTP_OK);
  return ctx;
}

/* Frees it; fails the test if anything made from it is left. */
static inline void test_ctx_free(test_memory_t *m, sztp_ctx_t *ctx) {
  sztp_ctx_free(ctx);
  assert_int_equal(m->blocks, 0);
  assert_int_equal(m->octets, 0);
}

/* Runs @p work with the 1st, 2nd, ... allocation failing, until it runs without meeting the failure. Each
 * time it must return SZTP_ERR_MEMORY, leave nothing behind, and work again afterwards on the same context.
 * @p work frees what it made. Returns how many allocations there were. */
typedef int32_t (*test_work_fn)(sztp_ctx_t *ctx, void *user);
static inline size_t test_every_allocation(test_work_fn work, void *user) {
  for (size_t n = 1;; n++) {
    test_memory_t m;
    sztp_ctx_t *ctx = test_ctx_new(&m);
    size_t blocks = m.blocks;
    m.fail_at = m.calls + n;
    int32_t rc = work(ctx, user);
    int met = m.calls >= m.fail_at;
    assert_int_equal(m.blocks, blocks);
    assert_int_equal(rc, met ? SZTP_ERR_MEMORY : SZTP_OK);
    m.fail_at = 0;
    if (met) assert_int_equal(work(ctx, user), SZTP_OK);
    assert_int_equal(m.blocks, blocks);
    test_ctx_free(&m, ctx);
    if (!met) return n - 1;
    assert_true(n < 100000);
  }
}

/* The public-key operations that @p ctx has counted. */
static inline uint64_t test_operations(const sztp_ctx_t *ctx) {
  int64_t count = 0;
  assert_int_equal(sztp_ctx_i64(ctx, SZTP_USAGE_OPERATIONS, &count), SZTP_OK);
  return (uint64_t)count;
}

/* ---- errors -------------------------------------------------------------------------------------- */

/* The detail of the trail's innermost entry, "" if there is none. */
static inline const char *test_detail(const sztp_ctx_t *ctx) {
  const char *detail = "";
  sztp_ctx_trail(ctx, 0, NULL, NULL, &detail);
  return detail;
}

/* Asserts a call's code and that the trail's innermost detail holds @p part; tells the whole detail if not.
 */
static inline void test_expect_fail(sztp_ctx_t *ctx, int32_t rc, int32_t code, const char *part) {
  if (rc != code || strstr(test_detail(ctx), part) == NULL)
    fail_msg("%s \"%s\", expected %s with \"%s\"", sztp_error_name(rc), test_detail(ctx),
             sztp_error_name(code), part);
}

/* ---- files and places ---------------------------------------------------------------------------- */

/* Reads a whole file, with a NUL behind it, to be freed with free(); NULL if there is none. */
static inline uint8_t *test_read_file(const char *path, size_t *len) {
  FILE *f = fopen(path, "rb");
  if (f == NULL) return NULL;
  uint8_t *data = NULL;
  size_t used = 0;
  size_t room = 0;
  for (;;) {
    if (used == room) {
      room = room == 0 ? 4096 : room * 2;
      data = (uint8_t *)realloc(data, room + 1);
      assert_non_null(data);
    }
    size_t n = fread(data + used, 1, room - used, f);
    if (n == 0) break;
    used += n;
  }
  assert_int_equal(ferror(f), 0);
  fclose(f);
  data[used] = 0;
  *len = used;
  return data;
}

/* The directory of the test PKI, or of the build: environment PKI, BUILD. The test fails without. */
static inline const char *test_directory(const char *variable) {
  const char *dir = getenv(variable);
  if (dir == NULL)
    fail_msg("the environment variable %s is not set; run the tests with make check", variable);
  return dir;
}

/* Reads "$variable/name", which must be there. */
static inline uint8_t *test_read_from(const char *variable, const char *name, size_t *len) {
  char path[1024];
  int n = snprintf(path, sizeof path, "%s/%s", test_directory(variable), name);
  assert_true(n > 0 && (size_t)n < sizeof path);
  uint8_t *data = test_read_file(path, len);
  if (data == NULL) fail_msg("can't read %s", path);
  return data;
}

static inline uint8_t *test_read_pki(const char *name, size_t *len) {
  return test_read_from("PKI", name, len);
}

/* A certificate of the test PKI, in that role. */
static inline void test_add_cert(sztp_device_t *dev, uint32_t role, const char *name) {
  size_t len = 0;
  uint8_t *pem = test_read_pki(name, &len);
  assert_int_equal(sztp_device_add_cert(dev, role, pem, len), SZTP_OK);
  free(pem);
}

/* Reads "$CORPORA/name", default ../shared/corpora: data made by others, which need not be there (NULL). */
static inline uint8_t *test_read_corpus(const char *name, size_t *len) {
  const char *dir = getenv("CORPORA");
  char path[1024];
  int n = snprintf(path, sizeof path, "%s/%s", dir != NULL ? dir : "../shared/corpora", name);
  assert_true(n > 0 && (size_t)n < sizeof path);
  return test_read_file(path, len);
}

/* ---- logs ---------------------------------------------------------------------------------------- */

/* How many lines a log has, and how many of them have a text. */
typedef struct test_lines {
  const char *text;
  unsigned all, with_text;
} test_lines_t;

/* An sztp_log_fn; its user is a test_lines_t. */
static inline void test_count_line(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  test_lines_t *lines = (test_lines_t *)user;
  (void)level;
  (void)topic;
  (void)len;
  lines->all++;
  if (strstr(line, lines->text) != NULL) lines->with_text++;
}

#endif
