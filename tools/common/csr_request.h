/* SPDX-License-Identifier: Apache-2.0 */
/* csr-request (RFC 9646 3.2) as a server sends it, and the kinds of keys that it may ask for. */
#ifndef SZTP_TOOLS_COMMON_CSR_REQUEST_H
#define SZTP_TOOLS_COMMON_CSR_REQUEST_H

#include "ground/buf.h"

/* A kind of key that a device may make. */
typedef struct csr_kind {
  uint32_t algorithm;     /* SZTP_ALGORITHM_* */
  const char *identifier; /* its AlgorithmIdentifier, base64 of DER */
  const char *name;
} csr_kind_t;

/* NULL if there is none of that SZTP_ALGORITHM_*, name, identifier. */
const csr_kind_t *csr_kind(uint64_t algorithm);
const csr_kind_t *csr_kind_named(const char *name);
const csr_kind_t *csr_kind_identified(const char *identifier);

/* Adds the member error-info, which asks for a request in PKCS #10: with a new key of @p kind, or (NULL) with
 * the identity's; as @p info (cert-req-info, DER) has it, or (empty) as the device likes. In JSON a comma
 * stands in front. */
void csr_request_put_json(sztp__buf_t *out, const csr_kind_t *kind, sztp__span_t info);
void csr_request_put_xml(sztp__buf_t *out, const csr_kind_t *kind, sztp__span_t info);

#endif
