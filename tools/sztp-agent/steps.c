/* SPDX-License-Identifier: Apache-2.0 */
/* Names, times and keeps steps. */
#define _POSIX_C_SOURCE 200809L
#include "steps.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "ground/printable.h"

const char *steps_name(const sztp_action_t *a) {
  int64_t what = 0;
  switch (sztp_action_kind(a)) {
  case SZTP_ACTION_DISCOVER:
  case SZTP_ACTION_ASK:
  case SZTP_ACTION_DOMAINS: return "discovery";
  case SZTP_ACTION_FETCH:
    (void)sztp_action_i64(a, SZTP_F_PURPOSE, 0, &what);
    return what == SZTP_FETCH_PROGRESS ? "progress" : "bootstrap";
  case SZTP_ACTION_DOWNLOAD: return "download";
  case SZTP_ACTION_INSTALL: return "image";
  case SZTP_ACTION_CSR: return "csr";
  case SZTP_ACTION_SCRIPT:
    (void)sztp_action_i64(a, SZTP_F_STAGE, 0, &what);
    return what == SZTP_STAGE_PRE_SCRIPT ? "pre-script" : "post-script";
  case SZTP_ACTION_CONFIG: return "config";
  case SZTP_ACTION_ROLLBACK: return "rollback";
  case SZTP_ACTION_REBOOT: return "reboot";
  default: return NULL;
  }
}

void steps_begin(steps_t *s, const char *name, const char *where) {
  struct timespec now = {0, 0};
  (void)clock_gettime(CLOCK_REALTIME, &now);
  s->now.name = name;
  (void)snprintf(s->now.where, sizeof s->now.where, "%s", where);
  s->now.started = now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
  s->now.exit_status = -1;
  s->began = clock_ms();
}

void steps_exited(steps_t *s, int exit_status) { s->now.exit_status = exit_status; }

static int is_same_step(const step_t *a, const step_t *b) {
  return strcmp(a->name, b->name) == 0 && strcmp(a->where, b->where) == 0 &&
         strcmp(a->outcome, b->outcome) == 0 && a->exit_status < 0 && b->exit_status < 0;
}

void steps_end(steps_t *s, const char *outcome) {
  s->now.ms = clock_ms() - s->began;
  s->now.outcome = outcome;
  step_t *last = s->count == 0 ? NULL : &s->at[(s->count - 1) % STEPS];
  if (last != NULL && is_same_step(last, &s->now))
    last->ms += s->now.ms;
  else
    s->at[s->count++ % STEPS] = s->now;
}

void steps_put(const steps_t *s, json_t *j) {
  char shown[STEP_WHERE + 8];
  json_node_t *list = json_array(j, j->root, "steps");
  uint64_t first = s->count > STEPS ? s->count - STEPS : 0;
  for (uint64_t i = first; i < s->count; i++) {
    const step_t *step = &s->at[i % STEPS];
    json_node_t *o = json_object(j, list, NULL);
    json_text(j, o, "name", step->name);
    if (step->where[0] != '\0')
      json_text(j, o, "where", sztp__printable(shown, sizeof shown, sztp__span_of(step->where)));
    json_seconds(j, o, "started", step->started);
    json_seconds(j, o, "seconds", step->ms);
    if (step->exit_status >= 0) json_number(j, o, "exit-status", (uint64_t)step->exit_status);
    json_text(j, o, "outcome", step->outcome);
  }
  if (first > 0) json_number(j, j->root, "steps-left-out", first);
}
