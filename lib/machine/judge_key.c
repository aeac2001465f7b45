/* SPDX-License-Identifier: Apache-2.0 */
/* The private key of a session whose device has no key function: the host is asked by an action. Verification
 * is pure, so it simply runs again with the answers that have come in. */
#include "machine/judge_key.h"

#include "cryptography/cms_open.h"

/* The place of an artifact's answer. */
static sztp__answer_t *answer_for(sztp_session_t *s, uint32_t artifact) {
  return &s->key.answers[artifact - SZTP_ARTIFACT_CONVEYED_INFO];
}

void sztp__answers_clear(sztp_session_t *s) {
  for (size_t i = 0; i < SZTP__ANSWERS; i++) sztp__blob_free(s->ctx, &s->key.answers[i].data);
  memset(s->key.answers, 0, sizeof s->key.answers);
}

/* An sztp_key_fn. */
static int32_t session_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t out_cap,
                           size_t *out_len) {
  sztp_session_t *s = user;
  const sztp__answer_t *answer = answer_for(s, request->artifact);
  if (request->recipient < answer->refused) return SZTP_ERR_NOT_FOUND;
  if (!answer->given) {
    s->key.artifact = request->artifact;
    s->key.recipient = request->recipient;
    return sztp__key_action(s, request, out_cap);
  }
  /* Copied whatever it is: whether it is right is for the caller to find. */
  size_t len = answer->data.len < out_cap ? answer->data.len : out_cap;
  if (len > 0) memcpy(out, answer->data.data, len);
  *out_len = answer->data.len;
  return answer->failed ? SZTP_ERR_KEY : SZTP_OK;
}

sztp_key_fn sztp__session_key(sztp_session_t *s, void **user) {
  *user = s->dev->key != NULL ? s->dev->key_user : s;
  return s->dev->key != NULL ? s->dev->key : session_key;
}

int32_t sztp__judge_hear(sztp_session_t *s) {
  sztp__answer_t *answer = answer_for(s, s->key.artifact);
  if (s->reply.outcome == SZTP_OUTCOME_NOTHING) {
    answer->refused = s->key.recipient + 1;
    sztp__goto(s, SZTP__ST_JUDGE);
    return SZTP_OK;
  }
  answer->data = sztp__blob_take(&s->reply.data);
  answer->failed = !sztp__reply_ok(s);
  answer->given = 1;
  sztp__goto(s, SZTP__ST_JUDGE);
  return SZTP_OK;
}
