/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages (RFC 1035 4): the header, the question, and one record after another. */
#ifndef SZTP_DISCOVERY_DNS_MESSAGE_H
#define SZTP_DISCOVERY_DNS_MESSAGE_H

#include "discovery/dns_name.h"

#define SZTP__DNS_CLASS_IN   1
#define SZTP__DNS_TYPE_CNAME 5
#define SZTP__DNS_TOP_BIT                                                                                    \
  0x8000 /* of a class in multicast DNS: cache-flush, unicast-response (RFC 6762 5.4, 10.2) */

enum { /* of the header's second word */
       SZTP__DNS_QR = 0x8000,
       SZTP__DNS_OPCODE = 0x7800,
       SZTP__DNS_TC = 0x0200,
       SZTP__DNS_RD = 0x0100,
       SZTP__DNS_RCODE = 0x000f
};

enum { SZTP__DNS_ANSWER = 0, SZTP__DNS_AUTHORITY = 1, SZTP__DNS_ADDITIONAL = 2, SZTP__DNS_SECTIONS = 3 };

typedef struct sztp__dns_message {
  sztp__span_t octets;
  uint16_t id;
  uint16_t flags;
  size_t questions;
  uint16_t type, class_in;
  size_t left[SZTP__DNS_SECTIONS]; /* records still to be read */
  size_t at;
  sztp__dns_name_t name; /* of the first question, if there is one */
} sztp__dns_message_t;

typedef struct sztp__dns_record {
  int section;
  sztp__dns_name_t owner;
  uint16_t type, class_in;
  uint32_t ttl;
  size_t at; /* of its data in the message */
  size_t len;
} sztp__dns_record_t;

typedef struct sztp__dns_srv {
  uint16_t priority, weight, port;
  sztp__dns_name_t target;
} sztp__dns_srv_t;

/* Reads the header and the questions. 0 or SZTP_ERR_DNS with what is wrong. @p octets must outlive *out. */
int32_t sztp__dns_open(sztp_ctx_t *ctx, sztp__span_t octets, sztp__dns_message_t *out);
/* The next record: 1, 0 at the end, or SZTP_ERR_DNS. The data of the types that are read here (A, AAAA,
 * CNAME, TXT, SRV) is well-formed in every record returned. */
int32_t sztp__dns_next(sztp_ctx_t *ctx, sztp__dns_message_t *m, sztp__dns_record_t *out);
/* Parses the data of a record of that type, which sztp__dns_next() returned. */
void sztp__dns_read_srv(const sztp__dns_message_t *m, const sztp__dns_record_t *r, sztp__dns_srv_t *out);
void sztp__dns_read_cname(const sztp__dns_message_t *m, const sztp__dns_record_t *r, sztp__dns_name_t *out);

#endif
