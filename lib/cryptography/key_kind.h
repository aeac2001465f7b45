/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of keys that can be made (SZTP_ALGORITHM_*), and their AlgorithmIdentifiers as they stand in
 * SubjectPublicKeyInfo. */
#ifndef SZTP_CRYPTOGRAPHY_KEY_KIND_H
#define SZTP_CRYPTOGRAPHY_KEY_KIND_H

#include "cryptography/crypto.h"

/* DER of the AlgorithmIdentifier of @p kind, one bit; {NULL, 0} if it is none. */
sztp__span_t sztp__key_kind_identifier(uint32_t kind);
/* The kind that @p identifier names, RSA with or without its NULL; 0 if it is none. */
uint32_t sztp__key_kind_named(sztp__span_t identifier);
/* The kind of a public key; 0 if it is none of them. */
uint32_t sztp__key_kind_of(const sztp__keyinfo_t *key);
/* Its name, "P-256"; "" for no single bit. */
const char *sztp__key_kind_name(uint32_t kind);

#endif
