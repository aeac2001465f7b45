/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of keys that were made, as a store of the libraries and for the command "key". */
#define _DEFAULT_SOURCE 1
#include "made_keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sztp/software_key.h>
#include <sztp/sztp.h>

#include "common/file.h"
#include "folders.h"
#include "journal.h"
#include "tpm_key.h"

enum { FOLDER_MODE = 0700, KEY_MODE = 0600, CERT_MODE = 0644, ENDING = 4, MAX_CERT = 65536, WHY = 400 };

static const char *const endings[] = {".pem", ".csr", ".crt"};

static char *keys_folder(const config_t *config) {
  return file_path(config->folders.state, MADE_KEYS_FOLDER);
}

/* Names are as the library makes them; no other gets to the file system. */
static int is_name(const char *name, size_t len) {
  return len == MADE_KEY_NAME && strspn(name, "0123456789abcdef") >= MADE_KEY_NAME;
}

char *made_keys_path(const config_t *config, const char *name, const char *ending) {
  char file[MADE_KEY_NAME + ENDING + 1];
  char *folder = keys_folder(config);
  (void)snprintf(file, sizeof file, "%s%s", name, ending);
  char *path = folder == NULL ? NULL : file_path(folder, file);
  free(folder);
  return path;
}

/* ---- the store ----------------------------------------------------------------------------------- */

static int32_t fail(const made_keys_t *keys, const char *what, const char *why) {
  char line[WHY];
  int len = snprintf(line, sizeof line, "%s/%s: a key can't be %s: %s", keys->config->folders.state,
                     MADE_KEYS_FOLDER, what, why);
  if (len >= (int)sizeof line) len = (int)sizeof line - 1;
  if (keys->log != NULL) keys->log(keys->user, SZTP_LOG_ERROR, SZTP_TOPIC_DEVICE, line, (size_t)len);
  return SZTP_ERR_KEY;
}

/* The journal tells of keys that are made and removed (LIFE-12); that it can't stops neither. */
static void tell_journal(const made_keys_t *keys, const char *event, const char *name) {
  char text[WHY];
  json_t line;
  journal_begin(&line, event);
  json_text(&line, line.root, "key", name);
  if (journal_add(keys->config, &line) == 0 || keys->log == NULL) return;
  int len = snprintf(text, sizeof text, "the journal can't be written: %s", strerror(errno));
  keys->log(keys->user, SZTP_LOG_WARN, SZTP_TOPIC_DEVICE, text, (size_t)len);
}

static int32_t store_put(void *user, const char *name, const uint8_t *pem, size_t len) {
  const made_keys_t *keys = user;
  char why[WHY] = "no memory";
  char *folder = keys_folder(keys->config);
  char *path = made_keys_path(keys->config, name, ".pem");
  int result = folder == NULL || path == NULL ? -1 : folder_make(folder, FOLDER_MODE, why, sizeof why);
  if (result == 0 && (result = file_write(path, pem, len, KEY_MODE)) != 0)
    (void)snprintf(why, sizeof why, "%s", strerror(errno));
  if (result == 0) {
    file_sync_folder(folder); /* which may be new itself */
    tell_journal(keys, "key-made", name);
  }
  free(folder);
  free(path);
  return result == 0 ? SZTP_OK : fail(keys, "stored", why);
}

static int32_t store_get(void *user, const char *name, uint8_t *pem, size_t room, size_t *len) {
  const made_keys_t *keys = user;
  uint8_t *data = NULL;
  char *path = made_keys_path(keys->config, name, ".pem");
  int result = path == NULL ? -1 : file_read_plain(path, room, &data, len);
  int why = path == NULL ? ENOMEM : errno;
  free(path);
  if (result != 0) return why == ENOENT ? SZTP_ERR_NOT_FOUND : fail(keys, "read", strerror(why));
  memcpy(pem, data, *len);
  explicit_bzero(data, *len);
  free(data);
  return SZTP_OK;
}

/* 0, 1 if there was none, or -1 with errno. */
static int remove_part(const config_t *config, const char *name, const char *ending) {
  char *path = made_keys_path(config, name, ending);
  if (path == NULL) {
    errno = ENOMEM;
    return -1;
  }
  int result = unlink(path) == 0 ? 0 : errno == ENOENT ? 1 : -1;
  if (result == 0) file_sync_folder(path);
  free(path);
  return result;
}

static int is_kept(const config_t *config, const char *name) {
  char *path = made_keys_path(config, name, ".pem");
  int found = path != NULL && access(path, F_OK) == 0;
  free(path);
  return found;
}

/* The key goes last, so that what is left of a removal cut off is found again, and told again. */
static int32_t store_remove(void *user, const char *name) {
  const made_keys_t *keys = user;
  int result = 0;
  if (is_kept(keys->config, name)) tell_journal(keys, "key-removed", name);
  for (size_t i = sizeof endings / sizeof *endings; i > 0 && result >= 0; i--)
    result = remove_part(keys->config, name, endings[i - 1]);
  if (result < 0) return fail(keys, "removed", strerror(errno));
  return result == 0 ? SZTP_OK : SZTP_ERR_NOT_FOUND;
}

sztp_key_store_t made_keys_store(made_keys_t *keys) {
  sztp_key_store_t store = {sizeof store, keys, store_put, store_get, store_remove};
  return store;
}

int made_keys_keep_request(const config_t *config, const char *name, const uint8_t *csr, size_t len) {
  if (!is_name(name, strlen(name))) {
    errno = EINVAL;
    return -1;
  }
  char *path = made_keys_path(config, name, ".csr");
  int result = path == NULL ? -1 : file_write(path, csr, len, CERT_MODE);
  free(path);
  return result;
}

/* ---- what is in the folder ----------------------------------------------------------------------- */

/* Which of the endings a file of the folder has; -1 if it is none of ours. */
static int ending_of(const char *file) {
  size_t len = strlen(file);
  if (len != MADE_KEY_NAME + ENDING || !is_name(file, MADE_KEY_NAME)) return -1;
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (strcmp(file + MADE_KEY_NAME, endings[i]) == 0) return (int)i;
  return -1;
}

void made_keys_clean(const config_t *config) {
  char *folder = keys_folder(config);
  DIR *all = folder == NULL ? NULL : opendir(folder);
  for (const struct dirent *e; all != NULL && (e = readdir(all)) != NULL;)
    if (e->d_name[0] != '.' && ending_of(e->d_name) < 0) (void)unlinkat(dirfd(all), e->d_name, 0);
  if (all != NULL) (void)closedir(all);
  free(folder);
}

int made_keys_list(const config_t *config, FILE *out, char *error, size_t room) {
  char *folder = keys_folder(config);
  DIR *all = folder == NULL ? NULL : opendir(folder);
  int why = folder == NULL ? ENOMEM : errno;
  for (const struct dirent *e; all != NULL && (e = readdir(all)) != NULL;)
    if (ending_of(e->d_name) == 0) (void)fprintf(out, "%.*s\n", MADE_KEY_NAME, e->d_name);
  if (all != NULL) (void)closedir(all);
  if (all == NULL && why != ENOENT) (void)snprintf(error, room, "%s: %s", folder, strerror(why));
  free(folder);
  return all != NULL || why == ENOENT ? 0 : -1;
}

static int read_part(const config_t *config, const char *name, const char *ending, uint8_t **data,
                     size_t *len) {
  char *path = made_keys_path(config, name, ending);
  int result = path == NULL ? -1 : file_read_plain(path, MAX_CERT, data, len);
  free(path);
  return result;
}

static int check_name(const char *name, char *error, size_t room) {
  if (is_name(name, strlen(name))) return 0;
  (void)snprintf(error, room,
                 "\"%.60s\" is no name of a key; right are 32 hexadecimal digits, as \"key list\" shows them",
                 name);
  return -1;
}

static int read_key(const config_t *config, const char *name, uint8_t **pem, size_t *len, char *error,
                    size_t room) {
  if (check_name(name, error, room) != 0) return -1;
  if (read_part(config, name, ".pem", pem, len) == 0) return 0;
  (void)snprintf(error, room, "key %s: %s", name,
                 errno == ENOENT ? "there is none of this name" : strerror(errno));
  return -1;
}

int made_keys_export(const config_t *config, const char *name, FILE *out, char *error, size_t room) {
  uint8_t *pem = NULL, *cert = NULL;
  size_t len = 0, cert_len = 0;
  if (read_key(config, name, &pem, &len, error, room) != 0) return -1;
  int result = fwrite(pem, 1, len, out) == len ? 0 : -1;
  if (result == 0 && read_part(config, name, ".crt", &cert, &cert_len) == 0)
    result = fwrite(cert, 1, cert_len, out) == cert_len ? 0 : -1;
  if (fflush(out) != 0) result = -1;
  if (result != 0) (void)snprintf(error, room, "key %s: it can't be written: %s", name, strerror(errno));
  explicit_bzero(pem, len);
  free(pem);
  free(cert);
  return result;
}

/* ---- the certificate ----------------------------------------------------------------------------- */

static int is_of_tpm(const uint8_t *pem) {
  return strstr((const char *)pem, "BEGIN TSS2 PRIVATE KEY") != NULL;
}

static int32_t check_key_fits(const uint8_t *pem, size_t len, const uint8_t *cert, size_t cert_len) {
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *device = NULL;
  sztp_software_key_t *keys = NULL;
  int32_t code = sztp_ctx_new(NULL, &ctx);
  if (code == SZTP_OK) code = sztp_device_new(ctx, &device);
  if (code == SZTP_OK) code = sztp_software_key_new(&keys);
  if (code == SZTP_OK) code = sztp_device_add_cert(device, SZTP_CERT_DECRYPTION, cert, cert_len);
  if (code == SZTP_OK)
    code = is_of_tpm(pem) ? tpm_key_fits(ctx, pem, len, cert, cert_len)
                          : sztp_software_key_add(keys, device, pem, len);
  sztp_software_key_free(keys);
  sztp_device_free(device);
  sztp_ctx_free(ctx);
  return code;
}

int made_keys_certify(const config_t *config, const char *name, char *error, size_t room) {
  uint8_t *pem = NULL, *cert = NULL;
  size_t len = 0, cert_len = 0;
  if (read_key(config, name, &pem, &len, error, room) != 0) return -1;
  int result = file_read("-", MAX_CERT, &cert, &cert_len);
  if (result != 0) (void)snprintf(error, room, "standard input: %s", strerror(errno));
  int32_t code = result == 0 ? check_key_fits(pem, len, cert, cert_len) : SZTP_OK;
  if (code != SZTP_OK) {
    result = -1;
    (void)snprintf(error, room, "standard input: %s",
                   code == SZTP_ERR_KEY ? "it is the certificate of another key" : sztp_error_text(code));
  }
  char *path = made_keys_path(config, name, ".crt");
  if (result == 0 && (path == NULL || file_write(path, cert, cert_len, CERT_MODE) != 0)) {
    result = -1;
    (void)snprintf(error, room, "key %s: its certificate can't be stored: %s", name, strerror(errno));
  }
  explicit_bzero(pem, len);
  free(path);
  free(cert);
  free(pem);
  return result;
}
