/* SPDX-License-Identifier: Apache-2.0 */
/* A build without DNS (make DNS=0): the sources DNS and multicast DNS are passed over (sources.c), so that no
 * round ever begins. */
#include "machine/dns_round.h"
#include "machine/states.h"

int sztp__dns_begin(sztp_session_t *s, uint32_t source) {
  (void)s;
  (void)source;
  return 0;
}

int32_t sztp__dns_add_domain(sztp_session_t *s, sztp__span_t domain) {
  (void)s;
  (void)domain;
  return SZTP_ERR_UNSUPPORTED;
}

int32_t sztp__dns_add_server(sztp_session_t *s, sztp__span_t uri) {
  (void)s;
  (void)uri;
  return SZTP_ERR_UNSUPPORTED;
}

int32_t sztp__dns_add_message(sztp_session_t *s, sztp__span_t responder, sztp__span_t message,
                              uint32_t *then) {
  (void)s;
  (void)responder;
  (void)message;
  (void)then;
  return SZTP_ERR_UNSUPPORTED;
}

void sztp__dns_clear(sztp_session_t *s) { (void)s; }

int32_t sztp__dns_question_ask(sztp_session_t *s) { return sztp__dns_question_hear(s); }
int32_t sztp__dns_question_hear(sztp_session_t *s) {
  return sztp__fail(s->ctx, SZTP_ERR_UNSUPPORTED, "dns",
                    "this library was built without DNS (SZTP_FEATURE_DNS)");
}
int32_t sztp__dns_domains_ask(sztp_session_t *s) { return sztp__dns_question_hear(s); }
int32_t sztp__dns_domains_hear(sztp_session_t *s) { return sztp__dns_question_hear(s); }
/* Where the servers of every source lead to, once there is none any more. */
int32_t sztp__dns_answer_ask(sztp_session_t *s) {
  sztp__goto(s, SZTP__ST_SOURCE);
  return SZTP_OK;
}
void sztp__dns_answer_skip(sztp_session_t *s) { (void)s; }
