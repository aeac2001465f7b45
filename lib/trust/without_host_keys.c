/* SPDX-License-Identifier: Apache-2.0 */
/* A build whose last progress report has neither SSH host keys nor trust anchors (make HOST_KEYS=0). */
#include "trust/device_private.h"

int32_t sztp__host_key_add(sztp_device_t *dev, const char *algorithm, const uint8_t *blob, size_t len) {
  (void)algorithm;
  (void)blob;
  (void)len;
  return sztp__report_anchor_take(dev, NULL);
}

int32_t sztp__report_anchor_take(sztp_device_t *dev, const sztp__certs_t *list) {
  (void)list;
  return sztp__fail(
      dev->ctx, SZTP_ERR_UNSUPPORTED, "device.host-key",
      "this library was built without host keys and anchors in reports (SZTP_FEATURE_HOST_KEYS)");
}

void sztp__host_keys_free(sztp_device_t *dev) { (void)dev; }
