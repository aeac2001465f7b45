/* SPDX-License-Identifier: Apache-2.0 */
/* A build without events (make EVENTS=0): what became of things is told by the end of the session alone. */
#include "machine/event.h"

void sztp__put_event(sztp_session_t *s, uint32_t kind, int32_t code, const char *text) {
  (void)kind;
  if (code != SZTP_OK && code != SZTP_ERR_NOT_FOUND) sztp__note_reason(s, code, text);
}

void sztp__put_event_outcome(sztp_session_t *s, uint32_t kind, uint32_t outcome, int32_t code,
                             const char *text) {
  (void)s;
  (void)kind;
  (void)outcome;
  (void)code;
  (void)text;
}

void sztp__event_tell(sztp_session_t *s) { (void)s; }

int32_t sztp_session_on_event(sztp_session_t *s, sztp_event_fn fn, void *user) {
  (void)user;
  if (s == NULL) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  if (sztp__enter(s->ctx) < 0) return SZTP_ERR_REENTRY;
  if (fn == NULL) return SZTP_OK;
  return sztp__fail(s->ctx, SZTP_ERR_UNSUPPORTED, "session",
                    "this library was built without events (SZTP_FEATURE_EVENTS)");
}

const sztp_event_t *sztp_session_last(const sztp_session_t *s) {
  (void)s;
  return NULL;
}

uint32_t sztp_event_kind(const sztp_event_t *event) {
  (void)event;
  return 0;
}

int32_t sztp_event_i64(const sztp_event_t *event, uint32_t field, int64_t *out) {
  (void)event;
  (void)field;
  (void)out;
  return SZTP_ERR_ARG;
}

int32_t sztp_event_bytes(const sztp_event_t *event, uint32_t field, const uint8_t **data, size_t *len) {
  (void)event;
  (void)field;
  (void)data;
  (void)len;
  return SZTP_ERR_ARG;
}
