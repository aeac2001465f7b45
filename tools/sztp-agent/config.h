/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's configuration: one JSON file; every field has a default, unknown fields are errors. */
#ifndef SZTP_AGENT_CONFIG_H
#define SZTP_AGENT_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#include <sztp/device.h>

#include "common/fields.h"

#define CONFIG_DEFAULT_FILE "/etc/sztp/agent.json"

/* A number that was not given: the library's default applies. */
#define CONFIG_NOT_GIVEN UINT64_MAX

enum {
  CONFIG_POLICIES = 64,
  CONFIG_LIMITS = 16,
  CONFIG_REQUIRED = SZTP_REQUIRE_OWNER_POLICY + 1,
  CONFIG_HTTPS = 8,
  CONFIG_SOURCES = FIELDS_MOST_WORDS
};

enum { CONFIG_LAYOUTS = 8, CONFIG_MAX_KEY_FILE = 65536 };

enum { /* which devices are looked at */
       CONFIG_DEVICES_NOT_GIVEN = 0,
       CONFIG_DEVICES_OFF = 1,
       CONFIG_DEVICES_AUTO = 2,
       CONFIG_DEVICES_LIST = 3
};

enum { /* whether a process of its own judges */
       CONFIG_SANDBOX_AUTO = 0,
       CONFIG_SANDBOX_REQUIRED = 1,
       CONFIG_SANDBOX_OFF = 2
};

enum { /* what the system clock is worth */
       CONFIG_CLOCK_UNKNOWN = 0,
       CONFIG_CLOCK_SYSTEM = 1,
       CONFIG_CLOCK_STRICT = 2,    /* where it is before the floor, nothing is judged */
       CONFIG_CLOCK_VOUCHER = 3,   /* nothing, but vouchers tell of a time that has passed */
       CONFIG_CLOCK_NTP_FIRST = 4, /* nothing until the kernel says it is synchronised; then all of it */
};

enum { /* whose exit statuses */
       CONFIG_CONTRACT_OWN = 0,
       CONFIG_CONTRACT_SONIC = 1
};

enum { /* the programs; their time limits have the same places */
       PROGRAM_INSTALL = 0,
       PROGRAM_CONFIG = 1,
       PROGRAM_SCRIPT = 2,
       PROGRAM_ROLLBACK = 3,
       PROGRAM_REBOOT = 4,
       PROGRAM_CHECK_IMAGE = 5,
       PROGRAM_CSR = 6,
       PROGRAMS = 7
};

typedef struct config_dhcp {
  char *value; /* hex */
  char *file;
  char *lease_file; /* of ISC dhclient */
} config_dhcp_t;

/* A private key in a TPM, or of a provider of OpenSSL; all NULL or 0 if it is elsewhere. */
typedef struct config_tpm {
  char *uri; /* of a provider, and nothing else then */
  char *tcti;
  char *handle;
  char *file;
  uint64_t made_by; /* SZTP_TPM2_H*: the template */
  char *auth_file;
  char *salt;
} config_tpm_t;

typedef struct config {
  char *file; /* where it was read from, as an absolute path */
  struct {
    char *certificate, *chain, *key, *serial, *model;
    config_tpm_t tpm; /* in place of key */
    char *password_file;
    const char *password; /* borrowed; not from the file, and in place of password_file; NULL */
  } identity;
  struct {
    char *certificate, *key;
    config_tpm_t tpm;
  } decryption;
  struct {
    uint64_t formats, keys; /* SZTP_CSR_*, SZTP_ALGORITHM_*; both 0: off */
    char *tcti, *parent;    /* of the TPM that makes keys; NULL: software does */
  } csr;
  struct {
    char *certificate, *index; /* one of them: a file, or an NV index */
    config_tpm_t tpm;
  } attestation; /* what is signed is in policy */
  struct {
    text_list_t vouchers, servers, reports, firmware;
  } anchors;
  text_list_t servers;
  uint64_t source[1 + CONFIG_SOURCES]; /* how many, and SZTP_SOURCE_* in their order */
  config_dhcp_t dhcp4, dhcp6;
  struct {
    text_list_t interfaces;
    char *hooks, *networkd, *networkmanager; /* folders; NULL: the usual ones */
    uint64_t request;
  } dhcp;
  uint64_t dhcp_ms; /* for the servers of a link to answer */
  struct {
    text_list_t interfaces;
  } mdns;
  struct {
    text_list_t domains, servers;
    char *file;
  } dns;
  uint64_t dns_ms; /* for one server to answer */
  struct {
    text_list_t folders;
    choice_paths_t devices;                   /* CONFIG_DEVICES_* */
    uint64_t file_system[1 + CONFIG_SOURCES]; /* how many, and which (config_file_system()) in their order */
    text_list_t layouts;                      /* includes the root only if that is to be searched */
    uint64_t enterprise, root;
  } removable;
  struct {
    char *name, *version, *release_file;
  } os;
  struct {
    uint64_t mode; /* CONFIG_CLOCK_* */
    uint64_t floor;
    uint64_t wait_ms;
  } clock;
  char *trust;       /* the file that has the members that decide on trust, or NULL: this one has */
  uint64_t contract; /* CONFIG_CONTRACT_* */
  uint64_t sandbox;  /* CONFIG_SANDBOX_* */
  uint64_t policy[CONFIG_POLICIES];     /* by SZTP_POLICY_* */
  uint64_t no_superseded;               /* vouchers older than the one that was followed are refused */
  text_list_t require[CONFIG_REQUIRED]; /* by SZTP_REQUIRE_* */
  uint64_t limit[CONFIG_LIMITS];        /* by SZTP_LIMIT_* */
  uint64_t https[CONFIG_HTTPS];         /* by SZTP_HTTPS_* */
  text_list_t host_keys;
  char *program[PROGRAMS];
  uint64_t program_ms[PROGRAMS];
  uint64_t warning_status;
  struct {
    char *state, *staging, *status;
  } folders;
  char *running_configuration;
  struct {
    uint64_t level; /* SZTP_LOG_* */
    uint64_t time;
  } log;
} config_t;

/* Reads the file and fills in the defaults. 0, or -1 with one line in @p error that names the file, the field
 * and what would be right. */
int config_read(const char *path, config_t *config, char *error, size_t room);
/* The same from text in memory; @p path is its name and says where relative paths begin. */
int config_parse(const char *path, const uint8_t *text, size_t len, config_t *config, char *error,
                 size_t room);
/* Reads what the file @p config->trust has. 0, or -1 with one line in @p error. */
int config_parse_trust(config_t *config, const uint8_t *text, size_t len, char *error, size_t room);
/* The file that has a field, if it is there. */
const char *config_file_of(const config_t *config, const char *field);
void config_free(config_t *config);
/* Whether the configuration itself says where a family's option is. */
int config_has_dhcp(const config_dhcp_t *dhcp);
/* The kernel's name of a file system in removable.file_system; static. */
const char *config_file_system(uint64_t value);

#endif
