/* SPDX-License-Identifier: Apache-2.0 */
/* Names as certificates and CRLs have them (RFC 5280 4.1.2.4): whole TLVs of a SEQUENCE of RDNs. */
#ifndef SZTP_CRYPTOGRAPHY_NAME_H
#define SZTP_CRYPTOGRAPHY_NAME_H

#include "formats/der.h"

/* What comparing two names comes to. UNSURE: not equal as far as this library can tell, but somebody else may
 * take them for equal: whoever asks what is forbidden must count it as equal, all others as different. */
enum { SZTP__NAME_DIFFERENT = 0, SZTP__NAME_EQUAL = 1, SZTP__NAME_UNSURE = 2 };

/* 0 if @p name is one well-formed Name, else SZTP_ERR_DER. */
int32_t sztp__name_check(sztp_ctx_t *ctx, sztp__span_t name);
/* 1 if two Names are equal in the sense of D-95. Comparing is paid for with sztp__work_look() on @p ctx. */
int sztp__name_equal(sztp_ctx_t *ctx, sztp__span_t a, sztp__span_t b);
/* Whether the RDNs of @p base are the first ones of @p name, a directory name's subtree: SZTP__NAME_*. */
int sztp__name_within(sztp_ctx_t *ctx, sztp__span_t name, sztp__span_t base);
/* "CN=Example, O=..." for people: neutralised, cut with "...". Returns @p out. */
char *sztp__name_text(char *out, size_t cap, sztp__span_t name);
/* The value of attribute @p oid in a Name as UTF-8 (PrintableString, UTF8String, IA5String, BMPString, T61 as
 * Latin-1, UniversalString). *count is how many there are; *out (sztp__free) is the first, NULL if count is
 * 0. */
int32_t sztp__name_attribute(sztp_ctx_t *ctx, sztp__span_t name, sztp__span_t oid, size_t *count,
                             uint8_t **out, size_t *out_len);
/* 1 and the value of the @p n-th (from 0) attribute @p oid in a Name; 0 if there is none. */
int sztp__name_nth(sztp__span_t name, sztp__span_t oid, size_t n, sztp__tlv_t *value);

/* ---- for name_compare.c ---- */

typedef struct sztp__attribute {
  sztp__span_t oid;
  sztp__tlv_t value;
} sztp__attribute_t;

/* Reads one AttributeTypeAndValue at @p set. */
int32_t sztp__name_read_attribute(sztp__der_t *set, sztp__attribute_t *out);
/* Takes the next character of a string of type @p tag. 1, or 0 if it is not a string or broken there. */
int sztp__name_take_character(uint8_t tag, sztp__span_t *text, uint32_t *out);

#endif
