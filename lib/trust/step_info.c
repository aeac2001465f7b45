/* SPDX-License-Identifier: Apache-2.0 */
/* Steps about the conveyed information: what form it has, what must come with it (V0), its signature (V15),
 * its document and the trust in it (V16). */
#include "ground/format.h"
#include "trust/verification.h"

static int is_conveyed_content(uint32_t type) {
  return type == SZTP__CMS_DATA || type == SZTP__CMS_CONVEYED_JSON || type == SZTP__CMS_CONVEYED_XML;
}

/* CONV-01, CONV-05, CONV-06 */
int32_t sztp__step_info_format(sztp__verification_t *r) {
  static const char where[] = "conveyed-information";
  char type[SZTP__NAME_SIZE];
  int32_t rc = SZTP_OK;
  if (r->info_cms == NULL)
    rc = sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, SZTP_ARTIFACT_CONVEYED_INFO), &r->info_cms);
  if (rc < 0) return rc;
  const sztp__cms_t *cms = r->info_cms;
  int is_signed = cms->type == SZTP__CMS_SIGNED;
  uint32_t content = is_signed ? cms->etype : cms->type;
  if (!is_conveyed_content(content))
    return sztp__fail(
        r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, where, "content type %s is not conveyed information",
        sztp__cms_type_text(type, sizeof type, content, is_signed ? cms->etype_oid : cms->type_oid));
  r->info_signed = is_signed;
  (void)sztp__sentence(
      r->detail, sizeof r->detail, "%s%s, %s", r->info_opened != NULL ? "encrypted, " : "",
      is_signed ? "signed" : "unsigned",
      sztp__cms_type_text(type, sizeof type, content, is_signed ? cms->etype_oid : cms->type_oid));
  return is_signed ? sztp__verify_check_signed(r, cms, where) : SZTP_OK;
}

/* V0: DISC-06 */
int32_t sztp__step_artifacts(sztp__verification_t *r) {
  int info = sztp__verify_has(r, SZTP_ARTIFACT_CONVEYED_INFO);
  int owner = sztp__verify_has(r, SZTP_ARTIFACT_OWNER_CERT);
  int voucher = sztp__verify_has(r, SZTP_ARTIFACT_VOUCHER);
  int pinned = sztp__verify_has(r, SZTP_ARTIFACT_PINNED);
  const char *missing = NULL;
  if (!info && !owner && !voucher) missing = "there is no artifact";
  if (info && r->info_signed && !owner) missing = "signed conveyed information without owner certificate";
  if (info && r->info_signed && !voucher && !pinned)
    missing = "signed conveyed information without ownership voucher";
  if (!info && owner && !voucher && !pinned) missing = "an owner certificate without ownership voucher";
  if (missing != NULL) return sztp__fail(r->ctx, SZTP_ERR_ARTIFACT_MISSING, "artifacts", "%s", missing);
  (void)sztp__sentence(r->detail, sizeof r->detail, "%s",
                       info && !r->info_signed ? "nothing else is needed" : "all that are needed");
  return SZTP_OK;
}

int32_t sztp__info_verify(sztp__verification_t *r, size_t signer, const sztp__cert_t *owner) {
  int attrs = sztp__policy(r->dev, SZTP_POLICY_SIGNED_ATTRS) != 0;
  return sztp__cms_verify(r->ctx, r->info_cms, signer, owner, sztp__verify_allow_sha1(r), attrs);
}

/* V15 */
int32_t sztp__step_info_signature(sztp__verification_t *r) {
  int32_t rc = sztp__info_verify(r, r->signer, r->owner);
  if (rc < 0) return rc;
  char alg[SZTP__NAME_SIZE];
  (void)sztp__sentence(r->detail, sizeof r->detail, "%s",
                       sztp__sigalg_text(alg, sizeof alg, &r->info_cms->signers[r->signer].sigalg));
  return SZTP_OK;
}

/* The document and the encoding that its content type declares. */
static sztp__span_t document_of(const sztp__verification_t *r, uint32_t *declared) {
  const sztp__cms_t *cms = r->info_cms;
  uint32_t type = cms->type == SZTP__CMS_SIGNED ? cms->etype : cms->type;
  *declared = SZTP__ENCODING_ANY;
  if (type == SZTP__CMS_CONVEYED_JSON) *declared = SZTP__ENCODING_JSON;
  if (type == SZTP__CMS_CONVEYED_XML) *declared = SZTP__ENCODING_XML;
  return cms->type == SZTP__CMS_SIGNED ? cms->econtent : cms->content;
}

/* Before anything is done, so that nothing is to be undone. */
static int32_t check_scripts(const sztp__verification_t *r) {
  static const uint32_t fields[] = {SZTP_INFO_PRE_SCRIPT, SZTP_INFO_POST_SCRIPT};
  sztp__span_t script;
  if (!sztp__policy(r->dev, SZTP_POLICY_NO_SCRIPTS)) return SZTP_OK;
  for (size_t i = 0; i < 2; i++)
    if (sztp_info_bytes(r->v->info, fields[i], 0, &script.data, &script.len) == SZTP_OK)
      return sztp__fail(r->ctx, SZTP_ERR_SCRIPT_FORBIDDEN, "conveyed-information",
                        "a %s-configuration script of %zu octets; this device runs none",
                        i == 0 ? "pre" : "post", script.len);
  return SZTP_OK;
}

/* V16: TRUST-01 to -10 */
int32_t sztp__step_info_content(sztp__verification_t *r) {
  uint32_t declared = 0;
  sztp__yang_t doc;
  sztp__span_t document = document_of(r, &declared);
  int over_trusted = r->channel == SZTP_CHANNEL_TRUSTED && !sztp__policy(r->dev, SZTP_POLICY_SIGNED_ONLY);
  int trusted = r->info_signed || over_trusted;
  int32_t rc = sztp__conveyed_open(r->ctx, document, declared, &doc, &r->v->kind);
  if (rc < 0) return rc;
  if (!trusted && r->v->kind == SZTP_INFO_ONBOARDING)
    rc = sztp__fail(r->ctx, SZTP_ERR_UNSIGNED_ONBOARDING_UNTRUSTED, "conveyed-information",
                    "onboarding information that is not signed, from a source that is not trusted");
  if (rc == SZTP_OK) rc = sztp__conveyed_read(&doc, r->v->kind, trusted, &r->v->info);
  if (rc == SZTP_OK) rc = check_scripts(r);
  sztp__yang_close(&doc);
  if (rc < 0) return rc;
  r->v->trusted = trusted;
  (void)sztp__sentence(r->detail, sizeof r->detail, "%s %s", trusted ? "trusted" : "untrusted",
                       r->v->kind == SZTP_INFO_REDIRECT ? "redirect information" : "onboarding information");
  return SZTP_OK;
}

int32_t sztp__info_peek(sztp__verification_t *r, uint32_t *kind) {
  uint32_t declared = 0;
  sztp__yang_t doc;
  sztp__span_t document = document_of(r, &declared);
  int32_t rc = sztp__conveyed_open(r->ctx, document, declared, &doc, kind);
  sztp__yang_close(&doc);
  return rc;
}

int32_t sztp__info_peek_kind(sztp__verification_t *r) {
  uint32_t declared = 0;
  if (r->v->kind != SZTP_INFO_NONE || r->info_cms == NULL || sztp__verify_is_encrypted(r->info_cms) ||
      document_of(r, &declared).data == NULL)
    return SZTP_OK;
  size_t told = sztp__trail_len(r->ctx);
  int32_t rc = sztp__info_peek(r, &r->v->kind);
  if (sztp__verify_fatal(rc)) return rc;
  sztp__trail_cut(r->ctx, told); /* what is said is why the information was rejected */
  return SZTP_OK;
}
