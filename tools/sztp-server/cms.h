/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside an artifact (CMS), as far as the server has to know. Nothing is verified. */
#ifndef SZTP_SERVER_CMS_H
#define SZTP_SERVER_CMS_H

#include <stddef.h>
#include <stdint.h>

enum { CMS_NONE = 0, CMS_SIGNED = 1, CMS_ENCRYPTED = 2, CMS_PLAIN = 3 };

/* The content type of a ContentInfo: CMS_*; NONE if it is not a ContentInfo. */
uint32_t cms_type(const uint8_t *cms, size_t len);
/* The certificates inside a CMS SignedData, one DER after another, borrowed. 0, or -1 if it is not
 * SignedData. */
int cms_certificates(const uint8_t *cms, size_t len, const uint8_t **certs, size_t *certs_len);
/* The content inside a CMS SignedData, likewise. */
int cms_content(const uint8_t *cms, size_t len, const uint8_t **content, size_t *content_len);

#endif
