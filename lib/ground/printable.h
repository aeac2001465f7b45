/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, and text from outside made safe to show. */
#ifndef SZTP_GROUND_PRINTABLE_H
#define SZTP_GROUND_PRINTABLE_H

#include "ground/parts.h"
#include "ground/span.h"

/* 1 if well-formed UTF-8 (no surrogates, no overlong forms, up to U+10FFFF). */
int sztp__utf8_valid(sztp__span_t text);
/* Length of the well-formed sequence at the start of @p text, 1 to 4; 0 if there is none. */
size_t sztp__utf8_step(sztp__span_t text);
/* The largest prefix length <= @p max of @p text that ends at a character boundary. */
size_t sztp__utf8_cut(sztp__span_t text, size_t max);

/* The character at the start of well-formed @p text, if it is not to be shown: a control, a separator, one
 * that reverses text or is not seen; else 0. */
uint32_t sztp__unprintable(sztp__span_t text);

/* Writes @p text so that it is safe to show: control characters, DEL and octets that are not UTF-8 become
 * '?'; cut at a character boundary with "..." when it does not fit. Always NUL-terminated; @p cap is 8 or
 * more. Returns @p out. */
char *sztp__printable(char *out, size_t cap, sztp__span_t text);

/* The same for what is said to people and for nothing else (see sztp__sentence()). */
#if SZTP__TERSE
#define sztp__shown(out, cap, text) (0 ? sztp__printable(out, cap, text) : sztp__no_words(out))
static inline char *sztp__no_words(char *out) {
  *out = '\0';
  return out;
}
#else
#define sztp__shown sztp__printable
#endif

/* The same, so that two texts that look alike can be told apart: whatever is not ASCII stands there as its
 * number, as "<U+200b>", and octets that are not UTF-8 as "<0xff>". */
char *sztp__exact(char *out, size_t cap, sztp__span_t text);

#endif
