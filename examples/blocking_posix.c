/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest real device on POSIX: the blocking runner, HTTPS by libsztp-https, effects in a folder.
 * usage: blocking_posix IDENTITY KEY VOUCHER-ANCHOR SERVER-ANCHOR PORT FOLDER   (bootstrap server on
 * 127.0.0.1) */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sztp/https.h>
#include <sztp/software_key.h>
#include <sztp/sztp.h>

static const char *folder;

static uint64_t clock_ms(void *user) {
  struct timespec t;
  (void)user;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void print_line(void *user, uint32_t level, uint32_t topic, const char *line, size_t len) {
  (void)user;
  (void)topic;
  printf("%s%.*s\n", level <= SZTP_LOG_WARN ? "! " : "", (int)len, line);
}

static int64_t wall_clock(void *user) {
  (void)user;
  return (int64_t)time(NULL); /* this device's clock is right */
}

/* A new name is on the disk once its folder is. */
static int sync_folder(void) {
  int dir = open(folder, O_RDONLY);
  int bad = dir < 0 || fsync(dir) != 0;
  if (dir >= 0) (void)close(dir);
  return bad;
}

/* Writes a file whole or not at all, also if power fails: under another name, then renamed. */
static uint32_t write_file(const char *name, const uint8_t *data, size_t len) {
  char path[512], temporary[520];
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  (void)snprintf(temporary, sizeof temporary, "%s.new", path);
  FILE *f = fopen(temporary, "wb");
  if (f == NULL) return SZTP_OUTCOME_FAILED;
  int bad = fwrite(data, 1, len, f) != len;
  bad |= fflush(f) != 0 || fsync(fileno(f)) != 0;
  bad |= fclose(f) != 0;
  return bad || rename(temporary, path) != 0 || sync_folder() ? SZTP_OUTCOME_FAILED : SZTP_OUTCOME_OK;
}

static uint32_t keep_data(void *user, sztp_session_t *s, const sztp_action_t *a) {
  const uint8_t *data = NULL;
  size_t len = 0;
  (void)s;
  if (sztp_action_bytes(a, SZTP_F_DATA, 0, &data, &len) < 0) return SZTP_OUTCOME_FAILED;
  return write_file((const char *)user, data, len);
}

static uint32_t nothing_to_do(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  (void)s;
  (void)a;
  return SZTP_OUTCOME_OK;
}

static uint32_t undo(void *user, sztp_session_t *s, const sztp_action_t *a) {
  char path[512];
  (void)user;
  (void)s;
  (void)a;
  (void)snprintf(path, sizeof path, "%s/running.conf", folder);
  (void)remove(path); /* this device had no configuration before */
  return SZTP_OUTCOME_OK;
}

/* What a run that lost power left behind is undone first; what can't be read may have been anything. */
static int32_t restore(sztp_session_t *s, const char *name) {
  char path[512];
  uint8_t data[1024] = {0};
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "rb");
  if (f == NULL && errno == ENOENT) return SZTP_OK;
  size_t len = f == NULL ? 0 : fread(data, 1, sizeof data, f);
  int bad = f == NULL || ferror(f);
  if (f != NULL) (void)fclose(f);
  int32_t rc = sztp_session_restore(s, data, bad ? 1 : len);
  return rc == SZTP_ERR_CBOR || rc == SZTP_ERR_ABI ? SZTP_OK : rc;
}

static int32_t add_cert(sztp_device_t *dev, uint32_t role, const char *path) {
  static uint8_t data[65536];
  FILE *f = fopen(path, "rb");
  size_t len = f == NULL ? 0 : fread(data, 1, sizeof data, f);
  if (f != NULL) (void)fclose(f);
  return sztp_device_add_cert(dev, role, data, len);
}

static int32_t add_key(sztp_software_key_t *keys, const sztp_device_t *dev, const char *path) {
  uint8_t data[8192];
  FILE *f = fopen(path, "rb");
  size_t len = f == NULL ? 0 : fread(data, 1, sizeof data, f);
  if (f != NULL) (void)fclose(f);
  return sztp_software_key_add(keys, dev, data, len);
}

int main(int argc, char **argv) {
  static char saved[] = "saved", config[] = "running.conf";
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev = NULL;
  sztp_software_key_t *keys = NULL;
  sztp_https_t *https = NULL;
  sztp_session_t *s = NULL;
  sztp_host_t *host = NULL;
  if (argc != 7) return 2;
  folder = argv[6];
  int32_t rc = sztp_ctx_new(NULL, &ctx);
  if (rc == 0) rc = sztp_ctx_set_log(ctx, SZTP_LOG_INFO, print_line, NULL);
  if (rc == 0) rc = sztp_device_new(ctx, &dev);
  if (rc == 0) rc = add_cert(dev, SZTP_CERT_IDENTITY, argv[1]);
  if (rc == 0) rc = add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, argv[3]);
  if (rc == 0) rc = add_cert(dev, SZTP_CERT_SERVER_ANCHOR, argv[4]);
  if (rc == 0) rc = sztp_device_add_server(dev, "127.0.0.1", (uint16_t)strtoul(argv[5], NULL, 10));
  if (rc == 0) rc = sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1);
  if (rc == 0) rc = sztp_software_key_new(&keys);
  if (rc == 0) rc = add_key(keys, dev, argv[2]);
  if (rc == 0) rc = sztp_device_set_key(dev, sztp_software_key, keys);
  if (rc == 0) rc = sztp_https_new(dev, &https);
  if (rc == 0) rc = sztp_session_new(sztp_device_ctx(dev), dev, &s);
  if (rc == 0) rc = sztp_session_add_source(s, SZTP_SOURCE_WELL_KNOWN);
  if (rc == 0) rc = sztp_session_set_unix_clock(s, wall_clock, NULL);
  if (rc == 0) rc = restore(s, saved);
  if (rc == 0) rc = sztp_host_new(ctx, clock_ms, NULL, &host);
  if (rc == 0) rc = sztp_host_on(host, SZTP_ACTION_RESOLVE, sztp_https_handle, https);
  if (rc == 0) rc = sztp_host_on(host, SZTP_ACTION_FETCH, sztp_https_handle, https);
  if (rc == 0) rc = sztp_host_on(host, SZTP_ACTION_ENABLED, nothing_to_do, NULL);
  if (rc == 0) rc = sztp_host_on(host, SZTP_ACTION_SAVE, keep_data, saved);
  if (rc == 0) rc = sztp_host_on(host, SZTP_ACTION_CONFIG, keep_data, config);
  if (rc == 0) rc = sztp_host_on(host, SZTP_ACTION_ROLLBACK, undo, NULL);
  if (rc == 0) rc = sztp_host_run(host, s, NULL);
  int done = rc == 0 && sztp_session_result(s) == SZTP_RESULT_DONE;
  puts(rc == 0 ? sztp_session_text(s) : sztp_error_text(rc));
  sztp_host_free(host);
  sztp_session_free(s);
  sztp_https_free(https);
  sztp_device_free(dev);
  sztp_software_key_free(keys);
  sztp_ctx_free(ctx);
  return done ? 0 : 1;
}
