/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and multicast DNS as sources (RFC 8572 4.2).
 *
 * Where the two stand next to each other in the order of sources they are one source, as in the RFC, and a
 * round of four phases: TXT records of the device's own name by multicast, the same in each domain, then SRV
 * records by multicast and in each domain (DNS-01, D-17). Where they don't, each has a round of its own
 * phases.
 *
 * A question is an ASK with the octets to send. The messages that come back are read as the host gives them
 * (sztp__dns_add_message), so that it learns when it has waited long enough. What each responder said is then
 * looked at by itself, in DNS_ANSWER: artifacts are judged, servers are asked. Whatever does not end in a
 * bootstrap leads to the next answer, then to the next question, then to the next source (DNS-02, DNS-11). A
 * phase and a place in the list of domains say how far the round is; they move on only when a question has
 * been asked. */
#include "machine/dns_round.h"

#include <limits.h>

#include "formats/uri.h"
#include "ground/format.h"
#include "ground/printable.h"
#include "machine/answers.h"
#include "machine/budget.h"
#include "machine/event.h"
#include "machine/redirect.h"
#include "machine/tried.h"
#include "trust/info.h"

enum { TXT_MULTICAST, TXT_UNICAST, SRV_MULTICAST, SRV_UNICAST, PHASES };

static uint32_t source_of(unsigned phase) {
  return phase == TXT_MULTICAST || phase == SRV_MULTICAST ? SZTP_SOURCE_MDNS : SZTP_SOURCE_DNS;
}

static uint32_t type_of(unsigned phase) { return phase <= TXT_UNICAST ? SZTP_DNS_TXT : SZTP_DNS_SRV; }

static uint32_t bit(uint32_t source) { return (uint32_t)1 << source; }

/* What is asked, for people. */
static const char *label(const sztp_session_t *s, char *out, size_t cap) {
  char domain[SZTP__NAME_SIZE];
  if (s->sources.current == SZTP_SOURCE_MDNS)
    (void)sztp__sentence(out, cap, "multicast DNS");
  else
    (void)sztp__sentence(out, cap, "DNS %s", sztp__printable(domain, sizeof domain, s->dns.domain));
  return out;
}

static void forget_question(sztp_session_t *s) {
  sztp_dns_free(s->dns.question);
  s->dns.question = NULL;
  s->dns.answer_next = 0;
  s->dns.dropped = 0;
  s->dns.why[0] = '\0';
  s->budget.most = UINT_MAX;
}

void sztp__dns_clear(sztp_session_t *s) {
  forget_question(s);
  for (size_t i = 0; i < s->dns.domain_count; i++) sztp__blob_free(s->ctx, &s->dns.domains[i]);
  s->dns.domain_count = 0;
  s->dns.domain = sztp__span(NULL, 0);
  s->dns.sources = 0;
}

/* ---- the round ----------------------------------------------------------------------------------- */

/* DNS-04, DNS-33: whether questions may hold the serial number, and can. Where not, the phases with it are
 * left out. */
static int may_name_device(sztp_session_t *s) {
  size_t len = strlen(sztp__device_serial(s->dev));
  if (sztp__policy(s->dev, SZTP_POLICY_NO_DNS_SERIAL)) {
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE,
              "DNS: no question with the serial number, as policy has it");
    return 0;
  }
  if (len > 0 && len <= SZTP__DNS_LABEL_MAX) return 1;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE,
            "DNS: no question with the serial number: it has %zu octets, 1 to %d can be a label", len,
            SZTP__DNS_LABEL_MAX);
  return 0;
}

int sztp__dns_begin(sztp_session_t *s, uint32_t source) {
  if (source != SZTP_SOURCE_MDNS && source != SZTP_SOURCE_DNS) return 0;
  uint32_t other = source == SZTP_SOURCE_MDNS ? SZTP_SOURCE_DNS : SZTP_SOURCE_MDNS;
  sztp__dns_clear(s);
  s->dns.sources = bit(source);
  if (s->sources.next < s->sources.count && s->sources.list[s->sources.next] == other) {
    s->dns.sources |= bit(other);
    s->sources.next++;
  }
  s->dns.phase = may_name_device(s) ? TXT_MULTICAST : SRV_MULTICAST;
  s->dns.domain_next = 0;
  s->dns.domains_asked = 0;
  s->dns.gave = 0;
  return 1;
}

/* The n-th name to ask in: 1, or 0 if there are no more. The device's own domains count before what the host
 * says. */
static int nth_domain(const sztp_session_t *s, size_t n, sztp__span_t *out) {
  if (source_of(s->dns.phase) == SZTP_SOURCE_MDNS) {
    *out = sztp__span_of("local");
    return n == 0;
  }
  if (s->dev->domain_count > 0) {
    if (n < s->dev->domain_count) *out = sztp__span_of(s->dev->domains[n]);
    return n < s->dev->domain_count;
  }
  if (n < s->dns.domain_count) *out = sztp__blob_span(&s->dns.domains[n]);
  return n < s->dns.domain_count;
}

/* ---- questions ----------------------------------------------------------------------------------- */

/* DNS-03 to -05, DNS-23, DNS-24. SZTP_ERR_LIMIT if the domain is too long to be asked in. */
static int32_t make_question(sztp_session_t *s) {
  uint32_t type = type_of(s->dns.phase);
  uint32_t how = s->sources.current == SZTP_SOURCE_MDNS ? SZTP_DNS_MULTICAST : SZTP_DNS_UNICAST;
  const char *serial = type == SZTP_DNS_TXT ? sztp__device_serial(s->dev) : NULL;
  sztp__dns_name_t name;
  uint8_t id[2] = {0, 0};
  int32_t rc = sztp__dns_owner(s->ctx, serial, s->dns.domain, &name);
  if (rc == SZTP_OK && how == SZTP_DNS_UNICAST) rc = sztp__random(s->ctx, id, sizeof id);
  if (rc < 0) return rc;
  forget_question(s);
  return sztp__dns_new(s->ctx, type, how, &name, (uint16_t)(id[0] << 8 | id[1]), &s->dns.question);
}

static int32_t put_question(sztp_session_t *s) {
  char text[SZTP_DNS_TEXT_MAX];
  uint8_t octets[SZTP_DNS_QUESTION_MAX];
  size_t len = 0;
  int32_t rc = sztp_dns_question(s->dns.question, 1, octets, sizeof octets, &len);
  if (rc < 0) return rc;
  sztp__action_begin(&s->action, SZTP_ACTION_ASK);
  sztp__action_put_u64(&s->action, SZTP_F_SOURCE, s->sources.current);
  sztp__action_put_u64(&s->action, SZTP_F_TYPE, s->dns.question->type);
  rc = sztp__action_put_copy(&s->action, SZTP_F_NAME,
                             sztp__span(text, sztp__dns_name_text(&s->dns.question->name, text)));
  if (rc == SZTP_OK) rc = sztp__action_put_copy(&s->action, SZTP_F_DATA, sztp__span(octets, len));
  return rc;
}

/* A domain in which nothing can be asked is passed over; 1 if this is one. */
static int pass_over(sztp_session_t *s, int32_t rc) {
  char what[SZTP__PHRASE_SIZE];
  if (rc == SZTP_ERR_LIMIT || rc == SZTP_ERR_TEXT) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: not asked: %s", label(s, what, sizeof what),
              sztp__trail_detail(s->ctx));
    return 1;
  }
  if (rc == SZTP_OK && s->sources.current == SZTP_SOURCE_DNS &&
      sztp__dns_name_is_local(&s->dns.question->name)) {
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE,
              "%s: not asked: the domain is multicast DNS's (RFC 6762 3)", label(s, what, sizeof what));
    return 1;
  }
  return 0;
}

/* The next question of the phase. 1 if there is none; else 0 or an error. */
static int32_t ask_in_phase(sztp_session_t *s) {
  s->sources.current = source_of(s->dns.phase);
  while (nth_domain(s, s->dns.domain_next, &s->dns.domain)) {
    int32_t rc = make_question(s);
    if (pass_over(s, rc)) {
      s->dns.domain_next++;
      continue;
    }
    if (rc == SZTP_OK) rc = put_question(s);
    if (rc == SZTP_OK) s->dns.domain_next++;
    return rc;
  }
  return 1;
}

int32_t sztp__dns_question_ask(sztp_session_t *s) {
  for (; s->dns.phase < PHASES; s->dns.phase++, s->dns.domain_next = 0) {
    uint32_t source = source_of(s->dns.phase);
    if ((s->dns.sources & bit(source)) == 0) continue;
    if (source == SZTP_SOURCE_DNS && s->dev->domain_count == 0 && !s->dns.domains_asked) {
      s->sources.current = source;
      sztp__goto(s, SZTP__ST_DNS_DOMAINS);
      return SZTP_OK;
    }
    int32_t rc = ask_in_phase(s);
    if (rc <= 0) return rc;
  }
  sztp__dns_clear(s);
  sztp__goto(s, SZTP__ST_SOURCE);
  return SZTP_OK;
}

/* ---- replies ------------------------------------------------------------------------------------- */

int32_t sztp__dns_add_server(sztp_session_t *s, sztp__span_t uri) {
  sztp__authority_t a;
  sztp__reply_t *r = &s->reply;
  int32_t rc = sztp__uri_server(s->ctx, uri, &a);
  if (rc == SZTP_OK && r->servers == NULL) rc = sztp__info_new(s->ctx, SZTP_INFO_REDIRECT, &r->servers);
  if (rc < 0 || sztp__info_has_server(r->servers, a.host, a.port)) return rc;
  if (r->servers->server_count == SZTP__DNS_SERVERS)
    return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "reply", "more than %d servers", SZTP__DNS_SERVERS);
  return sztp__info_add_server(r->servers, a.host, a.port);
}

int32_t sztp__dns_add_message(sztp_session_t *s, sztp__span_t responder, sztp__span_t message,
                              uint32_t *then) {
  int32_t rc =
      sztp_dns_add(s->dns.question, (const char *)responder.data, responder.len, message.data, message.len);
  if (rc == SZTP_ERR_MEMORY) return rc;
  *then = SZTP_ASK_WAIT;
  if (rc == SZTP_OK) *then = SZTP_ASK_ENOUGH;
  if (rc >= 0) return SZTP_OK;
  if (rc == SZTP_ERR_NOT_FOUND && s->dns.question->multicast)
    return SZTP_OK; /* it was about something else */
  (void)sztp__sentence(s->dns.why, sizeof s->dns.why, "%s", sztp__trail_detail(s->ctx));
  switch (rc) {
  case SZTP_ERR_TRUNCATED: *then = SZTP_ASK_TCP; break;
  case SZTP_ERR_UNSUPPORTED: *then = SZTP_ASK_NO_EDNS; break;
  case SZTP_ERR_SERVER_FAIL: *then = SZTP_ASK_OTHER_SERVER; break;
  case SZTP_ERR_NOT_FOUND: *then = SZTP_ASK_ENOUGH; break;
  default: s->dns.dropped++; break;
  }
  return SZTP_OK;
}

/* Goes to the servers that an answer names. */
static void follow_servers(sztp_session_t *s, const char *where, sztp_info_t *info) {
  char text[SZTP__SENTENCE_SIZE];
  (void)sztp__sentence(text, sizeof text, "%s: %zu bootstrap server%s named", where, info->server_count,
                       info->server_count == 1 ? " is" : "s are");
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s", text);
  sztp__event(s, SZTP_EVENT_SOURCE, SZTP_OK, text);
  sztp__redirect_push(s, info, 0);
}

static int32_t take_servers(sztp_session_t *s) {
  char what[SZTP__PHRASE_SIZE];
  sztp_info_t *info = s->reply.servers;
  s->reply.servers = NULL;
  follow_servers(s, label(s, what, sizeof what), info);
  return SZTP_OK;
}

/* Why a question led to nothing: what the message said, else what the host says. */
static void tell_nothing(sztp_session_t *s) {
  char what[SZTP__PHRASE_SIZE];
  char why[SZTP__PHRASE_SIZE];
  sztp__shown(why, sizeof why, sztp__blob_span(&s->reply.message));
  if (s->dns.why[0] != '\0' && s->dns.dropped == 0) (void)sztp__sentence(why, sizeof why, "%s", s->dns.why);
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: %s", label(s, what, sizeof what),
            why[0] == '\0' ? "nothing there" : why);
  sztp__event(s, SZTP_EVENT_SOURCE, SZTP_ERR_NOT_FOUND, why[0] == '\0' ? "nothing there" : why);
}

/* What can't be seen here is told when its turn has come. */
static uint8_t how_tried(sztp_session_t *s, size_t index) {
  size_t told = sztp__trail_len(s->ctx);
  sztp_info_t *info = NULL;
  uint8_t tried = SZTP__TRIED_NONE;
  if (sztp_dns_info(s->dns.question, index, &info) == SZTP_OK) tried = sztp__how_tried(s, info);
  sztp_info_free(info);
  sztp__trail_cut(s->ctx, told);
  return tried;
}

/* Whoever answers is one of many: chance decides who is tried first, of those that were not tried before. */
static int32_t order_dns_answers(sztp_session_t *s) {
  uint8_t tried[SZTP__ANSWERS_MAX];
  size_t count = sztp_dns_answers(s->dns.question);
  int32_t rc = sztp__order_at_random(s, count);
  if (rc < 0 || s->dns.question->type != SZTP_DNS_SRV) return rc;
  for (size_t i = 0; i < count; i++) tried[i] = how_tried(s, i);
  sztp__order_by(s, count, tried, SZTP__TRIED_COUNT);
  return SZTP_OK;
}

int32_t sztp__dns_question_hear(sztp_session_t *s) {
  char what[SZTP__PHRASE_SIZE];
  if (s->dns.dropped > 0)
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: %u message%s dropped; the last one: %s",
              label(s, what, sizeof what), s->dns.dropped, s->dns.dropped == 1 ? " was" : "s were",
              s->dns.why);
  int ok = sztp__reply_ok(s);
  int artifacts = s->reply.artifacts[0].data != NULL && (s->dns.gave & bit(s->sources.current)) == 0;
  int read = ok && (artifacts || s->reply.servers != NULL);
  if (ok && !read && sztp_dns_answers(s->dns.question) > 0) {
    int32_t rc = order_dns_answers(s);
    if (rc == SZTP_OK) sztp__goto(s, SZTP__ST_DNS_ANSWER);
    return rc;
  }
  if (read && artifacts) {
    int32_t rc = sztp__take_artifacts(s);
    if (rc < 0) return rc;
    sztp__event(s, SZTP_EVENT_SOURCE, SZTP_OK, "artifacts found");
    forget_question(s);
    s->dns.gave |=
        bit(s->sources.current); /* a host that looks at the source alone gives the same to each question */
    return SZTP_OK;
  }
  if (!read) tell_nothing(s);
  forget_question(s); /* what there was of answers is not used */
  if (read) return take_servers(s);
  sztp__goto(s, SZTP__ST_DNS_ANSWER);
  return SZTP_OK;
}

/* ---- domains ------------------------------------------------------------------------------------- */

int32_t sztp__dns_domains_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_DOMAINS);
  sztp__action_put_u64(&s->action, SZTP_F_SOURCE, s->sources.current);
  return SZTP_OK;
}

int32_t sztp__dns_add_domain(sztp_session_t *s, sztp__span_t domain) {
  int32_t rc = sztp__domain_check(s->ctx, domain);
  if (rc < 0) return rc;
  for (size_t i = 0; i < s->dns.domain_count; i++)
    if (sztp__host_equal(domain, sztp__blob_span(&s->dns.domains[i]))) return SZTP_OK;
  if (s->dns.domain_count == SZTP__DOMAINS)
    return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "reply", "more than %d domains", SZTP__DOMAINS);
  uint8_t *copy = sztp__copy(s->ctx, domain.data, domain.len);
  if (copy == NULL) return SZTP_ERR_MEMORY;
  s->dns.domains[s->dns.domain_count].data = copy;
  s->dns.domains[s->dns.domain_count++].len = domain.len;
  return SZTP_OK;
}

int32_t sztp__dns_domains_hear(sztp_session_t *s) {
  if (!sztp__reply_ok(s))
    while (s->dns.domain_count > 0) sztp__blob_free(s->ctx, &s->dns.domains[--s->dns.domain_count]);
  if (s->dns.domain_count == 0) {
    s->dns.domain = sztp__span_of("without a domain");
    tell_nothing(s);
  }
  s->dns.domains_asked = 1;
  sztp__goto(s, SZTP__ST_DNS_QUESTION);
  return SZTP_OK;
}

/* ---- answers ------------------------------------------------------------------------------------- */

static size_t answer_index(const sztp_session_t *s) { return s->order[s->dns.answer_next]; }

/* What an answer is, for people; who gave it matters where several may. */
static const char *answer_label(const sztp_session_t *s, char *out, size_t cap) {
  const char *responder = "";
  char shown[SZTP__NAME_SIZE];
  char what[SZTP__PHRASE_SIZE];
  size_t len = 0;
  (void)sztp_dns_responder(s->dns.question, answer_index(s), &responder, &len);
  if (len == 0) return label(s, out, cap);
  (void)sztp__sentence(out, cap, "%s, %s", label(s, what, sizeof what),
                       sztp__printable(shown, sizeof shown, sztp__span(responder, len)));
  return out;
}

static int32_t judge_artifacts(sztp_session_t *s) {
  char what[SZTP__PHRASE_SIZE];
  char text[SZTP__SENTENCE_SIZE];
  sztp_bundle_t *bundle = NULL;
  int32_t rc = sztp_dns_bundle(s->dns.question, answer_index(s), &bundle);
  if (rc < 0) return rc;
  (void)sztp__sentence(text, sizeof text, "%s: artifacts found", answer_label(s, what, sizeof what));
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s", text);
  sztp__event(s, SZTP_EVENT_SOURCE, SZTP_OK, text);
  sztp__judge(s, bundle, 0);
  return SZTP_OK;
}

static int32_t try_servers(sztp_session_t *s) {
  char what[SZTP__PHRASE_SIZE];
  sztp_info_t *info = NULL;
  int32_t rc = sztp_dns_info(s->dns.question, answer_index(s), &info);
  if (rc < 0) return rc;
  follow_servers(s, answer_label(s, what, sizeof what), info);
  return SZTP_OK;
}

/* An answer that can't be used, and why. */
static void refuse_answer(sztp_session_t *s, int32_t rc) {
  char what[SZTP__PHRASE_SIZE];
  char text[SZTP__SENTENCE_SIZE];
  (void)sztp__sentence(text, sizeof text, "%s: %s", answer_label(s, what, sizeof what),
                       sztp__trail_detail(s->ctx));
  sztp__log(s->ctx, rc == SZTP_ERR_NOT_FOUND ? SZTP_LOG_INFO : SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s", text);
  sztp__event(s, SZTP_EVENT_SOURCE, rc, text);
}

int32_t sztp__dns_answer_ask(sztp_session_t *s) {
  size_t count = sztp_dns_answers(s->dns.question);
  if (s->dns.answer_next >= count) {
    forget_question(s);
    sztp__goto(s, s->dns.sources != 0 ? SZTP__ST_DNS_QUESTION : SZTP__ST_SOURCE);
    return SZTP_OK;
  }
  sztp__share_budget(s, count - s->dns.answer_next);
  int32_t rc = s->dns.question->type == SZTP_DNS_TXT ? judge_artifacts(s) : try_servers(s);
  if (rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_RANDOM || rc == SZTP_ERR_CRYPTO) return rc;
  if (rc < 0) {
    refuse_answer(s, rc);
    sztp__goto(s, SZTP__ST_DNS_ANSWER);
  }
  s->dns.answer_next++;
  return SZTP_OK;
}

void sztp__dns_answer_skip(sztp_session_t *s) { s->dns.answer_next++; }
