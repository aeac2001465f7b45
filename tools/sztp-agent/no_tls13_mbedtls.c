/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys have TLS 1.2 alone with mbedTLS. */
#include "no_tls13.h"

#include <sztp/device.h>

const char *no_tls13(int64_t able) {
  return (able & SZTP_ABLE_RSA_PKCS1_SHA256) != 0
             ? "; no TLS 1.3: its RSA-PSS signatures mbedTLS makes with keys of its own alone"
             : "";
}
