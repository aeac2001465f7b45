/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1 (RFC 9052 4.2) with the certificates of RFC 9360: decoded and verified. cose.c can be
 * left out of a build; cose_signed.c has what making one needs, too. */
#ifndef SZTP_CRYPTOGRAPHY_COSE_H
#define SZTP_CRYPTOGRAPHY_COSE_H

#include "cryptography/cms.h"

#define SZTP__COSE_TAG 18 /* COSE_Sign1 */

enum { /* header labels (RFC 9052 3.1, RFC 9360 2) */
       SZTP__COSE_ALG = 1,
       SZTP__COSE_CRIT = 2,
       SZTP__COSE_KID = 4,
       SZTP__COSE_X5BAG = 32,
       SZTP__COSE_X5CHAIN = 33
};

/* What an algorithm of COSE means here. */
typedef struct sztp__cose_alg {
  int64_t alg; /* its number (RFC 9053) */
  const char *name;
  uint32_t curve; /* SZTP__CURVE_*; NONE: known by name only */
  uint32_t hash;
} sztp__cose_alg_t;

/* All spans are borrowed from the input or from what is joined. */
typedef struct sztp__cose {
  sztp__buf_t joined[2]; /* the structure, and the protected header, if they had strings in chunks */
  int tagged;
  sztp__span_t protected_header; /* as it is signed */
  int64_t alg;                   /* of the protected header; 0, which is no algorithm, for a text */
  sztp__span_t kid;              /* empty if absent; a hint that nothing depends on */
  size_t cert_count;
  size_t other_labels; /* header parameters that are not understood, and not critical */
  sztp__span_t payload;
  sztp__span_t signature;
  sztp__span_t certs[SZTP__CMS_MAX_CERTS]; /* of x5bag and x5chain in both headers, not looked into */
} sztp__cose_t;

/* Decodes a COSE_Sign1, tagged or not, allocated on ctx; the input is borrowed. The protected header must
 * name an algorithm (COSE-03) and nothing critical that is not understood (COSE-06); no label appears twice.
 * SZTP_ERR_CBOR; SZTP_ERR_CMS_DETACHED (payload nil); SZTP_ERR_LIMIT (CMS-26); SZTP_ERR_MEMORY. */
int32_t sztp__cose_parse(sztp_ctx_t *ctx, sztp__span_t input, sztp__cose_t **out);
void sztp__cose_free(sztp_ctx_t *ctx, sztp__cose_t *cose);

/* Whether the key in @p spki fits the algorithm, as everybody can see: 0; SZTP_ERR_CMS_ALG_UNSUPPORTED;
 * SZTP_ERR_CMS_ALG_WEAK; SZTP_ERR_DER (the key). */
int32_t sztp__cose_fits(sztp_ctx_t *ctx, const sztp__cose_t *cose, sztp__span_t spki);
/* Verifies the signature with the key in @p spki, which must fit the algorithm. 0;
 * SZTP_ERR_CMS_ALG_UNSUPPORTED; SZTP_ERR_CMS_ALG_WEAK; SZTP_ERR_CMS_SIGNATURE_INVALID; SZTP_ERR_DER (the
 * key); SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__cose_verify(sztp_ctx_t *ctx, const sztp__cose_t *cose, sztp__span_t spki);

/* ---- cose_signed.c ------------------------------------------------------------------------------- */

/* The algorithm of @p alg or, for making one, of an EC key on @p curve (with @p alg 0). NULL if unknown. */
const sztp__cose_alg_t *sztp__cose_alg(int64_t alg, uint32_t curve);

/* The digest of the Sig_structure (RFC 9052 4.4), without external data; the payload is not copied. */
int32_t sztp__cose_digest(sztp_ctx_t *ctx, uint32_t hash, sztp__span_t protected_header, sztp__span_t payload,
                          uint8_t out[SZTP__HASH_MAX], size_t *len);

#endif
