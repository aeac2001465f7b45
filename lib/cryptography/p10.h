/* SPDX-License-Identifier: Apache-2.0 */
/* Certification requests (PKCS #10, RFC 2986), read and written. */
#ifndef SZTP_CRYPTOGRAPHY_P10_H
#define SZTP_CRYPTOGRAPHY_P10_H

#include "cryptography/algorithm.h"

/* All spans are borrowed from the DER. */
typedef struct sztp__p10 {
  sztp__span_t info;    /* CertificationRequestInfo, whole TLV */
  sztp__span_t subject; /* Name, whole TLV */
  sztp__span_t spki;    /* SubjectPublicKeyInfo, whole TLV */
  sztp__keyinfo_t key;
  sztp__span_t attributes; /* contents of [0] */
  sztp__sigalg_t sigalg;   /* of a request; not of its info alone */
  sztp__span_t signature;
} sztp__p10_t;

/* Decodes a CertificationRequestInfo, a CertificationRequest; @p der must be exactly one, of version 0.
 * SZTP_ERR_DER. */
int32_t sztp__p10_info_read(sztp_ctx_t *ctx, sztp__span_t der, sztp__p10_t *out);
int32_t sztp__p10_read(sztp_ctx_t *ctx, sztp__span_t der, sztp__p10_t *out);
/* Verifies the signature with the key in the request, under the algorithm policy. As sztp__tbs_verify(). */
int32_t sztp__p10_verify(sztp_ctx_t *ctx, const sztp__p10_t *p10);
/* The value of the attribute @p oid, which may have one: whole TLV, {NULL, 0} if it is absent. SZTP_ERR_DER
 * for attributes that can't be read, and if it is there twice. */
int32_t sztp__p10_attribute(sztp_ctx_t *ctx, const sztp__p10_t *p10, sztp__span_t oid, sztp__span_t *value);
/* The value of the extension @p oid (contents octets) that is requested: {NULL, 0} if there is none.
 * SZTP_ERR_DER for attributes that can't be read. */
int32_t sztp__p10_extension(sztp_ctx_t *ctx, const sztp__p10_t *p10, sztp__span_t oid, sztp__span_t *value);

/* Adds a CertificationRequestInfo of @p subject and @p spki (whole TLVs) with @p attributes, the contents of
 * [0]. */
int32_t sztp__p10_put_info(sztp__buf_t *out, sztp__span_t subject, sztp__span_t spki,
                           sztp__span_t attributes);
/* Adds an attribute that requests a subjectAltName, whose GeneralNames have the contents @p names. */
int32_t sztp__p10_put_names(sztp__buf_t *out, sztp__span_t names);
/* Adds the CertificationRequest of @p info. @p signature is by SZTP__SIG_* @p scheme: of ECDSA r and s, each
 * half of it. */
int32_t sztp__p10_put(sztp__buf_t *out, sztp__span_t info, uint32_t scheme, uint32_t hash,
                      sztp__span_t signature);

#endif
