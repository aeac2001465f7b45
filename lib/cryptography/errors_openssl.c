/* SPDX-License-Identifier: Apache-2.0 */
/* Looks into OpenSSL's queue of errors, and leaves it as it was. */
#include "cryptography/errors_openssl.h"

#include <openssl/err.h>

sztp__openssl_errors_t sztp__openssl_begin(void) {
  sztp__openssl_errors_t errors = {ERR_peek_last_error(), 0, 0};
  (void)ERR_set_mark();
  return errors;
}

void sztp__openssl_end(void) { (void)ERR_pop_to_mark(); }

/* Others are often raised upon a want of memory. Where the queue holds errors of the caller's, only the last
 * one can be looked at without taking those, and is theirs if it is the same. */
void sztp__openssl_look(sztp__openssl_errors_t *errors) {
  unsigned long code = ERR_peek_last_error();
  errors->last = code != errors->before ? code : 0;
  errors->no_memory = ERR_GET_REASON(errors->last) == ERR_R_MALLOC_FAILURE;
  while (errors->before == 0 && (code = ERR_get_error()) != 0)
    errors->no_memory |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
  sztp__openssl_end();
}
