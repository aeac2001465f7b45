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

/** What a private key is asked to do: sztp_key_request_operation(). What each takes and gives is at
 * sztp_device_set_key(). GENERATE, DELETE and ATTEST are there for certificate signing requests (RFC 9646);
 * this version doesn't ask for them. */
enum {
  SZTP_KEY_OP_DECRYPT_RSA_PKCS1 = 1, /**< RSAES-PKCS1-v1_5 (RFC 8017 7.2) */
  SZTP_KEY_OP_DECRYPT_RSA_OAEP = 2,  /**< RSAES-OAEP (RFC 8017 7.1) */
  SZTP_KEY_OP_AGREE_ECDH = 3,        /**< agreement with a peer's public key (SEC 1, 3.3.1) */
  SZTP_KEY_OP_SIGN_ECDSA = 4,        /**< ECDSA (FIPS 186-5 6.4) */
  SZTP_KEY_OP_SIGN_RSA_PKCS1 = 5,    /**< RSASSA-PKCS1-v1_5 (RFC 8017 8.2) */
  SZTP_KEY_OP_SIGN_RSA_PSS = 6,      /**< RSASSA-PSS (RFC 8017 8.1), MGF1 and salt as in TLS 1.3 */
  SZTP_KEY_OP_QUERY = 7,             /**< what the key can do */
  SZTP_KEY_OP_GENERATE = 8,          /**< make a key pair */
  SZTP_KEY_OP_DELETE = 9,            /**< forget a key pair that was made */
  SZTP_KEY_OP_ATTEST = 10            /**< make evidence about a key or about the device */
};

/** What a request says: sztp_key_request_i64(), sztp_key_request_bytes(). The operations that a field belongs
 * to are in parentheses. */
enum {
  SZTP_KEY_F_HASH = 32,     /**< i64: 1 (SHA-1), 256, 384 or 512: of the label (OAEP), of the digest (SIGN) */
  SZTP_KEY_F_MGF_HASH = 33, /**< i64: likewise, of MGF1; often the same as HASH, not always (OAEP) */
  SZTP_KEY_F_INPUT = 34, /**< bytes: the ciphertext (DECRYPT), the digest (SIGN), or the peer's point (ECDH),
                              uncompressed: 0x04 and two coordinates, each as long as the curve's field. It is
                              on the curve, as a key that does not look itself must know */
  SZTP_KEY_F_LABEL = 35, /**< bytes: the label, usually of no octets (OAEP) */
  SZTP_KEY_F_CERT = 36,  /**< bytes: DER of the device's certificate whose private key is meant; it also names
                              the curve (all but GENERATE, DELETE) */
  /** bytes: the name that the library chose for a key that was made, 32 hexadecimal digits; in place of CERT
   * (SIGN, QUERY, GENERATE, DELETE, ATTEST) */
  SZTP_KEY_F_KEY_ID = 37,
  SZTP_KEY_F_ALGORITHM = 38, /**< bytes: DER AlgorithmIdentifier of the public key (GENERATE) */
  SZTP_KEY_F_STATEMENT = 39, /**< i64: which kind of evidence (ATTEST) */
  SZTP_KEY_F_NONCE = 40      /**< bytes: for freshness, given by whoever asked; may be absent (ATTEST) */
};

/** What a key can do: bits of the answer to SZTP_KEY_OP_QUERY and of sztp_device_able(). */
enum {
  SZTP_ABLE_ECDSA_SHA256 = 1,
  SZTP_ABLE_ECDSA_SHA384 = 2,
  SZTP_ABLE_ECDSA_SHA512 = 4,
  SZTP_ABLE_RSA_PKCS1_SHA256 = 16,
  SZTP_ABLE_RSA_PKCS1_SHA384 = 32,
  SZTP_ABLE_RSA_PKCS1_SHA512 = 64,
  SZTP_ABLE_RSA_PSS_SHA256 = 256,
  SZTP_ABLE_RSA_PSS_SHA384 = 512,
  SZTP_ABLE_RSA_PSS_SHA512 = 1024,
  SZTP_ABLE_DECRYPT = 4096,  /**< RSA decryption, with either padding */
  SZTP_ABLE_AGREE = 8192,    /**< ECDH */
  SZTP_ABLE_CERTIFY = 65536, /**< evidence about a key that was made */
  SZTP_ABLE_QUOTE = 131072   /**< evidence about what the device measured */
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

/** Frees a device after its sessions; while one of them is alive it does nothing, and logs that. NULL is
 * allowed. */
SZTP_API void sztp_device_free(sztp_device_t *dev);

/** Freezes the device for ever: no setter works any more, and sessions and verifications of any context may
 * use it, also in several threads at a time. Its key function is then called from all of them. Freed after
 * everything that uses it, which only the caller can know.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_device_freeze(sztp_device_t *dev);

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

/** Sets the function that works with the device's private keys: software (libsztp-https has one), a TPM, a
 * token, a secure element. The keys themselves never come into the library. NULL: there is none; then
 * sztp_verify() finds that nothing encrypted is for this device (enc-no-recipient), a session asks its host
 * (SZTP_ACTION_KEY), and sztp_device_sign() has nobody to ask.
 *
 * Which key is meant: that of the certificate in SZTP_KEY_F_CERT, one of the device's own. Only the
 * identity's key (SZTP_CERT_IDENTITY) identifies the device and signs for it in TLS; artifacts are decrypted
 * with it or with one of SZTP_CERT_DECRYPTION. A key that was made later (SZTP_KEY_F_KEY_ID) belongs to the
 * owner and is never used for bootstrapping, in this run or in a later one.
 *
 * @p fn is called from inside sztp_verify() and sztp_session_next(), once for each encrypted artifact, and
 * from inside sztp_device_sign() and sztp_device_able(). It must not call the library with the same context
 * or anything made from it, except for the getters of the request, which is borrowed until @p fn returns. If
 * a frozen device serves several threads, it is called by each of them.
 *
 * An operation that it does not know it answers with SZTP_ERR_UNSUPPORTED; later versions may have new ones.
 * In @p out there is room for exactly the answer, @p out_cap octets, and it fills them:
 * - DECRYPT: the message without its padding. One of another length is as wrong as broken padding.
 * - AGREE: the shared secret, the x-coordinate, big-endian, with the leading zeros that fill the curve's
 * field.
 * - SIGN_RSA: the signature, as long as the modulus. PSS has MGF1 with the digest's hash and a salt as long
 * as the digest.
 * - SIGN_ECDSA: r and s, each big-endian and as long as the curve's order; not DER.
 * - QUERY: 8 octets, the sum of SZTP_ABLE_*, big-endian. A function that answers SZTP_ERR_UNSUPPORTED is
 * taken for one that signs with any of the hashes, RSA by PKCS #1.
 * - GENERATE (SubjectPublicKeyInfo), DELETE (nothing), ATTEST (AttestationStatement): DER of at most @p
 * out_cap octets.
 *
 * This is what TPM2_RSA_Decrypt, TPM2_ECDH_ZGen (which may leave out leading zeros) and TPM2_Sign give, and
 * what CKM_RSA_PKCS, CKM_RSA_PKCS_OAEP, CKM_ECDH1_DERIVE with CKD_NULL, and CKM_ECDSA take and give.
 *
 * It returns:
 * - 0: done, *out_len octets were written.
 * - SZTP_PENDING: not finished. The function of the library that asked then returns SZTP_PENDING as well,
 * without a result, and the caller makes the same call again later. Everything begins anew then: the same
 * requests come in the same order, also those that were answered, so a function in front of something slow
 * keeps its answers until it is asked for something else. A TLS handshake can't be put off, so that
 * libsztp-https asks again until the handshake's time is over.
 * - SZTP_ERR_NOT_FOUND: the key of that certificate is not here. Another recipient entry for another
 * certificate of the device is tried; without any, the artifact is rejected as enc-no-recipient.
 * - SZTP_ERR_UNSUPPORTED: the operation is unknown, or the key can't do it.
 * - SZTP_ERR_MEMORY: as when memory runs out elsewhere; nothing is judged, the call can be made again.
 * - anything else: the operation failed. When it was decryption, the artifact is rejected as
 * enc-decrypt-failed, as it is for SZTP_ERR_UNSUPPORTED, and nobody learns that it was this operation rather
 * than what comes after it; nothing of @p out is used. A key function for RSA PKCS #1 v1.5 should neither
 * take longer nor shorter when the padding is wrong.
 *
 * @param dev  the device
 * @param fn   the function, or NULL
 * @param user passed to it
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE */
SZTP_API int32_t sztp_device_set_key(sztp_device_t *dev, sztp_key_fn fn, void *user);

/** Signs a digest with the private key of the device's identity certificate, through the function of
 * sztp_device_set_key(): for transports with a TLS stack of their own. May be called from a handler.
 *
 * @param ctx       whose trail says why not: the device's context; or the session's, if the device is frozen
 * @param dev       the device
 * @param cert      its identity certificate, DER, as sztp_device_cert() gives it; any other is not found
 * @param cert_len  octets
 * @param operation SZTP_KEY_OP_SIGN_*, of the certificate's kind of key
 * @param hash      that made the digest: 256, 384 or 512
 * @param digest    what is signed
 * @param digest_len octets, as many as @p hash has
 * @param out       the signature; of ECDSA r and s, not DER
 * @param out_len   in: room; out: octets, which the key determines (ECDSA on P-256: 64; RSA: the modulus). It
 * is also set with SZTP_ERR_BUFFER, then to what is needed
 * @return 0; SZTP_PENDING (make the same call again); SZTP_ERR_NOT_FOUND (no key function, or it does not
 * have this key); SZTP_ERR_UNSUPPORTED (the key can't do that); SZTP_ERR_BUFFER; SZTP_ERR_KEY (it failed, or
 * broke its contract); SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_device_sign(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *cert,
                                  size_t cert_len, uint32_t operation, uint32_t hash, const uint8_t *digest,
                                  size_t digest_len, uint8_t *out, size_t *out_len);

/** Asks what the private key of a certificate of the device can do, and so whether it is there at all. May be
 * called from a handler.
 *
 * @param ctx      as in sztp_device_sign()
 * @param dev      the device
 * @param cert     a certificate of it, SZTP_CERT_IDENTITY or SZTP_CERT_DECRYPTION, DER
 * @param cert_len octets
 * @param out      SZTP_ABLE_* bits
 * @return as sztp_device_sign(), but for SZTP_ERR_BUFFER and SZTP_ERR_UNSUPPORTED */
SZTP_API int32_t sztp_device_able(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *cert,
                                  size_t cert_len, int64_t *out);

/** What a request asks for.
 * @param request the request
 * @return SZTP_KEY_OP_*; 0 for NULL */
SZTP_API uint32_t sztp_key_request_operation(const sztp_key_request_t *request);

/** Reads a number of a request.
 * @param request the request
 * @param field   SZTP_KEY_F_*
 * @param out     the number
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND (not in this request) */
SZTP_API int32_t sztp_key_request_i64(const sztp_key_request_t *request, uint32_t field, int64_t *out);

/** Reads octets of a request.
 * @param request the request
 * @param field   SZTP_KEY_F_*
 * @param data    the octets, borrowed until the key function returns
 * @param len     how many
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND (not in this request) */
SZTP_API int32_t sztp_key_request_bytes(const sztp_key_request_t *request, uint32_t field,
                                        const uint8_t **data, size_t *len);

/** The name of an operation, as "sign-ecdsa".
 * @param operation SZTP_KEY_OP_*
 * @return the name, static; "" for an unknown operation */
SZTP_API const char *sztp_key_op_name(uint32_t operation);

/** The name of a field of a request, as "hash".
 * @param field SZTP_KEY_F_*
 * @return the name, static; "" for an unknown field */
SZTP_API const char *sztp_key_field_name(uint32_t field);

/** The name of one thing that a key can do, as "ecdsa-sha256".
 * @param able one bit of SZTP_ABLE_*
 * @return the name, static; "" for an unknown bit, or several */
SZTP_API const char *sztp_key_able_name(int64_t able);

/** Sets SZTP_POLICY_* @p policy.
 * @return 0, SZTP_ERR_ARG (unknown policy, value out of range, a floor moved back), SZTP_ERR_SEQUENCE;
 *         SZTP_ERR_UNSUPPORTED for SZTP_POLICY_CONSTRAINED_VOUCHER in a library without SZTP_FEATURE_CBOR */
SZTP_API int32_t sztp_device_set_i64(sztp_device_t *dev, uint32_t policy, int64_t value);

#ifdef __cplusplus
}
#endif
#endif
