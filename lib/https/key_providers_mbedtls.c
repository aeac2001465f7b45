/* SPDX-License-Identifier: Apache-2.0 */
/* mbedTLS, with PSA or without it, has neither providers nor contexts. */
#include "https/key_providers.h"

#include <sztp/error.h>

int32_t sztp__key_engine_set_library(sztp__key_engine_t *e, void *library) {
  (void)e;
  (void)library;
  return SZTP_ERR_UNSUPPORTED;
}

int32_t sztp__private_key_open(sztp__key_engine_t *e, const char *uri, sztp__private_key_t **out) {
  (void)e;
  (void)uri;
  (void)out;
  return SZTP_ERR_UNSUPPORTED;
}
