/* SPDX-License-Identifier: Apache-2.0 */
/* Reads each object with its table; the tables bound the depth, whatever the document says.
 * NOLINTBEGIN(misc-no-recursion) */
#include "fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/ctx.h>

#include "formats/json.h"
#include "ground/time.h"

enum { NUMBER_LEN = 64, WHY = 200 };

int fields_wrong(const fields_t *f, const char *field, const char *format, ...) {
  char what[512];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  if (*field == '\0')
    (void)snprintf(f->error, f->room, "%s: %s", f->path, what);
  else
    (void)snprintf(f->error, f->room, "%s: %s: %s", f->path, field, what);
  return -1;
}

static int no_memory(const fields_t *f) { return fields_wrong(f, "", "no memory to read it"); }

static void list_words(const word_t *words, char *out, size_t room) {
  size_t used = 0;
  out[0] = '\0';
  for (const word_t *w = words; w->text != NULL && used < room; w++) {
    int n = snprintf(out + used, room - used, "%s\"%s\"", w == words ? "" : ", ", w->text);
    used += n < 0 ? room : (size_t)n;
  }
}

static void list_fields(const field_t *fields, char *out, size_t room) {
  size_t used = 0;
  out[0] = '\0';
  for (const field_t *f = fields; f->name != NULL && used < room; f++) {
    int n = snprintf(out + used, room - used, "%s%s", f == fields ? "" : ", ", f->name);
    used += n < 0 ? room : (size_t)n;
  }
}

char *fields_path(const char *base, const char *path) {
  const char *slash = strrchr(base, '/');
  size_t folder = path[0] == '/' || slash == NULL ? 0 : (size_t)(slash - base) + 1;
  size_t len = strlen(path);
  char *out = malloc(folder + len + 1);
  if (out == NULL) return NULL;
  memcpy(out, base, folder);
  memcpy(out + folder, path, len + 1);
  return out;
}

/* ---- values -------------------------------------------------------------------------------------- */

static const char *kind_of(const sztp__json_value_t *value) {
  switch (sztp__json_type(value)) {
  case SZTP__JSON_OBJECT: return "an object";
  case SZTP__JSON_ARRAY: return "a list";
  case SZTP__JSON_STRING: return "a text";
  case SZTP__JSON_NUMBER: return "a number";
  case SZTP__JSON_BOOL: return "true or false";
  default: return "null";
  }
}

/* A copy of a string: it contains no NUL and ends with one. NULL without memory. */
static char *copy_text(const sztp__json_value_t *value) {
  sztp__span_t text = sztp__json_string(value);
  char *out = malloc(text.len + 1);
  if (out == NULL) return NULL;
  memcpy(out, text.data, text.len);
  out[text.len] = '\0';
  return out;
}

static int read_text(const fields_t *f, const char *name, const sztp__json_value_t *value, int is_path,
                     char **out) {
  if (sztp__json_type(value) != SZTP__JSON_STRING)
    return fields_wrong(f, name, "is %s; must be a text%s", kind_of(value), is_path ? " with a path" : "");
  char *text = copy_text(value);
  if (text == NULL) return no_memory(f);
  int result = 0;
  if (text[0] == '\0')
    result = fields_wrong(f, name, "is empty; leave the field out instead");
  else if (strlen(text) > FIELDS_MOST_TEXT)
    result = fields_wrong(f, name, "is longer than %d octets", FIELDS_MOST_TEXT);
  if (result == 0 && is_path) {
    char *path = fields_path(f->base, text);
    free(text);
    text = path;
    if (text == NULL) result = no_memory(f);
  }
  if (result == 0) {
    free(*out); /* a default */
    *out = text;
  } else {
    free(text);
  }
  return result;
}

static int read_field_list(const fields_t *f, const char *name, const sztp__json_value_t *value, int is_path,
                           text_list_t *out) {
  if (sztp__json_type(value) != SZTP__JSON_ARRAY)
    return fields_wrong(f, name, "is %s; must be a list of %s", kind_of(value), is_path ? "paths" : "texts");
  out->at = calloc(FIELDS_MOST_ENTRIES, sizeof *out->at);
  if (out->at == NULL) return no_memory(f);
  for (const sztp__json_value_t *v = sztp__json_first(value); v != NULL; v = sztp__json_next(v)) {
    char entry[FIELDS_NAME + 16];
    (void)snprintf(entry, sizeof entry, "%s[%zu]", name, out->count);
    if (out->count == FIELDS_MOST_ENTRIES)
      return fields_wrong(f, name, "has more than %d entries", FIELDS_MOST_ENTRIES);
    if (read_text(f, entry, v, is_path, &out->at[out->count]) != 0) return -1;
    out->count++;
  }
  return 0;
}

static int read_switch(const fields_t *f, const char *name, const sztp__json_value_t *value, uint64_t *out) {
  if (sztp__json_type(value) != SZTP__JSON_BOOL)
    return fields_wrong(f, name, "is %s; must be true or false", kind_of(value));
  *out = sztp__json_bool(value) ? 1 : 0;
  return 0;
}

static int read_field_number(const fields_t *f, const char *name, const sztp__json_value_t *value,
                             const field_t *field, uint64_t *out) {
  char digits[NUMBER_LEN];
  if (sztp__json_type(value) != SZTP__JSON_NUMBER)
    return fields_wrong(f, name, "is %s; must be a number", kind_of(value));
  sztp__span_t text = sztp__json_number(value);
  if (text.len >= sizeof digits) return fields_wrong(f, name, "has %zu digits; write it shorter", text.len);
  memcpy(digits, text.data, text.len);
  digits[text.len] = '\0';
  double written = strtod(digits, NULL);
  double scale = field->type == FIELD_SECONDS ? 1000.0 : 1.0;
  double number = written * scale;
  if (!(number >= (double)field->least && number <= (double)field->most))
    return fields_wrong(f, name, "is %.15g; must be %.15g to %.15g%s", written, (double)field->least / scale,
                        (double)field->most / scale, field->type == FIELD_SECONDS ? " seconds" : "");
  *out = (uint64_t)(field->type == FIELD_SECONDS ? number + 0.5 : number);
  if (field->type == FIELD_NUMBER && (double)*out < number)
    return fields_wrong(f, name, "is %.15g; must be a whole number", number);
  return 0;
}

static int read_number_bits(const fields_t *f, const char *name, const sztp__json_value_t *value,
                            const field_t *field, uint64_t *out) {
  const field_t whole = {name, FIELD_NUMBER, 0, NULL, field->least, field->most};
  uint64_t bits = 0;
  unsigned count = 0;
  if (sztp__json_type(value) != SZTP__JSON_ARRAY)
    return fields_wrong(f, name, "is %s; must be a list of numbers", kind_of(value));
  for (const sztp__json_value_t *v = sztp__json_first(value); v != NULL; v = sztp__json_next(v)) {
    char entry[FIELDS_NAME + 16];
    uint64_t number = 0;
    (void)snprintf(entry, sizeof entry, "%s[%u]", name, count++);
    if (read_field_number(f, entry, v, &whole, &number) != 0) return -1;
    if ((bits >> number & 1) != 0) return fields_wrong(f, entry, "appears twice");
    bits |= UINT64_C(1) << number;
  }
  if (bits == 0) return fields_wrong(f, name, "is an empty list; leave the field out instead");
  *out = bits;
  return 0;
}

static int read_word(const fields_t *f, const char *name, const sztp__json_value_t *value,
                     const word_t *words, uint64_t *out) {
  char known[256];
  list_words(words, known, sizeof known);
  if (sztp__json_type(value) != SZTP__JSON_STRING)
    return fields_wrong(f, name, "is %s; must be one of %s", kind_of(value), known);
  char *text = copy_text(value);
  if (text == NULL) return no_memory(f);
  const word_t *w = words;
  while (w->text != NULL && strcmp(text, w->text) != 0) w++;
  int result = 0;
  if (w->text == NULL)
    result = fields_wrong(f, name, "is \"%.60s\"; must be one of %s", text, known);
  else
    *out = w->value;
  free(text);
  return result;
}

/* A list of words, each at most once: their order, or only which of them. */
static int read_words(const fields_t *f, const char *name, const sztp__json_value_t *value,
                      const field_t *field, uint64_t *out) {
  if (sztp__json_type(value) != SZTP__JSON_ARRAY)
    return fields_wrong(f, name, "is %s; must be a list of words", kind_of(value));
  uint64_t words[FIELDS_MOST_WORDS] = {0}, count = 0, bits = 0;
  for (const sztp__json_value_t *v = sztp__json_first(value); v != NULL; v = sztp__json_next(v)) {
    char entry[FIELDS_NAME + 16];
    uint64_t word = 0;
    (void)snprintf(entry, sizeof entry, "%s[%u]", name, (unsigned)count);
    if (read_word(f, entry, v, field->more, &word) != 0) return -1;
    for (uint64_t i = 0; i < count; i++)
      if (words[i] == word) return fields_wrong(f, entry, "appears twice");
    words[count++] = word; /* no more than there are words, as each appears once */
    bits |= word;
  }
  if (count == 0) return fields_wrong(f, name, "is an empty list; leave the field out instead");
  if (field->type == FIELD_BITS) {
    *out = bits;
    return 0;
  }
  out[0] = count;
  memcpy(out + 1, words, sizeof words);
  return 0;
}

static int read_field_date(const fields_t *f, const char *name, const sztp__json_value_t *value,
                           uint64_t *out) {
  int64_t seconds = 0;
  if (sztp__json_type(value) != SZTP__JSON_STRING ||
      sztp__time_parse(sztp__json_string(value), &seconds) != SZTP_OK || seconds < 0)
    return fields_wrong(f, name, "is no date; must be a text like \"2026-01-01T00:00:00Z\"");
  *out = (uint64_t)seconds;
  return 0;
}

static int read_choice_paths(const fields_t *f, const char *name, const sztp__json_value_t *value,
                             const field_t *field, choice_paths_t *out) {
  char known[256];
  uint32_t kind = sztp__json_type(value);
  if (kind == SZTP__JSON_STRING) return read_word(f, name, value, field->more, &out->choice);
  list_words(field->more, known, sizeof known);
  if (kind != SZTP__JSON_ARRAY)
    return fields_wrong(f, name, "is %s; must be one of %s or a list of paths", kind_of(value), known);
  if (sztp__json_first(value) == NULL)
    return fields_wrong(f, name, "is an empty list; without paths one of %s is right", known);
  out->choice = field->least;
  return read_field_list(f, name, value, 1, &out->paths);
}

/* ---- objects ------------------------------------------------------------------------------------- */

static int read_object(const fields_t *f, const char *prefix, const sztp__json_value_t *object,
                       const field_t *table, void *values);

/* Makes room for one more structure, zeroed. NULL without memory, or if there are too many. */
static void *add_entry(const fields_t *f, const char *name, const field_entry_t *entry,
                       field_entries_t *out) {
  if (out->at == NULL) out->at = calloc(FIELDS_MOST_ENTRIES, entry->size);
  if (out->at == NULL)
    (void)no_memory(f);
  else if (out->count == FIELDS_MOST_ENTRIES)
    (void)fields_wrong(f, name, "has more than %d entries", FIELDS_MOST_ENTRIES);
  else
    return (char *)out->at + out->count++ * entry->size;
  return NULL;
}

static int read_entries(const fields_t *f, const char *name, const sztp__json_value_t *value,
                        const field_t *field, field_entries_t *out) {
  const field_entry_t *entry = field->more;
  int named = field->type == FIELD_NAMED;
  if (sztp__json_type(value) != (named ? SZTP__JSON_OBJECT : SZTP__JSON_ARRAY))
    return fields_wrong(f, name, "is %s; must be %s", kind_of(value),
                        named ? "an object" : "a list of objects");
  for (const sztp__json_value_t *v = sztp__json_first(value); v != NULL; v = sztp__json_next(v)) {
    char inner[FIELDS_NAME + 16];
    if (named)
      (void)snprintf(inner, sizeof inner, "%.50s.%.40s", name, sztp__json_name(v));
    else
      (void)snprintf(inner, sizeof inner, "%s[%zu]", name, out->count);
    char *values = add_entry(f, name, entry, out);
    if (values == NULL) return -1;
    if (named) {
      char **own_name = (void *)(values + entry->name_at);
      *own_name = fields_path("", sztp__json_name(v)); /* a copy */
      if (*own_name == NULL) return no_memory(f);
    }
    if (read_object(f, inner, v, entry->fields, values) != 0) return -1;
  }
  return 0;
}

static int read_field(const fields_t *f, const char *name, const sztp__json_value_t *value,
                      const field_t *field, void *values) {
  void *place = (char *)values + field->at;
  switch (field->type) {
  case FIELD_OBJECT:
    if (field->most == 1) *(uint64_t *)place = 1;
    return read_object(f, name, value, field->more, values);
  case FIELD_TEXT:
  case FIELD_PATH: return read_text(f, name, value, field->type == FIELD_PATH, place);
  case FIELD_TEXTS:
  case FIELD_PATHS: return read_field_list(f, name, value, field->type == FIELD_PATHS, place);
  case FIELD_SWITCH: return read_switch(f, name, value, place);
  case FIELD_NUMBER:
  case FIELD_SECONDS: return read_field_number(f, name, value, field, place);
  case FIELD_NUMBER_BITS: return read_number_bits(f, name, value, field, place);
  case FIELD_CHOICE: return read_word(f, name, value, field->more, place);
  case FIELD_BITS:
  case FIELD_ORDER: return read_words(f, name, value, field, place);
  case FIELD_CHOICE_PATHS: return read_choice_paths(f, name, value, field, place);
  case FIELD_PATH_OR_OBJECT:
    return sztp__json_type(value) == SZTP__JSON_OBJECT ? read_object(f, name, value, field->more, values)
                                                       : read_text(f, name, value, 1, place);
  case FIELD_ENTRIES:
  case FIELD_NAMED: return read_entries(f, name, value, field, place);
  case FIELD_ELSEWHERE: return fields_wrong(f, name, "%s", (const char *)field->more);
  default: return read_field_date(f, name, value, place);
  }
}

/* A nested object is read with another table, so the tables bound the depth. */
static int read_object(const fields_t *f, const char *prefix, const sztp__json_value_t *object,
                       const field_t *table, void *values) {
  char known[400];
  list_fields(table, known, sizeof known);
  if (sztp__json_type(object) != SZTP__JSON_OBJECT)
    return fields_wrong(f, prefix, "is %s; must be an object; fields known in it are %s", kind_of(object),
                        known);
  for (const sztp__json_value_t *v = sztp__json_first(object); v != NULL; v = sztp__json_next(v)) {
    char name[FIELDS_NAME];
    (void)snprintf(name, sizeof name, "%.50s%s%.40s", prefix, *prefix == '\0' ? "" : ".", sztp__json_name(v));
    const field_t *field = table;
    while (field->name != NULL && strcmp(field->name, sztp__json_name(v)) != 0) field++;
    if (field->name == NULL) return fields_wrong(f, name, "unknown field; known here are %s", known);
    if (read_field(f, name, v, field, values) != 0) return -1;
  }
  return 0;
}

int fields_read(const fields_t *f, const uint8_t *text, size_t len, const field_t *table, void *values) {
  sztp__json_t *json = NULL;
  sztp_ctx_t *ctx = NULL;
  if (sztp_ctx_new(NULL, &ctx) != SZTP_OK) return no_memory(f);
  int result = -1;
  int32_t code = sztp__json_parse(ctx, sztp__span(text, len), &json);
  if (code == SZTP_ERR_MEMORY)
    result = no_memory(f);
  else if (code != SZTP_OK)
    result = fields_wrong(f, "", "not valid JSON: %.*s", WHY, sztp__trail_detail(ctx));
  else
    result = read_object(f, "", sztp__json_root(json), table, values);
  sztp__json_free(json);
  sztp_ctx_free(ctx);
  return result;
}

/* ---- freeing ------------------------------------------------------------------------------------- */

static void free_list(text_list_t *list) {
  for (size_t i = 0; i < list->count; i++) free(list->at[i]);
  free(list->at);
  list->at = NULL;
  list->count = 0;
}

static void free_text(void *place) {
  char **text = place;
  free(*text);
  *text = NULL;
}

static void free_entries(const field_t *field, field_entries_t *entries) {
  const field_entry_t *entry = field->more;
  for (size_t i = 0; i < entries->count; i++) {
    char *values = (char *)entries->at + i * entry->size;
    if (field->type == FIELD_NAMED) free_text(values + entry->name_at);
    fields_free(entry->fields, values);
  }
  free(entries->at);
  entries->at = NULL;
  entries->count = 0;
}

void fields_free(const field_t *table, void *values) {
  for (const field_t *f = table; f->name != NULL; f++) {
    void *place = (char *)values + f->at;
    switch (f->type) {
    case FIELD_OBJECT: fields_free(f->more, values); break;
    case FIELD_TEXT:
    case FIELD_PATH: free_text(place); break;
    case FIELD_TEXTS:
    case FIELD_PATHS: free_list(place); break;
    case FIELD_PATH_OR_OBJECT:
      free_text(place);
      fields_free(f->more, values);
      break;
    case FIELD_CHOICE_PATHS: free_list(&((choice_paths_t *)place)->paths); break;
    case FIELD_ENTRIES:
    case FIELD_NAMED: free_entries(f, place); break;
    default: break;
    }
  }
}
/* NOLINTEND(misc-no-recursion) */
