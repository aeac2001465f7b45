/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a TPM with the certificates that they belong to. */
#ifndef SZTP_TPM2_KEYS_H
#define SZTP_TPM2_KEYS_H

#include "tpm2/esys.h"

#define SZTP__TPM_KEYS_MAX 8

typedef struct sztp__tpm_pair {
  sztp__tpm_key_t *key;
  uint8_t *cert; /* DER */
  size_t cert_len;
} sztp__tpm_pair_t;

typedef struct sztp__tpm_keys {
  sztp_ctx_t *ctx;
  sztp__tpm_t *tpm; /* NULL: not open */
  sztp__tpm_pair_t pairs[SZTP__TPM_KEYS_MAX];
  size_t count;
  sztp__tpm_key_t *attestation; /* NULL: no evidence is made */
} sztp__tpm_keys_t;

/* What a key is found by. */
typedef struct sztp__tpm_place {
  uint32_t handle;   /* persistent, or 0 and */
  sztp__span_t file; /* a key file, or nothing and */
  uint32_t made_by;  /* SZTP_TPM2_H* */
} sztp__tpm_place_t;

/* Finds the key and adds it for the first certificate in @p cert, if it is that certificate's (STATE-15) and
 * can be used from outside (TPM-19): otherwise SZTP_ERR_KEY. As sztp_tpm2_add_handle(). */
int32_t sztp__tpm_keys_add(sztp__tpm_keys_t *keys, sztp__span_t cert, const sztp__tpm_place_t *place,
                           sztp__span_t auth);
/* As above, for the attestation key: SZTP_ERR_KEY for a key that signs anything else, too (ATT-04). */
int32_t sztp__tpm_keys_attest(sztp__tpm_keys_t *keys, sztp__span_t cert, const sztp__tpm_place_t *place,
                              sztp__span_t auth);
/* Loads the key in @p file, to be freed with sztp__tpm_key_free(). */
int32_t sztp__tpm_keys_load(sztp__tpm_keys_t *keys, sztp__span_t file, sztp__tpm_key_t **out);
/* SZTP_OK if the key in @p file is that of the first certificate in @p cert, by what the file says: no TPM is
 * asked. As sztp_tpm2_check_file(). */
int32_t sztp__tpm_keys_check(sztp_ctx_t *ctx, sztp__span_t cert, sztp__span_t file);
/* The pair with the certificate @p der; NULL if there is none. */
sztp__tpm_pair_t *sztp__tpm_keys_find(sztp__tpm_keys_t *keys, sztp__span_t der);
/* Frees all of them. */
void sztp__tpm_keys_clear(sztp__tpm_keys_t *keys);

#endif
