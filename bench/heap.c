/* SPDX-License-Identifier: Apache-2.0 */
/* The heap's functions, put in front of the C library's (glibc), with a count. */
#include "bench/heap.h"

#include <malloc.h>
#include <stdlib.h>

/* glibc's own names of the functions that this file replaces. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

/* Seen by the shared libraries, whatever the compiler was told about visibility. */
#define SEEN __attribute__((visibility("default")))

static size_t held;
static size_t start;
static size_t most;

static void *counted(void *p) {
  if (p) held += malloc_usable_size(p);
  if (held > most) most = held;
  return p;
}

static void uncount(void *p) {
  if (p) held -= malloc_usable_size(p);
}

SEEN void *malloc(size_t size) { return counted(__libc_malloc(size)); }

SEEN void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }

SEEN void *realloc(void *p, size_t size) {
  size_t before = p ? malloc_usable_size(p) : 0;
  void *moved = __libc_realloc(p, size);
  if (moved == NULL && size != 0) return NULL;
  held -= before;
  return counted(moved);
}

SEEN void free(void *p) {
  uncount(p);
  __libc_free(p);
}

static void *take(void *user, size_t size) {
  (void)user;
  return __libc_malloc(size);
}

static void *resize(void *user, void *p, size_t old_size, size_t new_size) {
  (void)user;
  (void)old_size;
  return __libc_realloc(p, new_size);
}

static void release(void *user, void *p, size_t size) {
  (void)user;
  (void)size;
  __libc_free(p);
}

const sztp_allocator_t *heap_uncounted(void) {
  static const sztp_allocator_t memory = {sizeof(sztp_allocator_t), 0, NULL, take, resize, release};
  return &memory;
}

void heap_reset(void) { start = most = held; }

size_t heap_peak(void) { return most - start; }
