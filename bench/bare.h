/* SPDX-License-Identifier: Apache-2.0 */
/* What the cryptographic library needs by itself for the same work. */
#ifndef SZTP_BENCH_BARE_H
#define SZTP_BENCH_BARE_H

#include <stddef.h>
#include <stdint.h>

#define BARE_MAX 8

typedef struct bare bare_t;

/* Signs a digest with each of @p count private keys (PEM files with a NUL behind), ready to be verified. NULL
 * on failure. */
bare_t *bare_new(const uint8_t *const keys[], const size_t lens[], size_t count);
/* Verifies each signature once, the key read from its SubjectPublicKeyInfo as a verifier must. 0 if all are
 * good. */
int bare_verify(const bare_t *b);
void bare_free(bare_t *b);
/* SHA-256 over @p count times the chunk. */
int bare_hash(const uint8_t *chunk, size_t len, size_t count, uint8_t out[32]);

#endif
