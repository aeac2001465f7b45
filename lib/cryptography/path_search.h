/* SPDX-License-Identifier: Apache-2.0 */
/* The search for a certification path as the files that make it up see it: path.c joins certificates, and
 * path_revocation.c asks CRLs about those of a path that holds otherwise. */
#ifndef SZTP_CRYPTOGRAPHY_PATH_SEARCH_H
#define SZTP_CRYPTOGRAPHY_PATH_SEARCH_H

#include "cryptography/path.h"

/* What is known of "this candidate issued that certificate"; a usable link is LINK_USABLE plus a rank. */
enum {
  LINK_UNSEEN = 0,
  LINK_NONE = 1,   /* the names do not chain, or the candidate is not one */
  LINK_BAD = 2,    /* the signature does not verify */
  LINK_USABLE = 4, /* from here on */
  LINK_GOOD = 64   /* added: the signature verifies */
};

/* How far a candidate came: the reason of the furthest one is told. */
enum { NOT_STARTED, CAME_NOWHERE, CAME_TO_SIGNATURE, CAME_TO_ANCHOR, CAME_TO_REVOCATION, CAME_TO_REVOKED };

typedef struct sztp__path_frame {
  size_t row;       /* of the certificate in the table of links */
  size_t candidate; /* the one being tried as its issuer */
  size_t next;
  uint32_t rank;
  int tried; /* it has candidates */
} sztp__path_frame_t;

/* The keys that a CRL's signature was verified with. */
#define SZTP__CRL_KEYS 6
typedef struct sztp__crl_keys {
  sztp__span_t key[SZTP__CRL_KEYS]; /* SubjectPublicKeyInfo */
  int32_t code[SZTP__CRL_KEYS];     /* what came out */
  size_t count;
} sztp__crl_keys_t;

typedef struct sztp__search {
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
  sztp__crl_keys_t *crl_keys; /* for each CRL */
  uint8_t *crl_signers;       /* for each of the others: SIGNER_*, under the anchor below */
  const sztp__cert_t *crl_signers_anchor;
  int gave_up; /* a bound ended the search for who signed a CRL */
  /* the best reason so far */
  int came;
  size_t came_depth;
  int32_t code;
  const char *where;
  char detail[200];
} sztp__search_t;

/* Tells @p what of a certificate. */
int32_t sztp__search_refuse(sztp__search_t *s, int32_t code, const char *what, const sztp__cert_t *cert);
/* 1 if @p cert is there twice and was met before. */
int sztp__search_repeated(const sztp__search_t *s, size_t candidate);
const sztp__cert_t *sztp__search_candidate(const sztp__search_t *s, size_t candidate);
/* Failures of the machine. */
int sztp__search_fatal(int32_t rc);

/* Finds a path from candidate @p candidate, one of the others, to @p anchor, for the signing of CRLs. Shares
 * what is known of links and the budgets with @p s. As sztp__path_validate(). */
int32_t sztp__search_crl_signer(sztp__search_t *s, size_t candidate, const sztp__cert_t *anchor,
                                const sztp__cert_t *chain[SZTP__PATH_MAX], size_t *count);

/* Asks the CRLs about each certificate of chain[0] to chain[count - 1], whose signatures hold. 0;
 * SZTP_ERR_PKIX_REVOKED, SZTP_ERR_PKIX_REVOCATION_UNKNOWN; SZTP_ERR_MEMORY; SZTP_ERR_CRYPTO. */
int32_t sztp__search_revocation(sztp__search_t *s, size_t count);
void sztp__search_revocation_end(sztp__search_t *s);

#endif
