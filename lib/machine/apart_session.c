/* SPDX-License-Identifier: Apache-2.0 */
/* The half of a session that stays with the host: calls go over the pipe; actions, events and verdicts that
 * come back are kept as if they had been made here. All of it is checked for its form, since it comes from a
 * process that took apart what anybody has sent. */
#include "cryptography/key_request.h"
#include "machine/apart.h"
#include "machine/event.h"
#include "trust/device_private.h"
#include "trust/verdict.h"

#define KEY_ANSWER_MAX 65536

typedef struct far_half {
  sztp__apart_t pipe;
  sztp__apart_t action; /* its frame, which the fields of the action are borrowed from */
  sztp__cert_t *anchors;
} far_half_t;

static int32_t ended(const sztp_session_t *s) {
  sztp__trail_clear(s->ctx);
  return sztp__fail(s->ctx, SZTP_ERR_HOST, "session", "the process that judges has ended");
}

/* ---- what the other half says -------------------------------------------------------------------- */

static void hear_line(sztp_session_t *s, sztp__apart_t *p) {
  char line[SZTP__SENTENCE_SIZE * 2];
  uint32_t level = (uint32_t)sztp__apart_take(p), topic = (uint32_t)sztp__apart_take(p);
  sztp__apart_take_text(p, line, sizeof line);
  if (p->broken || level < SZTP_LOG_ERROR || level > SZTP_LOG_DEBUG) return;
  sztp__log(s->ctx, level, topic, "%s", line);
}

static void hear_event(sztp_session_t *s, sztp__apart_t *p) {
  sztp_event_t e;
  memset(&e, 0, sizeof e);
  e.kind = (uint32_t)sztp__apart_take(p);
  e.outcome = (uint32_t)sztp__apart_take(p);
  e.reason = (int32_t)sztp__apart_take(p);
  e.source = (uint32_t)sztp__apart_take(p);
  e.index = (uint32_t)sztp__apart_take(p);
  e.stage = (uint32_t)sztp__apart_take(p);
  e.result = (uint32_t)sztp__apart_take(p);
  e.visit = (uint64_t)sztp__apart_take(p);
  e.port = (uint16_t)(sztp__apart_take(p) & UINT16_MAX);
  e.provisional = sztp__apart_take(p) != 0;
  sztp__apart_take_text(p, e.name, sizeof e.name);
  sztp__apart_take_text(p, e.address, sizeof e.address);
  sztp__apart_take_text(p, e.text, sizeof e.text);
  if (p->broken) return;
  s->event.last = e;
  sztp__event_tell(s);
}

/* Where it is kept for as long as the program runs. */
static const char *artifact_name(const char *name) {
  static const char *const names[] = {"conveyed-information", "voucher", "owner-certificate"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i], name) == 0) return names[i];
  return NULL;
}

static int32_t hear_step(sztp_verdict_t *v, uint32_t step, sztp__apart_t *p) {
  sztp__step_result_t *r = &v->steps[step];
  uint32_t state = (uint32_t)sztp__apart_take(p);
  int32_t code = (int32_t)sztp__apart_take(p), cause = (int32_t)sztp__apart_take(p);
  sztp__span_t detail = sztp__apart_take_bytes(p), found = sztp__apart_take_bytes(p);
  sztp__span_t expected = sztp__apart_take_bytes(p), artifact = sztp__apart_take_bytes(p);
  if (p->broken || state > SZTP_STEP_FAILED) return SZTP_ERR_HOST;
  int32_t rc = sztp__verdict_record(v, step, code, cause, (const char *)detail.data, (const char *)found.data,
                                    (const char *)expected.data);
  r->state = state;
  r->artifact = artifact_name((const char *)artifact.data);
  return rc;
}

static int32_t hear_verdict(sztp_session_t *s, sztp__apart_t *p) {
  sztp_verdict_t *v = NULL;
  if (sztp__verdict_new(s->ctx, &v) != SZTP_OK) return SZTP_ERR_MEMORY;
  uint32_t masks[4];
  for (size_t i = 0; i < 4; i++) masks[i] = (uint32_t)sztp__apart_take(p);
  v->kind = (uint32_t)sztp__apart_take(p);
  v->trusted = sztp__apart_take(p) == 1;
  v->voucher_created = sztp__apart_take(p);
  int32_t rc = SZTP_OK;
  for (uint32_t i = 0; rc == SZTP_OK && i < SZTP__STEPS; i++) rc = hear_step(v, i, p);
  v->required = masks[0];
  v->required_inverse = masks[1];
  v->passed = masks[2];
  v->passed_inverse = masks[3];
  if (rc == SZTP_OK) {
    sztp_verdict_free(s->verdict);
    s->verdict = v;
  } else {
    sztp_verdict_free(v);
  }
  return rc;
}

/* ---- what the other half asks -------------------------------------------------------------------- */

static int32_t answer_time(sztp_session_t *s, sztp__apart_t *p) {
  int64_t now = SZTP_TIME_UNKNOWN;
  int within = sztp__host_begins(s);
  if (s->time.fn != NULL) now = s->time.fn(s->time.user);
  sztp__host_ends(s, within);
  sztp__apart_put(p, now);
  return sztp__apart_send(p, SZTP__APART_ANSWER);
}

static int32_t ask_device(sztp_session_t *s, const sztp_key_request_t *r, uint8_t *out, size_t cap,
                          size_t *len) {
  *len = 0;
  if (s->dev->key == NULL) return SZTP_ERR_NOT_FOUND;
  int within = sztp__host_begins(s);
  int32_t rc = s->dev->key(s->dev->key_user, r, out, cap, len);
  sztp__host_ends(s, within);
  if (*len > cap || rc == SZTP_PENDING) {
    *len = 0;
    return SZTP_ERR_KEY;
  }
  return rc;
}

static int32_t answer_key(sztp_session_t *s, sztp__apart_t *p) {
  sztp_key_request_t r;
  memset(&r, 0, sizeof r);
  uint64_t cap = (uint64_t)sztp__apart_take(p);
  r.operation = (uint32_t)sztp__apart_take(p);
  r.hash = sztp__apart_take(p);
  r.mgf_hash = sztp__apart_take(p);
  r.statement = sztp__apart_take(p);
  r.pcrs = sztp__apart_take(p);
  r.artifact = (uint32_t)sztp__apart_take(p);
  r.recipient = (uint32_t)sztp__apart_take(p);
  r.input = sztp__apart_take_bytes(p);
  r.label = sztp__apart_take_bytes(p);
  r.cert = sztp__apart_take_bytes(p);
  r.key_id = sztp__apart_take_bytes(p);
  r.algorithm = sztp__apart_take_bytes(p);
  r.nonce = sztp__apart_take_bytes(p);
  if (p->broken || cap > KEY_ANSWER_MAX) return SZTP_ERR_HOST;
  uint8_t *out = sztp__alloc(s->ctx, (size_t)cap + 1);
  if (out == NULL) return SZTP_ERR_MEMORY;
  size_t len = 0;
  sztp__trail_clear(s->ctx);
  int32_t rc = ask_device(s, &r, out, (size_t)cap, &len);
  sztp__apart_put(p, rc);
  sztp__apart_put_bytes(p, sztp__span(out, rc == SZTP_OK ? len : 0));
  sztp__apart_put_text(p, rc < 0 ? sztp__trail_detail(s->ctx) : "");
  sztp__free_secret(s->ctx, out);
  return sztp__apart_send(p, SZTP__APART_ANSWER);
}

/* ---- the end of a call --------------------------------------------------------------------------- */

static int32_t take_anchors(sztp_session_t *s, far_half_t *h, sztp__apart_t *p) {
  uint64_t count = (uint64_t)sztp__apart_take(p);
  if (p->broken || count > p->in_len) return SZTP_ERR_HOST; /* each has more than one octet */
  h->anchors = sztp__alloc_array(s->ctx, (size_t)count, sizeof *h->anchors);
  if (h->anchors == NULL) return SZTP_ERR_MEMORY;
  for (size_t i = 0; i < count; i++) h->anchors[i].der = sztp__apart_take_bytes(p);
  s->action.anchors = h->anchors;
  s->action.anchor_count = (size_t)count;
  return p->broken ? SZTP_ERR_HOST : SZTP_OK;
}

static void take_field(sztp_session_t *s, sztp__apart_t *p) {
  uint32_t field = (uint32_t)sztp__apart_take(p);
  if (sztp__apart_take(p) != 0)
    sztp__action_put_i64(&s->action, field, sztp__apart_take(p));
  else
    sztp__action_lend(&s->action, field, sztp__apart_take_bytes(p));
}

static void drop_action(sztp_session_t *s, far_half_t *h) {
  sztp__action_clear(&s->action);
  sztp__reply_clear(&s->reply, s->ctx);
  sztp__free(s->ctx, h->anchors);
  h->anchors = NULL;
  sztp__apart_clear(&h->action);
  s->asked = 0;
}

/* The state of the other half, and its action, whose frame is kept until the next. */
static int32_t take_state(sztp_session_t *s, far_half_t *h) {
  sztp__apart_t *p = &h->pipe;
  uint32_t state = (uint32_t)sztp__apart_take(p);
  s->cancelling = sztp__apart_take(p) != 0;
  s->end.result = (uint32_t)sztp__apart_take(p);
  s->end.reason = (int32_t)sztp__apart_take(p);
  sztp__apart_take_text(p, s->end.text, sizeof s->end.text);
  uint32_t kind = (uint32_t)sztp__apart_take(p);
  uint64_t ticket = (uint64_t)sztp__apart_take(p), fields = (uint64_t)sztp__apart_take(p);
  if (p->broken || state >= SZTP__ST_COUNT || kind == 0 || fields > SZTP__ACTION_FIELDS) return SZTP_ERR_HOST;
  if (s->asked && ticket == s->action.ticket) return SZTP_OK; /* the same again */
  drop_action(s, h);
  s->state = (sztp__state_t)state;
  s->action.kind = kind;
  s->action.ticket = ticket;
  for (uint64_t i = 0; i < fields; i++) take_field(s, p);
  int32_t rc = take_anchors(s, h, p);
  h->action.in = p->in;
  p->in = NULL;
  if (rc != SZTP_OK) {
    drop_action(s, h);
    return rc;
  }
  s->asked = 1;
  return SZTP_OK;
}

static int32_t take_end(sztp_session_t *s, far_half_t *h, const sztp__far_call_t *call, int64_t *answer) {
  char detail[SZTP__SENTENCE_SIZE];
  int32_t rc = (int32_t)sztp__apart_take(&h->pipe);
  int64_t number = sztp__apart_take(&h->pipe);
  int32_t cause = (int32_t)sztp__apart_take(&h->pipe);
  sztp__apart_take_text(&h->pipe, detail, sizeof detail);
  if (h->pipe.broken || rc > SZTP_OK)
    return SZTP_ERR_HOST; /* the keys are here, and nothing else can be pending */
  if (answer != NULL) *answer = number;
  sztp__trail_clear(s->ctx);
  if (rc < 0) cause = rc;
  if (detail[0] != '\0' && cause < 0) (void)sztp__fail(s->ctx, cause, "session", "%s", detail);
  return rc == SZTP_OK && call->what == SZTP__FAR_NEXT ? take_state(s, h) : rc;
}

/* ---- calls --------------------------------------------------------------------------------------- */

static int32_t send_call(sztp_session_t *s, sztp__apart_t *p, const sztp__far_call_t *call) {
  sztp__apart_put(p, call->what);
  sztp__apart_put(p, s->cancel != 0);
  sztp__apart_put(p, (int64_t)call->ticket);
  sztp__apart_put(p, call->field);
  sztp__apart_put(p, call->number);
  sztp__apart_put_bytes(p, call->bytes);
  sztp__apart_put_bytes(p, call->responder);
  return call->told ? sztp__apart_add(p, SZTP__APART_TELL) : sztp__apart_send(p, SZTP__APART_CALL);
}

/* Hears what the other half says until it is done. */
static int32_t listen(sztp_session_t *s, far_half_t *h, const sztp__far_call_t *call, int64_t *answer) {
  sztp__apart_t *p = &h->pipe;
  uint32_t kind = 0;
  int32_t rc = SZTP_OK;
  while (rc == SZTP_OK && !p->broken) {
    rc = sztp__apart_receive(p, &kind);
    if (rc != SZTP_OK) return rc;
    switch (kind) {
    case SZTP__APART_DONE: return take_end(s, h, call, answer);
    case SZTP__APART_LOG: hear_line(s, p); break;
    case SZTP__APART_EVENT: hear_event(s, p); break;
    case SZTP__APART_VERDICT: rc = hear_verdict(s, p); break;
    case SZTP__APART_KEY: rc = answer_key(s, p); break;
    case SZTP__APART_TIME: rc = answer_time(s, p); break;
    default: rc = SZTP_ERR_HOST; break;
    }
  }
  return rc != SZTP_OK ? rc : SZTP_ERR_HOST;
}

/* What fails halfway leaves the two halves apart in what they know, so that it is the end. */
static int32_t far_call(sztp_session_t *s, const sztp__far_call_t *call, int64_t *answer) {
  far_half_t *h = s->far_half;
  if (h->pipe.broken) return ended(s);
  int32_t rc = send_call(s, &h->pipe, call);
  if (rc == SZTP_ERR_MEMORY) return rc; /* nothing was sent */
  if (rc == SZTP_OK && !call->told) rc = listen(s, h, call, answer);
  if (rc == SZTP_ERR_HOST) h->pipe.broken = 1;
  return h->pipe.broken ? ended(s) : rc;
}

static void far_free(sztp_session_t *s) {
  far_half_t *h = s->far_half;
  drop_action(s, h);
  sztp__apart_clear(&h->pipe);
  sztp__free(s->ctx, h);
}

int32_t sztp_session_new_apart(sztp_ctx_t *ctx, sztp_device_t *dev, const sztp_pipe_t *pipe,
                               sztp_session_t **out) {
  static const sztp__far_t far = {far_call, far_free};
  sztp_session_t *s = NULL;
  if (pipe == NULL || pipe->read == NULL || pipe->write == NULL || out == NULL) return SZTP_ERR_ARG;
  int32_t rc = sztp_session_new(ctx, dev, &s);
  if (rc != SZTP_OK) return rc;
  far_half_t *h = sztp__alloc(ctx, sizeof *h);
  if (h == NULL) {
    sztp_session_free(s);
    return SZTP_ERR_MEMORY;
  }
  sztp__apart_init(&h->pipe, ctx, pipe);
  sztp__apart_init(&h->action, ctx, pipe);
  s->far = &far;
  s->far_half = h;
  rc = far_call(s, &(sztp__far_call_t){.what = SZTP__FAR_KEYS, .number = dev->key != NULL}, NULL);
  if (rc == SZTP_OK)
    *out = s;
  else
    sztp_session_free(s);
  return rc;
}
