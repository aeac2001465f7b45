/* SPDX-License-Identifier: Apache-2.0 */
/* The one file of the tool that knows cJSON. */
#include "json.h"

#include <cjson/cJSON.h>
#include <stdio.h>

int json_start(json_t *j) {
  j->failed = 0;
  j->root = cJSON_CreateObject();
  return j->root == NULL ? -1 : 0;
}

void json_free(json_t *j) {
  cJSON_Delete(j->root);
  j->root = NULL;
}

static cJSON *check(json_t *j, cJSON *node) {
  if (node == NULL) j->failed = 1;
  return node;
}

void json_text(json_t *j, cJSON *object, const char *name, const char *value) {
  (void)check(j, cJSON_AddStringToObject(object, name, value));
}

void json_bool(json_t *j, cJSON *object, const char *name, int value) {
  (void)check(j, cJSON_AddBoolToObject(object, name, value));
}

cJSON *json_array(json_t *j, cJSON *object, const char *name) {
  return check(j, cJSON_AddArrayToObject(object, name));
}

static cJSON *append(json_t *j, cJSON *array, cJSON *node) {
  if (node != NULL && cJSON_AddItemToArray(array, node)) return node;
  cJSON_Delete(node);
  return check(j, NULL);
}

cJSON *json_append_object(json_t *j, cJSON *array) { return append(j, array, cJSON_CreateObject()); }

void json_append_text(json_t *j, cJSON *array, const char *value) {
  (void)append(j, array, cJSON_CreateString(value));
}

/* Puts the member that is there into an array of its own name. The member itself stays where it is in memory:
 * the caller may hold pointers into it. */
static cJSON *wrap(json_t *j, cJSON *object, cJSON *member, const char *name) {
  cJSON *array = cJSON_CreateArray();
  if (array == NULL) return check(j, NULL);
  (void)cJSON_DetachItemViaPointer(object, member);
  (void)append(j, array, member);
  if (cJSON_AddItemToObject(object, name, array)) return array;
  cJSON_Delete(array);
  return check(j, NULL);
}

cJSON *json_add(json_t *j, cJSON *object, const char *name, const char *value) {
  cJSON *node = check(j, value == NULL ? cJSON_CreateObject() : cJSON_CreateString(value));
  if (node == NULL) return NULL;
  cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
  if (member == NULL) {
    if (cJSON_AddItemToObject(object, name, node)) return node;
    cJSON_Delete(node);
    return check(j, NULL);
  }
  if (!cJSON_IsArray(member)) member = wrap(j, object, member, name);
  return append(j, member, node);
}

int json_print(const json_t *j) {
  char *text = j->failed ? NULL : cJSON_PrintUnformatted(j->root);
  if (text == NULL) return -1;
  (void)printf("%s\n", text);
  cJSON_free(text);
  return 0;
}
