/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a context: counted, kept within the budget, wiped where it moves. */
#include <stdlib.h>

#include "ground/ctx_layout.h"

/* Precedes every block, so that freeing one needs no size. As large as the strictest alignment. */
typedef union header {
  size_t size; /* octets after the header */
  uint8_t room[16];
  long double align_number;
  void *align_pointer;
} header_t;

static header_t *header_of(void *p) { return (header_t *)p - 1; }

static void *default_alloc(void *user, size_t size) {
  (void)user;
  return malloc(size);
}

static void *default_resize(void *user, void *p, size_t old_size, size_t new_size) {
  (void)user;
  (void)old_size;
  return realloc(p, new_size);
}

static void default_release(void *user, void *p, size_t size) {
  (void)user;
  (void)size;
  free(p);
}

void sztp__allocator_default(sztp_allocator_t *out) {
  memset(out, 0, sizeof *out);
  out->struct_size = (uint32_t)sizeof *out;
  out->alloc = default_alloc;
  out->resize = default_resize;
  out->release = default_release;
}

static void *no_memory(sztp_ctx_t *ctx, size_t size) {
  uint64_t budget = ctx->limits[SZTP_LIMIT_MEMORY];
  unsigned long long held = ctx->held;
  if (budget == INT64_MAX)
    sztp__fail(ctx, SZTP_ERR_MEMORY, "memory", "no room for %zu octets, %llu are held", size, held);
  else
    sztp__fail(ctx, SZTP_ERR_MEMORY, "memory", "no room for %zu octets, %llu of the budget of %llu are held",
               size, held, (unsigned long long)budget);
  return NULL;
}

/* 1 if @p more octets may be held in addition. */
static int within_budget(const sztp_ctx_t *ctx, size_t more) {
  uint64_t budget = ctx->limits[SZTP_LIMIT_MEMORY];
  return ctx->held <= budget && more <= budget - ctx->held;
}

static void count_in(sztp_ctx_t *ctx, size_t size) {
  ctx->held += size;
  if (ctx->held > ctx->peak) ctx->peak = ctx->held;
}

/* As sztp__alloc(), contents undefined. */
static void *take_block(sztp_ctx_t *ctx, size_t size) {
  if (size > SIZE_MAX - sizeof(header_t)) return no_memory(ctx, size);
  size_t whole = sizeof(header_t) + size;
  if (!within_budget(ctx, whole)) return no_memory(ctx, size);
  header_t *h = ctx->allocator.alloc(ctx->allocator.user, whole);
  if (h == NULL) return no_memory(ctx, size);
  h->size = size;
  count_in(ctx, whole);
  return h + 1;
}

void *sztp__alloc(sztp_ctx_t *ctx, size_t size) {
  void *p = take_block(ctx, size);
  if (p != NULL) memset(p, 0, size);
  return p;
}

void *sztp__alloc_array(sztp_ctx_t *ctx, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return no_memory(ctx, SIZE_MAX);
  return sztp__alloc(ctx, count * size);
}

/* Gives the end of a block back without moving it. The end is wiped by the caller. */
static void *shrink(sztp_ctx_t *ctx, header_t *h, size_t size) {
  size_t old_whole = sizeof(header_t) + h->size;
  size_t new_whole = sizeof(header_t) + size;
  header_t *kept = ctx->allocator.resize(ctx->allocator.user, h, old_whole, new_whole);
  if (kept == NULL) return h + 1; /* it stays as large as it was, which is no failure */
  ctx->held -= old_whole - new_whole;
  kept->size = size;
  return kept + 1;
}

/* Only an arena can promise to grow a block without moving it. */
static int grow_in_place(sztp_ctx_t *ctx, header_t *h, size_t size) {
  if (ctx->arena == NULL || size > SIZE_MAX - sizeof(header_t)) return 0;
  if (!within_budget(ctx, size - h->size)) return 0;
  if (!sztp__arena_resize(ctx->arena, h, sizeof(header_t) + h->size, sizeof(header_t) + size)) return 0;
  count_in(ctx, size - h->size);
  h->size = size;
  return 1;
}

void *sztp__realloc(sztp_ctx_t *ctx, void *p, size_t size) {
  if (p == NULL) return take_block(ctx, size);
  header_t *h = header_of(p);
  if (size == h->size) return p;
  if (size < h->size) {
    sztp__wipe((uint8_t *)p + size, h->size - size);
    return shrink(ctx, h, size);
  }
  if (grow_in_place(ctx, h, size)) return p;
  /* Not the allocator's resize: it may move the block and leave an old copy of a secret behind. */
  void *larger = take_block(ctx, size);
  if (larger == NULL) return NULL;
  memcpy(larger, p, h->size);
  sztp__free_secret(ctx, p);
  return larger;
}

uint8_t *sztp__copy(sztp_ctx_t *ctx, const void *data, size_t len) {
  if (len == SIZE_MAX) return (uint8_t *)no_memory(ctx, len);
  uint8_t *p = (uint8_t *)take_block(ctx, len + 1);
  if (p == NULL) return NULL;
  if (len > 0) memcpy(p, data, len);
  p[len] = '\0';
  return p;
}

int32_t sztp__count_foreign(sztp_ctx_t *ctx, uint64_t size) {
  if (size > SIZE_MAX || !within_budget(ctx, (size_t)size)) {
    (void)no_memory(ctx, size > SIZE_MAX ? SIZE_MAX : (size_t)size);
    return SZTP_ERR_MEMORY;
  }
  count_in(ctx, (size_t)size);
  return SZTP_OK;
}

void sztp__uncount_foreign(sztp_ctx_t *ctx, uint64_t size) { ctx->held -= size; }

void sztp__free(sztp_ctx_t *ctx, void *p) {
  if (p == NULL) return;
  header_t *h = header_of(p);
  size_t whole = sizeof(header_t) + h->size;
  ctx->held -= whole;
  ctx->allocator.release(ctx->allocator.user, h, whole);
}

void sztp__free_secret(sztp_ctx_t *ctx, void *p) {
  if (p == NULL) return;
  sztp__wipe(p, header_of(p)->size);
  sztp__free(ctx, p);
}

void sztp__wipe(void *p, size_t len) {
#if defined(__GNUC__)
  if (len > 0) memset(p, 0, len);
  __asm__ __volatile__("" : : "r"(p) : "memory"); /* the stores above count as read */
#else
  volatile uint8_t *octets = (volatile uint8_t *)p;
  for (size_t i = 0; i < len; i++) octets[i] = 0;
#endif
}

int sztp__equal_secret(const void *a, const void *b, size_t len) {
  const volatile uint8_t *x = (const volatile uint8_t *)a;
  const volatile uint8_t *y = (const volatile uint8_t *)b;
  uint8_t differ = 0;
  for (size_t i = 0; i < len; i++) differ = (uint8_t)(differ | (x[i] ^ y[i]));
  return differ == 0;
}
