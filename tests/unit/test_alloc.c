/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a context and of an arena: alloc.c, arena.c, and the context's life in ctx.c. */
#include "common/testing.h"

#include "ground/arena.h"
#include "ground/ctx_private.h"

static uint64_t usage(const sztp_ctx_t *ctx, uint32_t what) {
  int64_t value = 0;
  assert_int_equal(sztp_ctx_i64(ctx, what, &value), SZTP_OK);
  return (uint64_t)value;
}

static int all_are(const uint8_t *p, size_t len, uint8_t octet) {
  for (size_t i = 0; i < len; i++)
    if (p[i] != octet) return 0;
  return 1;
}

/* Any type can be put where a block is. */
typedef struct any {
  char first;
  union {
    long long integer;
    long double number;
    void *pointer;
  } type;
} any_t;
#define ALIGNED offsetof(any_t, type)

static void test_blocks_are_zeroed_aligned_and_counted(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint64_t before = usage(ctx, SZTP_USAGE_NOW);
  assert_true(before == m.octets);
  uint8_t *p = (uint8_t *)sztp__alloc(ctx, 100);
  assert_non_null(p);
  assert_int_equal((uintptr_t)p % ALIGNED, 0);
  assert_true(all_are(p, 100, 0));
  assert_true(usage(ctx, SZTP_USAGE_NOW) == m.octets);
  assert_true(usage(ctx, SZTP_USAGE_NOW) >= before + 100);
  uint8_t *nothing = (uint8_t *)sztp__alloc(ctx, 0);
  assert_non_null(nothing);
  sztp__free(ctx, nothing);
  sztp__free(ctx, p);
  sztp__free(ctx, NULL);
  sztp__free_secret(ctx, NULL);
  assert_true(usage(ctx, SZTP_USAGE_NOW) == before);
  assert_true(usage(ctx, SZTP_USAGE_PEAK) == m.peak);
  sztp_ctx_reset_peak(ctx);
  assert_true(usage(ctx, SZTP_USAGE_PEAK) == before);
  sztp_ctx_reset_peak(NULL);
  test_ctx_free(&m, ctx);
}

static void test_copy_has_a_nul_behind(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint8_t *p = sztp__copy(ctx, "abc", 3);
  assert_memory_equal(p, "abc", 4);
  uint8_t *empty = sztp__copy(ctx, NULL, 0);
  assert_int_equal(empty[0], 0);
  assert_null(sztp__copy(ctx, "abc", SIZE_MAX));
  sztp__free(ctx, p);
  sztp__free(ctx, empty);
  test_ctx_free(&m, ctx);
}

static void test_sizes_that_overflow_are_refused(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  size_t calls = m.calls;
  assert_null(sztp__alloc(ctx, SIZE_MAX));
  assert_null(sztp__alloc_array(ctx, SIZE_MAX / 2, 3));
  assert_null(sztp__alloc_array(ctx, 3, SIZE_MAX / 2));
  assert_int_equal(m.calls, calls);
  assert_int_equal(sztp__trail_cause(ctx), SZTP_ERR_MEMORY);
  void *p = sztp__alloc_array(ctx, 7, 5);
  assert_non_null(p);
  sztp__free(ctx, p);
  p = sztp__alloc_array(ctx, 7, 0);
  assert_non_null(p);
  sztp__free(ctx, p);
  test_ctx_free(&m, ctx);
}

/* An allocator that looks at every block it gets back. */
typedef struct watch {
  test_memory_t memory;
  size_t dirty; /* blocks given back with the secret's octet in them */
} watch_t;

#define SECRET 0x3c

static void watch_release(void *user, void *p, size_t size) {
  watch_t *w = (watch_t *)user;
  const uint8_t *octets = (const uint8_t *)p;
  for (size_t i = 16; i < size; i++) /* behind the block's header */
    if (octets[i] == SECRET) {
      w->dirty++;
      break;
    }
  test_memory_release(&w->memory, p, size);
}

static void *watch_alloc(void *user, size_t size) {
  return test_memory_alloc(&((watch_t *)user)->memory, size);
}

static void *watch_resize(void *user, void *p, size_t old_size, size_t new_size) {
  watch_t *w = (watch_t *)user;
  assert_true(all_are((const uint8_t *)p + new_size, old_size - new_size, 0)); /* the end is wiped before */
  return test_memory_resize(&w->memory, p, old_size, new_size);
}

/* SEC-08 */
static void test_moved_and_freed_secrets_are_wiped(void **state) {
  (void)state;
  watch_t w;
  memset(&w, 0, sizeof w);
  test_memory_init(&w.memory);
  w.memory.allocator.user = &w;
  w.memory.allocator.alloc = watch_alloc;
  w.memory.allocator.resize = watch_resize;
  w.memory.allocator.release = watch_release;
  sztp_ctx_t *ctx;
  assert_int_equal(sztp_ctx_new(&w.memory.allocator, &ctx), SZTP_OK);

  uint8_t *p = (uint8_t *)sztp__realloc(ctx, NULL, 64);
  memset(p, SECRET, 64);
  p = (uint8_t *)sztp__realloc(ctx, p, 1000); /* moves */
  assert_true(all_are(p, 64, SECRET));
  assert_int_equal(w.dirty, 0);
  assert_ptr_equal(sztp__realloc(ctx, p, 1000), p);
  p = (uint8_t *)sztp__realloc(ctx, p, 32); /* shrinks */
  assert_true(all_are(p, 32, SECRET));
  sztp__free_secret(ctx, p);
  assert_int_equal(w.dirty, 0);

  p = (uint8_t *)sztp__alloc(ctx, 64);
  memset(p, SECRET, 64);
  sztp__free(ctx, p); /* not declared a secret: the watch does see it */
  assert_int_equal(w.dirty, 1);
  test_ctx_free(&w.memory, ctx);
}

static void *refuse_resize(void *user, void *p, size_t old_size, size_t new_size) {
  (void)user;
  (void)p;
  (void)old_size;
  (void)new_size;
  return NULL;
}

static void test_a_refused_shrink_leaves_the_block(void **state) {
  (void)state;
  test_memory_t m;
  test_memory_init(&m);
  m.allocator.resize = refuse_resize;
  sztp_ctx_t *ctx;
  assert_int_equal(sztp_ctx_new(&m.allocator, &ctx), SZTP_OK);
  uint8_t *p = (uint8_t *)sztp__alloc(ctx, 64);
  uint64_t held = usage(ctx, SZTP_USAGE_NOW);
  memset(p, 1, 64);
  assert_ptr_equal(sztp__realloc(ctx, p, 10), p);
  assert_true(all_are(p, 10, 1));
  assert_true(usage(ctx, SZTP_USAGE_NOW) == held);
  sztp__free(ctx, p);
  test_ctx_free(&m, ctx);
}

static void test_realloc_without_memory_leaves_the_block(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint8_t *p = sztp__copy(ctx, "keep", 4);
  m.fail_at = m.calls + 1;
  assert_null(sztp__realloc(ctx, p, 100));
  assert_string_equal((char *)p, "keep");
  assert_int_equal(sztp__trail_cause(ctx), SZTP_ERR_MEMORY);
  sztp__free(ctx, p);
  test_ctx_free(&m, ctx);
}

/* SEC-05: a budget is kept, and told in the trail */
static void test_budget(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = test_ctx_new(&m);
  uint64_t now = usage(ctx, SZTP_USAGE_NOW);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMORY, (int64_t)now + 100), SZTP_OK);
  assert_null(sztp__alloc(ctx, 101));
  assert_non_null(strstr(test_detail(ctx), "budget"));
  void *p = sztp__alloc(ctx, 50);
  assert_non_null(p);
  assert_null(sztp__realloc(ctx, p, 80));
  sztp__free(ctx, p);
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMORY, 1), SZTP_OK); /* below what is held */
  assert_null(sztp__alloc(ctx, 1));
  assert_true(usage(ctx, SZTP_USAGE_PEAK) <= now + 100);
  test_ctx_free(&m, ctx);
}

static void test_context_without_memory(void **state) {
  (void)state;
  test_memory_t m;
  test_memory_init(&m);
  sztp_ctx_t *ctx = NULL;
  m.fail_at = 1;
  assert_int_equal(sztp_ctx_new(&m.allocator, &ctx), SZTP_ERR_MEMORY);
  assert_null(ctx);
  assert_int_equal(m.blocks, 0);
}

static void test_allocators_that_are_refused(void **state) {
  (void)state;
  test_memory_t m;
  sztp_ctx_t *ctx = NULL;
  test_memory_init(&m);
  assert_int_equal(sztp_ctx_new(&m.allocator, NULL), SZTP_ERR_ARG);
  m.allocator.struct_size--;
  assert_int_equal(sztp_ctx_new(&m.allocator, &ctx), SZTP_ERR_ABI);
  for (int i = 0; i < 3; i++) {
    test_memory_init(&m);
    if (i == 0) m.allocator.alloc = NULL;
    if (i == 1) m.allocator.resize = NULL;
    if (i == 2) m.allocator.release = NULL;
    assert_int_equal(sztp_ctx_new(&m.allocator, &ctx), SZTP_ERR_ARG);
  }
  assert_null(ctx);
}

static void test_default_allocator(void **state) {
  (void)state;
  sztp_ctx_t *ctx;
  assert_int_equal(sztp_ctx_new(NULL, &ctx), SZTP_OK);
  uint8_t *p = sztp__copy(ctx, "12345678", 8);
  p = (uint8_t *)sztp__realloc(ctx, p, 4000);
  p = (uint8_t *)sztp__realloc(ctx, p, 8);
  assert_memory_equal(p, "12345678", 8);
  sztp__free(ctx, p);
  sztp_ctx_free(ctx);
  sztp_ctx_free(NULL);
}

static void test_wipe_and_compare(void **state) {
  (void)state;
  uint8_t a[32];
  memset(a, 7, sizeof a);
  sztp__wipe(a + 1, 30);
  assert_int_equal(a[0], 7);
  assert_int_equal(a[31], 7);
  assert_true(all_are(a + 1, 30, 0));
  sztp__wipe(NULL, 0);
  /* SEC-10 */
  assert_int_equal(sztp__equal_secret("nonce", "nonce", 5), 1);
  assert_int_equal(sztp__equal_secret("nonce", "noncf", 5), 0);
  assert_int_equal(sztp__equal_secret("nonce", "Nonce", 5), 0);
  assert_int_equal(sztp__equal_secret("a", "b", 0), 1);
}

/* ---- arena --------------------------------------------------------------------------------------- */

#define ARENA_SIZE ((size_t)65536)

static void test_arena_holds_a_context(void **state) {
  (void)state;
  uint8_t *memory = (uint8_t *)malloc(ARENA_SIZE + 16);
  for (size_t skew = 0; skew < 16; skew++) { /* any alignment */
    sztp_ctx_t *ctx = NULL;
    memset(memory, 0x77, ARENA_SIZE + 16);
    assert_int_equal(sztp_ctx_new_in(memory + skew, ARENA_SIZE, &ctx), SZTP_OK);
    assert_true((uint8_t *)ctx >= memory && (uint8_t *)ctx < memory + ARENA_SIZE);
    uint8_t *p = (uint8_t *)sztp__alloc(ctx, 30000);
    assert_non_null(p);
    assert_true(p >= memory && p + 30000 <= memory + skew + ARENA_SIZE);
    assert_null(sztp__alloc(ctx, 40000));
    assert_int_equal(sztp__trail_cause(ctx), SZTP_ERR_MEMORY);
    sztp__free(ctx, p);
    sztp_ctx_free(ctx);
    assert_true(all_are(memory, skew, 0x77));
    assert_true(all_are(memory + skew + ARENA_SIZE, 16 - skew, 0x77));
  }
  free(memory);
}

static void test_arena_too_small(void **state) {
  (void)state;
  uint8_t memory[256];
  sztp_ctx_t *ctx = NULL;
  for (size_t len = 0; len <= sizeof memory; len++)
    assert_int_equal(sztp_ctx_new_in(memory, len, &ctx), SZTP_ERR_MEMORY);
  assert_int_equal(sztp_ctx_new_in(NULL, 10, &ctx), SZTP_ERR_ARG);
  assert_int_equal(sztp_ctx_new_in(memory, 10, NULL), SZTP_ERR_ARG);
  assert_null(ctx);
}

static void test_arena_grows_in_place_and_within_the_budget(void **state) {
  (void)state;
  void *memory = malloc(ARENA_SIZE);
  sztp_ctx_t *ctx;
  assert_int_equal(sztp_ctx_new_in(memory, ARENA_SIZE, &ctx), SZTP_OK);
  uint8_t *p = sztp__copy(ctx, "abcdefg", 7);
  assert_ptr_equal(sztp__realloc(ctx, p, 50000), p); /* more than half: it could not have moved */
  assert_string_equal((char *)p, "abcdefg");
  assert_ptr_equal(sztp__realloc(ctx, p, 8), p);
  uint8_t *q = (uint8_t *)sztp__alloc(ctx, 8);
  uint8_t *moved = (uint8_t *)sztp__realloc(ctx, p, 100); /* q is in the way */
  assert_ptr_not_equal(moved, p);
  assert_string_equal((char *)moved, "abcdefg");
  assert_int_equal(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMORY, (int64_t)usage(ctx, SZTP_USAGE_NOW) + 10),
                   SZTP_OK);
  assert_null(sztp__realloc(ctx, moved, 200));
  assert_null(sztp__realloc(ctx, moved, SIZE_MAX));
  sztp__free(ctx, moved);
  sztp__free(ctx, q);
  sztp_ctx_free(ctx);
  free(memory);
}

/* Random work against a model: blocks never overlap, keep their contents, and in the end all of it is one
 * hole. */
static void test_arena_against_a_model(void **state) {
  (void)state;
  static struct {
    uint8_t *p;
    size_t size;
    uint8_t fill;
  } blocks[40];
  memset(blocks, 0, sizeof blocks);
  void *memory = malloc(16384);
  sztp__arena_t *arena = sztp__arena_new(memory, 16384);
  assert_non_null(arena);
  uint32_t seed = 1;
  size_t most = 16384;
  while (most > 0) {
    void *p = sztp__arena_alloc(arena, most);
    if (p != NULL) {
      sztp__arena_release(arena, p, most);
      break;
    }
    most--;
  }
  assert_true(most > 16000);
  for (int i = 0; i < 100000; i++) {
    seed = seed * 1664525u + 1013904223u;
    size_t at = (seed >> 8) % TEST_COUNT_OF(blocks);
    size_t size = (seed >> 16) % 700;
    uint8_t *p = blocks[at].p;
    if (p != NULL) assert_true(all_are(p, blocks[at].size, blocks[at].fill));
    if (p != NULL && (seed >> 29) < 3) {
      if (!sztp__arena_resize(arena, p, blocks[at].size, size)) continue;
    } else if (p != NULL) {
      sztp__arena_release(arena, p, blocks[at].size);
      blocks[at].p = NULL;
      continue;
    } else {
      p = (uint8_t *)sztp__arena_alloc(arena, size);
      if (p == NULL) continue;
    }
    assert_int_equal((uintptr_t)p % 16, 0);
    blocks[at].p = p;
    blocks[at].size = size;
    blocks[at].fill = (uint8_t)(seed >> 3);
    memset(p, blocks[at].fill, size);
  }
  for (size_t i = 0; i < TEST_COUNT_OF(blocks); i++)
    if (blocks[i].p != NULL) sztp__arena_release(arena, blocks[i].p, blocks[i].size);
  assert_non_null(sztp__arena_alloc(arena, most));
  assert_null(sztp__arena_alloc(arena, 1));
  assert_null(sztp__arena_alloc(arena, SIZE_MAX));
  free(memory);
}

static void test_arena_resize_edges(void **state) {
  (void)state;
  uint8_t *memory = (uint8_t *)malloc(1024);
  sztp__arena_t *arena = sztp__arena_new(memory, 1024);
  uint8_t *a = (uint8_t *)sztp__arena_alloc(arena, 32);
  uint8_t *b = (uint8_t *)sztp__arena_alloc(arena, 32);
  uint8_t *c = (uint8_t *)sztp__arena_alloc(arena, 32);
  assert_int_equal(sztp__arena_resize(arena, a, 32, 33), 0); /* b is behind it */
  sztp__arena_release(arena, b, 32);
  assert_int_equal(sztp__arena_resize(arena, a, 32, 65), 0); /* the hole is too small */
  assert_int_equal(sztp__arena_resize(arena, a, 32, 64), 1); /* all of the hole */
  assert_int_equal(sztp__arena_resize(arena, a, 64, 63), 1); /* the same units */
  assert_int_equal(sztp__arena_resize(arena, a, 64, SIZE_MAX), 0);
  assert_int_equal(sztp__arena_resize(arena, a, 64, 0), 1);
  assert_int_equal(sztp__arena_resize(arena, c, 32, 2000), 0);
  void *rest = sztp__arena_alloc(arena, 32);
  assert_ptr_equal(rest, a + 16); /* what a gave back */
  size_t size = 1024;
  while (size > 0 && sztp__arena_alloc(arena, size) == NULL) size--;
  while (sztp__arena_alloc(arena, 1) != NULL) continue;
  assert_int_equal(sztp__arena_resize(arena, c, 32, 64), 0); /* no hole at all */
  free(memory);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_blocks_are_zeroed_aligned_and_counted),
      cmocka_unit_test(test_copy_has_a_nul_behind),
      cmocka_unit_test(test_sizes_that_overflow_are_refused),
      cmocka_unit_test(test_moved_and_freed_secrets_are_wiped),
      cmocka_unit_test(test_a_refused_shrink_leaves_the_block),
      cmocka_unit_test(test_realloc_without_memory_leaves_the_block),
      cmocka_unit_test(test_budget),
      cmocka_unit_test(test_context_without_memory),
      cmocka_unit_test(test_allocators_that_are_refused),
      cmocka_unit_test(test_default_allocator),
      cmocka_unit_test(test_wipe_and_compare),
      cmocka_unit_test(test_arena_holds_a_context),
      cmocka_unit_test(test_arena_too_small),
      cmocka_unit_test(test_arena_grows_in_place_and_within_the_budget),
      cmocka_unit_test(test_arena_against_a_model),
      cmocka_unit_test(test_arena_resize_edges),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
