/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation by ANSI X9.63 and key wrap by RFC 3394 over the seam's hashes and AES blocks: mbedTLS has
 * the wrap only in builds that ask for it, and no derivation. */
#include "cryptography/key_wrap.h"

#include "cryptography/constant_time.h"
#include "formats/der.h"

#define HALF   8
#define ROUNDS 6
#define MARK   0xa6 /* RFC 3394 2.2.3.1, eight times */

static void put_counter(uint8_t out[4], uint32_t n) {
  for (int i = 0; i < 4; i++) out[i] = (uint8_t)(n >> 8 * (3 - i));
}

/* An OCTET STRING under an explicit tag. */
static void put_tagged(sztp__buf_t *out, unsigned tag, sztp__span_t octets) {
  size_t mark = 0;
  sztp__der_open(out, (uint8_t)(SZTP__DER_CONTEXT_CONSTRUCTED + tag), &mark);
  sztp__der_put(out, SZTP__DER_OCTET_STRING, octets);
  sztp__der_close(out, mark);
}

int32_t sztp__shared_info(sztp__buf_t *out, sztp__span_t wrap_alg, sztp__span_t ukm, size_t key_len) {
  size_t mark = 0;
  uint8_t bits[4];
  put_counter(bits, (uint32_t)key_len * 8);
  sztp__der_open(out, SZTP__DER_SEQUENCE, &mark);
  sztp__buf_add_span(out, wrap_alg);
  if (ukm.data != NULL) put_tagged(out, 0, ukm);
  put_tagged(out, 2, sztp__span(bits, sizeof bits));
  return sztp__der_close(out, mark);
}

static int32_t kdf_round(sztp_ctx_t *ctx, uint32_t hash, sztp__span_t secret, uint32_t counter,
                         sztp__span_t info, uint8_t out[SZTP__HASH_MAX]) {
  uint8_t number[4];
  size_t len = 0;
  sztp__hash_t *h = NULL;
  int32_t rc = sztp__hash_new(ctx, hash, &h);
  if (rc != SZTP_OK) return rc;
  put_counter(number, counter);
  rc = sztp__hash_update(h, secret.data, secret.len);
  if (rc == SZTP_OK) rc = sztp__hash_update(h, number, sizeof number);
  if (rc == SZTP_OK) rc = sztp__hash_update(h, info.data, info.len);
  if (rc == SZTP_OK) rc = sztp__hash_finish(h, out, &len);
  sztp__hash_free(h);
  return rc;
}

int32_t sztp__kdf_x963(sztp_ctx_t *ctx, uint32_t hash, sztp__span_t secret, sztp__span_t info, uint8_t *out,
                       size_t len) {
  uint8_t digest[SZTP__HASH_MAX];
  int32_t rc = SZTP_OK;
  for (uint32_t counter = 1; rc == SZTP_OK && len > 0; counter++) {
    size_t step = sztp__hash_len(hash) < len ? sztp__hash_len(hash) : len;
    rc = kdf_round(ctx, hash, secret, counter, info, digest);
    if (rc == SZTP_OK) memcpy(out, digest, step);
    out += step;
    len -= step;
  }
  sztp__wipe(digest, sizeof digest);
  return rc;
}

/* One step of the wrap on A and R[i], which follow one another in @p block (RFC 3394 2.2.1, 2.2.2). */
static int32_t wrap_step(sztp_ctx_t *ctx, sztp__span_t kek, int direction, uint32_t t, uint8_t *r,
                         uint8_t a[HALF]) {
  uint8_t block[SZTP__AES_BLOCK];
  int decrypt = direction == SZTP__AES_DECRYPT;
  memcpy(block, a, HALF);
  memcpy(block + HALF, r, HALF);
  if (decrypt) block[HALF - 1] = (uint8_t)(block[HALF - 1] ^ t);
  int32_t rc = sztp__aes_block(ctx, kek, direction, block);
  if (!decrypt) block[HALF - 1] = (uint8_t)(block[HALF - 1] ^ t);
  memcpy(a, block, HALF);
  memcpy(r, block + HALF, HALF);
  sztp__wipe(block, sizeof block);
  return rc;
}

int32_t sztp__aes_wrap(sztp_ctx_t *ctx, sztp__span_t kek, sztp__span_t key, uint8_t *out) {
  uint32_t n = (uint32_t)(key.len / HALF);
  int32_t rc = SZTP_OK;
  memset(out, MARK, HALF);
  memcpy(out + HALF, key.data, key.len);
  for (uint32_t t = 1; rc == SZTP_OK && t <= ROUNDS * n; t++)
    rc = wrap_step(ctx, kek, SZTP__AES_ENCRYPT, t, out + HALF + HALF * ((t - 1) % n), out);
  return rc;
}

int32_t sztp__aes_unwrap(sztp_ctx_t *ctx, sztp__span_t kek, sztp__span_t wrapped, uint8_t *out,
                         uint32_t *good) {
  uint8_t a[HALF];
  uint32_t differ = 0;
  size_t len = wrapped.len - SZTP__WRAP_EXTRA;
  uint32_t n = (uint32_t)(len / HALF);
  int32_t rc = SZTP_OK;
  memcpy(a, wrapped.data, HALF);
  memcpy(out, wrapped.data + HALF, len);
  for (uint32_t t = ROUNDS * n; rc == SZTP_OK && t > 0; t--)
    rc = wrap_step(ctx, kek, SZTP__AES_DECRYPT, t, out + HALF * ((t - 1) % n), a);
  for (size_t i = 0; i < HALF; i++) differ |= (uint32_t)(a[i] ^ MARK);
  *good = sztp__ct_equal(differ, 0);
  return rc;
}
