/* SPDX-License-Identifier: Apache-2.0 */
/* The state that survives a reboot, as CBOR. */
#include "machine/saved.h"

#include "formats/cbor.h"

/* What version 1.0 has, in this order; from MINOR on what later versions added. */
enum {
  KEY_MAJOR = 0,
  KEY_OS_NAME = 1,
  KEY_OS_VERSION = 2,
  KEY_INSTALLS = 3,
  KEY_UNDO = 4,
  KEY_MINOR = 5,
  KEY_BEGUN = 6,
  KEY_KEY = 7,
  KEY_OWNER = 8,
  KEY_COUNT = KEY_MINOR
};
#define MAJOR       1
#define MINOR       3 /* 1.0 does not write it */
#define MEMBERS_MAX 64

int32_t sztp__saved_write(const sztp__saved_t *saved, sztp__buf_t *out) {
  if (saved->installs == 0 && saved->undo == 0 && saved->begun == 0 && !saved->has_key && !saved->has_owner)
    return SZTP_OK;
  uint32_t minor = saved->has_owner ? 3 : saved->has_key ? 2 : saved->begun != 0;
  sztp__cbor_put_map(out, (size_t)KEY_COUNT + (minor > 0 ? 1 : 0) + (saved->begun != 0 ? 1 : 0) +
                              saved->has_key + saved->has_owner);
  sztp__cbor_put_uint(out, KEY_MAJOR);
  sztp__cbor_put_uint(out, MAJOR);
  sztp__cbor_put_uint(out, KEY_OS_NAME);
  sztp__cbor_put_bytes(out, sztp__span_of(saved->os_name));
  sztp__cbor_put_uint(out, KEY_OS_VERSION);
  sztp__cbor_put_bytes(out, sztp__span_of(saved->os_version));
  sztp__cbor_put_uint(out, KEY_INSTALLS);
  sztp__cbor_put_uint(out, saved->installs);
  sztp__cbor_put_uint(out, KEY_UNDO);
  sztp__cbor_put_uint(out, saved->undo);
  if (minor > 0) {
    sztp__cbor_put_uint(out, KEY_MINOR);
    sztp__cbor_put_uint(out, minor);
  }
  if (saved->begun != 0) {
    sztp__cbor_put_uint(out, KEY_BEGUN);
    sztp__cbor_put_uint(out, saved->begun);
  }
  if (saved->has_key) {
    sztp__cbor_put_uint(out, KEY_KEY);
    sztp__cbor_put_bytes(out, sztp__span(saved->key, sizeof saved->key));
  }
  if (saved->has_owner) {
    sztp__cbor_put_uint(out, KEY_OWNER);
    sztp__cbor_put_bytes(out, sztp__span(saved->owner, sizeof saved->owner));
  }
  return out->status;
}

static int32_t broken(sztp_ctx_t *ctx, const char *what) {
  return sztp__fail(ctx, SZTP_ERR_CBOR, "saved", "the saved state is damaged: %s", what);
}

static int32_t take_saved_name(sztp_ctx_t *ctx, const sztp__cbor_item_t *item, char *out) {
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

static int32_t take_major(sztp_ctx_t *ctx, const sztp__cbor_item_t *item) {
  uint32_t major = 0;
  int32_t rc = take_number(ctx, item, &major);
  if (rc == SZTP_OK && major != MAJOR)
    rc = sztp__fail(ctx, SZTP_ERR_ABI, "saved", "saved state of version %u; %d is known", (unsigned)major,
                    MAJOR);
  return rc;
}

static int32_t take_minor(sztp_ctx_t *ctx, const sztp__cbor_item_t *item, uint32_t *minor) {
  int32_t rc = take_number(ctx, item, minor);
  return rc == SZTP_OK && *minor == 0 ? broken(ctx, "its minor version") : rc;
}

static int32_t take_key_name(sztp_ctx_t *ctx, const sztp__cbor_item_t *item, uint8_t name[SZTP__KEY_NAME],
                             uint8_t *has) {
  if (item->type != SZTP__CBOR_BYTES || item->bytes.len != SZTP__KEY_NAME)
    return broken(ctx, "the name of a key");
  memcpy(name, item->bytes.data, SZTP__KEY_NAME);
  *has = 1;
  return SZTP_OK;
}

/* A member of a later minor version is passed over. */
static int32_t take_later(sztp_ctx_t *ctx, const sztp__cbor_item_t *item, const uint32_t *minor) {
  if (*minor <= MINOR) return broken(ctx, "an unknown key");
  if (item->type != SZTP__CBOR_UINT && item->type != SZTP__CBOR_BYTES) return broken(ctx, "a member");
  return SZTP_OK;
}

static int32_t take_member(sztp_ctx_t *ctx, uint64_t key, const sztp__cbor_item_t *item, sztp__saved_t *saved,
                           uint32_t *minor) {
  switch (key) {
  case KEY_MAJOR: return take_major(ctx, item);
  case KEY_OS_NAME: return take_saved_name(ctx, item, saved->os_name);
  case KEY_OS_VERSION: return take_saved_name(ctx, item, saved->os_version);
  case KEY_INSTALLS: return take_number(ctx, item, &saved->installs);
  case KEY_UNDO: return take_number(ctx, item, &saved->undo);
  case KEY_MINOR: return take_minor(ctx, item, minor);
  case KEY_BEGUN: return take_number(ctx, item, &saved->begun);
  case KEY_KEY: return take_key_name(ctx, item, saved->key, &saved->has_key);
  case KEY_OWNER: return take_key_name(ctx, item, saved->owner, &saved->has_owner);
  default: return take_later(ctx, item, minor);
  }
}

/* The keys of version 1.0 are there, one after another; later ones ascend. */
static int32_t take_members(sztp_ctx_t *ctx, sztp__span_t *input, uint64_t count, sztp__saved_t *saved) {
  sztp__cbor_item_t item;
  uint32_t minor = 0;
  uint64_t last = 0;
  int32_t rc = SZTP_OK;
  for (uint64_t i = 0; rc == SZTP_OK && i < count; i++) {
    rc = sztp__cbor_next(ctx, input, &item);
    if (rc < 0) return rc;
    uint64_t key = item.number;
    if (item.type != SZTP__CBOR_UINT || (i <= KEY_MINOR ? key != i : key <= last))
      return broken(ctx, "its keys");
    last = key;
    rc = sztp__cbor_next(ctx, input, &item);
    if (rc == SZTP_OK) rc = take_member(ctx, key, &item, saved, &minor);
  }
  return rc;
}

int32_t sztp__saved_read(sztp_ctx_t *ctx, sztp__span_t input, sztp__saved_t *out) {
  sztp__saved_t saved;
  sztp__cbor_item_t item;
  memset(&saved, 0, sizeof saved);
  if (input.len > 0) {
    int32_t rc = sztp__cbor_next(ctx, &input, &item);
    if (rc == SZTP_OK &&
        (item.type != SZTP__CBOR_MAP || item.number < KEY_COUNT || item.number > MEMBERS_MAX))
      rc = broken(ctx, "not the map");
    if (rc == SZTP_OK) rc = take_members(ctx, &input, item.number, &saved);
    if (rc == SZTP_OK && input.len > 0) rc = broken(ctx, "octets after it");
    if (rc == SZTP_OK && (saved.undo & ~SZTP__SAVED_STAGES) != 0) rc = broken(ctx, "stages");
    if (rc < 0) return rc;
  }
  *out = saved;
  return SZTP_OK;
}
