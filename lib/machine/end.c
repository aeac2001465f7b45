/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a session: what the host learns, and what is forgotten. */
#include "machine/end.h"

#include "machine/attempt.h"
#include "machine/dns_round.h"
#include "machine/event.h"
#include "machine/judge_key.h"
#include "machine/servers.h"

void sztp__session_clear(sztp_session_t *s) {
  sztp__servers_clear(s);
  sztp__dns_clear(s);
  sztp__attempt_clear(s);
  sztp__answers_clear(s);
}

int32_t sztp__end_ask(sztp_session_t *s) {
  int well = s->end.result == SZTP_RESULT_DONE || s->end.result == SZTP_RESULT_REBOOT_PENDING ||
             s->end.result == SZTP_RESULT_DISABLED;
  sztp__session_clear(s);
  sztp__action_begin(&s->action, well ? SZTP_ACTION_DONE : SZTP_ACTION_FAILED);
  sztp__action_put_u64(&s->action, SZTP_F_RESULT, s->end.result);
  if (!well) sztp__action_put_i64(&s->action, SZTP_F_REASON, s->end.reason);
  sztp__action_lend(&s->action, SZTP_F_MESSAGE, sztp__span_of(s->end.text));
  sztp__event_outcome(s, SZTP_EVENT_END, well ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED,
                      well ? SZTP_OK : s->end.reason, s->end.text);
  sztp__log(s->ctx, well ? SZTP_LOG_INFO : SZTP_LOG_ERROR, SZTP_TOPIC_SESSION, "ended: %s", s->end.text);
  return SZTP_OK;
}
