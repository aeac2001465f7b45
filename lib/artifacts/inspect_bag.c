/* SPDX-License-Identifier: Apache-2.0 */
/* Tells what a bag of certificates and CRLs holds. */
#include "artifacts/inspect.h"

void sztp__tell_bag(sztp__look_t *l, uint32_t depth, const sztp__cms_t *cms) {
  for (size_t i = 0; i < cms->cert_count; i++) {
    sztp__tell_group(l, depth, "certificate");
    sztp__look_at_cert(l, depth + 1, cms->certs[i]);
  }
  for (size_t i = 0; i < cms->crl_count; i++) {
    sztp__tell_group(l, depth, "revocation-list");
    sztp__look_at_crl(l, depth + 1, cms->crls[i]);
  }
}

void sztp__look_at_bag(sztp__look_t *l, uint32_t depth, sztp__span_t der) {
  sztp__cms_t *cms = NULL;
  if (l->status < 0) return;
  int32_t rc = sztp__cms_parse(l->ctx, der, &cms);
  if (rc < 0) {
    sztp__tell_fault(l, depth, rc);
    return;
  }
  sztp__tell_bag(l, depth, cms);
  sztp__cms_free(l->ctx, cms);
}
