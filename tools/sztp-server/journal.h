/* SPDX-License-Identifier: Apache-2.0 */
/* What happened: one line per request on standard output and in FOLDER/requests.log, reports per device. */
#ifndef SZTP_SERVER_JOURNAL_H
#define SZTP_SERVER_JOURNAL_H

#include <sztp/ctx.h>

#include "log_file.h"
#include "settings.h"

typedef struct journal_entry {
  const char *peer;       /* address and port */
  const char *tls;        /* protocol version */
  int certificate;        /* a client certificate was shown */
  const char *serial;     /* "" if unknown */
  const char *method;     /* "" if the request was not readable */
  const char *target;     /* likewise */
  const char *parameters; /* of get-bootstrapping-data; or the progress type; "" otherwise */
  const char *told;       /* what was answered or what was wrong */
  int status;             /* 0: closed without answer */
} journal_entry_t;

/* The lines are built in the memory of @p ctx. */
void journal_request(sztp_ctx_t *ctx, log_file_t *requests, const journal_entry_t *entry);
/* A line for the operator about a connection. */
void journal_note(sztp_ctx_t *ctx, const char *peer, const char *what);
/* Appends a report to FOLDER/SERIAL/progress.log; @p fields are the members after "time". 0 or -1. */
int journal_progress(sztp_ctx_t *ctx, const settings_t *s, const char *serial, const char *fields);

#endif
