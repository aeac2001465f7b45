/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of data: base64, hex, plain text, decimal numbers; with printable.h and time.h, which need no
 * context. No state, no locale. */
#ifndef SZTP_GROUND_TEXT_H
#define SZTP_GROUND_TEXT_H

#include "ground/buf.h"
#include "ground/printable.h"
#include "ground/time.h"

enum {
  SZTP__BASE64_STRICT = 0, /* standard alphabet with padding; space, tab, CR and LF are skipped (D-58) */
  SZTP__BASE64_URL_TOO = 1 /* also the URL-safe alphabet and missing padding: for a voucher's nonce only */
};

/* Decodes into @p out. Non-zero unused bits, misplaced padding and other characters are SZTP_ERR_TEXT with
 * the position in the trail. SZTP_ERR_LIMIT beyond out->max, SZTP_ERR_MEMORY. The size is reserved exactly.
 */
int32_t sztp__base64_decode(sztp_ctx_t *ctx, sztp__span_t text, uint32_t mode, sztp__buf_t *out);
/* Adds standard base64 without line breaks. */
int32_t sztp__base64_encode(sztp__buf_t *out, sztp__span_t data);
/* Hex digits of any case; pairs may be separated by ':' (all or none; D-64). */
int32_t sztp__hex_decode(sztp_ctx_t *ctx, sztp__span_t text, uint8_t *out, size_t cap, size_t *len);
/* Lower-case hex; @p separator is put between pairs unless 0. */
int32_t sztp__hex_encode(sztp__buf_t *out, sztp__span_t data, char separator);
/* The same without a separator, of as many octets as @p cap has room for, with a NUL. Returns @p out. */
char *sztp__hex_text(char *out, size_t cap, sztp__span_t data);

/* 0 if @p text is UTF-8 of 1 to @p max octets without control characters, else SZTP_ERR_TEXT at @p where. */
int32_t sztp__text_check(sztp_ctx_t *ctx, const char *where, sztp__span_t text, size_t max);

/* Decimal digits only, no sign, no leading zero but "0" itself, <= max. 0 or SZTP_ERR_TEXT; no trail. */
int32_t sztp__decimal(sztp__span_t text, uint64_t max, uint64_t *out);

#endif
