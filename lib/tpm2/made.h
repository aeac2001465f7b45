/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that are made in the TPM for certificate signing requests. The TPM holds none of them: what it wrapped
 * is kept in the host's store, under the key's name. */
#ifndef SZTP_TPM2_MADE_H
#define SZTP_TPM2_MADE_H

#include "tpm2/keys.h"

/* Where they are kept, and under which key of the TPM. */
typedef struct sztp__tpm_made {
  uint32_t parent;
  sztp_key_store_t store; /* its functions are NULL: none are made */
} sztp__tpm_made_t;

/* Makes the key that the AlgorithmIdentifier @p algorithm means, and writes its SubjectPublicKeyInfo.
 * SZTP_ERR_UNSUPPORTED, SZTP_ERR_KEY (it can't be kept), and as sztp__tpm_create(). */
int32_t sztp__tpm_made_generate(sztp__tpm_keys_t *keys, const sztp__tpm_made_t *made, const char *name,
                                sztp__span_t algorithm, uint8_t *out, size_t cap, size_t *len);
/* Loads it, to be freed with sztp__tpm_key_free(). SZTP_ERR_NOT_FOUND, and as sztp__tpm_keys_load(). */
int32_t sztp__tpm_made_load(sztp__tpm_keys_t *keys, const sztp__tpm_made_t *made, const char *name,
                            sztp__tpm_key_t **out);
/* Adds its SubjectPublicKeyInfo to @p out. */
int32_t sztp__tpm_made_public(const sztp__tpm_public_t *pub, sztp__buf_t *out);

#endif
