/* SPDX-License-Identifier: Apache-2.0 */
/* Steps about a voucher in CMS: its form (V2), its signature (V3), its document (V4). */
#include "ground/format.h"
#include "trust/verification.h"

static const sztp__container_t cms_container;

/* V2 */
int32_t sztp__step_voucher_cms_format(sztp__verification_t *r, sztp__span_t raw) {
  char type[SZTP__NAME_SIZE];
  int32_t rc = SZTP_OK;
  if (r->voucher_cms == NULL) rc = sztp__cms_parse(r->ctx, raw, &r->voucher_cms);
  if (rc < 0) return rc;
  const sztp__cms_t *cms = r->voucher_cms;
  rc = sztp__verify_check_signed(r, cms, "voucher");
  if (rc < 0) return rc;
  SZTP__TELL(sztp__cms_type_text(type, sizeof type, cms->etype, cms->etype_oid));
  if (cms->etype != SZTP__CMS_VOUCHER_JSON && cms->etype != SZTP__CMS_DATA)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, "voucher",
                      "content type %s is not an ownership voucher", type);
  r->voucher_certs = sztp__alloc_array(r->ctx, cms->cert_count, sizeof *r->voucher_certs);
  if (r->voucher_certs == NULL) return SZTP_ERR_MEMORY;
  if (SZTP__CRL) r->voucher_crls = sztp__alloc_array(r->ctx, cms->crl_count, sizeof *r->voucher_crls);
  if (SZTP__CRL && r->voucher_crls == NULL) return SZTP_ERR_MEMORY;
  r->voucher_crl_count = sztp__crls_parse(r->ctx, cms->crls, cms->crl_count, r->voucher_crls);
  r->voucher_crls_lost = cms->crl_count - r->voucher_crl_count;
  rc = sztp__verify_parse_certs(r, cms->certs, cms->cert_count, r->voucher_certs, &r->voucher_cert_count);
  if (rc < 0) return rc;
  r->container = &cms_container;
  (void)sztp__sentence(r->detail, sizeof r->detail, "signed, %s, %zu certificates", type, cms->cert_count);
  return SZTP_OK;
}

/* ---- V3 ------------------------------------------------------------------------------------------ */

/* Reasons: a certificate that leads to an anchor came further than one that does not. */
enum { CMS_RANK_PATH = 2, CMS_RANK_SIGNATURE = 3 };

static int32_t voucher_signed_by(sztp__verification_t *r, size_t signer, const sztp__cert_t *cert,
                                 sztp__reason_t *best) {
  int attrs = sztp__policy(r->dev, SZTP_POLICY_SIGNED_ATTRS) != 0;
  sztp__trail_clear(r->ctx);
  int32_t rc = sztp__voucher_signer_path(r, cert, best, CMS_RANK_PATH);
  if (rc < 0) return rc;
  rc = sztp__cms_verify(r->ctx, r->voucher_cms, signer, cert, sztp__verify_allow_sha1(r), attrs);
  if (rc < 0) sztp__verify_remember(r, best, CMS_RANK_SIGNATURE, rc);
  return rc;
}

/* 0, a failure of the machine, or SZTP_ERR_NOT_FOUND. */
static int32_t voucher_signer_among(sztp__verification_t *r, size_t signer, const sztp__cert_t *certs,
                                    size_t count, sztp__reason_t *best) {
  for (size_t i = 0; i < count && !sztp__work_spent(r->ctx); i++) {
    int named = 0;
    int32_t rc = sztp__cms_signer_is(r->ctx, &r->voucher_cms->signers[signer], &certs[i], &named);
    if (rc == SZTP_OK && !named) continue;
    if (rc == SZTP_OK) rc = voucher_signed_by(r, signer, &certs[i], best);
    if (rc == SZTP_OK || sztp__verify_fatal(rc)) return rc;
  }
  return SZTP_ERR_NOT_FOUND;
}

/* CMS-13 */
static int32_t cms_signature(sztp__verification_t *r, sztp__reason_t *best) {
  const sztp__certs_t *anchors = &r->dev->certs[SZTP_CERT_VOUCHER_ANCHOR];
  for (size_t i = 0; i < r->voucher_cms->signer_count; i++) {
    int32_t rc = voucher_signer_among(r, i, r->voucher_certs, r->voucher_cert_count, best);
    if (rc == SZTP_ERR_NOT_FOUND) rc = voucher_signer_among(r, i, anchors->v, anchors->n, best);
    if (rc == SZTP_OK || sztp__verify_fatal(rc)) return rc;
  }
  return SZTP_ERR_NOT_FOUND;
}

/* V4 */
static int32_t cms_document(sztp__verification_t *r) {
  int32_t rc = sztp__voucher_parse_json(r->ctx, r->voucher_cms->econtent, &r->voucher);
  if (rc == SZTP_OK) (void)sztp__sentence(r->detail, sizeof r->detail, "an ownership voucher in JSON");
  return rc;
}

static const sztp__container_t cms_container = {cms_signature, cms_document, NULL};
