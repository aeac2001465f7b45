/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * The device: who it is, whom it trusts, and how strictly (RFC 8572 5.1, "initial state").
 *
 * Trust anchors and policy come from here alone; nothing that is received can change them
 * (VERIFY-13). While a session of the device is alive the setters return SZTP_ERR_SEQUENCE (SEC-01).
 */
#ifndef SZTP_DEVICE_H
#define SZTP_DEVICE_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                            /* sztp_device_set, sztp_device_get */
       SZTP_DEVICE_SERIAL = 1,    /**< replaces the serial number of the identity certificate (IDEV-05) */
       SZTP_DEVICE_HW_MODEL = 2,  /**< hw-model, told to trusted servers (REST-14) */
       SZTP_DEVICE_OS_NAME = 3,   /**< os-name of the running image (REST-14, ONB-05) */
       SZTP_DEVICE_OS_VERSION = 4 /**< os-version of the running image (REST-14, ONB-05) */
};

enum {                               /* what a certificate is there for */
       SZTP_CERT_VOUCHER_ANCHOR = 1, /**< whom we believe vouchers (STATE-14) */
       SZTP_CERT_SERVER_ANCHOR = 2,  /**< whom we believe well-known bootstrap servers (STATE-13) */
       SZTP_CERT_IDENTITY = 3,       /**< the identity certificate (IDevID); the first one of a file */
       SZTP_CERT_IDENTITY_CHAIN = 4, /**< its intermediates, issuing order (TLS-06) */
       SZTP_CERT_REPORT_ANCHOR = 5   /**< one call is one chain up to its self-signed root, reported as
                                          trust-anchor-cert with bootstrap-complete (PROG-15) */
};

enum { /* bits of SZTP_POLICY_ASSERTIONS */
       SZTP_ASSERTION_VERIFIED = 1,
       SZTP_ASSERTION_LOGGED = 2,
       SZTP_ASSERTION_PROXIMITY = 4,
       SZTP_ASSERTION_AGENT_PROXIMITY = 8
};

enum { /* values of SZTP_POLICY_REVOCATION */
       SZTP_REVOCATION_AS_VOUCHER = 0,
       SZTP_REVOCATION_REQUIRED = 1,
       SZTP_REVOCATION_OFF = 2
};

enum { /* sztp_device_set_policy; the default stands behind each; appendix C of the requirements */
       SZTP_POLICY_ASSERTIONS = 1, /**< accepted voucher assertions; SZTP_ASSERTION_VERIFIED (VOUCH-09) */
       SZTP_POLICY_REVOCATION = 2, /**< SZTP_REVOCATION_*; as the voucher says (VERIFY-08) */
       SZTP_POLICY_TIME_FLOOR = 3, /**< Unix seconds that the true time is not before; 0 is none (CLK-03) */

       /* switches that strengthen; 0 or 1; off */
       SZTP_POLICY_SIGNED_ONLY = 16,        /**< unsigned data is never trusted (TRUST-06) */
       SZTP_POLICY_SIGNED_ATTRS = 17,       /**< id-data without signed attributes is refused (CMS-10) */
       SZTP_POLICY_NONCE_REQUIRED = 18,     /**< vouchers without nonce are refused (VOUCH-11) */
       SZTP_POLICY_NONCE_ALWAYS = 19,       /**< a nonce is sent even with a trusted clock (REST-15) */
       SZTP_POLICY_EXPIRY_NEEDS_CLOCK = 20, /**< expires-on without a trusted clock is refused (CLK-04) */
       SZTP_POLICY_NO_SCRIPT_OUTPUT = 21,   /**< script output stays out of progress reports (PROG-20) */

       /* switches that weaken; 0 or 1; off; each is logged at the start of a session when on (SEC-17) */
       SZTP_POLICY_ALLOW_SHA1 = 32,      /**< SHA-1 signatures of legacy chains (CMS-16) */
       SZTP_POLICY_REVISED_VOUCHER = 33, /**< created-on and assertion may be missing (VOUCH-07, -09) */
       SZTP_POLICY_COMMON_NAME = 34,     /**< server name from the subject, if no SAN names one (TLS-11) */
       SZTP_POLICY_PROVISIONAL_FALLBACK =
           35, /**< a well-known server that fails is retried provisionally (DISC-10) */
       SZTP_POLICY_LENIENT_DHCP = 36,    /**< option text without lengths is read (DHCP-17) */
       SZTP_POLICY_IMAGE_SIGNATURE = 37, /**< images without fingerprint count if the host checked the
                                              signature embedded in them (ONB-12) */

       /* pacing of a session */
       SZTP_POLICY_MAX_PASSES = 48,     /**< passes over all sources; 0 is without end (STATE-07) */
       SZTP_POLICY_RETRY_FIRST_MS = 49, /**< first wait between passes; 5000 (STATE-07) */
       SZTP_POLICY_RETRY_LAST_MS = 50,  /**< longest wait between passes; 300000 (STATE-07) */
       SZTP_POLICY_NO_HOST_META = 51,   /**< 1: use /restconf without asking for the root (REST-05) */
       SZTP_POLICY_NO_DNS_SERIAL = 52   /**< 1: no question to DNS holds the serial number (DNS-33) */
};

/** Makes an empty device on @p ctx. @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_device_new(sztp_ctx_t *ctx, sztp_device_t **out);

/** Frees a device after its sessions. NULL is allowed. */
SZTP_API void sztp_device_free(sztp_device_t *dev);

/** The context that the device was made on: transports read the trail there. NULL for NULL. */
SZTP_API sztp_ctx_t *sztp_device_ctx(const sztp_device_t *dev);

/** Sets SZTP_DEVICE_* @p field to @p value: UTF-8, 1 to 256 octets, no control characters.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE */
SZTP_API int32_t sztp_device_set(sztp_device_t *dev, uint32_t field, const char *value);

/** Reads SZTP_DEVICE_* @p field; the serial number is the one in force (IDEV-01, IDEV-05).
 * @param out borrowed until the field is set again or the device freed; NUL-terminated
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_device_get(const sztp_device_t *dev, uint32_t field, const char **out);

/** Adds the certificates in @p data in the role SZTP_CERT_* @p role.
 *
 * @param data PEM (any number of blocks, text between them is skipped), DER certificates one after
 *             another, or base64 of DER
 * @param len  octets
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY,
 *         SZTP_ERR_SEQUENCE; SZTP_ERR_CONFIG for an identity whose subject has no usable serial number
 *         (IDEV-02, IDEV-04) unless SZTP_DEVICE_SERIAL was set before, and for a report chain without
 *         self-signed root
 */
SZTP_API int32_t sztp_device_add_cert(sztp_device_t *dev, uint32_t role, const uint8_t *data, size_t len);

/** Reads the @p index-th certificate of a role as DER, borrowed from the device.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_device_cert(const sztp_device_t *dev, uint32_t role, size_t index, const uint8_t **der,
                                  size_t *len);

/** Adds a well-known bootstrap server (DISC-08), tried in the order added.
 * @param host name or address, 1 to 253 characters, no brackets
 * @param port 1 to 65535, or 0 for 443
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_URI, SZTP_ERR_LIMIT (64), SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE */
SZTP_API int32_t sztp_device_add_server(sztp_device_t *dev, const char *host, uint16_t port);

/** Adds a domain in which DNS servers are asked for bootstrapping data (DNS-06), in the order added. Without
 * any, a session asks the host for the network's domains.
 * @param domain a name of letters, digits, '-' and '_', 1 to 253 characters; what ends in "local" is
 * multicast DNS's and is not asked for
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_URI, SZTP_ERR_LIMIT (16), SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE */
SZTP_API int32_t sztp_device_add_domain(sztp_device_t *dev, const char *domain);

/** Adds an SSH host key that bootstrap-complete reports (PROG-13, PROG-14).
 * @param algorithm IANA public key algorithm name, as "ssh-ed25519"
 * @param blob      public key blob of RFC 4253 6.6, beginning with its length-prefixed identifier
 * @param len       octets
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT (blob without well-formed identifier), SZTP_ERR_LIMIT (16),
 *         SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE */
SZTP_API int32_t sztp_device_add_host_key(sztp_device_t *dev, const char *algorithm, const uint8_t *blob,
                                          size_t len);

/** Sets SZTP_POLICY_* @p policy.
 * @return 0, SZTP_ERR_ARG (unknown policy or value out of range), SZTP_ERR_SEQUENCE */
SZTP_API int32_t sztp_device_set_policy(sztp_device_t *dev, uint32_t policy, uint64_t value);

#ifdef __cplusplus
}
#endif
#endif
