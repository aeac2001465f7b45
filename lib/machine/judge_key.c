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

static int32_t put_i64(sztp_action_t *a, uint32_t field, const sztp_key_request_t *request, uint32_t from) {
  int64_t value = 0;
  int32_t rc = sztp_key_request_i64(request, from, &value);
  if (rc == SZTP_OK) sztp__action_put_i64(a, field, value);
  return rc == SZTP_ERR_NOT_FOUND ? SZTP_OK : rc;
}

static int32_t put_bytes(sztp_action_t *a, uint32_t field, const sztp_key_request_t *request, uint32_t from) {
  sztp__span_t value;
  int32_t rc = sztp_key_request_bytes(request, from, &value.data, &value.len);
  if (rc == SZTP_OK) rc = sztp__action_put_copy(a, field, value);
  return rc == SZTP_ERR_NOT_FOUND ? SZTP_OK : rc;
}

/* What is lent to a key function ends with it, so that the action has copies. */
int32_t sztp__key_action(sztp_session_t *s, const sztp_key_request_t *request, size_t wanted) {
  sztp_action_t *a = &s->action;
  sztp__action_begin(a, SZTP_ACTION_KEY);
  sztp__action_put_i64(a, SZTP_F_OPERATION, sztp_key_request_operation(request));
  sztp__action_put_i64(a, SZTP_F_LIMIT, (int64_t)wanted);
  int32_t rc = put_i64(a, SZTP_F_HASH, request, SZTP_KEY_F_HASH);
  if (rc == SZTP_OK) rc = put_i64(a, SZTP_F_MGF_HASH, request, SZTP_KEY_F_MGF_HASH);
  if (rc == SZTP_OK) rc = put_bytes(a, SZTP_F_LABEL, request, SZTP_KEY_F_LABEL);
  if (rc == SZTP_OK) rc = put_bytes(a, SZTP_F_CERT, request, SZTP_KEY_F_CERT);
  if (rc == SZTP_OK) rc = put_bytes(a, SZTP_F_KEY_ID, request, SZTP_KEY_F_KEY_ID);
  if (rc == SZTP_OK) rc = put_bytes(a, SZTP_F_ALGORITHM, request, SZTP_KEY_F_ALGORITHM);
  if (rc == SZTP_OK) rc = put_i64(a, SZTP_F_STATEMENT, request, SZTP_KEY_F_STATEMENT);
  if (rc == SZTP_OK) rc = put_bytes(a, SZTP_F_NONCE, request, SZTP_KEY_F_NONCE);
  if (rc == SZTP_OK) rc = put_i64(a, SZTP_F_PCRS, request, SZTP_KEY_F_PCRS);
  if (rc == SZTP_OK) rc = put_bytes(a, SZTP_F_DATA, request, SZTP_KEY_F_INPUT);
  return rc == SZTP_OK ? SZTP_PENDING : rc;
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
