/* SPDX-License-Identifier: Apache-2.0 */
/* One exchange with the server of the visit: the request, what its failure means, whose certificates count.
 */
#include "machine/fetch.h"

#include <sztp/session.h>

#include "exchange/rpc.h"
#include "formats/yang.h"
#include "ground/format.h"
#include "ground/printable.h"
#include "machine/event.h"

#define PATH_MAX_OCTETS 1024

static int32_t put_path(sztp_session_t *s, const char *operation) {
  sztp__buf_t path;
  sztp__buf_init(&path, s->ctx, PATH_MAX_OCTETS);
  if (operation == NULL) {
    sztp__buf_add_text(&path, "/.well-known/host-meta");
  } else {
    sztp__buf_add(&path, s->visit.root.data, s->visit.root.len);
    sztp__buf_add_text(&path, SZTP__OPERATIONS);
    sztp__buf_add_text(&path, operation);
  }
  int32_t rc = sztp__action_put_buf(&s->action, SZTP_F_PATH, &path);
  sztp__buf_clear(&path);
  return rc;
}

/* A server that was not authenticated has proven nothing: it gets little time, for all that is asked of it.
 * One that DHCP names and that may be known (D-130) has no more until it has proven itself. */
static uint64_t deadline(const sztp_session_t *s, uint64_t time_ms) {
  uint64_t deadline = s->now + time_ms;
  return s->visit.give_up != 0 && s->visit.give_up < deadline ? s->visit.give_up : deadline;
}

int32_t sztp__fetch(sztp_session_t *s, uint32_t purpose, const char *method, const char *operation,
                    sztp__buf_t *body, uint64_t limit, uint64_t time_ms) {
#if SZTP__XML
  static const char accept_root[] = "Accept: application/xrd+xml, application/jrd+json;q=0.5";
  static const char accept[2][80] = {"Accept: " SZTP__MEDIA_JSON ", " SZTP__MEDIA_XML ";q=0.5",
                                     "Accept: " SZTP__MEDIA_XML ", " SZTP__MEDIA_JSON ";q=0.5"};
#else
  static const char accept_root[] = "Accept: application/jrd+json";
  static const char accept[1][40] = {"Accept: " SZTP__MEDIA_JSON};
#endif
  static const char content_type[2][48] = {"Content-Type: " SZTP__MEDIA_JSON,
                                           "Content-Type: " SZTP__MEDIA_XML};
  sztp_action_t *a = &s->action;
  const sztp__visit_t *v = &s->visit;
  int xml = SZTP__XML && v->encoding == SZTP__ENCODING_XML;
  const sztp__blob_t *address = &v->addresses[v->address_next - 1];
  sztp__action_begin(a, SZTP_ACTION_FETCH);
  sztp__action_put_u64(a, SZTP_F_SOURCE, s->sources.current);
  sztp__action_put_u64(a, SZTP_F_PURPOSE, purpose);
  sztp__action_lend(a, SZTP_F_METHOD, sztp__span_of(method));
  sztp__action_lend(a, SZTP_F_NAME, v->host);
  sztp__action_lend(a, SZTP_F_ADDRESS, sztp__blob_span(address));
  sztp__action_put_u64(a, SZTP_F_PORT, v->port);
  int32_t rc = put_path(s, operation);
  if (rc < 0) return rc;
  sztp__action_lend(a, SZTP_F_HEADER, sztp__span_of(operation == NULL ? accept_root : accept[xml]));
  if (body != NULL) {
    sztp__action_lend(a, SZTP_F_HEADER, sztp__span_of(content_type[xml]));
    rc = sztp__action_put_buf(a, SZTP_F_BODY, body);
    if (rc < 0) return rc;
  }
  sztp__action_put_u64(a, SZTP_F_PROVISIONAL, (uint64_t)v->provisional);
  a->anchors = v->anchors;
  a->anchor_count = v->anchor_count;
  sztp__action_put_u64(a, SZTP_F_VISIT, v->number);
  sztp__action_put_u64(a, SZTP_F_LIMIT, limit);
  sztp__action_put_u64(a, SZTP_F_DEADLINE, deadline(s, time_ms));
  return SZTP_OK;
}

/* Why the transport failed, for the log and the end. */
static void note_failure(sztp_session_t *s) {
  int32_t code = sztp__reply_reason(&s->reply, SZTP_ERR_SERVER_FAIL);
  const char *label = SZTP__WORDS(sztp_error_label(code));
  char why[SZTP__PHRASE_SIZE];
  char host[SZTP__NAME_SIZE];
  char text[SZTP__SENTENCE_SIZE];
  sztp__shown(why, sizeof why, sztp__blob_span(&s->reply.message));
  if (why[0] == '\0')
    (void)sztp__sentence(why, sizeof why, "%s",
                         s->reply.outcome == SZTP_OUTCOME_TIMEOUT ? "no answer in time"
                                                                  : "the exchange failed");
  (void)sztp__sentence(text, sizeof text, "%s: %s", sztp__printable(host, sizeof host, s->visit.host), why);
  if (code == SZTP_ERR_TLS_UNTRUSTED || code == SZTP_ERR_TLS_NAME_MISMATCH)
    s->visit.authentication_failed = 1;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s%s%s", label, label[0] == '\0' ? "" : ": ", text);
  sztp__event(s, SZTP_EVENT_SERVER, code, text);
}

int sztp__fetch_ok(sztp_session_t *s) {
  if (!sztp__reply_ok(s) || !sztp__reply_has(&s->reply, SZTP_F_STATUS)) {
    note_failure(s);
    return 0;
  }
  if (s->visit.provisional) return 1;
  if (s->reply.peer_verified == 1) {
    s->visit.give_up = 0;
    return 1;
  }
  s->visit.authentication_failed = 1;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER,
            "the host did not say that the server was authenticated; its answer is dropped");
  sztp__event(s, SZTP_EVENT_SERVER, SZTP_ERR_TLS_UNTRUSTED, "a server was not authenticated");
  return 0;
}

int sztp__switch_encoding(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  if (!SZTP__XML || (s->reply.status != 415 && s->reply.status != 406) || v->switched) return 0;
  int xml = v->encoding == SZTP__ENCODING_XML;
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SERVER, "the server does not take %s; the same again in %s",
            xml ? "XML" : "JSON", xml ? "JSON" : "XML");
  v->encoding = xml ? SZTP__ENCODING_JSON : SZTP__ENCODING_XML;
  v->switched = 1;
  return 1;
}

int32_t sztp_action_check_server(sztp_session_t *s, const sztp_action_t *a, const uint8_t *chain,
                                 size_t len) {
  if (s == NULL || a != &s->action || chain == NULL || len == 0) return SZTP_ERR_ARG;
  if (sztp__enter(s->ctx) < 0) return SZTP_ERR_REENTRY;
  if (a->kind != SZTP_ACTION_FETCH || a->anchor_count == 0)
    return sztp__fail(s->ctx, SZTP_ERR_SEQUENCE, "server", "this action has no trust anchors");
  if (sztp__is_far(s))
    return s->far->call(
        s, &(sztp__far_call_t){.what = SZTP__FAR_CHECK_SERVER, .bytes = sztp__span(chain, len)}, NULL);
  const sztp__visit_t *v = &s->visit;
  sztp__server_rules_t rules = {.dev = s->dev,
                                .anchors = a->anchors,
                                .anchor_count = a->anchor_count,
                                .anchors_learned = v->learned != NULL,
                                .clock = sztp__device_clock(s->ctx, s->dev, sztp__session_time(s)),
                                .host = v->host};
  if (v->learned != NULL) {
    rules.crls = v->learned->crls;
    rules.crl_count = v->learned->crl_count;
  }
  return sztp__server_check(s->ctx, &rules, sztp__span(chain, len));
}
