/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR items, by libcbor. */
#include "formats/cbor.h"

#include <cbor.h>

#include "ground/text.h"

#define HEAD_MAX 9

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
static void on_text(void *context, cbor_data data, size_t len) {
  set_string(context, SZTP__CBOR_TEXT, data, len);
}
static void on_array(void *context, size_t count) { set(context, SZTP__CBOR_ARRAY, count); }
static void on_map(void *context, size_t pairs) { set(context, SZTP__CBOR_MAP, pairs); }
static void on_tag(void *context, uint64_t tag) { set(context, SZTP__CBOR_TAG, tag); }
static void on_bool(void *context, bool value) { set(context, SZTP__CBOR_BOOL, value ? 1 : 0); }
static void on_null(void *context) { set(context, SZTP__CBOR_NULL, 0); }

/* Only what is accepted sets a type: floats, other simple values and indefinite lengths leave it 0. */
static struct cbor_callbacks accepted(void) {
  struct cbor_callbacks c = cbor_empty_callbacks;
  c.uint8 = on_uint8;
  c.uint16 = on_uint16;
  c.uint32 = on_uint32;
  c.uint64 = on_uint64;
  c.negint8 = on_negint8;
  c.negint16 = on_negint16;
  c.negint32 = on_negint32;
  c.negint64 = on_negint64;
  c.byte_string = on_bytes;
  c.string = on_text;
  c.array_start = on_array;
  c.map_start = on_map;
  c.tag = on_tag;
  c.boolean = on_bool;
  c.null = on_null;
  return c;
}

/* A tag in one octet: libcbor before 0.9 refuses some of those, COSE's 18 among them. */
static int is_short_tag(uint8_t first) { return first >= 0xc0 && first <= 0xd7; }

int32_t sztp__cbor_next(sztp_ctx_t *ctx, sztp__span_t *input, sztp__cbor_item_t *item) {
  if (input->len == 0)
    return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "the end of data where an item should be");
  if (is_short_tag(input->data[0])) {
    set(item, SZTP__CBOR_TAG, input->data[0] & 0x1fu);
    item->bytes = sztp__span(NULL, 0);
    *input = sztp__span(input->data + 1, input->len - 1);
    return 0;
  }
  sztp__cbor_item_t found = {0, 0, {NULL, 0}};
  struct cbor_callbacks callbacks = accepted();
  struct cbor_decoder_result result = cbor_stream_decode(input->data, input->len, &callbacks, &found);
  uint8_t first = input->data[0];
  if (result.status == CBOR_DECODER_NEDATA)
    return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "the data ends inside the item that starts with 0x%02x",
                      first);
  if (result.status != CBOR_DECODER_FINISHED || result.read > input->len)
    return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "0x%02x does not start an item", first);
  if (found.type == 0)
    return sztp__fail(
        ctx, SZTP_ERR_CBOR, "cbor",
        "0x%02x starts an item of indefinite length, a float or a simple value, which is not read", first);
  if (found.type == SZTP__CBOR_TEXT && !sztp__utf8_valid(found.bytes))
    return sztp__fail(ctx, SZTP_ERR_CBOR, "cbor", "a text string that is not UTF-8");
  *input = sztp__span(input->data + result.read, input->len - result.read);
  *item = found;
  return 0;
}

int32_t sztp__cbor_put_uint(sztp__buf_t *out, uint64_t value) {
  uint8_t head[HEAD_MAX];
  return sztp__buf_add(out, head, cbor_encode_uint(value, head, sizeof head));
}

int32_t sztp__cbor_put_text(sztp__buf_t *out, sztp__span_t text) {
  uint8_t head[HEAD_MAX];
  sztp__buf_add(out, head, cbor_encode_string_start(text.len, head, sizeof head));
  return sztp__buf_add_span(out, text);
}

int32_t sztp__cbor_put_bytes(sztp__buf_t *out, sztp__span_t bytes) {
  uint8_t head[HEAD_MAX];
  sztp__buf_add(out, head, cbor_encode_bytestring_start(bytes.len, head, sizeof head));
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
