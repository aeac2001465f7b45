/* SPDX-License-Identifier: Apache-2.0 */
/* What octets are that should have been something else, in words for people. */
#ifndef SZTP_FORMATS_FOUND_H
#define SZTP_FORMATS_FOUND_H

#include "ground/span.h"

/* Words that are asked for. */
#define SZTP__FOUND_PEM           "PEM"
#define SZTP__FOUND_BASE64        "base64"
#define SZTP__FOUND_HTML          "an HTML page"
#define SZTP__FOUND_CERTIFICATE   "a certificate"
#define SZTP__FOUND_ENCRYPTED_KEY "an encrypted private key (PKCS #8)"
#define SZTP__FOUND_PKCS12        "PKCS #12"
#define SZTP__FOUND_CSR           "a certificate request (CSR)"
#define SZTP__FOUND_PUBLIC_KEY    "a public key"

/* "a mail (S/MIME)", "JSON", "an HTML page", "PKCS #12", ...; NULL if nothing is recognised. A look at the
 * first few octets, for messages: nothing is proven by it. */
const char *sztp__found(sztp__span_t data);
/* The same, but NULL for what is CMS in DER or may be. */
const char *sztp__found_not_cms(sztp__span_t data);

#endif
