/* SPDX-License-Identifier: Apache-2.0 */
/* A build without signatures of boot images (make IMAGE_SIGNATURES=0): no firmware anchors can be given, and
 * so an image without the owner's fingerprint is refused. */
#include <sztp/image.h>

#include "trust/device_private.h"

static int32_t no_signatures(sztp_ctx_t *ctx) {
  return sztp__fail(
      ctx, SZTP_ERR_UNSUPPORTED, "image-signature",
      "this library was built without signatures of boot images (SZTP_FEATURE_IMAGE_SIGNATURE)");
}

int32_t sztp_device_add_firmware_anchors(sztp_device_t *dev, const uint8_t *data, size_t len) {
  (void)data;
  (void)len;
  if (dev == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  return rc < 0 ? rc : no_signatures(dev->ctx);
}

int32_t sztp_image_check_new(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *signature, size_t len,
                             int64_t unix_time, sztp_image_check_t **out) {
  (void)dev;
  (void)signature;
  (void)len;
  (void)unix_time;
  (void)out;
  if (ctx == NULL) return SZTP_ERR_ARG;
  return sztp__enter(ctx) < 0 ? SZTP_ERR_REENTRY : no_signatures(ctx);
}

int32_t sztp_image_check_write(sztp_image_check_t *check, const uint8_t *data, size_t len) {
  (void)check;
  (void)data;
  (void)len;
  return SZTP_ERR_ARG;
}

int32_t sztp_image_check_end(sztp_image_check_t *check) {
  (void)check;
  return SZTP_ERR_ARG;
}

void sztp_image_check_free(sztp_image_check_t *check) { (void)check; }
