/* SPDX-License-Identifier: Apache-2.0 */
/* Certification paths by RFC 5280 6, as the PKIX group decides it: from a leaf, over untrusted certificates,
 * to an anchor that may be a root, an intermediate or the leaf itself. */
#ifndef SZTP_CRYPTOGRAPHY_PATH_H
#define SZTP_CRYPTOGRAPHY_PATH_H

#include "cryptography/crl.h"

#define SZTP__PATH_MAX           10  /* certificates in a path, leaf and anchor included (D-97) */
#define SZTP__PATH_VERIFICATIONS 100 /* signature checks in one build (D-97) */

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
  size_t checked;      /* certificates with a fresh CRL */
  int64_t fresh_until; /* of the CRL that ends first; SZTP_TIME_UNKNOWN if none does */
} sztp__revocation_t;

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
  sztp__span_t purpose;         /* OID that extKeyUsage, if present, must hold (or any); empty: not checked */
  sztp__revocation_t *revocation; /* NULL: CRLs are not looked at */
} sztp__path_t;

/* Finds and validates a path. On success chain[0] is the leaf and chain[*chain_len - 1] the anchor (pointers
 * into the caller's arrays). With several possible paths the first that validates wins; if none does, the
 * code and trail are those of the candidate that came furthest (so "expired" is told rather than "no path").
 * A path that holds but for revocation came furthest of all. 0; SZTP_ERR_PKIX_*; SZTP_ERR_CMS_ALG_WEAK or
 * _UNSUPPORTED; SZTP_ERR_CRYPTO; SZTP_ERR_MEMORY. */
int32_t sztp__path_validate(sztp_ctx_t *ctx, const sztp__path_t *p, const sztp__cert_t *leaf,
                            const sztp__cert_t *chain[SZTP__PATH_MAX], size_t *chain_len);

/* Checks one validity period against the clock: 0, SZTP_ERR_PKIX_EXPIRED, SZTP_ERR_PKIX_NOT_YET_VALID. */
int32_t sztp__clock_check(sztp_ctx_t *ctx, const sztp__clock_t *clock, const sztp__cert_t *cert);

#endif
