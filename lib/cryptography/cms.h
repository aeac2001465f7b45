/* SPDX-License-Identifier: Apache-2.0 */
/* Cryptographic Message Syntax (RFC 5652): ContentInfo and SignedData, decoded and verified. DER, and the BER
 * that producers emit (D-77). */
#ifndef SZTP_CRYPTOGRAPHY_CMS_H
#define SZTP_CRYPTOGRAPHY_CMS_H

#include "cryptography/cert.h"

enum { /* content types */
       SZTP__CMS_OTHER = 0,
       SZTP__CMS_DATA,
       SZTP__CMS_SIGNED,
       SZTP__CMS_ENVELOPED,
       SZTP__CMS_AUTH_ENVELOPED,
       SZTP__CMS_VOUCHER_JSON,
       SZTP__CMS_CONVEYED_XML,
       SZTP__CMS_CONVEYED_JSON,
       SZTP__CMS_FIRMWARE
};
#define SZTP__CMS_MAX_CERTS   32
#define SZTP__CMS_MAX_CRLS    16
#define SZTP__CMS_MAX_SIGNERS 8

typedef struct sztp__cms_signer {
  sztp__span_t issuer; /* Name, whole TLV; empty with a key identifier */
  sztp__span_t serial; /* INTEGER contents */
  sztp__span_t key_id; /* subjectKeyIdentifier octets; empty with issuer and serial */
  uint32_t hash;       /* of digestAlgorithm; NONE if unknown */
  sztp__span_t hash_oid;
  sztp__sigalg_t sigalg;     /* hash filled in from digestAlgorithm where it has none */
  sztp__span_t signed_attrs; /* whole [0] TLV, empty if absent */
  sztp__span_t signature;
} sztp__cms_signer_t;

typedef struct sztp__cms {
  sztp__span_t der;  /* the whole; all other spans lie in it */
  uint8_t *from_ber; /* what it is if the input was BER: owned; else NULL */
  uint32_t type;     /* topmost content type */
  sztp__span_t type_oid;
  sztp__span_t body;    /* SIGNED, ENVELOPED, AUTH_ENVELOPED: the SEQUENCE inside [0], whole TLV */
  sztp__span_t content; /* not SIGNED, not ENVELOPED: contents of the OCTET STRING (CONV-04) */
  /* the rest: SIGNED only */
  int32_t version;
  uint32_t etype; /* eContentType */
  sztp__span_t etype_oid;
  int has_econtent;
  sztp__span_t econtent; /* contents of the OCTET STRING */
  /* three lists that are owned, as long as they have to be: a place for each that there may be would be most
   * of this struct, of which a verification holds three */
  sztp__span_t *certs; /* X.509 certificates, whole; others are skipped (CMS-20) */
  size_t cert_count;
  sztp__span_t *crls; /* X.509 CRLs; others are skipped (CMS-22) */
  size_t crl_count;
  sztp__cms_signer_t *signers; /* those of unknown version are left out (CMS-12) */
  size_t signer_count;
  /* the digest of econtent that was asked for last, and its SZTP__HASH_* */
  uint8_t digest[SZTP__HASH_MAX];
  uint32_t digest_hash;
} sztp__cms_t;

/* Decodes an artifact of any of the types above, allocated on ctx; the input is borrowed. An unknown topmost
 * type is SZTP__CMS_OTHER, not an error. BER is made DER first, in a copy, its certificates and CRLs left
 * alone (PKIX-02). For SIGNED the structure is checked whole; ENVELOPED and AUTH_ENVELOPED are DER all the
 * way down, and cms_enveloped.h reads them. SZTP_ERR_CMS_MALFORMED with the DER fault and offset in the
 * trail; SZTP_ERR_LIMIT (CMS-26); SZTP_ERR_MEMORY. */
int32_t sztp__cms_parse(sztp_ctx_t *ctx, sztp__span_t input, sztp__cms_t **out);
void sztp__cms_free(sztp_ctx_t *ctx, sztp__cms_t *cms);

/* Checks attributes that are signed or authenticated: each an OID and a SET, at most 64 of them.
 * SZTP_ERR_DER, SZTP_ERR_LIMIT. */
int32_t sztp__cms_check_attributes(sztp__der_t attrs);
/* Adds checked attributes as a SET OF in DER order, whatever tag they stood under. */
int32_t sztp__cms_sort_attributes(sztp__span_t contents, sztp__buf_t *out);

/* IssuerAndSerialNumber, which names a certificate. */
int32_t sztp__cms_issuer_serial(sztp__der_t *d, sztp__span_t *issuer, sztp__span_t *serial);
/* *names becomes 1 if @p cert is the one named by issuer and serial number or, with an empty issuer, by key
 * identifier. 0; as sztp__cert_has_key_id(). */
int32_t sztp__cms_names(sztp_ctx_t *ctx, sztp__span_t issuer, sztp__span_t serial, sztp__span_t key_id,
                        const sztp__cert_t *cert, int *names);
/* *is becomes 1 if @p cert is the one that the signer names. 0; as sztp__cms_names(). */
int32_t sztp__cms_signer_is(sztp_ctx_t *ctx, const sztp__cms_signer_t *signer, const sztp__cert_t *cert,
                            int *is);

/* Verifies one signer's signature with the key of @p cert: attributes (CMS-07, -08, -15, -17), digest,
 * signature, algorithm policy first (CMS-16); order of attributes as D-80 says. @p attrs_always refuses
 * id-data without attributes (CMS-10). 0; SZTP_ERR_CMS_DETACHED, _SIGNEDATTRS_MISSING, _CONTENTTYPE_MISMATCH,
 * _DIGEST_MISMATCH, _SIGNATURE_INVALID, _ALG_UNSUPPORTED, _ALG_WEAK, _MALFORMED; SZTP_ERR_MEMORY;
 * SZTP_ERR_CRYPTO. */
int32_t sztp__cms_verify(sztp_ctx_t *ctx, sztp__cms_t *cms, size_t signer, const sztp__cert_t *cert,
                         int allow_sha1, int attrs_always);

/* The same of a detached signature, which must be one and has signed attributes always; @p digest is that of
 * the content by the signer's hash, as long as that makes it. */
int32_t sztp__cms_verify_detached(sztp_ctx_t *ctx, sztp__cms_t *cms, size_t signer, const sztp__cert_t *cert,
                                  const uint8_t *digest);

/* "id-signedData", or the dotted form. Returns @p out. */
/* Of algorithm_names.c. */
char *sztp__cms_type_text(char *out, size_t cap, uint32_t type, sztp__span_t oid);

/* The SZTP__CMS_* type of an OID; OTHER if it is none. */
uint32_t sztp__cms_type_of(sztp__span_t oid);

/* OID contents octets of a SZTP__CMS_* type. */
sztp__span_t sztp__cms_type_oid(uint32_t type);

#endif
