/* SPDX-License-Identifier: Apache-2.0 */
/* The cryptographic seam (lib/cryptography/crypto.h) without cryptography: what record.c has seen, found
 * again by a sum over what is asked. What it has not seen is no digest of anything, and no good signature. */
#include <string.h>

#include "cryptography/crypto.h"
#include "glitch.h"

struct sztp__hash {
  sztp_ctx_t *ctx;
  uint64_t sum;
  uint32_t hash;
};

int32_t sztp__hash_new(sztp_ctx_t *ctx, uint32_t hash, sztp__hash_t **out) {
  uint8_t which = (uint8_t)hash;
  *out = sztp__alloc(ctx, sizeof **out);
  if (*out == NULL) return SZTP_ERR_MEMORY;
  (*out)->ctx = ctx;
  (*out)->hash = hash;
  (*out)->sum = judged_sum(JUDGED_START, &which, 1);
  return SZTP_OK;
}

int32_t sztp__hash_update(sztp__hash_t *h, const void *data, size_t len) {
  if (len > 0 && !sztp__work_hash(h->ctx, len)) return SZTP_ERR_LIMIT;
  h->sum = judged_sum(h->sum, (const uint8_t *)data, len);
  return SZTP_OK;
}

int32_t sztp__hash_finish(sztp__hash_t *h, uint8_t out[SZTP__HASH_MAX], size_t *len) {
  *len = sztp__hash_len(h->hash);
  memset(out, 0x5a, *len);
  memcpy(out, &h->sum, *len < sizeof h->sum ? *len : sizeof h->sum);
  for (uint32_t i = 0; i < glitch_input.hash_count; i++)
    if (glitch_input.hashes[i].sum == h->sum) memcpy(out, glitch_input.hashes[i].digest, *len);
  return SZTP_OK;
}

void sztp__hash_free(sztp__hash_t *h) {
  if (h != NULL) sztp__free(h->ctx, h);
}

int32_t sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                             const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature) {
  uint64_t sum = judged_sum(JUDGED_START, spki.data, spki.len);
  sum = judged_sum(judged_sum(sum, digest.data, digest.len), signature.data, signature.len);
  (void)key;
  (void)alg;
  for (uint32_t i = 0; i < glitch_input.good_count; i++)
    if (glitch_input.good[i] == sum) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_CMS_SIGNATURE_INVALID, "crypto.verify",
                    "the signature does not verify with this key");
}

int32_t sztp__point_check(sztp_ctx_t *ctx, uint32_t curve, sztp__span_t point, int *valid) {
  (void)ctx;
  (void)curve;
  (void)point;
  *valid = 0;
  return SZTP_OK;
}

/* Nothing is encrypted here. */

int32_t sztp__aes_block(sztp_ctx_t *ctx, sztp__span_t key, int direction, uint8_t block[SZTP__AES_BLOCK]) {
  (void)ctx;
  (void)key;
  (void)direction;
  (void)block;
  return SZTP_ERR_CRYPTO;
}

int32_t sztp__aes_cbc(sztp_ctx_t *ctx, sztp__span_t key, int direction, const uint8_t iv[SZTP__AES_BLOCK],
                      uint8_t *data, size_t len) {
  (void)iv;
  (void)data;
  (void)len;
  return sztp__aes_block(ctx, key, direction, NULL);
}

int32_t sztp__aes_gcm(sztp_ctx_t *ctx, sztp__span_t key, int direction, sztp__span_t nonce, sztp__span_t aad,
                      uint8_t *data, size_t len, uint8_t *tag, size_t tag_len, uint32_t *good) {
  (void)nonce;
  (void)aad;
  (void)tag;
  (void)tag_len;
  *good = 0;
  return sztp__aes_cbc(ctx, key, direction, NULL, data, len);
}

int32_t sztp__default_random(sztp_ctx_t *ctx, uint8_t *out, size_t len) {
  (void)ctx;
  memset(out, 0, len);
  return SZTP_OK;
}
