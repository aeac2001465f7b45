/* SPDX-License-Identifier: Apache-2.0 */
/* BER to DER in one pass with a stack of its own. Lengths are filled in as elements end. */
#include "formats/ber.h"

#define CONSTRUCTED     0x20u
#define NUMBER          0x1fu
#define OCTETS_IN_PARTS (SZTP__DER_OCTET_STRING | CONSTRUCTED)
#define INDEFINITE      0x80u
/* More length octets than any input needs; leading zeros are BER too. */
#define LENGTH_OCTETS_MAX 8

/* How the contents of an open element are written. */
enum { AS_ELEMENTS, AS_STRING, AS_STRING_PART, AS_THEY_ARE };

typedef struct ber_level {
  const uint8_t *end;   /* NULL: at the end-of-contents octets */
  const uint8_t *limit; /* nothing inside may extend past it */
  size_t mark;          /* for closing it in the output */
  uint8_t how;
} ber_level_t;

typedef struct ber_walk {
  sztp_ctx_t *ctx;
  const uint8_t *base;
  const uint8_t *p;
  sztp__buf_t *out;
  int keep_level;         /* -1: nowhere */
  sztp__span_t keep_type; /* what must come before; empty: nothing, or it came */
  int changed;
  size_t depth;
  ber_level_t levels[SZTP__BER_DEPTH];
} ber_walk_t;

/* A length beyond the end is a whole's that was cut off; a longer one is none, but other data. */
enum { CUT_OFF_MOST = 0xffffff };

/* The head of one element. */
typedef struct ber_head {
  const uint8_t *start;
  const uint8_t *contents;
  size_t len;
  uint8_t tag;
  int indefinite;
  int minimal;
} ber_head_t;

static int32_t ber_fail_at(const ber_walk_t *w, const char *what, const uint8_t *p) {
  return sztp__fail(w->ctx, SZTP_ERR_DER, "ber", "%s at offset %zu", what, (size_t)(p - w->base));
}

static int32_t read_ber_length(const ber_walk_t *w, const uint8_t *limit, ber_head_t *h) {
  const uint8_t *p = h->start + 1;
  if (p == limit) return ber_fail_at(w, "the end of data where a length should be", p);
  uint8_t first = *p++;
  h->minimal = 1;
  h->indefinite = first == INDEFINITE;
  h->len = first < INDEFINITE ? first : 0;
  size_t count = first > INDEFINITE ? first & 0x7fu : 0;
  if (count > LENGTH_OCTETS_MAX) return ber_fail_at(w, "a length of more than 8 octets", h->start);
  if (count > (size_t)(limit - p)) return ber_fail_at(w, "the end of data inside a length", h->start);
  uint64_t value = 0;
  for (size_t i = 0; i < count; i++) value = value << 8 | p[i];
  if (count > 0) {
    h->minimal = p[0] != 0 && value >= INDEFINITE;
    size_t there = (size_t)(limit - w->base), head = (size_t)(p - w->base) + count;
    if (h->start == w->base && value > there - head && value <= CUT_OFF_MOST)
      return sztp__fail(w->ctx, SZTP_ERR_DER, "ber", "it is cut off: %zu octets are announced, %zu are there",
                        head + (size_t)value, there);
    if (value > (size_t)(limit - p) - count)
      return ber_fail_at(w, "a length beyond the enclosing element", h->start);
    h->len = (size_t)value;
  }
  h->contents = p + count;
  if (h->len > (size_t)(limit - h->contents))
    return ber_fail_at(w, "a length beyond the enclosing element", h->start);
  return SZTP_OK;
}

static int32_t read_head(const ber_walk_t *w, const uint8_t *limit, ber_head_t *h) {
  h->start = w->p;
  if (h->start == limit) return ber_fail_at(w, "the end of data where an element should be", h->start);
  h->tag = *h->start;
  if ((h->tag & NUMBER) == NUMBER) return ber_fail_at(w, "a high tag number", h->start);
  int32_t rc = read_ber_length(w, limit, h);
  if (rc != SZTP_OK) return rc;
  if (h->tag == 0) return ber_fail_at(w, "end-of-contents octets out of place", h->start);
  if (h->indefinite && !(h->tag & CONSTRUCTED))
    return ber_fail_at(w, "an indefinite length of a primitive element", h->start);
  return SZTP_OK;
}

/* ---- output; failures stick to the buffer -------------------------------------------------------- */

static void ber_put(ber_walk_t *w, const uint8_t *data, size_t len) {
  if (w->out != NULL) sztp__buf_add(w->out, data, len);
}

static void put_primitive(ber_walk_t *w, const ber_head_t *h) {
  sztp__span_t contents = sztp__span(h->contents, h->len);
  if (!h->minimal) w->changed = 1;
  if (w->depth == 1 && h->tag == SZTP__DER_OID && sztp__span_equal(contents, w->keep_type))
    w->keep_type.len = 0;
  if (w->out != NULL) sztp__der_put(w->out, h->tag, contents);
}

/* ---- the walk ------------------------------------------------------------------------------------ */

static ber_level_t *innermost(ber_walk_t *w) { return &w->levels[w->depth - 1]; }

/* Whether a new element on the present level holds certificates or CRLs. */
static int keeps(const ber_walk_t *w, uint8_t tag) {
  return w->keep_level >= 0 && w->depth == (size_t)w->keep_level && w->keep_type.len == 0 &&
         (tag == SZTP__DER_CONTEXT_CONSTRUCTED || tag == SZTP__DER_CONTEXT_CONSTRUCTED + 1);
}

static int32_t open_level(ber_walk_t *w, const ber_head_t *h, const uint8_t *limit) {
  if (w->depth == SZTP__BER_DEPTH) return ber_fail_at(w, "elements nested more than 16 deep", h->start);
  uint8_t outer = w->depth == 0 ? (uint8_t)AS_ELEMENTS : innermost(w)->how;
  uint8_t how = AS_ELEMENTS;
  uint8_t tag = h->tag;
  if (outer == AS_STRING || outer == AS_STRING_PART) {
    how = AS_STRING_PART;
  } else if (tag == OCTETS_IN_PARTS) {
    how = AS_STRING;
    tag = SZTP__DER_OCTET_STRING;
  } else if (keeps(w, tag)) {
    how = AS_THEY_ARE;
  }
  if (h->indefinite || !h->minimal || tag != h->tag) w->changed = 1;
  ber_level_t *level = &w->levels[w->depth++];
  level->end = h->indefinite ? NULL : h->contents + h->len;
  level->limit = h->indefinite ? limit : level->end;
  level->how = how;
  level->mark = 0;
  if (w->out != NULL && how != AS_STRING_PART) sztp__der_open(w->out, tag, &level->mark);
  w->p = h->contents;
  return SZTP_OK;
}

static void close_level(ber_walk_t *w) {
  const ber_level_t *level = innermost(w);
  if (w->out != NULL && level->how != AS_STRING_PART) sztp__der_close(w->out, level->mark);
  w->depth--;
}

/* Moves past one whole element of any kind. */
static int32_t skip_element(ber_walk_t *w, const uint8_t *limit) {
  size_t open = 0; /* of indefinite length; the others are skipped */
  do {
    ber_head_t h;
    if (open > 0 && limit - w->p >= 2 && w->p[0] == 0 && w->p[1] == 0) {
      w->p += 2;
      open--;
      continue;
    }
    int32_t rc = read_head(w, limit, &h);
    if (rc != SZTP_OK) return rc;
    w->p = h.contents + h.len;
    open += (size_t)(h.indefinite != 0);
  } while (open > 0);
  return SZTP_OK;
}

/* A certificate or CRL. */
static int32_t keep_element(ber_walk_t *w, const ber_head_t *h, const uint8_t *limit) {
  const uint8_t *start = h->start;
  int32_t rc = skip_element(w, limit);
  if (rc != SZTP_OK) return rc;
  if (h->indefinite || !h->minimal) {
    w->changed = 1; /* no reader could skip it, and it is not a certificate: left out */
  } else {
    ber_put(w, start, (size_t)(w->p - start));
  }
  return SZTP_OK;
}

static int32_t take_element(ber_walk_t *w, const uint8_t *limit) {
  ber_head_t h;
  uint8_t outer = w->depth == 0 ? (uint8_t)AS_ELEMENTS : innermost(w)->how;
  int32_t rc = read_head(w, limit, &h);
  if (rc != SZTP_OK) return rc;
  if (outer == AS_THEY_ARE) return keep_element(w, &h, limit);
  int in_string = outer == AS_STRING || outer == AS_STRING_PART;
  if (in_string && h.tag != SZTP__DER_OCTET_STRING && h.tag != OCTETS_IN_PARTS)
    return ber_fail_at(w, "a part of an OCTET STRING that is none", h.start);
  if (h.tag & CONSTRUCTED) return open_level(w, &h, limit);
  if (in_string)
    ber_put(w, h.contents, h.len);
  else
    put_primitive(w, &h);
  w->p = h.contents + h.len;
  return SZTP_OK;
}

/* 1 if the innermost open element ends here; moves past its end-of-contents octets. */
static int at_end_of_level(ber_walk_t *w) {
  const ber_level_t *level = innermost(w);
  if (level->end != NULL) return w->p == level->end;
  if (level->limit - w->p < 2 || w->p[0] != 0 || w->p[1] != 0) return 0;
  w->p += 2;
  return 1;
}

int32_t sztp__ber_to_der(sztp_ctx_t *ctx, sztp__span_t input, int keep_level, sztp__span_t keep_type,
                         sztp__buf_t *out, int *changed) {
  static const uint8_t nothing = 0;
  ber_walk_t w;
  memset(&w, 0, sizeof w);
  w.ctx = ctx;
  w.base = input.len > 0 ? input.data : &nothing;
  w.p = w.base;
  w.out = out;
  w.keep_level = keep_level;
  w.keep_type = keep_type;
  const uint8_t *end = w.base + input.len;
  do {
    if (w.depth > 0 && at_end_of_level(&w)) {
      close_level(&w);
      continue;
    }
    int32_t rc = take_element(&w, w.depth > 0 ? innermost(&w)->limit : end);
    if (rc == SZTP_OK && out != NULL) rc = out->status;
    if (rc != SZTP_OK) return rc;
  } while (w.depth > 0);
  if (w.p != end) return ber_fail_at(&w, "octets behind the end", w.p);
  *changed = w.changed;
  return out != NULL ? out->status : SZTP_OK;
}
