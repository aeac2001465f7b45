/* SPDX-License-Identifier: Apache-2.0 */
/* The half of a session that takes apart and judges: it carries out the other half's calls, and asks it for
 * keys and the time. */
#include "cryptography/key_request.h"
#include "machine/apart.h"
#include "trust/device_private.h"
#include "trust/verdict.h"

typedef struct served {
  sztp_session_t *session;
  sztp__apart_t pipe;
  uint8_t *call; /* the frame of the call that is carried out */
} served_t;

/* ---- what it says of its own accord -------------------------------------------------------------- */

static void say_line(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  served_t *v = user;
  sztp__apart_put(&v->pipe, level);
  sztp__apart_put(&v->pipe, topic);
  sztp__apart_put_bytes(&v->pipe, sztp__span(line, len));
  (void)sztp__apart_add(&v->pipe, SZTP__APART_LOG);
}

static void put_step(sztp__apart_t *p, const sztp__step_result_t *r) {
  sztp__apart_put(p, r->state);
  sztp__apart_put(p, r->code);
  sztp__apart_put(p, r->cause);
  sztp__apart_put_text(p, r->detail == NULL ? "" : r->detail);
  sztp__apart_put_text(p, r->found == NULL ? "" : r->found);
  sztp__apart_put_text(p, r->expected == NULL ? "" : r->expected);
  sztp__apart_put_text(p, r->artifact == NULL ? "" : r->artifact);
}

static void say_verdict(served_t *v) {
  const sztp_verdict_t *verdict = v->session->verdict;
  if (verdict == NULL) return;
  sztp__apart_put(&v->pipe, verdict->required);
  sztp__apart_put(&v->pipe, verdict->required_inverse);
  sztp__apart_put(&v->pipe, verdict->passed);
  sztp__apart_put(&v->pipe, verdict->passed_inverse);
  sztp__apart_put(&v->pipe, verdict->kind);
  sztp__apart_put(&v->pipe, verdict->trusted);
  sztp__apart_put(&v->pipe, verdict->voucher_created);
  for (size_t i = 0; i < SZTP__STEPS; i++) put_step(&v->pipe, &verdict->steps[i]);
  (void)sztp__apart_add(&v->pipe, SZTP__APART_VERDICT);
}

static void say_event(void *user, const sztp_session_t *session, const sztp_event_t *e) {
  served_t *v = user;
  (void)session;
  if (e->kind == SZTP_EVENT_VERDICT) say_verdict(v);
  const int64_t numbers[] = {e->kind,  e->outcome, e->reason,         e->source, e->index,
                             e->stage, e->result,  (int64_t)e->visit, e->port,   e->provisional};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sztp__apart_put(&v->pipe, numbers[i]);
  sztp__apart_put_text(&v->pipe, e->name);
  sztp__apart_put_text(&v->pipe, e->address);
  sztp__apart_put_text(&v->pipe, e->text);
  (void)sztp__apart_add(&v->pipe, SZTP__APART_EVENT);
}

/* ---- what it asks -------------------------------------------------------------------------------- */

static int32_t question(served_t *v, uint32_t what) {
  uint32_t kind = 0;
  int32_t rc = sztp__apart_send(&v->pipe, what);
  if (rc == SZTP_OK) rc = sztp__apart_receive(&v->pipe, &kind);
  return rc == SZTP_OK && kind != SZTP__APART_ANSWER ? SZTP_ERR_HOST : rc;
}

static int64_t far_time(void *user) {
  served_t *v = user;
  if (question(v, SZTP__APART_TIME) != SZTP_OK) return SZTP_TIME_UNKNOWN;
  return sztp__apart_take(&v->pipe);
}

/* An sztp_key_fn. */
static int32_t far_key(void *user, const sztp_key_request_t *r, uint8_t *out, size_t cap, size_t *len) {
  served_t *v = user;
  const int64_t numbers[] = {(int64_t)cap, r->operation, r->hash,     r->mgf_hash,
                             r->statement, r->pcrs,      r->artifact, r->recipient};
  const sztp__span_t spans[] = {r->input, r->label, r->cert, r->key_id, r->algorithm, r->nonce};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sztp__apart_put(&v->pipe, numbers[i]);
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) sztp__apart_put_bytes(&v->pipe, spans[i]);
  int32_t rc = question(v, SZTP__APART_KEY);
  if (rc != SZTP_OK) return rc;
  rc = (int32_t)sztp__apart_take(&v->pipe);
  sztp__span_t answer = sztp__apart_take_bytes(&v->pipe), detail = sztp__apart_take_bytes(&v->pipe);
  if (v->pipe.broken) return SZTP_ERR_KEY;
  *len = answer.len;
  if (answer.len > 0 && answer.len <= cap) memcpy(out, answer.data, answer.len);
  return detail.len > 0 ? sztp__fail(v->pipe.ctx, rc, "device.key", "%s", (const char *)detail.data) : rc;
}

/* ---- calls --------------------------------------------------------------------------------------- */

static void put_action(sztp__apart_t *p, const sztp_action_t *a) {
  sztp__apart_put(p, a->kind);
  sztp__apart_put(p, (int64_t)a->ticket);
  sztp__apart_put(p, (int64_t)a->field_count);
  for (size_t i = 0; i < a->field_count; i++) {
    const sztp__field_t *f = &a->fields[i];
    sztp__apart_put(p, f->field);
    sztp__apart_put(p, f->is_number);
    if (f->is_number)
      sztp__apart_put(p, f->number);
    else
      sztp__apart_put_bytes(p, f->bytes);
  }
  sztp__apart_put(p, (int64_t)a->anchor_count);
  for (size_t i = 0; i < a->anchor_count; i++) sztp__apart_put_bytes(p, a->anchors[i].der);
}

static void put_state(served_t *v) {
  const sztp_session_t *s = v->session;
  sztp__apart_put(&v->pipe, s->state);
  sztp__apart_put(&v->pipe, s->cancelling);
  sztp__apart_put(&v->pipe, s->end.result);
  sztp__apart_put(&v->pipe, s->end.reason);
  sztp__apart_put_text(&v->pipe, s->end.text);
  put_action(&v->pipe, &s->action);
}

/* The call that came in: in its order, what a sztp__far_call_t has. */
static int32_t carry_out(served_t *v, sztp__far_what_t *what, int64_t *answer) {
  sztp_session_t *s = v->session;
  const sztp_action_t *action = NULL;
  uint32_t then = 0;
  int32_t rc;
  *what = (sztp__far_what_t)sztp__apart_take(&v->pipe);
  if (sztp__apart_take(&v->pipe) != 0) s->cancel = 1;
  uint64_t ticket = (uint64_t)sztp__apart_take(&v->pipe);
  uint32_t field = (uint32_t)sztp__apart_take(&v->pipe);
  int64_t number = sztp__apart_take(&v->pipe);
  sztp__span_t bytes = sztp__apart_take_bytes(&v->pipe);
  sztp__span_t responder = sztp__apart_take_bytes(&v->pipe);
  if (v->pipe.broken) return SZTP_ERR_ABI;
  v->call = v->pipe.in; /* a question on the way would have an answer take its place */
  v->pipe.in = NULL;
  switch (*what) {
  case SZTP__FAR_ADD_SOURCE: return sztp_session_add_source(s, field);
  case SZTP__FAR_RESTORE: return sztp_session_restore(s, bytes.data, bytes.len);
  case SZTP__FAR_SET_TIME: return sztp_session_set_time(s, ticket, number);
  case SZTP__FAR_CLOCK: return sztp_session_set_unix_clock(s, number != 0 ? far_time : NULL, v);
  case SZTP__FAR_KEYS:
    s->dev->key = number != 0 ? far_key : NULL;
    s->dev->key_user = v;
    return SZTP_OK;
  case SZTP__FAR_NEXT: return sztp_session_next(s, ticket, &action);
  case SZTP__FAR_CHECK_SERVER: return sztp_action_check_server(s, &s->action, bytes.data, bytes.len);
  case SZTP__FAR_I64: return sztp_reply_i64(s, ticket, field, number);
  case SZTP__FAR_BYTES: return sztp_reply_bytes(s, ticket, field, bytes.data, bytes.len);
  case SZTP__FAR_DNS_ANSWER:
    rc = sztp_reply_answer(s, ticket, (const char *)responder.data, responder.len, bytes.data, bytes.len,
                           &then);
    *answer = then;
    return rc;
  case SZTP__FAR_WRITE: return sztp_reply_write(s, ticket, bytes.data, bytes.len);
  case SZTP__FAR_RESTART: return sztp_reply_restart(s, ticket);
  case SZTP__FAR_END: return sztp_reply_end(s, ticket, field);
  default: return SZTP_ERR_ABI;
  }
}

/* Takes calls until there are no more. */
static int32_t serve(served_t *v) {
  uint32_t kind = 0;
  while (sztp__apart_receive(&v->pipe, &kind) == SZTP_OK) {
    sztp__far_what_t what = SZTP__FAR_END;
    int64_t answer = 0;
    int told = kind == SZTP__APART_TELL;
    int32_t rc = told || kind == SZTP__APART_CALL ? carry_out(v, &what, &answer) : SZTP_ERR_ABI;
    sztp__free_secret(v->pipe.ctx, v->call);
    v->call = NULL;
    if (told && rc < 0) rc = SZTP_ERR_ABI; /* the other half has looked whether it can be done */
    if (rc == SZTP_ERR_ABI) return rc;
    if (told) continue;
    sztp__apart_put(&v->pipe, rc);
    sztp__apart_put(&v->pipe, answer);
    sztp__apart_put(&v->pipe,
                    sztp__trail_cause(v->pipe.ctx)); /* also of what is no failure, as "no such record" */
    sztp__apart_put_text(&v->pipe, sztp__trail_detail(v->pipe.ctx));
    if (what == SZTP__FAR_NEXT && rc == SZTP_OK) put_state(v);
    if (sztp__apart_send(&v->pipe, SZTP__APART_DONE) == SZTP_ERR_MEMORY) return SZTP_ERR_MEMORY;
  }
  return SZTP_OK;
}

int32_t sztp_session_serve(sztp_ctx_t *ctx, sztp_device_t *dev, uint32_t log_level, const sztp_pipe_t *pipe) {
  served_t v;
  if (ctx == NULL || dev == NULL || pipe == NULL || pipe->read == NULL || pipe->write == NULL)
    return SZTP_ERR_ARG;
  memset(&v, 0, sizeof v);
  int32_t rc = sztp_ctx_set_log(ctx, log_level, say_line, &v);
  if (rc == SZTP_OK) rc = sztp_session_new(ctx, dev, &v.session);
  if (rc != SZTP_OK) return rc;
  sztp__apart_init(&v.pipe, ctx, pipe);
  rc = sztp_session_on_event(v.session, say_event, &v);
  if (rc == SZTP_OK) rc = serve(&v);
  (void)sztp_ctx_set_log(ctx, log_level, NULL, NULL);
  sztp_session_free(v.session);
  sztp__apart_clear(&v.pipe);
  dev->key = NULL;
  return rc;
}
