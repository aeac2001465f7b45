/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of boot images: a record (record.h) of a device's settings, firmware anchors and a signature.
 * Whatever they are: a refusal has its reason, in one piece and in many the same comes out, whoever has no
 * anchors believes nobody, all memory comes back, and there is an end to the work. fuzz_image_signed is this
 * with every signature good. */
#include "fuzz/fuzzing.h"

#include <sztp/image.h>

#include "cryptography/path.h"
#include "fuzz/mutate.h"
#include "fuzz/record.h"

/* As fuzz/make-seeds signs it. */
static const char image[] = "octets";

static int32_t judge(const record_t *r, const sztp_device_t *dev, sztp_ctx_t *ctx, size_t piece) {
  const size_t len = sizeof image - 1;
  sztp__span_t signature = record_part(r, RECORD_BODY);
  sztp_image_check_t *check = NULL;
  sztp__trail_clear(ctx);
  int32_t rc = sztp_image_check_new(ctx, dev, signature.data, signature.len, r->time, &check);
  CHECK((rc == 0) == (check != NULL));
  for (size_t at = 0; rc == 0 && at < len; at += piece)
    rc = sztp_image_check_write(check, (const uint8_t *)image + at, len - at < piece ? len - at : piece);
  if (rc == 0) rc = sztp_image_check_end(check);
  if (rc != 0) fuzz_check_failure(ctx, rc);
  sztp_image_check_free(check);
  return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static record_t r;
  uint64_t held = 0;
  int limited = 0;
  size_t anchors = 0;
  record_read(&r, data, size);
  sztp_ctx_t *ctx = record_ctx(&r, &held, &limited);
  sztp_device_t *dev = record_device(&r, ctx);
  CHECK(limited || dev != NULL);
  for (size_t i = 0; dev != NULL && i < r.count; i++)
    if (r.parts[i].kind == RECORD_ANCHOR &&
        sztp_device_add_firmware_anchors(dev, r.parts[i].data.data, r.parts[i].data.len) == 0)
      anchors++;
  if (dev != NULL && record_part(&r, RECORD_BODY).len > 0) {
    uint64_t before = fuzz_held(ctx);
    int32_t rc = judge(&r, dev, ctx, sizeof image);
    CHECK(rc != 0 || anchors > 0);
    CHECK(fuzz_held(ctx) == before);
    CHECK(judge(&r, dev, ctx, 1) == rc);
    CHECK(fuzz_held(ctx) == before);
  }
  sztp_device_free(dev);
  fuzz_ctx_free(ctx, held);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
  return fuzz_mutate_record(data, size, max_size, seed);
}
