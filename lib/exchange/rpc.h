/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a bootstrap server and its replies (REST group): root discovery and get-bootstrapping-data. */
#ifndef SZTP_EXCHANGE_RPC_H
#define SZTP_EXCHANGE_RPC_H

#include "formats/yang_write.h"
#include "trust/bundle.h"

#define SZTP__ROOT_DEFAULT "/restconf"
#define SZTP__OPERATIONS   "/operations/ietf-sztp-bootstrap-server:"
#define SZTP__MEDIA_JSON   "application/yang-data+json"
#define SZTP__MEDIA_XML    "application/yang-data+xml"

/* Reads a host-meta document (XRD or JRD, by its first octet) and gives the path of the restconf link,
 * without trailing slash, in @p root. An absolute link counts only if it is on @p host and @p port (D-44).
 * SZTP_ERR_NOT_FOUND if there is no usable link, whatever the reason; SZTP_ERR_MEMORY. */
int32_t sztp__root_read(sztp_ctx_t *ctx, sztp__span_t document, sztp__span_t host, uint16_t port,
                        sztp__buf_t *root);

/* Writes the input of get-bootstrapping-data. A server that is not trusted learns nothing about the device
 * (REST-13).
 * @p nonce may be {NULL, 0}; @p encoding is SZTP__ENCODING_JSON or _XML; @p more writes further nodes, as
 * other modules have them, and may be NULL. */
int32_t sztp__data_request(const sztp_device_t *dev, int server_trusted, sztp__span_t nonce,
                           uint32_t encoding, sztp__write_more_fn more, const void *user, sztp__buf_t *body);

/* Reads its output, whatever encoding the request had, into @p bundle (artifacts only) and *verbose
 * (reporting-level). SZTP_ERR_SERVER_FAIL if it is empty; SZTP_ERR_MODEL_INVALID if it is not output with
 * conveyed-information, in JSON or XML by its media type or first octet (D-52); SZTP_ERR_LIMIT;
 * SZTP_ERR_MEMORY. */
int32_t sztp__data_reply(sztp_ctx_t *ctx, sztp__span_t body, sztp__span_t content_type, sztp_bundle_t *bundle,
                         int *verbose);

/* The first error-tag and error-message of a RESTCONF errors document, neutralised, for the log; "" if there
 * is none. Returns @p out. */
char *sztp__errors_text(sztp_ctx_t *ctx, sztp__span_t body, char *out, size_t cap);

#endif
