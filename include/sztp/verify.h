/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Verification that stands alone: artifacts in, a verdict with one result per step out (VERIFY-14).
 */
#ifndef SZTP_VERIFY_H
#define SZTP_VERIFY_H

#include <sztp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { /* what a bundle holds */
       SZTP_ARTIFACT_CONVEYED_INFO = 1,
       SZTP_ARTIFACT_OWNER_CERT = 2,
       SZTP_ARTIFACT_VOUCHER = 3,
       /* and what it is judged with */
       SZTP_ARTIFACT_NONCE = 16, /**< the nonce that was sent, at most 32 octets (VOUCH-11) */
       SZTP_ARTIFACT_PINNED = 17 /**< a certificate that takes the place of a voucher; for tools */
};

enum { SZTP_CHANNEL_UNTRUSTED = 0, SZTP_CHANNEL_TRUSTED = 1 };
enum { SZTP_INFO_NONE = 0, SZTP_INFO_REDIRECT = 1, SZTP_INFO_ONBOARDING = 2 };
enum { SZTP_STEP_SKIPPED = 0, SZTP_STEP_PASSED = 1, SZTP_STEP_FAILED = 2 };

enum {                                  /* in this order; V0 to V16 of the requirements' VERIFY group */
       SZTP_STEP_INFO_FORMAT = 1,       /**< the conveyed information's CMS decodes, its content type fits */
       SZTP_STEP_ARTIFACTS = 2,         /**< V0: what must come together is there */
       SZTP_STEP_DECRYPTION = 3,        /**< V1: encrypted artifacts decrypted */
       SZTP_STEP_VOUCHER_FORMAT = 4,    /**< V2: the voucher's CMS decodes, its content type fits */
       SZTP_STEP_VOUCHER_SIGNATURE = 5, /**< V3: signature and path to a voucher anchor */
       SZTP_STEP_VOUCHER_CONTENT = 6,   /**< V4: the voucher document decodes */
       SZTP_STEP_VOUCHER_DATES = 7,     /**< V5: created-on, expires-on */
       SZTP_STEP_VOUCHER_ASSERTION = 8, /**< V6 */
       SZTP_STEP_VOUCHER_SERIAL = 9,    /**< V7 */
       SZTP_STEP_VOUCHER_ISSUER = 10,   /**< V8: idevid-issuer */
       SZTP_STEP_VOUCHER_NONCE = 11,    /**< V9 */
       SZTP_STEP_PINNED_CERT = 12,      /**< V10: pinned-domain-cert decodes */
       SZTP_STEP_OWNER_FORMAT = 13,     /**< V11: the owner certificate's CMS decodes */
       SZTP_STEP_OWNER_SIGNER = 14,     /**< V12: the signer's certificate is in it */
       SZTP_STEP_OWNER_CHAIN = 15,      /**< V13: path to the pinned certificate; key usage */
       SZTP_STEP_REVOCATION = 16,       /**< V14 */
       SZTP_STEP_INFO_SIGNATURE = 17,   /**< V15: signature of the conveyed information */
       SZTP_STEP_INFO_CONTENT = 18      /**< V16: its document decodes; trust suffices for it */
};

enum {                         /* sztp_verdict_text */
       SZTP_TEXT_REASON = 1,   /**< reason label of the failed step; "" if passed or skipped */
       SZTP_TEXT_CAUSE = 2,    /**< label of the innermost cause, if it has one of its own; else "" */
       SZTP_TEXT_DETAIL = 3,   /**< one line for a person: what was checked, or what is wrong */
       SZTP_TEXT_FOUND = 4,    /**< the value found, if the step compared values; else "" */
       SZTP_TEXT_EXPECTED = 5, /**< the value expected, likewise */
       SZTP_TEXT_ARTIFACT = 6  /**< "voucher", "owner-certificate", "conveyed-information" or "" */
};

enum {                                 /* fields of conveyed information */
       SZTP_INFO_SERVER_ADDRESS = 1,   /**< bytes: host name or address, one per server */
       SZTP_INFO_SERVER_PORT = 2,      /**< u64: 1 to 65535 */
       SZTP_INFO_SERVER_ANCHOR = 3,    /**< bytes: CMS; SZTP_ERR_NOT_FOUND for an entry without, and for every
                                            entry of an untrusted redirect (REDIR-10) */
       SZTP_INFO_SERVER_HINTS = 4,     /**< bytes: addresses that DNS gave along with the name, separated by
                                            spaces; SZTP_ERR_NOT_FOUND if it gave none (DNS-19) */
       SZTP_INFO_OS_NAME = 16,         /**< bytes, at most one, as all that follow but the lists */
       SZTP_INFO_OS_VERSION = 17,      /**< bytes */
       SZTP_INFO_IMAGE_URI = 18,       /**< bytes, a list in the order to try */
       SZTP_INFO_IMAGE_SHA256 = 19,    /**< bytes: 32 octets */
       SZTP_INFO_CONFIG_HANDLING = 20, /**< u64: SZTP_CONFIG_* */
       SZTP_INFO_CONFIG = 21,          /**< bytes, decoded */
       SZTP_INFO_PRE_SCRIPT = 22,      /**< bytes, decoded */
       SZTP_INFO_POST_SCRIPT = 23      /**< bytes, decoded */
};

enum { SZTP_CONFIG_MERGE = 1, SZTP_CONFIG_REPLACE = 2 };

/** Makes an empty bundle on @p ctx. @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_bundle_new(sztp_ctx_t *ctx, sztp_bundle_t **out);

/** Frees a bundle. NULL is allowed. */
SZTP_API void sztp_bundle_free(sztp_bundle_t *b);

/** Puts a copy of an artifact's octets (DER, not PEM) into the bundle, in place of an earlier one.
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_LIMIT (SEC-06), SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_bundle_set(sztp_bundle_t *b, uint32_t artifact, const uint8_t *data, size_t len);

/** Reads an artifact, borrowed from the bundle. @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_bundle_get(const sztp_bundle_t *b, uint32_t artifact, const uint8_t **data,
                                 size_t *len);

/** Runs the checks of RFC 8572 5.4 on whatever the bundle holds, in order, up to the first failure.
 *
 * Signed conveyed information needs an owner certificate, and a voucher or a pinned certificate.
 * Without conveyed information a voucher is judged alone, an owner certificate against the voucher or
 * pinned certificate beside it (its first end-entity certificate is taken). Beside unsigned conveyed
 * information the others are ignored (TRUST-05). No network, no clock, no side effect (VERIFY-14).
 *
 * @param dev       who the device is and whom it trusts; made from the bundle's context
 * @param b         the artifacts
 * @param unix_time seconds that are trusted to be right, or SZTP_TIME_UNKNOWN (CLK group)
 * @param channel   SZTP_CHANNEL_TRUSTED if the data came over an authenticated connection
 * @param out       the verdict, also when the artifacts are rejected; freed with sztp_verdict_free()
 * @return 0 if accepted; the failed step's code if rejected (*out is set); SZTP_ERR_ARG,
 *         SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO without a verdict (*out is NULL)
 */
SZTP_API int32_t sztp_verify(const sztp_device_t *dev, const sztp_bundle_t *b, int64_t unix_time,
                             uint32_t channel, sztp_verdict_t **out);

/** Frees a verdict and the information in it. NULL is allowed. */
SZTP_API void sztp_verdict_free(sztp_verdict_t *v);

/** 1 if every step that the artifacts require was passed, else 0. */
SZTP_API int32_t sztp_verdict_accepted(const sztp_verdict_t *v);

/** 1 if the conveyed information may be relied on ("effective trust", TRUST group), else 0. */
SZTP_API int32_t sztp_verdict_trusted(const sztp_verdict_t *v);

/** SZTP_INFO_* of the conveyed information as far as it could be seen, also when it was rejected. */
SZTP_API uint32_t sztp_verdict_kind(const sztp_verdict_t *v);

/** Reads how SZTP_STEP_* @p step ended.
 * @param state out: SZTP_STEP_SKIPPED, _PASSED, _FAILED; NULL is allowed
 * @param code  out: SZTP_ERR_* of a failed step, else 0; NULL is allowed
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_verdict_step(const sztp_verdict_t *v, uint32_t step, uint32_t *state, int32_t *code);

/** Reads SZTP_TEXT_* @p what of a step; borrowed from the verdict, never NULL. */
SZTP_API const char *sztp_verdict_text(const sztp_verdict_t *v, uint32_t step, uint32_t what);

/** A step's name, as "voucher-signature"; "" for an unknown one. Static. */
SZTP_API const char *sztp_step_name(uint32_t step);

/** The decoded conveyed information, borrowed from the verdict; NULL unless it was accepted: trusted
 * information of either kind, or an untrusted redirect (whose anchors are not given out). */
SZTP_API const sztp_info_t *sztp_verdict_info(const sztp_verdict_t *v);

/** SZTP_INFO_REDIRECT or SZTP_INFO_ONBOARDING. */
SZTP_API uint32_t sztp_info_kind(const sztp_info_t *info);

/** How many values SZTP_INFO_* @p field has (for the fields of servers: how many servers). */
SZTP_API size_t sztp_info_count(const sztp_info_t *info, uint32_t field);

/** Reads a number. @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_info_u64(const sztp_info_t *info, uint32_t field, size_t index, uint64_t *out);

/** Reads octets, borrowed; a NUL stands behind them. @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_info_bytes(const sztp_info_t *info, uint32_t field, size_t index, const uint8_t **data,
                                 size_t *len);

/** Frees information made by a discovery function (not the one of a verdict). NULL is allowed. */
SZTP_API void sztp_info_free(sztp_info_t *info);

#ifdef __cplusplus
}
#endif
#endif
