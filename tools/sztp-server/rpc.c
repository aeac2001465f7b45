/* SPDX-License-Identifier: Apache-2.0 */
/* The RPCs of RFC 8572 7.3 from and to JSON and XML, with those of RFC 9646. Nodes of other modules
 * (augmentations) are ignored. */
#define _POSIX_C_SOURCE 200809L
#include "rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/device.h>

#include "common/octets.h"
#include "formats/json.h"
#include "ground/text.h"
#include "settings.h"
#include "tree.h"

#define MODULE "ietf-sztp-bootstrap-server"
#define CSR    "ietf-sztp-csr"

enum { MAX_REQUEST = 65536 };

static const char *const progress_types[] = {"bootstrap-initiated",  "parsing-initiated",
                                             "parsing-warning",      "parsing-error",
                                             "parsing-complete",     "boot-image-initiated",
                                             "boot-image-warning",   "boot-image-error",
                                             "boot-image-mismatch",  "boot-image-installed-rebooting",
                                             "boot-image-complete",  "pre-script-initiated",
                                             "pre-script-warning",   "pre-script-error",
                                             "pre-script-complete",  "config-initiated",
                                             "config-warning",       "config-error",
                                             "config-complete",      "post-script-initiated",
                                             "post-script-warning",  "post-script-error",
                                             "post-script-complete", "bootstrap-warning",
                                             "bootstrap-error",      "bootstrap-complete",
                                             "informational"};

static int protocol(problem_t *p, const char *tag, const char *what, const char *name) {
  return problem_set(p, 400, "protocol", tag, "%s '%.80s'", what, name);
}

static int bad_value(problem_t *p, const char *name, const char *rule) {
  return problem_set(p, 400, "application", "invalid-value", "'%.80s' must be %s", name, rule);
}

/* Reads the document and finds "input". *root is freed by the caller. */
static const tree_t *read_input(sztp_ctx_t *ctx, const uint8_t *body, size_t len, uint32_t encoding,
                                tree_t **root, problem_t *p) {
  const char *why = NULL;
  *root =
      encoding == ENCODING_XML ? tree_read_xml(ctx, body, len, &why) : tree_read_json(ctx, body, len, &why);
  if (*root == NULL) {
    problem_set(p, 400, "protocol", "malformed-message", "%s", why);
    return NULL;
  }
  const tree_t *input = (*root)->child;
  if (input == NULL || strcmp(input->name, "input") != 0 || strcmp(input->module, MODULE) != 0) {
    problem_set(p, 400, "protocol", "malformed-message",
                "the top of the document must be 'input' of module " MODULE);
    return NULL;
  }
  if (input->next != NULL) {
    problem_set(p, 400, "protocol", "malformed-message", "something stands beside 'input'");
    return NULL;
  }
  /* An empty element may be an empty container. */
  if (input->kind != TREE_CONTAINER && (encoding == ENCODING_JSON || input->text[0] != '\0')) {
    problem_set(p, 400, "protocol", "malformed-message", "'input' must be a container");
    return NULL;
  }
  return input;
}

typedef struct child {
  const char *name;
  int list;
} child_t;

/* Every child of our module must be in the table, and only lists may repeat. */
static int check_children(const tree_t *parent, const child_t *table, size_t count, problem_t *p) {
  for (const tree_t *node = parent->child; node != NULL; node = node->next) {
    size_t i = 0;
    if (strcmp(node->module, MODULE) != 0) continue;
    while (i < count && strcmp(table[i].name, node->name) != 0) i++;
    if (i == count) return protocol(p, "unknown-element", "unknown node", node->name);
    if (!table[i].list && tree_find(node->next, MODULE, node->name) != NULL)
      return protocol(p, "bad-element", "more than one", node->name);
  }
  return 0;
}

/* ---- get-bootstrapping-data ---------------------------------------------------------------------- */

/* Devices without a nonce are known to send an empty one. */
static int read_nonce(sztp_ctx_t *ctx, const tree_t *node, data_input_t *input, problem_t *p) {
  if (node->kind == TREE_TEXT && node->text[0] == '\0') return 0;
  if (node->kind != TREE_TEXT ||
      octets_from_base64(ctx, node->text, input->nonce, sizeof input->nonce, &input->nonce_len) != 0 ||
      input->nonce_len < 16)
    return bad_value(p, "nonce", "16 to 32 octets in base64");
  return 0;
}

/* The entries of the leaf-list in two containers; NULL if it is not there. */
static const tree_t *find_list(const tree_t *support, const char *outer, const char *inner,
                               const char *name) {
  const tree_t *node = tree_find(support->child, CSR, outer);
  if (node != NULL) node = tree_find(node->child, CSR, inner);
  return node == NULL ? NULL : tree_find(node->child, CSR, name);
}

static uint32_t format_bit(const char *identity) {
  static const char *const names[] = {"p10-csr", "cmc-csr", "cmp-csr"};
  const char *colon = strchr(identity, ':'); /* a module's name, or any prefix of XML */
  for (uint32_t i = 0; i < 3; i++)
    if (colon != NULL && strcmp(colon + 1, names[i]) == 0) return (uint32_t)SZTP_CSR_P10 << i;
  return 0;
}

static int read_csr_support(const tree_t *support, data_input_t *input, problem_t *p) {
  const tree_t *format = find_list(support, "csr-generation", "supported-formats", "format-identifier");
  const tree_t *algorithm =
      find_list(support, "key-generation", "supported-algorithms", "algorithm-identifier");
  if (format == NULL) return protocol(p, "missing-element", "missing node", "format-identifier");
  for (; format != NULL; format = tree_find(format->next, CSR, "format-identifier"))
    input->csr_formats |= format_bit(format->text);
  for (; algorithm != NULL; algorithm = tree_find(algorithm->next, CSR, "algorithm-identifier")) {
    const csr_kind_t *kind = csr_kind_identified(algorithm->text);
    if (kind != NULL) input->csr_algorithms |= kind->algorithm;
  }
  return 0;
}

/* The nodes of RFC 9646, of which there is one at most. */
static int read_csr(sztp_ctx_t *ctx, const tree_t *node, data_input_t *input, problem_t *p) {
  if (input->csr_formats != 0 || input->csr != NULL)
    return protocol(p, "bad-element", "more than one node of " CSR ", as", node->name);
  if (strcmp(node->name, "csr-support") == 0) return read_csr_support(node, input, p);
  if (strcmp(node->name, "p10-csr") != 0)
    return problem_set(p, 400, "application", "invalid-value", "'%.80s' was not asked for; p10-csr is",
                       node->name);
  input->csr = malloc(MAX_REQUEST);
  if (input->csr == NULL) return problem_set(p, 503, "application", "operation-failed", "out of memory");
  if (node->kind == TREE_TEXT &&
      octets_from_base64(ctx, node->text, input->csr, MAX_REQUEST, &input->csr_len) == 0 &&
      input->csr_len > 0)
    return 0;
  return bad_value(p, node->name, "octets in base64");
}

void rpc_free_data(data_input_t *input) {
  free(input->csr);
  input->csr = NULL;
}

static int read_parameter(sztp_ctx_t *ctx, const tree_t *node, uint32_t encoding, data_input_t *input,
                          problem_t *p) {
  size_t at = strlen(input->sent);
  snprintf(input->sent + at, sizeof input->sent - at, "%s%s", at > 0 ? " " : "", node->name);
  if (strcmp(node->module, CSR) == 0) return read_csr(ctx, node, input, p);
  if (strcmp(node->module, MODULE) != 0) return 0;
  if (strcmp(node->name, "nonce") == 0) return read_nonce(ctx, node, input, p);
  if (strcmp(node->name, "signed-data-preferred") != 0)
    return node->kind == TREE_TEXT ? 0 : bad_value(p, node->name, "a string");
  if (encoding == ENCODING_JSON ? node->kind != TREE_NULL : node->kind != TREE_TEXT || node->text[0] != '\0')
    return bad_value(p, node->name, encoding == ENCODING_JSON ? "[null]" : "an empty element");
  input->signed_data_preferred = 1;
  return 0;
}

int rpc_read_data(sztp_ctx_t *ctx, const uint8_t *body, size_t len, uint32_t encoding, data_input_t *input,
                  problem_t *problem) {
  static const child_t known[] = {
      {"signed-data-preferred", 0}, {"hw-model", 0}, {"os-name", 0}, {"os-version", 0}, {"nonce", 0}};
  memset(input, 0, sizeof *input);
  if (len == 0) return 0;
  tree_t *root = NULL;
  const tree_t *top = read_input(ctx, body, len, encoding, &root, problem);
  int result = top == NULL ? -1 : check_children(top, known, sizeof known / sizeof known[0], problem);
  for (const tree_t *node = top == NULL ? NULL : top->child; result == 0 && node != NULL; node = node->next)
    result = read_parameter(ctx, node, encoding, input, problem);
  tree_free(root);
  return result;
}

static void write_artifact(sztp__buf_t *out, const char *name, const uint8_t *data, size_t len,
                           uint32_t encoding) {
  if (data == NULL || out->status != SZTP_OK) return;
  const char *separator = out->data[out->len - 1] == '{' ? "" : ",";
  if (encoding == ENCODING_XML)
    (void)sztp__buf_addf(out, "  <%s>", name);
  else
    (void)sztp__buf_addf(out, "%s\"%s\":\"", separator, name);
  (void)sztp__base64_encode(out, sztp__span(data, len));
  if (encoding == ENCODING_XML)
    (void)sztp__buf_addf(out, "</%s>\n", name);
  else
    (void)sztp__buf_add_text(out, "\"");
}

/* minimal, the default of reporting-level, is left out: some clients take no member that they don't know. */
int rpc_write_data(const data_output_t *o, uint32_t encoding, sztp__buf_t *out) {
  int xml = encoding == ENCODING_XML;
  (void)sztp__buf_add_text(out, xml ? "<output xmlns=\"urn:ietf:params:xml:ns:yang:" MODULE "\">\n"
                                    : "{\"" MODULE ":output\":{");
  write_artifact(out, "conveyed-information", o->conveyed, o->conveyed_len, encoding);
  write_artifact(out, "owner-certificate", o->owner, o->owner_len, encoding);
  write_artifact(out, "ownership-voucher", o->voucher, o->voucher_len, encoding);
  if (o->reporting_level == REPORTING_VERBOSE)
    (void)sztp__buf_add_text(out, xml ? "  <reporting-level>verbose</reporting-level>\n"
                                      : ",\"reporting-level\":\"verbose\"");
  (void)sztp__buf_add_text(out, xml ? "</output>\n" : "}}\n");
  return out->status != SZTP_OK ? -1 : 0;
}

/* ---- report-progress ----------------------------------------------------------------------------- */

static int is_base64(sztp_ctx_t *ctx, const tree_t *node) {
  size_t room = strlen(node->text);
  size_t len = 0;
  uint8_t *octets = malloc(room + 1);
  int result = octets != NULL && node->kind == TREE_TEXT &&
               octets_from_base64(ctx, node->text, octets, room, &len) == 0 && len > 0;
  free(octets);
  return result;
}

static int read_host_key(const tree_t *key, sztp__buf_t *line, problem_t *p) {
  static const child_t known[] = {{"algorithm", 0}, {"key-data", 0}};
  if (check_children(key, known, 2, p) != 0) return -1;
  const tree_t *algorithm = tree_find(key->child, MODULE, "algorithm");
  const tree_t *data = tree_find(key->child, MODULE, "key-data");
  if (algorithm == NULL) return protocol(p, "missing-element", "missing node", "algorithm");
  if (data == NULL) return protocol(p, "missing-element", "missing node", "key-data");
  if (algorithm->kind != TREE_TEXT || algorithm->text[0] == '\0')
    return bad_value(p, "algorithm", "a string");
  if (!is_base64(line->ctx, data)) return bad_value(p, "key-data", "octets in base64");
  (void)sztp__buf_add_text(line, "{\"algorithm\":");
  (void)sztp__json_put_string(line, sztp__span_of(algorithm->text));
  (void)sztp__buf_add_text(line, ",\"key-data\":");
  (void)sztp__json_put_string(line, sztp__span_of(data->text));
  (void)sztp__buf_add_text(line, "}");
  return 0;
}

static int read_trust_anchor(const tree_t *anchor, sztp__buf_t *line, problem_t *p) {
  if (!is_base64(line->ctx, anchor)) return bad_value(p, "trust-anchor-cert", "octets in base64");
  (void)sztp__json_put_string(line, sztp__span_of(anchor->text));
  return 0;
}

/* 1 for a container with nothing in it, which is as good as none (RFC 7950 7.5.1); an empty element of XML is
 * one, too. */
static int is_empty(const tree_t *node) {
  return node->child == NULL &&
         (node->kind == TREE_CONTAINER || (node->kind == TREE_TEXT && node->text[0] == '\0'));
}

/* A container with one list in it, written as a JSON array. */
static int read_list(const tree_t *top, const char *container, const char *entry,
                     int (*read_entry)(const tree_t *, sztp__buf_t *, problem_t *), sztp__buf_t *line,
                     problem_t *p) {
  const child_t known[] = {{entry, 1}};
  const tree_t *node = tree_find(top->child, MODULE, container);
  if (node == NULL || is_empty(node)) return 0;
  if (node->kind != TREE_CONTAINER) return bad_value(p, container, "a container");
  if (check_children(node, known, 1, p) != 0) return -1;
  (void)sztp__buf_addf(line, ",\"%s\":[", container);
  const char *comma = "";
  for (node = tree_find(node->child, MODULE, entry); node != NULL;
       node = tree_find(node->next, MODULE, entry)) {
    (void)sztp__buf_add_text(line, comma);
    comma = ",";
    if (read_entry(node, line, p) != 0) return -1;
  }
  (void)sztp__buf_add_text(line, "]");
  return 0;
}

static int read_type(const tree_t *top, progress_input_t *input, problem_t *p) {
  const tree_t *type = tree_find(top->child, MODULE, "progress-type");
  if (type == NULL) return protocol(p, "missing-element", "missing node", "progress-type");
  for (size_t i = 0; i < sizeof progress_types / sizeof progress_types[0]; i++) {
    if (type->kind != TREE_TEXT || strcmp(type->text, progress_types[i]) != 0) continue;
    snprintf(input->type, sizeof input->type, "%s", progress_types[i]);
    (void)sztp__buf_addf(&input->line, "\"progress-type\":\"%s\"", progress_types[i]);
    return 0;
  }
  return bad_value(p, "progress-type", "one of the progress types of RFC 8572");
}

static int read_report(const tree_t *top, progress_input_t *input, problem_t *p) {
  static const child_t known[] = {
      {"progress-type", 0}, {"message", 0}, {"ssh-host-keys", 0}, {"trust-anchor-certs", 0}};
  if (check_children(top, known, sizeof known / sizeof known[0], p) != 0 || read_type(top, input, p) != 0)
    return -1;
  const tree_t *message = tree_find(top->child, MODULE, "message");
  if (message != NULL && message->kind != TREE_TEXT) return bad_value(p, "message", "a string");
  if (message != NULL) {
    (void)sztp__buf_add_text(&input->line, ",\"message\":");
    (void)sztp__json_put_string(&input->line, sztp__span_of(message->text));
    const char *line = strrchr(message->text, '\n');
    (void)snprintf(input->last, sizeof input->last, "%s", line == NULL ? message->text : line + 1);
  }
  if (strcmp(input->type, "bootstrap-complete") != 0) /* the module's "when" */
    for (size_t i = 2; i < sizeof known / sizeof known[0]; i++) {
      const tree_t *node = tree_find(top->child, MODULE, known[i].name);
      if (node != NULL && !is_empty(node))
        return problem_set(p, 400, "protocol", "unknown-element", "'%s' goes with bootstrap-complete only",
                           known[i].name);
    }
  if (read_list(top, "ssh-host-keys", "ssh-host-key", read_host_key, &input->line, p) != 0) return -1;
  return read_list(top, "trust-anchor-certs", "trust-anchor-cert", read_trust_anchor, &input->line, p);
}

int rpc_read_progress(sztp_ctx_t *ctx, const uint8_t *body, size_t len, uint32_t encoding,
                      progress_input_t *input, problem_t *problem) {
  memset(input, 0, sizeof *input);
  sztp__buf_init(&input->line, ctx, REPLY_MOST);
  if (len == 0) return protocol(problem, "missing-element", "missing node", "progress-type");
  tree_t *root = NULL;
  const tree_t *top = read_input(ctx, body, len, encoding, &root, problem);
  int result = top == NULL ? -1 : read_report(top, input, problem);
  tree_free(root);
  if (result == 0 && input->line.status != SZTP_OK)
    result = problem_set(problem, 503, "application", "operation-failed", "out of memory");
  return result;
}
