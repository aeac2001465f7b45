/* SPDX-License-Identifier: Apache-2.0 */
/* What a key function reads of a request. */
#include <sztp/device.h>

#include "cryptography/cms_open.h"

uint32_t sztp_key_request_operation(const sztp_key_request_t *request) {
  if (request == NULL) return 0;
  switch (request->operation) {
  case SZTP__KEYENC_RSA_PKCS1: return SZTP_KEY_RSA_PKCS1;
  case SZTP__KEYENC_RSA_OAEP: return SZTP_KEY_RSA_OAEP;
  default: return SZTP_KEY_ECDH;
  }
}

static uint64_t bits_of(uint32_t hash) { return hash == SZTP__HASH_SHA1 ? 1 : sztp__hash_len(hash) * 8; }

int32_t sztp_key_request_u64(const sztp_key_request_t *request, uint32_t what, uint64_t *out) {
  if (request == NULL || out == NULL || (what != SZTP_KEY_HASH && what != SZTP_KEY_MGF_HASH))
    return SZTP_ERR_ARG;
  if (request->operation != SZTP__KEYENC_RSA_OAEP) return SZTP_ERR_NOT_FOUND;
  *out = bits_of(what == SZTP_KEY_HASH ? request->hash : request->mgf_hash);
  return SZTP_OK;
}

int32_t sztp_key_request_bytes(const sztp_key_request_t *request, uint32_t what, const uint8_t **data,
                               size_t *len) {
  static const uint8_t nothing = 0;
  sztp__span_t found;
  if (request == NULL || data == NULL || len == NULL) return SZTP_ERR_ARG;
  switch (what) {
  case SZTP_KEY_INPUT: found = request->input; break;
  case SZTP_KEY_LABEL:
    if (request->operation != SZTP__KEYENC_RSA_OAEP) return SZTP_ERR_NOT_FOUND;
    found = request->label;
    break;
  case SZTP_KEY_CERT: found = request->cert->der; break;
  default: return SZTP_ERR_ARG;
  }
  *data = found.data != NULL ? found.data : &nothing;
  *len = found.len;
  return SZTP_OK;
}
