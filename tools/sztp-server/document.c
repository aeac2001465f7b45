/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the documents node by node into what libsztp-artifacts makes conveyed information of. */
#define _POSIX_C_SOURCE 200809L
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sztp/session.h>
#include <sztp/verify.h>
#include <unistd.h>

#include "cms.h"
#include "common/host.h"
#include "common/octets.h"
#include "csr.h"
#include "tree.h"

#define MODULE "ietf-sztp-conveyed-info"

enum { MAX_DOCUMENT = 16 * 1024 * 1024, MAX_FILE = 8 * 1024 * 1024 };

/* One document being turned into an artifact. */
typedef struct making {
  maker_t *maker;
  const char *folder; /* where files named in the document are looked for */
  const char *name;   /* of the document */
  const char *host;
  sztp_conveyed_t *conveyed;
  problem_t *problem;
  const artifact_t
      *certificate; /* that was issued for the device, of no octets: none; NULL without octets to put it in */
} making_t;

/* ---- values of a document ------------------------------------------------------------------------ */

static int bad(const making_t *k, const tree_t *node, const char *rule) {
  char what[160];
  snprintf(what, sizeof what, "'%.60s' must be %s", node->name, rule);
  return maker_refuse(k->problem, k->name, what, "");
}

static int unknown(const making_t *k, const tree_t *node) {
  return bad(k, node, "left out, it is unknown here");
}

static int library(const making_t *k, int32_t code) {
  return code == SZTP_OK ? 0 : maker_refuse_by_library(k->maker, k->problem, k->name, code);
}

static int is(const tree_t *node, const char *name) { return strcmp(node->name, name) == 0; }

static int set_text(const making_t *k, const tree_t *node, uint32_t field) {
  if (node->kind != TREE_TEXT) return bad(k, node, "a string");
  return library(
      k, sztp_conveyed_set_bytes(k->conveyed, field, (const uint8_t *)node->text, strlen(node->text)));
}

static int decode(const making_t *k, const tree_t *node, artifact_t *out) {
  size_t room = strlen(node->text) + 1;
  out->data = malloc(room);
  if (out->data == NULL) return maker_refuse(k->problem, k->name, "out of memory", "");
  if (node->kind == TREE_TEXT &&
      octets_from_base64(k->maker->ctx, node->text, out->data, room, &out->len) == 0)
    return 0;
  return bad(k, node, "octets in base64");
}

/* A file named in the document; a relative path begins at the document's folder. */
static int load(const making_t *k, const tree_t *node, size_t limit, artifact_t *out) {
  if (node->kind != TREE_TEXT || node->text[0] == '\0') return bad(k, node, "the name of a file");
  return maker_read(k->folder, node->text, limit, out, k->problem);
}

/* Where a configuration or a script wants the device's certificate, it is put. */
static int place_certificate(const making_t *k, const tree_t *node, artifact_t *value) {
  int wanted = csr_place(k->maker->ctx, k->certificate, value);
  if (wanted < 0) return maker_refuse(k->problem, k->name, "out of memory", "");
  if (wanted == 0 || k->certificate->data != NULL) return 0;
  return problem_set(k->problem, 400, "application", "missing-attribute",
                     "'%.60s' has " CSR_PLACE ", but no certificate was issued for this device", node->name);
}

static int set_octets(const making_t *k, const tree_t *node, uint32_t field, int from_file) {
  artifact_t value = {NULL, 0};
  int result = from_file ? load(k, node, MAX_FILE, &value) : decode(k, node, &value);
  if (result == 0) result = place_certificate(k, node, &value);
  if (result == 0) result = library(k, sztp_conveyed_set_bytes(k->conveyed, field, value.data, value.len));
  free(value.data);
  return result;
}

/* ---- redirect information ------------------------------------------------------------------------ */

typedef struct server {
  const char *address;
  uint16_t port;
  artifact_t anchor; /* certificates */
} server_t;

static int read_port(const making_t *k, const tree_t *node, uint16_t *port) {
  double value = node->number;
  char *end = NULL;
  if (node->kind == TREE_TEXT && node->text[0] >= '1' && node->text[0] <= '9')
    value = strtod(node->text, &end);
  if (end != NULL && *end != '\0') value = 0;
  if (!(value >= 1 && value <= 65535) || value != (double)(uint16_t)value) return bad(k, node, "1 to 65535");
  *port = (uint16_t)value;
  return 0;
}

/* trust-anchor is CMS in base64; its certificates are packed again. */
static int read_anchor(const making_t *k, const tree_t *node, artifact_t *anchor) {
  artifact_t cms = {NULL, 0};
  const uint8_t *certs = NULL;
  size_t len = 0;
  int result = decode(k, node, &cms);
  if (result == 0 && cms_certificates(cms.data, cms.len, &certs, &len) != 0)
    result = bad(k, node, "a CMS structure with certificates");
  if (result == 0) {
    free(anchor->data);
    anchor->data = malloc(len);
    anchor->len = len;
    if (anchor->data == NULL)
      result = maker_refuse(k->problem, k->name, "out of memory", "");
    else
      memcpy(anchor->data, certs, len);
  }
  free(cms.data);
  return result;
}

static int read_server_member(const making_t *k, const tree_t *node, server_t *server) {
  if (node->kind == TREE_NULL) return 0; /* D-60 */
  if (is(node, "address")) {
    if (node->kind != TREE_TEXT) return bad(k, node, "a string");
    server->address = node->text;
    return 0;
  }
  if (is(node, "port")) return read_port(k, node, &server->port);
  if (is(node, "trust-anchor")) return read_anchor(k, node, &server->anchor);
  if (!is(node, "trust-anchor-file")) return unknown(k, node);
  free(server->anchor.data);
  server->anchor.data = NULL;
  return load(k, node, MAKER_MAX_CERTS, &server->anchor);
}

static int add_server(const making_t *k, const tree_t *entry) {
  server_t server = {NULL, 0, {NULL, 0}};
  int result = is(entry, "bootstrap-server") ? 0 : unknown(k, entry);
  for (const tree_t *node = entry->child; result == 0 && node != NULL; node = node->next)
    result = read_server_member(k, node, &server);
  if (result == 0 && server.address == NULL) result = bad(k, entry, "given with its 'address'");
  if (result == 0)
    result = library(k, sztp_conveyed_add_server(k->conveyed, server.address, server.port, server.anchor.data,
                                                 server.anchor.len));
  free(server.anchor.data);
  return result;
}

/* ---- onboarding information ---------------------------------------------------------------------- */

static int digest_file(const making_t *k, int fd, uint8_t *out) {
  uint8_t block[16384];
  sztp_digest_t *digest = NULL;
  ssize_t got = 0;
  int32_t code = sztp_digest_new(k->maker->ctx, &digest);
  while (code == SZTP_OK && (got = read(fd, block, sizeof block)) > 0)
    code = sztp_digest_update(digest, block, (size_t)got);
  if (code == SZTP_OK) code = sztp_digest_finish(digest, out);
  sztp_digest_free(digest);
  return got < 0 ? maker_refuse(k->problem, k->name, "the image can't be read", strerror(errno))
                 : library(k, code);
}

/* The digest of an image, read again only if the file has changed since the last time. */
static int image_digest(const making_t *k, const char *path) {
  maker_t *m = k->maker;
  struct stat about;
  int result = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    result = maker_refuse(k->problem, k->name, "no such image", path);
  } else if (m->image_path == NULL || strcmp(m->image_path, path) != 0 || m->image_size != about.st_size ||
             m->image_time != about.st_mtime) {
    free(m->image_path);
    m->image_path = NULL;
    result = digest_file(k, fd, m->image_digest);
    if (result == 0) m->image_path = strdup(path);
    m->image_size = about.st_size;
    m->image_time = about.st_mtime;
  }
  if (fd >= 0) close(fd);
  return result;
}

/* "image-file" offers an image of FOLDER/images: its address here and its digest. */
static int set_image_file(const making_t *k, const tree_t *node) {
  sztp__buf_t uri, path;
  if (node->kind != TREE_TEXT || node->text[0] == '.' || strpbrk(node->text, "/\\%?# ") != NULL)
    return bad(k, node, "the plain name of a file in the folder 'images'");
  sztp__buf_init(&uri, k->maker->ctx, MAX_DOCUMENT);
  sztp__buf_init(&path, k->maker->ctx, MAX_DOCUMENT);
  (void)sztp__buf_addf(&uri, "https://%s/images/%s", k->host, node->text);
  (void)sztp__buf_addf(&path, "%s/images/%s", k->maker->settings->dir, node->text);
  int result = uri.status != SZTP_OK || path.status != SZTP_OK
                   ? maker_refuse(k->problem, k->name, "out of memory", "")
                   : 0;
  if (result == 0) result = image_digest(k, (const char *)path.data);
  if (result == 0)
    result = library(k, sztp_conveyed_set_bytes(k->conveyed, SZTP_INFO_IMAGE_URI, uri.data, uri.len));
  if (result == 0)
    result = library(k, sztp_conveyed_set_bytes(k->conveyed, SZTP_INFO_IMAGE_SHA256, k->maker->image_digest,
                                                SZTP_DIGEST_LEN));
  sztp__buf_clear(&uri);
  sztp__buf_clear(&path);
  return result;
}

static int set_verification(const making_t *k, const tree_t *entry) {
  uint8_t digest[SZTP_DIGEST_LEN];
  size_t len = 0;
  for (const tree_t *node = entry->child; node != NULL; node = node->next) {
    if (is(node, "hash-algorithm")) {
      if (strcmp(node->text, MODULE ":sha-256") != 0 && strcmp(node->text, "sha-256") != 0)
        return bad(k, node, "sha-256");
    } else if (is(node, "hash-value")) {
      if (octets_from_hex(node->text, digest, sizeof digest, &len) != 0)
        return bad(k, node, "32 octets in hex");
    } else {
      return unknown(k, node);
    }
  }
  if (len != sizeof digest) return bad(k, entry, "given with a 'hash-value' of 32 octets");
  return library(k, sztp_conveyed_set_bytes(k->conveyed, SZTP_INFO_IMAGE_SHA256, digest, len));
}

static int set_image(const making_t *k, const tree_t *image) {
  int result = 0;
  for (const tree_t *node = image->child; result == 0 && node != NULL; node = node->next) {
    if (node->kind == TREE_NULL) continue;
    if (is(node, "os-name"))
      result = set_text(k, node, SZTP_INFO_OS_NAME);
    else if (is(node, "os-version"))
      result = set_text(k, node, SZTP_INFO_OS_VERSION);
    else if (is(node, "download-uri"))
      result = set_text(k, node, SZTP_INFO_IMAGE_URI);
    else if (is(node, "image-file"))
      result = set_image_file(k, node);
    else if (is(node, "image-verification"))
      result = set_verification(k, node);
    else
      result = unknown(k, node);
  }
  return result;
}

static int set_handling(const making_t *k, const tree_t *node) {
  uint64_t handling = 0;
  if (strcmp(node->text, "merge") == 0) handling = SZTP_CONFIG_MERGE;
  if (strcmp(node->text, "replace") == 0) handling = SZTP_CONFIG_REPLACE;
  if (handling == 0) return bad(k, node, "\"merge\" or \"replace\"");
  return library(k, sztp_conveyed_set_i64(k->conveyed, SZTP_INFO_CONFIG_HANDLING, (int64_t)handling));
}

static int add_onboarding(const making_t *k, const tree_t *node) {
  static const struct {
    const char *name;
    uint32_t field;
    int from_file;
  } octets[] = {{"pre-configuration-script", SZTP_INFO_PRE_SCRIPT, 0},
                {"pre-configuration-script-file", SZTP_INFO_PRE_SCRIPT, 1},
                {"configuration", SZTP_INFO_CONFIG, 0},
                {"configuration-file", SZTP_INFO_CONFIG, 1},
                {"post-configuration-script", SZTP_INFO_POST_SCRIPT, 0},
                {"post-configuration-script-file", SZTP_INFO_POST_SCRIPT, 1}};
  if (node->kind == TREE_NULL) return 0;
  if (is(node, "boot-image")) return set_image(k, node);
  if (is(node, "configuration-handling")) return set_handling(k, node);
  for (size_t i = 0; i < sizeof octets / sizeof octets[0]; i++)
    if (is(node, octets[i].name)) return set_octets(k, node, octets[i].field, octets[i].from_file);
  return unknown(k, node);
}

/* ---- documents ----------------------------------------------------------------------------------- */

static int finish(const making_t *k, const sztp_signer_t *signer, artifact_t *out) {
  uint8_t *made = NULL;
  size_t len = 0;
  int result = library(k, sztp_conveyed_make(k->conveyed, signer, &made, &len));
  return result != 0 ? result : maker_take(k->maker, made, len, out, k->problem);
}

static int read_document(const making_t *k, const tree_t *root, uint32_t kind) {
  const char *name = kind == SZTP_INFO_REDIRECT ? "redirect-information" : "onboarding-information";
  const tree_t *top = tree_find(root->child, MODULE, name);
  int result = 0;
  if (top == NULL || root->child->next != NULL || top->kind != TREE_CONTAINER)
    return maker_refuse(k->problem, k->name, "the document must hold just one object, " MODULE ":", name);
  for (const tree_t *node = top->child; result == 0 && node != NULL; node = node->next) {
    if (strcmp(node->module, MODULE) != 0)
      result = unknown(k, node);
    else if (kind == SZTP_INFO_REDIRECT)
      result = add_server(k, node);
    else
      result = add_onboarding(k, node);
  }
  return result;
}

int document_make(maker_t *m, const char *folder, const char *name, uint32_t kind, const char *host,
                  const artifact_t *certificate, const sztp_signer_t *signer, artifact_t *out, problem_t *p) {
  making_t k = {m, folder, name, host, NULL, p, certificate};
  artifact_t file = {NULL, 0};
  const char *why = NULL;
  if (maker_read(folder, name, MAX_DOCUMENT, &file, p) != 0) return -1;
  tree_t *root = tree_read_json(m->ctx, file.data, file.len, &why);
  int result = root == NULL ? maker_refuse(p, name, why, "")
                            : library(&k, sztp_conveyed_new(m->ctx, kind, &k.conveyed));
  if (result == 0) result = read_document(&k, root, kind);
  if (result == 0) result = finish(&k, signer, out);
  sztp_conveyed_free(k.conveyed);
  tree_free(root);
  free(file.data);
  return result;
}

/* ---- promotion ----------------------------------------------------------------------------------- */

static int promote(const making_t *k, const sztp_signer_t *signer, artifact_t *out) {
  const settings_t *s = k->maker->settings;
  const char *file = s->promotion_anchor != NULL ? s->promotion_anchor : "trust-anchor.pem";
  artifact_t anchor = {NULL, 0};
  char host[HOST_ROOM];
  uint16_t port = 0;
  if (host_split(k->host, host, &port) != 0)
    return problem_set(k->problem, 400, "protocol", "invalid-value", "the Host field is no host and port");
  int result =
      maker_read(s->promotion_anchor != NULL ? "." : s->dir, file, MAKER_MAX_CERTS, &anchor, k->problem);
  const char *name = s->promotion_address != NULL ? s->promotion_address : host;
  if (s->promotion_port != 0) port = (uint16_t)s->promotion_port;
  if (result == 0)
    result = library(k, sztp_conveyed_add_server(k->conveyed, name, port, anchor.data, anchor.len));
  if (result == 0) result = finish(k, signer, out);
  free(anchor.data);
  return result;
}

int document_promotion(maker_t *m, const char *host, const sztp_signer_t *signer, artifact_t *out,
                       problem_t *p) {
  making_t k = {m, m->settings->dir, "promotion", host, NULL, p, NULL};
  int result = library(&k, sztp_conveyed_new(m->ctx, SZTP_INFO_REDIRECT, &k.conveyed));
  if (result == 0) result = promote(&k, signer, out);
  sztp_conveyed_free(k.conveyed);
  return result;
}
