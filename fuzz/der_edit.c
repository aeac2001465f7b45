/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of DER and BER on the level of elements. */
#include "fuzz/der_edit.h"

#include <string.h>

#define CONSTRUCTED 0x20u
#define NUMBER      0x1fu
#define DEPTH_MAX   24
#define HEAD_MAX    8
#define TAG_INTEGER 0x02
#define TAG_BITS    0x03
#define TAG_OCTETS  0x04
#define TAG_OID     0x06

/* ---- random -------------------------------------------------------------------------------------- */

uint32_t der_random(uint64_t *state) {
  uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(x >> 32);
}

static size_t below(uint64_t *state, size_t n) { return n == 0 ? 0 : der_random(state) % n; }

/* ---- the tree ------------------------------------------------------------------------------------ */

/* Reads the head at @p at; 0 if there is none that fits before @p limit. */
static int read_head(const uint8_t *data, size_t at, size_t limit, der_element_t *e) {
  if (limit - at < 2 || (data[at] & NUMBER) == NUMBER) return 0;
  size_t p = at + 1;
  size_t len = data[p++];
  memset(e, 0, sizeof *e);
  e->at = at;
  e->tag = data[at];
  if (len == 0x80) {
    if ((e->tag & CONSTRUCTED) == 0) return 0;
    e->indefinite = 1;
    len = 0;
  } else if (len > 0x80) {
    size_t octets = len & 0x7f;
    if (octets > 4 || octets > limit - p) return 0;
    for (len = 0; octets > 0; octets--) len = len << 8 | data[p++];
  }
  if (len > limit - p) return 0;
  e->contents = p;
  e->len = len;
  e->end = p + len;
  return 1;
}

/* 1 if the octets are elements to the last one, and at least one. */
static int only_elements(const uint8_t *data, size_t from, size_t to) {
  der_element_t e;
  if (from == to) return 0;
  while (from < to) {
    if (!read_head(data, from, to, &e) || e.indefinite || e.tag == 0) return 0;
    from = e.end;
  }
  return 1;
}

/* Where the elements inside a string begin; 0: there are none. */
static size_t elements_inside(const uint8_t *data, const der_element_t *e) {
  if (e->tag == TAG_OCTETS && only_elements(data, e->contents, e->end)) return e->contents;
  if (e->tag == TAG_BITS && e->len > 1 && data[e->contents] == 0 &&
      only_elements(data, e->contents + 1, e->end))
    return e->contents + 1;
  return 0;
}

typedef struct open_level {
  int32_t element; /* -1: outermost */
  size_t limit;
  uint8_t inside;
} open_level_t;

void der_tree(der_tree_t *tree, const uint8_t *data, size_t size) {
  open_level_t levels[DEPTH_MAX] = {{-1, size, 0}};
  size_t depth = 1;
  size_t at = 0;
  tree->count = 0;
  while (depth > 0 && tree->count < DER_ELEMENTS) {
    open_level_t *level = &levels[depth - 1];
    der_element_t *open = level->element < 0 ? NULL : &tree->e[level->element];
    int ends =
        open != NULL && open->indefinite && level->limit - at >= 2 && data[at] == 0 && data[at + 1] == 0;
    if (ends) {
      open->len = at - open->contents;
      at += 2;
      open->end = at;
    }
    der_element_t e;
    if (ends || at >= level->limit || !read_head(data, at, level->limit, &e)) {
      if (!ends && open != NULL && open->indefinite) {
        open->len = level->limit - open->contents;
        open->end = level->limit;
      }
      if (!ends) at = open != NULL && !open->indefinite ? open->end : level->limit;
      depth--;
      continue;
    }
    e.parent = level->element;
    e.inside = level->inside;
    tree->e[tree->count] = e;
    size_t inner = (e.tag & CONSTRUCTED) != 0 ? e.contents : elements_inside(data, &e);
    if (inner != 0 && depth < DEPTH_MAX) {
      open_level_t next = {(int32_t)tree->count, e.indefinite ? level->limit : e.end,
                           (uint8_t)(level->inside || (e.tag & CONSTRUCTED) == 0)};
      levels[depth++] = next;
      at = inner;
    } else {
      at = e.indefinite ? level->limit : e.end;
      if (e.indefinite) tree->e[tree->count].end = at;
    }
    tree->count++;
  }
}

int32_t der_child(const der_tree_t *tree, int32_t parent, uint8_t tag, size_t skip) {
  for (size_t i = 0; i < tree->count; i++)
    if (tree->e[i].parent == parent && tree->e[i].tag == tag && skip-- == 0) return (int32_t)i;
  return -1;
}

/* ---- replacing ----------------------------------------------------------------------------------- */

static size_t put_head(uint8_t *out, uint8_t tag, size_t len) {
  size_t n = 0;
  out[n++] = tag;
  if (len < 0x80) {
    out[n++] = (uint8_t)len;
    return n;
  }
  size_t octets = len > 0xffffff ? 4 : len > 0xffff ? 3 : len > 0xff ? 2 : 1;
  out[n++] = (uint8_t)(0x80 | octets);
  while (octets-- > 0) out[n++] = (uint8_t)(len >> (8 * octets));
  return n;
}

/* Replaces [from, to) of @p data, which become @p size octets altogether. */
static size_t splice(uint8_t *data, size_t size, size_t from, size_t to, const uint8_t *with,
                     size_t with_len) {
  memmove(data + from + with_len, data + to, size - to);
  memcpy(data + from, with, with_len);
  return size - (to - from) + with_len;
}

size_t der_replace(const der_tree_t *tree, uint8_t *data, size_t size, size_t cap, int32_t parent,
                   size_t from, size_t to, const uint8_t *with, size_t with_len) {
  static uint8_t copy[DER_SIZE_MAX];
  if (with_len > sizeof copy || size - (to - from) + with_len + DEPTH_MAX * HEAD_MAX > cap) return 0;
  if (with_len > 0) memcpy(copy, with, with_len);
  size = splice(data, size, from, to, copy, with_len);
  /* how much longer the contents of the element at hand got */
  int64_t delta = (int64_t)with_len - (int64_t)(to - from);
  for (int32_t p = parent; p >= 0 && delta != 0; p = tree->e[p].parent) {
    const der_element_t *e = &tree->e[p];
    uint8_t head[HEAD_MAX];
    if (e->indefinite) continue;
    size_t head_len = put_head(head, e->tag, (size_t)((int64_t)e->len + delta));
    size = splice(data, size, e->at, e->contents, head, head_len);
    delta += (int64_t)head_len - (int64_t)(e->contents - e->at);
  }
  return size;
}

/* ---- edits --------------------------------------------------------------------------------------- */

typedef struct edit {
  der_tree_t *tree;
  uint8_t *data;
  size_t size;
  size_t cap;
  uint64_t *random;
} edit_t;

static const der_element_t *pick(const edit_t *e) { return &e->tree->e[below(e->random, e->tree->count)]; }

/* Another child of the same parent, or NULL. */
static const der_element_t *sibling(const edit_t *e, const der_element_t *of) {
  for (int tries = 0; tries < 32; tries++) {
    const der_element_t *other = pick(e);
    if (other->parent == of->parent && other->at != of->at) return other;
  }
  return NULL;
}

static size_t put(const edit_t *e, int32_t parent, size_t from, size_t to, const uint8_t *with, size_t len) {
  return der_replace(e->tree, e->data, e->size, e->cap, parent, from, to, with, len);
}

/* Puts other contents into an element. */
static size_t put_contents(const edit_t *e, const der_element_t *of, const uint8_t *with, size_t len) {
  return put(e, (int32_t)(of - e->tree->e), of->contents, of->contents + of->len, with, len);
}

static size_t drop(const edit_t *e) {
  const der_element_t *x = pick(e);
  return put(e, x->parent, x->at, x->end, NULL, 0);
}

static size_t duplicate(const edit_t *e) {
  const der_element_t *x = pick(e);
  return put(e, x->parent, x->end, x->end, e->data + x->at, x->end - x->at);
}

static size_t swap(const edit_t *e) {
  static uint8_t out[DER_SIZE_MAX];
  const der_element_t *a = pick(e);
  const der_element_t *b = sibling(e, a);
  if (b == NULL) return 0;
  if (b->at < a->at) {
    const der_element_t *t = a;
    a = b;
    b = t;
  }
  size_t n = b->end - a->at;
  if (b->at < a->end || n > sizeof out) return 0;
  size_t b_len = b->end - b->at;
  size_t between = b->at - a->end;
  memcpy(out, e->data + b->at, b_len);
  memcpy(out + b_len, e->data + a->end, between);
  memcpy(out + b_len + between, e->data + a->at, a->end - a->at);
  return put(e, a->parent, a->at, b->end, out, n);
}

/* The octets of one element in the place of another, or beside it. */
static size_t transplant(const edit_t *e) {
  const der_element_t *from = pick(e);
  const der_element_t *to = pick(e);
  int beside = (der_random(e->random) & 1) != 0;
  return put(e, to->parent, beside ? to->end : to->at, to->end, e->data + from->at, from->end - from->at);
}

static size_t flip(const edit_t *e) {
  const der_element_t *x = pick(e);
  if (x->len == 0) return 0;
  e->data[x->contents + below(e->random, x->len)] ^= (uint8_t)(1u << (der_random(e->random) & 7));
  return e->size;
}

static size_t cut(const edit_t *e) {
  const der_element_t *x = pick(e);
  if (x->len == 0) return 0;
  return put_contents(e, x, e->data + x->contents, below(e->random, x->len));
}

static size_t extend(const edit_t *e) {
  static const uint8_t tails[][4] = {{0, 0, 0, 0}, {5, 0, 5, 0}, {0xff, 0xff, 0xff, 0xff}, {4, 2, 4, 0}};
  const der_element_t *x = pick(e);
  size_t at = (der_random(e->random) & 1) != 0 ? x->contents : x->contents + x->len;
  return put(e, (int32_t)(x - e->tree->e), at, at, tails[der_random(e->random) & 3],
             1 + (der_random(e->random) & 3));
}

static size_t retag(const edit_t *e) {
  static const uint8_t tags[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16,
                                 0x17, 0x18, 0x1e, 0x24, 0x30, 0x31, 0x80, 0x81, 0x82, 0x86,
                                 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x1f, 0x00, 0x23};
  const der_element_t *x = pick(e);
  e->data[x->at] = tags[below(e->random, sizeof tags)];
  return e->size;
}

/* Object identifiers that mean something here; contents octets with their length in front. */
static const uint8_t oids[][12] = {
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01},              /* id-data */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02},              /* id-signedData */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03},              /* id-envelopedData */
    {11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x28}, /* JSON voucher */
    {11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x2a}, /* conveyed information, XML */
    {11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x2b}, /* conveyed information, JSON */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03},              /* content-type */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04},              /* message-digest */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05},              /* signing-time */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x34},              /* algorithm protection */
    {8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02},                    /* ecdsa-with-SHA256 */
    {8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04},                    /* ecdsa-with-SHA512 */
    {7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01},                          /* id-ecPublicKey */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01},              /* rsaEncryption */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a},              /* RSASSA-PSS */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b},              /* sha256WithRSAEncryption */
    {9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05},              /* sha1WithRSAEncryption */
    {9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01},              /* SHA-256 */
    {9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03},              /* SHA-512 */
    {5, 0x2b, 0x0e, 0x03, 0x02, 0x1a},                                      /* SHA-1 */
    {3, 0x55, 0x1d, 0x0e},                                                  /* subjectKeyIdentifier */
    {3, 0x55, 0x1d, 0x0f},                                                  /* keyUsage */
    {3, 0x55, 0x1d, 0x11},                                                  /* subjectAltName */
    {3, 0x55, 0x1d, 0x13},                                                  /* basicConstraints */
    {3, 0x55, 0x1d, 0x1e},                                                  /* nameConstraints */
    {3, 0x55, 0x1d, 0x20},                                                  /* certificatePolicies */
    {3, 0x55, 0x1d, 0x21},                                                  /* policyMappings */
    {3, 0x55, 0x1d, 0x23},                                                  /* authorityKeyIdentifier */
    {3, 0x55, 0x1d, 0x24},                                                  /* policyConstraints */
    {3, 0x55, 0x1d, 0x25},                                                  /* extKeyUsage */
    {3, 0x55, 0x1d, 0x36},                                                  /* inhibitAnyPolicy */
    {4, 0x55, 0x1d, 0x20, 0x00},                                            /* anyPolicy */
    {4, 0x2a, 0x03, 0x04, 0x05},                                            /* nobody's */
};

/* A random element with tag @p tag, or NULL. */
static const der_element_t *pick_tagged(const edit_t *e, uint8_t tag) {
  size_t start = below(e->random, e->tree->count);
  for (size_t i = 0; i < e->tree->count; i++) {
    const der_element_t *x = &e->tree->e[(start + i) % e->tree->count];
    if (x->tag == tag) return x;
  }
  return NULL;
}

static size_t change_oid(const edit_t *e) {
  const der_element_t *x = pick_tagged(e, TAG_OID);
  const uint8_t *oid = oids[below(e->random, sizeof oids / sizeof oids[0])];
  return x == NULL ? 0 : put_contents(e, x, oid + 1, oid[0]);
}

static size_t change_integer(const edit_t *e) {
  static const uint8_t values[][10] = {{1, 0},
                                       {1, 1},
                                       {1, 3},
                                       {1, 0x7f},
                                       {2, 0, 0x80},
                                       {1, 0xff},
                                       {2, 0, 1},
                                       {2, 0xff, 0xff},
                                       {0},
                                       {5, 0, 0xff, 0xff, 0xff, 0xff},
                                       {9, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  const der_element_t *x = pick_tagged(e, TAG_INTEGER);
  const uint8_t *value = values[below(e->random, sizeof values / sizeof values[0])];
  return x == NULL ? 0 : put_contents(e, x, value + 1, value[0]);
}

static size_t change_time(const edit_t *e) {
  static const struct {
    uint8_t tag;
    const char *text;
  } times[] = {{0x17, "700101000000Z"},     {0x17, "491231235959Z"},     {0x17, "500101000000Z"},
               {0x17, "9912312359Z"},       {0x17, "300101000000+0100"}, {0x17, "300229000000Z"},
               {0x18, "20300101000000Z"},   {0x18, "99991231235959Z"},   {0x18, "20010101000000Z"},
               {0x18, "20300101000000.5Z"}, {0x18, "203001010000Z"},     {0x17, "301231235960Z"}};
  const der_element_t *x = pick_tagged(e, (der_random(e->random) & 1) != 0 ? 0x17 : 0x18);
  if (x == NULL) x = pick_tagged(e, 0x17);
  if (x == NULL) return 0;
  size_t which = below(e->random, sizeof times / sizeof times[0]);
  e->data[x->at] = times[which].tag;
  return put_contents(e, x, (const uint8_t *)times[which].text, strlen(times[which].text));
}

static size_t wrap(const edit_t *e) {
  static const uint8_t tags[] = {0x30, 0x31, 0xa0, 0xa1, 0x04, 0x24};
  static uint8_t out[DER_SIZE_MAX];
  const der_element_t *x = pick(e);
  size_t len = x->end - x->at;
  if (len + HEAD_MAX > sizeof out) return 0;
  size_t n = put_head(out, tags[below(e->random, sizeof tags)], len);
  memcpy(out + n, e->data + x->at, len);
  return put(e, x->parent, x->at, x->end, out, n + len);
}

static size_t unwrap(const edit_t *e) {
  const der_element_t *x = pick(e);
  return put(e, x->parent, x->at, x->end, e->data + x->contents, x->len);
}

/* A length that is not true, with nothing around it made right. */
static size_t lie(const edit_t *e) {
  const der_element_t *x = pick(e);
  size_t octets = x->contents - x->at - 1;
  uint8_t *at = e->data + x->at + 1 + (octets > 1 ? 1 + below(e->random, octets - 1) : 0);
  uint32_t other = der_random(e->random);
  *at = (uint8_t)((other & 1) != 0 ? *at + 1u : other >> 8);
  return e->size;
}

/* ---- BER ----------------------------------------------------------------------------------------- */

static size_t indefinite(const edit_t *e) {
  static uint8_t out[DER_SIZE_MAX];
  const der_element_t *x = pick(e);
  if (x->indefinite || (x->tag & CONSTRUCTED) == 0 || x->len + 4 > sizeof out) return 0;
  out[0] = x->tag;
  out[1] = 0x80;
  memcpy(out + 2, e->data + x->contents, x->len);
  memset(out + 2 + x->len, 0, 2);
  return put(e, x->parent, x->at, x->end, out, x->len + 4);
}

static size_t long_length(const edit_t *e) {
  static uint8_t out[DER_SIZE_MAX];
  const der_element_t *x = pick(e);
  if (x->indefinite || x->len + HEAD_MAX > sizeof out) return 0;
  size_t octets = x->len > 0xffff ? 4 : x->len > 0xff ? 3 : 2;
  out[0] = x->tag;
  out[1] = (uint8_t)(0x80 | octets);
  for (size_t i = 0; i < octets; i++) out[2 + i] = (uint8_t)(x->len >> (8 * (octets - 1 - i)));
  memcpy(out + 2 + octets, e->data + x->contents, x->len);
  return put(e, x->parent, x->at, x->end, out, 2 + octets + x->len);
}

/* An OCTET STRING in two parts. */
static size_t in_parts(const edit_t *e) {
  static uint8_t out[DER_SIZE_MAX];
  const der_element_t *x = pick_tagged(e, TAG_OCTETS);
  if (x == NULL || x->len + 20 > sizeof out) return 0;
  size_t first = below(e->random, x->len + 1);
  uint8_t heads[2][HEAD_MAX];
  size_t a = put_head(heads[0], TAG_OCTETS, first);
  size_t b = put_head(heads[1], TAG_OCTETS, x->len - first);
  size_t n = put_head(out, TAG_OCTETS | CONSTRUCTED, x->len + a + b);
  memcpy(out + n, heads[0], a);
  memcpy(out + n + a, e->data + x->contents, first);
  memcpy(out + n + a + first, heads[1], b);
  memcpy(out + n + a + first + b, e->data + x->contents + first, x->len - first);
  return put(e, x->parent, x->at, x->end, out, n + a + b + x->len);
}

static const struct {
  const char *name;
  size_t (*make)(const edit_t *e);
} edits[] = {
    {"drop", drop},
    {"duplicate", duplicate},
    {"swap", swap},
    {"transplant", transplant},
    {"flip", flip},
    {"cut", cut},
    {"extend", extend},
    {"retag", retag},
    {"change-oid", change_oid},
    {"change-integer", change_integer},
    {"change-time", change_time},
    {"wrap", wrap},
    {"unwrap", unwrap},
    {"lie", lie},
    {"indefinite", indefinite},
    {"long-length", long_length},
    {"in-parts", in_parts},
};

size_t der_edit(uint8_t *data, size_t size, size_t cap, uint64_t *random, const char **what) {
  static der_tree_t tree;
  *what = "nothing";
  if (size > DER_SIZE_MAX) return size;
  der_tree(&tree, data, size);
  if (tree.count == 0) return size;
  const edit_t e = {&tree, data, size, cap, random};
  for (int tries = 0; tries < 8; tries++) {
    size_t which = below(random, sizeof edits / sizeof edits[0]);
    size_t made = edits[which].make(&e);
    if (made == 0) continue;
    *what = edits[which].name;
    return made;
  }
  return size;
}
