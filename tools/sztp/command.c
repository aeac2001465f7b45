/* SPDX-License-Identifier: Apache-2.0 */
/* Opens, reads and closes commands, and says in one line what went wrong. */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "ground/printable.h"
#include "ground/time.h"

enum { MAX_NOTES = 100, MAX_LINE = 1024 };

int command_wrong(const command_t *c, const char *fmt, ...) {
  char line[MAX_LINE], shown[MAX_LINE];
  va_list args;
  va_start(args, fmt);
  int written = vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  if (written < 0) line[0] = '\0';
  sztp__printable(shown, sizeof shown, sztp__span_of(line));
  (void)snprintf(line, sizeof line, "sztp %s", c->def->words);
  json_error(c->as_json, line, shown);
  return EXIT_WRONG;
}

const char *command_detail(const command_t *c, int32_t code) {
  const char *detail = NULL;
  if (c->ctx != NULL && sztp_ctx_trail(c->ctx, 0, NULL, NULL, &detail) == SZTP_OK && detail[0] != '\0')
    return detail;
  return sztp_error_text(code);
}

/* The general sentences on these codes address a programmer, not the user of a command. */
static int speaks_to_users(int32_t code) {
  return code != SZTP_ERR_ARG && code != SZTP_ERR_UNSUPPORTED && code != SZTP_ERR_NOT_FOUND &&
         code != SZTP_ERR_SEQUENCE && code != SZTP_ERR_DER && code != SZTP_ERR_TEXT && code != SZTP_ERR_URI &&
         code != SZTP_ERR_MODEL_INVALID;
}

int command_failed(const command_t *c, const char *what, int32_t code) {
  const char *detail = command_detail(c, code), *text = sztp_error_text(code);
  if (strcmp(detail, text) == 0 || !speaks_to_users(code)) return command_wrong(c, "%s: %s", what, detail);
  return command_wrong(c, "%s: %s. %s", what, detail, text);
}

/* Without memory a note is lost. */
static void add_note(command_t *c, const char *line, size_t len) {
  if (c->notes == NULL || c->note_count == MAX_NOTES) return;
  char *copy = malloc(len + 1);
  if (copy == NULL) return;
  memcpy(copy, line, len);
  copy[len] = '\0';
  c->notes[c->note_count++] = copy;
}

/* Keeps warnings so that a command can print them where they are noticed. */
static void keep_note(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  static const char verdict[] = "rejected at "; /* which is told in full */
  int told = len >= sizeof verdict - 1 && memcmp(line, verdict, sizeof verdict - 1) == 0;
  if (level <= SZTP_LOG_WARN && (topic != SZTP_TOPIC_TRUST || !told)) add_note(user, line, len);
}

void command_note(command_t *c, const char *fmt, ...) {
  char line[MAX_LINE];
  va_list args;
  va_start(args, fmt);
  int written = vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  if (written >= 0) add_note(c, line, strlen(line));
}

static int read_options(command_t *c, int argc, char **argv, int first) {
  options_t o;
  options_start(&o, c->def->options, argc, argv, first);
  for (;;) {
    const char *value = NULL;
    int place = options_next(&o, &value);
    if (place == OPTIONS_END) return 0;
    if (place == OPTIONS_ERROR)
      return command_wrong(c, "%s; 'sztp %s --help' tells the options", o.error, c->def->words);
    if (place == OPTIONS_OPERAND && c->def->operand == NULL)
      return command_wrong(c, "unexpected '%s': only options are taken; see 'sztp %s --help'", value,
                           c->def->words);
    if (place >= 0) c->value[place] = value == NULL ? "" : value;
    c->given[c->given_count].place = place;
    c->given[c->given_count++].value = value;
    /* A request for help is answered whatever else is on the command line. */
    if (place == OPTION_HELP || place == OPTION_VERSION) return 0;
  }
}

int command_open(command_t *c, const command_def_t *def, int argc, char **argv, int first) {
  memset(c, 0, sizeof *c);
  c->def = def;
  c->given = calloc((size_t)argc + 1, sizeof *c->given);
  c->notes = calloc(MAX_NOTES, sizeof *c->notes);
  for (const option_t *o = def->options; o->name != NULL; o++)
    if (strcmp(o->name, "json") == 0) c->as_json = json_wanted(argc, argv, first);
  if (c->given == NULL || c->notes == NULL || sztp_ctx_new(NULL, &c->ctx) != SZTP_OK)
    return command_wrong(c, "out of memory");
  (void)sztp_ctx_set_log(c->ctx, SZTP_LOG_WARN, keep_note, c);
  return read_options(c, argc, argv, first);
}

void command_close(command_t *c) {
  sztp_ctx_free(c->ctx);
  for (size_t i = 0; i < c->note_count; i++) free(c->notes[i]);
  free(c->notes);
  free(c->given);
}

const char *command_each(const command_t *c, int place, size_t *from) {
  while (*from < c->given_count) {
    const given_t *g = &c->given[(*from)++];
    if (g->place == place) return g->value;
  }
  return NULL;
}

int command_time(const command_t *c, const char *option, const char *text, int64_t *out) {
  if (strcmp(text, "now") == 0) {
    *out = (int64_t)time(NULL);
    if (*out >= 0) return 0;
    return command_wrong(c, "%s: the system can't tell the time, which a time_t of 32 bits can't after 2038",
                         option);
  }
  if (sztp__time_parse(sztp__span_of(text), out) == SZTP_OK) return 0;
  return command_wrong(c, "%s: '%s' is not a date; right is RFC 3339, as 2030-03-01T08:00:00Z, or now",
                       option, text);
}

int command_word(const char *const *words, const char *text, size_t len) {
  for (int i = 0; words[i] != NULL; i++)
    if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) return i;
  return -1;
}
