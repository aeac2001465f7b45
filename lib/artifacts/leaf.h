/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves of a YANG document that is to be made, kept as octets. */
#ifndef SZTP_ARTIFACTS_LEAF_H
#define SZTP_ARTIFACTS_LEAF_H

#include "ground/buf.h"

/* Absent while data is NULL. */
typedef struct sztp__leaf {
  uint8_t *data;
  size_t len;
} sztp__leaf_t;

/* Puts a copy of @p value in place of what was there. SZTP_ERR_MEMORY. */
int32_t sztp__leaf_set(sztp_ctx_t *ctx, sztp__leaf_t *leaf, sztp__span_t value);
/* Wipes and frees. */
void sztp__leaf_clear(sztp_ctx_t *ctx, sztp__leaf_t *leaf);
static inline sztp__span_t sztp__leaf_span(const sztp__leaf_t *leaf) {
  return sztp__span(leaf->data, leaf->len);
}

#endif
