/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the logs. Text from clients is made printable before it reaches a terminal. */
#define _POSIX_C_SOURCE 200809L
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/escape.h"
#include "folder.h"
#include "formats/json.h"
#include "ground/text.h"

enum { MAX_SHOWN = 304, MAX_LINE = 1024 * 1024, USUAL_LINE = 511 };

static void add_now(sztp__buf_t *line) {
  char text[24];
  (void)sztp__buf_add_text(line, sztp__time_format(text, (int64_t)time(NULL)));
}

static void add_shown(sztp__buf_t *line, const char *value) {
  char shown[MAX_SHOWN];
  (void)sztp__buf_add_text(line, sztp__printable(shown, sizeof shown, sztp__span_of(value)));
}

static void add_member(sztp__buf_t *line, const char *name, const char *value) {
  char shown[MAX_SHOWN];
  (void)sztp__buf_addf(line, ",\"%s\":", name);
  (void)sztp__json_put_string(line,
                              sztp__span_of(sztp__printable(shown, sizeof shown, sztp__span_of(value))));
}

static void line_init(sztp__buf_t *line, sztp_ctx_t *ctx) {
  sztp__buf_init(line, ctx, MAX_LINE);
  (void)sztp__buf_reserve(line, USUAL_LINE);
}

static void write_file(sztp_ctx_t *ctx, log_file_t *requests, const journal_entry_t *e) {
  sztp__buf_t line;
  line_init(&line, ctx);
  (void)sztp__buf_add_text(&line, "{\"time\":\"");
  add_now(&line);
  (void)sztp__buf_add_text(&line, "\"");
  add_member(&line, "peer", e->peer);
  add_member(&line, "tls", e->tls);
  (void)sztp__buf_addf(&line, ",\"certificate\":%s", e->certificate ? "true" : "false");
  add_member(&line, "serial", e->serial);
  add_member(&line, "method", e->method);
  add_member(&line, "path", e->target);
  (void)sztp__buf_addf(&line, ",\"status\":%d", e->status);
  add_member(&line, "parameters", e->parameters);
  add_member(&line, "told", e->told);
  (void)sztp__buf_add_text(&line, "}\n");
  if (line.status != SZTP_OK || log_file_add(requests, line.data, line.len) != 0)
    fprintf(stderr, "sztp-server: %s can't be written\n", requests->path);
  sztp__buf_clear(&line);
}

static void add_word(sztp__buf_t *line, const char *value) {
  (void)sztp__buf_add_text(line, " ");
  if (value[0] == '\0')
    (void)sztp__buf_add_text(line, "-");
  else
    add_shown(line, value);
}

static void say_line(sztp__buf_t *line) {
  (void)sztp__buf_add_text(line, "\n");
  if (line->status == SZTP_OK) fputs((const char *)line->data, stdout);
  fflush(stdout);
  sztp__buf_clear(line);
}

void journal_request(sztp_ctx_t *ctx, log_file_t *requests, const journal_entry_t *e) {
  sztp__buf_t line;
  line_init(&line, ctx);
  write_file(ctx, requests, e);
  add_now(&line);
  add_word(&line, e->peer);
  add_word(&line, e->serial);
  add_word(&line, e->method);
  add_word(&line, e->target);
  (void)sztp__buf_addf(&line, " %d", e->status);
  if (e->parameters[0] != '\0') {
    (void)sztp__buf_add_text(&line, " (");
    add_shown(&line, e->parameters);
    (void)sztp__buf_add_text(&line, ")");
  }
  if (e->told[0] != '\0') {
    (void)sztp__buf_add_text(&line, ": ");
    add_shown(&line, e->told);
  }
  say_line(&line);
}

void journal_note(sztp_ctx_t *ctx, const char *peer, const char *what) {
  sztp__buf_t line;
  line_init(&line, ctx);
  add_now(&line);
  add_word(&line, peer);
  (void)sztp__buf_add_text(&line, ": ");
  add_shown(&line, what);
  say_line(&line);
}

int journal_progress(sztp_ctx_t *ctx, const settings_t *s, const char *serial, const char *fields) {
  sztp__buf_t line;
  line_init(&line, ctx);
  char *folder = folder_of_device(s, serial, NULL);
  (void)sztp__buf_add_text(&line, "{\"time\":\"");
  add_now(&line);
  (void)sztp__buf_add_text(&line, "\",");
  char *shown = escape_json(fields, strlen(fields));
  if (shown == NULL) line.status = SZTP_ERR_MEMORY;
  (void)sztp__buf_add_text(&line, shown == NULL ? "" : shown);
  free(shown);
  (void)sztp__buf_add_text(&line, "}\n");
  int result = folder == NULL || line.status != SZTP_OK
                   ? -1
                   : folder_append(folder, "progress.log", line.data, line.len);
  sztp__buf_clear(&line);
  free(folder);
  return result;
}
