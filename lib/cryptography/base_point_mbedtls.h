/* SPDX-License-Identifier: Apache-2.0 */
/* What mbedTLS 2.28 would compute before it multiplies the base point of P-256. */
#ifndef SZTP_CRYPTOGRAPHY_BASE_POINT_MBEDTLS_H
#define SZTP_CRYPTOGRAPHY_BASE_POINT_MBEDTLS_H

#include <stdint.h>

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>

/* Not for small machines, where half a KiB of constants counts for more than time. What is computed depends
 * on how mbedTLS was built. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000 && UINTPTR_MAX > UINT32_MAX && !defined(MBEDTLS_ECP_ALT) &&          \
    !defined(MBEDTLS_ECP_RESTARTABLE) && defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED) &&                        \
    MBEDTLS_ECP_WINDOW_SIZE == 4 && MBEDTLS_ECP_FIXED_POINT_OPTIM == 1
#define SZTP__BASE_POINT 1
/* Gives it to a key on P-256 that has none yet, if there is memory; all others are left alone. */
void sztp__base_point(mbedtls_pk_context *pk);
#else
#define SZTP__BASE_POINT 0
static inline void sztp__base_point(mbedtls_pk_context *pk) { (void)pk; }
#endif

#endif
