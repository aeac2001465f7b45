/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR items, written by libcbor, and walks over whole documents. */
#include "formats/cbor.h"

#include <cbor.h>

#include "ground/text.h"

#define HEAD_MAX 9
#define BREAK    0xff
#define OPEN     31 /* in the place of a number: of indefinite length, or the break that ends it */

/* ---- heads --------------------------------------------------------------------------------------- */

/* Every head is a type in three bits, and a number in the other five or in the octets after them (RFC 8949
 * 3). 0: there are too few octets, or @p info stands for no number; how many the number takes is in *len. */
static int read_number(sztp__span_t input, uint64_t *number, size_t *len) {
  uint8_t info = input.data[0] & 31;
  size_t octets = info < 24 ? 0 : (size_t)1 << (info - 24);
  *number = octets == 0 ? info : 0;
  *len = 1 + octets;
  if (octets > 8 || *len > input.len) return 0;
  for (size_t i = 1; i <= octets; i++) *number = *number << 8 | input.data[i];
  return 1;
}

/* What a head is by its type, with a number and without. */
static const struct {
  uint8_t counted;
  uint8_t open;
} head_types[] = {{SZTP__CBOR_UINT, 0},
                  {SZTP__CBOR_NEGINT, 0},
                  {SZTP__CBOR_BYTES, SZTP__CBOR_OPEN_BYTES},
                  {SZTP__CBOR_TEXT, SZTP__CBOR_OPEN_TEXT},
                  {SZTP__CBOR_ARRAY, SZTP__CBOR_OPEN_ARRAY},
                  {SZTP__CBOR_MAP, SZTP__CBOR_OPEN_MAP},
                  {SZTP__CBOR_TAG, 0},
                  {SZTP__CBOR_SIMPLE, SZTP__CBOR_BREAK}};

static int is_cbor_string(uint32_t type) { return type == SZTP__CBOR_BYTES || type == SZTP__CBOR_TEXT; }

/* Of a head of major type 7, with @p info in its five bits: what it is, 0 if it is nothing. */
static void read_simple(uint8_t info, sztp__cbor_item_t *item) {
  item->type = info < 24 || item->number >= 32 ? SZTP__CBOR_SIMPLE : 0;
  if (info == 20 || info == 21) {
    item->type = SZTP__CBOR_BOOL;
    item->number = info == 21;
  } else if (info == 22 || info > 24) {
    item->type = info == 22 ? SZTP__CBOR_NULL : SZTP__CBOR_FLOAT;
    item->number = 0;
  }
}

static int32_t cut_short(sztp_ctx_t *ctx, uint8_t first) {
  return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "the data ends inside the item that starts with 0x%02x",
                    first);
}

int32_t sztp__cbor_next(sztp_ctx_t *ctx, sztp__span_t *input, sztp__cbor_item_t *item) {
  if (input->len == 0)
    return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "the end of data where an item should be");
  uint8_t first = input->data[0];
  uint8_t info = first & 31;
  sztp__cbor_item_t found = {head_types[first >> 5].open, 0, {NULL, 0}};
  size_t len = 1;
  if (info != OPEN) {
    int read = read_number(*input, &found.number, &len);
    if (!read && len <= HEAD_MAX) return cut_short(ctx, first);
    found.type = read ? head_types[first >> 5].counted : 0;
    if (found.type == SZTP__CBOR_SIMPLE) read_simple(info, &found);
  }
  if (found.type == 0) return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "0x%02x does not start an item", first);
  if (is_cbor_string(found.type)) {
    if (found.number > input->len - len) return cut_short(ctx, first);
    found.bytes = sztp__span(input->data + len, (size_t)found.number);
    found.number = 0;
    len += found.bytes.len;
  }
  if (found.type == SZTP__CBOR_TEXT && !sztp__utf8_valid(found.bytes))
    return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "a text string that is not UTF-8");
  *input = sztp__span_from(*input, len);
  *item = found;
  return SZTP_OK;
}

/* ---- whole items, without recursion -------------------------------------------------------------- */

/* What encloses an item. A chunk of a string holds no items, so it is not a level of nesting. */
typedef struct cbor_level {
  size_t left; /* items still to come, unless open */
  size_t keys; /* keys of the maps around it */
  uint8_t map;
  uint8_t open;
  uint8_t at_value; /* in a map: a value is next, not a key */
  uint32_t chunks;  /* BYTES or TEXT: the inside of an open string */
} cbor_level_t;

typedef struct map_key {
  uint64_t tag;
  sztp__cbor_item_t item;
  int tagged;
} map_key_t;

typedef struct cbor_walk {
  sztp_ctx_t *ctx;
  size_t depth;
  size_t key_count;
  int compare; /* keys are looked at */
  int chunked; /* a string in chunks was met */
  cbor_level_t levels[SZTP__CBOR_DEPTH + 1];
} cbor_walk_t;

/* With the keys, which a plain walk does not need. */
typedef struct checked_walk {
  cbor_walk_t walk;
  map_key_t keys[SZTP__CBOR_KEYS];
} checked_walk_t;

static int32_t cbor_broken(const cbor_walk_t *w, const char *what) {
  return sztp__fail(w->ctx, SZTP_ERR_CBOR, "cbor", "%s", what);
}

static int same_key(const map_key_t *a, const map_key_t *b) {
  return a->tagged == b->tagged && a->tag == b->tag && a->item.type == b->item.type &&
         a->item.number == b->item.number && sztp__span_equal(a->item.bytes, b->item.bytes);
}

/* The key that begins with @p item and goes on at @p input: none of the map's earlier ones. Strings in chunks
 * are not compared: they are joined, and the keys checked again. */
static int32_t check_key(cbor_walk_t *w, const cbor_level_t *map, sztp__cbor_item_t item,
                         sztp__span_t input) {
  map_key_t *keys = ((checked_walk_t *)w)->keys;
  map_key_t key = {0, item, item.type == SZTP__CBOR_TAG};
  if (key.tagged) {
    key.tag = item.number;
    int32_t rc = sztp__cbor_next(w->ctx, &input, &key.item);
    if (rc != SZTP_OK) return rc;
  }
  if (key.item.type == SZTP__CBOR_OPEN_BYTES || key.item.type == SZTP__CBOR_OPEN_TEXT) return SZTP_OK;
  if (!is_cbor_string(key.item.type) && key.item.type != SZTP__CBOR_UINT &&
      key.item.type != SZTP__CBOR_NEGINT)
    return cbor_broken(w, "a map's key is neither a number nor a string");
  for (size_t i = map->keys; i < w->key_count; i++)
    if (same_key(&keys[i], &key)) return cbor_broken(w, "a key appears twice in one map");
  if (w->key_count == SZTP__CBOR_KEYS)
    return sztp__fail(w->ctx, SZTP_ERR_LIMIT, "cbor", "more than %d keys in a map and those around it",
                      SZTP__CBOR_KEYS);
  keys[w->key_count++] = key;
  return SZTP_OK;
}

static int32_t push_level(cbor_walk_t *w, cbor_level_t level) {
  if (w->depth >= SZTP__CBOR_DEPTH && level.chunks == 0)
    return sztp__fail(w->ctx, SZTP_ERR_CBOR, "cbor", "arrays, maps and tags nested more than %d deep",
                      SZTP__CBOR_DEPTH);
  level.keys = w->key_count;
  w->levels[w->depth++] = level;
  return SZTP_OK;
}

/* An item ends, and with it everything whose last part it was. */
static void complete(cbor_walk_t *w) {
  while (w->depth > 0) {
    cbor_level_t *top = &w->levels[w->depth - 1];
    top->at_value = !top->at_value;
    if (top->open || --top->left > 0) return;
    w->key_count = top->keys;
    w->depth--;
  }
}

static int32_t close_open(cbor_walk_t *w) {
  const cbor_level_t *top = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
  if (top == NULL || !top->open || (top->map && top->at_value))
    return cbor_broken(w, "a break where an item should be");
  w->key_count = top->keys;
  w->depth--;
  complete(w);
  return SZTP_OK;
}

/* Enters what begins with @p item, or completes it. @p rest is what follows the head. */
static int32_t enter_or_complete(cbor_walk_t *w, const sztp__cbor_item_t *item, sztp__span_t rest) {
  cbor_level_t level = {0, 0, 0, 0, 0, 0};
  switch (item->type) {
  case SZTP__CBOR_ARRAY:
  case SZTP__CBOR_MAP:
    level.map = item->type == SZTP__CBOR_MAP;
    if (item->number > rest.len / (level.map ? 2 : 1))
      return cbor_broken(w, "an array or map of more elements than there are octets");
    level.left = (size_t)item->number * (level.map ? 2 : 1);
    break;
  case SZTP__CBOR_TAG: level.left = 1; break;
  case SZTP__CBOR_OPEN_ARRAY: level.open = 1; break;
  case SZTP__CBOR_OPEN_MAP: level.open = level.map = 1; break;
  case SZTP__CBOR_OPEN_BYTES:
  case SZTP__CBOR_OPEN_TEXT:
    level.open = 1;
    level.chunks = item->type == SZTP__CBOR_OPEN_BYTES ? SZTP__CBOR_BYTES : SZTP__CBOR_TEXT;
    w->chunked = 1;
    break;
  default: break;
  }
  if (level.left > 0 || level.open) return push_level(w, level);
  complete(w);
  return SZTP_OK;
}

static int32_t take_item(cbor_walk_t *w, const sztp__cbor_item_t *item, sztp__span_t rest) {
  const cbor_level_t *top = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
  if (item->type == SZTP__CBOR_BREAK) return close_open(w);
  if (top != NULL && top->chunks != 0)
    return item->type == top->chunks ? SZTP_OK : cbor_broken(w, "a chunk of a string is not of its type");
  if (w->compare && top != NULL && top->map && !top->at_value) {
    int32_t rc = check_key(w, top, *item, rest);
    if (rc != SZTP_OK) return rc;
  }
  return enter_or_complete(w, item, rest);
}

static int32_t walk(cbor_walk_t *w, sztp__span_t *input) {
  do {
    sztp__cbor_item_t item;
    int32_t rc = sztp__cbor_next(w->ctx, input, &item);
    if (rc == SZTP_OK) rc = take_item(w, &item, *input);
    if (rc != SZTP_OK) return rc;
  } while (w->depth > 0);
  return SZTP_OK;
}

int32_t sztp__cbor_skip(sztp_ctx_t *ctx, sztp__span_t *input) {
  cbor_walk_t w;
  memset(&w, 0, sizeof w);
  w.ctx = ctx;
  return walk(&w, input);
}

static int32_t check(sztp_ctx_t *ctx, sztp__span_t input, int *chunked) {
  checked_walk_t *w = sztp__alloc(ctx, sizeof *w); /* too large for the stack */
  if (w == NULL) return SZTP_ERR_MEMORY;
  w->walk.ctx = ctx;
  w->walk.compare = 1;
  int32_t rc = walk(&w->walk, &input);
  if (rc == SZTP_OK && input.len > 0)
    rc = sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "%zu octets after the item", input.len);
  *chunked = w->walk.chunked;
  sztp__free(ctx, w);
  return rc;
}

/* Adds the string whose chunks are at the start of *input, whole. */
static void join_chunks(sztp__span_t *input, int text, sztp__buf_t *out) {
  sztp__span_t chunks = *input;
  sztp__cbor_item_t item;
  size_t len = 0;
  while (sztp__cbor_next(out->ctx, input, &item) == SZTP_OK && is_cbor_string(item.type))
    len += item.bytes.len;
  uint8_t head[HEAD_MAX];
  size_t head_len = text ? cbor_encode_string_start(len, head, sizeof head)
                         : cbor_encode_bytestring_start(len, head, sizeof head);
  sztp__buf_add(out, head, head_len);
  while (sztp__cbor_next(out->ctx, &chunks, &item) == SZTP_OK && is_cbor_string(item.type))
    sztp__buf_add_span(out, item.bytes);
}

/* A copy of well-formed @p input in which no string is in chunks; it is no longer than the original. */
static int32_t join_items(sztp__span_t input, sztp__buf_t *out) {
  sztp__buf_reserve(out, input.len);
  while (input.len > 0 && out->status == SZTP_OK) {
    sztp__span_t before = input;
    sztp__cbor_item_t item;
    int32_t rc = sztp__cbor_next(out->ctx, &input, &item);
    if (rc != SZTP_OK) return rc;
    if (item.type == SZTP__CBOR_OPEN_BYTES || item.type == SZTP__CBOR_OPEN_TEXT)
      join_chunks(&input, item.type == SZTP__CBOR_OPEN_TEXT, out);
    else
      sztp__buf_add(out, before.data, before.len - input.len);
  }
  return out->status;
}

int32_t sztp__cbor_whole(sztp_ctx_t *ctx, sztp__span_t input, sztp__buf_t *joined, sztp__span_t *out) {
  int chunked = 0;
  int32_t rc = check(ctx, input, &chunked);
  if (rc == SZTP_OK && chunked) {
    rc = join_items(input, joined);
    input = sztp__buf_span(joined);
    if (rc == SZTP_OK) rc = check(ctx, input, &chunked); /* now with all keys */
  }
  *out = input;
  return rc;
}

/* ---- arrays and maps ----------------------------------------------------------------------------- */

int32_t sztp__cbor_enter(sztp_ctx_t *ctx, sztp__span_t *input, uint32_t type, const char *what,
                         sztp__cbor_list_t *list) {
  sztp__cbor_item_t item;
  int32_t rc = sztp__cbor_next(ctx, input, &item);
  if (rc != SZTP_OK) return rc;
  uint32_t open_type = type == SZTP__CBOR_MAP ? SZTP__CBOR_OPEN_MAP : SZTP__CBOR_OPEN_ARRAY;
  list->open = item.type == open_type;
  list->left = item.number;
  if (item.type == type || list->open) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "%s is not %s", what,
                    type == SZTP__CBOR_MAP ? "a map" : "an array");
}

int sztp__cbor_more(sztp__span_t *input, sztp__cbor_list_t *list) {
  if (!list->open && list->left == 0) return 0;
  if (!list->open) {
    list->left--;
    return 1;
  }
  if (input->len == 0 || input->data[0] != BREAK) return input->len > 0;
  *input = sztp__span(input->data + 1, input->len - 1);
  return 0;
}

/* ---- writing ------------------------------------------------------------------------------------- */

int32_t sztp__cbor_put_uint(sztp__buf_t *out, uint64_t value) {
  uint8_t head[HEAD_MAX];
  return sztp__buf_add(out, head, cbor_encode_uint(value, head, sizeof head));
}

int32_t sztp__cbor_put_negint(sztp__buf_t *out, uint64_t minus_one_minus_value) {
  uint8_t head[HEAD_MAX];
  return sztp__buf_add(out, head, cbor_encode_negint(minus_one_minus_value, head, sizeof head));
}

int32_t sztp__cbor_put_tag(sztp__buf_t *out, uint64_t tag) {
  uint8_t head[HEAD_MAX];
  return sztp__buf_add(out, head, cbor_encode_tag(tag, head, sizeof head));
}

int32_t sztp__cbor_put_bool(sztp__buf_t *out, int value) {
  uint8_t head[HEAD_MAX];
  return sztp__buf_add(out, head, cbor_encode_bool(value != 0, head, sizeof head));
}

int32_t sztp__cbor_put_text(sztp__buf_t *out, sztp__span_t text) {
  uint8_t head[HEAD_MAX];
  sztp__buf_add(out, head, cbor_encode_string_start(text.len, head, sizeof head));
  return sztp__buf_add_span(out, text);
}

int32_t sztp__cbor_put_bytes_head(sztp__buf_t *out, size_t len) {
  uint8_t head[HEAD_MAX];
  return sztp__buf_add(out, head, cbor_encode_bytestring_start(len, head, sizeof head));
}

int32_t sztp__cbor_put_bytes(sztp__buf_t *out, sztp__span_t bytes) {
  sztp__cbor_put_bytes_head(out, bytes.len);
  return sztp__buf_add_span(out, bytes);
}

int32_t sztp__cbor_put_array(sztp__buf_t *out, size_t count) {
  uint8_t head[HEAD_MAX];
  return sztp__buf_add(out, head, cbor_encode_array_start(count, head, sizeof head));
}

int32_t sztp__cbor_put_map(sztp__buf_t *out, size_t pairs) {
  uint8_t head[HEAD_MAX];
  return sztp__buf_add(out, head, cbor_encode_map_start(pairs, head, sizeof head));
}
