/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a session: what the host learns, and what is forgotten. */
#include "machine/end.h"

#include "ground/format.h"
#include "machine/attempt.h"
#include "machine/csr.h"
#include "machine/dhcp_answers.h"
#include "machine/dns_round.h"
#include "machine/event.h"
#include "machine/judge_key.h"
#include "machine/servers.h"
#include "machine/stages.h"

void sztp__session_clear(sztp_session_t *s) {
  sztp__servers_clear(s);
  sztp__dns_clear(s);
  sztp__dhcp_clear(s);
  sztp__attempt_clear(s);
  sztp__answers_clear(s);
  sztp__csr_clear(s);
}

/* ONB-20: with something that could not be undone no end is as good as if nothing were left; the next start
 * asks again. */
static void tell_leftover(sztp_session_t *s) {
  char text[SZTP__SENTENCE_SIZE];
  size_t len = 0;
  if (s->undo.left == 0) return;
  for (uint32_t stage = SZTP_STAGE_POST_SCRIPT; stage >= SZTP_STAGE_PRE_SCRIPT; stage--)
    if ((s->undo.left & SZTP__STAGE_BIT(stage)) != 0)
      len += sztp__sentence(text + len, sizeof text - len, "%s%s", len == 0 ? "" : ", ",
                            sztp__stage_label(stage));
  (void)sztp__sentence(text + len, sizeof text - len, " could not be undone, the next start tries again; %s",
                       s->end.text);
  memcpy(s->end.text, text, sizeof s->end.text);
  s->undo.left = 0;                                        /* it is reported, and kept */
  if (s->end.result == SZTP_RESULT_REBOOT_PENDING) return; /* the start is at hand */
  if (s->end.result == SZTP_RESULT_DISABLED) s->end.result = SZTP_RESULT_ERROR;
  s->end.reason = SZTP_ERR_ROLLBACK;
}

/* What is left to be deleted of a good end is what the owner had before (D-185); but where it could not be
 * stored, it is the new one that is still kept as such. */
int32_t sztp__end_ask(sztp_session_t *s) {
  int done = s->end.result == SZTP_RESULT_DONE;
  if (!(done && s->kept.unsaved) && sztp__key_first(s, SZTP__ST_END)) return SZTP_OK;
  sztp__action_begin(&s->action, SZTP_ACTION_DONE);
  int32_t rc = done ? sztp__csr_put(s) : SZTP_OK;
  if (rc < 0) return rc;
  tell_leftover(s);
  int well = s->end.result == SZTP_RESULT_DONE || s->end.result == SZTP_RESULT_REBOOT_PENDING ||
             s->end.result == SZTP_RESULT_DISABLED;
  sztp__session_clear(s);
  if (!well) s->action.kind = SZTP_ACTION_FAILED;
  sztp__action_put_u64(&s->action, SZTP_F_RESULT, s->end.result);
  if (!well) sztp__action_put_i64(&s->action, SZTP_F_REASON, s->end.reason);
  sztp__action_lend(&s->action, SZTP_F_MESSAGE, sztp__span_of(s->end.text));
  sztp__event_outcome(s, SZTP_EVENT_END, well ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED,
                      well ? SZTP_OK : s->end.reason, s->end.text);
  sztp__log(s->ctx, well ? SZTP_LOG_INFO : SZTP_LOG_ERROR, SZTP_TOPIC_SESSION, "ended: %s", s->end.text);
  return SZTP_OK;
}
