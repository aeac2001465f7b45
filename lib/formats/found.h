/* SPDX-License-Identifier: Apache-2.0 */
/* What octets are that should have been something else, in words for people. */
#ifndef SZTP_FORMATS_FOUND_H
#define SZTP_FORMATS_FOUND_H

#include "ground/span.h"

/* "a mail (S/MIME)", "JSON", "an HTML page", "PKCS #12", ...; NULL if nothing is recognised. A look at the
 * first few octets, for messages: nothing is proven by it. */
const char *sztp__found(sztp__span_t data);
/* The same, but NULL for what is CMS in DER or may be. */
const char *sztp__found_not_cms(sztp__span_t data);

#endif
