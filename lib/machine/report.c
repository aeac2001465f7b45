/* SPDX-License-Identifier: Apache-2.0 */
/* Progress reports (PROG group): to whom, when, and what their fate means. */
#include "machine/report.h"

#include "ground/printable.h"
#include "machine/event.h"
#include "machine/fetch.h"

#define ATTEMPTS       3 /* D-144 */
#define GIVE_UP_MS     30000
#define REPORT_TIME_MS 30000
#define CANCEL_TIME_MS 2000 /* D-147 */
#define PAUSE_MS       1000

/* PROG-01, PROG-02: only to the server that gave the data, and only if it was authenticated. */
static int has_listener(const sztp_session_t *s) { return s->found.from_server && s->visit.server_trusted; }

static int is_wanted(const sztp_session_t *s, uint32_t type) {
  return has_listener(s) && (s->visit.verbose || sztp__progress_at_minimal(type));
}

int32_t sztp__report_text(sztp_session_t *s, uint32_t type, sztp__span_t message, int keep_end,
                          sztp__state_t then) {
  sztp__report_t *r = &s->report;
  if (!is_wanted(s, type)) {
    sztp__goto(s, then);
    return SZTP_OK;
  }
  sztp__buf_t text;
  sztp__blob_t kept = {NULL, 0};
  sztp__buf_init(&text, s->ctx, SZTP__MESSAGE_MAX);
  int32_t rc = sztp__progress_message(&text, message, keep_end);
  if (rc == SZTP_OK) rc = sztp__buf_take(&text, &kept.data, &kept.len);
  sztp__buf_clear(&text);
  if (rc < 0) return rc;
  sztp__blob_free(s->ctx, &r->message);
  r->message = kept;
  r->type = type;
  r->required = 0;
  r->attempts = 0;
  r->give_up = s->now + GIVE_UP_MS;
  r->then = then;
  r->otherwise = then;
  s->visit.switched = 0;
  sztp__goto(s, SZTP__ST_REPORT);
  return SZTP_OK;
}

int32_t sztp__report(sztp_session_t *s, uint32_t type, sztp__state_t then) {
  return sztp__report_text(s, type, sztp__span(NULL, 0), 0, then);
}

int32_t sztp__report_required(sztp_session_t *s, uint32_t type, sztp__state_t then, sztp__state_t otherwise) {
  int32_t rc = sztp__report(s, type, then);
  if (rc == SZTP_OK && s->state == SZTP__ST_REPORT) {
    s->report.required = 1;
    s->report.otherwise = otherwise;
  }
  return rc;
}

int32_t sztp__report_ask(sztp_session_t *s) {
  const sztp__report_t *r = &s->report;
  sztp__buf_t body;
  sztp__buf_init(&body, s->ctx, SIZE_MAX); /* all of it is the device's own */
  int32_t rc = sztp__progress_body(s->dev, r->type, sztp__blob_span(&r->message), s->visit.encoding, &body);
  if (rc == SZTP_OK)
    rc = sztp__fetch(s, SZTP_FETCH_PROGRESS, "POST", "report-progress", &body,
                     sztp__limit(s->ctx, SZTP_LIMIT_OTHER_REPLY),
                     s->cancelling ? CANCEL_TIME_MS : REPORT_TIME_MS);
  sztp__buf_clear(&body);
  return rc;
}

/* Transport errors and 5xx may pass; a server that can't be authenticated or says no will not change its
 * mind. */
static int may_pass(const sztp_session_t *s, int delivered) {
  int transient =
      delivered ? s->reply.status >= 500 : s->reply.reason == 0 || s->reply.reason == SZTP_ERR_SERVER_FAIL;
  return transient && s->report.attempts < ATTEMPTS && s->now < s->report.give_up;
}

int32_t sztp__report_hear(sztp_session_t *s) {
  sztp__report_t *r = &s->report;
  const char *name = sztp__progress_name(r->type);
  int delivered = sztp__fetch_ok(s);
  if (delivered && sztp__switch_encoding(s)) {
    sztp__goto(s, SZTP__ST_REPORT);
    return SZTP_OK;
  }
  r->attempts++;
  if (delivered && s->reply.status == 204) {
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SERVER, "reported %s", name);
    sztp__event(s, SZTP_EVENT_REPORT, SZTP_OK, name);
    sztp__goto(s, r->then);
    return SZTP_OK;
  }
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s was not acknowledged (%s %u instead of 204)", name,
            delivered ? "status" : "no reply;", delivered ? (unsigned)s->reply.status : 0U);
  sztp__event_outcome(s, SZTP_EVENT_REPORT, SZTP_OUTCOME_FAILED, SZTP_ERR_REPORT, name);
  if (!r->required)
    sztp__goto(s, r->then);
  else
    sztp__goto(s, may_pass(s, delivered) ? SZTP__ST_REPORT_PAUSE : r->otherwise);
  return SZTP_OK;
}

int32_t sztp__report_pause_ask(sztp_session_t *s) {
  s->deadline = s->now + PAUSE_MS * s->report.attempts;
  sztp__action_begin(&s->action, SZTP_ACTION_WAIT);
  sztp__action_put_u64(&s->action, SZTP_F_DEADLINE, s->deadline);
  return SZTP_OK;
}

int32_t sztp__report_pause_hear(sztp_session_t *s) {
  sztp__goto(s, SZTP__ST_REPORT);
  return SZTP_OK;
}
