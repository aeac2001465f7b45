/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the logs. What a client sent is neutralised before a terminal sees it. */
#define _POSIX_C_SOURCE 200809L
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>

#include "folder.h"
#include "text.h"

enum { MAX_SHOWN = 300 };

static void member(text_t *line, const char *name, const char *value) {
  text_t shown = {NULL, 0, 0, 0};
  text_neutral(&shown, value, MAX_SHOWN);
  text_printf(line, ",\"%s\":", name);
  text_json(line, shown.data == NULL ? "" : shown.data);
  text_free(&shown);
}

static void write_file(const settings_t *s, const journal_entry_t *e) {
  text_t line = {NULL, 0, 0, 0};
  text_put(&line, "{\"time\":\"");
  text_now(&line);
  text_put(&line, "\"");
  member(&line, "peer", e->peer);
  member(&line, "tls", e->tls);
  text_printf(&line, ",\"certificate\":%s", e->certificate ? "true" : "false");
  member(&line, "serial", e->serial);
  member(&line, "method", e->method);
  member(&line, "path", e->target);
  text_printf(&line, ",\"status\":%d", e->status);
  member(&line, "parameters", e->parameters);
  member(&line, "told", e->told);
  text_put(&line, "}\n");
  if (line.failed || folder_append(s->dir, "requests.log", line.data, line.len) != 0)
    fprintf(stderr, "sztp-server: %s/requests.log can't be written\n", s->dir);
  text_free(&line);
}

static void word(text_t *line, const char *value) {
  text_put(line, " ");
  if (value[0] == '\0')
    text_put(line, "-");
  else
    text_neutral(line, value, MAX_SHOWN);
}

static void say_line(text_t *line) {
  text_put(line, "\n");
  if (!line->failed) fputs(line->data, stdout);
  fflush(stdout);
  text_free(line);
}

void journal_request(const settings_t *s, const journal_entry_t *e) {
  text_t line = {NULL, 0, 0, 0};
  write_file(s, e);
  text_now(&line);
  word(&line, e->peer);
  word(&line, e->serial);
  word(&line, e->method);
  word(&line, e->target);
  text_printf(&line, " %d", e->status);
  if (e->parameters[0] != '\0') {
    text_put(&line, " (");
    text_neutral(&line, e->parameters, MAX_SHOWN);
    text_put(&line, ")");
  }
  if (e->told[0] != '\0') {
    text_put(&line, ": ");
    text_neutral(&line, e->told, MAX_SHOWN);
  }
  say_line(&line);
}

void journal_note(const char *peer, const char *what) {
  text_t line = {NULL, 0, 0, 0};
  text_now(&line);
  word(&line, peer);
  text_put(&line, ": ");
  text_neutral(&line, what, MAX_SHOWN);
  say_line(&line);
}

int journal_progress(const settings_t *s, const char *serial, const char *fields) {
  text_t line = {NULL, 0, 0, 0};
  char *folder = folder_of_device(s, serial, NULL);
  text_put(&line, "{\"time\":\"");
  text_now(&line);
  text_put(&line, "\",");
  text_put(&line, fields);
  text_put(&line, "}\n");
  int result =
      folder == NULL || line.failed ? -1 : folder_append(folder, "progress.log", line.data, line.len);
  text_free(&line);
  free(folder);
  return result;
}
