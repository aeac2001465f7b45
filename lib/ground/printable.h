/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, and text from outside made fit to be shown. */
#ifndef SZTP_GROUND_PRINTABLE_H
#define SZTP_GROUND_PRINTABLE_H

#include "ground/span.h"

/* Room for texts that people read, with their NUL; what is longer is cut. */
#define SZTP__TEXT_WORD   64  /* a name, an OID or an algorithm among other things in a sentence */
#define SZTP__TEXT_NAME   100 /* the one name of a sentence */
#define SZTP__TEXT_CLAUSE 200 /* a reason, as long as the error trail keeps it */
#define SZTP__TEXT_LINE   320 /* a sentence, a name with its fingerprint */
#define SZTP__TEXT_LONG   512 /* sentences of several parts */

/* 1 if well-formed UTF-8 (no surrogates, no overlong forms, up to U+10FFFF). */
int sztp__utf8_valid(sztp__span_t text);
/* Length of the well-formed sequence at the start of @p text, 1 to 4; 0 if there is none. */
size_t sztp__utf8_step(sztp__span_t text);
/* The largest prefix length <= @p max of @p text that ends at a character boundary. */
size_t sztp__utf8_cut(sztp__span_t text, size_t max);

/* Writes @p text for people: control characters, DEL and octets that are not UTF-8 become '?'; cut at a
 * character boundary with "..." when it does not fit. Always NUL-terminated; @p cap is 8 or more. Returns @p
 * out. */
char *sztp__printable(char *out, size_t cap, sztp__span_t text);

#endif
