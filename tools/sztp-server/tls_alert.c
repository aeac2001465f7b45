/* SPDX-License-Identifier: Apache-2.0 */
/* The usual causes of alerts, the same with each TLS library. */
#include "tls_alert.h"

#include <stdio.h>

#include "tls.h"

/* What the client refused with, in the words of RFC 8446 6.2. */
static const char *alert_text(unsigned alert) {
  switch (alert) {
  case 40: return "handshake_failure: no common version, cipher or signature";
  case 42: return "bad_certificate: it does not accept this server's certificate";
  case 43: return "unsupported_certificate: it does not accept this server's certificate";
  case 44: return "certificate_revoked";
  case 45: return "certificate_expired: check this server's certificate and the device's clock";
  case 46: return "certificate_unknown: it does not accept this server's certificate";
  case 48: return "unknown_ca: this server's certificate leads to none of its anchors";
  case 70: return "protocol_version";
  default: return "see RFC 8446 6.2";
  }
}

void tls_tell_alert(char *why, unsigned alert) {
  snprintf(why, TLS_WHY_MAX, "the client refused with the TLS alert %u, %s", alert, alert_text(alert));
}
