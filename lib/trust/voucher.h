/* SPDX-License-Identifier: Apache-2.0 */
/* The ownership voucher's document (RFC 8366): decoding of its leaves. Whether they are acceptable is
 * verify.c's business. */
#ifndef SZTP_TRUST_VOUCHER_H
#define SZTP_TRUST_VOUCHER_H

#include "ground/text.h"
#include "trust/device.h"

enum { SZTP__REVOCATION_ABSENT = 0, SZTP__REVOCATION_FALSE = 1, SZTP__REVOCATION_TRUE = 2 };

typedef struct sztp__voucher {
  sztp_ctx_t *ctx;
  int has_created_on;
  int has_expires_on;
  int64_t created_on;
  int64_t expires_on;
  char assertion_text[24]; /* as it stands, neutralised; "" if absent */
  uint32_t assertion;      /* one bit of SZTP_ASSERTION_*, 0 if absent or unknown */
  uint32_t revocation;     /* SZTP__REVOCATION_* */
  uint8_t *serial;         /* NUL behind */
  size_t serial_len;
  uint8_t *idevid_issuer; /* NULL if absent, as the next */
  size_t idevid_issuer_len;
  uint8_t *nonce;
  size_t nonce_len;
  uint8_t *pinned; /* octets of pinned-domain-cert, not looked into */
  size_t pinned_len;
} sztp__voucher_t;

/* Decodes the document inside a voucher's CMS. SZTP_ERR_ENCODING_UNKNOWN, SZTP_ERR_VOUCHER_MALFORMED,
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__voucher_parse(sztp_ctx_t *ctx, sztp__span_t document, sztp__voucher_t **out);
void sztp__voucher_free(sztp__voucher_t *v);

#endif
