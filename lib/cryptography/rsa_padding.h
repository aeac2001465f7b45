/* SPDX-License-Identifier: Apache-2.0 */
/* What encryption padding hides (RFC 8017 7), taken out of what a private RSA key gave: for software keys and
 * for those of a TPM. It is judged here and not by the owner of the key, since the length of a right answer
 * is known before: nothing has to be looked for, and the hash of MGF1 may be another one than the label's. */
#ifndef SZTP_CRYPTOGRAPHY_RSA_PADDING_H
#define SZTP_CRYPTOGRAPHY_RSA_PADDING_H

#include "ground/span.h"

typedef struct sztp__rsa_padding {
  uint32_t operation; /* SZTP_KEY_OP_DECRYPT_RSA_* */
  int64_t hash;       /* OAEP: of the label, and of MGF1, as SZTP_KEY_F_HASH says it */
  int64_t mgf_hash;
  sztp__span_t label;
  /* The digest of @p first and @p second behind it; not 0: it failed. */
  int32_t (*digest)(void *user, int64_t hash, sztp__span_t first, sztp__span_t second, uint8_t *out);
  void *user;
} sztp__rsa_padding_t;

/* Writes the message of exactly @p wanted octets that @p block, as long as the modulus and changed on the
 * way, ends with. 0; SZTP_ERR_KEY if the padding is not right, which is found without a branch (D-93), or if
 * no such message fits; what the digest function returned. @p out counts only with 0. */
int32_t sztp__rsa_unpad(const sztp__rsa_padding_t *padding, uint8_t *block, size_t len, uint8_t *out,
                        size_t wanted);

#endif
