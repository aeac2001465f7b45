/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR: items follow each other without gap, those that can be written read the same once more, and a whole
 * document is walked to its end, the same with its strings in chunks and joined. */
#include "fuzzing.h"

#include "formats/cbor.h"

static void check_writer(sztp_ctx_t *ctx, const sztp__cbor_item_t *item, size_t was) {
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, SIZE_MAX / 4);
  switch (item->type) {
  case SZTP__CBOR_UINT: sztp__cbor_put_uint(&out, item->number); break;
  case SZTP__CBOR_NEGINT: sztp__cbor_put_negint(&out, item->number); break;
  case SZTP__CBOR_TAG: sztp__cbor_put_tag(&out, item->number); break;
  case SZTP__CBOR_BOOL: sztp__cbor_put_bool(&out, item->number != 0); break;
  case SZTP__CBOR_BYTES: sztp__cbor_put_bytes(&out, item->bytes); break;
  case SZTP__CBOR_TEXT: sztp__cbor_put_text(&out, item->bytes); break;
  case SZTP__CBOR_ARRAY: sztp__cbor_put_array(&out, (size_t)item->number); break;
  case SZTP__CBOR_MAP: sztp__cbor_put_map(&out, (size_t)item->number); break;
  default: return;
  }
  sztp__span_t in = sztp__buf_span(&out);
  sztp__cbor_item_t back;
  CHECK(in.len <= was); /* the shortest form */
  CHECK(sztp__cbor_next(ctx, &in, &back) == 0 && in.len == 0);
  CHECK(back.type == item->type && back.number == item->number && sztp__span_equal(back.bytes, item->bytes));
  sztp__buf_clear(&out);
}

/* Walks @p in, which is one whole item, by its lists to depth 1; returns how many items and pairs there are.
 */
static unsigned walk(sztp_ctx_t *ctx, sztp__span_t in) {
  sztp__span_t rest = in;
  sztp__cbor_item_t head;
  sztp__cbor_list_t list;
  unsigned n = 0;
  CHECK(sztp__cbor_next(ctx, &rest, &head) == 0);
  int map = head.type == SZTP__CBOR_MAP || head.type == SZTP__CBOR_OPEN_MAP;
  if (map || head.type == SZTP__CBOR_ARRAY || head.type == SZTP__CBOR_OPEN_ARRAY) {
    CHECK(sztp__cbor_enter(ctx, &in, map ? SZTP__CBOR_MAP : SZTP__CBOR_ARRAY, "it", &list) == 0);
    for (; sztp__cbor_more(&in, &list); n++) {
      CHECK(sztp__cbor_skip(ctx, &in) == 0);
      if (map) CHECK(sztp__cbor_skip(ctx, &in) == 0);
    }
  } else {
    CHECK(sztp__cbor_skip(ctx, &in) == 0);
  }
  CHECK(in.len == 0);
  return n;
}

static void check_whole(sztp_ctx_t *ctx, sztp__span_t whole) {
  sztp__buf_t joined;
  sztp__buf_t again;
  sztp__span_t out;
  sztp__span_t same;
  sztp__buf_init(&joined, ctx, whole.len); /* it never grows */
  sztp__trail_clear(ctx);
  int32_t rc = sztp__cbor_whole(ctx, whole, &joined, &out);
  if (rc != 0) {
    CHECK(rc == SZTP_ERR_CBOR || rc == SZTP_ERR_LIMIT);
    fuzz_check_failure(ctx, rc);
  } else {
    CHECK(walk(ctx, out) == walk(ctx, whole));
    sztp__buf_init(&again, ctx, 0);
    CHECK(sztp__cbor_whole(ctx, out, &again, &same) == 0);
    CHECK(same.data == out.data && same.len == out.len && again.data == NULL);
  }
  sztp__buf_clear(&joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__span_t whole = sztp__span(data, size);
  sztp__span_t in = whole;
  while (in.len > 0) {
    sztp__span_t before = in;
    sztp__cbor_item_t item = {0, 0, {NULL, 0}};
    int32_t rc = sztp__cbor_next(ctx, &in, &item);
    if (rc != 0) {
      CHECK(rc == SZTP_ERR_CBOR && in.data == before.data && in.len == before.len);
      fuzz_check_failure(ctx, rc);
      break;
    }
    CHECK(in.len < before.len && in.data == before.data + (before.len - in.len));
    CHECK(fuzz_inside(item.bytes, sztp__span(before.data, before.len - in.len)));
    CHECK(item.type >= SZTP__CBOR_UINT && item.type <= SZTP__CBOR_BREAK);
    check_writer(ctx, &item, before.len - in.len);
  }
  check_whole(ctx, whole);
  fuzz_ctx_free(ctx, held);
  return 0;
}
