/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator inside memory that the caller owns. The free list is sorted by address, the first block that
 * is large enough is used, and adjacent free blocks are merged. Blocks have no header: the caller that frees
 * one passes its size. */
#ifndef SZTP_GROUND_ARENA_H
#define SZTP_GROUND_ARENA_H

#include <stddef.h>
#include <stdint.h>

typedef struct sztp__arena sztp__arena_t;

/* Lays an arena into @p memory (any alignment); NULL if it is too small for one. */
sztp__arena_t *sztp__arena_new(void *memory, size_t len);
/* Aligned to 16; NULL when no free block is large enough. */
void *sztp__arena_alloc(sztp__arena_t *arena, size_t size);
void sztp__arena_release(sztp__arena_t *arena, void *p, size_t size);
/* Makes a block smaller, or larger if what follows it is free. 1 if it did; the block never moves. */
int sztp__arena_resize(sztp__arena_t *arena, void *p, size_t old_size, size_t new_size);

#endif
