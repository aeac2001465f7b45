/* SPDX-License-Identifier: Apache-2.0 */
/* Names (RFC 5280 4.1.2.4): checked, shown, and searched for attributes. name_compare.c compares them. */
#include "cryptography/name.h"

#include "ground/text.h"

#define TAG_VISIBLE 0x1a

/* ---- reading ------------------------------------------------------------------------------------- */

int32_t sztp__name_read_attribute(sztp__der_t *set, sztp__attribute_t *out) {
  sztp__der_t sequence;
  int32_t rc = sztp__der_enter(set, SZTP__DER_SEQUENCE, &sequence);
  if (rc == SZTP_OK) rc = sztp__der_oid(&sequence, &out->oid);
  if (rc == SZTP_OK) rc = sztp__der_any(&sequence, &out->value);
  return rc != SZTP_OK ? rc : sztp__der_finish(&sequence);
}

/* Where a walk over all attributes stands. */
typedef struct name_walk {
  sztp__der_t rdns;
  sztp__der_t set;
} name_walk_t;

static int32_t walk_start(name_walk_t *w, sztp_ctx_t *ctx, sztp__span_t name) {
  sztp__der_t d;
  sztp__der_init(&d, ctx, name);
  int32_t rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &w->rdns);
  if (rc == SZTP_OK) rc = sztp__der_finish(&d);
  if (rc == SZTP_OK) sztp__der_init(&w->set, ctx, sztp__span(NULL, 0));
  return rc;
}

/* The next attribute; *more is 0 behind the last one. */
static int32_t walk_next(name_walk_t *w, int *more, sztp__attribute_t *out) {
  *more = 0;
  if (sztp__der_at_end(&w->set)) {
    if (sztp__der_at_end(&w->rdns)) return SZTP_OK;
    int32_t rc = sztp__der_enter(&w->rdns, SZTP__DER_SET, &w->set);
    if (rc != SZTP_OK) return rc;
  }
  int32_t rc = sztp__name_read_attribute(&w->set, out); /* an empty SET fails here, as it should */
  *more = rc == SZTP_OK;
  return rc;
}

int32_t sztp__name_check(sztp_ctx_t *ctx, sztp__span_t name) {
  name_walk_t w;
  sztp__attribute_t attribute;
  int more = 1;
  int32_t rc = walk_start(&w, ctx, name);
  while (rc == SZTP_OK && more) rc = walk_next(&w, &more, &attribute);
  return rc;
}

/* ---- strings ------------------------------------------------------------------------------------- */

/* Takes @p octets of @p *text as one big-endian number. 1, or 0 if there are too few. */
static int take_unit(sztp__span_t *text, size_t octets, uint32_t *out) {
  if (text->len < octets) return 0;
  *out = 0;
  for (size_t i = 0; i < octets; i++) *out = *out << 8 | text->data[i];
  *text = sztp__span(text->data + octets, text->len - octets);
  return *out <= 0x10ffff && (*out < 0xd800 || *out > 0xdfff);
}

static int take_utf8(sztp__span_t *text, uint32_t *out) {
  static const uint8_t first_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  size_t step = sztp__utf8_step(*text);
  if (step == 0) return 0;
  *out = text->data[0] & first_mask[step];
  for (size_t i = 1; i < step; i++) *out = *out << 6 | (text->data[i] & 0x3f);
  *text = sztp__span(text->data + step, text->len - step);
  return 1;
}

int sztp__name_take_character(uint8_t tag, sztp__span_t *text, uint32_t *out) {
  switch (tag) {
  case SZTP__DER_BMP: return take_unit(text, 2, out);
  case SZTP__DER_UNIVERSAL: return take_unit(text, 4, out);
  case SZTP__DER_T61: return take_unit(text, 1, out); /* as Latin-1, which is what everybody means */
  case SZTP__DER_UTF8:
  case SZTP__DER_PRINTABLE:
  case SZTP__DER_NUMERIC:
  case TAG_VISIBLE:
  case SZTP__DER_IA5: return take_utf8(text, out);
  default: return 0;
  }
}

/* Writes @p c as UTF-8; returns how many octets. */
static size_t put_character(uint8_t out[4], uint32_t c) {
  size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = n; i > 1; i--) {
    out[i - 1] = (uint8_t)(0x80 | (c & 0x3f));
    c >>= 6;
  }
  out[0] = (uint8_t)(first[n] | c);
  return n;
}

/* ---- names for people ---------------------------------------------------------------------------- */

typedef struct line {
  char *out;
  size_t cap;
  size_t len;
  int cut;
} line_t;

/* Adds @p len octets or, if they do not fit with the dots after them, the dots and nothing more. */
static void line_add(line_t *line, const void *data, size_t len) {
  static const char dots[] = "...";
  if (line->cut) return;
  line->cut = len > line->cap - sizeof dots - line->len;
  if (line->cut) {
    data = dots;
    len = sizeof dots - 1;
  }
  memcpy(line->out + line->len, data, len);
  line->len += len;
  line->out[line->len] = '\0';
}

static const struct {
  const char *oid; /* contents octets */
  size_t len;
  const char *name;
} short_names[] = {
    {"\x55\x04\x03", 3, "CN"},
    {"\x55\x04\x05", 3, "serialNumber"},
    {"\x55\x04\x06", 3, "C"},
    {"\x55\x04\x07", 3, "L"},
    {"\x55\x04\x08", 3, "ST"},
    {"\x55\x04\x0a", 3, "O"},
    {"\x55\x04\x0b", 3, "OU"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "emailAddress"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10, "UID"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10, "DC"},
};

static void add_type(line_t *line, sztp__span_t oid) {
  char dotted[SZTP__NAME_SIZE];
  const char *name = NULL;
  for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++) {
    if (sztp__span_equal(oid, sztp__span(short_names[i].oid, short_names[i].len))) name = short_names[i].name;
  }
  if (name == NULL) name = sztp__der_oid_text(dotted, sizeof dotted, oid);
  line_add(line, name, strlen(name));
  line_add(line, "=", 1);
}

static void add_printed_value(line_t *line, const sztp__tlv_t *value) {
  sztp__span_t text = value->value;
  uint8_t octets[4];
  while (text.len > 0 && !line->cut) {
    uint32_t c = 0;
    if (!sztp__name_take_character(value->tag, &text, &c)) {
      line_add(line, "?", 1); /* not a string, or broken: nothing behind this can be trusted to be text */
      return;
    }
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) c = '?';
    line_add(line, octets, put_character(octets, c));
  }
}

char *sztp__name_text(char *out, size_t cap, sztp__span_t name) {
  line_t line = {out, cap, 0, 0};
  name_walk_t w;
  sztp__attribute_t attribute;
  int more = 0;
  out[0] = '\0';
  if (walk_start(&w, NULL, name) != SZTP_OK) return out;
  while (!line.cut && walk_next(&w, &more, &attribute) == SZTP_OK && more) {
    if (line.len > 0) line_add(&line, ", ", 2);
    add_type(&line, attribute.oid);
    add_printed_value(&line, &attribute.value);
  }
  return out;
}

/* ---- attributes ---------------------------------------------------------------------------------- */

int sztp__name_nth(sztp__span_t name, sztp__span_t oid, size_t n, sztp__tlv_t *value) {
  name_walk_t w;
  sztp__attribute_t attribute;
  int more = 1;
  if (walk_start(&w, NULL, name) != SZTP_OK) return 0;
  while (walk_next(&w, &more, &attribute) == SZTP_OK && more) {
    if (!sztp__span_equal(attribute.oid, oid) || n-- > 0) continue;
    *value = attribute.value;
    return 1;
  }
  return 0;
}

static int32_t to_utf8(sztp_ctx_t *ctx, const sztp__tlv_t *value, uint8_t **out, size_t *out_len) {
  sztp__buf_t b;
  sztp__span_t text = value->value;
  sztp__buf_init(&b, ctx, 4 * value->value.len);
  while (text.len > 0 && b.status == 0) {
    uint32_t c = 0;
    uint8_t octets[4];
    if (!sztp__name_take_character(value->tag, &text, &c)) {
      sztp__buf_clear(&b);
      return sztp__fail(ctx, SZTP_ERR_DER, "name.attribute", "a value that is not a well-formed string");
    }
    sztp__buf_add(&b, octets, put_character(octets, c));
  }
  int32_t rc = sztp__buf_take(&b, out, out_len);
  if (rc != SZTP_OK) sztp__buf_clear(&b);
  return rc;
}

int32_t sztp__name_attribute(sztp_ctx_t *ctx, sztp__span_t name, sztp__span_t oid, size_t *count,
                             uint8_t **out, size_t *out_len) {
  name_walk_t w;
  sztp__attribute_t attribute;
  sztp__attribute_t first;
  int more = 1;
  memset(&first, 0, sizeof first);
  *count = 0;
  *out = NULL;
  *out_len = 0;
  int32_t rc = walk_start(&w, ctx, name);
  while (rc == SZTP_OK && more) {
    rc = walk_next(&w, &more, &attribute);
    if (rc != SZTP_OK || !more || !sztp__span_equal(attribute.oid, oid)) continue;
    if ((*count)++ == 0) first = attribute;
  }
  if (rc == SZTP_OK && *count > 0) rc = to_utf8(ctx, &first.value, out, out_len);
  return rc;
}
