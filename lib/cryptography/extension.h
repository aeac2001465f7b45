/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions as certificates, CRLs and CRL entries have them (RFC 5280 4.1, 5.1). */
#ifndef SZTP_CRYPTOGRAPHY_EXTENSION_H
#define SZTP_CRYPTOGRAPHY_EXTENSION_H

#include "formats/der.h"

/* More would only make the search for repeated ones slow. */
#define SZTP__EXTENSIONS_MAX 64

typedef struct sztp__extension {
  sztp__span_t oid;
  int critical;
  sztp__der_t value; /* the octets of extnValue */
} sztp__extension_t;

/* What becomes of one extension: 0, or why the whole is refused. */
typedef int32_t (*sztp__extension_fn)(void *user, const sztp__extension_t *extension);

/* Reads Extensions, the one SEQUENCE that all of @p field is, and gives each to @p fn. SZTP_ERR_DER for an
 * empty list, one that is broken, too long, or has one extension twice; or what @p fn returns. */
int32_t sztp__extensions_read(sztp__der_t *field, sztp__extension_fn fn, void *user);

/* The last arc of an extension of id-ce (2.5.29), 0 for any other. */
uint8_t sztp__extension_number(sztp__span_t oid);

/* Enters the one element with @p tag that the whole value is. */
int32_t sztp__extension_enter(const sztp__extension_t *extension, uint8_t tag, sztp__der_t *inside);

#endif
