/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that DER objects are kept in: as they are, in base64, or in PEM blocks. */
#ifndef SZTP_FORMATS_ARMOR_H
#define SZTP_FORMATS_ARMOR_H

#include "ground/buf.h"

/* Adds to @p out the DER objects in @p data, one after another: what starts like a SEQUENCE is taken as it
 * is; of PEM every block whose label is in the NULL-terminated @p labels (NULL: the first block, whatever its
 * label); of other text its base64. With NULL, where any artifact may be, a COSE structure is taken as it is,
 * too. With labels, zeros or ones after the objects are left out, and a TPM's head before a certificate is.
 * The contents of the objects are not examined. SZTP_ERR_TEXT (no such block, not base64 of a SEQUENCE),
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__armor_remove(sztp_ctx_t *ctx, sztp__span_t data, const char *const *labels, sztp__buf_t *out);

/* Labels of certificates, of those and public keys, of CRLs, and of private keys that are not encrypted. */
extern const char *const sztp__armor_certificate[];
extern const char *const sztp__armor_public_key[];
extern const char *const sztp__armor_crl[];
extern const char *const sztp__armor_key[];

/* Finds the next PEM block of @p *text, moves *text past it, decodes its base64 into @p der (cleared
 * first).
 * @p label is the word between BEGIN and the dashes, borrowed. 0, SZTP_ERR_NOT_FOUND, SZTP_ERR_TEXT,
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. Headers (RFC 1421) inside a block are SZTP_ERR_TEXT. */
int32_t sztp__pem_next(sztp_ctx_t *ctx, sztp__span_t *text, sztp__span_t *label, sztp__buf_t *der);

/* Adds a PEM block (pem_put.c). */
int32_t sztp__pem_put(sztp__buf_t *out, const char *label, sztp__span_t der);

#endif
