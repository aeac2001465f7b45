/* SPDX-License-Identifier: Apache-2.0 */
/* What the cryptographic library needs by itself for the same work. A file of each engine implements it:
 * bare_mbedtls.c, bare_psa.c, bare_openssl.c. */
#ifndef SZTP_BENCH_BARE_H
#define SZTP_BENCH_BARE_H

#include <stddef.h>
#include <stdint.h>

#define BARE_MAX 8

/* Who computes, for people, with its version. */
const char *bare_name(void);

typedef struct bare bare_t;

/* Signs a digest with each of @p count private keys (PEM files with a NUL behind), ready to be verified. NULL
 * on failure. */
bare_t *bare_new(const uint8_t *const keys[], const size_t lens[], size_t count);
/* Verifies each signature once, the key read from its SubjectPublicKeyInfo as a verifier must. 0 if all are
 * good. */
int bare_verify(const bare_t *b);
void bare_free(bare_t *b);
/* Makes a P-256 key, with which bare_agree() agrees on a secret @p count times. 0 if all went well. */
int bare_agree_prepare(bare_t *b);
int bare_agree(bare_t *b, size_t count);
/* SHA-256 over @p count times the chunk. */
int bare_hash(const uint8_t *chunk, size_t len, size_t count, uint8_t out[32]);

#endif
