/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR (RFC 8949), the one file that knows libcbor: its streaming decoder and encoders only, no allocation by
 * claimed lengths. A document from outside goes through sztp__cbor_whole() first; its output can be walked
 * head by head without surprises. */
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
  SZTP__CBOR_NULL,
  SZTP__CBOR_FLOAT,
  SZTP__CBOR_SIMPLE, /* undefined, and values without a meaning */
  /* Types of their own, so that a reader unaware of indefinite lengths refuses them: */
  SZTP__CBOR_OPEN_BYTES, /* chunks follow, up to BREAK */
  SZTP__CBOR_OPEN_TEXT,
  SZTP__CBOR_OPEN_ARRAY, /* elements follow, up to BREAK */
  SZTP__CBOR_OPEN_MAP,
  SZTP__CBOR_BREAK
};

#define SZTP__CBOR_DEPTH 16  /* arrays, maps and tags inside each other (COSE-09) */
#define SZTP__CBOR_KEYS  128 /* keys in maps that are open at the same time */

typedef struct sztp__cbor_item {
  uint32_t type;      /* SZTP__CBOR_* */
  uint64_t number;    /* UINT: value; NEGINT: -1 - value; ARRAY, MAP: count of elements or pairs; TAG: tag;
                         BOOL; SIMPLE: value */
  sztp__span_t bytes; /* BYTES, TEXT: borrowed from the input */
} sztp__cbor_item_t;

/* 1 if an artifact whose first octet is @p octet is taken for a COSE_Sign1: tag 18, or an array of four
 * (D-113). */
static inline int sztp__cbor_is_cose(uint8_t octet) { return octet == 0xd2 || octet == 0x84; }

/* Reads the item head (with the contents of a string of definite length) at the start of *input and moves
 * *input past it. 0 or SZTP_ERR_CBOR (truncated, reserved, text that is not UTF-8). */
int32_t sztp__cbor_next(sztp_ctx_t *ctx, sztp__span_t *input, sztp__cbor_item_t *item);

/* Moves *input past one whole item of any kind. SZTP_ERR_CBOR: not well-formed, or deeper than
 * SZTP__CBOR_DEPTH. */
int32_t sztp__cbor_skip(sztp_ctx_t *ctx, sztp__span_t *input);

/* Checks that @p input is one item with nothing after it, well-formed, no deeper than SZTP__CBOR_DEPTH, and
 * that no map has a key twice; keys are numbers and strings, tagged or not. *out is the input itself or,
 * where it has strings in chunks, a copy in @p joined (given empty) in which each string is whole, so that
 * OPEN_BYTES and OPEN_TEXT do not occur in it. SZTP_ERR_CBOR; SZTP_ERR_LIMIT (SZTP__CBOR_KEYS);
 * SZTP_ERR_MEMORY. */
int32_t sztp__cbor_whole(sztp_ctx_t *ctx, sztp__span_t input, sztp__buf_t *joined, sztp__span_t *out);

/* The elements or pairs of an array or map whose head was read. */
typedef struct sztp__cbor_list {
  uint64_t left;
  int open;
} sztp__cbor_list_t;

/* Enters the array or map (@p type: ARRAY or MAP, open ones included) at the start of *input. SZTP_ERR_CBOR
 * if something else is there; @p what names what was expected. */
int32_t sztp__cbor_enter(sztp_ctx_t *ctx, sztp__span_t *input, uint32_t type, const char *what,
                         sztp__cbor_list_t *list);
/* 1 if another element or pair is at the start of *input, to be read or skipped; 0 at the end, past which
 * *input then is. The input is one that sztp__cbor_whole() gave out. */
int sztp__cbor_more(sztp__span_t *input, sztp__cbor_list_t *list);

int32_t sztp__cbor_put_uint(sztp__buf_t *out, uint64_t value);
int32_t sztp__cbor_put_negint(sztp__buf_t *out, uint64_t minus_one_minus_value);
int32_t sztp__cbor_put_tag(sztp__buf_t *out, uint64_t tag);
int32_t sztp__cbor_put_bool(sztp__buf_t *out, int value);
int32_t sztp__cbor_put_text(sztp__buf_t *out, sztp__span_t text);
int32_t sztp__cbor_put_bytes(sztp__buf_t *out, sztp__span_t bytes);
/* The head of a byte string whose @p len octets the caller adds next. */
int32_t sztp__cbor_put_bytes_head(sztp__buf_t *out, size_t len);
int32_t sztp__cbor_put_array(sztp__buf_t *out, size_t count);
int32_t sztp__cbor_put_map(sztp__buf_t *out, size_t pairs);

#endif
