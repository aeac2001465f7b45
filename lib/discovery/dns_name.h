/* SPDX-License-Identifier: Apache-2.0 */
/* Domain names (RFC 1035 3.1, 4.1.4): in messages, as octets, and as text. */
#ifndef SZTP_DISCOVERY_DNS_NAME_H
#define SZTP_DISCOVERY_DNS_NAME_H

#include "ground/ctx_private.h"

#define SZTP__DNS_LABEL_MAX 63
#define SZTP__DNS_NAME_MAX  255

/* Labels preceded by their lengths, the root's last: no compression. */
typedef struct sztp__dns_name {
  uint8_t wire[SZTP__DNS_NAME_MAX];
  size_t len; /* 1 is the root */
} sztp__dns_name_t;

/* Makes the root. */
void sztp__dns_name_init(sztp__dns_name_t *name);
/* Appends a label of any octets. 0 or SZTP_ERR_LIMIT. */
int32_t sztp__dns_name_add(sztp_ctx_t *ctx, sztp__dns_name_t *name, sztp__span_t label);
/* Reads text and adds its labels: dots between labels, optionally one more at the end, and the escapes of RFC
 * 1035 5.1: a backslash before a character, or before three decimal digits. 0, SZTP_ERR_TEXT, SZTP_ERR_LIMIT.
 */
int32_t sztp__dns_name_add_text(sztp_ctx_t *ctx, sztp__dns_name_t *name, sztp__span_t text);
/* Writes the name as such text, absolute (with a final dot) and followed by a NUL. Returns its
 * length. */
size_t sztp__dns_name_text(const sztp__dns_name_t *name, char out[/* SZTP_DNS_TEXT_MAX */]);
/* 1 if equal; the case of ASCII letters does not matter. */
int sztp__dns_name_equal(const sztp__dns_name_t *a, const sztp__dns_name_t *b);
/* 1 if the last label is "local", which is multicast DNS's (RFC 6762 3). */
int sztp__dns_name_is_local(const sztp__dns_name_t *name);

/* Reads the name at @p *at of a message and moves *at past it. NULL, or what is wrong with it. A
 * compression pointer leads towards the message's start from each part of a name to the next, so that there
 * are no loops (DNS-31). */
const char *sztp__dns_name_read(sztp__span_t message, size_t *at, sztp__dns_name_t *out);

#endif
