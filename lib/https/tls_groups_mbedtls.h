/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of ephemeral keys, those preferred first (TLS-24): mbedTLS's own list begins with P-521 and has
 * curves of 192 bits. It also bounds the curves of certificates. */
#ifndef SZTP_HTTPS_TLS_GROUPS_MBEDTLS_H
#define SZTP_HTTPS_TLS_GROUPS_MBEDTLS_H

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER >= 0x03010000
#define SZTP__TLS_GROUP(iana, ecp) MBEDTLS_SSL_IANA_TLS_GROUP_##iana
typedef uint16_t sztp__tls_group_t;
#else
#define SZTP__TLS_GROUP(iana, ecp) MBEDTLS_ECP_DP_##ecp
typedef mbedtls_ecp_group_id sztp__tls_group_t;
#endif

static const sztp__tls_group_t sztp__tls_groups[] = {
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED)
    SZTP__TLS_GROUP(X25519, CURVE25519),
#endif
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
    SZTP__TLS_GROUP(SECP256R1, SECP256R1),
#endif
#if defined(MBEDTLS_ECP_DP_SECP384R1_ENABLED)
    SZTP__TLS_GROUP(SECP384R1, SECP384R1),
#endif
#if defined(MBEDTLS_ECP_DP_SECP521R1_ENABLED)
    SZTP__TLS_GROUP(SECP521R1, SECP521R1),
#endif
    SZTP__TLS_GROUP(NONE, NONE)};

static inline void sztp__tls_conf_groups(mbedtls_ssl_config *conf) {
#if MBEDTLS_VERSION_NUMBER >= 0x03010000
  mbedtls_ssl_conf_groups(conf, sztp__tls_groups);
#else
  mbedtls_ssl_conf_curves(conf, sztp__tls_groups);
#endif
}

#endif
