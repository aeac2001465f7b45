/* SPDX-License-Identifier: Apache-2.0 */
/* The search for a certification path. Candidates are joined by names alone, without any cryptography, until
 * an anchor is reached; then each certificate is looked at by itself, then signatures are verified, from the
 * anchor down, and none twice. What names, policies and CRLs say of one another is judged last, since only
 * what is signed is worth that work: forged certificates among the candidates cost one signature each, or
 * nothing. */
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
  SZTP__CAME_TO_CONSTRAINTS = 4,
  SZTP__CAME_TO_REVOCATION = 5,
  SZTP__CAME_TO_REVOKED = 6
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
  sztp__path_memory_t *memory;
  size_t candidates; /* anchors, then others */
  size_t depth;
  uint32_t steps;
  /* Judges a path that holds, chain[0] to chain[count - 1], at last: as sztp__search(). */
  int32_t (*accept)(sztp__search_t *s, size_t count);
  /* the best reason so far */
  int came;
  size_t came_depth;
  int32_t code;
  const char *where;
  const sztp__cert_t *chain[SZTP__PATH_MAX];
  sztp__path_frame_t frames[SZTP__PATH_MAX];
  char detail[SZTP__SENTENCE_SIZE];
};

/* A search for @p p from @p leaf; too large for the stack. NULL without memory. */
sztp__search_t *sztp__search_new(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf);
/* Makes room in the memory that the search works with. 0 or SZTP_ERR_MEMORY. */
int32_t sztp__search_begin(sztp__search_t *s, sztp__path_memory_t *memory);
/* Finds a path: chain[0] to chain[*count - 1]. SZTP_OK; SZTP_ERR_PKIX_*, SZTP_ERR_CMS_ALG_*, of which the
 * search keeps the best reason; SZTP_ERR_LIMIT, SZTP_ERR_CRYPTO, SZTP_ERR_MEMORY, which end it. */
int32_t sztp__search(sztp__search_t *s, size_t *count);
/* Keeps the reason that @p code's innermost entry in the trail tells, if this came (SZTP__CAME_*) further
 * than all before. */
void sztp__search_keep_reason(sztp__search_t *s, int came, int32_t code);

/* Anchors, then others. */
const sztp__cert_t *sztp__search_candidate(const sztp__search_t *s, size_t candidate);
/* The number of a certificate that is one of the candidates; as many as there are if it is none. */
size_t sztp__search_number(const sztp__search_t *s, const sztp__cert_t *cert);
/* Verifies, once, that candidate @p issuer signed @p cert, and that their names chain. As
 * sztp__cert_verify(); SZTP_ERR_PKIX_NO_PATH. */
int32_t sztp__search_link(sztp__search_t *s, const sztp__cert_t *cert, size_t issuer);

#endif
