/* SPDX-License-Identifier: Apache-2.0 */
/* The only file of the agent that knows cJSON. */
#include "json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cJSON cuts a text at \u0000, so that what follows it would be dropped in silence. */
static int has_nul(const char *text, size_t len) {
  if (memchr(text, 0, len) != NULL) return 1;
  for (const char *at = strstr(text, "\\u0000"); at != NULL; at = strstr(at + 1, "\\u0000")) {
    size_t slashes = 0;
    while (at - slashes > text && at[-1 - (ptrdiff_t)slashes] == '\\') slashes++;
    if (slashes % 2 == 0) return 1;
  }
  return 0;
}

static void describe(const char *text, const char *at, char *error, size_t room) {
  size_t line = 1, column = 1;
  for (const char *t = text; t < at && *t != 0; t++) {
    column = *t == '\n' ? 1 : column + 1;
    if (*t == '\n') line++;
  }
  (void)snprintf(error, room, "not JSON at line %zu, column %zu", line, column);
}

json_t *json_read(const uint8_t *text, size_t len, char *error, size_t room) {
  char *copy = malloc(len + 1);
  if (copy == NULL) {
    (void)snprintf(error, room, "no memory");
    return NULL;
  }
  memcpy(copy, text, len);
  copy[len] = 0;
  json_t *value = NULL;
  const char *end = copy;
  if (has_nul(copy, len))
    (void)snprintf(error, room, "holds a NUL character, which no field may have");
  else if ((value = cJSON_ParseWithLengthOpts(copy, len + 1, &end, 1)) == NULL)
    describe(copy, end, error, room);
  free(copy);
  return value;
}

void json_free(json_t *value) { cJSON_Delete(value); }

int json_kind(const json_t *value) {
  if (cJSON_IsObject(value)) return JSON_OBJECT;
  if (cJSON_IsArray(value)) return JSON_LIST;
  if (cJSON_IsString(value)) return JSON_TEXT;
  if (cJSON_IsNumber(value)) return JSON_NUMBER;
  return cJSON_IsBool(value) ? JSON_SWITCH : JSON_OTHER;
}

const char *json_kind_text(const json_t *value) {
  static const char *const words[] = {"null", "an object", "a list", "a text", "a number", "true or false"};
  return words[json_kind(value)];
}

const char *json_name(const json_t *value) { return value->string == NULL ? "" : value->string; }

const json_t *json_first(const json_t *value) { return value == NULL ? NULL : value->child; }

const json_t *json_next(const json_t *value) { return value == NULL ? NULL : value->next; }

const json_t *json_member(const json_t *value, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(value, name);
}

const char *json_text(const json_t *value) { return cJSON_IsString(value) ? value->valuestring : ""; }

double json_number(const json_t *value) { return cJSON_IsNumber(value) ? value->valuedouble : 0.0; }

int json_switch(const json_t *value) { return cJSON_IsTrue(value) != 0; }

json_t *json_object(void) { return cJSON_CreateObject(); }

json_t *json_list(void) { return cJSON_CreateArray(); }

int json_put(json_t *object, const char *name, json_t *value) {
  int done = 0;
  if (object != NULL && value != NULL)
    done = name == NULL ? cJSON_AddItemToArray(object, value) : cJSON_AddItemToObject(object, name, value);
  if (done) return 0;
  cJSON_Delete(value);
  return -1;
}

int json_put_text(json_t *object, const char *name, const char *text) {
  return text == NULL ? 0 : json_put(object, name, cJSON_CreateString(text));
}

int json_put_number(json_t *object, const char *name, double number) {
  return json_put(object, name, cJSON_CreateNumber(number));
}

int json_put_switch(json_t *object, const char *name, int on) {
  return json_put(object, name, cJSON_CreateBool(on));
}

int json_put_null(json_t *object, const char *name) { return json_put(object, name, cJSON_CreateNull()); }

char *json_write(const json_t *value) {
  char *text = value == NULL ? NULL : cJSON_Print(value);
  if (text == NULL) return NULL;
  size_t len = strlen(text);
  char *out = malloc(len + 2);
  if (out != NULL) {
    memcpy(out, text, len);
    memcpy(out + len, "\n", 2);
  }
  cJSON_free(text);
  return out;
}
