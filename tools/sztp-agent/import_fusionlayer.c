/* SPDX-License-Identifier: Apache-2.0 */
/* config.yaml of FusionLayer's sztp-client. Of YAML it has lines "key: value", and nothing else is read: what
 * is more is refused with its line, not guessed at. */
#include "import_readers.h"

#include <string.h>

#include "common/host.h"

enum {
  KEY_SERVER,
  KEY_INSECURE,
  KEY_DEBUG,
  KEY_TMP,
  KEY_SERIAL,
  KEY_PASSWORD,
  KEY_KEY,
  KEY_CERTIFICATE,
  KEY_ANCHOR,
  KEYS
};

static const char *const keys[KEYS] = {"server",      "insecure",        "debug",
                                       "tmp",         "serial",          "password",
                                       "private-key", "end-entity-cert", "trust-anchor-cert"};

/* ---- lines --------------------------------------------------------------------------------------- */

static char *trim(char *text) {
  while (*text == ' ' || *text == '\t') text++;
  size_t len = strlen(text);
  while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL) text[--len] = '\0';
  return text;
}

/* The value in its line: in quotes without anything that quotes change, or plain; NULL for all else. */
static char *read_scalar(char *text) {
  text = trim(text);
  if (*text == '"' || *text == '\'') {
    char quote = *text++;
    char *end = strchr(text, quote);
    if (end == NULL || memchr(text, '\\', (size_t)(end - text)) != NULL) return NULL;
    char *rest = trim(end + 1);
    if (*rest != '\0' && (*rest != '#' || rest == end + 1)) return NULL;
    *end = '\0';
    return text;
  }
  for (char *at = text; *at != '\0'; at++)
    if (*at == '#' && (at == text || at[-1] == ' ' || at[-1] == '\t')) {
      *at = '\0';
      break;
    }
  text = trim(text);
  if (*text != '\0' && strchr("[]{},&*!|>%@`-?:", *text) != NULL) return NULL;
  return strstr(text, ": ") != NULL ? NULL : text;
}

static int take_member(import_t *in, unsigned number, char *line, char *values[KEYS]) {
  if (*line == ' ' || *line == '\t' || *line == '-')
    return import_wrong(
        in, "line %u: a list or something inside of another member; right are lines KEY: VALUE", number);
  char *colon = strchr(line, ':');
  if (colon == NULL || (colon[1] != ' ' && colon[1] != '\t' && colon[1] != '\0' && colon[1] != '\r'))
    return import_wrong(in, "line %u: is no line KEY: VALUE", number);
  *colon = '\0';
  char *name = read_scalar(line);
  size_t key = 0;
  while (key < KEYS && (name == NULL || strcmp(keys[key], name) != 0)) key++;
  if (key == KEYS)
    return import_wrong(
        in,
        "line %u: unknown member %.60s; known are server, insecure, debug, tmp, serial, password, "
        "private-key, end-entity-cert and trust-anchor-cert",
        number, line);
  if (values[key] != NULL) return import_wrong(in, "line %u: %s is there twice", number, keys[key]);
  values[key] = read_scalar(colon + 1);
  if (values[key] == NULL)
    return import_wrong(
        in,
        "line %u: the value of %s is of a kind of YAML that is not read; right is a plain text or "
        "one in quotes, on the same line",
        number, keys[key]);
  return 0;
}

static int read_yaml(import_t *in, char *values[KEYS]) {
  unsigned number = 0;
  for (char *line = in->text, *next; line != NULL; line = next) {
    next = strchr(line, '\n');
    if (next != NULL) *next++ = '\0';
    number++;
    const char *shown = trim(line);
    if (*shown == '\0' || *shown == '#' || (number == 1 && strcmp(line, "---") == 0)) continue;
    if (take_member(in, number, line, values) != 0) return -1;
  }
  return 0;
}

/* ---- members ------------------------------------------------------------------------------------- */

/* 1, 0 or -1: neither. */
static int read_truth(const char *value) {
  if (value == NULL || *value == '\0' || strcmp(value, "false") == 0) return 0;
  return strcmp(value, "true") == 0 ? 1 : -1;
}

static const char *given(char *const values[KEYS], int key) {
  return values[key] == NULL || *values[key] == '\0' ? NULL : values[key];
}

static int check(import_t *in, char *const values[KEYS]) {
  char host[HOST_ROOM];
  uint16_t port = 0;
  if (read_truth(values[KEY_INSECURE]) < 0 || read_truth(values[KEY_DEBUG]) < 0)
    return import_wrong(in, "insecure and debug are true or false");
  if (read_truth(values[KEY_INSECURE]) == 1)
    return import_refuse(in, "insecure: true takes scripts from whoever answers; it has no counterpart. "
                             "trust-anchor-cert (anchors.servers) is right for a server that is known, and "
                             "anchors.vouchers for one that is not: then the owner's signature counts");
  if (given(values, KEY_CERTIFICATE) == NULL || given(values, KEY_KEY) == NULL)
    return import_wrong(in, "end-entity-cert and private-key are missing; a device authenticates itself");
  if (given(values, KEY_ANCHOR) == NULL)
    return import_refuse(in, "trust-anchor-cert is missing, so that no server could be authenticated");
  if (given(values, KEY_SERVER) != NULL && host_split(values[KEY_SERVER], host, &port) != 0)
    return import_wrong(in, "server: \"%.100s\" is no HOST:PORT", values[KEY_SERVER]);
  return 0;
}

/* Without a server it asks DHCP for one, and takes host:port for the option's value. */
static void put_server(import_t *in, const char *server) {
  json_t *j = &in->out;
  if (server != NULL) {
    json_text(j, json_array(j, j->root, "servers"), NULL, server);
    return;
  }
  json_bool(j, json_object(j, j->root, "dhcp"), "request", 1);
  json_node_t *policy = json_object(j, j->root, "policy");
  json_bool(j, policy, "lenient-dhcp", 1);
  json_bool(j, policy, "dhcp-anchors", 1);
  import_note(
      in, "no server: DHCP is asked, and host:port is taken for its option; the server that is compiled into "
          "FusionLayer's client is asked by nobody");
}

static void tell_losses(import_t *in, char *const values[KEYS]) {
  if (given(values, KEY_PASSWORD) != NULL)
    import_note(
        in,
        "password: write it into a file of mode 0600 and name that in identity.password-file; it is sent to "
        "a server that was authenticated and demands it, and not before");
  if (given(values, KEY_TMP) != NULL)
    import_note(in, "tmp: nothing is kept where others write; folders.state says where");
  import_note(in, "handlers.config and handlers.install: FusionLayer's client leaves configurations in files "
                  "and installs "
                  "no images; name the programs that commit and install");
}

int import_fusionlayer(import_t *in) {
  char *values[KEYS] = {NULL};
  json_t *j = &in->out;
  if (read_yaml(in, values) != 0 || check(in, values) != 0) return -1;
  json_node_t *identity = json_object(j, j->root, "identity");
  import_path(in, identity, "certificate", values[KEY_CERTIFICATE]);
  import_path(in, identity, "key", values[KEY_KEY]);
  json_text(j, identity, "serial", given(values, KEY_SERIAL));
  import_path(in, json_array(j, json_object(j, j->root, "anchors"), "servers"), NULL, values[KEY_ANCHOR]);
  put_server(in, given(values, KEY_SERVER));
  if (read_truth(values[KEY_DEBUG]) == 1) json_text(j, json_object(j, j->root, "log"), "level", "debug");
  tell_losses(in, values);
  return 0;
}
