/* SPDX-License-Identifier: Apache-2.0 */
/* sztp inspect: the contents of an artifact, as a tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "input.h"

enum { JSON = OPTION_FIRST };

static const option_t options[] = {COMMAND_OPTIONS, {"json", NULL, 0}, {NULL, NULL, 0}};

static const char help[] =
    "Usage: sztp inspect [--json] FILE\n"
    "\n"
    "Tells what an artifact is, without judging it: CMS or COSE structure, signers, certificates, CRLs, the\n"
    "leaves of a voucher, redirect or onboarding information with its scripts and configuration. A bare\n"
    "certificate, a certificate request with the evidence in it, and a JSON or XML document are shown "
    "likewise.\n"
    "FILE may be DER, PEM or base64 of DER, or COSE; '-' is standard input.\n"
    "\n"
    "  --json    one JSON object instead of text, as docs/json/inspect.json describes it\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 the file is no artifact or is broken (what was found before the fault is "
    "shown),\n"
    "2 wrong use or unreadable input.\n"
    "\n"
    "Examples:\n"
    "  sztp inspect voucher.vcj\n"
    "  sztp inspect --json owner.cms | python3 -m json.tool\n";

enum { MAX_DEPTH = 64 };

/* The groups that are open while the library reports facts. */
typedef struct tree {
  int as_json;
  json_t json;
  json_node_t *open[MAX_DEPTH + 1];
  char fault[200]; /* the first one */
} tree_t;

static int32_t print_fact(uint32_t depth, const char *name, const char *value, size_t len) {
  (void)printf("%*s%s:", (int)depth * 2, "", name);
  if (value != NULL) (void)printf(" %.*s", (int)len, value);
  (void)printf("\n");
  return 0;
}

/* ---- JSON: every member has one type, whatever the file holds (docs/json/inspect.json) -------------- */

enum { TEXT, NUMBER, GROUP, TEXTS, GROUPS };

/* What is not a text that occurs once. */
static const struct {
  const char *name;
  int type;
} members[] = {
    {"octets", NUMBER},
    {"content-octets", NUMBER},
    {"signature-octets", NUMBER},
    {"encrypted-octets", NUMBER},
    {"version", NUMBER},
    {"revoked-certificates", NUMBER},
    {"revoked-not-told", NUMBER},
    {"other-header-parameters", NUMBER},
    {"port", NUMBER},
    {"signed-attributes", GROUP},
    {"voucher", GROUP},
    {"pinned-domain-cert", GROUP},
    {"redirect-information", GROUP},
    {"onboarding-information", GROUP},
    {"boot-image", GROUP},
    {"trust-anchor", GROUP},
    {"pre-configuration-script", GROUP},
    {"configuration", GROUP},
    {"post-configuration-script", GROUP},
    {"text", GROUP},
    {"fault", TEXTS},
    {"line", TEXTS},
    {"scope", TEXTS},
    {"unknown-node", TEXTS},
    {"other-attribute", TEXTS},
    {"extended-key-usage", TEXTS},
    {"subject-alternative-name", TEXTS},
    {"download-uri", TEXTS},
    {"attribute", TEXTS},
    {"quoted", TEXTS},
    {"evidence", GROUPS},
    {"object", GROUPS},
    {"certificate", GROUPS},
    {"signer", GROUPS},
    {"recipient", GROUPS},
    {"revocation-list", GROUPS},
    {"revoked", GROUPS},
    {"bootstrap-server", GROUPS},
    {"image-verification", GROUPS},
};

static int member_type(const char *name) {
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
    if (strcmp(members[i].name, name) == 0) return members[i].type;
  return TEXT;
}

static int is_number(const char *value) {
  size_t digits = value == NULL ? 0 : strspn(value, "0123456789");
  return digits > 0 && digits < 16 && value[digits] == '\0';
}

/* What does not fit its member, as a document may have it: under "others", with its name. */
static json_node_t *add_other(json_t *j, json_node_t *to, const char *name, const char *value) {
  json_node_t *entry = json_object(j, json_list(j, to, "others"), NULL);
  json_text(j, entry, "name", name);
  json_text(j, entry, "value", value);
  return value == NULL ? json_object(j, entry, "contents") : entry;
}

/* The node for what is inside; one that is of no use if nothing can be. */
static json_node_t *add_fact(json_t *j, json_node_t *to, const char *name, const char *value) {
  int type = member_type(name);
  if (type == GROUP && value != NULL && strcmp(value, "none") == 0) return to;
  if ((type == TEXTS) && value != NULL) {
    json_text(j, json_list(j, to, name), NULL, value);
    return to;
  }
  if (type == GROUPS && value == NULL) return json_object(j, json_list(j, to, name), NULL);
  if (json_has(to, name) || (type == NUMBER && !is_number(value)) || type == TEXTS || type == GROUPS ||
      (type == GROUP) != (value == NULL))
    return add_other(j, to, name, value);
  if (type == GROUP) return json_object(j, to, name);
  if (type == NUMBER)
    json_number(j, to, name, strtoull(value, NULL, 10));
  else
    json_text(j, to, name, value);
  return to;
}

static int32_t take_fact(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  tree_t *t = user;
  if (depth >= MAX_DEPTH) return 1;
  if (t->fault[0] == '\0' && value != NULL && strcmp(name, "fault") == 0) {
    const char *text = strstr(value, ": "); /* after the code's name */
    (void)snprintf(t->fault, sizeof t->fault, "%s", text == NULL ? value : text + 2);
  }
  if (!t->as_json) return print_fact(depth, name, value, len);
  t->open[depth + 1] = add_fact(&t->json, t->open[depth], name, value);
  return t->json.failed;
}

/* Ends the document and prints it. -1 if memory ran out. */
static int print_tree(tree_t *t, const char *error) {
  (void)json_list(&t->json, t->json.root, "notes");
  json_text(&t->json, t->json.root, "error", error);
  return json_print(&t->json, stdout);
}

static int start_tree(tree_t *t) {
  if (json_start(&t->json) != 0) return -1;
  json_number(&t->json, t->json.root, "version", JSON_VERSION);
  t->open[0] = json_object(&t->json, t->json.root, "contents");
  return t->open[0] == NULL ? -1 : 0;
}

/* ---- the command ------------------------------------------------------------------------------------ */

/* PEM files often hold more than the one object that is shown. */
static void tell_blocks(tree_t *t, size_t blocks) {
  char note[80];
  if (blocks <= 1) return;
  (void)snprintf(note, sizeof note, "the first of %zu PEM blocks is shown", blocks);
  if (t->as_json)
    json_text(&t->json, json_list(&t->json, t->json.root, "notes"), NULL, note);
  else
    (void)printf("note: %s\n", note);
}

static int inspect(command_t *c, const char *path, tree_t *t) {
  octets_t artifact = {NULL, 0};
  size_t blocks = 0;
  if (input_artifact(c, "FILE", path, &artifact, &blocks) != 0) return EXIT_WRONG;
  int32_t result = sztp_inspect(c->ctx, artifact.data, artifact.len, take_fact, t);
  input_free(&artifact);
  if (result == SZTP_ERR_MEMORY || t->json.failed) return command_wrong(c, "out of memory");
  tell_blocks(t, blocks);
  const char *why = t->fault[0] != '\0' ? t->fault : command_detail(c, result);
  if (t->as_json && print_tree(t, result == SZTP_OK ? "" : why) != 0)
    return command_wrong(c, "out of memory");
  if (result == SZTP_OK) return EXIT_DONE;
  (void)command_wrong(c,
                      "%s: not an artifact, or a broken one: %s; right is a CMS or COSE artifact, a "
                      "certificate or a JSON or XML document",
                      strcmp(path, "-") == 0 ? "standard input" : path, why);
  return EXIT_REJECTED;
}

static int run_inspect(command_t *c) {
  size_t from = 0;
  const char *path = command_each(c, OPTIONS_OPERAND, &from);
  if (path == NULL)
    return command_wrong(c, "no file given; give an artifact's FILE, or - for standard input");
  if (command_each(c, OPTIONS_OPERAND, &from) != NULL)
    return command_wrong(c, "more than one file given; give one FILE");
  tree_t t = {c->value[JSON] != NULL, {NULL, 0}, {NULL}, ""};
  if (t.as_json && start_tree(&t) != 0) return command_wrong(c, "out of memory");
  int status = inspect(c, path, &t);
  json_free(&t.json);
  return status;
}

const command_def_t command_inspect = {"inspect",  "tell what an artifact is made of", help, options, "FILE",
                                       run_inspect};
