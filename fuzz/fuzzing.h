/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz targets share: a check that stops the program, and a context that must be empty in the end. */
#ifndef SZTP_FUZZ_FUZZING_H
#define SZTP_FUZZ_FUZZING_H

#include <stdio.h>
#include <stdlib.h>

#include "ground/ctx_private.h"

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                                \
      abort();                                                                                               \
    }                                                                                                        \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline uint64_t fuzz_held(const sztp_ctx_t *ctx) {
  int64_t held = 0;
  CHECK(sztp_ctx_i64(ctx, SZTP_USAGE_NOW, &held) == 0);
  return (uint64_t)held;
}

static inline sztp_ctx_t *fuzz_ctx_new(uint64_t *held) {
  sztp_ctx_t *ctx = NULL;
  CHECK(sztp_ctx_new(NULL, &ctx) == 0);
  *held = fuzz_held(ctx);
  return ctx;
}

/* Everything made from the context must have been freed. */
static inline void fuzz_ctx_free(sztp_ctx_t *ctx, uint64_t held) {
  CHECK(fuzz_held(ctx) == held);
  sztp_ctx_free(ctx);
}

/* A failure has left its code and a reason. */
static inline void fuzz_check_failure(const sztp_ctx_t *ctx, int32_t rc) {
  CHECK(rc < 0);
  CHECK(sztp__trail_cause(ctx) != 0);
  CHECK(sztp__trail_detail(ctx)[0] != 0);
}

/* 1 if @p part lies inside @p whole. */
static inline int fuzz_inside(sztp__span_t part, sztp__span_t whole) {
  return part.len == 0 || (part.data >= whole.data && part.len <= whole.len &&
                           part.data <= whole.data + (whole.len - part.len));
}

#endif
