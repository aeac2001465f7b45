/* SPDX-License-Identifier: Apache-2.0 */
/* Growing runs of octets. */
#include "ground/buf.h"

#define FIRST_SIZE 64

void sztp__buf_init(sztp__buf_t *b, sztp_ctx_t *ctx, size_t max) {
  memset(b, 0, sizeof *b);
  b->ctx = ctx;
  b->max = max;
}

void sztp__buf_clear(sztp__buf_t *b) {
  sztp__free_secret(b->ctx, b->data);
  sztp__buf_init(b, b->ctx, b->max);
}

/* Sets the capacity to @p cap octets of contents. */
static int32_t set_capacity(sztp__buf_t *b, size_t cap) {
  if (cap == SIZE_MAX)
    return b->status = sztp__fail(b->ctx, SZTP_ERR_LIMIT, "buffer", "size beyond the machine's");
  uint8_t *data = sztp__realloc(b->ctx, b->data, cap + 1);
  if (data == NULL) return b->status = SZTP_ERR_MEMORY;
  b->data = data;
  b->cap = cap;
  b->data[b->len] = '\0';
  return SZTP_OK;
}

/* 0, or the sticky failure if @p more octets would exceed the maximum. */
static int32_t check_room(sztp__buf_t *b, size_t more) {
  if (b->status != SZTP_OK) return b->status;
  if (b->len <= b->max && more <= b->max - b->len) return SZTP_OK;
  return b->status = sztp__fail(b->ctx, SZTP_ERR_LIMIT, "buffer", "%zu more octets after %zu, at most %zu",
                                more, b->len, b->max);
}

int32_t sztp__buf_reserve(sztp__buf_t *b, size_t more) {
  int32_t rc = check_room(b, more);
  if (rc != SZTP_OK) return rc;
  if (b->data != NULL && more <= b->cap - b->len) return SZTP_OK;
  return set_capacity(b, b->len + more);
}

/* As reserve, but grows in large steps, so that many small additions cost few copies. */
static int32_t make_room(sztp__buf_t *b, size_t more) {
  int32_t rc = check_room(b, more);
  if (rc != SZTP_OK) return rc;
  if (b->data != NULL && more <= b->cap - b->len) return SZTP_OK;
  size_t need = b->len + more;
  size_t cap = b->cap <= b->max / 2 ? b->cap * 2 : b->max;
  if (cap < FIRST_SIZE) cap = FIRST_SIZE;
  if (cap > b->max) cap = b->max;
  return set_capacity(b, cap > need ? cap : need);
}

int32_t sztp__buf_add(sztp__buf_t *b, const void *data, size_t len) {
  int32_t rc = make_room(b, len);
  if (rc != SZTP_OK) return rc;
  if (len > 0) memcpy(b->data + b->len, data, len);
  b->len += len;
  b->data[b->len] = '\0';
  return SZTP_OK;
}

int32_t sztp__buf_add_span(sztp__buf_t *b, sztp__span_t s) { return sztp__buf_add(b, s.data, s.len); }

int32_t sztp__buf_add_text(sztp__buf_t *b, const char *text) { return sztp__buf_add(b, text, strlen(text)); }

int32_t sztp__buf_add_u8(sztp__buf_t *b, uint8_t octet) { return sztp__buf_add(b, &octet, 1); }

int32_t sztp__buf_addf(sztp__buf_t *b, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  size_t n = sztp__vformat(NULL, 0, fmt, args);
  va_end(args);
  int32_t rc = make_room(b, n);
  if (rc < 0) return rc;
  va_start(args, fmt);
  b->len += sztp__vformat((char *)b->data + b->len, n + 1, fmt, args);
  va_end(args);
  return SZTP_OK;
}

int32_t sztp__buf_take(sztp__buf_t *b, uint8_t **data, size_t *len) {
  if (b->status == SZTP_OK && b->data == NULL) set_capacity(b, 0);
  if (b->status != SZTP_OK) return b->status;
  *data = sztp__realloc(b->ctx, b->data, b->len + 1); /* smaller or equal: never fails */
  *len = b->len;
  sztp__buf_init(b, b->ctx, b->max);
  return SZTP_OK;
}
