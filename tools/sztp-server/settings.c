/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the configuration file: one table of fields per object, so that an unknown field has nowhere to hide.
 */
#define _POSIX_C_SOURCE 200809L
#include "settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "reply.h"
#include "tree.h"

enum { MAX_CONFIG = 1024 * 1024 };

enum {
  FIELD_TEXT,
  FIELD_PATH,
  FIELD_SWITCH,
  FIELD_COUNT,
  FIELD_SECONDS,
  FIELD_LEVEL,
  FIELD_ENCODINGS,
  FIELD_OTHER
};

typedef struct field {
  const char *name;
  uint32_t kind;
  size_t offset; /* of a char * or uint64_t in the structure that the table belongs to */
  uint64_t least;
  uint64_t most;
} field_t;

static const field_t top_fields[] = {
    {"dir", FIELD_PATH, offsetof(settings_t, dir), 0, 0},
    {"listen", FIELD_TEXT, offsetof(settings_t, listen), 0, 0},
    {"tls-cert", FIELD_PATH, offsetof(settings_t, tls_cert), 0, 0},
    {"tls-key", FIELD_PATH, offsetof(settings_t, tls_key), 0, 0},
    {"device-ca", FIELD_PATH, offsetof(settings_t, device_ca), 0, 0},
    {"port-file", FIELD_PATH, offsetof(settings_t, port_file), 0, 0},
    {"restconf-root", FIELD_TEXT, offsetof(settings_t, root), 0, 0},
    {"host-meta", FIELD_SWITCH, offsetof(settings_t, host_meta), 0, 1},
    {"encodings", FIELD_ENCODINGS, offsetof(settings_t, encodings), 0, 0},
    {"reporting-level", FIELD_LEVEL, offsetof(settings_t, reporting_level), 0, 0},
    {"promotion", FIELD_OTHER, 0, 0, 0},
    {"limits", FIELD_OTHER, 0, 0, 0},
    {"timeouts", FIELD_OTHER, 0, 0, 0},
    {"devices", FIELD_OTHER, 0, 0, 0},
    {"faults", FIELD_OTHER, 0, 0, 0},
    {NULL, 0, 0, 0, 0}};

static const field_t promotion_fields[] = {
    {"always", FIELD_SWITCH, offsetof(settings_t, promotion_always), 0, 1},
    {"address", FIELD_TEXT, offsetof(settings_t, promotion_address), 0, 0},
    {"port", FIELD_COUNT, offsetof(settings_t, promotion_port), 1, 65535},
    {"trust-anchor", FIELD_PATH, offsetof(settings_t, promotion_anchor), 0, 0},
    {NULL, 0, 0, 0, 0}};

static const field_t limit_fields[] = {
    {"connections", FIELD_COUNT, offsetof(settings_t, max_connections), 1, 512},
    {"head", FIELD_COUNT, offsetof(settings_t, max_head), 256, 1024 * 1024},
    {"body", FIELD_COUNT, offsetof(settings_t, max_body), 256, 64 * 1024 * 1024},
    {NULL, 0, 0, 0, 0}};

static const field_t timeout_fields[] = {
    {"handshake", FIELD_SECONDS, offsetof(settings_t, handshake_ms), 10, 3600000},
    {"head", FIELD_SECONDS, offsetof(settings_t, head_ms), 10, 3600000},
    {"body", FIELD_SECONDS, offsetof(settings_t, body_ms), 10, 3600000},
    {"write", FIELD_SECONDS, offsetof(settings_t, write_ms), 10, 3600000},
    {"idle", FIELD_SECONDS, offsetof(settings_t, idle_ms), 10, 3600000},
    {NULL, 0, 0, 0, 0}};

static const field_t device_fields[] = {
    {"reporting-level", FIELD_LEVEL, offsetof(device_setting_t, reporting_level), 0, 0}, {NULL, 0, 0, 0, 0}};

static const field_t fault_fields[] = {
    {"path", FIELD_TEXT, offsetof(injected_t, path), 0, 0},
    {"status", FIELD_COUNT, offsetof(injected_t, status), 200, 599},
    {"retry-after", FIELD_COUNT, offsetof(injected_t, retry_after), 1, 86400},
    {"skip", FIELD_COUNT, offsetof(injected_t, skip), 0, 1000000},
    {"times", FIELD_COUNT, offsetof(injected_t, times), 1, 1000000},
    {"close", FIELD_SWITCH, offsetof(injected_t, close), 0, 1},
    {"delay", FIELD_SECONDS, offsetof(injected_t, delay_ms), 1, 600000},
    {NULL, 0, 0, 0, 0}};

typedef struct reader {
  const char *file;
  char *folder; /* of the file; relative paths in it begin here */
  char *why;
} reader_t;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static int
refuse(const reader_t *r, const char *format, ...) {
  char what[256];
  va_list list;
  va_start(list, format);
  vsnprintf(what, sizeof what, format, list);
  va_end(list);
  snprintf(r->why, SETTINGS_WHY_MAX, "configuration file '%.120s': %s", r->file, what);
  return -1;
}

char *path_join(const char *folder, const char *name) {
  if (name[0] == '/') return strdup(name);
  size_t room = strlen(folder) + strlen(name) + 2;
  char *path = malloc(room);
  if (path != NULL) snprintf(path, room, "%s/%s", folder, name);
  return path;
}

int settings_set(char **setting, const char *value) {
  char *made = strdup(value);
  if (made == NULL) return -1;
  free(*setting);
  *setting = made;
  return 0;
}

uint64_t reporting_level_read(const char *text) {
  if (strcmp(text, "minimal") == 0) return REPORTING_MINIMAL;
  return strcmp(text, "verbose") == 0 ? REPORTING_VERBOSE : REPORTING_UNSET;
}

int settings_init(settings_t *s) {
  memset(s, 0, sizeof *s);
  s->host_meta = 1;
  s->encodings = ENCODING_JSON | ENCODING_XML;
  s->reporting_level = REPORTING_MINIMAL;
  s->max_connections = 64;
  s->max_head = 16 * 1024;
  s->max_body = 256 * 1024;
  s->handshake_ms = 20000;
  s->head_ms = 20000;
  s->body_ms = 60000;
  s->write_ms = 60000;
  s->idle_ms = 60000;
  return settings_set(&s->root, "/restconf");
}

void settings_free(settings_t *s) {
  char **texts[] = {&s->dir,       &s->listen, &s->tls_cert,          &s->tls_key,         &s->device_ca,
                    &s->port_file, &s->root,   &s->promotion_address, &s->promotion_anchor};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) free(*texts[i]);
  for (device_setting_t *next; s->devices != NULL; s->devices = next) {
    next = s->devices->next;
    free(s->devices->serial);
    free(s->devices);
  }
  for (injected_t *next; s->injected != NULL; s->injected = next) {
    next = s->injected->next;
    free(s->injected->path);
    free(s->injected);
  }
  memset(s, 0, sizeof *s);
}

uint64_t settings_device_level(const settings_t *s, const char *serial) {
  for (const device_setting_t *d = s->devices; d != NULL; d = d->next)
    if (strcmp(d->serial, serial) == 0) return d->reporting_level;
  return REPORTING_UNSET;
}

/* ---- one field ------------------------------------------------------------------------------------ */

static int read_text(const reader_t *r, const tree_t *node, const field_t *field, char **out) {
  char *path = NULL;
  if (node->kind != TREE_TEXT || node->text[0] == '\0')
    return refuse(r, "'%s' must be a text that is not empty", field->name);
  path = field->kind == FIELD_PATH ? path_join(r->folder, node->text) : strdup(node->text);
  if (path == NULL) return refuse(r, "out of memory");
  free(*out);
  *out = path;
  return 0;
}

static int read_number(const reader_t *r, const tree_t *node, const field_t *field, uint64_t *out) {
  double factor = field->kind == FIELD_SECONDS ? 1000 : 1;
  double value = node->number * factor;
  if (node->kind != TREE_NUMBER || !(value >= (double)field->least && value <= (double)field->most) ||
      (factor < 2 && value != (double)(uint64_t)value))
    return refuse(r, "'%s' must be a number from %g to %g", field->name, (double)field->least / factor,
                  (double)field->most / factor);
  *out = (uint64_t)value;
  return 0;
}

static int read_encoding(const reader_t *r, const tree_t *node, const field_t *field, uint64_t *out) {
  uint64_t bit = ENCODING_NONE;
  if (strcmp(node->text, "json") == 0) bit = ENCODING_JSON;
  if (strcmp(node->text, "xml") == 0) bit = ENCODING_XML;
  if (bit == ENCODING_NONE) return refuse(r, "'%s' may hold \"json\" and \"xml\"", field->name);
  *out |= bit;
  return 0;
}

static int read_field(const reader_t *r, const tree_t *node, const field_t *field, void *base) {
  void *at = (char *)base + field->offset;
  uint64_t *number = at;
  switch (field->kind) {
  case FIELD_TEXT:
  case FIELD_PATH: return read_text(r, node, field, at);
  case FIELD_COUNT:
  case FIELD_SECONDS: return read_number(r, node, field, number);
  case FIELD_ENCODINGS: return read_encoding(r, node, field, number);
  case FIELD_SWITCH:
    if (node->kind != TREE_BOOLEAN) return refuse(r, "'%s' must be true or false", field->name);
    *number = node->number > 0;
    return 0;
  case FIELD_LEVEL:
    *number = reporting_level_read(node->text);
    if (*number == REPORTING_UNSET) return refuse(r, "'%s' must be \"minimal\" or \"verbose\"", field->name);
    return 0;
  default: return 0;
  }
}

static const field_t *find_field(const field_t *table, const tree_t *node) {
  for (; table->name != NULL; table++)
    if (strcmp(table->name, node->name) == 0 && node->module[0] == '\0') return table;
  return NULL;
}

static int read_object(const reader_t *r, const tree_t *object, const field_t *table, void *base) {
  if (object->kind != TREE_CONTAINER) return refuse(r, "'%s' must be an object", object->name);
  for (const tree_t *node = object->child; node != NULL; node = node->next) {
    const field_t *field = find_field(table, node);
    if (field == NULL)
      return refuse(r, "unknown field '%.60s'%s%.60s%s", node->name, object->name[0] != '\0' ? " in '" : "",
                    object->name, object->name[0] != '\0' ? "'" : "");
    if (read_field(r, node, field, base) != 0) return -1;
  }
  return 0;
}

/* ---- lists ---------------------------------------------------------------------------------------- */

static int read_devices(const reader_t *r, const tree_t *object, settings_t *s) {
  if (object->kind != TREE_CONTAINER) return refuse(r, "'devices' must be an object");
  for (const tree_t *node = object->child; node != NULL; node = node->next) {
    device_setting_t *device = calloc(1, sizeof *device);
    if (device == NULL) return refuse(r, "out of memory");
    device->next = s->devices;
    s->devices = device;
    if (settings_set(&device->serial, node->name) != 0) return refuse(r, "out of memory");
    if (read_object(r, node, device_fields, device) != 0) return -1;
  }
  return 0;
}

static int read_fault(const reader_t *r, const tree_t *node, settings_t *s) {
  injected_t **end = &s->injected;
  while (*end != NULL) end = &(*end)->next;
  injected_t *fault = calloc(1, sizeof *fault);
  if (fault == NULL) return refuse(r, "out of memory");
  *end = fault;
  fault->times = 1;
  if (read_object(r, node, fault_fields, fault) != 0) return -1;
  if (fault->path == NULL) return refuse(r, "an entry of 'faults' has no 'path'");
  if (fault->status == 0 && !fault->close && fault->delay_ms == 0)
    return refuse(r, "an entry of 'faults' needs 'status', 'close' or 'delay'");
  return 0;
}

static int read_parts(const reader_t *r, const tree_t *root, settings_t *s) {
  for (const tree_t *node = root->child; node != NULL; node = node->next) {
    int result = 0;
    if (strcmp(node->name, "promotion") == 0) result = read_object(r, node, promotion_fields, s);
    if (strcmp(node->name, "limits") == 0) result = read_object(r, node, limit_fields, s);
    if (strcmp(node->name, "timeouts") == 0) result = read_object(r, node, timeout_fields, s);
    if (strcmp(node->name, "devices") == 0) result = read_devices(r, node, s);
    if (strcmp(node->name, "faults") == 0) result = read_fault(r, node, s);
    if (result != 0) return result;
  }
  return 0;
}

static int read_root(const reader_t *r, const tree_t *root, settings_t *s) {
  if (tree_find(root->child, "", "encodings") != NULL) s->encodings = ENCODING_NONE;
  if (read_object(r, root, top_fields, s) != 0 || read_parts(r, root, s) != 0) return -1;
  size_t len = strlen(s->root);
  if (s->root[0] != '/') return refuse(r, "'restconf-root' must begin with '/'");
  while (len > 0 && s->root[len - 1] == '/') s->root[--len] = '\0';
  return 0;
}

static char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return strdup(".");
  return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

int settings_read(settings_t *s, const char *path, char *why) {
  reader_t r = {path, folder_of(path), why};
  uint8_t *data = NULL;
  size_t len = 0;
  const char *reason = NULL;
  int result = -1;
  if (r.folder == NULL || file_read(path, MAX_CONFIG, &data, &len) != 0) {
    refuse(&r, "%s", strerror(errno));
    free(r.folder);
    return -1;
  }
  tree_t *root = json_read(data, len, TREE_NAMES_PLAIN, &reason);
  if (root == NULL)
    refuse(&r, "%s", reason);
  else
    result = read_root(&r, root, s);
  tree_free(root);
  free(data);
  free(r.folder);
  return result;
}

/* ---- the rest ------------------------------------------------------------------------------------- */

static int default_file(char **setting, const char *folder, const char *name) {
  if (*setting != NULL) return 0;
  *setting = path_join(folder, name);
  return *setting == NULL ? -1 : 0;
}

int settings_finish(settings_t *s, char *why) {
  if (s->dir == NULL) {
    snprintf(why, SETTINGS_WHY_MAX, "no folder with the devices' data; --dir FOLDER names it");
    return -1;
  }
  if (access(s->dir, R_OK | X_OK) != 0) {
    snprintf(why, SETTINGS_WHY_MAX, "folder '%.200s': %s", s->dir, strerror(errno));
    return -1;
  }
  if (default_file(&s->tls_cert, s->dir, "server.pem") == 0 &&
      default_file(&s->tls_key, s->dir, "server.key") == 0)
    return 0;
  snprintf(why, SETTINGS_WHY_MAX, "out of memory");
  return -1;
}
