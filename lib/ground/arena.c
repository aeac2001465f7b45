/* SPDX-License-Identifier: Apache-2.0 */
/* The allocator of sztp_ctx_new_in(). */
#include "ground/arena.h"

#define UNIT 16u

/* A free block, which starts with this. Two words: never larger than UNIT. */
typedef struct hole {
  size_t size; /* a multiple of UNIT */
  struct hole *next;
} hole_t;

struct sztp__arena {
  hole_t *first;
};

/* 0 if the size does not fit in a size_t. */
static size_t round_up(size_t size) {
  if (size > SIZE_MAX - UNIT) return 0;
  if (size == 0) return UNIT;
  return (size + UNIT - 1) / UNIT * UNIT;
}

static uint8_t *end_of(hole_t *h) { return (uint8_t *)h + h->size; }

sztp__arena_t *sztp__arena_new(void *memory, size_t len) {
  size_t skew = (size_t)((uintptr_t)memory % UNIT);
  size_t skip = skew == 0 ? 0 : UNIT - skew;
  size_t head = round_up(sizeof(sztp__arena_t));
  if (len < skip || len - skip < head + UNIT) return NULL;
  uint8_t *start = (uint8_t *)memory + skip;
  sztp__arena_t *arena = (sztp__arena_t *)(void *)start;
  hole_t *h = (hole_t *)(void *)(start + head);
  h->size = (len - skip - head) / UNIT * UNIT;
  h->next = NULL;
  arena->first = h;
  return arena;
}

/* Cuts @p size octets off the front of the hole that @p link points to. */
static void cut_front(hole_t **link, size_t size) {
  hole_t *h = *link;
  if (h->size == size) {
    *link = h->next;
    return;
  }
  hole_t *rest = (hole_t *)(void *)((uint8_t *)h + size);
  size_t left = h->size - size;
  hole_t *next = h->next;
  rest->size = left;
  rest->next = next;
  *link = rest;
}

void *sztp__arena_alloc(sztp__arena_t *arena, size_t size) {
  size_t need = round_up(size);
  if (need == 0) return NULL;
  for (hole_t **link = &arena->first; *link != NULL; link = &(*link)->next) {
    hole_t *h = *link;
    if (h->size < need) continue;
    cut_front(link, need);
    return h;
  }
  return NULL;
}

void sztp__arena_release(sztp__arena_t *arena, void *p, size_t size) {
  hole_t *before = NULL;
  hole_t *after = arena->first;
  while (after != NULL && (uint8_t *)after < (uint8_t *)p) {
    before = after;
    after = after->next;
  }
  hole_t *h = (hole_t *)p;
  h->size = round_up(size);
  h->next = after;
  if (after != NULL && end_of(h) == (uint8_t *)after) {
    h->size += after->size;
    h->next = after->next;
  }
  if (before == NULL) {
    arena->first = h;
  } else if (end_of(before) == (uint8_t *)h) {
    before->size += h->size;
    before->next = h->next;
  } else {
    before->next = h;
  }
}

int sztp__arena_resize(sztp__arena_t *arena, void *p, size_t old_size, size_t new_size) {
  size_t had = round_up(old_size);
  size_t need = round_up(new_size);
  if (need == 0) return 0;
  if (need == had) return 1;
  if (need < had) {
    sztp__arena_release(arena, (uint8_t *)p + need, had - need);
    return 1;
  }
  for (hole_t **link = &arena->first; *link != NULL; link = &(*link)->next) {
    if ((uint8_t *)*link < (uint8_t *)p + had) continue;
    if ((uint8_t *)*link != (uint8_t *)p + had || (*link)->size < need - had) return 0;
    cut_front(link, need - had);
    return 1;
  }
  return 0;
}
