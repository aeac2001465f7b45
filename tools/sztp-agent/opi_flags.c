/* SPDX-License-Identifier: Apache-2.0 */
/* Reads them, and takes a bootstrap URL apart. */
#define _DEFAULT_SOURCE 1
#include "opi_flags.h"

#include <stdio.h>
#include <string.h>

#include "common/options.h"
#include "smbios.h"

enum {
  FLAG_URL,
  FLAG_LEASES,
  FLAG_SERIAL,
  FLAG_PASSWORD,
  FLAG_KEY,
  FLAG_CERTIFICATE,
  FLAG_ANCHOR,
  FLAG_STATUS,
  FLAG_RESULT,
  FLAG_LINKS,
  FLAG_VOUCHERS,
  FLAG_PASSWORD_FILE,
  FLAG_HANDLER,
  FLAG_SMBIOS,
  FLAG_HELP,
  FLAG_VERSION
};

/* As in opiproject's agent, the last one counts. */
static const option_t options[] = {{"bootstrap-url", "URL", 1},
                                   {"dhcp-lease-file", "FILE", 1},
                                   {"serial-number", "TEXT", 1},
                                   {"device-password", "TEXT", 1},
                                   {"device-private-key", "FILE", 1},
                                   {"device-end-entity-cert", "FILE", 1},
                                   {"bootstrap-trust-anchor-cert", "FILE", 1},
                                   {"status-file-path", "FILE", 1},
                                   {"result-file-path", "FILE", 1},
                                   {"sym-link-dir", "FOLDER", 1},
                                   {"voucher-trust-anchor-cert", "FILE", 1},
                                   {"device-password-file", "FILE", 1},
                                   {"handler", "PROGRAM", 1},
                                   {"smbios-dir", "FOLDER", 1},
                                   {"help", NULL, 0},
                                   {"version", NULL, 0},
                                   {NULL, NULL, 0}};

static const char *const commands[] = {"daemon", "run", "status", "enable", "disable"};

static int flags_wrong(char *error, size_t room, const char *text) {
  (void)snprintf(error, room, "%s", text);
  return -1;
}

static int take_verb(opi_flags_t *out, const char *word, char *error, size_t room) {
  options_near_t near = {NULL, 0};
  if (out->command != NULL) return flags_wrong(error, room, "one command at a time; see --help");
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(commands[i], word) == 0) out->command = commands[i];
    options_near(&near, word, strlen(word), commands[i]);
  }
  if (out->command != NULL) return 0;
  (void)snprintf(error, room,
                 "unknown command \"%.60s\"%s%s%s; right are daemon, run, status, enable and disable", word,
                 near.word != NULL ? "; did you mean " : "", near.word != NULL ? near.word : "",
                 near.word != NULL ? "?" : "");
  return -1;
}

static int take_anchor(opi_flags_t *out, const char *path, char *error, size_t room) {
  if (out->voucher_anchor_count == OPI_ANCHORS)
    return flags_wrong(error, room,
                       "--voucher-trust-anchor-cert is given too often; 8 times at most is right");
  out->voucher_anchors[out->voucher_anchor_count++] = path;
  return 0;
}

static void set_defaults(opi_flags_t *out) {
  memset(out, 0, sizeof *out);
  out->private_key = "/certs/private_key.pem";
  out->certificate = "/certs/my_cert.pem";
  out->server_anchor = "/certs/opi.pem";
  out->status_file = "/var/lib/sztp/status.json";
  out->result_file = "/var/lib/sztp/result.json";
  out->link_folder = "/run/sztp";
  out->smbios = SMBIOS_FOLDER;
}

int opi_flags_read(int argc, char **argv, int first, opi_flags_t *out, char *error, size_t room) {
  options_t o;
  const char *value = NULL;
  int option;
  set_defaults(out);
  options_start(&o, options, argc, argv, first);
  while ((option = options_next(&o, &value)) != OPTIONS_END) {
    switch (option) {
    /* An empty text is what opiproject's agent takes for none. */
    case FLAG_URL: out->bootstrap_url = *value == '\0' ? NULL : value; break;
    case FLAG_LEASES: out->lease_file = *value == '\0' ? NULL : value; break;
    case FLAG_SERIAL: out->serial = *value == '\0' ? NULL : value; break;
    case FLAG_PASSWORD:
      if (out->password != NULL) explicit_bzero(out->password, strlen(out->password));
      out->password = (char *)(uintptr_t)value;
      break;
    case FLAG_KEY: out->private_key = value; break;
    case FLAG_CERTIFICATE: out->certificate = value; break;
    case FLAG_ANCHOR: out->server_anchor = value; break;
    case FLAG_STATUS: out->status_file = value; break;
    case FLAG_RESULT: out->result_file = value; break;
    case FLAG_LINKS: out->link_folder = value; break;
    case FLAG_VOUCHERS:
      if (take_anchor(out, value, error, room) != 0) return -1;
      break;
    case FLAG_PASSWORD_FILE: out->password_file = value; break;
    case FLAG_HANDLER: out->handler = value; break;
    case FLAG_SMBIOS: out->smbios = value; break;
    case FLAG_HELP: out->help = 1; break;
    case FLAG_VERSION: out->version = 1; break;
    case OPTIONS_ERROR: return flags_wrong(error, room, o.error);
    default:
      if (strcmp(value, "help") == 0)
        out->help = 1;
      else if (take_verb(out, value, error, room) != 0)
        return -1;
    }
  }
  return 0;
}

/* ---- what they mean together --------------------------------------------------------------------- */

/* The operation's path is what opiproject's agent is given; ours finds the root by host-meta (REST-01). */
static int is_known_path(const char *path) {
  static const char operation[] = "/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data";
  size_t len = strlen(path), tail = sizeof operation - 1;
  if (len == 0 || strcmp(path, "/") == 0) return 1;
  return len >= tail && strcmp(path + len - tail, operation) == 0 && strpbrk(path, "?#") == NULL;
}

static int split_url(opi_flags_t *f, char *error, size_t room) {
  static const char scheme[] = "https://";
  const char *url = f->bootstrap_url;
  const char *why = NULL;
  char authority[HOST_ROOM + 8];
  if (strncmp(url, scheme, sizeof scheme - 1) != 0)
    why = "does not begin with https://; a bootstrap server is asked over TLS alone (RFC 8572, 9.16)";
  const char *host = url + sizeof scheme - 1;
  size_t len = why == NULL ? strcspn(host, "/?#") : 0;
  if (why == NULL && memchr(host, '@', len) != NULL)
    why = "has a user or a password in it; --device-password-file is right";
  if (why == NULL && (len == 0 || len >= sizeof authority)) why = "has no host";
  if (why == NULL && !is_known_path(host + len))
    why = "has a path other than the operation get-bootstrapping-data; https://HOST:PORT is right";
  if (why == NULL) {
    memcpy(authority, host, len);
    authority[len] = '\0';
    if (host_split(authority, f->host, &f->port) != 0)
      why = "has no host and port; https://HOST:PORT is right";
  }
  if (why == NULL) return 0;
  (void)snprintf(error, room, "--bootstrap-url: \"%.200s\" %s", url, why);
  return -1;
}

int opi_flags_check(opi_flags_t *f, char *error, size_t room) {
  if (f->bootstrap_url != NULL && f->lease_file != NULL)
    return flags_wrong(error, room,
                       "--bootstrap-url and --dhcp-lease-file exclude each other; one of them is right");
  if (f->bootstrap_url == NULL && f->lease_file == NULL)
    return flags_wrong(
        error, room,
        "--bootstrap-url or --dhcp-lease-file is missing; it says where the bootstrap server is");
  if (f->password != NULL && f->password_file != NULL)
    return flags_wrong(error, room,
                       "--device-password and --device-password-file exclude each other; the file is right");
  if (*f->server_anchor == '\0' && (f->bootstrap_url != NULL || f->voucher_anchor_count == 0))
    return flags_wrong(
        error, room,
        "--bootstrap-trust-anchor-cert is empty, so that no server could be authenticated; give it, or "
        "--voucher-trust-anchor-cert with --dhcp-lease-file, for data that the owner has signed");
  return f->bootstrap_url == NULL ? 0 : split_url(f, error, room);
}
