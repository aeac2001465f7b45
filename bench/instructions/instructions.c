/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted in instructions: one verification, and one bootstrap through the machine, of artifacts that
 * never change. Only what measured() does counts, by tests/interop/instructions.sh.
 * usage: instructions make PKI FOLDER               makes the artifacts
 *        instructions verification|bootstrap FOLDER
 *        instructions name                          by whom all this is computed and compiled */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bare.h"
#include "bench/fixture.h"
#include "bench/scripted.h"

#define CONFIG_LEN 2000
#define CHUNK      4096u
#define CHUNKS     4u

typedef struct file {
  const char *name;
  size_t place; /* of the octets_t in a fixture */
} file_t;

static const file_t FILES[] = {
    {"idevid.pem", offsetof(fixture_t, idevid)},
    {"mfr-root.pem", offsetof(fixture_t, voucher_anchor)},
    {"server-root.pem", offsetof(fixture_t, server_anchor)},
    {"voucher.cms", offsetof(fixture_t, voucher)},
    {"owner-certificate.cms", offsetof(fixture_t, owner_cert)},
    {"conveyed-information.cms", offsetof(fixture_t, conveyed)},
};

static octets_t *octets_of(fixture_t *f, const file_t *file) {
  return (octets_t *)(void *)((char *)f + file->place);
}

static uint8_t chunk[CHUNK];

static void fill_chunk(uint8_t sha256[32]) {
  for (size_t i = 0; i < sizeof chunk; i++) chunk[i] = (uint8_t)(i * 31 + i / 251);
  if (bare_hash(chunk, CHUNK, CHUNKS, sha256) != 0) exit(2);
}

static int make(const char *pki, const char *folder) {
  fixture_t f;
  uint8_t sha256[32];
  fill_chunk(sha256);
  fixture_make(&f, pki, CONFIG_LEN, sha256, FIXTURE_CRLS);
  for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
    char path[1024];
    const octets_t *o = octets_of(&f, &FILES[i]);
    (void)snprintf(path, sizeof path, "%s/%s", folder, FILES[i].name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(o->data, 1, o->len, file) != o->len || fclose(file) != 0) {
      perror(path);
      return 2;
    }
  }
  fixture_free(&f);
  return 0;
}

static void verify(const fixture_t *f, const sztp_device_t *dev, sztp_ctx_t *ctx) {
  sztp_bundle_t *b = NULL;
  sztp_verdict_t *v = NULL;
  must(sztp_bundle_new(ctx, &b), ctx, "bundle");
  must(sztp_bundle_set(b, SZTP_ARTIFACT_VOUCHER, f->voucher.data, f->voucher.len), ctx, "voucher");
  must(sztp_bundle_set(b, SZTP_ARTIFACT_OWNER_CERT, f->owner_cert.data, f->owner_cert.len), ctx,
       "owner certificate");
  must(sztp_bundle_set(b, SZTP_ARTIFACT_CONVEYED_INFO, f->conveyed.data, f->conveyed.len), ctx,
       "information");
  must(sztp_verify(dev, b, FIXTURE_TIME, SZTP_CHANNEL_UNTRUSTED, &v), ctx, "verification");
  if (!sztp_verdict_trusted(v)) must(SZTP_ERR_ARG, ctx, "the artifacts are not trusted");
  sztp_verdict_free(v);
  sztp_bundle_free(b);
}

/* Seen by its name, so it stays a function. */
void measured(const fixture_t *f, sztp_device_t *dev, sztp_ctx_t *ctx, int whole);
#if defined(__GNUC__)
__attribute__((noinline))
#endif
void measured(const fixture_t *f, sztp_device_t *dev, sztp_ctx_t *ctx, int whole) {
  scripted_t script = {chunk, CHUNK, CHUNKS, NULL, NULL, 0, 0};
  if (whole)
    scripted_run(f, dev, ctx, &script);
  else
    verify(f, dev, ctx);
}

static int run(const char *what, const char *folder) {
  fixture_t f;
  sztp_ctx_t *ctx = NULL;
  uint8_t sha256[32];
  memset(&f, 0, sizeof f);
  fill_chunk(sha256);
  for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++)
    *octets_of(&f, &FILES[i]) = fixture_read(folder, FILES[i].name);
  must(sztp_ctx_new(NULL, &ctx), NULL, "context");
  sztp_device_t *dev = fixture_device(&f, ctx, 443);
  measured(&f, dev, ctx, strcmp(what, "bootstrap") == 0);
  sztp_device_free(dev);
  sztp_ctx_free(ctx);
  fixture_free(&f);
  return 0;
}

/* "mbed-TLS-2.28.3", "gcc-12" */
static int name(void) {
  for (const char *c = bare_name(); *c != '\0'; c++) (void)putchar(*c == ' ' ? '-' : *c);
#if defined(__clang__)
  printf("/clang-%d\n", __clang_major__);
#elif defined(__GNUC__)
  printf("/gcc-%d\n", __GNUC__);
#else
  printf("/another\n");
#endif
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "make") == 0) return make(argv[2], argv[3]);
  if (argc == 2 && strcmp(argv[1], "name") == 0) return name();
  if (argc == 3 && (strcmp(argv[1], "verification") == 0 || strcmp(argv[1], "bootstrap") == 0))
    return run(argv[1], argv[2]);
  fprintf(stderr, "usage: instructions make PKI FOLDER | verification FOLDER | bootstrap FOLDER | name\n");
  return 2;
}
