/* SPDX-License-Identifier: Apache-2.0 */
/* For tests that need a context and no more: each has a new one, whose memory is checked when it ends. */
#ifndef SZTP_TESTS_WITH_CTX_H
#define SZTP_TESTS_WITH_CTX_H

#include "testing.h"

static test_memory_t memory;
static sztp_ctx_t *ctx;

static int set_up(void **state) {
  (void)state;
  ctx = test_ctx_new(&memory);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  test_ctx_free(&memory, ctx);
  return 0;
}

#endif
