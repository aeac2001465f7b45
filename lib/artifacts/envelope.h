/* SPDX-License-Identifier: Apache-2.0 */
/* An envelope's inside, and the EnvelopedData or AuthEnvelopedData that it makes. */
#ifndef SZTP_ARTIFACTS_ENVELOPE_H
#define SZTP_ARTIFACTS_ENVELOPE_H

#include <sztp/artifacts.h>

#include "cryptography/cms_enveloped.h"

#define SZTP__UKM_MAX 64

typedef struct sztp__addressee {
  sztp__buf_t der;
  sztp__cert_t cert; /* borrowed from it */
} sztp__addressee_t;

struct sztp_envelope {
  sztp_ctx_t *ctx;
  sztp__addressee_t recipients[SZTP__CMS_MAX_RECIPIENTS];
  size_t recipient_count;
  uint32_t mode; /* SZTP__CIPHER_* */
  size_t key_len;
  uint32_t oaep;     /* SZTP__HASH_*, NONE: PKCS #1 v1.5 */
  uint32_t kdf_hash; /* SZTP__HASH_* */
  size_t ukm_len;
  int by_key_id;
};

/* Adds @p cms, an artifact, encrypted to all recipients. SZTP_ERR_ENC_NESTED, SZTP_ERR_CMS_TYPE_UNEXPECTED,
 * SZTP_ERR_NOT_FOUND, SZTP_ERR_LIMIT, SZTP_ERR_CRYPTO, SZTP_ERR_RANDOM, SZTP_ERR_MEMORY. */
int32_t sztp__enveloped_write(const sztp_envelope_t *e, const sztp__cms_t *cms, sztp__buf_t *out);

#endif
