/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a key, as an action for the host. */
#include "cryptography/key_request.h"
#include "machine/judge_key.h"

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
