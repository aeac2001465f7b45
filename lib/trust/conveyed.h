/* SPDX-License-Identifier: Apache-2.0 */
/* The document of conveyed information (RFC 8572 6): what kind it is, and its decoding. */
#ifndef SZTP_TRUST_CONVEYED_H
#define SZTP_TRUST_CONVEYED_H

#include "formats/yang.h"
#include "trust/info.h"

/* Opens the document: checks its encoding against the one declared by its content type (CONV-02, CONV-03),
 * parses it and looks at the top-level node only. @p document must outlive *doc, which is closed with
 * sztp__yang_close(); that does no harm after a failure. *kind is SZTP_INFO_*; 0 with SZTP_OK never happens.
 * SZTP_ERR_ENCODING_UNKNOWN, SZTP_ERR_ENCODING_MISMATCH, SZTP_ERR_MODEL_INVALID,
 * SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__conveyed_open(sztp_ctx_t *ctx, sztp__span_t document, uint32_t declared, sztp__yang_t *doc,
                            uint32_t *kind);
/* Decodes the rest. Without @p trusted the anchors of redirect information are not even looked at (D-129).
 * Whole or not at all: SZTP_ERR_MODEL_INVALID with the node's name, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY. */
int32_t sztp__conveyed_read(const sztp__yang_t *doc, uint32_t kind, int trusted, sztp_info_t **out);

#endif
