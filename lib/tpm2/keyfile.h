/* SPDX-License-Identifier: Apache-2.0 */
/* Files with a key that only its TPM can use: "ASN.1 Specification for TPM 2.0 Key Files". No TSS here. */
#ifndef SZTP_TPM2_KEYFILE_H
#define SZTP_TPM2_KEYFILE_H

#include "ground/buf.h"

/* Hierarchies, as parents of a key. */
enum { SZTP__TPM_OWNER = 0x40000001, SZTP__TPM_NULL = 0x40000007, SZTP__TPM_ENDORSEMENT = 0x4000000b };

/* A loadable key. The spans are borrowed from the DER. */
typedef struct sztp__keyfile {
  uint32_t parent;       /* a hierarchy, or a persistent handle */
  int rsa_parent;        /* the hierarchy's primary key is an RSA key; otherwise it is one on P-256 */
  int empty_auth;        /* the key says that it has no authorization value */
  sztp__span_t public_;  /* TPM2B_PUBLIC, with its size in front */
  sztp__span_t private_; /* TPM2B_PRIVATE, likewise */
} sztp__keyfile_t;

/* Finds the key in @p file, PEM or DER, and copies its DER into @p der. SZTP_ERR_TEXT, SZTP_ERR_LIMIT,
 * SZTP_ERR_MEMORY. */
int32_t sztp__keyfile_find(sztp_ctx_t *ctx, sztp__span_t file, sztp__buf_t *der);
/* Reads it. SZTP_ERR_DER; SZTP_ERR_UNSUPPORTED: a sealed or importable key, one with a policy, or one whose
 * parent is neither of the above. */
int32_t sztp__keyfile_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__keyfile_t *out);
/* Adds the key to @p out, as PEM: one with an empty authorization value and, if its parent is a hierarchy,
 * under that one's primary key on P-256. */
int32_t sztp__keyfile_write(sztp_ctx_t *ctx, const sztp__keyfile_t *key, sztp__buf_t *out);

#endif
