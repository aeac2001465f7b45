/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of fields, their defaults, and the checks across fields. */
#define _POSIX_C_SOURCE 200809L
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/https.h>
#include <sztp/sztp.h>
#include <sztp/tpm2.h>
#include <unistd.h>

#include "common/file.h"
#include "common/medium.h"

enum { MAX_FILE = 262144, MAX_FOLDER = 4096 };

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

/* The library's own names of its sources; filled in once, by name_sources(). */
enum { SOURCE_COUNT = SZTP_SOURCE_WELL_KNOWN };
static word_t source_words[SOURCE_COUNT + 1];
static const word_t assertion_words[] = {{"verified", SZTP_ASSERTION_VERIFIED},
                                         {"logged", SZTP_ASSERTION_LOGGED},
                                         {"proximity", SZTP_ASSERTION_PROXIMITY},
                                         {"agent-proximity", SZTP_ASSERTION_AGENT_PROXIMITY},
                                         {NULL, 0}};
static const word_t revocation_words[] = {{"as-voucher", SZTP_REVOCATION_AS_VOUCHER},
                                          {"required", SZTP_REVOCATION_REQUIRED},
                                          {"off", SZTP_REVOCATION_OFF},
                                          {NULL, 0}};
static const word_t clock_words[] = {{"unknown", CONFIG_CLOCK_UNKNOWN},     {"trusted", CONFIG_CLOCK_SYSTEM},
                                     {"strict", CONFIG_CLOCK_STRICT},       {"voucher", CONFIG_CLOCK_VOUCHER},
                                     {"ntp-first", CONFIG_CLOCK_NTP_FIRST}, {NULL, 0}};
static const word_t contract_words[] = {
    {"own", CONFIG_CONTRACT_OWN}, {"sonic", CONFIG_CONTRACT_SONIC}, {NULL, 0}};
static const word_t sandbox_words[] = {{"auto", CONFIG_SANDBOX_AUTO},
                                       {"required", CONFIG_SANDBOX_REQUIRED},
                                       {"off", CONFIG_SANDBOX_OFF},
                                       {NULL, 0}};
static const word_t device_words[] = {{"auto", CONFIG_DEVICES_AUTO}, {"off", CONFIG_DEVICES_OFF}, {NULL, 0}};
/* Also the order in which they are tried by default. */
static const word_t file_system_words[] = {{"vfat", 1}, {"exfat", 2},   {"ext4", 3},  {"ext3", 4},
                                           {"ext2", 5}, {"iso9660", 6}, {"ntfs3", 7}, {NULL, 0}};
static const word_t level_words[] = {{"error", SZTP_LOG_ERROR},
                                     {"warning", SZTP_LOG_WARN},
                                     {"info", SZTP_LOG_INFO},
                                     {"debug", SZTP_LOG_DEBUG},
                                     {NULL, 0}};

static const word_t template_words[] = {
    {"h-1", SZTP_TPM2_H1_RSA2048}, {"h-2", SZTP_TPM2_H2_P256}, {"h-3", SZTP_TPM2_H3_P384}, {NULL, 0}};

/* NOLINTBEGIN(bugprone-macro-parentheses): a member's name takes none */
#define TPM_FIELDS(member)                                                                                   \
  {                                                                                                          \
    PLAIN("uri", FIELD_TEXT, member.uri), PLAIN("tcti", FIELD_TEXT, member.tcti),                            \
        PLAIN("handle", FIELD_TEXT, member.handle), PLAIN("file", FIELD_PATH, member.file),                  \
        WORDS("template", FIELD_CHOICE, member.made_by, template_words),                                     \
        PLAIN("auth-file", FIELD_PATH, member.auth_file), PLAIN("salt", FIELD_TEXT, member.salt), END        \
  }
/* NOLINTEND(bugprone-macro-parentheses) */
static const field_t identity_tpm_fields[] = TPM_FIELDS(identity.tpm);
static const field_t decryption_tpm_fields[] = TPM_FIELDS(decryption.tpm);

static const field_t identity_fields[] = {
    PLAIN("certificate", FIELD_PATH, identity.certificate),
    PLAIN("chain", FIELD_PATH, identity.chain),
    WORDS("key", FIELD_PATH_OR_OBJECT, identity.key, identity_tpm_fields),
    PLAIN("serial", FIELD_TEXT, identity.serial),
    PLAIN("model", FIELD_TEXT, identity.model),
    PLAIN("password-file", FIELD_PATH, identity.password_file),
    END};

static const field_t decryption_fields[] = {
    PLAIN("certificate", FIELD_PATH, decryption.certificate),
    WORDS("key", FIELD_PATH_OR_OBJECT, decryption.key, decryption_tpm_fields), END};

static const field_t attestation_tpm_fields[] = TPM_FIELDS(attestation.tpm);
static const word_t evidence_words[] = {
    {"certify", SZTP_EVIDENCE_CERTIFY}, {"quote", SZTP_EVIDENCE_QUOTE}, {NULL, 0}};
static const field_t attestation_fields[] = {
    PLAIN("certificate", FIELD_PATH, attestation.certificate),
    PLAIN("certificate-index", FIELD_TEXT, attestation.index),
    OBJECT("key", attestation_tpm_fields),
    WORDS("evidence", FIELD_BITS, policy[SZTP_POLICY_EVIDENCE], evidence_words),
    {"pcrs", FIELD_NUMBER_BITS, AT(policy[SZTP_POLICY_EVIDENCE_PCRS]), NULL, 0, 23},
    END};

static const field_t anchor_fields[] = {
    PLAIN("vouchers", FIELD_PATHS, anchors.vouchers), PLAIN("servers", FIELD_PATHS, anchors.servers),
    PLAIN("reports", FIELD_PATHS, anchors.reports), PLAIN("firmware", FIELD_PATHS, anchors.firmware), END};

static const field_t dhcp4_fields[] = {PLAIN("value", FIELD_TEXT, dhcp4.value),
                                       PLAIN("file", FIELD_PATH, dhcp4.file),
                                       PLAIN("lease-file", FIELD_PATH, dhcp4.lease_file), END};

static const field_t dhcp6_fields[] = {PLAIN("value", FIELD_TEXT, dhcp6.value),
                                       PLAIN("file", FIELD_PATH, dhcp6.file),
                                       PLAIN("lease-file", FIELD_PATH, dhcp6.lease_file), END};

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
    {"devices", FIELD_CHOICE_PATHS, AT(removable.devices), device_words, CONFIG_DEVICES_LIST, 0},
    WORDS("file-systems", FIELD_ORDER, removable.file_system, file_system_words),
    PLAIN("layouts", FIELD_TEXTS, removable.layouts),
    NUMBER("enterprise-number", removable.enterprise, 1, UINT32_MAX),
    SWITCH("root", removable.root),
    END};

static const field_t os_fields[] = {PLAIN("name", FIELD_TEXT, os.name),
                                    PLAIN("version", FIELD_TEXT, os.version),
                                    PLAIN("release-file", FIELD_PATH, os.release_file), END};

static const field_t clock_fields[] = {WORDS("mode", FIELD_CHOICE, clock.mode, clock_words),
                                       PLAIN("floor", FIELD_DATE, clock.floor),
                                       SECONDS("wait", clock.wait_ms, 86400), END};

static const field_t policy_fields[] = {
    WORDS("assertions", FIELD_BITS, policy[SZTP_POLICY_ASSERTIONS], assertion_words),
    WORDS("revocation", FIELD_CHOICE, policy[SZTP_POLICY_REVOCATION], revocation_words),
    PLAIN("voucher-purposes", FIELD_TEXTS, require[SZTP_REQUIRE_VOUCHER_PURPOSE]),
    PLAIN("voucher-policies", FIELD_TEXTS, require[SZTP_REQUIRE_VOUCHER_POLICY]),
    PLAIN("owner-purposes", FIELD_TEXTS, require[SZTP_REQUIRE_OWNER_PURPOSE]),
    PLAIN("owner-policies", FIELD_TEXTS, require[SZTP_REQUIRE_OWNER_POLICY]),
    SWITCH("signed-only", policy[SZTP_POLICY_SIGNED_ONLY]),
    SWITCH("signed-attributes", policy[SZTP_POLICY_SIGNED_ATTRS]),
    SWITCH("nonce-required", policy[SZTP_POLICY_NONCE_REQUIRED]),
    SWITCH("nonce-always", policy[SZTP_POLICY_NONCE_ALWAYS]),
    SWITCH("expiry-needs-clock", policy[SZTP_POLICY_EXPIRY_NEEDS_CLOCK]),
    SWITCH("no-script-output", policy[SZTP_POLICY_NO_SCRIPT_OUTPUT]),
    SWITCH("no-scripts", policy[SZTP_POLICY_NO_SCRIPTS]),
    SWITCH("image-both", policy[SZTP_POLICY_IMAGE_BOTH]),
    SWITCH("no-superseded-vouchers", no_superseded),
    SWITCH("no-host-meta", policy[SZTP_POLICY_NO_HOST_META]),
    SWITCH("no-dns-serial", policy[SZTP_POLICY_NO_DNS_SERIAL]),
    SWITCH("allow-sha1", policy[SZTP_POLICY_ALLOW_SHA1]),
    SWITCH("revised-voucher", policy[SZTP_POLICY_REVISED_VOUCHER]),
    SWITCH("common-name", policy[SZTP_POLICY_COMMON_NAME]),
    SWITCH("provisional-fallback", policy[SZTP_POLICY_PROVISIONAL_FALLBACK]),
    SWITCH("lenient-dhcp", policy[SZTP_POLICY_LENIENT_DHCP]),
    SWITCH("dhcp-anchors", policy[SZTP_POLICY_DHCP_ANCHORS]),
    SWITCH("crl-any-age", policy[SZTP_POLICY_CRL_ANY_AGE]),
    SWITCH("devices-sign-vouchers", policy[SZTP_POLICY_DEVICES_SIGN_VOUCHERS]),
    SWITCH("constrained-voucher", policy[SZTP_POLICY_CONSTRAINED_VOUCHER]),
    END};

static const word_t csr_format_words[] = {
    {"p10", SZTP_CSR_P10}, {"cmc", SZTP_CSR_CMC}, {"cmp", SZTP_CSR_CMP}, {NULL, 0}};
static const word_t csr_key_words[] = {{"p256", SZTP_ALGORITHM_P256},
                                       {"p384", SZTP_ALGORITHM_P384},
                                       {"p521", SZTP_ALGORITHM_P521},
                                       {"rsa", SZTP_ALGORITHM_RSA},
                                       {NULL, 0}};
static const field_t csr_fields[] = {WORDS("formats", FIELD_BITS, csr.formats, csr_format_words),
                                     WORDS("keys", FIELD_BITS, csr.keys, csr_key_words),
                                     PLAIN("tcti", FIELD_TEXT, csr.tcti),
                                     PLAIN("parent", FIELD_TEXT, csr.parent),
                                     SWITCH("required", policy[SZTP_POLICY_CSR_REQUIRED]),
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
    NUMBER("unproven-ms", limit[SZTP_LIMIT_UNPROVEN_MS], 1, MOST_EXACT),
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
                                         SECONDS("csr", program_ms[PROGRAM_CSR], 86400),
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
                                         PLAIN("csr", FIELD_PATH, program[PROGRAM_CSR]),
                                         NUMBER("warning-status", warning_status, 1, 125),
                                         END};

static const field_t folder_fields[] = {PLAIN("state", FIELD_PATH, folders.state),
                                        PLAIN("staging", FIELD_PATH, folders.staging),
                                        PLAIN("status", FIELD_PATH, folders.status), END};

static const field_t log_fields[] = {WORDS("level", FIELD_CHOICE, log.level, level_words),
                                     SWITCH("time", log.time), END};

/* What decides on trust may be in a file of its own. */
static const field_t trust_fields[] = {
    OBJECT("identity", identity_fields),     OBJECT("anchors", anchor_fields),
    OBJECT("decryption", decryption_fields), OBJECT("clock", clock_fields),
    OBJECT("policy", policy_fields),         END};

#define OTHER_FIELDS                                                                                         \
  PLAIN("trust", FIELD_PATH, trust), OBJECT("csr", csr_fields), OBJECT("attestation", attestation_fields),   \
      PLAIN("servers", FIELD_TEXTS, servers), WORDS("sources", FIELD_ORDER, source, source_words),           \
      OBJECT("dhcp4", dhcp4_fields), OBJECT("dhcp6", dhcp6_fields), OBJECT("dhcp", dhcp_fields),             \
      OBJECT("mdns", mdns_fields), OBJECT("dns", dns_fields), OBJECT("removable", removable_fields),         \
      OBJECT("os", os_fields), WORDS("sandbox", FIELD_CHOICE, sandbox, sandbox_words),                       \
      WORDS("contract", FIELD_CHOICE, contract, contract_words), OBJECT("limits", limit_fields),             \
      OBJECT("timeouts", timeout_fields), OBJECT("retry", retry_fields),                                     \
      PLAIN("ssh-host-keys", FIELD_PATHS, host_keys), OBJECT("handlers", handler_fields),                    \
      OBJECT("folders", folder_fields), PLAIN("running-configuration", FIELD_PATH, running_configuration),   \
      OBJECT("log", log_fields), END

static const field_t top_fields[] = {
    OBJECT("identity", identity_fields),     OBJECT("anchors", anchor_fields),
    OBJECT("decryption", decryption_fields), OBJECT("clock", clock_fields),
    OBJECT("policy", policy_fields),         OTHER_FIELDS};

#define ELSEWHERE(name)                                                                                      \
  { name, FIELD_ELSEWHERE, 0, "stands beside trust; right is to have it in the file that trust names", 0, 0 }

/* Of a file that names another one for the rest. */
static const field_t parted_fields[] = {ELSEWHERE("identity"), ELSEWHERE("anchors"), ELSEWHERE("decryption"),
                                        ELSEWHERE("clock"),    ELSEWHERE("policy"),  OTHER_FIELDS};

/* 2026-01-01: this agent did not exist before, so the true time can't be earlier (CLK-03). */
enum { DEFAULT_FLOOR = 1767225600, DEFAULT_WARNING_STATUS = 10 };

static int out_of_memory(const fields_t *f) { return fields_wrong(f, "", "no memory to read it"); }

static void set_number_defaults(config_t *c) {
  for (size_t i = 0; i < CONFIG_POLICIES; i++) c->policy[i] = CONFIG_NOT_GIVEN;
  for (size_t i = 0; i < CONFIG_LIMITS; i++) c->limit[i] = CONFIG_NOT_GIVEN;
  for (size_t i = 0; i < CONFIG_HTTPS; i++) c->https[i] = CONFIG_NOT_GIVEN;
  c->removable.root = 1;
  c->clock.mode = CONFIG_CLOCK_UNKNOWN;
  c->clock.floor = DEFAULT_FLOOR;
  c->clock.wait_ms = 60000;
  c->dns_ms = 5000;
  c->dhcp_ms = 7000;
  c->dhcp.request = CONFIG_NOT_GIVEN;
  c->program_ms[PROGRAM_INSTALL] = 1800000;
  c->program_ms[PROGRAM_CONFIG] = 300000;
  c->program_ms[PROGRAM_SCRIPT] = 600000;
  c->program_ms[PROGRAM_ROLLBACK] = 300000;
  c->program_ms[PROGRAM_REBOOT] = 60000;
  c->program_ms[PROGRAM_CHECK_IMAGE] = 600000;
  c->program_ms[PROGRAM_CSR] = 300000;
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

int config_has_dhcp(const config_dhcp_t *dhcp) {
  return dhcp->value != NULL || dhcp->file != NULL || dhcp->lease_file != NULL;
}

/* Whether any field of "dhcp" is given, which is about both families. */
static int has_dhcp(const config_t *c) {
  return c->dhcp.interfaces.count > 0 || c->dhcp.hooks != NULL || c->dhcp.networkd != NULL ||
         c->dhcp.networkmanager != NULL || c->dhcp.request != CONFIG_NOT_GIVEN;
}

static int has_source(const config_t *c, uint64_t source) {
  switch (source) {
  case SZTP_SOURCE_REMOVABLE:
    return c->removable.folders.count > 0 || c->removable.devices.choice == CONFIG_DEVICES_AUTO ||
           c->removable.devices.paths.count > 0;
  case SZTP_SOURCE_DHCP4: return config_has_dhcp(&c->dhcp4) || has_dhcp(c);
  case SZTP_SOURCE_DHCP6: return config_has_dhcp(&c->dhcp6) || has_dhcp(c);
  case SZTP_SOURCE_MDNS: return c->mdns.interfaces.count > 0;
  case SZTP_SOURCE_DNS: return c->dns.domains.count > 0 || c->dns.servers.count > 0 || c->dns.file != NULL;
  default: return c->servers.count > 0;
  }
}

/* Without an order, the sources that are set up are used in the library's default order (DISC-02). */
static int set_sources(const fields_t *f, config_t *c) {
  static const uint64_t order[] = {SZTP_SOURCE_REMOVABLE, SZTP_SOURCE_DHCP6, SZTP_SOURCE_DHCP4,
                                   SZTP_SOURCE_MDNS,      SZTP_SOURCE_DNS,   SZTP_SOURCE_WELL_KNOWN};
  /* NULL: nothing else is needed */
  static const char *const needs[] = {
      "removable.folders or removable.devices", NULL, NULL, NULL, NULL, "servers"};
  int given = c->source[0] > 0;
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
    int listed = 0;
    for (uint64_t k = 1; k <= c->source[0]; k++) listed = listed || c->source[k] == order[i];
    if (given && listed && needs[i] != NULL && !has_source(c, order[i]))
      return fields_wrong(f, "sources", "lists a source that is not set up; %s is missing", needs[i]);
    if (!given && has_source(c, order[i])) c->source[++c->source[0]] = order[i];
  }
  if (c->dhcp.request == CONFIG_NOT_GIVEN) c->dhcp.request = 1;
  return 0;
}

const char *config_file_system(uint64_t value) { return file_system_words[value - 1].text; }

static int add_layout(text_list_t *layouts, const char *layout) {
  char *copy = strdup(layout);
  if (copy == NULL) return -1;
  layouts->at[layouts->count++] = copy;
  return 0;
}

static int set_default_layouts(const fields_t *f, config_t *c) {
  text_list_t *layouts = &c->removable.layouts;
  layouts->at = calloc(CONFIG_LAYOUTS, sizeof *layouts->at);
  int result = layouts->at == NULL ? -1 : 0;
  for (size_t i = 0; i < MEDIUM_LAYOUTS && result == 0; i++)
    if (c->removable.root || strcmp(medium_layouts[i], MEDIUM_ROOT) != 0)
      result = add_layout(layouts, medium_layouts[i]);
  return result == 0 ? 0 : out_of_memory(f);
}

static int check_layouts(const fields_t *f, const config_t *c) {
  const text_list_t *layouts = &c->removable.layouts;
  if (layouts->count == 0 || layouts->count > CONFIG_LAYOUTS)
    return fields_wrong(f, "removable.layouts", "has %zu entries; must have 1 to %d", layouts->count,
                        CONFIG_LAYOUTS);
  for (size_t i = 0; i < layouts->count; i++) {
    char name[FIELDS_NAME];
    const char *fault = medium_layout_fault(layouts->at[i]);
    (void)snprintf(name, sizeof name, "removable.layouts[%zu]", i);
    if (fault == NULL && !c->removable.root && strcmp(layouts->at[i], MEDIUM_ROOT) == 0)
      fault = "removable.root says that the root is not looked at";
    if (fault != NULL)
      return fields_wrong(f, name, "is \"%.60s\": %s; right is for instance \"%s\"", layouts->at[i], fault,
                          MEDIUM_LAYOUT);
    if (c->removable.enterprise == 0 && medium_layout_has_enterprise(layouts->at[i]))
      return fields_wrong(f, name, "has {enterprise}, but removable.enterprise-number is not given");
  }
  return 0;
}

/* Devices are searched automatically when removable storage is wanted but no folders are given. */
static int set_removable(const fields_t *f, config_t *c) {
  int listed = 0;
  for (uint64_t i = 1; i <= c->source[0]; i++) listed = listed || c->source[i] == SZTP_SOURCE_REMOVABLE;
  if (c->removable.devices.choice == CONFIG_DEVICES_NOT_GIVEN)
    c->removable.devices.choice =
        listed && c->removable.folders.count == 0 ? CONFIG_DEVICES_AUTO : CONFIG_DEVICES_OFF;
  if (c->removable.file_system[0] == 0)
    for (const word_t *w = file_system_words; w->text != NULL; w++)
      c->removable.file_system[++c->removable.file_system[0]] = w->value;
  return c->removable.layouts.at == NULL ? set_default_layouts(f, c) : check_layouts(f, c);
}

static int check_dhcp(const fields_t *f, const char *name, const config_dhcp_t *dhcp) {
  int given = (dhcp->value != NULL) + (dhcp->file != NULL) + (dhcp->lease_file != NULL);
  if (given > 1)
    return fields_wrong(f, name, "has %s; one of them is right",
                        given == 3                 ? "value, file and lease-file"
                        : dhcp->lease_file == NULL ? "both value and file"
                        : dhcp->file == NULL       ? "both value and lease-file"
                                                   : "both file and lease-file");
  return 0;
}

/* Formats that the library does not make need a program that does. */
static int check_csr(const fields_t *f, config_t *c) {
  int given = c->csr.keys != 0 || c->csr.formats != 0;
  if (!given && c->policy[SZTP_POLICY_CSR_REQUIRED] == 1)
    return fields_wrong(f, "csr", "is required, but nothing is offered; csr.keys is missing");
  if (c->csr.tcti != NULL && c->csr.keys == 0)
    return fields_wrong(f, "csr.tcti", "is of no use, since no keys are made; csr.keys is missing");
  if (c->csr.parent != NULL && c->csr.tcti == NULL)
    return fields_wrong(f, "csr.parent", "is the parent of keys in a TPM; csr.tcti is missing");
  if (given && c->csr.formats == 0) c->csr.formats = SZTP_CSR_P10;
  if ((c->csr.formats & ~(uint64_t)SZTP_CSR_P10) != 0 && c->program[PROGRAM_CSR] == NULL)
    return fields_wrong(f, "csr.formats", "has cmc or cmp, which a program makes; handlers.csr is missing");
  return 0;
}

/* What evidence needs, and what is of no use without it. */
static int check_attestation(const fields_t *f, const config_t *c) {
  uint64_t evidence =
      c->policy[SZTP_POLICY_EVIDENCE] == CONFIG_NOT_GIVEN ? 0 : c->policy[SZTP_POLICY_EVIDENCE];
  int has_pcrs = c->policy[SZTP_POLICY_EVIDENCE_PCRS] != CONFIG_NOT_GIVEN;
  int has_cert = c->attestation.certificate != NULL || c->attestation.index != NULL;
  int has_key = c->attestation.tpm.handle != NULL || c->attestation.tpm.file != NULL ||
                c->attestation.tpm.made_by != 0 || c->attestation.tpm.tcti != NULL;
  if (evidence == 0 && !has_cert && !has_key && !has_pcrs) return 0;
  if (evidence == 0)
    return fields_wrong(f, "attestation.evidence", "is missing; it says what servers get: certify, quote");
  if (!has_key)
    return fields_wrong(f, "attestation.key", "is missing; it is the key in a TPM that signs evidence");
  if (!has_cert)
    return fields_wrong(f, "attestation.certificate", "is missing; attestation.key belongs to a certificate");
  if (c->attestation.certificate != NULL && c->attestation.index != NULL)
    return fields_wrong(f, "attestation", "has both certificate and certificate-index; one of them is right");
  if (c->csr.keys == 0 && c->csr.formats == 0)
    return fields_wrong(
        f, "attestation",
        "is of no use, since evidence is in certificate signing requests; csr.keys is missing");
  if ((evidence & SZTP_EVIDENCE_CERTIFY) != 0 && c->csr.keys != 0 && c->csr.tcti == NULL)
    return fields_wrong(f, "attestation.evidence",
                        "has certify, which is about keys that a TPM makes; csr.tcti is missing");
  if (has_pcrs && (evidence & SZTP_EVIDENCE_QUOTE) == 0)
    return fields_wrong(f, "attestation.pcrs",
                        "is of no use, since nothing is quoted; right is quote in evidence");
  return 0;
}

static int complete(const fields_t *f, config_t *c) {
  if (set_path_defaults(c) != 0) return out_of_memory(f);
  if (check_dhcp(f, "dhcp4", &c->dhcp4) != 0 || check_dhcp(f, "dhcp6", &c->dhcp6) != 0) return -1;
  if (set_removable(f, c) != 0 || check_csr(f, c) != 0 || check_attestation(f, c) != 0) return -1;
  return set_sources(f, c);
}

/* Programs run in folders of their own, so every path they are given must be absolute. */
static char *absolute(const char *path) {
  if (path[0] == '/') return strdup(path);
  char *here = malloc(MAX_FOLDER);
  char *out = NULL;
  if (here != NULL && getcwd(here, MAX_FOLDER - 1) != NULL) {
    size_t len = strlen(here);
    memcpy(here + len, "/", 2);
    out = fields_path(here, path);
  }
  free(here);
  return out;
}

static void name_sources(void) {
  for (uint32_t i = 0; i < SOURCE_COUNT; i++) {
    source_words[i].text = sztp_source_name(i + 1);
    source_words[i].value = i + 1;
  }
}

/* Read anew, now that it is known to be but a part. */
static int read_parted(const fields_t *f, const uint8_t *text, size_t len, config_t *config) {
  fields_free(top_fields, config);
  char *file = config->file;
  memset(config, 0, sizeof *config);
  config->file = file;
  set_number_defaults(config);
  return fields_read(f, text, len, parted_fields, config);
}

int config_parse_trust(config_t *config, const uint8_t *text, size_t len, char *error, size_t room) {
  const fields_t f = {config->trust, config->trust, error, room};
  return fields_read(&f, text, len, trust_fields, config);
}

const char *config_file_of(const config_t *config, const char *field) {
  const field_t *t = trust_fields;
  size_t len = strcspn(field, ".[");
  while (t->name != NULL && (strlen(t->name) != len || strncmp(t->name, field, len) != 0)) t++;
  return config->trust != NULL && t->name != NULL ? config->trust : config->file;
}

int config_parse(const char *path, const uint8_t *text, size_t len, config_t *config, char *error,
                 size_t room) {
  memset(config, 0, sizeof *config);
  name_sources();
  set_number_defaults(config);
  config->file = absolute(path);
  fields_t f = {path, config->file, error, room};
  if (config->file == NULL)
    return fields_wrong(&f, "", "its folder can't be determined: %s", strerror(errno));
  int result = fields_read(&f, text, len, top_fields, config);
  if (result == 0 && config->trust != NULL) result = read_parted(&f, text, len, config);
  if (result == 0) result = complete(&f, config);
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

void config_free(config_t *config) {
  fields_free(top_fields, config);
  free(config->file);
  memset(config, 0, sizeof *config);
}
