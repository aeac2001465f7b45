/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation along a certification path (RFC 5280 6.3), as the last judge of a search. */
#ifndef SZTP_CRYPTOGRAPHY_PATH_REVOCATION_H
#define SZTP_CRYPTOGRAPHY_PATH_REVOCATION_H

#include "cryptography/path_search.h"

/* Asks the CRLs about each certificate of chain[0] to chain[count - 1], whose signatures hold: the search's
 * accept function. SZTP_OK; SZTP_ERR_PKIX_REVOKED, SZTP_ERR_PKIX_REVOCATION_UNKNOWN; SZTP_ERR_LIMIT;
 * SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__revocation_accept(sztp__search_t *s, size_t count);

#endif
