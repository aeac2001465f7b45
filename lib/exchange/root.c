/* SPDX-License-Identifier: Apache-2.0 */
/* Where a bootstrap server's RESTCONF root is, by its host-meta (RFC 8040 3.1). */
#include "exchange/rpc.h"
#include "formats/uri.h"
#include "formats/xml.h"
#include "ground/text.h"

#define XRD_NS   "http://docs.oasis-open.org/ns/xri/xrd-1.0"
#define ROOT_MAX 512

struct root_search {
  sztp_ctx_t *ctx;
  sztp__span_t host;
  uint16_t port;
  sztp__buf_t *root;
  unsigned links; /* restconf links met; the first is used (D-45) */
  int usable;
};

/* The path of an absolute link if it is on the same server, else {NULL, 0} (D-44). */
static sztp__span_t path_on_server(const struct root_search *s, sztp__span_t href) {
  const sztp__span_t none = {NULL, 0};
  static const char scheme[] = "https://";
  const size_t n = sizeof scheme - 1;
  if (href.len > 0 && href.data[0] == '/') return href.len > 1 && href.data[1] == '/' ? none : href;
  if (href.len <= n || memcmp(href.data, scheme, n) != 0) return none;
  size_t end = n;
  while (end < href.len && href.data[end] != '/') end++;
  sztp__authority_t a;
  int32_t rc = sztp__uri_server(s->ctx, sztp__span(href.data, end), &a);
  sztp__trail_clear(s->ctx);
  if (rc < 0 || a.port != s->port || !sztp__host_equal(a.host, s->host)) return none;
  return end == href.len ? sztp__span("/", 1) : sztp__span(href.data + end, href.len - end);
}

/* Path characters of RFC 3986, so that nothing in a link can break out of a request line. */
static int is_path(sztp__span_t path) {
  static const char marks[] = "/-._~!$&'()*+,;=:@%";
  for (size_t i = 0; i < path.len; i++) {
    uint8_t c = path.data[i];
    int alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alnum && (c == 0 || strchr(marks, c) == NULL)) return 0;
  }
  return 1;
}

static int32_t take_link(struct root_search *s, sztp__span_t href) {
  if (s->links++ > 0) {
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER,
              "host-meta has several restconf links; the first is used");
    return SZTP_OK;
  }
  sztp__span_t path = path_on_server(s, href);
  while (path.len > 0 && path.data[path.len - 1] == '/') path.len--;
  if (path.data == NULL || path.len > ROOT_MAX || !is_path(path)) {
    char shown[SZTP__NAME_SIZE];
    sztp__log(s->ctx, SZTP_LOG_WARN, SZTP_TOPIC_SERVER, "host-meta: the restconf link \"%s\" is not used",
              sztp__printable(shown, sizeof shown, href));
    return SZTP_OK;
  }
  s->usable = 1;
  return sztp__buf_add_span(s->root, path);
}

static int32_t xrd_start(void *user, const sztp__xml_event_t *e) {
  struct root_search *s = user;
  const char *href = NULL;
  int restconf = 0;
  if (e->depth != 2 || !sztp__span_is(e->ns, XRD_NS) || !sztp__span_is(e->name, "Link")) return SZTP_OK;
  for (size_t i = 0; e->attrs[i] != NULL; i += 2) {
    if (strcmp(e->attrs[i], "rel") == 0) restconf = strcmp(e->attrs[i + 1], "restconf") == 0;
    if (strcmp(e->attrs[i], "href") == 0) href = e->attrs[i + 1];
  }
  return restconf && href != NULL ? take_link(s, sztp__span_of(href)) : SZTP_OK;
}

static int32_t read_xrd(struct root_search *s, sztp__span_t document) {
  sztp__xml_handler_t handler = {s, xrd_start, NULL, NULL, NULL};
  return sztp__xml_parse(s->ctx, document, &handler);
}

static int32_t read_jrd(struct root_search *s, sztp__span_t document) {
  sztp__json_t *doc = NULL;
  int32_t rc = sztp__json_parse(s->ctx, document, &doc);
  if (rc < 0) return rc;
  const sztp__json_value_t *root = sztp__json_root(doc);
  const sztp__json_value_t *links = NULL;
  if (sztp__json_type(root) == SZTP__JSON_OBJECT) links = sztp__json_member(root, "links");
  if (links != NULL && sztp__json_type(links) != SZTP__JSON_ARRAY) links = NULL;
  for (const sztp__json_value_t *l = links != NULL ? sztp__json_first(links) : NULL;
       rc == SZTP_OK && l != NULL; l = sztp__json_next(l)) {
    if (sztp__json_type(l) != SZTP__JSON_OBJECT) continue;
    const sztp__json_value_t *rel = sztp__json_member(l, "rel");
    const sztp__json_value_t *href = sztp__json_member(l, "href");
    if (rel == NULL || href == NULL || sztp__json_type(rel) != SZTP__JSON_STRING ||
        sztp__json_type(href) != SZTP__JSON_STRING)
      continue;
    if (sztp__span_is(sztp__json_string(rel), "restconf")) rc = take_link(s, sztp__json_string(href));
  }
  sztp__json_free(doc);
  return rc;
}

int32_t sztp__root_read(sztp_ctx_t *ctx, sztp__span_t document, sztp__span_t host, uint16_t port,
                        sztp__buf_t *root) {
  struct root_search s = {ctx, host, port, root, 0, 0};
  uint32_t kind = sztp__yang_encoding(document);
  int32_t rc = SZTP_ERR_NOT_FOUND;
  if (kind == SZTP__ENCODING_JSON) rc = read_jrd(&s, document);
  if (SZTP__XML && kind == SZTP__ENCODING_XML) rc = read_xrd(&s, document);
  if (rc == SZTP_ERR_MEMORY) return rc;
  if (rc == SZTP_OK && s.usable) return SZTP_OK;
  sztp__buf_clear(root);
  return SZTP_ERR_NOT_FOUND;
}
