/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR: items follow each other without gap, and those that can be written read the same once more. */
#include "fuzzing.h"

#include "formats/cbor.h"

static void check_writer(sztp_ctx_t *ctx, const sztp__cbor_item_t *item, size_t was) {
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, SIZE_MAX / 4);
  switch (item->type) {
  case SZTP__CBOR_UINT: sztp__cbor_put_uint(&out, item->number); break;
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
    CHECK(item.type >= SZTP__CBOR_UINT && item.type <= SZTP__CBOR_NULL);
    check_writer(ctx, &item, before.len - in.len);
  }
  fuzz_ctx_free(ctx, held);
  return 0;
}
