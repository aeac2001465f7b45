/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of fields, their defaults, and the checks across fields. */
#define _POSIX_C_SOURCE 200809L
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/attest.h>
#include <sztp/device.h>
#include <unistd.h>

#include "common/file.h"
#include "reply.h"

enum { MAX_CONFIG = 1024 * 1024 };

#define AT(member) offsetof(settings_t, member)
#define SECONDS(name, member)                                                                                \
  { name, FIELD_SECONDS, AT(member), NULL, 10, 3600000 }
#define END                                                                                                  \
  { NULL, 0, 0, NULL, 0, 0 }

static const word_t level_words[] = {
    {"minimal", REPORTING_MINIMAL}, {"verbose", REPORTING_VERBOSE}, {NULL, 0}};
static const word_t encoding_words[] = {{"json", ENCODING_JSON}, {"xml", ENCODING_XML}, {NULL, 0}};

static const field_t promotion_fields[] = {{"always", FIELD_SWITCH, AT(promotion_always), NULL, 0, 1},
                                           {"address", FIELD_TEXT, AT(promotion_address), NULL, 0, 0},
                                           {"port", FIELD_NUMBER, AT(promotion_port), NULL, 1, 65535},
                                           {"trust-anchor", FIELD_PATH, AT(promotion_anchor), NULL, 0, 0},
                                           END};

static const field_t limit_fields[] = {{"connections", FIELD_NUMBER, AT(max_connections), NULL, 1, 512},
                                       {"head", FIELD_NUMBER, AT(max_head), NULL, 256, 1024 * 1024},
                                       {"body", FIELD_NUMBER, AT(max_body), NULL, 256, 64 * 1024 * 1024},
                                       END};

static const field_t timeout_fields[] = {SECONDS("handshake", handshake_ms), SECONDS("head", head_ms),
                                         SECONDS("body", body_ms),           SECONDS("write", write_ms),
                                         SECONDS("idle", idle_ms),           END};

static const word_t algorithm_words[] = {{"identity", 0},
                                         {"p256", SZTP_ALGORITHM_P256},
                                         {"p384", SZTP_ALGORITHM_P384},
                                         {"p521", SZTP_ALGORITHM_P521},
                                         {"rsa", SZTP_ALGORITHM_RSA},
                                         {NULL, 0}};
static const word_t statement_words[] = {
    {"certify", SZTP_EVIDENCE_CERTIFY}, {"quote", SZTP_EVIDENCE_QUOTE}, {NULL, 0}};
static const field_t evidence_fields[] = {
    {"statements", FIELD_BITS, offsetof(device_setting_t, evidence_statements), statement_words, 0, 0},
    {"anchors", FIELD_PATHS, offsetof(device_setting_t, evidence_anchors), NULL, 0, 0},
    {"references", FIELD_PATHS, offsetof(device_setting_t, evidence_references), NULL, 0, 0},
    {"attesters", FIELD_PATHS, offsetof(device_setting_t, evidence_attesters), NULL, 0, 0},
    END};
static const field_t csr_fields[] = {
    {"algorithm", FIELD_CHOICE, offsetof(device_setting_t, csr_algorithm), algorithm_words, 0, 0},
    {"ca", FIELD_PATH, offsetof(device_setting_t, csr_ca), NULL, 0, 0},
    {"ca-key", FIELD_PATH, offsetof(device_setting_t, csr_ca_key), NULL, 0, 0},
    {"program", FIELD_PATH, offsetof(device_setting_t, csr_program), NULL, 0, 0},
    {"days", FIELD_NUMBER, offsetof(device_setting_t, csr_days), NULL, 1, 36500},
    {"evidence", FIELD_OBJECT, offsetof(device_setting_t, evidence), evidence_fields, 0, 1},
    END};

static const field_t device_fields[] = {
    {"csr", FIELD_OBJECT, 0, csr_fields, 0, 0},
    {"reporting-level", FIELD_CHOICE, offsetof(device_setting_t, reporting_level), level_words, 0, 0},
    END};
static const field_entry_t device_entry = {sizeof(device_setting_t), device_fields,
                                           offsetof(device_setting_t, serial)};

static const field_t fault_fields[] = {
    {"path", FIELD_TEXT, offsetof(injected_t, path), NULL, 0, 0},
    {"status", FIELD_NUMBER, offsetof(injected_t, status), NULL, 200, 599},
    {"retry-after", FIELD_NUMBER, offsetof(injected_t, retry_after), NULL, 1, 86400},
    {"skip", FIELD_NUMBER, offsetof(injected_t, skip), NULL, 0, 1000000},
    {"times", FIELD_NUMBER, offsetof(injected_t, times), NULL, 1, 1000000},
    {"close", FIELD_SWITCH, offsetof(injected_t, close), NULL, 0, 1},
    {"delay", FIELD_SECONDS, offsetof(injected_t, delay_ms), NULL, 1, 600000},
    END};
static const field_entry_t fault_entry = {sizeof(injected_t), fault_fields, 0};

static const field_t top_fields[] = {
    {"dir", FIELD_PATH, AT(dir), NULL, 0, 0},
    {"listen", FIELD_TEXT, AT(listen), NULL, 0, 0},
    {"tls-cert", FIELD_PATH, AT(tls_cert), NULL, 0, 0},
    {"tls-key", FIELD_PATH, AT(tls_key), NULL, 0, 0},
    {"device-ca", FIELD_PATH, AT(device_ca), NULL, 0, 0},
    {"port-file", FIELD_PATH, AT(port_file), NULL, 0, 0},
    {"restconf-root", FIELD_TEXT, AT(root), NULL, 0, 0},
    {"host-meta", FIELD_SWITCH, AT(host_meta), NULL, 0, 1},
    {"encodings", FIELD_BITS, AT(encodings), encoding_words, 0, 0},
    {"reporting-level", FIELD_CHOICE, AT(reporting_level), level_words, 0, 0},
    {"promotion", FIELD_OBJECT, 0, promotion_fields, 0, 0},
    {"limits", FIELD_OBJECT, 0, limit_fields, 0, 0},
    {"timeouts", FIELD_OBJECT, 0, timeout_fields, 0, 0},
    {"devices", FIELD_NAMED, AT(devices), &device_entry, 0, 0},
    {"faults", FIELD_ENTRIES, AT(injected), &fault_entry, 0, 0},
    END};

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
  fields_free(top_fields, s);
  memset(s, 0, sizeof *s);
}

const device_setting_t *settings_device(const settings_t *s, const char *serial) {
  const device_setting_t *devices = s->devices.at;
  for (size_t i = 0; i < s->devices.count; i++)
    if (strcmp(devices[i].serial, serial) == 0) return &devices[i];
  return NULL;
}

uint64_t settings_device_level(const settings_t *s, const char *serial) {
  const device_setting_t *d = settings_device(s, serial);
  return d != NULL ? d->reporting_level : REPORTING_UNSET;
}

static int check_evidence(const fields_t *f, device_setting_t *d) {
  char name[FIELDS_NAME];
  (void)snprintf(name, sizeof name, "devices.%.40s.csr.evidence", d->serial);
  if (!d->evidence) return 0;
  if (d->csr_ca == NULL && d->csr_program == NULL)
    return fields_wrong(f, name, "is wanted with a request, but no request is: who issues the certificate?");
  if (d->evidence_anchors.count == 0)
    return fields_wrong(f, name, "has no anchors: who vouches for attestation keys?");
  if (d->evidence_statements == 0) d->evidence_statements = SZTP_EVIDENCE_CERTIFY | SZTP_EVIDENCE_QUOTE;
  if (d->evidence_references.count > 0 && (d->evidence_statements & SZTP_EVIDENCE_QUOTE) == 0)
    return fields_wrong(f, name,
                        "has references, which are about a quote, and no quote among its statements");
  return 0;
}

/* A CA is a certificate with its key, or a program. */
static int check_devices(const fields_t *f, settings_t *s) {
  device_setting_t *devices = s->devices.at;
  for (size_t i = 0; i < s->devices.count; i++) {
    device_setting_t *d = &devices[i];
    char name[FIELDS_NAME];
    (void)snprintf(name, sizeof name, "devices.%.40s.csr", d->serial);
    if ((d->csr_ca == NULL) != (d->csr_ca_key == NULL))
      return fields_wrong(f, name, "needs both ca and ca-key");
    if (d->csr_ca != NULL && d->csr_program != NULL)
      return fields_wrong(f, name, "has ca and program; one is right");
    if (d->csr_ca == NULL && d->csr_program == NULL && (d->csr_algorithm != 0 || d->csr_days != 0))
      return fields_wrong(f, name, "says neither ca with ca-key nor program: who issues the certificate?");
    if (d->csr_days == 0) d->csr_days = 365;
    if (check_evidence(f, d) != 0) return -1;
  }
  return 0;
}

static int check_faults(const fields_t *f, settings_t *s) {
  injected_t *faults = s->injected.at;
  for (size_t i = 0; i < s->injected.count; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "faults[%zu]", i);
    if (faults[i].path == NULL) return fields_wrong(f, name, "has no path");
    if (faults[i].status == 0 && !faults[i].close && faults[i].delay_ms == 0)
      return fields_wrong(f, name, "needs status, close or delay");
    if (faults[i].times == 0) faults[i].times = 1;
  }
  return 0;
}

static int check_root(const fields_t *f, const settings_t *s) {
  size_t len = strlen(s->root);
  if (s->root[0] != '/')
    return fields_wrong(f, "restconf-root", "is \"%.60s\"; must begin with \"/\"", s->root);
  while (len > 0 && s->root[len - 1] == '/') s->root[--len] = '\0';
  return 0;
}

int settings_read(settings_t *s, const char *path, char *why) {
  fields_t f = {path, path, why, SETTINGS_WHY_MAX};
  uint8_t *text = NULL;
  size_t len = 0;
  if (file_read(path, MAX_CONFIG, &text, &len) != 0)
    return fields_wrong(&f, "", "can't read the configuration: %s", strerror(errno));
  int result = fields_read(&f, text, len, top_fields, s);
  free(text);
  if (result == 0) result = check_faults(&f, s);
  if (result == 0) result = check_devices(&f, s);
  return result == 0 ? check_root(&f, s) : result;
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static int default_file(char **setting, const char *folder, const char *name) {
  if (*setting != NULL) return 0;
  *setting = file_path(folder, name);
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
