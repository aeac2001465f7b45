/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in the certificate signing request of a visit: asked of the owner of keys, one statement after
 * another. It is in the request alone: nothing of it is logged, told or kept (ATT-12). */
#ifndef SZTP_MACHINE_EVIDENCE_H
#define SZTP_MACHINE_EVIDENCE_H

#include "machine/csr.h"

/* Of the step SZTP__CSR_ATTEST: asks for the next statement, about the key that @p request says, or goes on
 * to SZTP__CSR_SIGN; and hears one. */
int32_t sztp__evidence_ask(sztp_session_t *s, sztp_key_request_t *request);
int32_t sztp__evidence_hear(sztp_session_t *s);
/* Adds [0] of the request: the attributes that the server wants, with the evidence that there is. */
int32_t sztp__evidence_write(sztp_session_t *s, sztp__span_t attributes, sztp__buf_t *out);
/* Tells what evidence is in the request, if any. */
void sztp__evidence_tell(sztp_session_t *s);

#endif
