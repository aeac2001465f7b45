/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that were made in vain, or that the owner had before (D-185): deleted, and their names forgotten
 * (CSR-20, CSR-28). Also in a session that makes none: one before it may have. */
#include "cryptography/key_request.h"
#include "ground/text.h"
#include "machine/csr.h"
#include "machine/judge_key.h"

void sztp__key_name(char out[SZTP__KEY_NAME_TEXT], const uint8_t name[SZTP__KEY_NAME]) {
  (void)sztp__hex_text(out, SZTP__KEY_NAME_TEXT, sztp__span(name, SZTP__KEY_NAME));
}

int sztp__key_first(sztp_session_t *s, sztp__state_t then) {
  if (!s->kept.saved.has_key || s->kept.key_stuck) return 0;
  s->kept.key_then = (uint8_t)then;
  sztp__goto(s, SZTP__ST_KEY_DELETE);
  return 1;
}

int32_t sztp__key_ask(sztp_session_t *s, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                      size_t *len) {
  if (s->dev->key == NULL) return sztp__key_action(s, request, cap);
  *len = 0;
  int within = sztp__host_begins(s);
  int32_t rc = s->dev->key(s->dev->key_user, request, out, cap, len);
  sztp__host_ends(s, within);
  switch (rc) {
  case SZTP_OK: return *len <= cap ? SZTP_OK : SZTP_ERR_KEY;
  case SZTP_PENDING:
  case SZTP_ERR_MEMORY:
  case SZTP_ERR_NOT_FOUND:
  case SZTP_ERR_UNSUPPORTED:
  case SZTP_ERR_KEY_LOCKED: return rc;
  default: return SZTP_ERR_KEY;
  }
}

const char *sztp__key_told(const sztp_session_t *s, int32_t rc) {
  const char *told = sztp__trail_detail(s->ctx); /* by the key store, if it is one of the library's */
  if (*told != '\0') return told;
  switch (rc) {
  case SZTP_ERR_NOT_FOUND: return "it has no such key";
  case SZTP_ERR_UNSUPPORTED: return "it does not know how";
  case SZTP_ERR_KEY_LOCKED: return "it is locked for some time";
  default: return "";
  }
}

/* A key that is not there counts as deleted. */
static void deleted(sztp_session_t *s, int good) {
  s->kept.attempts = 0;
  if (good) {
    s->kept.saved.has_key = 0;
    s->kept.unsaved = 1; /* the host still keeps the name */
    sztp__log(s->ctx, SZTP_LOG_INFO, SZTP_TOPIC_SESSION, "a key that is of no use any more is deleted");
  } else {
    s->kept.key_stuck = 1;
    sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_SESSION,
              "a key that is of no use any more can't be deleted; that is tried again before the next pass");
  }
  sztp__goto(s, SZTP__ST_KEY_FORGET);
}

int32_t sztp__key_delete_ask(sztp_session_t *s) {
  char name[SZTP__KEY_NAME_TEXT];
  uint8_t nothing[1];
  size_t len = 0;
  sztp_key_request_t request;
  memset(&request, 0, sizeof request);
  sztp__key_name(name, s->kept.saved.key);
  request.operation = SZTP_KEY_OP_DELETE;
  request.key_id = sztp__span_of(name);
  int32_t rc = sztp__key_ask(s, &request, nothing, 0, &len);
  if (rc == SZTP_ERR_MEMORY) return rc;
  if (rc == SZTP_PENDING) return s->action.kind != 0 ? SZTP_OK : rc;
  deleted(s, rc == SZTP_OK || rc == SZTP_ERR_NOT_FOUND);
  return SZTP_OK;
}

int32_t sztp__key_delete_hear(sztp_session_t *s) {
  deleted(s, sztp__reply_ok(s) || s->reply.outcome == SZTP_OUTCOME_NOTHING);
  return SZTP_OK;
}

int32_t sztp__key_forget_ask(sztp_session_t *s) {
  if (s->kept.unsaved && !s->kept.saved.has_key && s->kept.attempts < SZTP__SAVE_ATTEMPTS)
    return sztp__ask_save(s, &s->kept.saved);
  s->kept.attempts = 0;
  sztp__goto(s, (sztp__state_t)s->kept.key_then);
  return SZTP_OK;
}

/* If it can't be stored, the next start deletes what is not there, which does no harm. */
int32_t sztp__key_forget_hear(sztp_session_t *s) {
  sztp__saved_t saved = s->kept.saved;
  if (!sztp__heard_save(s, &saved)) s->kept.attempts++;
  sztp__goto(s, SZTP__ST_KEY_FORGET);
  return SZTP_OK;
}
