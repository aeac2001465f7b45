/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts for the mock host: really signed and encrypted by the test PKI, around any document. All are kept
 * until the program ends. */
#ifndef SZTP_TESTS_ARTIFACT_H
#define SZTP_TESTS_ARTIFACT_H

#include "common/pki.h"

#define MOCK_SERIAL "EX4200-17" /* of the mock host's device */

/* The context in which they are made, which lives as long as the program. */
sztp_ctx_t *artifact_ctx(void);

/* Artifacts of a usual owner, made once per program: signed by "owner", pinned to "owner-root". */
typedef struct owner_artifacts {
  sztp__blob_t voucher, owner_cert;
} owner_artifacts_t;
const owner_artifacts_t *owner_artifacts(void);

/* A conveyed-information artifact around any document; @p signer is a name of the test PKI or NULL for
 * unsigned. */
sztp__blob_t artifact_conveyed(const char *document, const char *signer);
/* The same with a content type of SZTP__CMS_*; else it is the one of the document's encoding. */
sztp__blob_t artifact_conveyed_as(const char *document, const char *signer, uint32_t type);
/* The same with indefinite length outside, which makes it BER. */
sztp__blob_t artifact_in_ber(sztp__blob_t der);
/* A redirect document; @p anchor is a name of the test PKI whose certificate is the trust-anchor, with
 * "+NAME" behind it if that CRL goes along, and "ber:" before it for BER; or NULL. */
const char *artifact_redirect(const char *host, uint16_t port, const char *anchor);
/* The artifact encrypted to a certificate of the test PKI. */
sztp__blob_t artifact_encrypt(sztp__blob_t artifact, const char *recipient);
#endif
