/* SPDX-License-Identifier: Apache-2.0 */
/* Actions: building them, and the getters by which a host reads them. */
#include "machine/action.h"

void sztp__action_begin(sztp_action_t *a, uint32_t kind) {
  sztp__action_clear(a);
  a->kind = kind;
}

void sztp__action_clear(sztp_action_t *a) {
  for (size_t i = 0; i < a->field_count; i++) sztp__free_secret(a->ctx, a->fields[i].owned);
  memset(a->fields, 0, sizeof a->fields);
  a->field_count = 0;
  a->anchors = NULL;
  a->anchor_count = 0;
  a->kind = 0;
}

/* The next free field. How many there are is fixed by the callers in this layer, never by data from outside.
 */
static sztp__field_t *next_field(sztp_action_t *a, uint32_t field) {
  if (a->field_count >= SZTP__ACTION_FIELDS) return &a->fields[SZTP__ACTION_FIELDS - 1];
  sztp__field_t *f = &a->fields[a->field_count++];
  f->field = field;
  return f;
}

void sztp__action_put_i64(sztp_action_t *a, uint32_t field, int64_t value) {
  sztp__field_t *f = next_field(a, field);
  f->is_number = 1;
  f->number = value;
}

void sztp__action_put_u64(sztp_action_t *a, uint32_t field, uint64_t value) {
  sztp__action_put_i64(a, field, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void sztp__action_lend(sztp_action_t *a, uint32_t field, sztp__span_t bytes) {
  next_field(a, field)->bytes = bytes;
}

int32_t sztp__action_put_copy(sztp_action_t *a, uint32_t field, sztp__span_t bytes) {
  uint8_t *copy = sztp__copy(a->ctx, bytes.data, bytes.len);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  sztp__field_t *f = next_field(a, field);
  f->owned = copy;
  f->bytes = sztp__span(copy, bytes.len);
  return SZTP_OK;
}

int32_t sztp__action_put_buf(sztp_action_t *a, uint32_t field, sztp__buf_t *buf) {
  uint8_t *data = NULL;
  size_t len = 0;
  int32_t rc = sztp__buf_take(buf, &data, &len);
  if (rc < 0) return rc;
  sztp__field_t *f = next_field(a, field);
  f->owned = data;
  f->bytes = sztp__span(data, len);
  return SZTP_OK;
}

uint32_t sztp_action_kind(const sztp_action_t *a) { return a == NULL ? 0 : a->kind; }

uint64_t sztp_action_ticket(const sztp_action_t *a) { return a == NULL ? 0 : a->ticket; }

size_t sztp_action_count(const sztp_action_t *a, uint32_t field) {
  size_t n = 0;
  if (a == NULL) return 0;
  if (field == SZTP_F_ANCHOR) return a->anchor_count;
  for (size_t i = 0; i < a->field_count; i++) n += a->fields[i].field == field;
  return n;
}

static const sztp__field_t *find_field(const sztp_action_t *a, uint32_t field, size_t index) {
  for (size_t i = 0; i < a->field_count; i++)
    if (a->fields[i].field == field && index-- == 0) return &a->fields[i];
  return NULL;
}

int32_t sztp_action_i64(const sztp_action_t *a, uint32_t field, size_t index, int64_t *out) {
  if (a == NULL || out == NULL) return SZTP_ERR_ARG;
  const sztp__field_t *f = find_field(a, field, index);
  if (f == NULL) return SZTP_ERR_NOT_FOUND;
  if (!f->is_number) return SZTP_ERR_ARG;
  *out = f->number;
  return SZTP_OK;
}

int32_t sztp_action_bytes(const sztp_action_t *a, uint32_t field, size_t index, const uint8_t **data,
                          size_t *len) {
  if (a == NULL || data == NULL || len == NULL) return SZTP_ERR_ARG;
  if (field == SZTP_F_ANCHOR) {
    if (index >= a->anchor_count) return SZTP_ERR_NOT_FOUND;
    *data = a->anchors[index].der.data;
    *len = a->anchors[index].der.len;
    return SZTP_OK;
  }
  const sztp__field_t *f = find_field(a, field, index);
  if (f == NULL) return SZTP_ERR_NOT_FOUND;
  if (f->is_number) return SZTP_ERR_ARG;
  *data = f->bytes.data;
  *len = f->bytes.len;
  return SZTP_OK;
}

void sztp__reply_init(sztp__reply_t *r, sztp_ctx_t *ctx) {
  memset(r, 0, sizeof *r);
  sztp__buf_init(&r->body, ctx, SIZE_MAX);
}

void sztp__reply_clear(sztp__reply_t *r, sztp_ctx_t *ctx) {
  sztp__blob_free(ctx, &r->content_type);
  sztp__blob_free(ctx, &r->message);
  sztp__blob_free(ctx, &r->data);
  sztp_info_free(r->servers);
  for (size_t i = 0; i < 3; i++) sztp__blob_free(ctx, &r->artifacts[i]);
  for (size_t i = 0; i < r->address_count; i++) sztp__blob_free(ctx, &r->addresses[i]);
  sztp__buf_clear(&r->body);
  sztp__hash_free(r->hash);
  if (SZTP__IMAGE_SIGNATURES && r->check != NULL) r->check->judge->free(r->check);
  sztp__reply_init(r, ctx);
}

int32_t sztp__reply_reason(const sztp__reply_t *r, int32_t otherwise) {
  return sztp_error_class(r->reason) != SZTP_CLASS_NONE ? r->reason : otherwise;
}

int sztp__reply_has(const sztp__reply_t *r, uint32_t field) {
  return field >= 32 && field < 64 && (r->given >> (field - 32) & 1U) != 0;
}
