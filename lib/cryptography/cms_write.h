/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the unsigned shapes of CMS: a bare ContentInfo, and the SignedData that only carries certificates.
 */
#ifndef SZTP_CRYPTOGRAPHY_CMS_WRITE_H
#define SZTP_CRYPTOGRAPHY_CMS_WRITE_H

#include "cryptography/cms.h"

/* Adds ContentInfo { @p type (SZTP__CMS_*), [0] OCTET STRING @p content }. */
int32_t sztp__cms_write_content(sztp__buf_t *out, uint32_t type, sztp__span_t content);
/* Adds the degenerate SignedData of RFC 8572 3.2. @p certs and @p crls are DER objects one after another;
 * order is made by the encoding. Without @p crls (length 0) the field is left out. */
int32_t sztp__cms_write_bag(sztp__buf_t *out, sztp__span_t certs, sztp__span_t crls);
/* Opens ContentInfo { id-signedData, [0] SignedData { version, ... up to where digestAlgorithms stand; closed
 * with sztp__cms_close_signed(). */
void sztp__cms_open_signed(sztp__buf_t *out, uint32_t version, size_t marks[3]);
void sztp__cms_close_signed(sztp__buf_t *out, const size_t marks[3]);
/* Adds the IssuerAndSerialNumber of a certificate. */
void sztp__cms_put_issuer_serial(sztp__buf_t *out, const sztp__cert_t *cert);

#endif
