/* SPDX-License-Identifier: Apache-2.0 */
/* What tests take from the test PKI (environment PKI): files, certificates that are decoded, and signers. A
 * file that is not there, or not what it should be, fails the test. */
#ifndef SZTP_TESTS_PKI_H
#define SZTP_TESTS_PKI_H

#include <sztp/artifacts.h>

#include "cryptography/cert.h"
#include "ground/blob.h"

/* The whole file, freed with free(). */
sztp__blob_t pki_file(const char *name);
/* The DER of the first object of a PEM file, in @p der, which the caller clears. */
sztp__span_t pki_der(sztp_ctx_t *ctx, const char *name, sztp__buf_t *der);
/* The certificate NAME.pem; its octets are in @p der. Returns them. */
sztp__span_t pki_cert(sztp_ctx_t *ctx, const char *name, sztp__buf_t *der, sztp__cert_t *cert);
/* The signer NAME (.pem, .key), with the certificates of the file @p chain besides (or NULL). */
sztp_signer_t *pki_signer(sztp_ctx_t *ctx, const char *name, const char *chain);

/* The first PEM block labelled @p label of any text, in @p der; 0 if there is none, which is no fault. */
int pem_find(sztp_ctx_t *ctx, sztp__span_t text, const char *label, sztp__buf_t *der);

#endif
