/* SPDX-License-Identifier: Apache-2.0 */
/* A build without DNS (make DNS=0): no question can be made, so that there is none for the other functions.
 */
#include <sztp/discovery.h>

#include "ground/ctx_private.h"

static int32_t no_dns(sztp_ctx_t *ctx) {
  if (ctx == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, "dns",
                    "this library was built without DNS (SZTP_FEATURE_DNS)");
}

int32_t sztp_dns_name(sztp_ctx_t *ctx, const char *serial, const char *domain, char *out, size_t cap,
                      size_t *len) {
  (void)serial;
  (void)domain;
  (void)out;
  (void)cap;
  (void)len;
  return no_dns(ctx);
}

int32_t sztp_dns_new(sztp_ctx_t *ctx, uint32_t type, uint32_t how, const char *name, size_t len, uint32_t id,
                     sztp_dns_t **out) {
  (void)type;
  (void)how;
  (void)name;
  (void)len;
  (void)id;
  (void)out;
  return no_dns(ctx);
}

void sztp_dns_free(sztp_dns_t *q) { (void)q; }

int32_t sztp_dns_question(const sztp_dns_t *q, uint32_t edns, uint8_t *out, size_t cap, size_t *len) {
  (void)q;
  (void)edns;
  (void)out;
  (void)cap;
  (void)len;
  return SZTP_ERR_ARG;
}

int32_t sztp_dns_add(sztp_dns_t *q, const char *responder, size_t responder_len, const uint8_t *message,
                     size_t len) {
  (void)q;
  (void)responder;
  (void)responder_len;
  (void)message;
  (void)len;
  return SZTP_ERR_ARG;
}

int32_t sztp_dns_responder(const sztp_dns_t *q, size_t index, const char **out, size_t *len) {
  (void)q;
  (void)index;
  (void)out;
  (void)len;
  return SZTP_ERR_ARG;
}

int32_t sztp_dns_bundle(sztp_dns_t *q, size_t index, sztp_bundle_t **out) {
  (void)q;
  (void)index;
  (void)out;
  return SZTP_ERR_ARG;
}

int32_t sztp_dns_info(sztp_dns_t *q, size_t index, sztp_info_t **out) {
  (void)q;
  (void)index;
  (void)out;
  return SZTP_ERR_ARG;
}

int32_t sztp_dns_address(const sztp_dns_t *q, size_t index, size_t n, const char **out, size_t *len) {
  (void)q;
  (void)index;
  (void)n;
  (void)out;
  (void)len;
  return SZTP_ERR_ARG;
}

size_t sztp_dns_answers(const sztp_dns_t *q) {
  (void)q;
  return 0;
}
