/* SPDX-License-Identifier: Apache-2.0 */
/* The loop over the states: asks for an action, hears the reply, goes on; a cancel and want of memory on the
 * way. */
#include <sztp/session.h>

#include "machine/dns_round.h"
#include "machine/judge_key.h"
#include "machine/shared.h"

/* Calls that may fail for want of memory before the data that needs it is given up. */
#define SHORTAGES 3

/* More state changes than any session within the limits can make between two actions. */
#define STEPS_WITHOUT_ACTION 100000

/* How a state works: "ask" either fills in s->action or goes to another state; "hear" takes in the reply.
 * Both leave the session as it was when they fail, so that they can be called again. */
static const struct {
  sztp__step_fn ask;
  sztp__step_fn hear;
} TABLE[SZTP__ST_COUNT] = {
#define HEARS(name)            sztp__##name##_hear
#define DEAF(name)             NULL
#define ROW(NAME, name, hears) [SZTP__ST_##NAME] = {sztp__##name##_ask, hears(name)},
    SZTP__STATES(ROW)
#undef ROW
#undef DEAF
#undef HEARS
};

/* From these on the attempt is over, one way or the other. */
static int may_cancel(sztp__state_t state) {
  return state != SZTP__ST_START && state != SZTP__ST_INTERRUPTED && state != SZTP__ST_FORGET &&
         state != SZTP__ST_ROLLBACK && state != SZTP__ST_ROLLED_BACK && state != SZTP__ST_END;
}

/* STATE-08: nothing further is applied, what is unfinished is rolled back. */
static void begin_cancel(sztp_session_t *s) {
  s->cancelling = 1;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SESSION, "cancelled");
  if (s->attempt.active && s->state != SZTP__ST_REBOOT) { /* whose last report was sent (ONB-14) */
    s->attempt.undo |= s->attempt.ran;
    s->attempt.ran = 0;
    sztp__goto(s, SZTP__ST_ROLLBACK);
  } else {
    sztp__end(s, SZTP_RESULT_CANCELLED, SZTP_ERR_CANCELLED, "stopped on request");
  }
}

static int is_wait(sztp__state_t state) { return state == SZTP__ST_WAIT || state == SZTP__ST_REPORT_PAUSE; }

static void end_action(sztp_session_t *s) {
  s->asked = 0;
  sztp__action_clear(&s->action);
  sztp__reply_clear(&s->reply, s->ctx);
}

/* The answer to the action that is out. SZTP_PENDING if there was none yet. */
static int32_t hear(sztp_session_t *s) {
  int over = s->reply.ended || (is_wait(s->state) && (s->now >= s->deadline || s->cancel));
  if (!over) return SZTP_PENDING;
  int32_t rc = TABLE[s->state].hear(s);
  if (rc < 0) return rc;
  end_action(s);
  return SZTP_OK;
}

static int32_t ask(sztp_session_t *s) {
  if (s->cancel && !s->cancelling && may_cancel(s->state)) begin_cancel(s);
  int32_t rc = TABLE[s->state].ask(s);
  if (rc != SZTP_OK) {
    sztp__action_clear(&s->action);
    sztp__reply_clear(&s->reply, s->ctx);
    return rc;
  }
  if (s->action.kind != 0) {
    s->action.ticket = ++s->tickets;
    s->asked = 1;
  }
  return SZTP_OK;
}

/* Data that does not fit into memory again and again is given up as unusable data is: else any server could
 * hold the device up for ever. Returns 1 if it was. */
static int give_up(sztp_session_t *s) {
  if (++s->shortages < SHORTAGES) return 0;
  switch (s->state) {
  case SZTP__ST_DISCOVER:
    if (!s->asked) return 0;
    sztp__goto(s, SZTP__ST_SOURCE);
    break;
  case SZTP__ST_DNS_DOMAINS:
  case SZTP__ST_DNS_QUESTION:
    if (!s->asked) return 0;
    sztp__goto(s, SZTP__ST_DNS_ANSWER);
    break;
  case SZTP__ST_DNS_ANSWER: s->dns.answer_next++; break;
  case SZTP__ST_ROOT:
  case SZTP__ST_DATA:
    if (!s->asked) return 0;
    sztp__goto(s, SZTP__ST_ADDRESS);
    break;
  case SZTP__ST_SERVER: s->servers.lists[s->servers.depth - 1].next++; break;
  case SZTP__ST_JUDGE:
    sztp_bundle_free(s->found.bundle);
    s->found.bundle = NULL;
    sztp__answers_clear(s);
    sztp__goto(s, SZTP__ST_SERVER);
    break;
  default: return 0;
  }
  end_action(s);
  sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_SESSION, "given up for want of memory: %s",
            sztp__trail_detail(s->ctx));
  sztp__note_reason(s, SZTP_ERR_MEMORY, "there is not enough memory for what was received");
  return 1;
}

int32_t sztp_session_next(sztp_session_t *s, uint64_t now_ms, const sztp_action_t **out) {
  if (s == NULL || out == NULL) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  sztp__trail_clear(s->ctx);
  if (now_ms > s->now) s->now = now_ms;
  for (unsigned i = 0; i < STEPS_WITHOUT_ACTION; i++) {
    int32_t rc = SZTP_OK;
    if (s->asked) {
      rc = s->state == SZTP__ST_END ? SZTP_PENDING : hear(s);
      if (rc == SZTP_PENDING) {
        *out = &s->action;
        return SZTP_OK;
      }
    } else {
      rc = ask(s);
      if (rc == SZTP_PENDING) return rc; /* the device's key function is not finished */
    }
    if ((rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO) && give_up(s)) rc = SZTP_OK;
    if (rc < 0) return rc;
    s->shortages = 0;
  }
  return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "session", "no action after %d steps", STEPS_WITHOUT_ACTION);
}

int32_t sztp_session_cancelled(const sztp_session_t *s) {
  return s != NULL && s->cancel && !s->cancelling && may_cancel(s->state);
}
