/* SPDX-License-Identifier: Apache-2.0 */
/* What seeds mbedTLS's generators: its own collection of sources. Where 2.28 was built with HAVEGE, that
 * alone would take longer than a signature, and its authors advise against it: then the system's octets do by
 * themselves. */
#ifndef SZTP_CRYPTOGRAPHY_ENTROPY_MBEDTLS_H
#define SZTP_CRYPTOGRAPHY_ENTROPY_MBEDTLS_H

#include <mbedtls/entropy.h>

#if defined(MBEDTLS_HAVEGE_C) && !defined(MBEDTLS_NO_PLATFORM_ENTROPY)
#include <mbedtls/entropy_poll.h>

typedef struct sztp__entropy {
  int none; /* nothing has to be kept */
} sztp__entropy_t;

static inline void sztp__entropy_init(sztp__entropy_t *e) { e->none = 0; }

static inline void sztp__entropy_free(sztp__entropy_t *e) { (void)e; }

static inline int sztp__entropy_octets(void *e, unsigned char *out, size_t len) {
  size_t got = 0;
  int code = mbedtls_platform_entropy_poll(e, out, len, &got);
  return code != 0 || got == len ? code : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}
#else
typedef mbedtls_entropy_context sztp__entropy_t;

static inline void sztp__entropy_init(sztp__entropy_t *e) { mbedtls_entropy_init(e); }

static inline void sztp__entropy_free(sztp__entropy_t *e) { mbedtls_entropy_free(e); }

static inline int sztp__entropy_octets(void *e, unsigned char *out, size_t len) {
  return mbedtls_entropy_func(e, out, len);
}
#endif

#endif
