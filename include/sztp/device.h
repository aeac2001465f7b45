/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * The device: who it is, whom it trusts, and how strictly (RFC 8572 5.1, "initial state").
 *
 * Trust anchors and policy come from here alone; nothing that is received can change
 * them. While a session of the device is alive the setters return SZTP_ERR_SEQUENCE.
 */
#ifndef SZTP_DEVICE_H
#define SZTP_DEVICE_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Texts about the device: sztp_device_set_text(), sztp_device_text(). */
enum {
  SZTP_DEVICE_SERIAL      = 1, /**< serial number (that of the identity certificate) */
  SZTP_DEVICE_HW_MODEL    = 2, /**< hw-model, sent to trusted servers only */
  SZTP_DEVICE_OS_NAME     = 3, /**< os-name of the running image */
  SZTP_DEVICE_OS_VERSION  = 4, /**< os-version of the running image */
  SZTP_DEVICE_CERT_SERIAL = 5  /**< serial number of the identity certificate; can't be set */
};

/** Roles of certificates: sztp_device_add_cert(). */
enum {
  SZTP_CERT_VOUCHER_ANCHOR = 1, /**< trust anchors for vouchers */
  SZTP_CERT_SERVER_ANCHOR  = 2, /**< trust anchors for well-known bootstrap servers */
  SZTP_CERT_IDENTITY       = 3, /**< the identity certificate (IDevID), the first one in a file */
  SZTP_CERT_IDENTITY_CHAIN = 4, /**< its intermediates, in issuing order */
  SZTP_CERT_REPORT_ANCHOR  = 5, /**< one call adds one chain up to its self-signed root, reported as
                                   trust-anchor-cert with bootstrap-complete */
  SZTP_CERT_DECRYPTION     = 6, /**< artifacts may be encrypted to it, as to the identity */
  SZTP_CERT_ATTESTATION    = 7  /**< of the key that signs evidence, then those above it, in issuing order; a
                                   root may be among them and is not sent */
};

/** What a private key is asked to do: sztp_key_request_operation(). What each operation takes and gives is
 * described at sztp_device_set_key(). GENERATE, DELETE and ATTEST are for certificate signing requests (RFC
 * 9646), see sztp_device_set_csr(). */
enum {
  SZTP_KEY_OP_DECRYPT_RSA_PKCS1 = 1, /**< RSAES-PKCS1-v1_5 (RFC 8017 7.2) */
  SZTP_KEY_OP_DECRYPT_RSA_OAEP  = 2, /**< RSAES-OAEP (RFC 8017 7.1) */
  SZTP_KEY_OP_AGREE_ECDH        = 3, /**< agreement with a peer's public key (SEC 1, 3.3.1) */
  SZTP_KEY_OP_SIGN_ECDSA        = 4, /**< ECDSA (FIPS 186-5 6.4) */
  SZTP_KEY_OP_SIGN_RSA_PKCS1    = 5, /**< RSASSA-PKCS1-v1_5 (RFC 8017 8.2) */
  SZTP_KEY_OP_SIGN_RSA_PSS      = 6, /**< RSASSA-PSS (RFC 8017 8.1), MGF1 and salt as in TLS 1.3 */
  SZTP_KEY_OP_QUERY             = 7, /**< what the key can do */
  SZTP_KEY_OP_GENERATE          = 8, /**< make a key pair */
  SZTP_KEY_OP_DELETE            = 9, /**< forget a key pair that was made */
  SZTP_KEY_OP_ATTEST            = 10 /**< make evidence about a key or about the device */
};

/** What a key request says: sztp_key_request_i64(), sztp_key_request_bytes(). The operations that a field
 * belongs to are in parentheses. */
enum {
  SZTP_KEY_F_HASH      = 32, /**< i64: of the label (OAEP) or the digest (SIGN): 1 (SHA-1), 256, 384 or 512 */
  SZTP_KEY_F_MGF_HASH  = 33, /**< i64: likewise, of MGF1; often the same as HASH, but not always (OAEP) */
  SZTP_KEY_F_INPUT     = 34, /**< bytes: the ciphertext (DECRYPT), the digest (SIGN), or the peer's point
                                  (ECDH), uncompressed: 0x04 and two coordinates, each as long as the curve's
                                  field; it is on the curve, which the library has checked */
  SZTP_KEY_F_LABEL     = 35, /**< bytes: the label, usually empty (OAEP) */
  SZTP_KEY_F_CERT      = 36, /**< bytes: DER of the device's certificate whose private key is meant; also
                                  determines the curve (all but GENERATE, DELETE) */
  SZTP_KEY_F_KEY_ID    = 37, /**< bytes: the name that the library chose for a key that was made, 32
                                  hexadecimal digits, instead of CERT (SIGN, QUERY, GENERATE, DELETE,
                                  ATTEST) */
  SZTP_KEY_F_ALGORITHM = 38, /**< bytes: DER AlgorithmIdentifier of the public key (GENERATE) */
  SZTP_KEY_F_STATEMENT = 39, /**< i64: the kind of evidence, one of SZTP_EVIDENCE_* (ATTEST) */
  SZTP_KEY_F_NONCE     = 40, /**< bytes: for freshness, 8 to 64 octets that the server chose (ATTEST) */
  SZTP_KEY_F_PCRS      = 41  /**< i64: bit n: a quote covers PCR n of the SHA-256 bank; 0 with CERTIFY
                                  (ATTEST) */
};

/** Kinds of evidence (draft-birkholz-rats-tcg-tpm2-attestation): values of SZTP_KEY_F_STATEMENT, bits of
 * SZTP_POLICY_EVIDENCE. */
enum {
  SZTP_EVIDENCE_CERTIFY = 1, /**< about the key of the request: TPM2_Certify (2.23.133.20.1) */
  SZTP_EVIDENCE_QUOTE   = 2  /**< about what the device measured: TPM2_Quote (2.23.133.20.2) */
};

/** What a key can do: bits of the answer to SZTP_KEY_OP_QUERY and of sztp_device_able(). */
enum {
  SZTP_ABLE_ECDSA_SHA256     = 1,      /**< ECDSA over SHA-256 */
  SZTP_ABLE_ECDSA_SHA384     = 2,      /**< ECDSA over SHA-384 */
  SZTP_ABLE_ECDSA_SHA512     = 4,      /**< ECDSA over SHA-512 */
  SZTP_ABLE_RSA_PKCS1_SHA256 = 16,     /**< RSASSA-PKCS1-v1_5 over SHA-256 */
  SZTP_ABLE_RSA_PKCS1_SHA384 = 32,     /**< RSASSA-PKCS1-v1_5 over SHA-384 */
  SZTP_ABLE_RSA_PKCS1_SHA512 = 64,     /**< RSASSA-PKCS1-v1_5 over SHA-512 */
  SZTP_ABLE_RSA_PSS_SHA256   = 256,    /**< RSASSA-PSS over SHA-256 */
  SZTP_ABLE_RSA_PSS_SHA384   = 512,    /**< RSASSA-PSS over SHA-384 */
  SZTP_ABLE_RSA_PSS_SHA512   = 1024,   /**< RSASSA-PSS over SHA-512 */
  SZTP_ABLE_DECRYPT          = 4096,   /**< RSA decryption, with either padding */
  SZTP_ABLE_AGREE            = 8192,   /**< ECDH */
  SZTP_ABLE_CERTIFY          = 65536,  /**< evidence about a key that was made */
  SZTP_ABLE_QUOTE            = 131072, /**< evidence about what the device measured */
  SZTP_ABLE_MATCHED          = 262144 /**< no ability, but a promise about an EC key: the certificate's public
                                            key was computed from it. Without it the first signature for TLS
                                            is verified before it is sent */
};

/** Assertions of a voucher (RFC 8366): bits of SZTP_POLICY_ASSERTIONS. */
enum {
  SZTP_ASSERTION_VERIFIED        = 1, /**< verified */
  SZTP_ASSERTION_LOGGED          = 2, /**< logged */
  SZTP_ASSERTION_PROXIMITY       = 4, /**< proximity */
  SZTP_ASSERTION_AGENT_PROXIMITY = 8  /**< agent-proximity */
};

/** When revocation is checked: values of SZTP_POLICY_REVOCATION. */
enum {
  SZTP_REVOCATION_AS_VOUCHER = 0, /**< as the voucher says */
  SZTP_REVOCATION_REQUIRED   = 1, /**< always */
  SZTP_REVOCATION_OFF        = 2  /**< never */
};

/** Policy: sztp_device_set_i64(). Switches are 0 or 1 (0). */
enum {
  SZTP_POLICY_ASSERTIONS         = 1, /**< accepted voucher assertions, SZTP_ASSERTION_* (_VERIFIED) */
  SZTP_POLICY_REVOCATION         = 2, /**< SZTP_REVOCATION_* (_AS_VOUCHER) */
  SZTP_POLICY_TIME_FLOOR         = 3, /**< Unix seconds that the true time is known to be after; 0 for none
                                              (0). It only moves forward; a time that is said to be right and
                                              is earlier is not believed */

  /* switches that strengthen */
  SZTP_POLICY_SIGNED_ONLY        = 16, /**< unsigned data is never trusted */
  SZTP_POLICY_SIGNED_ATTRS       = 17, /**< id-data without signed attributes is refused */
  SZTP_POLICY_NONCE_REQUIRED     = 18, /**< vouchers without a nonce are refused */
  SZTP_POLICY_NONCE_ALWAYS       = 19, /**< a nonce is sent even with a trusted clock */
  SZTP_POLICY_EXPIRY_NEEDS_CLOCK = 20, /**< expires-on without a trusted clock is refused */
  SZTP_POLICY_NO_SCRIPT_OUTPUT   = 21, /**< script output is left out of progress reports */
  SZTP_POLICY_NO_SCRIPTS         = 25, /**< onboarding information with scripts is refused as a whole */
  SZTP_POLICY_VOUCHER_TIME    = 26, /**< without a trusted clock, created-on of a voucher is a time that has
                                            passed: for what is judged after it in the same artifacts and, if
                                            they are accepted, for all that a session judges later */
  SZTP_POLICY_CSR_REQUIRED    = 22, /**< onboarding information of a trusted server is refused
                                            (csr-refused) unless it came after a certificate signing
                                            request */
  SZTP_POLICY_IMAGE_BOTH      = 23, /**< a boot image needs the owner's fingerprint and a good signature */
  SZTP_POLICY_VOUCHER_FLOOR   = 24, /**< Unix seconds: vouchers created before are refused as superseded, and
                                            those that don't say when; 0 for none; it only moves forward (0) */

  /* switches that weaken; each one that is on is logged at the start of a session */
  SZTP_POLICY_ALLOW_SHA1      = 32,       /**< SHA-1 signatures of legacy chains are accepted */
  SZTP_POLICY_REVISED_VOUCHER = 33,       /**< created-on and assertion may be missing */
  SZTP_POLICY_COMMON_NAME     = 34,       /**< the server may be named by its subject, if no subjectAltName
                                               names it */
  SZTP_POLICY_PROVISIONAL_FALLBACK  = 35, /**< a well-known server that fails is retried provisionally */
  SZTP_POLICY_LENIENT_DHCP          = 36, /**< option text without lengths is read, and host:port */
  SZTP_POLICY_IMAGE_SIGNATURE       = 37, /**< images without a fingerprint are accepted if the host checked
                                               the signature embedded in them */
  SZTP_POLICY_CRL_ANY_AGE           = 38, /**< without a trusted clock, a correctly signed CRL of any age
                                               counts as fresh */
  SZTP_POLICY_CONSTRAINED_VOUCHER   = 39, /**< vouchers in COSE, and vouchers that pin a public key and no
                                               certificate, are accepted */
  SZTP_POLICY_DEVICES_SIGN_VOUCHERS = 40, /**< certificates that look like devices' own (for clients only,
                                               with a hardware module's name, or with a serial number and from
                                               the issuer of this device's identity) may sign vouchers */
  SZTP_POLICY_DHCP_ANCHORS   = 41, /**< a server that DHCP names is first met as a well-known one, by the
                                               same anchors, and provisionally only if it is none of theirs */

  /* pacing of a session */
  SZTP_POLICY_MAX_PASSES     = 48, /**< passes over all sources; 0 for no limit (0) */
  SZTP_POLICY_RETRY_FIRST_MS = 49, /**< ms: first wait between passes (5000) */
  SZTP_POLICY_RETRY_LAST_MS  = 50, /**< ms: longest wait between passes (300000) */
  SZTP_POLICY_NO_HOST_META   = 51, /**< switch: use /restconf without asking for the root */
  SZTP_POLICY_NO_DNS_SERIAL  = 52, /**< switch: no question to DNS contains the serial number */

  /* evidence in certificate signing requests */
  SZTP_POLICY_EVIDENCE       = 56, /**< SZTP_EVIDENCE_* that trusted servers get if they ask (0) */
  SZTP_POLICY_EVIDENCE_PCRS  = 57  /**< bit n, 0 to 23: a quote covers PCR n; firmware and secure boot as
                                               the TCG has them (0x9F) */
};

/** Makes an empty device.
 * @param ctx the context that it belongs to
 * @param out the device, freed with sztp_device_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_device_new(sztp_ctx_t *ctx, sztp_device_t **out);

/** Frees a device, after its sessions. While one of them is alive it does nothing, and logs that.
 * @param dev the device; NULL is allowed */
SZTP_API void sztp_device_free(sztp_device_t *dev);

/** Freezes the device for good: no setter works any more, and sessions and verifications of any context may
 * use it, in several threads at the same time. Its key function is then called from all of them. Free it
 * after everything that uses it, which only the caller can know.
 * @param dev the device
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_REENTRY */
SZTP_API int32_t sztp_device_freeze(sztp_device_t *dev);

/** Gives the context that the device was made on: transports read the trail there.
 * @param dev the device
 * @return the context, or NULL for NULL */
SZTP_API sztp_ctx_t *sztp_device_ctx(const sztp_device_t *dev);

/** Sets a text field of the device.
 * @param dev   the device
 * @param field SZTP_DEVICE_*
 * @param value UTF-8, 1 to 256 octets, no control characters; copied
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE */
SZTP_API int32_t sztp_device_set_text(sztp_device_t *dev, uint32_t field, const char *value);

/** Reads a text field of the device. The serial number is the one in force, wherever it came from.
 * @param dev   the device
 * @param field SZTP_DEVICE_*
 * @param out   the text, NUL-terminated; borrowed until the field is set again or the device is freed
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND
 * @req IDEV-01, IDEV-05 */
SZTP_API int32_t sztp_device_text(const sztp_device_t *dev, uint32_t field, const char **out);

/** Adds certificates in one role.
 * @param dev      the device
 * @param role     SZTP_CERT_*
 * @param data,len PEM (any number of blocks; text between them is skipped), DER certificates one after
 *                 another, or base64 of DER; copied
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE;
 *   SZTP_ERR_CONFIG (an identity whose subject has no usable serial number, unless SZTP_DEVICE_SERIAL was set
 *   before; a report chain without a self-signed root)
 * @req IDEV-01, IDEV-02, IDEV-04, TLS-06, PROG-15, STATE-13, STATE-14 */
SZTP_API int32_t sztp_device_add_cert(sztp_device_t *dev, uint32_t role, const uint8_t *data, size_t len);

/** Reads one of the certificates of a role.
 * @param dev     the device
 * @param role    SZTP_CERT_*
 * @param index   from 0
 * @param der,len the certificate, borrowed from the device
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_device_cert(const sztp_device_t *dev, uint32_t role, size_t index, const uint8_t **der,
                                  size_t *len);

/** Adds a well-known bootstrap server. They are tried in the order added.
 * @param dev  the device
 * @param host name or address, 1 to 253 characters, no brackets
 * @param port 1 to 65535, or 0 for 443
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_URI, SZTP_ERR_LIMIT (64), SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE
 * @req DISC-08 */
SZTP_API int32_t sztp_device_add_server(sztp_device_t *dev, const char *host, uint16_t port);

/** Adds a domain in which DNS servers are asked for bootstrapping data, in the order added. Without any, a
 * session asks the host for the network's domains.
 * @param dev    the device
 * @param domain a name of letters, digits, '-' and '_', 1 to 253 characters; names that end in "local" belong
 *               to multicast DNS and are not asked for
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_URI, SZTP_ERR_LIMIT (16), SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE
 * @req DNS-06 */
SZTP_API int32_t sztp_device_add_domain(sztp_device_t *dev, const char *domain);

/** Adds an SSH host key that bootstrap-complete reports.
 * @param dev       the device
 * @param algorithm IANA public key algorithm name, as "ssh-ed25519"
 * @param blob,len  public key blob of RFC 4253 6.6, beginning with its length-prefixed identifier; copied
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT (a blob without a well-formed identifier), SZTP_ERR_LIMIT (16),
 *   SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE
 * @req PROG-13, PROG-14 */
SZTP_API int32_t sztp_device_add_host_key(sztp_device_t *dev, const char *algorithm, const uint8_t *blob,
                                          size_t len);

/** Sets the function that works with the device's private keys: software (libsztp-https has one), a TPM, a
 * token, a secure element. The keys themselves never enter the library. With NULL there is none; then
 * sztp_verify() finds that nothing encrypted is for this device (enc-no-recipient), a session asks its host
 * (SZTP_ACTION_KEY), and sztp_device_sign() cannot sign.
 *
 * Which key is meant: that of the certificate in SZTP_KEY_F_CERT, one of the device's own. Only the
 * identity's key (SZTP_CERT_IDENTITY) identifies the device and signs for it in TLS; artifacts are decrypted
 * with it or with one of SZTP_CERT_DECRYPTION. A key that was made later (SZTP_KEY_F_KEY_ID) belongs to the
 * owner and is never used for bootstrapping, in this run or in a later one.
 *
 * The function is called from inside sztp_verify() and sztp_session_next(), once for each encrypted artifact,
 * and from inside sztp_device_sign() and sztp_device_able(). It must not call the library with the same
 * context or anything made from it, except for the getters of the request, which is borrowed until the
 * function returns. Where a frozen device serves several threads, each of them calls it.
 *
 * It answers an operation that it does not know with SZTP_ERR_UNSUPPORTED; later versions may have new ones.
 * Its output has room for exactly the answer, and it fills all of it:
 * - DECRYPT: the message without its padding. A message of another length counts as broken padding.
 * - AGREE: the shared secret: the x-coordinate, big-endian, with the leading zeros that fill the curve's
 *   field.
 * - SIGN_RSA: the signature, as long as the modulus. PSS has MGF1 with the digest's hash and a salt as long
 *   as the digest.
 * - SIGN_ECDSA: r and s, each big-endian and as long as the curve's order; not DER.
 * - QUERY: 8 octets, the sum of SZTP_ABLE_*, big-endian. A function that answers SZTP_ERR_UNSUPPORTED is
 *   assumed to sign with any of the hashes, RSA by PKCS #1.
 * - GENERATE (SubjectPublicKeyInfo), DELETE (nothing), ATTEST (AttestationStatement): DER that fits into the
 *   room.
 *
 * A statement of ATTEST has the type 2.23.133.20.1 (CERTIFY), and is a SEQUENCE of three OCTET STRINGs,
 * TPMS_ATTEST, TPMT_SIGNATURE and TPMT_PUBLIC of the key in KEY_ID or CERT; or 2.23.133.20.2 (QUOTE), with
 * the values of the PCRs, one after another, in place of TPMT_PUBLIC. Its extraData is NONCE. All of them are
 * signed by one attestation key, which is restricted: one that signs anything else could be made to sign a
 * forgery.
 *
 * This is what TPM2_RSA_Decrypt, TPM2_ECDH_ZGen (which may leave out leading zeros) and TPM2_Sign give, and
 * what CKM_RSA_PKCS, CKM_RSA_PKCS_OAEP, CKM_ECDH1_DERIVE with CKD_NULL, and CKM_ECDSA take and give.
 *
 * It returns:
 * - 0: done; *out_len octets were written.
 * - SZTP_PENDING: not finished. The library function that asked then also returns SZTP_PENDING, without a
 *   result, and the caller makes the same call again later. Everything starts over then: the same requests
 *   come in the same order, including those that were answered, so a function that wraps something slow keeps
 *   its answers until it is asked for something else. A TLS handshake cannot be put off, so libsztp-https
 *   asks again until the handshake's time is over.
 * - SZTP_ERR_NOT_FOUND: the key of that certificate is not here. The recipient entries for other certificates
 *   of the device are tried; if there are none, the artifact is rejected as enc-no-recipient.
 * - SZTP_ERR_UNSUPPORTED: the operation is unknown, or the key cannot do it.
 * - SZTP_ERR_MEMORY: as when memory runs out elsewhere: nothing is judged, and the call can be made again.
 * - Anything else: the operation failed. If it was decryption, the artifact is rejected as
 *   enc-decrypt-failed, as it is for SZTP_ERR_UNSUPPORTED, and nobody learns that it was this operation
 *   rather than what comes after it; the output is not used. A key function for RSA PKCS #1 v1.5 should take
 *   the same time whether the padding is right or wrong.
 * @param dev  the device
 * @param fn   the key function; NULL removes it
 * @param user passed to the function
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_SEQUENCE
 * @req ENC-15, TLS-21 */
SZTP_API int32_t sztp_device_set_key(sztp_device_t *dev, sztp_key_fn fn, void *user);

/** Signs a digest with the private key of the device's identity certificate, through the function of
 * sztp_device_set_key(): for transports with a TLS stack of their own. May be called from a handler.
 * @param ctx               whose trail says why not: the device's context; or the session's, if the device is
 *                          frozen
 * @param dev               the device
 * @param cert,cert_len     its identity certificate, DER, as sztp_device_cert() gives it; any other is not
 *                          found
 * @param operation         SZTP_KEY_OP_SIGN_*, for the certificate's kind of key
 * @param hash              the hash that made the digest: 256, 384 or 512
 * @param digest,digest_len what is signed, as many octets as the hash has
 * @param out               the signature; for ECDSA r and s, not DER
 * @param out_len           in: room; out: octets, which the key determines (ECDSA on P-256: 64; RSA: the
 *                          modulus). Also set with SZTP_ERR_BUFFER, to the room that is needed
 * @return 0; SZTP_PENDING (make the same call again); SZTP_ERR_NOT_FOUND (no key function, or it does not
 *   have this key); SZTP_ERR_UNSUPPORTED (the key cannot do that); SZTP_ERR_BUFFER; SZTP_ERR_KEY_LOCKED (not
 *   now); SZTP_ERR_KEY (it failed, or broke its contract); SZTP_ERR_ARG, SZTP_ERR_MEMORY
 * @req TLS-21 */
SZTP_API int32_t sztp_device_sign(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *cert,
                                  size_t cert_len, uint32_t operation, uint32_t hash, const uint8_t *digest,
                                  size_t digest_len, uint8_t *out, size_t *out_len);

/** Asks what the private key of one of the device's certificates can do, and so whether it is there at all.
 * May be called from a handler.
 * @param ctx           as in sztp_device_sign()
 * @param dev           the device
 * @param cert,cert_len one of its certificates, SZTP_CERT_IDENTITY or SZTP_CERT_DECRYPTION, DER
 * @param out           SZTP_ABLE_* bits
 * @return as sztp_device_sign(), except SZTP_ERR_BUFFER and SZTP_ERR_UNSUPPORTED */
SZTP_API int32_t sztp_device_able(sztp_ctx_t *ctx, const sztp_device_t *dev, const uint8_t *cert,
                                  size_t cert_len, int64_t *out);

/** Reads what a request asks for.
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
 * @param request  the request
 * @param field    SZTP_KEY_F_*
 * @param data,len the octets, borrowed from the request
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND (not in this request) */
SZTP_API int32_t sztp_key_request_bytes(const sztp_key_request_t *request, uint32_t field,
                                        const uint8_t **data, size_t *len);

/** Names an operation of a key.
 * @param operation SZTP_KEY_OP_*
 * @return the name, as "sign-ecdsa"; "" for an unknown one; static */
SZTP_API const char *sztp_key_op_name(uint32_t operation);

/** Names a field of a key request.
 * @param field SZTP_KEY_F_*
 * @return the name, as "hash"; "" for an unknown one; static */
SZTP_API const char *sztp_key_field_name(uint32_t field);

/** Names what a key can do.
 * @param able one bit of SZTP_ABLE_*
 * @return the name, as "ecdsa-sha256"; "" for an unknown one, and for SZTP_ABLE_MATCHED; static */
SZTP_API const char *sztp_key_able_name(int64_t able);

/** Sets a policy.
 * @param dev    the device
 * @param policy SZTP_POLICY_*
 * @param value  in the unit and range that the constant gives
 * @return 0, SZTP_ERR_ARG (unknown policy, value out of range, a floor moved back), SZTP_ERR_SEQUENCE;
 *   SZTP_ERR_UNSUPPORTED (SZTP_POLICY_CONSTRAINED_VOUCHER in a library without SZTP_FEATURE_CBOR) */
SZTP_API int32_t sztp_device_set_i64(sztp_device_t *dev, uint32_t policy, int64_t value);

/** Formats of certificate signing requests: bits of sztp_device_set_csr(), values of SZTP_F_FORMAT. */
enum {
  SZTP_CSR_P10 = 1, /**< PKCS #10, which the library makes */
  SZTP_CSR_CMC = 2, /**< Full PKI Request, which the host makes of it (SZTP_ACTION_CSR) */
  SZTP_CSR_CMP = 4  /**< PKIMessage, likewise */
};

/** Kinds of keys that can be made: bits of sztp_device_set_csr(). */
enum {
  SZTP_ALGORITHM_P256 = 1, /**< EC on P-256 */
  SZTP_ALGORITHM_P384 = 2, /**< EC on P-384 */
  SZTP_ALGORITHM_P521 = 4, /**< EC on P-521 */
  SZTP_ALGORITHM_RSA  = 8  /**< RSA of 3072 bits, or the most that the key store has, at least 2048 */
};

/** Lets trusted bootstrap servers ask for a certificate signing request (RFC 9646), so that the owner's CA can
 * issue a certificate with the onboarding information. Without this call the device offers nothing, and the
 * code for it is not linked into programs that link the library statically.
 *
 * The keys are made, used and deleted by the function of sztp_device_set_key() (or by KEY actions): operations
 * GENERATE, QUERY, SIGN_ECDSA, SIGN_RSA_PKCS1 and DELETE, with the name that the library has chosen
 * (SZTP_KEY_F_KEY_ID) and had the host keep (SZTP_ACTION_SAVE) before. A new key must be protected as well as
 * the identity's; where that can't be, leave @p algorithms 0, so that servers can only ask for a request with
 * the identity's key. The key of an attempt that fails is deleted. That of a good one is the owner's: its
 * name and the request are fields of SCRIPT, CONFIG and DONE. It is never used for bootstrapping. Its name is
 * what a session asks to keep from then on; of a device that is bootstrapped once more it is deleted when the
 * new attempt has succeeded, and not before.
 *
 * A server asks for evidence by an attribute id-aa-attestation (1.2.840.113549.1.9.16.2.59) in cert-req-info,
 * whose statements are nonces. Statements of kinds that SZTP_POLICY_EVIDENCE allows are asked of the key
 * function (ATTEST) and take the nonces' places, with the certificates of SZTP_CERT_ATTESTATION behind them;
 * those that it does not allow, or that can't be made, are left out, and without any the attribute is, too
 * (SZTP_EVENT_EVIDENCE). All else in the request stays as the server has it. A request with evidence is not a
 * field of DONE, since it is not to be kept.
 * @param dev        the device
 * @param formats    SZTP_CSR_* that are offered; 0: none
 * @param algorithms SZTP_ALGORITHM_* of keys that can be made; 0: none
 * @return 0, SZTP_ERR_ARG (an unknown bit; algorithms without formats), SZTP_ERR_SEQUENCE
 * @req CSR-01, CSR-03, CSR-04, CSR-22, CSR-34, CSR-38, ATT-01, ATT-06, ATT-10, ATT-12, LIFE-07 */
SZTP_API int32_t sztp_device_set_csr(sztp_device_t *dev, uint32_t formats, uint32_t algorithms);

/** What certificates must say of themselves: sztp_device_require(). */
enum {
  SZTP_REQUIRE_VOUCHER_PURPOSE = 1, /**< extended key usage of the certificate that signed a voucher */
  SZTP_REQUIRE_VOUCHER_POLICY  = 2, /**< certificate policy of its path, up to the voucher anchor */
  SZTP_REQUIRE_OWNER_PURPOSE   = 3, /**< extended key usage of the owner certificate */
  SZTP_REQUIRE_OWNER_POLICY    = 4  /**< certificate policy of its path, up to the pinned certificate */
};

/** Demands a purpose or policy. Of several of a kind one suffices. Without any, every purpose will do, unless
 * the extended key usage is critical and names others than anyExtendedKeyUsage; so will every policy.
 *
 * Where one root has issued both the devices' identities and the voucher signer, demand a purpose that the
 * voucher signer alone has. Better still is a voucher anchor below which nothing but voucher signers is
 * issued.
 *
 * @param dev  the device
 * @param what SZTP_REQUIRE_*
 * @param oid  object identifier as numbers with dots, "1.3.6.1.5.5.7.3.28"
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT (no object identifier), SZTP_ERR_LIMIT (more than 8 of a kind),
 *   SZTP_ERR_MEMORY, SZTP_ERR_SEQUENCE
 * @req VERIFY-07 */
SZTP_API int32_t sztp_device_require(sztp_device_t *dev, uint32_t what, const char *oid);

#ifdef __cplusplus
}
#endif
#endif
