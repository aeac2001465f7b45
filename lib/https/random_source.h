/* SPDX-License-Identifier: Apache-2.0 */
/* A random generator, for private keys and for connections: random_mbedtls.c and random_psa.c implement it.
 */
#ifndef SZTP_HTTPS_RANDOM_SOURCE_H
#define SZTP_HTTPS_RANDOM_SOURCE_H

#include <stddef.h>
#include <stdint.h>

typedef struct sztp__random_source sztp__random_source_t;

/* Starts the library, and seeds. 0, SZTP_ERR_MEMORY, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO. */
int32_t sztp__random_source_new(sztp__random_source_t **out);
/* NULL is allowed. */
void sztp__random_source_free(sztp__random_source_t *r);
/* What mbedTLS calls for random octets, with a source. 0, or mbedTLS's code. */
int sztp__random_octets(void *source, unsigned char *out, size_t len);
/* 1 if a source that was made before fork() has octets for the child too, others than for its parent; 0 if it
 * refuses there. */
int sztp__random_survives_fork(void);

#endif
