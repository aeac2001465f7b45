/* SPDX-License-Identifier: Apache-2.0 */
/* What the server of an image is asked. */
#ifndef SZTP_HTTPS_IMAGE_REQUEST_H
#define SZTP_HTTPS_IMAGE_REQUEST_H

#include "https/image_uri.h"

/* The octets of a request. */
typedef struct sztp__image_request {
  uint8_t *data;
  size_t len;
} sztp__image_request_t;

/* What of an image is wanted. */
typedef struct sztp__image_rest {
  uint64_t from;         /* octets before this one are there, */
  const char *validator; /* of the image that this tells */
} sztp__image_rest_t;

/* Writes the request for what stands at the URI with @p suffix behind its path, before the query: for all of
 * it, or the @p rest of it unless that is NULL. What @p out had is freed. 0, SZTP_ERR_MEMORY, SZTP_ERR_ARG.
 */
int32_t sztp__image_request(const sztp__image_uri_t *uri, const char *suffix, const sztp__image_rest_t *rest,
                            sztp__image_request_t *out);
void sztp__image_request_free(sztp__image_request_t *r);

#endif
