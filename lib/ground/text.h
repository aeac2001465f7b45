/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of data: base64, hex, UTF-8, decimal numbers, dates, PEM. No state, no locale. */
#ifndef SZTP_GROUND_TEXT_H
#define SZTP_GROUND_TEXT_H

#include "ground/buf.h"

enum {
  SZTP__BASE64_STRICT = 0, /* standard alphabet, padding; space, tab, CR and LF are skipped (D-58) */
  SZTP__BASE64_URL_TOO = 1 /* also the URL-safe alphabet and missing padding: a voucher's nonce alone */
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

/* 1 if well-formed UTF-8 (no surrogates, no overlong forms, up to U+10FFFF). */
int sztp__utf8_valid(sztp__span_t text);
/* Length of the well-formed sequence at the start of @p text, 1 to 4; 0 if there is none. */
size_t sztp__utf8_step(sztp__span_t text);
/* 0 if @p text is UTF-8 of 1 to @p max octets without control characters, else SZTP_ERR_TEXT at @p where. */
int32_t sztp__text_check(sztp_ctx_t *ctx, const char *where, sztp__span_t text, size_t max);
/* The largest prefix length <= @p max of @p text that ends at a character boundary. */
size_t sztp__utf8_cut(sztp__span_t text, size_t max);

/* Writes @p text for people: control characters, DEL and octets that are not UTF-8 become '?'; cut at a
 * character boundary with "..." when it does not fit. Always NUL-terminated; @p cap is 8 or more. Returns @p
 * out. */
char *sztp__printable(char *out, size_t cap, sztp__span_t text);

/* Decimal digits only, no sign, no leading zero but "0" itself, <= max. 0 or SZTP_ERR_TEXT; no trail. */
int32_t sztp__decimal(sztp__span_t text, uint64_t max, uint64_t *out);

/* yang:date-and-time (RFC 3339 with D-65) to Unix seconds, fraction dropped. 0 or SZTP_ERR_TEXT; no trail. */
int32_t sztp__time_parse(sztp__span_t text, int64_t *out);
/* Calendar to Unix seconds; years 0 to 9999. 0 or SZTP_ERR_TEXT. */
int32_t sztp__time_make(int year, int month, int day, int hour, int minute, int second, int64_t *out);
/* "2030-03-01T08:00:00Z"; @p out has 24 octets or more. SZTP_TIME_UNKNOWN gives "unknown". Returns @p out. */
char *sztp__time_format(char out[24], int64_t unix_time);

/* Finds the next PEM block of @p *text, moves *text behind it, decodes its base64 into @p der (cleared
 * first).
 * @p label is the word between BEGIN and the dashes, borrowed. 0, SZTP_ERR_NOT_FOUND, SZTP_ERR_TEXT,
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. Headers (RFC 1421) inside a block are SZTP_ERR_TEXT. */
int32_t sztp__pem_next(sztp_ctx_t *ctx, sztp__span_t *text, sztp__span_t *label, sztp__buf_t *der);

#endif
