/* SPDX-License-Identifier: Apache-2.0 */
/* Reference values: what the platform configuration registers (PCRs) have after a version of the software has
 * booted, as the owner or its maker has written it down (ATT-15). */
#ifndef SZTP_ARTIFACTS_REFERENCE_H
#define SZTP_ARTIFACTS_REFERENCE_H

#include "cryptography/crypto.h"

#define SZTP__PCRS_MAX             32
#define SZTP__REFERENCE_ENTRIES    256 /* values in a file */
#define SZTP__REFERENCE_OCTETS_MAX (256u * 1024u)

typedef struct sztp__reference_value {
  uint32_t hash; /* SZTP__HASH_* of the bank */
  uint32_t pcr;
  uint8_t octets[SZTP__HASH_MAX];
} sztp__reference_value_t;

/* The values of one version. */
typedef struct sztp__reference {
  char name[SZTP__NAME_SIZE]; /* for people; "" if the file has none */
  size_t count;
  sztp__reference_value_t values[SZTP__REFERENCE_ENTRIES];
} sztp__reference_t;

/* Reads {"name": ..., "sha256": {"0": "hex" or ["hex", ...]}}: banks sha256, sha384, sha512. At least one
 * value. SZTP_ERR_JSON, SZTP_ERR_MODEL_INVALID, SZTP_ERR_TEXT, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. *out is freed
 * with sztp__free(). */
int32_t sztp__reference_read(sztp_ctx_t *ctx, sztp__span_t text, sztp__reference_t **out);

#endif
