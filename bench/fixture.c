/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the artifacts with libsztp-artifacts, as an owner and a manufacturer would. */
#include "bench/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sztp/artifacts.h>

#define FILE_MAX 65536u

void must(int32_t rc, const sztp_ctx_t *ctx, const char *what) {
  const char *where = "";
  const char *detail = "";
  if (rc == 0) return;
  if (ctx) (void)sztp_ctx_trail(ctx, 0, NULL, &where, &detail);
  fprintf(stderr, "bench: %s: %s %s: %s\n", what, sztp_error_name(rc), where, detail);
  exit(1);
}

octets_t fixture_read(const char *folder, const char *name) {
  char path[1024];
  octets_t o = {(uint8_t *)calloc(1, FILE_MAX), 0};
  FILE *file;
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  file = fopen(path, "rb");
  if (file == NULL || o.data == NULL) {
    fprintf(stderr, "bench: cannot read %s\n", path);
    exit(1);
  }
  o.len = fread(o.data, 1, FILE_MAX - 1, file);
  (void)fclose(file);
  return o;
}

static octets_t copy_and_give_back(sztp_ctx_t *ctx, uint8_t *data, size_t len) {
  octets_t o = {(uint8_t *)calloc(1, len + 1), len};
  if (o.data == NULL) exit(1);
  memcpy(o.data, data, len);
  sztp_artifacts_free(ctx, data);
  return o;
}

static sztp_signer_t *signer(sztp_ctx_t *ctx, const char *pki, const char *name, const char *above) {
  char file[64];
  octets_t cert;
  octets_t key;
  octets_t chain;
  sztp_signer_t *s = NULL;
  (void)snprintf(file, sizeof file, "%s.pem", name);
  cert = fixture_read(pki, file);
  (void)snprintf(file, sizeof file, "%s.key", name);
  key = fixture_read(pki, file);
  chain = fixture_read(pki, above);
  must(sztp_signer_new(ctx, cert.data, cert.len, key.data, key.len, chain.data, chain.len, &s), ctx,
       "signer");
  free(cert.data);
  free(key.data);
  free(chain.data);
  return s;
}

static void make_voucher(fixture_t *f, sztp_ctx_t *ctx, const char *pki, int crls) {
  static const char serial[] = "EX4200-17";
  sztp_signer_t *s = signer(ctx, pki, "voucher-signer", "mfr-int.pem");
  octets_t pinned = fixture_read(pki, "owner-root.pem");
  sztp_voucher_t *v = NULL;
  uint8_t *out = NULL;
  size_t len = 0;
  must(sztp_voucher_new(ctx, &v), ctx, "voucher");
  must(sztp_voucher_set_bytes(v, SZTP_VOUCHER_SERIAL, (const uint8_t *)serial, sizeof serial - 1), ctx,
       "serial");
  must(sztp_voucher_set_bytes(v, SZTP_VOUCHER_PINNED, pinned.data, pinned.len), ctx, "pinned certificate");
  must(sztp_voucher_set_i64(v, SZTP_VOUCHER_CREATED_ON, (uint64_t)(FIXTURE_TIME - 86400)), ctx, "created-on");
  if (crls) must(sztp_voucher_set_i64(v, SZTP_VOUCHER_REVOCATION, 1), ctx, "revocation checks");
  must(sztp_voucher_make(v, s, &out, &len), ctx, "voucher");
  f->voucher = copy_and_give_back(ctx, out, len);
  sztp_voucher_free(v);
  sztp_signer_free(s);
  free(pinned.data);
}

/* The CRLs of the owner's two CAs, one after another. */
static octets_t both_crls(const char *pki) {
  octets_t all = fixture_read(pki, "crls/owner-root.crl");
  octets_t second = fixture_read(pki, "crls/owner-int.crl");
  if (all.len + second.len > FILE_MAX) exit(1);
  memcpy(all.data + all.len, second.data, second.len);
  all.len += second.len;
  free(second.data);
  return all;
}

static void make_owner_cert(fixture_t *f, sztp_ctx_t *ctx, const char *pki, int crls) {
  octets_t certs = fixture_read(pki, "owner-chain.pem");
  uint8_t *out = NULL;
  size_t len = 0;
  octets_t lists = both_crls(pki);
  must(sztp_owner_cert_make(ctx, certs.data, certs.len, crls ? lists.data : NULL, crls ? lists.len : 0, &out,
                            &len),
       ctx, "owner certificate");
  free(lists.data);
  f->owner_cert = copy_and_give_back(ctx, out, len);
  free(certs.data);
}

static void put(sztp_ctx_t *ctx, sztp_conveyed_t *c, uint32_t field, const char *text) {
  must(sztp_conveyed_set_bytes(c, field, (const uint8_t *)text, strlen(text)), ctx, "conveyed information");
}

static void make_conveyed(fixture_t *f, sztp_ctx_t *ctx, const char *pki, size_t config_len,
                          const char *image_uri) {
  sztp_signer_t *s = signer(ctx, pki, "owner", "owner-int.pem");
  sztp_conveyed_t *c = NULL;
  char *config = (char *)calloc(1, config_len + 1);
  uint8_t *out = NULL;
  size_t len = 0;
  if (config == NULL) exit(1);
  for (size_t i = 0; i < config_len; i++) config[i] = (char)(i % 64 == 63 ? '\n' : 'a' + (int)(i * 7 % 26));
  must(sztp_conveyed_new(ctx, SZTP_INFO_ONBOARDING, &c), ctx, "conveyed information");
  if (image_uri != NULL) {
    put(ctx, c, SZTP_INFO_OS_NAME, "ExampleOS");
    put(ctx, c, SZTP_INFO_OS_VERSION, "17.3R2.1");
    put(ctx, c, SZTP_INFO_IMAGE_URI, image_uri);
    must(sztp_conveyed_set_bytes(c, SZTP_INFO_IMAGE_SHA256, f->image_sha256, 32), ctx, "fingerprint");
  }
  must(sztp_conveyed_set_i64(c, SZTP_INFO_CONFIG_HANDLING, SZTP_CONFIG_MERGE), ctx, "configuration handling");
  put(ctx, c, SZTP_INFO_PRE_SCRIPT, "#!/bin/sh\nexit 0\n");
  put(ctx, c, SZTP_INFO_CONFIG, config);
  put(ctx, c, SZTP_INFO_POST_SCRIPT, "#!/bin/sh\nexit 0\n");
  must(sztp_conveyed_make(c, s, &out, &len), ctx, "conveyed information");
  f->conveyed = copy_and_give_back(ctx, out, len);
  sztp_conveyed_free(c);
  sztp_signer_free(s);
  free(config);
}

static void encrypt(sztp_ctx_t *ctx, sztp_envelope_t *e, octets_t *artifact) {
  uint8_t *out = NULL;
  size_t len = 0;
  must(sztp_envelope_make(e, artifact->data, artifact->len, &out, &len), ctx, "encryption");
  free(artifact->data);
  *artifact = copy_and_give_back(ctx, out, len);
}

static void encrypt_all(fixture_t *f, sztp_ctx_t *ctx) {
  sztp_envelope_t *e = NULL;
  must(sztp_envelope_new(ctx, &e), ctx, "envelope");
  must(sztp_envelope_add(e, f->idevid.data, f->idevid.len), ctx, "recipient");
  encrypt(ctx, e, &f->voucher);
  encrypt(ctx, e, &f->owner_cert);
  encrypt(ctx, e, &f->conveyed);
  sztp_envelope_free(e);
}

void fixture_make_at(fixture_t *f, const char *pki, size_t config_len, const uint8_t image_sha256[32],
                     const char *image_uri, unsigned with) {
  int crls = (with & FIXTURE_CRLS) != 0;
  static const char *const keys[FIXTURE_KEYS] = {"voucher-signer.key", "mfr-int.key",   "mfr-root.key",
                                                 "owner.key",          "owner-int.key", "owner-root.key",
                                                 "owner-int.key",      "owner-root.key"};
  sztp_ctx_t *ctx = NULL;
  memset(f, 0, sizeof *f);
  if (image_sha256) memcpy(f->image_sha256, image_sha256, 32);
  must(sztp_ctx_new(NULL, &ctx), NULL, "context");
  f->idevid = fixture_read(pki, "idevid.pem");
  f->idevid_key = fixture_read(pki, "idevid.key");
  f->voucher_anchor = fixture_read(pki, "mfr-root.pem");
  f->server_anchor = fixture_read(pki, "server-root.pem");
  for (size_t i = 0; i < FIXTURE_KEYS; i++) f->keys[i] = fixture_read(pki, keys[i]);
  make_voucher(f, ctx, pki, crls);
  make_owner_cert(f, ctx, pki, crls);
  make_conveyed(f, ctx, pki, config_len, image_sha256 != NULL ? image_uri : NULL);
  if ((with & FIXTURE_ENCRYPTED) != 0) encrypt_all(f, ctx);
  sztp_ctx_free(ctx);
}

void fixture_make(fixture_t *f, const char *pki, size_t config_len, const uint8_t image_sha256[32],
                  unsigned with) {
  fixture_make_at(f, pki, config_len, image_sha256, "https://localhost/image.bin", with);
}

void fixture_free(fixture_t *f) {
  free(f->idevid.data);
  free(f->idevid_key.data);
  free(f->voucher_anchor.data);
  free(f->server_anchor.data);
  free(f->voucher.data);
  free(f->owner_cert.data);
  free(f->conveyed.data);
  for (size_t i = 0; i < FIXTURE_KEYS; i++) free(f->keys[i].data);
}

sztp_device_t *fixture_device(const fixture_t *f, sztp_ctx_t *ctx, uint16_t port) {
  sztp_device_t *dev = NULL;
  must(sztp_device_new(ctx, &dev), ctx, "device");
  must(sztp_device_set_text(dev, SZTP_DEVICE_OS_NAME, "ExampleOS"), ctx, "os-name");
  must(sztp_device_set_text(dev, SZTP_DEVICE_OS_VERSION, "16.1R1.1"), ctx, "os-version");
  must(sztp_device_add_cert(dev, SZTP_CERT_IDENTITY, f->idevid.data, f->idevid.len), ctx, "identity");
  must(sztp_device_add_cert(dev, SZTP_CERT_VOUCHER_ANCHOR, f->voucher_anchor.data, f->voucher_anchor.len),
       ctx, "voucher anchor");
  must(sztp_device_add_cert(dev, SZTP_CERT_SERVER_ANCHOR, f->server_anchor.data, f->server_anchor.len), ctx,
       "server anchor");
  must(sztp_device_add_server(dev, "localhost", port), ctx, "server");
  return dev;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, ascending);
  return values[count / 2];
}
