/* SPDX-License-Identifier: Apache-2.0 */
/* Reading YANG data from JSON: the rules of RFC 7951 in one place. */
#include "formats/yang.h"

#include "ground/text.h"

static int32_t fault(const sztp__yang_t *y, const char *name, const char *what) {
  return sztp__fail(y->ctx, y->fault, y->where, "%s: %s", name, what);
}

/* The part of a member name behind "module:", or NULL if it has another module's prefix. */
static const char *local_name(const sztp__yang_t *y, const char *member) {
  const char *colon = strchr(member, ':');
  if (colon == NULL) return member;
  size_t prefix = (size_t)(colon - member);
  if (prefix == strlen(y->module) && memcmp(member, y->module, prefix) == 0) return colon + 1;
  return NULL;
}

int32_t sztp__yang_child(const sztp__yang_t *y, const sztp__json_value_t *object, const char *name,
                         const sztp__json_value_t **out) {
  const sztp__json_value_t *found = NULL;
  if (sztp__json_type(object) != SZTP__JSON_OBJECT) return fault(y, name, "its parent is not an object");
  for (const sztp__json_value_t *m = sztp__json_first(object); m != NULL; m = sztp__json_next(m)) {
    const char *local = local_name(y, sztp__json_name(m));
    if (local == NULL || strcmp(local, name) != 0) continue;
    if (found != NULL) return fault(y, name, "given twice, with and without its module");
    found = m;
  }
  if (found != NULL && sztp__json_type(found) == SZTP__JSON_NULL) found = NULL;
  *out = found;
  return SZTP_OK;
}

int32_t sztp__yang_top(const sztp__yang_t *y, const char *name, const sztp__json_value_t **out) {
  const sztp__json_value_t *root = sztp__json_root(y->doc);
  *out = NULL;
  if (sztp__json_type(root) != SZTP__JSON_OBJECT) return fault(y, name, "the document is not an object");
  for (const sztp__json_value_t *m = sztp__json_first(root); m != NULL; m = sztp__json_next(m)) {
    const char *member = sztp__json_name(m);
    const char *local = local_name(y, member);
    if (local != NULL && local != member && strcmp(local, name) == 0) *out = m;
  }
  return SZTP_OK;
}

int32_t sztp__yang_string(const sztp__yang_t *y, const sztp__json_value_t *object, const char *name,
                          sztp__span_t *out) {
  const sztp__json_value_t *node = NULL;
  int32_t rc = sztp__yang_child(y, object, name, &node);
  if (rc < 0) return rc;
  *out = sztp__span(NULL, 0);
  if (node == NULL) return SZTP_OK;
  if (sztp__json_type(node) != SZTP__JSON_STRING) return fault(y, name, "not a string");
  rc = sztp__json_string(y->doc, node, out);
  if (rc < 0) return rc;
  if (out->len > sztp__limit(y->ctx, SZTP_LIMIT_LEAF))
    return sztp__fail(y->ctx, SZTP_ERR_LIMIT, y->where, "%s: %zu octets of text are too many", name,
                      out->len);
  return SZTP_OK;
}

int32_t sztp__yang_binary(const sztp__yang_t *y, const sztp__json_value_t *object, const char *name,
                          uint32_t mode, uint64_t max, uint8_t **out, size_t *len) {
  const sztp__json_value_t *node = NULL;
  int32_t rc = sztp__yang_child(y, object, name, &node);
  if (rc < 0) return rc;
  *out = NULL;
  *len = 0;
  if (node == NULL) return SZTP_OK;
  if (sztp__json_type(node) != SZTP__JSON_STRING) return fault(y, name, "not a base64 string");
  sztp__span_t text = {NULL, 0};
  rc = sztp__json_string(y->doc, node, &text);
  if (rc < 0) return rc;
  sztp__buf_t decoded;
  sztp__buf_init(&decoded, y->ctx, max < SIZE_MAX ? (size_t)max : SIZE_MAX);
  rc = sztp__base64_decode(y->ctx, text, mode, &decoded);
  if (rc == SZTP_OK) rc = sztp__buf_take(&decoded, out, len);
  sztp__buf_clear(&decoded);
  if (rc == SZTP_ERR_LIMIT || rc == SZTP_ERR_TEXT) {
    /* The node's name belongs to the innermost cause: it is what people are told (ONB-03). */
    char why[100];
    (void)sztp__printable(why, sizeof why, sztp__span_of(sztp__trail_detail(y->ctx)));
    sztp__trail_clear(y->ctx);
    if (rc == SZTP_ERR_TEXT) return sztp__fail(y->ctx, y->fault, y->where, "%s: not base64: %s", name, why);
    return sztp__fail(y->ctx, rc, y->where, "%s: more than %llu octets", name, (unsigned long long)max);
  }
  return rc;
}

const sztp__json_value_t *sztp__yang_first(const sztp__json_value_t *node) {
  if (node == NULL) return NULL;
  return sztp__json_type(node) == SZTP__JSON_ARRAY ? sztp__json_first(node) : node;
}

const sztp__json_value_t *sztp__yang_after(const sztp__json_value_t *node, const sztp__json_value_t *entry) {
  return sztp__json_type(node) == SZTP__JSON_ARRAY ? sztp__json_next(entry) : NULL;
}

size_t sztp__yang_unknown(const sztp__yang_t *y, const sztp__json_value_t *object, const char *const *known) {
  size_t unknown = 0;
  for (const sztp__json_value_t *m = sztp__json_first(object); m != NULL; m = sztp__json_next(m)) {
    const char *local = local_name(y, sztp__json_name(m));
    size_t i = 0;
    while (local != NULL && known[i] != NULL && strcmp(known[i], local) != 0) i++;
    if (local != NULL && known[i] != NULL) continue;
    char name[64];
    if (unknown++ == 0)
      sztp__log(y->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ARTIFACT, "%s: unknown node \"%s\" is ignored", y->where,
                sztp__printable(name, sizeof name, sztp__span_of(sztp__json_name(m))));
  }
  return unknown;
}

int sztp__yang_encoding(sztp__span_t document) {
  size_t i = 0;
  if (document.len >= 3 && memcmp(document.data, "\xef\xbb\xbf", 3) == 0) i = 3;
  while (i < document.len && (document.data[i] == ' ' || document.data[i] == '\t' ||
                              document.data[i] == '\r' || document.data[i] == '\n'))
    i++;
  if (i == document.len) return 0;
  if (document.data[i] == '{') return 1;
  return document.data[i] == '<' ? 2 : 0;
}
