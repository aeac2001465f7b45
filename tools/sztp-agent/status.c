/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the two status files at each change, and prints them. */
#define _POSIX_C_SOURCE 200809L
#include "status.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/list.h"
#include "folders.h"
#include "formats/json.h"
#include "ground/text.h"

enum { MAX_STATUS_FILE = 262144, FILE_MODE = 0644, FOLDER_MODE = 0755, PRINTABLE_LEAST = 8 };

#define STATUS_FILE "status.json"
#define RESULT_FILE "result.json"

static const char *or_null(const char *text) { return *text == '\0' ? NULL : text; }

int status_open(const config_t *config, const char *command, status_t *out, char *error, size_t room) {
  memset(out, 0, sizeof *out);
  out->config = config;
  out->command = command;
  out->step = "start";
  return folder_make(config->folders.status, FOLDER_MODE, error, room);
}

void status_close(status_t *s) {
  json_free(&s->verdict);
  status_sources_forget(s);
  while (s->done_count > 0) free(s->done[--s->done_count]);
}

/* A sentence without what the library's log puts before it: "ended: ", "rejected at STEP: ", the reason's
 * label.
 */
static const char *sentence(const char *text) {
  static const char ended[] = "ended: ", rejected[] = "rejected at ";
  if (strncmp(text, ended, strlen(ended)) == 0) text += strlen(ended);
  if (strncmp(text, rejected, strlen(rejected)) == 0) {
    const char *colon = strstr(text, ": ");
    text = colon == NULL ? text : colon + 2;
  }
  size_t label = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
  int is_label = label > 0 && memchr(text, '-', label) != NULL && strncmp(text + label, ": ", 2) == 0;
  return is_label ? text + label + 2 : text;
}

/* Long ones may have been cut. */
static int same_sentence(const char *a, const char *b) {
  const char *x = sentence(a), *y = sentence(b);
  return *x != '\0' && *y != '\0' && (strstr(x, y) != NULL || strstr(y, x) != NULL);
}

void status_reason(status_t *s, const char *text) {
  unsigned kept = s->reason_count < STATUS_REASONS ? s->reason_count : STATUS_REASONS;
  for (unsigned i = 0; i < kept; i++)
    if (same_sentence(s->reasons[i].text, text)) return;
  status_reason_t *r = &s->reasons[s->reason_count++ % STATUS_REASONS];
  r->source = s->source;
  memcpy(r->server, s->server, sizeof r->server);
  (void)snprintf(r->text, sizeof r->text, "%s", text);
}

void status_output(status_t *s, const char *program, const char *output, size_t len) {
  (void)snprintf(s->program, sizeof s->program, "%s", program);
  s->line_count = 0;
  size_t from = len;
  for (unsigned lines = 0; from > 0 && (output[from - 1] != '\n' || ++lines < STATUS_LINES);) from--;
  while (from < len && s->line_count < STATUS_LINES) {
    const char *end = memchr(output + from, '\n', len - from);
    size_t line = end == NULL ? len - from : (size_t)(end - (output + from));
    (void)sztp__printable(s->lines[s->line_count++], STATUS_TEXT, sztp__span(output + from, line));
    from += line + 1;
  }
}

void status_source(status_t *s, uint32_t source, const char *where, const char *result, const char *reason) {
  status_source_t *sources =
      s->source_count == STATUS_SOURCES ? NULL : list_room(s->sources, s->source_count, sizeof *s->sources);
  if (sources == NULL) {
    s->sources_left_out++;
    return;
  }
  s->sources = sources;
  status_source_t *place = &s->sources[s->source_count++];
  memset(place, 0, sizeof *place);
  place->source = source;
  (void)snprintf(place->where, sizeof place->where, "%s", where == NULL ? "" : where);
  status_place_result(place, result, reason);
}

status_source_t *status_last_source(status_t *s) {
  return s->source_count == 0 || s->sources_left_out > 0 ? NULL : &s->sources[s->source_count - 1];
}

void status_place_result(status_source_t *place, const char *result, const char *reason) {
  (void)snprintf(place->result, sizeof place->result, "%s", result);
  (void)snprintf(place->reason, sizeof place->reason, "%s", reason == NULL ? "" : reason);
}

void status_sources_forget(status_t *s) {
  free(s->sources);
  s->sources = NULL;
  s->source_count = s->sources_left_out = 0;
}

void status_done(status_t *s, const char *text) {
  if (s->done_count == STATUS_DONE) return;
  char *kept = strndup(text, STATUS_TEXT - 1);
  if (kept != NULL) s->done[s->done_count++] = kept;
}

/* All texts go into the documents this way, since some come from the network. NULL adds nothing. */
static void put_text(json_t *j, json_node_t *to, const char *name, const char *text) {
  if (text == NULL) return;
  size_t room = strlen(text) + PRINTABLE_LEAST;
  char *shown = malloc(room);
  if (shown == NULL)
    j->failed = 1;
  else
    json_text(j, to, name, sztp__printable(shown, room, sztp__span_of(text)));
  free(shown);
}

/* The system clock, which may be wrong: it is only shown, never decided by. */
static void put_now(json_t *j, const char *name) {
  char text[24];
  json_text(j, j->root, name, sztp__time_format(text, (int64_t)time(NULL)));
}

/* ---- verdict ------------------------------------------------------------------------------------- */

static void put_step(json_t *j, const sztp_verdict_t *v, uint32_t step, uint32_t state) {
  static const char *const states[] = {"skipped", "passed", "failed"};
  static const struct {
    const char *name;
    uint32_t text;
  } texts[] = {{"reason", SZTP_TEXT_REASON},     {"cause", SZTP_TEXT_CAUSE},
               {"detail", SZTP_TEXT_DETAIL},     {"found", SZTP_TEXT_FOUND},
               {"expected", SZTP_TEXT_EXPECTED}, {"artifact", SZTP_TEXT_ARTIFACT}};
  json_node_t *o = json_object(j, j->root, NULL);
  put_text(j, o, "step", sztp_step_name(step));
  put_text(j, o, "state", states[state]);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    put_text(j, o, texts[i].name, or_null(sztp_verdict_text(v, step, texts[i].text)));
}

void status_verdict(status_t *s, const sztp_verdict_t *v) {
  json_free(&s->verdict);
  if (v == NULL || json_start_array(&s->verdict) != 0) return;
  for (uint32_t step = 1; sztp_step_name(step)[0] != '\0'; step++) {
    uint32_t state = SZTP_STEP_SKIPPED;
    if (sztp_verdict_step(v, step, &state, NULL) != SZTP_OK || state > SZTP_STEP_FAILED) continue;
    if (state != SZTP_STEP_SKIPPED) put_step(&s->verdict, v, step, state);
  }
}

/* ---- writing ------------------------------------------------------------------------------------- */

static void put_reasons(json_t *j, const status_t *s) {
  json_node_t *list = json_array(j, j->root, "reasons");
  unsigned first = s->reason_count > STATUS_REASONS ? s->reason_count - STATUS_REASONS : 0;
  for (unsigned i = first; i < s->reason_count; i++) {
    const status_reason_t *r = &s->reasons[i % STATUS_REASONS];
    json_node_t *o = json_object(j, list, NULL);
    put_text(j, o, "source", or_null(sztp_source_name(r->source)));
    put_text(j, o, "server", or_null(r->server));
    put_text(j, o, "text", r->text);
  }
}

static void put_sources(json_t *j, const status_t *s) {
  json_node_t *list = json_array(j, j->root, "sources");
  for (unsigned i = 0; i < s->source_count; i++) {
    const status_source_t *place = &s->sources[i];
    json_node_t *o = json_object(j, list, NULL);
    put_text(j, o, "source", or_null(sztp_source_name(place->source)));
    put_text(j, o, "where", or_null(place->where));
    put_text(j, o, "result", place->result);
    put_text(j, o, "reason", or_null(place->reason));
  }
  if (s->sources_left_out > 0) json_number(j, j->root, "sources-left-out", s->sources_left_out);
}

static void put_image(json_t *j, const status_t *s) {
  if (s->image_uri[0] == '\0') return;
  json_node_t *image = json_object(j, j->root, "image");
  put_text(j, image, "uri", s->image_uri);
  json_number(j, image, "octets", s->image_octets);
  if (s->image_total > 0) json_number(j, image, "total", s->image_total);
}

/* How a run ended must survive a power cut, what it was doing need not. 0, or -1 with
 * errno. */
static int write_document(const char *folder, const char *name, json_t *document, int durable) {
  char *text = json_text_of(document, 1);
  char *path = file_path(folder, name);
  int result = -1, why = ENOMEM;
  if (text != NULL && path != NULL) {
    result = file_replace(path, text, strlen(text), FILE_MODE, durable);
    why = errno;
  }
  free(text);
  free(path);
  errno = why;
  return result;
}

int status_write(status_t *s) {
  json_t j;
  (void)json_start(&j);
  put_text(&j, j.root, "command", s->command);
  json_number(&j, j.root, "pid", (uint64_t)getpid());
  put_text(&j, j.root, "serial", s->serial);
  put_text(&j, j.root, "configuration", s->config->file);
  put_text(&j, j.root, "step", s->step);
  json_number(&j, j.root, "pass", s->pass);
  put_text(&j, j.root, "source", or_null(sztp_source_name(s->source)));
  put_text(&j, j.root, "server", or_null(s->server));
  put_text(&j, j.root, "identity-key", or_null(s->key));
  put_sources(&j, s);
  put_image(&j, s);
  put_reasons(&j, s);
  put_now(&j, "updated");
  int result = write_document(s->config->folders.status, STATUS_FILE, &j, 0);
  json_free(&j);
  return result;
}

static void put_program(json_t *j, const status_t *s) {
  if (s->program[0] == '\0') return;
  json_node_t *program = json_object(j, j->root, "program");
  put_text(j, program, "name", s->program);
  json_node_t *lines = json_array(j, program, "last-lines");
  for (unsigned i = 0; i < s->line_count; i++) put_text(j, lines, NULL, s->lines[i]);
  char *path = file_path(s->config->folders.state, STATE_OUTPUT_FILE);
  put_text(j, program, "output", path);
  free(path);
}

int status_end(status_t *s, const status_end_t *end) {
  json_t j;
  (void)json_start(&j);
  put_text(&j, j.root, "result", end->result);
  json_number(&j, j.root, "exit-status", (uint64_t)end->exit_status);
  if (end->code != SZTP_OK) {
    put_text(&j, j.root, "reason", or_null(sztp_error_label(end->code)));
    put_text(&j, j.root, "error", sztp_error_name(end->code));
  }
  put_text(&j, j.root, "text", end->text);
  put_text(&j, j.root, "next", end->next);
  put_text(&j, j.root, "serial", s->serial);
  put_text(&j, j.root, "configuration", s->config->file);
  json_node_t *done = json_array(&j, j.root, "done");
  for (unsigned i = 0; i < s->done_count; i++) put_text(&j, done, NULL, s->done[i]);
  json_bool(&j, j.root, "reboot-needed", strcmp(end->result, "reboot-pending") == 0);
  steps_put(&s->steps, &j);
  put_program(&j, s);
  put_reasons(&j, s);
  if (s->verdict.root != NULL) json_move(&j, j.root, "verdict", &s->verdict);
  put_now(&j, "finished");
  int result = write_document(s->config->folders.status, RESULT_FILE, &j, 1);
  int why = errno;
  s->unwritten = s->config->folders.status;
  if (write_document(s->config->folders.state, STATE_RESULT_FILE, &j, 1) != 0 && result == 0) {
    result = -1;
    why = errno;
    s->unwritten = s->config->folders.state;
  }
  json_free(&j);
  s->step = "ended";
  if (status_write(s) != 0 && result == 0) {
    s->unwritten = s->config->folders.status;
    return -1;
  }
  if (result == 0) s->unwritten = NULL;
  errno = why;
  return result;
}

/* ---- printing ------------------------------------------------------------------------------------ */

/* A document that was written before. */
typedef struct document {
  sztp_ctx_t *ctx;
  uint8_t *text;
  size_t len;
  sztp__json_t *json; /* NULL: there is none */
} document_t;

static void free_document(document_t *d) {
  sztp__json_free(d->json);
  sztp_ctx_free(d->ctx);
  free(d->text);
}

/* 0, also if there is none; -1 for one that can't be read. */
static int read_document(const char *folder, const char *name, document_t *out, char *error, size_t room) {
  char *path = file_path(folder, name);
  int result = 0;
  memset(out, 0, sizeof *out);
  if (path == NULL || sztp_ctx_new(NULL, &out->ctx) != SZTP_OK) {
    (void)snprintf(error, room, "no memory");
    result = -1;
  } else if (file_read_plain(path, MAX_STATUS_FILE, &out->text, &out->len) != 0) {
    result = errno == ENOENT ? 0 : -1;
    if (result != 0) (void)snprintf(error, room, "%s: %s", path, strerror(errno));
  } else if (sztp__json_parse(out->ctx, sztp__span(out->text, out->len), &out->json) != SZTP_OK) {
    (void)snprintf(error, room, "%s: not valid JSON: %s", path, sztp__trail_detail(out->ctx));
    result = -1;
  }
  if (result != 0) free_document(out);
  free(path);
  return result;
}

/* Where the status folder does not outlive a reboot, the state folder has the last result. */
static int read_result(const config_t *config, document_t *out, char *error, size_t room) {
  if (read_document(config->folders.status, RESULT_FILE, out, error, room) != 0) return -1;
  if (out->json != NULL || access(config->folders.state, X_OK) != 0) return 0; /* the latter is root's */
  free_document(out);
  return read_document(config->folders.state, STATE_RESULT_FILE, out, error, room);
}

/* A member, or NULL, also if @p object is not an object. */
static const sztp__json_value_t *member(const sztp__json_value_t *object, const char *name) {
  return object == NULL || sztp__json_type(object) != SZTP__JSON_OBJECT ? NULL
                                                                        : sztp__json_member(object, name);
}

/* The first entry of a list that is a member. */
static const sztp__json_value_t *first_of(const sztp__json_value_t *object, const char *name) {
  const sztp__json_value_t *list = member(object, name);
  return list == NULL || sztp__json_type(list) != SZTP__JSON_ARRAY ? NULL : sztp__json_first(list);
}

/* What a text or a number says; "" for anything else. */
static sztp__span_t said(const sztp__json_value_t *value) {
  uint32_t type = value == NULL ? SZTP__JSON_NULL : sztp__json_type(value);
  if (type == SZTP__JSON_NUMBER) return sztp__json_number(value);
  return type == SZTP__JSON_STRING ? sztp__json_string(value) : sztp__span("", 0);
}

static uint64_t number_of(const sztp__json_value_t *value) {
  uint64_t number = 0;
  return sztp__decimal(said(value), UINT64_MAX, &number) == SZTP_OK ? number : 0;
}

static void print_span(FILE *out, sztp__span_t text) { (void)fwrite(text.data, 1, text.len, out); }

static void print_title(FILE *out, const char *title) { (void)fprintf(out, "  %-10s ", title); }

static void print_member(FILE *out, const document_t *d, const char *title, const char *name) {
  const sztp__json_value_t *value = member(sztp__json_root(d->json), name);
  if (value == NULL) return;
  print_title(out, title);
  print_span(out, said(value));
  (void)fputc('\n', out);
}

/* 1 if a text says what the result says anyway. */
static int is_told(const document_t *result, sztp__span_t text) {
  char a[2 * STATUS_TEXT], b[2 * STATUS_TEXT];
  if (result == NULL || result->json == NULL || text.len == 0) return 0;
  sztp__span_t told = said(member(sztp__json_root(result->json), "text"));
  (void)snprintf(a, sizeof a, "%.*s", (int)text.len, (const char *)text.data);
  (void)snprintf(b, sizeof b, "%.*s", (int)told.len, (const char *)told.data);
  return same_sentence(a, b);
}

/* But those that @p result tells, if it is not NULL. */
static void print_reasons(FILE *out, const document_t *d, const document_t *result) {
  const sztp__json_value_t *r = first_of(sztp__json_root(d->json), "reasons");
  for (; r != NULL; r = sztp__json_next(r)) {
    const sztp__json_value_t *server = member(r, "server");
    if (is_told(result, said(member(r, "text")))) continue;
    sztp__span_t where = said(server != NULL ? server : member(r, "source"));
    print_title(out, "trouble");
    print_span(out, where);
    (void)fputs(where.len == 0 ? "" : ": ", out);
    print_span(out, said(member(r, "text")));
    (void)fputc('\n', out);
  }
}

static void print_sources(FILE *out, const document_t *d, const document_t *result) {
  const sztp__json_value_t *p = first_of(sztp__json_root(d->json), "sources");
  for (; p != NULL; p = sztp__json_next(p)) {
    sztp__span_t where = said(member(p, "where")), reason = said(member(p, "reason"));
    print_title(out, "looked at");
    print_span(out, said(member(p, "source")));
    (void)fputs(where.len == 0 ? "" : " ", out);
    print_span(out, where);
    (void)fputs(": ", out);
    print_span(out, said(member(p, "result")));
    if (reason.len > 0 && !is_told(result, reason)) {
      (void)fputs(": ", out);
      print_span(out, reason);
    }
    (void)fputc('\n', out);
  }
}

static void print_image(FILE *out, const document_t *d) {
  const sztp__json_value_t *image = member(sztp__json_root(d->json), "image");
  if (image == NULL) return;
  print_title(out, "image");
  print_span(out, said(member(image, "uri")));
  (void)fprintf(out, ", %" PRIu64 " octets", number_of(member(image, "octets")));
  uint64_t total = number_of(member(image, "total"));
  if (total > 0) (void)fprintf(out, " of %" PRIu64, total);
  (void)fputc('\n', out);
}

/* A run that was ended by a power failure or SIGKILL has not written its end. */
static int is_alive(const document_t *d) {
  pid_t pid = (pid_t)number_of(member(sztp__json_root(d->json), "pid"));
  return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

static int is_ended(const document_t *d) {
  sztp__span_t step = said(member(sztp__json_root(d->json), "step"));
  return step.len == strlen("ended") && memcmp(step.data, "ended", step.len) == 0;
}

static void print_status(FILE *out, const document_t *d, const document_t *result) {
  int over = is_ended(d);
  int cut_off = !over && !is_alive(d);
  (void)fprintf(out, "%s\n",
                over      ? "last run"
                : cut_off ? "last run, which was cut off; the next one undoes what it did"
                          : "now");
  print_member(out, d, "serial", "serial");
  print_member(out, d, "config", "configuration");
  print_member(out, d, "command", "command");
  print_member(out, d, "step", "step");
  print_member(out, d, "pass", "pass");
  print_member(out, d, "source", "source");
  print_member(out, d, "server", "server");
  print_member(out, d, "key", "identity-key");
  print_sources(out, d, over ? result : NULL);
  print_image(out, d);
  print_member(out, d, "updated", "updated");
  if (!over) print_reasons(out, d, NULL);
}

static void print_line(FILE *out, const char *title, sztp__span_t text) {
  if (text.len == 0) return;
  print_title(out, title);
  print_span(out, text);
  (void)fputc('\n', out);
}

/* What the data should have had, and has; the check itself is told among the others. */
static void print_failed_check(FILE *out, const document_t *d) {
  for (const sztp__json_value_t *v = first_of(sztp__json_root(d->json), "verdict"); v != NULL;
       v = sztp__json_next(v)) {
    if (!sztp__span_equal(said(member(v, "state")), sztp__span_of("failed"))) continue;
    print_line(out, "at fault", said(member(v, "artifact")));
    print_line(out, "expected", said(member(v, "expected")));
    print_line(out, "found", said(member(v, "found")));
  }
}

static void print_program(FILE *out, const document_t *d) {
  const sztp__json_value_t *program = member(sztp__json_root(d->json), "program");
  if (program == NULL) return;
  for (const sztp__json_value_t *line = first_of(program, "last-lines"); line != NULL;
       line = sztp__json_next(line))
    print_line(out, "output", said(line));
  print_line(out, "all of it", said(member(program, "output")));
}

static void print_step(FILE *out, const sztp__json_value_t *step) {
  sztp__span_t where = said(member(step, "where")), left = said(member(step, "exit-status"));
  print_title(out, "step");
  print_span(out, said(member(step, "name")));
  (void)fputs(where.len == 0 ? "" : " ", out);
  print_span(out, where);
  (void)fputs(": ", out);
  print_span(out, said(member(step, "outcome")));
  (void)fputs(", ", out);
  print_span(out, said(member(step, "seconds")));
  (void)fputs(left.len == 0 ? " s" : " s, exit status ", out);
  print_span(out, left);
  (void)fputc('\n', out);
}

static void print_result(FILE *out, const document_t *d) {
  const sztp__json_value_t *root = sztp__json_root(d->json);
  (void)fprintf(out, "last result\n");
  print_member(out, d, "result", "result");
  print_member(out, d, "reason", "reason");
  print_member(out, d, "why", "text");
  print_failed_check(out, d);
  print_program(out, d);
  print_member(out, d, "next", "next");
  print_member(out, d, "exit", "exit-status");
  for (const sztp__json_value_t *v = first_of(root, "done"); v != NULL; v = sztp__json_next(v))
    print_line(out, "done", said(v));
  for (const sztp__json_value_t *v = first_of(root, "steps"); v != NULL; v = sztp__json_next(v))
    print_step(out, v);
  for (const sztp__json_value_t *v = first_of(root, "verdict"); v != NULL; v = sztp__json_next(v)) {
    print_title(out, "check");
    print_span(out, said(member(v, "step")));
    (void)fputc(' ', out);
    print_span(out, said(member(v, "state")));
    if (!is_told(d, said(member(v, "detail")))) {
      (void)fputs(": ", out);
      print_span(out, said(member(v, "detail")));
    }
    (void)fputc('\n', out);
  }
  print_reasons(out, d, d);
  print_member(out, d, "finished", "finished");
}

/* Prints a document inside another one, indented one step further. JSON strings contain no line ends. */
static void print_inside(FILE *out, const document_t *d) {
  size_t len = d->len;
  while (len > 0 && d->text[len - 1] == '\n') len--;
  if (d->json == NULL) (void)fputs("null", out);
  for (size_t i = 0; d->json != NULL && i < len; i++) {
    (void)fputc(d->text[i], out);
    if (d->text[i] == '\n') (void)fputc('\t', out);
  }
}

/* docs/json/status.json */
static void print_json(FILE *out, const char *flag, const document_t *status, const document_t *result) {
  (void)fprintf(out, "{\n\t\"enabled\":\t\"%s\",\n\t\"status\":\t", flag);
  print_inside(out, status);
  (void)fputs(",\n\t\"result\":\t", out);
  print_inside(out, result);
  (void)fprintf(out, ",\n\t\"version\":\t%d\n}\n", JSON_VERSION);
}

static int ended_with_of(int flag, const document_t *status, const document_t *result) {
  if (status->json == NULL && result->json == NULL) return flag == STATE_OFF ? AGENT_DONE : AGENT_NOTHING;
  if (status->json != NULL && !is_ended(status)) return is_alive(status) ? AGENT_NOTHING : AGENT_OTHER;
  const sztp__json_value_t *left =
      result->json == NULL ? NULL : member(sztp__json_root(result->json), "exit-status");
  return left == NULL ? AGENT_OTHER : (int)number_of(left);
}

/* Nor has one that could not use its folders left anything. */
static void print_no_run(FILE *out, const config_t *c) {
  const struct {
    const char *path;
    mode_t mode;
  } folders[] = {{c->folders.state, 0700}, {c->folders.status, 0755}};
  int usable = 1;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    const char *fault = folder_fault(folders[i].path, folders[i].mode);
    if (fault == NULL) continue;
    (void)fprintf(out, "no run is recorded: folder %s can't be used: %s\n", folders[i].path, fault);
    usable = 0;
  }
  if (usable) (void)fprintf(out, "the agent has not run yet\n");
}

int status_print(const state_t *state, int as_json, FILE *out, int *ended_with, char *error, size_t room) {
  static const char *const flags[] = {"off", "on", "unset", "unreadable"};
  static const char *const told[] = {"off", "on", "on (never set)", "unreadable: a run would not start"};
  document_t status, result;
  int flag = state_enabled(state);
  if (read_document(state->config->folders.status, STATUS_FILE, &status, error, room) != 0) return -1;
  if (read_result(state->config, &result, error, room) != 0) {
    free_document(&status);
    return -1;
  }
  if (as_json)
    print_json(out, flags[flag], &status, &result);
  else {
    (void)fprintf(out, "SZTP is %s\n", told[flag]);
    if (status.json == NULL && result.json == NULL) print_no_run(out, state->config);
    if (status.json != NULL) print_status(out, &status, &result);
    if (result.json != NULL) print_result(out, &result);
  }
  *ended_with = ended_with_of(flag, &status, &result);
  free_document(&status);
  free_document(&result);
  return 0;
}

int status_wait(const state_t *state, char *error, size_t room) {
  const struct timespec pause = {0, 200 * 1000 * 1000};
  for (;;) {
    document_t status;
    if (read_document(state->config->folders.status, STATUS_FILE, &status, error, room) != 0) return -1;
    int over =
        status.json == NULL ? state_enabled(state) == STATE_OFF : is_ended(&status) || !is_alive(&status);
    free_document(&status);
    if (over) return 0;
    (void)nanosleep(&pause, NULL);
  }
}
