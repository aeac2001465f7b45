/* SPDX-License-Identifier: Apache-2.0 */
/* Vouchers that pin a public key or its SHA-256 and no certificate (VOUCH-17, D-111). The certificate that
 * has the key takes the place of the pinned certificate: it is its own anchor, so that its validity and key
 * usage are judged (PKIX-14), and where revocation must be checked what D-118 says of a pinned owner
 * certificate holds: status comes from a CRL by that same key, or is unattainable. */

#include "ground/format.h"
#include "trust/verification.h"

static sztp__span_t pinned(const sztp__verification_t *r, uint32_t node) {
  return sztp__voucher_value(r->voucher, node);
}

int32_t sztp__pinned_key_take(sztp__verification_t *r) {
  sztp__keyinfo_t info;
  sztp__span_t key = pinned(r, SZTP__NODE_PINNED_PUBK);
  sztp__span_t digest = pinned(r, SZTP__NODE_PINNED_PUBK_SHA256);
  if (!sztp__policy(r->dev, SZTP_POLICY_CONSTRAINED_VOUCHER))
    return sztp__verify_not_constrained(r, "a voucher that pins a public key and no certificate");
  if (key.data != NULL && sztp__key_info(r->ctx, key, &info) < 0)
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                      "pinned-domain-pubk is not one SubjectPublicKeyInfo in DER");
  if (digest.data != NULL && digest.len != sztp__hash_len(SZTP__HASH_SHA256))
    return sztp__fail(r->ctx, SZTP_ERR_VOUCHER_MALFORMED, "voucher",
                      "pinned-domain-pubk-sha256 has %zu octets, not 32", digest.len);
  r->pinned_by_key = 1;
  (void)sztp__sentence(r->detail, sizeof r->detail, "no certificate, but %s",
                       key.data != NULL ? "a public key" : "the SHA-256 of a public key");
  return SZTP_OK;
}

/* Every form that the voucher has must fit. */
static int32_t has_key(sztp__verification_t *r, const sztp__cert_t *owner, int *has) {
  uint8_t digest[SZTP__HASH_MAX];
  size_t len = 0;
  sztp__span_t key = pinned(r, SZTP__NODE_PINNED_PUBK);
  sztp__span_t key_digest = pinned(r, SZTP__NODE_PINNED_PUBK_SHA256);
  int32_t rc = sztp__hash_once(r->ctx, SZTP__HASH_SHA256, owner->spki, digest, &len);
  *has = (key.data == NULL || sztp__span_equal(key, owner->spki)) &&
         (key_digest.data == NULL || sztp__span_equal(key_digest, sztp__span(digest, len)));
  return rc;
}

int32_t sztp__pinned_key_match(sztp__verification_t *r, const sztp__cert_t *owner) {
  int has = 0;
  if (!r->pinned_by_key) return SZTP_OK;
  int32_t rc = has_key(r, owner, &has);
  if (rc < 0) return rc;
  if (!has)
    return sztp__fail(r->ctx, SZTP_ERR_PKIX_NO_PATH, "owner-certificate",
                      "the owner certificate's key is not the one that the voucher pins");
  r->pinned = *owner;
  return SZTP_OK;
}
