/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves of a YANG document that is being made: kept as octets, written as JSON (RFC 7951, canonical form).
 */
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

/* Adds a comma, unless @p out ends with an opening bracket, and "name": (NULL for an array's entry). */
void sztp__put_name(sztp__buf_t *out, const char *name);
void sztp__put_text(sztp__buf_t *out, const char *name, sztp__span_t value);
/* The value in base64. */
void sztp__put_binary(sztp__buf_t *out, const char *name, sztp__span_t value);

#endif
