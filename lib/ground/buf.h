/* SPDX-License-Identifier: Apache-2.0 */
/* A growing, bounded run of octets, always followed by a NUL. The first failure sticks:
 * later additions do nothing and return it, so that a writer checks once at the end. */
#ifndef SZTP_GROUND_BUF_H
#define SZTP_GROUND_BUF_H

#include "ground/ctx_private.h"

typedef struct sztp__buf {
  sztp_ctx_t *ctx;
  uint8_t *data; /* NULL while empty and never grown */
  size_t len;
  size_t cap;
  size_t max;     /* SZTP_ERR_LIMIT beyond */
  int32_t status; /* the sticky failure, or 0 */
} sztp__buf_t;

void sztp__buf_init(sztp__buf_t *b, sztp_ctx_t *ctx, size_t max);
/* Frees the contents; wipes them first. Leaves the buffer empty and usable. */
void sztp__buf_clear(sztp__buf_t *b);
/* Makes room for exactly @p more octets after len (no rounding up), so that a known size wastes nothing. */
int32_t sztp__buf_reserve(sztp__buf_t *b, size_t more);
int32_t sztp__buf_add(sztp__buf_t *b, const void *data, size_t len);
int32_t sztp__buf_add_span(sztp__buf_t *b, sztp__span_t s);
int32_t sztp__buf_add_text(sztp__buf_t *b, const char *text);
int32_t sztp__buf_add_u8(sztp__buf_t *b, uint8_t octet);
int32_t sztp__buf_addf(sztp__buf_t *b, const char *fmt, ...) SZTP__PRINTF(2, 3);
/* Gives the contents (freed with sztp__free) to the caller and empties the buffer. With an empty buffer
 * *data is a valid one-octet block. 0, the sticky failure, or SZTP_ERR_MEMORY. */
int32_t sztp__buf_take(sztp__buf_t *b, uint8_t **data, size_t *len);
static inline sztp__span_t sztp__buf_span(const sztp__buf_t *b) { return sztp__span(b->data, b->len); }

#endif
