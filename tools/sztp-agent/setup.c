/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files that the configuration names and hands them to the library. */
#define _DEFAULT_SOURCE 1
#include "setup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/host.h"
#include "common/octets.h"
#include "no_tls13.h"
#include "sandbox.h"

enum { MAX_CERT_FILE = 1048576, MAX_RELEASE_FILE = 65536, MAX_NAME = 64, MAX_PASSWORD_FILE = 257 };

#define DEFAULT_RELEASE_FILE "/etc/os-release"

typedef struct maker {
  const config_t *config;
  setup_t *out;
  char *error;
  size_t room;
} maker_t;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int
wrong(const maker_t *m, const char *field, const char *format, ...) {
  char what[640];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  (void)snprintf(m->error, m->room, "%s: %s: %s", config_file_of(m->config, field), field, what);
  return -1;
}

/* Reports what the library says about a value: its innermost cause. */
static int refused(const maker_t *m, const char *field, const char *value, int32_t code) {
  const char *detail = "";
  (void)sztp_ctx_trail(m->out->ctx, 0, NULL, NULL, &detail);
  if (detail == NULL || *detail == '\0') detail = sztp_error_text(code);
  return wrong(m, field, "%s: %s", value, detail);
}

static int read_file(const maker_t *m, const char *field, const char *path, size_t limit, uint8_t **data,
                     size_t *len) {
  if (file_read(path, limit, data, len) == 0) return 0;
  return wrong(m, field, "%s: can't be read: %s", path, errno == EFBIG ? "it is too large" : strerror(errno));
}

static int add_cert(const maker_t *m, const char *field, const char *path, uint32_t role) {
  uint8_t *data = NULL;
  size_t len = 0;
  if (path == NULL) return 0;
  if (read_file(m, field, path, MAX_CERT_FILE, &data, &len) != 0) return -1;
  int32_t code = sztp_device_add_cert(m->out->device, role, data, len);
  free(data);
  if (code == SZTP_OK) return 0;
  (void)refused(m, field, path, code);
  size_t said = strlen(m->error);
  if (code == SZTP_ERR_DER || code == SZTP_ERR_TEXT)
    (void)snprintf(m->error + said, m->room - said, "; right is a certificate in PEM, DER or base64 of DER");
  else if (role == SZTP_CERT_IDENTITY && code == SZTP_ERR_CONFIG)
    (void)snprintf(m->error + said, m->room - said, ", with identity.serial");
  return -1;
}

/* What stands behind the certificate in its file is its chain, if no other file is. */
static int add_rest_of_chain(const maker_t *m, const char *path) {
  static const char mark[] = "-----BEGIN CERTIFICATE-----";
  uint8_t *text = NULL;
  size_t len = 0;
  if (path == NULL || m->config->identity.chain != NULL) return 0;
  if (read_file(m, "identity.certificate", path, MAX_CERT_FILE, &text, &len) != 0) return -1;
  char *first = strstr((char *)text, mark);
  char *rest = first == NULL ? NULL : strstr(first + 1, mark);
  int32_t code = rest == NULL ? SZTP_OK
                              : sztp_device_add_cert(m->out->device, SZTP_CERT_IDENTITY_CHAIN,
                                                     (const uint8_t *)rest, strlen(rest));
  free(text);
  return code == SZTP_OK ? 0 : refused(m, "identity.certificate", path, code);
}

static int add_certs(const maker_t *m, const char *field, const text_list_t *paths, uint32_t role) {
  for (size_t i = 0; i < paths->count; i++) {
    char name[MAX_NAME];
    (void)snprintf(name, sizeof name, "%s[%zu]", field, i);
    if (add_cert(m, name, paths->at[i], role) != 0) return -1;
  }
  return 0;
}

static int add_firmware_anchors(const maker_t *m) {
  const text_list_t *paths = &m->config->anchors.firmware;
  for (size_t i = 0; i < paths->count; i++) {
    char name[MAX_NAME];
    uint8_t *data = NULL;
    size_t len = 0;
    (void)snprintf(name, sizeof name, "anchors.firmware[%zu]", i);
    if (read_file(m, name, paths->at[i], MAX_CERT_FILE, &data, &len) != 0) return -1;
    int32_t code = sztp_device_add_firmware_anchors(m->out->device, data, len);
    free(data);
    if (code != SZTP_OK) return refused(m, name, paths->at[i], code);
  }
  return 0;
}

static int set_text(const maker_t *m, const char *field, uint32_t which, const char *value) {
  if (value == NULL || *value == '\0') return 0;
  int32_t code = sztp_device_set_text(m->out->device, which, value);
  return code == SZTP_OK ? 0 : refused(m, field, value, code);
}

static int check_sources(const maker_t *m) {
  if (m->config->source[0] > 0) return 0;
  return wrong(m, "sources",
               "none is set up; give removable.folders, dhcp4, dhcp6, dns or servers, or name mdns");
}

static int is_in_tpm(const config_tpm_t *tpm) {
  return tpm->tcti != NULL || tpm->handle != NULL || tpm->file != NULL || tpm->made_by != 0 ||
         tpm->auth_file != NULL || tpm->salt != NULL;
}

/* A certificate and its private key come together. */
static int check_pair(const maker_t *m, const char *object, const char *certificate, const char *key,
                      const config_tpm_t *tpm) {
  char field[MAX_NAME];
  if ((certificate == NULL) == (key == NULL && tpm->uri == NULL && !is_in_tpm(tpm))) return 0;
  (void)snprintf(field, sizeof field, "%s.%s", object, certificate == NULL ? "certificate" : "key");
  if (certificate == NULL) return wrong(m, field, "is missing; %s.key belongs to a certificate", object);
  return wrong(m, field, "is missing; it is the private key of %s.certificate", object);
}

/* The serial number is set first: then a certificate may lack one. */
static int set_identity(const maker_t *m) {
  const config_t *c = m->config;
  if (check_pair(m, "identity", c->identity.certificate, c->identity.key, &c->identity.tpm) != 0) return -1;
  if (c->identity.certificate == NULL && c->identity.serial == NULL)
    return wrong(m, "identity", "says neither certificate nor serial; a device needs one of them");
  int result = set_text(m, "identity.serial", SZTP_DEVICE_SERIAL, c->identity.serial);
  if (result == 0) result = add_cert(m, "identity.certificate", c->identity.certificate, SZTP_CERT_IDENTITY);
  if (result == 0) result = add_rest_of_chain(m, c->identity.certificate);
  if (result == 0) result = add_cert(m, "identity.chain", c->identity.chain, SZTP_CERT_IDENTITY_CHAIN);
  if (result == 0) result = set_text(m, "identity.model", SZTP_DEVICE_HW_MODEL, c->identity.model);
  return result;
}

/* For owners who encrypt to a key other than the identity's. */
static int set_decryption(const maker_t *m) {
  const config_t *c = m->config;
  if (check_pair(m, "decryption", c->decryption.certificate, c->decryption.key, &c->decryption.tpm) != 0)
    return -1;
  return add_cert(m, "decryption.certificate", c->decryption.certificate, SZTP_CERT_DECRYPTION);
}

static int set_anchors(const maker_t *m) {
  const config_t *c = m->config;
  int result = add_certs(m, "anchors.vouchers", &c->anchors.vouchers, SZTP_CERT_VOUCHER_ANCHOR);
  if (result == 0) result = add_certs(m, "anchors.servers", &c->anchors.servers, SZTP_CERT_SERVER_ANCHOR);
  if (result == 0) result = add_certs(m, "anchors.reports", &c->anchors.reports, SZTP_CERT_REPORT_ANCHOR);
  return result == 0 ? add_firmware_anchors(m) : result;
}

static int add_servers(const maker_t *m) {
  const text_list_t *servers = &m->config->servers;
  for (size_t i = 0; i < servers->count; i++) {
    char name[MAX_NAME], host[HOST_ROOM];
    uint16_t port = 0;
    (void)snprintf(name, sizeof name, "servers[%zu]", i);
    if (host_split(servers->at[i], host, &port) != 0)
      return wrong(
          m, name,
          "\"%.200s\" must be a host name or address, as \"boot.example.com:8443\" or \"[2001:db8::1]\"",
          servers->at[i]);
    int32_t code = sztp_device_add_server(m->out->device, host, port);
    if (code != SZTP_OK) return refused(m, name, servers->at[i], code);
  }
  return 0;
}

static int add_domains(const maker_t *m) {
  const text_list_t *domains = &m->config->dns.domains;
  for (size_t i = 0; i < domains->count; i++) {
    char name[MAX_NAME];
    (void)snprintf(name, sizeof name, "dns.domains[%zu]", i);
    int32_t code = sztp_device_add_domain(m->out->device, domains->at[i]);
    if (code != SZTP_OK) return refused(m, name, domains->at[i], code);
  }
  return 0;
}

static int check_dns_servers(const maker_t *m) {
  const text_list_t *servers = &m->config->dns.servers;
  for (size_t i = 0; i < servers->count; i++) {
    char name[MAX_NAME], host[HOST_ROOM];
    uint8_t octets[16];
    uint16_t port = 0;
    (void)snprintf(name, sizeof name, "dns.servers[%zu]", i);
    int fault = host_split(servers->at[i], host, &port) != 0;
    if (!fault) host[strcspn(host, "%")] = '\0';
    if (fault || (inet_pton(AF_INET, host, octets) != 1 && inet_pton(AF_INET6, host, octets) != 1))
      return wrong(
          m, name,
          "\"%.200s\" must be an address, as \"192.0.2.53\", \"fe80::53%%eth0\" or \"[2001:db8::53]:5353\"",
          servers->at[i]);
  }
  return 0;
}

/* A public key file of OpenSSH: "algorithm base64 comment". */
static int add_host_key(const maker_t *m, const char *field, const char *path) {
  uint8_t *text = NULL, blob[8192];
  size_t len = 0, blob_len = 0;
  if (read_file(m, field, path, sizeof blob, &text, &len) != 0) return -1;
  char *algorithm = (char *)text + strspn((char *)text, " \t");
  size_t algorithm_len = strcspn(algorithm, " \t\r\n");
  char *base64 = algorithm + algorithm_len + strspn(algorithm + algorithm_len, " \t");
  algorithm[algorithm_len] = '\0';
  base64[strcspn(base64, " \t\r\n")] = '\0';
  int result = 0;
  if (algorithm_len == 0 || octets_from_base64(m->out->ctx, base64, blob, sizeof blob, &blob_len) != 0 ||
      blob_len == 0)
    result = wrong(m, field, "%s: is no public key of OpenSSH; right is a file like ssh_host_ed25519_key.pub",
                   path);
  else {
    int32_t code = sztp_device_add_host_key(m->out->device, algorithm, blob, blob_len);
    if (code != SZTP_OK) result = refused(m, field, path, code);
  }
  free(text);
  return result;
}

static int add_host_keys(const maker_t *m) {
  for (size_t i = 0; i < m->config->host_keys.count; i++) {
    char name[MAX_NAME];
    (void)snprintf(name, sizeof name, "ssh-host-keys[%zu]", i);
    if (add_host_key(m, name, m->config->host_keys.at[i]) != 0) return -1;
  }
  return 0;
}

/* The value of NAME=value or NAME="value" at the start of a line (os-release(5)). */
static void find_release(const char *text, const char *name, char *out, size_t room) {
  size_t name_len = strlen(name);
  for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
    if (strncmp(line, name, name_len) != 0 || line[name_len] != '=') continue;
    const char *value = line + name_len + 1;
    char quote = *value == '"' || *value == '\'' ? *value++ : 0;
    size_t len = quote != 0 ? 0 : strcspn(value, " \t\r\n");
    while (quote != 0 && value[len] != quote && value[len] != '\n' && value[len] != '\0') len++;
    if (len >= room) len = room - 1;
    memcpy(out, value, len);
    out[len] = '\0';
  }
}

/* Read at every start, since an installed image changes it. */
static int set_os(const maker_t *m) {
  const config_t *c = m->config;
  setup_t *s = m->out;
  const char *path = c->os.release_file != NULL ? c->os.release_file : DEFAULT_RELEASE_FILE;
  uint8_t *text = NULL;
  size_t len = 0;
  if (file_read(path, MAX_RELEASE_FILE, &text, &len) == 0) {
    find_release((char *)text, "NAME", s->os_name, sizeof s->os_name);
    find_release((char *)text, "VERSION_ID", s->os_version, sizeof s->os_version);
    free(text);
  } else if (c->os.release_file != NULL)
    return wrong(m, "os.release-file", "%s: can't be read: %s", path, strerror(errno));
  if (c->os.name != NULL) (void)snprintf(s->os_name, sizeof s->os_name, "%s", c->os.name);
  if (c->os.version != NULL) (void)snprintf(s->os_version, sizeof s->os_version, "%s", c->os.version);
  int result = set_text(m, "os.name", SZTP_DEVICE_OS_NAME, s->os_name);
  return result != 0 ? result : set_text(m, "os.version", SZTP_DEVICE_OS_VERSION, s->os_version);
}

static int set_policy(const maker_t *m, uint32_t policy, uint64_t value, const char *field) {
  if (value == CONFIG_NOT_GIVEN) return 0;
  int32_t code = sztp_device_set_i64(m->out->device, policy, (int64_t)value);
  return code == SZTP_OK ? 0 : refused(m, field, "refused", code);
}

/* What certificates must say of themselves. */
static int set_required(const maker_t *m) {
  static const char *const names[CONFIG_REQUIRED] = {"", "voucher-purposes", "voucher-policies",
                                                     "owner-purposes", "owner-policies"};
  for (uint32_t what = SZTP_REQUIRE_VOUCHER_PURPOSE; what < CONFIG_REQUIRED; what++) {
    const text_list_t *list = &m->config->require[what];
    for (size_t i = 0; i < list->count; i++) {
      char name[MAX_NAME];
      (void)snprintf(name, sizeof name, "policy.%s[%zu]", names[what], i);
      int32_t code = sztp_device_require(m->out->device, what, list->at[i]);
      if (code != SZTP_OK) return refused(m, name, list->at[i], code);
    }
  }
  return 0;
}

static int set_policies(const maker_t *m) {
  const config_t *c = m->config;
  for (uint32_t i = 0; i < CONFIG_POLICIES; i++)
    if (set_policy(m, i, c->policy[i], i >= SZTP_POLICY_MAX_PASSES ? "retry" : "policy") != 0) return -1;
  if (c->program[PROGRAM_CHECK_IMAGE] != NULL &&
      set_policy(m, SZTP_POLICY_IMAGE_SIGNATURE, 1, "handlers.check-image") != 0)
    return -1;
  if (c->clock.mode == CONFIG_CLOCK_VOUCHER && set_policy(m, SZTP_POLICY_VOUCHER_TIME, 1, "clock.mode") != 0)
    return -1;
  if (floors_read(c, &m->out->floors, m->error, m->room) != 0) return -1;
  const floors_t *floors = &m->out->floors;
  if (c->no_superseded && set_policy(m, SZTP_POLICY_VOUCHER_FLOOR, (uint64_t)floors->voucher, "policy") != 0)
    return -1;
  return set_policy(m, SZTP_POLICY_TIME_FLOOR, (uint64_t)floors->time, "clock.floor");
}

static int set_limits(const maker_t *m) {
  for (uint32_t i = 0; i < CONFIG_LIMITS; i++) {
    if (m->config->limit[i] == CONFIG_NOT_GIVEN) continue;
    int32_t code = sztp_ctx_set_i64(m->out->ctx, i, (int64_t)m->config->limit[i]);
    if (code != SZTP_OK) return refused(m, "limits", "refused", code);
  }
  return 0;
}

/* 0 if there is the private key of a certificate in the role @p role. */
static int32_t look_for_key(const maker_t *m, uint32_t role) {
  const uint8_t *cert = NULL;
  size_t len = 0;
  int64_t able = 0;
  int32_t code = SZTP_ERR_NOT_FOUND;
  for (size_t i = 0; code == SZTP_ERR_NOT_FOUND; i++) {
    if (sztp_device_cert(m->out->device, role, i, &cert, &len) != SZTP_OK) return SZTP_ERR_KEY;
    code = sztp_device_able(m->out->ctx, m->out->device, cert, len, &able);
  }
  return code;
}

static int add_key(const maker_t *m, const char *field, const char *path, uint32_t role) {
  uint8_t *key = NULL;
  size_t len = 0;
  struct stat there;
  if (path == NULL) return 0;
  if (stat(path, &there) == 0 && (there.st_mode & S_IWOTH) != 0)
    return wrong(m, field, "%s: everybody may write to it; chmod 600 is right", path);
  if (read_file(m, field, path, CONFIG_MAX_KEY_FILE, &key, &len) != 0) return -1;
  int32_t code = sztp_software_key_add(m->out->keys, m->out->device, key, len);
  explicit_bzero(key, len);
  free(key);
  if (code == SZTP_OK) code = look_for_key(m, role);
  if (code == SZTP_ERR_KEY)
    return wrong(
        m, field,
        "%s: is not the private key of the certificate, or can't be read; right is PEM or DER without "
        "pass phrase",
        path);
  return code == SZTP_OK ? 0 : refused(m, field, path, code);
}

static int add_provider_key(const maker_t *m, const char *field, const config_tpm_t *key, uint32_t role) {
  char name[MAX_NAME];
  if (key->uri == NULL) return 0;
  (void)snprintf(name, sizeof name, "%s.uri", field);
  if (is_in_tpm(key)) return wrong(m, name, "stands beside members of a key in a TPM; one of them is right");
  int32_t code = sztp_software_key_add_uri(m->out->keys, m->out->device, key->uri);
  if (code == SZTP_OK) code = look_for_key(m, role);
  if (code == SZTP_OK) return 0;
  if (code == SZTP_ERR_UNSUPPORTED)
    return wrong(m, name,
                 "no provider can have the key: this program computes with another library than OpenSSL");
  if (code != SZTP_ERR_KEY) return refused(m, name, "the provider's key", code);
  return wrong(
      m, name,
      "is not the private key of the certificate, or no provider has it; openssl storeutl -noout URI "
      "shows what there is");
}

static int add_tpm_key(const maker_t *m, const char *field, const config_tpm_t *tpm, uint32_t role,
                       sztp_tpm2_t **out) {
  char why[512] = "", name[MAX_NAME];
  const char *member = "";
  if (tpm->uri != NULL || !is_in_tpm(tpm)) return 0;
  if (tpm_key_open(m->out->ctx, m->out->device, role, tpm, out, &member, why, sizeof why) == 0) return 0;
  (void)snprintf(name, sizeof name, "%s%s%s", field, *member == '\0' ? "" : ".", member);
  return wrong(m, name, "%s", why);
}

/* The device's key function: whoever has the key. */
static int32_t ask_key(void *user, const sztp_key_request_t *request, uint8_t *out, size_t cap, size_t *len) {
  const setup_t *s = user;
  const uint8_t *name = NULL;
  size_t name_len = 0;
  if (sztp_key_request_operation(request) == SZTP_KEY_OP_ATTEST)
    return tpm_key_ask(s->attesting_tpm, request, out, cap, len);
  if (sztp_key_request_bytes(request, SZTP_KEY_F_KEY_ID, &name, &name_len) == SZTP_OK)
    return s->making_tpm != NULL ? tpm_key_ask(s->making_tpm, request, out, cap, len)
                                 : sztp_software_key(s->keys, request, out, cap, len);
  int32_t rc = tpm_key_ask(s->identity_tpm, request, out, cap, len);
  if (rc == SZTP_ERR_NOT_FOUND) rc = tpm_key_ask(s->decryption_tpm, request, out, cap, len);
  return rc == SZTP_ERR_NOT_FOUND ? sztp_software_key(s->keys, request, out, cap, len) : rc;
}

static int add_keys(const maker_t *m) {
  const config_t *c = m->config;
  setup_t *s = m->out;
  int32_t code = sztp_software_key_new(&s->keys);
  if (code == SZTP_OK) code = sztp_device_set_key(s->device, ask_key, s);
  if (code != SZTP_OK) return refused(m, "identity", "private keys", code);
  int result = add_key(m, "identity.key", c->identity.key, SZTP_CERT_IDENTITY);
  if (result == 0) result = add_provider_key(m, "identity.key", &c->identity.tpm, SZTP_CERT_IDENTITY);
  s->identity_provider = c->identity.tpm.uri != NULL;
  if (result == 0)
    result = add_tpm_key(m, "identity.key", &c->identity.tpm, SZTP_CERT_IDENTITY, &s->identity_tpm);
  if (result == 0) result = add_key(m, "decryption.key", c->decryption.key, SZTP_CERT_DECRYPTION);
  if (result == 0) result = add_provider_key(m, "decryption.key", &c->decryption.tpm, SZTP_CERT_DECRYPTION);
  if (result == 0)
    result = add_tpm_key(m, "decryption.key", &c->decryption.tpm, SZTP_CERT_DECRYPTION, &s->decryption_tpm);
  return result;
}

void setup_tell_key(const setup_t *s, char *out, size_t room) {
  const uint8_t *cert = NULL;
  size_t len = 0, used = 0;
  int64_t able = 0;
  *out = '\0';
  if (sztp_device_cert(s->device, SZTP_CERT_IDENTITY, 0, &cert, &len) != SZTP_OK ||
      sztp_device_able(s->ctx, s->device, cert, len, &able) != SZTP_OK)
    return;
  for (int bit = 0; bit < 63; bit++) {
    const char *name = (able >> bit & 1) != 0 ? sztp_key_able_name(INT64_C(1) << bit) : "";
    if (*name == '\0' || used + strlen(name) + 3 > room) continue;
    used += (size_t)snprintf(out + used, room - used, "%s%s", used > 0 ? ", " : "", name);
  }
  const char *place = s->identity_tpm != NULL ? "; in a TPM" : "; in a file";
  if (s->identity_provider) place = "; of a provider";
  (void)snprintf(out + used, room - used, "%s%s", place, no_tls13(able));
  used = strlen(out);
  if (s->evidence != 0)
    (void)snprintf(out + used, room - used, "; evidence for servers that ask: %s",
                   s->evidence == SZTP_EVIDENCE_CERTIFY ? "certify"
                   : s->evidence == SZTP_EVIDENCE_QUOTE ? "quote"
                                                        : "certify, quote");
}

/* The identity's connection does for both: some TPMs have but one. */
static int set_making_tpm(const maker_t *m, const sztp_key_store_t *store, uint32_t *kinds) {
  const config_t *c = m->config;
  setup_t *s = m->out;
  char why[512] = "", name[MAX_NAME];
  const char *member = "";
  if (c->csr.tcti == NULL) return 0;
  sztp_tpm2_t *tpm =
      s->identity_tpm != NULL && strcmp(c->csr.tcti, c->identity.tpm.tcti) == 0 ? s->identity_tpm : NULL;
  if (tpm_key_make_keys(s->ctx, c->csr.tcti, c->csr.parent, store, &tpm, kinds, &member, why, sizeof why) !=
      0) {
    (void)snprintf(name, sizeof name, "csr%s%s", *member == '\0' ? "" : ".", member);
    return wrong(m, name, "%s", why);
  }
  s->making_tpm = tpm;
  return 0;
}

/* The store is there in any case: a run before this one may have left a key. */
static int set_csr(const maker_t *m) {
  setup_t *s = m->out;
  sztp_key_store_t store = made_keys_store(&s->made);
  uint32_t kinds = (uint32_t)m->config->csr.keys;
  int32_t code = sztp_software_key_set_store(s->keys, &store);
  if (code != SZTP_OK) return refused(m, "csr", "refused", code);
  if (set_making_tpm(m, &store, &kinds) != 0) return -1;
  s->csr_kinds = kinds;
  code = sztp_device_set_csr(s->device, (uint32_t)m->config->csr.formats, kinds);
  return code == SZTP_OK ? 0 : refused(m, "csr", "refused", code);
}

/* The connection of another key that is in the same TPM, or NULL. */
static sztp_tpm2_t *open_already(const setup_t *s, const config_t *c, const char *tcti) {
  if (tcti == NULL) return NULL;
  if (s->making_tpm != NULL && strcmp(tcti, c->csr.tcti) == 0) return s->making_tpm;
  return s->identity_tpm != NULL && strcmp(tcti, c->identity.tpm.tcti) == 0 ? s->identity_tpm : NULL;
}

static int set_attestation(const maker_t *m) {
  const config_t *c = m->config;
  setup_t *s = m->out;
  uint64_t evidence = c->policy[SZTP_POLICY_EVIDENCE];
  char why[512] = "", name[MAX_NAME];
  const char *member = "";
  if (evidence == CONFIG_NOT_GIVEN) return 0;
  if (add_cert(m, "attestation.certificate", c->attestation.certificate, SZTP_CERT_ATTESTATION) != 0)
    return -1;
  sztp_tpm2_t *tpm = open_already(s, c, c->attestation.tpm.tcti);
  if (tpm == NULL && (evidence & SZTP_EVIDENCE_CERTIFY) != 0 && s->making_tpm != NULL)
    return wrong(m, "attestation.key.tcti", "is not csr.tcti; a TPM certifies keys of its own alone");
  if (tpm_key_attest(s->ctx, s->device, &c->attestation.tpm, c->attestation.index, &tpm, &member, why,
                     sizeof why) != 0) {
    (void)snprintf(name, sizeof name, "attestation.key%s%s", *member == '\0' ? "" : ".", member);
    return wrong(m, name, "%s", why);
  }
  s->attesting_tpm = tpm;
  s->evidence = (uint32_t)evidence;
  return 0;
}

/* The password for HTTP Basic is read when a server that was authenticated demands it, and kept nowhere. */
static int32_t give_password(void *user, uint8_t *out, size_t cap, size_t *len) {
  const config_t *c = ((const setup_t *)user)->config;
  uint8_t *text = NULL;
  const uint8_t *password = (const uint8_t *)c->identity.password;
  size_t size = password == NULL ? 0 : strlen(c->identity.password), all = 0;
  if (password == NULL && file_read(c->identity.password_file, MAX_PASSWORD_FILE, &text, &all) == 0) {
    password = text;
    size = all > 0 && text[all - 1] == '\n' ? all - 1 : all;
  }
  int32_t result = password == NULL || size > cap ? -1 : 0;
  if (result == 0 && size > 0) memcpy(out, password, size);
  *len = result == 0 ? size : 0;
  if (text != NULL) explicit_bzero(text, all);
  free(text);
  return result;
}

/* TLS-09: what the device says of itself by HTTP is what its certificate says. */
static int set_password(const maker_t *m) {
  const config_t *c = m->config;
  const char *path = c->identity.password_file;
  const char *serial = "";
  struct stat there;
  if (path == NULL && c->identity.password == NULL) return 0;
  if (path != NULL && stat(path, &there) != 0)
    return wrong(m, "identity.password-file", "%s: can't be read: %s", path, strerror(errno));
  if (path != NULL && (there.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return wrong(m, "identity.password-file", "%s: others may read it; chmod 600 is right", path);
  (void)sztp_device_text(m->out->device, SZTP_DEVICE_SERIAL, &serial);
  m->out->config = c;
  int32_t code = sztp_https_set_basic(m->out->https, serial, give_password, m->out);
  return code == SZTP_OK ? 0 : refused(m, "identity", "the password", code);
}

static int make_https(const maker_t *m) {
  int32_t code = sztp_https_new(m->out->device, &m->out->https);
  if (code != SZTP_OK) return refused(m, "identity", "HTTPS", code);
  /* An image's signature is looked for where somebody is believed. */
  if (m->config->anchors.firmware.count > 0)
    (void)sztp_https_set_i64(m->out->https, SZTP_HTTPS_IMAGE_SIGNATURES, 1);
  for (uint32_t i = 0; i < CONFIG_HTTPS; i++) {
    if (m->config->https[i] == CONFIG_NOT_GIVEN) continue;
    code = sztp_https_set_i64(m->out->https, i, (int64_t)m->config->https[i]);
    if (code != SZTP_OK) return refused(m, "timeouts", "refused", code);
  }
  return set_password(m);
}

/* Before there are keys, so that it has none. */
static int start_judge(const maker_t *m, uint32_t log_level) {
  setup_t *s = m->out;
  char missing[160];
  if (m->config->sandbox == CONFIG_SANDBOX_OFF) return 0;
  int why = judge_start(&s->judge, s->ctx, s->device, log_level);
  if (m->config->sandbox != CONFIG_SANDBOX_REQUIRED) return 0;
  if (why != 0) return wrong(m, "sandbox", "can't be had here: %s", strerror(why));
  sandbox_missing(s->judge.has, missing, sizeof missing);
  return missing[0] == '\0' ? 0
                            : wrong(m, "sandbox", "can't be had here: the kernel does not allow %s", missing);
}

int setup_make(const config_t *config, sztp_log_fn log, void *user, setup_t *out, char *error, size_t room) {
  maker_t m = {config, out, error, room};
  memset(out, 0, sizeof *out);
  out->judge.pipe.fd = -1;
  if (sztp_ctx_new(NULL, &out->ctx) != SZTP_OK || sztp_device_new(out->ctx, &out->device) != SZTP_OK) {
    setup_free(out);
    return wrong(&m, "memory", "there is none left to start");
  }
  /* The status records refusals and sources however little is shown. */
  uint32_t level = config->log.level < SZTP_LOG_INFO ? SZTP_LOG_INFO : (uint32_t)config->log.level;
  (void)sztp_ctx_set_log(out->ctx, level, log, user);
  out->made.config = config;
  out->made.log = log;
  out->made.user = user;
  int result = set_limits(&m);
  if (result == 0) result = set_identity(&m);
  if (result == 0) result = set_decryption(&m);
  if (result == 0) result = set_anchors(&m);
  if (result == 0) result = check_sources(&m);
  if (result == 0) result = add_servers(&m);
  if (result == 0) result = add_domains(&m);
  if (result == 0) result = check_dns_servers(&m);
  if (result == 0) result = add_host_keys(&m);
  if (result == 0) result = set_os(&m);
  if (result == 0) result = set_policies(&m);
  if (result == 0) result = set_required(&m);
  if (result == 0) result = start_judge(&m, level);
  if (result == 0) result = add_keys(&m);
  if (result == 0) result = set_csr(&m);
  if (result == 0) result = set_attestation(&m);
  if (result == 0) result = make_https(&m);
  if (result != 0) setup_free(out);
  return result;
}

void setup_free(setup_t *s) {
  judge_stop(&s->judge);
  sztp_https_free(s->https);
  sztp_device_free(s->device);
  if (s->attesting_tpm != s->making_tpm && s->attesting_tpm != s->identity_tpm)
    tpm_key_close(s->attesting_tpm);
  if (s->making_tpm != s->identity_tpm) tpm_key_close(s->making_tpm);
  tpm_key_close(s->identity_tpm);
  tpm_key_close(s->decryption_tpm);
  sztp_software_key_free(s->keys);
  sztp_ctx_free(s->ctx);
  memset(s, 0, sizeof *s);
}
