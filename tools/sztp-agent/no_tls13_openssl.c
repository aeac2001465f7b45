/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys have TLS 1.3 with OpenSSL if they make the signatures that it wants. */
#include "no_tls13.h"

#include <sztp/device.h>

const char *no_tls13(int64_t able) {
  int pkcs1 =
      (able & (SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PKCS1_SHA384 | SZTP_ABLE_RSA_PKCS1_SHA512)) != 0;
  int pss = (able & (SZTP_ABLE_RSA_PSS_SHA256 | SZTP_ABLE_RSA_PSS_SHA384 | SZTP_ABLE_RSA_PSS_SHA512)) != 0;
  return pkcs1 && !pss ? "; no TLS 1.3: it makes no RSA-PSS signatures" : "";
}
