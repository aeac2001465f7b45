/* SPDX-License-Identifier: Apache-2.0 */
/* The sources in their order (DISC group): which one is next, and what was found at it. */
#include <limits.h>

#include "ground/format.h"
#include "ground/printable.h"
#include "machine/budget.h"
#include "machine/dhcp_answers.h"
#include "machine/dns_round.h"
#include "machine/event.h"
#include "machine/servers.h"

/* USB-11: the next place of the same source, each with the budget of an attempt of its own (D-12). */
static int has_another_place(sztp_session_t *s) {
  if (s->sources.more && s->sources.place + 1 < SZTP__SOURCE_PLACES) {
    s->sources.place++;
    return 1;
  }
  if (s->sources.more)
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: %d places were looked at; the rest is skipped",
              sztp__source_label(s->sources.current), SZTP__SOURCE_PLACES);
  s->sources.more = 0;
  s->sources.place = 0;
  return 0;
}

int32_t sztp__source_ask(sztp_session_t *s) {
  sztp__servers_clear(s);
  s->budget.most = UINT_MAX;
  if (sztp__dhcp_goes_on(s)) return SZTP_OK;
  sztp__dhcp_clear(s);
  if (has_another_place(s)) {
    *sztp__spent(s) = 0;
    sztp__goto(s, SZTP__ST_DISCOVER);
    return SZTP_OK;
  }
  if (s->sources.next >= s->sources.count) {
    sztp__goto(s, SZTP__ST_PASS_END);
    return SZTP_OK;
  }
  s->sources.current = s->sources.list[s->sources.next++];
  if (!SZTP__DNS && (s->sources.current == SZTP_SOURCE_DNS || s->sources.current == SZTP_SOURCE_MDNS)) {
    sztp__event(s, SZTP_EVENT_SOURCE, SZTP_ERR_UNSUPPORTED,
                "this library was built without DNS (SZTP_FEATURE_DNS)");
    return SZTP_OK; /* in the same state: the next one */
  }
  if (sztp__dns_begin(s, s->sources.current)) {
    sztp__goto(s, SZTP__ST_DNS_QUESTION);
    return SZTP_OK;
  }
  if (s->sources.current != SZTP_SOURCE_WELL_KNOWN) {
    sztp__goto(s, SZTP__ST_DISCOVER);
    return SZTP_OK;
  }
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: %zu in the list",
            sztp__source_label(s->sources.current), s->dev->server_count);
  s->servers.depth = 1;
  sztp__goto(s, SZTP__ST_SERVER);
  return SZTP_OK;
}

int32_t sztp__discover_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_DISCOVER);
  sztp__action_put_u64(&s->action, SZTP_F_SOURCE, s->sources.current);
  sztp__action_put_u64(&s->action, SZTP_F_INDEX, s->sources.place);
  return SZTP_OK;
}

int32_t sztp__discover_hear(sztp_session_t *s) {
  if (sztp__is_dhcp(s->sources.current)) return sztp__dhcp_take(s);
  s->sources.more = s->reply.more;
  if (sztp__reply_ok(s) && s->reply.artifacts[0].data != NULL) {
    int32_t rc = sztp__take_artifacts(s);
    if (rc == SZTP_OK) sztp__event(s, SZTP_EVENT_SOURCE, SZTP_OK, "artifacts found");
    return rc;
  }
  char why[SZTP__PHRASE_SIZE];
  sztp__shown(why, sizeof why, sztp__blob_span(&s->reply.message));
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: %s", sztp__source_label(s->sources.current),
            why[0] == '\0' ? "nothing there" : why);
  sztp__event(s, SZTP_EVENT_SOURCE, SZTP_ERR_NOT_FOUND, why[0] == '\0' ? "nothing there" : why);
  sztp__goto(s, SZTP__ST_SOURCE);
  return SZTP_OK;
}
