/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Error codes, their names, and the trail that shows where an error came from.
 *
 * A code is -(layer * 256 + n): ground 0, formats 1, cryptography 2, trust 3, machine 4.
 * Codes that stand for a reason label are marked with it; sztp-refusals(7) explains the labels.
 */
#ifndef SZTP_ERROR_H
#define SZTP_ERROR_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What functions return. Labels in quotes are explained in sztp-refusals(7). */
enum {
  SZTP_OK                                = 0, /**< done */
  SZTP_PENDING                           = 1, /**< not finished; call again */

  SZTP_ERR_ARG                           = -1,  /**< an argument is NULL, unknown or out of range */
  SZTP_ERR_MEMORY                        = -2,  /**< no memory, or the budget is used up */
  SZTP_ERR_LIMIT                         = -3,  /**< "limit": input beyond a size or count limit */
  SZTP_ERR_SEQUENCE                      = -4,  /**< not now: the object is in another state */
  SZTP_ERR_STALE                         = -5,  /**< the ticket belongs to an earlier action */
  SZTP_ERR_REENTRY                       = -6,  /**< not from inside a handler */
  SZTP_ERR_NOT_FOUND                     = -7,  /**< no such field, index or entry */
  SZTP_ERR_UNSUPPORTED                   = -8,  /**< this build or this object can't do that */
  SZTP_ERR_BUFFER                        = -9,  /**< the caller's buffer is too small */
  SZTP_ERR_ABI                           = -10, /**< a structure or saved state of an unknown version */
  SZTP_ERR_CANCELLED                     = -11, /**< stopped on request */
  SZTP_ERR_HOST                          = -12, /**< the host has no handler, or a handler broke its
                                                     contract */
  SZTP_ERR_RANDOM                        = -13, /**< the random source failed */
  SZTP_ERR_CONFIG                        = -14, /**< the device's configuration is incomplete or contradicts
                                                     itself */
  SZTP_ERR_BUSY                          = -15, /**< another session is alive on this context */

  SZTP_ERR_DER                           = -257, /**< not DER */
  SZTP_ERR_JSON                          = -258, /**< not JSON, or JSON that is refused (duplicates, NUL) */
  SZTP_ERR_XML                           = -259, /**< not XML, or XML that is refused (DOCTYPE) */
  SZTP_ERR_CBOR                          = -260, /**< not CBOR */
  SZTP_ERR_URI                           = -261, /**< not a URI of the wanted form */
  SZTP_ERR_TEXT                          = -262, /**< not base64, hex, UTF-8, PEM, a number or a date */
  SZTP_ERR_DNS                           = -263, /**< not a DNS message, no answer to the question, or one
                                                      that contradicts itself */
  SZTP_ERR_TRUNCATED                     = -264, /**< a DNS answer that did not fit: ask over TCP */

  SZTP_ERR_CMS_MALFORMED                 = -513, /**< "cms-malformed" */
  SZTP_ERR_CMS_TYPE_UNEXPECTED           = -514, /**< "cms-type-unexpected" */
  SZTP_ERR_CMS_DETACHED                  = -515, /**< "cms-detached" */
  SZTP_ERR_CMS_SIGNEDATTRS_MISSING       = -516, /**< "cms-signedattrs-missing" */
  SZTP_ERR_CMS_CONTENTTYPE_MISMATCH      = -517, /**< "cms-contenttype-mismatch" */
  SZTP_ERR_CMS_DIGEST_MISMATCH           = -518, /**< "cms-digest-mismatch" */
  SZTP_ERR_CMS_SIGNATURE_INVALID         = -519, /**< "cms-signature-invalid" */
  SZTP_ERR_CMS_SIGNER_UNKNOWN            = -520, /**< "cms-signer-unknown" */
  SZTP_ERR_CMS_ALG_UNSUPPORTED           = -521, /**< "cms-alg-unsupported" */
  SZTP_ERR_CMS_ALG_WEAK                  = -522, /**< "cms-alg-weak" */
  SZTP_ERR_CMS_NO_CERTIFICATES           = -523, /**< "cms-no-certificates" */
  SZTP_ERR_ENC_NO_RECIPIENT              = -524, /**< "enc-no-recipient" */
  SZTP_ERR_ENC_DECRYPT_FAILED            = -525, /**< "enc-decrypt-failed" */
  SZTP_ERR_ENC_ALG_UNSUPPORTED           = -526, /**< "enc-alg-unsupported" */
  SZTP_ERR_ENC_NESTED                    = -527, /**< "enc-nested" */
  SZTP_ERR_PKIX_NO_PATH                  = -528, /**< "pkix-no-path" */
  SZTP_ERR_PKIX_EXPIRED                  = -529, /**< "pkix-expired" */
  SZTP_ERR_PKIX_NOT_YET_VALID            = -530, /**< "pkix-not-yet-valid" */
  SZTP_ERR_PKIX_NOT_CA                   = -531, /**< "pkix-not-ca" */
  SZTP_ERR_PKIX_PATHLEN                  = -532, /**< "pkix-pathlen" */
  SZTP_ERR_PKIX_KEYUSAGE                 = -533, /**< "pkix-keyusage" */
  SZTP_ERR_PKIX_NAME_CONSTRAINT          = -534, /**< "pkix-name-constraint" */
  SZTP_ERR_PKIX_CRITICAL_EXT             = -535, /**< "pkix-critical-ext" */
  SZTP_ERR_PKIX_REVOKED                  = -536, /**< "pkix-revoked" */
  SZTP_ERR_PKIX_REVOCATION_UNKNOWN       = -537, /**< "pkix-revocation-unknown" */
  SZTP_ERR_CRYPTO                        = -538, /**< the cryptographic library failed */
  SZTP_ERR_KEY                           = -539, /**< a private key is unreadable or does not fit */
  SZTP_ERR_KEY_LOCKED                    = -540, /**< a TPM refuses its keys for some time */

  SZTP_ERR_ARTIFACT_MISSING              = -769, /**< "artifact-missing" */
  SZTP_ERR_ENCODING_UNKNOWN              = -770, /**< "encoding-unknown" */
  SZTP_ERR_ENCODING_MISMATCH             = -771, /**< "encoding-mismatch" */
  SZTP_ERR_MODEL_INVALID                 = -772, /**< "model-invalid" */
  SZTP_ERR_VOUCHER_UNTRUSTED             = -773, /**< "voucher-untrusted" */
  SZTP_ERR_VOUCHER_MALFORMED             = -774, /**< "voucher-malformed" */
  SZTP_ERR_VOUCHER_NOT_YET_VALID         = -775, /**< "voucher-not-yet-valid" */
  SZTP_ERR_VOUCHER_EXPIRED               = -776, /**< "voucher-expired" */
  SZTP_ERR_VOUCHER_ASSERTION             = -777, /**< "voucher-assertion" */
  SZTP_ERR_VOUCHER_SERIAL                = -778, /**< "voucher-serial" */
  SZTP_ERR_VOUCHER_IDEVID_ISSUER         = -779, /**< "voucher-idevid-issuer" */
  SZTP_ERR_VOUCHER_NONCE                 = -780, /**< "voucher-nonce" */
  SZTP_ERR_OWNER_UNTRUSTED               = -781, /**< "owner-untrusted" */
  SZTP_ERR_OWNER_KEYUSAGE                = -782, /**< "owner-keyusage" */
  SZTP_ERR_SIGNER_NOT_OWNER              = -783, /**< "signer-not-owner" */
  SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED = -784, /**< "unsigned-onboarding-untrusted" */
  SZTP_ERR_VOUCHER_SUPERSEDED            = -792, /**< "voucher-superseded" */
  SZTP_ERR_SCRIPT_FORBIDDEN              = -800, /**< "script-forbidden" */
  SZTP_ERR_EVIDENCE_MISSING              = -793, /**< "evidence-missing" */
  SZTP_ERR_EVIDENCE_MALFORMED            = -794, /**< "evidence-malformed" */
  SZTP_ERR_EVIDENCE_SIGNER               = -795, /**< "evidence-signer" */
  SZTP_ERR_EVIDENCE_SIGNATURE            = -796, /**< "evidence-signature" */
  SZTP_ERR_EVIDENCE_NONCE                = -797, /**< "evidence-nonce" */
  SZTP_ERR_EVIDENCE_KEY                  = -798, /**< "evidence-key" */
  SZTP_ERR_EVIDENCE_MEASURED             = -799, /**< "evidence-measured" */

  SZTP_ERR_REDIRECT_LIMIT                = -1025, /**< "redirect-limit" */
  SZTP_ERR_TLS_UNTRUSTED                 = -1026, /**< "tls-untrusted" */
  SZTP_ERR_TLS_NAME_MISMATCH             = -1027, /**< "tls-name-mismatch" */
  SZTP_ERR_SERVER_FAIL                   = -1028, /**< "server-fail" */
  SZTP_ERR_IMAGE_LOOP                    = -1029, /**< "image-loop" */
  SZTP_ERR_IMAGE                         = -1030, /**< no boot image could be obtained, verified or
                                                       installed */
  SZTP_ERR_SCRIPT                        = -1031, /**< a script ended with an error */
  SZTP_ERR_COMMIT                        = -1032, /**< the configuration could not be committed */
  SZTP_ERR_REPORT                        = -1033, /**< a required progress report was not acknowledged */
  SZTP_ERR_ROLLBACK                      = -1034, /**< undoing a step failed */
  SZTP_ERR_NOT_BOOTSTRAPPED              = -1035, /**< every source was tried, as often as allowed */
  SZTP_ERR_IMAGE_MISMATCH                = -1036, /**< a boot image was obtained that is not the one
                                                       announced */
  SZTP_ERR_CSR_REFUSED                   = -1037, /**< "csr-refused" */
  SZTP_ERR_IMAGE_SIGNATURE               = -1038  /**< "image-signature": that of a boot image is missing, or
                                                       is not good */
};

/** Names a code.
 * @param code SZTP_OK, SZTP_PENDING or SZTP_ERR_*
 * @return the constant's name, as "SZTP_ERR_CMS_MALFORMED"; "SZTP_ERR_?" for an unknown code; static */
SZTP_API const char *sztp_error_name(int32_t code);

/** Explains a code.
 * @param code SZTP_OK, SZTP_PENDING or SZTP_ERR_*
 * @return one plain sentence: what is wrong and what to do about it; static */
SZTP_API const char *sztp_error_text(int32_t code);

/** Gives a code's reason label, which sztp-refusals(7) explains.
 * @param code SZTP_ERR_*
 * @return the label, as "cms-malformed"; "" if it has none; static
 * @req SEC-07 */
SZTP_API const char *sztp_error_label(int32_t code);

/** What kind of trouble an error is: whose move it is. Later versions may add codes, in these classes. */
enum {
  SZTP_CLASS_NONE       = 0, /**< no error, or a code that this version does not know */
  SZTP_CLASS_CALLER     = 1, /**< the interface was used wrongly */
  SZTP_CLASS_RESOURCE   = 2, /**< memory, random numbers or cryptography ran out or failed */
  SZTP_CLASS_DATA       = 3, /**< input that can't be read, or is not what belongs there: ask whoever made
                                  it */
  SZTP_CLASS_REFUSED    = 4, /**< input that was read, and is not to be trusted */
  SZTP_CLASS_NETWORK    = 5, /**< no server, or none that gave a usable reply */
  SZTP_CLASS_HOST       = 6, /**< the device's own side: its program, configuration or keys */
  SZTP_CLASS_ONBOARDING = 7  /**< what the owner told the device to do failed */
};

/** Names a class of errors.
 * @param error_class SZTP_CLASS_*
 * @return the name, as "refused"; "" for an unknown class; static */
SZTP_API const char *sztp_class_name(uint32_t error_class);

/** Tells what kind of trouble an error is.
 * @param code SZTP_ERR_*
 * @return SZTP_CLASS_* */
SZTP_API uint32_t sztp_error_class(int32_t code);

/** Reads the trail of the last failing call on a context, innermost cause first. Any of the three outputs may
 * be NULL.
 * @param ctx    the context
 * @param index  0 and up
 * @param code   SZTP_ERR_*
 * @param where  the place, as "cms.signer"; static
 * @param detail what was found and what was expected, without control characters; valid until the next call
 *               on the context that can fail
 * @return 0, SZTP_ERR_NOT_FOUND (past the last entry)
 * @req SEC-11 */
SZTP_API int32_t sztp_ctx_trail(const sztp_ctx_t *ctx, size_t index, int32_t *code, const char **where,
                                const char **detail);

#ifdef __cplusplus
}
#endif
#endif
