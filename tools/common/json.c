/* SPDX-License-Identifier: Apache-2.0 */
/* The one file of the tools that knows cJSON. */
#include "json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

static int start_with(json_t *j, json_node_t *root) {
  j->failed = root == NULL;
  j->root = root;
  return root == NULL ? -1 : 0;
}

int json_start(json_t *j) { return start_with(j, cJSON_CreateObject()); }

int json_start_array(json_t *j) { return start_with(j, cJSON_CreateArray()); }

void json_free(json_t *j) {
  cJSON_Delete(j->root);
  j->root = NULL;
}

/* Takes ownership of the node. */
static json_node_t *add_node(json_t *j, json_node_t *to, const char *name, json_node_t *node) {
  int done = 0;
  if (to != NULL && node != NULL)
    done = name == NULL ? cJSON_AddItemToArray(to, node) : cJSON_AddItemToObject(to, name, node);
  if (done) return node;
  cJSON_Delete(node);
  j->failed = 1;
  return NULL;
}

void json_text(json_t *j, json_node_t *to, const char *name, const char *value) {
  if (value != NULL) (void)add_node(j, to, name, cJSON_CreateString(value));
}

void json_bool(json_t *j, json_node_t *to, const char *name, int value) {
  (void)add_node(j, to, name, cJSON_CreateBool(value));
}

void json_null(json_t *j, json_node_t *to, const char *name) {
  (void)add_node(j, to, name, cJSON_CreateNull());
}

void json_number(json_t *j, json_node_t *to, const char *name, uint64_t value) {
  (void)add_node(j, to, name, cJSON_CreateNumber((double)value));
}

void json_seconds(json_t *j, json_node_t *to, const char *name, uint64_t ms) {
  (void)add_node(j, to, name, cJSON_CreateNumber((double)ms / 1000));
}

json_node_t *json_object(json_t *j, json_node_t *to, const char *name) {
  return add_node(j, to, name, cJSON_CreateObject());
}

json_node_t *json_array(json_t *j, json_node_t *to, const char *name) {
  return add_node(j, to, name, cJSON_CreateArray());
}

void json_move(json_t *j, json_node_t *to, const char *name, json_t *from) {
  (void)add_node(j, to, name, from->root);
  from->root = NULL;
}

json_node_t *json_list(json_t *j, json_node_t *object, const char *name) {
  json_node_t *list = cJSON_GetObjectItemCaseSensitive(object, name);
  return list != NULL ? list : json_array(j, object, name);
}

size_t json_count(const json_node_t *array) { return array == NULL ? 0 : (size_t)cJSON_GetArraySize(array); }

const char *json_text_at(const json_node_t *array, size_t index, const char *name) {
  const json_node_t *value = cJSON_GetObjectItem(cJSON_GetArrayItem(array, (int)index), name);
  return cJSON_IsString(value) ? value->valuestring : "";
}

int json_has(const json_node_t *object, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(object, name) != NULL;
}

char *json_text_of(const json_t *j, int lines) {
  if (j->failed) return NULL;
  char *text = lines ? cJSON_Print(j->root) : cJSON_PrintUnformatted(j->root);
  if (text == NULL) return NULL;
  char *shown = escape_json(text, strlen(text));
  cJSON_free(text);
  size_t len = shown == NULL ? 0 : strlen(shown);
  char *out = shown == NULL ? NULL : realloc(shown, len + 2);
  if (out != NULL)
    memcpy(out + len, "\n", 2);
  else
    free(shown);
  return out;
}

int json_print(const json_t *j, FILE *out) {
  char *text = json_text_of(j, 0);
  if (text == NULL) return -1;
  (void)fputs(text, out);
  free(text);
  return 0;
}

void json_error(int as_json, const char *command, const char *text) {
  json_t j = {NULL, 0};
  int printed = -1;
  if (as_json && json_start(&j) == 0) {
    json_text(&j, j.root, "result", "error");
    json_text(&j, j.root, "command", command);
    json_text(&j, j.root, "error", text);
    json_number(&j, j.root, "version", JSON_VERSION);
    printed = json_print(&j, stderr);
  }
  if (printed != 0) (void)fprintf(stderr, "%s: %s\n", command, text);
  json_free(&j);
}

int json_wanted(int argc, char *const *argv, int first) {
  for (int i = first; i < argc && strcmp(argv[i], "--") != 0; i++)
    if (strcmp(argv[i], "--json") == 0) return 1;
  return 0;
}
