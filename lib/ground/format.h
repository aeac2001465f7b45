/* SPDX-License-Identifier: Apache-2.0 */
/* Text made by a format, the same with every C library: small ones don't know %zu and %llu, and would misread
 * the arguments after them. Compilers check the arguments as they check printf's. */
#ifndef SZTP_GROUND_FORMAT_H
#define SZTP_GROUND_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "ground/parts.h"

#if defined(__GNUC__)
#define SZTP__PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define SZTP__PRINTF(fmt, args)
#endif

/* Room for a name, address or word from outside; for a few words with one; for a sentence of both; and for
 * several. */
#define SZTP__NAME_SIZE      80
#define SZTP__PHRASE_SIZE    160
#define SZTP__SENTENCE_SIZE  256
#define SZTP__PARAGRAPH_SIZE 512

/* Writes @p fmt with its arguments into @p out, cut where @p cap octets end, always NUL-terminated (@p cap is
 * 1 or more; or 0, with @p out NULL, to measure). Returns the length that the whole text has, as snprintf().
 *
 * There are %s (with a precision, as a number or '*'), %c, %d, %u and %x (with l, ll or z; with a width,
 * filled with spaces or zeros), and %%. The text ends at anything else. */
size_t sztp__format(char *out, size_t cap, const char *fmt, ...) SZTP__PRINTF(3, 4);
size_t sztp__vformat(char *out, size_t cap, const char *fmt, va_list args) SZTP__PRINTF(3, 0);

/* Words for people. Where a build says nothing they are "", and what they would be made of is not looked at.
 */
#if SZTP__TERSE
#define SZTP__WORDS(text) (0 ? (text) : "")
#else
#define SZTP__WORDS(text) (text)
#endif

/* A call that only finds words for people: where a build says nothing it is none. */
#if SZTP__TERSE
#define SZTP__TELL(call) ((void)(0 ? ((void)(call), 0) : 0))
#else
#define SZTP__TELL(call) ((void)(call))
#endif

/* As sztp__format(), for what is said to people and for nothing else. Where a build says nothing it makes "",
 * and its arguments are not looked at. */
#if SZTP__TERSE
#define sztp__sentence(out, cap, ...) (0 ? sztp__format(out, cap, __VA_ARGS__) : sztp__no_sentence(out))
static inline size_t sztp__no_sentence(char *out) {
  *out = '\0';
  return 0;
}
#else
#define sztp__sentence sztp__format
#endif

#endif
