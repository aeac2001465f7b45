/* SPDX-License-Identifier: Apache-2.0 */
/* How many server addresses may be contacted, so that a hostile network or list can't keep the device busy
 * (D-12). */
#include "machine/budget.h"

#include <limits.h>

#include "machine/event.h"
#include "machine/servers.h"

unsigned *sztp__spent(sztp_session_t *s) {
  size_t i = 0;
  while (i + 1 < s->sources.count && s->sources.list[i] != s->sources.current) i++;
  return &s->budget.spent[i];
}

#define ADDRESS_MS 20000 /* that an address may take before it counts as another one */
#define FOLLOWED   2     /* redirects beyond the share of an answer */
#define SPENT_MAX  1000000000u

void sztp__charge(sztp_session_t *s) {
  sztp__budget_t *b = &s->budget;
  ++*sztp__spent(s);
  b->pass++;
  b->used_ms -= b->used_ms < b->paid_ms ? b->used_ms : b->paid_ms;
  b->paid_ms = ADDRESS_MS;
}

void sztp__charge_time(sztp_session_t *s) {
  sztp__budget_t *b = &s->budget;
  b->used_ms += s->now - s->asked_at;
  s->asked_at = s->now; /* it is heard again if memory was short */
  for (; b->used_ms >= b->paid_ms + ADDRESS_MS && b->pass < SPENT_MAX; b->paid_ms += ADDRESS_MS) {
    ++*sztp__spent(s);
    b->pass++;
  }
}

/* What a pass may have spent by now. Half of its budget is kept for the sources that are still to come, in
 * equal shares: a hostile network that names dead servers without end would else keep the device from its
 * well-known servers in each pass, which it can authenticate. */
static uint64_t pass_most(const sztp_session_t *s) {
  uint64_t limit = sztp__limit(s->ctx, SZTP_LIMIT_PASS_SERVERS);
  return limit - limit / (2 * s->sources.count) * (s->sources.count - s->sources.next);
}

/* D-12: a hostile list can't keep the device busy. Returns 1 if a budget is used up. */
int sztp__over_budget(sztp_session_t *s) {
  unsigned spent = *sztp__spent(s);
  if (spent < sztp__limit(s->ctx, SZTP_LIMIT_SOURCE_SERVERS) && spent < s->budget.most &&
      s->budget.pass < pass_most(s))
    return 0;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: enough servers contacted; the rest is skipped",
            sztp__source_label(s->sources.current));
  sztp__servers_clear(s);
  sztp__goto(s, SZTP__ST_DNS_ANSWER);
  return 1;
}

/* The budget of D-12 is shared out: a responder that names dead servers without end can't use up what others
 * are entitled to. */
void sztp__share_budget(sztp_session_t *s, size_t answers) {
  uint64_t limit = sztp__limit(s->ctx, SZTP_LIMIT_SOURCE_SERVERS);
  uint64_t spent = *sztp__spent(s);
  uint64_t of_source = limit > spent ? limit - spent : 0;
  uint64_t of_pass = pass_most(s) > s->budget.pass ? pass_most(s) - s->budget.pass : 0;
  uint64_t left = of_source < of_pass ? of_source : of_pass;
  s->budget.most = (unsigned)(spent + (left + answers - 1) / answers);
  s->budget.followed = 0;
}

void sztp__limit_budget(sztp_session_t *s, unsigned addresses) {
  s->budget.most = *sztp__spent(s) + addresses;
  s->budget.followed = 0;
}

/* The true server may be behind a redirect, and only a server that answers leads to one. */
void sztp__follow_budget(sztp_session_t *s) {
  if (s->budget.most == UINT_MAX || s->budget.followed == FOLLOWED) return;
  s->budget.followed++;
  s->budget.most++;
}
