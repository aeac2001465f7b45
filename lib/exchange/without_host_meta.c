/* SPDX-License-Identifier: Apache-2.0 */
/* A build that asks no server where its RESTCONF root is (make HOST_META=0): it is the usual one. */
#include "exchange/rpc.h"

int32_t sztp__root_read(sztp_ctx_t *ctx, sztp__span_t document, sztp__span_t host, uint16_t port,
                        sztp__buf_t *root) {
  (void)ctx;
  (void)document;
  (void)host;
  (void)port;
  (void)root;
  return SZTP_ERR_NOT_FOUND;
}
