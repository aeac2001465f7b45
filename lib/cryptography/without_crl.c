/* SPDX-License-Identifier: Apache-2.0 */
/* A build without CRLs (make CRL=0): none is read, and a path that needs them does not hold. */
#include "cryptography/crl.h"
#include "cryptography/path_revocation.h"

#define WHERE "crl"
#define SAID  "this library was built without CRLs (SZTP_FEATURE_CRL)"

int32_t sztp__crl_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__crl_t *out) {
  (void)der;
  (void)out;
  return sztp__fail(ctx, SZTP_ERR_UNSUPPORTED, WHERE, SAID);
}

size_t sztp__crls_parse(sztp_ctx_t *ctx, const sztp__span_t *ders, size_t count, sztp__crl_t *out) {
  (void)ctx;
  (void)ders;
  (void)count;
  (void)out;
  return 0;
}

int32_t sztp__revocation_accept(sztp__search_t *s, size_t count) {
  const sztp__revocation_t *r = s->p->revocation;
  (void)count;
  if (r == NULL || r->mode != SZTP__CRLS_REQUIRED) return SZTP_OK;
  int32_t rc = sztp__fail(s->ctx, SZTP_ERR_PKIX_REVOCATION_UNKNOWN, WHERE, SAID);
  sztp__search_keep_reason(s, SZTP__CAME_TO_REVOCATION, rc);
  return rc;
}
