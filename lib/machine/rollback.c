/* SPDX-License-Identifier: Apache-2.0 */
/* Undoing what an attempt has done (ONB-20), after a failure, a cancel or a loss of power. */

#include "ground/format.h"
#include "machine/attempt.h"
#include "machine/event.h"
#include "machine/report.h"
#include "machine/stages.h"

static uint32_t last_stage(uint32_t mask) {
  uint32_t stage = SZTP_STAGE_POST_SCRIPT;
  while (stage > 0 && (mask & SZTP__STAGE_BIT(stage)) == 0) stage--;
  return stage;
}

int32_t sztp__rollback_ask(sztp_session_t *s) {
  if (s->undo.ask == 0) {
    s->kept.attempts = 0;
    sztp__goto(s, SZTP__ST_ROLLED_BACK);
    return SZTP_OK;
  }
  sztp__action_begin(&s->action, SZTP_ACTION_ROLLBACK);
  sztp__action_put_u64(&s->action, SZTP_F_STAGE, last_stage(s->undo.ask));
  return SZTP_OK;
}

/* What can't be undone does not stop the rest from being undone, and is not forgotten. Whether it is a reason
 * for the end is seen at the end (end.c): it may be undone by then. */
int32_t sztp__rollback_hear(sztp_session_t *s) {
  uint32_t stage = last_stage(s->undo.ask);
  int undone = sztp__reply_ok(s);
  char text[SZTP__NAME_SIZE];
  s->undo.ask &= ~SZTP__STAGE_BIT(stage);
  if (!undone) s->undo.left |= SZTP__STAGE_BIT(stage);
  s->attempt.stage = stage;
  if (undone) {
    (void)sztp__sentence(text, sizeof text, "the %s was undone", sztp__stage_label(stage));
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "undone: %s", sztp__stage_label(stage));
  } else {
    (void)sztp__sentence(text, sizeof text, "undoing the %s failed", sztp__stage_label(stage));
    sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_ONBOARD, "%s", text);
  }
  sztp__event_outcome(s, SZTP_EVENT_UNDO, undone ? SZTP_OUTCOME_OK : SZTP_OUTCOME_FAILED,
                      undone ? SZTP_OK : SZTP_ERR_ROLLBACK, text);
  sztp__goto(s, SZTP__ST_ROLLBACK);
  return SZTP_OK;
}

static sztp__saved_t what_is_left(const sztp_session_t *s) {
  sztp__saved_t saved = s->kept.saved;
  saved.undo = s->undo.left;
  return saved;
}

int32_t sztp__rolled_back_ask(sztp_session_t *s) {
  sztp__saved_t saved = what_is_left(s);
  if ((s->kept.unsaved || s->kept.saved.undo != saved.undo) && s->kept.attempts < SZTP__SAVE_ATTEMPTS)
    return sztp__ask_save(s, &saved);
  if (s->undo.then == SZTP__ST_SERVER) sztp__attempt_clear(s);
  sztp__goto(s, s->undo.then);
  return SZTP_OK;
}

/* If it can't be stored, it is tried again before the next pass; a start before that undoes once more, which
 * does no harm: nothing that is to be undone is missing from what was stored before. */
int32_t sztp__rolled_back_hear(sztp_session_t *s) {
  sztp__saved_t saved = what_is_left(s);
  if (!sztp__heard_save(s, &saved) && ++s->kept.attempts == SZTP__SAVE_ATTEMPTS)
    sztp__log(
        s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_ONBOARD,
        "the device could not store that the attempt was undone; the next start will undo it once more");
  sztp__goto(s, SZTP__ST_ROLLED_BACK);
  return SZTP_OK;
}
/* PROG-21 */
int32_t sztp__cancel_report_ask(sztp_session_t *s) {
  int32_t rc = sztp__report_text(s, SZTP__PROGRESS_BOOTSTRAP_ERROR,
                                 sztp__span_of(SZTP__WORDS("stopped on request")), 0, SZTP__ST_END);
  if (rc < 0) return rc;
  s->end.result = SZTP_RESULT_CANCELLED;
  s->end.reason = SZTP_ERR_CANCELLED;
  (void)sztp__sentence(s->end.text, sizeof s->end.text, "stopped on request");
  return SZTP_OK;
}
