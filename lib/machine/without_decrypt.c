/* SPDX-License-Identifier: Apache-2.0 */
/* A build without decryption (make DECRYPT=0): judging asks no private key. */
#include "machine/judge_key.h"
#include "machine/states.h"

sztp_key_fn sztp__session_key(sztp_session_t *s, void **user) {
  (void)s;
  *user = NULL;
  return NULL;
}

int32_t sztp__judge_hear(sztp_session_t *s) {
  return sztp__fail(s->ctx, SZTP_ERR_UNSUPPORTED, "decryption",
                    "this library was built without decryption (SZTP_FEATURE_DECRYPT)");
}

void sztp__answers_clear(sztp_session_t *s) { (void)s; }
