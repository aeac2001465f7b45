/* SPDX-License-Identifier: Apache-2.0 */
/* Names compared as RFC 5280 7.1 and 7.3 say, by the rules of D-95: strings of all types as what they say, in
 * Unicode, with case folded and spaces compressed. Whole Unicode would need tables larger than this library;
 * where they would be needed for an answer, there is none. */
#include "cryptography/name.h"

#define RDN_ATTRIBUTES_MAX 8 /* in one RDN; a longer one equals only its own octets */
#define NOT_A_CHARACTER    0xfffdU
#define FOLDING            3  /* octets' worth of work for reading one as a character */
#define LOOK               16 /* octets' worth of work for finding out that there is nothing to compare */

/* ---- characters ---------------------------------------------------------------------------------- */

/* Letters whose capitals stand in front of them, and characters that have no case: nothing else than what it
 * looks like is equal to any of these, unless it comes with characters that are not here. */
enum { AS_IS, NEXT_IF_EVEN, NEXT_IF_ODD, PLUS_32, PLUS_80 };

static const struct {
  uint32_t first, last;
  uint32_t fold;
} known_characters[] = {
    {0xc0, 0xd6, PLUS_32},       {0xd7, 0xd7, AS_IS},          {0xd8, 0xde, PLUS_32},
    {0xe0, 0xff, AS_IS},         {0x100, 0x12f, NEXT_IF_EVEN}, {0x134, 0x137, NEXT_IF_EVEN},
    {0x139, 0x13e, NEXT_IF_ODD}, {0x141, 0x148, NEXT_IF_ODD},  {0x14a, 0x177, NEXT_IF_EVEN},
    {0x179, 0x17e, NEXT_IF_ODD}, {0x391, 0x3a1, PLUS_32},      {0x3a3, 0x3a9, PLUS_32},
    {0x3b1, 0x3c1, AS_IS},       {0x3c3, 0x3c9, AS_IS},        {0x400, 0x40f, PLUS_80},
    {0x410, 0x42f, PLUS_32},     {0x430, 0x45f, AS_IS},        {0x5d0, 0x5ea, AS_IS},
    {0x621, 0x64a, AS_IS},       {0x3041, 0x3096, AS_IS},      {0x30a1, 0x30fa, AS_IS},
    {0x4e00, 0x9fff, AS_IS},     {0xac00, 0xd7a3, AS_IS},
};

static uint32_t fold(uint32_t c, int *unsure) {
  if (c > 0x20 && c < 0x7f) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  for (size_t i = 0; i < sizeof known_characters / sizeof known_characters[0]; i++) {
    if (c < known_characters[i].first || c > known_characters[i].last) continue;
    switch (known_characters[i].fold) {
    case PLUS_32: return c + 32;
    case PLUS_80: return c + 80;
    case NEXT_IF_EVEN: return c | 1;
    case NEXT_IF_ODD: return (c & 1) != 0 ? c + 1 : c;
    default: return c;
    }
  }
  *unsure = 1;
  return c;
}

static int is_space(uint32_t c) { return (c >= 0x09 && c <= 0x0d) || c == ' ' || c == 0x85 || c == 0xa0; }

/* Of no meaning (RFC 4518 2.2). NUL would be, too, but others take it for the end. */
static int is_nothing(uint32_t c) {
  return (c > 0 && c < 0x09) || (c >= 0x0e && c < 0x20) || (c >= 0x7f && c < 0xa0 && c != 0x85) || c == 0xad;
}

static int is_unicode(uint8_t tag) {
  return tag == SZTP__DER_UTF8 || tag == SZTP__DER_BMP || tag == SZTP__DER_UNIVERSAL;
}

/* A string being read as RFC 4518 prepares it. */
typedef struct prepared {
  uint8_t tag;
  sztp__span_t rest;
  uint32_t kept; /* a character that stands behind a space which was given first; 0: none */
  int begun;
  int unsure; /* something was in it that other software may read otherwise */
} prepared_t;

/* The next character that means something, or a space; 0 at the end. */
static uint32_t next_raw(prepared_t *p) {
  uint32_t c = 0;
  while (p->rest.len > 0) {
    if (!sztp__name_take_character(p->tag, &p->rest, &c)) {
      p->unsure = 1;
      p->rest = sztp__span(NULL, 0);
      return 0;
    }
    /* T61 is Latin-1 to most, and the others have no such characters */
    p->unsure |= c >= 0x80 && !is_unicode(p->tag);
    if (is_space(c)) return ' ';
    if (is_nothing(c)) continue;
    if (c != 0) return fold(c, &p->unsure);
    p->unsure = 1;
    return NOT_A_CHARACTER;
  }
  return 0;
}

/* Spaces at both ends are none, and several are one. */
static uint32_t next_prepared(prepared_t *p) {
  uint32_t c = p->kept;
  p->kept = 0;
  if (c != 0) return c;
  int space = 0;
  while ((c = next_raw(p)) == ' ') space = 1;
  if (c == 0) return 0;
  if (space && p->begun) {
    p->kept = c;
    c = ' ';
  }
  p->begun = 1;
  return c;
}

static int compare_text(const sztp__tlv_t *a, const sztp__tlv_t *b) {
  prepared_t first = {a->tag, a->value, 0, 0, 0};
  prepared_t second = {b->tag, b->value, 0, 0, 0};
  int equal = 1;
  uint32_t c;
  uint32_t d;
  do { /* to the end: what comes last may change what stands before it */
    c = next_prepared(&first);
    d = next_prepared(&second);
    equal = equal && c == d && c != NOT_A_CHARACTER;
  } while (c != 0 || d != 0);
  /* a character that is not known equals itself; a string that is broken equals none */
  int broken = first.rest.data == NULL || second.rest.data == NULL;
  if (equal && !broken) return SZTP__NAME_EQUAL;
  return first.unsure || second.unsure ? SZTP__NAME_UNSURE : SZTP__NAME_DIFFERENT;
}

/* ---- attributes, RDNs, names --------------------------------------------------------------------- */

static int compare_attributes(sztp_ctx_t *ctx, const sztp__attribute_t *a, const sztp__attribute_t *b) {
  if (!sztp__work_look(ctx, LOOK)) return SZTP__NAME_UNSURE;
  if (!sztp__span_equal(a->oid, b->oid)) return SZTP__NAME_DIFFERENT;
  if (sztp__span_equal(a->value.whole, b->value.whole)) return SZTP__NAME_EQUAL;
  if (!sztp__work_look(ctx, FOLDING * (a->value.value.len + b->value.value.len))) return SZTP__NAME_UNSURE;
  return compare_text(&a->value, &b->value);
}

/* What the attribute of @p set comes to that is most like @p one, of those that are not marked in *taken;
 * marks it if it is equal. */
static int find_like(sztp_ctx_t *ctx, sztp__der_t set, const sztp__attribute_t *one, uint32_t *taken) {
  sztp__attribute_t other;
  int best = SZTP__NAME_DIFFERENT;
  for (uint32_t i = 0; i < RDN_ATTRIBUTES_MAX && !sztp__der_at_end(&set); i++) {
    if (sztp__name_read_attribute(&set, &other) != SZTP_OK) return SZTP__NAME_UNSURE;
    int like = compare_attributes(ctx, one, &other);
    if (like == SZTP__NAME_UNSURE) best = like;
    if (like != SZTP__NAME_EQUAL || (*taken >> i & 1) != 0) continue;
    *taken |= (uint32_t)1 << i;
    return like;
  }
  return best;
}

static size_t count_parts(sztp__der_t d) {
  sztp__tlv_t tlv;
  size_t count = 0;
  while (!sztp__der_at_end(&d) && sztp__der_any(&d, &tlv) == SZTP_OK) count++;
  return count;
}

static int compare_rdns(sztp_ctx_t *ctx, const sztp__tlv_t *a, const sztp__tlv_t *b) {
  if (sztp__span_equal(a->whole, b->whole)) return SZTP__NAME_EQUAL;
  sztp__der_t first;
  sztp__der_t second;
  uint32_t taken = 0;
  int result = SZTP__NAME_EQUAL;
  sztp__der_init(&first, NULL, a->value);
  sztp__der_init(&second, NULL, b->value);
  size_t count = count_parts(first);
  if (!sztp__work_look(ctx, LOOK * count)) return SZTP__NAME_UNSURE;
  if (count != count_parts(second)) return SZTP__NAME_DIFFERENT;
  if (count > RDN_ATTRIBUTES_MAX) return SZTP__NAME_UNSURE;
  while (!sztp__der_at_end(&first)) {
    sztp__attribute_t one;
    if (sztp__name_read_attribute(&first, &one) != SZTP_OK) return SZTP__NAME_UNSURE;
    int like = find_like(ctx, second, &one, &taken);
    if (like == SZTP__NAME_DIFFERENT) return like;
    if (like == SZTP__NAME_UNSURE) result = like;
  }
  return result;
}

/* Whether the RDNs of @p a are those at the start of @p b. */
static int compare_prefix(sztp_ctx_t *ctx, sztp__span_t a, sztp__span_t b, int *whole) {
  sztp__der_t d;
  sztp__der_t first;
  sztp__der_t second;
  int result = SZTP__NAME_EQUAL;
  sztp__der_init(&d, NULL, a);
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &first) != SZTP_OK) return SZTP__NAME_UNSURE;
  sztp__der_init(&d, NULL, b);
  if (sztp__der_enter(&d, SZTP__DER_SEQUENCE, &second) != SZTP_OK) return SZTP__NAME_UNSURE;
  while (!sztp__der_at_end(&first)) {
    sztp__tlv_t x;
    sztp__tlv_t y;
    if (sztp__der_expect(&first, SZTP__DER_SET, &x) != SZTP_OK) return SZTP__NAME_UNSURE;
    if (sztp__der_at_end(&second)) return SZTP__NAME_DIFFERENT;
    if (sztp__der_expect(&second, SZTP__DER_SET, &y) != SZTP_OK) return SZTP__NAME_UNSURE;
    int like = compare_rdns(ctx, &x, &y);
    if (like == SZTP__NAME_DIFFERENT) return like;
    if (like == SZTP__NAME_UNSURE) result = like;
  }
  *whole = sztp__der_at_end(&second);
  return result;
}

int sztp__name_equal(sztp_ctx_t *ctx, sztp__span_t a, sztp__span_t b) {
  int whole = 0;
  if (!sztp__work_look(ctx, LOOK)) return 0;
  if (sztp__span_equal(a, b)) return 1;
  return compare_prefix(ctx, a, b, &whole) == SZTP__NAME_EQUAL && whole;
}

int sztp__name_within(sztp_ctx_t *ctx, sztp__span_t name, sztp__span_t base) {
  int whole = 0;
  return compare_prefix(ctx, base, name, &whole);
}
