/* SPDX-License-Identifier: Apache-2.0 */
/* A build without name constraints and certificate policies (make CONSTRAINTS=0). Certificates that have name
 * constraints are refused where their extensions are read (cert.c). */
#include "cryptography/constraints.h"
#include "cryptography/policy.h"

#define SAID "this library was built without name constraints and policies (SZTP_FEATURE_CONSTRAINTS)"

int32_t sztp__name_constraints_apply(sztp_ctx_t *ctx, sztp__span_t constraints, const sztp__cert_t *cert,
                                     int common_name) {
  (void)constraints;
  (void)cert;
  (void)common_name;
  return sztp__fail(ctx, SZTP_ERR_PKIX_NAME_CONSTRAINT, "path.names", SAID);
}

int32_t sztp__policies_apply(sztp_ctx_t *ctx, const sztp__cert_t *const *chain, size_t count,
                             const sztp__oids_t *wanted) {
  (void)chain;
  (void)count;
  if (wanted == NULL || wanted->count == 0) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_PKIX_NO_PATH, "path.policies", SAID);
}
