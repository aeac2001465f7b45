/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths found and validated. Candidates are joined by names alone, without any cryptography,
 * until an anchor is reached; then everything that costs little is checked; signatures come last, from the
 * anchor down, and none is verified twice. So forged certificates among the candidates cost next to nothing.
 */
#include "cryptography/constraints.h"
#include "cryptography/path_search.h"
#include "cryptography/policy.h"
#include "ground/text.h"

/* Certificates put at the end of a path in one search. Where everybody has issued everybody's certificate,
 * there are more paths than can be looked at. */
#define STEPS_MAX 1024

/* An issuer has a name (RFC 5280 4.1.2.4); an empty one would chain with every other. */
#define EMPTY_NAME_LEN 2
/* Key identifiers: 0 match, 1 are not there, 2 differ, which is a hint only; twice that, plus 1 if the
 * candidate is not an anchor. Lower ranks are tried first. */
#define RANKS 6

/* --- reasons --- */

/* Keeps the reason that @p code's innermost entry in the trail tells, if this came further than all before.
 */
static void keep_reason(sztp__search_t *s, int came, int32_t code) {
  const char *detail = "";
  const char *where = "path";
  int better = came > s->came || (came == s->came && came == CAME_NOWHERE && s->depth > s->came_depth);
  if (better) {
    s->came = came;
    s->came_depth = s->depth;
    s->code = code;
    (void)sztp_ctx_trail(s->ctx, 0, NULL, &where, &detail);
    s->where = where;
    (void)sztp__printable(s->detail, sizeof s->detail, sztp__span_of(detail));
  }
  sztp__trail_clear(s->ctx);
}

int32_t sztp__search_refuse(sztp__search_t *s, int32_t code, const char *what, const sztp__cert_t *cert) {
  char name[96];
  return sztp__fail(s->ctx, code, "path", "%s: \"%s\"", what,
                    sztp__name_text(name, sizeof name, cert->subject));
}

/* --- the clock --- */

static int32_t told_time(sztp_ctx_t *ctx, int32_t code, const sztp__cert_t *cert, const char *what,
                         int64_t limit, int64_t now) {
  char name[64];
  char limit_text[24];
  char now_text[24];
  return sztp__fail(ctx, code, "path.validity", "\"%s\" %s %s, the time is %s",
                    sztp__name_text(name, sizeof name, cert->subject), what,
                    sztp__time_format(limit_text, limit), sztp__time_format(now_text, now));
}

int32_t sztp__clock_check(sztp_ctx_t *ctx, const sztp__clock_t *clock, const sztp__cert_t *cert) {
  if (clock->mode == SZTP__CLOCK_NONE) return 0;
  if (clock->now > cert->not_after) {
    return told_time(ctx, SZTP_ERR_PKIX_EXPIRED, cert, "ended on", cert->not_after, clock->now);
  }
  if (clock->mode == SZTP__CLOCK_TRUSTED && clock->now < cert->not_before) {
    return told_time(ctx, SZTP_ERR_PKIX_NOT_YET_VALID, cert, "starts on", cert->not_before, clock->now);
  }
  return 0;
}

/* --- what costs little --- */

static int32_t check_critical(sztp__search_t *s, const sztp__cert_t *cert) {
  char oid[48];
  char name[64];
  if (cert->unknown_critical.len == 0) return 0;
  return sztp__fail(s->ctx, SZTP_ERR_PKIX_CRITICAL_EXT, "path",
                    "critical extension %s in \"%s\" is not understood",
                    sztp__der_oid_text(oid, sizeof oid, cert->unknown_critical),
                    sztp__name_text(name, sizeof name, cert->subject));
}

static int has_purpose(const sztp__cert_t *cert, sztp__span_t purpose) {
  static const uint8_t any_purpose[] = {0x55, 0x1d, 0x25, 0x00};
  sztp__der_t d;
  sztp__span_t oid;
  sztp__der_init(&d, NULL, cert->ext_key_usage);
  while (!sztp__der_at_end(&d) && sztp__der_oid(&d, &oid) == 0) {
    if (sztp__span_equal(oid, purpose) || sztp__span_equal(oid, sztp__span(any_purpose, sizeof any_purpose)))
      return 1;
  }
  return 0;
}

static int32_t check_leaf(sztp__search_t *s) {
  const sztp__path_t *p = s->p;
  int32_t rc = sztp__clock_check(s->ctx, &p->clock, s->leaf);
  if (rc == 0) rc = check_critical(s, s->leaf);
  if (rc != 0) return rc;
  if (s->leaf->name_constraints.len > 0 && !s->leaf->is_ca) /* RFC 5280 4.2.1.10 */
    return sztp__search_refuse(s, SZTP_ERR_PKIX_NAME_CONSTRAINT,
                               "name constraints in a certificate that is no CA's", s->leaf);
  if (p->leaf_key_usage != 0 && s->leaf->has_key_usage && (s->leaf->key_usage & p->leaf_key_usage) == 0) {
    int32_t code = p->leaf_key_usage_error != 0 ? p->leaf_key_usage_error : SZTP_ERR_PKIX_KEYUSAGE;
    return sztp__search_refuse(s, code, "the key usage does not allow what the key was used for", s->leaf);
  }
  if (p->purpose.len > 0 && s->leaf->has_ext_key_usage && !has_purpose(s->leaf, p->purpose)) {
    return sztp__search_refuse(s, SZTP_ERR_PKIX_KEYUSAGE, "the extended key usage lacks the required purpose",
                               s->leaf);
  }
  return 0;
}

static int32_t check_may_sign(sztp__search_t *s, const sztp__cert_t *issuer) {
  if (!issuer->has_key_usage || (issuer->key_usage & SZTP__KU_KEY_CERT_SIGN) != 0) return 0;
  return sztp__search_refuse(s, SZTP_ERR_PKIX_KEYUSAGE, "the key usage of an issuer lacks keyCertSign",
                             issuer);
}

/* D-98: the extensions of an anchor count when they are there. */
static int32_t check_anchor(sztp__search_t *s, const sztp__cert_t *anchor) {
  int vouched_for = !s->p->anchors_learned && !anchor->has_basic_constraints;
  if (!anchor->is_ca && !vouched_for) {
    return sztp__search_refuse(s, SZTP_ERR_PKIX_NOT_CA, "the anchor is not a CA certificate", anchor);
  }
  int32_t rc = check_may_sign(s, anchor);
  if (rc == 0) rc = check_critical(s, anchor);
  if (rc == 0 && s->p->clock.mode == SZTP__CLOCK_TRUSTED)
    rc = sztp__clock_check(s->ctx, &s->p->clock, anchor);
  return rc;
}

static int32_t check_intermediate(sztp__search_t *s, const sztp__cert_t *cert) {
  if (!cert->is_ca)
    return sztp__search_refuse(s, SZTP_ERR_PKIX_NOT_CA, "an issuer is not a CA certificate", cert);
  int32_t rc = check_may_sign(s, cert);
  if (rc == 0) rc = check_critical(s, cert);
  if (rc == 0) rc = sztp__clock_check(s->ctx, &s->p->clock, cert);
  return rc;
}

/* pathLenConstraint: how many intermediates that are not self-issued may follow. */
static int32_t check_path_lengths(sztp__search_t *s, size_t count) {
  int32_t room = s->chain[count - 1]->path_len;
  for (size_t i = count - 1; i > 1; i--) {
    const sztp__cert_t *cert = s->chain[i - 1];
    if (room >= 0 && !sztp__cert_self_issued(cert) && room-- == 0) {
      return sztp__search_refuse(s, SZTP_ERR_PKIX_PATHLEN, "the path is longer than an issuer above allows",
                                 cert);
    }
    if (cert->path_len >= 0 && (room < 0 || cert->path_len < room)) room = cert->path_len;
  }
  return 0;
}

/* Each CA's constraints apply to all below it, but for self-issued intermediates. */
static int32_t check_name_constraints(sztp__search_t *s, size_t count) {
  for (size_t upper = 1; upper < count; upper++) {
    sztp__span_t constraints = s->chain[upper]->name_constraints;
    for (size_t i = 0; constraints.len > 0 && i < upper; i++) {
      if (i > 0 && sztp__cert_self_issued(s->chain[i])) continue;
      int32_t rc = sztp__name_constraints_apply(s->ctx, constraints, s->chain[i], &s->constraints_budget);
      if (rc != 0) return rc;
    }
  }
  return 0;
}

static int32_t check_algorithms(sztp__search_t *s, size_t count) {
  int32_t rc = 0;
  for (size_t i = count - 1; i > 0 && rc == 0; i--) {
    rc = sztp__alg_policy(s->ctx, &s->chain[i - 1]->sigalg, &s->chain[i]->key, s->p->allow_sha1);
  }
  return rc;
}

static int32_t check_all(sztp__search_t *s, size_t count) {
  int32_t rc = check_algorithms(s, count); /* first, so that nothing hides that one is weak */
  if (rc == 0) rc = check_anchor(s, s->chain[count - 1]);
  for (size_t i = count - 1; i > 1 && rc == 0; i--) rc = check_intermediate(s, s->chain[i - 1]);
  if (rc == 0) rc = check_leaf(s);
  if (rc == 0) rc = check_path_lengths(s, count);
  if (rc == 0) rc = check_name_constraints(s, count);
  return rc == 0 ? sztp__policies_apply(s->ctx, s->chain, count) : rc;
}

/* --- candidates --- */

const sztp__cert_t *sztp__search_candidate(const sztp__search_t *s, size_t i) {
  return i < s->p->anchor_count ? &s->p->anchors[i] : &s->p->others[i - s->p->anchor_count];
}

/* Whether candidate @p i is the leaf, or one of the others that was there before, perhaps as an anchor. */
int sztp__search_repeated(const sztp__search_t *s, size_t i) {
  sztp__span_t der = sztp__search_candidate(s, i)->der;
  if (sztp__span_equal(der, s->leaf->der)) return 1;
  for (size_t j = 0; i >= s->p->anchor_count && j < i; j++) {
    if (sztp__span_equal(der, sztp__search_candidate(s, j)->der)) return 1;
  }
  return 0;
}

static uint8_t make_link(const sztp__search_t *s, const sztp__cert_t *cert, size_t i) {
  const sztp__cert_t *issuer = sztp__search_candidate(s, i);
  if (cert->issuer.len <= EMPTY_NAME_LEN || !sztp__name_equal(cert->issuer, issuer->subject))
    return LINK_NONE;
  unsigned rank = 2;
  if (cert->authority_key_id_octets.len > 0 && issuer->subject_key_id.len > 0) {
    rank = sztp__span_equal(cert->authority_key_id_octets, issuer->subject_key_id) ? 0 : 4;
  }
  return (uint8_t)(LINK_USABLE + rank + (i >= s->p->anchor_count));
}

/* The row of one of the others in the table of links; the leaf has the first. */
static size_t row_of(const sztp__search_t *s, size_t i) { return 1 + i - s->p->anchor_count; }

static uint8_t *link_at(sztp__search_t *s, size_t row, size_t i) {
  return &s->links[row * s->candidates + i];
}

/* Candidates that never are any get LINK_NONE in all rows at the start. */
static void exclude_repeated(sztp__search_t *s) {
  for (size_t i = 0; i < s->candidates; i++) {
    if (!sztp__search_repeated(s, i)) continue;
    for (size_t row = 0; row <= s->p->other_count; row++) *link_at(s, row, i) = LINK_NONE;
  }
}

static int in_path(const sztp__search_t *s, const sztp__cert_t *cert) {
  for (size_t i = 0; i < s->depth; i++) {
    if (s->chain[i] == cert) return 1;
  }
  return 0;
}

/* Moves the topmost frame to its next candidate. 0 when there is none. */
static int next_candidate(sztp__search_t *s) {
  sztp__path_frame_t *f = &s->frames[s->depth - 1];
  for (; f->rank < RANKS; f->rank++) {
    while (f->next < s->candidates) {
      size_t i = f->next++;
      uint8_t *link = link_at(s, f->row, i);
      if (*link == LINK_UNSEEN) *link = make_link(s, s->chain[s->depth - 1], i);
      if (*link < LINK_USABLE || (*link & ~LINK_GOOD) != LINK_USABLE + (int)f->rank) continue;
      if (in_path(s, sztp__search_candidate(s, i))) continue;
      f->candidate = i;
      f->tried = 1;
      return 1;
    }
    f->next = 0;
  }
  return 0;
}

/* --- signatures --- */

int sztp__search_fatal(int32_t rc) { return rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO; }

/* Verifies that chain[i + 1] signed chain[i]. */
static int32_t verify_link(sztp__search_t *s, size_t i) {
  uint8_t *link = link_at(s, s->frames[i].row, s->frames[i].candidate);
  if ((*link & LINK_GOOD) != 0) return 0;
  if (s->verifications == SZTP__PATH_VERIFICATIONS) {
    return sztp__search_refuse(s, SZTP_ERR_PKIX_NO_PATH, "too many signatures to verify below",
                               s->chain[i + 1]);
  }
  s->verifications++;
  int32_t rc = sztp__cert_verify(s->ctx, s->chain[i], s->chain[i + 1]->spki, s->p->allow_sha1);
  if (sztp__search_fatal(rc)) return rc;
  *link = rc == 0 ? (uint8_t)(*link | LINK_GOOD) : (uint8_t)LINK_BAD;
  if (rc == 0) return 0;
  char subject[64];
  char issuer[64];
  sztp__trail_clear(s->ctx);
  return sztp__fail(s->ctx, rc == SZTP_ERR_CMS_SIGNATURE_INVALID ? SZTP_ERR_PKIX_NO_PATH : rc,
                    "path.signature", "the signature of \"%s\" does not verify with the key of \"%s\"",
                    sztp__name_text(subject, sizeof subject, s->chain[i]->subject),
                    sztp__name_text(issuer, sizeof issuer, s->chain[i + 1]->subject));
}

/* The last of all, so that a path that fails here alone is told so. */
static int32_t check_revocation(sztp__search_t *s, size_t count) {
  if (s->p->revocation == NULL || s->p->revocation->mode == SZTP__CRLS_IGNORED) return 0;
  int32_t rc = sztp__search_revocation(s, count);
  if (rc != 0 && !sztp__search_fatal(rc))
    keep_reason(s, rc == SZTP_ERR_PKIX_REVOKED ? CAME_TO_REVOKED : CAME_TO_REVOCATION, rc);
  return rc;
}

/* Validates chain[0] to chain[count - 1], an anchor. A failure leaves in *keep how many certificates of the
 * path may stay: a bad signature ends every path that goes over it. */
static int32_t validate(sztp__search_t *s, size_t count, size_t *keep) {
  *keep = count - 1;
  int32_t rc = check_all(s, count);
  if (rc != 0) {
    if (!sztp__search_fatal(rc)) keep_reason(s, CAME_TO_ANCHOR, rc);
    return rc;
  }
  for (size_t i = count - 1; i > 0; i--) {
    rc = verify_link(s, i - 1);
    if (rc == 0) continue;
    *keep = i;
    if (!sztp__search_fatal(rc)) keep_reason(s, CAME_TO_SIGNATURE, rc);
    return rc;
  }
  return check_revocation(s, count);
}

/* --- the search --- */

static void push(sztp__search_t *s, const sztp__cert_t *cert, size_t row) {
  s->chain[s->depth] = cert;
  memset(&s->frames[s->depth], 0, sizeof s->frames[s->depth]);
  s->frames[s->depth].row = row;
  s->depth++;
}

static void pop(sztp__search_t *s) {
  const sztp__path_frame_t *f = &s->frames[s->depth - 1];
  if (!f->tried) {
    (void)sztp__search_refuse(s, SZTP_ERR_PKIX_NO_PATH, "no certificate of the issuer was found for",
                              s->chain[s->depth - 1]);
    keep_reason(s, CAME_NOWHERE, SZTP_ERR_PKIX_NO_PATH);
  }
  s->depth--;
}

/* Tries the candidate that the topmost frame stands at. 0: a valid path; > 0: go on; < 0: give up. */
static int32_t try_candidate(sztp__search_t *s, size_t *count) {
  size_t i = s->frames[s->depth - 1].candidate;
  if (s->steps++ == STEPS_MAX) {
    (void)sztp__search_refuse(s, SZTP_ERR_PKIX_NO_PATH, "too many possible paths for", s->leaf);
    keep_reason(s, CAME_TO_SIGNATURE, SZTP_ERR_PKIX_NO_PATH);
    return SZTP_ERR_PKIX_NO_PATH;
  }
  if (i < s->p->anchor_count) {
    size_t keep = 0;
    if (s->only != NULL && sztp__search_candidate(s, i) != s->only) return SZTP_PENDING;
    s->chain[s->depth] = sztp__search_candidate(s, i);
    *count = s->depth + 1;
    int32_t rc = validate(s, *count, &keep);
    if (rc == 0 || sztp__search_fatal(rc)) return rc;
    s->depth = keep;
    return s->verifications == SZTP__PATH_VERIFICATIONS ? rc : SZTP_PENDING;
  }
  if (s->depth + 2 > SZTP__PATH_MAX) {
    (void)sztp__search_refuse(s, SZTP_ERR_PKIX_NO_PATH, "the path grows too long above",
                              s->chain[s->depth - 1]);
    keep_reason(s, CAME_NOWHERE, SZTP_ERR_PKIX_NO_PATH);
    return SZTP_PENDING;
  }
  push(s, sztp__search_candidate(s, i), row_of(s, i));
  return SZTP_PENDING;
}

static int32_t search(sztp__search_t *s, size_t *count) {
  push(s, s->leaf, s->leaf_row);
  while (s->depth > 0) {
    if (!next_candidate(s)) {
      pop(s);
      continue;
    }
    int32_t rc = try_candidate(s, count);
    if (rc <= 0) return rc;
  }
  return SZTP_ERR_PKIX_NO_PATH;
}

/* PKIX-14: a leaf that is an anchor needs no issuer. */
static int32_t validate_pinned_leaf(sztp__search_t *s, int *is_anchor) {
  for (size_t i = 0; i < s->p->anchor_count && !*is_anchor; i++) {
    *is_anchor = sztp__span_equal(s->p->anchors[i].der, s->leaf->der);
  }
  if (!*is_anchor) return 0;
  int32_t rc = check_leaf(s);
  if (rc != 0) {
    keep_reason(s, CAME_TO_ANCHOR, rc);
    return rc;
  }
  s->chain[0] = s->leaf;
  return check_revocation(s, 1);
}

static int32_t find_path(sztp__search_t *s, size_t *count) {
  int pinned = 0;
  int32_t rc = validate_pinned_leaf(s, &pinned);
  if (pinned) {
    *count = 1;
    return rc;
  }
  s->candidates = s->p->anchor_count + s->p->other_count;
  s->links = (uint8_t *)sztp__alloc_array(s->ctx, s->p->other_count + 1, s->candidates);
  if (s->links == NULL) return SZTP_ERR_MEMORY;
  exclude_repeated(s);
  rc = search(s, count);
  sztp__free(s->ctx, s->links);
  return rc;
}

int32_t sztp__search_crl_signer(sztp__search_t *s, size_t candidate, const sztp__cert_t *anchor,
                                const sztp__cert_t *chain[SZTP__PATH_MAX], size_t *count) {
  sztp__path_t p = *s->p;
  p.leaf_key_usage = SZTP__KU_CRL_SIGN;
  p.leaf_key_usage_error = SZTP_ERR_PKIX_KEYUSAGE;
  p.purpose = sztp__span(NULL, 0);
  p.revocation = NULL;
  sztp__search_t *n = (sztp__search_t *)sztp__alloc(s->ctx, sizeof *n);
  if (n == NULL) return SZTP_ERR_MEMORY;
  n->ctx = s->ctx;
  n->p = &p;
  n->leaf = sztp__search_candidate(s, candidate);
  n->leaf_row = row_of(s, candidate);
  n->only = anchor;
  n->candidates = s->candidates;
  n->links = s->links;
  n->steps = s->steps;
  n->verifications = s->verifications;
  n->constraints_budget = s->constraints_budget;
  int32_t rc = search(n, count);
  if (rc == 0) memcpy(chain, n->chain, *count * sizeof n->chain[0]);
  s->steps = n->steps;
  s->verifications = n->verifications;
  s->constraints_budget = n->constraints_budget;
  if (s->steps > STEPS_MAX || s->verifications == SZTP__PATH_VERIFICATIONS || s->constraints_budget == 0)
    s->gave_up = 1;
  sztp__free(s->ctx, n);
  return rc;
}

int32_t sztp__path_validate(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf,
                            const sztp__cert_t *chain[SZTP__PATH_MAX], size_t *chain_len) {
  *chain_len = 0;
  sztp__search_t *s = (sztp__search_t *)sztp__alloc(ctx, sizeof *s); /* too large for the stack */
  if (s == NULL) return SZTP_ERR_MEMORY;
  s->ctx = ctx;
  s->p = p;
  s->leaf = leaf;
  s->constraints_budget = SZTP__CONSTRAINTS_BUDGET;
  s->code = SZTP_ERR_PKIX_NO_PATH;
  s->where = "path";
  sztp__trail_clear(ctx);
  int32_t rc = find_path(s, chain_len);
  sztp__search_revocation_end(s);
  if (rc == 0) {
    memcpy(chain, s->chain, *chain_len * sizeof s->chain[0]);
    sztp__trail_clear(ctx); /* of candidates that were tried before */
  } else {
    *chain_len = 0;
    if (!sztp__search_fatal(rc)) {
      sztp__trail_clear(ctx);
      rc = sztp__fail(ctx, s->code, s->where, "%s", s->detail);
    }
  }
  sztp__free(ctx, s);
  return rc;
}
