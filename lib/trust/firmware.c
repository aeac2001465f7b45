/* SPDX-License-Identifier: Apache-2.0 */
/* The device's trust anchors for signatures of boot images (FW-03). */
#include "trust/image_check.h"

int32_t sztp_device_add_firmware_anchors(sztp_device_t *dev, const uint8_t *data, size_t len) {
  if (dev == NULL || data == NULL || len == 0) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc < 0) return rc;
  struct sztp__firmware *firmware = dev->firmware;
  if (firmware == NULL) firmware = sztp__alloc(dev->ctx, sizeof *firmware);
  if (firmware == NULL) return SZTP_ERR_MEMORY;
  rc = sztp__device_take_anchors(dev, &firmware->anchors, sztp__span(data, len));
  firmware->judge = &sztp__image_judge;
  if (rc == SZTP_OK)
    dev->firmware = firmware;
  else if (dev->firmware == NULL)
    sztp__free(dev->ctx, firmware);
  return rc;
}
