/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and CRLs as people hand them over: PEM, DER, base64, many in one file, or packed already. */
#ifndef SZTP_ARTIFACTS_INPUT_H
#define SZTP_ARTIFACTS_INPUT_H

#include "cryptography/cms.h"

#define SZTP__INPUT_MAX (1024u * 1024u) /* octets of certificates or CRLs in one call */

/* Adds the certificates in @p data to @p out as DER, one after another, each once and each decodable; a
 * certificate bag gives the certificates in it. At most SZTP__CMS_MAX_CERTS are in @p out then. SZTP_ERR_TEXT
 * (none at all), SZTP_ERR_DER, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__input_certs(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out);
/* The same with CRLs. */
int32_t sztp__input_crls(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out);
/* CRLs that stand beside certificates, of which there may be none. */
int32_t sztp__input_crls_beside(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *out);

/* The first certificate in @p data, as DER in @p der, to which what is in *cert is borrowed. It is a device's
 * own (own_cert.h): whoever names it by a voucher or encrypts to it does not rely on it. */
int32_t sztp__input_device_cert(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *der, sztp__cert_t *cert);

/* Sets *spki to the public key (SubjectPublicKeyInfo, whole TLV) in @p data, which is that or a certificate
 * with it; borrowed from @p der, where the object is put. SZTP_ERR_TEXT, SZTP_ERR_DER, SZTP_ERR_ARG (more
 * than one object), SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__input_public_key(sztp_ctx_t *ctx, sztp__span_t data, sztp__buf_t *der, sztp__span_t *spki);

/* Takes the first object off *list (DER objects one after another); 0 at the end. */
int sztp__input_next(sztp_ctx_t *ctx, sztp__span_t *list, sztp__span_t *object);

/* SZTP_ERR_MODEL_INVALID unless @p certs (DER one after another) are, in any order, one chain that ends in a
 * self-signed root. */
int32_t sztp__input_one_chain(sztp_ctx_t *ctx, sztp__span_t certs);

#endif
