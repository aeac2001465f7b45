/* SPDX-License-Identifier: Apache-2.0 */
/* A document as a tree, the same for JSON and XML: a list is one child after another of the same name. */
#ifndef SZTP_SERVER_TREE_H
#define SZTP_SERVER_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/ctx.h>

enum { TREE_CONTAINER = 1, TREE_TEXT = 2, TREE_NUMBER = 3, TREE_BOOLEAN = 4, TREE_NULL = 5 };

enum { TREE_MAX_DEPTH = 32 }; /* DATA-15; the number of nodes is limited by the context */

typedef struct tree {
  char *name;
  char *module; /* YANG module that the name belongs to; "" if it has none or one that is not YANG's */
  uint32_t kind;
  char *text; /* of TREE_TEXT, and the text of a number or boolean; else "" */
  double number;
  struct tree *child;
  struct tree *last; /* the last child */
  struct tree *next;
} tree_t;

/* Adds a child (or makes a root with @p parent NULL); text is copied. NULL without memory. */
tree_t *tree_add(tree_t *parent, const char *module, size_t module_len, const char *name, uint32_t kind);
int tree_set_text(tree_t *node, const char *text, size_t len);
void tree_free(tree_t *root);
/* The first child of that name and module from @p from on (parent->child at first), or NULL. */
const tree_t *tree_find(const tree_t *from, const char *module, const char *name);

/* Read a document with lib/formats; @p why is one line that says what is wrong with it, and lives as long as
 * @p ctx is not used. The root is a nameless container whose child is the top-level node (JSON: whose
 * children are its members). NULL if it is refused. */
tree_t *tree_read_json(sztp_ctx_t *ctx, const uint8_t *data, size_t len, const char **why);
tree_t *tree_read_xml(sztp_ctx_t *ctx, const uint8_t *data, size_t len, const char **why);

#endif
