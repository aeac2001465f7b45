/* SPDX-License-Identifier: Apache-2.0 */
/* The loop over the states: asks for an action, hears the reply, goes on; a cancel and want of memory on the
 * way. */
#include <sztp/session.h>

#include "ground/format.h"
#include "machine/event.h"
#include "machine/shared.h"

/* Calls that may fail for want of memory before the data that needs it is given up. */
#define SHORTAGES 3
/* Calls that may fail for want of random octets before the session ends. */
#define RANDOM_FAILURES 3

/* More state changes than any session within the limits can make between two actions. */
#define STEPS_WITHOUT_ACTION 100000

/* Where a cancel leads to. */
typedef enum step_cancel { STAYS, ENDS, UNDOES, EITHER } step_cancel_t;

/* What becomes of data for which there is not enough memory. */
typedef enum step_shortage { KEEP, DROP, SKIP } step_shortage_t;

/* How a state works: "ask" either fills in s->action or goes to another state; "hear" takes in the reply.
 * Both leave the session as it was when they fail, so that they can be called again. */
static const struct {
  sztp__step_fn ask;
  sztp__step_fn hear; /* NULL: it hears nothing */
  uint8_t waits;      /* its action is over at the deadline, too */
  uint8_t cancel;     /* step_cancel_t */
  uint8_t shortage;   /* step_shortage_t */
  uint8_t then;       /* the state after a shortage */
  void (*skip)(sztp_session_t *s);
} TABLE[SZTP__ST_COUNT] = {
#define HEARS(name)           sztp__##name##_hear, 0
#define WAITS(name)           sztp__##name##_hear, 1
#define DEAF(name)            NULL, 0
#define KEEPS                 KEEP, SZTP__ST_END, NULL
#define DROPS(NAME)           DROP, SZTP__ST_##NAME, NULL
#define SKIPS(function, NAME) SKIP, SZTP__ST_##NAME, function
#define ROW(NAME, name, does, asks, hears, goes, cancel, memory)                                             \
  [SZTP__ST_##NAME] = {sztp__##name##_ask, hears(name), cancel, memory},
    SZTP__STATES(ROW)
#undef ROW
#undef SKIPS
#undef DROPS
#undef KEEPS
#undef DEAF
#undef WAITS
#undef HEARS
};

/* STATE-08: nothing further is applied, what is unfinished is rolled back. */
static void begin_cancel(sztp_session_t *s) {
  step_cancel_t how = (step_cancel_t)TABLE[s->state].cancel;
  if (how == EITHER) how = s->attempt.active ? UNDOES : ENDS;
  s->cancelling = 1;
  sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SESSION, "cancelled");
  if (how == UNDOES) {
    sztp__undo(s, SZTP__ST_CANCEL_REPORT);
    sztp__goto(s, SZTP__ST_ROLLBACK);
  } else {
    sztp__end(s, SZTP_RESULT_CANCELLED, SZTP_ERR_CANCELLED, "stopped on request");
  }
}

static void end_action(sztp_session_t *s) {
  s->asked = 0;
  sztp__action_clear(&s->action);
  sztp__reply_clear(&s->reply, s->ctx);
}

/* The answer to the action that is out. SZTP_PENDING if there was none yet. */
static int32_t step_hear(sztp_session_t *s) {
  int over = s->reply.ended || (TABLE[s->state].waits && (s->now >= s->deadline || s->cancel));
  if (!over) return SZTP_PENDING;
  int32_t rc = TABLE[s->state].hear(s);
  if (rc < 0) return rc;
  end_action(s);
  return SZTP_OK;
}

static int32_t step_ask(sztp_session_t *s) {
  if (s->cancel && !s->cancelling && TABLE[s->state].cancel != STAYS) begin_cancel(s);
  int32_t rc = TABLE[s->state].ask(s);
  if (rc != SZTP_OK) {
    sztp__action_clear(&s->action);
    sztp__reply_clear(&s->reply, s->ctx);
    return rc;
  }
  if (s->action.kind != 0) {
    s->action.ticket = ++s->tickets;
    s->asked = 1;
    s->asked_at = s->now;
  }
  return SZTP_OK;
}

/* Data that does not fit into memory again and again is given up as unusable data is: else any server could
 * hold the device up for ever. Returns 1 if it was. */
static int give_up(sztp_session_t *s) {
  if (++s->shortages < SHORTAGES) return 0;
  step_shortage_t how = (step_shortage_t)TABLE[s->state].shortage;
  if (how == KEEP || (how == DROP && !s->asked)) return 0;
  if (how == SKIP) TABLE[s->state].skip(s);
  sztp__goto(s, (sztp__state_t)TABLE[s->state].then);
  end_action(s);
  sztp__log(s->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_SESSION, "given up for want of memory: %s",
            sztp__trail_detail(s->ctx));
  sztp__event(s, SZTP_EVENT_SOURCE, SZTP_ERR_MEMORY, "there is not enough memory for what was received");
  return 1;
}

/* Without random octets there are no identifiers, nonces and keys, and a source of them that fails for ever
 * would have the host call for ever. Returns 1 if the session was ended. */
static int end_without_random(sztp_session_t *s) {
  char text[SZTP__SENTENCE_SIZE];
  if (++s->shortages < RANDOM_FAILURES || TABLE[s->state].cancel != ENDS) return 0;
  (void)sztp__sentence(text, sizeof text, "there are no random octets: %s", sztp__trail_detail(s->ctx));
  sztp__end(s, SZTP_RESULT_ERROR, SZTP_ERR_RANDOM, text);
  end_action(s);
  return 1;
}

int32_t sztp_session_next(sztp_session_t *s, uint64_t now_ms, const sztp_action_t **out) {
  if (s == NULL || out == NULL) return SZTP_ERR_ARG;
  if (s->in_handler) return SZTP_ERR_REENTRY;
  if (sztp__enter(s->ctx) < 0) return SZTP_ERR_REENTRY;
  if (now_ms > s->now) s->now = now_ms;
  if (sztp__is_far(s)) {
    int32_t rc = s->far->call(s, &(sztp__far_call_t){.what = SZTP__FAR_NEXT, .ticket = s->now}, NULL);
    if (rc == SZTP_OK) *out = &s->action;
    return rc;
  }
  for (unsigned i = 0; i < STEPS_WITHOUT_ACTION; i++) {
    int32_t rc = SZTP_OK;
    if (s->asked) {
      rc = TABLE[s->state].hear == NULL ? SZTP_PENDING : step_hear(s);
      if (rc == SZTP_PENDING) {
        *out = &s->action;
        return SZTP_OK;
      }
    } else {
      rc = step_ask(s);
      if (rc == SZTP_PENDING) return rc; /* the device's key function is not finished */
    }
    if ((rc == SZTP_ERR_MEMORY || rc == SZTP_ERR_CRYPTO) && give_up(s)) rc = SZTP_OK;
    if (rc == SZTP_ERR_RANDOM && end_without_random(s)) rc = SZTP_OK;
    if (rc < 0) return rc;
    s->shortages = 0;
  }
  return sztp__fail(s->ctx, SZTP_ERR_LIMIT, "session", "no action after %d steps", STEPS_WITHOUT_ACTION);
}

int32_t sztp_session_cancelled(const sztp_session_t *s) {
  return s != NULL && s->cancel && !s->cancelling && TABLE[s->state].cancel != STAYS;
}
