/* SPDX-License-Identifier: Apache-2.0 */
/* The telling itself: one fact, one group, one fault at a time. */
#include "artifacts/inspect.h"

#include <stdarg.h>

#include "ground/text.h"

#define HEX_MAX 128

static void say(sztp__look_t *l, uint32_t depth, const char *name, const char *value) {
  if (l->status < 0) return;
  if (l->fn(l->user, depth, name, value, value != NULL ? strlen(value) : 0) != 0)
    l->status = sztp__fail(l->ctx, SZTP_ERR_CANCELLED, "inspect", "stopped by the caller");
}

void sztp__tell(sztp__look_t *l, uint32_t depth, const char *name, sztp__span_t value) {
  say(l, depth, name, sztp__printable(l->text, sizeof l->text, value));
}

void sztp__tellf(sztp__look_t *l, uint32_t depth, const char *name, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  (void)sztp__vformat(l->text, sizeof l->text, fmt, args);
  va_end(args);
  say(l, depth, name, l->text);
}

void sztp__tell_hex(sztp__look_t *l, uint32_t depth, const char *name, sztp__span_t value) {
  static const char digits[] = "0123456789abcdef";
  size_t n = value.len > HEX_MAX ? HEX_MAX : value.len;
  size_t at = 0;
  for (size_t i = 0; i < n; i++) {
    l->text[at++] = digits[value.data[i] >> 4];
    l->text[at++] = digits[value.data[i] & 15];
  }
  memcpy(l->text + at, n < value.len ? "..." : "", n < value.len ? 4 : 1);
  say(l, depth, name, l->text);
}

void sztp__tell_group(sztp__look_t *l, uint32_t depth, const char *name) { say(l, depth, name, NULL); }

void sztp__tell_sha256(sztp__look_t *l, uint32_t depth, const char *name, sztp__span_t value) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  if (l->status < 0) return;
  l->status = sztp__hash_once(l->ctx, SZTP__HASH_SHA256, value, digest, &len);
  sztp__tell_hex(l, depth, name, sztp__span(digest, len));
}

void sztp__tell_fault(sztp__look_t *l, uint32_t depth, int32_t code) {
  if (code == SZTP_ERR_MEMORY && l->status == SZTP_OK) l->status = code;
  if (l->status < 0) return;
  sztp__tellf(l, depth, "fault", "%s: %s", sztp_error_name(code), sztp__trail_detail(l->ctx));
  if (l->status == SZTP_OK) sztp__trail_clear(l->ctx);
  l->faults++;
}
