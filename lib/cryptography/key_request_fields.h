/* SPDX-License-Identifier: Apache-2.0 */
/* What a key request says, for the components' key functions: by the public functions alone, so that it needs
 * nothing of the library it is compiled into. */
#ifndef SZTP_CRYPTOGRAPHY_KEY_REQUEST_FIELDS_H
#define SZTP_CRYPTOGRAPHY_KEY_REQUEST_FIELDS_H

#include <sztp/device.h>
#include <sztp/error.h>

#include "ground/span.h"

/* A field's octets; empty when absent. */
static inline sztp__span_t sztp__request_bytes(const sztp_key_request_t *request, uint32_t field) {
  sztp__span_t s;
  return sztp_key_request_bytes(request, field, &s.data, &s.len) == SZTP_OK ? s : sztp__span(NULL, 0);
}

/* A field's number; 0 when absent. */
static inline int64_t sztp__request_i64(const sztp_key_request_t *request, uint32_t field) {
  int64_t value;
  return sztp_key_request_i64(request, field, &value) == SZTP_OK ? value : 0;
}

#endif
