/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the nodes of a voucher or of conveyed information, as they stand in the document. */
#include "artifacts/inspect.h"
#include "formats/yang.h"
#include "ground/text.h"

#define LINES_MAX 200 /* of a script or configuration */

enum { AS_TEXT, AS_GROUP, AS_HEX, AS_PART, AS_CERT, AS_BAG };

struct node {
  const char *name;
  uint32_t as;
};

/* Every node of the models, so that any other can be shown as unknown. */
static const struct node NODES[] = {
    {"voucher", AS_GROUP},
    {"created-on", AS_TEXT},
    {"expires-on", AS_TEXT},
    {"assertion", AS_TEXT},
    {"serial-number", AS_TEXT},
    {"idevid-issuer", AS_HEX},
    {"pinned-domain-cert", AS_CERT},
    {"domain-cert-revocation-checks", AS_TEXT},
    {"nonce", AS_HEX},
    {"last-renewal-date", AS_TEXT},
    {"redirect-information", AS_GROUP},
    {"bootstrap-server", AS_GROUP},
    {"address", AS_TEXT},
    {"port", AS_TEXT},
    {"trust-anchor", AS_BAG},
    {"onboarding-information", AS_GROUP},
    {"boot-image", AS_GROUP},
    {"os-name", AS_TEXT},
    {"os-version", AS_TEXT},
    {"download-uri", AS_TEXT},
    {"image-verification", AS_GROUP},
    {"hash-algorithm", AS_TEXT},
    {"hash-value", AS_TEXT},
    {"configuration-handling", AS_TEXT},
    {"pre-configuration-script", AS_PART},
    {"configuration", AS_PART},
    {"post-configuration-script", AS_PART},
};
static const struct node UNKNOWN = {"unknown-node", AS_TEXT};

/* The next value to tell on one level of the tree. */
struct look_level {
  const sztp__json_value_t *next;
  const struct node *entry; /* in an array: what each entry is; else NULL */
  uint32_t depth;
};

static const struct node *node_at_path(sztp__span_t name) {
  for (size_t i = 0; i < sizeof NODES / sizeof NODES[0]; i++)
    if (sztp__span_is(name, NODES[i].name)) return &NODES[i];
  return &UNKNOWN;
}

static const struct node *node_of_member(const char *name) {
  const char *colon = strchr(name, ':');
  return node_at_path(sztp__span_of(colon != NULL ? colon + 1 : name));
}

/* The lines of a text; octets that are no text are shown as such. */
static void tell_lines(sztp__look_t *l, uint32_t depth, sztp__span_t text) {
  if (!sztp__utf8_valid(text) || memchr(text.data, 0, text.len) != NULL) {
    sztp__tellf(l, depth, "line", "(not text)");
    return;
  }
  for (size_t n = 0; text.len > 0 && l->status == SZTP_OK; n++) {
    const uint8_t *end = memchr(text.data, '\n', text.len);
    size_t len = end != NULL ? (size_t)(end - text.data) : text.len;
    if (n == LINES_MAX) {
      sztp__tellf(l, depth, "line", "(%zu more octets)", text.len);
      return;
    }
    size_t shown = len > 0 && text.data[len - 1] == '\r' ? len - 1 : len;
    sztp__tell(l, depth, "line", sztp__span(text.data, shown));
    size_t step = end != NULL ? len + 1 : len;
    text = sztp__span(text.data + step, text.len - step);
  }
}

static void tell_part(sztp__look_t *l, uint32_t depth, sztp__span_t part) {
  sztp__tellf(l, depth, "octets", "%zu", part.len);
  sztp__tell_sha256(l, depth, "sha-256", part);
  tell_lines(l, depth, part);
}

/* A leaf in base64, shown as what it holds. */
static void tell_binary(sztp__look_t *l, uint32_t depth, const struct node *node, sztp__span_t base64) {
  sztp__buf_t octets;
  sztp__buf_init(&octets, l->ctx, SIZE_MAX);
  int32_t rc = sztp__base64_decode(l->ctx, base64, SZTP__BASE64_URL_TOO, &octets);
  sztp__span_t value = sztp__buf_span(&octets);
  if (node->as != AS_HEX || rc < 0) sztp__tell_group(l, depth, node->name);
  if (rc < 0)
    sztp__tell_fault(l, depth + 1, rc);
  else if (node->as == AS_HEX)
    sztp__tell_hex(l, depth, node->name, value);
  else if (node->as == AS_CERT)
    sztp__look_at_cert(l, depth + 1, value);
  else if (node->as == AS_BAG)
    sztp__look_at_bag(l, depth + 1, value);
  else
    tell_part(l, depth + 1, value);
  sztp__buf_clear(&octets);
}

static void tell_leaf(sztp__look_t *l, uint32_t depth, const struct node *node, sztp__span_t text) {
  if (node->as == AS_TEXT || node->as == AS_GROUP)
    sztp__tell(l, depth, node->name, text);
  else
    tell_binary(l, depth, node, text);
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

static void tell_scalar(sztp__look_t *l, uint32_t depth, const struct node *node,
                        const sztp__json_value_t *v) {
  switch (sztp__json_type(v)) {
  case SZTP__JSON_STRING: tell_leaf(l, depth, node, sztp__json_string(v)); break;
  case SZTP__JSON_NUMBER: sztp__tell(l, depth, node->name, sztp__json_number(v)); break;
  case SZTP__JSON_BOOL: sztp__tellf(l, depth, node->name, "%s", sztp__json_bool(v) ? "true" : "false"); break;
  default: sztp__tellf(l, depth, node->name, "null"); break;
  }
}

/* Tells one value; an object or array becomes the next level, with its entries still to be shown. */
static int tell_value(sztp__look_t *l, const struct look_level *at, const sztp__json_value_t *v,
                      struct look_level *inside) {
  const struct node *node = at->entry != NULL ? at->entry : node_of_member(sztp__json_name(v));
  uint32_t type = sztp__json_type(v);
  if (node == &UNKNOWN && at->entry == NULL)
    sztp__tell(l, at->depth, "unknown-node", sztp__span_of(sztp__json_name(v)));
  inside->next = sztp__json_first(v);
  inside->entry = type == SZTP__JSON_ARRAY ? node : NULL;
  inside->depth = type == SZTP__JSON_ARRAY ? at->depth : at->depth + 1;
  if (type == SZTP__JSON_OBJECT) sztp__tell_group(l, at->depth, node->name);
  if (type == SZTP__JSON_OBJECT || type == SZTP__JSON_ARRAY) return 1;
  tell_scalar(l, at->depth, node, v);
  return 0;
}

/* Walks the tree without recursion; it is no deeper than the parser allows. */
static void tell_tree(sztp__look_t *l, uint32_t depth, const sztp__json_t *doc, struct look_level *levels,
                      size_t max) {
  size_t n = 1;
  struct look_level inside = {NULL, NULL, 0};
  levels[0].next = sztp__json_first(sztp__json_root(doc));
  levels[0].entry = NULL;
  levels[0].depth = depth;
  while (n > 0 && l->status == SZTP_OK) {
    struct look_level *at = &levels[n - 1];
    const sztp__json_value_t *v = at->next;
    if (v == NULL) {
      n--;
      continue;
    }
    at->next = sztp__json_next(v);
    if (tell_value(l, at, v, &inside) && n < max) levels[n++] = inside;
  }
}

static int32_t tell_json(sztp__look_t *l, uint32_t depth, sztp__span_t document) {
  sztp__json_t *doc = NULL;
  size_t max = (size_t)sztp__limit(l->ctx, SZTP_LIMIT_DEPTH) + 1;
  int32_t rc = sztp__json_parse(l->ctx, document, &doc);
  if (rc < 0) return rc;
  struct look_level *levels = sztp__alloc_array(l->ctx, max, sizeof *levels);
  if (levels != NULL)
    tell_tree(l, depth, doc, levels, max);
  else
    rc = SZTP_ERR_MEMORY;
  sztp__free(l->ctx, levels);
  sztp__json_free(doc);
  return rc;
}

/* ---- XML ----------------------------------------------------------------------------------------- */

static void tell_element(sztp__look_t *l, uint32_t depth, const sztp__xml_node_t *e) {
  const struct node *node = node_at_path(e->name);
  if (node == &UNKNOWN) sztp__tell(l, depth, "unknown-node", e->name);
  if (e->child != NULL || (node->as == AS_GROUP && e->text.len == 0))
    sztp__tell_group(l, depth, node->name);
  else
    tell_leaf(l, depth, node, e->text);
  if (e->mixed) sztp__tellf(l, depth + 1, "line", "(text beside the elements)");
}

/* The element that follows @p e in the document; *depth becomes its depth. */
static const sztp__xml_node_t *following(const sztp__xml_node_t *e, uint32_t *depth) {
  if (e->child != NULL) {
    (*depth)++;
    return e->child;
  }
  for (; e->next == NULL; e = e->parent, (*depth)--)
    if (e->parent == NULL) return NULL;
  return e->next;
}

static int32_t tell_xml(sztp__look_t *l, uint32_t depth, sztp__span_t document) {
  sztp__xml_tree_t *tree = NULL;
  int32_t rc = sztp__xml_tree_read(l->ctx, document, &tree);
  if (rc < 0) return rc;
  for (const sztp__xml_node_t *e = tree->root; e != NULL && l->status == SZTP_OK; e = following(e, &depth))
    tell_element(l, depth, e);
  sztp__xml_tree_free(tree);
  return SZTP_OK;
}

void sztp__look_at_document(sztp__look_t *l, uint32_t depth, sztp__span_t document) {
  if (l->status < 0 || document.len == 0) return;
  int32_t rc = SZTP_OK;
  switch (sztp__yang_encoding(document)) {
  case SZTP__ENCODING_JSON: rc = tell_json(l, depth, document); break;
  case SZTP__ENCODING_XML: rc = tell_xml(l, depth, document); break;
  default: sztp__tell_group(l, depth, "text"); tell_lines(l, depth + 1, document);
  }
  if (rc < 0) sztp__tell_fault(l, depth, rc);
}
