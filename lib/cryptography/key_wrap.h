/* SPDX-License-Identifier: Apache-2.0 */
/* From a shared secret to a content key (RFC 5753): key derivation and AES key wrap, in both directions. */
#ifndef SZTP_CRYPTOGRAPHY_KEY_WRAP_H
#define SZTP_CRYPTOGRAPHY_KEY_WRAP_H

#include "cryptography/crypto.h"
#include "ground/buf.h"

#define SZTP__WRAP_EXTRA 8 /* octets that a wrapped key is longer than the key */

/* Adds the DER of ECC-CMS-SharedInfo (RFC 5753 7.2): @p wrap_alg is the key wrap AlgorithmIdentifier, whole
 * TLV; @p ukm has NULL data if there is none; @p key_len is the wrapping key's, in octets. */
int32_t sztp__shared_info(sztp__buf_t *out, sztp__span_t wrap_alg, sztp__span_t ukm, size_t key_len);

/* The key derivation of ANSI X9.63 (SEC 1, 3.6.1) with SZTP__HASH_* @p hash: @p len octets, 1 to 32. As
 * sztp__hash_once(). */
int32_t sztp__kdf_x963(sztp_ctx_t *ctx, uint32_t hash, sztp__span_t secret, sztp__span_t info, uint8_t *out,
                       size_t len);

/* AES key wrap (RFC 3394): @p out has 8 octets more than @p key, which has 16, 24 or 32. */
int32_t sztp__aes_wrap(sztp_ctx_t *ctx, sztp__span_t kek, sztp__span_t key, uint8_t *out);
/* Undoes it: @p wrapped has 24, 32 or 40 octets, @p out gets 8 fewer, whether they are right or not; *good is
 * all ones if they are, else 0, and found in constant time. SZTP_ERR_CRYPTO. */
int32_t sztp__aes_unwrap(sztp_ctx_t *ctx, sztp__span_t kek, sztp__span_t wrapped, uint8_t *out,
                         uint32_t *good);

#endif
