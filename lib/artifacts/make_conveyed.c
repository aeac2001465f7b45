/* SPDX-License-Identifier: Apache-2.0 */
/* Conveyed information: redirect and onboarding information by the model of RFC 8572 6.3, as an artifact. */
#include <sztp/artifacts.h>
#include <sztp/verify.h>

#include "artifacts/input.h"
#include "artifacts/limit.h"
#include "artifacts/signer.h"
#include "cryptography/cms_write.h"
#include "formats/uri.h"
#include "formats/yang_write.h"
#include "ground/blob.h"
#include "ground/format.h"
#include "ground/text.h"

#define MODULE     "ietf-sztp-conveyed-info"
#define LIST_MAX   256 /* servers, image URIs */
#define TEXT_MAX   1024
#define URI_MAX    4096
#define SHA256_LEN 32

enum { OS_NAME, OS_VERSION, IMAGE_SHA256, PRE_SCRIPT, CONFIG, POST_SCRIPT, LEAVES };

struct server {
  sztp__blob_t host;
  sztp__blob_t anchor; /* a certificate bag */
  uint16_t port;       /* 0: left out */
};

struct sztp_conveyed {
  sztp_ctx_t *ctx;
  uint32_t kind;
  struct server *servers;
  size_t server_count;
  sztp__blob_t *uris;
  size_t uri_count;
  sztp__blob_t leaves[LEAVES];
  uint32_t handling; /* SZTP_CONFIG_*, 0: absent */
  uint32_t encoding; /* SZTP_ENCODING_* */
};

int32_t sztp_conveyed_new(sztp_ctx_t *ctx, uint32_t kind, sztp_conveyed_t **out) {
  if (ctx == NULL || out == NULL || (kind != SZTP_INFO_REDIRECT && kind != SZTP_INFO_ONBOARDING))
    return SZTP_ERR_ARG;
  if (sztp__enter(ctx) < 0) return SZTP_ERR_REENTRY;
  sztp_conveyed_t *c = sztp__alloc(ctx, sizeof *c);
  if (c == NULL) return SZTP_ERR_MEMORY;
  c->ctx = ctx;
  c->kind = kind;
  c->encoding = SZTP_ENCODING_JSON;
  *out = c;
  return SZTP_OK;
}

static void clear_server(sztp_ctx_t *ctx, struct server *s) {
  sztp__blob_free(ctx, &s->host);
  sztp__blob_free(ctx, &s->anchor);
}

void sztp_conveyed_free(sztp_conveyed_t *c) {
  if (c == NULL || sztp__in_callback(c->ctx)) return;
  for (size_t i = 0; i < c->server_count; i++) clear_server(c->ctx, &c->servers[i]);
  sztp__free(c->ctx, c->servers);
  for (size_t i = 0; i < c->uri_count; i++) sztp__blob_free(c->ctx, &c->uris[i]);
  sztp__free(c->ctx, c->uris);
  for (size_t i = 0; i < LEAVES; i++) sztp__blob_free(c->ctx, &c->leaves[i]);
  sztp__free(c->ctx, c);
}

/* Makes room for one more element in a list of @p count elements of @p size octets. */
static void *grow(sztp_conveyed_t *c, void *list, size_t count, size_t size) {
  if (count < LIST_MAX) return sztp__realloc(c->ctx, list, (count + 1) * size);
  (void)sztp__fail(c->ctx, SZTP_ERR_LIMIT, "artifacts.conveyed", "more than %d entries", LIST_MAX);
  return NULL;
}

/* Packs the certificates of an anchor, which must be one chain up to a self-signed root (RFC 8572 6.3), and
 * the CRLs beside them. */
static int32_t pack_anchor(sztp_ctx_t *ctx, sztp__span_t data, sztp__blob_t *out) {
  sztp__buf_t certs;
  sztp__buf_t crls;
  sztp__buf_t bag;
  sztp__buf_init(&certs, ctx, SZTP__INPUT_MAX);
  sztp__buf_init(&crls, ctx, SZTP__INPUT_MAX);
  sztp__buf_init(&bag, ctx, sztp__limit_size(ctx, SZTP_LIMIT_OWNER_CERT));
  int32_t rc = sztp__input_certs(ctx, data, &certs);
  if (rc == SZTP_OK) rc = sztp__input_one_chain(ctx, sztp__buf_span(&certs));
  if (rc == SZTP_OK) rc = sztp__input_crls_beside(ctx, data, &crls);
  if (rc == SZTP_OK) rc = sztp__cms_write_bag(&bag, sztp__buf_span(&certs), sztp__buf_span(&crls));
  if (rc == SZTP_OK) rc = sztp__blob_set(ctx, out, sztp__buf_span(&bag));
  sztp__buf_clear(&bag);
  sztp__buf_clear(&crls);
  sztp__buf_clear(&certs);
  return rc;
}

/* `address` is the list's key: an entry of a YANG list is there once. */
static int32_t check_address(const sztp_conveyed_t *c, sztp__span_t host) {
  uint32_t kind = 0;
  int32_t rc = sztp__host_kind(c->ctx, host, &kind);
  if (rc < 0) return rc;
  for (size_t i = 0; i < c->server_count; i++)
    if (sztp__host_equal(host, sztp__blob_span(&c->servers[i].host)))
      return sztp__fail(c->ctx, SZTP_ERR_MODEL_INVALID, "artifacts.conveyed.server",
                        "the address is there already; it is the key of the list");
  return SZTP_OK;
}

int32_t sztp_conveyed_add_server(sztp_conveyed_t *c, const char *host, uint16_t port, const uint8_t *anchor,
                                 size_t anchor_len) {
  if (c == NULL || host == NULL || (anchor == NULL && anchor_len > 0)) return SZTP_ERR_ARG;
  if (sztp__enter(c->ctx) < 0) return SZTP_ERR_REENTRY;
  if (c->kind != SZTP_INFO_REDIRECT)
    return sztp__fail(c->ctx, SZTP_ERR_ARG, "artifacts.conveyed", "servers belong to redirect information");
  int32_t rc = check_address(c, sztp__span_of(host));
  if (rc < 0) return rc;
  struct server *servers = grow(c, c->servers, c->server_count, sizeof *servers);
  if (servers == NULL) return sztp__trail_cause(c->ctx);
  c->servers = servers;
  struct server s = {{NULL, 0}, {NULL, 0}, port};
  rc = sztp__blob_set(c->ctx, &s.host, sztp__span_of(host));
  if (rc == SZTP_OK && anchor != NULL) rc = pack_anchor(c->ctx, sztp__span(anchor, anchor_len), &s.anchor);
  if (rc < 0) {
    clear_server(c->ctx, &s);
    return rc;
  }
  c->servers[c->server_count++] = s;
  return SZTP_OK;
}

/* A URI as far as any scheme goes: "scheme:" and then characters of RFC 3986 2. */
static int32_t check_uri(sztp_ctx_t *ctx, sztp__span_t uri) {
  static const char others[] = "-._~:/?#[]@!$&'()*+,;=%";
  size_t scheme = 0;
  for (size_t i = 0; i < uri.len && uri.len <= URI_MAX; i++) {
    uint8_t ch = uri.data[i];
    int alnum = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
    if (!alnum && (ch == 0 || strchr(others, ch) == NULL))
      return sztp__fail(ctx, SZTP_ERR_URI, "artifacts.conveyed.uri", "octet %zu may not stand in a URI", i);
    if (ch == ':' && scheme == 0) scheme = i;
  }
  if (scheme > 0 && scheme + 1 < uri.len) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_URI, "artifacts.conveyed.uri",
                    "not a URI with a scheme, as https://host/path");
}

static int32_t add_image_uri(sztp_conveyed_t *c, sztp__span_t uri) {
  int32_t rc = check_uri(c->ctx, uri);
  if (rc < 0) return rc;
  sztp__blob_t *uris = grow(c, c->uris, c->uri_count, sizeof *uris);
  if (uris == NULL) return sztp__trail_cause(c->ctx);
  c->uris = uris;
  c->uris[c->uri_count].data = NULL;
  rc = sztp__blob_set(c->ctx, &c->uris[c->uri_count], uri);
  if (rc == SZTP_OK) c->uri_count++;
  return rc;
}

/* Scripts and configuration (CONV-22: an empty one is refused or ignored by devices). */
static int32_t check_part(sztp_ctx_t *ctx, sztp__span_t part) {
  uint64_t max = sztp__limit(ctx, SZTP_LIMIT_PART);
  if (part.len == 0)
    return sztp__fail(ctx, SZTP_ERR_MODEL_INVALID, "artifacts.conveyed", "an empty script or configuration");
  if (part.len > max)
    return sztp__fail(ctx, SZTP_ERR_LIMIT, "artifacts.conveyed", "a script or configuration of %zu octets",
                      part.len);
  return SZTP_OK;
}

static int32_t check_sha256(sztp_ctx_t *ctx, sztp__span_t digest) {
  if (digest.len == SHA256_LEN) return SZTP_OK;
  return sztp__fail(ctx, SZTP_ERR_ARG, "artifacts.conveyed.image", "a digest of %zu octets; SHA-256 has %d",
                    digest.len, SHA256_LEN);
}

static int leaf_of(uint32_t field) {
  switch (field) {
  case SZTP_INFO_OS_NAME: return OS_NAME;
  case SZTP_INFO_OS_VERSION: return OS_VERSION;
  case SZTP_INFO_IMAGE_SHA256: return IMAGE_SHA256;
  case SZTP_INFO_CONFIG: return CONFIG;
  case SZTP_INFO_PRE_SCRIPT: return PRE_SCRIPT;
  case SZTP_INFO_POST_SCRIPT: return POST_SCRIPT;
  default: return -1;
  }
}

int32_t sztp_conveyed_set_bytes(sztp_conveyed_t *c, uint32_t field, const uint8_t *data, size_t len) {
  if (c == NULL || (data == NULL && len > 0)) return SZTP_ERR_ARG;
  sztp__span_t value = sztp__span(data, len);
  int leaf = leaf_of(field);
  int32_t rc = SZTP_OK;
  if (sztp__enter(c->ctx) < 0) return SZTP_ERR_REENTRY;
  if (c->kind != SZTP_INFO_ONBOARDING || (leaf < 0 && field != SZTP_INFO_IMAGE_URI))
    return sztp__fail(c->ctx, SZTP_ERR_ARG, "artifacts.conveyed", "field %u does not belong there",
                      (unsigned)field);
  if (field == SZTP_INFO_IMAGE_URI) return add_image_uri(c, value);
  if (leaf == OS_NAME || leaf == OS_VERSION)
    rc = sztp__text_check(c->ctx, "artifacts.conveyed.image", value, TEXT_MAX);
  else if (leaf == IMAGE_SHA256)
    rc = check_sha256(c->ctx, value);
  else
    rc = check_part(c->ctx, value);
  return rc < 0 ? rc : sztp__blob_set(c->ctx, &c->leaves[leaf], value);
}

int32_t sztp_conveyed_set_i64(sztp_conveyed_t *c, uint32_t field, int64_t value) {
  if (c == NULL) return SZTP_ERR_ARG;
  if (sztp__enter(c->ctx) < 0) return SZTP_ERR_REENTRY;
  if (field == SZTP_INFO_ENCODING && (value == SZTP_ENCODING_JSON || value == SZTP_ENCODING_XML)) {
    c->encoding = (uint32_t)value;
    return SZTP_OK;
  }
  if (c->kind != SZTP_INFO_ONBOARDING || field != SZTP_INFO_CONFIG_HANDLING ||
      (value != SZTP_CONFIG_MERGE && value != SZTP_CONFIG_REPLACE))
    return sztp__fail(c->ctx, SZTP_ERR_ARG, "artifacts.conveyed", "field %u does not hold this number",
                      (unsigned)field);
  c->handling = (uint32_t)value;
  return SZTP_OK;
}

static int32_t refuse_conveyed(const sztp_conveyed_t *c, const char *why) {
  return sztp__fail(c->ctx, SZTP_ERR_MODEL_INVALID, "artifacts.conveyed", "%s", why);
}

/* What can only be seen when everything is set (CONV-09, CONV-16, CONV-18). */
static int32_t check_conveyed(const sztp_conveyed_t *c) {
  if (c->kind == SZTP_INFO_REDIRECT)
    return c->server_count > 0 ? SZTP_OK
                               : refuse_conveyed(c, "redirect information without a bootstrap server");
  if (c->leaves[CONFIG].data != NULL && c->handling == 0)
    return refuse_conveyed(c, "configuration without configuration-handling");
  if (c->leaves[CONFIG].data == NULL && c->handling != 0)
    return refuse_conveyed(c, "configuration-handling without configuration");
  if (c->leaves[IMAGE_SHA256].data != NULL && c->uri_count == 0)
    return refuse_conveyed(c, "image-verification without download-uri");
  return SZTP_OK;
}

/* A leaf that is absent is left out. */
static void put_text_leaf(sztp__yang_writer_t *w, const char *name, const sztp__blob_t *leaf) {
  if (leaf->data != NULL) sztp__write_text(w, name, sztp__blob_span(leaf));
}

static void put_binary(sztp__yang_writer_t *w, const char *name, const sztp__blob_t *leaf) {
  if (leaf->data != NULL) sztp__write_binary(w, name, sztp__blob_span(leaf));
}

static void put_servers(const sztp_conveyed_t *c, sztp__yang_writer_t *w) {
  sztp__write_list(w, "bootstrap-server");
  for (size_t i = 0; i < c->server_count; i++) {
    const struct server *s = &c->servers[i];
    char port[8];
    (void)sztp__format(port, sizeof port, "%u", (unsigned)s->port);
    sztp__write_open(w, "bootstrap-server");
    put_text_leaf(w, "address", &s->host);
    if (s->port != 0) sztp__write_plain(w, "port", port);
    put_binary(w, "trust-anchor", &s->anchor);
    sztp__write_close(w, "bootstrap-server");
  }
  sztp__write_list_end(w);
}

/* The identity's name stands alone in XML, where the default namespace is its module's (RFC 7950 9.10.3). */
static void put_verification(sztp__span_t digest, sztp__yang_writer_t *w) {
  sztp__buf_t hex;
  sztp__buf_init(&hex, w->out->ctx, 3 * SHA256_LEN);
  sztp__hex_encode(&hex, digest, ':');
  sztp__write_list(w, "image-verification");
  sztp__write_open(w, "image-verification");
  sztp__write_text(w, "hash-algorithm", sztp__span_of(w->is_xml ? "sha-256" : MODULE ":sha-256"));
  sztp__write_text(w, "hash-value", sztp__buf_span(&hex));
  sztp__write_close(w, "image-verification");
  sztp__write_list_end(w);
  if (hex.status < 0 && w->out->status == SZTP_OK) w->out->status = hex.status;
  sztp__buf_clear(&hex);
}

static void put_image(const sztp_conveyed_t *c, sztp__yang_writer_t *w) {
  const sztp__blob_t *l = c->leaves;
  if (l[OS_NAME].data == NULL && l[OS_VERSION].data == NULL && c->uri_count == 0) return;
  sztp__write_open(w, "boot-image");
  put_text_leaf(w, "os-name", &l[OS_NAME]);
  put_text_leaf(w, "os-version", &l[OS_VERSION]);
  if (c->uri_count > 0) {
    sztp__write_list(w, "download-uri");
    for (size_t i = 0; i < c->uri_count; i++) put_text_leaf(w, "download-uri", &c->uris[i]);
    sztp__write_list_end(w);
  }
  if (l[IMAGE_SHA256].data != NULL) put_verification(sztp__blob_span(&l[IMAGE_SHA256]), w);
  sztp__write_close(w, "boot-image");
}

static void put_onboarding(const sztp_conveyed_t *c, sztp__yang_writer_t *w) {
  const sztp__blob_t *l = c->leaves;
  put_image(c, w);
  if (c->handling != 0)
    sztp__write_text(w, "configuration-handling",
                     sztp__span_of(c->handling == SZTP_CONFIG_MERGE ? "merge" : "replace"));
  put_binary(w, "pre-configuration-script", &l[PRE_SCRIPT]);
  put_binary(w, "configuration", &l[CONFIG]);
  put_binary(w, "post-configuration-script", &l[POST_SCRIPT]);
}

static int32_t write_document(const sztp_conveyed_t *c, sztp__buf_t *out) {
  int redirect = c->kind == SZTP_INFO_REDIRECT;
  const char *top = redirect ? "redirect-information" : "onboarding-information";
  sztp__yang_writer_t w;
  sztp__write_begin(&w, out, c->encoding, MODULE, top);
  if (redirect)
    put_servers(c, &w);
  else
    put_onboarding(c, &w);
  sztp__write_end(&w, top);
  return out->status;
}

int32_t sztp_conveyed_make(const sztp_conveyed_t *c, const sztp_signer_t *signer, uint8_t **out,
                           size_t *out_len) {
  if (c == NULL || out == NULL || out_len == NULL || (signer != NULL && signer->ctx != c->ctx))
    return SZTP_ERR_ARG;
  if (sztp__enter(c->ctx) < 0) return SZTP_ERR_REENTRY;
  int32_t rc = check_conveyed(c);
  if (rc < 0) return rc;
  sztp__buf_t document;
  sztp__buf_t artifact;
  size_t max = sztp__limit_size(c->ctx, SZTP_LIMIT_CONVEYED);
  sztp__buf_init(&document, c->ctx, max);
  sztp__buf_init(&artifact, c->ctx, max);
  rc = write_document(c, &document);
  if (rc == SZTP_OK) {
    sztp__span_t text = sztp__buf_span(&document);
    uint32_t type = c->encoding == SZTP_ENCODING_XML ? SZTP__CMS_CONVEYED_XML : SZTP__CMS_CONVEYED_JSON;
    rc = signer == NULL ? sztp__cms_write_content(&artifact, type, text)
                        : sztp__signed_data_write(signer, type, text, &artifact);
  }
  if (rc == SZTP_OK) rc = sztp__buf_take(&artifact, out, out_len);
  sztp__buf_clear(&artifact);
  sztp__buf_clear(&document);
  return rc;
}
