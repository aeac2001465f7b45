/* SPDX-License-Identifier: Apache-2.0 */
/* Where a boot image is: the parts of its URI. */
#ifndef SZTP_HTTPS_IMAGE_URI_H
#define SZTP_HTTPS_IMAGE_URI_H

#include "formats/uri.h"

typedef struct sztp__image_uri {
  int secure;                 /* https, else http */
  char host[SZTP__HOST_TEXT]; /* without brackets; the zone of an IPv6 address after a plain '%' */
  uint16_t port;
  sztp__span_t path; /* with query, without fragment; empty stands for "/" */
} sztp__image_uri_t;

/* Reads an http or https URI (RFC 3986). NULL, or what is wrong with it, static. */
const char *sztp__image_uri(sztp__span_t uri, sztp__image_uri_t *out);

#endif
