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

enum {                            /* sztp_device_set_text, sztp_device_text */
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
       SZTP_CERT_REPORT_ANCHOR = 5,  /**< one call is one chain up to its self-signed root, reported as
                                          trust-anchor-cert with bootstrap-complete (PROG-15) */
       SZTP_CERT_DECRYPTION = 6      /**< artifacts may be encrypted to it, as to the identity (IDEV-06) */
};

enum { /* operations of a private key; how they are asked stands at sztp_device_set_key() */
       SZTP_KEY_RSA_PKCS1 = 1, /**< decrypt, RSAES-PKCS1-v1_5 (RFC 8017 7.2) */
       SZTP_KEY_RSA_OAEP = 2,  /**< decrypt, RSAES-OAEP (RFC 8017 7.1) */
       SZTP_KEY_ECDH = 3       /**< agree with a peer's public key (SEC 1, 3.3.1) */
};

enum {                        /* what a request says; in brackets: of which operations */
       SZTP_KEY_HASH = 1,     /**< i64: hash of the label: 1 (SHA-1), 256, 384 or 512 (OAEP) */
       SZTP_KEY_MGF_HASH = 2, /**< i64: hash of MGF1, likewise; often the same, not always (OAEP) */
       SZTP_KEY_INPUT = 3, /**< bytes: the ciphertext (RSA), or the peer's point, uncompressed: 0x04 and its
                                two coordinates, each as long as the curve's field (ECDH). It is one of the
                                curve's, as a key that does not look itself must know */
       SZTP_KEY_LABEL = 4, /**< bytes: the label, usually of no octets (OAEP) */
       SZTP_KEY_CERT = 5   /**< bytes: DER of the device's certificate whose private key is meant; it also
                                names the curve (all) */
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

enum { /* sztp_device_set_i64; the default stands behind each; appendix C of the requirements */
       SZTP_POLICY_ASSERTIONS = 1, /**< accepted voucher assertions; SZTP_ASSERTION_VERIFIED (VOUCH-09) */
       SZTP_POLICY_REVOCATION = 2, /**< SZTP_REVOCATION_*; as the voucher says (VERIFY-08) */
       SZTP_POLICY_TIME_FLOOR = 3, /**< Unix seconds that the true time is not before; 0 is none (CLK-03). It
                                      only moves forward; a time that is said to be right and is before it is
                                      not believed */

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
       SZTP_POLICY_CRL_ANY_AGE = 38,     /**< without a trusted clock, a correctly signed CRL of any age is
                                              fresh (CLK-05) */
       SZTP_POLICY_CONSTRAINED_VOUCHER = 39, /**< vouchers in COSE (COSE group), and vouchers that pin a
                                                public key and no certificate (VOUCH-17) */

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
SZTP_API int32_t sztp_device_set_text(sztp_device_t *dev, uint32_t field, const char *value);

/** Reads SZTP_DEVICE_* @p field; the serial number is the one in force (IDEV-01, IDEV-05).
 * @param out borrowed until the field is set again or the device freed; NUL-terminated
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_device_text(const sztp_device_t *dev, uint32_t field, const char **out);

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

/** Sets who works with the device's private keys when an artifact is encrypted: software, a TPM, a token, a
 * secure element. The keys themselves never come into the library (SEC-03, ENC-15). NULL: nobody; then
 * sztp_verify() finds that nothing encrypted is for this device (enc-no-recipient), and a session asks its
 * host (SZTP_ACTION_KEY).
 *
 * @p fn is asked once for each encrypted artifact, from inside sztp_verify() or sztp_session_next(), and must
 * not call the library with the same context or anything made from it, but for the getters of the request,
 * which is borrowed until @p fn returns. It writes to @p out exactly @p out_cap octets:
 * - RSA: the message without its padding, a content key. One of another length is as wrong as broken padding.
 * - ECDH: the shared secret, the x-coordinate, big-endian, with the leading zeros that fill the curve's
 * field. This is what TPM2_RSA_Decrypt and TPM2_ECDH_ZGen give (the latter may have left out leading zeros),
 * and what CKM_RSA_PKCS, CKM_RSA_PKCS_OAEP and CKM_ECDH1_DERIVE with CKD_NULL take and give.
 *
 * What it returns:
 * - 0: done, *out_len is @p out_cap.
 * - SZTP_PENDING: not finished. sztp_verify() or sztp_session_next() then returns SZTP_PENDING as well,
 * without a verdict, and the caller makes the same call again later. Everything begins anew then: the same
 * requests come in the same order, also those that were answered, so a function in front of something slow
 * keeps its answers until it is asked for something else.
 * - SZTP_ERR_NOT_FOUND: the key of SZTP_KEY_CERT is not here. Another recipient entry for another certificate
 *   of the device is tried; without any, the artifact is rejected as enc-no-recipient.
 * - SZTP_ERR_MEMORY: as when memory runs out elsewhere; nothing is judged, the call can be made again.
 * - anything else: the operation failed. The artifact is rejected as enc-decrypt-failed, and nobody learns
 * that it was this operation rather than what comes after it; nothing of @p out is used. A key function for
 *   RSA PKCS #1 v1.5 should neither take longer nor shorter when the padding is wrong (D-93).
 *
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE */
SZTP_API int32_t sztp_device_set_key(sztp_device_t *dev, sztp_key_fn fn, void *user);

/** SZTP_KEY_RSA_PKCS1, SZTP_KEY_RSA_OAEP or SZTP_KEY_ECDH; 0 for NULL. */
SZTP_API uint32_t sztp_key_request_operation(const sztp_key_request_t *request);

/** Reads a number of a request. @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND (not in this operation) */
SZTP_API int32_t sztp_key_request_u64(const sztp_key_request_t *request, uint32_t what, uint64_t *out);

/** Reads octets of a request, borrowed. @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND (not in this operation)
 */
SZTP_API int32_t sztp_key_request_bytes(const sztp_key_request_t *request, uint32_t what,
                                        const uint8_t **data, size_t *len);

/** Sets SZTP_POLICY_* @p policy.
 * @return 0, SZTP_ERR_ARG (unknown policy, value out of range, a floor moved back), SZTP_ERR_SEQUENCE;
 *         SZTP_ERR_UNSUPPORTED for SZTP_POLICY_CONSTRAINED_VOUCHER in a library without SZTP_FEATURE_CBOR */
SZTP_API int32_t sztp_device_set_i64(sztp_device_t *dev, uint32_t policy, int64_t value);

#ifdef __cplusplus
}
#endif
#endif
