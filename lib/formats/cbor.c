/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR items by libcbor, and walking over whole documents of them. */
#include "formats/cbor.h"

#include <cbor.h>

#include "ground/text.h"

#define HEAD_MAX      9
#define BYTES_LONG    0x5b /* a length or count in eight octets */
#define TEXT_LONG     0x7b
#define ARRAY_LONG    0x9b
#define MAP_LONG      0xbb
#define SIMPLE_SHORT  0xe0 /* simple values 0 to 19, in one octet */
#define SIMPLE_LONG   0xf8 /* 32 to 255, in a second one */
#define SIMPLE_OTHERS 0xf4 /* false, true, null, undefined, and floats */
#define BREAK         0xff

/* --- heads --- */

static void set(void *context, uint32_t type, uint64_t number) {
  sztp__cbor_item_t *item = (sztp__cbor_item_t *)context;
  item->type = type;
  item->number = number;
}

static void set_string(void *context, uint32_t type, cbor_data data, size_t len) {
  sztp__cbor_item_t *item = (sztp__cbor_item_t *)context;
  item->type = type;
  item->bytes = sztp__span(data, len);
}

static void on_uint8(void *context, uint8_t n) { set(context, SZTP__CBOR_UINT, n); }
static void on_uint16(void *context, uint16_t n) { set(context, SZTP__CBOR_UINT, n); }
static void on_uint32(void *context, uint32_t n) { set(context, SZTP__CBOR_UINT, n); }
static void on_uint64(void *context, uint64_t n) { set(context, SZTP__CBOR_UINT, n); }
static void on_negint8(void *context, uint8_t n) { set(context, SZTP__CBOR_NEGINT, n); }
static void on_negint16(void *context, uint16_t n) { set(context, SZTP__CBOR_NEGINT, n); }
static void on_negint32(void *context, uint32_t n) { set(context, SZTP__CBOR_NEGINT, n); }
static void on_negint64(void *context, uint64_t n) { set(context, SZTP__CBOR_NEGINT, n); }
static void on_bytes(void *context, cbor_data data, size_t len) {
  set_string(context, SZTP__CBOR_BYTES, data, len);
}
static void on_cbor_text(void *context, cbor_data data, size_t len) {
  set_string(context, SZTP__CBOR_TEXT, data, len);
}
static void on_open_bytes(void *context) { set(context, SZTP__CBOR_OPEN_BYTES, 0); }
static void on_open_text(void *context) { set(context, SZTP__CBOR_OPEN_TEXT, 0); }
static void on_array(void *context, size_t count) { set(context, SZTP__CBOR_ARRAY, count); }
static void on_open_array(void *context) { set(context, SZTP__CBOR_OPEN_ARRAY, 0); }
static void on_map(void *context, size_t pairs) { set(context, SZTP__CBOR_MAP, pairs); }
static void on_open_map(void *context) { set(context, SZTP__CBOR_OPEN_MAP, 0); }
static void on_tag(void *context, uint64_t tag) { set(context, SZTP__CBOR_TAG, tag); }
static void on_float(void *context, float value) {
  (void)value;
  set(context, SZTP__CBOR_FLOAT, 0);
}
static void on_double(void *context, double value) {
  (void)value;
  set(context, SZTP__CBOR_FLOAT, 0);
}
static void on_bool(void *context, bool value) { set(context, SZTP__CBOR_BOOL, value ? 1 : 0); }
static void on_null(void *context) { set(context, SZTP__CBOR_NULL, 0); }
static void on_undefined(void *context) { set(context, SZTP__CBOR_SIMPLE, 23); }
static void on_break(void *context) { set(context, SZTP__CBOR_BREAK, 0); }

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string_start = on_open_bytes,
    .byte_string = on_bytes,
    .string_start = on_open_text,
    .string = on_cbor_text,
    .indef_array_start = on_open_array,
    .array_start = on_array,
    .indef_map_start = on_open_map,
    .map_start = on_map,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .undefined = on_undefined,
    .null = on_null,
    .boolean = on_bool,
    .indef_break = on_break,
};

/* The number in the eight octets behind the first. */
static uint64_t long_number(sztp__span_t input) {
  uint64_t number = 0;
  for (size_t i = 1; i < HEAD_MAX && i < input.len; i++) number = number << 8 | input.data[i];
  return number;
}

/* Well-formed heads that libcbor refuses (simple values without a meaning, and before 0.9 some tags in one
 * octet, COSE's 18 among them), or reads as a size_t, which has fewer bits on small machines. The octets of
 * such a head; 0 for any other. */
static size_t read_without_library(sztp__span_t input, sztp__cbor_item_t *item) {
  uint8_t first = input.data[0];
  if (first >= 0xc0 && first <= 0xd7) {
    set(item, SZTP__CBOR_TAG, first & 0x1fu);
    return 1;
  }
  if (first >= SIMPLE_SHORT && first < SIMPLE_OTHERS) {
    set(item, SZTP__CBOR_SIMPLE, first & 0x1fu);
    return 1;
  }
  if (first == SIMPLE_LONG && input.len > 1 && input.data[1] >= 32) {
    set(item, SZTP__CBOR_SIMPLE, input.data[1]);
    return 2;
  }
  if ((first == ARRAY_LONG || first == MAP_LONG) && input.len >= HEAD_MAX) {
    set(item, first == ARRAY_LONG ? SZTP__CBOR_ARRAY : SZTP__CBOR_MAP, long_number(input));
    return HEAD_MAX;
  }
  return 0;
}

/* What libcbor would wait for the rest of, or, with a length of more bits than a size_t has, would not. */
static int is_cut_short(sztp__span_t input, const struct cbor_decoder_result *result) {
  uint8_t first = input.data[0];
  if (result->status == CBOR_DECODER_NEDATA || (first == SIMPLE_LONG && input.len == 1)) return 1;
  return (first == BYTES_LONG || first == TEXT_LONG) && long_number(input) > input.len;
}

int32_t sztp__cbor_next(sztp_ctx_t *ctx, sztp__span_t *input, sztp__cbor_item_t *item) {
  if (input->len == 0)
    return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "the end of data where an item should be");
  sztp__cbor_item_t found = {0, 0, {NULL, 0}};
  size_t len = read_without_library(*input, &found);
  if (len == 0) {
    struct cbor_decoder_result result = cbor_stream_decode(input->data, input->len, &callbacks, &found);
    if (is_cut_short(*input, &result))
      return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "the data ends inside the item that starts with 0x%02x",
                        input->data[0]);
    if (result.status != CBOR_DECODER_FINISHED || result.read > input->len || found.type == 0)
      return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "0x%02x does not start an item", input->data[0]);
    len = result.read;
  }
  if (found.type == SZTP__CBOR_TEXT && !sztp__utf8_valid(found.bytes))
    return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "a text string that is not UTF-8");
  *input = sztp__span(input->data + len, input->len - len);
  *item = found;
  return 0;
}

/* --- whole items, without recursion --- */

/* What an item is inside of. A chunk of a string can hold nothing, so that it is no level of nesting. */
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
  cbor_level_t levels[SZTP__CBOR_DEPTH + 1];
  size_t depth;
  size_t key_count;
  int compare; /* keys are looked at */
  int chunked; /* a string in chunks was met */
} cbor_walk_t;

/* With the keys, which a plain walk does without. */
typedef struct checked_walk {
  cbor_walk_t walk;
  map_key_t keys[SZTP__CBOR_KEYS];
} checked_walk_t;

static int32_t cbor_broken(const cbor_walk_t *w, const char *what) {
  return sztp__fail(w->ctx, SZTP_ERR_CBOR, "cbor", "%s", what);
}

static int is_cbor_string(uint32_t type) { return type == SZTP__CBOR_BYTES || type == SZTP__CBOR_TEXT; }

static int same_key(const map_key_t *a, const map_key_t *b) {
  return a->tagged == b->tagged && a->tag == b->tag && a->item.type == b->item.type &&
         a->item.number == b->item.number && sztp__span_equal(a->item.bytes, b->item.bytes);
}

/* The key that begins with @p item and goes on at @p input: none of the map's earlier ones. Strings in chunks
 * are not compared; they are no longer there when it matters. */
static int32_t check_key(cbor_walk_t *w, const cbor_level_t *map, sztp__cbor_item_t item,
                         sztp__span_t input) {
  map_key_t *keys = ((checked_walk_t *)w)->keys;
  map_key_t key = {0, item, item.type == SZTP__CBOR_TAG};
  if (key.tagged) {
    key.tag = item.number;
    int32_t rc = sztp__cbor_next(w->ctx, &input, &key.item);
    if (rc != 0) return rc;
  }
  if (key.item.type == SZTP__CBOR_OPEN_BYTES || key.item.type == SZTP__CBOR_OPEN_TEXT) return 0;
  if (!is_cbor_string(key.item.type) && key.item.type != SZTP__CBOR_UINT &&
      key.item.type != SZTP__CBOR_NEGINT)
    return cbor_broken(w, "a map's key is neither a number nor a string");
  for (size_t i = map->keys; i < w->key_count; i++)
    if (same_key(&keys[i], &key)) return cbor_broken(w, "a key stands twice in one map");
  if (w->key_count == SZTP__CBOR_KEYS)
    return sztp__fail(w->ctx, SZTP_ERR_LIMIT, "cbor", "more than %d keys in a map and those around it",
                      SZTP__CBOR_KEYS);
  keys[w->key_count++] = key;
  return 0;
}

static int32_t push_level(cbor_walk_t *w, cbor_level_t level) {
  if (w->depth >= SZTP__CBOR_DEPTH && level.chunks == 0)
    return sztp__fail(w->ctx, SZTP_ERR_CBOR, "cbor", "arrays, maps and tags nested more than %d deep",
                      SZTP__CBOR_DEPTH);
  level.keys = w->key_count;
  w->levels[w->depth++] = level;
  return 0;
}

/* An item is over, and with it whatever it was the last part of. */
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
  return 0;
}

/* Enters what begins with @p item, or is done with it. @p rest are the octets behind the head. */
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
  return 0;
}

static int32_t take_item(cbor_walk_t *w, const sztp__cbor_item_t *item, sztp__span_t rest) {
  const cbor_level_t *top = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
  if (item->type == SZTP__CBOR_BREAK) return close_open(w);
  if (top != NULL && top->chunks != 0)
    return item->type == top->chunks ? 0 : cbor_broken(w, "a chunk of a string is not of its type");
  if (w->compare && top != NULL && top->map && !top->at_value) {
    int32_t rc = check_key(w, top, *item, rest);
    if (rc != 0) return rc;
  }
  return enter_or_complete(w, item, rest);
}

static int32_t walk(cbor_walk_t *w, sztp__span_t *input) {
  do {
    sztp__cbor_item_t item;
    int32_t rc = sztp__cbor_next(w->ctx, input, &item);
    if (rc == 0) rc = take_item(w, &item, *input);
    if (rc != 0) return rc;
  } while (w->depth > 0);
  return 0;
}

int32_t sztp__cbor_skip(sztp_ctx_t *ctx, sztp__span_t *input) {
  cbor_walk_t w;
  memset(&w, 0, sizeof w);
  w.ctx = ctx;
  return walk(&w, input);
}

static int32_t check(sztp_ctx_t *ctx, sztp__span_t input, int *chunked) {
  checked_walk_t *w = (checked_walk_t *)sztp__alloc(ctx, sizeof *w); /* too large for the stack */
  if (w == NULL) return SZTP_ERR_MEMORY;
  w->walk.ctx = ctx;
  w->walk.compare = 1;
  int32_t rc = walk(&w->walk, &input);
  if (rc == 0 && input.len > 0)
    rc = sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "%zu octets behind the item", input.len);
  *chunked = w->walk.chunked;
  sztp__free(ctx, w);
  return rc;
}

/* Adds the string whose chunks are at the start of *input, whole. */
static void join_chunks(sztp__span_t *input, int text, sztp__buf_t *out) {
  sztp__span_t chunks = *input;
  sztp__cbor_item_t item;
  size_t len = 0;
  while (sztp__cbor_next(out->ctx, input, &item) == 0 && is_cbor_string(item.type)) len += item.bytes.len;
  uint8_t head[HEAD_MAX];
  size_t head_len = text ? cbor_encode_string_start(len, head, sizeof head)
                         : cbor_encode_bytestring_start(len, head, sizeof head);
  sztp__buf_add(out, head, head_len);
  while (sztp__cbor_next(out->ctx, &chunks, &item) == 0 && is_cbor_string(item.type))
    sztp__buf_add_span(out, item.bytes);
}

/* A copy of well-formed @p input in which no string is in chunks; it is no longer than the original. */
static int32_t join_items(sztp__span_t input, sztp__buf_t *out) {
  sztp__buf_reserve(out, input.len);
  while (input.len > 0 && out->status == 0) {
    sztp__span_t before = input;
    sztp__cbor_item_t item;
    int32_t rc = sztp__cbor_next(out->ctx, &input, &item);
    if (rc != 0) return rc;
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
  if (rc == 0 && chunked) {
    rc = join_items(input, joined);
    input = sztp__buf_span(joined);
    if (rc == 0) rc = check(ctx, input, &chunked); /* now with all keys */
  }
  *out = input;
  return rc;
}

/* --- arrays and maps --- */

int32_t sztp__cbor_enter(sztp_ctx_t *ctx, sztp__span_t *input, uint32_t type, const char *what,
                         sztp__cbor_list_t *list) {
  sztp__cbor_item_t item;
  int32_t rc = sztp__cbor_next(ctx, input, &item);
  if (rc != 0) return rc;
  uint32_t open_type = type == SZTP__CBOR_MAP ? SZTP__CBOR_OPEN_MAP : SZTP__CBOR_OPEN_ARRAY;
  list->open = item.type == open_type;
  list->left = item.number;
  if (item.type == type || list->open) return 0;
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

/* --- writing --- */

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
