/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence as a TPM would make it, and as none would: by keys of the test PKI in the place of an attestation
 * key (ATT-16), put together octet by octet, so that every part can be another one. All of it lives as long
 * as the program. */
#ifndef SZTP_TESTS_ATTESTED_H
#define SZTP_TESTS_ATTESTED_H

#include <sztp/attest.h>

#include "common/crafted.h"

/* What is different from good evidence of EX4200-17; attested_usual() is good. Keys are NAME.key of the PKI.
 */
typedef struct attested {
  const char *iak;             /* the attestation key */
  const char *iak_serial;      /* in its certificate; NULL: none */
  const char *iak_issuer;      /* who issued it */
  sztp__span_t iak_extensions; /* of its certificate */
  const char *key;             /* the request's */
  const char *serial;          /* in the request; NULL: none */
  uint32_t statements;         /* SZTP_EVIDENCE_* that are there */
  uint32_t statements_twice;   /* the certify statement is there twice */
  sztp__span_t nonce;          /* in both */
  sztp__span_t quote_nonce;    /* in the quote, if not empty */
  uint32_t magic;
  uint32_t certify_type, quote_type;
  const char *certified; /* whose public area it is; NULL: the request's key */
  const char *named;     /* whose name stands in the statement; NULL: the same */
  uint32_t attributes;   /* TPMA_OBJECT */
  uint32_t name_algorithm;
  uint32_t pcrs;       /* bits */
  uint32_t bank;       /* TPM_ALG_ID */
  uint8_t value[24];   /* of PCR n all octets are this */
  sztp__span_t values; /* other ones than those that are quoted, if not empty */
  uint32_t certify_resets, quote_resets;
  const char *certify_signer, *quote_signer; /* NULL: the attestation key */
  uint32_t scheme;                           /* SZTP__SIG_* */
  uint32_t hash;                             /* SZTP__HASH_* */
  sztp__span_t certs;                        /* in the bundle; empty: the attestation key's certificate */
  int without_certs;
} attested_t;

/* The parts, as they stand in the attribute. */
enum {
  ATTESTED_CERTIFY,
  ATTESTED_CERTIFY_SIGNATURE,
  ATTESTED_PUBLIC,
  ATTESTED_QUOTE,
  ATTESTED_QUOTE_SIGNATURE,
  ATTESTED_VALUES,
  ATTESTED_CERTS,
  ATTESTED_PARTS
};

attested_t attested_usual(void);
/* The extensions of a certificate: digitalSignature, and TCG's policy or purpose with the given last number;
 * 0: without. */
sztp__span_t attested_extensions(uint8_t policy, uint8_t purpose);
sztp__span_t attested_nonce(void);
/* The attestation key's certificate. */
sztp__span_t attested_cert(const attested_t *t);
void attested_make(const attested_t *t, sztp__span_t parts[ATTESTED_PARTS]);
/* The request with these parts. */
sztp__span_t attested_request(const attested_t *t, const sztp__span_t parts[ATTESTED_PARTS]);
/* Both in one. */
sztp__span_t attested_csr(const attested_t *t);

#endif
