/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in certificate signing requests: the attribute id-aa-attestation
 * (draft-ietf-lamps-csr-attestation), as a server asks with it, its statements nonces, and as a device
 * answers, statements in their place. */
#ifndef SZTP_EXCHANGE_EVIDENCE_H
#define SZTP_EXCHANGE_EVIDENCE_H

#include "ground/buf.h"

#define SZTP__OID_ATTESTATION "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x3b" /* id-aa-attestation */
#define SZTP__OID_CERTIFY     "\x67\x81\x05\x14\x01"                         /* tcg-attest-tpm-certify */
#define SZTP__OID_QUOTE       "\x67\x81\x05\x14\x02"                         /* tcg-attest-tpm-quote */

#define SZTP__EVIDENCE_MAX    8    /* statements of one request */
#define SZTP__EVIDENCE_ROOM   4096 /* octets of a statement */

/* What is asked for. The spans are borrowed from the attributes. */
typedef struct sztp__evidence_wish {
  sztp__span_t attribute; /* whole TLV; {NULL, 0}: nothing is asked for */
  sztp__span_t nonce;
  size_t count;                      /* of statements, in this order: */
  uint8_t kinds[SZTP__EVIDENCE_MAX]; /* SZTP_EVIDENCE_*; 0: one that is not known */
} sztp__evidence_wish_t;

/* Looks through the contents of a CertificationRequestInfo's [0]. An attribute that holds anything but one
 * bundle of OCTET STRINGs asks for nothing (ATT-06). SZTP_ERR_CSR_REFUSED: two such attributes, nonces of
 * another length than 8 to 64 octets or that differ (ATT-05, ATT-07), too many statements. */
int32_t sztp__evidence_find(sztp_ctx_t *ctx, sztp__span_t attributes, sztp__evidence_wish_t *out);
/* 1 if @p der is one AttestationStatement of SZTP_EVIDENCE_* @p kind. */
int sztp__evidence_is(sztp__span_t der, uint32_t kind);
/* Adds the same attributes, whole as [0], with the attribute that asks replaced by one of @p statements and
 * @p certs, both one after another, or left out if there are no statements; in DER's order. */
int32_t sztp__evidence_put(sztp__buf_t *out, sztp__span_t attributes, const sztp__evidence_wish_t *wish,
                           sztp__span_t statements, sztp__span_t certs);

#endif
