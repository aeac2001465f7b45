/* SPDX-License-Identifier: Apache-2.0 */
/* XML: events are balanced and their text is UTF-8; the tree holds the same elements and text; any octets at
 * all, escaped, make a document. */
#include "fuzzing.h"

#include "formats/xml.h"
#include "formats/xml_tree.h"
#include "ground/text.h"

typedef struct seen {
  sztp__span_t document;
  uint64_t nodes;
  uint32_t depth;
  uint64_t elements;
  size_t text;
} seen_t;

static int32_t on_start(void *user, const sztp__xml_event_t *e) {
  seen_t *s = (seen_t *)user;
  CHECK(e->depth == ++s->depth && e->depth <= 32);
  CHECK(e->name.len > 0 && sztp__utf8_valid(e->name) && sztp__utf8_valid(e->ns));
  s->elements++;
  s->nodes++;
  for (size_t i = 0; e->attrs[i] != NULL; i += 2) {
    CHECK(e->attrs[i + 1] != NULL && sztp__utf8_valid(sztp__span_of(e->attrs[i + 1])));
    s->elements++;
  }
  CHECK(s->elements <= 4096);
  return 0;
}

static int32_t on_end(void *user, const sztp__xml_event_t *e) {
  seen_t *s = (seen_t *)user;
  CHECK(e->depth == s->depth-- && e->name.len > 0);
  return 0;
}

static int32_t on_text(void *user, sztp__span_t text, int literal) {
  seen_t *s = (seen_t *)user;
  CHECK(!literal || fuzz_inside(text, s->document));
  CHECK(s->depth > 0 && sztp__utf8_valid(text) && memchr(text.data, 0, text.len) == NULL);
  s->text += text.len;
  return 0;
}

static int32_t on_binding(void *user, sztp__span_t prefix, sztp__span_t ns) {
  seen_t *s = (seen_t *)user;
  CHECK(prefix.len > 0 && sztp__utf8_valid(prefix) && sztp__utf8_valid(ns));
  s->elements++;
  CHECK(s->elements <= 4096);
  return 0;
}

static int32_t parse(sztp_ctx_t *ctx, sztp__span_t text, seen_t *s) {
  sztp__xml_handler_t handler = {s, on_start, on_end, on_text, on_binding};
  memset(s, 0, sizeof *s);
  s->document = text;
  sztp__trail_clear(ctx);
  return sztp__xml_parse(ctx, text, &handler);
}

/* The tree of a document with as many elements, none of whose text is longer than the document. */
static void check_tree(sztp_ctx_t *ctx, sztp__span_t text, uint64_t nodes) {
  sztp__xml_tree_t *tree = NULL;
  CHECK(sztp__xml_tree_read(ctx, text, &tree) == 0);
  for (const sztp__xml_node_t *n = tree->nodes; n != NULL; n = n->made_before, nodes--) {
    CHECK((n->parent == NULL) == (n == tree->root));
    CHECK(n->child == NULL || (n->child->parent == n && n->text.len == 0));
    CHECK(n->next == NULL || n->next->parent == n->parent);
    CHECK(n->text.len <= text.len && sztp__utf8_valid(n->text));
    CHECK(n->owned != NULL || n->text.len == 0 || fuzz_inside(n->text, text));
    CHECK(!n->mixed || n->child != NULL);
  }
  CHECK(nodes == 0);
  sztp__xml_tree_free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t held;
  seen_t s;
  sztp_ctx_t *ctx = fuzz_ctx_new(&held);
  int32_t rc = parse(ctx, sztp__span(data, size), &s);
  if (rc == 0) {
    CHECK(s.depth == 0 && s.elements > 0);
    check_tree(ctx, sztp__span(data, size), s.nodes);
  } else {
    CHECK(rc == SZTP_ERR_XML || rc == SZTP_ERR_LIMIT);
    fuzz_check_failure(ctx, rc);
  }
  sztp__buf_t out;
  sztp__buf_init(&out, ctx, SIZE_MAX / 4);
  sztp__buf_add_text(&out, "<a>");
  sztp__xml_put_text(&out, sztp__span(data, size));
  CHECK(sztp__buf_add_text(&out, "</a>") == 0);
  CHECK(parse(ctx, sztp__buf_span(&out), &s) == 0);
  CHECK(s.elements == 1 && s.text >= size); /* a replaced octet only gets longer */
  sztp__buf_clear(&out);
  fuzz_ctx_free(ctx, held);
  return 0;
}
