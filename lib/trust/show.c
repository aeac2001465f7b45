/* SPDX-License-Identifier: Apache-2.0 */
/* What a verification says to people beside its codes: who was found, and who was expected. A build that says
 * nothing (make TERSE=1) does without. */
#include "cryptography/own_cert.h"
#include "ground/text.h"
#include "trust/verification.h"

/* A SHA-256 in hexadecimal. */
#define DIGEST_TEXT (2 * 32 + 1)

static void show_digest(char out[DIGEST_TEXT], sztp__span_t digest) {
  out[0] = '\0';
  for (size_t i = 0; i < digest.len && 2 * i + 3 <= DIGEST_TEXT; i++)
    (void)sztp__format(out + 2 * i, 3, "%02x", digest.data[i]);
}

/* The whole fingerprint, as it is compared with other tools'. */
void sztp__verify_show_cert(sztp__verification_t *r, char *out, size_t cap, const sztp__cert_t *cert) {
  char subject[SZTP__NAME_SIZE];
  char hex[DIGEST_TEXT];
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__name_text(subject, sizeof subject, cert->subject);
  if (sztp__hash_once(r->ctx, SZTP__HASH_SHA256, cert->der, digest, &len) < 0) len = 0;
  show_digest(hex, sztp__span(digest, len));
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

/* Who signed, as the signature has it. */
void sztp__verify_show_signer(char *out, size_t room, const sztp__cms_t *cms) {
  char issuer[SZTP__NAME_SIZE], number[2 * 20 + 1];
  if (cms->signer_count == 0) return;
  const sztp__cms_signer_t *s = &cms->signers[0];
  if (s->issuer.len > 0)
    (void)sztp__sentence(out, room, "the certificate %s of %s",
                         sztp__hex_text(number, sizeof number, s->serial),
                         sztp__name_text(issuer, sizeof issuer, s->issuer));
  else
    (void)sztp__sentence(out, room, "the certificate of the key %s",
                         sztp__hex_text(number, sizeof number, s->key_id));
}

void sztp__verify_show_pinned(sztp__verification_t *r) {
  uint8_t digest[SZTP__HASH_MAX];
  char hex[DIGEST_TEXT];
  size_t len = 0;
  if (!r->pinned_by_key) {
    sztp__verify_show_cert(r, r->expected, sizeof r->expected, &r->pinned);
    return;
  }
  sztp__span_t key = sztp__voucher_value(r->voucher, SZTP__NODE_PINNED_PUBK);
  sztp__span_t shown = sztp__voucher_value(r->voucher, SZTP__NODE_PINNED_PUBK_SHA256);
  if (key.data != NULL && sztp__hash_once(r->ctx, SZTP__HASH_SHA256, key, digest, &len) == SZTP_OK)
    shown = sztp__span(digest, len);
  show_digest(hex, shown);
  (void)sztp__sentence(r->expected, sizeof r->expected, "the pinned public key (SHA-256 %s)", hex);
}

void sztp__verify_show_serials(sztp__verification_t *r, sztp__span_t found, sztp__span_t expected) {
  sztp__exact(r->found, sizeof r->found, found);
  sztp__exact(r->expected, sizeof r->expected, expected);
}
