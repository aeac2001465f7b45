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

/* ---- texts for people ---------------------------------------------------------------------------- */

void sztp__verify_show_digest(char out[SZTP__DIGEST_TEXT], sztp__span_t digest) {
  out[0] = '\0';
  for (size_t i = 0; i < digest.len && 2 * i + 3 <= SZTP__DIGEST_TEXT; i++)
    (void)sztp__format(out + 2 * i, 3, "%02x", digest.data[i]);
}

/* The whole fingerprint, as it is compared with other tools'. */
void sztp__verify_show_cert(sztp__verification_t *r, char *out, size_t cap, const sztp__cert_t *cert) {
  char subject[SZTP__NAME_SIZE];
  char hex[SZTP__DIGEST_TEXT];
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__name_text(subject, sizeof subject, cert->subject);
  if (sztp__hash_once(r->ctx, SZTP__HASH_SHA256, cert->der, digest, &len) < 0) len = 0;
  sztp__verify_show_digest(hex, sztp__span(digest, len));
  (void)sztp__sentence(out, cap, "%s%s%s%s", subject, len > 0 ? " (SHA-256 " : "", hex, len > 0 ? ")" : "");
}

/* By names alone: nothing is proven by it. */
static const sztp__cert_t *top_of(sztp_ctx_t *ctx, const sztp__cert_t *leaf, const sztp__cert_t *certs,
                                  size_t count) {
  const sztp__cert_t *top = leaf;
  for (size_t step = 1; step < SZTP__PATH_MAX && !top->self_issued; step++) {
    const sztp__cert_t *issuer = NULL;
    for (size_t i = 0; i < count && issuer == NULL; i++)
      if (sztp__name_equal(ctx, certs[i].subject, top->issuer)) issuer = &certs[i];
    if (issuer == NULL) break;
    top = issuer;
  }
  return top;
}

void sztp__verify_show_top(sztp__verification_t *r, char *out, size_t cap, const sztp__cert_t *leaf,
                           const sztp__cert_t *certs, size_t count) {
  const sztp__cert_t *top = top_of(r->ctx, leaf, certs, count);
  char issuer[SZTP__NAME_SIZE];
  sztp__verify_show_cert(r, out, cap, top);
  size_t len = strlen(out);
  if (top->self_issued || len >= cap) return;
  (void)sztp__sentence(out + len, cap - len, ", issued by %s",
                       sztp__name_text(issuer, sizeof issuer, top->issuer));
}

void sztp__verify_show_anchor(sztp__verification_t *r, char *out, size_t cap, const sztp__certs_t *anchors,
                              const sztp__cert_t *leaf, const sztp__cert_t *certs, size_t count) {
  const sztp__cert_t *like = &anchors->v[0];
  if (leaf != NULL) {
    const sztp__cert_t *top = top_of(r->ctx, leaf, certs, count);
    for (size_t i = anchors->n; i > 0; i--)
      if (sztp__name_equal(r->ctx, anchors->v[i - 1].subject, top->subject) ||
          sztp__name_equal(r->ctx, anchors->v[i - 1].subject, top->issuer))
        like = &anchors->v[i - 1];
  }
  sztp__verify_show_cert(r, out, cap, like);
  size_t len = strlen(out);
  if (anchors->n > 1 && len < cap)
    (void)sztp__sentence(out + len, cap - len, " or one of %zu other anchors", anchors->n - 1);
}

void sztp__verify_show_signed_by(sztp__verification_t *r, const sztp__cert_t *leaf,
                                 const sztp__cert_t *anchor) {
  char a[SZTP__NAME_SIZE];
  char b[SZTP__NAME_SIZE];
  (void)sztp__sentence(r->detail, sizeof r->detail, "%s by %s", sztp__name_text(a, sizeof a, leaf->subject),
                       sztp__name_text(b, sizeof b, anchor->subject));
}

void sztp__verify_show_unused(sztp__verification_t *r, const char *why, size_t lost) {
  size_t len = strlen(r->detail);
  if (why[0] == '\0' && lost == 0) return;
  (void)sztp__sentence(r->detail + len, sizeof r->detail - len, "; revocation lists not used: %s%s%s", why,
                       why[0] != '\0' && lost > 0 ? "; " : "", lost > 0 ? "not decodable" : "");
  sztp__log(r->ctx, SZTP_LOG_WARN, SZTP_TOPIC_TRUST, "revocation lists are not used: %s%s%s", why,
            why[0] != '\0' && lost > 0 ? "; " : "", lost > 0 ? "not decodable" : "");
}

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
  char subject[SZTP__NAME_SIZE] = "whose subject can't be read";
  sztp__broken_t *b = r->broken = sztp__alloc(r->ctx, sizeof *b);
  if (b == NULL) return SZTP_ERR_MEMORY;
  if (sztp__cert_names(der, &b->names) == SZTP_OK)
    sztp__name_text(subject, sizeof subject, b->names.subject);
  else
    memset(&b->names, 0, sizeof b->names);
  (void)sztp__sentence(b->why, sizeof b->why, "certificate %zu of %zu (%s) cannot be decoded: %s", number,
                       count, subject, sztp__trail_detail(r->ctx));
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
