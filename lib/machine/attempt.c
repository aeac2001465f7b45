/* SPDX-License-Identifier: Apache-2.0 */
/* An attempt to bootstrap with onboarding information: its parts, how it fails, forgetting it. */
#include "machine/attempt.h"

#include "machine/event.h"
#include "machine/report.h"

sztp__span_t sztp__part(const sztp_session_t *s, uint32_t field) {
  return sztp__blob_span(&s->attempt.info->one[field]);
}

void sztp__lend_part(sztp_session_t *s, uint32_t to, uint32_t field) {
  sztp__span_t value = sztp__part(s, field);
  if (value.data != NULL) sztp__action_lend(&s->action, to, value);
}

void sztp__attempt_clear(sztp_session_t *s) {
  sztp_info_free(s->attempt.info);
  s->attempt.info = NULL;
  sztp__blob_free(s->ctx, &s->report.message);
  s->attempt.active = 0;
  s->attempt.stage = 0;
  s->attempt.ran = 0;
  s->attempt.image_uri = 0;
  s->attempt.afresh = 0;
  s->attempt.image_code = SZTP_OK;
  s->kept.attempts = 0;
}

/* What an error of an attempt is about. */
static uint32_t event_of(int32_t code) {
  switch (code) {
  case SZTP_ERR_IMAGE:
  case SZTP_ERR_IMAGE_MISMATCH:
  case SZTP_ERR_IMAGE_SIGNATURE:
  case SZTP_ERR_IMAGE_LOOP: return SZTP_EVENT_IMAGE;
  case SZTP_ERR_REPORT: return SZTP_EVENT_REPORT;
  default: return SZTP_EVENT_STAGE;
  }
}

/* Reports an error, undoes what was done, and goes back to the enclosing list. */
int32_t sztp__attempt_failed(sztp_session_t *s, uint32_t type, int32_t code, const char *text,
                             sztp__span_t message) {
  int32_t rc = sztp__report_text(s, type, message, 1, SZTP__ST_ROLLBACK);
  if (rc < 0) return rc;
  sztp__undo(s, SZTP__ST_SERVER);
  sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_ONBOARD, "%s", text);
  sztp__event(s, event_of(code), code, text);
  return SZTP_OK;
}

/* The same, where the text for people is all there is to report. */
int32_t sztp__attempt_failed_with(sztp_session_t *s, uint32_t type, int32_t code, const char *text) {
  return sztp__fail_attempt(s, type, code, text, sztp__span_of(text));
}
