/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for a path depth first, the likeliest issuers first, within bounds. */
#include "cryptography/path_search.h"

#include "cryptography/path_check.h"
#include "ground/text.h"

/* Certificates put at the end of a path in one search. Where everybody has issued everybody's certificate,
 * there are more paths than can be looked at. */
#define STEPS_MAX 1024

/* After so many it is worth finding out, from the anchors down, for whom they vouch: nobody else is looked at
 * from then on. Before that, only what is needed is verified, and what is told of a failure comes out of
 * having been there. */
#define STEPS_FEW 64

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
    (void)sztp__shown(s->detail, sizeof s->detail, sztp__span_of(detail));
  }
  sztp__trail_clear(s->ctx);
}

/* ---- candidates ---------------------------------------------------------------------------------- */

const sztp__cert_t *sztp__search_candidate(const sztp__search_t *s, size_t i) {
  return i < s->p->anchor_count ? &s->p->anchors[i] : &s->p->others[i - s->p->anchor_count];
}

size_t sztp__search_number(const sztp__search_t *s, const sztp__cert_t *cert) {
  size_t i = 0;
  while (i < s->candidates && sztp__search_candidate(s, i) != cert) i++;
  return i;
}

/* One of the others that was there before, perhaps as an anchor. */
static int is_repeated(const sztp__search_t *s, size_t i) {
  sztp__span_t der = sztp__search_candidate(s, i)->der;
  for (size_t j = 0; i >= s->p->anchor_count && j < i; j++)
    if (sztp__span_equal(der, sztp__search_candidate(s, j)->der)) return 1;
  return 0;
}

/* The row of a certificate in the table of links. */
static size_t row_of(const sztp__search_t *s, const sztp__cert_t *cert) {
  size_t i = s->p->anchor_count;
  while (i < s->candidates && sztp__search_candidate(s, i) != cert) i++;
  return i - s->p->anchor_count; /* strange_row(), if it is none of the others */
}

static uint8_t *link_at(sztp__search_t *s, size_t row, size_t i) {
  return &s->memory->links[row * s->candidates + i];
}

/* Rows behind those of the others: that of a leaf which is none of them, and one that marks candidates which
 * are none: because they are repeated, or because of what they are. */
static size_t strange_row(const sztp__search_t *s) { return s->p->other_count; }
static size_t barred_row(const sztp__search_t *s) { return s->p->other_count + 1; }
/* And one that marks those for whom an anchor vouches, once that is looked for. */
static size_t vouched_row(const sztp__search_t *s) { return s->p->other_count + 2; }

static void make_link(sztp__search_t *s, uint8_t *link, const sztp__cert_t *cert, size_t i) {
  const sztp__cert_t *issuer = sztp__search_candidate(s, i);
  if (*link != LINK_UNSEEN) return;
  *link = LINK_NONE;
  if (*link_at(s, barred_row(s), i) != 0 || cert->issuer.len <= EMPTY_NAME_LEN ||
      !sztp__name_equal(s->ctx, cert->issuer, issuer->subject))
    return;
  unsigned rank = 2;
  if (cert->authority_key_id_octets.len > 0 && issuer->subject_key_id.len > 0)
    rank = sztp__span_equal(cert->authority_key_id_octets, issuer->subject_key_id) ? 0 : 4;
  *link = (uint8_t)(LINK_USABLE + rank + (i >= s->p->anchor_count));
}

int32_t sztp__search_begin(sztp__search_t *s, sztp__path_memory_t *memory) {
  size_t crls = s->p->revocation != NULL ? s->p->revocation->count : 0;
  s->memory = memory;
  if (memory->links == NULL) {
    memory->links = sztp__alloc_array(s->ctx, s->p->other_count + 3, s->candidates);
    for (size_t i = 0; memory->links != NULL && i < s->candidates; i++)
      *link_at(s, barred_row(s), i) = (uint8_t)is_repeated(s, i);
  }
  if (memory->crl_links == NULL) memory->crl_links = sztp__alloc_array(s->ctx, crls, s->candidates);
  if (memory->links == NULL || memory->crl_links == NULL) return SZTP_ERR_MEMORY;
  memset(link_at(s, strange_row(s), 0), LINK_UNSEEN, s->candidates);
  return SZTP_OK;
}

/* A certificate appears once in a path (PKIX-12), the leaf under whatever pointer. */
static int in_path(const sztp__search_t *s, const sztp__cert_t *cert) {
  for (size_t i = 0; i < s->depth; i++)
    if (s->chain[i] == cert) return 1;
  return sztp__span_equal(cert->der, s->leaf->der);
}

/* Moves the topmost frame to its next candidate. 0 when there is none. */
static int next_candidate(sztp__search_t *s) {
  sztp__path_frame_t *f = &s->frames[s->depth - 1];
  for (; f->rank < RANKS; f->rank++) {
    while (f->next < s->candidates) {
      size_t i = f->next++;
      uint8_t *link = link_at(s, f->row, i);
      make_link(s, link, s->chain[s->depth - 1], i);
      if (*link < LINK_USABLE || (*link & ~LINK_GOOD) != LINK_USABLE + (int)f->rank) continue;
      if (in_path(s, sztp__search_candidate(s, i))) continue;
      if (s->memory->crowded && *link_at(s, vouched_row(s), i) == 0) continue;
      f->candidate = i;
      f->tried = 1;
      return 1;
    }
    f->next = 0;
  }
  return 0;
}

/* ---- one path ------------------------------------------------------------------------------------ */

static int32_t not_signed(sztp__search_t *s, const sztp__cert_t *cert, const sztp__cert_t *issuer) {
  char subject[SZTP__NAME_SIZE];
  char above[SZTP__NAME_SIZE];
  sztp__trail_clear(s->ctx);
  return sztp__fail(s->ctx, SZTP_ERR_PKIX_NO_PATH, "path.signature",
                    "the signature of \"%s\" does not verify with the key of \"%s\"",
                    sztp__name_text(subject, sizeof subject, cert->subject),
                    sztp__name_text(above, sizeof above, issuer->subject));
}

int32_t sztp__search_link(sztp__search_t *s, const sztp__cert_t *cert, size_t i) {
  const sztp__cert_t *issuer = sztp__search_candidate(s, i);
  uint8_t *link = link_at(s, row_of(s, cert), i);
  make_link(s, link, cert, i);
  if ((*link & LINK_GOOD) != 0) return SZTP_OK;
  if (*link < LINK_USABLE) return not_signed(s, cert, issuer);
  int32_t rc = sztp__cert_verify(s->ctx, cert, issuer->spki, s->p->allow_sha1);
  if (sztp__path_fatal(rc)) return rc;
  if (rc != SZTP_OK) {
    *link = LINK_BAD;
    return rc == SZTP_ERR_CMS_SIGNATURE_INVALID ? not_signed(s, cert, issuer) : rc;
  }
  *link = (uint8_t)(*link | LINK_GOOD);
  return SZTP_OK;
}

/* No path goes over a candidate any more. */
static void bar(sztp__search_t *s, const sztp__cert_t *cert) {
  size_t i = sztp__search_number(s, cert);
  if (i == s->candidates) return;
  *link_at(s, barred_row(s), i) = 1;
  for (size_t row = 0; row <= strange_row(s); row++) *link_at(s, row, i) = LINK_NONE;
}

/* Whether one of those who are vouched for issued candidate @p i. */
static int32_t is_vouched_for(sztp__search_t *s, size_t i, int *good) {
  const sztp__cert_t *cert = sztp__search_candidate(s, i);
  for (size_t n = 0; n < s->candidates && !*good; n++) {
    if (*link_at(s, vouched_row(s), n) == 0) continue;
    make_link(s, link_at(s, row_of(s, cert), n), cert, n);
    if (*link_at(s, row_of(s, cert), n) < LINK_USABLE) continue;
    int32_t rc = sztp__search_link(s, cert, n);
    if (sztp__path_fatal(rc)) return rc;
    sztp__trail_clear(s->ctx);
    *good = rc == SZTP_OK;
  }
  return SZTP_OK;
}

/* Marks the anchors, what they issued, what those issued, and so on. */
static int32_t mark_vouched(sztp__search_t *s) {
  int more = 1;
  for (size_t i = 0; i < s->p->anchor_count; i++) *link_at(s, vouched_row(s), i) = 1;
  while (more) {
    more = 0;
    if (!sztp__work_look(s->ctx, s->p->other_count * s->candidates / 4)) break;
    for (size_t i = s->p->anchor_count; i < s->candidates; i++) {
      int good = 0;
      if (*link_at(s, vouched_row(s), i) != 0 || *link_at(s, barred_row(s), i) != 0) continue;
      int32_t rc = is_vouched_for(s, i, &good);
      if (rc != SZTP_OK) return rc;
      *link_at(s, vouched_row(s), i) = (uint8_t)good;
      more |= good;
    }
  }
  return SZTP_OK;
}

/* Validates chain[0] to chain[count - 1], an anchor. A failure leaves in *keep how many certificates of the
 * path may stay: what is wrong with one of them, or a bad signature, ends every path that goes over it; 0 if
 * it is the leaf. */
static int32_t validate(sztp__search_t *s, size_t count, size_t *keep) {
  int came = SZTP__CAME_TO_ANCHOR;
  int32_t rc = sztp__path_check_each(s->ctx, s->p, s->chain, count, keep);
  if (rc != SZTP_OK && *keep > 0) bar(s, s->chain[*keep]);
  if (rc == SZTP_OK) *keep = count - 1;
  for (size_t i = count - 1; i > 0 && rc == SZTP_OK; i--) {
    rc = sztp__search_link(s, s->chain[i - 1], s->frames[i - 1].candidate);
    if (rc == SZTP_OK) continue;
    came = SZTP__CAME_TO_SIGNATURE;
    *keep = i;
  }
  if (rc == SZTP_OK) {
    came = SZTP__CAME_TO_CONSTRAINTS;
    rc = sztp__path_check_together(s->ctx, s->p, s->chain, count);
  }
  if (rc == SZTP_OK) return s->accept(s, count);
  if (!sztp__path_fatal(rc)) sztp__search_keep_reason(s, came, rc);
  return rc;
}

/* ---- the search ---------------------------------------------------------------------------------- */

static void push_cert(sztp__search_t *s, const sztp__cert_t *cert) {
  s->chain[s->depth] = cert;
  memset(&s->frames[s->depth], 0, sizeof s->frames[s->depth]);
  s->frames[s->depth].row = row_of(s, cert);
  s->depth++;
}

/* A candidate whose key did not sign the topmost certificate, as an earlier path found; NULL if there is
 * none. */
static const sztp__cert_t *false_issuer(sztp__search_t *s) {
  for (size_t i = 0; i < s->candidates; i++)
    if (*link_at(s, s->frames[s->depth - 1].row, i) == LINK_BAD) return sztp__search_candidate(s, i);
  return NULL;
}

static void pop_cert(sztp__search_t *s) {
  const sztp__path_frame_t *f = &s->frames[s->depth - 1];
  const sztp__cert_t *cert = s->chain[s->depth - 1];
  const sztp__cert_t *false_one = f->tried ? NULL : false_issuer(s);
  if (false_one != NULL) {
    int32_t rc = not_signed(s, cert, false_one);
    sztp__search_keep_reason(s, SZTP__CAME_TO_SIGNATURE, rc);
  } else if (!f->tried) {
    (void)sztp__path_refuse(s->ctx, SZTP_ERR_PKIX_NO_PATH, "no certificate of the issuer was found for",
                            cert);
    sztp__search_keep_reason(s, SZTP__CAME_NOWHERE, SZTP_ERR_PKIX_NO_PATH);
  }
  s->depth--;
}

/* Tries the candidate that the topmost frame stands at. 0: a valid path; > 0: go on; < 0: give up. */
static int32_t try_candidate(sztp__search_t *s, size_t *count) {
  size_t i = s->frames[s->depth - 1].candidate;
  if (s->steps++ == STEPS_MAX) {
    (void)sztp__path_refuse(s->ctx, SZTP_ERR_PKIX_NO_PATH, "too many possible paths for", s->leaf);
    sztp__search_keep_reason(s, SZTP__CAME_TO_SIGNATURE, SZTP_ERR_PKIX_NO_PATH);
    return SZTP_ERR_PKIX_NO_PATH;
  }
  if (s->steps == STEPS_FEW && !s->memory->crowded) {
    int32_t rc = mark_vouched(s);
    if (rc != SZTP_OK) return rc;
    s->memory->crowded = 1;
  }
  if (!sztp__work_look(s->ctx, s->candidates))
    return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "path", "more possible paths than may be looked at");
  if (i < s->p->anchor_count) {
    size_t keep = 0;
    s->chain[s->depth] = sztp__search_candidate(s, i);
    *count = s->depth + 1;
    int32_t rc = validate(s, *count, &keep);
    if (rc == SZTP_OK || sztp__path_fatal(rc)) return rc;
    s->depth = keep;
    return keep > 0 ? SZTP_PENDING : rc;
  }
  if (s->depth + 2 > SZTP__PATH_MAX) {
    (void)sztp__path_refuse(s->ctx, SZTP_ERR_PKIX_NO_PATH, "the path grows too long above",
                            s->chain[s->depth - 1]);
    sztp__search_keep_reason(s, SZTP__CAME_NOWHERE, SZTP_ERR_PKIX_NO_PATH);
    return SZTP_PENDING;
  }
  push_cert(s, sztp__search_candidate(s, i));
  return SZTP_PENDING;
}

int32_t sztp__search(sztp__search_t *s, size_t *count) {
  push_cert(s, s->leaf);
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
  s->code = SZTP_ERR_PKIX_NO_PATH;
  s->where = "path";
  return s;
}
