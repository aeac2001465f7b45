/* SPDX-License-Identifier: Apache-2.0 */
/* Media types: what a body is, and what a client wants to get (RFC 9110 12.5.1). */
#ifndef SZTP_SERVER_MEDIA_TYPE_H
#define SZTP_SERVER_MEDIA_TYPE_H

#include "http_request.h"

/* ENCODING_* of the Content-Type field; NONE if it is absent or another type (REST-22's spellings are taken).
 */
uint32_t media_type_of_body(const http_request_t *request);
/* 0 to 1000: how much a client wants a type, as "application/xrd+xml". 1000 without Accept field. */
int media_type_quality(const http_request_t *request, const char *type);
/* The best of the bits @p offered that the client takes; @p first wins a draw. NONE if it takes none. */
uint32_t media_type_choose(const http_request_t *request, uint32_t offered, uint32_t first);

#endif
