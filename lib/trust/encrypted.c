/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the artifacts are encrypted: what a library can tell whether it decrypts or not. */
#include "trust/verification.h"

sztp__cms_t **sztp__verify_outer(sztp__verification_t *r, uint32_t artifact) {
  switch (artifact) {
  case SZTP_ARTIFACT_OWNER_CERT: return &r->owner_cms;
  case SZTP_ARTIFACT_VOUCHER: return &r->voucher_cms;
  default: return &r->info_cms;
  }
}

/* Parses an artifact's outer CMS; a broken one is told in its own step. Returns a failure of the machine,
 * else 0. */
static int32_t look_at(sztp__verification_t *r, uint32_t artifact) {
  sztp__cms_t **cms = sztp__verify_outer(r, artifact);
  if (*cms != NULL || !sztp__verify_has(r, artifact)) return SZTP_OK;
  size_t told = sztp__trail_len(r->ctx);
  int32_t rc = sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, artifact), cms);
  if (sztp__verify_fatal(rc)) return rc;
  sztp__trail_cut(r->ctx, told);
  return SZTP_OK;
}

int32_t sztp__verify_encrypted(sztp__verification_t *r, uint32_t artifacts, uint32_t *out) {
  static const uint32_t all[] = {SZTP_ARTIFACT_VOUCHER, SZTP_ARTIFACT_CONVEYED_INFO,
                                 SZTP_ARTIFACT_OWNER_CERT};
  *out = 0;
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    if ((artifacts & SZTP__ARTIFACT_BIT(all[i])) == 0) continue;
    int32_t rc = look_at(r, all[i]);
    if (rc != SZTP_OK) return rc;
    if (sztp__verify_is_encrypted(*sztp__verify_outer(r, all[i]))) *out |= SZTP__ARTIFACT_BIT(all[i]);
  }
  return SZTP_OK;
}
