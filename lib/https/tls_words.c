/* SPDX-License-Identifier: Apache-2.0 */
/* Clauses about alerts, and about what a key leaves to offer. */
#include "https/tls_words.h"

#include <string.h>

#include <sztp/device.h>

#include "ground/format.h"

/* RFC 8446 6: the alerts by which servers say what they dislike. */
static const char *alert_name(unsigned alert) {
  switch (alert) {
  case 40: return "handshake_failure";
  case 42: return "bad_certificate";
  case 43: return "unsupported_certificate";
  case 44: return "certificate_revoked";
  case 45: return "certificate_expired";
  case 46: return "certificate_unknown";
  case 48: return "unknown_ca";
  case 49: return "access_denied";
  case 70: return "protocol_version";
  case 71: return "insufficient_security";
  case 80: return "internal_error";
  case 112: return "unrecognized_name";
  case 116: return "certificate_required";
  case 120: return "no_application_protocol";
  default: return "other";
  }
}

void sztp__tls_tell_alert(char *out, size_t cap, unsigned alert) {
  (void)sztp__format(out, cap, "the server refused with the TLS alert %u (%s)", alert, alert_name(alert));
}

static void put_ability_names(char *out, size_t cap, int64_t able) {
  size_t used = 0;
  (void)sztp__format(out, cap, "nothing");
  for (int bit = 0; bit < 63; bit++) {
    const char *name = (able >> bit & 1) != 0 ? sztp_key_able_name(INT64_C(1) << bit) : "";
    if (name[0] == 0 || used + strlen(name) + 3 > cap) continue;
    used += sztp__format(out + used, cap - used, "%s%s", used > 0 ? ", " : "", name);
  }
}

void sztp__tls_tell_offer(char *out, size_t cap, const sztp__tls_offer_t *o, int has_tls13, int64_t able) {
  char names[SZTP__PHRASE_SIZE];
  const char *tls12 = o->sha256 && o->sha384 ? "TLS 1.2"
                      : o->sha256            ? "TLS 1.2 with SHA-256"
                      : o->sha384            ? "TLS 1.2 with SHA-384"
                                             : "";
  out[0] = '\0';
  if (o->sha256 && o->sha384 && o->tls13 == has_tls13) return;
  put_ability_names(names, sizeof names, able);
  (void)sztp__format(out, cap, "%s%s%s was offered, since the identity's key can do %s", tls12,
                     tls12[0] != 0 && o->tls13 ? " and " : "", o->tls13 ? "TLS 1.3" : "", names);
}

void sztp__tls_tell_able(char *out, size_t cap, const char *says, int64_t able) {
  char names[SZTP__PHRASE_SIZE];
  put_ability_names(names, sizeof names, able);
  (void)sztp__format(out, cap, "%s; it can do %s", says, names);
}
