/* SPDX-License-Identifier: Apache-2.0 */
/* Steps, told as text and as JSON. */
#include "step.h"

#include <string.h>
#include <sztp/verify.h>

static const char *state_name(uint32_t state) {
  switch (state) {
  case SZTP_STEP_PASSED: return "passed";
  case SZTP_STEP_FAILED: return "failed";
  default: return "skipped";
  }
}

void step_print(const step_t *s) {
  int more = s->reason[0] != '\0' || s->detail[0] != '\0' || s->expected[0] != '\0' || s->found[0] != '\0';
  (void)printf("%-8s %-*s", state_name(s->state), more ? 18 : 0, s->name);
  if (s->reason[0] != '\0') (void)printf(" %s", s->reason);
  if (s->cause[0] != '\0' && strcmp(s->cause, s->reason) != 0) (void)printf(" (%s)", s->cause);
  if (s->detail[0] != '\0') (void)printf("%s%s", s->reason[0] != '\0' ? ": " : " ", s->detail);
  if (s->expected[0] != '\0') (void)printf("; expected: %s", s->expected);
  if (s->found[0] != '\0') (void)printf("; found: %s", s->found);
  (void)printf("\n");
}

void step_put_json(json_t *j, json_node_t *steps, const step_t *s) {
  json_node_t *step = json_object(j, steps, NULL);
  json_text(j, step, "step", s->name);
  json_text(j, step, "state", state_name(s->state));
  json_text(j, step, "reason", s->reason);
  json_text(j, step, "detail", s->detail);
  json_text(j, step, "cause", s->cause);
  json_text(j, step, "artifact", s->artifact);
  json_text(j, step, "found", s->found);
  json_text(j, step, "expected", s->expected);
}
