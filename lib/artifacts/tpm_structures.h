/* SPDX-License-Identifier: Apache-2.0 */
/* Structures of TPM 2.0 (Library, Part 2) as evidence holds them: what a TPM attests to, its signatures,
 * public areas. Read without a TPM and without TSS; every length is bounded by the input, and nothing repeats
 * without end. */
#ifndef SZTP_ARTIFACTS_TPM_STRUCTURES_H
#define SZTP_ARTIFACTS_TPM_STRUCTURES_H

#include "cryptography/crypto.h"

#define SZTP__TPM_GENERATED 0xff544347u /* TPM_GENERATED_VALUE */
enum {
  SZTP__TPM_ST_CERTIFY = 0x8017, /* TPM_ST_ATTEST_CERTIFY */
  SZTP__TPM_ST_QUOTE = 0x8018    /* TPM_ST_ATTEST_QUOTE */
};
enum { /* bits of TPMA_OBJECT */
       SZTP__TPM_FIXED_TPM = 1 << 1,
       SZTP__TPM_FIXED_PARENT = 1 << 4,
       SZTP__TPM_SENSITIVE_DATA_ORIGIN = 1 << 5
};

#define SZTP__TPM_BANKS_MAX    16 /* TPML_PCR_SELECTION; HASH_COUNT of any TPM is less */
#define SZTP__TPM_SELECT_MAX   4  /* octets of a bank's selection: 32 PCRs */
#define SZTP__TPM_CLOCK_LEN    17 /* TPMS_CLOCK_INFO */
#define SZTP__TPM_CLOCK_COUNTS 8  /* in it, at 8: resetCount and restartCount, as octets */

/* TPMS_PCR_SELECTION */
typedef struct sztp__tpm_bank {
  uint32_t hash;     /* SZTP__HASH_*; NONE for one that is not known */
  uint32_t selected; /* bit n is PCR n */
} sztp__tpm_bank_t;

/* TPMS_ATTEST. All spans are borrowed. */
typedef struct sztp__tpm_attest {
  uint32_t magic;
  uint16_t type;
  sztp__span_t extra; /* qualifying data */
  sztp__span_t clock; /* TPMS_CLOCK_INFO */
  sztp__span_t name;  /* certify: of the object */
  size_t bank_count;  /* quote */
  sztp__tpm_bank_t banks[SZTP__TPM_BANKS_MAX];
  sztp__span_t digest; /* quote: of the values */
} sztp__tpm_attest_t;

/* TPMT_SIGNATURE */
typedef struct sztp__tpm_signature {
  uint32_t scheme; /* SZTP__SIG_* */
  uint32_t hash;   /* SZTP__HASH_* */
  sztp__span_t rsa;
  sztp__span_t r, s;
} sztp__tpm_signature_t;

/* TPMT_PUBLIC of a key pair */
typedef struct sztp__tpm_public {
  uint32_t type; /* SZTP__KEY_RSA, SZTP__KEY_EC */
  uint32_t name_hash;
  uint16_t name_algorithm; /* as the TPM writes it */
  uint32_t attributes;
  uint32_t curve;       /* SZTP__CURVE_* */
  uint32_t exponent;    /* RSA; 65537 where the TPM writes 0 */
  sztp__span_t modulus; /* RSA */
  sztp__span_t x, y;
} sztp__tpm_public_t;

/* Read all of @p data. SZTP_ERR_EVIDENCE_MALFORMED with what is wrong in the trail. Of a TPMS_ATTEST with
 * another magic or of another type than certify and quote only those two fields are read: they are for the
 * caller to refuse. */
int32_t sztp__tpm_read_attest(sztp_ctx_t *ctx, sztp__span_t data, sztp__tpm_attest_t *out);
int32_t sztp__tpm_read_signature(sztp_ctx_t *ctx, sztp__span_t data, sztp__tpm_signature_t *out);
int32_t sztp__tpm_read_public(sztp_ctx_t *ctx, sztp__span_t data, sztp__tpm_public_t *out);

/* "ECDSA", "RSASSA", "RSAPSS": SZTP__SIG_*. */
const char *sztp__tpm_scheme_name(uint32_t scheme);

/* 1 if the public area holds the key of a SubjectPublicKeyInfo. */
int sztp__tpm_public_is(const sztp__tpm_public_t *area, const sztp__keyinfo_t *key);

/* Verifies @p signature over @p message with the key in @p spki, under the algorithm policy. 0;
 * SZTP_ERR_CMS_SIGNATURE_INVALID; SZTP_ERR_CMS_ALG_*; as sztp__verify_digest(). */
int32_t sztp__tpm_verify(sztp_ctx_t *ctx, sztp__span_t spki, const sztp__tpm_signature_t *signature,
                         sztp__span_t message);

#endif
