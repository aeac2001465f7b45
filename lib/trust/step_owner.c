/* SPDX-License-Identifier: Apache-2.0 */
/* Steps about the owner certificate: its form (V11), which one it is (V12), its path to the pinned
 * certificate (V13), revocation (V14). */
#include "trust/verification.h"

#include "ground/format.h"
#include "ground/text.h"

static int is_in_bag(const sztp__cms_t *bag, sztp__span_t crl) {
  for (size_t i = 0; i < bag->crl_count; i++)
    if (sztp__span_equal(bag->crls[i], crl)) return 1;
  return 0;
}

/* The CRLs that the host fetched, one after another, but for those that are in the bag as well. The bundle
 * counted them. */
static size_t fetched_crls(const sztp__verification_t *r, const sztp__cms_t *bag,
                           sztp__span_t out[SZTP__CMS_MAX_CRLS]) {
  sztp__der_t d;
  sztp__tlv_t tlv;
  size_t n = 0;
  sztp__der_init(&d, NULL, sztp__bundle_span(r->bundle, SZTP_ARTIFACT_CRL));
  while (n < SZTP__CMS_MAX_CRLS && !sztp__der_at_end(&d) && sztp__der_any(&d, &tlv) == SZTP_OK)
    if (!is_in_bag(bag, tlv.whole)) out[n++] = tlv.whole;
  return n;
}

/* VERIFY-11, PKIX-18: of this artifact and of the host, and of nothing else. */
static int32_t take_crls(sztp__verification_t *r, const sztp__cms_t *bag) {
  r->crls_lost = bag->crl_count;
  if (!SZTP__CRL) return SZTP_OK;
  sztp__span_t fetched[SZTP__CMS_MAX_CRLS];
  size_t more = fetched_crls(r, bag, fetched);
  r->owner_crls = sztp__alloc_array(r->ctx, bag->crl_count + more, sizeof *r->owner_crls);
  if (r->owner_crls == NULL) return SZTP_ERR_MEMORY;
  r->owner_crl_count = sztp__crls_parse(r->ctx, bag->crls, bag->crl_count, r->owner_crls);
  r->owner_crl_count += sztp__crls_parse(r->ctx, fetched, more, r->owner_crls + r->owner_crl_count);
  r->crls_lost = bag->crl_count + more - r->owner_crl_count;
  return SZTP_OK;
}

/* V11: CMS-23, CMS-24 */
int32_t sztp__step_owner_format(sztp__verification_t *r) {
  char type[SZTP__NAME_SIZE];
  int32_t rc = SZTP_OK;
  if (r->owner_cms == NULL)
    rc = sztp__cms_parse(r->ctx, sztp__bundle_span(r->bundle, SZTP_ARTIFACT_OWNER_CERT), &r->owner_cms);
  if (rc < 0) return rc;
  const sztp__cms_t *bag = r->owner_cms;
  if (bag->type != SZTP__CMS_SIGNED)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_TYPE_UNEXPECTED, "owner-certificate",
                      "%s instead of id-signedData",
                      sztp__cms_type_text(type, sizeof type, bag->type, bag->type_oid));
  const sztp__cms_t *info = r->info_cms;
  size_t more = info != NULL ? info->cert_count : 0;
  r->owner_certs = sztp__alloc_array(r->ctx, bag->cert_count + more, sizeof *r->owner_certs);
  if (r->owner_certs == NULL) return SZTP_ERR_MEMORY;
  rc = sztp__verify_parse_certs(r, bag->certs, bag->cert_count, r->owner_certs, &r->bag_count);
  if (rc == SZTP_OK && more > 0)
    rc = sztp__verify_parse_certs(r, info->certs, more, r->owner_certs + r->bag_count, &r->owner_cert_count);
  r->owner_cert_count += r->bag_count;
  if (rc == SZTP_OK) rc = take_crls(r, bag);
  if (rc < 0) return rc;
  if (r->bag_count == 0)
    return sztp__fail(r->ctx, SZTP_ERR_CMS_NO_CERTIFICATES, "owner-certificate", "no certificate in it");
  size_t lost = bag->cert_count - r->bag_count + r->crls_lost;
  (void)sztp__sentence(r->detail, sizeof r->detail, "certificates: %zu, CRLs: %zu", r->bag_count,
                       r->owner_crl_count);
  if (lost > 0) {
    size_t at = strlen(r->detail);
    (void)sztp__sentence(r->detail + at, sizeof r->detail - at, "; not decodable: %zu", lost);
  }
  return SZTP_OK;
}

/* ---- V12, V13, V15: one signer of the conveyed information with one certificate of the bag ------- */

uint32_t sztp__owner_revocation(const sztp__verification_t *r) {
  uint64_t policy = sztp__policy(r->dev, SZTP_POLICY_REVOCATION);
  uint32_t voucher = r->voucher != NULL ? r->voucher->revocation : SZTP__REVOCATION_ABSENT;
  if (policy == SZTP_REVOCATION_OFF) return SZTP__CRLS_IGNORED;
  if (policy == SZTP_REVOCATION_REQUIRED || voucher == SZTP__REVOCATION_TRUE) return SZTP__CRLS_REQUIRED;
  return voucher == SZTP__REVOCATION_FALSE ? SZTP__CRLS_IGNORED : SZTP__CRLS_IF_PRESENT;
}

static int32_t owner_path(sztp__verification_t *r, const sztp__cert_t *owner, sztp__revocation_t *seen) {
  int32_t rc = sztp__pinned_key_match(r, owner);
  memset(seen, 0, sizeof *seen);
  if (rc < 0) return rc;
  seen->mode = sztp__owner_revocation(r);
  seen->crls = r->owner_crls;
  seen->count = r->owner_crl_count;
  seen->any_age = sztp__policy(r->dev, SZTP_POLICY_CRL_ANY_AGE) != 0;
  sztp__path_t path = {.anchors = &r->pinned,
                       .anchor_count = 1,
                       .anchors_learned = 1,
                       .others = r->owner_certs,
                       .other_count = r->owner_cert_count,
                       .clock = r->clock,
                       .allow_sha1 = sztp__verify_allow_sha1(r),
                       .leaf_key_usage = SZTP__KU_DIGITAL_SIGNATURE,
                       .leaf_key_usage_error = SZTP_ERR_OWNER_KEYUSAGE,
                       .purposes = r->dev->required[SZTP_REQUIRE_OWNER_PURPOSE],
                       .policies = r->dev->required[SZTP_REQUIRE_OWNER_POLICY],
                       .revocation = seen,
                       .memory = &r->owner_paths};
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  size_t length = 0;
  return sztp__path_validate(r->ctx, &path, owner, chain, &length);
}

/* The path of a candidate for the owner certificate, and what there is to tell of it: kept, since signatures
 * that did not verify are not tried again. 0 or a failure of the machine. */
static int32_t judge_path(sztp__verification_t *r, const sztp__cert_t *owner, sztp__owner_result_t *result) {
  memset(result, 0, sizeof *result);
  sztp__trail_clear(r->ctx);
  result->judged = 1;
  result->rc = owner_path(r, owner, &result->seen);
  if (result->rc < 0) sztp__verify_remember(r, &result->why, 1, result->rc);
  sztp__trail_clear(r->ctx);
  return sztp__verify_fatal(result->rc) ? result->rc : SZTP_OK;
}

static int is_about_revocation(int32_t rc) {
  return rc == SZTP_ERR_PKIX_REVOKED || rc == SZTP_ERR_PKIX_REVOCATION_UNKNOWN;
}

/* How far a pair of a signer and a certificate that it names comes. */
enum { CAME_NOWHERE = 0, CAME_BUT_FOR_REVOCATION = 1, CAME_TO_PINNED = 2, CAME_TO_SIGNATURE = 3 };

/* A signature is not verified with a key that leads nowhere: signers and certificates multiply. */
static int32_t try_pair(sztp__verification_t *r, size_t signer, const sztp__cert_t *cert, int *came,
                        sztp__owner_result_t *result) {
  int32_t rc = judge_path(r, cert, result);
  if (rc != SZTP_OK) return rc;
  *came = is_about_revocation(result->rc) ? CAME_BUT_FOR_REVOCATION : CAME_NOWHERE;
  if (result->rc != SZTP_OK) return SZTP_OK;
  *came = CAME_TO_PINNED;
  rc = sztp__info_verify(r, signer, cert);
  if (sztp__verify_fatal(rc)) return rc;
  if (rc == SZTP_OK) *came = CAME_TO_SIGNATURE;
  sztp__trail_clear(r->ctx);
  return SZTP_OK;
}

/* Goes through the pairs of a signer and a certificate of the bag that it names. *count is how many there
 * are; with @p try_all each is tried, the first that satisfies everything is taken (CMS-13), else the one
 * that came furthest; without, the first is. */
static int32_t go_through_pairs(sztp__verification_t *r, int try_all, size_t *count) {
  sztp__owner_result_t result;
  int best = -1;
  *count = 0;
  memset(&result, 0, sizeof result);
  for (size_t s = 0; s < r->info_cms->signer_count; s++) {
    for (size_t c = 0; c < r->bag_count && !sztp__work_spent(r->ctx); c++) {
      int named = 0;
      int came = CAME_NOWHERE;
      int32_t rc = sztp__cms_signer_is(r->ctx, &r->info_cms->signers[s], &r->owner_certs[c], &named);
      if (rc == SZTP_OK && named && try_all) rc = try_pair(r, s, &r->owner_certs[c], &came, &result);
      if (rc != SZTP_OK) return rc;
      if (!named) continue;
      ++*count;
      if (came <= best) continue;
      best = came;
      r->owner = &r->owner_certs[c];
      r->signer = s;
      r->owner_result = result;
      if (came == CAME_TO_SIGNATURE) return SZTP_OK;
    }
  }
  return SZTP_OK;
}

/* The first end-entity certificate of the bag: the owner, where nothing says which. */
static const sztp__cert_t *first_end_entity(const sztp__verification_t *r) {
  for (size_t i = 0; i < r->bag_count; i++)
    if (!r->owner_certs[i].is_ca) return &r->owner_certs[i];
  return r->bag_count == 1 ? &r->owner_certs[0] : NULL;
}

/* VERIFY-05 */
int32_t sztp__step_owner_signer(sztp__verification_t *r) {
  size_t count = 0;
  int32_t rc = go_through_pairs(r, 0, &count);
  if (rc == SZTP_OK && count > 1) rc = go_through_pairs(r, 1, &count);
  if (rc != SZTP_OK) return rc;
  if (count == 0 && sztp__verify_broken_signer(r, r->info_cms))
    return sztp__verify_blame_broken(r, SZTP_ERR_CMS_MALFORMED, "owner-certificate");
  if (count == 0) {
    SZTP__TELL(sztp__verify_show_signer(r->expected, sizeof r->expected, r->info_cms));
    SZTP__TELL(sztp__verify_show_cert(r, r->found, sizeof r->found, first_end_entity(r)));
    return sztp__fail(r->ctx, SZTP_ERR_SIGNER_NOT_OWNER, "owner-certificate",
                      "none of its %zu certificates is the one that signed the conveyed information",
                      r->bag_count);
  }
  SZTP__TELL(sztp__verify_show_cert(r, r->detail, sizeof r->detail, r->owner));
  return SZTP_OK;
}

/* V13: VERIFY-04, VERIFY-06 */
int32_t sztp__step_owner_chain(sztp__verification_t *r) {
  sztp__owner_result_t *result = &r->owner_result;
  if (r->owner == NULL) r->owner = first_end_entity(r);
  if (r->owner == NULL)
    return sztp__fail(r->ctx, SZTP_ERR_OWNER_UNTRUSTED, "owner-certificate",
                      "no end-entity certificate in it");
  int32_t rc = result->judged ? sztp__pinned_key_match(r, r->owner) : judge_path(r, r->owner, result);
  if (sztp__verify_fatal(rc)) return rc;
  rc = is_about_revocation(result->rc) ? SZTP_OK : result->rc; /* there is a path, but for V14 */
  SZTP__TELL(sztp__verify_show_signed_by(r, r->owner, &r->pinned));
  if (rc == SZTP_OK) return rc;
  rc = sztp__verify_fail_with(r, &result->why, rc, "owner-certificate");
  if (rc == SZTP_ERR_OWNER_KEYUSAGE) {
    (void)sztp__sentence(r->expected, sizeof r->expected, "a certificate for digital signatures");
    SZTP__TELL(sztp__verify_show_cert(r, r->found, sizeof r->found, r->owner));
    return rc;
  }
  SZTP__TELL(sztp__verify_show_pinned(r));
  SZTP__TELL(
      sztp__verify_show_top(r, r->found, sizeof r->found, r->owner, r->owner_certs, r->owner_cert_count));
  if (rc == SZTP_ERR_PKIX_NO_PATH && sztp__verify_broken_issuer(r, r->owner_certs, r->owner_cert_count))
    return sztp__verify_blame_broken(r, SZTP_ERR_CMS_MALFORMED, "owner-certificate");
  return sztp__fail(r->ctx, SZTP_ERR_OWNER_UNTRUSTED, "owner-certificate",
                    "no path to the pinned certificate");
}

/* V14: VERIFY-08, VERIFY-10. The CRLs were asked when the path was found. */
int32_t sztp__step_revocation(sztp__verification_t *r) {
  char until[SZTP__DATE_SIZE];
  const sztp__revocation_t *seen = &r->owner_result.seen;
  if (r->owner_result.rc != SZTP_OK)
    return sztp__verify_fail_with(r, &r->owner_result.why, r->owner_result.rc, "owner-certificate");
  if (seen->mode == SZTP__CRLS_IF_PRESENT)
    (void)sztp__sentence(r->detail, sizeof r->detail,
                         "no certificate is on one of the %zu CRLs that can be read", r->owner_crl_count);
  else if (seen->fresh_until == SZTP_TIME_UNKNOWN)
    (void)sztp__sentence(r->detail, sizeof r->detail, "%zu certificates are on none of their issuers' CRLs",
                         seen->checked);
  else
    (void)sztp__sentence(r->detail, sizeof r->detail,
                         "%zu certificates are on none of their issuers' CRLs, which are fresh until %s",
                         seen->checked, sztp__time_format(until, seen->fresh_until));
  SZTP__TELL(sztp__verify_show_unused(r, seen->unused, r->crls_lost));
  return SZTP_OK;
}
