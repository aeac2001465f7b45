/* SPDX-License-Identifier: Apache-2.0 */
/* The document of conveyed information (RFC 8572 6): redirect and onboarding information in JSON or XML. */
#include "trust/conveyed.h"

#include "cryptography/crypto.h"
#include "formats/found.h"
#include "formats/uri.h"
#include "formats/yang.h"
#include "ground/format.h"
#include "ground/text.h"

#define WHERE       "conveyed-information"
#define MAX_SERVERS 1024 /* far above what one pass may contact (D-12) */
#define COMPARED    64
#define MAX_URIS    64

static int32_t invalid(const sztp__yang_t *y, const char *node, const char *what) {
  return sztp__fail(y->ctx, SZTP_ERR_MODEL_INVALID, WHERE, "%s: %s", node, what);
}

static void warn(const sztp__yang_t *y, sztp_info_t *info, const char *what) {
  info->warnings++;
  sztp__log(y->ctx, SZTP_LOG_WARN, SZTP_TOPIC_ARTIFACT, "%s: %s", WHERE, what);
}

/* The document's encoding, which must be the declared one (D-66, D-67). */
static int32_t find_encoding(sztp_ctx_t *ctx, sztp__span_t document, uint32_t declared, uint32_t *found) {
  *found = sztp__yang_encoding(document);
  if (*found == SZTP__ENCODING_ANY) {
    const char *words = sztp__found(document);
    return sztp__fail(ctx,
                      declared == SZTP__ENCODING_ANY ? SZTP_ERR_ENCODING_UNKNOWN : SZTP_ERR_ENCODING_MISMATCH,
                      WHERE, "the document begins neither like JSON nor like XML%s%s",
                      words != NULL ? "; it is " : "", words != NULL ? words : "");
  }
  if (declared != SZTP__ENCODING_ANY && *found != declared)
    return sztp__fail(ctx, SZTP_ERR_ENCODING_MISMATCH, WHERE, "declared as %s, but begins like %s",
                      declared == SZTP__ENCODING_JSON ? "JSON" : "XML",
                      *found == SZTP__ENCODING_JSON ? "JSON" : "XML");
  return SZTP_OK;
}

static int32_t read_kind(const sztp__yang_t *y, uint32_t *kind) {
  const sztp__yang_node_t *redirect = NULL;
  const sztp__yang_node_t *onboarding = NULL;
  int32_t rc = sztp__yang_top(y, "redirect-information", &redirect);
  if (rc == SZTP_OK) rc = sztp__yang_top(y, "onboarding-information", &onboarding);
  if (rc < 0) return rc;
  if ((redirect == NULL) == (onboarding == NULL)) {
    char found[SZTP__PHRASE_SIZE];
    return sztp__fail(
        y->ctx, SZTP_ERR_MODEL_INVALID, WHERE,
        "top level: found %s; wanted is exactly one of redirect-information and onboarding-information of "
        "module %s",
        sztp__yang_top_text(y, found, sizeof found), y->module);
  }
  *kind = redirect != NULL ? SZTP_INFO_REDIRECT : SZTP_INFO_ONBOARDING;
  return SZTP_OK;
}

int32_t sztp__conveyed_open(sztp_ctx_t *ctx, sztp__span_t document, uint32_t declared, sztp__yang_t *doc,
                            uint32_t *kind) {
  const sztp__yang_t y = {ctx, "ietf-sztp-conveyed-info", WHERE, SZTP_ERR_MODEL_INVALID, 0, NULL, NULL};
  uint32_t encoding = 0;
  *doc = y;
  int32_t rc = find_encoding(ctx, document, declared, &encoding);
  if (rc == SZTP_OK) rc = sztp__yang_open(doc, document, encoding);
  if (rc == SZTP_OK) rc = read_kind(doc, kind);
  if (rc < 0) sztp__yang_close(doc);
  return rc;
}

/* ---- redirect information ------------------------------------------------------------------------ */

/* Absent is 443. */
static int32_t read_server_port(const sztp__yang_t *y, const sztp__yang_node_t *entry, uint16_t *port) {
  char shown[SZTP__NAME_SIZE];
  sztp__span_t text = {NULL, 0};
  uint64_t value = 443;
  int32_t rc = sztp__yang_number(y, entry, "port", &text);
  if (rc == SZTP_OK && text.data != NULL && (sztp__decimal(text, 65535, &value) != SZTP_OK || value == 0))
    rc = sztp__fail(y->ctx, SZTP_ERR_MODEL_INVALID, WHERE, "port: '%s' is not 1 to 65535",
                    sztp__printable(shown, sizeof shown, text));
  *port = (uint16_t)value;
  return rc;
}

/* The address must be one that a device can look up or contact, and nothing around it. */
static int32_t read_address(const sztp__yang_t *y, const sztp__yang_node_t *entry, sztp__span_t *host) {
  uint32_t kind = 0;
  int32_t rc = sztp__yang_string(y, entry, "address", host);
  if (rc == SZTP_OK && host->data == NULL) rc = invalid(y, "address", "missing");
  return rc == SZTP_OK ? sztp__host_kind(y->ctx, *host, &kind) : rc;
}

/* Whether an entry with this fault is left out (D-69), which is said, and the document goes on. The first
 * fault is kept in @p why, for a document without any usable entry. */
static int skip_server_entry(const sztp__yang_t *y, sztp_info_t *info, int32_t rc,
                             char why[SZTP__SENTENCE_SIZE]) {
  char text[SZTP__SENTENCE_SIZE];
  if (rc != SZTP_ERR_MODEL_INVALID && rc != SZTP_ERR_LIMIT && rc != SZTP_ERR_URI) return 0;
  (void)sztp__sentence(text, sizeof text, "a bootstrap-server entry is skipped: %s",
                       sztp__trail_detail(y->ctx));
  if (why[0] == '\0')
    (void)sztp__sentence(why, SZTP__SENTENCE_SIZE, "no usable entry: %s", sztp__trail_detail(y->ctx));
  sztp__trail_clear(y->ctx);
  warn(y, info, text);
  return 1;
}

/* An anchor that can't be read makes its entry unusable, not the document (D-69, D-128). */
static int32_t read_anchor(const sztp__yang_t *y, const sztp__yang_node_t *entry,
                           sztp__info_server_t *server) {
  uint64_t max = sztp__limit(y->ctx, SZTP_LIMIT_OWNER_CERT);
  int32_t rc = sztp__yang_binary(y, entry, "trust-anchor", SZTP__BASE64_STRICT, max, &server->anchor,
                                 &server->anchor_len);
  if (rc == SZTP_ERR_MODEL_INVALID || rc == SZTP_ERR_LIMIT) {
    sztp__trail_clear(y->ctx); /* it is no cause of what may be wrong with the rest */
    server->anchor_unreadable = 1;
    return SZTP_OK;
  }
  return rc;
}

/* Among the first ones, which are all that one pass may contact: each would be compared with all. */
static int seen_before(const sztp_info_t *info, sztp__span_t host) {
  for (size_t i = 0; i < info->server_count && i < COMPARED; i++)
    if (sztp__host_equal(sztp__span(info->servers[i].host, info->servers[i].host_len), host)) return 1;
  return 0;
}

static int32_t read_server(const sztp__yang_t *y, const sztp__yang_node_t *entry, int trusted,
                           sztp_info_t *info, char why[SZTP__SENTENCE_SIZE]) {
  static const char *const known[] = {"address", "port", "trust-anchor", NULL};
  sztp__span_t host = {NULL, 0};
  uint16_t port = 0;
  int32_t rc = sztp__yang_is_container(y, entry) ? SZTP_OK : invalid(y, "bootstrap-server", "no container");
  if (rc == SZTP_OK) rc = read_address(y, entry, &host);
  if (rc == SZTP_OK) rc = read_server_port(y, entry, &port);
  if (skip_server_entry(y, info, rc, why)) return SZTP_OK;
  if (rc < 0) return rc;
  if (seen_before(info, host)) warn(y, info, "two bootstrap-server entries have one address; both are kept");
  rc = sztp__info_add_server(info, host, port);
  if (rc < 0) return rc;
  info->warnings += sztp__yang_unknown(y, entry, known) != 0;
  return trusted ? read_anchor(y, entry, &info->servers[info->server_count - 1]) : SZTP_OK;
}

static int32_t read_redirect(const sztp__yang_t *y, const sztp__yang_node_t *top, int trusted,
                             sztp_info_t *info) {
  static const char *const known[] = {"bootstrap-server", NULL};
  char why[SZTP__SENTENCE_SIZE] = "";
  const sztp__yang_node_t *list = NULL;
  int32_t rc = sztp__yang_list(y, top, "bootstrap-server", &list);
  if (rc < 0) return rc;
  info->warnings += sztp__yang_unknown(y, top, known) != 0;
  for (const sztp__yang_node_t *e = sztp__yang_first(y, list); e != NULL; e = sztp__yang_after(y, list, e)) {
    if (info->server_count >= MAX_SERVERS)
      return sztp__fail(y->ctx, SZTP_ERR_LIMIT, WHERE, "bootstrap-server: more than %d entries", MAX_SERVERS);
    rc = read_server(y, e, trusted, info, why);
    if (rc < 0) return rc;
  }
  if (info->server_count == 0)
    return invalid(y, "bootstrap-server", why[0] != '\0' ? why : "no usable entry");
  return SZTP_OK;
}

/* ---- onboarding information ---------------------------------------------------------------------- */

/* os-name, os-version; zero length counts as absent (D-75). */
static int32_t read_conveyed_text(const sztp__yang_t *y, const sztp__yang_node_t *image, const char *name,
                                  sztp_info_t *info, uint32_t field) {
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_string(y, image, name, &text);
  if (rc < 0 || text.len == 0) return rc;
  return sztp__blob_set(y->ctx, &info->one[field], text);
}

static int32_t read_uris(const sztp__yang_t *y, const sztp__yang_node_t *image, sztp_info_t *info) {
  const sztp__yang_node_t *list = NULL;
  int32_t rc = sztp__yang_list(y, image, "download-uri", &list);
  for (const sztp__yang_node_t *e = sztp__yang_first(y, list); rc == SZTP_OK && e != NULL;
       e = sztp__yang_after(y, list, e)) {
    sztp__span_t uri = {NULL, 0};
    rc = sztp__yang_text(y, e, "download-uri", &uri);
    if (rc < 0) return rc;
    if (uri.len == 0) return invalid(y, "download-uri", "empty");
    for (size_t i = 0; i < uri.len; i++)
      if (uri.data[i] <= 0x20 || uri.data[i] >= 0x7f) return invalid(y, "download-uri", "not a URI");
    if (info->uri_count >= MAX_URIS)
      return sztp__fail(y->ctx, SZTP_ERR_LIMIT, WHERE, "download-uri: more than %d entries", MAX_URIS);
    sztp__blob_t *grown = sztp__realloc(y->ctx, info->uris, (info->uri_count + 1) * sizeof *grown);
    if (grown == NULL) return SZTP_ERR_MEMORY;
    info->uris = grown;
    grown[info->uri_count] = (sztp__blob_t){NULL, 0};
    rc = sztp__blob_set(y->ctx, &grown[info->uri_count], uri);
    if (rc == SZTP_OK) info->uri_count++;
  }
  return rc;
}

static int32_t read_fingerprint(const sztp__yang_t *y, const sztp__yang_node_t *entry, sztp_info_t *info) {
  sztp__span_t algorithm = {NULL, 0};
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_identity(y, entry, "hash-algorithm", &algorithm);
  if (rc == SZTP_OK) rc = sztp__yang_string(y, entry, "hash-value", &text);
  if (rc < 0) return rc;
  if (algorithm.data == NULL || text.data == NULL)
    return invalid(y, "image-verification", "hash-algorithm and hash-value are both wanted");
  if (!sztp__span_is(algorithm, "sha-256")) {
    warn(y, info, "a fingerprint with an unknown hash algorithm is not used");
    return SZTP_OK;
  }
  uint8_t hash[SZTP__HASH_MAX];
  size_t len = 0;
  if (sztp__hex_decode(NULL, text, hash, sizeof hash, &len) < 0 || len != 32)
    return invalid(y, "hash-value", "not 32 octets in hex");
  sztp__blob_t *slot = &info->one[SZTP_INFO_IMAGE_SHA256];
  if (slot->data == NULL) return sztp__blob_set(y->ctx, slot, sztp__span(hash, 32));
  if (memcmp(slot->data, hash, 32) != 0)
    return invalid(y, "image-verification", "two different sha-256 values");
  return SZTP_OK;
}

static int32_t read_image(const sztp__yang_t *y, const sztp__yang_node_t *top, sztp_info_t *info) {
  static const char *const known[] = {"os-name", "os-version", "download-uri", "image-verification", NULL};
  const sztp__yang_node_t *image = NULL;
  const sztp__yang_node_t *list = NULL;
  int32_t rc = sztp__yang_child(y, top, "boot-image", &image);
  if (rc < 0 || image == NULL) return rc;
  if (!sztp__yang_is_container(y, image)) return invalid(y, "boot-image", "not a container");
  info->has_image = 1;
  info->warnings += sztp__yang_unknown(y, image, known) != 0;
  rc = read_conveyed_text(y, image, "os-name", info, SZTP_INFO_OS_NAME);
  if (rc == SZTP_OK) rc = read_conveyed_text(y, image, "os-version", info, SZTP_INFO_OS_VERSION);
  if (!SZTP__IMAGES) return rc; /* it must be the one that runs */
  if (rc == SZTP_OK) rc = read_uris(y, image, info);
  if (rc == SZTP_OK) rc = sztp__yang_list(y, image, "image-verification", &list);
  for (const sztp__yang_node_t *e = sztp__yang_first(y, list); rc == SZTP_OK && e != NULL;
       e = sztp__yang_after(y, list, e)) {
    if (info->uri_count == 0) return invalid(y, "image-verification", "without download-uri");
    rc = read_fingerprint(y, e, info);
  }
  return rc;
}

static int32_t read_part(const sztp__yang_t *y, const sztp__yang_node_t *top, const char *name,
                         sztp_info_t *info, uint32_t field) {
  sztp__blob_t *slot = &info->one[field];
  uint64_t max = sztp__limit(y->ctx, SZTP_LIMIT_PART);
  int32_t rc = sztp__yang_binary(y, top, name, SZTP__BASE64_STRICT, max, &slot->data, &slot->len);
  if (rc < 0 || slot->data == NULL || slot->len > 0) return rc;
  if (field == SZTP_INFO_CONFIG) return invalid(y, name, "zero octets");
  warn(y, info, "a script of zero octets counts as absent");
  sztp__blob_free(y->ctx, slot);
  return SZTP_OK;
}

static int32_t read_handling(const sztp__yang_t *y, const sztp__yang_node_t *top, sztp_info_t *info) {
  sztp__span_t text = {NULL, 0};
  int32_t rc = sztp__yang_string(y, top, "configuration-handling", &text);
  if (rc < 0) return rc;
  if (sztp__span_is(text, "merge")) info->handling = SZTP_CONFIG_MERGE;
  if (sztp__span_is(text, "replace")) info->handling = SZTP_CONFIG_REPLACE;
  if (text.data != NULL && info->handling == 0)
    return invalid(y, "configuration-handling", "neither merge nor replace");
  if ((info->handling != 0) != (info->one[SZTP_INFO_CONFIG].data != NULL))
    return invalid(y, "configuration-handling", "it and configuration come together or not at all");
  return SZTP_OK;
}

static int32_t read_onboarding(const sztp__yang_t *y, const sztp__yang_node_t *top, sztp_info_t *info) {
  static const char *const known[] = {
      "boot-image",    "configuration-handling",    "pre-configuration-script",
      "configuration", "post-configuration-script", NULL};
  info->warnings += sztp__yang_unknown(y, top, known) != 0;
  int32_t rc = read_image(y, top, info);
  if (rc == SZTP_OK) rc = read_part(y, top, "pre-configuration-script", info, SZTP_INFO_PRE_SCRIPT);
  if (rc == SZTP_OK) rc = read_part(y, top, "configuration", info, SZTP_INFO_CONFIG);
  if (rc == SZTP_OK) rc = read_part(y, top, "post-configuration-script", info, SZTP_INFO_POST_SCRIPT);
  if (rc == SZTP_OK) rc = read_handling(y, top, info);
  return rc;
}

int32_t sztp__conveyed_read(const sztp__yang_t *doc, uint32_t kind, int trusted, sztp_info_t **out) {
  const char *name = kind == SZTP_INFO_REDIRECT ? "redirect-information" : "onboarding-information";
  const sztp__yang_node_t *top = NULL;
  sztp_info_t *info = NULL;
  int32_t rc = sztp__yang_top(doc, name, &top);
  if (rc == SZTP_OK && (top == NULL || !sztp__yang_is_container(doc, top)))
    rc = invalid(doc, name, "not a container");
  if (rc == SZTP_OK) rc = sztp__info_new(doc->ctx, kind, &info);
  if (rc < 0) return rc;
  rc = kind == SZTP_INFO_REDIRECT ? read_redirect(doc, top, trusted, info) : read_onboarding(doc, top, info);
  if (rc < 0) {
    sztp_info_free(info);
    return rc;
  }
  *out = info;
  return SZTP_OK;
}
