/* SPDX-License-Identifier: Apache-2.0 */
/* Reading YANG data: the rules of RFC 7951 and RFC 7950 in one place, over both encodings. */
#include "formats/yang.h"

#include "formats/uri.h"
#include "ground/format.h"
#include "ground/text.h"

static const sztp__json_value_t *json_of(const sztp__yang_node_t *node) { return (const void *)node; }
static int in_xml(const sztp__yang_t *y) { return SZTP__XML && y->xml != NULL; }
static const sztp__xml_node_t *xml_of(const sztp__yang_node_t *node) { return (const void *)node; }
static const sztp__yang_node_t *yang_node(const void *value) { return value; }

static int32_t fault(const sztp__yang_t *y, const char *name, const char *what) {
  return sztp__fail(y->ctx, y->fault, y->where, "%s: %s", name, what);
}

/* ---- the document -------------------------------------------------------------------------------- */

int32_t sztp__yang_open(sztp__yang_t *y, sztp__span_t document, uint32_t encoding) {
  int is_xml = encoding == SZTP__ENCODING_XML;
  y->json = NULL;
  y->xml = NULL;
  int32_t rc =
      is_xml ? sztp__xml_tree_read(y->ctx, document, &y->xml) : sztp__json_parse(y->ctx, document, &y->json);
  if (rc == SZTP_ERR_JSON || rc == SZTP_ERR_XML)
    return sztp__fail(y->ctx, y->fault, y->where, "the document is not %s",
                      !is_xml     ? "JSON"
                      : SZTP__XML ? "XML"
                                  : "JSON, and this library was built without XML");
  return rc;
}

void sztp__yang_close(sztp__yang_t *y) {
  sztp__json_free(y->json);
  sztp__xml_tree_free(y->xml);
  y->json = NULL;
  y->xml = NULL;
}

uint32_t sztp__yang_encoding(sztp__span_t document) {
  size_t i = 0;
  if (document.len >= 3 && memcmp(document.data, "\xef\xbb\xbf", 3) == 0) i = 3;
  while (i < document.len && (document.data[i] == ' ' || document.data[i] == '\t' ||
                              document.data[i] == '\r' || document.data[i] == '\n'))
    i++;
  if (i == document.len) return SZTP__ENCODING_ANY;
  if (document.data[i] == '{') return SZTP__ENCODING_JSON;
  return document.data[i] == '<' ? SZTP__ENCODING_XML : SZTP__ENCODING_ANY;
}

/* ---- names --------------------------------------------------------------------------------------- */

/* 1 if an XML namespace is the module's; 2 if it is except for letter case, where that is allowed. */
static int is_module(const sztp__yang_t *y, sztp__span_t ns) {
  const size_t n = sizeof SZTP__YANG_NS - 1;
  if (ns.len < n || memcmp(ns.data, SZTP__YANG_NS, n) != 0) return 0;
  sztp__span_t name = sztp__span(ns.data + n, ns.len - n);
  if (sztp__span_is(name, y->module)) return 1;
  int same = name.len == strlen(y->module) && sztp__host_equal(name, sztp__span_of(y->module));
  return y->any_case && same ? 2 : 0;
}

/* The node's name in the module; {NULL, 0} if it is another module's, or at the top of JSON has none. */
static sztp__span_t name_of(const sztp__yang_t *y, const sztp__yang_node_t *node, int top) {
  if (in_xml(y)) return is_module(y, xml_of(node)->ns) ? xml_of(node)->name : sztp__span(NULL, 0);
  const char *name = sztp__json_name(json_of(node));
  const char *colon = strchr(name, ':');
  if (colon == NULL) return top ? sztp__span(NULL, 0) : sztp__span_of(name);
  if (!sztp__span_is(sztp__span(name, (size_t)(colon - name)), y->module)) return sztp__span(NULL, 0);
  return sztp__span_of(colon + 1);
}

static const sztp__yang_node_t *first_child(const sztp__yang_t *y, const sztp__yang_node_t *parent) {
  return in_xml(y) ? yang_node(xml_of(parent)->child) : yang_node(sztp__json_first(json_of(parent)));
}

static const sztp__yang_node_t *next_child(const sztp__yang_t *y, const sztp__yang_node_t *child) {
  return in_xml(y) ? yang_node(xml_of(child)->next) : yang_node(sztp__json_next(json_of(child)));
}

int sztp__yang_is_container(const sztp__yang_t *y, const sztp__yang_node_t *node) {
  if (!in_xml(y)) return sztp__json_type(json_of(node)) == SZTP__JSON_OBJECT;
  return !xml_of(node)->mixed && xml_of(node)->text.len == 0;
}

/* ---- nodes --------------------------------------------------------------------------------------- */

int32_t sztp__yang_top(const sztp__yang_t *y, const char *name, const sztp__yang_node_t **out) {
  const sztp__yang_node_t *node = in_xml(y) ? yang_node(y->xml->root) : yang_node(sztp__json_root(y->json));
  *out = NULL;
  if (!in_xml(y)) {
    if (!sztp__yang_is_container(y, node)) return fault(y, name, "the document is not an object");
    node = first_child(y, node);
  }
  for (; node != NULL; node = next_child(y, node))
    if (sztp__span_is(name_of(y, node, 1), name)) *out = node;
  if (in_xml(y) && *out != NULL && is_module(y, xml_of(*out)->ns) != 1)
    sztp__log(y->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "%s: its namespace has the wrong letter case",
              y->where);
  return SZTP_OK;
}

static void top_of_json(const sztp__yang_t *y, char *out, size_t cap) {
  char name[SZTP__NAME_SIZE];
  const sztp__json_value_t *root = sztp__json_root(y->json);
  const sztp__json_value_t *first =
      sztp__json_type(root) == SZTP__JSON_OBJECT ? sztp__json_first(root) : NULL;
  if (sztp__json_type(root) != SZTP__JSON_OBJECT)
    (void)sztp__sentence(out, cap, "no object");
  else if (first == NULL)
    (void)sztp__sentence(out, cap, "an empty object");
  else
    (void)sztp__sentence(out, cap, "\"%s\"%s",
                         sztp__printable(name, sizeof name, sztp__span_of(sztp__json_name(first))),
                         sztp__json_next(first) != NULL ? " and others" : "");
}

char *sztp__yang_top_text(const sztp__yang_t *y, char *out, size_t cap) {
  char name[SZTP__NAME_SIZE];
  char ns[SZTP__NAME_SIZE];
  if (!in_xml(y)) {
    top_of_json(y, out, cap);
    return out;
  }
  const sztp__xml_node_t *root = y->xml->root;
  int has_ns = root->ns.len > 0;
  (void)sztp__sentence(out, cap, "<%s> %s%s%s", sztp__printable(name, sizeof name, root->name),
                       has_ns ? "of namespace \"" : "without namespace",
                       has_ns ? sztp__printable(ns, sizeof ns, root->ns) : "", has_ns ? "\"" : "");
  return out;
}

/* The first child of this name. In XML entries of a list may follow it. */
static int32_t find_child(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                          int entries, const sztp__yang_node_t **out) {
  const sztp__yang_node_t *found = NULL;
  if (!sztp__yang_is_container(y, parent)) return fault(y, name, "its parent is not a container");
  for (const sztp__yang_node_t *c = first_child(y, parent); c != NULL; c = next_child(y, c)) {
    if (!sztp__span_is(name_of(y, c, 0), name)) continue;
    if (found == NULL)
      found = c;
    else if (!entries || !in_xml(y))
      return fault(y, name, "given twice");
  }
  if (found != NULL && !in_xml(y) && sztp__json_type(json_of(found)) == SZTP__JSON_NULL) found = NULL;
  *out = found;
  return SZTP_OK;
}

int32_t sztp__yang_child(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                         const sztp__yang_node_t **out) {
  return find_child(y, parent, name, 0, out);
}

int32_t sztp__yang_list(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                        const sztp__yang_node_t **out) {
  return find_child(y, parent, name, 1, out);
}

static int is_array(const sztp__yang_t *y, const sztp__yang_node_t *list) {
  return !in_xml(y) && sztp__json_type(json_of(list)) == SZTP__JSON_ARRAY;
}

const sztp__yang_node_t *sztp__yang_first(const sztp__yang_t *y, const sztp__yang_node_t *list) {
  return list != NULL && is_array(y, list) ? first_child(y, list) : list;
}

const sztp__yang_node_t *sztp__yang_after(const sztp__yang_t *y, const sztp__yang_node_t *list,
                                          const sztp__yang_node_t *entry) {
  if (is_array(y, list)) return next_child(y, entry);
  if (!in_xml(y)) return NULL;
  const sztp__xml_node_t *first = xml_of(list);
  const sztp__xml_node_t *next = xml_of(entry)->next;
  while (next != NULL && !(sztp__span_equal(next->name, first->name) && is_module(y, next->ns)))
    next = next->next;
  return yang_node(next);
}

size_t sztp__yang_unknown(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *const *known) {
  size_t unknown = 0;
  for (const sztp__yang_node_t *c = first_child(y, parent); c != NULL; c = next_child(y, c)) {
    sztp__span_t local = name_of(y, c, 0);
    size_t i = 0;
    while (known[i] != NULL && !sztp__span_is(local, known[i])) i++;
    if (known[i] != NULL || unknown++ > 0) continue;
    char shown[SZTP__NAME_SIZE];
    sztp__span_t name = in_xml(y) ? xml_of(c)->name : sztp__span_of(sztp__json_name(json_of(c)));
    sztp__log(y->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ARTIFACT, "%s: unknown node \"%s\" is ignored", y->where,
              sztp__printable(shown, sizeof shown, name));
  }
  return unknown;
}

/* ---- leaves -------------------------------------------------------------------------------------- */

/* The value of a leaf, of any length; @p what is the fault if it can't be one. */
static int32_t yang_value(const sztp__yang_t *y, const sztp__yang_node_t *node, const char *name,
                          const char *what, sztp__span_t *out) {
  if (in_xml(y)) {
    *out = xml_of(node)->text;
    return xml_of(node)->child == NULL ? SZTP_OK : fault(y, name, what);
  }
  if (sztp__json_type(json_of(node)) != SZTP__JSON_STRING) return fault(y, name, what);
  *out = sztp__json_string(json_of(node));
  return SZTP_OK;
}

/* The same, bounded, for leaves that are not binary. */
static int32_t short_value(const sztp__yang_t *y, const sztp__yang_node_t *node, const char *name,
                           const char *what, sztp__span_t *out) {
  int32_t rc = yang_value(y, node, name, what, out);
  if (rc < 0 || out->len <= sztp__limit(y->ctx, SZTP_LIMIT_LEAF)) return rc;
  return sztp__fail(y->ctx, SZTP_ERR_LIMIT, y->where, "%s: %zu octets of text are too many", name, out->len);
}

int32_t sztp__yang_text(const sztp__yang_t *y, const sztp__yang_node_t *node, const char *name,
                        sztp__span_t *out) {
  return short_value(y, node, name, "not a string", out);
}

int32_t sztp__yang_string(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                          sztp__span_t *out) {
  const sztp__yang_node_t *node = NULL;
  int32_t rc = sztp__yang_child(y, parent, name, &node);
  *out = sztp__span(NULL, 0);
  return rc < 0 || node == NULL ? rc : sztp__yang_text(y, node, name, out);
}

int32_t sztp__yang_number(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                          sztp__span_t *out) {
  const sztp__yang_node_t *node = NULL;
  int32_t rc = sztp__yang_child(y, parent, name, &node);
  *out = sztp__span(NULL, 0);
  if (rc < 0 || node == NULL) return rc;
  if (in_xml(y) || sztp__json_type(json_of(node)) != SZTP__JSON_NUMBER)
    return short_value(y, node, name, "not a number", out);
  *out = sztp__json_number(json_of(node));
  return SZTP_OK;
}

int32_t sztp__yang_boolean(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                           int *found, int *out) {
  static const char what[] = "neither true nor false";
  const sztp__yang_node_t *node = NULL;
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_child(y, parent, name, &node);
  *found = node != NULL;
  *out = 0;
  if (rc < 0 || node == NULL) return rc;
  if (!in_xml(y) && sztp__json_type(json_of(node)) == SZTP__JSON_BOOL) {
    *out = sztp__json_bool(json_of(node));
    return SZTP_OK;
  }
  rc = short_value(y, node, name, what, &text);
  *out = sztp__span_is(text, "true");
  return rc < 0 || *out || sztp__span_is(text, "false") ? rc : fault(y, name, what);
}

/* The namespace of a prefix at an XML element; {NULL, 0} if it has none. */
static sztp__span_t bound_to(const sztp__xml_node_t *node, sztp__span_t prefix) {
  const sztp__xml_binding_t *b = node->bindings;
  while (b != NULL && !sztp__span_equal(b->prefix, prefix)) b = b->outer;
  return b != NULL ? b->ns : sztp__span(NULL, 0);
}

int32_t sztp__yang_identity_of(const sztp__yang_t *y, const char *module, const sztp__yang_node_t *parent,
                               const char *name, sztp__span_t *out) {
  const sztp__yang_node_t *node = NULL;
  sztp__yang_t of = *y;
  of.module = module;
  int32_t rc = sztp__yang_child(y, parent, name, &node);
  *out = sztp__span(NULL, 0);
  if (rc == SZTP_OK && node != NULL) rc = short_value(y, node, name, "not an identity", out);
  const uint8_t *colon = out->len > 0 ? memchr(out->data, ':', out->len) : NULL;
  if (rc < 0 || colon == NULL) return rc;
  sztp__span_t prefix = sztp__span(out->data, (size_t)(colon - out->data));
  int ours = in_xml(y) ? is_module(&of, bound_to(xml_of(node), prefix)) : sztp__span_is(prefix, module);
  if (ours) *out = sztp__span(colon + 1, out->len - prefix.len - 1);
  return SZTP_OK;
}

int32_t sztp__yang_identity(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                            sztp__span_t *out) {
  return sztp__yang_identity_of(y, y->module, parent, name, out);
}

int32_t sztp__yang_binary(const sztp__yang_t *y, const sztp__yang_node_t *parent, const char *name,
                          uint32_t mode, uint64_t max, uint8_t **out, size_t *len) {
  const sztp__yang_node_t *node = NULL;
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_child(y, parent, name, &node);
  *out = NULL;
  *len = 0;
  if (rc == SZTP_OK && node != NULL) rc = yang_value(y, node, name, "not a base64 string", &text);
  if (rc < 0 || node == NULL) return rc;
  sztp__buf_t decoded;
  sztp__buf_init(&decoded, y->ctx, max < SIZE_MAX ? (size_t)max : SIZE_MAX);
  rc = sztp__base64_decode(y->ctx, text, mode, &decoded);
  if (rc == SZTP_OK) rc = sztp__buf_take(&decoded, out, len);
  sztp__buf_clear(&decoded);
  if (rc == SZTP_ERR_LIMIT || rc == SZTP_ERR_TEXT) {
    /* The node's name belongs to the innermost cause, which is what users see (ONB-03). */
    char why[SZTP__NAME_SIZE];
    (void)sztp__shown(why, sizeof why, sztp__span_of(sztp__trail_detail(y->ctx)));
    sztp__trail_clear(y->ctx);
    if (rc == SZTP_ERR_TEXT) return sztp__fail(y->ctx, y->fault, y->where, "%s: not base64: %s", name, why);
    return sztp__fail(y->ctx, rc, y->where, "%s: more than %llu octets", name, (unsigned long long)max);
  }
  return rc;
}
