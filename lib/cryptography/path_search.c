/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for a path depth first, the likeliest issuers first, within bounds. */
#include "cryptography/path_search.h"

#include "cryptography/constraints.h"
#include "cryptography/path_check.h"
#include "ground/text.h"

/* Certificates put at the end of a path in one search. Where everybody has issued everybody's certificate,
 * there are more paths than can be looked at. */
#define STEPS_MAX 1024

/* An issuer has a name (RFC 5280 4.1.2.4); an empty one would chain with every other. */
#define EMPTY_NAME_LEN 2
/* Key identifiers: 0 match, 1 are not there, 2 differ, which is a hint only; twice that, plus 1 if the
 * candidate is not an anchor. Lower ranks are tried first. */
#define RANKS 6

/* What is known of "this candidate issued that certificate"; a usable link is LINK_USABLE plus a rank. */
enum {
  LINK_UNSEEN = 0,
  LINK_NONE = 1,   /* the names do not chain, or the candidate is not one */
  LINK_BAD = 2,    /* the signature does not verify */
  LINK_USABLE = 4, /* from here on */
  LINK_GOOD = 64   /* added: the signature verifies */
};

/* ---- the reason that is given -------------------------------------------------------------------- */

void sztp__search_keep_reason(sztp__search_t *s, int came, int32_t code) {
  const char *detail = "";
  const char *where = "path";
  int better = came > s->came || (came == s->came && came == SZTP__CAME_NOWHERE && s->depth > s->came_depth);
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

/* ---- candidates ---------------------------------------------------------------------------------- */

const sztp__cert_t *sztp__search_candidate(const sztp__search_t *s, size_t i) {
  return i < s->p->anchor_count ? &s->p->anchors[i] : &s->p->others[i - s->p->anchor_count];
}

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
  if (cert->authority_key_id_octets.len > 0 && issuer->subject_key_id.len > 0)
    rank = sztp__span_equal(cert->authority_key_id_octets, issuer->subject_key_id) ? 0 : 4;
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

/* ---- one path ------------------------------------------------------------------------------------ */

/* Verifies that chain[i + 1] signed chain[i]. */
static int32_t verify_link(sztp__search_t *s, size_t i) {
  uint8_t *link = link_at(s, s->frames[i].row, s->frames[i].candidate);
  if ((*link & LINK_GOOD) != 0) return SZTP_OK;
  if (s->verifications == SZTP__PATH_VERIFICATIONS)
    return sztp__path_refuse(s->ctx, SZTP_ERR_PKIX_NO_PATH, "too many signatures to verify below",
                             s->chain[i + 1]);
  s->verifications++;
  int32_t rc = sztp__cert_verify(s->ctx, s->chain[i], s->chain[i + 1]->spki, s->p->allow_sha1);
  if (sztp__path_fatal(rc)) return rc;
  *link = rc == SZTP_OK ? (uint8_t)(*link | LINK_GOOD) : (uint8_t)LINK_BAD;
  if (rc == SZTP_OK) return SZTP_OK;
  char subject[SZTP__NAME_SIZE];
  char issuer[SZTP__NAME_SIZE];
  sztp__trail_clear(s->ctx);
  return sztp__fail(s->ctx, rc == SZTP_ERR_CMS_SIGNATURE_INVALID ? SZTP_ERR_PKIX_NO_PATH : rc,
                    "path.signature", "the signature of \"%s\" does not verify with the key of \"%s\"",
                    sztp__name_text(subject, sizeof subject, s->chain[i]->subject),
                    sztp__name_text(issuer, sizeof issuer, s->chain[i + 1]->subject));
}

/* Validates chain[0] to chain[count - 1], an anchor. A failure leaves in *keep how many certificates of the
 * path may stay: a bad signature ends every path that goes over it. */
static int32_t validate(sztp__search_t *s, size_t count, size_t *keep) {
  *keep = count - 1;
  int32_t rc = sztp__path_check(s->ctx, s->p, s->chain, count, &s->constraints_budget);
  if (rc != SZTP_OK) {
    if (!sztp__path_fatal(rc)) sztp__search_keep_reason(s, SZTP__CAME_TO_ANCHOR, rc);
    return rc;
  }
  for (size_t i = count - 1; i > 0; i--) {
    rc = verify_link(s, i - 1);
    if (rc == SZTP_OK) continue;
    *keep = i;
    if (!sztp__path_fatal(rc)) sztp__search_keep_reason(s, SZTP__CAME_TO_SIGNATURE, rc);
    return rc;
  }
  return s->accept != NULL ? s->accept(s, count) : SZTP_OK;
}

/* ---- the search ---------------------------------------------------------------------------------- */

static void push_cert(sztp__search_t *s, const sztp__cert_t *cert, size_t row) {
  s->chain[s->depth] = cert;
  memset(&s->frames[s->depth], 0, sizeof s->frames[s->depth]);
  s->frames[s->depth].row = row;
  s->depth++;
}

static void pop_cert(sztp__search_t *s) {
  const sztp__path_frame_t *f = &s->frames[s->depth - 1];
  if (!f->tried) {
    (void)sztp__path_refuse(s->ctx, SZTP_ERR_PKIX_NO_PATH, "no certificate of the issuer was found for",
                            s->chain[s->depth - 1]);
    sztp__search_keep_reason(s, SZTP__CAME_NOWHERE, SZTP_ERR_PKIX_NO_PATH);
  }
  s->depth--;
}

/* Tries the candidate that the topmost frame stands at. 0: a valid path; > 0: go on; < 0: give up. */
static int32_t try_candidate(sztp__search_t *s, size_t *count) {
  size_t i = s->frames[s->depth - 1].candidate;
  if (s->steps++ >= STEPS_MAX) { /* a search for who signed a CRL may have used them up */
    (void)sztp__path_refuse(s->ctx, SZTP_ERR_PKIX_NO_PATH, "too many possible paths for", s->leaf);
    sztp__search_keep_reason(s, SZTP__CAME_TO_SIGNATURE, SZTP_ERR_PKIX_NO_PATH);
    return SZTP_ERR_PKIX_NO_PATH;
  }
  if (i < s->p->anchor_count) {
    size_t keep = 0;
    if (s->only != NULL && sztp__search_candidate(s, i) != s->only) return SZTP_PENDING;
    s->chain[s->depth] = sztp__search_candidate(s, i);
    *count = s->depth + 1;
    int32_t rc = validate(s, *count, &keep);
    if (rc == SZTP_OK || sztp__path_fatal(rc)) return rc;
    s->depth = keep;
    return s->verifications == SZTP__PATH_VERIFICATIONS ? rc : SZTP_PENDING;
  }
  if (s->depth + 2 > SZTP__PATH_MAX) {
    (void)sztp__path_refuse(s->ctx, SZTP_ERR_PKIX_NO_PATH, "the path grows too long above",
                            s->chain[s->depth - 1]);
    sztp__search_keep_reason(s, SZTP__CAME_NOWHERE, SZTP_ERR_PKIX_NO_PATH);
    return SZTP_PENDING;
  }
  push_cert(s, sztp__search_candidate(s, i), row_of(s, i));
  return SZTP_PENDING;
}

static int32_t search(sztp__search_t *s, size_t *count) {
  push_cert(s, s->leaf, s->leaf_row);
  while (s->depth > 0) {
    if (!next_candidate(s)) {
      pop_cert(s);
      continue;
    }
    int32_t rc = try_candidate(s, count);
    if (rc <= 0) return rc;
  }
  return SZTP_ERR_PKIX_NO_PATH;
}

sztp__search_t *sztp__search_new(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf) {
  sztp__search_t *s = sztp__alloc(ctx, sizeof *s);
  if (s == NULL) return NULL;
  s->ctx = ctx;
  s->p = p;
  s->leaf = leaf;
  s->candidates = p->anchor_count + p->other_count;
  s->constraints_budget = SZTP__CONSTRAINTS_BUDGET;
  s->code = SZTP_ERR_PKIX_NO_PATH;
  s->where = "path";
  return s;
}

int32_t sztp__search(sztp__search_t *s, size_t *count) {
  s->links = sztp__alloc_array(s->ctx, s->p->other_count + 1, s->candidates);
  if (s->links == NULL) return SZTP_ERR_MEMORY;
  exclude_repeated(s);
  int32_t rc = search(s, count);
  sztp__free(s->ctx, s->links);
  return rc;
}

int32_t sztp__search_crl_signer(sztp__search_t *s, size_t candidate, const sztp__cert_t *anchor,
                                const sztp__cert_t *chain[SZTP__PATH_MAX], size_t *count, int *gave_up) {
  sztp__path_t p = *s->p;
  p.leaf_key_usage = SZTP__KU_CRL_SIGN;
  p.leaf_key_usage_error = SZTP_ERR_PKIX_KEYUSAGE;
  p.purpose = sztp__span(NULL, 0);
  p.revocation = NULL;
  sztp__search_t *n = sztp__search_new(s->ctx, &p, sztp__search_candidate(s, candidate));
  if (n == NULL) return SZTP_ERR_MEMORY;
  n->leaf_row = row_of(s, candidate);
  n->only = anchor;
  n->links = s->links;
  n->steps = s->steps;
  n->verifications = s->verifications;
  n->constraints_budget = s->constraints_budget;
  int32_t rc = search(n, count);
  if (rc == SZTP_OK) memcpy(chain, n->chain, *count * sizeof n->chain[0]);
  s->steps = n->steps;
  s->verifications = n->verifications;
  s->constraints_budget = n->constraints_budget;
  if (s->steps > STEPS_MAX || s->verifications == SZTP__PATH_VERIFICATIONS || s->constraints_budget == 0)
    *gave_up = 1;
  sztp__free(s->ctx, n);
  return rc;
}
