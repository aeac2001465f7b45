/* SPDX-License-Identifier: Apache-2.0 */
/* The state that survives a reboot, as CBOR. */
#include "machine/saved.h"

#include "formats/cbor.h"

enum { KEY_VERSION = 0, KEY_OS_NAME = 1, KEY_OS_VERSION = 2, KEY_INSTALLS = 3, KEY_UNDO = 4, KEY_COUNT = 5 };
#define VERSION 1

int32_t sztp__saved_write(const sztp__saved_t *saved, sztp__buf_t *out) {
  if (saved->installs == 0 && saved->undo == 0) return SZTP_OK;
  sztp__cbor_put_map(out, KEY_COUNT);
  sztp__cbor_put_uint(out, KEY_VERSION);
  sztp__cbor_put_uint(out, VERSION);
  sztp__cbor_put_uint(out, KEY_OS_NAME);
  sztp__cbor_put_bytes(out, sztp__span_of(saved->os_name));
  sztp__cbor_put_uint(out, KEY_OS_VERSION);
  sztp__cbor_put_bytes(out, sztp__span_of(saved->os_version));
  sztp__cbor_put_uint(out, KEY_INSTALLS);
  sztp__cbor_put_uint(out, saved->installs);
  sztp__cbor_put_uint(out, KEY_UNDO);
  return sztp__cbor_put_uint(out, saved->undo);
}

static int32_t broken(sztp_ctx_t *ctx, const char *what) {
  return sztp__fail(ctx, SZTP_ERR_CBOR, "saved", "the saved state is damaged: %s", what);
}

static int32_t take_name(sztp_ctx_t *ctx, const sztp__cbor_item_t *item, char *out) {
  if (item->type != SZTP__CBOR_BYTES || item->bytes.len > SZTP__SAVED_NAME_MAX ||
      (item->bytes.len > 0 && memchr(item->bytes.data, 0, item->bytes.len) != NULL))
    return broken(ctx, "a name");
  if (item->bytes.len > 0) memcpy(out, item->bytes.data, item->bytes.len);
  out[item->bytes.len] = '\0';
  return SZTP_OK;
}

static int32_t take_number(sztp_ctx_t *ctx, const sztp__cbor_item_t *item, uint32_t *out) {
  if (item->type != SZTP__CBOR_UINT || item->number > UINT32_MAX) return broken(ctx, "a number");
  *out = (uint32_t)item->number;
  return SZTP_OK;
}

static int32_t take(sztp_ctx_t *ctx, uint64_t key, const sztp__cbor_item_t *item, sztp__saved_t *saved) {
  uint32_t version = 0;
  int32_t rc = SZTP_OK;
  switch (key) {
  case KEY_VERSION:
    rc = take_number(ctx, item, &version);
    if (rc == SZTP_OK && version != VERSION)
      rc = sztp__fail(ctx, SZTP_ERR_ABI, "saved", "saved state of version %u; %d is known", (unsigned)version,
                      VERSION);
    return rc;
  case KEY_OS_NAME: return take_name(ctx, item, saved->os_name);
  case KEY_OS_VERSION: return take_name(ctx, item, saved->os_version);
  case KEY_INSTALLS: return take_number(ctx, item, &saved->installs);
  case KEY_UNDO: return take_number(ctx, item, &saved->undo);
  default: return broken(ctx, "an unknown key");
  }
}

int32_t sztp__saved_read(sztp_ctx_t *ctx, sztp__span_t input, sztp__saved_t *out) {
  sztp__saved_t saved;
  sztp__cbor_item_t item;
  memset(&saved, 0, sizeof saved);
  if (input.len > 0) {
    int32_t rc = sztp__cbor_next(ctx, &input, &item);
    if (rc == SZTP_OK && (item.type != SZTP__CBOR_MAP || item.number != KEY_COUNT))
      rc = broken(ctx, "not the map");
    for (uint64_t key = 0; rc == SZTP_OK && key < KEY_COUNT; key++) {
      rc = sztp__cbor_next(ctx, &input, &item);
      if (rc == SZTP_OK && (item.type != SZTP__CBOR_UINT || item.number != key)) rc = broken(ctx, "its keys");
      if (rc == SZTP_OK) rc = sztp__cbor_next(ctx, &input, &item);
      if (rc == SZTP_OK) rc = take(ctx, key, &item, &saved);
    }
    if (rc == SZTP_OK && input.len > 0) rc = broken(ctx, "octets behind it");
    if (rc == SZTP_OK && (saved.undo & ~0xeU) != 0) rc = broken(ctx, "stages");
    if (rc < 0) return rc;
  }
  *out = saved;
  return SZTP_OK;
}
