/* SPDX-License-Identifier: Apache-2.0 */
/* EME-OAEP and EME-PKCS1-v1_5 decoding. */
#include "cryptography/rsa_padding.h"

#include <sztp/device.h>
#include <sztp/error.h>

#include "cryptography/constant_time.h"
#include "ground/ctx_private.h"

#define DIGEST_MAX 64

static size_t digest_len(int64_t hash) {
  switch (hash) {
  case 1: return 20;
  case 256:
  case 384:
  case 512: return (size_t)hash / 8;
  default: return 0;
  }
}

/* Takes the mask that MGF1 (RFC 8017 B.2.1) makes of @p seed off @p data. */
static int32_t unmask(const sztp__rsa_padding_t *p, sztp__span_t seed, uint8_t *data, size_t len) {
  uint8_t mask[DIGEST_MAX];
  size_t step = digest_len(p->mgf_hash);
  int32_t rc = SZTP_OK;
  for (size_t at = 0; rc == SZTP_OK && at < len; at++) {
    if (at % step == 0) {
      uint8_t number[4] = {0, 0, (uint8_t)(at / step >> 8), (uint8_t)(at / step)};
      rc = p->digest(p->user, p->mgf_hash, seed, sztp__span(number, sizeof number), mask);
    }
    data[at] = (uint8_t)(data[at] ^ mask[at % step]);
  }
  sztp__wipe(mask, sizeof mask);
  return rc;
}

/* RFC 8017 7.1.2, step 3, of @p block, in place. */
static int32_t unpad_oaep(const sztp__rsa_padding_t *p, uint8_t *block, size_t len, size_t wanted,
                          uint32_t *good) {
  uint8_t label[DIGEST_MAX];
  size_t hash_len = digest_len(p->hash);
  if (hash_len == 0 || digest_len(p->mgf_hash) == 0 || len < 2 * hash_len + 2) return SZTP_ERR_KEY;
  uint8_t *seed = block + 1;
  uint8_t *db = seed + hash_len;
  size_t db_len = len - hash_len - 1;
  int32_t rc = p->digest(p->user, p->hash, p->label, sztp__span(NULL, 0), label);
  if (rc == SZTP_OK) rc = unmask(p, sztp__span(db, db_len), seed, hash_len);
  if (rc == SZTP_OK) rc = unmask(p, sztp__span(seed, hash_len), db, db_len);
  if (rc == SZTP_OK) *good = sztp__ct_oaep(block, len, label, hash_len, wanted);
  return rc;
}

/* Whether the padding is right shows in nothing but the result. */
int32_t sztp__rsa_unpad(const sztp__rsa_padding_t *p, uint8_t *block, size_t len, uint8_t *out,
                        size_t wanted) {
  uint32_t good = 0;
  int32_t rc = SZTP_OK;
  if (wanted > len) return SZTP_ERR_KEY;
  if (p->operation == SZTP_KEY_OP_DECRYPT_RSA_OAEP)
    rc = unpad_oaep(p, block, len, wanted, &good);
  else
    good = sztp__ct_pkcs1(block, len, wanted);
  if (rc != SZTP_OK) return rc;
  memcpy(out, block + len - wanted, wanted);
  return (int32_t)sztp__ct_choose(good, (uint32_t)SZTP_OK, (uint32_t)SZTP_ERR_KEY);
}
