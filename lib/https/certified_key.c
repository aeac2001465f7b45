/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a certificate's public key by the structure alone. */
#include "https/certified_key.h"

#include <sztp/error.h>

#include "formats/der.h"
#include "formats/plain_key.h"

int32_t sztp__certified_key(sztp__span_t certificate, uint32_t *curve_bits, sztp__span_t *key) {
  /* fields of a TBSCertificate (RFC 5280 4.1) up to it */
  static const uint8_t before[] = {SZTP__DER_INTEGER, SZTP__DER_SEQUENCE, SZTP__DER_SEQUENCE,
                                   SZTP__DER_SEQUENCE, SZTP__DER_SEQUENCE}; /* serial number to subject */
  sztp__der_t d, outer, fields, spki;
  sztp__tlv_t skipped;
  unsigned unused = 0;
  int found = 0;
  sztp__der_init(&d, NULL, certificate);
  int32_t rc = sztp__der_enter(&d, SZTP__DER_SEQUENCE, &outer);
  if (rc == SZTP_OK) rc = sztp__der_enter(&outer, SZTP__DER_SEQUENCE, &fields);
  if (rc == SZTP_OK) rc = sztp__der_optional(&fields, SZTP__DER_CONTEXT_CONSTRUCTED, &found, &skipped);
  for (size_t i = 0; rc == SZTP_OK && i < sizeof before; i++)
    rc = sztp__der_expect(&fields, before[i], &skipped);
  if (rc == SZTP_OK) rc = sztp__der_enter(&fields, SZTP__DER_SEQUENCE, &spki);
  if (rc == SZTP_OK) rc = sztp__der_expect(&spki, SZTP__DER_SEQUENCE, &skipped);
  if (rc == SZTP_OK) rc = sztp__plain_key_kind(skipped.whole, curve_bits);
  return rc == SZTP_OK ? sztp__der_bits(&spki, key, &unused) : rc;
}
