/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents: what cJSON would take too generously is refused first. The one file that knows cJSON. */
#include "tree.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

/* Strings, nesting and encoding, before cJSON sees the text: it recurses, and it cuts strings at \u0000. */
static const char *scan(const char *text, size_t len) {
  size_t depth = 0;
  int in_string = 0;
  for (size_t i = 0; i < len;) {
    size_t step = utf8_length(text + i, len - i);
    if (step == 0) return "the document is not UTF-8";
    char c = text[i];
    if (in_string && (unsigned char)c < 0x20) return "a control character in a string";
    if (c == '\0') return "a NUL in the document";
    if (in_string && c == '\\') {
      if (len - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0) return "\\u0000 in a string";
      step = len - i < 2 ? 1 : 2;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      if (++depth > TREE_MAX_DEPTH) return "the document is nested too deeply";
    } else if (!in_string && (c == '}' || c == ']') && depth > 0) {
      depth--;
    }
    i += step;
  }
  return NULL;
}

static int has_twin(const cJSON *item) {
  for (const cJSON *other = item->next; other != NULL; other = other->next)
    if (other->string != NULL && item->string != NULL && strcmp(other->string, item->string) == 0) return 1;
  return 0;
}

static int set_number(tree_t *node, double value) {
  char text[40];
  node->kind = TREE_NUMBER;
  node->number = value;
  int len = snprintf(text, sizeof text, "%.17g", value);
  return len < 0 ? -1 : tree_set_text(node, text, (size_t)len);
}

/* "module:name" belongs to that module, "name" to its parent's (RFC 7951 4). */
static tree_t *add_node(tree_t *parent, const cJSON *item, const char *key, uint32_t names) {
  const char *colon = names == TREE_NAMES_YANG ? strchr(key, ':') : NULL;
  const char *module = colon == NULL ? parent->module : key;
  size_t module_len = colon == NULL ? strlen(parent->module) : (size_t)(colon - key);
  tree_t *node = tree_add(parent, module, module_len, colon == NULL ? key : colon + 1, TREE_NULL);
  int result = 0;
  if (node == NULL) return NULL;
  if (cJSON_IsObject(item)) node->kind = TREE_CONTAINER;
  if (cJSON_IsString(item)) {
    node->kind = TREE_TEXT;
    result = tree_set_text(node, item->valuestring, strlen(item->valuestring));
  }
  if (cJSON_IsNumber(item)) result = set_number(node, item->valuedouble);
  if (cJSON_IsBool(item)) {
    node->kind = TREE_BOOLEAN;
    node->number = cJSON_IsTrue(item) ? 1 : 0;
    result = tree_set_text(node, cJSON_IsTrue(item) ? "true" : "false", cJSON_IsTrue(item) ? 4 : 5);
  }
  return result == 0 ? node : NULL;
}

typedef struct level {
  const cJSON *next; /* the member or element to be taken */
  const char *key;   /* of an array: the name of its elements */
  tree_t *node;
} level_t;

/* Steps into an array or object. */
static const char *enter(level_t *levels, size_t *depth, const cJSON *item, const char *key, tree_t *node) {
  if (*depth == TREE_MAX_DEPTH) return "the document is nested too deeply";
  levels[*depth].next = item->child;
  levels[*depth].key = cJSON_IsArray(item) ? key : NULL;
  levels[*depth].node = node;
  (*depth)++;
  return NULL;
}

static const char *take(level_t *levels, size_t *depth, const cJSON *item, uint32_t names) {
  level_t *level = &levels[*depth - 1];
  const char *key = level->key != NULL ? level->key : item->string;
  if (key == NULL) return "the document is not an object";
  if (cJSON_IsArray(item)) {
    if (level->key != NULL) return "an array in an array";
    return enter(levels, depth, item, key, level->node);
  }
  tree_t *node = add_node(level->node, item, key, names);
  if (node == NULL) return "out of memory";
  return cJSON_IsObject(item) ? enter(levels, depth, item, NULL, node) : NULL;
}

static const char *convert(tree_t *root, const cJSON *json, uint32_t names) {
  level_t levels[TREE_MAX_DEPTH];
  size_t depth = 0;
  size_t count = 0;
  const char *why = enter(levels, &depth, json, NULL, root);
  while (why == NULL && depth > 0) {
    level_t *level = &levels[depth - 1];
    const cJSON *item = level->next;
    if (item == NULL) {
      depth--;
      continue;
    }
    level->next = item->next;
    if (++count > TREE_MAX_NODES) return "the document has too many members";
    if (level->key == NULL && has_twin(item)) return "the same member twice in one object";
    why = take(levels, &depth, item, names);
  }
  return why;
}

static cJSON *parse(const char *text, size_t len, const char **why) {
  const char *end = NULL;
  cJSON *json = NULL;
  if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* D-62 */
    text += 3;
    len -= 3;
  }
  *why = scan(text, len);
  if (*why != NULL) return NULL;
  *why = "the document is not JSON";
  if (len > 0) json = cJSON_ParseWithLengthOpts(text, len, &end, 0);
  if (json == NULL) return NULL;
  for (; end < text + len; end++)
    if (*end != ' ' && *end != '\t' && *end != '\r' && *end != '\n') break;
  if (end == text + len && cJSON_IsObject(json)) return json;
  *why = end == text + len ? "the document is not an object" : "something follows the document";
  cJSON_Delete(json);
  return NULL;
}

tree_t *json_read(const uint8_t *data, size_t len, uint32_t names, const char **why) {
  cJSON *json = parse((const char *)data, len, why);
  if (json == NULL) return NULL;
  tree_t *root = tree_add(NULL, "", 0, "", TREE_CONTAINER);
  *why = root == NULL ? "out of memory" : convert(root, json, names);
  cJSON_Delete(json);
  if (*why == NULL) return root;
  tree_free(root);
  return NULL;
}
