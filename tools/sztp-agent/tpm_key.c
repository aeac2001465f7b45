/* SPDX-License-Identifier: Apache-2.0 */
/* From a key object of the configuration to libsztp-tpm2. */
#define _DEFAULT_SOURCE 1
#include "tpm_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(SZTP__TPM2)

#include <sys/stat.h>

#include "common/file.h"

enum { MAX_AUTH = 64, MAX_CERTS = 8192, OWNER_HIERARCHY = 0x40000001 };

/* A key is added in one of these ways. */
typedef struct ways {
  int32_t (*by_handle)(sztp_tpm2_t *, const uint8_t *, size_t, uint32_t, const uint8_t *, size_t);
  int32_t (*by_file)(sztp_tpm2_t *, const uint8_t *, size_t, const uint8_t *, size_t, const uint8_t *,
                     size_t);
  int32_t (*by_template)(sztp_tpm2_t *, const uint8_t *, size_t, uint32_t);
} ways_t;

static const ways_t to_add = {sztp_tpm2_add_handle, sztp_tpm2_add_file, sztp_tpm2_add_template};
static const ways_t to_attest = {sztp_tpm2_attest_handle, sztp_tpm2_attest_file, sztp_tpm2_attest_template};

/* What is being set up, and where complaints go. */
typedef struct opening {
  sztp_ctx_t *ctx;
  const config_tpm_t *config;
  const ways_t *ways;
  sztp_tpm2_t *tpm;
  const uint8_t *cert;
  size_t cert_len;
  uint8_t *auth;
  size_t auth_len;
  const char **member;
  char *why;
  size_t room;
} opening_t;

static int key_wrong(const opening_t *o, const char *member, const char *value, const char *why) {
  *o->member = member;
  (void)snprintf(o->why, o->room, "%s%s%s", value, *value == '\0' ? "" : ": ", why);
  return -1;
}

/* What the library says: its innermost cause. */
static int key_refused(const opening_t *o, const char *member, const char *value, int32_t code) {
  const char *detail = "";
  (void)sztp_ctx_trail(o->ctx, 0, NULL, NULL, &detail);
  return key_wrong(o, member, value, *detail == '\0' ? sztp_error_text(code) : detail);
}

/* @p first is the octet that all of the kind begin with. */
static int read_number(const char *text, uint32_t first, uint32_t *out) {
  char *end = NULL;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 0);
  *out = (uint32_t)value;
  return errno != 0 || *end != '\0' || value >> 24 != first ? -1 : 0;
}

/* "0x81020000" */
static int read_handle(const opening_t *o, const char *member, const char *text, uint32_t *out) {
  if (read_number(text, 0x81, out) == 0) return 0;
  return key_wrong(o, member, text, "is no persistent handle; right is for instance \"0x81020000\"");
}

/* The authorization value is all that the file holds, but a line end. */
static int read_auth(opening_t *o) {
  const char *path = o->config->auth_file;
  struct stat there;
  if (path == NULL) return 0;
  if (stat(path, &there) == 0 && (there.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return key_wrong(o, "auth-file", path, "others may read it; chmod 600 is right");
  if (file_read(path, MAX_AUTH + 1, &o->auth, &o->auth_len) != 0)
    return key_wrong(o, "auth-file", path, errno == EFBIG ? "it is longer than 64 octets" : strerror(errno));
  if (o->auth_len > 0 && o->auth[o->auth_len - 1] == '\n') o->auth_len--;
  if (o->auth_len > MAX_AUTH) return key_wrong(o, "auth-file", path, "it is longer than 64 octets");
  return 0;
}

static int set_protection(const opening_t *o) {
  const char *text = o->config->salt;
  uint32_t handle = 0;
  if (text == NULL) return 0;
  if (strcmp(text, "off") != 0 && read_handle(o, "salt", text, &handle) != 0) return -1;
  int32_t code = sztp_tpm2_set_i64(o->tpm, SZTP_TPM2_PROTECT, handle);
  return code == SZTP_OK ? 0 : key_refused(o, "salt", text, code);
}

/* ECC templates are read in two ways: whichever gives the certificate's key. */
static int add_by_template(const opening_t *o) {
  uint64_t which = o->config->made_by;
  int32_t code = o->ways->by_template(o->tpm, o->cert, o->cert_len, (uint32_t)which);
  if (code == SZTP_ERR_KEY && which != SZTP_TPM2_H1_RSA2048)
    code = o->ways->by_template(o->tpm, o->cert, o->cert_len,
                                which == SZTP_TPM2_H2_P256 ? SZTP_TPM2_H2_P256_BOTH : SZTP_TPM2_H3_P384_BOTH);
  return code == SZTP_OK ? 0 : key_refused(o, "template", "", code);
}

static int add_by_file(const opening_t *o) {
  uint8_t *key = NULL;
  size_t len = 0;
  if (file_read(o->config->file, CONFIG_MAX_KEY_FILE, &key, &len) != 0)
    return key_wrong(o, "file", o->config->file, strerror(errno));
  int32_t code = o->ways->by_file(o->tpm, o->cert, o->cert_len, key, len, o->auth, o->auth_len);
  free(key);
  return code == SZTP_OK ? 0 : key_refused(o, "file", o->config->file, code);
}

/* A TPM that its owner cleared has lost the persistent key; a template brings it back (TPM-15). */
static int add_by_handle(const opening_t *o) {
  uint32_t handle = 0;
  if (read_handle(o, "handle", o->config->handle, &handle) != 0) return -1;
  int32_t code = o->ways->by_handle(o->tpm, o->cert, o->cert_len, handle, o->auth, o->auth_len);
  if (code == SZTP_OK) return 0;
  if (code == SZTP_ERR_NOT_FOUND && o->config->made_by != 0) return add_by_template(o);
  (void)key_refused(o, "handle", "", code);
  size_t said = strlen(o->why);
  if (code == SZTP_ERR_NOT_FOUND)
    (void)snprintf(o->why + said, o->room - said,
                   "; if the TPM was cleared, template makes the keys of TCG again");
  return -1;
}

static int check_members(const opening_t *o) {
  const config_tpm_t *c = o->config;
  if (c->tcti == NULL)
    return key_wrong(o, "tcti", "", "is missing; right is for instance \"device:/dev/tpmrm0\"");
  if (c->file != NULL && (c->handle != NULL || c->made_by != 0))
    return key_wrong(o, "file", "", "does not go with handle or template: one key has one place");
  if (c->file == NULL && c->handle == NULL && c->made_by == 0)
    return key_wrong(o, "", "", "says neither handle nor file nor template: where in the TPM is the key?");
  return 0;
}

static int open_tpm(opening_t *o) {
  /* tss2 speaks to standard error by itself; what matters is in our own log (D-168). */
  (void)setenv("TSS2_LOG", "all+none", 0);
  int32_t code = sztp_tpm2_new(o->ctx, &o->tpm);
  if (code != SZTP_OK) return key_refused(o, "", "", code);
  code = sztp_tpm2_open(o->tpm, o->config->tcti);
  return code == SZTP_OK ? 0 : key_refused(o, "tcti", "", code);
}

static int find_key(opening_t *o) {
  if (set_protection(o) != 0 || read_auth(o) != 0) return -1;
  return o->config->file != NULL     ? add_by_file(o)
         : o->config->handle != NULL ? add_by_handle(o)
                                     : add_by_template(o);
}

static void forget_auth(const opening_t *o) {
  if (o->auth != NULL) explicit_bzero(o->auth, o->auth_len);
  free(o->auth);
}

int tpm_key_open(sztp_ctx_t *ctx, const sztp_device_t *device, uint32_t role, const config_tpm_t *config,
                 sztp_tpm2_t **out, const char **member, char *why, size_t room) {
  opening_t o = {ctx, config, &to_add, NULL, NULL, 0, NULL, 0, member, why, room};
  if (check_members(&o) != 0) return -1;
  if (sztp_device_cert(device, role, 0, &o.cert, &o.cert_len) != SZTP_OK)
    return key_wrong(&o, "", "", "there is no certificate that it belongs to");
  int result = open_tpm(&o);
  if (result == 0) result = find_key(&o);
  forget_auth(&o);
  if (result == 0)
    *out = o.tpm;
  else
    sztp_tpm2_free(o.tpm);
  return result;
}

/* The first one is the key's. */
static int read_certs(const opening_t *o, sztp_device_t *device, const char *text) {
  uint32_t index = 0;
  size_t len = MAX_CERTS;
  if (read_number(text, 0x01, &index) != 0)
    return key_wrong(o, "", text, "is no NV index of certificates; right is for instance \"0x01c90100\"");
  uint8_t *certs = malloc(MAX_CERTS);
  if (certs == NULL) return key_refused(o, "", "", SZTP_ERR_MEMORY);
  int32_t code = sztp_tpm2_read_certs(o->tpm, index, certs, &len);
  if (code == SZTP_OK) code = sztp_device_add_cert(device, SZTP_CERT_ATTESTATION, certs, len);
  free(certs);
  return code == SZTP_OK ? 0 : key_refused(o, "", text, code);
}

int tpm_key_attest(sztp_ctx_t *ctx, sztp_device_t *device, const config_tpm_t *config, const char *index,
                   sztp_tpm2_t **tpm, const char **member, char *why, size_t room) {
  opening_t o = {ctx, config, &to_attest, *tpm, NULL, 0, NULL, 0, member, why, room};
  if (check_members(&o) != 0) return -1;
  int result = o.tpm == NULL ? open_tpm(&o) : 0;
  if (result == 0 && index != NULL) result = read_certs(&o, device, index);
  if (result == 0) result = sztp_device_cert(device, SZTP_CERT_ATTESTATION, 0, &o.cert, &o.cert_len);
  if (result == 0) result = find_key(&o);
  forget_auth(&o);
  if (result == 0)
    *tpm = o.tpm;
  else if (o.tpm != *tpm)
    sztp_tpm2_free(o.tpm);
  return result;
}

/* The owner's hierarchy is for TPMs without a persistent storage key. */
static int read_parent(const opening_t *o, const char *text, uint32_t *out) {
  *out = text != NULL && strcmp(text, "owner") == 0 ? OWNER_HIERARCHY : SZTP_TPM2_STORAGE_HANDLE;
  if (text == NULL || *out == OWNER_HIERARCHY) return 0;
  return read_handle(o, "parent", text, out);
}

static int make_keys(const opening_t *o, const char *parent, const sztp_key_store_t *store, uint32_t *kinds) {
  uint32_t handle = 0, able = 0;
  if (read_parent(o, parent, &handle) != 0) return -1;
  int32_t code = sztp_tpm2_set_store(o->tpm, handle, store);
  if (code != SZTP_OK) return key_refused(o, "parent", parent, code);
  code = sztp_tpm2_algorithms(o->tpm, &able);
  if (code != SZTP_OK) return key_refused(o, "tcti", "", code);
  if ((*kinds & able) == 0) return key_wrong(o, "keys", "", "the TPM makes none of these");
  *kinds &= able;
  return 0;
}

int tpm_key_make_keys(sztp_ctx_t *ctx, const char *tcti, const char *parent, const sztp_key_store_t *store,
                      sztp_tpm2_t **tpm, uint32_t *kinds, const char **member, char *why, size_t room) {
  const config_tpm_t config = {.tcti = (char *)(uintptr_t)tcti};
  opening_t o = {ctx, &config, NULL, *tpm, NULL, 0, NULL, 0, member, why, room};
  int result = o.tpm == NULL ? open_tpm(&o) : 0;
  if (result == 0) result = make_keys(&o, parent, store, kinds);
  if (result == 0)
    *tpm = o.tpm;
  else if (o.tpm != *tpm)
    sztp_tpm2_free(o.tpm);
  return result;
}

int32_t tpm_key_fits(sztp_ctx_t *ctx, const uint8_t *key, size_t len, const uint8_t *cert, size_t cert_len) {
  sztp_tpm2_t *tpm = NULL;
  int32_t code = sztp_tpm2_new(ctx, &tpm);
  if (code == SZTP_OK) code = sztp_tpm2_check_file(tpm, cert, cert_len, key, len);
  sztp_tpm2_free(tpm);
  return code;
}

void tpm_key_close(sztp_tpm2_t *tpm) { sztp_tpm2_free(tpm); }

int32_t tpm_key_ask(sztp_tpm2_t *tpm, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                    size_t *len) {
  return tpm != NULL ? sztp_tpm2_key(tpm, request, out, cap, len) : SZTP_ERR_NOT_FOUND;
}

#else

static int no_tpm(const char **member, char *why, size_t room) {
  *member = "";
  (void)snprintf(why, room, "this agent was built without libsztp-tpm2, so the key can't be in a TPM");
  return -1;
}

int tpm_key_make_keys(sztp_ctx_t *ctx, const char *tcti, const char *parent, const sztp_key_store_t *store,
                      sztp_tpm2_t **tpm, uint32_t *kinds, const char **member, char *why, size_t room) {
  (void)ctx;
  (void)tcti;
  (void)parent;
  (void)store;
  (void)tpm;
  (void)kinds;
  return no_tpm(member, why, room);
}

int tpm_key_attest(sztp_ctx_t *ctx, sztp_device_t *device, const config_tpm_t *config, const char *index,
                   sztp_tpm2_t **tpm, const char **member, char *why, size_t room) {
  (void)ctx;
  (void)device;
  (void)config;
  (void)index;
  (void)tpm;
  return no_tpm(member, why, room);
}

int tpm_key_open(sztp_ctx_t *ctx, const sztp_device_t *device, uint32_t role, const config_tpm_t *config,
                 sztp_tpm2_t **out, const char **member, char *why, size_t room) {
  (void)ctx;
  (void)device;
  (void)role;
  (void)config;
  (void)out;
  return no_tpm(member, why, room);
}

int32_t tpm_key_fits(sztp_ctx_t *ctx, const uint8_t *key, size_t len, const uint8_t *cert, size_t cert_len) {
  (void)ctx;
  (void)key;
  (void)len;
  (void)cert;
  (void)cert_len;
  return SZTP_ERR_UNSUPPORTED;
}

void tpm_key_close(sztp_tpm2_t *tpm) { (void)tpm; }

int32_t tpm_key_ask(sztp_tpm2_t *tpm, const sztp_key_request_t *request, uint8_t *out, size_t cap,
                    size_t *len) {
  (void)tpm;
  (void)request;
  (void)out;
  (void)cap;
  (void)len;
  return SZTP_ERR_NOT_FOUND;
}

#endif
