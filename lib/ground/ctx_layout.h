/* SPDX-License-Identifier: Apache-2.0 */
/* What a context is made of. Only the files of this layer include this; all others go through ctx_private.h.
 */
#ifndef SZTP_GROUND_CTX_LAYOUT_H
#define SZTP_GROUND_CTX_LAYOUT_H

#include "ground/arena.h"
#include "ground/ctx_private.h"

#define SZTP__TRAIL_MAX   8
#define SZTP__DETAIL_SIZE 200
#define SZTP__LIMIT_COUNT 16 /* SZTP_LIMIT_* count from 1 */

typedef struct sztp__trail_entry {
  int32_t code;
  const char *where;
  char detail[SZTP__DETAIL_SIZE];
} sztp__trail_entry_t;

/* What is read often stands in front, arrays behind: machines reach the first few dozen octets with the
 * shortest instructions. */
struct sztp_ctx {
  sztp_allocator_t allocator;
  sztp__arena_t *arena; /* NULL unless the context lives in the caller's memory */
  uint32_t in_session;
  uint32_t in_callback; /* how many of the host's functions are running: log, random, key, event */
  size_t trail_len;
  int64_t known_floor; /* the latest time that is known to have passed, in Unix seconds; 0: none */
  uint64_t held;       /* octets asked of the allocator, block headers and the context included */
  uint64_t peak;
  uint64_t operations;
  struct {
    int limited; /* a budget is in force */
    int spent;   /* it was not enough */
    uint32_t operations;
    uint64_t octets;
    uint64_t hashed;                /* octets that were hashed since it began */
    uint8_t made[SZTP__WORK_KINDS]; /* operations since it began, by the kind of key */
  } work;
  sztp_log_fn log;
  void *log_user;
  sztp_random_fn random;
  void *random_user;
  void *kept; /* what the cryptographic library keeps between calls; NULL: nothing */
  void (*kept_free)(void *);
  uint32_t log_level;
  uint64_t visits; /* at bootstrap servers: numbers that distinguish connections are used once */
  uint64_t limits[SZTP__LIMIT_COUNT];
  sztp__trail_entry_t trail[SZTP__TRAIL_MAX];
};

/* Allocates and frees memory without a context: for the context itself (alloc.c). */
void sztp__allocator_default(sztp_allocator_t *out);

#endif
