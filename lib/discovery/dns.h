/* SPDX-License-Identifier: Apache-2.0 */
/* A question to DNS, and what the messages that answer it contained. */
#ifndef SZTP_DISCOVERY_DNS_H
#define SZTP_DISCOVERY_DNS_H

#include <sztp/discovery.h>

#include "discovery/dns_message.h"
#include "trust/device_private.h"

#define SZTP__DNS_ADDRESSES  32 /* that are kept of one name */
#define SZTP__DNS_RESPONDERS 96 /* that are kept of a question */

typedef struct sztp__dns_addresses {
  sztp__blob_t *v; /* text */
  size_t n;
} sztp__dns_addresses_t;

typedef struct sztp__dns_server {
  uint16_t priority, weight, port;
  sztp__blob_t host; /* text, without a final dot */
  sztp__dns_addresses_t addresses;
} sztp__dns_server_t;

/* What one responder said. */
typedef struct sztp__dns_answer {
  sztp__blob_t responder;
  sztp__blob_t artifacts[3]; /* ci, oc, ov */
  int32_t fault;             /* SZTP_ERR_*: these artifacts can't be used, and why */
  const char *fault_key, *fault_why;
  sztp__dns_server_t *servers;
  size_t server_count;
  int absent; /* a target is the root: there is no such service (RFC 2782) */
  sztp__dns_addresses_t addresses;
} sztp__dns_answer_t;

struct sztp_dns {
  sztp_ctx_t *ctx;
  uint32_t type;
  int multicast;
  uint16_t id;
  sztp__dns_answer_t *answers;
  size_t answer_count;
  uint32_t passed_over; /* messages of others, after there were too many responders */
  int answered;         /* by unicast */
  unsigned skipped;     /* SRV records, as far as they are logged */
  sztp__dns_name_t name;
};

/* Makes a question of a name in wire form. */
int32_t sztp__dns_new(sztp_ctx_t *ctx, uint32_t type, uint32_t how, const sztp__dns_name_t *name, uint16_t id,
                      sztp_dns_t **out);
/* The names that are asked for, with @p serial one label (SZTP_ERR_LIMIT if it can't be one; D-16); NULL for
 * SRV. */
int32_t sztp__dns_owner(sztp_ctx_t *ctx, const char *serial, sztp__span_t domain, sztp__dns_name_t *out);

/* Takes what answers the question from a message that was checked: dns_records.c. 0, SZTP_PENDING,
 * SZTP_ERR_NOT_FOUND, SZTP_ERR_DNS, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY as sztp_dns_add(). */
int32_t sztp__dns_take(sztp_dns_t *q, sztp__span_t responder, const sztp__dns_message_t *m);
void sztp__dns_answer_free(sztp_ctx_t *ctx, sztp__dns_answer_t *a);

/* Writes the order in which servers are to be tried (RFC 2782), as indices into @p servers: dns_order.c. 0,
 * SZTP_ERR_RANDOM. */
#define SZTP__DNS_SERVERS 64 /* as of DHCP (DHCP-18) */
int32_t sztp__dns_order(sztp_ctx_t *ctx, const sztp__dns_server_t *servers, size_t count, size_t *order);

#endif
