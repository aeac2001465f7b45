/* SPDX-License-Identifier: Apache-2.0 */
/* Writes figures. Names and units are our own, so nothing in them needs to be escaped. */
#include "bench/figure.h"

#include <stdio.h>
#include <stdlib.h>

static void put(const char *name, const char *unit, double value, const char *goal, int met) {
  const char *path = getenv("BENCH_FIGURES");
  FILE *file = path != NULL && *path != '\0' ? fopen(path, "a") : NULL;
  if (file == NULL) return;
  (void)fprintf(file, "{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"", name, value, unit);
  if (goal != NULL) (void)fprintf(file, ", \"goal\": \"%s\", \"met\": %s", goal, met ? "true" : "false");
  (void)fprintf(file, "}\n");
  (void)fclose(file);
}

void figure(const char *name, const char *unit, double value) { put(name, unit, value, NULL, 0); }

void figure_with_goal(const char *name, const char *unit, double value, const char *goal, int met) {
  put(name, unit, value, goal, met);
}
