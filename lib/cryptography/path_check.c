/* SPDX-License-Identifier: Apache-2.0 */
/* What is checked of a certification path beside signatures and revocation. */
#include "cryptography/path_check.h"

#include "cryptography/constraints.h"
#include "cryptography/policy.h"
#include "ground/text.h"

int32_t sztp__path_refuse(sztp_ctx_t *ctx, int32_t code, const char *what, const sztp__cert_t *cert) {
  char name[SZTP__NAME_SIZE];
  return sztp__fail(ctx, code, "path", "%s: \"%s\"", what, sztp__name_text(name, sizeof name, cert->subject));
}

int sztp__path_fatal(int32_t rc) {
  return rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO || rc == SZTP_ERR_LIMIT;
}

/* ---- the clock ----------------------------------------------------------------------------------- */

static int32_t told_time(sztp_ctx_t *ctx, int32_t code, const sztp__cert_t *cert, const char *what,
                         int64_t limit, int64_t now) {
  char name[SZTP__NAME_SIZE];
  char limit_text[SZTP__DATE_SIZE];
  char now_text[SZTP__DATE_SIZE];
  return sztp__fail(ctx, code, "path.validity", "\"%s\" %s %s, the time is %s",
                    sztp__name_text(name, sizeof name, cert->subject), what,
                    sztp__time_format(limit_text, limit), sztp__time_format(now_text, now));
}

int32_t sztp__clock_check(sztp_ctx_t *ctx, const sztp__clock_t *clock, const sztp__cert_t *cert) {
  if (clock->mode == SZTP__CLOCK_NONE) return SZTP_OK;
  if (clock->now > cert->not_after)
    return told_time(ctx, SZTP_ERR_PKIX_EXPIRED, cert, "ended on", cert->not_after, clock->now);
  if (clock->mode == SZTP__CLOCK_TRUSTED && clock->now < cert->not_before)
    return told_time(ctx, SZTP_ERR_PKIX_NOT_YET_VALID, cert, "starts on", cert->not_before, clock->now);
  return SZTP_OK;
}

/* ---- each certificate by itself ------------------------------------------------------------------ */

static int32_t check_critical(sztp_ctx_t *ctx, const sztp__cert_t *cert) {
  char oid[SZTP__NAME_SIZE];
  char name[SZTP__NAME_SIZE];
  if (cert->unknown_critical.len == 0) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_PKIX_CRITICAL_EXT, "path",
                    "critical extension %s in \"%s\" is not understood",
                    sztp__der_oid_text(oid, sizeof oid, cert->unknown_critical),
                    sztp__name_text(name, sizeof name, cert->subject));
}

/* ---- purposes ------------------------------------------------------------------------------------ */

static const uint8_t any_purpose[] = {0x55, 0x1d, 0x25, 0x00};

static int lists_purpose(const sztp__cert_t *cert, sztp__span_t purpose) {
  sztp__der_t d;
  sztp__span_t oid;
  sztp__der_init(&d, NULL, cert->ext_key_usage);
  while (!sztp__der_at_end(&d) && sztp__der_oid(&d, &oid) == SZTP_OK)
    if (sztp__span_equal(oid, purpose)) return 1;
  return 0;
}

static int lists_any_purpose(const sztp__cert_t *cert) {
  return lists_purpose(cert, sztp__span(any_purpose, sizeof any_purpose));
}

/* One that is demanded must be named; anyExtendedKeyUsage says of no purpose that it was meant. */
static int lists_one_of(const sztp__cert_t *cert, const sztp__oids_t *purposes) {
  for (size_t i = 0; i < purposes->count; i++)
    if (lists_purpose(cert, purposes->oid[i])) return 1;
  return 0;
}

static int32_t check_purpose(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf) {
  static const int32_t code = SZTP_ERR_PKIX_KEYUSAGE;
  if (p->purposes != NULL && p->purposes->count > 0)
    return lists_one_of(leaf, p->purposes)
               ? SZTP_OK
               : sztp__path_refuse(ctx, code, "the extended key usage lacks the purpose that policy demands",
                                   leaf);
  if (!leaf->has_ext_key_usage || lists_any_purpose(leaf)) return SZTP_OK;
  if (p->purpose.len > 0)
    return lists_purpose(leaf, p->purpose)
               ? SZTP_OK
               : sztp__path_refuse(ctx, code, "the extended key usage lacks the required purpose", leaf);
  if (!leaf->ext_key_usage_critical) return SZTP_OK;
  return sztp__path_refuse(ctx, code, "a critical extended key usage allows other purposes only", leaf);
}

/* ---- leaf, intermediates, anchor ----------------------------------------------------------------- */

/* D-83. A key of unknown strength is refused by whoever verifies a signature with it, who can say more; the
 * key of a TLS server is used by others. */
static int32_t check_leaf_key(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf) {
  int32_t rc = sztp__key_policy(ctx, &leaf->key);
  if (rc != SZTP_ERR_CMS_ALG_UNSUPPORTED || p->purpose.len > 0) return rc;
  sztp__trail_clear(ctx);
  return SZTP_OK;
}

int32_t sztp__path_check_leaf(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf) {
  int32_t rc = check_leaf_key(ctx, p, leaf);
  if (rc == SZTP_OK) rc = sztp__clock_check(ctx, &p->clock, leaf);
  if (rc == SZTP_OK) rc = check_critical(ctx, leaf);
  if (rc != SZTP_OK) return rc;
  if (SZTP__CONSTRAINTS && leaf->name_constraints.len > 0 && !leaf->is_ca) /* RFC 5280 4.2.1.10 */
    return sztp__path_refuse(ctx, SZTP_ERR_PKIX_NAME_CONSTRAINT,
                             "name constraints in a certificate that is no CA's", leaf);
  if (p->leaf_key_usage != 0 && leaf->has_key_usage && (leaf->key_usage & p->leaf_key_usage) == 0) {
    int32_t code = p->leaf_key_usage_error != 0 ? p->leaf_key_usage_error : SZTP_ERR_PKIX_KEYUSAGE;
    return sztp__path_refuse(ctx, code, "the key usage does not allow what the key was used for", leaf);
  }
  return check_purpose(ctx, p, leaf);
}

static int32_t check_may_sign(sztp_ctx_t *ctx, const sztp__cert_t *issuer) {
  if (!issuer->has_key_usage || (issuer->key_usage & SZTP__KU_KEY_CERT_SIGN) != 0) return SZTP_OK;
  return sztp__path_refuse(ctx, SZTP_ERR_PKIX_KEYUSAGE, "the key usage of an issuer lacks keyCertSign",
                           issuer);
}

/* D-98: the extensions of an anchor count when they are there. */
static int32_t check_anchor(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *anchor) {
  int vouched_for = !p->anchors_learned && !anchor->has_basic_constraints;
  if (!anchor->is_ca && !vouched_for)
    return sztp__path_refuse(ctx, SZTP_ERR_PKIX_NOT_CA, "the anchor is not a CA certificate", anchor);
  int32_t rc = check_may_sign(ctx, anchor);
  if (rc == SZTP_OK) rc = check_critical(ctx, anchor);
  return rc == SZTP_OK ? sztp__clock_check(ctx, &p->clock, anchor) : rc;
}

static int32_t check_intermediate(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *cert) {
  if (!cert->is_ca)
    return sztp__path_refuse(ctx, SZTP_ERR_PKIX_NOT_CA, "an issuer is not a CA certificate", cert);
  int32_t rc = check_may_sign(ctx, cert);
  if (rc == SZTP_OK) rc = check_critical(ctx, cert);
  if (rc == SZTP_OK) rc = sztp__clock_check(ctx, &p->clock, cert);
  return rc;
}

/* pathLenConstraint: how many intermediates that are not self-issued may follow. */
static int32_t check_path_lengths(sztp_ctx_t *ctx, const sztp__cert_t *const *chain, size_t count) {
  int32_t room = chain[count - 1]->path_len;
  for (size_t i = count - 1; i > 1; i--) {
    const sztp__cert_t *cert = chain[i - 1];
    if (room >= 0 && !cert->self_issued && room-- == 0)
      return sztp__path_refuse(ctx, SZTP_ERR_PKIX_PATHLEN, "the path is longer than an issuer above allows",
                               cert);
    if (cert->path_len >= 0 && (room < 0 || cert->path_len < room)) room = cert->path_len;
  }
  return SZTP_OK;
}

/* Each CA's constraints apply to all below it, but for self-issued intermediates. */
static int32_t check_name_constraints(sztp_ctx_t *ctx, const sztp__path_t *p,
                                      const sztp__cert_t *const *chain, size_t count) {
  for (size_t upper = 1; upper < count; upper++) {
    sztp__span_t constraints = chain[upper]->name_constraints;
    for (size_t i = 0; constraints.len > 0 && i < upper; i++) {
      if (i > 0 && chain[i]->self_issued) continue;
      int32_t rc = sztp__name_constraints_apply(ctx, constraints, chain[i], i == 0 && p->common_name);
      if (rc != SZTP_OK) return rc;
    }
  }
  return SZTP_OK;
}

int32_t sztp__path_check_each(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *const *chain,
                              size_t count, size_t *at) {
  int32_t rc = SZTP_OK;
  for (size_t i = count; i > 0 && rc == SZTP_OK; i--) {
    const sztp__cert_t *cert = chain[i - 1];
    *at = i - 1;
    if (i == count)
      rc = check_anchor(ctx, p, cert);
    else
      rc = i > 1 ? check_intermediate(ctx, p, cert) : sztp__path_check_leaf(ctx, p, cert);
  }
  return rc;
}

int32_t sztp__path_check_together(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *const *chain,
                                  size_t count) {
  int32_t rc = check_path_lengths(ctx, chain, count);
  if (SZTP__CONSTRAINTS && rc == SZTP_OK) rc = check_name_constraints(ctx, p, chain, count);
  if (rc == SZTP_OK) rc = sztp__policies_apply(ctx, chain, count, p->policies);
  if (!sztp__work_spent(ctx)) return rc;
  return sztp__fail(ctx, SZTP_ERR_LIMIT, "path", "more names and policies than may be looked at");
}
