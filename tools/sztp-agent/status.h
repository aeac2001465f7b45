/* SPDX-License-Identifier: Apache-2.0 */
/* status.json and result.json: what the agent is doing, and how it ended. They contain no secrets and no
 * configuration. */
#ifndef SZTP_AGENT_STATUS_H
#define SZTP_AGENT_STATUS_H

#include <stdint.h>
#include <stdio.h>
#include <sztp/sztp.h>

#include "common/json.h"
#include "config.h"
#include "state.h"
#include "steps.h"

enum { /* exit statuses of the agent */
       AGENT_DONE = 0,
       AGENT_OTHER = 1,
       AGENT_NOTHING = 2,
       AGENT_REBOOT = 3,
       AGENT_CONFIG = 4,
       AGENT_REFUSED = 5
};

enum {
  STATUS_REASONS = 8,
  STATUS_DONE = 24,
  STATUS_SOURCES = 64,
  STATUS_TEXT = 300,
  STATUS_LINES = 5, /* of a program's output */
  STATUS_NEXT = 600
};

/* What the agent itself can say of a place whose data only the library can read. */
#define STATUS_ASKED    "asked"    /* a server */
#define STATUS_ANSWERED "answered" /* a question to DNS */

typedef struct status_reason {
  uint32_t source;
  char server[STATUS_TEXT];
  char text[STATUS_TEXT];
} status_reason_t;

/* A place where bootstrapping data was looked for, and the result. */
typedef struct status_source {
  uint64_t visit;          /* of a server, else 0 */
  uint32_t source;         /* SZTP_SOURCE_* */
  char where[STATUS_TEXT]; /* "/dev/sdb1", "boot.example.com port 443", or "" */
  char result[64];         /* "nothing there" */
  char reason[STATUS_TEXT];
} status_source_t;

typedef struct status {
  const config_t *config; /* borrowed */
  const char *command;
  const char *step;         /* name of the current action; static */
  uint32_t source;          /* SZTP_SOURCE_*, or 0 */
  char server[STATUS_TEXT]; /* "host port 443, authenticated", or "" */
  char key[STATUS_TEXT];    /* what the identity's key can do, or "" */
  const char *serial;       /* the device's serial number, borrowed, or NULL */
  const char *unwritten;    /* the folder that the end could not be written to, borrowed, or NULL */
  unsigned pass;
  char image_uri[STATUS_TEXT];
  uint64_t image_octets, image_total;
  status_reason_t reasons[STATUS_REASONS]; /* the last ones, a ring */
  unsigned reason_count;
  status_source_t *sources; /* of this pass, in their order; at most STATUS_SOURCES */
  unsigned source_count;
  unsigned sources_left_out; /* beyond the last one */
  char *done[STATUS_DONE];   /* what was done, in its order */
  unsigned done_count;
  char program[64];                      /* the program that failed last, "" if none did */
  char lines[STATUS_LINES][STATUS_TEXT]; /* its last ones */
  unsigned line_count;
  steps_t steps;
  json_t verdict;   /* steps of the last verdict that refused something, or nothing */
  uint64_t written; /* ms, for the pace during a download */
} status_t;

typedef struct status_end {
  const char *result; /* "done", ... */
  int exit_status;
  int32_t code; /* SZTP_ERR_*, or 0 */
  const char *text;
  const char *next; /* what to do about it, or NULL */
} status_end_t;

/* Makes the status folder. 0, or -1 with one line in @p error. */
int status_open(const config_t *config, const char *command, status_t *out, char *error, size_t room);
void status_close(status_t *s);
/* Records what went wrong at the current source and server, each sentence once. */
void status_reason(status_t *s, const char *text);
/* Records the last lines of what a failing program has written. */
void status_output(status_t *s, const char *program, const char *output, size_t len);
/* Records what was found at a place of a source, in the order of the calls: a word or two, as "nothing there"
 * or "artifacts found", and a reason or detail (NULL if there is none). */
void status_source(status_t *s, uint32_t source, const char *where, const char *result, const char *reason);
/* The place that was recorded last, NULL if there is none or it was left out. */
status_source_t *status_last_source(status_t *s);
/* Replaces the result of a place. */
void status_place_result(status_source_t *place, const char *result, const char *reason);
/* A new pass begins: forgets all places. */
void status_sources_forget(status_t *s);
/* Records what was done. */
void status_done(status_t *s, const char *text);
/* Keeps the steps of a verdict that refused something; with NULL none are kept. */
void status_verdict(status_t *s, const sztp_verdict_t *v);
/* Writes status.json. 0, or -1 with errno. */
int status_write(status_t *s);
/* Writes result.json, into the state folder too, and status.json for the last time. 0, or -1 with errno
 * and the folder in @p s. */
int status_end(status_t *s, const status_end_t *end);

/* Prints the status and the result, as text or as one JSON object. *ended_with is the exit status of the last
 * run: AGENT_NOTHING while there is none that has ended, AGENT_OTHER if it was cut off, AGENT_DONE if SZTP is
 * off and none was. 0, or -1 with one line in @p error. */
int status_print(const state_t *state, int as_json, FILE *out, int *ended_with, char *error, size_t room);
/* Waits until a run has ended and none is under way; not if SZTP is off. 0, or -1 with one line in @p error.
 */
int status_wait(const state_t *state, char *error, size_t room);

#endif
