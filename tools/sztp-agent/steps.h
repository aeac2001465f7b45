/* SPDX-License-Identifier: Apache-2.0 */
/* What a run did, step by step: when, how long, and how the program ended that did it. */
#ifndef SZTP_AGENT_STEPS_H
#define SZTP_AGENT_STEPS_H

#include <stdint.h>
#include <sztp/sztp.h>

#include "common/json.h"

enum { STEPS = 64, STEP_WHERE = 160 };

typedef struct step {
  const char *name; /* static */
  char where[STEP_WHERE];
  uint64_t started; /* Unix time in ms, by the system clock */
  uint64_t ms;
  int exit_status;     /* of the program; -1: there was none, or it did not exit */
  const char *outcome; /* static */
} step_t;

typedef struct steps {
  step_t at[STEPS]; /* the last ones, a ring */
  uint64_t count;
  step_t now; /* that is under way */
  uint64_t began;
} steps_t;

/* The name of the step that an action is: "config"; NULL for those that are none of their own. */
const char *steps_name(const sztp_action_t *a);
/* A step begins: @p name is static, @p where is a source or server, or "". */
void steps_begin(steps_t *s, const char *name, const char *where);
/* The step's program has exited with that. */
void steps_exited(steps_t *s, int exit_status);
/* The step has ended; @p outcome is static. The same again, one after another, is one step. */
void steps_end(steps_t *s, const char *outcome);
/* Adds the list "steps". */
void steps_put(const steps_t *s, json_t *j);

#endif
