/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in software. key_mbedtls.c or key_openssl.c implements this seam; software_key.c makes a key
 * function of it. */
#ifndef SZTP_HTTPS_PRIVATE_KEY_H
#define SZTP_HTTPS_PRIVATE_KEY_H

#include <sztp/device.h>

#include "ground/span.h"

/* What keys need when they work: a random generator. */
typedef struct sztp__key_engine sztp__key_engine_t;
typedef struct sztp__private_key sztp__private_key_t;

/* 0, SZTP_ERR_MEMORY, SZTP_ERR_RANDOM, SZTP_ERR_CRYPTO */
int32_t sztp__key_engine_new(sztp__key_engine_t **out);
void sztp__key_engine_free(sztp__key_engine_t *e);

/* Reads PEM or DER, not encrypted. 0, SZTP_ERR_KEY, SZTP_ERR_MEMORY */
int32_t sztp__private_key_read(sztp__key_engine_t *e, const uint8_t *data, size_t len,
                               sztp__private_key_t **out);
/* Wipes it. NULL is allowed. */
void sztp__private_key_free(sztp__private_key_t *key);
/* 0 if it is the private key of @p certificate (DER), SZTP_ERR_KEY if not, SZTP_ERR_MEMORY. Of an EC key that
 * was read the certificate's public key is computed, and from then on it says so (SZTP_ABLE_MATCHED); of
 * other keys the public halves are compared. */
int32_t sztp__private_key_fits(sztp__key_engine_t *e, sztp__private_key_t *key, sztp__span_t certificate);

/* Makes a key pair of the algorithm @p identifier, the DER of an AlgorithmIdentifier: the private key as PEM
 * into
 * @p pem, its SubjectPublicKeyInfo into @p spki, each of at most *len octets, which become what they are.
 * SZTP_ERR_UNSUPPORTED (unknown), SZTP_ERR_MEMORY, SZTP_ERR_KEY (it failed) */
int32_t sztp__private_key_make(sztp__key_engine_t *e, sztp__span_t identifier, uint8_t *pem, size_t *pem_len,
                               uint8_t *spki, size_t *spki_len);

/* What a private key is asked: device.h has the meaning of each. */
typedef struct sztp__key_use {
  uint32_t operation; /* SZTP_KEY_OP_* */
  int64_t hash;
  int64_t mgf_hash;
  sztp__span_t label;
  sztp__span_t input;
  sztp__span_t certificate;
} sztp__key_use_t;

/* 1 if sztp__private_key_use() knows SZTP_KEY_OP_* @p operation (private_key.c). */
int sztp__private_key_knows(uint32_t operation);
/* What keys of a kind can do. */
#define SZTP__RSA_ABLE                                                                                       \
  (SZTP_ABLE_RSA_PKCS1_SHA256 | SZTP_ABLE_RSA_PKCS1_SHA384 | SZTP_ABLE_RSA_PKCS1_SHA512 |                    \
   SZTP_ABLE_RSA_PSS_SHA256 | SZTP_ABLE_RSA_PSS_SHA384 | SZTP_ABLE_RSA_PSS_SHA512 | SZTP_ABLE_DECRYPT)
#define SZTP__EC_ABLE                                                                                        \
  (SZTP_ABLE_ECDSA_SHA256 | SZTP_ABLE_ECDSA_SHA384 | SZTP_ABLE_ECDSA_SHA512 | SZTP_ABLE_AGREE)
/* The answer to SZTP_KEY_OP_QUERY (private_key.c). 0, SZTP_ERR_KEY (not of @p wanted octets). */
int32_t sztp__private_key_abilities(int64_t able, uint8_t *out, size_t wanted);
/* Does it; exactly @p wanted octets come out, which count only with 0. SZTP_ERR_UNSUPPORTED (an operation
 * that this kind of key does not have), SZTP_ERR_MEMORY, SZTP_ERR_KEY (it failed). */
int32_t sztp__private_key_use(sztp__key_engine_t *e, sztp__private_key_t *key, const sztp__key_use_t *use,
                              uint8_t *out, size_t wanted);

#endif
