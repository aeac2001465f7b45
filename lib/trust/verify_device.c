/* SPDX-License-Identifier: Apache-2.0 */
/* sztp_verify(): with the key function that the device has. */
#include "trust/device_private.h"
#include "trust/verify_private.h"

int32_t sztp_verify(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time, uint32_t channel,
                    sztp_verdict_t **out) {
  if (dev == NULL) return SZTP_ERR_ARG;
  return sztp__verify(dev, b, unix_time, channel, dev->key, dev->key_user, out);
}
