/* SPDX-License-Identifier: Apache-2.0 */
/* Processing onboarding information (RFC 8572 5.6): the steps O1 and O2 in front of the image, O7 to O9 after
 * the configuration. */

#include "ground/format.h"
#include "machine/attempt.h"
#include "machine/report.h"

/* ---- O1, O2 -------------------------------------------------------------------------------------- */

int32_t sztp__onboard_ask(sztp_session_t *s) {
  s->attempt.active = 1;
  s->kept.attempts = 0;
  s->attempt.stage = SZTP_STAGE_PRE_SCRIPT;
  return sztp__report_required(s, SZTP__PROGRESS_BOOTSTRAP_INITIATED, SZTP__ST_PARSE, SZTP__ST_INCOMPLETE);
}

int32_t sztp__parse_ask(sztp_session_t *s) {
  return sztp__report(s, SZTP__PROGRESS_PARSING_INITIATED, SZTP__ST_PARSED);
}

int32_t sztp__parsed_ask(sztp_session_t *s) {
  if (s->attempt.info->warnings == 0) return sztp__report(s, SZTP__PROGRESS_PARSING_COMPLETE, SZTP__ST_IMAGE);
  char text[SZTP__PHRASE_SIZE];
  (void)sztp__sentence(text, sizeof text, "%u nodes were ignored or doubtful", s->attempt.info->warnings);
  int32_t rc = sztp__report_text(s, SZTP__PROGRESS_PARSING_WARNING, sztp__span_of(text), 0, SZTP__ST_PARSED);
  if (rc == SZTP_OK) s->attempt.info->warnings = 0;
  return rc;
}

/* ---- O7, O8, O9 ---------------------------------------------------------------------------------- */

int32_t sztp__flag_ask(sztp_session_t *s) {
  sztp__action_begin(&s->action, SZTP_ACTION_ENABLED);
  return SZTP_OK;
}

/* ONB-24 */
int32_t sztp__flag_hear(sztp_session_t *s) {
  int readable = sztp__reply_ok(s) || s->reply.outcome == SZTP_OUTCOME_NOTHING;
  int off = readable && sztp__reply_has(&s->reply, SZTP_F_VALUE) && s->reply.value == 0;
  if (off) {
    sztp__goto(s, SZTP__ST_COMPLETE);
    return SZTP_OK;
  }
  const char *text =
      SZTP__WORDS(readable ? "SZTP is still on: the device will bootstrap again when it restarts"
                           : "whether SZTP is still on can't be read from the device's store");
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ONBOARD, "%s", text);
  return sztp__report_text(s, SZTP__PROGRESS_BOOTSTRAP_WARNING, sztp__span_of(text), 0, SZTP__ST_COMPLETE);
}

int32_t sztp__complete_ask(sztp_session_t *s) {
  return sztp__report_required(s, SZTP__PROGRESS_BOOTSTRAP_COMPLETE, SZTP__ST_FORGET, SZTP__ST_INCOMPLETE);
}

/* ONB-02, ONB-25: a report that had to be acknowledged was not. */
int32_t sztp__incomplete_ask(sztp_session_t *s) {
  char text[SZTP__PHRASE_SIZE];
  (void)sztp__sentence(text, sizeof text, "%s was not acknowledged with 204",
                       sztp__progress_name(s->report.type));
  return sztp__fail_attempt_with(s, SZTP__PROGRESS_BOOTSTRAP_ERROR, SZTP_ERR_REPORT, text);
}

/* What could not be undone of an earlier attempt lies below what this one did: undoing it later would undo
 * this one. It is forgotten, but said. */
static void end_bootstrapped(sztp_session_t *s) {
  const char *text = "bootstrapped";
  if (s->kept.unsaved)
    text = "bootstrapped, but the device could not store that; the next start will undo the configuration";
  else if (s->undo.left != 0)
    text = "bootstrapped, though an attempt before that could not be undone";
  else if (s->kept.key_stuck && s->kept.saved.has_key)
    text = "bootstrapped, though a key made for an attempt before that could not be deleted";
  s->attempt.active = 0;
  s->undo.left = 0;
  sztp__end(s, SZTP_RESULT_DONE, SZTP_OK, text);
}

/* The key of this attempt is the owner's now, and the one that he had before is to be deleted (D-185); unless
 * one is in the way that could not be. */
static sztp__saved_t what_stays(const sztp_session_t *s) {
  const sztp__saved_t *kept = &s->kept.saved;
  sztp__saved_t saved;
  memset(&saved, 0, sizeof saved);
  memcpy(saved.key, s->kept.key_stuck ? kept->key : kept->owner, sizeof saved.key);
  saved.has_key = s->kept.key_stuck ? kept->has_key : kept->has_owner;
  memcpy(saved.owner, s->kept.key_stuck ? kept->owner : kept->key, sizeof saved.owner);
  saved.has_owner = s->kept.key_stuck ? kept->has_owner : kept->has_key;
  return saved;
}

int32_t sztp__forget_ask(sztp_session_t *s) {
  sztp__saved_t saved = what_stays(s);
  const sztp__saved_t *kept = &s->kept.saved;
  if (kept->installs == 0 && kept->begun == 0 && kept->undo == 0 && !s->kept.unsaved &&
      (s->kept.key_stuck || (!kept->has_key && !kept->has_owner))) {
    end_bootstrapped(s);
    return SZTP_OK;
  }
  return sztp__ask_save(s, &saved);
}

int32_t sztp__forget_hear(sztp_session_t *s) {
  sztp__saved_t saved = what_stays(s);
  if (!sztp__heard_save(s, &saved) && ++s->kept.attempts < SZTP__SAVE_ATTEMPTS) {
    sztp__goto(s, SZTP__ST_FORGET);
    return SZTP_OK;
  }
  if (s->kept.unsaved)
    sztp__log(
        s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_ONBOARD,
        "the device could not store that it is bootstrapped; the next start will undo the configuration");
  end_bootstrapped(s);
  return SZTP_OK;
}
