/* SPDX-License-Identifier: Apache-2.0 */
/* AlgorithmIdentifiers: OIDs and parameters to the constants of crypto.h, and the policy on weak ones
 * (CMS-16). */
#ifndef SZTP_CRYPTOGRAPHY_ALGORITHM_H
#define SZTP_CRYPTOGRAPHY_ALGORITHM_H

#include "cryptography/crypto.h"
#include "formats/der.h"

/* Reads a signature AlgorithmIdentifier at @p d. An unknown OID is not an error here (scheme NONE). NULL and
 * absent parameters count alike where the standard has either (CMS-14). SZTP_ERR_DER for a broken structure.
 */
int32_t sztp__sigalg_read(sztp__der_t *d, sztp__sigalg_t *out);
/* Reads what ends certificates and CRLs, after their signed part: the algorithm, octet for octet the one
 * inside (@p inner), and the signature. @p fields must end then. SZTP_ERR_DER. */
int32_t sztp__signature_read(sztp__der_t *fields, sztp__span_t inner, sztp__sigalg_t *alg,
                             sztp__span_t *signature);
/* sztp__sigalg_read() for the contents of an AlgorithmIdentifier, which stands under another tag. */
int32_t sztp__sigalg_read_inside(sztp__der_t contents, sztp__sigalg_t *out);
/* Fills in the hash where a key's identifier stands for a signature's and says none: that of the digest
 * beside it, SZTP__HASH_* (CMS-14). rsaEncryption is the rule in CMS; id-ecPublicKey is what Windows writes.
 */
void sztp__sigalg_complete(sztp__sigalg_t *alg, uint32_t hash);
/* Reads a digest AlgorithmIdentifier: SZTP__HASH_*, NONE if unknown; *oid is borrowed. */
int32_t sztp__digestalg_read(sztp__der_t *d, uint32_t *hash, sztp__span_t *oid);
/* Reads what RSASSA-PSS-params and RSAES-OAEP-params begin with (RFC 4055): [0] a hash and [1] the hash of
 * MGF1, each SHA-1 where absent, and NONE where unknown. */
int32_t sztp__hashes_read(sztp__der_t *params, uint32_t *hash, uint32_t *mgf_hash);
/* ECDSA with SZTP__HASH_* @p hash, for structures that have no AlgorithmIdentifier; scheme NONE if there is
 * none. */
sztp__sigalg_t sztp__sigalg_ecdsa(uint32_t hash);
/* algorithm_table.c: a signature algorithm that is known. The hash is NONE where a key's identifier stands.
 */
typedef struct sztp__sigalg_row {
  sztp__span_t oid;
  uint32_t scheme;
  uint32_t hash;
} sztp__sigalg_row_t;
/* Its place in the table, in whose order algorithm_names.c is; the number of rows if it is not there. */
size_t sztp__sigalg_place(sztp__span_t oid);
/* The row at a place, NULL behind the last one. */
const sztp__sigalg_row_t *sztp__sigalg_row(size_t at);
/* algorithm_names.c: "sha256", "ecdsa-with-SHA256", ... for people; the dotted OID if unknown. Returns @p
 * out.
 */
char *sztp__sigalg_text(char *out, size_t cap, const sztp__sigalg_t *alg);
const char *sztp__hash_name(uint32_t hash);
/* The OID of a hash, contents octets; empty for NONE. */
sztp__span_t sztp__digest_oid(uint32_t hash);

/* 0 if @p alg with the key of @p spki may be relied on: SZTP_ERR_CMS_ALG_UNSUPPORTED (unknown scheme, hash or
 * curve; key does not fit the scheme), SZTP_ERR_CMS_ALG_WEAK (MD5, SHA-1 unless @p allow_sha1, SHA-224, RSA <
 * 2048, EC < 256). */
int32_t sztp__alg_policy(sztp_ctx_t *ctx, const sztp__sigalg_t *alg, const sztp__keyinfo_t *key,
                         int allow_sha1);
/* 0 if nothing is known against a key, whatever it is used for: SZTP_ERR_CMS_ALG_UNSUPPORTED for RSA or EC
 * whose strength is not known, SZTP_ERR_CMS_ALG_WEAK as above. Other kinds are for others to judge. */
int32_t sztp__key_policy(sztp_ctx_t *ctx, const sztp__keyinfo_t *key);

#endif
