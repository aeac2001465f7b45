/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of the library that have an event of the same meaning give way to an entry made of the event. */
#include "entries.h"

#include <stdio.h>
#include <string.h>

#include "common/journald.h"

static int is_begun_by(const char *line, const char *with) { return strncmp(line, with, strlen(with)) == 0; }

int entries_replace(const agent_t *agent, uint32_t topic, const char *line) {
  return agent->view.journal && ((topic == SZTP_TOPIC_TRUST && is_begun_by(line, "rejected at ")) ||
                                 (topic == SZTP_TOPIC_SESSION && is_begun_by(line, "ended: ")));
}

/* What the step that failed looks at, in the standard's words. */
static const char *artifact_of(uint32_t step) {
  if (step >= SZTP_STEP_VOUCHER_FORMAT && step <= SZTP_STEP_PINNED_CERT) return "ownership voucher";
  if (step >= SZTP_STEP_OWNER_FORMAT && step <= SZTP_STEP_REVOCATION) return "owner certificate";
  if (step == SZTP_STEP_INFO_FORMAT || step == SZTP_STEP_INFO_SIGNATURE || step == SZTP_STEP_INFO_CONTENT)
    return "conveyed information";
  return NULL;
}

/* The step of a verdict that failed, or 0. */
static uint32_t failed_step(const sztp_verdict_t *v) {
  uint32_t step = 0, state = 0;
  for (size_t i = 0; sztp_verdict_at(v, i, &step) == SZTP_OK; i++)
    if (sztp_verdict_step(v, step, &state, NULL) == SZTP_OK && state == SZTP_STEP_FAILED) return step;
  return 0;
}

void entries_event(agent_t *agent, const sztp_session_t *session, const sztp_event_t *event) {
  uint32_t kind = sztp_event_kind(event);
  int64_t outcome = SZTP_OUTCOME_OK, reason = 0, result = 0;
  const uint8_t *message = NULL;
  size_t len = 0;
  char text[1024];
  (void)sztp_event_i64(event, SZTP_F_OUTCOME, &outcome);
  if (!agent->view.journal ||
      (kind != SZTP_EVENT_END && (kind != SZTP_EVENT_VERDICT || outcome == SZTP_OUTCOME_OK)))
    return;
  (void)sztp_event_i64(event, SZTP_F_REASON, &reason);
  (void)sztp_event_i64(event, SZTP_F_RESULT, &result);
  if (sztp_event_bytes(event, SZTP_F_MESSAGE, &message, &len) != SZTP_OK) len = 0;
  uint32_t step = kind == SZTP_EVENT_VERDICT ? failed_step(sztp_session_verdict(session)) : 0;
  (void)snprintf(text, sizeof text, "%s%s: %.*s", kind == SZTP_EVENT_END ? "ended" : "rejected at ",
                 step == 0 ? "" : sztp_step_name(step), (int)len,
                 message == NULL ? "" : (const char *)message);
  const journald_field_t fields[] = {
      {"SYSLOG_IDENTIFIER", "sztp-agent"},
      {"SZTP_EVENT", sztp_event_name(kind)},
      {"SZTP_REASON", reason == 0 ? NULL : sztp_error_label((int32_t)reason)},
      {"SZTP_RESULT", kind == SZTP_EVENT_END ? sztp_result_name((uint32_t)result) : NULL},
      {"SZTP_STEP", step == 0 ? NULL : sztp_step_name(step)},
      {"SZTP_ARTIFACT", artifact_of(step)},
      {"SZTP_SERVER", kind == SZTP_EVENT_END ? NULL : agent->status.server},
      {"SZTP_SERIAL", agent->status.serial},
  };
  uint32_t level = kind == SZTP_EVENT_VERDICT   ? SZTP_LOG_WARN
                   : outcome == SZTP_OUTCOME_OK ? SZTP_LOG_INFO
                                                : SZTP_LOG_ERROR;
  if (level <= agent->view.level && journald_send(level, text, fields, sizeof fields / sizeof *fields) != 0)
    view_say(&agent->view, level, "%s", text);
}
