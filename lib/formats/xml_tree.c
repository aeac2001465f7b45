/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the tree of an XML document from the parser's events. */
#include "formats/xml_tree.h"

#include "formats/xml.h"

#define NS_MAX 256 /* longer than any module's are not kept: every element could have one of its own */

typedef struct build {
  sztp__xml_tree_t *tree;
  sztp__xml_node_t *open;              /* the innermost element that has not ended */
  sztp__xml_node_t *closed;            /* the one that ended last */
  const sztp__xml_binding_t *bindings; /* in scope */
  sztp__span_t literal; /* text of the open element so far, while it is contiguous in the document */
  sztp__buf_t copied;   /* else the text is here */
} build_t;

static int is_xml_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static sztp__span_t trim(sztp__span_t text) {
  while (text.len > 0 && is_xml_space(text.data[0])) text = sztp__span(text.data + 1, text.len - 1);
  while (text.len > 0 && is_xml_space(text.data[text.len - 1])) text.len--;
  return text;
}

/* What was collected, without white space around it. */
static sztp__span_t collected(const build_t *b) {
  return trim(b->copied.len > 0 ? sztp__buf_span(&b->copied) : b->literal);
}

/* Copies @p text to @p *at and moves *at past it. */
static sztp__span_t xml_place(uint8_t **at, sztp__span_t text) {
  sztp__span_t placed = sztp__span(*at, text.len);
  if (text.len > 0) memcpy(*at, text.data, text.len);
  *at += text.len;
  return placed;
}

static int32_t on_binding(void *user, sztp__span_t prefix, sztp__span_t ns) {
  build_t *b = user;
  sztp__xml_binding_t *made = sztp__alloc(b->tree->ctx, sizeof *made + prefix.len + ns.len);
  if (made == NULL) return SZTP_ERR_MEMORY;
  uint8_t *at = (uint8_t *)(made + 1);
  made->prefix = xml_place(&at, prefix);
  made->ns = xml_place(&at, ns);
  made->outer = b->bindings;
  made->made_before = b->tree->bindings;
  b->tree->bindings = made;
  b->bindings = made;
  return SZTP_OK;
}

static int32_t on_start(void *user, const sztp__xml_event_t *e) {
  build_t *b = user;
  sztp__xml_node_t *parent = b->open;
  int inherits = parent != NULL && sztp__span_equal(parent->ns, e->ns);
  sztp__span_t ns = inherits || e->ns.len > NS_MAX ? sztp__span(NULL, 0) : e->ns;
  sztp__xml_node_t *node = sztp__alloc(b->tree->ctx, sizeof *node + ns.len + e->name.len);
  if (node == NULL) return SZTP_ERR_MEMORY;
  uint8_t *at = (uint8_t *)(node + 1);
  node->ns = inherits ? parent->ns : xml_place(&at, ns);
  node->name = xml_place(&at, e->name);
  node->parent = parent;
  node->bindings = b->bindings;
  node->made_before = b->tree->nodes;
  b->tree->nodes = node;
  if (parent == NULL) {
    b->tree->root = node;
  } else if (parent->child == NULL) {
    parent->child = node;
    parent->mixed = collected(b).len > 0;
    sztp__buf_clear(&b->copied);
    b->literal = sztp__span(NULL, 0);
  } else {
    b->closed->next = node;
  }
  b->open = node;
  return SZTP_OK;
}

static int32_t on_text(void *user, sztp__span_t text, int literal) {
  build_t *b = user;
  int blank = trim(text).len == 0;
  if (b->open->child != NULL) {
    b->open->mixed |= !blank;
    return SZTP_OK;
  }
  if (b->copied.len == 0) {
    if (b->literal.len == 0 && blank) return SZTP_OK;
    if (literal && b->literal.len == 0) {
      b->literal = text;
      return SZTP_OK;
    }
    if (literal && b->literal.data + b->literal.len == text.data) {
      b->literal.len += text.len;
      return SZTP_OK;
    }
    sztp__buf_add_span(&b->copied, b->literal);
  }
  return sztp__buf_add_span(&b->copied, text);
}

/* Gives the open element the text that was collected. */
static int32_t keep_text(build_t *b) {
  sztp__xml_node_t *node = b->open;
  int32_t rc = SZTP_OK;
  node->text = trim(b->literal);
  b->literal = sztp__span(NULL, 0);
  if (b->copied.len > 0) {
    size_t len = 0;
    rc = sztp__buf_take(&b->copied, &node->owned, &len);
    node->text = trim(sztp__span(node->owned, len));
  }
  if (node->text.len == 0) node->text = sztp__span_of("");
  return rc;
}

static int32_t on_end(void *user, const sztp__xml_event_t *e) {
  build_t *b = user;
  sztp__xml_node_t *node = b->open;
  (void)e;
  int32_t rc = node->child == NULL ? keep_text(b) : SZTP_OK;
  b->closed = node;
  b->open = node->parent;
  b->bindings = node->parent != NULL ? node->parent->bindings : NULL;
  return rc;
}

int32_t sztp__xml_tree_read(sztp_ctx_t *ctx, sztp__span_t text, sztp__xml_tree_t **out) {
  sztp__xml_tree_t *tree = sztp__alloc(ctx, sizeof *tree);
  if (tree == NULL) return SZTP_ERR_MEMORY;
  build_t b;
  sztp__xml_handler_t handler = {&b, on_start, on_end, on_text, on_binding};
  memset(&b, 0, sizeof b);
  tree->ctx = ctx;
  b.tree = tree;
  sztp__buf_init(&b.copied, ctx, SIZE_MAX / 4);
  int32_t rc = sztp__xml_parse(ctx, text, &handler);
  sztp__buf_clear(&b.copied);
  if (rc < 0)
    sztp__xml_tree_free(tree);
  else
    *out = tree;
  return rc;
}

void sztp__xml_tree_free(sztp__xml_tree_t *tree) {
  if (tree == NULL) return;
  while (tree->nodes != NULL) {
    sztp__xml_node_t *node = tree->nodes;
    tree->nodes = node->made_before;
    sztp__free_secret(tree->ctx, node->owned);
    sztp__free(tree->ctx, node);
  }
  while (tree->bindings != NULL) {
    sztp__xml_binding_t *binding = tree->bindings;
    tree->bindings = binding->made_before;
    sztp__free(tree->ctx, binding);
  }
  sztp__free(tree->ctx, tree);
}
