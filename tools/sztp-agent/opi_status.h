/* SPDX-License-Identifier: Apache-2.0 */
/* status.json and result.json in the form of opiproject's agent (docs/json/opi-status.json and
 * opi-result.json), and the links to them. They hold no secrets and no configuration. */
#ifndef SZTP_AGENT_OPI_STATUS_H
#define SZTP_AGENT_OPI_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "watcher.h"

enum { OPI_STAGES = 12, OPI_ERRORS = 8, OPI_RESULT_ERRORS = 32 };

typedef struct opi_errors {
  char at[OPI_RESULT_ERRORS][STATUS_TEXT];
  size_t count;
} opi_errors_t;

typedef struct opi_stage {
  uint64_t start, end; /* Unix seconds, as the system clock has them; 0: not yet */
  char errors[OPI_ERRORS][STATUS_TEXT];
  size_t error_count; /* the last ones are kept */
} opi_stage_t;

typedef struct opi_status {
  const char *status_file, *result_file; /* borrowed */
  opi_stage_t stages[OPI_STAGES];
  char stage[64], informational[STATUS_TEXT];
  opi_errors_t errors;
  int ended;
  int unwritten; /* errno of the last file that could not be written, or 0 */
  watcher_t watcher;
} opi_status_t;

/* Begins a run: makes the folders, writes both files, and makes the links to them in @p links, in the place
 * of links that are there, but of nothing else. 0, or -1 with one line in @p error. */
int opi_status_begin(opi_status_t *s, const char *status_file, const char *result_file, const char *links,
                     char *error, size_t room);
/* The run is over, for a reason that no session has told. */
void opi_status_fail(opi_status_t *s, const char *text);

#endif
