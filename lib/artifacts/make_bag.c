/* SPDX-License-Identifier: Apache-2.0 */
/* Packs certificates and CRLs for an owner certificate or a trust anchor (RFC 8572 3.2). */
#include <sztp/artifacts.h>

#include "artifacts/input.h"
#include "artifacts/limit.h"
#include "cryptography/cms_write.h"

int32_t sztp_owner_cert_make(sztp_ctx_t *ctx, const uint8_t *certs, size_t certs_len, const uint8_t *crls,
                             size_t crls_len, uint8_t **out, size_t *out_len) {
  if (ctx == NULL || certs == NULL || (crls == NULL && crls_len > 0) || out == NULL || out_len == NULL)
    return SZTP_ERR_ARG;
  sztp__buf_t cert_list;
  sztp__buf_t crl_list;
  sztp__buf_t bag;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp__buf_init(&cert_list, ctx, SZTP__INPUT_MAX);
  sztp__buf_init(&crl_list, ctx, SZTP__INPUT_MAX);
  sztp__buf_init(&bag, ctx, sztp__limit_size(ctx, SZTP_LIMIT_OWNER_CERT));
  int32_t rc = sztp__input_certs(ctx, sztp__span(certs, certs_len), &cert_list);
  if (rc == SZTP_OK && crls_len > 0) rc = sztp__input_crls(ctx, sztp__span(crls, crls_len), &crl_list);
  if (rc == SZTP_OK) rc = sztp__cms_write_bag(&bag, sztp__buf_span(&cert_list), sztp__buf_span(&crl_list));
  if (rc == SZTP_OK) rc = sztp__buf_take(&bag, out, out_len);
  sztp__buf_clear(&bag);
  sztp__buf_clear(&crl_list);
  sztp__buf_clear(&cert_list);
  return rc;
}
