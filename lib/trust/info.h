/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded information about bootstrap servers and onboarding, behind the getters of verify.h. */
#ifndef SZTP_TRUST_INFO_H
#define SZTP_TRUST_INFO_H

#include <sztp/verify.h>

#include "trust/device_private.h"

#define SZTP__INFO_FIELDS 25 /* SZTP_INFO_* are below */

typedef struct sztp__info_server {
  uint8_t *host; /* followed by a NUL */
  size_t host_len;
  uint16_t port;
  uint8_t *anchor; /* CMS; NULL if absent or unreadable */
  size_t anchor_len;
  int anchor_unreadable; /* given, but not base64 or too large: the entry can't be used (REDIR-10) */
  uint8_t *hints;        /* addresses that came along (DNS-19), separated by spaces; NULL if there are none */
  size_t hints_len;
} sztp__info_server_t;

struct sztp_info {
  sztp_ctx_t *ctx;
  uint32_t kind;     /* SZTP_INFO_* */
  int has_image;     /* a boot-image node is there */
  unsigned warnings; /* parsing warnings met */
  sztp__info_server_t *servers;
  size_t server_count;
  sztp__blob_t *uris;
  size_t uri_count;
  uint64_t handling;                   /* SZTP_CONFIG_*, 0 if absent */
  sztp__blob_t one[SZTP__INFO_FIELDS]; /* single byte fields */
};

int32_t sztp__info_new(sztp_ctx_t *ctx, uint32_t kind, sztp_info_t **out);
/* Adds a server without anchor. */
int32_t sztp__info_add_server(sztp_info_t *info, sztp__span_t host, uint16_t port);
/* 1 if there is a server of that name (compared without case) and port. */
int sztp__info_has_server(const sztp_info_t *info, sztp__span_t host, uint16_t port);

#endif
