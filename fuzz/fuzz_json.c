/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: a document that is accepted and written down reads the same once more. */
#include "fuzzing.h"

#include "formats/json.h"
#include "ground/text.h"

/* Writes a value. The recursion is bounded by SZTP_LIMIT_DEPTH. */
static void write_value(sztp__buf_t *out, const sztp__json_value_t *v) {
  uint32_t type = sztp__json_type(v);
  sztp__span_t text;
  switch (type) {
  case SZTP__JSON_NULL: sztp__buf_add_text(out, "null"); return;
  case SZTP__JSON_BOOL: sztp__buf_add_text(out, sztp__json_bool(v) ? "true" : "false"); return;
  case SZTP__JSON_NUMBER: sztp__buf_add_span(out, sztp__json_number(v)); return;
  case SZTP__JSON_STRING:
    text = sztp__json_string(v);
    CHECK(sztp__utf8_valid(text) && (text.len == 0 || memchr(text.data, 0, text.len) == NULL));
    sztp__json_put_string(out, text);
    return;
  default: CHECK(type == SZTP__JSON_ARRAY || type == SZTP__JSON_OBJECT);
  }
  int first = 1;
  sztp__buf_add_u8(out, type == SZTP__JSON_ARRAY ? '[' : '{');
  for (const sztp__json_value_t *child = sztp__json_first(v); child != NULL; child = sztp__json_next(child)) {
    if (!first) sztp__buf_add_u8(out, ',');
    first = 0;
    if (type == SZTP__JSON_OBJECT) {
      CHECK(sztp__json_member(v, sztp__json_name(child)) == child); /* no name twice */
      sztp__json_put_string(out, sztp__span_of(sztp__json_name(child)));
      sztp__buf_add_u8(out, ':');
    }
    write_value(out, child);
  }
  sztp__buf_add_u8(out, type == SZTP__JSON_ARRAY ? ']' : '}');
}

/* Parses and writes; 0 if the document is refused. */
static int rewrite(sztp_ctx_t *ctx, sztp__span_t text, sztp__buf_t *out) {
  sztp__json_t *doc = NULL;
  sztp__trail_clear(ctx);
  int32_t rc = sztp__json_parse(ctx, text, &doc);
  if (rc != 0) {
    CHECK(doc == NULL && (rc == SZTP_ERR_JSON || rc == SZTP_ERR_LIMIT));
    fuzz_check_failure(ctx, rc);
    return 0;
  }
  write_value(out, sztp__json_root(doc));
  CHECK(out->status == 0);
  sztp__json_free(doc);
  return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  sztp__buf_t first;
  sztp__buf_t second;
  sztp__buf_init(&first, ctx, SIZE_MAX / 4);
  sztp__buf_init(&second, ctx, SIZE_MAX / 4);
  CHECK(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMBERS, 400) == 0); /* the look at each name by name is quadratic */
  if (rewrite(ctx, sztp__span(data, size), &first)) {
    CHECK(rewrite(ctx, sztp__buf_span(&first), &second));
    CHECK(sztp__span_equal(sztp__buf_span(&first), sztp__buf_span(&second)));
  }
  sztp__buf_clear(&first);
  sztp__buf_clear(&second);
  fuzz_ctx_free(ctx, held);
  return 0;
}
