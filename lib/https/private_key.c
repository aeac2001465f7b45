/* SPDX-License-Identifier: Apache-2.0 */
/* What private keys in software can do, whoever computes. */
#include "https/private_key.h"

#include <sztp/device.h>
#include <sztp/error.h>

int sztp__private_key_knows(uint32_t operation) {
  return operation >= SZTP_KEY_OP_DECRYPT_RSA_PKCS1 && operation <= SZTP_KEY_OP_QUERY;
}

int32_t sztp__private_key_abilities(int rsa, uint8_t *out, size_t wanted) {
  int64_t able =
      rsa ? SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PKCS1_SHA384 | SZTP_ABLE_RSA_PKCS1_SHA512 |
                SZTP_ABLE_RSA_PSS_SHA256 | SZTP_ABLE_RSA_PSS_SHA384 | SZTP_ABLE_RSA_PSS_SHA512 |
                SZTP_ABLE_DECRYPT
          : SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_ECDSA_SHA384 | SZTP_ABLE_ECDSA_SHA512 | SZTP_ABLE_AGREE;
  if (wanted != 8) return SZTP_ERR_KEY;
  for (size_t i = 0; i < wanted; i++) out[i] = (uint8_t)(able >> (56 - 8 * i));
  return SZTP_OK;
}
