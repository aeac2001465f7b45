/* SPDX-License-Identifier: Apache-2.0 */
/* Steps about a voucher in COSE: its form (V2), its signature (V3), its document (V4). What comes after them
 * is the same for every voucher (COSE-10). */
#include "ground/format.h"
#include "trust/verification.h"

/* Who signed is not named: every certificate may be asked. Of many that fail, that one is told of which came
 * furthest: a key that fits the algorithm, of a certificate that is not there to issue others, with a path to
 * an anchor, and one that verified the signature. */
enum { RANK_UNFIT = 2, RANK_ISSUER = 3, RANK_PATH = 4, RANK_SIGNATURE = 5, RANK_ANCHOR = 6 };

static const sztp__container_t cose_container;

/* V2: COSE-01, COSE-03, COSE-06 */
int32_t sztp__step_voucher_cose_format(sztp__verification_t *r, sztp__span_t raw) {
  int32_t rc = sztp__cose_parse(r->ctx, raw, &r->voucher_cose);
  if (rc == SZTP_ERR_CBOR)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher", "the COSE structure cannot be decoded");
  if (rc < 0) return rc;
  const sztp__cose_t *cose = r->voucher_cose;
  r->container = &cose_container;
  r->voucher_certs = sztp__alloc_array(r->ctx, cose->cert_count, sizeof *r->voucher_certs);
  if (r->voucher_certs == NULL) return SZTP_ERR_MEMORY;
  rc = sztp__verify_parse_certs(r, cose->certs, cose->cert_count, r->voucher_certs, &r->voucher_cert_count);
  if (rc < 0) return rc;
  const sztp__cose_alg_t *alg = sztp__cose_alg(cose->alg, SZTP__CURVE_NONE);
  (void)sztp__sentence(r->detail, sizeof r->detail, "signed, COSE_Sign1 with %s, %zu certificates",
                       alg != NULL ? alg->name : "an unknown algorithm", cose->cert_count);
  return SZTP_OK;
}

/* ---- V3 ------------------------------------------------------------------------------------------ */

/* Remembered in *best, if @p told. */
static int32_t cose_signed_by(sztp__verification_t *r, const sztp__cert_t *cert, int told,
                              sztp__reason_t *best) {
  sztp__trail_clear(r->ctx);
  int32_t rc = sztp__cose_verify(r->ctx, r->voucher_cose, cert->spki);
  if (rc < 0 && told)
    sztp__verify_remember(r, best, rc == SZTP_ERR_CMS_SIGNATURE_INVALID ? RANK_SIGNATURE : RANK_UNFIT, rc);
  return rc;
}

static int may_sign(const sztp__cert_t *cert) {
  return !cert->has_key_usage ||
         (cert->key_usage & (SZTP__KU_DIGITAL_SIGNATURE | SZTP__KU_NON_REPUDIATION)) != 0;
}

/* Certificates that came along are anybody's, so that the path comes before the signature. 0, a failure of
 * the machine, or SZTP_ERR_NOT_FOUND, as the next one. */
static int32_t signer_in_voucher(sztp__verification_t *r, sztp__reason_t *best) {
  for (size_t i = 0; i < r->voucher_cert_count && !sztp__work_spent(r->ctx); i++) {
    const sztp__cert_t *cert = &r->voucher_certs[i];
    int32_t rc = sztp__cose_fits(r->ctx, r->voucher_cose, cert->spki);
    if (rc < 0)
      sztp__verify_remember(r, best, RANK_UNFIT, rc);
    else
      rc = sztp__voucher_signer_path(r, cert, best, may_sign(cert) ? RANK_PATH : RANK_ISSUER);
    if (rc == SZTP_OK) rc = cose_signed_by(r, cert, 1, best);
    if (rc == SZTP_OK || sztp__verify_fatal(rc)) return rc;
  }
  return SZTP_ERR_NOT_FOUND;
}

/* An anchor has its path behind it. */
static int32_t signer_among_anchors(sztp__verification_t *r, sztp__reason_t *best) {
  const sztp__certs_t *anchors = &r->dev->certs[SZTP_CERT_VOUCHER_ANCHOR];
  for (size_t i = 0; i < anchors->n && !sztp__work_spent(r->ctx); i++) {
    int32_t rc = cose_signed_by(r, &anchors->v[i], r->voucher_cert_count == 0, best);
    if (rc == SZTP_OK) rc = sztp__voucher_signer_path(r, &anchors->v[i], best, RANK_ANCHOR);
    if (rc == SZTP_OK || sztp__verify_fatal(rc)) return rc;
  }
  return SZTP_ERR_NOT_FOUND;
}

/* COSE-04, COSE-05: a certificate that came along, else an anchor that signed itself. The unprotected header
 * is anybody's, so that certificates which have nothing to do with the signature, or bear the anchor's key
 * and lead nowhere, must not stand in the way of the anchor's. */
static int32_t cose_signature(sztp__verification_t *r, sztp__reason_t *best) {
  int32_t rc = signer_in_voucher(r, best);
  return rc == SZTP_ERR_NOT_FOUND ? signer_among_anchors(r, best) : rc;
}

/* V4: COSE-07, COSE-08, COSE-09 */
static int32_t cose_document(sztp__verification_t *r) {
  int32_t rc = sztp__voucher_parse_cbor(r->ctx, r->voucher_cose->payload, &r->voucher);
  if (rc == SZTP_OK) (void)sztp__sentence(r->detail, sizeof r->detail, "an ownership voucher in CBOR");
  return rc;
}

static void close_voucher(sztp__verification_t *r) { sztp__cose_free(r->ctx, r->voucher_cose); }

static const sztp__container_t cose_container = {cose_signature, cose_document, close_voucher};
