/* SPDX-License-Identifier: Apache-2.0 */
/* A signer's inside, and what it makes: SignedData, and COSE_Sign1. */
#ifndef SZTP_ARTIFACTS_SIGNER_H
#define SZTP_ARTIFACTS_SIGNER_H

#include <sztp/artifacts.h>

#include "artifacts/sign.h"
#include "cryptography/cms.h"

struct sztp_signer {
  sztp_ctx_t *ctx;
  sztp__buf_t certs; /* DER one after another, the signer's own first */
  sztp__buf_t crls;  /* DER one after another */
  sztp__cert_t cert; /* borrowed from them */
  sztp__signing_key_t *key;
  uint32_t hash; /* SZTP__HASH_* */
  uint8_t by_key_id;
  uint8_t no_certs;
  uint8_t no_attrs;
  uint8_t pss;
};

/* Adds a SignedData by @p signer around @p document, of content type @p type (SZTP__CMS_*) or, without signed
 * attributes, id-data (RFC 5652 5.3). SZTP_ERR_CRYPTO, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__signed_data_write(const sztp_signer_t *signer, uint32_t type, sztp__span_t document,
                                sztp__buf_t *out);

/* The same of content that stands elsewhere, whose @p digest by the signer's hash is given; always with
 * signed attributes. */
int32_t sztp__signed_data_write_detached(const sztp_signer_t *signer, uint32_t type, sztp__span_t digest,
                                         sztp__buf_t *out);

/* Adds a COSE_Sign1 by @p signer around @p payload: tagged; the algorithm, which the key's curve decides, in
 * the protected header; the certificates in an unprotected x5bag, and with SZTP_SIGNER_KEY_ID the subject key
 * identifier as kid. SZTP_ERR_CMS_ALG_UNSUPPORTED (a key that is not EC; a hash that is not the curve's),
 * SZTP_ERR_CRYPTO, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__cose_sign1_write(const sztp_signer_t *signer, sztp__span_t payload, sztp__buf_t *out);

#endif
