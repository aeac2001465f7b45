/* SPDX-License-Identifier: Apache-2.0 */
/* How a step of a verification ended, as commands tell it. */
#ifndef SZTP_TOOLS_SZTP_STEP_H
#define SZTP_TOOLS_SZTP_STEP_H

#include "common/json.h"

typedef struct step {
  uint32_t step;
  const char *name;
  uint32_t state; /* SZTP_STEP_PASSED, ... */
  int32_t code;
  const char *reason, *cause, *detail, *found, *expected;
  const char *artifact; /* NULL where there is but one */
} step_t;

/* One line. */
void step_print(const step_t *s);
/* An object in an array. */
void step_put_json(json_t *j, json_node_t *steps, const step_t *s);

#endif
