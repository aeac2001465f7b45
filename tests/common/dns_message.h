/* SPDX-License-Identifier: Apache-2.0 */
/* Makes DNS messages for tests, right or wrong: octets are added one after another, counts are kept. */
#ifndef SZTP_TESTS_DNS_MESSAGE_H
#define SZTP_TESTS_DNS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum { DNS_ANSWER = 0, DNS_AUTHORITY = 1, DNS_ADDITIONAL = 2 };
enum { DNS_CNAME = 5, DNS_IN = 1, DNS_IN_FLUSH = 0x8001 };
enum { DNS_RESPONSE = 0x8400, DNS_TRUNCATED = 0x0200 };

typedef struct dns_message {
  uint8_t data[70000];
  size_t len;
} dns_message_t;

/* An empty message. */
void dns_begin(dns_message_t *m, unsigned id, unsigned flags);
void dns_octets(dns_message_t *m, const void *data, size_t len);
void dns_word(dns_message_t *m, unsigned value);
/* A name: labels between dots; a backslash takes the meaning off the dot behind it. "" is the root. */
void dns_name(dns_message_t *m, const char *name);
/* A pointer. */
void dns_pointer(dns_message_t *m, size_t to);
void dns_question(dns_message_t *m, const char *name, unsigned type, unsigned class_in);
/* The start of a record up to its data, whose length is put right by dns_end(). The first one leaves the
 * owner to the caller, who has written it. */
size_t dns_start_unnamed(dns_message_t *m, int section, unsigned type, unsigned class_in, uint32_t ttl);
size_t dns_start(dns_message_t *m, int section, const char *name, unsigned type, unsigned class_in,
                 uint32_t ttl);
void dns_end(dns_message_t *m, size_t start);
/* Whole records of class IN with a TTL of 120. A TXT record of "key=value" has strings of @p chunk octets at
 * most. */
void dns_txt(dns_message_t *m, const char *name, const char *key, const void *value, size_t len,
             size_t chunk);
void dns_srv(dns_message_t *m, const char *name, unsigned priority, unsigned weight, unsigned port,
             const char *target);
void dns_cname(dns_message_t *m, const char *name, const char *target);
/* @p octets has 4 or 16 octets: an A or AAAA record. */
void dns_address(dns_message_t *m, int section, const char *name, const void *octets, size_t len);
/* The answer to a question as it was asked: same identifier, flags and question. */
void dns_reply(dns_message_t *m, const uint8_t *question, size_t len, unsigned flags);

#endif
