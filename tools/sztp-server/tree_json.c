/* SPDX-License-Identifier: Apache-2.0 */
/* Trees from JSON: an array becomes one child after another of its name. */
#include <stdlib.h>
#include <string.h>

#include "formats/json.h"
#include "tree.h"

enum { NUMBER_LEN = 64 };

/* A container that is being read, or an array in one. */
typedef struct level {
  const sztp__json_value_t *next; /* the member or entry to be taken */
  const char *key;                /* of an array: the name of its entries; else NULL */
  tree_t *node;
} level_t;

static int set_value(tree_t *node, const sztp__json_value_t *value) {
  static const uint32_t kinds[] = {[SZTP__JSON_NULL] = TREE_NULL,     [SZTP__JSON_BOOL] = TREE_BOOLEAN,
                                   [SZTP__JSON_NUMBER] = TREE_NUMBER, [SZTP__JSON_STRING] = TREE_TEXT,
                                   [SZTP__JSON_ARRAY] = TREE_NULL,    [SZTP__JSON_OBJECT] = TREE_CONTAINER};
  uint32_t type = sztp__json_type(value);
  sztp__span_t text = sztp__span("", 0);
  node->kind = kinds[type];
  if (type == SZTP__JSON_STRING) text = sztp__json_string(value);
  if (type == SZTP__JSON_NUMBER) text = sztp__json_number(value);
  if (type == SZTP__JSON_BOOL) text = sztp__span_of(sztp__json_bool(value) ? "true" : "false");
  if (tree_set_text(node, (const char *)text.data, text.len) != 0) return -1;
  if (type == SZTP__JSON_NUMBER) node->number = text.len < NUMBER_LEN ? strtod(node->text, NULL) : 0;
  return 0;
}

/* "module:name" belongs to that module, "name" to its parent's (RFC 7951 4). */
static tree_t *add_value(tree_t *parent, const sztp__json_value_t *value, const char *key) {
  const char *colon = strchr(key, ':');
  const char *module = colon == NULL ? parent->module : key;
  size_t module_len = colon == NULL ? strlen(parent->module) : (size_t)(colon - key);
  tree_t *node = tree_add(parent, module, module_len, colon == NULL ? key : colon + 1, TREE_NULL);
  return node != NULL && set_value(node, value) == 0 ? node : NULL;
}

static const char *enter(level_t *levels, size_t *depth, const sztp__json_value_t *value, const char *key,
                         tree_t *node) {
  if (*depth == TREE_MAX_DEPTH) return "the document is nested too deeply";
  level_t level = {sztp__json_first(value), key, node};
  levels[(*depth)++] = level;
  return NULL;
}

static const char *take_value(level_t *levels, size_t *depth, const sztp__json_value_t *value) {
  level_t *level = &levels[*depth - 1];
  const char *key = level->key != NULL ? level->key : sztp__json_name(value);
  if (sztp__json_type(value) == SZTP__JSON_ARRAY)
    return level->key != NULL ? "an array in an array" : enter(levels, depth, value, key, level->node);
  tree_t *node = add_value(level->node, value, key);
  if (node == NULL) return "out of memory";
  return node->kind == TREE_CONTAINER ? enter(levels, depth, value, NULL, node) : NULL;
}

static const char *convert_object(tree_t *root, const sztp__json_value_t *object) {
  level_t levels[TREE_MAX_DEPTH];
  size_t depth = 0;
  const char *why = enter(levels, &depth, object, NULL, root);
  while (why == NULL && depth > 0) {
    const sztp__json_value_t *value = levels[depth - 1].next;
    if (value == NULL) {
      depth--;
      continue;
    }
    levels[depth - 1].next = sztp__json_next(value);
    why = take_value(levels, &depth, value);
  }
  return why;
}

tree_t *tree_read_json(sztp_ctx_t *ctx, const uint8_t *data, size_t len, const char **why) {
  sztp__json_t *json = NULL;
  tree_t *root = tree_add(NULL, "", 0, "", TREE_CONTAINER);
  sztp__trail_clear(ctx);
  *why = NULL;
  if (root == NULL)
    *why = "out of memory";
  else if (sztp__json_parse(ctx, sztp__span(data, len), &json) != SZTP_OK)
    *why = sztp__trail_detail(ctx);
  else if (sztp__json_type(sztp__json_root(json)) != SZTP__JSON_OBJECT)
    *why = "the document is not an object";
  else
    *why = convert_object(root, sztp__json_root(json));
  sztp__json_free(json);
  if (*why == NULL) return root;
  tree_free(root);
  return NULL;
}
