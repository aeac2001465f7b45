/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts and configuration (O4, O5, O6): the three stages that change the device. */
#include "machine/stages.h"

#include "ground/format.h"
#include "ground/printable.h"
#include "machine/attempt.h"
#include "machine/csr.h"
#include "machine/event.h"
#include "machine/report.h"

/* What the three stages O4, O5 and O6 have in common: where their data is, what is reported of them. */
struct stage {
  uint8_t field;
  uint8_t initiated;
  uint8_t warning;
  uint8_t error;
  uint8_t complete;
  int16_t code;
  const char *name;
};

static const struct stage STAGES[] = {
    [SZTP_STAGE_PRE_SCRIPT] = {SZTP_INFO_PRE_SCRIPT, SZTP__PROGRESS_PRE_SCRIPT_INITIATED,
                               SZTP__PROGRESS_PRE_SCRIPT_WARNING, SZTP__PROGRESS_PRE_SCRIPT_ERROR,
                               SZTP__PROGRESS_PRE_SCRIPT_COMPLETE, SZTP_ERR_SCRIPT,
                               "pre-configuration script"},
    [SZTP_STAGE_CONFIG] = {SZTP_INFO_CONFIG, SZTP__PROGRESS_CONFIG_INITIATED, SZTP__PROGRESS_CONFIG_WARNING,
                           SZTP__PROGRESS_CONFIG_ERROR, SZTP__PROGRESS_CONFIG_COMPLETE, SZTP_ERR_COMMIT,
                           "configuration"},
    [SZTP_STAGE_POST_SCRIPT] = {SZTP_INFO_POST_SCRIPT, SZTP__PROGRESS_POST_SCRIPT_INITIATED,
                                SZTP__PROGRESS_POST_SCRIPT_WARNING, SZTP__PROGRESS_POST_SCRIPT_ERROR,
                                SZTP__PROGRESS_POST_SCRIPT_COMPLETE, SZTP_ERR_SCRIPT,
                                "post-configuration script"},
};

static uint32_t stages_present(const sztp_session_t *s) {
  uint32_t mask = 0;
  for (uint32_t stage = SZTP_STAGE_PRE_SCRIPT; stage <= SZTP_STAGE_POST_SCRIPT; stage++)
    if (sztp__part(s, STAGES[stage].field).data != NULL) mask |= SZTP__STAGE_BIT(stage);
  return mask;
}

/* What an attempt before this one left stays kept with it. */
static sztp__saved_t marked(const sztp_session_t *s) {
  sztp__saved_t saved = s->kept.saved;
  saved.undo = stages_present(s) | s->undo.left;
  return saved;
}

/* Before the first effect it is kept which stages there may be effects of: a power failure from here on is
 * rolled back. */
int32_t sztp__mark_ask(sztp_session_t *s) {
  sztp__saved_t saved = marked(s);
  if (stages_present(s) == 0) {
    sztp__goto(s, SZTP__ST_FLAG);
    return SZTP_OK;
  }
  return sztp__ask_save(s, &saved);
}

int32_t sztp__mark_hear(sztp_session_t *s) {
  sztp__saved_t saved = marked(s);
  if (!sztp__heard_save(s, &saved))
    return sztp__fail_attempt_with(s, SZTP__PROGRESS_BOOTSTRAP_ERROR, SZTP_ERR_HOST,
                                   "the device could not store that it is about to change its configuration");
  sztp__goto(s, SZTP__ST_STAGE);
  return SZTP_OK;
}

int32_t sztp__stage_ask(sztp_session_t *s) {
  uint32_t present = stages_present(s);
  while (s->attempt.stage <= SZTP_STAGE_POST_SCRIPT && (present & SZTP__STAGE_BIT(s->attempt.stage)) == 0)
    s->attempt.stage++;
  if (s->attempt.stage > SZTP_STAGE_POST_SCRIPT) {
    sztp__goto(s, SZTP__ST_FLAG);
    return SZTP_OK;
  }
  return sztp__report(s, STAGES[s->attempt.stage].initiated, SZTP__ST_STAGE_RUN);
}

int32_t sztp__stage_run_ask(sztp_session_t *s) {
  const struct stage *stage = &STAGES[s->attempt.stage];
  if (s->attempt.stage == SZTP_STAGE_CONFIG) {
    sztp__action_begin(&s->action, SZTP_ACTION_CONFIG);
    sztp__action_put_u64(&s->action, SZTP_F_MODE, s->attempt.info->handling);
  } else {
    sztp__action_begin(&s->action, SZTP_ACTION_SCRIPT);
    sztp__action_put_u64(&s->action, SZTP_F_STAGE, s->attempt.stage);
  }
  sztp__action_lend(&s->action, SZTP_F_DATA, sztp__part(s, stage->field));
  sztp__csr_lend(s);
  s->attempt.ran |= SZTP__STAGE_BIT(s->attempt.stage);
  sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_ONBOARD, "%s: %zu octets", stage->name,
            sztp__part(s, stage->field).len);
  return SZTP_OK;
}

/* What a report may say of a stage's output (PROG-20). */
static sztp__span_t output_of(const sztp_session_t *s) {
  int is_script = s->attempt.stage != SZTP_STAGE_CONFIG;
  if (is_script && sztp__policy(s->dev, SZTP_POLICY_NO_SCRIPT_OUTPUT)) return sztp__span(NULL, 0);
  return sztp__blob_span(&s->reply.message);
}

sztp__span_t sztp__last_line(sztp__span_t text) {
  while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r')) text.len--;
  if (text.len == 0) return text;
  size_t from = text.len;
  while (from > 0 && text.data[from - 1] != '\n') from--;
  return sztp__span(text.data + from, text.len - from);
}

static int32_t stage_failed(sztp_session_t *s) {
  const struct stage *stage = &STAGES[s->attempt.stage];
  char text[SZTP__SENTENCE_SIZE];
  char why[SZTP__PHRASE_SIZE];
  sztp__span_t output = output_of(s);
  sztp__shown(why, sizeof why, sztp__last_line(output));
  (void)sztp__sentence(text, sizeof text, "the %s failed%s%s", stage->name, why[0] != '\0' ? ": " : "", why);
  uint32_t ran = s->attempt.ran;
  /* The host says that nothing was committed (ONB-18). After a time-out it says nothing of that: the commit
   * is undone, as after a loss of power. */
  if (s->attempt.stage == SZTP_STAGE_CONFIG && s->reply.outcome == SZTP_OUTCOME_FAILED)
    s->attempt.ran &= ~SZTP__STAGE_BIT(s->attempt.stage);
  int32_t rc =
      sztp__fail_attempt(s, stage->error, stage->code, text, output.len > 0 ? output : sztp__span_of(text));
  if (rc < 0) s->attempt.ran = ran;
  return rc;
}

int32_t sztp__stage_run_hear(sztp_session_t *s) {
  const struct stage *stage = &STAGES[s->attempt.stage];
  if (!sztp__reply_ok(s)) return stage_failed(s);
  if (s->reply.outcome == SZTP_OUTCOME_OK) {
    sztp__event(s, SZTP_EVENT_STAGE, SZTP_OK, stage->name);
    sztp__goto(s, SZTP__ST_STAGE_COMPLETE);
    return SZTP_OK;
  }
  int32_t rc = sztp__report_text(s, stage->warning, output_of(s), 1, SZTP__ST_STAGE_COMPLETE);
  if (rc < 0) return rc;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ONBOARD, "the %s ended with a warning", stage->name);
  sztp__event_outcome(s, SZTP_EVENT_STAGE, SZTP_OUTCOME_WARNING, SZTP_OK, stage->name);
  return SZTP_OK;
}

int32_t sztp__stage_complete_ask(sztp_session_t *s) {
  int32_t rc = sztp__report(s, STAGES[s->attempt.stage].complete, SZTP__ST_STAGE);
  if (rc == SZTP_OK) s->attempt.stage++;
  return rc;
}

const char *sztp__stage_label(uint32_t stage) { return STAGES[stage].name; }
