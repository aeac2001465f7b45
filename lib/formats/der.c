/* SPDX-License-Identifier: Apache-2.0 */
/* DER, read and written. */
#include "formats/der.h"

#include "ground/text.h"

#define MAX_DEPTH   32

#define CLASS       0xc0u
#define CONSTRUCTED 0x20u
#define NUMBER      0x1fu

/* Both are called so often that their calls are smaller than they. */
#if defined(__GNUC__)
#define SZTP__CALLED __attribute__((noinline))
#else
#define SZTP__CALLED
#endif

#if SZTP__TERSE
#define offset_of(d, p) ((void)(d), (void)(p), (size_t)0)
#else
static size_t offset_of(const sztp__der_t *d, const uint8_t *p) { return (size_t)(p - d->base); }
#endif

static int32_t der_fail_at(const sztp__der_t *d, const char *what, const uint8_t *p) {
  return sztp__fail(d->ctx, SZTP_ERR_DER, "der", "%s at offset %zu", what, offset_of(d, p));
}

SZTP__CALLED void sztp__der_init(sztp__der_t *d, sztp_ctx_t *ctx, sztp__span_t input) {
  static const uint8_t nothing = 0; /* so that positions are never NULL */
  d->ctx = ctx;
  d->p = input.len > 0 ? input.data : &nothing;
  d->end = d->p + input.len;
#if !SZTP__TERSE
  d->base = d->p;
#endif
}

/* A reader for octets inside the same input. */
static sztp__der_t reader_for(const sztp__der_t *d, sztp__span_t s) {
  sztp__der_t r;
  r.ctx = d->ctx;
  r.p = s.data;
  r.end = s.data + s.len;
#if !SZTP__TERSE
  r.base = d->base;
#endif
  return r;
}

SZTP__CALLED sztp__der_t sztp__der_inside(const sztp__der_t *d, const sztp__tlv_t *tlv) {
  return reader_for(d, tlv->value);
}

int sztp__der_at_end(const sztp__der_t *d) { return d->p == d->end; }

uint8_t sztp__der_peek(const sztp__der_t *d) { return (uint8_t)(d->p < d->end ? *d->p : 0); }

/* 0, or what is wrong with an identifier octet. */
static const char *identifier_fault(uint8_t tag) {
  if (tag == 0) return SZTP__WORDS("end-of-contents octets (BER)");
  if ((tag & NUMBER) == NUMBER) return SZTP__WORDS("a high tag number");
  if ((tag & CLASS) != 0) return NULL;
  unsigned number = tag & NUMBER;
  int must_be_constructed = number == 8 || number == 11 || number == 16 || number == 17;
  if (must_be_constructed && !(tag & CONSTRUCTED)) return SZTP__WORDS("a primitive SEQUENCE or SET");
  if (!must_be_constructed && (tag & CONSTRUCTED)) return SZTP__WORDS("BER, constructed string");
  return NULL;
}

/* Reads length octets at *p and moves it past them. */
static int32_t read_length(const sztp__der_t *d, const uint8_t **p, size_t *len) {
  const uint8_t *start = *p;
  if (start == d->end) return der_fail_at(d, "the end of data where a length should be", start);
  uint8_t first = *(*p)++;
  if (first < 0x80) {
    *len = first;
    return SZTP_OK;
  }
  if (first == 0x80) return der_fail_at(d, "BER, indefinite length", start);
  size_t count = first & 0x7fu;
  if (count > 4) return der_fail_at(d, "a length of more than 4 octets", start);
  if ((size_t)(d->end - *p) < count) return der_fail_at(d, "the end of data inside a length", start);
  uint32_t value = 0;
  for (size_t i = 0; i < count; i++) value = value << 8 | *(*p)++;
  if (start[1] == 0 || value < 0x80) return der_fail_at(d, "BER, a length that is not minimal", start);
  *len = value;
  return SZTP_OK;
}

int32_t sztp__der_any(sztp__der_t *d, sztp__tlv_t *out) {
  const uint8_t *p = d->p;
  if (p == d->end) return der_fail_at(d, "the end of data where an element should be", p);
  const char *fault = identifier_fault(*p);
  if (fault != NULL) return der_fail_at(d, fault, p);
  uint8_t tag = *p++;
  size_t len = 0;
  int32_t rc = read_length(d, &p, &len);
  if (rc != SZTP_OK) return rc;
  if (len > (size_t)(d->end - p))
    return sztp__fail(d->ctx, SZTP_ERR_DER, "der", "a length of %zu, but %zu octets are left, at offset %zu",
                      len, (size_t)(d->end - p), offset_of(d, d->p));
  out->tag = tag;
  out->value = sztp__span(p, len);
  out->whole = sztp__span(d->p, (size_t)(p - d->p) + len);
  d->p = p + len;
  return SZTP_OK;
}

int32_t sztp__der_expect(sztp__der_t *d, uint8_t tag, sztp__tlv_t *out) {
  const uint8_t *start = d->p;
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_any(d, &tlv);
  if (rc != SZTP_OK) return rc;
  if (tlv.tag != tag) {
    d->p = start;
    return sztp__fail(d->ctx, SZTP_ERR_DER, "der", "tag 0x%02x, expected 0x%02x, at offset %zu", tlv.tag, tag,
                      offset_of(d, start));
  }
  *out = tlv;
  return SZTP_OK;
}

int32_t sztp__der_optional(sztp__der_t *d, uint8_t tag, int *found, sztp__tlv_t *out) {
  *found = d->p < d->end && *d->p == tag;
  return *found ? sztp__der_any(d, out) : SZTP_OK;
}

int32_t sztp__der_enter(sztp__der_t *d, uint8_t tag, sztp__der_t *inside) {
  sztp__tlv_t tlv = {0};
  int32_t rc = sztp__der_expect(d, tag, &tlv);
  if (rc == SZTP_OK) *inside = sztp__der_inside(d, &tlv);
  return rc;
}

int32_t sztp__der_enter_optional(sztp__der_t *d, uint8_t tag, int *found, sztp__der_t *inside) {
  sztp__tlv_t tlv = {0};
  int32_t rc = sztp__der_optional(d, tag, found, &tlv);
  if (rc == SZTP_OK && *found) *inside = sztp__der_inside(d, &tlv);
  return rc;
}

int32_t sztp__der_finish(const sztp__der_t *d) {
  if (d->p == d->end) return SZTP_OK;
  return sztp__fail(d->ctx, SZTP_ERR_DER, "der", "%zu octets too many at offset %zu", (size_t)(d->end - d->p),
                    offset_of(d, d->p));
}

/* ---- forms of contents: NULL, or what is wrong --------------------------------------------------- */

static const char *integer_fault(sztp__span_t v) {
  if (v.len == 0) return SZTP__WORDS("an INTEGER without contents");
  if (v.len == 1) return NULL;
  int sign = v.data[1] & 0x80;
  if ((v.data[0] == 0x00 && !sign) || (v.data[0] == 0xff && sign))
    return SZTP__WORDS("an INTEGER that is not minimal");
  return NULL;
}

static const char *oid_fault(sztp__span_t v) {
  if (v.len == 0) return SZTP__WORDS("an OBJECT IDENTIFIER without contents");
  if (v.data[v.len - 1] & 0x80) return SZTP__WORDS("an OBJECT IDENTIFIER that ends inside an arc");
  for (size_t i = 0; i < v.len; i++)
    if (v.data[i] == 0x80 && (i == 0 || !(v.data[i - 1] & 0x80)))
      return SZTP__WORDS("an OBJECT IDENTIFIER with an arc that is not minimal");
  return NULL;
}

static const char *boolean_fault(sztp__span_t v) {
  if (v.len != 1) return SZTP__WORDS("a BOOLEAN that is not one octet");
  return v.data[0] == 0x00 || v.data[0] == 0xff ? NULL
                                                : SZTP__WORDS("BER, a BOOLEAN that is neither 0x00 nor 0xff");
}

static const char *bits_fault(sztp__span_t v) {
  if (v.len == 0) return SZTP__WORDS("a BIT STRING without contents");
  unsigned unused = v.data[0];
  if (unused > 7 || (unused > 0 && v.len == 1))
    return SZTP__WORDS("a BIT STRING with a wrong count of unused bits");
  if (v.data[v.len - 1] & ((1u << unused) - 1) && v.len > 1)
    return SZTP__WORDS("a BIT STRING with unused bits that are not zero");
  return NULL;
}

static const char *contents_fault(const sztp__tlv_t *tlv) {
  switch (tlv->tag) {
  case SZTP__DER_BOOLEAN: return boolean_fault(tlv->value);
  case SZTP__DER_INTEGER:
  case SZTP__DER_ENUMERATED: return integer_fault(tlv->value);
  case SZTP__DER_BIT_STRING: return bits_fault(tlv->value);
  case SZTP__DER_NULL: return tlv->value.len == 0 ? NULL : SZTP__WORDS("a NULL with contents");
  case SZTP__DER_OID: return oid_fault(tlv->value);
  default: return NULL;
  }
}

/* As expect, with the form of the contents checked. On a fault the reader does not move. */
static int32_t expect_checked(sztp__der_t *d, uint8_t tag, sztp__tlv_t *out) {
  const uint8_t *start = d->p;
  int32_t rc = sztp__der_expect(d, tag, out);
  if (rc != SZTP_OK) return rc;
  const char *fault = contents_fault(out);
  if (fault == NULL) return SZTP_OK;
  d->p = start;
  return der_fail_at(d, fault, start);
}

int32_t sztp__der_integer(sztp__der_t *d, sztp__span_t *value) {
  sztp__tlv_t tlv;
  int32_t rc = expect_checked(d, SZTP__DER_INTEGER, &tlv);
  if (rc == SZTP_OK) *value = tlv.value;
  return rc;
}

int32_t sztp__der_small(sztp__der_t *d, int32_t *value) {
  const uint8_t *start = d->p;
  sztp__span_t v;
  int32_t rc = sztp__der_integer(d, &v);
  if (rc != SZTP_OK) return rc;
  if (v.len > 4 || (v.data[0] & 0x80)) {
    d->p = start;
    return der_fail_at(d, "an INTEGER that is negative or too large", start);
  }
  uint32_t n = 0;
  for (size_t i = 0; i < v.len; i++) n = n << 8 | v.data[i];
  *value = (int32_t)n;
  return SZTP_OK;
}

int32_t sztp__der_oid(sztp__der_t *d, sztp__span_t *value) {
  sztp__tlv_t tlv;
  int32_t rc = expect_checked(d, SZTP__DER_OID, &tlv);
  if (rc == SZTP_OK) *value = tlv.value;
  return rc;
}

int32_t sztp__der_boolean(sztp__der_t *d, int *value) {
  sztp__tlv_t tlv;
  int32_t rc = expect_checked(d, SZTP__DER_BOOLEAN, &tlv);
  if (rc == SZTP_OK) *value = tlv.value.data[0] != 0;
  return rc;
}

int32_t sztp__der_bits(sztp__der_t *d, sztp__span_t *value, unsigned *unused) {
  sztp__tlv_t tlv;
  int32_t rc = expect_checked(d, SZTP__DER_BIT_STRING, &tlv);
  if (rc != SZTP_OK) return rc;
  *unused = tlv.value.data[0];
  *value = sztp__span(tlv.value.data + 1, tlv.value.len - 1);
  return SZTP_OK;
}

/* Two decimal digits, -1 if they are not. */
static int two_digits(const uint8_t *p) {
  if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') return -1;
  return (p[0] - '0') * 10 + (p[1] - '0');
}

int32_t sztp__der_time(sztp__der_t *d, int64_t *unix_time) {
  const uint8_t *start = d->p;
  sztp__tlv_t tlv;
  int32_t rc = sztp__der_any(d, &tlv);
  if (rc != SZTP_OK) return rc;
  d->p = start;
  size_t year_len = tlv.tag == SZTP__DER_UTC_TIME ? 2 : 4;
  if (tlv.tag != SZTP__DER_UTC_TIME && tlv.tag != SZTP__DER_GENERALIZED_TIME)
    return sztp__fail(d->ctx, SZTP_ERR_DER, "der", "tag 0x%02x, expected a time, at offset %zu", tlv.tag,
                      offset_of(d, start));
  if (tlv.value.len != year_len + 11 || tlv.value.data[tlv.value.len - 1] != 'Z')
    return der_fail_at(d, "a time that is not in the form of RFC 5280", start);
  int part[7];
  for (size_t i = 0; i < year_len / 2 + 5; i++) {
    part[i] = two_digits(tlv.value.data + 2 * i);
    if (part[i] < 0) return der_fail_at(d, "a time that is not in the form of RFC 5280", start);
  }
  int year = year_len == 4 ? part[0] * 100 + part[1] : part[0] + (part[0] < 50 ? 2000 : 1900);
  const int *rest = part + year_len / 2;
  if (sztp__time_make(year, rest[0], rest[1], rest[2], rest[3], rest[4], unix_time) != SZTP_OK)
    return der_fail_at(d, "a time that does not exist", start);
  d->p = tlv.whole.data + tlv.whole.len;
  return SZTP_OK;
}

/* Writes one arc with its dot; 0 if there is no room. */
static size_t put_arc(char *out, size_t room, uint64_t arc, int dot) {
  char digits[24];
  size_t n = 0;
  do {
    digits[n++] = (char)('0' + arc % 10);
    arc /= 10;
  } while (arc > 0);
  if (dot) digits[n++] = '.';
  if (n > room) return 0;
  for (size_t i = 0; i < n; i++) out[i] = digits[n - 1 - i];
  return n;
}

char *sztp__der_oid_text(char *out, size_t cap, sztp__span_t oid) {
  static const char cut[] = "...";
  if (cap < sizeof cut) {
    if (cap > 0) out[0] = '\0';
    return out;
  }
  size_t room = cap - sizeof cut; /* the rest stays free for the dots */
  size_t len = 0;
  uint64_t arc = 0;
  int first = 1;
  for (size_t i = 0; i < oid.len; i++) {
    int fits = arc <= UINT64_MAX >> 7;
    arc = arc << 7 | (oid.data[i] & 0x7fu);
    size_t n = 1;
    if (fits && (oid.data[i] & 0x80)) continue;
    if (fits && first) {
      uint64_t root = arc < 80 ? arc / 40 : 2;
      n = put_arc(out + len, room - len, root, 0);
      len += n;
      arc -= root * 40;
    }
    if (fits && n > 0) n = put_arc(out + len, room - len, arc, 1);
    if (!fits || n == 0) {
      memcpy(out + len, cut, sizeof cut);
      return out;
    }
    len += n;
    first = 0;
    arc = 0;
  }
  out[len] = '\0';
  return out;
}

int32_t sztp__der_check(sztp_ctx_t *ctx, sztp__span_t input) {
  const uint8_t *ends[MAX_DEPTH];
  size_t depth = 0;
  sztp__der_t d;
  sztp__der_init(&d, ctx, input);
  for (;;) {
    while (d.p == d.end) {
      if (depth == 0) return SZTP_OK;
      d.end = ends[--depth];
    }
    const uint8_t *start = d.p;
    sztp__tlv_t tlv;
    int32_t rc = sztp__der_any(&d, &tlv);
    if (rc != SZTP_OK) return rc;
    const char *fault = contents_fault(&tlv);
    if (fault != NULL) return der_fail_at(&d, fault, start);
    if (!(tlv.tag & CONSTRUCTED)) continue;
    if (depth == MAX_DEPTH) return der_fail_at(&d, "elements nested more than 32 deep", start);
    ends[depth++] = d.end;
    d.p = tlv.value.data;
    d.end = tlv.value.data + tlv.value.len;
  }
}

uint8_t sztp__der_first_tag(sztp__span_t input) {
  size_t at = 2;
  if (input.len > 2 && (input.data[1] & 0x80) != 0) at += input.data[1] & 0x7f;
  return at < input.len ? input.data[at] : 0;
}

/* ---- writer -------------------------------------------------------------------------------------- */

/* Writes length octets to @p out, returns how many. */
static size_t length_octets(uint8_t out[5], size_t len) {
  if (len < 0x80) {
    out[0] = (uint8_t)len;
    return 1;
  }
  size_t count = len > 0xffffff ? 4 : len > 0xffff ? 3 : len > 0xff ? 2 : 1;
  out[0] = (uint8_t)(0x80 | count);
  for (size_t i = 0; i < count; i++) out[1 + i] = (uint8_t)(len >> 8 * (count - 1 - i));
  return 1 + count;
}

size_t sztp__der_head(uint8_t out[SZTP__DER_HEAD_MAX], uint8_t tag, size_t len) {
  out[0] = tag;
  return 1 + length_octets(out + 1, len);
}

/* Contents are written with at most 4 length octets. */
static int32_t check_length(sztp__buf_t *b, size_t len) {
  if (b->status == SZTP_OK && len > UINT32_MAX)
    b->status = sztp__fail(b->ctx, SZTP_ERR_LIMIT, "der", "an element of %zu octets", len);
  return b->status;
}

static int32_t put_head(sztp__buf_t *b, uint8_t tag, size_t len) {
  uint8_t octets[SZTP__DER_HEAD_MAX];
  if (check_length(b, len) != SZTP_OK) return b->status;
  return sztp__buf_add(b, octets, sztp__der_head(octets, tag, len));
}

int32_t sztp__der_put(sztp__buf_t *b, uint8_t tag, sztp__span_t value) {
  put_head(b, tag, value.len);
  return sztp__buf_add_span(b, value);
}

int32_t sztp__der_put_oid(sztp__buf_t *b, sztp__span_t oid) { return sztp__der_put(b, SZTP__DER_OID, oid); }

int32_t sztp__der_put_unsigned(sztp__buf_t *b, sztp__span_t big_endian) {
  static const uint8_t zero = 0;
  sztp__span_t v = big_endian;
  while (v.len > 1 && v.data[0] == 0) v = sztp__span(v.data + 1, v.len - 1);
  if (v.len == 0) v = sztp__span(&zero, 1);
  int lead = v.data[0] >= 0x80;
  put_head(b, SZTP__DER_INTEGER, v.len + (lead ? 1 : 0));
  if (lead) sztp__buf_add_u8(b, 0);
  return sztp__buf_add_span(b, v);
}

int32_t sztp__der_put_small(sztp__buf_t *b, uint32_t value) {
  uint8_t octets[4];
  for (size_t i = 0; i < 4; i++) octets[i] = (uint8_t)(value >> 8 * (3 - i));
  return sztp__der_put_unsigned(b, sztp__span(octets, 4));
}

int32_t sztp__der_put_null(sztp__buf_t *b) { return sztp__der_put(b, SZTP__DER_NULL, sztp__span(NULL, 0)); }

int32_t sztp__der_open(sztp__buf_t *b, uint8_t tag, size_t *mark) {
  int32_t rc = sztp__buf_add_u8(b, tag);
  *mark = b->len;
  return rc;
}

int32_t sztp__der_close(sztp__buf_t *b, size_t mark) {
  if (b->status != SZTP_OK) return b->status;
  uint8_t octets[5];
  size_t len = b->len - mark;
  if (check_length(b, len) != SZTP_OK) return b->status;
  size_t n = length_octets(octets, len);
  int32_t rc = sztp__buf_add(b, octets, n); /* makes the room */
  if (rc != SZTP_OK) return rc;
  memmove(b->data + mark + n, b->data + mark, len);
  memcpy(b->data + mark, octets, n);
  return SZTP_OK;
}

/* By octets; elements are whole, so none is a prefix of another. */
static int next_octets(sztp__span_t a, sztp__span_t b) {
  size_t n = a.len < b.len ? a.len : b.len;
  return memcmp(a.data, b.data, n) < 0;
}

static size_t count_values(sztp__der_t d) {
  size_t count = 0;
  sztp__tlv_t tlv;
  while (!sztp__der_at_end(&d) && sztp__der_any(&d, &tlv) == SZTP_OK) count++;
  return count;
}

/* Writes the elements that @p d reads to @p out in their order. */
static int32_t write_sorted(sztp_ctx_t *ctx, sztp__der_t d, uint8_t *out) {
  size_t count = count_values(d);
  sztp__span_t *elements = sztp__alloc_array(ctx, count, sizeof *elements);
  if (elements == NULL) return SZTP_ERR_MEMORY;
  int32_t rc = SZTP_OK;
  for (size_t n = 0; n < count && rc == SZTP_OK; n++) {
    sztp__tlv_t tlv;
    rc = sztp__der_any(&d, &tlv);
    size_t at = n;
    for (; rc == SZTP_OK && at > 0 && next_octets(tlv.whole, elements[at - 1]); at--)
      elements[at] = elements[at - 1];
    if (rc == SZTP_OK) elements[at] = tlv.whole;
  }
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  for (size_t n = 0; n < count && rc == SZTP_OK; n++) {
    memcpy(out, elements[n].data, elements[n].len);
    out += elements[n].len;
  }
  sztp__free(ctx, elements);
  return rc;
}

int32_t sztp__der_close_set_of(sztp__buf_t *b, size_t mark) {
  if (b->status != SZTP_OK) return b->status;
  size_t len = b->len - mark;
  if (len > 0) {
    uint8_t *copy = sztp__copy(b->ctx, b->data + mark, len);
    if (copy == NULL) return b->status = SZTP_ERR_MEMORY;
    sztp__der_t d;
    sztp__der_init(&d, b->ctx, sztp__span(copy, len));
    b->status = write_sorted(b->ctx, d, b->data + mark);
    sztp__free_secret(b->ctx, copy);
  }
  return sztp__der_close(b, mark);
}
