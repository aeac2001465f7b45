/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes records, and makes of them what they say. */
#include "fuzz/record.h"

/* Policies by the bit that turns them on. A new one gets a line. */
static const struct {
  uint32_t bit;
  uint32_t policy;
  uint64_t value;
} policies[] = {
    {0, SZTP_POLICY_SIGNED_ONLY, 1},
    {1, SZTP_POLICY_SIGNED_ATTRS, 1},
    {2, SZTP_POLICY_NONCE_REQUIRED, 1},
    {3, SZTP_POLICY_NONCE_ALWAYS, 1},
    {4, SZTP_POLICY_EXPIRY_NEEDS_CLOCK, 1},
    {5, SZTP_POLICY_ALLOW_SHA1, 1},
    {6, SZTP_POLICY_REVISED_VOUCHER, 1},
    {7, SZTP_POLICY_REVOCATION, SZTP_REVOCATION_OFF},
    {8, SZTP_POLICY_REVOCATION, SZTP_REVOCATION_REQUIRED},
    {9, SZTP_POLICY_ASSERTIONS, 15},
    {10, SZTP_POLICY_PROVISIONAL_FALLBACK, 1},
    {11, SZTP_POLICY_COMMON_NAME, 1},
    {12, SZTP_POLICY_LENIENT_DHCP, 1},
    {13, SZTP_POLICY_IMAGE_SIGNATURE, 1},
    {14, SZTP_POLICY_NO_HOST_META, 1},
    {15, SZTP_POLICY_NO_SCRIPT_OUTPUT, 1},
    /* bits 16 to 22 are the targets' own */
    {23, SZTP_POLICY_CONSTRAINED_VOUCHER, 1},
};
#define BUDGET_SHIFT 24
#define BUDGET_STEP  (UINT64_C(4) << 10)

enum { CLOCK_UNKNOWN, CLOCK_RIGHT, CLOCK_FLOOR, CLOCK_LATE };

void record_read(record_t *r, const uint8_t *data, size_t size) {
  static const int64_t times[] = {SZTP_TIME_UNKNOWN, RECORD_TIME, SZTP_TIME_UNKNOWN, RECORD_TIME_LATE};
  size_t at = RECORD_HEAD;
  memset(r, 0, sizeof *r);
  if (size < RECORD_HEAD) return;
  r->channel = data[0] & 1;
  r->clock = data[0] >> 1 & 3;
  r->time = times[r->clock];
  for (size_t i = 1; i < RECORD_HEAD; i++) r->switches = r->switches << 8 | data[i];
  while (r->count < RECORD_PARTS && size - at >= RECORD_PART_HEAD) {
    size_t len = (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3];
    record_part_t *part = &r->parts[r->count++];
    part->kind = data[at];
    at += RECORD_PART_HEAD;
    if (len > size - at) len = size - at;
    part->data = sztp__span(data + at, len);
    at += len;
  }
}

size_t record_write(const record_t *r, uint8_t *out, size_t cap) {
  size_t at = RECORD_HEAD;
  if (cap < RECORD_HEAD) return 0;
  out[0] = (uint8_t)(r->channel | r->clock << 1);
  for (size_t i = 1; i < RECORD_HEAD; i++) out[i] = (uint8_t)(r->switches >> (8 * (RECORD_HEAD - 1 - i)));
  for (size_t i = 0; i < r->count; i++) {
    sztp__span_t data = r->parts[i].data;
    if (cap - at < RECORD_PART_HEAD + data.len || data.len > 0xffffff) return 0;
    out[at++] = r->parts[i].kind;
    out[at++] = (uint8_t)(data.len >> 16);
    out[at++] = (uint8_t)(data.len >> 8);
    out[at++] = (uint8_t)data.len;
    if (data.len > 0) memmove(out + at, data.data, data.len);
    at += data.len;
  }
  return at;
}

sztp__span_t record_part(const record_t *r, uint8_t kind) {
  for (size_t i = 0; i < r->count; i++)
    if (r->parts[i].kind == kind) return r->parts[i].data;
  return sztp__span(NULL, 0);
}

sztp_ctx_t *record_ctx(const record_t *r, uint64_t *held, int *limited) {
  uint64_t budget = r->switches >> BUDGET_SHIFT;
  sztp_ctx_t *ctx = fuzz_ctx_new(held);
  *limited = budget > 0;
  if (*limited) CHECK(sztp_ctx_set_i64(ctx, SZTP_LIMIT_MEMORY, (int64_t)(budget * BUDGET_STEP + *held)) == 0);
  return ctx;
}

static void set_serial(sztp_device_t *dev, sztp__span_t serial) {
  char text[64];
  if (serial.data == NULL || serial.len >= sizeof text) return;
  memcpy(text, serial.data, serial.len);
  text[serial.len] = '\0';
  (void)sztp_device_set_text(dev, SZTP_DEVICE_SERIAL, text);
}

sztp_device_t *record_device(const record_t *r, sztp_ctx_t *ctx) {
  sztp_device_t *dev = NULL;
  if (sztp_device_new(ctx, &dev) != 0) return NULL; /* no memory */
  set_serial(dev, record_part(r, RECORD_SERIAL));
  for (size_t i = 0; i < r->count; i++) {
    sztp__span_t data = r->parts[i].data;
    uint32_t role = r->parts[i].kind == RECORD_ANCHOR     ? (uint32_t)SZTP_CERT_VOUCHER_ANCHOR
                    : r->parts[i].kind == RECORD_SERVERS  ? (uint32_t)SZTP_CERT_SERVER_ANCHOR
                    : r->parts[i].kind == RECORD_IDENTITY ? (uint32_t)SZTP_CERT_IDENTITY
                                                          : 0;
    if (role != 0) (void)sztp_device_add_cert(dev, role, data.data, data.len);
  }
  for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
    if (r->switches >> policies[i].bit & 1)
      CHECK(sztp_device_set_i64(dev, policies[i].policy, (int64_t)policies[i].value) == 0);
  if (r->clock == CLOCK_FLOOR)
    CHECK(sztp_device_set_i64(dev, SZTP_POLICY_TIME_FLOOR, (uint64_t)RECORD_TIME) == 0);
  return dev;
}

sztp_bundle_t *record_bundle(const record_t *r, sztp_ctx_t *ctx) {
  sztp_bundle_t *b = NULL;
  if (sztp_bundle_new(ctx, &b) != 0) return NULL;
  for (size_t i = 0; i < r->count; i++)
    (void)sztp_bundle_set(b, r->parts[i].kind, r->parts[i].data.data, r->parts[i].data.len);
  return b;
}
