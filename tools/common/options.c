/* SPDX-License-Identifier: Apache-2.0 */
/* Reads command-line options; getopt_long() would accept abbreviations, which break scripts when an option is
 * added, and would keep its state in globals. */
#include "options.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LEN = 31, NEAR = 2 };

void options_start(options_t *o, const option_t *known, int argc, char **argv, int first) {
  memset(o, 0, sizeof *o);
  o->known = known;
  o->argc = argc;
  o->argv = argv;
  o->next = first;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* The edit distance of two words (Levenshtein). */
static size_t distance(const char *a, size_t a_len, const char *b) {
  size_t b_len = strlen(b), row[NAME_MAX_LEN + 1];
  if (a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN) return NAME_MAX_LEN;
  for (size_t j = 0; j <= b_len; j++) row[j] = j;
  for (size_t i = 1; i <= a_len; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b_len; j++) {
      size_t changed = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = least(changed, least(row[j], row[j - 1]) + 1);
    }
  }
  return row[b_len];
}

void options_near(options_near_t *n, const char *word, size_t len, const char *known) {
  size_t d = distance(word, len, known);
  if (d > NEAR || d >= strlen(known) || (n->word != NULL && d >= n->distance)) return;
  n->word = known;
  n->distance = d;
}

static int fail_unknown(options_t *o, const char *name, size_t len) {
  options_near_t near = {NULL, 0};
  for (const option_t *k = o->known; k->name != NULL; k++) options_near(&near, name, len, k->name);
  (void)snprintf(o->error, sizeof o->error, "unknown option --%.*s%s%s%s", (int)least(len, 80), name,
                 near.word != NULL ? "; did you mean --" : "", near.word != NULL ? near.word : "",
                 near.word != NULL ? "?" : "");
  return OPTIONS_ERROR;
}

static int find(const options_t *o, const char *name, size_t len) {
  for (int i = 0; o->known[i].name != NULL; i++)
    if (strlen(o->known[i].name) == len && memcmp(o->known[i].name, name, len) == 0) return i;
  return -1;
}

static int read_long(options_t *o, const char *text, const char **value) {
  size_t len = strcspn(text, "=");
  const char *attached = text[len] == '=' ? text + len + 1 : NULL;
  int place = find(o, text, len);
  if (place < 0) return fail_unknown(o, text, len);

  const option_t *k = &o->known[place];
  *value = NULL;
  if (k->value == NULL && attached != NULL) {
    (void)snprintf(o->error, sizeof o->error, "--%s takes no value", k->name);
    return OPTIONS_ERROR;
  }
  if (k->value != NULL) {
    if (attached == NULL && o->next >= o->argc) {
      (void)snprintf(o->error, sizeof o->error, "--%s needs a value: --%s %s", k->name, k->name, k->value);
      return OPTIONS_ERROR;
    }
    *value = attached != NULL ? attached : o->argv[o->next++];
  }
  if (!k->repeats && options_given(o, place)) {
    (void)snprintf(o->error, sizeof o->error, "--%s is given twice; once is right", k->name);
    return OPTIONS_ERROR;
  }
  o->seen |= UINT64_C(1) << place;
  return place;
}

int options_next(options_t *o, const char **value) {
  if (o->next >= o->argc) return OPTIONS_END;
  const char *text = o->argv[o->next++];
  if (!o->only_operands && strcmp(text, "--") == 0) {
    o->only_operands = 1;
    if (o->next >= o->argc) return OPTIONS_END;
    text = o->argv[o->next++];
  }
  if (o->only_operands || text[0] != '-' || text[1] == '\0') {
    *value = text;
    return OPTIONS_OPERAND;
  }
  if (text[1] == '-') return read_long(o, text + 2, value);
  *value = NULL;
  if (strcmp(text, "-h") == 0 && find(o, "help", 4) >= 0) return find(o, "help", 4);
  if (strcmp(text, "-V") == 0 && find(o, "version", 7) >= 0) return find(o, "version", 7);
  (void)snprintf(o->error, sizeof o->error, "unknown option %.80s; options have two dashes", text);
  return OPTIONS_ERROR;
}

int options_given(const options_t *o, int place) { return (int)((o->seen >> place) & 1); }
