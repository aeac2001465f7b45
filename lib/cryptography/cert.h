/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates as RFC 5280 4 has them: decoding only. What to think of one is path.h's business. */
#ifndef SZTP_CRYPTOGRAPHY_CERT_H
#define SZTP_CRYPTOGRAPHY_CERT_H

#include "cryptography/algorithm.h"
#include "cryptography/name.h"

enum { /* bits of sztp__cert_t.key_usage: bit n of the KeyUsage BIT STRING is 1 << n */
       SZTP__KU_DIGITAL_SIGNATURE = 1 << 0,
       SZTP__KU_NON_REPUDIATION = 1 << 1,
       SZTP__KU_KEY_ENCIPHERMENT = 1 << 2,
       SZTP__KU_DATA_ENCIPHERMENT = 1 << 3,
       SZTP__KU_KEY_AGREEMENT = 1 << 4,
       SZTP__KU_KEY_CERT_SIGN = 1 << 5,
       SZTP__KU_CRL_SIGN = 1 << 6
};

/* All spans are borrowed from the DER. Empty spans where an extension is absent. */
typedef struct sztp__cert {
  sztp__span_t der;     /* the whole certificate */
  sztp__span_t tbs;     /* TBSCertificate, whole TLV */
  int32_t version;      /* 1, 2, 3 */
  sztp__span_t serial;  /* INTEGER contents */
  sztp__span_t issuer;  /* Name, whole TLV */
  sztp__span_t subject; /* Name, whole TLV */
  uint8_t self_issued;  /* they are equal names */
  int64_t not_before;
  int64_t not_after;
  sztp__span_t spki; /* SubjectPublicKeyInfo, whole TLV */
  uint8_t has_basic_constraints;
  uint8_t is_ca;
  uint8_t has_key_usage;
  uint8_t has_ext_key_usage;
  uint8_t ext_key_usage_critical;
  int32_t path_len; /* -1: no constraint */
  uint32_t key_usage;
  sztp__span_t ext_key_usage;           /* contents of the SEQUENCE of OIDs */
  sztp__span_t subject_key_id;          /* octets */
  sztp__span_t authority_key_id;        /* the extension's value: DER SEQUENCE, whole TLV (VOUCH-12) */
  sztp__span_t authority_key_id_octets; /* its keyIdentifier, empty if absent */
  sztp__span_t subject_alt_name;        /* contents of the GeneralNames SEQUENCE */
  sztp__span_t name_constraints;        /* contents of the SEQUENCE */
  sztp__span_t distribution_points;     /* of CRLs; contents of the SEQUENCE */
  sztp__span_t policies;                /* contents of the SEQUENCE of PolicyInformation */
  sztp__span_t unknown_qualifier;  /* OID of one of their qualifiers that is not understood, else empty */
  sztp__span_t policy_mappings;    /* contents of the SEQUENCE */
  int32_t require_explicit_policy; /* of policyConstraints; -1: absent */
  int32_t inhibit_policy_mapping;  /* of policyConstraints; -1: absent */
  int32_t inhibit_any_policy;      /* -1: absent */
  sztp__span_t unknown_critical;   /* OID of the first critical extension that is not understood, or of a
                                      qualifier in one, else empty */
  sztp__keyinfo_t key;
  sztp__sigalg_t sigalg;
  sztp__span_t signature;
} sztp__cert_t;

/* A certificate of which nothing was read: zeros, and what is absent is -1. */
void sztp__cert_begin(sztp__cert_t *cert, sztp__span_t der);
/* Enters a Certificate that is all of @p d, up to its TBSCertificate; cert->tbs is set. @p fields goes on
 * behind it. 0 or SZTP_ERR_DER. */
int32_t sztp__cert_enter(sztp__der_t *d, sztp__cert_t *cert, sztp__der_t *fields, sztp__der_t *tbs);

/* Decodes one certificate; @p der must be exactly one. SZTP_ERR_DER with the fault in the trail: version,
 * fields, two different signature algorithms (PKIX-03), repeated extension, broken known extension, trailing
 * octets. */
int32_t sztp__cert_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__cert_t *out);
/* *has becomes 1 if the certificate names @p id as its key: its subjectKeyIdentifier equals, or, where the
 * extension is absent, the SHA-1 of its public key bits does (D-87). 0; a failure of the hash, which is no
 * answer. */
int32_t sztp__cert_has_key_id(sztp_ctx_t *ctx, const sztp__cert_t *cert, sztp__span_t id, int *has);
/* Verifies the certificate's signature with the key in @p spki under the algorithm policy. As
 * sztp__verify_digest, and SZTP_ERR_CMS_ALG_WEAK, SZTP_ERR_CMS_ALG_UNSUPPORTED. */
int32_t sztp__cert_verify(sztp_ctx_t *ctx, const sztp__cert_t *cert, sztp__span_t issuer_spki,
                          int allow_sha1);
/* The same for anything that is signed like a certificate: @p tbs is what was signed, whole TLV. */
int32_t sztp__tbs_verify(sztp_ctx_t *ctx, sztp__span_t tbs, const sztp__sigalg_t *sigalg,
                         sztp__span_t signature, sztp__span_t issuer_spki, int allow_sha1);

#endif
