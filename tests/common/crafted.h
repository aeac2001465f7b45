/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, CRLs and signed data that no tool would make, put together octet by octet and signed with
 * keys of the test PKI. All of it lives as long as the program. */
#ifndef SZTP_TESTS_CRAFTED_H
#define SZTP_TESTS_CRAFTED_H

#include "common/pki.h"

/* A certificate to be made. What is NULL or 0 is as usual: a P-256 key, valid from 2020 to 2098, no
 * extensions. */
typedef struct crafted {
  sztp__span_t subject; /* Name */
  sztp__span_t issuer;  /* Name */
  const char *key;      /* whose key it certifies: NAME.key and NAME.pem of the PKI */
  const char *signer;   /* whose key signs it */
  sztp__span_t spki;    /* another key, that nobody has */
  uint32_t serial;
  sztp__span_t extensions; /* Extension SEQUENCEs, one after another */
} crafted_t;

/* The context in which all is made. */
sztp_ctx_t *crafted_ctx(void);
/* Octets in hexadecimal, with spaces between; two spans, one after another. */
sztp__span_t crafted_hex(const char *hex);
sztp__span_t crafted_joined(sztp__span_t a, sztp__span_t b);
/* One element with @p tag. */
sztp__span_t crafted_tlv(uint8_t tag, sztp__span_t value);
/* A Name of one attribute: 2.5.4.@p type with a string of type @p tag; and of two, in two RDNs. */
sztp__span_t crafted_name(uint8_t type, uint8_t tag, const char *value);
sztp__span_t crafted_names(sztp__span_t first, sztp__span_t second);
/* The subject of a certificate of the PKI. */
sztp__span_t crafted_subject_of(const char *name);
/* An Extension: 2.5.29.@p number with @p value as its contents. */
sztp__span_t crafted_extension(uint8_t number, int critical, sztp__span_t value);
/* What makes a CA: basicConstraints, keyCertSign and cRLSign. */
sztp__span_t crafted_ca(void);

/* The certificate's DER. */
sztp__span_t crafted_cert(const crafted_t *c);
/* A CRL of 2026 to 2098 by @p issuer (Name), signed with the key of @p signer: @p entries and @p extensions
 * one after another, without their SEQUENCEs. */
sztp__span_t crafted_crl(sztp__span_t issuer, const char *signer, sztp__span_t entries,
                         sztp__span_t extensions);
/* An entry of a CRL; @p extensions as above. */
sztp__span_t crafted_entry(sztp__span_t serial, sztp__span_t extensions);
/* SignedData: @p document as content of type SZTP__CMS_* @p type (or none, for a bag), @p certs and @p crls
 * one after another, and @p signers signers with the key of @p key, which name @p cert by issuer and serial
 * number. */
sztp__blob_t crafted_signed(uint32_t type, const char *document, sztp__span_t certs, sztp__span_t crls,
                            const char *key, sztp__span_t cert, size_t signers);

#endif
