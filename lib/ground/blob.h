/* SPDX-License-Identifier: Apache-2.0 */
/* A run of octets that its holder owns, in the memory of a context. */
#ifndef SZTP_GROUND_BLOB_H
#define SZTP_GROUND_BLOB_H

#include "ground/ctx_private.h"

typedef struct sztp__blob {
  uint8_t *data; /* NULL: absent, which is not the same as empty */
  size_t len;
} sztp__blob_t;

static inline sztp__span_t sztp__blob_span(const sztp__blob_t *blob) {
  return sztp__span(blob->data, blob->len);
}

/* Replaces @p blob by a copy of @p data, followed by a NUL. 0, or SZTP_ERR_MEMORY with @p blob unchanged. */
int32_t sztp__blob_set(sztp_ctx_t *ctx, sztp__blob_t *blob, sztp__span_t data);
/* Moves the octets out: the caller owns them, and @p blob is absent. */
sztp__blob_t sztp__blob_take(sztp__blob_t *blob);
/* Wipes and frees the octets; @p blob is absent. */
void sztp__blob_free(sztp_ctx_t *ctx, sztp__blob_t *blob);

#endif
