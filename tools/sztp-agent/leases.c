/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of the hooks, systemd-networkd and NetworkManager. */
#define _POSIX_C_SOURCE 200809L
#include "leases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/discovery.h>

#include "common/file.h"
#include "common/octets.h"

/* 65535 octets is the longest option value; as hex with separators it takes three characters each. */
enum { MAX_FILE = 4 * LEASES_MAX_OPTION };

static int is_hex(const char *text, size_t len) {
  return len > 0 && strspn(text, "0123456789abcdefABCDEF:. \t\r\nxX") == len;
}

int leases_value(const char *text, size_t len, int only_hex, uint8_t **out, size_t *out_len,
                 const char **fault) {
  *fault = "no memory";
  *out = malloc(len + 1);
  if (*out == NULL) return -1;
  if (!only_hex && !is_hex(text, len)) {
    memcpy(*out, text, len);
    *out_len = len;
    return 0;
  }
  *fault = "the option's value is no hex";
  if (octets_from_hex(text, *out, LEASES_MAX_OPTION < len ? LEASES_MAX_OPTION : len, out_len) == 0) return 0;
  free(*out);
  *out = NULL;
  return -1;
}

/* ---- files of KEY=VALUE lines -------------------------------------------------------------------- */

/* NetworkManager takes the name from dhclient, which has it from its configuration or makes one. */
static const char *const networkd_keys[2][3] = {{"OPTION_143", NULL, NULL}, {NULL, NULL, NULL}};
static const char *const networkmanager_keys[2][3] = {
    {"dhcp4.unknown_143", "dhcp4.sztp_redirect", NULL},
    {"dhcp6.unknown_136", "dhcp6.sztp_redirect", "dhcp6.dhcp6_sztp_redirect"}};

/* Finds the first of these keys in @p text and cuts out its value: 1 with *value, NUL-terminated, else 0. */
static int find_line(char *text, const char *const keys[3], char **value) {
  for (char *line = text; *line != '\0';) {
    char *end = line + strcspn(line, "\n");
    char *next = *end == '\0' ? end : end + 1;
    for (size_t i = 0; i < 3 && keys[i] != NULL; i++) {
      size_t len = strlen(keys[i]);
      if (strncmp(line, keys[i], len) != 0 || line[len] != '=') continue;
      *end = '\0';
      *value = line + len + 1;
      return 1;
    }
    line = next;
  }
  return 0;
}

/* ---- clients ------------------------------------------------------------------------------------- */

typedef struct client {
  const char *folder;
  const char *const (*keys)[3]; /* for each family; NULL: the file is the value */
} client_t;

static client_t client_of(const config_t *c, size_t client) {
  client_t out = {c->dhcp.hooks != NULL ? c->dhcp.hooks : LEASES_HOOKS, NULL};
  if (client == 1) {
    out.folder = c->dhcp.networkd != NULL ? c->dhcp.networkd : LEASES_NETWORKD;
    out.keys = networkd_keys;
  } else if (client == 2) {
    out.folder = c->dhcp.networkmanager != NULL ? c->dhcp.networkmanager : LEASES_NETWORKMANAGER;
    out.keys = networkmanager_keys;
  }
  return out;
}

/* The hooks name their files after the link and the option, the others after the link's index. 0, or -1 */
static int write_path(const client_t *client, const link_t *link, uint32_t family, char path[LEASES_PATH]) {
  int code = family == 4 ? SZTP_DHCP4_OPTION : SZTP_DHCP6_OPTION;
  int len = client->keys == NULL ? snprintf(path, LEASES_PATH, "%s/%s.%d", client->folder, link->name, code)
                                 : snprintf(path, LEASES_PATH, "%s/%u", client->folder, link->index);
  return len > 0 && len < LEASES_PATH ? 0 : -1;
}

int leases_read(const config_t *config, size_t client, const link_t *link, uint32_t family,
                char path[LEASES_PATH], uint8_t **out, size_t *len, const char **fault) {
  client_t of = client_of(config, client);
  uint8_t *text = NULL;
  size_t text_len = 0;
  *out = NULL;
  *fault = "its name is too long";
  if (write_path(&of, link, family, path) != 0) return -1;
  if (file_read(path, MAX_FILE, &text, &text_len) != 0) {
    *fault = strerror(errno);
    return errno == ENOENT ? 0 : -1;
  }
  char *value = (char *)text;
  if (of.keys != NULL) text_len = find_line(value, of.keys[family == 6], &value) ? strlen(value) : 0;
  int result = text_len > 0;
  if (result == 1 && leases_value(value, text_len, 0, out, len, fault) != 0) result = -1;
  free(text);
  return result;
}
