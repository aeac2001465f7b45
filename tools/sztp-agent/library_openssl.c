/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 3 by default lists all ciphers by the names of OpenSSL 1.1 too, for each of its library contexts,
 * which takes an eighth of a bootstrap; and takes everything apart as the program ends, when the system does
 * that anyway. Its configuration, providers, the names of hashes and the texts of its errors are as ever. */
#include "library.h"

#include <openssl/crypto.h>

void library_begin(void) {
  (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ATEXIT, NULL);
}
