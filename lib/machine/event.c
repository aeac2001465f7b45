/* SPDX-License-Identifier: Apache-2.0 */
/* Events: what each is made of, telling them, and their getters. */
#include "machine/event.h"

#include <sztp/session.h>

#include "ground/format.h"

#define FIELD(field) ((uint64_t)1 << (field))

/* Which fields an event has. */
static uint64_t fields_of(const sztp_event_t *e) {
  uint64_t fields = FIELD(SZTP_F_OUTCOME) | FIELD(SZTP_F_REASON) | FIELD(SZTP_F_MESSAGE);
  switch (e->kind) {
  case SZTP_EVENT_SOURCE:
  case SZTP_EVENT_VERDICT: return fields | FIELD(SZTP_F_SOURCE) | FIELD(SZTP_F_INDEX);
  case SZTP_EVENT_SERVER:
  case SZTP_EVENT_EVIDENCE:
    fields |= FIELD(SZTP_F_SOURCE) | FIELD(SZTP_F_VISIT) | FIELD(SZTP_F_NAME) | FIELD(SZTP_F_PORT) |
              FIELD(SZTP_F_PROVISIONAL);
    return e->address[0] != '\0' ? fields | FIELD(SZTP_F_ADDRESS) : fields;
  case SZTP_EVENT_STAGE:
  case SZTP_EVENT_UNDO: return fields | FIELD(SZTP_F_STAGE);
  case SZTP_EVENT_END: return fields | FIELD(SZTP_F_RESULT);
  default: return fields;
  }
}

static void fill_server(sztp_event_t *e, const sztp__visit_t *v) {
  e->visit = v->number;
  e->port = v->port;
  e->provisional = v->provisional;
  sztp__put_text(e->name, sizeof e->name, v->host);
  if (v->address_next > 0 && v->address_next <= v->address_count)
    sztp__put_text(e->address, sizeof e->address, sztp__blob_span(&v->addresses[v->address_next - 1]));
}

void sztp__event_tell(sztp_session_t *s) {
  if (s->event.fn == NULL) return;
  int within = sztp__host_begins(s);
  s->event.fn(s->event.user, s, &s->event.last);
  sztp__host_ends(s, within);
}

void sztp__put_event_outcome(sztp_session_t *s, uint32_t kind, uint32_t outcome, int32_t code,
                             const char *text) {
  sztp_event_t *e = &s->event.last;
  memset(e, 0, sizeof *e);
  e->kind = kind;
  e->outcome = outcome;
  e->reason = code;
  e->source = s->sources.current;
  e->index = s->sources.place;
  e->stage = s->attempt.stage;
  e->result = s->end.result;
  if (kind == SZTP_EVENT_SERVER || kind == SZTP_EVENT_EVIDENCE) fill_server(e, &s->visit);
  (void)sztp__sentence(e->text, sizeof e->text, "%s", text);
  sztp__event_tell(s);
}

void sztp__put_event(sztp_session_t *s, uint32_t kind, int32_t code, const char *text) {
  uint32_t outcome = code == SZTP_OK              ? SZTP_OUTCOME_OK
                     : code == SZTP_ERR_NOT_FOUND ? SZTP_OUTCOME_NOTHING
                                                  : SZTP_OUTCOME_FAILED;
  if (outcome == SZTP_OUTCOME_FAILED) sztp__note_reason(s, code, text);
  sztp__event_outcome(s, kind, outcome, outcome == SZTP_OUTCOME_NOTHING ? SZTP_OK : code, text);
}

int32_t sztp_session_on_event(sztp_session_t *s, sztp_event_fn fn, void *user) {
  if (s == NULL) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  s->event.fn = fn;
  s->event.user = user;
  return SZTP_OK;
}

const sztp_event_t *sztp_session_last(const sztp_session_t *s) {
  return s == NULL || s->event.last.kind == 0 ? NULL : &s->event.last;
}

uint32_t sztp_event_kind(const sztp_event_t *event) { return event == NULL ? 0 : event->kind; }

/* 0, or why the event does not have the field. */
static int32_t look_for(const sztp_event_t *event, uint32_t field) {
  if (field >= 64) return SZTP_ERR_ARG;
  return (fields_of(event) & FIELD(field)) != 0 ? SZTP_OK : SZTP_ERR_NOT_FOUND;
}

int32_t sztp_event_i64(const sztp_event_t *event, uint32_t field, int64_t *out) {
  if (event == NULL || out == NULL) return SZTP_ERR_ARG;
  int32_t rc = look_for(event, field);
  if (rc < 0) return rc;
  switch (field) {
  case SZTP_F_SOURCE: *out = event->source; return SZTP_OK;
  case SZTP_F_INDEX: *out = event->index; return SZTP_OK;
  case SZTP_F_VISIT: *out = (int64_t)event->visit; return SZTP_OK;
  case SZTP_F_PORT: *out = event->port; return SZTP_OK;
  case SZTP_F_PROVISIONAL: *out = event->provisional; return SZTP_OK;
  case SZTP_F_STAGE: *out = event->stage; return SZTP_OK;
  case SZTP_F_RESULT: *out = event->result; return SZTP_OK;
  case SZTP_F_OUTCOME: *out = event->outcome; return SZTP_OK;
  case SZTP_F_REASON: *out = event->reason; return SZTP_OK;
  default: return SZTP_ERR_ARG;
  }
}

int32_t sztp_event_bytes(const sztp_event_t *event, uint32_t field, const uint8_t **data, size_t *len) {
  if (event == NULL || data == NULL || len == NULL) return SZTP_ERR_ARG;
  int32_t rc = look_for(event, field);
  if (rc < 0) return rc;
  const char *found = NULL;
  switch (field) {
  case SZTP_F_NAME: found = event->name; break;
  case SZTP_F_ADDRESS: found = event->address; break;
  case SZTP_F_MESSAGE: found = event->text; break;
  default: return SZTP_ERR_ARG;
  }
  *data = (const uint8_t *)found;
  *len = strlen(found);
  return SZTP_OK;
}
