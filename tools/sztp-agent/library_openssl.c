/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 3 by default lists all ciphers by the names of OpenSSL 1.1 too, for each of its library contexts,
 * which takes an eighth of a bootstrap; and takes everything apart as the program ends, when the system does
 * that anyway. Its configuration, providers, the names of hashes and the texts of its errors are as ever.
 * What both processes of the agent will need is looked for once, before there are two. */
#include "library.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

void library_begin(void) {
  (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ATEXIT, NULL);
  EVP_MD_free(EVP_MD_fetch(NULL, "SHA2-256", NULL));
  EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(NULL, "EC", NULL));
  EVP_SIGNATURE_free(EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL));
}
