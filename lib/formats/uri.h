/* SPDX-License-Identifier: Apache-2.0 */
/* Host names, addresses, and the one URI form that SZTP's options have: https://host[:port] (DHCP-04). */
#ifndef SZTP_FORMATS_URI_H
#define SZTP_FORMATS_URI_H

#include "ground/ctx_private.h"

#define SZTP__HOST_TEXT 256 /* room for a host name, its zone and a NUL */

typedef struct sztp__authority {
  sztp__span_t host; /* borrowed; without brackets */
  uint16_t port;
  uint32_t kind; /* SZTP__HOST_* */
} sztp__authority_t;

enum { SZTP__HOST_NAME = 1, SZTP__HOST_IPV4 = 2, SZTP__HOST_IPV6 = 3 };

/* Parses an entry of a bootstrap-server-list as D-26 decides. 0, or SZTP_ERR_URI with the reason in the
 * trail. */
int32_t sztp__uri_server(sztp_ctx_t *ctx, sztp__span_t uri, sztp__authority_t *out);
/* Classifies an inet:host (DATA-18): address literal (IPv6 may have a zone after '%') or DNS name of at most
 * 253 characters, letters, digits, '-', '_' and dots, labels of 1 to 63. 0 (kind in *kind) or SZTP_ERR_URI.
 */
int32_t sztp__host_kind(sztp_ctx_t *ctx, sztp__span_t host, uint32_t *kind);
/* Octets of an address literal, zone ignored: 4 or 16. 0 or SZTP_ERR_URI; no trail. */
int32_t sztp__host_octets(sztp__span_t host, uint8_t out[16], size_t *len);
/* 1 if two names are the same server name: ASCII case and one trailing dot ignored. */
int sztp__host_equal(sztp__span_t a, sztp__span_t b);

#endif
