/* SPDX-License-Identifier: Apache-2.0 */
/* The device's own certificates, read with leniency: they were made long ago, by others, and nobody here
 * relies on them. They are shown to servers, who judge them, and say which key and which issuer is meant. */
#ifndef SZTP_CRYPTOGRAPHY_OWN_CERT_H
#define SZTP_CRYPTOGRAPHY_OWN_CERT_H

#include "cryptography/cert.h"

/* As sztp__cert_parse(), but of a certificate that is not DER in every detail (a BOOLEAN of 0x01, times
 * without seconds, an extension that is broken or appears twice) what names it and its key is read all
 * the same: serial number, issuer, subject, public key and the key identifiers; the other fields are as those
 * of a certificate without extensions, its validity is 0 to 0. The log tells what is wrong with it. For
 * certificates that nothing is concluded from. */
int32_t sztp__own_cert_parse(sztp_ctx_t *ctx, sztp__span_t der, sztp__cert_t *out);
/* Only what names a certificate that sztp__cert_parse() refuses, the same way. 0, or SZTP_ERR_DER without a
 * trail. */
int32_t sztp__cert_names(sztp__span_t der, sztp__cert_t *out);

#endif
