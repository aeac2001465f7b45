/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the configuration by one table of fields: a field that is not in the table does not exist. */
#define _POSIX_C_SOURCE 200809L
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/https.h>
#include <sztp/sztp.h>
#include <unistd.h>

#include "common/date.h"
#include "common/file.h"
#include "common/medium.h"
#include "json.h"

enum { MAX_FILE = 262144, MAX_LIST = 64, MAX_TEXT = 4096, MAX_NAME = 96 };

/* What a field may hold, and what it is kept as. */
enum {
  FIELD_OBJECT,  /* more: the fields inside */
  FIELD_TEXT,    /* char * */
  FIELD_PATH,    /* char *; a relative one begins at the configuration's folder */
  FIELD_TEXTS,   /* text_list_t */
  FIELD_PATHS,   /* text_list_t */
  FIELD_SWITCH,  /* uint64_t, 0 or 1 */
  FIELD_NUMBER,  /* uint64_t, whole, least to most */
  FIELD_SECONDS, /* uint64_t in ms; the document says seconds, with or without a fraction */
  FIELD_CHOICE,  /* uint64_t; more: the words */
  FIELD_BITS,    /* uint64_t, the words' values or-ed together; more: the words */
  FIELD_ORDER,   /* uint64_t[1 + CONFIG_SOURCES]: how many, and their values; more: the words */
  FIELD_DATE,    /* uint64_t, Unix seconds */
  FIELD_DEVICES  /* config_devices_t; more: the words in place of a list of paths */
};

typedef struct word {
  const char *text;
  uint64_t value;
} word_t;

typedef struct field {
  const char *name;
  int type;
  size_t at; /* in config_t */
  const void *more;
  uint64_t least, most;
} field_t;

#define AT(member) offsetof(config_t, member)
#define OBJECT(name, fields)                                                                                 \
  { name, FIELD_OBJECT, 0, fields, 0, 0 }
#define PLAIN(name, type, member)                                                                            \
  { name, type, AT(member), NULL, 0, 0 }
#define SWITCH(name, member)                                                                                 \
  { name, FIELD_SWITCH, AT(member), NULL, 0, 1 }
#define NUMBER(name, member, least, most)                                                                    \
  { name, FIELD_NUMBER, AT(member), NULL, least, most }
#define SECONDS(name, member, most_seconds)                                                                  \
  { name, FIELD_SECONDS, AT(member), NULL, 1, (most_seconds)*UINT64_C(1000) }
#define WORDS(name, type, member, words)                                                                     \
  { name, type, AT(member), words, 0, 0 }
#define END                                                                                                  \
  { NULL, 0, 0, NULL, 0, 0 }

/* JSON numbers are exact up to here. */
#define MOST_EXACT (UINT64_C(1) << 53)

static const word_t source_words[] = {{"removable", SZTP_SOURCE_REMOVABLE},
                                      {"dhcp4", SZTP_SOURCE_DHCP4},
                                      {"dhcp6", SZTP_SOURCE_DHCP6},
                                      {"mdns", SZTP_SOURCE_MDNS},
                                      {"dns", SZTP_SOURCE_DNS},
                                      {"well-known", SZTP_SOURCE_WELL_KNOWN},
                                      {NULL, 0}};
static const word_t assertion_words[] = {{"verified", SZTP_ASSERTION_VERIFIED},
                                         {"logged", SZTP_ASSERTION_LOGGED},
                                         {"proximity", SZTP_ASSERTION_PROXIMITY},
                                         {"agent-proximity", SZTP_ASSERTION_AGENT_PROXIMITY},
                                         {NULL, 0}};
static const word_t revocation_words[] = {{"as-voucher", SZTP_REVOCATION_AS_VOUCHER},
                                          {"required", SZTP_REVOCATION_REQUIRED},
                                          {"off", SZTP_REVOCATION_OFF},
                                          {NULL, 0}};
static const word_t clock_words[] = {
    {"unknown", CONFIG_CLOCK_UNKNOWN}, {"trusted", CONFIG_CLOCK_SYSTEM}, {NULL, 0}};
static const word_t device_words[] = {{"auto", CONFIG_DEVICES_AUTO}, {"off", CONFIG_DEVICES_OFF}, {NULL, 0}};
/* Also the order in which they are tried by default. */
static const word_t file_system_words[] = {{"vfat", 1}, {"exfat", 2},   {"ext4", 3},  {"ext3", 4},
                                           {"ext2", 5}, {"iso9660", 6}, {"ntfs3", 7}, {NULL, 0}};
static const word_t level_words[] = {{"error", SZTP_LOG_ERROR},
                                     {"warning", SZTP_LOG_WARN},
                                     {"info", SZTP_LOG_INFO},
                                     {"debug", SZTP_LOG_DEBUG},
                                     {NULL, 0}};

static const field_t identity_fields[] = {PLAIN("certificate", FIELD_PATH, identity.certificate),
                                          PLAIN("chain", FIELD_PATH, identity.chain),
                                          PLAIN("key", FIELD_PATH, identity.key),
                                          PLAIN("serial", FIELD_TEXT, identity.serial),
                                          PLAIN("model", FIELD_TEXT, identity.model),
                                          END};

static const field_t decryption_fields[] = {PLAIN("certificate", FIELD_PATH, decryption.certificate),
                                            PLAIN("key", FIELD_PATH, decryption.key), END};

static const field_t anchor_fields[] = {PLAIN("vouchers", FIELD_PATHS, anchors.vouchers),
                                        PLAIN("servers", FIELD_PATHS, anchors.servers),
                                        PLAIN("reports", FIELD_PATHS, anchors.reports), END};

static const field_t dhcp4_fields[] = {PLAIN("value", FIELD_TEXT, dhcp4.value),
                                       PLAIN("file", FIELD_PATH, dhcp4.file), END};

static const field_t dhcp6_fields[] = {PLAIN("value", FIELD_TEXT, dhcp6.value),
                                       PLAIN("file", FIELD_PATH, dhcp6.file), END};

static const field_t dhcp_fields[] = {PLAIN("interfaces", FIELD_TEXTS, dhcp.interfaces),
                                      PLAIN("hooks", FIELD_PATH, dhcp.hooks),
                                      PLAIN("networkd", FIELD_PATH, dhcp.networkd),
                                      PLAIN("networkmanager", FIELD_PATH, dhcp.networkmanager),
                                      SWITCH("request", dhcp.request),
                                      END};

static const field_t mdns_fields[] = {PLAIN("interfaces", FIELD_TEXTS, mdns.interfaces), END};

static const field_t dns_fields[] = {PLAIN("domains", FIELD_TEXTS, dns.domains),
                                     PLAIN("servers", FIELD_TEXTS, dns.servers),
                                     PLAIN("file", FIELD_PATH, dns.file), END};

static const field_t removable_fields[] = {
    PLAIN("folders", FIELD_PATHS, removable.folders),
    WORDS("devices", FIELD_DEVICES, removable.devices, device_words),
    WORDS("file-systems", FIELD_ORDER, removable.file_system, file_system_words),
    PLAIN("layouts", FIELD_TEXTS, removable.layouts),
    NUMBER("enterprise-number", removable.enterprise, 1, UINT32_MAX),
    SWITCH("root", removable.root),
    END};

static const field_t os_fields[] = {PLAIN("name", FIELD_TEXT, os.name),
                                    PLAIN("version", FIELD_TEXT, os.version),
                                    PLAIN("release-file", FIELD_PATH, os.release_file), END};

static const field_t clock_fields[] = {WORDS("mode", FIELD_CHOICE, clock.mode, clock_words),
                                       PLAIN("floor", FIELD_DATE, clock.floor), END};

static const field_t policy_fields[] = {
    WORDS("assertions", FIELD_BITS, policy[SZTP_POLICY_ASSERTIONS], assertion_words),
    WORDS("revocation", FIELD_CHOICE, policy[SZTP_POLICY_REVOCATION], revocation_words),
    SWITCH("signed-only", policy[SZTP_POLICY_SIGNED_ONLY]),
    SWITCH("signed-attributes", policy[SZTP_POLICY_SIGNED_ATTRS]),
    SWITCH("nonce-required", policy[SZTP_POLICY_NONCE_REQUIRED]),
    SWITCH("nonce-always", policy[SZTP_POLICY_NONCE_ALWAYS]),
    SWITCH("expiry-needs-clock", policy[SZTP_POLICY_EXPIRY_NEEDS_CLOCK]),
    SWITCH("no-script-output", policy[SZTP_POLICY_NO_SCRIPT_OUTPUT]),
    SWITCH("no-host-meta", policy[SZTP_POLICY_NO_HOST_META]),
    SWITCH("no-dns-serial", policy[SZTP_POLICY_NO_DNS_SERIAL]),
    SWITCH("allow-sha1", policy[SZTP_POLICY_ALLOW_SHA1]),
    SWITCH("revised-voucher", policy[SZTP_POLICY_REVISED_VOUCHER]),
    SWITCH("common-name", policy[SZTP_POLICY_COMMON_NAME]),
    SWITCH("provisional-fallback", policy[SZTP_POLICY_PROVISIONAL_FALLBACK]),
    SWITCH("lenient-dhcp", policy[SZTP_POLICY_LENIENT_DHCP]),
    SWITCH("crl-any-age", policy[SZTP_POLICY_CRL_ANY_AGE]),
    SWITCH("constrained-voucher", policy[SZTP_POLICY_CONSTRAINED_VOUCHER]),
    END};

static const field_t limit_fields[] = {
    NUMBER("memory", limit[SZTP_LIMIT_MEMORY], 65536, MOST_EXACT),
    NUMBER("conveyed", limit[SZTP_LIMIT_CONVEYED], 1, MOST_EXACT),
    NUMBER("owner-certificate", limit[SZTP_LIMIT_OWNER_CERT], 1, MOST_EXACT),
    NUMBER("voucher", limit[SZTP_LIMIT_VOUCHER], 1, MOST_EXACT),
    NUMBER("data-reply", limit[SZTP_LIMIT_DATA_REPLY], 1, MOST_EXACT),
    NUMBER("other-reply", limit[SZTP_LIMIT_OTHER_REPLY], 1, MOST_EXACT),
    NUMBER("image", limit[SZTP_LIMIT_IMAGE], 1, MOST_EXACT),
    NUMBER("part", limit[SZTP_LIMIT_PART], 1, MOST_EXACT),
    NUMBER("depth", limit[SZTP_LIMIT_DEPTH], 1, 128),
    NUMBER("members", limit[SZTP_LIMIT_MEMBERS], 1, MOST_EXACT),
    NUMBER("leaf", limit[SZTP_LIMIT_LEAF], 1, MOST_EXACT),
    NUMBER("redirects", limit[SZTP_LIMIT_REDIRECTS], 1, 10),
    NUMBER("source-servers", limit[SZTP_LIMIT_SOURCE_SERVERS], 1, MOST_EXACT),
    NUMBER("pass-servers", limit[SZTP_LIMIT_PASS_SERVERS], 1, MOST_EXACT),
    NUMBER("header-octets", https[SZTP_HTTPS_MAX_HEADER_OCTETS], 1024, MOST_EXACT),
    NUMBER("header-fields", https[SZTP_HTTPS_MAX_HEADER_FIELDS], 1, MOST_EXACT),
    END};

static const field_t timeout_fields[] = {SECONDS("connect", https[SZTP_HTTPS_CONNECT_MS], 3600),
                                         SECONDS("handshake", https[SZTP_HTTPS_HANDSHAKE_MS], 3600),
                                         SECONDS("headers", https[SZTP_HTTPS_HEADERS_MS], 3600),
                                         SECONDS("idle", https[SZTP_HTTPS_IDLE_MS], 3600),
                                         SECONDS("dns", dns_ms, 3600),
                                         SECONDS("dhcp", dhcp_ms, 3600),
                                         SECONDS("install", program_ms[PROGRAM_INSTALL], 86400),
                                         SECONDS("config", program_ms[PROGRAM_CONFIG], 86400),
                                         SECONDS("script", program_ms[PROGRAM_SCRIPT], 86400),
                                         SECONDS("rollback", program_ms[PROGRAM_ROLLBACK], 86400),
                                         SECONDS("reboot", program_ms[PROGRAM_REBOOT], 86400),
                                         SECONDS("check-image", program_ms[PROGRAM_CHECK_IMAGE], 86400),
                                         END};

static const field_t retry_fields[] = {NUMBER("passes", policy[SZTP_POLICY_MAX_PASSES], 0, UINT32_MAX),
                                       SECONDS("first", policy[SZTP_POLICY_RETRY_FIRST_MS], 86400),
                                       SECONDS("last", policy[SZTP_POLICY_RETRY_LAST_MS], 86400), END};

static const field_t handler_fields[] = {PLAIN("install", FIELD_PATH, program[PROGRAM_INSTALL]),
                                         PLAIN("config", FIELD_PATH, program[PROGRAM_CONFIG]),
                                         PLAIN("script", FIELD_PATH, program[PROGRAM_SCRIPT]),
                                         PLAIN("rollback", FIELD_PATH, program[PROGRAM_ROLLBACK]),
                                         PLAIN("reboot", FIELD_PATH, program[PROGRAM_REBOOT]),
                                         PLAIN("check-image", FIELD_PATH, program[PROGRAM_CHECK_IMAGE]),
                                         NUMBER("warning-status", warning_status, 1, 125),
                                         END};

static const field_t folder_fields[] = {PLAIN("state", FIELD_PATH, folders.state),
                                        PLAIN("staging", FIELD_PATH, folders.staging),
                                        PLAIN("status", FIELD_PATH, folders.status), END};

static const field_t log_fields[] = {WORDS("level", FIELD_CHOICE, log.level, level_words),
                                     SWITCH("time", log.time), END};

static const field_t top_fields[] = {OBJECT("identity", identity_fields),
                                     OBJECT("anchors", anchor_fields),
                                     OBJECT("decryption", decryption_fields),
                                     PLAIN("servers", FIELD_TEXTS, servers),
                                     WORDS("sources", FIELD_ORDER, source, source_words),
                                     OBJECT("dhcp4", dhcp4_fields),
                                     OBJECT("dhcp6", dhcp6_fields),
                                     OBJECT("dhcp", dhcp_fields),
                                     OBJECT("mdns", mdns_fields),
                                     OBJECT("dns", dns_fields),
                                     OBJECT("removable", removable_fields),
                                     OBJECT("os", os_fields),
                                     OBJECT("clock", clock_fields),
                                     OBJECT("policy", policy_fields),
                                     OBJECT("limits", limit_fields),
                                     OBJECT("timeouts", timeout_fields),
                                     OBJECT("retry", retry_fields),
                                     PLAIN("ssh-host-keys", FIELD_PATHS, host_keys),
                                     OBJECT("handlers", handler_fields),
                                     OBJECT("folders", folder_fields),
                                     PLAIN("running-configuration", FIELD_PATH, running_configuration),
                                     OBJECT("log", log_fields),
                                     END};

/* One reading: where the values go, and the words for what is wrong. */
typedef struct reader {
  config_t *config;
  const char *path;
  char *error;
  size_t room;
} reader_t;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int
wrong(const reader_t *r, const char *field, const char *format, ...) {
  char what[512];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  if (*field == 0)
    (void)snprintf(r->error, r->room, "%s: %s", r->path, what);
  else
    (void)snprintf(r->error, r->room, "%s: %s: %s", r->path, field, what);
  return -1;
}

static int no_memory(const reader_t *r) { return wrong(r, "", "no memory to read it"); }

static void list_words(const word_t *words, char *out, size_t room) {
  size_t used = 0;
  out[0] = 0;
  for (const word_t *w = words; w->text != NULL && used < room; w++) {
    int n = snprintf(out + used, room - used, "%s\"%s\"", w == words ? "" : ", ", w->text);
    used += n < 0 ? room : (size_t)n;
  }
}

static void list_fields(const field_t *fields, char *out, size_t room) {
  size_t used = 0;
  out[0] = 0;
  for (const field_t *f = fields; f->name != NULL && used < room; f++) {
    int n = snprintf(out + used, room - used, "%s%s", f == fields ? "" : ", ", f->name);
    used += n < 0 ? room : (size_t)n;
  }
}

/* A relative path begins at the folder of the configuration file, wherever the agent was started. */
static char *from_folder(const char *base, const char *path) {
  const char *slash = strrchr(base, '/');
  size_t folder = path[0] == '/' || slash == NULL ? 0 : (size_t)(slash - base) + 1;
  size_t len = strlen(path);
  char *out = malloc(folder + len + 1);
  if (out == NULL) return NULL;
  memcpy(out, base, folder);
  memcpy(out + folder, path, len + 1);
  return out;
}

static char *copy_text(const char *text) {
  size_t len = strlen(text);
  char *out = malloc(len + 1);
  if (out != NULL) memcpy(out, text, len + 1);
  return out;
}

static int read_text(const reader_t *r, const char *name, const json_t *value, int is_path, char **out) {
  if (json_kind(value) != JSON_TEXT)
    return wrong(r, name, "is %s; must be a text%s", json_kind_text(value), is_path ? " with a path" : "");
  const char *text = json_text(value);
  if (*text == 0) return wrong(r, name, "is empty; leave the field out instead");
  if (strlen(text) > MAX_TEXT) return wrong(r, name, "is longer than %d octets", MAX_TEXT);
  *out = is_path ? from_folder(r->config->file, text) : copy_text(text);
  return *out == NULL ? no_memory(r) : 0;
}

static int read_list(const reader_t *r, const char *name, const json_t *value, int is_path,
                     text_list_t *out) {
  if (json_kind(value) != JSON_LIST)
    return wrong(r, name, "is %s; must be a list of %s", json_kind_text(value), is_path ? "paths" : "texts");
  out->at = calloc(MAX_LIST, sizeof *out->at);
  if (out->at == NULL) return no_memory(r);
  for (const json_t *entry = json_first(value); entry != NULL; entry = json_next(entry)) {
    char entry_name[MAX_NAME + 16];
    (void)snprintf(entry_name, sizeof entry_name, "%s[%zu]", name, out->count);
    if (out->count == MAX_LIST) return wrong(r, name, "has more than %d entries", MAX_LIST);
    if (read_text(r, entry_name, entry, is_path, &out->at[out->count]) != 0) return -1;
    out->count++;
  }
  return 0;
}

static int read_switch(const reader_t *r, const char *name, const json_t *value, uint64_t *out) {
  if (json_kind(value) != JSON_SWITCH)
    return wrong(r, name, "is %s; must be true or false", json_kind_text(value));
  *out = (uint64_t)json_switch(value);
  return 0;
}

static int read_number(const reader_t *r, const char *name, const json_t *value, const field_t *field,
                       uint64_t *out) {
  if (json_kind(value) != JSON_NUMBER)
    return wrong(r, name, "is %s; must be a number", json_kind_text(value));
  double scale = field->type == FIELD_SECONDS ? 1000.0 : 1.0;
  double number = json_number(value) * scale;
  if (!(number >= (double)field->least && number <= (double)field->most))
    return wrong(r, name, "is %g; must be %g to %g%s", json_number(value), (double)field->least / scale,
                 (double)field->most / scale, field->type == FIELD_SECONDS ? " seconds" : "");
  *out = (uint64_t)(field->type == FIELD_SECONDS ? number + 0.5 : number);
  if (field->type == FIELD_NUMBER && (double)*out < number)
    return wrong(r, name, "is %g; must be a whole number", number);
  return 0;
}

static int read_word(const reader_t *r, const char *name, const json_t *value, const word_t *words,
                     uint64_t *out) {
  for (const word_t *w = words; json_kind(value) == JSON_TEXT && w->text != NULL; w++) {
    if (strcmp(json_text(value), w->text) != 0) continue;
    *out = w->value;
    return 0;
  }
  char known[256];
  list_words(words, known, sizeof known);
  if (json_kind(value) != JSON_TEXT)
    return wrong(r, name, "is %s; must be one of %s", json_kind_text(value), known);
  return wrong(r, name, "is \"%.60s\"; must be one of %s", json_text(value), known);
}

/* A list of words, each at most once: their order, or only which of them. */
static int read_words(const reader_t *r, const char *name, const json_t *value, const field_t *field,
                      uint64_t *out) {
  if (json_kind(value) != JSON_LIST)
    return wrong(r, name, "is %s; must be a list of words", json_kind_text(value));
  uint64_t words[CONFIG_SOURCES] = {0}, count = 0, bits = 0;
  for (const json_t *entry = json_first(value); entry != NULL; entry = json_next(entry)) {
    char entry_name[MAX_NAME + 16];
    uint64_t word = 0;
    (void)snprintf(entry_name, sizeof entry_name, "%s[%u]", name, (unsigned)count);
    if (read_word(r, entry_name, entry, field->more, &word) != 0) return -1;
    for (uint64_t i = 0; i < count; i++)
      if (words[i] == word) return wrong(r, entry_name, "stands there twice");
    words[count++] = word; /* no more than there are words, as each stands there once */
    bits |= word;
  }
  if (count == 0) return wrong(r, name, "is an empty list; leave the field out instead");
  if (field->type == FIELD_BITS) {
    *out = bits;
    return 0;
  }
  out[0] = count;
  memcpy(out + 1, words, sizeof words);
  return 0;
}

static int read_time(const reader_t *r, const char *name, const json_t *value, uint64_t *out) {
  int64_t seconds = 0;
  if (json_kind(value) != JSON_TEXT || date_read(json_text(value), &seconds) != 0 || seconds < 0)
    return wrong(r, name, "is no date; must be a text like \"2026-01-01T00:00:00Z\"");
  *out = (uint64_t)seconds;
  return 0;
}

static int read_devices(const reader_t *r, const char *name, const json_t *value, const word_t *words,
                        config_devices_t *out) {
  if (json_kind(value) == JSON_TEXT) return read_word(r, name, value, words, &out->mode);
  out->mode = CONFIG_DEVICES_LIST;
  if (json_kind(value) == JSON_LIST && json_first(value) == NULL)
    return wrong(r, name, "is an empty list; \"off\" is right if no device is to be looked at");
  if (json_kind(value) == JSON_LIST) return read_list(r, name, value, 1, &out->paths);
  return wrong(r, name, "is %s; must be \"auto\", \"off\" or a list of devices", json_kind_text(value));
}

static int read_field(const reader_t *r, const char *name, const json_t *value, const field_t *field) {
  void *place = (char *)r->config + field->at;
  switch (field->type) {
  case FIELD_TEXT:
  case FIELD_PATH: return read_text(r, name, value, field->type == FIELD_PATH, place);
  case FIELD_TEXTS:
  case FIELD_PATHS: return read_list(r, name, value, field->type == FIELD_PATHS, place);
  case FIELD_SWITCH: return read_switch(r, name, value, place);
  case FIELD_NUMBER:
  case FIELD_SECONDS: return read_number(r, name, value, field, place);
  case FIELD_CHOICE: return read_word(r, name, value, field->more, place);
  case FIELD_BITS:
  case FIELD_ORDER: return read_words(r, name, value, field, place);
  case FIELD_DEVICES: return read_devices(r, name, value, field->more, place);
  default: return read_time(r, name, value, place);
  }
}

/* One object by its table of fields; an object in it is met by another table, so that the tables bound the
 * depth. NOLINTNEXTLINE(misc-no-recursion) */
static int read_object(const reader_t *r, const char *prefix, const json_t *object, const field_t *fields) {
  char known[400];
  list_fields(fields, known, sizeof known);
  if (json_kind(object) != JSON_OBJECT)
    return wrong(r, prefix, "is %s; must be an object; fields known in it are %s", json_kind_text(object),
                 known);
  uint64_t seen = 0;
  for (const json_t *member = json_first(object); member != NULL; member = json_next(member)) {
    char name[MAX_NAME];
    (void)snprintf(name, sizeof name, "%s%s%.40s", prefix, *prefix == 0 ? "" : ".", json_name(member));
    size_t i = 0;
    while (fields[i].name != NULL && strcmp(fields[i].name, json_name(member)) != 0) i++;
    if (fields[i].name == NULL) return wrong(r, name, "unknown field; known here are %s", known);
    if ((seen >> i & 1) != 0) return wrong(r, name, "stands there twice");
    seen |= UINT64_C(1) << i;
    int result = fields[i].type == FIELD_OBJECT ? read_object(r, name, member, fields[i].more)
                                                : read_field(r, name, member, &fields[i]);
    if (result != 0) return -1;
  }
  return 0;
}

/* 2026-01-01: this agent was not made before, so the true time is not before it either (CLK-03). */
enum { DEFAULT_FLOOR = 1767225600, DEFAULT_WARNING_STATUS = 10 };

static void set_number_defaults(config_t *c) {
  for (size_t i = 0; i < CONFIG_POLICIES; i++) c->policy[i] = CONFIG_NOT_GIVEN;
  for (size_t i = 0; i < CONFIG_LIMITS; i++) c->limit[i] = CONFIG_NOT_GIVEN;
  for (size_t i = 0; i < CONFIG_HTTPS; i++) c->https[i] = CONFIG_NOT_GIVEN;
  c->removable.root = 1;
  c->clock.mode = CONFIG_CLOCK_UNKNOWN;
  c->clock.floor = DEFAULT_FLOOR;
  c->dns_ms = 5000;
  c->dhcp_ms = 7000;
  c->dhcp.request = CONFIG_NOT_GIVEN;
  c->program_ms[PROGRAM_INSTALL] = 1800000;
  c->program_ms[PROGRAM_CONFIG] = 300000;
  c->program_ms[PROGRAM_SCRIPT] = 600000;
  c->program_ms[PROGRAM_ROLLBACK] = 300000;
  c->program_ms[PROGRAM_REBOOT] = 60000;
  c->program_ms[PROGRAM_CHECK_IMAGE] = 600000;
  c->warning_status = DEFAULT_WARNING_STATUS;
  c->log.level = SZTP_LOG_INFO;
  c->log.time = 1;
}

static int set_path_default(char **path, const char *folder, const char *name) {
  if (*path != NULL) return 0;
  size_t folder_len = strlen(folder), name_len = strlen(name);
  *path = malloc(folder_len + name_len + 1);
  if (*path == NULL) return -1;
  memcpy(*path, folder, folder_len);
  memcpy(*path + folder_len, name, name_len + 1);
  return 0;
}

static int set_path_defaults(config_t *c) {
  int result = set_path_default(&c->folders.state, "/var/lib/sztp-agent", "");
  if (result == 0) result = set_path_default(&c->folders.staging, c->folders.state, "/staging");
  if (result == 0) result = set_path_default(&c->folders.status, "/run/sztp-agent", "");
  if (result == 0)
    result = set_path_default(&c->running_configuration, c->folders.state, "/running-configuration");
  return result;
}

/* Whether any field of "dhcp" is given, which is about both families. */
static int has_dhcp(const config_t *c) {
  return c->dhcp.interfaces.count > 0 || c->dhcp.hooks != NULL || c->dhcp.networkd != NULL ||
         c->dhcp.networkmanager != NULL || c->dhcp.request != CONFIG_NOT_GIVEN;
}

static int has_source(const config_t *c, uint64_t source) {
  switch (source) {
  case SZTP_SOURCE_REMOVABLE:
    return c->removable.folders.count > 0 || c->removable.devices.mode == CONFIG_DEVICES_AUTO ||
           c->removable.devices.paths.count > 0;
  case SZTP_SOURCE_DHCP4: return c->dhcp4.value != NULL || c->dhcp4.file != NULL || has_dhcp(c);
  case SZTP_SOURCE_DHCP6: return c->dhcp6.value != NULL || c->dhcp6.file != NULL || has_dhcp(c);
  case SZTP_SOURCE_MDNS: return c->mdns.interfaces.count > 0;
  case SZTP_SOURCE_DNS: return c->dns.domains.count > 0 || c->dns.servers.count > 0 || c->dns.file != NULL;
  default: return c->servers.count > 0;
  }
}

/* Without an order, what is set up in the library's default order (DISC-02). */
static int set_sources(const reader_t *r, config_t *c) {
  static const uint64_t order[] = {SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4,
                                   SZTP_SOURCE_MDNS,      SZTP_SOURCE_DNS,   SZTP_SOURCE_WELL_KNOWN};
  /* NULL: what is in the list needs no more */
  static const char *const needs[] = {
      "removable.folders or removable.devices", NULL, NULL, NULL, NULL, "servers"};
  int given = c->source[0] > 0;
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
    int listed = 0;
    for (uint64_t k = 1; k <= c->source[0]; k++) listed = listed || c->source[k] == order[i];
    if (given && listed && needs[i] != NULL && !has_source(c, order[i]))
      return wrong(r, "sources", "lists a source that is not set up; %s is missing", needs[i]);
    if (!given && has_source(c, order[i])) c->source[++c->source[0]] = order[i];
  }
  if (c->dhcp.request == CONFIG_NOT_GIVEN) c->dhcp.request = 1;
  return 0;
}

const char *config_file_system(uint64_t value) { return file_system_words[value - 1].text; }

static int add_layout(text_list_t *layouts, const char *layout) {
  char *copy = copy_text(layout);
  if (copy == NULL) return -1;
  layouts->at[layouts->count++] = copy;
  return 0;
}

static int set_default_layouts(const reader_t *r, config_t *c) {
  text_list_t *layouts = &c->removable.layouts;
  layouts->at = calloc(CONFIG_LAYOUTS, sizeof *layouts->at);
  int result = layouts->at == NULL ? -1 : 0;
  for (size_t i = 0; i < MEDIUM_LAYOUTS && result == 0; i++)
    if (c->removable.root || strcmp(medium_layouts[i], MEDIUM_ROOT) != 0)
      result = add_layout(layouts, medium_layouts[i]);
  return result == 0 ? 0 : no_memory(r);
}

static int check_layouts(const reader_t *r, const config_t *c) {
  const text_list_t *layouts = &c->removable.layouts;
  if (layouts->count == 0 || layouts->count > CONFIG_LAYOUTS)
    return wrong(r, "removable.layouts", "has %zu entries; must have 1 to %d", layouts->count,
                 CONFIG_LAYOUTS);
  for (size_t i = 0; i < layouts->count; i++) {
    char name[MAX_NAME];
    const char *fault = medium_layout_fault(layouts->at[i]);
    (void)snprintf(name, sizeof name, "removable.layouts[%zu]", i);
    if (fault == NULL && !c->removable.root && strcmp(layouts->at[i], MEDIUM_ROOT) == 0)
      fault = "removable.root says that the root is not looked at";
    if (fault != NULL)
      return wrong(r, name, "is \"%.60s\": %s; right is for instance \"%s\"", layouts->at[i], fault,
                   MEDIUM_LAYOUT);
    if (c->removable.enterprise == 0 && medium_layout_has_enterprise(layouts->at[i]))
      return wrong(r, name, "has {enterprise}, but removable.enterprise-number is not given");
  }
  return 0;
}

/* Devices are looked at by themselves where removable storage is wanted and nobody said in which folders. */
static int set_removable(const reader_t *r, config_t *c) {
  int listed = 0;
  for (uint64_t i = 1; i <= c->source[0]; i++) listed = listed || c->source[i] == SZTP_SOURCE_REMOVABLE;
  if (c->removable.devices.mode == CONFIG_DEVICES_NOT_GIVEN)
    c->removable.devices.mode =
        listed && c->removable.folders.count == 0 ? CONFIG_DEVICES_AUTO : CONFIG_DEVICES_OFF;
  if (c->removable.file_system[0] == 0)
    for (const word_t *w = file_system_words; w->text != NULL; w++)
      c->removable.file_system[++c->removable.file_system[0]] = w->value;
  return c->removable.layouts.at == NULL ? set_default_layouts(r, c) : check_layouts(r, c);
}

static int check_dhcp(const reader_t *r, const char *name, const config_dhcp_t *dhcp) {
  if (dhcp->value != NULL && dhcp->file != NULL)
    return wrong(r, name, "has both value and file; one of them is right");
  return 0;
}

static int finish(const reader_t *r, config_t *c) {
  if (set_path_defaults(c) != 0) return no_memory(r);
  if (check_dhcp(r, "dhcp4", &c->dhcp4) != 0 || check_dhcp(r, "dhcp6", &c->dhcp6) != 0) return -1;
  if (set_removable(r, c) != 0) return -1;
  return set_sources(r, c);
}

/* Programs run in folders of their own, so that every path they are told must be absolute. */
static char *absolute(const char *path) {
  if (path[0] == '/') return copy_text(path);
  char *here = malloc(MAX_TEXT);
  char *out = NULL;
  if (here != NULL && getcwd(here, MAX_TEXT - 1) != NULL) {
    size_t len = strlen(here);
    memcpy(here + len, "/", 2);
    out = from_folder(here, path);
  }
  free(here);
  return out;
}

int config_parse(const char *path, const uint8_t *text, size_t len, config_t *config, char *error,
                 size_t room) {
  reader_t r = {config, path, error, room};
  memset(config, 0, sizeof *config);
  set_number_defaults(config);
  config->file = absolute(path);
  if (config->file == NULL) return wrong(&r, "", "its folder can't be told: %s", strerror(errno));

  char fault[160];
  json_t *document = json_read(text, len, fault, sizeof fault);
  int result = document == NULL ? wrong(&r, "", "%s", fault) : read_object(&r, "", document, top_fields);
  if (result == 0) result = finish(&r, config);
  json_free(document);
  if (result != 0) config_free(config);
  return result;
}

int config_read(const char *path, config_t *config, char *error, size_t room) {
  uint8_t *text = NULL;
  size_t len = 0;
  memset(config, 0, sizeof *config);
  if (file_read(path, MAX_FILE, &text, &len) != 0) {
    (void)snprintf(error, room, "%s: can't read the configuration: %s", path,
                   errno == EFBIG ? "it is larger than 256 KiB" : strerror(errno));
    return -1;
  }
  int result = config_parse(path, text, len, config, error, room);
  free(text);
  return result;
}

static void free_list(text_list_t *list) {
  for (size_t i = 0; i < list->count; i++) free(list->at[i]);
  free(list->at);
}

static void free_fields(config_t *c, const field_t *fields) {
  for (const field_t *f = fields; f->name != NULL; f++) {
    void *place = (char *)c + f->at;
    if (f->type == FIELD_TEXT || f->type == FIELD_PATH) free(*(char **)place);
    if (f->type == FIELD_TEXTS || f->type == FIELD_PATHS) free_list(place);
    if (f->type == FIELD_DEVICES) free_list(&((config_devices_t *)place)->paths);
  }
}

void config_free(config_t *config) {
  free_fields(config, top_fields);
  for (const field_t *f = top_fields; f->name != NULL; f++)
    if (f->type == FIELD_OBJECT) free_fields(config, f->more);
  free(config->file);
  memset(config, 0, sizeof *config);
}
