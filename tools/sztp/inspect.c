/* SPDX-License-Identifier: Apache-2.0 */
/* sztp inspect: the contents of an artifact, as a tree. */
#include <stdio.h>
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
    "certificate and a JSON or XML document are shown likewise. FILE may be DER, PEM or base64 of DER, or "
    "COSE;\n"
    "'-' is standard input.\n"
    "\n"
    "  --json    one JSON object instead of text; what occurs more than once is an array\n"
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

static int32_t take_fact(void *user, uint32_t depth, const char *name, const char *value, size_t len) {
  tree_t *t = user;
  if (depth >= MAX_DEPTH) return 1;
  if (t->fault[0] == '\0' && value != NULL && strcmp(name, "fault") == 0) {
    const char *text = strstr(value, ": "); /* after the code's name */
    (void)snprintf(t->fault, sizeof t->fault, "%s", text == NULL ? value : text + 2);
  }
  if (!t->as_json) return print_fact(depth, name, value, len);
  t->open[depth + 1] = json_add(&t->json, t->open[depth], name, value);
  return t->open[depth + 1] == NULL;
}

/* PEM files often hold more than the one object that is shown. */
static void tell_blocks(tree_t *t, size_t blocks) {
  if (blocks <= 1) return;
  char note[80];
  (void)snprintf(note, sizeof note, "the first of %zu PEM blocks is shown", blocks);
  if (t->as_json)
    json_text(&t->json, t->json.root, "note", note);
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
  if (t->as_json && result != SZTP_OK) json_text(&t->json, t->json.root, "error", why);
  if (t->as_json && json_print(&t->json) != 0) return command_wrong(c, "out of memory");
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
  if (t.as_json && json_start(&t.json) != 0) return command_wrong(c, "out of memory");
  t.open[0] = t.json.root;
  int status = inspect(c, path, &t);
  json_free(&t.json);
  return status;
}

const command_def_t command_inspect = {"inspect",  "tell what an artifact is made of", help, options, "FILE",
                                       run_inspect};
