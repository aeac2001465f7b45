/* SPDX-License-Identifier: Apache-2.0 */
/* The blocking runner: a loop over sztp_session_next() with a handler per kind of action. */
#include <sztp/host.h>

#include "machine/shared.h"

#define KINDS (SZTP_ACTION_CSR + 1)

struct sztp_host {
  sztp_ctx_t *ctx;
  sztp_clock_fn clock;
  void *clock_user;
  int running;
  struct {
    sztp_handler_fn fn;
    void *user;
  } handlers[KINDS];
};

int32_t sztp_host_new(sztp_ctx_t *ctx, sztp_clock_fn clock, void *user, sztp_host_t **out) {
  if (ctx == NULL || clock == NULL || out == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_host_t *host = sztp__alloc(ctx, sizeof *host);
  if (host == NULL) return SZTP_ERR_MEMORY;
  host->ctx = ctx;
  host->clock = clock;
  host->clock_user = user;
  *out = host;
  return SZTP_OK;
}

void sztp_host_free(sztp_host_t *host) {
  if (host == NULL || host->running || sztp__in_callback(host->ctx)) return;
  sztp__free(host->ctx, host);
}

int32_t sztp_host_on(sztp_host_t *host, uint32_t action, sztp_handler_fn fn, void *user) {
  if (host == NULL || action < SZTP_ACTION_DISCOVER || action >= KINDS) return SZTP_ERR_ARG;
  if (host->running) return SZTP_ERR_REENTRY;
  host->handlers[action].fn = fn;
  host->handlers[action].user = user;
  return SZTP_OK;
}

/* Calls the action's handler; without one the step fails, and says so. */
static uint32_t handle(sztp_host_t *host, sztp_session_t *s, const sztp_action_t *a) {
  sztp_handler_fn fn = host->handlers[a->kind].fn;
  if (fn == NULL) {
    if (a->kind == SZTP_ACTION_KEY) return SZTP_OUTCOME_NOTHING; /* a host without keys (STATE-16) */
    if (a->kind != SZTP_ACTION_DONE && a->kind != SZTP_ACTION_FAILED)
      sztp__log(host->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_SESSION, "the host has no handler for \"%s\"",
                sztp_action_name(a->kind));
    return SZTP_OUTCOME_FAILED;
  }
  s->in_handler = 1;
  host->running = 1;
  uint32_t outcome = fn(host->handlers[a->kind].user, s, a);
  host->running = 0;
  s->in_handler = 0;
  return outcome;
}

/* The end is given to its handler once. */
static int32_t finish_run(sztp_host_t *host, sztp_session_t *s, const sztp_action_t *a, uint32_t *result) {
  if (!s->end.heard && host->handlers[a->kind].fn != NULL && handle(host, s, a) == SZTP_OUTCOME_PENDING)
    return SZTP_PENDING;
  s->end.heard = 1;
  if (result != NULL) *result = s->end.result;
  return SZTP_OK;
}

static int is_end(uint32_t kind) { return kind == SZTP_ACTION_DONE || kind == SZTP_ACTION_FAILED; }

/* One action. SZTP_OK: go on. */
static int32_t do_action(sztp_host_t *host, sztp_session_t *s, const sztp_action_t *a) {
  if (a->kind == SZTP_ACTION_WAIT && host->handlers[a->kind].fn == NULL) return SZTP_PENDING;
  uint32_t outcome = handle(host, s, a);
  if (outcome == SZTP_OUTCOME_PENDING) return SZTP_PENDING;
  if (outcome > SZTP_OUTCOME_TIMEOUT) {
    sztp__log(host->ctx, SZTP_LOG_ERROR, SZTP_TOPIC_SESSION,
              "the handler for \"%s\" returned %u, which is no outcome", sztp_action_name(a->kind),
              (unsigned)outcome);
    /* Of a commit, FAILED says that it was none (ONB-18). */
    outcome = a->kind == SZTP_ACTION_CONFIG ? SZTP_OUTCOME_TIMEOUT : SZTP_OUTCOME_FAILED;
  }
  return sztp_reply_end(s, a->ticket, outcome);
}

static int32_t run_session(sztp_host_t *host, sztp_session_t *s, uint32_t *result) {
  for (;;) {
    const sztp_action_t *a = NULL;
    int32_t rc = sztp_session_next(s, host->clock(host->clock_user), &a);
    if (rc != SZTP_OK) return rc;
    if (is_end(a->kind)) return finish_run(host, s, a, result);
    rc = do_action(host, s, a);
    if (rc != SZTP_OK) return rc;
  }
}

int32_t sztp_host_run(sztp_host_t *host, sztp_session_t *s, uint32_t *result) {
  if (host == NULL || s == NULL || host->ctx != s->ctx) return SZTP_ERR_ARG;
  if (host->running || s->in_handler) return SZTP_ERR_REENTRY;
  sztp_clock_fn clock = s->clock;
  void *clock_user = s->clock_user;
  s->clock = host->clock;
  s->clock_user = host->clock_user;
  int32_t rc = run_session(host, s, result);
  s->clock = clock;
  s->clock_user = clock_user;
  return rc;
}
