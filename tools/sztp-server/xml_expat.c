/* SPDX-License-Identifier: Apache-2.0 */
/* XML documents, without DOCTYPE and entities (DATA-12). The one file that knows expat. */
#include "tree.h"

#include <expat.h>
#include <string.h>

#include "text.h"

static const char yang[] = "urn:ietf:params:xml:ns:yang:";

typedef struct reader {
  XML_Parser parser;
  tree_t *open[TREE_MAX_DEPTH + 1]; /* [0] is the root */
  size_t depth;
  size_t count;
  text_t text; /* of the innermost element */
  const char *why;
} reader_t;

static void stop(reader_t *r, const char *why) {
  if (r->why == NULL) r->why = why;
  XML_StopParser(r->parser, XML_FALSE);
}

static const char *start(reader_t *r, const XML_Char *name) {
  if (r->depth == TREE_MAX_DEPTH) return "the document is nested too deeply";
  if (++r->count > TREE_MAX_NODES) return "the document has too many elements";
  const char *local = strrchr(name, '|'); /* "namespace|local" */
  const char *module = "";
  size_t module_len = 0;
  if (local != NULL && strncmp(name, yang, sizeof yang - 1) == 0) {
    module = name + sizeof yang - 1;
    module_len = (size_t)(local - module);
  }
  tree_t *node = tree_add(r->open[r->depth], module, module_len, local == NULL ? name : local + 1, TREE_TEXT);
  if (node == NULL) return "out of memory";
  r->open[r->depth]->kind = TREE_CONTAINER;
  r->open[++r->depth] = node;
  text_free(&r->text);
  return NULL;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes) {
  (void)attributes;
  const char *why = start(user, name);
  if (why != NULL) stop(user, why);
}

static void XMLCALL on_text(void *user, const XML_Char *data, int len) {
  reader_t *r = user;
  if (len > 0) text_add(&r->text, data, (size_t)len);
}

static int is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void XMLCALL on_end(void *user, const XML_Char *name) {
  reader_t *r = user;
  tree_t *node = r->open[r->depth];
  (void)name;
  if (node->kind == TREE_TEXT) { /* white space around a leaf's value does not count (DATA-11) */
    size_t from = 0;
    size_t to = r->text.len;
    while (from < to && is_blank(r->text.data[from])) from++;
    while (to > from && is_blank(r->text.data[to - 1])) to--;
    const char *text = r->text.data == NULL ? "" : r->text.data + from;
    if (r->text.failed || tree_set_text(node, text, to - from) != 0) stop(r, "out of memory");
  }
  text_free(&r->text);
  r->depth--;
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
                               int subset) {
  (void)name;
  (void)sysid;
  (void)pubid;
  (void)subset;
  stop(user, "a DOCTYPE in the document");
}

tree_t *xml_read(const uint8_t *data, size_t len, const char **why) {
  reader_t r;
  memset(&r, 0, sizeof r);
  *why = "out of memory";
  r.parser = XML_ParserCreateNS("UTF-8", '|');
  if (r.parser == NULL) return NULL;
  r.open[0] = tree_add(NULL, "", 0, "", TREE_CONTAINER);
  if (r.open[0] != NULL) {
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    *why = NULL;
    if (len > INT32_MAX || XML_Parse(r.parser, (const char *)data, (int)len, 1) != XML_STATUS_OK)
      *why = r.why != NULL ? r.why : "the document is not well-formed XML";
  }
  XML_ParserFree(r.parser);
  text_free(&r.text);
  if (*why == NULL) return r.open[0];
  tree_free(r.open[0]);
  return NULL;
}
