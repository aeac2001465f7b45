/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of a verification share: texts for people, reasons of several candidates, decoding. */
#include "trust/verification.h"

#include "cryptography/own_cert.h"
#include "ground/format.h"
#include "ground/text.h"

int sztp__verify_fatal(int32_t rc) {
  return rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO || rc == SZTP_ERR_ARG || rc == SZTP_ERR_RANDOM ||
         rc == SZTP_PENDING;
}

int sztp__verify_has(const sztp__verification_t *r, uint32_t artifact) {
  return sztp__bundle_span(r->bundle, artifact).data != NULL;
}

int sztp__verify_channel_trusted(const sztp__verification_t *r) {
  return r->channel == SZTP_CHANNEL_TRUSTED && !sztp__policy(r->dev, SZTP_POLICY_SIGNED_ONLY);
}

int sztp__verify_allow_sha1(const sztp__verification_t *r) {
  return sztp__policy(r->dev, SZTP_POLICY_ALLOW_SHA1) != 0;
}

/* ---- reasons of several candidates, decoding ---------------------------------------------------------- */

void sztp__verify_remember(sztp__verification_t *r, sztp__reason_t *best, int rank, int32_t code) {
  if (best->rank >= rank) return;
  best->rank = rank;
  best->code = code;
  best->cause = sztp__trail_cause(r->ctx) != SZTP_OK ? sztp__trail_cause(r->ctx) : code;
  (void)sztp__sentence(best->detail, sizeof best->detail, "%s", sztp__trail_detail(r->ctx));
}

/* Puts the kept reason back into the trail, under @p code. */
int32_t sztp__verify_fail_with(sztp__verification_t *r, const sztp__reason_t *best, int32_t code,
                               const char *where) {
  sztp__trail_clear(r->ctx);
  if (best->cause != code) (void)sztp__fail(r->ctx, best->cause, where, "%s", best->detail);
  return sztp__fail(r->ctx, code, where, "%s", best->detail);
}

/* The cause is in the trail. */
static int32_t keep_broken(sztp__verification_t *r, sztp__span_t der, size_t number, size_t count) {
  char subject[SZTP__NAME_SIZE] = "";
  sztp__broken_t *b = r->broken = sztp__alloc(r->ctx, sizeof *b);
  if (b == NULL) return SZTP_ERR_MEMORY;
  int named = sztp__cert_names(der, &b->names) == SZTP_OK;
  if (!named) memset(&b->names, 0, sizeof b->names);
  (void)sztp__sentence(
      b->why, sizeof b->why, "certificate %zu of %zu (%s) cannot be decoded: %s", number, count,
      named ? sztp__name_text(subject, sizeof subject, b->names.subject) : "whose subject can't be read",
      sztp__trail_detail(r->ctx));
  return SZTP_OK;
}

int32_t sztp__verify_parse_certs(sztp__verification_t *r, const sztp__span_t *spans, size_t count,
                                 sztp__cert_t *certs, size_t *parsed) {
  int32_t rc = SZTP_OK;
  *parsed = 0;
  for (size_t i = 0; rc == SZTP_OK && i < count; i++) {
    sztp__trail_clear(r->ctx);
    if (sztp__cert_parse(r->ctx, spans[i], &certs[*parsed]) == SZTP_OK)
      (*parsed)++;
    else if (r->broken == NULL)
      rc = keep_broken(r, spans[i], i + 1, count);
  }
  if (rc == SZTP_OK) sztp__trail_clear(r->ctx);
  return rc;
}

int sztp__verify_broken_signer(sztp__verification_t *r, const sztp__cms_t *cms) {
  int is = 0;
  if (r->broken == NULL || r->broken->names.der.data == NULL) return 0;
  for (size_t i = 0; i < cms->signer_count && !is; i++)
    if (sztp__cms_signer_is(r->ctx, &cms->signers[i], &r->broken->names, &is) != SZTP_OK) is = 0;
  return is;
}

int sztp__verify_broken_issuer(const sztp__verification_t *r, const sztp__cert_t *certs, size_t count) {
  if (r->broken == NULL) return 0;
  if (r->broken->names.der.data == NULL) return 1;
  for (size_t i = 0; i < count; i++)
    if (sztp__name_equal(r->ctx, r->broken->names.subject, certs[i].issuer)) return 1;
  return 0;
}

int32_t sztp__verify_blame_broken(sztp__verification_t *r, int32_t code, const char *where) {
  sztp__trail_clear(r->ctx);
  if (code != SZTP_ERR_CMS_MALFORMED)
    (void)sztp__fail(r->ctx, SZTP_ERR_CMS_MALFORMED, where, "%s", r->broken->why);
  return sztp__fail(r->ctx, code, where, "%s", r->broken->why);
}

int sztp__verify_is_encrypted(const sztp__cms_t *cms) {
  return cms != NULL && (cms->type == SZTP__CMS_ENVELOPED || cms->type == SZTP__CMS_AUTH_ENVELOPED);
}

/* An artifact that is to be a SignedData with content and signers. */
int32_t sztp__verify_check_signed(sztp__verification_t *r, const sztp__cms_t *cms, const char *where) {
  char type[SZTP__NAME_SIZE];
  if (cms->type != SZTP__CMS_SIGNED)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, where, "%s instead of id-signedData",
                      sztp__cms_type_text(type, sizeof type, cms->type, cms->type_oid));
  if (!cms->has_econtent)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_DETACHED, where, "the signed content is not in it");
  if (cms->signer_count == 0)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_SIGNER_UNKNOWN, where, "a SignedData without any signer");
  return SZTP_OK;
}

int32_t sztp__verify_not_constrained(sztp__verification_t *r, const char *what) {
  return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher", "%s, which is accepted %s", what,
                    sztp_has_feature(SZTP_FEATURE_CBOR)
                        ? "only with the policy SZTP_POLICY_CONSTRAINED_VOUCHER"
                        : "only by a library built with constrained vouchers (SZTP_FEATURE_CBOR)");
}
