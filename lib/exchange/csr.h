/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate signing requests between device and bootstrap server (RFC 9646): csr-support, csr-request, and
 * the request itself. */
#ifndef SZTP_EXCHANGE_CSR_H
#define SZTP_EXCHANGE_CSR_H

#include "formats/yang_write.h"
#include "ground/blob.h"

#define SZTP__CSR_ALGORITHM_MAX 1024        /* octets of an algorithm-identifier */
#define SZTP__CSR_INFO_MAX      (16 * 1024) /* of cert-req-info */
#define SZTP__CSR_MAX           (64 * 1024) /* of a request, in any format */

/* What a device offers: bits of SZTP_CSR_* and SZTP_ALGORITHM_*. */
typedef struct sztp__csr_offer {
  uint32_t formats;
  uint32_t algorithms;
} sztp__csr_offer_t;

/* What a server asks for. */
typedef struct sztp__csr_wish {
  uint32_t algorithm; /* SZTP_ALGORITHM_* of the key to be made; 0: the identity's own key is meant */
  uint32_t format;    /* SZTP_CSR_* */
  sztp__blob_t info;  /* cert-req-info, owned; absent: the device chooses */
} sztp__csr_wish_t;

/* Reads the csr-request in a RESTCONF errors document, JSON or XML. SZTP_ERR_NOT_FOUND if there is none,
 * whatever the document is; SZTP_ERR_CSR_REFUSED (it is not one of what was offered, or breaks its model),
 * SZTP_ERR_LIMIT; SZTP_ERR_MEMORY. *out is to be freed after 0 only. */
int32_t sztp__csr_request_read(sztp_ctx_t *ctx, sztp__span_t body, const sztp__csr_offer_t *offer,
                               sztp__csr_wish_t *out);
void sztp__csr_wish_free(sztp_ctx_t *ctx, sztp__csr_wish_t *wish);

/* Adds csr-support to the input of get-bootstrapping-data. */
void sztp__csr_write_support(sztp__yang_writer_t *w, const sztp__csr_offer_t *offer);
/* Adds a request of format SZTP_CSR_* (DER). */
void sztp__csr_write_request(sztp__yang_writer_t *w, uint32_t format, sztp__span_t request);

#endif
