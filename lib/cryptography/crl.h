/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 CRLs as RFC 5280 5 has them: decoding, and what one says of one certificate. Whether it may be
 * believed is path_revocation.c's business. */
#ifndef SZTP_CRYPTOGRAPHY_CRL_H
#define SZTP_CRYPTOGRAPHY_CRL_H

#include "cryptography/cert.h"

enum { /* of CRLReason, those that matter here; -1: the entry has none */
       SZTP__CRL_CERTIFICATE_HOLD = 6,
       SZTP__CRL_REMOVE_FROM_CRL = 8
};

/* All spans are borrowed from the DER. */
typedef struct sztp__crl {
  sztp__span_t der;
  sztp__span_t tbs;
  int32_t version;     /* 1, 2 */
  sztp__span_t issuer; /* Name, whole TLV */
  int64_t this_update;
  int64_t next_update;  /* SZTP_TIME_UNKNOWN if absent */
  sztp__span_t revoked; /* entries, one after another */
  size_t revoked_count;
  sztp__span_t number;             /* INTEGER contents, empty if absent */
  sztp__span_t distribution_point; /* contents of the tag around the name, empty if absent */
  uint8_t only_user_certs;
  uint8_t only_ca_certs;
  uint8_t only_attribute_certs;
  uint8_t only_some_reasons;
  uint8_t is_indirect;
  uint8_t is_delta;
  sztp__span_t unknown_critical; /* OID of the first critical extension, of the CRL or of an entry, that is
                                    not understood, else empty */
  const char *fault; /* what is wrong with it, for people; NULL: nothing. It counts for what it lists alone */
  sztp__sigalg_t sigalg;
  sztp__span_t signature;
} sztp__crl_t;

typedef struct sztp__crl_entry {
  sztp__span_t serial; /* INTEGER contents */
  int64_t date;        /* SZTP_TIME_UNKNOWN if it can't be read */
  int32_t reason;      /* CRLReason, -1 if absent */
  sztp__span_t issuer; /* certificateIssuer, GeneralNames, whole TLV; empty if absent */
} sztp__crl_entry_t;

/* Decodes one CRL; @p der must be exactly one. SZTP_ERR_DER, with the reason in the trail, only if it can't
 * be found out whose list it is and what it lists; all else becomes out->fault. */
int32_t sztp__crl_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__crl_t *out);
/* Decodes @p ders into @p out, leaving out those that are broken (PKIX-02). Returns how many. */
size_t sztp__crls_parse(sztp_ctx_t *ctx, const sztp__span_t *ders, size_t count, sztp__crl_t *out);
/* Takes the next entry off *revoked; 0 at the end. */
int sztp__crl_next(sztp__span_t *revoked, sztp__crl_entry_t *out);
/* 1 and the entry if the CRL, which is by the issuer of @p cert, lists it as revoked: removeFromCRL is none
 * (D-100). Paid for with sztp__work_look(). */
int sztp__crl_lists(sztp_ctx_t *ctx, const sztp__crl_t *crl, const sztp__cert_t *cert,
                    sztp__crl_entry_t *out);
/* "keyCompromise", ... for people; "no reason given" for -1. Static. */
const char *sztp__crl_reason(int32_t reason);
/* NULL if the CRL can prove that @p cert, which its issuer issued, is not revoked, else why not (PKIX-15,
 * PKIX-17).
 * *status is 0 or SZTP_ERR_MEMORY. */
const char *sztp__crl_unusable(sztp_ctx_t *ctx, const sztp__crl_t *crl, const sztp__cert_t *cert,
                               int32_t *status);
/* From when on the CRL proves nothing of what it does not list: nextUpdate, or 24 h after thisUpdate (D-99).
 */
int64_t sztp__crl_end(const sztp__crl_t *crl);
/* 1 if the CRL is fresh at @p now, 300 s of a slow clock allowed for (D-99). */
int sztp__crl_is_fresh(const sztp__crl_t *crl, int64_t now);
/* Verifies its signature with the key in @p spki under the algorithm policy, as sztp__cert_verify(). */
int32_t sztp__crl_verify(sztp_ctx_t *ctx, const sztp__crl_t *crl, sztp__span_t spki, int allow_sha1);

#endif
