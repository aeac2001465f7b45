/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * libsztp-artifacts, the owner's side of evidence: what a bootstrap server asks a device to sign (RFC 9646), and
 * what the request that comes back is worth. Nothing here needs a TPM.
 *
 * Evidence stands in the request's attribute id-aa-attestation (1.2.840.113549.1.9.16.2.59, AttestationBundle of
 * draft-ietf-lamps-csr-attestation) as statements of the TCG: tcg-attest-certify (2.23.133.20.1) says that the
 * request's key was made in the TPM and stays there, tcg-attest-quote (2.23.133.20.2) what was measured when the
 * device booted.
 *
 * Statements are named by SZTP_EVIDENCE_* of device.h.
 *
 *     sztp_appraisal_new(ctx, &a);
 *     sztp_appraisal_set(a, SZTP_APPRAISAL_ANCHOR, maker, maker_len);
 *     sztp_appraisal_set(a, SZTP_APPRAISAL_IDENTITY, shown_in_tls, shown_in_tls_len);
 *     sztp_appraisal_set(a, SZTP_APPRAISAL_NONCE, nonce, nonce_len);
 *     sztp_appraisal_want(a, SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE);
 *     good = sztp_appraisal_run(a, csr, csr_len, now) == SZTP_OK;
 *     sztp_appraisal_free(a);
 */
#ifndef SZTP_ATTEST_H
#define SZTP_ATTEST_H

#include <sztp/device.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sztp_appraisal sztp_appraisal_t; /**< what is expected of a request, and how it ended */

/** Sizes of nonces of evidence. */
enum {
  SZTP_EVIDENCE_NONCE_MIN = 8, /**< the fewest octets */
  SZTP_EVIDENCE_NONCE_MAX = 64 /**< the most */
};

/** Makes a cert-req-info, the CertificationRequestInfo of a csr-request: subject and subjectAltName of a
 * certificate, a placeholder for the key, and, where evidence is wanted, an id-aa-attestation attribute that holds
 * the nonce in the place of each statement.
 * @param ctx            the context
 * @param like,like_len  the device's certificate, or any with the subject wanted: PEM, DER or base64 of DER
 * @param algorithm      SZTP_ALGORITHM_* of device.h, of the key that is to be made; 0: @p like's own key
 * @param wanted         SZTP_EVIDENCE_*, or 0
 * @param nonce,nonce_len SZTP_EVIDENCE_NONCE_MIN to SZTP_EVIDENCE_NONCE_MAX octets, fresh for every request; NULL
 *                       with @p wanted 0
 * @param out,out_len    DER, freed with sztp_artifacts_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY
 * @req ATT-06, ATT-07 */
SZTP_API int32_t sztp_csr_info_make(sztp_ctx_t *ctx, const uint8_t *like, size_t like_len, uint32_t algorithm,
                                    uint32_t wanted, const uint8_t *nonce, size_t nonce_len, uint8_t **out,
                                    size_t *out_len);

/** Makes an appraisal, which accepts nothing until it is told what to expect.
 * @param ctx the context that it belongs to
 * @param out the appraisal, freed with sztp_appraisal_free()
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_MEMORY */
SZTP_API int32_t sztp_appraisal_new(sztp_ctx_t *ctx, sztp_appraisal_t **out);

/** Frees an appraisal.
 * @param a the appraisal; NULL is allowed */
SZTP_API void sztp_appraisal_free(sztp_appraisal_t *a);

/** What is expected: sztp_appraisal_set(). The first three are needed. */
enum {
  SZTP_APPRAISAL_ANCHOR   = 1, /**< certificates: who vouches for attestation keys; may be given again */
  SZTP_APPRAISAL_IDENTITY = 2, /**< the certificate that the device showed in TLS */
  SZTP_APPRAISAL_NONCE    = 3, /**< what sztp_csr_info_make() was given for this request */
  SZTP_APPRAISAL_REFERENCE =
      4, /**< reference values, JSON: {"name": "os 5", "sha256": {"0": "64 hex digits", "7":
                                    ["...", "..."]}}; of a PCR one value or several that will do. May be given
                                    again, up to 16 times, for other versions of the software: the quote must
                                    fit one of them in all its PCRs */
  SZTP_APPRAISAL_ATTESTER =
      5 /**< certificates that may attest though they don't say so; may be given again */
};

/** Sets what is expected. Without reference values the values of PCRs are told and not judged; with some, a
 * quote is wanted.
 * @param a        the appraisal
 * @param what     SZTP_APPRAISAL_*
 * @param data,len as the constant says; certificates as PEM, DER or base64 of DER; copied
 * @return 0, SZTP_ERR_ARG (also a nonce of another length), SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_JSON,
 *   SZTP_ERR_MODEL_INVALID (JSON that is no reference values), SZTP_ERR_LIMIT, SZTP_ERR_MEMORY
 * @req ATT-04, ATT-15 */
SZTP_API int32_t sztp_appraisal_set(sztp_appraisal_t *a, uint32_t what, const uint8_t *data, size_t len);

/** Asks for statements, all of which must be there; without this call any one will do.
 * @param a          the appraisal
 * @param statements SZTP_EVIDENCE_*
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_appraisal_want(sztp_appraisal_t *a, uint32_t statements);

/** The steps of an appraisal, in the order in which they are taken. Later versions may have more of them. */
enum {
  SZTP_APPRAISAL_REQUEST = 1, /**< the request decodes, and its signature is made with the key in it */
  SZTP_APPRAISAL_BUNDLE  = 2, /**< the evidence decodes, and has the statements that are wanted */
  SZTP_APPRAISAL_SIGNER = 3, /**< the attestation key's certificate has a path to an anchor; it may attest, by
                                   certificate policy 2.23.133.11.1.3, extended key usage 2.23.133.8.3, or
                                   SZTP_APPRAISAL_ATTESTER; its key is not the one used in TLS */
  SZTP_APPRAISAL_SERIAL = 4, /**< one serial number in TLS, request and the attestation key's certificate */
  SZTP_APPRAISAL_CERTIFY  = 5, /**< TPM_GENERATED, type, signature, nonce, name of the public area */
  SZTP_APPRAISAL_KEY      = 6, /**< the public area is the request's key, which was made in the TPM and can't
                                   leave it: fixedTPM, fixedParent, sensitiveDataOrigin */
  SZTP_APPRAISAL_QUOTE    = 7, /**< TPM_GENERATED, type, signature, nonce, digest of the values; one boot with
                                   CERTIFY */
  SZTP_APPRAISAL_MEASURED = 8  /**< the values are those of one of the references */
};

/** Judges a request, step by step up to the first failure.
 * @param a         the appraisal
 * @param csr,len   the request, PKCS #10: PEM, DER or base64 of DER
 * @param unix_time seconds that are trusted to be right, or SZTP_TIME_UNKNOWN
 * @return 0 if every step that is required was passed; the failed step's code, SZTP_ERR_EVIDENCE_* or
 *   SZTP_ERR_LIMIT; without a result SZTP_ERR_ARG, SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO
 * @req ATT-04, ATT-05, ATT-07, ATT-13, ATT-14, ATT-16 */
SZTP_API int32_t sztp_appraisal_run(sztp_appraisal_t *a, const uint8_t *csr, size_t len, int64_t unix_time);

/** Names a step.
 * @param step SZTP_APPRAISAL_REQUEST to _MEASURED
 * @return the name, as "signer"; "" for an unknown one, and past the last; static */
SZTP_API const char *sztp_appraisal_step_name(uint32_t step);

/** Reads how a step ended.
 * @param a     the appraisal
 * @param step  SZTP_APPRAISAL_REQUEST to _MEASURED
 * @param state SZTP_STEP_SKIPPED (not required, or not reached), _PASSED or _FAILED of verify.h; NULL is allowed
 * @param code  SZTP_ERR_* of a failed step, else 0; NULL is allowed
 * @return 0, SZTP_ERR_ARG */
SZTP_API int32_t sztp_appraisal_step(const sztp_appraisal_t *a, uint32_t step, uint32_t *state,
                                     int32_t *code);

/** Reads what a step says.
 * @param a    the appraisal
 * @param step SZTP_APPRAISAL_REQUEST to _MEASURED
 * @param what SZTP_TEXT_* of verify.h, but for _ARTIFACT
 * @return the text, borrowed until the next run; never NULL */
SZTP_API const char *sztp_appraisal_text(const sztp_appraisal_t *a, uint32_t step, uint32_t what);

/** What evidence says: sztp_appraisal_bytes(). */
enum {
  SZTP_APPRAISAL_PCR       = 1, /**< the value of PCR @p index, once QUOTE is passed */
  SZTP_APPRAISAL_PUBLIC    = 2, /**< TPMT_PUBLIC of the request's key, once CERTIFY is passed */
  SZTP_APPRAISAL_SIGNED_BY = 3, /**< the attestation key's certificate, DER, once BUNDLE is passed */
  SZTP_APPRAISAL_CLOCK = 4 /**< TPMS_CLOCK_INFO, 17 octets (clock, resets, restarts, safe), once CERTIFY or
                                    QUOTE is passed */
};

/** Reads octets of the evidence.
 * @param a        the appraisal
 * @param what     SZTP_APPRAISAL_PCR to _CLOCK
 * @param index    of a PCR; otherwise 0
 * @param data,len the octets, borrowed until the next run
 * @return 0, SZTP_ERR_ARG, SZTP_ERR_NOT_FOUND */
SZTP_API int32_t sztp_appraisal_bytes(const sztp_appraisal_t *a, uint32_t what, size_t index,
                                      const uint8_t **data, size_t *len);

#ifdef __cplusplus
}
#endif
#endif
