/* SPDX-License-Identifier: Apache-2.0 */
/* What several DHCP servers of one family said (DHCP group): each value is an answer by itself, whose servers
 * keep their order. The first one that comes is tried at once, a little, for there mostly is no other. Then
 * all are heard, and tried in an order at random: whoever answers fast and often is one of many. */
#include "machine/dhcp_answers.h"

#include <sztp/discovery.h>

#include "ground/format.h"
#include "ground/printable.h"
#include "machine/answers.h"
#include "machine/budget.h"
#include "machine/event.h"
#include "machine/redirect.h"
#include "machine/tried.h"

#define FIRST_ADDRESSES 4 /* of the first answer, before others are heard */

int sztp__is_dhcp(uint32_t source) { return source == SZTP_SOURCE_DHCP4 || source == SZTP_SOURCE_DHCP6; }

void sztp__dhcp_clear(sztp_session_t *s) {
  for (size_t i = 0; i < s->dhcp.count; i++) sztp_info_free(s->dhcp.answers[i]);
  sztp__free(s->ctx, s->dhcp.answers);
  memset(&s->dhcp, 0, sizeof s->dhcp);
}

/* Room for one answer more. There is one on most links, and many where somebody means ill. */
static int32_t dhcp_make_room(sztp_session_t *s) {
  sztp__dhcp_t *d = &s->dhcp;
  if (d->count < d->room) return SZTP_OK;
  size_t room = d->room == 0 ? 1 : d->room * 2;
  sztp_info_t **answers = sztp__realloc(s->ctx, d->answers, room * sizeof(sztp_info_t *));
  if (answers == NULL) return SZTP_ERR_MEMORY;
  d->answers = answers;
  d->room = room;
  return SZTP_OK;
}

int sztp__dhcp_goes_on(sztp_session_t *s) {
  if (s->dhcp.alone == 2 && s->sources.more) {
    s->sources.place++;
    sztp__goto(s, SZTP__ST_DISCOVER);
    return 1;
  }
  if (s->dhcp.next == s->dhcp.count) return 0;
  sztp__goto(s, SZTP__ST_DHCP_ANSWER);
  return 1;
}

/* SZTP_ERR_MEMORY; a value of no use is told, and is nothing. */
static int32_t read_value(sztp_session_t *s) {
  uint32_t family = s->sources.current == SZTP_SOURCE_DHCP6 ? 6 : 4;
  uint32_t lenient = sztp__policy(s->dev, SZTP_POLICY_LENIENT_DHCP) != 0;
  const char *label = sztp__source_label(s->sources.current);
  sztp_info_t *info = NULL;
  char text[SZTP__NAME_SIZE];
  if (dhcp_make_room(s) != SZTP_OK) return SZTP_ERR_MEMORY;
  int32_t rc = sztp_dhcp_parse(s->ctx, family, lenient, s->reply.data.data, s->reply.data.len, &info);
  if (rc == SZTP_ERR_MEMORY) return rc;
  if (rc < 0) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: %s", label, sztp__trail_detail(s->ctx));
    sztp__event_outcome(s, SZTP_EVENT_SOURCE, SZTP_OUTCOME_FAILED, rc, sztp__trail_detail(s->ctx));
    return SZTP_OK;
  }
  (void)sztp__sentence(text, sizeof text, "%zu bootstrap server%s named", info->server_count,
                       info->server_count == 1 ? " is" : "s are");
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: %s", label, text);
  sztp__event(s, SZTP_EVENT_SOURCE, SZTP_OK, text);
  s->dhcp.answers[s->dhcp.count++] = info;
  return SZTP_OK;
}

/* 1 for an answer that may not be the only one, and was not tried in the pass before. */
static int is_first(sztp_session_t *s) {
  return s->sources.place == 0 && s->sources.more && s->dhcp.count == 1 &&
         sztp__how_tried(s, s->dhcp.answers[0]) == SZTP__TRIED_NONE;
}

int32_t sztp__dhcp_take(sztp_session_t *s) {
  s->sources.more = s->reply.more;
  if (sztp__reply_ok(s) && s->reply.data.data != NULL) {
    int32_t rc = read_value(s);
    if (rc < 0) return rc;
  } else {
    char why[SZTP__PHRASE_SIZE];
    sztp__shown(why, sizeof why, sztp__blob_span(&s->reply.message));
    if (why[0] == '\0') (void)sztp__sentence(why, sizeof why, "nothing there");
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SOURCE, "%s: %s", sztp__source_label(s->sources.current),
              why);
    sztp__event(s, SZTP_EVENT_SOURCE, SZTP_ERR_NOT_FOUND, why);
  }
  if (is_first(s)) {
    s->dhcp.alone = 1;
    sztp__goto(s, SZTP__ST_DHCP_ANSWER);
    return SZTP_OK;
  }
  if (s->sources.more && s->sources.place + 1 < SZTP__ANSWERS_MAX) {
    s->sources.place++;
    sztp__goto(s, SZTP__ST_DISCOVER);
    return SZTP_OK;
  }
  if (s->sources.more)
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SOURCE, "%s: %d answers were looked at; the rest is skipped",
              sztp__source_label(s->sources.current), SZTP__ANSWERS_MAX);
  s->sources.more = 0;
  sztp__goto(s, s->dhcp.count > 0 ? SZTP__ST_DHCP_ANSWER : SZTP__ST_SOURCE);
  return SZTP_OK;
}

static int32_t order_dhcp_answers(sztp_session_t *s) {
  uint8_t tried[SZTP__ANSWERS_MAX];
  int32_t rc = sztp__order_at_random(s, s->dhcp.count);
  if (rc < 0) return rc;
  for (size_t i = 0; i < s->dhcp.count; i++) tried[i] = sztp__how_tried(s, s->dhcp.answers[i]);
  sztp__order_by(s, s->dhcp.count, tried, SZTP__TRIED_COUNT);
  s->dhcp.ordered = 1;
  return SZTP_OK;
}

static void try_answer(sztp_session_t *s, size_t at) {
  s->sources.place = (unsigned)at;
  sztp__redirect_push(s, s->dhcp.answers[at], 0);
  s->servers.lists[0].lent = 1;
}

int32_t sztp__dhcp_answer_ask(sztp_session_t *s) {
  if (s->dhcp.alone == 1) {
    s->dhcp.alone = 2;
    sztp__limit_budget(s, FIRST_ADDRESSES);
    try_answer(s, 0);
    return SZTP_OK;
  }
  if (!s->dhcp.ordered) {
    int32_t rc = order_dhcp_answers(s);
    if (rc < 0) return rc;
  }
  size_t at = s->order[s->dhcp.next];
  sztp__share_budget(s, s->dhcp.count - s->dhcp.next);
  s->dhcp.next++;
  try_answer(s, at);
  s->servers.lists[0].again = s->dhcp.alone == 2 && at == 0;
  return SZTP_OK;
}
