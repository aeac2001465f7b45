/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence that the TPM's attestation key signs, as an AttestationStatement
 * (draft-birkholz-rats-tcg-tpm2-attestation). No TSS here. */
#ifndef SZTP_TPM2_STATEMENT_H
#define SZTP_TPM2_STATEMENT_H

#include "tpm2/keys.h"

/* What is asked for. */
typedef struct sztp__tpm_asked {
  int64_t kind;         /* SZTP_EVIDENCE_* */
  sztp__tpm_key_t *key; /* of CERTIFY */
  int64_t pcrs;         /* of QUOTE */
  sztp__span_t nonce;
} sztp__tpm_asked_t;

/* Makes it, as DER of *len octets in @p out. SZTP_ERR_UNSUPPORTED: another kind, no attestation key, or a key
 * that can't be certified; SZTP_ERR_BUFFER; and as sztp__tpm_certify(), sztp__tpm_quote(). */
int32_t sztp__tpm_statement_make(sztp__tpm_keys_t *keys, const sztp__tpm_asked_t *asked, uint8_t *out,
                                 size_t cap, size_t *len);
/* SZTP_ABLE_* that the attestation key adds to what @p pub can do. */
int64_t sztp__tpm_statement_able(const sztp__tpm_keys_t *keys, const sztp__tpm_public_t *pub);

#endif
