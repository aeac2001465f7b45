/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a key in a TPM as a manufacturer does; for tpm2.sh. tpm2_createprimary can't express TCG's ECC
 * templates.
 *
 * usage: tpm2_make TCTI rsa2048|p256|p384 idevid|iak|iak-tcg|both|oaep|storage HANDLE [x|xy] [AUTH] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/tpm2_peer.h"

int main(int argc, char **argv) {
  if (argc < 5) {
    (void)fprintf(stderr, "usage: tpm2_make TCTI ALG KIND HANDLE [x|xy] [AUTH]\n");
    return 2;
  }
  tpm2_peer_make(argv[1], argv[2], argv[3], (uint32_t)strtoul(argv[4], NULL, 0),
                 argc > 5 && strcmp(argv[5], "xy") == 0, argc > 6 ? argv[6] : "");
  return 0;
}
