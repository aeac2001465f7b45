/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the TLS handshakes of a whole bootstrap over libsztp-https with a real server on this machine.
 * usage: handshakes prepare PKI FOLDER        writes the device's artifacts into the server's FOLDER
 *        handshakes prepare PKI FOLDER PORT   the same, with a boot image that the same server has
 *        handshakes run PKI PORT              bootstraps from localhost:PORT; exit status 1 if the goal is
 * missed
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sztp/https.h>
#include <sztp/software_key.h>
#include <time.h>

#include "bench/bare.h"
#include "bench/figure.h"
#include "bench/fixture.h"

#define CONFIG_LEN 2000
#define IMAGE_LEN  (1024u * 1024u)

static uint64_t clock_ms(void *user) {
  struct timespec t;
  (void)user;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* Whatever the device itself has to do succeeds at once. */
static uint32_t succeed(void *user, sztp_session_t *s, const sztp_action_t *a) {
  (void)user;
  (void)s;
  (void)a;
  return SZTP_OUTCOME_OK;
}

static int write_file(const char *folder, const char *name, octets_t o) {
  char path[1024];
  FILE *file;
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  file = fopen(path, "wb");
  if (file == NULL) return -1;
  if (fwrite(o.data, 1, o.len, file) != o.len) {
    (void)fclose(file);
    return -1;
  }
  return fclose(file);
}

static int prepare(const fixture_t *f, const char *folder) {
  char device[1024];
  (void)snprintf(device, sizeof device, "%s/EX4200-17", folder);
  if ((mkdir(device, 0755) != 0 && errno != EEXIST) ||
      write_file(device, "conveyed-information.cms", f->conveyed) != 0 ||
      write_file(device, "owner-certificate.cms", f->owner_cert) != 0 ||
      write_file(device, "ownership-voucher.vcj", f->voucher) != 0) {
    perror(device);
    return 1;
  }
  return 0;
}

static int prepare_image(fixture_t *f, const char *pki, const char *folder, const char *port) {
  octets_t image = {(uint8_t *)calloc(1, IMAGE_LEN), IMAGE_LEN};
  uint8_t sha256[32];
  char images[1024], uri[128];
  if (image.data == NULL || bare_hash(image.data, image.len, 1, sha256) != 0) return 1;
  (void)snprintf(images, sizeof images, "%s/images", folder);
  (void)snprintf(uri, sizeof uri, "https://localhost:%s/images/image.bin", port);
  fixture_make_at(f, pki, CONFIG_LEN, sha256, uri, 0);
  int failed = (mkdir(images, 0755) != 0 && errno != EEXIST) || write_file(images, "image.bin", image) != 0;
  if (failed) perror(images);
  free(image.data);
  return failed ? 1 : prepare(f, folder);
}

static int32_t drop(void *user, const sztp_action_t *a, uint64_t offset, uint64_t total, const uint8_t *data,
                    size_t len) {
  (void)user;
  (void)a;
  (void)offset;
  (void)total;
  (void)data;
  (void)len;
  return SZTP_OK;
}

static int run(const fixture_t *f, const octets_t *key, uint16_t port) {
  static const uint32_t wire[] = {SZTP_ACTION_RESOLVE, SZTP_ACTION_FETCH, SZTP_ACTION_DOWNLOAD};
  static const uint32_t own[] = {SZTP_ACTION_ENABLED, SZTP_ACTION_SAVE,    SZTP_ACTION_SCRIPT,
                                 SZTP_ACTION_CONFIG,  SZTP_ACTION_INSTALL, SZTP_ACTION_REBOOT};
  sztp_ctx_t *ctx = NULL;
  sztp_device_t *dev;
  sztp_software_key_t *keys = NULL;
  sztp_https_t *https = NULL;
  sztp_session_t *session = NULL;
  sztp_host_t *host = NULL;
  uint32_t result = 0;
  int64_t handshakes = 0;
  int64_t exchanges = 0;
  must(sztp_ctx_new(NULL, &ctx), NULL, "context");
  dev = fixture_device(f, ctx, port);
  must(sztp_device_set_i64(dev, SZTP_POLICY_MAX_PASSES, 1), ctx, "passes");
  must(sztp_software_key_new(&keys), ctx, "keys");
  must(sztp_software_key_add(keys, dev, key->data, key->len), ctx, "key");
  must(sztp_device_set_key(dev, sztp_software_key, keys), ctx, "key function");
  must(sztp_https_new(dev, &https), ctx, "transport");
  must(sztp_https_set_stage(https, drop, NULL), ctx, "stage");
  must(sztp_session_new(sztp_device_ctx(dev), dev, &session), ctx, "session");
  must(sztp_session_add_source(session, SZTP_SOURCE_WELL_KNOWN), ctx, "source");
  must(sztp_session_set_time(session, clock_ms(NULL), FIXTURE_TIME), ctx, "time");
  must(sztp_host_new(ctx, clock_ms, NULL, &host), ctx, "host");
  for (size_t i = 0; i < sizeof wire / sizeof wire[0]; i++)
    must(sztp_host_on(host, wire[i], sztp_https_handle, https), ctx, "handler");
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
    must(sztp_host_on(host, own[i], succeed, NULL), ctx, "handler");
  must(sztp_host_run(host, session, &result), ctx, "bootstrap");
  must(sztp_https_i64(https, SZTP_HTTPS_HANDSHAKES, &handshakes), ctx, "count");
  must(sztp_https_i64(https, SZTP_HTTPS_EXCHANGES, &exchanges), ctx, "count");
  int with_image = result == SZTP_RESULT_REBOOT_PENDING;
  printf("TLS handshakes of a bootstrap with one server%s\n",
         with_image ? ", which has the boot image, too" : "");
  printf("  %llu for %llu exchanges, goal 1: %s\n", (unsigned long long)handshakes,
         (unsigned long long)exchanges, handshakes == 1 ? "met" : "MISSED");
  figure_with_goal(with_image ? "handshakes/with an image" : "handshakes/without an image", "",
                   (double)handshakes, "1", handshakes == 1);
  sztp_host_free(host);
  sztp_session_free(session);
  sztp_https_free(https);
  sztp_device_free(dev);
  sztp_software_key_free(keys);
  sztp_ctx_free(ctx);
  if (result != SZTP_RESULT_DONE && !with_image) return 2;
  return handshakes == 1 ? 0 : 1;
}

int main(int argc, char **argv) {
  fixture_t f;
  int status = 2;
  if (argc == 5 && strcmp(argv[1], "prepare") == 0) {
    status = prepare_image(&f, argv[2], argv[3], argv[4]);
  } else if (argc == 4 && strcmp(argv[1], "prepare") == 0) {
    fixture_make(&f, argv[2], CONFIG_LEN, NULL, 0);
    status = prepare(&f, argv[3]);
  } else if (argc == 4 && strcmp(argv[1], "run") == 0) {
    octets_t key = fixture_read(argv[2], "idevid.key");
    fixture_make(&f, argv[2], CONFIG_LEN, NULL, 0);
    status = run(&f, &key, (uint16_t)strtoul(argv[3], NULL, 10));
    free(key.data);
  } else {
    fprintf(stderr, "usage: handshakes prepare PKI FOLDER [PORT] | handshakes run PKI PORT\n");
    return status;
  }
  fixture_free(&f);
  return status;
}
