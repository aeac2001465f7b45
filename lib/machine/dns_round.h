/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and multicast DNS as sources. */
#ifndef SZTP_MACHINE_DNS_ROUND_H
#define SZTP_MACHINE_DNS_ROUND_H

#include "machine/shared.h"

/* Begins a round of questions if @p source is asked so: takes the other one of the two along if it is next in
 * the order. 1 if it did. */
int sztp__dns_begin(sztp_session_t *s, uint32_t source);
/* What a host gives in reply: a domain, a server as https://host[:port]. As sztp_reply_bytes(). */
int32_t sztp__dns_add_domain(sztp_session_t *s, sztp__span_t domain);
int32_t sztp__dns_add_server(sztp_session_t *s, sztp__span_t uri);
/* A message from DNS, as sztp_reply_answer(). */
int32_t sztp__dns_add_message(sztp_session_t *s, sztp__span_t responder, sztp__span_t message,
                              uint32_t *then);
/* Forgets questions, answers and domains. */
void sztp__dns_clear(sztp_session_t *s);

#endif
