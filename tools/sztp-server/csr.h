/* SPDX-License-Identifier: Apache-2.0 */
/* The server's side of RFC 9646: what a device that offers requests is asked for, what its request is worth,
 * and the certificate that is issued for it. */
#ifndef SZTP_SERVER_CSR_H
#define SZTP_SERVER_CSR_H

#include "maker.h"
#include "rpc.h"

/* Where a configuration or script wants the certificate, base64 of DER. */
#define CSR_PLACE "@LDEVID-CERT@"

/* What there is to do for a device. */
enum { CSR_REFUSED = -1, CSR_NOT_WANTED = 0, CSR_ISSUED = 1, CSR_ASK = 2 };

/* The device has shown the certificate @p identity (DER) in TLS. With CSR_ASK the problem is what to answer,
 * with its csr-request; with CSR_ISSUED the certificate is in
 * @p certificate. */
int csr_handle(maker_t *m, const char *serial, sztp__span_t identity, const data_input_t *input,
               artifact_t *certificate, problem_t *p);
/* Opens the CA that the setting names, which is no program. 0, or -1 with the problem. */
int csr_open_ca(const maker_t *m, const device_setting_t *d, sztp_signer_t **ca, problem_t *p);
/* Puts the certificate, which may be absent, where @p text wants it; 1 if it wants it. -1 without memory. */
int csr_place(sztp_ctx_t *ctx, const artifact_t *certificate, artifact_t *text);

#endif
