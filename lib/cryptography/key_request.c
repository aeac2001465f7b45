/* SPDX-License-Identifier: Apache-2.0 */
/* What a key function reads of a request, and the names of what there is to ask. */
#include "cryptography/key_request.h"

#include "cryptography/crypto.h"

#define BIT(field) (1u << ((field)-SZTP_KEY_F_HASH))
#define SIGN       (BIT(SZTP_KEY_F_HASH) | BIT(SZTP_KEY_F_INPUT) | BIT(SZTP_KEY_F_CERT) | BIT(SZTP_KEY_F_KEY_ID))

/* The operations with the fields that each may have. */
static const struct operation {
  const char *name;
  uint32_t fields;
} OPERATIONS[] = {
    [SZTP_KEY_OP_DECRYPT_RSA_PKCS1] = {"decrypt-rsa-pkcs1", BIT(SZTP_KEY_F_INPUT) | BIT(SZTP_KEY_F_CERT)},
    [SZTP_KEY_OP_DECRYPT_RSA_OAEP] = {"decrypt-rsa-oaep", BIT(SZTP_KEY_F_HASH) | BIT(SZTP_KEY_F_MGF_HASH) |
                                                              BIT(SZTP_KEY_F_INPUT) | BIT(SZTP_KEY_F_LABEL) |
                                                              BIT(SZTP_KEY_F_CERT)},
    [SZTP_KEY_OP_AGREE_ECDH] = {"agree-ecdh", BIT(SZTP_KEY_F_INPUT) | BIT(SZTP_KEY_F_CERT)},
    [SZTP_KEY_OP_SIGN_ECDSA] = {"sign-ecdsa", SIGN},
    [SZTP_KEY_OP_SIGN_RSA_PKCS1] = {"sign-rsa-pkcs1", SIGN},
    [SZTP_KEY_OP_SIGN_RSA_PSS] = {"sign-rsa-pss", SIGN},
    [SZTP_KEY_OP_QUERY] = {"query", BIT(SZTP_KEY_F_CERT) | BIT(SZTP_KEY_F_KEY_ID)},
    [SZTP_KEY_OP_GENERATE] = {"generate", BIT(SZTP_KEY_F_KEY_ID) | BIT(SZTP_KEY_F_ALGORITHM)},
    [SZTP_KEY_OP_DELETE] = {"delete", BIT(SZTP_KEY_F_KEY_ID)},
    [SZTP_KEY_OP_ATTEST] = {"attest", BIT(SZTP_KEY_F_CERT) | BIT(SZTP_KEY_F_KEY_ID) |
                                          BIT(SZTP_KEY_F_STATEMENT) | BIT(SZTP_KEY_F_NONCE) |
                                          BIT(SZTP_KEY_F_PCRS)}};
#define OPERATION_COUNT (sizeof OPERATIONS / sizeof OPERATIONS[0])

int64_t sztp__key_hash(uint32_t hash) {
  return hash == SZTP__HASH_SHA1 ? 1 : (int64_t)sztp__hash_len(hash) * 8;
}

/* ---- reading a request --------------------------------------------------------------------------- */

uint32_t sztp_key_request_operation(const sztp_key_request_t *request) {
  return request != NULL ? request->operation : 0;
}

static int may_have(const sztp_key_request_t *request, uint32_t field) {
  return request->operation < OPERATION_COUNT && (OPERATIONS[request->operation].fields & BIT(field)) != 0;
}

int32_t sztp_key_request_i64(const sztp_key_request_t *request, uint32_t field, int64_t *out) {
  int64_t found;
  if (request == NULL || out == NULL) return SZTP_ERR_ARG;
  switch (field) {
  case SZTP_KEY_F_HASH: found = request->hash; break;
  case SZTP_KEY_F_MGF_HASH: found = request->mgf_hash; break;
  case SZTP_KEY_F_STATEMENT: found = request->statement; break;
  case SZTP_KEY_F_PCRS: found = request->pcrs; break;
  default: return SZTP_ERR_ARG;
  }
  if (!may_have(request, field)) return SZTP_ERR_NOT_FOUND;
  *out = found;
  return SZTP_OK;
}

/* What may be there and of no octets at the same time. */
static int may_be_empty(uint32_t field) { return field == SZTP_KEY_F_INPUT || field == SZTP_KEY_F_LABEL; }

int32_t sztp_key_request_bytes(const sztp_key_request_t *request, uint32_t field, const uint8_t **data,
                               size_t *len) {
  static const uint8_t nothing = 0;
  sztp__span_t found;
  if (request == NULL || data == NULL || len == NULL) return SZTP_ERR_ARG;
  switch (field) {
  case SZTP_KEY_F_INPUT: found = request->input; break;
  case SZTP_KEY_F_LABEL: found = request->label; break;
  case SZTP_KEY_F_CERT: found = request->cert; break;
  case SZTP_KEY_F_KEY_ID: found = request->key_id; break;
  case SZTP_KEY_F_ALGORITHM: found = request->algorithm; break;
  case SZTP_KEY_F_NONCE: found = request->nonce; break;
  default: return SZTP_ERR_ARG;
  }
  if (!may_have(request, field) || (found.len == 0 && !may_be_empty(field))) return SZTP_ERR_NOT_FOUND;
  *data = found.data != NULL ? found.data : &nothing;
  *len = found.len;
  return SZTP_OK;
}

/* ---- names --------------------------------------------------------------------------------------- */

const char *sztp_key_op_name(uint32_t operation) {
  const char *name = operation < OPERATION_COUNT ? OPERATIONS[operation].name : NULL;
  return name != NULL ? name : "";
}

const char *sztp_key_field_name(uint32_t field) {
  static const char *const names[] = {"hash",   "mgf-hash",  "input",     "label", "cert",
                                      "key-id", "algorithm", "statement", "nonce", "pcrs"};
  size_t at = (size_t)field - SZTP_KEY_F_HASH;
  return field >= SZTP_KEY_F_HASH && at < sizeof names / sizeof names[0] ? names[at] : "";
}

const char *sztp_key_able_name(int64_t able) {
  switch (able) {
  case SZTP_ABLE_ECDSA_SHA256: return "ecdsa-sha256";
  case SZTP_ABLE_ECDSA_SHA384: return "ecdsa-sha384";
  case SZTP_ABLE_ECDSA_SHA512: return "ecdsa-sha512";
  case SZTP_ABLE_RSA_PKCS1_SHA256: return "rsa-pkcs1-sha256";
  case SZTP_ABLE_RSA_PKCS1_SHA384: return "rsa-pkcs1-sha384";
  case SZTP_ABLE_RSA_PKCS1_SHA512: return "rsa-pkcs1-sha512";
  case SZTP_ABLE_RSA_PSS_SHA256: return "rsa-pss-sha256";
  case SZTP_ABLE_RSA_PSS_SHA384: return "rsa-pss-sha384";
  case SZTP_ABLE_RSA_PSS_SHA512: return "rsa-pss-sha512";
  case SZTP_ABLE_DECRYPT: return "decrypt";
  case SZTP_ABLE_AGREE: return "agree";
  case SZTP_ABLE_CERTIFY: return "certify";
  case SZTP_ABLE_QUOTE: return "quote";
  default: return "";
  }
}
