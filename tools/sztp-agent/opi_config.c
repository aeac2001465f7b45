/* SPDX-License-Identifier: Apache-2.0 */
/* One member for each flag. */
#define _POSIX_C_SOURCE 200809L
#include "opi_config.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"

enum { MAX_HOST_KEYS = 16, PATTERN = 512 };

static void put_path(json_t *j, json_node_t *to, const char *name, const opi_facts_t *facts,
                     const char *path) {
  char *whole = path == NULL || facts->here == NULL ? NULL : file_path(facts->here, path);
  if (path != NULL && facts->here != NULL && whole == NULL) j->failed = 1;
  json_text(j, to, name, facts->here == NULL ? path : whole);
  free(whole);
}

static void put_identity(json_t *j, const opi_flags_t *f, const opi_facts_t *facts) {
  json_node_t *identity = json_object(j, j->root, "identity");
  const char *serial = f->serial != NULL ? f->serial : facts->serial;
  put_path(j, identity, "certificate", facts, f->certificate);
  put_path(j, identity, "key", facts, f->private_key);
  json_text(j, identity, "serial", *serial == '\0' ? NULL : serial);
  json_text(j, identity, "model", facts->model[0] == '\0' ? NULL : facts->model);
  put_path(j, identity, "password-file", facts, f->password_file);
}

static void put_anchors(json_t *j, const opi_flags_t *f, const opi_facts_t *facts) {
  json_node_t *anchors = json_object(j, j->root, "anchors");
  if (*f->server_anchor != '\0')
    put_path(j, json_array(j, anchors, "servers"), NULL, facts, f->server_anchor);
  if (f->voucher_anchor_count == 0) return;
  json_node_t *vouchers = json_array(j, anchors, "vouchers");
  for (size_t i = 0; i < f->voucher_anchor_count; i++)
    put_path(j, vouchers, NULL, facts, f->voucher_anchors[i]);
}

/* One lease file has leases of both families. */
static void put_source(json_t *j, const opi_flags_t *f, const opi_facts_t *facts) {
  char server[HOST_ROOM + 16];
  int v6 = strchr(f->host, ':') != NULL;
  if (f->bootstrap_url != NULL) {
    (void)snprintf(server, sizeof server, "%s%s%s", v6 ? "[" : "", f->host, v6 ? "]" : "");
    size_t len = strlen(server);
    if (f->port != 0) (void)snprintf(server + len, sizeof server - len, ":%u", (unsigned)f->port);
    json_text(j, json_array(j, j->root, "servers"), NULL, server);
    return;
  }
  put_path(j, json_object(j, j->root, "dhcp6"), "lease-file", facts, f->lease_file);
  put_path(j, json_object(j, j->root, "dhcp4"), "lease-file", facts, f->lease_file);
  json_node_t *policy = json_object(j, j->root, "policy");
  json_bool(j, policy, "lenient-dhcp", 1);
  if (*f->server_anchor != '\0') json_bool(j, policy, "dhcp-anchors", 1);
}

static void put_host_keys(json_t *j, const char *folder) {
  char pattern[PATTERN];
  glob_t found;
  (void)snprintf(pattern, sizeof pattern, "%.480s/ssh_host_*_key.pub", folder);
  if (glob(pattern, 0, NULL, &found) != 0) return;
  json_node_t *list = json_array(j, j->root, "ssh-host-keys");
  for (size_t i = 0; i < found.gl_pathc && i < MAX_HOST_KEYS; i++)
    json_text(j, list, NULL, found.gl_pathv[i]);
  globfree(&found);
}

static void put_handlers(json_t *j, const opi_facts_t *facts, const char *program) {
  static const char *const names[] = {"install", "config", "script", "rollback"};
  json_node_t *handlers = json_object(j, j->root, "handlers");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) put_path(j, handlers, names[i], facts, program);
}

static void put_folders(json_t *j, const char *state) {
  json_node_t *folders = json_object(j, j->root, "folders");
  char status[PATTERN];
  (void)snprintf(status, sizeof status, "%.500s/status", state);
  json_text(j, folders, "state", state);
  json_text(j, folders, "status", status);
}

int opi_config_write(const opi_flags_t *f, const opi_facts_t *facts, json_t *out) {
  if (json_start(out) != 0) return -1;
  put_identity(out, f, facts);
  put_anchors(out, f, facts);
  put_source(out, f, facts);
  if (facts->host_keys != NULL) put_host_keys(out, facts->host_keys);
  if (f->handler != NULL) put_handlers(out, facts, f->handler);
  if (facts->state != NULL) put_folders(out, facts->state);
  return out->failed ? -1 : 0;
}
