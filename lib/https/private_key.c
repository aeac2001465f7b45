/* SPDX-License-Identifier: Apache-2.0 */
/* What private keys in software can do, whoever computes. */
#include "https/private_key.h"

#include <sztp/device.h>
#include <sztp/error.h>

int sztp__private_key_knows(uint32_t operation) {
  return operation >= SZTP_KEY_OP_DECRYPT_RSA_PKCS1 && operation <= SZTP_KEY_OP_QUERY;
}

int32_t sztp__private_key_abilities(int64_t able, uint8_t *out, size_t wanted) {
  if (wanted != 8) return SZTP_ERR_KEY;
  for (size_t i = 0; i < wanted; i++) out[i] = (uint8_t)(able >> (56 - 8 * i));
  return SZTP_OK;
}
