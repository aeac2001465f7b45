/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot questions to multicast DNS (RFC 6762 5.1), on all links and in both families at the same time. */
#ifndef SZTP_AGENT_MDNS_H
#define SZTP_AGENT_MDNS_H

#include <stdint.h>
#include <sztp/discovery.h>

#include "config.h"
#include "poll.h"

enum { MDNS_QUESTIONS = 2, MDNS_MESSAGES = 256, MDNS_FROM = 80 };

typedef struct mdns mdns_t;

/* A response to a question. It lives as long as the exchange. */
typedef struct mdns_message {
  char from[MDNS_FROM]; /* "192.0.2.1%eth0" */
  uint8_t *data;
  size_t len;
} mdns_message_t;

/* What happened. */
typedef struct mdns_told {
  unsigned links;   /* that were asked */
  int left_out;     /* 1: there are more links than can be asked */
  unsigned foreign; /* dropped: they did not come from the link (RFC 6762 11) */
  char last_foreign[MDNS_FROM];
} mdns_told_t;

/* A new exchange without questions, on the links that @p only names, or all if it is empty; NULL without
 * memory. Messages are read in @p ctx. Both arguments must outlive it. */
mdns_t *mdns_new(sztp_ctx_t *ctx, const text_list_t *only);
void mdns_free(mdns_t *m);
/* Adds a question, SZTP_DNS_*, before anything is sent. 0, or SZTP_ERR_*. */
int32_t mdns_add(mdns_t *m, uint32_t type, const char *name, size_t len);
/* The place of a question with these octets, from 0; MDNS_QUESTIONS if it is not among them. */
size_t mdns_find(const mdns_t *m, const uint8_t *question, size_t len);

/* Each link is asked as soon as it has an address, again after 1 s, and listened to for 3 s in all (D-25). */
polled_t mdns_polled(mdns_t *m);
/* How long to wait: 200 ms after a question was answered, else until the end; a moment in the past if there
 * was no link to ask on. */
uint64_t mdns_until(const mdns_t *m, size_t place);
/* Closes the sockets. */
void mdns_close(mdns_t *m);

/* 1 if no question is worth waiting for any longer at @p now. */
int mdns_is_over(const mdns_t *m, uint64_t now);
/* 1 if a question has an answer. */
int mdns_has_answer(const mdns_t *m);
/* What the responses to a question contained. It lives as long as the exchange. */
const sztp_dns_t *mdns_lookup(const mdns_t *m, size_t place);
/* The responses in their order, from 0; NULL if there are no more. */
const mdns_message_t *mdns_message(const mdns_t *m, size_t n);
const mdns_told_t *mdns_told(const mdns_t *m);
/* Writes why there is no result: @p last, the reason why the last response was not used, unless it is empty.
 */
void mdns_outcome(const char *last, const mdns_told_t *told, char *out, size_t room);

#endif
