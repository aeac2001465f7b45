/* SPDX-License-Identifier: Apache-2.0 */
/* Conveyed information from plain documents, redirect.json and onboarding.json, and the redirect to this
 * server. */
#ifndef SZTP_SERVER_DOCUMENT_H
#define SZTP_SERVER_DOCUMENT_H

#include "maker.h"

/* From the document FOLDER/NAME, of SZTP_INFO_* @p kind; unsigned with @p signer NULL. @p host is the Host
 * field of the request: images named by "image-file" are offered there. */
int document_make(maker_t *m, const char *folder, const char *name, uint32_t kind, const char *host,
                  const artifact_t *certificate, const sztp_signer_t *signer, artifact_t *out, problem_t *p);
/* Redirect information that leads back to this server and carries its trust anchor (RFC 8572 appendix B). */
int document_promotion(maker_t *m, const char *host, const sztp_signer_t *signer, artifact_t *out,
                       problem_t *p);

#endif
