/* SPDX-License-Identifier: Apache-2.0 */
/* Puts DER into PEM (RFC 7468): what is made is in that form even where no PEM is read. */
#include "formats/armor.h"
#include "ground/text.h"

#define COLUMNS     64
#define LINE_OCTETS (COLUMNS / 4 * 3)

int32_t sztp__pem_put(sztp__buf_t *out, const char *label, sztp__span_t der) {
  sztp__buf_addf(out, "-----BEGIN %s-----\n", label);
  for (size_t at = 0; at < der.len; at += LINE_OCTETS) {
    size_t len = der.len - at < LINE_OCTETS ? der.len - at : LINE_OCTETS;
    sztp__base64_encode(out, sztp__span(der.data + at, len));
    sztp__buf_add_u8(out, (uint8_t)'\n');
  }
  return sztp__buf_addf(out, "-----END %s-----\n", label);
}
