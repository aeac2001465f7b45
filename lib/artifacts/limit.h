/* SPDX-License-Identifier: Apache-2.0 */
/* The context's limits as sizes of buffers, which have fewer bits on small machines. */
#ifndef SZTP_ARTIFACTS_LIMIT_H
#define SZTP_ARTIFACTS_LIMIT_H

#include "ground/ctx_private.h"

static inline size_t sztp__limit_size(const sztp_ctx_t *ctx, uint32_t which) {
  uint64_t limit = sztp__limit(ctx, which);
  size_t size = (size_t)limit;
  return (uint64_t)size == limit ? size : SIZE_MAX;
}

#endif
