/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR items, the one file that knows libcbor: its streaming decoder and encoders only, no allocation by
 * claimed lengths. Definite lengths only. */
#ifndef SZTP_FORMATS_CBOR_H
#define SZTP_FORMATS_CBOR_H

#include "ground/buf.h"

enum {
  SZTP__CBOR_UINT = 1,
  SZTP__CBOR_NEGINT,
  SZTP__CBOR_BYTES,
  SZTP__CBOR_TEXT,
  SZTP__CBOR_ARRAY,
  SZTP__CBOR_MAP,
  SZTP__CBOR_TAG,
  SZTP__CBOR_BOOL,
  SZTP__CBOR_NULL
};

typedef struct sztp__cbor_item {
  uint32_t type; /* SZTP__CBOR_* */
  uint64_t
      number; /* UINT: value; NEGINT: -1 - value; ARRAY, MAP: count of elements or pairs; TAG: tag; BOOL */
  sztp__span_t bytes; /* BYTES, TEXT: borrowed from the input */
} sztp__cbor_item_t;

/* Reads the item head (with the contents of a string) at the start of *input and moves *input behind it.
 * 0 or SZTP_ERR_CBOR (truncated, indefinite, float, other simple values, reserved). */
int32_t sztp__cbor_next(sztp_ctx_t *ctx, sztp__span_t *input, sztp__cbor_item_t *item);

int32_t sztp__cbor_put_uint(sztp__buf_t *out, uint64_t value);
int32_t sztp__cbor_put_text(sztp__buf_t *out, sztp__span_t text);
int32_t sztp__cbor_put_bytes(sztp__buf_t *out, sztp__span_t bytes);
int32_t sztp__cbor_put_array(sztp__buf_t *out, size_t count);
int32_t sztp__cbor_put_map(sztp__buf_t *out, size_t pairs);

#endif
