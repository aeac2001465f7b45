/* SPDX-License-Identifier: Apache-2.0 */
/* Making, searching and freeing document trees; nothing here recurses. */
#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const char *text, size_t len) {
  char *made = malloc(len + 1);
  if (made == NULL) return NULL;
  if (len > 0) memcpy(made, text, len);
  made[len] = '\0';
  return made;
}

static void free_one(tree_t *node) {
  free(node->name);
  free(node->module);
  free(node->text);
  free(node);
}

tree_t *tree_add(tree_t *parent, const char *module, size_t module_len, const char *name, uint32_t kind) {
  tree_t *node = calloc(1, sizeof *node);
  if (node == NULL) return NULL;
  node->kind = kind;
  node->name = copy(name, strlen(name));
  node->module = copy(module, module_len);
  node->text = copy("", 0);
  if (node->name == NULL || node->module == NULL || node->text == NULL) {
    free_one(node);
    return NULL;
  }
  if (parent == NULL) return node;
  if (parent->last == NULL)
    parent->child = node;
  else
    parent->last->next = node;
  parent->last = node;
  return node;
}

int tree_set_text(tree_t *node, const char *text, size_t len) {
  char *made = copy(text, len);
  if (made == NULL) return -1;
  free(node->text);
  node->text = made;
  return 0;
}

void tree_free(tree_t *root) {
  while (root != NULL) {
    tree_t *next = root->next;
    if (root->child != NULL) { /* the children are freed before the node's successors */
      root->last->next = next;
      next = root->child;
    }
    free_one(root);
    root = next;
  }
}

const tree_t *tree_find(const tree_t *from, const char *module, const char *name) {
  while (from != NULL && (strcmp(from->name, name) != 0 || strcmp(from->module, module) != 0))
    from = from->next;
  return from;
}
