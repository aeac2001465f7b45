/* SPDX-License-Identifier: Apache-2.0 */
/* A build without decryption (make DECRYPT=0): V1 refuses everything that is encrypted, before any key is
 * asked. */
#include "trust/verification.h"

/* An artifact's outer CMS, parsed here if nobody has; a broken one is told in its own step. */
static int32_t outer_of(sztp__verification_t *r, uint32_t artifact, sztp__cms_t **cms, int *encrypted) {
  if (*cms == NULL && sztp__verify_has(r, artifact)) {
    size_t told = sztp__trail_len(r->ctx);
    int32_t rc = sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, artifact), cms);
    if (sztp__verify_fatal(rc)) return rc;
    sztp__trail_cut(r->ctx, told);
  }
  *encrypted = sztp__verify_is_encrypted(*cms);
  return SZTP_OK;
}

int32_t sztp__verify_encrypted(sztp__verification_t *r, uint32_t artifacts, uint32_t *out) {
  const struct {
    uint32_t artifact;
    sztp__cms_t **cms;
  } all[] = {{SZTP_ARTIFACT_VOUCHER, &r->voucher_cms},
             {SZTP_ARTIFACT_CONVEYED_INFO, &r->info_cms},
             {SZTP_ARTIFACT_OWNER_CERT, &r->owner_cms}};
  *out = 0;
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    int encrypted = 0;
    if ((artifacts & SZTP__ARTIFACT_BIT(all[i].artifact)) == 0) continue;
    int32_t rc = outer_of(r, all[i].artifact, all[i].cms, &encrypted);
    if (rc != SZTP_OK) return rc;
    if (encrypted) *out |= SZTP__ARTIFACT_BIT(all[i].artifact);
  }
  return SZTP_OK;
}

int32_t sztp__verify_declared(sztp__verification_t *r, uint32_t *type) {
  (void)r;
  *type = SZTP__CMS_OTHER;
  return SZTP_OK;
}

int32_t sztp__step_decryption(sztp__verification_t *r) {
  return sztp__fail(r->ctx, SZTP_ERR_ENC_ALG_UNSUPPORTED, "decryption",
                    "encrypted, and this library was built without decryption (SZTP_FEATURE_DECRYPT)");
}

int32_t sztp__verify_as_much(sztp__verification_t *r) {
  (void)r;
  return SZTP_OK;
}
