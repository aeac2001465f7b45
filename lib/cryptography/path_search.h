/* SPDX-License-Identifier: Apache-2.0 */
/* The search for a certification path. Candidates are joined by names alone, without any cryptography, until
 * an anchor is reached; then everything that costs little is checked; signatures come last, from the anchor
 * down, and none is verified twice. So forged certificates among the candidates cost next to nothing. */
#ifndef SZTP_CRYPTOGRAPHY_PATH_SEARCH_H
#define SZTP_CRYPTOGRAPHY_PATH_SEARCH_H

#include "cryptography/path_input.h"
#include "ground/format.h"
#include "ground/printable.h"

/* How far a candidate came: the reason of the furthest one is given. */
enum {
  SZTP__CAME_NOWHERE = 1,
  SZTP__CAME_TO_SIGNATURE = 2,
  SZTP__CAME_TO_ANCHOR = 3,
  SZTP__CAME_TO_REVOCATION = 4,
  SZTP__CAME_TO_REVOKED = 5
};

typedef struct sztp__path_frame {
  size_t row;       /* of the certificate in the table of links */
  size_t candidate; /* the one being tried as its issuer */
  size_t next;
  uint32_t rank;
  int tried; /* it has candidates */
} sztp__path_frame_t;

typedef struct sztp__search sztp__search_t;
struct sztp__search {
  sztp_ctx_t *ctx;
  const sztp__path_t *p;
  const sztp__cert_t *leaf;
  size_t leaf_row;          /* in the table of links */
  const sztp__cert_t *only; /* the one anchor that counts; NULL: any */
  size_t candidates;        /* anchors, then others */
  uint8_t *links;           /* a row for the leaf, then one for each of the others; a column per candidate */
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  sztp__path_frame_t frames[SZTP__PATH_MAX];
  size_t depth;
  uint32_t steps;
  uint32_t verifications;
  uint32_t constraints_budget;
  /* Judges a path that holds, chain[0] to chain[count - 1], at last: as sztp__search(); NULL: it is accepted.
   */
  int32_t (*accept)(sztp__search_t *s, size_t count);
  void *accept_user;
  /* the best reason so far */
  int came;
  size_t came_depth;
  int32_t code;
  const char *where;
  char detail[SZTP__SENTENCE_SIZE];
};

/* A search for @p p from @p leaf; too large for the stack. NULL without memory. */
sztp__search_t *sztp__search_new(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf);
/* Finds a path: chain[0] to chain[*count - 1]. SZTP_OK; SZTP_ERR_PKIX_*, SZTP_ERR_CMS_ALG_*, of which the
 * search keeps the best reason; SZTP_ERR_CRYPTO; SZTP_ERR_MEMORY. */
int32_t sztp__search(sztp__search_t *s, size_t *count);
/* Keeps the reason that @p code's innermost entry in the trail tells, if this came (SZTP__CAME_*) further
 * than all before. */
void sztp__search_keep_reason(sztp__search_t *s, int came, int32_t code);

/* Anchors, then others. */
const sztp__cert_t *sztp__search_candidate(const sztp__search_t *s, size_t candidate);
/* 1 if @p candidate is the leaf, or one of the others that was there before, perhaps as an anchor. */
int sztp__search_repeated(const sztp__search_t *s, size_t candidate);

/* Finds a path from candidate @p candidate, one of the others, to @p anchor, for the signing of CRLs. Shares
 * what is known of links and the budgets with @p s. *gave_up becomes 1 if one of those is used up. As
 * sztp__path_validate(). */
int32_t sztp__search_crl_signer(sztp__search_t *s, size_t candidate, const sztp__cert_t *anchor,
                                const sztp__cert_t *chain[SZTP__PATH_MAX], size_t *count, int *gave_up);

#endif
