/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation along a certification path (RFC 5280 6.3), as the last judge of a search. */
#ifndef SZTP_CRYPTOGRAPHY_PATH_REVOCATION_H
#define SZTP_CRYPTOGRAPHY_PATH_REVOCATION_H

#include "cryptography/path_search.h"

/* The keys that a CRL's signature was verified with. */
#define SZTP__CRL_KEYS 6
typedef struct sztp__crl_keys {
  sztp__span_t key[SZTP__CRL_KEYS]; /* SubjectPublicKeyInfo */
  int32_t code[SZTP__CRL_KEYS];     /* what came out */
  size_t count;
} sztp__crl_keys_t;

/* What a search has found out about CRLs; all 0 at first. */
typedef struct sztp__crl_memory {
  sztp__crl_keys_t *keys; /* for each CRL */
  uint8_t *signers;       /* for each of the others: whether it may sign CRLs, under the anchor below */
  const sztp__cert_t *signers_anchor; /* NULL: none was asked about */
  int gave_up;                        /* a bound ended the search for who signed a CRL */
} sztp__crl_memory_t;

/* Asks the CRLs about each certificate of chain[0] to chain[count - 1], whose signatures hold: the search's
 * accept function, with accept_user a sztp__crl_memory_t. SZTP_OK; SZTP_ERR_PKIX_REVOKED,
 * SZTP_ERR_PKIX_REVOCATION_UNKNOWN; SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__revocation_accept(sztp__search_t *s, size_t count);
void sztp__crl_memory_clear(sztp_ctx_t *ctx, sztp__crl_memory_t *known);

#endif
