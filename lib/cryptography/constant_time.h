/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided about secrets without a branch or an address that depends on them (D-93). Answers are
 * masks: all ones for yes, zero for no. */
#ifndef SZTP_CRYPTOGRAPHY_CONSTANT_TIME_H
#define SZTP_CRYPTOGRAPHY_CONSTANT_TIME_H

#include <stddef.h>
#include <stdint.h>

/* Whether two numbers are equal. */
uint32_t sztp__ct_equal(uint32_t a, uint32_t b);
/* @p mask set: @p a, else @p b. */
uint32_t sztp__ct_choose(uint32_t mask, uint32_t a, uint32_t b);
/* Writes @p a to @p out if @p mask is set, else @p b; @p out may be one of them. */
void sztp__ct_select(uint32_t mask, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t len);

/* Whether @p text ends in padding of 1 to 16 equal octets that each say how many they are (RFC 5652 6.3);
 * *padding is that number, or 16. @p len is 16 or more. */
uint32_t sztp__ct_block_padding(const uint8_t *text, size_t len, size_t *padding);

/* Whether @p block, of @p len octets, is a message of exactly @p message_len octets under the encryption
 * padding of PKCS #1 v1.5 (RFC 8017 7.2.2). The message is at the end. A message's length that is known
 * before is what makes this simple: nothing has to be looked for. */
uint32_t sztp__ct_pkcs1(const uint8_t *block, size_t len, size_t message_len);

/* The same for OAEP (RFC 8017 7.1.2, step 3g): @p block is Y, seed and DB, both unmasked; @p label_hash has
 * @p hash_len octets. */
uint32_t sztp__ct_oaep(const uint8_t *block, size_t len, const uint8_t *label_hash, size_t hash_len,
                       size_t message_len);

#endif
