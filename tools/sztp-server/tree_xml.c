/* SPDX-License-Identifier: Apache-2.0 */
/* Trees from XML: an element belongs to the module of its namespace. */
#include <string.h>

#include "formats/xml_tree.h"
#include "formats/yang.h"
#include "tree.h"

/* The module that an element's namespace is of; empty if it is not YANG's. */
static sztp__span_t module_of(const sztp__xml_node_t *element) {
  size_t len = strlen(SZTP__YANG_NS);
  if (element->ns.len < len || memcmp(element->ns.data, SZTP__YANG_NS, len) != 0) return sztp__span("", 0);
  return sztp__span_from(element->ns, len);
}

static tree_t *add_element(tree_t *parent, const sztp__xml_node_t *element) {
  char name[128];
  sztp__span_t module = module_of(element);
  if (element->name.len >= sizeof name) return NULL;
  memcpy(name, element->name.data, element->name.len);
  name[element->name.len] = '\0';
  tree_t *node = tree_add(parent, (const char *)module.data, module.len, name,
                          element->child != NULL ? TREE_CONTAINER : TREE_TEXT);
  if (node == NULL || element->child != NULL) return node;
  return tree_set_text(node, (const char *)element->text.data, element->text.len) == 0 ? node : NULL;
}

/* In document order: an element, its children, its successors. */
static const char *convert_elements(tree_t *root, const sztp__xml_node_t *element) {
  tree_t *parents[TREE_MAX_DEPTH + 1] = {root};
  size_t depth = 0;
  while (element != NULL) {
    tree_t *node = add_element(parents[depth], element);
    if (node == NULL) return "out of memory, or a name that is too long";
    if (element->child != NULL) {
      if (depth == TREE_MAX_DEPTH) return "the document is nested too deeply";
      parents[++depth] = node;
      element = element->child;
      continue;
    }
    while (element != NULL && element->next == NULL) {
      element = element->parent;
      if (element != NULL) depth--;
    }
    if (element != NULL) element = element->next;
  }
  return NULL;
}

tree_t *tree_read_xml(sztp_ctx_t *ctx, const uint8_t *data, size_t len, const char **why) {
  sztp__xml_tree_t *xml = NULL;
  tree_t *root = tree_add(NULL, "", 0, "", TREE_CONTAINER);
  sztp__trail_clear(ctx);
  *why = NULL;
  if (root == NULL)
    *why = "out of memory";
  else if (sztp__xml_tree_read(ctx, sztp__span(data, len), &xml) != SZTP_OK)
    *why = sztp__trail_detail(ctx);
  else
    *why = convert_elements(root, xml->root);
  sztp__xml_tree_free(xml);
  if (*why == NULL) return root;
  tree_free(root);
  return NULL;
}
