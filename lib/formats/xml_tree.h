/* SPDX-License-Identifier: Apache-2.0 */
/* An XML document as a tree, for documents whose elements may come in any order. It holds what data needs:
 * names, namespaces, the text of leaves, the prefixes in scope; no attributes, comments or instructions. The
 * input must outlive the tree, since text that is contiguous in it is not copied. */
#ifndef SZTP_FORMATS_XML_TREE_H
#define SZTP_FORMATS_XML_TREE_H

#include "ground/buf.h"

/* A prefix and its namespace. */
typedef struct sztp__xml_binding {
  const struct sztp__xml_binding *outer; /* declared before it, and still in scope */
  struct sztp__xml_binding *made_before;
  sztp__span_t prefix;
  sztp__span_t ns;
} sztp__xml_binding_t;

typedef struct sztp__xml_node {
  struct sztp__xml_node *parent; /* NULL: the document element */
  struct sztp__xml_node *child;  /* the first one */
  struct sztp__xml_node *next;   /* the next child of its parent */
  struct sztp__xml_node *made_before;
  const sztp__xml_binding_t *bindings; /* in scope, the innermost first */
  sztp__span_t ns;                     /* empty without one, and instead of a very long one */
  sztp__span_t name;                   /* local */
  sztp__span_t text;                   /* of an element without children: white space around it left out */
  uint8_t *owned;                      /* the text, where it is not contiguous in the input */
  int mixed;                           /* it has children, and text between them that is not white space */
} sztp__xml_node_t;

typedef struct sztp__xml_tree {
  sztp_ctx_t *ctx;
  const sztp__xml_node_t *root;
  sztp__xml_node_t *nodes; /* all of them, the newest first */
  sztp__xml_binding_t *bindings;
} sztp__xml_tree_t;

/* Parses a whole document. 0, SZTP_ERR_XML, SZTP_ERR_LIMIT, SZTP_ERR_MEMORY; see sztp__xml_parse(). */
int32_t sztp__xml_tree_read(sztp_ctx_t *ctx, sztp__span_t text, sztp__xml_tree_t **out);
/* Wipes the text of leaves, and frees. NULL is allowed. */
void sztp__xml_tree_free(sztp__xml_tree_t *tree);

#endif
