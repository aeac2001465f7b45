/* SPDX-License-Identifier: Apache-2.0 */
/* A build without certificate signing requests (make CSR=0). */
#include <sztp/device.h>

#include "trust/device_private.h"

int32_t sztp_device_set_csr(sztp_device_t *dev, uint32_t formats, uint32_t algorithms) {
  if (dev == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp__device_may_set(dev);
  if (rc < 0 || (formats == 0 && algorithms == 0)) return rc;
  return sztp__fail(dev->ctx, SZTP_ERR_UNSUPPORTED, "device.csr",
                    "this library was built without certificate signing requests (SZTP_FEATURE_CSR)");
}
