/* SPDX-License-Identifier: Apache-2.0 */
/* The seam to the cryptographic library, of which the core knows no more than one file has in its name:
 * crypto_mbedtls.c (2.28 and 3.6) or crypto_openssl.c (3); nothing above this file sees a type of theirs.
 * crypto.c has the part that needs no library: what is read, checked and counted before the library is asked.
 */
#ifndef SZTP_CRYPTOGRAPHY_CRYPTO_H
#define SZTP_CRYPTOGRAPHY_CRYPTO_H

#include "ground/ctx_private.h"

enum {
  SZTP__HASH_NONE = 0,
  SZTP__HASH_MD5,
  SZTP__HASH_SHA1,
  SZTP__HASH_SHA224,
  SZTP__HASH_SHA256,
  SZTP__HASH_SHA384,
  SZTP__HASH_SHA512
};
enum { SZTP__SIG_NONE = 0, SZTP__SIG_RSA_PKCS1, SZTP__SIG_RSA_PSS, SZTP__SIG_ECDSA, SZTP__SIG_ED25519 };
enum { SZTP__KEY_OTHER = 0, SZTP__KEY_RSA, SZTP__KEY_EC, SZTP__KEY_ED25519 };
enum { SZTP__CURVE_NONE = 0, SZTP__CURVE_P256, SZTP__CURVE_P384, SZTP__CURVE_P521 };
#define SZTP__HASH_MAX 64

/* A signature algorithm with everything that its parameters say. */
typedef struct sztp__sigalg {
  uint32_t scheme;   /* SZTP__SIG_*; NONE: unknown, see oid */
  uint32_t hash;     /* SZTP__HASH_*; NONE for rsaEncryption as such: taken from digestAlgorithm (CMS-14) */
  uint32_t mgf_hash; /* PSS */
  uint32_t salt_len; /* PSS, octets */
  sztp__span_t oid;  /* of the AlgorithmIdentifier, borrowed */
} sztp__sigalg_t;

/* Octets of a digest of SZTP__HASH_*; 0 for NONE. */
size_t sztp__hash_len(uint32_t hash);

/* A running hash; opaque, on the heap of @p ctx. Its octets are paid for with sztp__work_hash(). 0,
 * SZTP_ERR_MEMORY, SZTP_ERR_CMS_ALG_UNSUPPORTED, SZTP_ERR_LIMIT. */
typedef struct sztp__hash sztp__hash_t;
int32_t sztp__hash_new(sztp_ctx_t *ctx, uint32_t hash, sztp__hash_t **out);
int32_t sztp__hash_update(sztp__hash_t *h, const void *data, size_t len);
int32_t sztp__hash_finish(sztp__hash_t *h, uint8_t out[SZTP__HASH_MAX], size_t *len);
void sztp__hash_free(sztp__hash_t *h);
/* In one go. */
int32_t sztp__hash_once(sztp_ctx_t *ctx, uint32_t hash, sztp__span_t data, uint8_t out[SZTP__HASH_MAX],
                        size_t *len);

/* What kind of key a SubjectPublicKeyInfo (whole TLV) holds, read from its DER without the library. A kind
 * that is not supported is OTHER, an unsupported curve or form of point is CURVE_NONE: no errors. */
typedef struct sztp__keyinfo {
  uint32_t type;         /* SZTP__KEY_* */
  uint32_t curve;        /* EC: SZTP__CURVE_*; NONE for a curve that is not supported */
  uint32_t bits;         /* RSA: modulus; EC: field size */
  uint8_t unusable;      /* RSA with a size or an exponent that nobody should have; the type is OTHER then */
  sztp__span_t modulus;  /* RSA, without leading zero */
  sztp__span_t exponent; /* likewise */
  sztp__span_t bits_value;     /* the BIT STRING's octets: what RFC 5280 4.2.1.2 hashes */
  int pss_only;                /* RSA: the key is identified by id-RSASSA-PSS, and does nothing else */
  sztp__span_t pss_parameters; /* RSASSA-PSS-params that its signatures must keep to, whole TLV; or empty */
} sztp__keyinfo_t;
int32_t sztp__key_info(sztp_ctx_t *ctx, sztp__span_t spki, sztp__keyinfo_t *out);
/* Keys of one kind take about as long, and of different kinds not: SZTP__CURVE_* of EC keys, and 0 for RSA.
 * Less than SZTP__WORK_KINDS. */
uint32_t sztp__key_kind(const sztp__keyinfo_t *key);
/* The SZTP__CURVE_* of a named curve's OID; NONE if it is not supported. */
uint32_t sztp__curve_of(sztp__span_t oid);

/* Verifies @p signature over a message whose @p digest by alg->hash is given (Ed25519 signs no digests: not
 * supported). The key must fit the scheme. One public-key operation, paid for with sztp__work_operate(). 0;
 * SZTP_ERR_CMS_SIGNATURE_INVALID; SZTP_ERR_CMS_ALG_UNSUPPORTED; SZTP_ERR_DER (the key); SZTP_ERR_LIMIT (no
 * work is left); SZTP_ERR_CRYPTO (no memory in the library). */
int32_t sztp__verify_digest(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__sigalg_t *alg,
                            sztp__span_t digest, sztp__span_t signature);

/* Verifies a signature that nobody made, with the key in @p spki or, if that is empty, with one of @p kind
 * that is built in: one public-key operation, for the time that it takes. 0, SZTP_ERR_LIMIT. */
int32_t sztp__verify_nothing(sztp_ctx_t *ctx, sztp__span_t spki, uint32_t kind);
/* 1 if one is built in. */
int sztp__has_any_key(uint32_t kind);

/* *valid is 1 if @p point, uncompressed, is one of the curve's (SZTP__CURVE_*). 0 or SZTP_ERR_CRYPTO (no
 * memory in the library). */
int32_t sztp__point_check(sztp_ctx_t *ctx, uint32_t curve, sztp__span_t point, int *valid);

/* ---- AES (FIPS 197) ------------------------------------------------------------------------------ */

/* Each @p key has 16, 24 or 32 octets, data is changed in place. 0 or SZTP_ERR_CRYPTO. */

#define SZTP__AES_BLOCK   16
#define SZTP__AES_KEY_MAX 32
enum { SZTP__AES_DECRYPT = 0, SZTP__AES_ENCRYPT = 1 };

/* One block by itself (ECB). */
int32_t sztp__aes_block(sztp_ctx_t *ctx, sztp__span_t key, int direction, uint8_t block[SZTP__AES_BLOCK]);
/* Whole blocks in CBC; @p len is a multiple of 16. */
int32_t sztp__aes_cbc(sztp_ctx_t *ctx, sztp__span_t key, int direction, const uint8_t iv[SZTP__AES_BLOCK],
                      uint8_t *data, size_t len);
/* GCM (NIST SP 800-38D) with a tag of 12 to 16 octets, which encryption writes and decryption compares: *good
 * is 1 if it is right. If it is not, data is zeros: nothing of it comes out. */
int32_t sztp__aes_gcm(sztp_ctx_t *ctx, sztp__span_t key, int direction, sztp__span_t nonce, sztp__span_t aad,
                      uint8_t *data, size_t len, uint8_t *tag, size_t tag_len, uint32_t *good);

/* Random octets of the host's function, else of the library's generator. 0 or SZTP_ERR_RANDOM. */
int32_t sztp__random(sztp_ctx_t *ctx, uint8_t *out, size_t len);

/* ---- for crypto.c alone: what a port to another library writes anew, beside the running hash ----- */

/* Random octets of the library's generator. 0, SZTP_ERR_RANDOM, SZTP_ERR_MEMORY. */
int32_t sztp__default_random(sztp_ctx_t *ctx, uint8_t *out, size_t len);

/* As sztp__verify_digest; @p key is what @p spki holds, and key, scheme and the lengths of digest and
 * signature are known to fit together. */
int32_t sztp__library_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__keyinfo_t *key,
                             const sztp__sigalg_t *alg, sztp__span_t digest, sztp__span_t signature);

#endif
