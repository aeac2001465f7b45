/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of a server: where they come from (hints, DNS), one after another until one answers. */
#include "formats/uri.h"
#include "ground/format.h"
#include "ground/printable.h"
#include "machine/budget.h"
#include "machine/csr.h"
#include "machine/event.h"
#include "machine/tried.h"

#define RESOLVE_TIME_MS 30000

/* DNS-19: the addresses that came with the name. */
static int32_t take_hints(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  sztp__span_t rest = v->hints;
  while (rest.len > 0 && v->address_count < SZTP__ADDRESSES) {
    const uint8_t *space = memchr(rest.data, ' ', rest.len);
    size_t len = space != NULL ? (size_t)(space - rest.data) : rest.len;
    uint8_t *copy = sztp__copy(s->ctx, rest.data, len);
    if (copy == NULL) {
      while (v->address_count > 0) sztp__blob_free(s->ctx, &v->addresses[--v->address_count]);
      return SZTP_ERR_MEMORY;
    }
    v->addresses[v->address_count].data = copy;
    v->addresses[v->address_count++].len = len;
    if (space != NULL) len++;
    rest = sztp__span(rest.data + len, rest.len - len);
  }
  v->hints.len = 0;
  v->hinted = 1;
  sztp__goto(s, SZTP__ST_ADDRESS);
  return SZTP_OK;
}

int32_t sztp__resolve_ask(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  uint32_t kind = 0;
  if (sztp__over_budget(s)) return SZTP_OK;
  if (sztp__host_kind(s->ctx, v->host, &kind) == SZTP_OK && kind != SZTP__HOST_NAME) {
    v->addresses[0].data = sztp__copy(s->ctx, v->host.data, v->host.len);
    if (v->addresses[0].data == NULL) return SZTP_ERR_MEMORY;
    v->addresses[0].len = v->host.len;
    v->address_count = 1;
    sztp__goto(s, SZTP__ST_ADDRESS);
    return SZTP_OK;
  }
  if (SZTP__DNS && v->hints.len > 0) return take_hints(s);
  sztp__action_begin(&s->action, SZTP_ACTION_RESOLVE);
  sztp__action_put_u64(&s->action, SZTP_F_SOURCE, s->sources.current);
  sztp__action_lend(&s->action, SZTP_F_NAME, v->host);
  sztp__action_put_u64(&s->action, SZTP_F_DEADLINE, s->now + RESOLVE_TIME_MS);
  return SZTP_OK;
}

static void count_contact(sztp_session_t *s) {
  sztp__charge(s);
  if (s->visit.entry != NULL) sztp__tried_add(s, s->visit.entry);
}

/* 1 if the address is one of those that the visit has already. */
static int have_address(const sztp__visit_t *v, const sztp__blob_t *address) {
  for (size_t i = 0; i < v->address_count; i++)
    if (sztp__span_equal(sztp__blob_span(&v->addresses[i]), sztp__blob_span(address))) return 1;
  return 0;
}

int32_t sztp__resolve_hear(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  char host[SZTP__NAME_SIZE], why[SZTP__PHRASE_SIZE], text[SZTP__SENTENCE_SIZE];
  sztp__goto(s, SZTP__ST_ADDRESS);
  if (!sztp__reply_ok(s) || s->reply.address_count == 0) {
    sztp__shown(why, sizeof why, sztp__blob_span(&s->reply.message));
    (void)sztp__sentence(text, sizeof text, "no address for %s%s%s",
                         sztp__printable(host, sizeof host, v->host), why[0] != '\0' ? ": " : "", why);
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s", text);
    sztp__event(s, SZTP_EVENT_SERVER, sztp__reply_reason(&s->reply, SZTP_ERR_SERVER_FAIL), text);
    count_contact(s); /* looking it up took as long as contacting it */
    sztp__charge_time(s);
    return SZTP_OK;
  }
  sztp__charge_time(s);
  for (size_t i = 0; i < s->reply.address_count && v->address_count < SZTP__ADDRESSES; i++)
    if (!have_address(v, &s->reply.addresses[i]))
      v->addresses[v->address_count++] = sztp__blob_take(&s->reply.addresses[i]);
  return SZTP_OK;
}

/* D-10: only behind its switch, a well-known server that failed to authenticate is met provisionally; one
 * that came from the link always is (D-130). */
static int fall_back(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  if (!v->authentication_failed || v->provisional || v->learned != NULL ||
      (v->entry == NULL && !sztp__policy(s->dev, SZTP_POLICY_PROVISIONAL_FALLBACK)))
    return 0;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "the server is tried again without authentication%s",
            v->entry == NULL ? ", as policy allows" : ", as any that DHCP names");
  v->provisional = 1;
  v->anchors = NULL;
  v->anchor_count = 0;
  v->address_next = 0;
  if (v->entry == NULL) v->give_up = 0;
  v->number = sztp__ctx_next_visit(s->ctx);
  s->servers.lists[s->servers.depth - 1].provisional = 1;
  s->servers.lists[s->servers.depth - 1].has_anchor = 0;
  return 1;
}

int32_t sztp__address_ask(sztp_session_t *s) {
  sztp__visit_t *v = &s->visit;
  char host[SZTP__NAME_SIZE];
  char address[SZTP__NAME_SIZE];
  if (sztp__key_first(s, SZTP__ST_ADDRESS)) return SZTP_OK;
  sztp__csr_restart(s);
  if (v->give_up != 0 && s->now >= v->give_up) {
    if (v->address_next < v->address_count)
      sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER,
                "%s has had the time of a server that is not authenticated; its other addresses are skipped",
                sztp__printable(host, sizeof host, v->host));
    sztp__goto(s, SZTP__ST_SERVER);
    return SZTP_OK;
  }
  if (SZTP__DNS && v->address_next >= v->address_count &&
      v->hinted) { /* those of the name's zone may be more */
    v->hinted = 0;
    sztp__goto(s, SZTP__ST_RESOLVE);
    return SZTP_OK;
  }
  if (v->address_next >= v->address_count) {
    sztp__goto(s, fall_back(s) ? SZTP__ST_ADDRESS : SZTP__ST_SERVER);
    return SZTP_OK;
  }
  if (sztp__over_budget(s)) return SZTP_OK;
  sztp__blob_t *a = &v->addresses[v->address_next];
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SERVER, "asking %s (%s) port %u%s",
            sztp__printable(host, sizeof host, v->host),
            sztp__printable(address, sizeof address, sztp__blob_span(a)), (unsigned)v->port,
            v->provisional ? ", not authenticated" : "");
  sztp__blob_free(s->ctx, &v->root);
  v->address_next++;
  if ((v->provisional || v->entry != NULL) && v->give_up == 0)
    v->give_up = s->now + sztp__limit(s->ctx, SZTP_LIMIT_UNPROVEN_MS);
  count_contact(s);
  sztp__goto(s, SZTP__ST_ROOT);
  return SZTP_OK;
}
