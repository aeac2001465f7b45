/* SPDX-License-Identifier: Apache-2.0 */
/* Masks instead of branches. Lengths and numbers that this file branches on are public; octets are not. */
#include "cryptography/constant_time.h"

#define BLOCK 16u

/* Keeps a compiler from seeing where a value comes from, and so from turning masks back into branches. */
static uint32_t hidden(uint32_t x) {
  volatile uint32_t kept = x;
  return kept;
}

/* All ones if @p x is 0. */
static uint32_t is_zero(uint32_t x) { return hidden(((x | (0u - x)) >> 31) - 1u); }

uint32_t sztp__ct_equal(uint32_t a, uint32_t b) { return is_zero(a ^ b); }

uint32_t sztp__ct_choose(uint32_t mask, uint32_t a, uint32_t b) { return (a & mask) | (b & ~mask); }

void sztp__ct_select(uint32_t mask, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t len) {
  mask = hidden(mask);
  for (size_t i = 0; i < len; i++) out[i] = (uint8_t)sztp__ct_choose(mask, a[i], b[i]);
}

/* All ones if @p a < @p b; both are below 2^31. */
static uint32_t is_less(uint32_t a, uint32_t b) { return hidden(0u - ((a - b) >> 31)); }

uint32_t sztp__ct_block_padding(const uint8_t *text, size_t len, size_t *padding) {
  uint32_t said = text[len - 1];
  uint32_t good = ~is_zero(said) & is_less(said, BLOCK + 1);
  for (uint32_t i = 0; i < BLOCK; i++) {
    uint32_t belongs = is_less(i, said);
    good &= ~belongs | sztp__ct_equal(text[len - 1 - i], said);
  }
  *padding = sztp__ct_choose(good, said, BLOCK);
  return good;
}

uint32_t sztp__ct_pkcs1(const uint8_t *block, size_t len, size_t message_len) {
  if (message_len > len || len - message_len < 11) return 0;
  size_t separator = len - message_len - 1;
  uint32_t good = is_zero(block[0]) & sztp__ct_equal(block[1], 2) & is_zero(block[separator]);
  for (size_t i = 2; i < separator; i++) good &= ~is_zero(block[i]);
  return good;
}

uint32_t sztp__ct_oaep(const uint8_t *block, size_t len, const uint8_t *label_hash, size_t hash_len,
                       size_t message_len) {
  if (message_len > len || len - message_len < 2 * hash_len + 2) return 0;
  const uint8_t *db = block + 1 + hash_len;
  size_t separator = len - message_len - 1;
  uint32_t bad = block[0];
  for (size_t i = 0; i < hash_len; i++) bad |= (uint32_t)(db[i] ^ label_hash[i]);
  for (size_t i = 1 + 2 * hash_len; i < separator; i++) bad |= block[i];
  bad |= (uint32_t)(block[separator] ^ 1u);
  return is_zero(bad);
}
