/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in the forms of RFC 5958. */
#ifndef SZTP_FORMATS_PKCS8_H
#define SZTP_FORMATS_PKCS8_H

#include <stddef.h>
#include <stdint.h>

/* Makes of a OneAsymmetricKey of version 2, or of one with attributes, a PrivateKeyInfo of version 1 with
 * nothing after the key, which every library reads; in place, wiping what is left over. Returns the length
 * then. What is none is not changed. */
size_t sztp__pkcs8_plain(uint8_t *der, size_t len);

#endif
