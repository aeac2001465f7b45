/* SPDX-License-Identifier: Apache-2.0 */
/* What a certification path is made of and judged by: candidates, the clock, CRLs. */
#ifndef SZTP_CRYPTOGRAPHY_PATH_INPUT_H
#define SZTP_CRYPTOGRAPHY_PATH_INPUT_H

#include "cryptography/crl.h"
#include "cryptography/policy.h"
#include "ground/format.h"

#define SZTP__PATH_MAX 10 /* certificates in a path, leaf and anchor included (D-97) */

enum { SZTP__CLOCK_NONE = 0, SZTP__CLOCK_FLOOR = 1, SZTP__CLOCK_TRUSTED = 2 };
typedef struct sztp__clock {
  uint32_t mode; /* SZTP__CLOCK_*, the CLK group's table */
  int64_t now;   /* Unix seconds */
} sztp__clock_t;

enum {
  SZTP__CRLS_IGNORED = 0,    /* CRLs are not looked at (VERIFY-09) */
  SZTP__CRLS_IF_PRESENT = 1, /* a listed certificate is refused, and that is all (D-119, VOUCH-19) */
  SZTP__CRLS_REQUIRED = 2    /* every certificate below the anchor needs a fresh CRL (D-118) */
};

/* Which CRLs there are, and what is asked of them. */
typedef struct sztp__revocation {
  uint32_t mode; /* SZTP__CRLS_* */
  const sztp__crl_t *crls;
  size_t count;
  int any_age; /* without a trusted clock a CRL of any age will do (CLK-05) */
  /* what was seen on the path that was found */
  size_t checked;                   /* certificates with a fresh CRL */
  int64_t fresh_until;              /* of the CRL that ends first; SZTP_TIME_UNKNOWN if none does */
  char unused[SZTP__SENTENCE_SIZE]; /* why lists of its issuers could not be used; "" if all could */
} sztp__revocation_t;

/* What was found out of one set of anchors, other candidates and CRLs, kept from one path to the next, so
 * that no signature is verified twice. All 0 at first; sztp__path_memory_clear(). */
typedef struct sztp__path_memory {
  uint8_t *links;     /* who issued whom; a row for each of the others, a column per candidate (anchors, then
                         others) */
  uint8_t *crl_links; /* who signed a CRL: a row for each, columns as above */
  int crowded;        /* there were so many possible paths that it was found out for whom the anchors vouch */
} sztp__path_memory_t;

typedef struct sztp__path {
  const sztp__cert_t *anchors;
  size_t anchor_count;
  int anchors_learned;        /* 1: pinned or redirect anchor, D-98's stricter rule */
  const sztp__cert_t *others; /* untrusted candidates for intermediates */
  size_t other_count;
  sztp__clock_t clock;
  int allow_sha1;
  uint32_t leaf_key_usage;      /* if the leaf has the extension, one of these bits must be set; 0: any */
  int32_t leaf_key_usage_error; /* SZTP_ERR_PKIX_KEYUSAGE or a more specific code */
  sztp__span_t purpose;         /* OID that extKeyUsage, if present, must hold (or any); empty: none */
  const sztp__oids_t
      *purposes; /* of these extKeyUsage must hold one; NULL or none: any will do, unless it is
                    critical, which excludes what nobody has a purpose for (RFC 5280 4.2.1.12) */
  const sztp__oids_t
      *policies;   /* for one of these the whole path must be valid; NULL or none: for any or no */
  int common_name; /* 1: the leaf's common name may be taken for a DNS name, and is constrained as one
                      (TLS-11) */
  sztp__revocation_t *revocation; /* NULL: CRLs are not looked at */
  sztp__path_memory_t *memory;    /* NULL: none beyond this path */
} sztp__path_t;

#endif
