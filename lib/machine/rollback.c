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
  if (s->attempt.undo == 0) {
    s->kept.attempts = 0;
    sztp__goto(s, SZTP__ST_ROLLED_BACK);
    return SZTP_OK;
  }
  sztp__action_begin(&s->action, SZTP_ACTION_ROLLBACK);
  sztp__action_put_u64(&s->action, SZTP_F_STAGE, last_stage(s->attempt.undo));
  return SZTP_OK;
}

int32_t sztp__rollback_hear(sztp_session_t *s) {
  uint32_t stage = last_stage(s->attempt.undo);
  char text[SZTP__NAME_SIZE];
  s->attempt.undo &= ~SZTP__STAGE_BIT(stage);
  if (sztp__reply_ok(s)) {
    (void)sztp__format(text, sizeof text, "the %s was undone", sztp__stage_label(stage));
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "undone: %s", sztp__stage_label(stage));
    s->attempt.stage = stage;
    sztp__event(s, SZTP_EVENT_UNDO, SZTP_OK, text);
  } else {
    (void)sztp__format(text, sizeof text, "undoing the %s failed", sztp__stage_label(stage));
    sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_ONBOARD, "%s", text);
    s->attempt.stage = stage;
    sztp__event(s, SZTP_EVENT_UNDO, SZTP_ERR_ROLLBACK, text);
  }
  sztp__goto(s, SZTP__ST_ROLLBACK);
  return SZTP_OK;
}

int32_t sztp__rolled_back_ask(sztp_session_t *s) {
  if (s->kept.saved.undo != 0 || (s->kept.unsaved && s->kept.attempts < SZTP__SAVE_ATTEMPTS)) {
    sztp__saved_t saved = s->kept.saved;
    saved.undo = 0;
    return sztp__ask_save(s, &saved);
  }
  if (s->cancelling) {
    sztp__goto(s, SZTP__ST_CANCEL_REPORT);
  } else if (!s->started) {
    sztp__goto(s, SZTP__ST_ENABLED);
  } else {
    sztp__attempt_clear(s);
    sztp__goto(s, SZTP__ST_SERVER);
  }
  return SZTP_OK;
}

/* If it can't be stored, the next start undoes once more, which does no harm. */
int32_t sztp__rolled_back_hear(sztp_session_t *s) {
  s->kept.unsaved = !sztp__reply_ok(s);
  if (!s->kept.unsaved || ++s->kept.attempts >= SZTP__SAVE_ATTEMPTS) s->kept.saved.undo = 0;
  sztp__goto(s, SZTP__ST_ROLLED_BACK);
  return SZTP_OK;
}

/* PROG-21 */
int32_t sztp__cancel_report_ask(sztp_session_t *s) {
  int32_t rc = sztp__report_text(s, SZTP__PROGRESS_BOOTSTRAP_ERROR, sztp__span_of("stopped on request"), 0,
                                 SZTP__ST_END);
  if (rc < 0) return rc;
  s->end.result = SZTP_RESULT_CANCELLED;
  if (s->end.reason == SZTP_ERR_ROLLBACK) return SZTP_OK; /* ONB-20: the end says so */
  s->end.reason = SZTP_ERR_CANCELLED;
  (void)sztp__format(s->end.text, sizeof s->end.text, "stopped on request");
  return SZTP_OK;
}
