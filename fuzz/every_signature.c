/* SPDX-License-Identifier: Apache-2.0 */
/* What takes the cryptographic library's place in programs that are linked with --wrap=sztp__library_verify:
 * every signature verifies. Other programs don't refer to it. */
#include "cryptography/crypto.h"

int32_t __wrap_sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                                    const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature);

int32_t __wrap_sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                                    const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature) {
  (void)ctx;
  (void)spki;
  (void)key;
  (void)alg;
  (void)digest;
  (void)signature;
  return SZTP_OK;
}
