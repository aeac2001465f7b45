/* SPDX-License-Identifier: Apache-2.0 */
/* Strict DER (X.690): a reader that walks, and a writer that fills in lengths as elements close. No
 * allocation in the reader, no recursion anywhere. */
#ifndef SZTP_FORMATS_DER_H
#define SZTP_FORMATS_DER_H

#include "ground/buf.h"

enum { /* identifier octets used here; high tag numbers are refused */
       SZTP__DER_BOOLEAN = 0x01,
       SZTP__DER_INTEGER = 0x02,
       SZTP__DER_BIT_STRING = 0x03,
       SZTP__DER_OCTET_STRING = 0x04,
       SZTP__DER_NULL = 0x05,
       SZTP__DER_OID = 0x06,
       SZTP__DER_ENUMERATED = 0x0a,
       SZTP__DER_UTF8 = 0x0c,
       SZTP__DER_SEQUENCE = 0x30,
       SZTP__DER_SET = 0x31,
       SZTP__DER_NUMERIC = 0x12,
       SZTP__DER_PRINTABLE = 0x13,
       SZTP__DER_T61 = 0x14,
       SZTP__DER_IA5 = 0x16,
       SZTP__DER_UTC_TIME = 0x17,
       SZTP__DER_GENERALIZED_TIME = 0x18,
       SZTP__DER_UNIVERSAL = 0x1c,
       SZTP__DER_BMP = 0x1e,
       SZTP__DER_CONTEXT = 0x80,            /* [n] primitive: SZTP__DER_CONTEXT + n */
       SZTP__DER_CONTEXT_CONSTRUCTED = 0xa0 /* [n] constructed */
};

/* A position inside an element. Failures give the offset from @p base, where they say anything. */
typedef struct sztp__der {
  sztp_ctx_t *ctx;
#if !SZTP__TERSE
  const uint8_t *base; /* start of the whole input, for offsets */
#endif
  const uint8_t *p;
  const uint8_t *end;
} sztp__der_t;

/* One element. */
typedef struct sztp__tlv {
  uint8_t tag;
  sztp__span_t value; /* contents octets */
  sztp__span_t whole; /* identifier, length and contents */
} sztp__tlv_t;

void sztp__der_init(sztp__der_t *d, sztp_ctx_t *ctx, sztp__span_t input);
/* A reader for the contents of @p tlv, offsets still counted from d's base. */
sztp__der_t sztp__der_inside(const sztp__der_t *d, const sztp__tlv_t *tlv);
int sztp__der_at_end(const sztp__der_t *d);
/* The next identifier octet, or 0 at the end. */
uint8_t sztp__der_peek(const sztp__der_t *d);
/* Reads the next element, any tag. SZTP_ERR_DER: end, length beyond the enclosing element, indefinite length
 * (the detail says "BER"), length not minimal, high tag number. */
int32_t sztp__der_any(sztp__der_t *d, sztp__tlv_t *out);
/* Reads the next element, which must have @p tag. */
int32_t sztp__der_expect(sztp__der_t *d, uint8_t tag, sztp__tlv_t *out);
/* Reads the next element if it has @p tag; *found says so. */
int32_t sztp__der_optional(sztp__der_t *d, uint8_t tag, int *found, sztp__tlv_t *out);
/* Expects @p tag (SEQUENCE, SET, [n]) and gives a reader for its contents. */
int32_t sztp__der_enter(sztp__der_t *d, uint8_t tag, sztp__der_t *inside);
/* Enters the next element if it has @p tag; *found says so. */
int32_t sztp__der_enter_optional(sztp__der_t *d, uint8_t tag, int *found, sztp__der_t *inside);
/* SZTP_ERR_DER unless everything was read. */
int32_t sztp__der_finish(const sztp__der_t *d);
/* INTEGER: contents octets, minimal form checked, sign kept. */
int32_t sztp__der_integer(sztp__der_t *d, sztp__span_t *value);
/* INTEGER that is >= 0 and <= INT32_MAX. */
int32_t sztp__der_small(sztp__der_t *d, int32_t *value);
/* OBJECT IDENTIFIER: contents octets, form checked. */
int32_t sztp__der_oid(sztp__der_t *d, sztp__span_t *value);
/* The tag of the first element inside the outer one, which distinguishes structures, in BER and DER; 0 if
 * there is none. */
uint8_t sztp__der_first_tag(sztp__span_t input);
/* BOOLEAN: 0x00 or 0xff. */
int32_t sztp__der_boolean(sztp__der_t *d, int *value);
/* BIT STRING: contents after the unused-bits octet; unused bits (0 to 7) must be zero. */
int32_t sztp__der_bits(sztp__der_t *d, sztp__span_t *value, unsigned *unused);
/* UTCTime or GeneralizedTime in the form of RFC 5280 4.1.2.5 to Unix seconds. */
int32_t sztp__der_time(sztp__der_t *d, int64_t *unix_time);
/* Dotted form of an OID's contents octets, "1.2.840..."; cut with "..." when @p cap is small. Returns @p out.
 */
char *sztp__der_oid_text(char *out, size_t cap, sztp__span_t oid);
/* Checks that @p input is DER all the way down, at most 32 levels deep, without recursion. */
int32_t sztp__der_check(sztp_ctx_t *ctx, sztp__span_t input);

#define SZTP__DER_HEAD_MAX 6
/* Writes the identifier and length octets of an element with @p len contents octets, at most UINT32_MAX;
 * returns how many they are. */
size_t sztp__der_head(uint8_t out[SZTP__DER_HEAD_MAX], uint8_t tag, size_t len);

/* ---- writer: appends to a buffer; a constructed element is opened, filled and closed ------------- */

/* Appends one primitive element. */
int32_t sztp__der_put(sztp__buf_t *b, uint8_t tag, sztp__span_t value);
int32_t sztp__der_put_oid(sztp__buf_t *b, sztp__span_t oid);
/* INTEGER from unsigned big-endian octets, with the leading zero that they need. */
int32_t sztp__der_put_unsigned(sztp__buf_t *b, sztp__span_t big_endian);
int32_t sztp__der_put_small(sztp__buf_t *b, uint32_t value);
int32_t sztp__der_put_null(sztp__buf_t *b);
/* Opens a constructed element with @p tag; *mark is for the matching close. Opens may nest. */
int32_t sztp__der_open(sztp__buf_t *b, uint8_t tag, size_t *mark);
/* Closes it: puts the length in place, moving the contents. */
int32_t sztp__der_close(sztp__buf_t *b, size_t mark);
/* As close, for a SET OF: sorts the elements by their encoding first (X.690 11.6). */
int32_t sztp__der_close_set_of(sztp__buf_t *b, size_t mark);

#endif
