/* SPDX-License-Identifier: Apache-2.0 */
/* AlgorithmIdentifiers of encryption: how a content key is given to a recipient, and what encrypts the
 * content. */
#ifndef SZTP_CRYPTOGRAPHY_ENC_ALGORITHM_H
#define SZTP_CRYPTOGRAPHY_ENC_ALGORITHM_H

#include "cryptography/algorithm.h"

#define SZTP__NONCE_MAX   64 /* octets of a GCM nonce; 12 is usual */
#define SZTP__GCM_TAG_MIN 12
#define SZTP__GCM_TAG_MAX 16

enum { SZTP__KEYENC_NONE = 0, SZTP__KEYENC_RSA_PKCS1, SZTP__KEYENC_RSA_OAEP, SZTP__KEYENC_ECDH };
enum { SZTP__CIPHER_NONE = 0, SZTP__CIPHER_CBC, SZTP__CIPHER_GCM };

/* keyEncryptionAlgorithm with everything that its parameters say. */
typedef struct sztp__keyencalg {
  uint32_t scheme;       /* SZTP__KEYENC_*; NONE: unknown or not supported, see oid */
  uint32_t hash;         /* OAEP: of the label; ECDH: of the key derivation */
  uint32_t mgf_hash;     /* OAEP */
  sztp__span_t label;    /* OAEP */
  size_t wrap_len;       /* ECDH: octets of the key that wraps */
  sztp__span_t wrap_alg; /* ECDH: the KeyWrapAlgorithm, whole TLV */
  sztp__span_t oid;
} sztp__keyencalg_t;

/* contentEncryptionAlgorithm, likewise. */
typedef struct sztp__cipheralg {
  uint32_t mode; /* SZTP__CIPHER_* */
  size_t key_len;
  sztp__span_t iv; /* CBC: 16 octets; GCM: the nonce */
  size_t tag_len;  /* GCM */
  sztp__span_t oid;
} sztp__cipheralg_t;

/* Reads one at @p d. What can't be made sense of, or is refused (D-90), is NONE, no error. SZTP_ERR_DER
 * unless it is a SEQUENCE with an OBJECT IDENTIFIER first. */
int32_t sztp__keyencalg_read(sztp__der_t *d, sztp__keyencalg_t *out);
int32_t sztp__cipheralg_read(sztp__der_t *d, sztp__cipheralg_t *out);

/* "RSAES-OAEP with sha256", "ECDH with sha256kdf and aes256-wrap", "aes128-CBC" for people; the dotted OID if
 * unknown. Return @p out. */
char *sztp__keyencalg_text(char *out, size_t cap, const sztp__keyencalg_t *alg);
char *sztp__cipheralg_text(char *out, size_t cap, const sztp__cipheralg_t *alg);

/* OID contents octets, for writing; empty for what there is none of. @p hash is of ECDH's derivation. */
sztp__span_t sztp__keyenc_oid(uint32_t scheme, uint32_t hash);
sztp__span_t sztp__wrap_oid(size_t key_len);
sztp__span_t sztp__cipher_oid(uint32_t mode, size_t key_len);

#endif
