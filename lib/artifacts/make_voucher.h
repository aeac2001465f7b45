/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a voucher that is to be issued, and the documents it is written as. */
#ifndef SZTP_ARTIFACTS_MAKE_VOUCHER_H
#define SZTP_ARTIFACTS_MAKE_VOUCHER_H

#include <sztp/artifacts.h>

#include "ground/blob.h"
#include "trust/voucher.h"

struct sztp_voucher {
  sztp_ctx_t *ctx;
  sztp__blob_t value[SZTP__NODES]; /* by SZTP__NODE_*: binary nodes and the serial number */
  int64_t created_on;              /* SZTP_TIME_UNKNOWN if absent */
  int64_t expires_on;
  int64_t last_renewal;
  int64_t pinned_not_after;
  uint32_t assertion; /* a bit of SZTP_ASSERTION_* */
  int revocation;     /* -1: never set */
};

/* Adds the document. */
int32_t sztp__voucher_write_json(const sztp_voucher_t *v, sztp__buf_t *out);
int32_t sztp__voucher_write_cbor(const sztp_voucher_t *v, sztp__buf_t *out);

/* The name of an assertion's bit, NULL if it is none; *number is its value in CBOR. */
const char *sztp__voucher_assertion(uint64_t bit, uint64_t *number);

#endif
