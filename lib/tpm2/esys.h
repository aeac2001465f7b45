/* SPDX-License-Identifier: Apache-2.0 */
/* A TPM, as the rest of the component sees it. esys.c is the one file that calls tpm2-tss, by way of tss2.h.
 * Functions leave what went wrong in the context's trail, and nothing in the TPM. */
#ifndef SZTP_TPM2_ESYS_H
#define SZTP_TPM2_ESYS_H

#include "tpm2/keyfile.h"

typedef struct sztp__tpm sztp__tpm_t;         /* a connection */
typedef struct sztp__tpm_key sztp__tpm_key_t; /* a key that is reached through it */

#define SZTP__TPM_AUTH_MAX  64
#define SZTP__TPM_VALUE_MAX 512 /* octets of a modulus: 4096 bits */

/* What a key's public area says. */
typedef struct sztp__tpm_public {
  uint32_t type;     /* SZTP__KEY_*; OTHER: a kind that is of no use here */
  uint32_t curve;    /* EC: SZTP__CURVE_* */
  uint32_t exponent; /* RSA */
  int restricted;    /* an attestation key or a storage key: works for the TPM's own structures alone */
  int attests;       /* an attestation key */
  int certifiable;   /* a command about it needs no policy session */
  int64_t able;      /* SZTP_ABLE_*, with the hashes that this TPM has */
  size_t octets;     /* of the modulus or of a coordinate */
  size_t value_len;
  uint8_t value[SZTP__TPM_VALUE_MAX]; /* the modulus, or x and y */
  /* RSA keys for one padding only, which the TPM takes off itself: SZTP_KEY_OP_DECRYPT_RSA_*, and the hash of
   * OAEP and its MGF1. 0: raw. */
  uint32_t padding;
  int64_t padding_hash;
} sztp__tpm_public_t;

/* ---- the connection ------------------------------------------------------------------------------ */

/* Opens the TCTI of that name, or borrows @p context, a TSS2_TCTI_CONTEXT *, if @p tcti is NULL.
 * SZTP_ERR_NOT_FOUND, SZTP_ERR_UNSUPPORTED, SZTP_ERR_MEMORY, SZTP_ERR_CRYPTO */
int32_t sztp__tpm_open(sztp_ctx_t *ctx, const char *tcti, void *context, sztp__tpm_t **out);
/* NULL is allowed. */
void sztp__tpm_close(sztp__tpm_t *t);
/* For how long a busy TPM is asked again, in ms; which key salts sessions, 0: no sessions. */
void sztp__tpm_set(sztp__tpm_t *t, int64_t timeout_ms, uint32_t protect);
/* The failure that came last, what was asked, what was asked again, and TPM_PT_MANUFACTURER. */
uint32_t sztp__tpm_last_code(const sztp__tpm_t *t);
uint64_t sztp__tpm_operations(const sztp__tpm_t *t);
uint64_t sztp__tpm_retries(const sztp__tpm_t *t);
uint32_t sztp__tpm_manufacturer(const sztp__tpm_t *t);
/* Whether protected keys are refused for now. */
int32_t sztp__tpm_locked(sztp__tpm_t *t, int *out);
/* Fills @p out, in as many pieces as it takes. */
int32_t sztp__tpm_random(sztp__tpm_t *t, uint8_t *out, size_t len);
/* Adds to @p out all that an NV index holds; SZTP_ERR_NOT_FOUND, SZTP_ERR_LIMIT beyond out->max. */
int32_t sztp__tpm_read_nv(sztp__tpm_t *t, uint32_t index, sztp__buf_t *out);

/* ---- keys ---------------------------------------------------------------------------------------- */

/* By persistent handle; SZTP_ERR_NOT_FOUND. */
int32_t sztp__tpm_key_at(sztp__tpm_t *t, uint32_t handle, sztp__tpm_key_t **out);
/* Loaded from a file; made by SZTP_TPM2_H*, the identity's or the attestation key. Both are kept outside of
 * the TPM between operations. */
int32_t sztp__tpm_key_load(sztp__tpm_t *t, const sztp__keyfile_t *file, sztp__tpm_key_t **out);
int32_t sztp__tpm_key_make(sztp__tpm_t *t, uint32_t made_by, int attests, sztp__tpm_key_t **out);
/* What a file says of its key, without any TPM: so nothing of what it can do. */
int32_t sztp__tpm_file_public(sztp_ctx_t *ctx, const sztp__keyfile_t *file, sztp__tpm_public_t *out);
/* Makes a key of @p kind, one SZTP_ALGORITHM_*, that signs whatever it is given, under @p parent as in
 * sztp__keyfile_t, and adds its areas to @p public_ and @p private_. It is not left in the TPM. */
int32_t sztp__tpm_create(sztp__tpm_t *t, uint32_t parent, uint32_t kind, sztp__buf_t *public_,
                         sztp__buf_t *private_);
/* SZTP_ALGORITHM_* that it can make. */
int32_t sztp__tpm_kinds(sztp__tpm_t *t, uint32_t *out);
/* NULL is allowed. */
void sztp__tpm_key_free(sztp__tpm_t *t, sztp__tpm_key_t *key);
/* Its authorization value, of at most SZTP__TPM_AUTH_MAX octets. */
void sztp__tpm_key_set_auth(sztp__tpm_key_t *key, sztp__span_t auth);
const sztp__tpm_public_t *sztp__tpm_key_public(const sztp__tpm_key_t *key);

/* Operations with a key. Beside those mentioned: SZTP_ERR_UNSUPPORTED (the key can't do that), SZTP_ERR_KEY
 * (wrong authorization value), SZTP_ERR_KEY_LOCKED, SZTP_ERR_LIMIT (no room in the TPM), SZTP_ERR_MEMORY,
 * SZTP_ERR_CRYPTO (any other failure). */

/* @p operation is SZTP_KEY_OP_SIGN_*; exactly @p wanted octets come out, or SZTP_ERR_KEY. */
int32_t sztp__tpm_sign(sztp__tpm_t *t, sztp__tpm_key_t *key, uint32_t operation, int64_t hash,
                       sztp__span_t digest, uint8_t *out, size_t wanted);
/* With a raw key the block that the private key makes, as long as the modulus; otherwise the message. @p out
 * has @p cap octets, and *out_len are written. */
int32_t sztp__tpm_decrypt(sztp__tpm_t *t, sztp__tpm_key_t *key, sztp__span_t input, uint8_t *out, size_t cap,
                          size_t *out_len);
/* The x-coordinate, @p wanted octets, or SZTP_ERR_KEY; @p point is uncompressed. */
int32_t sztp__tpm_agree(sztp__tpm_t *t, sztp__tpm_key_t *key, sztp__span_t point, uint8_t *out,
                        size_t wanted);

/* ---- evidence ------------------------------------------------------------------------------------ */

/* A statement of the TPM: TPMS_ATTEST, TPMT_SIGNATURE, and what it is about: TPMT_PUBLIC, or the values of
 * the PCRs, one after another. */
typedef struct sztp__tpm_statement {
  sztp__buf_t attest;
  sztp__buf_t signature;
  sztp__buf_t subject;
} sztp__tpm_statement_t;

#define SZTP__TPM_NONCE_MAX 64

/* Has the attestation key @p by say that @p key is in this TPM, and what it is. */
int32_t sztp__tpm_certify(sztp__tpm_t *t, sztp__tpm_key_t *key, sztp__tpm_key_t *by, sztp__span_t nonce,
                          sztp__tpm_statement_t *out);
/* Has it say what the PCRs of the SHA-256 bank hold; bit n of @p pcrs: PCR n. */
int32_t sztp__tpm_quote(sztp__tpm_t *t, sztp__tpm_key_t *by, sztp__span_t nonce, uint32_t pcrs,
                        sztp__tpm_statement_t *out);

#endif
