/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the two status files whole, at each change, and prints them. */
#define _POSIX_C_SOURCE 200809L
#include "status.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "folders.h"
#include "plain.h"

enum { MAX_STATUS_FILE = 262144, FILE_MODE = 0644, FOLDER_MODE = 0755 };

#define STATUS_FILE "status.json"
#define RESULT_FILE "result.json"

const char *status_source_name(uint32_t source) {
  switch (source) {
  case 0: return NULL;
  case SZTP_SOURCE_REMOVABLE: return "removable";
  case SZTP_SOURCE_MDNS: return "mdns";
  case SZTP_SOURCE_DNS: return "dns";
  case SZTP_SOURCE_DHCP4: return "dhcp4";
  case SZTP_SOURCE_DHCP6: return "dhcp6";
  case SZTP_SOURCE_WELL_KNOWN: return "well-known";
  default: return "other";
  }
}

int status_open(const config_t *config, const char *command, status_t *out, char *error, size_t room) {
  memset(out, 0, sizeof *out);
  out->config = config;
  out->command = command;
  out->step = "start";
  return folder_make(config->folders.status, FOLDER_MODE, error, room);
}

void status_close(status_t *s) {
  json_free(s->verdict);
  s->verdict = NULL;
}

void status_reason(status_t *s, const char *text) {
  status_reason_t *r = &s->reasons[s->reason_count++ % STATUS_REASONS];
  r->source = s->source;
  memcpy(r->server, s->server, sizeof r->server);
  (void)snprintf(r->text, sizeof r->text, "%s", text);
}

void status_source(status_t *s, uint32_t source, const char *where, const char *result, const char *reason) {
  if (s->source_count == STATUS_SOURCES) {
    s->sources_left_out++;
    return;
  }
  status_source_t *place = &s->sources[s->source_count++];
  place->source = source;
  (void)snprintf(place->where, sizeof place->where, "%s", where == NULL ? "" : where);
  status_source_result(s, result, reason);
}

void status_source_result(status_t *s, const char *result, const char *reason) {
  if (s->source_count == 0 || s->sources_left_out > 0) return;
  status_source_t *place = &s->sources[s->source_count - 1];
  (void)snprintf(place->result, sizeof place->result, "%s", result);
  (void)snprintf(place->reason, sizeof place->reason, "%s", reason == NULL ? "" : reason);
}

void status_source_explain(status_t *s, const char *reason) {
  if (s->source_count == 0 || s->sources_left_out > 0) return;
  status_source_t *place = &s->sources[s->source_count - 1];
  if (strcmp(place->result, STATUS_ANSWERED) == 0 && place->reason[0] == 0)
    (void)snprintf(place->reason, sizeof place->reason, "%s", reason);
}

void status_sources_forget(status_t *s) { s->source_count = s->sources_left_out = 0; }

void status_done(status_t *s, const char *text) {
  if (s->done_count == STATUS_DONE) return;
  (void)snprintf(s->done[s->done_count++], STATUS_TEXT, "%s", text);
}

/* Every text goes into the documents by this: some is of the network. None is put in for NULL. */
static int put_text(json_t *object, const char *name, const char *text) {
  if (text == NULL) return 0;
  char *copy = strdup(text);
  if (copy == NULL) return -1;
  plain_text(copy);
  int result = json_put_text(object, name, copy);
  free(copy);
  return result;
}

/* RFC 3339 of the system clock, which may be wrong: for people, not for decisions. */
static int put_now(json_t *object, const char *name) {
  char text[32];
  time_t now = time(NULL);
  struct tm utc;
  if (gmtime_r(&now, &utc) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) return 0;
  return put_text(object, name, text);
}

static const char *or_null(const char *text) { return *text == 0 ? NULL : text; }

/* ---- verdict ------------------------------------------------------------------------------------- */

static json_t *step_object(const sztp_verdict_t *v, uint32_t step, uint32_t state) {
  static const char *const states[] = {"skipped", "passed", "failed"};
  json_t *o = json_object();
  int bad = put_text(o, "step", sztp_step_name(step));
  bad |= put_text(o, "state", states[state]);
  bad |= put_text(o, "reason", or_null(sztp_verdict_text(v, step, SZTP_TEXT_REASON)));
  bad |= put_text(o, "cause", or_null(sztp_verdict_text(v, step, SZTP_TEXT_CAUSE)));
  bad |= put_text(o, "detail", or_null(sztp_verdict_text(v, step, SZTP_TEXT_DETAIL)));
  bad |= put_text(o, "found", or_null(sztp_verdict_text(v, step, SZTP_TEXT_FOUND)));
  bad |= put_text(o, "expected", or_null(sztp_verdict_text(v, step, SZTP_TEXT_EXPECTED)));
  bad |= put_text(o, "artifact", or_null(sztp_verdict_text(v, step, SZTP_TEXT_ARTIFACT)));
  if (bad == 0) return o;
  json_free(o);
  return NULL;
}

void status_verdict(status_t *s, const sztp_verdict_t *v) {
  json_free(s->verdict);
  s->verdict = v == NULL ? NULL : json_list();
  for (uint32_t step = SZTP_STEP_ARTIFACTS; s->verdict != NULL && step <= SZTP_STEP_INFO_CONTENT; step++) {
    uint32_t state = SZTP_STEP_SKIPPED;
    if (sztp_verdict_step(v, step, &state, NULL) != SZTP_OK || state > SZTP_STEP_FAILED) continue;
    if (state != SZTP_STEP_SKIPPED) (void)json_put(s->verdict, NULL, step_object(v, step, state));
  }
}

/* ---- writing ------------------------------------------------------------------------------------- */

static int put_reasons(json_t *object, const status_t *s) {
  json_t *list = json_list();
  unsigned first = s->reason_count > STATUS_REASONS ? s->reason_count - STATUS_REASONS : 0;
  int bad = list == NULL;
  for (unsigned i = first; i < s->reason_count && bad == 0; i++) {
    const status_reason_t *r = &s->reasons[i % STATUS_REASONS];
    json_t *o = json_object();
    bad |= put_text(o, "source", status_source_name(r->source));
    bad |= put_text(o, "server", or_null(r->server));
    bad |= put_text(o, "text", r->text);
    bad |= json_put(list, NULL, o);
  }
  return bad | json_put(object, "reasons", list);
}

static int put_sources(json_t *object, const status_t *s) {
  json_t *list = json_list();
  int bad = list == NULL;
  for (unsigned i = 0; i < s->source_count && bad == 0; i++) {
    const status_source_t *place = &s->sources[i];
    json_t *o = json_object();
    bad |= put_text(o, "source", status_source_name(place->source));
    bad |= put_text(o, "where", or_null(place->where));
    bad |= put_text(o, "result", place->result);
    bad |= put_text(o, "reason", or_null(place->reason));
    bad |= json_put(list, NULL, o);
  }
  bad |= json_put(object, "sources", list);
  if (s->sources_left_out > 0) bad |= json_put_number(object, "sources-left-out", s->sources_left_out);
  return bad;
}

static int put_image(json_t *object, const status_t *s) {
  if (s->image_uri[0] == 0) return 0;
  json_t *image = json_object();
  int bad = put_text(image, "uri", s->image_uri);
  bad |= json_put_number(image, "octets", (double)s->image_octets);
  if (s->image_total > 0) bad |= json_put_number(image, "total", (double)s->image_total);
  return bad | json_put(object, "image", image);
}

static int write_document(const status_t *s, const char *name, json_t *document, int bad) {
  char *text = bad == 0 ? json_write(document) : NULL;
  char *path = folder_path(s->config->folders.status, name);
  int result = -1, why = ENOMEM;
  if (text != NULL && path != NULL) {
    result = file_write(path, text, strlen(text), FILE_MODE);
    why = errno;
  }
  free(text);
  free(path);
  json_free(document);
  errno = why;
  return result;
}

int status_write(status_t *s) {
  json_t *o = json_object();
  int bad = put_text(o, "command", s->command);
  bad |= json_put_number(o, "pid", (double)getpid());
  bad |= put_text(o, "step", s->step);
  bad |= json_put_number(o, "pass", s->pass);
  bad |= put_text(o, "source", status_source_name(s->source));
  bad |= put_text(o, "server", or_null(s->server));
  bad |= put_sources(o, s);
  bad |= put_image(o, s);
  bad |= put_reasons(o, s);
  bad |= put_now(o, "updated");
  return write_document(s, STATUS_FILE, o, bad);
}

static int put_done(json_t *object, const status_t *s) {
  json_t *list = json_list();
  int bad = list == NULL;
  for (unsigned i = 0; i < s->done_count; i++) bad |= put_text(list, NULL, s->done[i]);
  return bad | json_put(object, "done", list);
}

int status_end(status_t *s, const status_end_t *end) {
  json_t *o = json_object();
  int bad = put_text(o, "result", end->result);
  bad |= json_put_number(o, "exit-status", end->exit_status);
  if (end->code != SZTP_OK) {
    bad |= put_text(o, "reason", or_null(sztp_error_label(end->code)));
    bad |= put_text(o, "error", sztp_error_name(end->code));
  }
  bad |= put_text(o, "text", end->text);
  bad |= put_done(o, s);
  bad |= json_put_switch(o, "reboot-needed", strcmp(end->result, "reboot-pending") == 0);
  bad |= put_reasons(o, s);
  if (s->verdict != NULL) {
    bad |= json_put(o, "verdict", s->verdict);
    s->verdict = NULL;
  }
  bad |= put_now(o, "finished");
  int result = write_document(s, RESULT_FILE, o, bad);
  int why = errno;
  s->step = "ended";
  if (status_write(s) != 0 && result == 0) return -1;
  errno = why;
  return result;
}

/* ---- printing ------------------------------------------------------------------------------------ */

/* 0 with a document or, if there is none, NULL; -1 for one that can't be read. */
static int read_document(const config_t *config, const char *name, json_t **out, char *error, size_t room) {
  char *path = folder_path(config->folders.status, name);
  uint8_t *text = NULL;
  size_t len = 0;
  char fault[160];
  int result = 0;
  *out = NULL;
  if (path == NULL || file_read(path, MAX_STATUS_FILE, &text, &len) != 0) {
    if (path == NULL || errno != ENOENT) {
      (void)snprintf(error, room, "%s/%s: %s", config->folders.status, name, strerror(errno));
      result = -1;
    }
  } else if ((*out = json_read(text, len, fault, sizeof fault)) == NULL) {
    (void)snprintf(error, room, "%s: %s", path, fault);
    result = -1;
  }
  free(text);
  free(path);
  return result;
}

static void print_member(FILE *out, const char *title, const json_t *object, const char *name) {
  const json_t *value = object == NULL ? NULL : json_member(object, name);
  if (value == NULL) return;
  if (json_kind(value) == JSON_NUMBER)
    (void)fprintf(out, "  %-10s %.0f\n", title, json_number(value));
  else
    (void)fprintf(out, "  %-10s %s\n", title, json_text(value));
}

static void print_reasons(FILE *out, const json_t *object) {
  const json_t *r = object == NULL ? NULL : json_first(json_member(object, "reasons"));
  for (; r != NULL; r = json_next(r)) {
    const json_t *server = json_member(r, "server"), *source = json_member(r, "source");
    const json_t *where = server != NULL ? server : source;
    (void)fprintf(out, "  %-10s %s%s%s\n", "trouble", where == NULL ? "" : json_text(where),
                  where == NULL ? "" : ": ", json_text(json_member(r, "text")));
  }
}

static void print_sources(FILE *out, const json_t *status) {
  const json_t *p = json_first(json_member(status, "sources"));
  for (; p != NULL; p = json_next(p)) {
    const char *where = json_text(json_member(p, "where")), *reason = json_text(json_member(p, "reason"));
    (void)fprintf(out, "  %-10s %s%s%s: %s%s%s\n", "looked at", json_text(json_member(p, "source")),
                  *where == 0 ? "" : " ", where, json_text(json_member(p, "result")),
                  *reason == 0 ? "" : ": ", reason);
  }
}

static void print_image(FILE *out, const json_t *status) {
  const json_t *image = json_member(status, "image");
  if (image == NULL) return;
  (void)fprintf(out, "  %-10s %s, %.0f octets", "image", json_text(json_member(image, "uri")),
                json_number(json_member(image, "octets")));
  double total = json_number(json_member(image, "total"));
  if (total > 0) (void)fprintf(out, " of %.0f", total);
  (void)fputc('\n', out);
}

/* A run that a power failure or SIGKILL cut off wrote no end. */
static int is_alive(const json_t *status) {
  pid_t pid = (pid_t)json_number(json_member(status, "pid"));
  return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

static void print_status(FILE *out, const json_t *status) {
  int over = strcmp(json_text(json_member(status, "step")), "ended") == 0;
  int cut_off = !over && !is_alive(status);
  (void)fprintf(out, "%s\n", over ? "last run" : cut_off ? "last run, which was cut off" : "now");
  print_member(out, "command", status, "command");
  print_member(out, "step", status, "step");
  print_member(out, "pass", status, "pass");
  print_member(out, "source", status, "source");
  print_member(out, "server", status, "server");
  print_sources(out, status);
  print_image(out, status);
  print_member(out, "updated", status, "updated");
  if (!over) print_reasons(out, status);
}

static void print_result(FILE *out, const json_t *result) {
  (void)fprintf(out, "last result\n");
  print_member(out, "result", result, "result");
  print_member(out, "reason", result, "reason");
  print_member(out, "", result, "text");
  print_member(out, "exit", result, "exit-status");
  for (const json_t *d = json_first(json_member(result, "done")); d != NULL; d = json_next(d))
    (void)fprintf(out, "  %-10s %s\n", "done", json_text(d));
  for (const json_t *v = json_first(json_member(result, "verdict")); v != NULL; v = json_next(v))
    (void)fprintf(out, "  %-10s %s %s: %s\n", "check", json_text(json_member(v, "step")),
                  json_text(json_member(v, "state")), json_text(json_member(v, "detail")));
  print_reasons(out, result);
  print_member(out, "finished", result, "finished");
}

static int print_json(FILE *out, const char *flag, json_t *status, json_t *result) {
  json_t *o = json_object();
  int bad = put_text(o, "enabled", flag);
  bad |= status != NULL ? json_put(o, "status", status) : json_put_null(o, "status");
  bad |= result != NULL ? json_put(o, "result", result) : json_put_null(o, "result");
  char *text = bad == 0 ? json_write(o) : NULL;
  if (text != NULL) (void)fputs(text, out);
  json_free(o);
  free(text);
  return text == NULL ? -1 : 0;
}

int status_print(const state_t *state, int as_json, FILE *out, char *error, size_t room) {
  static const char *const flags[] = {"off", "on", "unset", "unreadable"};
  static const char *const told[] = {"off", "on", "on (never set)", "unreadable: a run would not start"};
  json_t *status = NULL, *result = NULL;
  int flag = state_enabled(state);
  if (read_document(state->config, STATUS_FILE, &status, error, room) != 0) return -1;
  if (read_document(state->config, RESULT_FILE, &result, error, room) != 0) {
    json_free(status);
    return -1;
  }
  if (as_json) {
    int done = print_json(out, flags[flag], status, result);
    if (done != 0) (void)snprintf(error, room, "no memory");
    return done;
  }
  (void)fprintf(out, "SZTP is %s\n", told[flag]);
  if (status == NULL && result == NULL) (void)fprintf(out, "the agent has not run yet\n");
  if (status != NULL) print_status(out, status);
  if (result != NULL) print_result(out, result);
  json_free(status);
  json_free(result);
  return 0;
}
